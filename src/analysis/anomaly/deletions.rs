//! Many deletions within an hour or so, where that is not usual.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{
    AnomalyKind, Basis,
    ledger::{self, About, Ledger, entry, float},
    world::{Area, Event, World},
};
use crate::domain::ChangeKind;

/// Deletions farther apart than this are not one act.
const APART: SignedDuration = SignedDuration::from_mins(15);
/// Longest session; a longer act is several, which are joined once they are found unusual.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);

/// Deletions close in time, by place.
type Session = Vec<usize>;

/// Names the sessions that are larger than any of the baseline.
pub(super) fn find(world: &World<'_>, basis: Basis, ledger: &mut Ledger) {
    let least = if basis == Basis::Full { 5.0 } else { 12.0 };
    for area in &world.areas {
        let mut most: BTreeMap<usize, u64> = BTreeMap::new();
        let mut largest = 0;
        let mut unusual: Vec<Session> = Vec::new();
        for session in sessions(world, area) {
            let types = by_group(world, &session);
            let size = ledger::count(session.len());
            if slot(world, &session) < Some(world.month) {
                largest = largest.max(size);
                for (group, count) in types {
                    let most = most.entry(group).or_default();
                    *most = count.max(*most);
                }
                continue;
            }
            let over = |count: u64, most: u64| (float(count) - 1.25 * float(most) - 1.0).max(0.0);
            let of_types = types
                .iter()
                .map(|(group, count)| over(*count, most.get(group).copied().unwrap_or(0)));
            let surplus = of_types.sum::<f64>().max(over(size, largest));
            if float(size) >= least && surplus >= least - 1.0 {
                match unusual.last_mut() {
                    Some(before) if near(world, before, &session) => before.extend(session),
                    _ => unusual.push(session),
                }
            }
        }
        for session in unusual {
            let size = float(ledger::count(session.len()));
            let groups = by_group(world, &session);
            let one = groups
                .keys()
                .next()
                .and_then(|group| world.groups.get(*group));
            let about = About {
                account: area.account,
                region: Some(area.region),
                resource_type: one
                    .filter(|_| groups.len() == 1)
                    .map(|group| group.resource_type),
            };
            let score =
                62.0 + 30.0 * (1.0 - (-(size - float(largest) / 2.0).max(1.0) / 20.0).exp());
            let mut found = entry(world, AnomalyKind::MassDeletion, about, &session, score);
            found.baseline_months = world.baseline_months(&area.observed);
            let of = || session.iter().filter_map(|place| world.events.get(*place));
            found.evidence.days = ledger::days(of());
            found.evidence.hours = ledger::hours(of());
            found.evidence.largest_before = Some(largest);
            ledger.add(found, &session);
        }
    }
}

/// Returns the deletions of an area, grouped by time, oldest first.
fn sessions(world: &World<'_>, area: &Area<'_>) -> Vec<Session> {
    let groups = world.groups.get(area.groups.clone()).unwrap_or_default();
    let mut deletions: Vec<(usize, &Event)> = groups
        .iter()
        // Daily recording gathers a day's deletions in one moment.
        .filter(|group| !group.mixed_modes)
        .flat_map(|group| world.events_in(&group.events))
        .filter(|(_, event)| event.kind == ChangeKind::Deleted && event.real)
        .collect();
    deletions.sort_by_key(|(place, event)| (event.at, *place));
    let mut sessions: Vec<Session> = Vec::new();
    let mut open: Option<(&Event, &Event)> = None;
    for (place, event) in deletions {
        let goes_on = open.is_some_and(|(first, last)| {
            event.at.duration_since(last.at) <= APART
                && event.at.duration_since(first.at) <= LONGEST
                && event.slot() == first.slot()
        });
        match (sessions.last_mut(), open) {
            (Some(session), Some((first, _))) if goes_on => {
                session.push(place);
                open = Some((first, event));
            }
            _ => {
                sessions.push(vec![place]);
                open = Some((event, event));
            }
        }
    }
    sessions
}

fn by_group(world: &World<'_>, session: &[usize]) -> BTreeMap<usize, u64> {
    let mut groups = BTreeMap::new();
    for event in session.iter().filter_map(|place| world.events.get(*place)) {
        *groups.entry(event.group()).or_default() += 1;
    }
    groups
}

fn slot(world: &World<'_>, session: &[usize]) -> Option<usize> {
    session
        .first()
        .and_then(|place| world.events.get(*place))
        .map(Event::slot)
}

fn near(world: &World<'_>, before: &[usize], after: &[usize]) -> bool {
    let event = |place: Option<&usize>| place.and_then(|place| world.events.get(*place));
    match (event(before.last()), event(after.first())) {
        (Some(before), Some(after)) => after.at.duration_since(before.at) <= LONGEST,
        _ => false,
    }
}
