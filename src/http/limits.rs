//! How much one caller may ask: so often in a minute, and so much at once. Others are not made to
//! wait for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::HashMapStateStore,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout, timeout_at},
};

use super::{Caller, Deadline, Front, HttpError, HttpSettings, stream::hold_to_its_end};
use crate::service::ErrorCode;

/// How long a request waits for its turn.
const TURN: Duration = Duration::from_secs(30);
/// Requests of a caller that may wait, or be on their way: each holds as much as a body.
const WAITING: usize = 256;
/// Callers that are told apart; what is kept of those who went away is dropped beyond.
const KNOWN_CALLERS: usize = 10_000;
/// Kept free before a deadline, to send the answer.
const TO_ANSWER: Duration = Duration::from_secs(1);

type Rates = RateLimiter<Caller, HashMapStateStore<Caller>, DefaultClock>;

/// The limits, and what each caller has of them.
#[derive(Debug)]
pub(super) struct Limits {
    rates: Option<Rates>,
    turns: Mutex<HashMap<Caller, Turns>>,
    at_once: usize,
    /// How long a request waits for its turn.
    patience: Duration,
}

/// What a caller has.
#[derive(Debug, Clone)]
struct Turns {
    /// Requests that may be worked on.
    running: Arc<Semaphore>,
    /// Requests that may be there, running or waiting.
    present: Arc<Semaphore>,
}

impl Limits {
    pub(super) fn of(settings: &HttpSettings) -> Self {
        let quota = settings.requests_per_minute.map(Quota::per_minute);
        Self {
            rates: quota.map(RateLimiter::hashmap),
            turns: Mutex::default(),
            at_once: settings.at_once,
            patience: TURN,
        }
    }

    /// Counts a request; the error is in how many seconds the next one may come.
    fn count(&self, caller: &Caller) -> Result<(), u64> {
        let Some(rates) = &self.rates else {
            return Ok(());
        };
        if rates.len() > KNOWN_CALLERS {
            rates.retain_recent();
        }
        rates.check_key(caller).map_err(|early| {
            let wait = early.wait_time_from(DefaultClock::default().now());
            wait.as_secs() + 1
        })
    }

    /// Lets a request in that may wait for its turn; `None` where too many wait.
    fn let_in(&self, caller: &Caller) -> Option<OwnedSemaphorePermit> {
        self.turns_of(caller).present.try_acquire_owned().ok()
    }

    /// Waits for a turn.
    async fn turn(&self, caller: &Caller) -> Option<OwnedSemaphorePermit> {
        let running = self.turns_of(caller).running;
        let turn = timeout(self.patience, running.acquire_owned());
        turn.await.ok()?.ok()
    }

    fn turns_of(&self, caller: &Caller) -> Turns {
        let mut all = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() > KNOWN_CALLERS {
            all.retain(|_, turns| turns.running.available_permits() < self.at_once);
        }
        let turns = all.entry(caller.clone()).or_insert_with(|| Turns {
            running: Arc::new(Semaphore::new(self.at_once)),
            present: Arc::new(Semaphore::new(self.at_once + WAITING)),
        });
        turns.clone()
    }
}

fn caller_of(request: &Request) -> Caller {
    let caller = request.extensions().get::<Caller>().cloned();
    caller.unwrap_or_else(|| Caller::at(None))
}

/// Lets a request in, before its body is read: one of so many in a minute, and of so many that are
/// there.
pub(super) async fn admit(State(front): State<Front>, request: Request, next: Next) -> Response {
    let (caller, limits) = (caller_of(&request), &front.0.limits);
    if let Err(seconds) = limits.count(&caller) {
        let message = format!("{} has asked too often", caller.name());
        return HttpError::new(ErrorCode::RateLimited, message)
            .retry_after(seconds)
            .into_response();
    }
    let Some(_present) = limits.let_in(&caller) else {
        let message = format!("too many requests of {} wait", caller.name());
        return HttpError::new(ErrorCode::Busy, message)
            .retry_after(1)
            .into_response();
    };
    next.run(request).await
}

/// Runs a request when it is its caller's turn.
pub(super) async fn bound(State(front): State<Front>, request: Request, next: Next) -> Response {
    let (caller, limits) = (caller_of(&request), &front.0.limits);
    let Some(turn) = limits.turn(&caller).await else {
        let message = format!(
            "{} has {} requests running, and none has ended within {TURN:?}",
            caller.name(),
            limits.at_once
        );
        return HttpError::new(ErrorCode::Busy, message)
            .retry_after(TURN.as_secs())
            .into_response();
    };
    let deadline = request.extensions().get::<Deadline>().copied();
    let response = run(request, next, deadline).await;
    hold_to_its_end(response, turn)
}

async fn run(request: Request, next: Next, deadline: Option<Deadline>) -> Response {
    let Some(Deadline(at)) = deadline else {
        return next.run(request).await;
    };
    let until = at.checked_sub(TO_ANSWER).unwrap_or_else(Instant::now);
    let whole = async { gathered(next.run(request).await).await };
    timeout_at(until, whole).await.unwrap_or_else(|_| {
        let message = "the time that this request had is over";
        HttpError::new(ErrorCode::TimeLimit, message).into_response()
    })
}

/// Makes a response whole that comes in pieces.
async fn gathered(response: Response) -> Response {
    use http_body_util::BodyExt as _;
    let (head, body) = response.into_parts();
    match body.collect().await {
        Ok(body) => Response::from_parts(head, axum::body::Body::from(body.to_bytes())),
        Err(error) => {
            tracing::warn!(%error, "an answer broke off");
            HttpError::new(ErrorCode::Internal, "the answer broke off").into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::http::{Access, AllowedHosts, AllowedOrigins};

    fn limits(per_minute: Option<u32>, at_once: usize) -> Limits {
        let none: [&str; 0] = [];
        Limits::of(&HttpSettings {
            access: Access::default(),
            hosts: AllowedHosts::new(&none).unwrap(),
            origins: AllowedOrigins::new(&none).unwrap(),
            requests_per_minute: per_minute.and_then(NonZeroU32::new),
            at_once,
            public_url: None,
        })
    }

    #[test]
    fn one_caller_s_requests_are_not_counted_to_another() {
        let limits = limits(Some(3), 1);
        let (a, b) = (Caller::named("a"), Caller::named("b"));
        for _ in 0..3 {
            assert_eq!(limits.count(&a), Ok(()));
        }
        let seconds = limits.count(&a).unwrap_err();
        // Three a minute are one in twenty seconds.
        assert!((1..=21).contains(&seconds), "{seconds}");
        assert_eq!(limits.count(&b), Ok(()));
    }

    #[tokio::test]
    async fn a_caller_waits_for_its_own_requests_only() {
        let mut limits = limits(None, 1);
        limits.patience = Duration::from_millis(20);
        let (a, b) = (Caller::named("a"), Caller::named("b"));
        let first = limits.turn(&a).await;
        assert!(first.is_some());
        assert!(limits.turn(&b).await.is_some());
        assert!(limits.turn(&a).await.is_none());
        let waiting: Vec<_> = (0..=WAITING).map(|_| limits.let_in(&a)).collect();
        assert!(waiting.iter().all(Option::is_some));
        assert!(limits.let_in(&a).is_none() && limits.let_in(&b).is_some());
        drop(first);
        assert!(limits.turn(&a).await.is_some());
    }
}
