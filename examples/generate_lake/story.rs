//! What happens to the resources of a place, window by window.

use super::item::latest_item;
use super::kind::{Kind, Mix, Traits};
use super::place::{Name, Place};
use super::random::{Random, hash};
use super::report::Example;
use super::resource::{Resource, Status};
use super::time::{DAY, MINUTE, Millis, SECOND};

/// Of a thousand types so many are touched in a window.
const AWAKE: u64 = 480;

/// The resources of a place, living or not, and the chance that rules them.
#[derive(Debug)]
pub(crate) struct Story {
    place: Place,
    traits: &'static [Traits],
    /// In the order of `traits`, each type in the order of its indexes.
    resources: Vec<Resource>,
    random: Random,
    padding: usize,
    /// How much later than the first recorder this one captures.
    lag: Millis,
    /// The resource that is shown as an example, and how often it was seen.
    example: (Option<Name>, u64),
}

/// An item on its way into a file.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) captured: Millis,
    pub(crate) text: String,
}

/// What is to happen to a resource.
#[derive(Debug, Clone, Copy)]
struct Event {
    at: Millis,
    kind: Kind,
    index: u32,
    act: Act,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Settings,
    Tags,
    /// Something has happened to a related resource.
    Echo(Name),
    Volatile,
    Identical,
    Lifecycle,
}

impl Story {
    /// The resources of a place before the history begins: most are there already.
    pub(crate) fn new(
        mut place: Place,
        traits: &'static [Traits],
        population: u32,
        (start, lag): (Millis, Millis),
        padding: usize,
    ) -> Self {
        let mut random = Random::new(hash(&[place.seed, 3]));
        let mut resources = Vec::new();
        for kind in traits {
            let count = (population * kind.share / 1_000).max(1);
            place.counts.push((kind.kind, count));
            for index in 0..count {
                let name = Name {
                    kind: kind.kind,
                    index,
                    incarnation: 0,
                };
                let mut resource = Resource::new(name);
                if kind.kind != Kind::RouteTable && (index == 0 || random.chance(780)) {
                    resource.status = Some(Status::Ok);
                    resource.born = start - random.between(20 * DAY, 700 * DAY);
                    resource.captured = start - random.between(MINUTE, 19 * DAY);
                    resource.modified = resource.born;
                }
                resources.push(resource);
            }
        }
        Self {
            place,
            traits,
            resources,
            random,
            padding,
            lag,
            example: (None, 0),
        }
    }

    /// Names the first resource of a type as the example to ask for: it changes often, and stays.
    pub(crate) fn show(&mut self, kind: Kind) {
        self.example.0 = self
            .resources
            .iter()
            .map(|resource| resource.name)
            .find(|name| name.kind == kind);
    }

    /// The example with its number of items, where there is one.
    pub(crate) fn example(&self) -> Option<Example> {
        let name = self.example.0?;
        Some(Example {
            account: self.place.account.clone(),
            region: self.place.region.clone(),
            resource_type: name.kind.traits().name,
            resource_id: self.place.id(name),
            items: self.example.1,
        })
    }

    /// Lets so many things happen between two moments, and returns the items of them.
    pub(crate) fn window(&mut self, from: Millis, to: Millis, quota: u64) -> Vec<Item> {
        let mut events = self.events(from, to, usize::try_from(quota).unwrap_or(0));
        events.sort_by_key(|event| event.at);
        let mut items = Vec::with_capacity(events.len());
        for event in events {
            if let Some(at) = self.position(event.kind, event.index) {
                items.extend(self.happen(at, event));
            }
        }
        items
    }

    /// The latest items of what is there and recorded.
    pub(crate) fn living(&self) -> impl Iterator<Item = String> {
        self.resources
            .iter()
            .filter(|resource| resource.lives() && resource.name.kind != Kind::RouteTable)
            .map(|resource| latest_item(&self.place, resource, self.padding))
    }

    /// How many resources are there.
    pub(crate) fn count_living(&self) -> u64 {
        let living = self.resources.iter().filter(|resource| resource.lives());
        u64::try_from(living.count()).unwrap_or(0)
    }

    /// Draws what happens: a change, and then the echoes it has in related resources.
    fn events(&mut self, from: Millis, to: Millis, quota: usize) -> Vec<Event> {
        let mut events = Vec::with_capacity(quota + 8);
        let mut awake = self.draw_types();
        if awake.is_empty() {
            awake.extend(self.traits);
        }
        while events.len() < quota {
            let Some(traits) = self.draw_type(&awake) else {
                break;
            };
            let index = self.random.skewed(self.count(traits.kind));
            let act = self.draw_act(&traits.mix, traits.echoes);
            let event = Event {
                at: self.random.between(from, to),
                kind: traits.kind,
                index,
                act,
            };
            events.push(event);
            if matches!(act, Act::Settings | Act::Lifecycle) {
                self.echo(event, traits.echoes, to, &mut events);
            }
        }
        events.truncate(quota);
        events
    }

    fn echo(&mut self, event: Event, kinds: &[Kind], to: Millis, events: &mut Vec<Event>) {
        let name = self.name_of(event.kind, event.index);
        for kind in kinds {
            if self.random.chance(600) {
                let other = self.place.home(*kind, self.place.seed_of(name));
                events.push(Event {
                    at: (event.at + self.random.between(SECOND, 90 * SECOND)).min(to - 1),
                    kind: *kind,
                    index: other.index,
                    act: Act::Echo(name),
                });
            }
        }
    }

    /// Changes come in bursts: of most types nobody touches any in a window.
    fn draw_types(&mut self) -> Vec<&'static Traits> {
        let Self { traits, random, .. } = self;
        let drawn = traits.iter().filter(|_| random.chance(AWAKE));
        drawn.collect()
    }

    fn draw_type(&mut self, awake: &[&'static Traits]) -> Option<&'static Traits> {
        let sum = awake.iter().map(|traits| traits.activity).sum();
        let mut left = self.random.below(sum);
        awake.iter().copied().find(|traits| {
            let found = left < traits.activity;
            left = left.saturating_sub(traits.activity);
            found
        })
    }

    fn draw_act(&mut self, mix: &Mix, related: &[Kind]) -> Act {
        let echo = self.draw_peer(related).map_or(Act::Identical, Act::Echo);
        let acts = [
            (mix.settings, Act::Settings),
            (mix.tags, Act::Tags),
            (mix.echo, echo),
            (mix.volatile, Act::Volatile),
            (mix.identical, Act::Identical),
            (mix.lifecycle, Act::Lifecycle),
        ];
        let mut left = self
            .random
            .below(acts.iter().map(|(weight, _)| weight).sum());
        for (weight, act) in acts {
            if left < weight {
                return act;
            }
            left -= weight;
        }
        Act::Identical
    }

    /// A resource that has something to do with those of a type: of these types, or of any.
    fn draw_peer(&mut self, related: &[Kind]) -> Option<Name> {
        let drawn = self.random.any();
        let kind = super::random::pick(related, drawn).copied();
        let kind = kind.unwrap_or(self.traits.first()?.kind);
        let index = self.random.skewed(self.count(kind));
        Some(self.name_of(kind, index))
    }

    fn count(&self, kind: Kind) -> u32 {
        let counts = self.place.counts.iter();
        let mut of_kind = counts.filter(|(counted, _)| *counted == kind);
        of_kind.next().map_or(1, |(_, count)| *count)
    }

    fn position(&self, kind: Kind, index: u32) -> Option<usize> {
        let mut before = 0;
        for (counted, count) in &self.place.counts {
            if *counted == kind {
                return usize::try_from(before + index.min(count - 1)).ok();
            }
            before += count;
        }
        None
    }

    fn name_of(&self, kind: Kind, index: u32) -> Name {
        let resource = self
            .position(kind, index)
            .and_then(|at| self.resources.get(at));
        resource.map_or(
            Name {
                kind,
                index,
                incarnation: 0,
            },
            |resource| resource.name,
        )
    }

    fn happen(&mut self, at: usize, event: Event) -> Option<Item> {
        let Self {
            resources,
            random,
            place,
            example,
            ..
        } = self;
        let resource = resources.get_mut(at)?;
        // No two items of a resource at one moment: the moment is their state id.
        let now = (event.at + self.lag).max(resource.captured + 1);
        let is_example = example.0 == Some(resource.name);
        if !resource.lives() {
            discover(resource, now - self.lag, random);
        } else if event.act == Act::Lifecycle && !is_example && resource.name.index != 0 {
            remove(resource, now - self.lag, random);
        } else {
            change(resource, now - self.lag, event.act);
        }
        resource.captured = now;
        example.1 += u64::from(is_example);
        Some(Item {
            kind: event.kind,
            captured: now,
            text: latest_item(place, resource, self.padding),
        })
    }
}

/// A resource comes, mostly just created, or comes back under its old id.
fn discover(resource: &mut Resource, now: Millis, random: &mut Random) {
    let kept = resource.name.kind.traits().keeps_id && random.chance(500);
    if resource.status.is_some() && !kept {
        resource.name.incarnation += 1;
    }
    resource.status = Some(match resource.name.kind {
        Kind::RouteTable => Status::NotRecorded,
        _ => Status::Discovered,
    });
    let age = if random.chance(850) {
        random.between(15 * SECOND, 14 * MINUTE)
    } else {
        random.between(DAY, 400 * DAY)
    };
    resource.born = now - age;
    resource.modified = resource.born;
    resource.peers.clear();
}

/// A resource goes; some that keep their id are back before their deletion was noticed.
fn remove(resource: &mut Resource, now: Millis, random: &mut Random) {
    if resource.name.kind.traits().keeps_id && random.chance(150) {
        resource.status = Some(Status::Discovered);
        resource.born = now - random.between(15 * SECOND, 14 * MINUTE);
        resource.modified = resource.born;
        return;
    }
    resource.status = Some(match resource.name.kind {
        Kind::RouteTable => Status::DeletedNotRecorded,
        _ => Status::Deleted,
    });
}

fn change(resource: &mut Resource, now: Millis, act: Act) {
    resource.status = Some(match resource.name.kind {
        Kind::RouteTable => Status::NotRecorded,
        _ => Status::Ok,
    });
    match act {
        Act::Settings | Act::Lifecycle => {
            resource.settings += 1;
            resource.modified = now - SECOND;
        }
        Act::Tags => resource.tags += 1,
        Act::Echo(peer) => resource.relate(peer),
        Act::Volatile => {
            resource.volatile += 1;
            resource.modified = now - SECOND;
        }
        Act::Identical => {}
    }
}
