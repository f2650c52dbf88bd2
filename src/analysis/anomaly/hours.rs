//! Changes at local hours at which an account and type are practically never changed.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{
    AnomalyKind, Basis,
    ledger::{self, About, Ledger, entry, float},
    world::{Event, World},
};

/// Changes farther apart than this are different sessions.
const APART: SignedDuration = SignedDuration::from_hours(2);
/// Changes an account must have in the baseline before its hours mean anything.
const LEAST_CHANGES: f64 = 15.0;
/// Weight of the account's hours against the type's, and of the type's against the pair's own.
const PRIOR_WEIGHT: f64 = 10.0;
/// A type's changes count up to this many among the account's, so that one busy type does not
/// decide what the account's hours are.
const TYPE_WEIGHT: f64 = 30.0;
/// Sessions that chance may bring in a month, of security types and of the others.
const SECURITY_BY_CHANCE: f64 = 0.25;
const OTHERS_BY_CHANCE: f64 = 0.05;

/// How much likelier chance may be where several changes come together.
const TOGETHER: f64 = 2.5;

/// Changes by hour, of weekdays and then of weekends.
type Hours = [f64; 48];
type Pair<'a> = (&'a str, &'a str);

/// Names the sessions at hours that are unusual for their account and type. Those of resources that
/// another entry names become that entry's evidence.
pub(super) fn find(world: &World<'_>, basis: Basis, ledger: &mut Ledger) {
    let mut pairs: BTreeMap<Pair<'_>, Hours> = BTreeMap::new();
    let mut now: BTreeMap<Pair<'_>, Vec<usize>> = BTreeMap::new();
    for (place, event) in world.events.iter().enumerate() {
        // A daily item's time is the recorder's and not the change's.
        if !event.real || event.daily {
            continue;
        }
        let Some(group) = world.groups.get(event.group()) else {
            continue;
        };
        let pair = (group.account, group.resource_type);
        if event.slot() == world.month {
            now.entry(pair).or_default().push(place);
        } else if let Some(hour) = pairs.entry(pair).or_insert([0.0; 48]).get_mut(bin(event)) {
            *hour += 1.0;
        }
    }
    let accounts = accounts(&pairs);
    let types = types(&pairs);
    let security = |pair: &Pair<'_>| ledger::is_security_type(pair.1);
    let tests = |wanted: bool| {
        float(ledger::count(
            now.keys().filter(|pair| security(pair) == wanted).count(),
        ))
        .max(1.0)
    };
    let strict = if basis == Basis::Full { 1.0 } else { 0.2 };
    let limits = (
        strict * OTHERS_BY_CHANCE / tests(false),
        strict * SECURITY_BY_CHANCE / tests(true),
    );
    let none = [0.0; 48];
    for (pair, mut events) in now {
        let Some(account) = accounts.get(pair.0) else {
            continue;
        };
        let own = pairs.get(&pair).unwrap_or(&none);
        let shares = shares(own, types.get(pair.1).unwrap_or(&none), account);
        let monthly = (own.iter().sum::<f64>() / float(ledger::count(world.month))).max(1.0);
        if !security(&pair) && own.iter().sum::<f64>() < LEAST_CHANGES {
            continue;
        }
        // Where changes at odd hours came alone before, one more is nothing new.
        if isolated(own) > usize::from(security(&pair)) {
            continue;
        }
        let limit = if security(&pair) { limits.1 } else { limits.0 };
        let unusual = |event: &Event, limit: f64| {
            let share = shares.get(bin(event)).copied().unwrap_or(1.0);
            let tail: f64 = shares.iter().filter(|other| **other <= share).sum();
            tail * monthly <= limit && !is_on_schedule(own, event.hour)
        };
        let is_unusual = |place: &usize, limit: f64| {
            world
                .events
                .get(*place)
                .is_some_and(|event| unusual(event, limit))
        };
        events.retain(|place| is_unusual(place, limit * TOGETHER));
        for session in sessions(world, events) {
            if session.len() == 1 && !session.iter().all(|place| is_unusual(place, limit)) {
                continue;
            }
            let is_security = security(&pair);
            report(
                world,
                ledger,
                pair,
                &session,
                &shares,
                is_security,
                own.iter().sum(),
            );
        }
    }
}

fn report(
    world: &World<'_>,
    ledger: &mut Ledger,
    pair: Pair<'_>,
    session: &[usize],
    shares: &Hours,
    security: bool,
    own: f64,
) {
    let mut open = Vec::new();
    for place in session {
        match ledger
            .entry_of(*place)
            .and_then(|entry| ledger.entry_mut(entry))
        {
            Some(entry) => entry.evidence.unusual_hours = true,
            None => open.push(*place),
        }
    }
    // Of a session whose larger part another entry names, the rest is part of that.
    if open.is_empty() || open.len() * 2 < session.len() {
        return;
    }
    let many = float(ledger::count(open.len())).ln().min(3.0);
    let sure = (own / 100.0).min(1.0);
    let score = if security { 72.0 } else { 44.0 } + 3.0 * many + 5.0 * sure;
    let about = About {
        account: pair.0,
        region: None,
        resource_type: Some(pair.1),
    };
    let mut found = entry(world, AnomalyKind::UnusualHours, about, &open, score);
    let of = || open.iter().filter_map(|place| world.events.get(*place));
    let observed = of()
        .filter_map(|event| world.groups.get(event.group()))
        .map(|group| world.baseline_months(&group.observed));
    found.baseline_months = observed.max().unwrap_or(0);
    found.evidence.unusual_hours = true;
    found.evidence.days = ledger::days(of());
    found.evidence.hours = ledger::hours(of());
    let weekend = of().next().is_some_and(Event::weekend);
    found.evidence.usual_hours = (0..24_u8)
        .filter(|hour| {
            let share = shares.get(usize::from(*hour) + if weekend { 24 } else { 0 });
            share.is_some_and(|share| *share >= 0.02)
        })
        .collect();
    ledger.add(found, &open);
}

/// Says whether most of a pair's changes come at about this hour, whatever the day: a schedule that
/// falls on a weekend for once.
fn is_on_schedule(own: &Hours, hour: u8) -> bool {
    let near = smoothed(own);
    let at = |class: usize| {
        near.get(class * 24 + usize::from(hour))
            .copied()
            .unwrap_or(0.0)
    };
    let (here, all) = (3.0 * (at(0) + at(1)), own.iter().sum::<f64>());
    here >= 3.0 && here * 2.0 >= all
}

fn bin(event: &Event) -> usize {
    usize::from(event.hour) + if event.weekend() { 24 } else { 0 }
}

/// Spreads each hour's changes over the hours next to it, across midnight too.
fn smoothed(hours: &Hours) -> Hours {
    let at = |class: usize, hour: usize| hours.get(class * 24 + hour % 24).copied().unwrap_or(0.0);
    std::array::from_fn(|bin| {
        let (class, hour) = (bin / 24, bin % 24);
        (at(class, hour + 23) + at(class, hour) + at(class, hour + 1)) / 3.0
    })
}

/// Counts the changes that have no other within an hour of the clock either way.
fn isolated(hours: &Hours) -> usize {
    let alone = |(hour, near): (&f64, f64)| *hour > 0.0 && *hour < 1.5 && near < 0.5;
    hours
        .iter()
        .zip(smoothed(hours))
        .filter(|pair| alone(*pair))
        .count()
}

/// Returns the share of each hour of the accounts with enough changes.
fn accounts<'a>(pairs: &BTreeMap<Pair<'a>, Hours>) -> BTreeMap<&'a str, Hours> {
    let mut sums: BTreeMap<&str, (f64, Hours)> = BTreeMap::new();
    for ((account, _), hours) in pairs {
        let all: f64 = hours.iter().sum();
        let weight = (TYPE_WEIGHT / all.max(1.0)).min(1.0);
        let (total, sum) = sums.entry(account).or_insert((0.0, [0.0; 48]));
        *total += all;
        for (sum, hour) in sum.iter_mut().zip(smoothed(hours)) {
            *sum += weight * hour;
        }
    }
    let enough = sums
        .into_iter()
        .filter(|(_, (total, _))| *total >= LEAST_CHANGES);
    enough
        .map(|(account, (_, sum))| {
            let all: f64 = sum.iter().sum();
            // What was never seen is not impossible: half a change over all hours.
            (account, sum.map(|hour| (hour + 0.5 / 48.0) / (all + 0.5)))
        })
        .collect()
}

/// Returns the changes of each type by hour, of all accounts.
fn types<'a>(pairs: &BTreeMap<Pair<'a>, Hours>) -> BTreeMap<&'a str, Hours> {
    let mut types: BTreeMap<&str, Hours> = BTreeMap::new();
    for ((_, name), hours) in pairs {
        for (sum, hour) in types.entry(name).or_insert([0.0; 48]).iter_mut().zip(hours) {
            *sum += hour;
        }
    }
    types
}

/// Returns the share of each hour for an account and type: its own changes, shrunk towards those of
/// the type everywhere, and these towards the account's.
fn shares(own: &Hours, of_type: &Hours, account: &Hours) -> Hours {
    let shrink = |hours: &Hours, prior: &Hours| -> Hours {
        let all: f64 = hours.iter().sum();
        let mut shares = smoothed(hours);
        for (share, prior) in shares.iter_mut().zip(prior) {
            *share = (*share + PRIOR_WEIGHT * prior) / (all + PRIOR_WEIGHT);
        }
        shares
    };
    shrink(own, &shrink(of_type, account))
}

fn sessions(world: &World<'_>, mut events: Vec<usize>) -> Vec<Vec<usize>> {
    let at = |place: &usize| world.events.get(*place).map(|event| event.at);
    events.sort_by_key(|place| (at(place), *place));
    let mut sessions: Vec<Vec<usize>> = Vec::new();
    for place in events {
        let near = |session: &Vec<usize>| match (session.last().and_then(at), at(&place)) {
            (Some(before), Some(after)) => after.duration_since(before) <= APART,
            _ => false,
        };
        match sessions.last_mut() {
            Some(session) if near(session) => session.push(place),
            _ => sessions.push(vec![place]),
        }
    }
    sessions
}
