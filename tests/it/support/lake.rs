//! Writes lakes as AWS Config delivers them, and as accidents leave them.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A lake in a temporary folder.
pub(crate) struct TestLake {
    folder: TempDir,
    prefix: String,
}

/// Where a file is delivered.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) day: String,
    pub(crate) kind: &'static str,
}

impl Place {
    /// The history of `day` (`2024/11/5`, as it is written in the key).
    pub(crate) fn history(account: &str, region: &str, day: &str) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            day: day.to_owned(),
            kind: "ConfigHistory",
        }
    }

    pub(crate) fn of_kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    fn key(&self) -> String {
        let Self {
            account,
            region,
            day,
            kind,
        } = self;
        format!("AWSLogs/{account}/Config/{region}/{day}/{kind}")
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::history("111122223333", "us-east-1", "2024/11/5")
    }
}

impl TestLake {
    pub(crate) fn new() -> Self {
        Self::under("")
    }

    /// A lake below `prefix` (`a/b/`).
    pub(crate) fn under(prefix: &str) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            prefix: prefix.to_owned(),
        }
    }

    /// The folder that holds the prefix.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The path as an argument.
    pub(crate) fn arg(&self) -> &str {
        self.path().to_str().unwrap()
    }

    /// Writes bytes as a file of `place`; returns its path.
    pub(crate) fn bytes(&self, place: &Place, name: &str, bytes: &[u8]) -> PathBuf {
        self.raw(&format!("{}/{name}", place.key()), bytes)
    }

    /// Writes items as one delivered gzip file.
    pub(crate) fn items(&self, place: &Place, name: &str, items: &[Value]) {
        self.bytes(place, name, &gzip(&document(items)));
    }

    /// Writes a file under the prefix, wherever.
    pub(crate) fn raw(&self, key: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(format!("{}{key}", self.prefix));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// An item of today's S3 shape, captured at `time`.
pub(crate) fn item(id: &str, time: &str) -> Value {
    json!({
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": time,
        "configurationStateId": time.parse::<jiff::Timestamp>().unwrap().as_millisecond(),
        "awsAccountId": "111122223333",
        "configurationItemStatus": "OK",
        "resourceType": "AWS::EC2::VPC",
        "resourceId": id,
        "resourceName": format!("name of {id}"),
        "ARN": format!("arn:aws:ec2:us-east-1:111122223333:vpc/{id}"),
        "awsRegion": "us-east-1",
        "availabilityZone": "Multiple Availability Zones",
        "configurationStateMd5Hash": "",
        "tags": {},
        "relatedEvents": [],
        "relationships": [],
        "configuration": {"vpcId": id},
        "supplementaryConfiguration": {},
    })
}

/// Replaces fields of an item; `null` stays `null`.
pub(crate) fn with(mut item: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else {
        panic!("fields must be an object");
    };
    item.as_object_mut().unwrap().extend(fields);
    item
}

/// Removes keys of an item.
pub(crate) fn without(mut item: Value, keys: &[&str]) -> Value {
    let object = item.as_object_mut().unwrap();
    for key in keys {
        object.shift_remove(*key).unwrap();
    }
    item
}

/// The text of a delivered file.
pub(crate) fn document(items: &[Value]) -> Vec<u8> {
    let document = json!({
        "fileVersion": "1.0",
        "configSnapshotId": "5db63fb4-2e0c-4ed9-55e8-3681b31a5b5e",
        "configurationItems": items,
    });
    serde_json::to_vec(&document).unwrap()
}

/// The text of a delivered file as an editor would leave it: pretty-printed after a byte order mark.
pub(crate) fn pretty_with_bom(items: &[Value]) -> Vec<u8> {
    let document: Value = serde_json::from_slice(&document(items)).unwrap();
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(serde_json::to_vec_pretty(&document).unwrap());
    bytes
}

/// One gzip member.
pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Two gzip members, the text cut in the middle.
pub(crate) fn gzip_cut_in_two(text: &[u8]) -> Vec<u8> {
    let (first, second) = text.split_at(text.len() / 2);
    [gzip(first), gzip(second)].concat()
}

/// A gzip file whose transfer broke off: without its last bytes.
pub(crate) fn truncated(mut gzip: Vec<u8>) -> Vec<u8> {
    gzip.truncate(gzip.len() - 12);
    gzip
}

/// A gzip file of which one bit of the check sum fell over.
pub(crate) fn with_bad_checksum(mut gzip: Vec<u8>) -> Vec<u8> {
    let at = gzip.len() - 8;
    gzip[at] ^= 1;
    gzip
}
