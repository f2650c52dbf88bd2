//! How far a count lies from what its past lets one expect.
//!
//! Counts are compared as `2·√(x + 3/8)` (Anscombe), on which a Poisson count has variance 1
//! whatever its mean. A unit's variance is its own, shrunk towards that of its like, and never
//! below 1. What is far is told by the baseline itself: each of its months is judged by the others,
//! and a month must stand out more than they do.

use std::collections::BTreeMap;

use super::{
    Basis,
    ledger::{count, float},
    world::{Group, World},
};

/// Weight of the like's variance, in months.
const VARIANCE_WEIGHT: f64 = 6.0;
/// Weight of the like's rate, in days.
const RATE_WEIGHT: f64 = 8.0;
/// A residual above this is an incident of the past and not the unit's habit.
const OUTLIER: f64 = 6.0;
/// A month's factor stays in this range: beyond it, it would explain anything away.
const FACTOR_RANGE: (f64, f64) = (0.25, 4.0);

/// What must be exceeded to be named.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Distance in standard deviations.
    pub(super) distance: f64,
    /// Seen against expected.
    pub(super) ratio: f64,
    /// Seen above expected.
    pub(super) surplus: f64,
}

impl Limits {
    pub(super) fn of(basis: Basis) -> Self {
        match basis {
            Basis::Full => Self {
                distance: 4.0,
                ratio: 2.5,
                surplus: 6.0,
            },
            Basis::Short | Basis::None => Self {
                distance: 7.0,
                ratio: 4.0,
                surplus: 20.0,
            },
        }
    }
}

/// The counts of a unit in the months of the baseline, with the days observed of each.
pub(super) struct Series {
    pub(super) counts: Vec<f64>,
    pub(super) days: Vec<f64>,
}

/// What the like of a unit does.
#[derive(Clone, Copy, Default)]
pub(super) struct Habit {
    /// Changes a day.
    pub(super) rate: f64,
    /// How much more than chance a month varies on the Anscombe scale, per expected change: what
    /// varies by a share of itself varies more the larger it is.
    pub(super) excess: f64,
    /// The farthest that a month of the baseline lay from the others.
    pub(super) farthest: f64,
}

/// A count against its past.
#[derive(Clone, Copy)]
pub(super) struct Verdict {
    pub(super) expected: f64,
    /// Standard deviations above what was expected.
    pub(super) distance: f64,
    /// The most that a month of the baseline had, for as many days.
    pub(super) most: f64,
}

/// Makes the scale on which counts are compared.
pub(super) fn anscombe(count: f64) -> f64 {
    2.0 * (count.max(0.0) + 0.375).sqrt()
}

impl Series {
    /// Takes the months of the baseline in which the unit was observed. Days are weighed by how
    /// busy the month was.
    pub(super) fn of(counts: &[u64], observed: &[f64], factors: &[f64]) -> Self {
        let baseline = observed.len().saturating_sub(1);
        let months = counts.iter().zip(observed).zip(factors).take(baseline);
        let (counts, days) = months
            .filter(|((_, days), _)| **days > 0.0)
            .map(|((count, days), factor)| (float(*count), days * factor))
            .unzip();
        Self { counts, days }
    }

    fn months(&self, skip: Option<usize>) -> impl Iterator<Item = (f64, f64)> {
        let all = self.counts.iter().zip(&self.days).enumerate();
        all.filter(move |(place, _)| Some(*place) != skip)
            .map(|(_, (count, days))| (*count, *days))
    }

    fn rate(&self, skip: Option<usize>, like: f64) -> f64 {
        let (counts, days) = self
            .months(skip)
            .fold((0.0, 0.0), |sum, month| (sum.0 + month.0, sum.1 + month.1));
        (counts + like * RATE_WEIGHT) / (days + RATE_WEIGHT)
    }

    /// Judges `count` within `days`, by all months or all but one.
    pub(super) fn judge(
        &self,
        skip: Option<usize>,
        habit: Habit,
        count: f64,
        days: f64,
    ) -> Verdict {
        let rate = self.rate(skip, habit.rate);
        let mut months = 0.0;
        let mut squares = 0.0;
        let mut most: f64 = 0.0;
        for (seen, observed) in self.months(skip) {
            let off = (anscombe(seen) - anscombe(rate * observed)).clamp(-OUTLIER, OUTLIER);
            months += 1.0;
            squares += off * off;
            most = most.max(seen * (days / observed.max(1.0)).max(1.0));
        }
        let like = 1.0 + habit.excess * rate * days;
        let shared =
            (squares + VARIANCE_WEIGHT * like) / ((months - 1.0_f64).max(0.0) + VARIANCE_WEIGHT);
        let variance = shared.max(1.0) * (1.0 + 1.0 / f64::max(months, 1.0));
        let expected = rate * days;
        let distance = (anscombe(count) - anscombe(expected)) / variance.sqrt();
        Verdict {
            expected,
            distance,
            most,
        }
    }
}

impl Verdict {
    /// Says whether `count` is more than the past and the limits allow.
    pub(super) fn is_burst(&self, count: f64, limits: Limits, habit: Habit) -> bool {
        self.distance > limits.distance.max(habit.farthest)
            && count >= self.expected * limits.ratio
            && count >= self.expected + limits.surplus
            && count > self.most * 1.4 + 2.0
    }
}

/// Learns what the like of each unit does: units are given with the name of their like. Likes with
/// too little past take the farthest month of all.
pub(super) fn habits<'k>(units: &[(&'k str, Series)]) -> BTreeMap<&'k str, Habit> {
    let mut likes: BTreeMap<&str, Vec<&Series>> = BTreeMap::new();
    for (like, series) in units {
        likes.entry(like).or_default().push(series);
    }
    let mut all_distances = Vec::new();
    let mut habits = BTreeMap::new();
    for (like, units) in likes {
        let mut habit = Habit {
            rate: rate_of(&units),
            excess: excess_of(&units),
            farthest: 0.0,
        };
        let mut distances = distances(&units, habit);
        all_distances.extend_from_slice(&distances);
        let enough = distances.len() >= 60;
        habit.farthest = if enough {
            farthest(&mut distances)
        } else {
            f64::NAN
        };
        habits.insert(like, habit);
    }
    let of_all = farthest(&mut all_distances);
    for habit in habits.values_mut() {
        // A type that was calm so far may still be worked on as others are.
        habit.farthest = if habit.farthest.is_nan() {
            of_all
        } else {
            habit.farthest.max(0.8 * of_all)
        };
    }
    habits
}

fn rate_of(units: &[&Series]) -> f64 {
    let months = units.iter().flat_map(|unit| unit.months(None));
    let (counts, days) = months.fold((0.0, 0.0), |sum, month| (sum.0 + month.0, sum.1 + month.1));
    if days > 0.0 { counts / days } else { 0.0 }
}

fn excess_of(units: &[&Series]) -> f64 {
    let (mut excess, mut expected) = (0.0, 0.0);
    for unit in units {
        let rate = unit.rate(None, 0.0);
        let (mut squares, mut months) = (0.0, 0.0);
        for (count, days) in unit.months(None) {
            let off = (anscombe(count) - anscombe(rate * days)).clamp(-OUTLIER, OUTLIER);
            squares += off * off;
            months += 1.0;
            expected += rate * days;
        }
        // Below a change a month the scale no longer has variance 1.
        if months > 1.0 && rate * 30.0 >= 1.0 {
            excess += squares - (months - 1.0);
        }
    }
    (excess / f64::max(expected, 1.0)).clamp(0.0, 1.0)
}

/// Returns how far each month of the baseline lies above the others.
fn distances(units: &[&Series], habit: Habit) -> Vec<f64> {
    let mut distances = Vec::new();
    for unit in units.iter().filter(|unit| unit.counts.len() >= 2) {
        for (place, (count, days)) in unit.months(None).enumerate() {
            distances.push(unit.judge(Some(place), habit, count, days).distance);
        }
    }
    distances
}

/// Returns what a month must exceed: the farthest of the baseline, unless that stands alone and so
/// is an incident of the past; with a margin.
pub(super) fn farthest(distances: &mut [f64]) -> f64 {
    distances.sort_by(|a, b| b.total_cmp(a));
    let (first, second) = (distances.first(), distances.get(1));
    let first = first.copied().unwrap_or(0.0);
    let second = second.copied().unwrap_or(first);
    (first.min(second + 2.0) * 1.15).clamp(0.0, 9.0)
}

/// Says how busy each month was, 1 on the mean of the baseline. No resource and no account alone
/// moves it: each counts for little more than it usually has.
pub(super) fn month_factors(world: &World<'_>) -> Vec<f64> {
    let factors = factors_by(world, |_| "");
    factors
        .into_values()
        .next()
        .unwrap_or_else(|| vec![1.0; world.month + 1])
}

/// Says the same of each resource type, for the month alone: people's types have their seasons,
/// machines' have none.
pub(super) fn type_factors<'a>(world: &World<'a>) -> BTreeMap<&'a str, f64> {
    let factors = factors_by(world, |group| group.resource_type);
    let last = |factors: Vec<f64>| factors.last().copied().unwrap_or(1.0);
    factors
        .into_iter()
        .map(|(name, factors)| (name, last(factors)))
        .collect()
}

fn factors_by<'a>(
    world: &World<'a>,
    name: impl Fn(&Group<'a>) -> &'a str,
) -> BTreeMap<&'a str, Vec<f64>> {
    let mut days = vec![0.0; world.month + 1];
    for area in &world.areas {
        for (total, observed) in days.iter_mut().zip(&area.observed) {
            *total += observed;
        }
    }
    let mut totals: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for resource in &world.resources {
        // A resource that was not there all the time would look like a trend.
        let lasting = resource.observed.iter().all(|days| *days > 0.0);
        let Some(group) = world.groups.get(resource.group).filter(|_| lasting) else {
            continue;
        };
        let counts = world.counts(&resource.events);
        let mut sorted = counts.clone();
        sorted.sort_unstable();
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
        let totals = totals
            .entry(name(group))
            .or_insert_with(|| vec![0.0; world.month + 1]);
        for (total, count) in totals.iter_mut().zip(&counts) {
            *total += float((*count).min(2 * median + 3));
        }
    }
    totals
        .into_iter()
        .map(|(name, totals)| (name, factors(&totals, &days)))
        .collect()
}

fn factors(totals: &[f64], days: &[f64]) -> Vec<f64> {
    let rates: Vec<f64> = totals
        .iter()
        .zip(days)
        .map(|(total, days)| if *days > 0.0 { total / days } else { 0.0 })
        .collect();
    let earlier = rates.len().saturating_sub(1);
    let baseline: Vec<f64> = rates
        .iter()
        .take(earlier)
        .copied()
        .filter(|r| *r > 0.0)
        .collect();
    let mean = baseline.iter().sum::<f64>() / float(count(baseline.len())).max(1.0);
    // With few changes at all, what looks like a busy month is chance.
    let doubt = 20.0 / days.iter().sum::<f64>().max(1.0) * float(count(days.len()));
    let factor = |rate: &f64| (rate + doubt) / (mean + doubt);
    rates
        .iter()
        .map(|rate| factor(rate).clamp(FACTOR_RANGE.0, FACTOR_RANGE.1))
        .collect()
}
