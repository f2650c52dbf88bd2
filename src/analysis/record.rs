//! One item without its bodies: what is counted, over many months at once.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::ChangeKind;

/// An item of the history, as far as counting goes: half a year of an organisation is in memory at
/// once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRecord {
    /// Whose state it is; items that say the same of their resource share it.
    pub of: Arc<RecordedResource>,
    /// When the state was captured.
    pub at: Timestamp,
    /// What the item means.
    pub kind: ChangeKind,
    /// Whether it was recorded daily and not continuously.
    pub daily: bool,
}

/// What an item says of its resource, as far as counting goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecordedResource {
    /// Account.
    pub account: Arc<str>,
    /// Region of the resource, or `global`.
    pub region: Arc<str>,
    /// Resource type.
    pub resource_type: Arc<str>,
    /// Resource id.
    pub resource_id: Arc<str>,
    /// Name, where the item or the one before it has one.
    pub resource_name: Option<Arc<str>>,
    /// Value of the tag that was asked for, where the item has it.
    pub tag: Option<Arc<str>>,
}

/// A time in which a recorder may have missed what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecorderGap {
    /// Account.
    pub account: String,
    /// Region of the recorder.
    pub region: String,
    /// Since when.
    #[schemars(with = "String")]
    pub from: Timestamp,
    /// Until when; the end of what is known where it did not end.
    #[schemars(with = "String")]
    pub to: Timestamp,
    /// How it is known.
    pub cause: GapCause,
}

/// How a gap is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapCause {
    /// The recorder's own items say that it was stopped.
    Stopped,
    /// It delivered nothing for far longer than it ever does.
    Silent,
}

/// Has records share what they say of their resources, as those of a store do.
#[cfg(test)]
pub(super) fn sharing(records: &[ItemRecord]) -> Vec<ItemRecord> {
    let mut known = std::collections::HashSet::new();
    let shared = records.iter().map(|record| {
        known.insert(record.of.clone());
        let of = known.get(&record.of).unwrap_or(&record.of).clone();
        ItemRecord {
            of,
            ..record.clone()
        }
    });
    shared.collect()
}
