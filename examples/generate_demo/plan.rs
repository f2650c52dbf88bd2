//! The story as a list of events, told in any order and played by time.

use std::collections::BTreeMap;

use super::places::{Place, VIRGINIA};
use super::resource::{Key, Resource};
use super::shape::{Status, item};
use super::text::pick;
use super::time::{DAY, HOUR, Millis, at, iso};

/// The events of the story.
#[derive(Default)]
pub(crate) struct Plan {
    events: Vec<Event>,
    snapshots: Vec<(Millis, Place)>,
}

struct Event {
    at: Millis,
    key: Key,
    action: Action,
}

enum Action {
    Discover(Box<Resource>),
    Update(Box<dyn FnOnce(&mut Resource)>),
    Repeat,
    Delete,
    NotRecorded(Box<Resource>),
    Vanish,
}

/// An item on its way to a file.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Whose recorder delivers it.
    pub(crate) recorder: Place,
    /// The resource's key.
    pub(crate) key: Key,
    /// The resource type.
    pub(crate) kind: &'static str,
    /// When the state was captured.
    pub(crate) capture: Millis,
    /// When a daily recorder handed it over.
    pub(crate) daily_delivery: Option<Millis>,
    /// The item itself.
    pub(crate) json: serde_json::Value,
}

/// Everything the recorders saw.
#[derive(Debug)]
pub(crate) struct History {
    /// Items, oldest first.
    pub(crate) items: Vec<Item>,
    /// Snapshots: the moment, the recorder, and the newest item of each resource it knew.
    pub(crate) snapshots: Vec<(Millis, Place, Vec<Item>)>,
}

impl Plan {
    /// A resource appears.
    pub(crate) fn discover(&mut self, at: Millis, resource: Resource) -> Key {
        let key = resource.key();
        self.push(at, &key, Action::Discover(Box::new(resource)));
        key
    }

    /// A resource changes.
    pub(crate) fn update(
        &mut self,
        at: Millis,
        key: &Key,
        change: impl FnOnce(&mut Resource) + 'static,
    ) {
        self.push(at, key, Action::Update(Box::new(change)));
    }

    /// An item is recorded and nothing differs.
    pub(crate) fn same(&mut self, at: Millis, key: &Key) {
        self.update(at, key, |_| {});
    }

    /// Another region's recorder reports a global resource again, a little later.
    pub(crate) fn repeat(&mut self, at: Millis, key: &Key) {
        self.push(at, key, Action::Repeat);
    }

    /// A resource goes.
    pub(crate) fn delete(&mut self, at: Millis, key: &Key) {
        self.push(at, key, Action::Delete);
    }

    /// A resource goes while its recorder is stopped: no item ever says so.
    pub(crate) fn vanish(&mut self, at: Millis, key: &Key) {
        self.push(at, key, Action::Vanish);
    }

    /// A resource of a type that is not recorded appears.
    pub(crate) fn not_recorded(&mut self, at: Millis, resource: Resource) {
        let key = resource.key();
        self.push(at, &key, Action::NotRecorded(Box::new(resource)));
    }

    /// A recorder delivers a snapshot.
    pub(crate) fn snapshot(&mut self, at: Millis, recorder: Place) {
        self.snapshots.push((at, recorder));
    }

    fn push(&mut self, at: Millis, key: &Key, action: Action) {
        self.events.push(Event {
            at,
            key: key.clone(),
            action,
        });
    }

    /// Plays the events by time. Fails on a story that contradicts itself.
    pub(crate) fn play(mut self) -> Result<History, String> {
        self.events.sort_by_key(|event| event.at);
        self.snapshots.sort_by_key(|snapshot| snapshot.0);
        let mut stage = Stage::default();
        let mut snapshots = Vec::new();
        let mut pending = self.snapshots.into_iter().peekable();
        for event in self.events {
            while let Some((moment, recorder)) = pending.next_if(|next| next.0 <= event.at) {
                snapshots.push((moment, recorder, stage.newest(recorder)));
            }
            stage.play(event)?;
        }
        for (moment, recorder) in pending {
            snapshots.push((moment, recorder, stage.newest(recorder)));
        }
        Ok(History {
            items: stage.items,
            snapshots,
        })
    }
}

#[derive(Default)]
struct Stage {
    living: BTreeMap<Key, (Resource, usize)>,
    last_capture: BTreeMap<Key, Millis>,
    items: Vec<Item>,
    /// The minute being played and how many items it has had.
    minute: (Millis, i64),
}

impl Stage {
    fn play(&mut self, event: Event) -> Result<(), String> {
        let Event {
            at: moment,
            key,
            action,
        } = event;
        let name = format!("{} at {}", key.3, iso(moment));
        if moment < at("2023-11-01 00:00") {
            return Err(format!("place {name}"));
        }
        match action {
            Action::Discover(mut resource) => {
                resource.now = moment;
                self.record(*resource, Status::Discovered, moment)
            }
            Action::NotRecorded(resource) => {
                self.record(*resource, Status::NotRecorded, moment)?;
                self.living.remove(&key);
                Ok(())
            }
            Action::Vanish => self
                .living
                .remove(&key)
                .map(|_| ())
                .ok_or_else(|| format!("lose {name}")),
            Action::Delete => {
                let (resource, _) = self
                    .living
                    .remove(&key)
                    .ok_or_else(|| format!("delete {name}"))?;
                self.record(resource, Status::Deleted, moment)?;
                self.living.remove(&key);
                Ok(())
            }
            Action::Update(change) => {
                let (mut resource, _) = self
                    .living
                    .remove(&key)
                    .ok_or_else(|| format!("change {name}"))?;
                resource.now = moment;
                change(&mut resource);
                if let Some(fault) = resource.faults.first() {
                    return Err(format!("set {fault} of {name}"));
                }
                self.record(resource, Status::Ok, moment)
            }
            Action::Repeat => {
                let living = self.living.get(&key).cloned();
                let (resource, _) = living.ok_or_else(|| format!("repeat {name}"))?;
                self.record(resource, Status::Ok, moment)?;
                if let Some(item) = self.items.last_mut() {
                    item.recorder.region = VIRGINIA;
                }
                Ok(())
            }
        }
    }

    fn record(&mut self, resource: Resource, status: Status, at: Millis) -> Result<(), String> {
        let key = resource.key();
        let capture = self.capture(at);
        if self
            .last_capture
            .insert(key.clone(), capture)
            .is_some_and(|last| last >= capture)
        {
            return Err(format!("order the items of {}", key.3));
        }
        // A daily recorder looks once a day and hands over some hours later.
        let daily_delivery = resource.daily.then(|| {
            let wait =
                i64::try_from(pick(&format!("day {}", capture / DAY), 5)).unwrap_or_default();
            (capture / DAY + 1) * DAY + wait * HOUR
        });
        self.items.push(Item {
            recorder: resource.place,
            key: key.clone(),
            kind: resource.kind,
            capture,
            daily_delivery,
            json: item(&resource, status, capture, daily_delivery),
        });
        self.living.insert(key, (resource, self.items.len() - 1));
        Ok(())
    }

    /// Items of one minute follow each other within a second or two, like a change and its echoes.
    fn capture(&mut self, at: Millis) -> Millis {
        self.minute = if self.minute.0 == at {
            (at, self.minute.1 + 1)
        } else {
            (at, 0)
        };
        let start = i64::try_from(pick(&format!("start {at}"), 40_000)).unwrap_or_default();
        let step = i64::try_from(pick(&format!("step {at}"), 140)).unwrap_or_default();
        at + start + self.minute.1 * (60 + step)
    }

    fn newest(&self, recorder: Place) -> Vec<Item> {
        let known = self
            .living
            .values()
            .filter(|(resource, _)| resource.place == recorder);
        known
            .filter_map(|(_, index)| self.items.get(*index).cloned())
            .collect()
    }
}
