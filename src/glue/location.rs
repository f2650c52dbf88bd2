//! Where deliveries lie in S3.

use std::{fmt, str::FromStr};

use crate::domain::InvalidValue;

/// The folder that AWS Config puts below the prefix that it was given.
const DELIVERIES: &str = "AWSLogs";

/// A bucket, and the prefix above its `AWSLogs` folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketLocation {
    bucket: String,
    prefix: String,
}

impl BucketLocation {
    /// Returns the bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Returns the key prefix of all deliveries: `prefix/AWSLogs/`.
    pub fn deliveries_prefix(&self) -> String {
        if self.prefix.is_empty() {
            return format!("{DELIVERIES}/");
        }
        format!("{}/{DELIVERIES}/", self.prefix)
    }

    /// Returns the URI of the folder of all deliveries: `s3://bucket/prefix/AWSLogs/`.
    pub fn deliveries_uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.deliveries_prefix())
    }
}

impl FromStr for BucketLocation {
    type Err = InvalidValue;

    /// Takes `s3://bucket/prefix`, with or without the `AWSLogs` folder and what lies below it, as
    /// tables have it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            InvalidValue::new(
                "location",
                text,
                "s3://BUCKET/PREFIX, the prefix being what lies above AWSLogs/",
            )
        };
        let (_, path) = text
            .split_once("://")
            .filter(|(scheme, _)| matches!(*scheme, "s3" | "s3a" | "s3n"))
            .ok_or_else(wrong)?;
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let mut folders: Vec<&str> = key.split('/').collect();
        if let Some(at) = folders.iter().position(|folder| *folder == DELIVERIES) {
            folders.truncate(at);
        }
        while folders.last() == Some(&"") {
            folders.pop();
        }
        let well_formed = is_bucket(bucket) && folders.iter().all(|folder| is_folder(folder));
        well_formed
            .then(|| Self {
                bucket: bucket.to_owned(),
                prefix: folders.join("/"),
            })
            .ok_or_else(wrong)
    }
}

impl fmt::Display for BucketLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix.is_empty() {
            return write!(f, "s3://{}", self.bucket);
        }
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

fn is_bucket(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    (3..=255).contains(&text.len()) && text.bytes().all(inner)
}

/// Takes what AWS Config takes as a prefix. `$` would be read as a partition key, quotes would end
/// a literal.
fn is_folder(text: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || " !-_.*()@:,&=+;~".contains(c);
    !text.is_empty() && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations() {
        for (text, shown, uri) in [
            ("s3://bucket", "s3://bucket", "s3://bucket/AWSLogs/"),
            ("s3://bucket/", "s3://bucket", "s3://bucket/AWSLogs/"),
            (
                "s3://bucket/o-abc/config//",
                "s3://bucket/o-abc/config",
                "s3://bucket/o-abc/config/AWSLogs/",
            ),
            (
                "s3a://bucket/AWSLogs/",
                "s3://bucket",
                "s3://bucket/AWSLogs/",
            ),
            (
                "s3://bucket/a/AWSLogs/${account_id}/Config/",
                "s3://bucket/a",
                "s3://bucket/a/AWSLogs/",
            ),
        ] {
            let location: BucketLocation = text.parse().unwrap();
            assert_eq!(location.to_string(), shown);
            assert_eq!(location.deliveries_uri(), uri);
        }
        for wrong in [
            "bucket/prefix",
            "s3://",
            "s3://b",
            "https://bucket/prefix",
            "s3://bucket/a//b",
            "s3://bucket/${x}",
            "s3://bucket/it's",
            "s3://buc ket/a",
        ] {
            assert!(wrong.parse::<BucketLocation>().is_err(), "{wrong}");
        }
    }
}
