//! Resources that came back, and resources that woke.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Anomaly, AnomalyKind, Basis,
    ledger::{self, About, Ledger, entry, float},
    world::{Resource, World},
};
use crate::domain::ChangeKind;

/// How many wakings by chance a month may name.
const WAKINGS_BY_CHANCE: f64 = 0.05;
/// Months without a change after which a change is a waking.
const QUIET_MONTHS: u64 = 3;
/// Account and type.
type Pair<'a> = (&'a str, &'a str);

/// Names the re-creations where neither the resource nor its account and type has any.
pub(super) fn find_recreations(world: &World<'_>, basis: Basis, ledger: &mut Ledger) {
    if basis != Basis::Full {
        return;
    }
    let mut usual: BTreeSet<Pair<'_>> = BTreeSet::new();
    let mut now: BTreeMap<(usize, Pair<'_>), Vec<usize>> = BTreeMap::new();
    for (place, event) in world.events.iter().enumerate() {
        let Some(group) = world.groups.get(event.group()) else {
            continue;
        };
        let pair = (group.account, group.resource_type);
        if event.kind != ChangeKind::Recreated {
            continue;
        }
        if event.slot() < world.month {
            usual.insert(pair);
        } else if event.real && ledger.is_open(place) && !group.mixed_modes {
            now.entry((event.group(), pair)).or_default().push(place);
        }
    }
    for ((group, pair), events) in now {
        let Some(group) = world.groups.get(group) else {
            continue;
        };
        let months = world.baseline_months(&group.observed);
        if usual.contains(&pair) || months < QUIET_MONTHS {
            continue;
        }
        let about = About {
            account: group.account,
            region: Some(group.region),
            resource_type: Some(group.resource_type),
        };
        let many = float(ledger::count(events.len())).ln();
        let mut found = entry(
            world,
            AnomalyKind::Recreation,
            about,
            &events,
            36.0 + 6.0 * many,
        );
        found.baseline_months = months;
        ledger.add(found, &events);
    }
}

/// Names the resources that changed after months without a change, of types that hardly ever do.
/// How rare is told by all resources of the type: types are taken from the quietest on, while the
/// wakings that chance brings in a month stay few.
pub(super) fn find_woken(world: &World<'_>, basis: Basis, ledger: &mut Ledger) {
    if basis != Basis::Full {
        return;
    }
    let mut wakings: Vec<(f64, Pair<'_>)> =
        chances(world).into_iter().map(|(k, v)| (v, k)).collect();
    wakings.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut sum = 0.0;
    let rare: BTreeSet<Pair<'_>> = wakings
        .into_iter()
        .take_while(|(chance, _)| {
            sum += chance;
            sum <= WAKINGS_BY_CHANCE
        })
        .map(|(_, pair)| pair)
        .collect();
    for resource in &world.resources {
        let Some(group) = world.groups.get(resource.group) else {
            continue;
        };
        let Some(months) = quiet_months(world, resource) else {
            continue;
        };
        let events: Vec<usize> = world
            .events_in(&resource.events)
            .filter(|(_, event)| event.slot() == world.month && is_waking(event.kind, event.real))
            .map(|(place, _)| place)
            .collect();
        let first = events.first().copied();
        if let Some(found) = first.and_then(|first| ledger.entry_of(first)) {
            let at_night = |found: &&mut Anomaly| found.kind == AnomalyKind::UnusualHours;
            if let Some(found) = ledger.entry_mut(found).filter(at_night) {
                found.evidence.quiet_months = Some(months);
                found.score = (found.score + 5.0).min(100.0);
            }
            continue;
        }
        if events.is_empty() || !rare.contains(&(group.account, group.resource_type)) {
            continue;
        }
        let about = About {
            account: group.account,
            region: Some(group.region),
            resource_type: Some(group.resource_type),
        };
        let security = ledger::is_security_type(group.resource_type);
        let score = if security { 40.0 } else { 30.0 };
        let mut found = entry(world, AnomalyKind::Woke, about, &events, score);
        found.baseline_months = months;
        found.evidence.quiet_months = Some(months);
        let of = events.iter().filter_map(|place| world.events.get(*place));
        found.evidence.hours = ledger::hours(of);
        ledger.add(found, &events);
    }
}

/// Returns for how many observed months of the baseline the resource had no change; none where it
/// had one, or was not there for long.
fn quiet_months(world: &World<'_>, resource: &Resource<'_>) -> Option<u64> {
    let counts = world.counts(&resource.events);
    let born_now = world
        .events_in(&resource.events)
        .next()
        .is_some_and(|(_, event)| {
            event.slot() == world.month
                && matches!(
                    event.kind,
                    ChangeKind::Created
                        | ChangeKind::FirstSeen
                        | ChangeKind::Recreated
                        | ChangeKind::Unknown
                )
        });
    let quiet = counts.iter().take(world.month).all(|count| *count == 0);
    let months = world.baseline_months(&resource.observed);
    (quiet && !born_now && months >= QUIET_MONTHS).then_some(months)
}

fn is_waking(kind: ChangeKind, real: bool) -> bool {
    real && matches!(kind, ChangeKind::Settings | ChangeKind::Tags)
}

/// Returns for each account and type how many of its quiet resources chance wakes in a month.
fn chances<'a>(world: &World<'a>) -> BTreeMap<Pair<'a>, f64> {
    // Of each type: months of a resource with changes, and all months of its resources.
    let mut types: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let mut pairs: BTreeMap<Pair<'_>, (f64, f64)> = BTreeMap::new();
    for resource in &world.resources {
        let Some(group) = world.groups.get(resource.group) else {
            continue;
        };
        let mut active = BTreeSet::new();
        for (_, event) in world.events_in(&resource.events) {
            if event.slot() < world.month && is_waking(event.kind, event.real) {
                active.insert(event.slot());
            }
        }
        let months = float(world.baseline_months(&resource.observed));
        let active = float(ledger::count(active.len()));
        let of_type = types.entry(group.resource_type).or_default();
        *of_type = (of_type.0 + active, of_type.1 + months);
        let pair = pairs
            .entry((group.account, group.resource_type))
            .or_default();
        pair.0 += active;
        pair.1 += if active > 0.0 { 0.0 } else { 1.0 };
    }
    pairs
        .into_iter()
        .map(|(pair, (active, quiet))| {
            let (changes, months) = types.get(pair.1).copied().unwrap_or_default();
            // The type's rate, and this account's own where that is higher.
            let of_type = (changes + 0.05) / months.max(1.0);
            let own = active / float(ledger::count(world.month)).max(1.0);
            (pair, (of_type * quiet).max(own.min(quiet)))
        })
        .collect()
}
