//! Resources and groups that changed far more, or far less, than they do.

use std::collections::BTreeMap;

use super::{
    AnomalyKind, Basis,
    judge::{self, Habit, Limits, Series, Verdict, anscombe},
    ledger::{self, About, Ledger, entry, float, rounded},
    world::World,
};

/// Expected changes a month below which a drop is chance.
const DROP_EXPECTED: f64 = 20.0;

/// Names the resources that burst.
pub(super) fn find_resources(
    world: &World<'_>,
    basis: Basis,
    factors: &[f64],
    ledger: &mut Ledger,
) {
    let counts: Vec<Vec<u64>> = world
        .resources
        .iter()
        .map(|resource| world.counts(&resource.events))
        .collect();
    let units: Vec<(&str, Series)> = world
        .resources
        .iter()
        .zip(&counts)
        .filter_map(|(resource, counts)| {
            let group = world.groups.get(resource.group)?;
            Some((
                group.resource_type,
                Series::of(counts, &resource.observed, factors),
            ))
        })
        .collect();
    let habits = judge::habits(&units);
    let newcomers = newcomer_limits(&units);
    let of_types = judge::type_factors(world);
    let limits = Limits::of(basis);
    for (resource, ((like, series), counts)) in
        world.resources.iter().zip(units.iter().zip(&counts))
    {
        let events = open_events(world, ledger, &resource.events);
        let seen = float(ledger::count(events.len()));
        let Some(group) = world.groups.get(resource.group) else {
            continue;
        };
        if seen < limits.surplus || group.mixed_modes && series.counts.is_empty() {
            continue;
        }
        let habit = habits.get(like).copied().unwrap_or_default();
        let days = resource.observed.last().copied().unwrap_or(0.0);
        let factor = busier(factors, of_types.get(like));
        let verdict = if series.counts.is_empty() {
            let limit = newcomers.get(like).copied().unwrap_or(f64::INFINITY);
            if seen <= limit {
                continue;
            }
            let expected = limit / 3.0;
            let distance = anscombe(seen) - anscombe(expected);
            Verdict {
                expected,
                distance,
                most: expected,
            }
        } else {
            series.judge(None, habit, seen, days * factor)
        };
        if !verdict.is_burst(seen, limits, habit) {
            continue;
        }
        let about = About {
            account: group.account,
            region: Some(group.region),
            resource_type: Some(group.resource_type),
        };
        let score = burst_score(45.0, verdict.distance, seen - verdict.expected);
        let mut found = entry(world, AnomalyKind::ResourceBurst, about, &events, score);
        found.expected = Some(rounded(verdict.expected, 2));
        found.baseline_months = world.baseline_months(&resource.observed);
        found.evidence.baseline_counts = observed_counts(counts, &resource.observed);
        ledger.add(found, &events);
    }
}

/// Names the groups that burst or dropped, apart from what is named already.
pub(super) fn find_groups(world: &World<'_>, basis: Basis, factors: &[f64], ledger: &mut Ledger) {
    let counts: Vec<Vec<u64>> = world
        .groups
        .iter()
        .map(|group| world.counts(&group.events))
        .collect();
    let units: Vec<(&str, Series)> = world
        .groups
        .iter()
        .zip(&counts)
        .map(|(group, counts)| ("", Series::of(counts, &group.observed, factors)))
        .collect();
    let habit = judge::habits(&units).remove("").unwrap_or_default();
    let of_types = judge::type_factors(world);
    let limits = Limits::of(basis);
    for ((group, (_, series)), counts) in world.groups.iter().zip(&units).zip(&counts) {
        if series.counts.is_empty() {
            continue;
        }
        let events = open_events(world, ledger, &group.events);
        let seen = float(ledger::count(events.len()));
        let days = group.observed.last().copied().unwrap_or(0.0);
        let factor = factors.last().copied().unwrap_or(1.0);
        // A group's level drifts as resources come and go, which one resource's does not.
        let habit = Habit {
            rate: series_rate(series),
            ..habit
        };
        let more = series.judge(
            None,
            habit,
            seen,
            days * busier(factors, of_types.get(group.resource_type)),
        );
        let about = About {
            account: group.account,
            region: Some(group.region),
            resource_type: Some(group.resource_type),
        };
        let mut found = if more.is_burst(seen, limits, habit)
            && seen >= more.expected.mul_add(3.0, 10.0)
        {
            let score = burst_score(42.0, more.distance, seen - more.expected);
            let mut found = entry(world, AnomalyKind::GroupBurst, about, &events, score);
            found.expected = Some(rounded(more.expected, 2));
            if found.resource_id.is_some() {
                found.kind = AnomalyKind::ResourceBurst;
            }
            found
        } else {
            let seen = float(counts.last().copied().unwrap_or(0));
            let less = series.judge(None, habit, seen, days * factor.min(1.0));
            if basis != Basis::Full || !is_drop(world, group, series, seen, less, limits, factor) {
                continue;
            }
            let mut found = entry(world, AnomalyKind::GroupDrop, about, &events, 20.0);
            found.expected = Some(rounded(less.expected, 2));
            if events.is_empty() {
                let last = world
                    .events_in(&group.events)
                    .map(|(_, event)| event.at)
                    .max();
                (found.first, found.last) = last.map_or((found.first, found.last), |at| (at, at));
            }
            found
        };
        found.baseline_months = world.baseline_months(&group.observed);
        found.evidence.baseline_counts = observed_counts(counts, &group.observed);
        ledger.add(found, &events);
    }
}

/// Says whether few changes mean that something stopped, and not that less was recorded or that
/// what used to change is gone.
fn is_drop(
    world: &World<'_>,
    group: &super::world::Group<'_>,
    series: &Series,
    seen: f64,
    less: Verdict,
    limits: Limits,
    factor: f64,
) -> bool {
    let area = world.areas.get(group.area);
    let recorded = area.is_some_and(|area| !area.gap_in_month) && !group.mixed_modes;
    let excluded = world
        .events_in(&group.events)
        .any(|(_, event)| !event.is_resource());
    // The whole Region being still is a matter of coverage.
    let area_lives = area.is_some_and(|area| {
        let groups = world.groups.get(area.groups.clone()).unwrap_or_default();
        groups.iter().any(|group| {
            world
                .events_in(&group.events)
                .any(|(_, event)| event.slot() == world.month)
        })
    });
    let least = series.counts.iter().copied().fold(f64::INFINITY, f64::min);
    recorded
        && !excluded
        && !world.running
        && factor > 0.5
        && series.counts.len() >= 3
        && less.expected >= DROP_EXPECTED
        && seen <= less.expected * 0.15
        && seen <= least * 0.3
        && less.distance <= -limits.distance
        && area_lives
        && living_share(world, group) > 0.5
}

/// Returns the share of the baseline's changes that fell on resources not deleted before the month
/// or within it.
fn living_share(world: &World<'_>, group: &super::world::Group<'_>) -> f64 {
    let (mut all, mut living) = (0.0, 0.0);
    for resource in world
        .resources
        .get(group.resources.clone())
        .unwrap_or_default()
    {
        let changes: u64 = world
            .counts(&resource.events)
            .iter()
            .take(world.month)
            .sum();
        let deleted = world
            .events_in(&resource.events)
            .filter(|(_, event)| event.is_resource())
            .last()
            .is_some_and(|(_, event)| event.kind == crate::domain::ChangeKind::Deleted);
        all += float(changes);
        living += if deleted { 0.0 } else { float(changes) };
    }
    if all > 0.0 { living / all } else { 0.0 }
}

/// Returns how busy the month was, for all or for the type; at least 1, since what machines do does
/// not lessen in a calm month.
fn busier(factors: &[f64], of_type: Option<&f64>) -> f64 {
    factors
        .last()
        .copied()
        .unwrap_or(1.0)
        .max(of_type.copied().unwrap_or(1.0))
        .max(1.0)
}

fn series_rate(series: &Series) -> f64 {
    let days: f64 = series.days.iter().sum();
    series.counts.iter().sum::<f64>() / days.max(1.0)
}

/// Returns what a resource without a past must exceed, by type: three times the most that any month
/// of any resource of the type had.
fn newcomer_limits<'k>(units: &[(&'k str, Series)]) -> BTreeMap<&'k str, f64> {
    let mut limits: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
    for (like, series) in units {
        let (months, most) = limits.entry(like).or_default();
        *months += series.counts.len();
        *most = series.counts.iter().copied().fold(*most, f64::max);
    }
    limits
        .into_iter()
        .filter(|(_, (months, _))| *months >= 12)
        .map(|(like, (_, most))| (like, 3.0 * most + 20.0))
        .collect()
}

/// Returns the month's real changes of a range that no entry explains.
pub(super) fn open_events(
    world: &World<'_>,
    ledger: &Ledger,
    range: &std::ops::Range<usize>,
) -> Vec<usize> {
    world
        .events_in(range)
        .filter(|(place, event)| {
            event.slot() == world.month && event.real && ledger.is_open(*place)
        })
        .map(|(place, _)| place)
        .collect()
}

/// Returns the counts of the baseline's months; none where nothing was observed.
pub(super) fn observed_counts(counts: &[u64], observed: &[f64]) -> Vec<Option<u64>> {
    let baseline = observed.len().saturating_sub(1);
    let months = counts.iter().zip(observed).take(baseline);
    months
        .map(|(count, days)| (*days > 0.0).then_some(*count))
        .collect()
}

/// Scores a burst from how far and how many: a thousand more weighs more than ten more.
pub(super) fn burst_score(least: f64, distance: f64, surplus: f64) -> f64 {
    let far = 1.0 - (-(distance - 4.0).max(0.0) / 6.0).exp();
    let many = (surplus.max(1.0).ln() / 1000_f64.ln()).min(1.0);
    least + 30.0 * far + 15.0 * many
}
