//! A month's counts under any condition: what a statement about a part of the organisation is held
//! against.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    DigestInput, TallyLine,
    digest::{LIFECYCLE, RESOURCE},
};
use crate::domain::ChangeKind;

/// Counts of a month and of the one before, by resource and change kind.
#[derive(Debug, Clone, Default)]
pub struct Cube {
    now: Vec<Row>,
    before: Option<Vec<Row>>,
}

/// Which of the two months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum When {
    /// The month itself.
    Now,
    /// The month before.
    Before,
}

/// Conditions; what is `None` or empty holds of all items.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cell<'a> {
    /// Account.
    pub account: Option<&'a str>,
    /// Region, or `global`.
    pub region: Option<&'a str>,
    /// Resource type.
    pub resource_type: Option<&'a str>,
    /// Resource id.
    pub resource_id: Option<&'a str>,
    /// Change kinds.
    pub kinds: &'a [ChangeKind],
}

/// What the items under a condition add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Items.
    pub items: u64,
    /// Real changes among them.
    pub changes: u64,
    /// Resources with such items.
    pub resources: u64,
    /// Accounts with such items.
    pub accounts: u64,
    /// Regions with such items.
    pub regions: u64,
    /// Resource types with such items.
    pub resource_types: u64,
}

#[derive(Debug, Clone)]
struct Row {
    /// Account, Region, type, id.
    key: [Arc<str>; 4],
    /// Not known of the month before.
    kind: Option<ChangeKind>,
    items: u64,
    changes: u64,
}

impl Cube {
    /// Takes the counts that a digest is made from.
    pub fn of(input: &DigestInput) -> Self {
        let rows = |lines: &[TallyLine]| lines.iter().map(Row::of).collect();
        Self {
            now: rows(input.current.by(&LIFECYCLE)),
            before: input
                .previous
                .as_ref()
                .map(|before| rows(before.by(&RESOURCE))),
        }
    }

    /// Adds up the items of a month under a condition; `None` where that is not known: nothing was
    /// delivered for the month before, or kinds of it are asked for.
    pub fn sums(&self, cell: &Cell<'_>, when: When) -> Option<Sums> {
        let rows = match when {
            When::Now => &self.now,
            When::Before if !cell.kinds.is_empty() => return None,
            When::Before => self.before.as_ref()?,
        };
        let mut sums = Sums::default();
        let mut distinct: [BTreeSet<&str>; 3] = Default::default();
        let mut resources = BTreeSet::new();
        for row in rows.iter().filter(|row| row.fits(cell)) {
            sums.items += row.items;
            sums.changes += row.changes;
            for (seen, part) in distinct.iter_mut().zip(&row.key) {
                seen.insert(part);
            }
            resources.insert(&row.key);
        }
        let [accounts, regions, types] = distinct.map(|seen| seen.len() as u64);
        sums.resources = resources.len() as u64;
        (sums.accounts, sums.regions, sums.resource_types) = (accounts, regions, types);
        Some(sums)
    }
}

impl Row {
    fn of(line: &TallyLine) -> Self {
        let part = |at: usize| line.key.get(at).cloned().flatten().unwrap_or_default();
        let kind = line.key.get(4).and_then(Option::as_deref);
        Self {
            key: [part(0), part(1), part(2), part(3)],
            kind: kind.and_then(|kind| kind.parse().ok()),
            items: line.items,
            changes: line.changes,
        }
    }

    fn fits(&self, cell: &Cell<'_>) -> bool {
        let wanted = [
            cell.account,
            cell.region,
            cell.resource_type,
            cell.resource_id,
        ];
        let kind_fits = || self.kind.is_some_and(|kind| cell.kinds.contains(&kind));
        self.key
            .iter()
            .zip(wanted)
            .all(|(part, wanted)| wanted.is_none_or(|wanted| *wanted == **part))
            && (cell.kinds.is_empty() || kind_fits())
    }
}
