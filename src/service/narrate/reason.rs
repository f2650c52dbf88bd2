//! Why there is no narrative, and what to do about it: a fixed sentence for each kind of failure.

use std::time::Duration;

use crate::claude::{ClaudeError, ClaudeErrorKind};

/// Said of a month without items, of which nothing is to be told.
pub(super) const EMPTY: &str = "The month has no items: no model was asked.";
/// Said where nothing of the model's answer could be proved.
pub(super) const UNPROVED: &str = "No claim of the model could be proved, also at the second attempt. \
     Ask again, or have the operator name another --model.";
/// Said where too many narratives are being written.
pub(super) const BUSY: &str =
    "As many narratives as may be are being written. Ask again in a minute.";
/// Said where the writing ended without an outcome.
pub(super) const BROKEN_OFF: &str = "The writing was broken off. Ask again.";

/// Returns why a call gave no narrative, and what to do.
pub(super) fn why(error: &ClaudeError) -> String {
    let message = error.to_string();
    let message = message.trim_end_matches('.');
    let remedy = remedy(error.kind());
    match error.wait() {
        Some(wait) => format!("{message}. {remedy} Ask again in {}.", in_words(wait)),
        None => format!("{message}. {remedy}"),
    }
}

/// Returns what to do about a kind of failure.
pub(crate) fn remedy(kind: ClaudeErrorKind) -> &'static str {
    use ClaudeErrorKind as Kind;
    match kind {
        Kind::NoCredentials => {
            "Set ANTHROPIC_API_KEY, or use --provider bedrock with AWS credentials."
        }
        Kind::Authentication => {
            "Check ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN or AWS_BEARER_TOKEN_BEDROCK: the one in \
             use was refused."
        }
        Kind::Permission => {
            "Have this key or role allowed to use the model (on Bedrock: ask for access to it in the \
             Bedrock console), or name another with --model."
        }
        Kind::SpendLimit => "Raise the limit or settle the account in the provider's console.",
        Kind::RateLimited => "The provider asks to be asked less: wait a little.",
        Kind::MustWait => {
            "The limits a minute of this machine are used up: wait, or raise \
             --input-tokens-per-minute and the like."
        }
        Kind::DailyCap => "Wait until tomorrow (UTC), or raise --tokens-per-day and --usd-per-day.",
        Kind::ModelNotFound => {
            "Name a model that is in service with --model; `config-history doctor` tells about it."
        }
        Kind::TooLarge => "Lower --token-budget, or ask about one account or type.",
        Kind::InvalidRequest => {
            "Name another --model, or report this with the log at config_history=debug."
        }
        Kind::Refused => {
            "The model declined to word this month: use the digest, or another --model."
        }
        Kind::OutputLimit => "Lower --token-budget, or name another --model.",
        Kind::Unavailable => "The provider has trouble: ask again in a few minutes.",
        Kind::Network => "Check the network and --model-base-url, and ask again.",
        Kind::Timeout => "Ask again, or raise --model-timeout.",
        Kind::Malformed => "Check --model-base-url: what answers there is not the Messages API.",
    }
}

/// Returns a time in words: `4 min 12 s`.
pub(crate) fn in_words(wait: Duration) -> String {
    // Rounded up: who waits that long has waited long enough.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let parts = [(hours, "h"), (minutes, "min"), (seconds, "s")];
    let told: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .take(2)
        .map(|(n, unit)| format!("{n} {unit}"))
        .collect();
    if told.is_empty() {
        "a moment".to_owned()
    } else {
        told.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ClaudeErrorKind; 16] = [
        ClaudeErrorKind::NoCredentials,
        ClaudeErrorKind::Authentication,
        ClaudeErrorKind::Permission,
        ClaudeErrorKind::SpendLimit,
        ClaudeErrorKind::RateLimited,
        ClaudeErrorKind::MustWait,
        ClaudeErrorKind::DailyCap,
        ClaudeErrorKind::ModelNotFound,
        ClaudeErrorKind::TooLarge,
        ClaudeErrorKind::InvalidRequest,
        ClaudeErrorKind::Refused,
        ClaudeErrorKind::OutputLimit,
        ClaudeErrorKind::Unavailable,
        ClaudeErrorKind::Network,
        ClaudeErrorKind::Timeout,
        ClaudeErrorKind::Malformed,
    ];

    #[test]
    fn every_kind_says_something_of_its_own() {
        let mut remedies: Vec<&str> = ALL.into_iter().map(remedy).collect();
        assert!(
            remedies
                .iter()
                .all(|text| text.ends_with('.') && text.len() > 20)
        );
        remedies.sort_unstable();
        remedies.dedup();
        assert_eq!(remedies.len(), ALL.len());
    }

    #[test]
    fn what_to_do_stays_as_it_is() {
        let list = ALL.map(|kind| format!("{kind:?}: {}", remedy(kind)));
        let fixed = [EMPTY, UNPROVED, BUSY, BROKEN_OFF].map(str::to_owned);
        insta::assert_snapshot!([&list[..], &fixed[..]].concat().join("\n"));
    }

    #[test]
    fn who_must_wait_is_told_how_long() {
        let error = ClaudeError::new(
            ClaudeErrorKind::MustWait,
            "42 requests stand before this one.",
        )
        .with_wait(Duration::from_millis(251_400));
        assert_eq!(
            why(&error),
            "42 requests stand before this one. The limits a minute of this machine are used up: \
             wait, or raise --input-tokens-per-minute and the like. Ask again in 4 min 12 s."
        );
    }

    #[test]
    fn times_are_rounded_up_and_short() {
        for (seconds, words) in [
            (0.0, "a moment"),
            (0.2, "1 s"),
            (60.0, "1 min"),
            (3_600.0, "1 h"),
            (45_296.0, "12 h 34 min"),
        ] {
            assert_eq!(in_words(Duration::from_secs_f64(seconds)), words);
        }
    }
}
