//! The time of day, injected so that tests decide what is a closed month.

use std::fmt;

use jiff::Timestamp;

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the present instant.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
