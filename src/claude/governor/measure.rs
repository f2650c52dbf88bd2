//! What a provider limits by the minute.

use serde::{Deserialize, Serialize};

/// One of the things that are limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Requests.
    Requests,
    /// Input tokens.
    Input,
    /// Output tokens.
    Output,
    /// Input and output tokens together: what proxies count, and some workspaces.
    Both,
}

impl Measure {
    pub(super) const ALL: [Self; 4] = [Self::Requests, Self::Input, Self::Output, Self::Both];
    pub(super) const TOKENS: [Self; 3] = [Self::Input, Self::Output, Self::Both];

    /// Returns the unit, for people.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Input => "input tokens",
            Self::Output => "output tokens",
            Self::Both => "tokens in and out",
        }
    }
}

/// A value for each of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PerMeasure<T> {
    pub(super) requests: T,
    pub(super) input: T,
    pub(super) output: T,
    pub(super) both: T,
}

impl<T> PerMeasure<T> {
    pub(super) fn get(&self, measure: Measure) -> &T {
        match measure {
            Measure::Requests => &self.requests,
            Measure::Input => &self.input,
            Measure::Output => &self.output,
            Measure::Both => &self.both,
        }
    }

    pub(super) fn get_mut(&mut self, measure: Measure) -> &mut T {
        match measure {
            Measure::Requests => &mut self.requests,
            Measure::Input => &mut self.input,
            Measure::Output => &mut self.output,
            Measure::Both => &mut self.both,
        }
    }
}

impl PerMeasure<u64> {
    pub(super) fn add(&mut self, other: &Self) {
        for measure in Measure::ALL {
            let value = self.get_mut(measure);
            *value = value.saturating_add(*other.get(measure));
        }
    }

    pub(super) fn subtract(&mut self, other: &Self) {
        for measure in Measure::ALL {
            let value = self.get_mut(measure);
            *value = value.saturating_sub(*other.get(measure));
        }
    }
}
