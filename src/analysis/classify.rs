//! What each item of one resource means: its items in the order of their capture, each against
//! the one before it.

use std::collections::BTreeMap;

use crate::domain::{ChangeKind, ContentHashes, ItemStatus, kind_of_hashes};

/// Longest time from a creation to the capture of the first item that is still one delivery
/// window; recorders deliver every six hours.
pub const DELIVERY_WINDOW_MS: i64 = 6 * 3_600_000;
/// The same where the type is recorded daily.
pub const DAILY_WINDOW_MS: i64 = 24 * 3_600_000;
/// Clocks of services differ: so much may a creation lie after its capture.
pub const CLOCK_SKEW_MS: i64 = 5 * 60_000;
/// How long one recorder may lag behind another that reports the same global resource.
const RECORDER_LAG_MS: i64 = 24 * 3_600_000;

/// What is needed of an item to tell what it means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sighting {
    /// Capture time in milliseconds since 1970.
    pub at_ms: i64,
    /// Status; `None` for one that AWS added later, which is taken for an update.
    pub status: Option<ItemStatus>,
    /// Whether the type is one of compliance results.
    pub compliance: bool,
    /// Recorder that reported it, as a number.
    pub recorder: u32,
    /// Hashes of its content.
    pub hashes: ContentHashes,
    /// Creation time of the resource, where the item tells one.
    pub created_ms: Option<i64>,
    /// Whether the type is recorded daily.
    pub daily: bool,
    /// Whether the same item stands earlier in the list: it says no more than who reported it.
    pub repeated: bool,
}

/// What an item means, and against which item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What it means.
    pub kind: ChangeKind,
    /// Place of the item before it in the list.
    pub before: Option<usize>,
}

/// Classifies the items of one resource, which come in the order of their capture times. A
/// resource that several recorders report is `global`.
pub fn classify(global: bool, sightings: &[Sighting]) -> Vec<Verdict> {
    let mut chain = Chain {
        sightings,
        global,
        last: None,
        states: Vec::new(),
        reported: BTreeMap::new(),
    };
    (0..sightings.len()).map(|at| chain.take(at)).collect()
}

/// The items of a resource so far.
struct Chain<'a> {
    sightings: &'a [Sighting],
    global: bool,
    /// The item before.
    last: Option<usize>,
    /// Items that brought a new state of a global resource.
    states: Vec<usize>,
    /// For each recorder, how many of `states` it has reported.
    reported: BTreeMap<u32, usize>,
}

impl Chain<'_> {
    fn take(&mut self, at: usize) -> Verdict {
        let before = self.last;
        let Some(this) = self.sightings.get(at) else {
            return Verdict {
                kind: ChangeKind::Unknown,
                before,
            };
        };
        if this.repeated {
            self.report(this);
            return Verdict {
                kind: ChangeKind::Identical,
                before,
            };
        }
        let earlier = if self.global { self.report(this) } else { None };
        if let Some(earlier) = earlier {
            let of_earlier = self.sightings.get(earlier).map(|s| s.hashes);
            // `last` stays: the resource is where the recorder that was first has seen it.
            return Verdict {
                kind: of_earlier.map_or(ChangeKind::Identical, |hashes| {
                    if this.is_deletion() || !this.is_recorded() {
                        ChangeKind::Identical
                    } else {
                        this.kind_after(&hashes)
                    }
                }),
                before: Some(earlier),
            };
        }
        let kind = self.kind_of(this);
        if self.global {
            self.states.push(at);
            self.reported.insert(this.recorder, self.states.len());
        }
        self.last = Some(at);
        Verdict { kind, before }
    }

    fn kind_of(&self, this: &Sighting) -> ChangeKind {
        if this.compliance {
            return ChangeKind::Compliance;
        }
        let last = self.last.and_then(|at| self.sightings.get(at));
        match this.status {
            Some(ItemStatus::ResourceNotRecorded | ItemStatus::ResourceDeletedNotRecorded) => {
                ChangeKind::NotRecorded
            }
            Some(ItemStatus::ResourceDeleted) => ChangeKind::Deleted,
            Some(ItemStatus::ResourceDiscovered) => match last {
                Some(last) if last.is_recorded() => {
                    if self.is_known_to_another_recorder_only(this) {
                        this.kind_after(&last.hashes)
                    } else {
                        ChangeKind::Recreated
                    }
                }
                _ => this.first_kind(ChangeKind::FirstSeen),
            },
            Some(ItemStatus::Ok) | None => match last {
                Some(last) if last.is_deletion() => ChangeKind::Recreated,
                Some(last) if last.is_recorded() => this.kind_after(&last.hashes),
                Some(_) => ChangeKind::Unknown,
                None => this.first_kind(ChangeKind::Unknown),
            },
        }
    }

    /// Says whether a discovery is that of a recorder that meets a living global resource for the
    /// first time: the resource is not new to the account.
    fn is_known_to_another_recorder_only(&self, this: &Sighting) -> bool {
        let lives = self
            .last
            .and_then(|at| self.sightings.get(at))
            .is_some_and(|last| !last.is_deletion());
        self.global && lives && !self.reported.contains_key(&this.recorder)
    }

    /// Notes that a recorder has reported a state. Returns the item that brought the state, if
    /// another recorder was first.
    fn report(&mut self, this: &Sighting) -> Option<usize> {
        let known = self.reported.get(&this.recorder).copied().unwrap_or(0);
        let count = self.states.len();
        for place in (known..count).rev() {
            let at = self.states.get(place).copied()?;
            let state = self.sightings.get(at)?;
            let fresh = place + 1 == count || this.at_ms - state.at_ms <= RECORDER_LAG_MS;
            if !fresh {
                return None;
            }
            if state.recorder != this.recorder && state.shows_the_state_of(this) {
                self.reported.insert(this.recorder, place + 1);
                return Some(at);
            }
        }
        None
    }
}

impl Sighting {
    fn is_deletion(&self) -> bool {
        self.status == Some(ItemStatus::ResourceDeleted)
    }

    /// Says whether the type was recorded when the item was made.
    fn is_recorded(&self) -> bool {
        !matches!(
            self.status,
            Some(ItemStatus::ResourceNotRecorded | ItemStatus::ResourceDeletedNotRecorded)
        )
    }

    /// Says whether both report one state, but for what AWS itself moves.
    fn shows_the_state_of(&self, other: &Self) -> bool {
        match (self.is_deletion(), other.is_deletion()) {
            (true, true) => true,
            (false, false) => {
                self.is_recorded() == other.is_recorded()
                    && self.hashes.has_configuration == other.hashes.has_configuration
                    && self.hashes.settings == other.hashes.settings
                    && self.hashes.tags == other.hashes.tags
            }
            _ => false,
        }
    }

    /// Returns the kind by what differs. Without bodies nobody knows that nothing else does.
    fn kind_after(&self, last: &ContentHashes) -> ChangeKind {
        if self.hashes.has_configuration {
            kind_of_hashes(last, &self.hashes)
        } else {
            ChangeKind::Unknown
        }
    }

    /// Returns the kind of the first item of a resource: created where the resource is as young as
    /// the item, else `otherwise`.
    fn first_kind(&self, otherwise: ChangeKind) -> ChangeKind {
        let window = if self.daily {
            DAILY_WINDOW_MS
        } else {
            DELIVERY_WINDOW_MS
        };
        match self.created_ms {
            Some(created)
                if (self.at_ms - window..=self.at_ms + CLOCK_SKEW_MS).contains(&created) =>
            {
                ChangeKind::Created
            }
            _ => otherwise,
        }
    }
}

#[cfg(test)]
mod tests;
