//! How often a request is made, and when again.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    ClaudeError, ClaudeErrorKind,
    failure::{Again, Failure},
};

/// Times and counts of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Longest time to connect.
    pub(super) connect: Duration,
    /// Longest silence within an answer; the API sends a sign of life more often.
    pub(super) idle: Duration,
    /// Longest time for a count of tokens: it only sharpens an estimate.
    pub(super) count: Duration,
    /// Further tries at most.
    pub(super) tries: u32,
    /// Wait before the first further try; doubled for each one after it.
    pub(super) first_wait: Duration,
    /// Longest of these waits.
    pub(super) longest_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            idle: Duration::from_secs(30),
            count: Duration::from_secs(5),
            tries: 2,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(8),
        }
    }
}

/// The tries of one call.
#[derive(Debug)]
pub(super) struct Tries {
    limits: Limits,
    deadline: Instant,
    repeated: u32,
    renewed: bool,
}

/// What comes after a failed try.
#[derive(Debug)]
pub(super) enum Next {
    /// Another one, after a wait.
    After(Duration),
    /// Another one at once, with AWS credentials that were looked for anew.
    WithNewCredentials,
}

impl Tries {
    pub(super) fn new(limits: Limits, deadline: Instant) -> Self {
        Self {
            limits,
            deadline,
            repeated: 0,
            renewed: false,
        }
    }

    /// Says what comes after a failed try; the error, where there is no other one.
    pub(super) fn next(&mut self, failure: Failure) -> Result<Next, ClaudeError> {
        match failure.again {
            Again::WithNewCredentials if !self.renewed => {
                self.renewed = true;
                Ok(Next::WithNewCredentials)
            }
            Again::After(said) if self.repeated < self.limits.tries => {
                let wait = said.unwrap_or_else(|| self.pause());
                if wait >= self.deadline.saturating_duration_since(Instant::now()) {
                    return Err(failure.error);
                }
                self.repeated += 1;
                let kind: ClaudeErrorKind = failure.error.kind();
                tracing::debug!(?kind, ?wait, "asking the model again: {}", failure.error);
                Ok(Next::After(wait))
            }
            _ => Err(failure.error),
        }
    }

    /// Returns three quarters to all of a wait that doubles, at random: those who failed together
    /// should not come back together.
    fn pause(&self) -> Duration {
        let factor = 2_u32.saturating_pow(self.repeated);
        let most = self.limits.first_wait.saturating_mul(factor);
        let most = most.min(self.limits.longest_wait);
        let random = RandomState::new().build_hasher().finish() % 1_000;
        let off = most / 4 * u32::try_from(random).unwrap_or_default() / 1_000;
        most.saturating_sub(off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut tries = Tries::new(Limits::default(), Instant::now());
        for (repeated, millis) in [(0, 500), (1, 1_000), (3, 4_000), (4, 8_000), (40, 8_000)] {
            tries.repeated = repeated;
            for _ in 0..50 {
                let wait = tries.pause();
                let most = Duration::from_millis(millis);
                assert!(wait <= most && wait >= most * 3 / 4, "{repeated}: {wait:?}");
            }
        }
    }

    #[test]
    fn a_wait_beyond_the_end_is_told_and_not_waited_for() {
        let deadline = Instant::now() + Duration::from_secs(10);
        let failure = |seconds| Failure {
            error: ClaudeError::new(ClaudeErrorKind::RateLimited, "wait"),
            again: Again::After(Some(Duration::from_secs(seconds))),
            may_cost: false,
        };
        let mut tries = Tries::new(Limits::default(), deadline);
        assert!(tries.next(failure(11)).is_err());
        assert!(tries.next(failure(2)).is_ok());
        assert!(tries.next(failure(2)).is_ok());
        assert!(tries.next(failure(2)).is_err(), "two further tries at most");
    }
}
