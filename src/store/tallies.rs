//! Rows of one pass become the tallies that were asked for.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    domain::Column,
    store::{Grouping, Rows, Tally, TallyLine},
};

/// Sorts the rows of one pass into the groupings they belong to. `None` if they do not fit.
pub(super) fn tallies_of(
    rows: &Rows,
    groupings: &[Grouping],
    keys: &[Column],
) -> Option<Vec<Tally>> {
    let mut tallies = vec![Tally::new(); groupings.len()];
    for row in &rows.rows {
        let (key_cells, rest) = row.split_at_checked(keys.len())?;
        let [items, changes, unknown, first, last, name, without @ ..] = rest else {
            return None;
        };
        let items = items.as_u64()?;
        if items == 0 {
            // A total over nothing is a row all the same.
            continue;
        }
        let present: BTreeSet<Column> = keys
            .iter()
            .zip(without)
            .filter(|(_, without)| without.as_i64() == Some(0))
            .map(|(key, _)| *key)
            .collect();
        let at = groupings
            .iter()
            .position(|g| g.0.iter().copied().collect::<BTreeSet<_>>() == present)?;
        let cell_of = |column: &Column| {
            let at = keys.iter().position(|key| key == column)?;
            Some(match key_cells.get(at)? {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            })
        };
        let line = TallyLine {
            key: groupings
                .get(at)?
                .0
                .iter()
                .map(cell_of)
                .collect::<Option<_>>()?,
            items,
            changes: changes.as_u64()?,
            unknown: unknown.as_u64()?,
            first: first.as_str()?.parse().ok()?,
            last: last.as_str()?.parse().ok()?,
            name: name.as_str().map(str::to_owned),
        };
        tallies.get_mut(at)?.push(line);
    }
    for tally in &mut tallies {
        tally.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    }
    Some(tallies)
}
