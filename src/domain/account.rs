//! Account and region names: text with a grammar, otherwise an open set.

use std::{fmt, str::FromStr};

use super::InvalidValue;

/// An AWS account: twelve digits, leading zeros kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

/// An AWS Region, or `global` for resources that have none. The set is open: new Regions and
/// partitions must work without a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

impl Region {
    /// The region that global resources are counted under.
    pub const GLOBAL: &'static str = "global";

    /// Says whether this is the region of global resources.
    pub fn is_global(&self) -> bool {
        self.0 == Self::GLOBAL
    }
}

impl FromStr for AccountId {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidValue::new(
                "account",
                text,
                "12 digits, for example 111122223333",
            ))
        }
    }
}

impl FromStr for Region {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let well_formed = !text.is_empty()
            && text.len() <= 64
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidValue::new(
                "region",
                text,
                "a Region such as ap-northeast-1, or `global`",
            ))
        }
    }
}

macro_rules! text {
    ($($name:ident),*) => {$(
        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text!(AccountId, Region);
