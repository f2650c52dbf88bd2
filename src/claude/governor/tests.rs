//! Tests of the shared limits.

mod file;
mod learning;
mod processes;
mod properties;
mod provider;
mod turns;
mod waiting;

use std::{
    pin::pin,
    sync::{Arc, Mutex, atomic::AtomicU64},
    time::{Duration, UNIX_EPOCH},
};

use futures::{FutureExt, future::BoxFuture};
use tokio::sync::oneshot;

use super::{
    Bucket, Governor, Learned, Need, Ordering, Used,
    state::State,
    time::Time,
    turn::{Asker, Turn},
};
use crate::claude::{ClaudeError, ClaudeErrorKind, GovernorSettings};

/// An instant at noon of a UTC day.
const NOON: u64 = 1_700_006_400_000 / DAY * DAY + DAY / 2;
const DAY: u64 = 86_400_000;

fn need(input_tokens: u64, output_tokens: u64) -> Need {
    Need {
        input_tokens,
        output_tokens,
        micros: 0,
    }
}

fn used(input_tokens: u64, output_tokens: u64) -> Used {
    Used {
        input_tokens,
        output_tokens,
        micros: 0,
        estimated_input: 0,
    }
}

/// Limits that are wide, but for those that a test sets.
fn wide() -> GovernorSettings {
    GovernorSettings {
        requests_per_minute: Some(1_000_000),
        input_tokens_per_minute: Some(1_000_000_000),
        output_tokens_per_minute: Some(1_000_000_000),
        longest_wait: Duration::from_hours(1),
        ..GovernorSettings::default()
    }
}

fn told(limit: u64, remaining: u64, reset: u64) -> Bucket {
    Bucket {
        limit: Some(limit),
        remaining: Some(remaining),
        reset: Some(UNIX_EPOCH + Duration::from_millis(reset)),
    }
}

/// Asks at an instant, with any patience.
fn ask(
    state: &mut State,
    settings: &GovernorSettings,
    id: u64,
    need: Need,
    now: u64,
) -> Result<Turn, ClaudeError> {
    let asker = Asker {
        id,
        need,
        patience: settings.longest_wait,
    };
    state.advance(now);
    state.turn(&asker, settings, now)
}

/// Time that passes when a test says so.
#[derive(Default)]
struct FakeTime {
    now: AtomicU64,
    sleepers: Mutex<Vec<(u64, oneshot::Sender<()>)>>,
}

impl FakeTime {
    fn at(now: u64) -> Arc<Self> {
        let time = Self::default();
        time.now.store(now, Ordering::SeqCst);
        Arc::new(time)
    }

    /// Runs a future to its end; time passes whenever all that is left to do is to wait.
    async fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        loop {
            for _ in 0..200 {
                if let Some(result) = future.as_mut().now_or_never() {
                    return result;
                }
                tokio::task::yield_now().await;
            }
            self.wake_next();
        }
    }

    fn wake_next(&self) {
        let mut sleepers = self.sleepers.lock().unwrap();
        let next = sleepers.iter().map(|(at, _)| *at).min().expect("a sleeper");
        self.now.fetch_max(next, Ordering::SeqCst);
        let due: Vec<_> = sleepers.extract_if(.., |(at, _)| *at <= next).collect();
        for (_, waker) in due {
            // A sleeper that is gone needs no waking.
            waker.send(()).unwrap_or_default();
        }
    }
}

impl Time for FakeTime {
    fn now(&self) -> u64 {
        self.now.load(Ordering::SeqCst)
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let at = self.now() + u64::try_from(wait.as_millis()).unwrap();
        let (waker, woken) = oneshot::channel();
        self.sleepers.lock().unwrap().push((at, waker));
        Box::pin(woken.map(|_| ()))
    }
}

fn governor(settings: GovernorSettings, time: &Arc<FakeTime>) -> Governor {
    Governor::in_time(settings, "test", Arc::clone(time) as Arc<dyn Time>)
}
