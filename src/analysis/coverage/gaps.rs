//! Times in which a recorder may have missed what happened.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date, tz::Offset};

use super::{
    days_between,
    recorder::{RecorderLog, Stop},
};
use crate::{
    analysis::{GapCause, RecorderGap},
    domain::{ConfigurationItem, Delivery, DeliveryKind, Period},
};

/// Shortest silence that can be a gap, in days.
const SHORTEST: i64 = 3;
/// Days with deliveries before a silence that make a habit.
const HABIT: usize = 20;
/// A silence that a recorder of this habit would fall into by chance is no gap: most such silences
/// expected in the days looked at.
const MOST_BY_CHANCE: f64 = 0.02;

/// Account and Region.
type Place<'a> = (&'a str, &'a str);

/// Returns the gaps that touch the period or the baseline before it, by account, Region and time.
///
/// `items` are those of recorders (of all time up to the period's end, in any order), `deliveries`
/// all that are known; those before the baseline make no habit. Nothing after `now` or after the
/// period is a gap.
pub fn recorder_gaps(
    items: &[ConfigurationItem],
    deliveries: &[Delivery],
    period: &Period,
    baseline: Option<&Period>,
    now: Timestamp,
) -> Vec<RecorderGap> {
    gaps_of(
        &RecorderLog::of(items).stops,
        deliveries,
        period,
        baseline,
        now,
    )
}

pub(super) fn gaps_of(
    stops: &[Stop],
    deliveries: &[Delivery],
    period: &Period,
    baseline: Option<&Period>,
    now: Timestamp,
) -> Vec<RecorderGap> {
    let end = period.end().min(now);
    let start = period.start();
    let start = baseline.map_or(start, |b| b.start().min(start));
    let mut by_place: BTreeMap<Place<'_>, Vec<RecorderGap>> = BTreeMap::new();
    for stop in stops {
        let gap = RecorderGap {
            account: stop.account.clone(),
            region: stop.region.clone(),
            from: stop.from,
            to: stop.to.unwrap_or(end),
            cause: GapCause::Stopped,
        };
        let place = (stop.account.as_str(), stop.region.as_str());
        by_place.entry(place).or_default().push(gap);
    }
    let habits_since = baseline.map(|b| utc_day(b.start()));
    for (place, silence) in silences(deliveries, &by_place, habits_since, now) {
        merge(by_place.entry(place).or_default(), silence);
    }
    let mut gaps: Vec<RecorderGap> = by_place.into_values().flatten().collect();
    for gap in &mut gaps {
        gap.to = gap.to.min(end);
    }
    gaps.retain(|gap| gap.from < gap.to && gap.to > start);
    gaps.sort_by(|a, b| {
        (&a.account, &a.region, a.from, a.to).cmp(&(&b.account, &b.region, b.from, b.to))
    });
    gaps
}

/// Adds a silence, or widens the stops that it overlaps by it.
fn merge(gaps: &mut Vec<RecorderGap>, silence: RecorderGap) {
    let stopped = |gap: &&mut RecorderGap| {
        gap.cause == GapCause::Stopped && gap.from < silence.to && silence.from < gap.to
    };
    let mut overlapped: Vec<&mut RecorderGap> = gaps.iter_mut().filter(stopped).collect();
    match overlapped.as_mut_slice() {
        [] => gaps.push(silence),
        [only] => {
            only.from = only.from.min(silence.from);
            only.to = only.to.max(silence.to);
        }
        [first, .., last] => {
            first.from = first.from.min(silence.from);
            last.to = last.to.max(silence.to);
        }
    }
}

/// A run of days without deliveries, both included, and since which and until which instant.
#[derive(Debug, Clone, Copy)]
struct Run {
    days: i64,
    from: Timestamp,
    to: Timestamp,
    /// Days with deliveries before it.
    before: usize,
    /// Whether a stop explains it.
    stopped: bool,
}

fn silences<'a>(
    deliveries: &'a [Delivery],
    stops: &BTreeMap<Place<'a>, Vec<RecorderGap>>,
    since: Option<Date>,
    now: Timestamp,
) -> Vec<(Place<'a>, RecorderGap)> {
    let mut places: BTreeMap<Place<'a>, (BTreeSet<Date>, Timestamp)> = BTreeMap::new();
    for delivery in deliveries.iter().filter(|d| is_sign_of_life(d)) {
        let place = (
            delivery.folder.account.as_str(),
            delivery.folder.region.as_str(),
        );
        let (days, newest) = places
            .entry(place)
            .or_insert((BTreeSet::new(), Timestamp::MIN));
        if since.is_none_or(|since| since <= delivery.folder.day) {
            days.insert(delivery.folder.day);
        }
        *newest = delivery.newest.max(*newest);
    }
    // The two newest: of every recorder, what the others have delivered.
    let mut newest: Vec<(Timestamp, Place<'a>)> = places
        .iter()
        .map(|(place, (_, newest))| (*newest, *place))
        .collect();
    newest.sort();
    let others = |place| {
        newest
            .iter()
            .rev()
            .find(|(_, other)| *other != place)
            .map(|n| n.0)
    };
    let mut found = Vec::new();
    for (place, (days, newest)) in &places {
        let known_until = others(*place)
            .filter(|others| others > newest)
            .map(|at| at.min(now));
        let stops = stops.get(place).map_or(&[][..], Vec::as_slice);
        let runs = runs(days, known_until, stops);
        found.extend(unusual(&runs, days.len()).map(|run| (*place, run.gap(*place))));
    }
    found
}

/// Oversized notifications are no regular delivery: the recorder sends them when it must.
fn is_sign_of_life(delivery: &Delivery) -> bool {
    delivery.folder.kind != DeliveryKind::Oversized && !delivery.keys.is_empty()
}

fn runs(days: &BTreeSet<Date>, known_until: Option<Timestamp>, stops: &[RecorderGap]) -> Vec<Run> {
    let last = known_until.map(|at| (utc_day(at), at));
    let next_days = days.iter().skip(1).map(|day| (*day, start_of(*day)));
    let mut runs = Vec::new();
    for (before, (day, (next, to))) in days.iter().zip(next_days.chain(last)).enumerate() {
        let length = days_between(*day, next) - 1;
        let from = day.tomorrow().map_or(Timestamp::MAX, start_of);
        if length > 0 {
            runs.push(Run {
                days: length,
                from,
                to,
                before: before + 1,
                stopped: is_stopped(stops, from, to),
            });
        }
    }
    runs
}

/// Says whether one of the stops, which are in order and do not overlap, touches a span.
fn is_stopped(stops: &[RecorderGap], from: Timestamp, to: Timestamp) -> bool {
    let begun = stops.partition_point(|stop| stop.from < to);
    begun
        .checked_sub(1)
        .and_then(|last| stops.get(last))
        .is_some_and(|stop| from < stop.to)
}

/// Returns the runs that the habit of the other days does not explain: long, more than twice as
/// long as any other, and not to be expected by chance of a recorder that is quiet so often.
fn unusual(runs: &[Run], delivering: usize) -> impl Iterator<Item = &Run> {
    let mut rest: Vec<i64> = runs.iter().filter(|r| !r.stopped).map(|r| r.days).collect();
    rest.sort_unstable();
    let quiet: i64 = rest.iter().sum();
    let longest = rest.pop().unwrap_or(0);
    let second = rest.pop().unwrap_or(0);
    runs.iter().filter(move |run| {
        let of_rest = !run.stopped;
        let other = if of_rest && run.days == longest {
            second
        } else {
            longest
        };
        let quiet = if of_rest { quiet - run.days } else { quiet };
        run.days >= SHORTEST
            && run.days > 2 * other
            && run.before >= HABIT
            && by_chance(run.days, quiet, delivering) < MOST_BY_CHANCE
    })
}

/// Returns how many silences of `days` days to expect if each day is quiet as often as the others.
fn by_chance(days: i64, quiet: i64, delivering: usize) -> f64 {
    let number = |n: i64| f64::from(i32::try_from(n).unwrap_or(i32::MAX));
    let quiet = number(quiet);
    let all = quiet + number(i64::try_from(delivering).unwrap_or(i64::MAX));
    let share = (quiet + 1.0) / (all + 2.0);
    all * share.powi(i32::try_from(days).unwrap_or(i32::MAX))
}

impl Run {
    fn gap(&self, (account, region): Place<'_>) -> RecorderGap {
        RecorderGap {
            account: account.to_owned(),
            region: region.to_owned(),
            from: self.from,
            to: self.to,
            cause: GapCause::Silent,
        }
    }
}

fn utc_day(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

fn start_of(day: Date) -> Timestamp {
    Offset::UTC
        .to_timestamp(day.at(0, 0, 0, 0))
        .unwrap_or(Timestamp::MAX)
}
