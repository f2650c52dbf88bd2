//! The structural difference of two items of a resource: what came, went and changed, by path.

mod apply;
mod arrays;
mod classes;
mod compare;
mod content;
mod hash;
mod hashes;
mod path;
#[cfg(test)]
mod tests;
mod tree;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use apply::apply;
pub use content::Content;
pub use hashes::{ContentHashes, Hasher, kind_of_hashes};

use super::Section;
use apply::Effect;
use path::Path;
use xxhash_rust::xxh3::Xxh3;

/// Version of what the hashes of contents and the kinds told from them mean, apart from the listed
/// paths: to be raised with any change of meaning, because both are kept.
const MEANING: u32 = 1;

/// Names the rules by which contents are hashed and kinds are told.
pub fn rules_version() -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&MEANING.to_le_bytes());
    for listed in [
        include_str!("difference/paths.toml"),
        include_str!("difference/arrays.toml"),
    ] {
        hash.update(listed.as_bytes());
    }
    hash.digest()
}

/// One place at which two items differ. A place with parts of several classes gives one change for
/// each, with those parts.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PathChange {
    /// Section of the item.
    pub section: Section,
    /// Place in the section, like a JSON pointer. Elements stand in brackets: `[key=value,…]` where
    /// fields tell them apart, `[value]` for a scalar, `[]` for any other. Empty for a whole section.
    pub path: String,
    /// What happened.
    pub operation: Operation,
    /// Value before; absent where it was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// Value after; absent where it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// What kind of path it is.
    pub class: PathClass,
    #[serde(skip)]
    steps: Path,
    #[serde(skip)]
    effect: Effect,
}

/// What happened at a path.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// It was not there before.
    Added,
    /// It is there no more.
    Removed,
    /// It has another value.
    Changed,
}

/// What kind of path it is. The order is that of their weight: of a path that is listed under
/// several classes the first one holds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PathClass {
    /// Something that somebody sets.
    Setting,
    /// Tags, also where the configuration repeats them.
    Tag,
    /// Something that AWS itself moves.
    Volatile,
    /// A relationship to another resource.
    Relationship,
}

impl PathClass {
    /// All classes, by weight.
    pub const ALL: [Self; 4] = [Self::Setting, Self::Tag, Self::Volatile, Self::Relationship];
}

/// Returns the difference of two items of a resource type, ordered by section and path.
pub fn difference(before: &Content, after: &Content, resource_type: &str) -> Vec<PathChange> {
    let mut changes = Vec::new();
    for section in [
        Section::Configuration,
        Section::SupplementaryConfiguration,
        Section::Tags,
        Section::Relationships,
    ] {
        let sections = (before.section(section), after.section(section));
        compare::compare(section, sections, resource_type, &mut changes);
    }
    changes.sort_by(|left, right| {
        let key = |change: &PathChange| (change.section, change.class);
        (left.section, &left.path, key(left)).cmp(&(right.section, &right.path, key(right)))
    });
    changes
}
