//! What all processes of the user know together: who has a turn and when, what was used, and what
//! the provider said.
//!
//! The limits are kept by a log of the last minute, not by buckets that refill: a bucket lets
//! twice its limit through in a minute that begins with it full, and a provider that counts by
//! the minute would refuse that. What a log lets through, a refilling bucket does as well.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{
    Bucket, Learned, Need, Used,
    limits::{self, Limit, Origin},
    measure::{Measure, PerMeasure},
};
use crate::claude::GovernorSettings;

/// Version of the file.
const VERSION: u32 = 1;
/// How long what was sent counts: a minute, and a second for what is on its way longer than what
/// was sent after it.
pub(super) const WINDOW: u64 = 61_000;
/// How long a turn is kept for a process that does not take it: it is dead.
const UNTAKEN: u64 = 60_000;
/// How long a turn that was taken may remain unsettled. After that the process is taken to be dead
/// and the request to have used what it might.
const UNSETTLED: u64 = 15 * 60_000;
/// Longest pause that is believed.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// Days that are remembered: more than one for clocks that are set back.
const DAYS: usize = 4;
const DAY: u64 = 24 * 60 * 60_000;

/// The state. Instants are milliseconds since 1970.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    version: u32,
    /// Whose limits these are, for people who look into the file.
    account: String,
    /// Latest instant seen.
    seen: u64,
    /// Turns that were given, in the order in which they were asked for.
    pub(super) open: Vec<Open>,
    /// What was used in the last minute, at most one entry a second.
    pub(super) closed: Vec<Closed>,
    /// What others use of the provider's limits, as far as its answers show.
    pub(super) others: PerMeasure<Others>,
    days: Vec<Spent>,
    /// The provider's limits a minute.
    pub(super) told: PerMeasure<Option<u64>>,
    pub(super) paused_until: u64,
    /// What requests turned out to be, in parts of what was estimated.
    correction: Option<f64>,
}

/// A turn.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Open {
    pub(super) id: u64,
    /// When it is, or was.
    pub(super) start: u64,
    /// Whether it was taken.
    pub(super) begun: bool,
    pub(super) need: Need,
}

/// What was used.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Closed {
    pub(super) at: u64,
    pub(super) charge: PerMeasure<u64>,
}

/// What others use.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Others {
    pub(super) amount: u64,
    pub(super) until: u64,
}

/// What was used on a day.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spent {
    day: u64,
    pub(super) tokens: u64,
    pub(super) micros: u64,
}

impl State {
    /// Nothing is known yet.
    pub(super) fn fresh(account: &str) -> Self {
        Self {
            version: VERSION,
            account: account.to_owned(),
            seen: 0,
            open: Vec::new(),
            closed: Vec::new(),
            others: PerMeasure::default(),
            days: Vec::new(),
            told: PerMeasure::default(),
            paused_until: 0,
            correction: None,
        }
    }

    /// What was known is lost. Half of the minute and half of the day are taken to be used: to take
    /// all would refuse everybody, to take nothing would allow a day's money twice.
    pub(super) fn lost(account: &str, settings: &GovernorSettings, now: u64) -> Self {
        let mut state = Self::fresh(account);
        for limit in state.limits(settings) {
            let others = state.others.get_mut(limit.measure);
            others.amount = limit.most / 2;
            others.until = now.saturating_add(WINDOW);
        }
        state.days.push(Spent {
            day: day_of(now),
            tokens: settings.tokens_per_day.unwrap_or_default() / 2,
            micros: settings.micros_per_day.unwrap_or_default() / 2,
        });
        state
    }

    /// Reads a file; `None` for one that this version did not write for the account.
    pub(super) fn read(text: &[u8], account: &str) -> Option<Self> {
        let state: Self = serde_json::from_slice(text).ok()?;
        let known = state.version == VERSION && state.account == account;
        known.then_some(state)
    }

    /// Returns the limits in force.
    pub(super) fn limits(&self, settings: &GovernorSettings) -> Vec<Limit> {
        limits::in_force(settings, &self.told)
    }

    /// Brings the state to the present.
    pub(super) fn advance(&mut self, now: u64) {
        // A clock that was set back moves everything with it: no time has passed, as far as is
        // known, and nobody waits for an instant that was near and is now far.
        let back = self.seen.saturating_sub(now);
        if back > 0 {
            self.move_back(back);
        }
        self.seen = now;
        let (kept, dead): (Vec<Open>, Vec<Open>) = self.open.iter().partition(|turn| {
            let patience = if turn.begun { UNSETTLED } else { UNTAKEN };
            turn.start.saturating_add(patience) > now
        });
        self.open = kept;
        for turn in dead.iter().filter(|turn| turn.begun) {
            self.spend(turn.start, turn.need.tokens(), turn.need.micros);
        }
        self.closed
            .retain(|used| used.at.saturating_add(WINDOW) > now);
        for measure in Measure::ALL {
            let others = self.others.get_mut(measure);
            if others.until <= now {
                *others = Others::default();
            }
        }
    }

    fn move_back(&mut self, back: u64) {
        for turn in &mut self.open {
            turn.start = turn.start.saturating_sub(back);
        }
        for used in &mut self.closed {
            used.at = used.at.saturating_sub(back);
        }
        for measure in Measure::ALL {
            let others = self.others.get_mut(measure);
            others.until = others.until.saturating_sub(back);
        }
        self.paused_until = self.paused_until.saturating_sub(back);
    }

    /// Takes a turn out, as if nobody had asked.
    pub(super) fn withdraw(&mut self, id: u64) -> Option<Open> {
        let place = self.open.iter().position(|turn| turn.id == id)?;
        Some(self.open.remove(place))
    }

    /// Replaces what a request might have used by what it did; `None` for one that came to nothing.
    pub(super) fn settle(&mut self, id: u64, need: &Need, used: Option<&Used>, now: u64) {
        // A turn that is not known any more (its file was lost, or it is far too late) still tells
        // what was spent.
        let start = self.withdraw(id).map_or(now, |turn| turn.start);
        // It may have reached the provider, who counts the ones it refuses as well.
        let mut charge = PerMeasure {
            requests: 1,
            ..PerMeasure::default()
        };
        if let Some(used) = used {
            charge.input = used.input_tokens;
            charge.output = used.output_tokens;
            // Anthropic gives back what its two limits of tokens held for a request. Those who
            // count both together need not: a proxy that has taken `max_tokens` keeps them.
            charge.both = need.tokens().max(used.tokens());
            self.spend(start, used.tokens(), used.micros);
            self.correct(used);
        }
        self.close(start, charge);
    }

    /// Has others wait.
    pub(super) fn pause(&mut self, wait: Duration, now: u64) {
        let until = now.saturating_add(millis(wait.min(LONGEST_PAUSE)));
        self.paused_until = self.paused_until.max(until);
    }

    /// Takes in what the provider says of its limits.
    ///
    /// What is left there lies between what it says and that without what is in flight, of which it
    /// may or may not know. Where the log has more left than that, others have used it; where it
    /// has less, others have used less than was thought.
    pub(super) fn learn(&mut self, learned: &Learned, now: u64) {
        for measure in Measure::ALL {
            let bucket = learned.bucket(measure);
            // A limit of nothing would end everything for ever: a mistake.
            let Some(limit) = bucket.limit.filter(|limit| *limit > 0) else {
                continue;
            };
            *self.told.get_mut(measure) = Some(limit);
            if let Some(most) = bucket.remaining {
                let (ours, flying) = self.used_of(measure, now);
                let others = self.others.get_mut(measure);
                let least = most.saturating_sub(flying);
                let left = limit.saturating_sub(ours.saturating_add(others.amount));
                let more = left.saturating_sub(most);
                others.amount = others.amount.saturating_add(more);
                others.amount = others.amount.saturating_sub(least.saturating_sub(left));
                if more > 0 {
                    others.until = others.until.max(now.saturating_add(renewal(&bucket, now)));
                }
            }
        }
    }

    /// Returns what a request turns out to be, in parts of what was estimated.
    pub(super) fn correction(&self) -> f64 {
        let correction = self.correction.filter(|correction| correction.is_finite());
        correction.map_or(1.0, |correction| {
            correction.clamp(CORRECTIONS.0, CORRECTIONS.1)
        })
    }

    /// Returns what was used, and may yet be, on the day of an instant, without the turn `id`.
    pub(super) fn spent(&self, instant: u64, id: u64) -> Spent {
        let day = day_of(instant);
        let settled = self.days.iter().find(|spent| spent.day == day);
        let mut spent = settled.copied().unwrap_or_default();
        for turn in &self.open {
            if turn.id != id && day_of(turn.start) == day {
                spent.tokens = spent.tokens.saturating_add(turn.need.tokens());
                spent.micros = spent.micros.saturating_add(turn.need.micros);
            }
        }
        spent
    }

    /// Returns what was used on the day that was last seen, and may yet be.
    pub(super) fn spent_today(&self) -> Spent {
        // No turn has this id, or one in 2^64.
        self.spent(self.seen, 0)
    }

    /// Returns what this machine used in the last minute, and how much of that is in flight.
    fn used_of(&self, measure: Measure, now: u64) -> (u64, u64) {
        let in_window = |at: u64| at.saturating_add(WINDOW) > now;
        let closed = self.closed.iter().map(|used| *used.charge.get(measure));
        let begun = self.open.iter().filter(|turn| turn.begun);
        let flying = begun
            .filter(|turn| in_window(turn.start))
            .map(|turn| *turn.need.charge().get(measure))
            .fold(0, u64::saturating_add);
        (closed.fold(flying, u64::saturating_add), flying)
    }

    fn close(&mut self, at: u64, charge: PerMeasure<u64>) {
        match self
            .closed
            .iter_mut()
            .find(|used| used.at / 1_000 == at / 1_000)
        {
            // One entry a second keeps the file small; the later instant keeps the promise.
            Some(used) => {
                used.at = used.at.max(at);
                used.charge.add(&charge);
            }
            None => self.closed.push(Closed { at, charge }),
        }
    }

    fn spend(&mut self, at: u64, tokens: u64, micros: u64) {
        let day = day_of(at);
        if !self.days.iter().any(|spent| spent.day == day) {
            if self.days.len() >= DAYS {
                self.days.remove(0);
            }
            self.days.push(Spent {
                day,
                ..Spent::default()
            });
        }
        for spent in self.days.iter_mut().filter(|spent| spent.day == day) {
            spent.tokens = spent.tokens.saturating_add(tokens);
            spent.micros = spent.micros.saturating_add(micros);
        }
    }

    /// Follows what requests turn out to be: up at once, for too low an estimate breaks a limit, and
    /// down by and by, for too high a one only makes others wait.
    #[expect(clippy::cast_precision_loss, reason = "a share of tokens")]
    fn correct(&mut self, used: &Used) {
        if used.estimated_input == 0 || used.input_tokens == 0 {
            return;
        }
        let share = used.input_tokens as f64 / used.estimated_input as f64;
        let before = self.correction();
        let after = if share > before {
            share
        } else {
            before + (share - before) * DOWNWARD
        };
        self.correction = Some(after.clamp(CORRECTIONS.0, CORRECTIONS.1));
    }
}

/// Corrections that are believed.
const CORRECTIONS: (f64, f64) = (0.25, 4.0);
/// Weight of a request that was smaller than estimated.
const DOWNWARD: f64 = 0.1;

/// Returns how long what others used counts: until the provider's limit is whole again.
fn renewal(bucket: &Bucket, now: u64) -> u64 {
    let reset = bucket
        .reset
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let wait = reset.map_or(WINDOW, |at| millis(at).saturating_sub(now));
    // The provider's clock is another one, and it tells seconds.
    wait.saturating_add(1_000).clamp(2_000, WINDOW)
}

/// Returns the UTC day of an instant.
pub(super) fn day_of(instant: u64) -> u64 {
    instant / DAY
}

/// Returns how long it is to the next UTC day.
pub(super) fn rest_of_day(now: u64) -> Duration {
    Duration::from_millis(DAY - now % DAY)
}

/// Returns an instant as it is kept.
pub(super) fn instant(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, millis)
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Limit {
    /// Says whether a request fits beside what this machine and what others used.
    pub(super) fn fits(&self, need: u64, ours: u64, others: u64) -> bool {
        let used = match self.origin {
            Origin::Set => ours,
            Origin::Told | Origin::Guessed => ours.saturating_add(others),
        };
        let alone = self.origin == Origin::Guessed && used == 0;
        alone || used.saturating_add(need) <= self.most
    }
}
