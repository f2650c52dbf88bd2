//! When and how recording itself changed: named, and no anomaly.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AnomalyInput, ledger,
    world::{Event, World},
};
use crate::analysis::GapCause;

/// A time of the month in which a recorder may have missed what happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct RecordingGap {
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
    pub cause: RecordingGapCause,
}

/// How a gap is known.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RecordingGapCause {
    /// The recorder's own items say that it was stopped.
    Stopped,
    /// It delivered nothing for far longer than it ever does.
    Silent,
}

/// How items are recorded.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RecordingMode {
    /// Whenever something changes.
    Continuous,
    /// Once a day, where something changed.
    Daily,
}

/// What is recorded in another way than in the baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordingModeChange {
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Resource type.
    pub resource_type: String,
    /// How it was recorded.
    pub from: RecordingMode,
    /// How it is recorded now.
    pub to: RecordingMode,
    /// Capture time of the month's first item of the new way.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// Items in the month before that.
    pub items_before: u64,
    /// Items in the month from then on.
    pub items_after: u64,
}

/// Returns the gaps that touch the month.
pub(super) fn gaps(input: &AnomalyInput<'_>) -> Vec<RecordingGap> {
    let mut gaps: Vec<RecordingGap> = input
        .gaps
        .iter()
        .filter(|gap| gap.from < input.period.end() && gap.to > input.period.start())
        .map(|gap| RecordingGap {
            account: gap.account.clone(),
            region: gap.region.clone(),
            from: gap.from,
            to: gap.to,
            cause: match gap.cause {
                GapCause::Stopped => RecordingGapCause::Stopped,
                GapCause::Silent => RecordingGapCause::Silent,
            },
        })
        .collect();
    gaps.sort_unstable();
    gaps.dedup();
    gaps
}

/// Returns what went from one way of recording to the other, by how its last items before the month
/// and its last items of the month were recorded.
pub(super) fn mode_changes(world: &World<'_>) -> Vec<RecordingModeChange> {
    let changed = |group: &super::world::Group<'_>| {
        let mut events: Vec<&Event> = world
            .events_in(&group.events)
            .map(|(_, event)| event)
            .filter(|event| event.is_resource())
            .collect();
        events.sort_by_key(|event| (event.at, event.resource()));
        let before = events
            .iter()
            .rfind(|event| event.slot() < world.month)?
            .daily;
        let now: Vec<&Event> = events
            .into_iter()
            .filter(|event| event.slot() == world.month)
            .collect();
        let after = now.last()?.daily;
        let since = now.iter().find(|event| event.daily == after)?.at;
        (before != after).then(|| RecordingModeChange {
            account: group.account.to_owned(),
            region: group.region.to_owned(),
            resource_type: group.resource_type.to_owned(),
            from: mode(before),
            to: mode(after),
            since,
            items_before: ledger::count(now.iter().filter(|event| event.at < since).count()),
            items_after: ledger::count(now.iter().filter(|event| event.at >= since).count()),
        })
    };
    let groups = world.groups.iter().filter(|group| group.mixed_modes);
    groups.filter_map(changed).collect()
}

fn mode(daily: bool) -> RecordingMode {
    if daily {
        RecordingMode::Daily
    } else {
        RecordingMode::Continuous
    }
}
