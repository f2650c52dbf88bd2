//! How long a call may take and how often it is tried.

use std::time::Duration;

use aws_config::{retry::RetryConfig, timeout::TimeoutConfig};

/// Time and attempts of a call.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    /// Longest time to connect.
    pub(super) connect: Duration,
    /// Longest time for one attempt; the SDK itself would wait for ever.
    pub(super) attempt: Duration,
    /// Longest time for a call with all its attempts.
    pub(super) operation: Duration,
    /// Attempts of a call.
    pub(super) attempts: u32,
    /// Wait before the second attempt; later ones wait longer.
    pub(super) first_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            attempt: Duration::from_secs(20),
            operation: Duration::from_mins(1),
            attempts: 5,
            first_wait: Duration::from_secs(1),
        }
    }
}

impl Limits {
    pub(super) fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.operation)
            .build()
    }

    pub(super) fn retries(&self) -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(self.attempts)
            .with_initial_backoff(self.first_wait)
    }
}
