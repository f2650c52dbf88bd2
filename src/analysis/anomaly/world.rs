//! The items, indexed: what is compared with what, and when it could be observed.

mod event;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

pub(super) use self::event::{Event, is_weekend};
use super::AnomalyInput;
use crate::{
    analysis::{ItemRecord, RecordedResource, RecorderGap},
    domain::{ChangeKind, Period},
};

/// The region of what belongs to no Region.
pub(super) const GLOBAL: &str = "global";
/// Months in which less than this share was observed say nothing.
const LEAST_SHARE: f64 = 0.2;
/// How long after a gap a recorder may still be catching up.
const LONGEST_CATCH_UP: SignedDuration = SignedDuration::from_hours(24);
const SHORTEST_CATCH_UP: SignedDuration = SignedDuration::from_hours(6);
const DAY_SECONDS: f64 = 86_400.0;

/// All items of the baseline and of the month. Slots count its months: the baseline's from 0, then
/// the month itself.
pub(super) struct World<'a> {
    /// Slot of the month, which is the number of baseline months.
    pub(super) month: usize,
    /// In the order of their keys, as are the groups, their resources and the resources' events.
    pub(super) areas: Vec<Area<'a>>,
    pub(super) groups: Vec<Group<'a>>,
    pub(super) resources: Vec<Resource<'a>>,
    pub(super) events: Vec<Event>,
    pub(super) unknown_items: u64,
    /// Local days of each slot, as days since 1970.
    pub(super) days: Vec<Range<i64>>,
    /// Whether the items of the month end well before it does.
    pub(super) running: bool,
}

/// An account's Region.
pub(super) struct Area<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) groups: Range<usize>,
    /// Days observed of each slot.
    pub(super) observed: Vec<f64>,
    /// When a recorder was blind, or catching up after that.
    pub(super) blind: Vec<(Timestamp, Timestamp)>,
    /// Whether the month has a gap.
    pub(super) gap_in_month: bool,
}

/// An account's Region and type.
pub(super) struct Group<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) resource_type: &'a str,
    pub(super) area: usize,
    pub(super) resources: Range<usize>,
    pub(super) events: Range<usize>,
    /// Days observed of each slot.
    pub(super) observed: Vec<f64>,
    /// Whether some items were recorded daily and others continuously.
    pub(super) mixed_modes: bool,
}

/// One resource.
pub(super) struct Resource<'a> {
    pub(super) group: usize,
    pub(super) id: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) events: Range<usize>,
    /// Days observed of each slot.
    pub(super) observed: Arc<[f64]>,
}

impl<'a> World<'a> {
    pub(super) fn of(input: &AnomalyInput<'a>) -> Self {
        let periods: Vec<&Period> = input.baseline.iter().chain([input.period]).collect();
        let slot = |record: &ItemRecord| slot_of(&periods, record.at).unwrap_or(OUTSIDE);
        let inside = Inside {
            records: input.records,
            slots: input.records.iter().map(slot).collect(),
        };
        let (mut world, places) = Self::keyed(&inside);
        world.month = input.baseline.len();
        let zone = input.period.zone();
        let local_day = |at: Timestamp| {
            (at.as_second() + i64::from(zone.to_offset(at).seconds())).div_euclid(86_400)
        };
        world.days = periods
            .iter()
            .map(|period| local_day(period.start())..local_day(period.end()))
            .collect();
        world.observe_areas(&periods, input.gaps, &inside);
        world.add_events(&inside, &places, zone);
        world.observe_groups();
        world
    }

    /// Makes the areas, groups and resources, in the order of their keys; with the place of the
    /// resource that each said is of.
    fn keyed(inside: &Inside<'a>) -> (Self, Places) {
        // Items of a resource share what they say of it: that is looked at once.
        let mut newest: HashMap<Said, (&'a RecordedResource, Timestamp)> = HashMap::new();
        for (_, record) in inside.items() {
            let known = newest.entry(Arc::as_ptr(&record.of));
            let (_, at) = known.or_insert((&record.of, record.at));
            *at = record.at.max(*at);
        }
        let mut said: Vec<(Key<'a>, Name<'a>, Said)> = newest
            .into_iter()
            .map(|(said, (of, at))| {
                let name = of.resource_name.as_deref();
                (key(of), name.map(|name| (at, name)), said)
            })
            .collect();
        said.sort_unstable();
        let mut places = Places::with_capacity(said.len());
        let mut world = Self {
            month: 0,
            areas: Vec::new(),
            groups: Vec::new(),
            resources: Vec::with_capacity(said.len()),
            events: Vec::new(),
            unknown_items: 0,
            days: Vec::new(),
            running: false,
        };
        for of_resource in said.chunk_by(|a, b| a.0 == b.0) {
            // The newest name comes last.
            let Some((key, name, _)) = of_resource.last() else {
                continue;
            };
            let place = world.resources.len();
            places.extend(of_resource.iter().map(|(.., said)| (*said, place)));
            world.add_resource(*key, name.map(|(_, name)| name));
        }
        (world, places)
    }

    fn add_resource(
        &mut self,
        (account, region, resource_type, id): Key<'a>,
        name: Option<&'a str>,
    ) {
        let resource = self.resources.len();
        let same_area = |area: &Area<'_>| area.account == account && area.region == region;
        if !self.areas.last().is_some_and(same_area) {
            self.areas.push(Area {
                account,
                region,
                groups: self.groups.len()..self.groups.len(),
                observed: Vec::new(),
                blind: Vec::new(),
                gap_in_month: false,
            });
        }
        let area = self.areas.len() - 1;
        let same_group =
            |group: &Group<'_>| group.area == area && group.resource_type == resource_type;
        if !self.groups.last().is_some_and(same_group) {
            self.groups.push(Group {
                account,
                region,
                resource_type,
                area,
                resources: resource..resource,
                events: 0..0,
                observed: Vec::new(),
                mixed_modes: false,
            });
        }
        if let Some(area) = self.areas.last_mut() {
            area.groups.end = self.groups.len();
        }
        if let Some(group) = self.groups.last_mut() {
            group.resources.end = resource + 1;
        }
        self.resources.push(Resource {
            group: self.groups.len() - 1,
            id,
            name,
            events: 0..0,
            observed: Arc::default(),
        });
    }

    /// Says how many days of each slot each area was observed.
    fn observe_areas(&mut self, periods: &[&Period], gaps: &[RecorderGap], inside: &Inside<'_>) {
        let mut first: HashMap<(&str, &str), Timestamp> = HashMap::new();
        for (_, record) in inside.items() {
            let known = first
                .entry((&record.of.account, &record.of.region))
                .or_insert(record.at);
            *known = record.at.min(*known);
        }
        let newest = inside.items().map(|(_, record)| record.at).max();
        let month = periods.last();
        let known_to = match (newest, month) {
            (Some(newest), Some(month))
                if month.contains(newest)
                    && month.end().duration_since(newest) > SignedDuration::from_hours(48) =>
            {
                self.running = true;
                newest
            }
            _ => Timestamp::MAX,
        };
        let mut of_account: BTreeMap<&str, Vec<&RecorderGap>> = BTreeMap::new();
        for gap in gaps.iter().filter(|gap| gap.from < gap.to) {
            of_account.entry(&gap.account).or_default().push(gap);
        }
        for area in &mut self.areas {
            let gaps = of_account.get(area.account).map_or(&[][..], Vec::as_slice);
            let here = gaps
                .iter()
                .filter(|gap| gap.region == area.region || area.region == GLOBAL);
            area.blind = merged(here.clone().map(|gap| (gap.from, caught_up(gap))).collect());
            area.gap_in_month = month.is_some_and(|month| {
                here.clone()
                    .any(|gap| gap.from < month.end() && caught_up(gap) > month.start())
            });
            // What is first seen within the baseline was observed from then on only.
            let since = first.get(&(area.account, area.region)).copied();
            let since = since
                .filter(|since| {
                    !periods
                        .first()
                        .is_some_and(|period| period.contains(*since))
                })
                .unwrap_or(Timestamp::MIN);
            area.observed = periods
                .iter()
                .map(|period| {
                    let (start, end) = (period.start().max(since), period.end().min(known_to));
                    observed_days(start, end, &area.blind)
                })
                .collect();
        }
    }

    fn add_events(&mut self, inside: &Inside<'a>, places: &Places, zone: &jiff::tz::TimeZone) {
        let event_of = |(slot, record): (u8, &ItemRecord)| {
            let resource = *places.get(&Arc::as_ptr(&record.of))?;
            let group = self.resources.get(resource)?.group;
            let area = self.areas.get(self.groups.get(group)?.area)?;
            let blind = area.is_blind(record.at);
            let local = record.at.as_second() + i64::from(zone.to_offset(record.at).seconds());
            Some(Event {
                resource: u32::try_from(resource).ok()?,
                at: record.at,
                kind: record.kind,
                daily: record.daily,
                slot,
                group: u32::try_from(group).ok()?,
                real: record.kind.is_real_change() && !blind,
                blind,
                day: i32::try_from(local.div_euclid(86_400)).ok()?,
                hour: u8::try_from(local.rem_euclid(86_400) / 3_600).unwrap_or(0),
            })
        };
        let mut events = Vec::with_capacity(inside.items().count());
        events.extend(inside.items().filter_map(event_of));
        events.sort_unstable();
        for (place, event) in events.iter().enumerate() {
            if let Some(resource) = self.resources.get_mut(event.resource()) {
                let start = if resource.events.is_empty() {
                    place
                } else {
                    resource.events.start
                };
                resource.events = start..place + 1;
            }
            if let Some(group) = self.groups.get_mut(event.group()) {
                let start = if group.events.is_empty() {
                    place
                } else {
                    group.events.start
                };
                group.events = start..place + 1;
            }
            if event.slot() == self.month && event.kind == ChangeKind::Unknown {
                self.unknown_items += 1;
            }
        }
        self.events = events;
    }

    /// Narrows what was observed of an area to what existed of its groups and resources, and to
    /// the months recorded in the same way as the month itself.
    fn observe_groups(&mut self) {
        for group in &mut self.groups {
            let events = self.events.get(group.events.clone()).unwrap_or_default();
            let modes: Vec<Option<bool>> =
                (0..=self.month).map(|slot| mode(events, slot)).collect();
            let of = |daily| {
                events
                    .iter()
                    .any(|event| event.is_resource() && event.daily == daily)
            };
            group.mixed_modes = of(true) && of(false);
            let now = modes.last().copied().flatten();
            let area = self
                .areas
                .get(group.area)
                .map_or(&[][..], |area| &area.observed);
            let mut observed = since_birth(area, events.iter().min_by_key(|event| event.at));
            for (days, mode) in observed.iter_mut().zip(&modes) {
                if mode.is_some() && now.is_some() && *mode != now {
                    *days = 0.0;
                }
            }
            group.observed = observed;
        }
        // Resources of a group that were born in one slot share what was observed.
        let mut shared: BTreeMap<(usize, usize), Arc<[f64]>> = BTreeMap::new();
        for resource in &mut self.resources {
            let events = self.events.get(resource.events.clone()).unwrap_or_default();
            let first = events.first();
            let observed = shared.entry((resource.group, born(first)));
            let observed = observed.or_insert_with(|| {
                let group = self.groups.get(resource.group);
                since_birth(group.map_or(&[][..], |group| &group.observed), first).into()
            });
            resource.observed = observed.clone();
        }
    }

    /// Returns the events of a range with their places.
    pub(super) fn events_in(
        &self,
        range: &Range<usize>,
    ) -> impl Iterator<Item = (usize, &Event)> + use<'_, 'a> {
        let events = self.events.get(range.clone()).unwrap_or_default();
        (range.start..).zip(events)
    }

    /// Counts the real changes of a range in each slot.
    pub(super) fn counts(&self, range: &Range<usize>) -> Vec<u64> {
        let mut counts = vec![0; self.month + 1];
        for (_, event) in self.events_in(range).filter(|(_, event)| event.real) {
            if let Some(count) = counts.get_mut(event.slot()) {
                *count += 1;
            }
        }
        counts
    }

    /// Counts the baseline months in which something was observed.
    pub(super) fn baseline_months(&self, observed: &[f64]) -> u64 {
        let months = observed.iter().take(self.month);
        super::ledger::count(months.filter(|days| **days > 0.0).count())
    }
}

impl Area<'_> {
    fn is_blind(&self, at: Timestamp) -> bool {
        let next = self.blind.partition_point(|(_, to)| *to <= at);
        self.blind.get(next).is_some_and(|(from, _)| *from <= at)
    }

    /// Says whether any of a local day may lie in a blind time; zones shift a day either way.
    pub(super) fn was_blind_on(&self, local_day: i64) -> bool {
        let day = |at: Timestamp| at.as_second().div_euclid(86_400);
        let next = self
            .blind
            .partition_point(|(_, to)| day(*to) + 1 < local_day);
        self.blind
            .get(next)
            .is_some_and(|(from, _)| day(*from) - 1 <= local_day)
    }
}

/// Account, Region, type and id.
type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// A name, with when it was last told.
type Name<'a> = Option<(Timestamp, &'a str)>;

/// What an item says of its resource, by where it lies in memory.
type Said = *const RecordedResource;

/// The places of resources.
type Places = HashMap<Said, usize>;

fn key(of: &RecordedResource) -> Key<'_> {
    (&of.account, &of.region, &of.resource_type, &of.resource_id)
}

/// The slot of what is in no month. Baselines are of 24 months at most.
const OUTSIDE: u8 = u8::MAX;

/// Items, with the slot of each.
struct Inside<'a> {
    records: &'a [ItemRecord],
    slots: Vec<u8>,
}

impl<'a> Inside<'a> {
    /// Returns the items that are in a month.
    fn items(&self) -> impl Iterator<Item = (u8, &'a ItemRecord)> {
        let items = self.slots.iter().copied().zip(self.records);
        items.filter(|(slot, _)| *slot != OUTSIDE)
    }
}

fn slot_of(periods: &[&Period], at: Timestamp) -> Option<u8> {
    let slot = periods.iter().rposition(|period| period.contains(at))?;
    u8::try_from(slot).ok()
}

/// Returns when what a gap hid should have been delivered.
fn caught_up(gap: &RecorderGap) -> Timestamp {
    let after = gap
        .to
        .duration_since(gap.from)
        .clamp(SHORTEST_CATCH_UP, LONGEST_CATCH_UP);
    gap.to.checked_add(after).unwrap_or(Timestamp::MAX)
}

/// Joins spans that touch, so that no time counts twice.
fn merged(mut spans: Vec<(Timestamp, Timestamp)>) -> Vec<(Timestamp, Timestamp)> {
    spans.sort_unstable();
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (from, to) in spans {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn observed_days(start: Timestamp, end: Timestamp, blind: &[(Timestamp, Timestamp)]) -> f64 {
    let days = |from: Timestamp, to: Timestamp| {
        to.duration_since(from).as_secs_f64().max(0.0) / DAY_SECONDS
    };
    let lost: f64 = blind
        .iter()
        .map(|(from, to)| days((*from).max(start), (*to).min(end)))
        .sum();
    let seen = days(start, end) - lost;
    if seen < LEAST_SHARE * 30.0 { 0.0 } else { seen }
}

/// Returns how most items of a slot were recorded: daily or not.
fn mode(events: &[Event], slot: usize) -> Option<bool> {
    let of_slot = || {
        events
            .iter()
            .filter(|event| event.slot() == slot && event.is_resource())
    };
    let (all, daily) = (
        of_slot().count(),
        of_slot().filter(|event| event.daily).count(),
    );
    (all > 0).then_some(daily * 2 > all)
}

/// Takes away the slots before the first item, where that item says that nothing was before it.
fn since_birth(observed: &[f64], first: Option<&Event>) -> Vec<f64> {
    let born = born(first);
    let known = |(slot, days): (usize, &f64)| if slot < born { 0.0 } else { *days };
    observed.iter().enumerate().map(known).collect()
}

/// Returns the slot before which nothing was, as far as the first item says.
fn born(first: Option<&Event>) -> usize {
    let says_so = |kind| matches!(kind, ChangeKind::Created | ChangeKind::FirstSeen);
    let first = first.filter(|event| says_so(event.kind));
    first.map_or(0, Event::slot)
}
