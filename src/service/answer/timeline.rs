//! The history of one resource.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{
    analysis::Warning,
    domain::{ChangeKind, PathChange, ResourceKey},
    store::Evidence,
};

/// What happened to a resource, newest first; or, where several resources are known by the name
/// that was given, which these are.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ResourceHistory {
    /// The resource; absent where several match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceKey>,
    /// Its last known name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// Its last known ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// Resources that match, where there are several: ask again with one of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<ResourceMatch>,
    /// Times in which the resource lived, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lifetimes: Vec<Lifetime>,
    /// Items in the period.
    pub items: u64,
    /// Those of them that are real changes.
    pub real_changes: u64,
    /// Those of them that changed nothing of the resource's own.
    pub echoes: u64,
    /// Entries in this answer.
    pub returned: u64,
    /// Entries there are.
    pub total: u64,
    /// Whether entries, or parts of them, are missing from this answer.
    pub truncated: bool,
    /// Asks for the next entries; complete in itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// What to know before relying on the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// How to treat the data.
    pub notice: String,
    /// Where the answer comes from.
    pub evidence: Evidence,
    /// The state at the time that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ResourceState>,
    /// What happened, newest first.
    pub timeline: Vec<TimelineEntry>,
}

/// A resource that answers to what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResourceMatch {
    /// The resource.
    #[serde(flatten)]
    pub resource: ResourceKey,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// Its items of all time.
    pub items: u64,
    /// Capture time of its last item.
    #[schemars(with = "String")]
    pub last: Timestamp,
}

/// A time in which a resource lived. The same id can live more than once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Lifetime {
    /// Capture time of its first item.
    #[schemars(with = "String")]
    pub from: Timestamp,
    /// What the first item means: `created`, `recreated`, or that the resource was there before.
    pub began_as: ChangeKind,
    /// Capture time of the item that says it was deleted, or of the first item of the next
    /// lifetime.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub until: Option<Timestamp>,
}

/// One item that counts, or several echoes between two of them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TimelineEntry {
    /// Capture time; of echoes that of the last.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What the item means; of echoes that of most of them.
    pub kind: ChangeKind,
    /// Items: one, or as many echoes as are folded into the entry.
    pub items: u64,
    /// Capture time of the first of several echoes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub since: Option<Timestamp>,
    /// Status as delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// State id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_id: Option<String>,
    /// Key of the delivered file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What differs from the item before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<PathChange>,
    /// Differences that are left out of `changes`.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_changes: u64,
    /// Changes of related resources at the same moment, which explain an echo.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Cause>,
}

/// A change of a related resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cause {
    /// Its type.
    pub resource_type: String,
    /// Its id.
    pub resource_id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// What happened to it.
    pub kind: ChangeKind,
    /// When that was captured.
    #[schemars(with = "String")]
    pub at: Timestamp,
}

/// The whole state of a resource at a time.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ResourceState {
    /// The time that was asked for.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Whether it existed then, as far as items tell.
    pub existence: Existence,
    /// Capture time of the item that tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub captured: Option<Timestamp>,
    /// State id of that item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_id: Option<String>,
    /// Status of that item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Key of the file that holds the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether the item stands in a snapshot only.
    pub from_snapshot: bool,
    /// Tags.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub tags: Value,
    /// Configuration, as delivered.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub configuration: Value,
    /// Supplementary configuration, as delivered.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub supplementary_configuration: Value,
    /// Relationships, as delivered.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub relationships: Value,
}

/// What is known of a resource at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Existence {
    /// It existed; the item shows its state.
    Existed,
    /// It had been deleted.
    Deleted,
    /// Nothing was known of it yet.
    NotYetKnown,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}
