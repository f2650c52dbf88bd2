//! Where and when anything was delivered.

mod gaps;
mod modes;
mod recorder;
mod scope;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan, civil::Date, tz::Offset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{GapCause, ItemRecord, RecorderGap};
use crate::domain::{ConfigurationItem, Delivery, DeliveryKind, Period};

pub use gaps::recorder_gaps;
pub use modes::{ModeCounts, ModeLine};
pub use recorder::{RecorderEvent, RecorderEventKind, recorder_events};

/// Ranges of silent days that a line names.
const RANGES_NAMED: usize = 12;

/// What coverage is told from.
#[derive(Debug, Clone, Copy)]
pub struct CoverageInput<'a> {
    /// All known deliveries; those outside of the period make a recorder's habit and watermark.
    pub deliveries: &'a [Delivery],
    /// The period.
    pub period: &'a Period,
    /// Months before it that gaps are looked for in as well, `None` for the period alone.
    pub baseline: Option<&'a Period>,
    /// The present.
    pub now: Timestamp,
    /// Items of `AWS::Config::ConfigurationRecorder` with bodies, of all time up to the period's
    /// end, in any order; empty where they are not known.
    pub recorder_items: &'a [ConfigurationItem],
    /// Items of the period; empty where they are not known.
    pub current: &'a [&'a ItemRecord],
    /// Items of the month before, where they are known.
    pub previous: Option<&'a [&'a ItemRecord]>,
}

/// Deliveries of a period. A day without deliveries is no proof that nothing changed: nothing
/// changed, or nothing was recorded, and the files alone cannot tell which.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryCoverage {
    /// Newest delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub watermark: Option<Timestamp>,
    /// Account and Region pairs that have delivered, in order.
    pub recorders: Vec<DeliveryLine>,
    /// What happened to recorders in the period, by their own items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recorder_events: Vec<RecorderEvent>,
    /// Times in which recorders may have missed what happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<RecorderGap>,
    /// Types that are recorded daily, or were in the month before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recording_modes: Vec<ModeLine>,
    /// Types that recorders began to record in the period, as far as they name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types_began: Vec<RecordedType>,
    /// Types that recorders ceased to record in the period, as far as they name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types_ceased: Vec<RecordedType>,
}

/// A type that a recorder began or ceased to record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordedType {
    /// Account.
    pub account: String,
    /// Region of the recorder.
    pub region: String,
    /// Resource type.
    pub resource_type: String,
    /// Since when, as captured.
    #[schemars(with = "String")]
    pub at: Timestamp,
}

/// Deliveries of one account's recorder in one Region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryLine {
    /// Account.
    pub account: String,
    /// Region of the recorder.
    pub region: String,
    /// History files delivered on the days of the period.
    pub history_files: u64,
    /// Snapshot files delivered on these days, which never count as changes.
    pub snapshot_files: u64,
    /// Days of the period (UTC) with history files.
    pub days_with_history: u64,
    /// Days of the period (UTC), those still to come left out.
    pub days: u64,
    /// Longest run of days without history files, `YYYY-MM-DD/YYYY-MM-DD`, both included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_silence: Option<String>,
    /// Newest delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub watermark: Option<Timestamp>,
    /// Days of the period (UTC) with neither history nor snapshots, as ranges
    /// `YYYY-MM-DD/YYYY-MM-DD`, both included, or single days; the first twelve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent_days: Vec<String>,
    /// How many further ranges there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_silent_ranges: u64,
    /// Whether the absence of an item proves that nothing changed, for the types recorded: true
    /// only if every UTC day of the period has history or snapshots, deliveries reach past the
    /// period's end, and the recorder's own items, where there are any, say of no stop in it. Files
    /// that could not be read are not considered here.
    pub complete: bool,
}

impl DeliveryCoverage {
    /// Returns the coverage of the UTC days from `first_day` to `last_day`, both included. Other
    /// deliveries make a recorder known and move its watermark, and count for nothing else.
    pub fn of(deliveries: &[Delivery], first_day: Date, last_day: Date) -> Self {
        let after = last_day.tomorrow().ok();
        let end = after.and_then(|day| Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok());
        let end = end.unwrap_or(Timestamp::MAX);
        Self::of_days(deliveries, (first_day, last_day), end)
    }

    fn of_days(deliveries: &[Delivery], days: (Date, Date), end: Timestamp) -> Self {
        let mut recorders: BTreeMap<(&str, &str), Vec<&Delivery>> = BTreeMap::new();
        for delivery in deliveries {
            let folder = &delivery.folder;
            recorders
                .entry((&folder.account, &folder.region))
                .or_default()
                .push(delivery);
        }
        Self {
            watermark: deliveries.iter().map(|d| d.newest).max(),
            recorders: recorders
                .into_iter()
                .map(|((account, region), of_recorder)| {
                    DeliveryLine::of(account, region, &of_recorder, days, end)
                })
                .collect(),
            ..Self::default()
        }
    }

    /// Returns the coverage of the UTC days that `period` touches up to `now`; of all time, of the
    /// days from the first delivery to the last.
    pub fn of_period(deliveries: &[Delivery], period: &Period, now: Timestamp) -> Self {
        let utc = |instant: Timestamp| Offset::UTC.to_datetime(instant).date();
        let days = || deliveries.iter().map(|d| d.folder.day);
        let first = if period.start() == Timestamp::MIN {
            days().min()
        } else {
            Some(utc(period.start()))
        };
        let last = if period.end() == Timestamp::MAX {
            days().max()
        } else {
            let last_inside = period.end().checked_sub(1.nanosecond());
            Some(utc(last_inside.map_or(now, |end| end.min(now))))
        };
        match (first, last) {
            (Some(first), Some(last)) => Self::of_days(deliveries, (first, last), period.end()),
            _ => Self::default(),
        }
    }

    /// Returns the coverage of the period with what recorders and items tell.
    pub fn of_input(input: &CoverageInput<'_>) -> Self {
        let log = recorder::RecorderLog::of(input.recorder_items);
        let mut coverage = Self::of_period(input.deliveries, input.period, input.now);
        let (period, baseline) = (input.period, input.baseline);
        coverage.gaps = gaps::gaps_of(&log.stops, input.deliveries, period, baseline, input.now);
        for gap in &coverage.gaps {
            let in_period = gap.cause == GapCause::Stopped && gap.to > period.start();
            let of_gap = |line: &&mut DeliveryLine| {
                in_period && line.account == gap.account && line.region == gap.region
            };
            for line in coverage.recorders.iter_mut().filter(of_gap) {
                line.complete = false;
            }
        }
        coverage.recorder_events = log.events;
        let in_period = |event: &RecorderEvent| period.contains(event.at);
        coverage.recorder_events.retain(in_period);
        coverage.types_began = coverage.types(RecorderEventKind::TypesBegan);
        coverage.types_ceased = coverage.types(RecorderEventKind::TypesCeased);
        coverage.recording_modes = modes::modes(input.current, input.previous);
        coverage
    }

    fn types(&self, kind: RecorderEventKind) -> Vec<RecordedType> {
        let events = self.recorder_events.iter().filter(|e| e.event == kind);
        let types = events.flat_map(|event| {
            event
                .resource_types
                .iter()
                .map(|resource_type| RecordedType {
                    account: event.account.clone(),
                    region: event.region.clone(),
                    resource_type: resource_type.clone(),
                    at: event.at,
                })
        });
        types.collect()
    }

    /// Keeps the first lines of each list.
    pub fn truncate(&mut self, kept: usize) {
        self.recorders.truncate(kept);
        self.recorder_events.truncate(kept);
        self.gaps.truncate(kept);
        self.recording_modes.truncate(kept);
        self.types_began.truncate(kept);
        self.types_ceased.truncate(kept);
    }

    /// Returns the number of recorders with days on which they delivered no history.
    pub fn gaps(&self) -> u64 {
        let gap = |line: &&DeliveryLine| line.days_with_history < line.days;
        count(self.recorders.iter().filter(gap).count())
    }
}

impl DeliveryLine {
    fn of(
        account: &str,
        region: &str,
        deliveries: &[&Delivery],
        days: (Date, Date),
        end: Timestamp,
    ) -> Self {
        let files = |kind| {
            deliveries
                .iter()
                .filter(|d| {
                    d.folder.kind == kind && days.0 <= d.folder.day && d.folder.day <= days.1
                })
                .map(|d| count(d.keys.len()))
                .sum()
        };
        let with_history: BTreeSet<Date> = deliveries
            .iter()
            .filter(|d| d.folder.kind == DeliveryKind::History && !d.keys.is_empty())
            .map(|d| d.folder.day)
            .filter(|day| days.0 <= *day && *day <= days.1)
            .collect();
        let alive: Vec<&Delivery> = deliveries
            .iter()
            .copied()
            .filter(|d| d.folder.kind != DeliveryKind::Oversized && !d.keys.is_empty())
            .collect();
        let alive_on = alive.iter().map(|d| d.folder.day);
        let silences = silences(
            &alive_on
                .filter(|day| days.0 <= *day && *day <= days.1)
                .collect(),
            days,
        );
        Self {
            complete: days.0 <= days.1
                && silences.is_empty()
                && alive.iter().any(|d| d.newest >= end),
            more_silent_ranges: count(silences.len().saturating_sub(RANGES_NAMED)),
            silent_days: silences
                .iter()
                .take(RANGES_NAMED)
                .copied()
                .map(range)
                .collect(),
            account: account.to_owned(),
            region: region.to_owned(),
            history_files: files(DeliveryKind::History),
            snapshot_files: files(DeliveryKind::Snapshot),
            days_with_history: count(with_history.len()),
            days: u64::try_from(days_between(days.0, days.1) + 1).unwrap_or(0),
            longest_silence: longest_silence(&with_history, days)
                .map(|(from, to)| format!("{from}/{to}")),
            watermark: deliveries.iter().map(|d| d.newest).max(),
        }
    }
}

/// Returns the first and last day of the longest run of days that are not in `delivering`; of
/// runs of the same length, the first.
fn longest_silence(delivering: &BTreeSet<Date>, days: (Date, Date)) -> Option<(Date, Date)> {
    let runs = silences(delivering, days).into_iter().rev();
    runs.max_by_key(|(from, to)| days_between(*from, *to))
}

/// Returns the first and last days of the runs of days that are not in `delivering`.
fn silences(delivering: &BTreeSet<Date>, days: (Date, Date)) -> Vec<(Date, Date)> {
    let mut runs = Vec::new();
    let mut from = Some(days.0);
    let ends = delivering.iter().map(|day| (*day, day.yesterday().ok()));
    for (day, to) in ends.chain([(days.1, Some(days.1))]) {
        if let (Some(from), Some(to)) = (from, to)
            && from <= to
        {
            runs.push((from, to));
        }
        from = day.tomorrow().ok();
    }
    runs
}

/// Writes a range of days, or the one day.
fn range((from, to): (Date, Date)) -> String {
    if from == to {
        from.to_string()
    } else {
        format!("{from}/{to}")
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes by reference"
)]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Returns the days from `from` to `to`, negative where `to` comes first.
fn days_between(from: Date, to: Date) -> i64 {
    (to - from).get_days().into()
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod recorder_tests;
#[cfg(test)]
mod tests;
