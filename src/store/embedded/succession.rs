//! How the items of one resource follow one another, wherever they were delivered: which of them is
//! one that was delivered before, and from which a deleted one takes over what it no longer says.

use std::collections::BTreeSet;

use crate::domain::{ItemFields, ItemStatus};

/// An item among those of its resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub(super) identity: u128,
    /// Whether its file holds history.
    pub(super) history: bool,
    pub(super) deleted: bool,
    /// Whether it says anything that a deleted item takes over.
    pub(super) has_card: bool,
}

/// Says whether an item is of a deleted resource.
pub(super) fn is_deleted(item: &ItemFields<'_>) -> bool {
    item.status.and_then(ItemStatus::parse) == Some(ItemStatus::ResourceDeleted)
}

/// Returns what items of one resource are put in order by: when they were captured, history first,
/// and where they were delivered.
pub(super) fn order<P: Ord>(at_ms: i64, history: bool, place: P) -> (i64, bool, P) {
    (at_ms, !history, place)
}

/// Says of items in order which stand in the list before: of several, the first in a history file
/// counts.
pub(super) fn repeats(items: &[Turn]) -> Vec<bool> {
    if items.len() < 2 {
        return vec![false; items.len()];
    }
    let of_history = items.iter().filter(|item| item.history);
    let in_history: BTreeSet<u128> = of_history.map(|item| item.identity).collect();
    let mut seen = BTreeSet::new();
    let is_repeat = |item: &Turn| {
        let elsewhere = !item.history && in_history.contains(&item.identity);
        elsewhere || !seen.insert(item.identity)
    };
    items.iter().map(is_repeat).collect()
}

/// Returns for each item in order the place of the one that it takes over from, if it is of a deleted
/// resource: the last one before that says anything. `repeats` are those of [`repeats()`].
pub(super) fn taken_over(items: &[Turn], repeats: &[bool]) -> Vec<Option<usize>> {
    let mut last = None;
    let from = |((at, item), is_repeat): ((usize, &Turn), &bool)| {
        if *is_repeat {
            return None;
        }
        if item.deleted {
            return last;
        }
        if item.has_card {
            last = Some(at);
        }
        None
    };
    items.iter().enumerate().zip(repeats).map(from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(identity: u128, history: bool, deleted: bool) -> Turn {
        Turn {
            identity,
            history,
            deleted,
            has_card: !deleted,
        }
    }

    #[test]
    fn of_an_item_delivered_twice_the_first_of_history_counts() {
        let items = [
            turn(1, false, false),
            turn(2, false, false),
            turn(2, false, false),
            turn(1, true, false),
            turn(1, true, false),
        ];
        assert_eq!(repeats(&items), [true, false, true, false, true]);
        assert_eq!(repeats(&items[..1]), [false]);
        assert!(repeats(&[]).is_empty());
    }

    #[test]
    fn a_deleted_item_takes_over_from_the_last_one_that_says_anything() {
        let silent = Turn {
            has_card: false,
            ..turn(3, true, false)
        };
        let items = [
            turn(1, true, true),
            turn(2, true, false),
            silent,
            turn(4, true, true),
            // Delivered again, it is no news.
            turn(2, false, false),
            turn(5, true, true),
            turn(6, true, false),
            turn(7, true, true),
        ];
        let told = taken_over(&items, &repeats(&items));
        let expected = [None, None, None, Some(1), None, Some(1), None, Some(6)];
        assert_eq!(told, expected);
    }
}
