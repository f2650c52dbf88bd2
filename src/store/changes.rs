//! Full items: what a timeline and a rule need to see.

use std::sync::Arc;

use crate::domain::{ChangeKind, ConfigurationItem, ItemFilter, Period, ResourceKey};

/// Which full items are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangesQuery {
    /// Capture times.
    pub period: Period,
    /// Which items.
    pub filter: ItemFilter,
    /// Only items of these resources; none for all that the filter admits.
    pub resources: Vec<ResourceKey>,
    /// Whether states that only a snapshot holds come as well.
    pub snapshots: bool,
}

/// An item and the item before it of the same resource. Secrets are masked.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemChange {
    /// The item. A deleted one has the name, tags and ARN of the item before it.
    pub item: Arc<ConfigurationItem>,
    /// What it means.
    pub kind: ChangeKind,
    /// Key of the delivered file.
    pub source: String,
    /// Whether only a snapshot holds it: a state, but no item that counts.
    pub snapshot_only: bool,
    /// The item before it, as far back as there is one.
    pub before: Option<Arc<ConfigurationItem>>,
}
