//! The time that turns are given in, so that tests need not wait for minutes.

use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;

use super::state;

/// Tells the time and lets it pass.
pub(super) trait Time: Send + Sync {
    /// Returns the milliseconds since 1970.
    fn now(&self) -> u64;

    /// Waits.
    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's time: the one clock that processes share.
#[derive(Debug, Clone, Copy)]
pub(super) struct MachineTime;

impl Time for MachineTime {
    fn now(&self) -> u64 {
        state::instant(SystemTime::now())
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(wait))
    }
}
