//! Rows of one pass become the tallies that were asked for, one by one: there are as many as a month
//! has resources.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    domain::Column,
    store::{Grouping, Tally, TallyLine},
};

/// Sorts the rows of one pass into the groupings they belong to.
#[derive(Debug)]
pub(super) struct TallyRows {
    /// What each grouping counts by.
    groupings: Vec<Vec<Column>>,
    /// The columns that rows begin with.
    keys: Vec<Column>,
    tallies: Vec<Tally>,
    /// Whether all rows had the form of such rows.
    fit: bool,
}

impl TallyRows {
    /// Returns an empty collection of rows that begin with the columns of `keys`.
    pub(super) fn new(groupings: &[Grouping], keys: Vec<Column>) -> Self {
        Self {
            groupings: groupings.iter().map(|of| of.0.clone()).collect(),
            keys,
            tallies: vec![Tally::new(); groupings.len()],
            fit: true,
        }
    }

    /// Takes the next row.
    pub(super) fn take(&mut self, row: Vec<Value>) {
        if self.line_of(row).is_none() {
            self.fit = false;
        }
    }

    /// Returns a tally for each grouping, in the order of its keys; `None` if the rows do not fit.
    pub(super) fn finish(self) -> Option<Vec<Tally>> {
        let mut tallies = self.fit.then_some(self.tallies)?;
        for tally in &mut tallies {
            tally.sort_unstable_by(|a, b| a.key.cmp(&b.key));
            tally.shrink_to_fit();
        }
        Some(tallies)
    }

    fn line_of(&mut self, mut row: Vec<Value>) -> Option<()> {
        let (key_cells, rest) = row.split_at_mut_checked(self.keys.len())?;
        let [items, changes, unknown, first, last, name, without @ ..] = rest else {
            return None;
        };
        let items = items.as_u64()?;
        if items == 0 {
            // A total over nothing is a row all the same.
            return Some(());
        }
        let present: BTreeSet<Column> = self
            .keys
            .iter()
            .zip(without)
            .filter(|(_, without)| without.as_i64() == Some(0))
            .map(|(key, _)| *key)
            .collect();
        let at = self
            .groupings
            .iter()
            .position(|of| of.iter().copied().collect::<BTreeSet<_>>() == present)?;
        let mut key = Vec::with_capacity(present.len());
        for column in self.groupings.get(at)? {
            let at = self.keys.iter().position(|key| key == column)?;
            key.push(match key_cells.get_mut(at)?.take() {
                Value::Null => None,
                Value::String(text) => Some(text.into()),
                other => Some(other.to_string().into()),
            });
        }
        let line = TallyLine {
            key,
            items,
            changes: changes.as_u64()?,
            unknown: unknown.as_u64()?,
            first: first.as_str()?.parse().ok()?,
            last: last.as_str()?.parse().ok()?,
            name: match name.take() {
                Value::String(name) => Some(name.into()),
                _ => None,
            },
        };
        self.tallies.get_mut(at)?.push(line);
        Some(())
    }
}
