//! Accounts, Regions and types that the baseline does not have.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AnomalyKind, Basis,
    ledger::{self, About, Ledger, entry, float, some_of},
    world::{Event, GLOBAL, World},
};
use crate::domain::ChangeKind;

/// What the baseline had.
struct Known<'a> {
    accounts: BTreeSet<&'a str>,
    regions: BTreeSet<(&'a str, &'a str)>,
    any_regions: BTreeSet<&'a str>,
    /// Types, with the accounts that had them.
    types: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// The events of one entry to be.
type Found<K> = BTreeMap<K, Vec<usize>>;

/// Names what is first seen; each only at its widest: a new account's types are its own matter.
pub(super) fn find(world: &World<'_>, basis: Basis, ledger: &mut Ledger) {
    let known = Known::of(world);
    let FirstSeen {
        accounts,
        regions,
        types,
        pairs,
    } = FirstSeen::of(world, &known);
    let doubt = if basis == Basis::Full { 0.0 } else { 15.0 };
    let known_accounts = ledger::count(known.accounts.len());
    for (account, events) in accounts {
        let about = About {
            account,
            region: None,
            resource_type: None,
        };
        add(
            world,
            ledger,
            AnomalyKind::FirstSeenAccount,
            about,
            &events,
            92.0 - doubt,
        );
    }
    for ((account, region), events) in regions {
        let about = About {
            account,
            region: Some(region),
            resource_type: None,
        };
        let score = if known.any_regions.contains(region) {
            80.0
        } else {
            90.0
        };
        add(
            world,
            ledger,
            AnomalyKind::FirstSeenRegion,
            about,
            &events,
            score - doubt,
        );
    }
    for (name, events) in types
        .into_iter()
        .filter(|(_, events)| is_new(world, events))
    {
        let first = events.iter().filter_map(|place| world.events.get(*place));
        let first = first.min_by_key(|event| (event.at, event.resource()));
        let Some(group) = first.and_then(|event| world.groups.get(event.group())) else {
            continue;
        };
        let about = About {
            account: group.account,
            region: None,
            resource_type: Some(name),
        };
        add(
            world,
            ledger,
            AnomalyKind::FirstSeenType,
            about,
            &events,
            75.0 - doubt,
        );
    }
    for ((account, name), events) in pairs
        .into_iter()
        .filter(|(_, events)| is_new(world, events))
    {
        let others = known
            .types
            .get(name)
            .map_or(0, |accounts| ledger::count(accounts.len()));
        let share = float(others) / float(known_accounts).max(1.0);
        let security = if ledger::is_security_type(name) {
            8.0
        } else {
            0.0
        };
        let score = 58.0 - 20.0 * share + security - doubt;
        let about = About {
            account,
            region: None,
            resource_type: Some(name),
        };
        if let Some(entry) = add(
            world,
            ledger,
            AnomalyKind::FirstSeenAccountType,
            about,
            &events,
            score,
        ) {
            entry.evidence.accounts_before = Some(others);
        }
    }
}

/// The events of what is first seen.
#[derive(Default)]
struct FirstSeen<'a> {
    accounts: Found<&'a str>,
    regions: Found<(&'a str, &'a str)>,
    types: Found<&'a str>,
    pairs: Found<(&'a str, &'a str)>,
}

impl<'a> FirstSeen<'a> {
    fn of(world: &World<'a>, known: &Known<'a>) -> Self {
        let mut new = Self::default();
        for group in &world.groups {
            let (account, region, name) = (group.account, group.region, group.resource_type);
            let events = || {
                let now = world.events_in(&group.events);
                now.filter(|(_, event)| event.slot() == world.month && is_shown(event))
                    .map(|(place, _)| place)
            };
            if !known.accounts.contains(account) {
                new.accounts.entry(account).or_default().extend(events());
            } else if region != GLOBAL && !known.regions.contains(&(account, region)) {
                new.regions
                    .entry((account, region))
                    .or_default()
                    .extend(events());
            } else if !known.types.contains_key(name) {
                new.types.entry(name).or_default().extend(events());
            } else if !known
                .types
                .get(name)
                .is_some_and(|accounts| accounts.contains(account))
            {
                new.pairs
                    .entry((account, name))
                    .or_default()
                    .extend(events());
            }
        }
        new
    }
}

fn add<'l>(
    world: &World<'_>,
    ledger: &'l mut Ledger,
    kind: AnomalyKind,
    about: About<'_>,
    events: &[usize],
    score: f64,
) -> Option<&'l mut super::Anomaly> {
    if events.is_empty() {
        return None;
    }
    let mut found = entry(world, kind, about, events, score);
    let of = || events.iter().filter_map(|place| world.events.get(*place));
    let accounts: BTreeSet<&str> = of()
        .filter_map(|event| world.groups.get(event.group()))
        .map(|group| group.account)
        .collect();
    if accounts.len() > 1 {
        found.evidence.accounts = some_of(accounts);
    }
    found.evidence.days = ledger::days(of());
    found.baseline_months = observed_months(world, kind, about);
    ledger.add_last(found, events)
}

/// Counts the baseline's months in which the account was observed; all of them for what nobody had.
fn observed_months(world: &World<'_>, kind: AnomalyKind, about: About<'_>) -> u64 {
    if matches!(
        kind,
        AnomalyKind::FirstSeenAccount | AnomalyKind::FirstSeenType
    ) {
        return ledger::count(world.month);
    }
    let areas = world
        .areas
        .iter()
        .filter(|area| area.account == about.account);
    areas
        .map(|area| world.baseline_months(&area.observed))
        .max()
        .unwrap_or(0)
}

/// Says whether an item shows that something is there or was done; echoes alone do not.
fn is_shown(event: &Event) -> bool {
    event.kind.is_real_change() || matches!(event.kind, ChangeKind::FirstSeen | ChangeKind::Unknown)
}

/// Says whether the first items are those of new resources. A changed or deleted one was there
/// before the baseline, and what a recorder finds after a gap may have been.
fn is_new(world: &World<'_>, events: &[usize]) -> bool {
    let events = || events.iter().filter_map(|place| world.events.get(*place));
    let mut first: BTreeMap<usize, &Event> = BTreeMap::new();
    for event in events() {
        first.entry(event.resource()).or_insert(event);
    }
    !first.is_empty()
        && first.values().all(|event| {
            !event.blind
                && matches!(
                    event.kind,
                    ChangeKind::Created | ChangeKind::FirstSeen | ChangeKind::Unknown
                )
        })
}

impl<'a> Known<'a> {
    fn of(world: &World<'a>) -> Self {
        let mut known = Self {
            accounts: BTreeSet::new(),
            regions: BTreeSet::new(),
            any_regions: BTreeSet::new(),
            types: BTreeMap::new(),
        };
        for group in &world.groups {
            if world
                .events_in(&group.events)
                .any(|(_, event)| event.slot() < world.month)
            {
                known.accounts.insert(group.account);
                known.regions.insert((group.account, group.region));
                known.any_regions.insert(group.region);
                known
                    .types
                    .entry(group.resource_type)
                    .or_default()
                    .insert(group.account);
            }
        }
        known
    }
}
