//! Where and when anything was delivered.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan, civil::Date, tz::Offset};
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::{Delivery, DeliveryKind, Period};

/// Deliveries of a period. A day without deliveries is no proof that nothing changed: nothing
/// changed, or nothing was recorded, and the files alone cannot tell which.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeliveryCoverage {
    /// Newest delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub watermark: Option<Timestamp>,
    /// Account and Region pairs that have delivered, in order.
    pub recorders: Vec<DeliveryLine>,
}

/// Deliveries of one account's recorder in one Region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
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
}

impl DeliveryCoverage {
    /// Returns the coverage of the UTC days from `first_day` to `last_day`, both included. Other
    /// deliveries make a recorder known and move its watermark, and count for nothing else.
    pub fn of(deliveries: &[Delivery], first_day: Date, last_day: Date) -> Self {
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
                    DeliveryLine::of(account, region, &of_recorder, (first_day, last_day))
                })
                .collect(),
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
            (Some(first), Some(last)) => Self::of(deliveries, first, last),
            _ => Self::default(),
        }
    }

    /// Returns the number of recorders with days on which they delivered no history.
    pub fn gaps(&self) -> u64 {
        let gap = |line: &&DeliveryLine| line.days_with_history < line.days;
        count(self.recorders.iter().filter(gap).count())
    }
}

impl DeliveryLine {
    fn of(account: &str, region: &str, deliveries: &[&Delivery], days: (Date, Date)) -> Self {
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
        Self {
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

/// Returns the first and last day of the longest run of days that are not in `with_history`; of
/// runs of the same length, the first.
fn longest_silence(with_history: &BTreeSet<Date>, days: (Date, Date)) -> Option<(Date, Date)> {
    let mut longest: Option<(Date, Date)> = None;
    let mut from = Some(days.0);
    let length = |(from, to): (Date, Date)| days_between(from, to);
    let ends = with_history.iter().map(|day| (*day, day.yesterday().ok()));
    for (day, to) in ends.chain([(days.1, Some(days.1))]) {
        if let (Some(from), Some(to)) = (from, to)
            && from <= to
            && longest.is_none_or(|known| length(known) < length((from, to)))
        {
            longest = Some((from, to));
        }
        from = day.tomorrow().ok();
    }
    longest
}

/// Returns the days from `from` to `to`, negative where `to` comes first.
fn days_between(from: Date, to: Date) -> i64 {
    (to - from).get_days().into()
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
