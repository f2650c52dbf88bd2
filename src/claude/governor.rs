//! The limits of a model, shared by all processes of the user on this machine: requests and tokens
//! a minute, tokens and money a day.
//!
//! A call reserves what it may need, waits for its turn, and settles what it used. A wait that is
//! longer than the user wants to wait is refused with the time at which to ask again.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::{ClaudeError, GovernorSettings};
use limits::Origin;
use measure::{Measure, PerMeasure};
use store::Store;
use time::{MachineTime, Time};
use turn::{Asker, Turn};

mod limits;
mod measure;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod time;
mod turn;

/// Gives calls their turn. Clones share everything, and so do all who name the same folder and
/// account.
#[derive(Debug, Clone)]
pub(super) struct Governor {
    store: Arc<Store>,
}

/// What a call needs at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Need {
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    /// Price in micro-dollars.
    pub(super) micros: u64,
}

/// What a call used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Used {
    /// Input, cached or not.
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    /// Price in micro-dollars.
    pub(super) micros: u64,
    /// Input as it was estimated, without correction; 0 where there was no estimate.
    pub(super) estimated_input: u64,
}

/// What the provider says of the account's limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Learned {
    pub(super) requests: Bucket,
    pub(super) input_tokens: Bucket,
    pub(super) output_tokens: Bucket,
    /// Both together (`anthropic-ratelimit-tokens-*`).
    pub(super) tokens: Bucket,
}

/// A limit a minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) limit: Option<u64>,
    pub(super) remaining: Option<u64>,
    /// When all of it is there again.
    pub(super) reset: Option<SystemTime>,
}

/// A turn that has come. Dropped without [`Governor::settle`], it counts as a call that used all
/// it might have: it may have reached the provider.
#[derive(Debug)]
pub(super) struct Reservation {
    store: Arc<Store>,
    id: u64,
    need: Need,
    /// Whether the turn has come.
    begun: bool,
    /// Whether nothing is left to be done.
    done: Arc<AtomicBool>,
}

impl Governor {
    /// Returns the governor of an account: a stable name, without secrets, of a route, a key and a
    /// model. Reads and writes nothing yet.
    pub(super) fn new(settings: GovernorSettings, account: &str) -> Self {
        Self::in_time(settings, account, Arc::new(MachineTime))
    }

    fn in_time(settings: GovernorSettings, account: &str, time: Arc<dyn Time>) -> Self {
        Self {
            store: Arc::new(Store::new(settings, account, time)),
        }
    }

    /// Waits for a turn; `on_wait` is told how long, and again where that changes.
    pub(super) async fn reserve(
        &self,
        need: &Need,
        on_wait: &(dyn Fn(Duration) + Send + Sync),
    ) -> Result<Reservation, ClaudeError> {
        let longest = self.store.settings().longest_wait;
        let mut reservation = Reservation::new(&self.store, need);
        let mut patience = longest;
        let mut waited = Duration::ZERO;
        loop {
            match reservation.ask(patience).await? {
                Turn::Now => {
                    reservation.begun = true;
                    return Ok(reservation);
                }
                Turn::After(wait) => {
                    on_wait(wait);
                    self.store.time().sleep(wait).await;
                    waited += wait;
                }
            }
            patience = longest.saturating_sub(waited) + GRACE;
        }
    }

    /// Books what a call used; `None` for a call that came to nothing and cost nothing.
    pub(super) async fn settle(&self, reservation: Reservation, used: Option<Used>) {
        let (id, need) = (reservation.id, reservation.need);
        let done = Arc::clone(&reservation.done);
        // Whoever sets `done` books: this, or the drop of a reservation whose settling was given up.
        let settle = move |state: &mut state::State, now| {
            if !done.swap(true, Ordering::Relaxed) {
                state.settle(id, &need, used.as_ref(), now);
            }
        };
        reservation.store.change(settle).await;
    }

    /// Takes in what the provider says of its limits.
    pub(super) async fn learn(&self, learned: &Learned) {
        let learned = *learned;
        if Measure::ALL
            .iter()
            .all(|measure| learned.bucket(*measure).limit.is_none())
        {
            return;
        }
        self.store
            .change(move |state, now| state.learn(&learned, now))
            .await;
    }

    /// Has everybody wait, for the provider said so.
    pub(super) async fn pause(&self, wait: Duration) {
        self.store
            .change(move |state, now| state.pause(wait, now))
            .await;
    }

    /// Returns by how much estimates of input have to be multiplied.
    pub(super) fn correction(&self) -> f64 {
        self.store.seen().correction()
    }

    /// Says whether a call needs more than half of a minute's limit, or of what is left of a day's.
    pub(super) fn is_near_cap(&self, need: &Need) -> bool {
        let state = self.store.seen();
        let settings = self.store.settings();
        let charge = need.charge();
        let mut limits = state.limits(settings).into_iter();
        let minute = limits.any(|limit| {
            limit.measure != Measure::Requests
                && limit.origin != Origin::Guessed
                && *charge.get(limit.measure) > limit.most / 2
        });
        let spent = state.spent_today();
        let over = |cap: Option<u64>, spent: u64, need: u64| {
            cap.is_some_and(|cap| need > cap.saturating_sub(spent) / 2)
        };
        minute
            || over(settings.tokens_per_day, spent.tokens, need.tokens())
            || over(settings.micros_per_day, spent.micros, need.micros)
    }
}

/// What a wait may be longer than it was said to be, once a place was given: clocks are not exact.
const GRACE: Duration = Duration::from_secs(1);

impl Reservation {
    fn new(store: &Arc<Store>, need: &Need) -> Self {
        Self {
            store: Arc::clone(store),
            // Of its own in all processes; a counter would begin anew with a lost file.
            id: RandomState::new().build_hasher().finish(),
            need: *need,
            begun: false,
            done: Arc::new(AtomicBool::new(false)),
        }
    }

    async fn ask(&self, patience: Duration) -> Result<Turn, ClaudeError> {
        let settings = self.store.settings().clone();
        let asker = Asker {
            id: self.id,
            need: self.need,
            patience,
        };
        let done = Arc::clone(&self.done);
        let ask = move |state: &mut state::State, now| {
            // Given up while the lock was waited for: a place would stay taken.
            if done.load(Ordering::Relaxed) {
                return Ok(Turn::After(Duration::ZERO));
            }
            let turn = state.turn(&asker, &settings, now);
            if turn.is_err() {
                done.store(true, Ordering::Relaxed);
            }
            turn
        };
        self.store.change(ask).await
    }
}

impl Drop for Reservation {
    /// Gives back what was not used, or books what may have been. The wait for the lock is short,
    /// and where it is not, the turn runs into its deadline.
    fn drop(&mut self) {
        if self.done.swap(true, Ordering::Relaxed) {
            return;
        }
        let (id, need) = (self.id, self.need);
        if self.begun {
            let used = need.used();
            self.store
                .change_in_haste(|state, now| state.settle(id, &need, Some(&used), now));
        } else {
            self.store.change_in_haste(|state, _| {
                state.withdraw(id);
            });
        }
    }
}

impl Need {
    /// Returns input and output.
    fn tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }

    fn charge(&self) -> PerMeasure<u64> {
        PerMeasure {
            requests: 1,
            input: self.input_tokens,
            output: self.output_tokens,
            both: self.tokens(),
        }
    }

    /// Returns what was used where nobody can say: all of it.
    fn used(&self) -> Used {
        Used {
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            micros: self.micros,
            estimated_input: 0,
        }
    }
}

impl Used {
    /// Returns input and output.
    fn tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}

impl Learned {
    fn bucket(&self, measure: Measure) -> Bucket {
        match measure {
            Measure::Requests => self.requests,
            Measure::Input => self.input_tokens,
            Measure::Output => self.output_tokens,
            Measure::Both => self.tokens,
        }
    }
}
