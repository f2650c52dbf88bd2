//! The entries found so far, and which items they explain.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan, civil::date};

use super::{
    Anomaly, AnomalyEvidence, AnomalyKind, NamedResource,
    world::{Event, World},
};

/// How many resources, days, accounts or types an entry names.
const NAMED: usize = 5;
/// Types that decide who may do what, or who records it.
const SECURITY_SERVICES: [&str; 11] = [
    "AWS::IAM::",
    "AWS::KMS::",
    "AWS::CloudTrail::",
    "AWS::Config::",
    "AWS::Organizations::",
    "AWS::SSO::",
    "AWS::GuardDuty::",
    "AWS::SecurityHub::",
    "AWS::SecretsManager::",
    "AWS::AccessAnalyzer::",
    "AWS::EC2::SecurityGroup",
];

/// Says whether a change of the type may widen access or hide something.
pub(super) fn is_security_type(resource_type: &str) -> bool {
    SECURITY_SERVICES
        .iter()
        .any(|service| resource_type.starts_with(service))
}

/// Stands for the entry of an event that none explains.
const OPEN: u32 = u32::MAX;

/// Entries and what they explain.
pub(super) struct Ledger {
    entries: Vec<Anomaly>,
    /// For each event, the place of the entry that it belongs to, or `OPEN`.
    explained: Vec<u32>,
}

/// What an entry is about.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) account: &'a str,
    pub(super) region: Option<&'a str>,
    pub(super) resource_type: Option<&'a str>,
}

impl Ledger {
    pub(super) fn new(world: &World<'_>) -> Self {
        Self {
            entries: Vec::new(),
            explained: vec![OPEN; world.events.len()],
        }
    }

    /// Returns the entry that explains an event.
    pub(super) fn entry_of(&self, event: usize) -> Option<usize> {
        let place = self.explained.get(event).filter(|place| **place != OPEN)?;
        usize::try_from(*place).ok()
    }

    /// Says whether no entry explains the event.
    pub(super) fn is_open(&self, event: usize) -> bool {
        self.entry_of(event).is_none()
    }

    /// Adds an entry over `events` of the month, and lets it explain those still open.
    pub(super) fn add(&mut self, entry: Anomaly, events: &[usize]) {
        let place = u32::try_from(self.entries.len()).unwrap_or(OPEN);
        for event in events {
            if let Some(explained @ &mut OPEN) = self.explained.get_mut(*event) {
                *explained = place;
            }
        }
        self.entries.push(entry);
    }

    /// Adds an entry and returns it.
    pub(super) fn add_last(&mut self, entry: Anomaly, events: &[usize]) -> Option<&mut Anomaly> {
        self.add(entry, events);
        self.entries.last_mut()
    }

    /// Returns an entry to add evidence to.
    pub(super) fn entry_mut(&mut self, place: usize) -> Option<&mut Anomaly> {
        self.entries.get_mut(place)
    }

    /// Returns all entries, ranked.
    pub(super) fn ranked(self) -> Vec<Anomaly> {
        let mut entries = self.entries;
        entries.sort_by(|a, b| {
            let key = |entry: &Anomaly| {
                (
                    entry.kind,
                    entry.account.clone(),
                    entry.region.clone(),
                    entry.resource_type.clone(),
                    entry.resource_id.clone(),
                    entry.first,
                    entry.last,
                )
            };
            b.score
                .total_cmp(&a.score)
                .then_with(|| key(a).cmp(&key(b)))
        });
        for (rank, entry) in (1..).zip(&mut entries) {
            entry.rank = rank;
        }
        entries
    }
}

/// Makes an entry over `events`, which are of the month. It names a resource where there is one.
pub(super) fn entry(
    world: &World<'_>,
    kind: AnomalyKind,
    about: About<'_>,
    events: &[usize],
    score: f64,
) -> Anomaly {
    let all = || events.iter().filter_map(|place| world.events.get(*place));
    let mut changes: BTreeMap<usize, u64> = BTreeMap::new();
    for event in all() {
        *changes.entry(event.resource()).or_default() += 1;
    }
    let resource_count = count(changes.len());
    let mut most: Vec<(usize, u64)> = changes.into_iter().collect();
    most.sort_by_key(|(resource, changes)| (Reverse(*changes), *resource));
    let resources: Vec<NamedResource> = most
        .iter()
        .take(NAMED)
        .filter_map(|(resource, changes)| named(world, *resource, *changes))
        .collect();
    let lone = (resource_count == 1)
        .then(|| resources.first())
        .flatten()
        .cloned();
    let region = about.region.map(str::to_owned);
    let resource_type = about.resource_type.map(str::to_owned);
    let types: BTreeSet<&str> = all()
        .filter_map(|event| world.groups.get(event.group()))
        .map(|group| group.resource_type)
        .collect();
    Anomaly {
        rank: 0,
        kind,
        account: about.account.to_owned(),
        region: region.or_else(|| lone.as_ref().map(|lone| lone.region.clone())),
        resource_type: resource_type
            .or_else(|| lone.as_ref().map(|lone| lone.resource_type.clone())),
        resource_id: lone.as_ref().map(|lone| lone.resource_id.clone()),
        resource_name: lone.and_then(|lone| lone.resource_name),
        expected: None,
        seen: count(events.len()),
        baseline_months: count(world.month),
        score: rounded(score.clamp(0.0, 100.0), 1),
        first: all()
            .map(|event| event.at)
            .min()
            .unwrap_or(Timestamp::UNIX_EPOCH),
        last: all()
            .map(|event| event.at)
            .max()
            .unwrap_or(Timestamp::UNIX_EPOCH),
        evidence: AnomalyEvidence {
            resources,
            resource_count,
            security_type: types.iter().any(|name| is_security_type(name)),
            resource_types: if types.len() > 1 {
                some_of(types)
            } else {
                Vec::new()
            },
            ..AnomalyEvidence::default()
        },
    }
}

/// Returns the first few names.
pub(super) fn some_of<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names.into_iter().take(NAMED).map(str::to_owned).collect()
}

/// Returns the local days of the events, the first few.
pub(super) fn days<'e>(events: impl Iterator<Item = &'e Event>) -> Vec<String> {
    let days: BTreeSet<i64> = events.map(Event::day).collect();
    days.into_iter().take(NAMED).map(day_name).collect()
}

/// Returns the local hours of the events.
pub(super) fn hours<'e>(events: impl Iterator<Item = &'e Event>) -> Vec<u8> {
    let hours: BTreeSet<u8> = events.map(|event| event.hour).collect();
    hours.into_iter().collect()
}

/// Returns the date of a day since 1970-01-01.
fn day_name(day: i64) -> String {
    let name = date(1970, 1, 1).checked_add(day.days());
    name.map_or_else(|_| day.to_string(), |name| name.to_string())
}

fn named(world: &World<'_>, resource: usize, changes: u64) -> Option<NamedResource> {
    let resource = world.resources.get(resource)?;
    let group = world.groups.get(resource.group)?;
    Some(NamedResource {
        region: group.region.to_owned(),
        resource_type: group.resource_type.to_owned(),
        resource_id: resource.id.to_owned(),
        resource_name: resource.name.map(str::to_owned),
        changes,
    })
}

/// Counts as answers do.
pub(super) fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Returns a count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn float(n: u64) -> f64 {
    n as f64
}

/// Rounds for answers: more digits would claim more than there is.
pub(super) fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}
