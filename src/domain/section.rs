//! The parts of an item that have a structure of their own.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of an item that can be compared, path by path.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// State of the resource.
    Configuration,
    /// Further state that Config collects by other calls.
    SupplementaryConfiguration,
    /// Tags, as an object.
    Tags,
    /// Relationships to other resources, as an array.
    Relationships,
}

impl Section {
    /// Returns the name as it stands in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::SupplementaryConfiguration => "supplementary_configuration",
            Self::Tags => "tags",
            Self::Relationships => "relationships",
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
