//! Days with far more changes than their like: of a group, of an account's Region, of an account.

use std::collections::BTreeMap;

use super::{
    AnomalyKind, Basis,
    bursts::burst_score,
    judge::{anscombe, farthest},
    ledger::{self, About, Ledger, entry, float, rounded},
    world::{World, is_weekend},
};

/// Days observed below which nothing is said about a day.
const LEAST_DAYS: u64 = 20;
/// More than this many burst days of a group are the month's matter.
const FEW_DAYS: usize = 2;

/// A unit's days: the group's, the Region's or the account's.
struct Unit<'a> {
    about: About<'a>,
    /// Areas whose blind days do not count.
    areas: Vec<usize>,
    groups: Vec<usize>,
}

/// What the baseline's days were like.
struct Habit {
    /// Mean of weekdays and of weekends.
    means: [f64; 2],
    /// Median of weekdays.
    median: f64,
    /// Deviation on the Anscombe scale, of weekdays and of weekends.
    deviations: [f64; 2],
    most: f64,
    second: f64,
}

/// Names the days of groups.
pub(super) fn find_groups(world: &World<'_>, basis: Basis, ledger: &mut Ledger) {
    let units = world
        .groups
        .iter()
        .enumerate()
        .filter(|(_, group)| !group.mixed_modes)
        .map(|(place, group)| Unit {
            about: About {
                account: group.account,
                region: Some(group.region),
                resource_type: Some(group.resource_type),
            },
            areas: vec![group.area],
            groups: vec![place],
        });
    find(
        world,
        basis,
        ledger,
        &units.collect::<Vec<_>>(),
        Some(FEW_DAYS),
    );
}

/// Names the days of Regions, then those of accounts.
pub(super) fn find_areas(world: &World<'_>, basis: Basis, ledger: &mut Ledger) {
    let groups = |place: usize| {
        let range = world
            .areas
            .get(place)
            .map_or(0..0, |area| area.groups.clone());
        range.filter(|group| {
            world
                .groups
                .get(*group)
                .is_some_and(|group| !group.mixed_modes)
        })
    };
    let areas: Vec<Unit<'_>> = world
        .areas
        .iter()
        .enumerate()
        .map(|(place, area)| Unit {
            about: About {
                account: area.account,
                region: Some(area.region),
                resource_type: None,
            },
            areas: vec![place],
            groups: groups(place).collect(),
        })
        .collect();
    find(world, basis, ledger, &areas, None);
    let mut accounts: BTreeMap<&str, Unit<'_>> = BTreeMap::new();
    for (place, area) in world.areas.iter().enumerate() {
        let unit = accounts.entry(area.account).or_insert_with(|| Unit {
            about: About {
                account: area.account,
                region: None,
                resource_type: None,
            },
            areas: Vec::new(),
            groups: Vec::new(),
        });
        unit.areas.push(place);
        unit.groups.extend(groups(place));
    }
    find(
        world,
        basis,
        ledger,
        &accounts.into_values().collect::<Vec<_>>(),
        None,
    );
}

fn find(
    world: &World<'_>,
    basis: Basis,
    ledger: &mut Ledger,
    units: &[Unit<'_>],
    few: Option<usize>,
) {
    let least_surplus = if basis == Basis::Full { 10.0 } else { 30.0 };
    let habits: Vec<Option<Habit>> = units.iter().map(|unit| Habit::of(world, unit)).collect();
    // How far the busiest day of each unit lies above its second busiest, on the baseline.
    let mut jumps: Vec<f64> = habits
        .iter()
        .flatten()
        .map(|habit| anscombe(habit.most) - anscombe(habit.second))
        .collect();
    let jump = farthest(&mut jumps).max(1.0);
    for (unit, habit) in units.iter().zip(&habits) {
        let Some(habit) = habit else { continue };
        let mut bursts = Vec::new();
        let open = open_days(world, ledger, unit);
        let level = level(world, unit, &open, habit);
        for (day, events) in open {
            let seen = float(ledger::count(events.len()));
            let class = usize::from(is_weekend(day));
            let expected = habit.means.get(class).copied().unwrap_or(0.0) * level;
            let most = habit.most * level;
            let deviation = habit.deviations.get(class).copied().unwrap_or(1.0);
            let distance = (anscombe(seen) - anscombe(expected)) / deviation;
            if distance > 4.0
                && seen >= 2.0 * expected + least_surplus
                && seen > 1.3 * most + 4.0
                && anscombe(seen) - anscombe(most) > jump
            {
                bursts.push((events, expected, distance));
            }
        }
        if few.is_some_and(|few| bursts.len() > few) {
            continue;
        }
        for (events, expected, distance) in bursts {
            let seen = float(ledger::count(events.len()));
            let score = burst_score(40.0, distance, seen - expected);
            let mut found = entry(world, AnomalyKind::DayBurst, unit.about, &events, score);
            found.expected = Some(rounded(expected, 2));
            found.baseline_months = baseline_months(world, unit);
            let of = || events.iter().filter_map(|place| world.events.get(*place));
            found.evidence.days = ledger::days(of());
            found.evidence.hours = ledger::hours(of());
            found.evidence.largest_before = Some(whole(habit.most));
            ledger.add(found, &events);
        }
    }
}

impl Habit {
    fn of(world: &World<'_>, unit: &Unit<'_>) -> Option<Self> {
        let days = baseline_days(world, unit);
        if ledger::count(days.len()) < LEAST_DAYS {
            return None;
        }
        let mut sums = [(0.0, 0.0); 2];
        for (day, count) in &days {
            if let Some(sum) = sums.get_mut(usize::from(is_weekend(*day))) {
                *sum = (sum.0 + count, sum.1 + 1.0);
            }
        }
        let means = sums.map(|(sum, days): (f64, f64)| if days > 0.0 { sum / days } else { 0.0 });
        let mut squares = [(0.0, 0.0); 2];
        for (day, count) in &days {
            let class = usize::from(is_weekend(*day));
            let mean = means.get(class).copied().unwrap_or(0.0);
            if let Some(sum) = squares.get_mut(class) {
                let off: f64 = anscombe(*count) - anscombe(mean);
                *sum = (sum.0 + off * off, sum.1 + 1.0);
            }
        }
        let deviations =
            squares.map(|(sum, days): (f64, f64)| ((sum + 10.0) / (days + 10.0)).max(1.0).sqrt());
        let mut counts: Vec<f64> = days.values().copied().collect();
        counts.sort_by(|a, b| b.total_cmp(a));
        let nth = |place: usize| counts.get(place).copied().unwrap_or(0.0);
        let weekdays = days.iter().filter(|(day, _)| !is_weekend(**day));
        let median = median(weekdays.map(|(_, count)| *count).collect());
        Some(Self {
            means,
            median,
            deviations,
            most: nth(0),
            second: nth(1),
        })
    }
}

/// Returns how busy the month's weekdays were on the whole, at least 1: a busy month has busy days.
fn level(
    world: &World<'_>,
    unit: &Unit<'_>,
    open: &BTreeMap<i64, Vec<usize>>,
    habit: &Habit,
) -> f64 {
    let days = world.days.get(world.month).cloned().unwrap_or_default();
    let weekdays = days.filter(|day| !is_weekend(*day) && seen_on(world, unit, *day));
    let count = |day: i64| float(ledger::count(open.get(&day).map_or(0, Vec::len)));
    let now = median(weekdays.map(count).collect());
    ((now + 1.0) / (habit.median + 1.0)).clamp(1.0, 2.5)
}

fn median(mut counts: Vec<f64>) -> f64 {
    counts.sort_by(f64::total_cmp);
    counts.get(counts.len() / 2).copied().unwrap_or(0.0)
}

/// Counts the real changes of each local day of the baseline on which the unit was observed.
fn baseline_days(world: &World<'_>, unit: &Unit<'_>) -> BTreeMap<i64, f64> {
    let mut days = BTreeMap::new();
    for (slot, range) in world.days.iter().take(world.month).enumerate() {
        let observed = unit.groups.iter().any(|group| {
            let group = world.groups.get(*group);
            group.is_some_and(|group| group.observed.get(slot).is_some_and(|days| *days > 0.0))
        });
        if observed {
            days.extend(
                range
                    .clone()
                    .filter(|day| seen_on(world, unit, *day))
                    .map(|day| (day, 0.0)),
            );
        }
    }
    for group in unit
        .groups
        .iter()
        .filter_map(|group| world.groups.get(*group))
    {
        for (_, event) in world.events_in(&group.events) {
            let counted = event.real && event.slot() < world.month;
            if let Some(count) = days.get_mut(&event.day()).filter(|_| counted) {
                *count += 1.0;
            }
        }
    }
    days
}

/// Returns the month's days with the changes that no entry explains.
fn open_days(world: &World<'_>, ledger: &Ledger, unit: &Unit<'_>) -> BTreeMap<i64, Vec<usize>> {
    let mut days: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for group in unit
        .groups
        .iter()
        .filter_map(|group| world.groups.get(*group))
    {
        for place in super::bursts::open_events(world, ledger, &group.events) {
            if let Some(event) = world.events.get(place) {
                days.entry(event.day()).or_default().push(place);
            }
        }
    }
    days.retain(|day, _| seen_on(world, unit, *day));
    days
}

fn seen_on(world: &World<'_>, unit: &Unit<'_>, day: i64) -> bool {
    let areas = unit.areas.iter().filter_map(|area| world.areas.get(*area));
    !areas.into_iter().any(|area| area.was_blind_on(day))
}

fn baseline_months(world: &World<'_>, unit: &Unit<'_>) -> u64 {
    let groups = unit
        .groups
        .iter()
        .filter_map(|group| world.groups.get(*group));
    groups
        .map(|group| world.baseline_months(&group.observed))
        .max()
        .unwrap_or(0)
}

/// Returns a count of whole changes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it was summed from ones"
)]
fn whole(count: f64) -> u64 {
    count as u64
}
