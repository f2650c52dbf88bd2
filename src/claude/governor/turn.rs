//! When a request has its turn.

use std::time::Duration;

use super::{
    Need,
    limits::{self, Limit, Origin},
    measure::{Measure, PerMeasure},
    state::{Open, State, WINDOW, rest_of_day},
};
use crate::claude::{ClaudeError, ClaudeErrorKind, GovernorSettings};

/// Turns that are kept at most: the state is read and written whole.
const OPEN: usize = 1_000;

/// What a request that asks for its turn is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It has begun.
    Now,
    /// It comes after a wait, and is to be asked for again then.
    After(Duration),
}

/// Who asks for a turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker {
    pub(super) id: u64,
    pub(super) need: Need,
    /// How long it waits yet.
    pub(super) patience: Duration,
}

impl State {
    /// Gives a request its turn. Who asks first has it first, and nobody has one before an earlier
    /// one: a large request is not overtaken for ever by small ones.
    ///
    /// A request that is told to wait holds its place and asks again: meanwhile the provider may
    /// have told other limits or a pause, or the wait took longer than it should have.
    pub(super) fn turn(
        &mut self,
        asker: &Asker,
        settings: &GovernorSettings,
        now: u64,
    ) -> Result<Turn, ClaudeError> {
        let given = self.give_turn(asker, settings, now);
        if given.is_err() {
            self.withdraw(asker.id);
        }
        given
    }

    fn give_turn(
        &mut self,
        asker: &Asker,
        settings: &GovernorSettings,
        now: u64,
    ) -> Result<Turn, ClaudeError> {
        let limits = self.limits(settings);
        limits::check_size(&asker.need, &limits)?;
        let place = self.open.iter().position(|turn| turn.id == asker.id);
        if place.is_none() && self.open.len() >= OPEN {
            return Err(too_many());
        }
        let ahead = place.unwrap_or(self.open.len());
        let (start, reason) = self.earliest(&asker.need, ahead, &limits, now);
        self.check_day(asker, settings, start, now)?;
        let wait = Duration::from_millis(start.saturating_sub(now));
        if wait > asker.patience {
            return Err(reason.refusal(wait));
        }
        let turn = Open {
            id: asker.id,
            start,
            begun: wait.is_zero(),
            need: asker.need,
        };
        match self.open.get_mut(ahead) {
            Some(known) => *known = turn,
            None => self.open.push(turn),
        }
        Ok(if turn.begun {
            Turn::Now
        } else {
            Turn::After(wait)
        })
    }

    /// Returns when a request can begin, and what it waits for, beside the turns that have begun
    /// and those that are ahead of it.
    fn earliest(&self, need: &Need, ahead: usize, limits: &[Limit], now: u64) -> (u64, Reason) {
        let mut start = now.max(self.paused_until);
        let mut reason = Reason::Pause;
        for turn in self.open.iter().take(ahead).filter(|turn| !turn.begun) {
            if turn.start > start {
                start = turn.start;
                reason = Reason::Queue;
            }
        }
        let need = need.charge();
        let mut leaving = self.leaving(ahead, start);
        let mut used = Load::default();
        for (_, load) in &leaving {
            used.ours.add(&load.ours);
            used.others.add(&load.others);
        }
        leaving.sort_by_key(|(at, _)| *at);
        for (at, load) in leaving {
            let full = limits.iter().find(|limit| {
                let measure = limit.measure;
                !limit.fits(
                    *need.get(measure),
                    *used.ours.get(measure),
                    *used.others.get(measure),
                )
            });
            let Some(full) = full else {
                break;
            };
            used.ours.subtract(&load.ours);
            used.others.subtract(&load.others);
            start = start.max(at);
            reason = Reason::Full(*full);
        }
        (start, reason)
    }

    /// Returns what counts at an instant, with the instants at which it no longer does.
    fn leaving(&self, ahead: usize, instant: u64) -> Vec<(u64, Load)> {
        let ours = |at: u64, ours| {
            let load = Load {
                ours,
                others: PerMeasure::default(),
            };
            (at.saturating_add(WINDOW), load)
        };
        let closed = self.closed.iter().map(|used| ours(used.at, used.charge));
        let turns = self.open.iter().enumerate();
        let counted = turns.filter(|(place, turn)| turn.begun || *place < ahead);
        let open = counted.map(|(_, turn)| ours(turn.start, turn.need.charge()));
        let others = Measure::ALL.map(|measure| {
            let others = self.others.get(measure);
            let mut load = Load::default();
            *load.others.get_mut(measure) = others.amount;
            (others.until, load)
        });
        let all = closed.chain(open).chain(others);
        all.filter(|(at, _)| *at > instant).collect()
    }

    /// Fails where a day's cap would be exceeded if all that is under way used what it may.
    fn check_day(
        &self,
        asker: &Asker,
        settings: &GovernorSettings,
        start: u64,
        now: u64,
    ) -> Result<(), ClaudeError> {
        let spent = self.spent(start, asker.id);
        let caps = [
            (
                "tokens",
                settings.tokens_per_day,
                spent.tokens,
                asker.need.tokens(),
            ),
            (
                "micro-dollars",
                settings.micros_per_day,
                spent.micros,
                asker.need.micros,
            ),
        ];
        for (unit, cap, spent, need) in caps {
            let Some(cap) = cap.filter(|cap| spent.saturating_add(need) > *cap) else {
                continue;
            };
            let left = cap.saturating_sub(spent);
            if need > cap {
                let message = format!(
                    "the request may take {need} {unit}, and the cap is {cap} a day; ask about \
                     less or raise the cap"
                );
                return Err(ClaudeError::new(ClaudeErrorKind::DailyCap, message));
            }
            let wait = Duration::from_millis(start.saturating_sub(now)) + rest_of_day(start);
            let message = format!(
                "the request may take {need} {unit}, and {left} are left of the {cap} a day \
                 (UTC); ask again in {} or raise the cap",
                spoken(wait)
            );
            return Err(ClaudeError::new(ClaudeErrorKind::DailyCap, message).with_wait(wait));
        }
        Ok(())
    }
}

/// What counts against the limits.
#[derive(Debug, Clone, Copy, Default)]
struct Load {
    ours: PerMeasure<u64>,
    others: PerMeasure<u64>,
}

/// What a request waits for.
#[derive(Debug, Clone, Copy)]
enum Reason {
    /// The provider wants to be left alone.
    Pause,
    /// Others asked first.
    Queue,
    /// A limit is used up.
    Full(Limit),
}

impl Reason {
    fn refusal(self, wait: Duration) -> ClaudeError {
        let why = match self {
            Self::Pause => "the provider asked for a pause".to_owned(),
            Self::Queue => "earlier requests wait for their turn".to_owned(),
            Self::Full(limit) => {
                let whose = match limit.origin {
                    Origin::Set => "that were set",
                    Origin::Told => "of the provider",
                    Origin::Guessed => "taken to be allowed until the provider tells",
                };
                let unit = limit.measure.unit();
                format!("the {} {unit} a minute {whose} are used up", limit.most)
            }
        };
        let message = format!("{why}; ask again in {}", spoken(wait));
        ClaudeError::new(ClaudeErrorKind::MustWait, message).with_wait(wait)
    }
}

fn too_many() -> ClaudeError {
    let wait = Duration::from_millis(WINDOW);
    let message = format!(
        "{OPEN} requests wait or are under way; ask again in {}",
        spoken(wait)
    );
    ClaudeError::new(ClaudeErrorKind::MustWait, message).with_wait(wait)
}

/// Returns a wait in words, rounded up.
fn spoken(wait: Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let minutes = seconds.div_ceil(60);
    match seconds {
        0..=120 => format!("{seconds} s"),
        121..=7_200 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}
