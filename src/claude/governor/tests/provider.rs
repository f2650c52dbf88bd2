//! Two providers as they count, written apart from the governor: neither may refuse what the
//! governor lets through.

use super::*;

/// Counts tokens.
pub(super) enum Provider {
    /// A bucket that refills all the time and gets nothing back.
    Bucket { limit: f64, level: f64, at: u64 },
    /// Minutes that begin at `offset` after a full one.
    Minutes {
        limit: u64,
        offset: u64,
        minute: u64,
        used: u64,
    },
}

impl Provider {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    pub(super) fn bucket(limit: u64) -> Self {
        Self::Bucket {
            limit: limit as f64,
            level: limit as f64,
            at: 0,
        }
    }

    pub(super) fn minutes(limit: u64, offset: u64) -> Self {
        Self::Minutes {
            limit,
            offset,
            minute: 0,
            used: 0,
        }
    }

    /// Lets a request in, or refuses it; what it says of its limit comes with either.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small numbers"
    )]
    pub(super) fn ask(&mut self, tokens: u64, now: u64) -> (bool, Bucket) {
        match self {
            Self::Bucket { limit, level, at } => {
                let rate = *limit / 60_000.0;
                *level = limit.min(*level + rate * (now - *at) as f64);
                *at = now;
                let fits = *level >= tokens as f64;
                if fits {
                    *level -= tokens as f64;
                }
                let reset = now + ((*limit - *level) / rate) as u64;
                (fits, told(*limit as u64, *level as u64, reset))
            }
            Self::Minutes {
                limit,
                offset,
                minute,
                used,
            } => {
                let this = (now + *offset) / 60_000;
                if this != *minute {
                    *minute = this;
                    *used = 0;
                }
                let fits = *used + tokens <= *limit;
                if fits {
                    *used += tokens;
                }
                let reset = (this + 1) * 60_000 - *offset;
                (fits, told(*limit, *limit - *used, reset))
            }
        }
    }
}

#[test]
fn the_providers_do_refuse() {
    for mut provider in [Provider::bucket(1_000), Provider::minutes(1_000, 7)] {
        assert!(provider.ask(600, NOON).0);
        assert!(!provider.ask(600, NOON + 1).0);
        assert!(provider.ask(600, NOON + 61_000).0);
    }
}
