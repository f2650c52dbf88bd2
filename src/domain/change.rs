//! What an item means for its resource.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::InvalidValue;

/// The meaning of one item against the item before it of the same resource.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// First item of a lifetime that began in the same delivery window.
    Created,
    /// Discovered, but created earlier or at an unknown time.
    FirstSeen,
    /// The resource is gone.
    Deleted,
    /// Discovered again under the same id.
    Recreated,
    /// A setting differs.
    Settings,
    /// Only tags differ.
    Tags,
    /// Only relationships differ: the echo of another resource's change.
    Relationships,
    /// Only paths that AWS itself moves differ.
    Volatile,
    /// Nothing differs.
    Identical,
    /// The type is not recorded; only that the resource exists is known.
    NotRecorded,
    /// A compliance result, not a resource.
    Compliance,
    /// No earlier item is known, or the source lacks the bodies.
    Unknown,
}

impl ChangeKind {
    /// All kinds, in the order in which they are listed to people.
    pub const ALL: [Self; 12] = [
        Self::Created,
        Self::FirstSeen,
        Self::Deleted,
        Self::Recreated,
        Self::Settings,
        Self::Tags,
        Self::Relationships,
        Self::Volatile,
        Self::Identical,
        Self::NotRecorded,
        Self::Compliance,
        Self::Unknown,
    ];

    /// The kinds that say that a resource was touched and nothing of its own changed.
    pub const ECHOES: [Self; 3] = [Self::Relationships, Self::Volatile, Self::Identical];

    /// Says whether the kind is an echo.
    pub fn is_echo(self) -> bool {
        Self::ECHOES.contains(&self)
    }

    /// Says whether the kind counts as a real change.
    pub fn is_real_change(self) -> bool {
        matches!(
            self,
            Self::Created | Self::Deleted | Self::Recreated | Self::Settings | Self::Tags
        )
    }

    /// Returns the name as it stands in the relation and in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::FirstSeen => "first_seen",
            Self::Deleted => "deleted",
            Self::Recreated => "recreated",
            Self::Settings => "settings",
            Self::Tags => "tags",
            Self::Relationships => "relationships",
            Self::Volatile => "volatile",
            Self::Identical => "identical",
            Self::NotRecorded => "not_recorded",
            Self::Compliance => "compliance",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ChangeKind {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                InvalidValue::not_one_of("change kind", text, Self::ALL.map(Self::as_str))
            })
    }
}
