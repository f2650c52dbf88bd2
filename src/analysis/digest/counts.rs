//! Items by one column, beside those of the month before.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Count, resources::Resources};
use crate::{
    analysis::{Tallies, TallyLine},
    domain::{ChangeKind, Column, Month},
};

/// Stands for a value that the items do not have.
pub(super) const NO_VALUE: &str = "(none)";

/// Counts by `column`, most items first, then by key. Keys that only the month before has are
/// listed as well: that something is gone must be seen.
pub(super) fn counts(now: &Tallies, before: Option<&Tallies>, column: Column) -> Vec<Count> {
    let items = by_key(now.by(&[column]));
    let previous = before.map(|tallies| by_key(tallies.by(&[column])));
    let keys = items.keys().chain(previous.iter().flat_map(BTreeMap::keys));
    let mut keys: Vec<&str> = keys.copied().collect();
    keys.sort_unstable();
    keys.dedup();
    let mut counts: Vec<Count> = keys
        .into_iter()
        .map(|key| count_of(key, &items, previous.as_ref()))
        .collect();
    counts.sort_by_key(|count| Reverse(count.items));
    counts
}

/// Counts by resource type, with the resources of each.
pub(super) fn type_counts(
    now: &Tallies,
    before: Option<&Tallies>,
    resources: &Resources<'_>,
) -> Vec<Count> {
    let mut of_type: BTreeMap<&str, u64> = BTreeMap::new();
    for ((_, _, resource_type, _), ..) in resources.named() {
        *of_type.entry(resource_type).or_default() += 1;
    }
    let mut counts = counts(now, before, Column::ResourceType);
    for count in &mut counts {
        count.resources = Some(of_type.get(count.key.as_str()).copied().unwrap_or(0));
    }
    counts
}

/// Counts by change kind in the order in which kinds are listed to people; kinds that this version
/// does not know come last.
pub(super) fn kind_counts(now: &Tallies, before: Option<&Tallies>) -> Vec<Count> {
    let rank = |count: &Count| {
        let kind = |kind: &ChangeKind| kind.as_str() == count.key;
        let place = ChangeKind::ALL.iter().position(kind);
        place.unwrap_or(ChangeKind::ALL.len())
    };
    let mut counts = counts(now, before, Column::ChangeKind);
    counts.retain(|count| count.items > 0);
    counts.sort_by_key(rank);
    counts
}

/// Counts by day, every day of the month in order.
pub(super) fn day_counts(tally: &[TallyLine], month: Month) -> Vec<Count> {
    let mut items: BTreeMap<i8, Sum> = BTreeMap::new();
    for line in tally {
        let mut numbers = line.key.iter().map(|part| part.as_deref()?.parse().ok());
        let mut number = || numbers.next().flatten().unwrap_or(0_i16);
        let (year, month_of_year, day) = (number(), number(), number());
        if let Ok(day) = i8::try_from(day)
            && (year, month_of_year) == (month.year(), month.month().into())
        {
            items.entry(day).or_default().add(line);
        }
    }
    (1..=month.first_day().days_in_month())
        .map(|day| {
            let sum = items.get(&day).copied().unwrap_or_default();
            Count {
                key: format!("{month}-{day:02}"),
                items: sum.items,
                changes: sum.changes,
                previous: None,
                resources: None,
            }
        })
        .collect()
}

/// Items and the real changes among them.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    items: u64,
    changes: u64,
}

impl Sum {
    fn add(&mut self, line: &TallyLine) {
        self.items += line.items;
        self.changes += line.changes;
    }
}

fn by_key(tally: &[TallyLine]) -> BTreeMap<&str, Sum> {
    let mut items: BTreeMap<&str, Sum> = BTreeMap::new();
    for line in tally {
        let key = line.key.first().and_then(Option::as_deref);
        items.entry(key.unwrap_or(NO_VALUE)).or_default().add(line);
    }
    items
}

fn count_of(
    key: &str,
    items: &BTreeMap<&str, Sum>,
    previous: Option<&BTreeMap<&str, Sum>>,
) -> Count {
    let of = |items: &BTreeMap<&str, Sum>| items.get(key).copied().unwrap_or_default();
    Count {
        key: key.to_owned(),
        items: of(items).items,
        changes: of(items).changes,
        previous: previous.map(|items| of(items).items),
        resources: None,
    }
}
