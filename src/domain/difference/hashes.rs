//! Hashes of an item's content by which its change kind is decided without the content.

use serde_json::Value;

use super::{
    Content, PathClass,
    classes::Place,
    hash::{hashes, mix},
};
use crate::domain::{ChangeKind, Section};

/// What an item says, as one hash for each class of paths.
///
/// Two contents have the same `settings` exactly if their difference has no change of that class.
/// The same holds for `tags` and `relationships`, and for `volatile`, save that inside of array
/// elements a lower class counts together with the higher ones, in the order settings, tags,
/// volatile. So they tell the same as the difference whenever the higher classes are equal, which
/// is when [`kind_of_hashes`] looks at them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ContentHashes {
    /// Configuration and supplementary configuration without what is in `tags` and `volatile`.
    pub settings: u64,
    /// What AWS itself moves.
    pub volatile: u64,
    /// Tags, wherever they are repeated.
    pub tags: u64,
    /// Relationships.
    pub relationships: u64,
    /// Whether there is a configuration at all.
    pub has_configuration: bool,
}

impl ContentHashes {
    /// Hashes the content of an item of a type.
    pub fn of(content: &Content, resource_type: &str) -> Self {
        let [configuration, supplementary, tags, relationships] = [
            Section::Configuration,
            Section::SupplementaryConfiguration,
            Section::Tags,
            Section::Relationships,
        ]
        .map(|section| {
            let value = content.section(section);
            if is_missing(value) {
                return super::hash::Hashes::default();
            }
            hashes(value, &Place::root(section, resource_type), None)
        });
        let both =
            |class: PathClass| mix(configuration.of_class(class), supplementary.of_class(class));
        Self {
            settings: both(PathClass::Setting),
            volatile: both(PathClass::Volatile),
            tags: mix(both(PathClass::Tag), tags.tag),
            relationships: relationships.relationship,
            has_configuration: content.has_configuration(),
        }
    }
}

/// Returns what an item means against the one before it of the same lifetime, from their hashes.
pub fn kind_of_hashes(before: &ContentHashes, after: &ContentHashes) -> ChangeKind {
    if before.has_configuration != after.has_configuration {
        ChangeKind::Unknown
    } else if before.settings != after.settings {
        ChangeKind::Settings
    } else if before.tags != after.tags {
        ChangeKind::Tags
    } else if before.volatile != after.volatile {
        ChangeKind::Volatile
    } else if before.relationships != after.relationships {
        ChangeKind::Relationships
    } else {
        ChangeKind::Identical
    }
}

/// A section that is missing is as one with nothing in it.
fn is_missing(section: &Value) -> bool {
    match section {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.values().all(Value::is_null),
        _ => false,
    }
}
