//! Hashes of an item's content by which its change kind is decided without the content.

use std::collections::HashMap;

use serde_json::Value;
use xxhash_rust::xxh3::{Xxh3, xxh3_128, xxh3_128_with_seed};

use super::{
    Content, PathClass,
    classes::Place,
    hash::{Hashes, hashes, mix, relationship_hashes, text_hashes},
};
use crate::domain::{ChangeKind, ItemFields, Section};

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
        .map(|section| section_hashes(content.section(section), section, resource_type));
        let has_configuration = content.has_configuration();
        Self::of_sections(configuration, supplementary, tags, relationships)
            .with_configuration(has_configuration)
    }

    fn of_sections(
        configuration: Hashes,
        supplementary: Hashes,
        tags: Hashes,
        relationships: Hashes,
    ) -> Self {
        let both =
            |class: PathClass| mix(configuration.of_class(class), supplementary.of_class(class));
        Self {
            settings: both(PathClass::Setting),
            volatile: both(PathClass::Volatile),
            tags: mix(both(PathClass::Tag), tags.tag),
            relationships: relationships.relationship,
            has_configuration: false,
        }
    }

    fn with_configuration(self, has_configuration: bool) -> Self {
        Self {
            has_configuration,
            ..self
        }
    }
}

fn section_hashes(value: &Value, section: Section, resource_type: &str) -> Hashes {
    if is_missing(value) {
        return Hashes::default();
    }
    hashes(value, Place::root(section, resource_type), None)
}

/// Hashes the contents of items, most of which were hashed before word for word.
#[derive(Debug, Default)]
pub struct Hasher {
    known: HashMap<u128, Hashes>,
}

/// Texts whose hashes are kept at most.
const KNOWN_TEXTS: usize = 1 << 16;

impl Hasher {
    /// Returns the hashes of an item's content: those of [`ContentHashes::of`]. Its bodies are JSON, as
    /// all are that were read; not all that is none is noticed.
    pub fn hashes(&mut self, item: &ItemFields<'_>) -> ContentHashes {
        let of_type = item.resource_type;
        let configuration = item.configuration;
        let bodies = [
            (Section::Configuration, configuration),
            (
                Section::SupplementaryConfiguration,
                item.supplementary_configuration,
            ),
            (Section::Relationships, item.relationships),
        ];
        let [configured, supplementary, relationships] = bodies.map(|(section, text)| {
            text.map_or_else(Hashes::default, |text| self.of_text(text, section, of_type))
        });
        let tags = self.of_tags(item);
        // A body that is delivered as null was read as missing.
        ContentHashes::of_sections(configured, supplementary, tags, relationships)
            .with_configuration(configuration.is_some_and(|text| text.trim() != "null"))
    }

    fn of_text(&mut self, text: &str, section: Section, resource_type: &str) -> Hashes {
        // Of each in one go: a hash that takes in parts costs as much again with texts of this size.
        // Type and text must not change places: a seed of 0 would be none.
        let place = xxh3_128_with_seed(resource_type.as_bytes(), section as u64 + 1);
        let key = place.wrapping_add(xxh3_128(text.as_bytes()));
        self.known(key, || {
            let place = Place::root(section, resource_type);
            let told = match section {
                Section::Relationships => relationship_hashes(text, place),
                _ => text_hashes(text, place),
            };
            told.unwrap_or_else(|| {
                let value = Content::section_of(text, section);
                section_hashes(&value, section, resource_type)
            })
        })
    }

    fn of_tags(&mut self, item: &ItemFields<'_>) -> Hashes {
        if item.tags.is_empty() {
            return Hashes::default();
        }
        let mut key = Xxh3::new();
        key.update(b"tags");
        for (name, value) in item.tags {
            for text in [Some(name), value.as_ref()] {
                let text = text.map_or("", String::as_str);
                key.update(&text.len().to_le_bytes());
                key.update(text.as_bytes());
            }
        }
        self.known(key.digest128(), || {
            let tags = Content::tags_of(item.tags);
            section_hashes(&tags, Section::Tags, item.resource_type)
        })
    }

    fn known(&mut self, key: u128, hash: impl FnOnce() -> Hashes) -> Hashes {
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        if self.known.len() >= KNOWN_TEXTS {
            self.known.clear();
        }
        let hashes = hash();
        self.known.insert(key, hashes);
        hashes
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

#[cfg(test)]
mod tests;
