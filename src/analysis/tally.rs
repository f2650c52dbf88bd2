//! Counts of items under groupings, as the store answers them.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::Column;

/// Columns to count by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping(pub Vec<Column>);

/// What a tally counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TallyDepth {
    /// Items only. Nothing has to be compared for it.
    Items,
    /// Also which of them are real changes, and the names of resources.
    Changes,
}

/// Counts under one grouping, in the order of their keys.
pub type Tally = Vec<TallyLine>;

/// Counts of the items under one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyLine {
    /// Values of the grouping columns, numbers as text. Lines share them: there are as many as a
    /// month has resources.
    pub key: Vec<Option<Arc<str>>>,
    /// Items.
    pub items: u64,
    /// Items that are known to be real changes.
    pub changes: u64,
    /// Items of unknown kind.
    pub unknown: u64,
    /// Capture time of the first item.
    pub first: Timestamp,
    /// Capture time of the last item.
    pub last: Timestamp,
    /// A resource name among the items.
    pub name: Option<Arc<str>>,
}

/// The tallies of one pass, found by their columns. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies(Arc<[(Grouping, Tally)]>);

impl Tallies {
    /// Pairs each grouping with its tally, both in the order in which they were asked for.
    pub fn new(groupings: Vec<Grouping>, tallies: Vec<Tally>) -> Self {
        Self(groupings.into_iter().zip(tallies).collect())
    }

    /// Returns the tallies in the order of their groupings.
    pub fn all(&self) -> impl Iterator<Item = &Tally> {
        self.0.iter().map(|(_, tally)| tally)
    }

    /// Returns how many lines there are in all.
    pub fn lines(&self) -> usize {
        self.0.iter().map(|(_, tally)| tally.len()).sum()
    }

    /// Returns the lines counted by exactly `columns`; none where that was not asked for.
    pub fn by(&self, columns: &[Column]) -> &[TallyLine] {
        self.0
            .iter()
            .find(|(grouping, _)| grouping.0 == columns)
            .map_or(&[], |(_, tally)| tally)
    }
}
