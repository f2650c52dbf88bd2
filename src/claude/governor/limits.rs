//! Which limits are in force: what the user set, and what the provider said or is taken to allow.

use super::{
    Need,
    measure::{Measure, PerMeasure},
};
use crate::claude::{ClaudeError, ClaudeErrorKind, GovernorSettings};

/// Requests a minute until the provider has said how many: what the lowest tier ever allowed, as
/// are the two that follow.
pub(super) const REQUESTS: u64 = 50;
/// Input tokens a minute until the provider has said how many.
pub(super) const INPUT_TOKENS: u64 = 40_000;
/// Output tokens a minute until the provider has said how many.
pub(super) const OUTPUT_TOKENS: u64 = 16_000;

/// A limit a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) measure: Measure,
    pub(super) most: u64,
    pub(super) origin: Origin,
}

/// Where a limit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The user: holds for this machine, whatever others use of the same account.
    Set,
    /// The provider: others count as well.
    Told,
    /// Taken to be the provider's: a request that is larger has a minute to itself, for what is
    /// not known must not refuse for ever what the provider may allow.
    Guessed,
}

/// Returns the limits in force. A measure can have two: the user's, which is never exceeded, and
/// the provider's, of which others have their part.
pub(super) fn in_force(settings: &GovernorSettings, told: &PerMeasure<Option<u64>>) -> Vec<Limit> {
    let limit = |measure, most: Option<u64>, origin| {
        most.map(|most| Limit {
            measure,
            most,
            origin,
        })
    };
    let mut limits = Vec::new();
    for measure in Measure::ALL {
        let most = *told.get(measure);
        limits.extend(limit(measure, set(settings, measure), Origin::Set));
        limits.extend(limit(measure, most, Origin::Told));
        if most.is_none() {
            limits.extend(limit(
                measure,
                guess(settings, told, measure),
                Origin::Guessed,
            ));
        }
    }
    limits
}

/// Fails with a request that no minute can hold.
pub(super) fn check_size(need: &Need, limits: &[Limit]) -> Result<(), ClaudeError> {
    let needed = need.charge();
    let exceeded = limits
        .iter()
        .find(|limit| limit.origin != Origin::Guessed && *needed.get(limit.measure) > limit.most);
    let Some(limit) = exceeded else {
        return Ok(());
    };
    let whose = match limit.origin {
        Origin::Set => "the limit that was set",
        Origin::Told | Origin::Guessed => "the provider's limit",
    };
    let message = format!(
        "the request may take {} {}, and {whose} is {} a minute; ask about less or raise the limit",
        needed.get(limit.measure),
        limit.measure.unit(),
        limit.most,
    );
    Err(ClaudeError::new(ClaudeErrorKind::TooLarge, message))
}

fn set(settings: &GovernorSettings, measure: Measure) -> Option<u64> {
    match measure {
        Measure::Requests => settings.requests_per_minute,
        Measure::Input => settings.input_tokens_per_minute,
        Measure::Output => settings.output_tokens_per_minute,
        Measure::Both => None,
    }
}

/// Returns what a measure of which the provider has said nothing is taken to allow.
fn guess(
    settings: &GovernorSettings,
    told: &PerMeasure<Option<u64>>,
    measure: Measure,
) -> Option<u64> {
    let silent = Measure::TOKENS.iter().all(|&m| told.get(m).is_none());
    let guess = match measure {
        Measure::Requests => REQUESTS,
        // A provider that speaks of some tokens has no other limits of tokens.
        _ if !silent => return None,
        Measure::Input => INPUT_TOKENS,
        Measure::Output => OUTPUT_TOKENS,
        // Some count both together. Until the first answer tells, both fit into the limit of one.
        Measure::Both => {
            return Some(settings.input_tokens_per_minute.unwrap_or(INPUT_TOKENS));
        }
    };
    // What the user set is better than a guess.
    set(settings, measure).is_none().then_some(guess)
}
