//! The items of one resource as a timeline: differences spelled out, echoes folded.

use crate::{
    domain::{ChangeKind, Content, PathChange, Period, ResourceKey, difference},
    service::{
        AnswerSize, Lifetime, MAX_ANSWER_CHARS, ResourceHistory, TimelineEntry,
        UNTRUSTED_DATA_NOTICE,
        fit::{chars_of, cut_value},
    },
    store::{Evidence, ItemChange},
};

/// Differences of one item that a model is shown.
const CHANGES_SHOWN: usize = 40;
/// Characters of one value in a difference that a model is shown.
const VALUE_CHARS: usize = 1_200;
/// Room left in an answer for what is added after its size was measured.
const SLACK_CHARS: usize = 4_000;

/// An answer without anything in it.
pub(super) fn nothing() -> ResourceHistory {
    ResourceHistory {
        resource: None,
        resource_name: None,
        arn: None,
        matches: Vec::new(),
        lifetimes: Vec::new(),
        items: 0,
        real_changes: 0,
        echoes: 0,
        returned: 0,
        total: 0,
        truncated: false,
        next_cursor: None,
        warnings: Vec::new(),
        notice: UNTRUSTED_DATA_NOTICE.to_owned(),
        evidence: Evidence::default(),
        state: None,
        timeline: Vec::new(),
    }
}

/// An entry whose differences are made once it is known to be shown: of a long history few are.
pub(super) struct Entry<'i> {
    entry: TimelineEntry,
    /// The item, where the entry is of one alone.
    of: Option<&'i ItemChange>,
}

/// Puts the items of one resource, oldest first, into a history without its timeline, whose entries
/// stand beside it, newest first.
pub(super) fn history<'i>(
    resource: &ResourceKey,
    items: &'i [ItemChange],
    period: &Period,
    each_echo: bool,
) -> (ResourceHistory, Vec<Entry<'i>>) {
    let newest_first = || items.iter().rev().map(|change| &change.item);
    let counted: Vec<&ItemChange> = items
        .iter()
        .filter(|change| !change.snapshot_only && period.contains(change.item.capture_time))
        .collect();
    let count = |wanted: fn(ChangeKind) -> bool| {
        counted.iter().filter(|change| wanted(change.kind)).count() as u64
    };
    let entries = entries(&counted, each_echo);
    let history = ResourceHistory {
        resource: Some(resource.clone()),
        resource_name: newest_first().find_map(|item| item.resource_name.clone()),
        arn: newest_first().find_map(|item| item.arn.clone()),
        lifetimes: lifetimes(items),
        items: counted.len() as u64,
        real_changes: count(ChangeKind::is_real_change),
        echoes: count(ChangeKind::is_echo),
        total: entries.len() as u64,
        ..nothing()
    };
    (history, entries)
}

/// Splits the items into lifetimes: at a deletion, and where the resource was discovered again.
fn lifetimes(items: &[ItemChange]) -> Vec<Lifetime> {
    let mut lifetimes: Vec<Lifetime> = Vec::new();
    let mut alive = false;
    for change in items {
        let at = change.item.capture_time;
        match change.kind {
            ChangeKind::Deleted => {
                if !alive {
                    lifetimes.push(Lifetime {
                        from: at,
                        began_as: ChangeKind::Unknown,
                        until: None,
                    });
                }
                close(&mut lifetimes, at);
                alive = false;
            }
            ChangeKind::Compliance | ChangeKind::NotRecorded => {}
            kind => {
                if alive && kind == ChangeKind::Recreated {
                    close(&mut lifetimes, at);
                    alive = false;
                }
                // A repeated report of a deletion begins nothing.
                let begins = !alive
                    && change.item.item_status()
                        != Some(crate::domain::ItemStatus::ResourceDeleted);
                if begins {
                    let began_as = match kind {
                        ChangeKind::Created | ChangeKind::Recreated | ChangeKind::FirstSeen => kind,
                        _ => ChangeKind::Unknown,
                    };
                    lifetimes.push(Lifetime {
                        from: at,
                        began_as,
                        until: None,
                    });
                    alive = true;
                }
            }
        }
    }
    lifetimes
}

fn close(lifetimes: &mut [Lifetime], at: jiff::Timestamp) {
    if let Some(last) = lifetimes.last_mut() {
        last.until = Some(at);
    }
}

/// Makes the entries, newest first.
fn entries<'i>(counted: &[&'i ItemChange], each_echo: bool) -> Vec<Entry<'i>> {
    let mut entries = Vec::new();
    let folds = |change: &ItemChange| change.kind.is_echo() && !each_echo;
    for run in counted.chunk_by(|a, b| folds(a) && folds(b)) {
        match run {
            [one] => entries.push(Entry {
                entry: entry(one),
                of: Some(one),
            }),
            several => entries.extend(folded(several).map(|entry| Entry { entry, of: None })),
        }
    }
    entries.reverse();
    entries
}

impl Entry<'_> {
    fn with_changes(self) -> TimelineEntry {
        TimelineEntry {
            changes: self.of.map(changes_of).unwrap_or_default(),
            ..self.entry
        }
    }
}

/// Returns what differs from the item before, where the kind says that something does.
fn changes_of(change: &ItemChange) -> Vec<PathChange> {
    let differs = matches!(
        change.kind,
        ChangeKind::Settings
            | ChangeKind::Tags
            | ChangeKind::Relationships
            | ChangeKind::Volatile
            | ChangeKind::Recreated
    );
    let before = change.before.as_ref().filter(|_| differs);
    before.map_or_else(Vec::new, |before| {
        let (before, after) = (Content::of(before), Content::of(&change.item));
        difference(&before, &after, &change.item.resource_type)
    })
}

fn entry(change: &ItemChange) -> TimelineEntry {
    let item = &change.item;
    TimelineEntry {
        at: item.capture_time,
        kind: change.kind,
        items: 1,
        since: None,
        status: item.status.clone(),
        state_id: item.state_id.clone(),
        source: Some(change.source.clone()),
        changes: Vec::new(),
        more_changes: 0,
        because: Vec::new(),
    }
}

/// Folds echoes into one entry, of the kind that most of them have.
fn folded(echoes: &[&ItemChange]) -> Option<TimelineEntry> {
    let (first, last) = (echoes.first()?, echoes.last()?);
    let of_kind = |kind: &ChangeKind| echoes.iter().filter(|echo| echo.kind == *kind).count();
    // Of as many, the first of the list.
    let kind = ChangeKind::ECHOES.into_iter().rev().max_by_key(of_kind)?;
    Some(TimelineEntry {
        at: last.item.capture_time,
        kind,
        items: echoes.len() as u64,
        since: Some(first.item.capture_time),
        status: None,
        state_id: None,
        source: None,
        changes: Vec::new(),
        more_changes: 0,
        because: Vec::new(),
    })
}

/// Shows the entries from `offset` on, as many as are wanted and as fit.
pub(super) fn show(
    history: &mut ResourceHistory,
    entries: Vec<Entry<'_>>,
    (offset, limit): (u64, Option<u64>),
    size: AnswerSize,
) {
    let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let entries = entries.into_iter().skip(count(offset));
    let entries = entries.take(limit.map_or(usize::MAX, count));
    let entries = entries.map(Entry::with_changes);
    history.timeline = if size == AnswerSize::ForModel {
        fit_state(history);
        fitting(history, entries)
    } else {
        entries.collect()
    };
    history.returned = history.timeline.len() as u64;
}

/// Returns the first entries, cut, as many as fit into an answer beside what it has already.
fn fitting(
    history: &mut ResourceHistory,
    entries: impl Iterator<Item = TimelineEntry>,
) -> Vec<TimelineEntry> {
    let most = usize::try_from(MAX_ANSWER_CHARS).unwrap_or(usize::MAX);
    let mut left = most.saturating_sub(chars_of(history) + SLACK_CHARS);
    let mut kept = Vec::new();
    for mut entry in entries {
        history.truncated |= cut_entry(&mut entry);
        let mut chars = chars_of(&entry);
        // An answer goes on at least an entry.
        while kept.is_empty() && chars > left && entry.changes.len() > 1 {
            let half = entry.changes.len() / 2;
            entry.more_changes += (entry.changes.len() - half) as u64;
            entry.changes.truncate(half);
            history.truncated = true;
            chars = chars_of(&entry);
        }
        if !kept.is_empty() && chars > left {
            break;
        }
        left = left.saturating_sub(chars);
        kept.push(entry);
    }
    kept
}

/// Cuts what is too long to show of one entry. Says whether anything was.
fn cut_entry(entry: &mut TimelineEntry) -> bool {
    let surplus = entry.changes.len().saturating_sub(CHANGES_SHOWN);
    entry.changes.truncate(CHANGES_SHOWN);
    entry.more_changes += surplus as u64;
    let mut cut = surplus > 0;
    for change in &mut entry.changes {
        for value in [&mut change.before, &mut change.after]
            .into_iter()
            .flatten()
        {
            cut |= cut_value(value, VALUE_CHARS);
        }
    }
    cut
}

/// Cuts a state that leaves no room for anything else.
fn fit_state(history: &mut ResourceHistory) {
    let most = usize::try_from(MAX_ANSWER_CHARS / 2).unwrap_or(usize::MAX);
    let Some(state) = &mut history.state else {
        return;
    };
    let too_long = chars_of(state) > most;
    let bodies = [
        &mut state.relationships,
        &mut state.supplementary_configuration,
        &mut state.configuration,
    ];
    if too_long {
        for body in bodies {
            history.truncated |= cut_value(body, most / 4);
        }
    }
}
