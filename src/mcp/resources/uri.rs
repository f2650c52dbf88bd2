//! The URIs of this server's resources, typed.

use std::{fmt, str::FromStr};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

use crate::domain::{AccountId, Month, Region};

/// What a resource URI names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceUri {
    /// `config-history://months`
    Months,
    /// `config-history://months/{month}`
    Month(Month),
    /// `config-history://months/{month}/{account}/{region}`
    Partition {
        /// Month.
        month: Month,
        /// Account.
        account: AccountId,
        /// Region, or `global`.
        region: Region,
    },
    /// `config-history://resources/{resource_type}/{resource_id}`
    Resource {
        /// Resource type.
        resource_type: String,
        /// Resource id.
        resource_id: String,
    },
    /// `config-history://schema`
    Schema,
}

/// A URI that names no resource of this server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{uri}` is no resource of this server")]
pub struct InvalidUri {
    /// The URI as given, shortened for display.
    pub uri: String,
}

impl ResourceUri {
    /// Template of a month's change set.
    pub const MONTH_TEMPLATE: &'static str = "config-history://months/{month}";
    /// Template of the change set of one account and Region.
    pub const PARTITION_TEMPLATE: &'static str =
        "config-history://months/{month}/{account}/{region}";
    /// Template of the history of a resource.
    pub const RESOURCE_TEMPLATE: &'static str =
        "config-history://resources/{resource_type}/{resource_id}";
}

impl fmt::Display for ResourceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Months => write!(f, "{SCHEME}months"),
            Self::Month(month) => write!(f, "{SCHEME}months/{month}"),
            Self::Partition {
                month,
                account,
                region,
            } => write!(
                f,
                "{SCHEME}months/{month}/{}/{}",
                encode(account.as_str()),
                encode(region.as_str())
            ),
            Self::Resource {
                resource_type,
                resource_id,
            } => write!(
                f,
                "{SCHEME}resources/{}/{}",
                encode(resource_type),
                encode(resource_id)
            ),
            Self::Schema => write!(f, "{SCHEME}schema"),
        }
    }
}

impl FromStr for ResourceUri {
    type Err = InvalidUri;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| InvalidUri {
            uri: text.chars().take(200).collect(),
        })
    }
}

fn parse(text: &str) -> Option<ResourceUri> {
    let segments: Vec<String> = text
        .strip_prefix(SCHEME)?
        .split('/')
        .map(decode)
        .collect::<Option<_>>()?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["months"] => Some(ResourceUri::Months),
        ["schema"] => Some(ResourceUri::Schema),
        ["months", month] => Some(ResourceUri::Month(month.parse().ok()?)),
        ["months", month, account, region] => Some(ResourceUri::Partition {
            month: month.parse().ok()?,
            account: account.parse().ok()?,
            region: region.parse().ok()?,
        }),
        // Clients that do not encode leave slashes in ids and colons in types.
        ["resources", resource_type, id @ ..] if !resource_type.is_empty() => {
            let resource_id = id.join("/");
            (!resource_id.is_empty()).then(|| ResourceUri::Resource {
                resource_type: (*resource_type).to_owned(),
                resource_id,
            })
        }
        _ => None,
    }
}

fn encode(segment: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(segment, SEGMENT)
}

fn decode(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    Some(text.into_owned())
}

const SCHEME: &str = "config-history://";

/// All but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn uris_as_clients_write_them() {
        let month: Month = "2024-11".parse().unwrap();
        for (text, expected) in [
            ("config-history://months", ResourceUri::Months),
            ("config-history://schema", ResourceUri::Schema),
            ("config-history://months/2024-11", ResourceUri::Month(month)),
            (
                "config-history://months/2024%2D11/111122223333/global",
                ResourceUri::Partition {
                    month,
                    account: "111122223333".parse().unwrap(),
                    region: "global".parse().unwrap(),
                },
            ),
        ] {
            assert_eq!(text.parse::<ResourceUri>().unwrap(), expected);
        }
    }

    #[test]
    fn what_names_nothing() {
        for text in [
            "",
            "months",
            "file:///etc/passwd",
            "config-history://",
            "config-history://months/",
            "config-history://months/2024-13",
            "config-history://months/2024-11/111122223333",
            "config-history://months/2024-11/1111%2F2222/us-east-1",
            "config-history://months/2024-11/111122223333/us-east-1/x",
            "config-history://months/%FF",
            "config-history://resources/AWS%3A%3AEC2%3A%3AVPC",
            "config-history://resources//vpc-1",
        ] {
            assert!(text.parse::<ResourceUri>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn display_and_parse_are_inverse(
            year in 1970i16..=9998, month in 1i8..=12, account in "[0-9]{12}",
            region in "[a-z0-9-]{1,20}", which in 0usize..5, id in "\\PC{1,40}",
        ) {
            let month = Month::new(year, month).unwrap();
            let uri = match which {
                0 => ResourceUri::Months,
                1 => ResourceUri::Schema,
                2 => ResourceUri::Month(month),
                3 => ResourceUri::Resource {
                    resource_type: "AWS::EC2::VPC".to_owned(),
                    resource_id: id,
                },
                _ => ResourceUri::Partition {
                    month,
                    account: account.parse().unwrap(),
                    region: region.parse().unwrap(),
                },
            };
            prop_assert_eq!(uri.to_string().parse::<ResourceUri>().unwrap(), uri);
        }

        #[test]
        fn segments_round_trip(segment in "\\PC{0,20}") {
            let encoded = encode(&segment).to_string();
            prop_assert!(!encoded.contains(['/', '?', '#', ':', ' ']));
            prop_assert_eq!(decode(&encoded), Some(segment));
        }

        #[test]
        fn any_text_parses_or_fails_without_panic(text in "(config-history://)?\\PC{0,30}") {
            let _parsed = text.parse::<ResourceUri>();
        }
    }
}
