//! A month in a model's words, each claim proved.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::visible;

/// How a narrative came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NarrativeStatus {
    /// Written, and every claim in it is proved.
    Verified,
    /// Still being written: ask with the handle.
    Pending,
    /// There is none; the digest stands for it, and `why` says why.
    Unavailable,
}

/// A month in a model's words, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Narrative {
    /// How it came out.
    pub status: NarrativeStatus,
    /// Language of the claims, a BCP 47 tag.
    pub language: String,
    /// The claims as Markdown, one paragraph or list item each; names stand in code spans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// "n claims, n verified, n dropped".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// The claims that are proved, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ProvedClaim>,
    /// Claims that the model made.
    pub claims_made: u64,
    /// Claims among them that are proved.
    pub claims_verified: u64,
    /// Claims that could not be proved and are left out.
    pub claims_dropped: u64,
    /// Why claims were dropped, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// Model that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Tokens and price of the calls behind it; those of the first time where it is cached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<NarrativeUsage>,
    /// Whether it was written for an earlier question and kept.
    #[serde(default)]
    pub cached: bool,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Asks for it later, where it is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
}

/// A claim that is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProvedClaim {
    /// The claim in words, numbers and names filled in.
    pub text: String,
    /// The same as Markdown: what users of the accounts named stands in code spans.
    #[serde(skip)]
    pub markdown: String,
    /// What it says.
    pub kind: String,
    /// The facts behind it, with their values as they stand in the month.
    pub facts: Vec<CitedFact>,
}

/// A fact as a claim cites it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CitedFact {
    /// Id within the evidence bundle.
    pub id: String,
    /// The fact in plain words and numbers.
    pub says: String,
}

/// Tokens and price of the calls behind a narrative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NarrativeUsage {
    /// Calls.
    pub calls: u64,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Estimated price in US dollars, where the model's price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_estimate_usd: Option<f64>,
}

/// Characters of a model's name that are shown.
const MODEL_CHARS: usize = 80;

impl Narrative {
    /// Says that there is none, and why: a sentence or two.
    pub fn unavailable(language: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            why: Some(visible(&why.into()).into_owned()),
            ..Self::blank(NarrativeStatus::Unavailable, language.into())
        }
    }

    /// Says that it is still being written, and how to ask for it.
    pub fn pending(language: impl Into<String>, handle: impl Into<String>) -> Self {
        Self {
            handle: Some(handle.into()),
            ..Self::blank(NarrativeStatus::Pending, language.into())
        }
    }

    /// Puts together what is proved; `made` claims were made, `dropped` says why some are missing.
    pub fn verified(
        language: impl Into<String>,
        model: &str,
        claims: Vec<ProvedClaim>,
        made: u64,
        dropped: Vec<String>,
    ) -> Self {
        let verified = claims.len() as u64;
        // A claim that was split counts for what came of it.
        let made = made.max(verified);
        let left_out = made - verified;
        let lines = claims.iter().map(|claim| format!("- {}", claim.markdown));
        Self {
            text: Some(lines.collect::<Vec<_>>().join("\n")),
            proof: Some(format!(
                "{made} {}, {verified} verified, {left_out} dropped",
                if made == 1 { "claim" } else { "claims" },
            )),
            claims_made: made,
            claims_verified: verified,
            claims_dropped: left_out,
            dropped,
            model: Some(model_name(model)),
            claims,
            ..Self::blank(NarrativeStatus::Verified, language.into())
        }
    }

    fn blank(status: NarrativeStatus, language: String) -> Self {
        Self {
            status,
            language,
            text: None,
            proof: None,
            claims: Vec::new(),
            claims_made: 0,
            claims_verified: 0,
            claims_dropped: 0,
            dropped: Vec::new(),
            model: None,
            usage: None,
            cached: false,
            why: None,
            handle: None,
        }
    }
}

/// A model names itself in its answer: only what an id is made of is shown.
fn model_name(model: &str) -> String {
    let is_of_id = |c: &char| c.is_ascii_alphanumeric() || "-._:/@".contains(*c);
    model.chars().filter(is_of_id).take(MODEL_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(text: &str) -> ProvedClaim {
        ProvedClaim {
            text: text.to_owned(),
            markdown: format!("`{text}`"),
            kind: "count".to_owned(),
            facts: Vec::new(),
        }
    }

    #[test]
    fn what_is_proved_is_counted() {
        let told = Narrative::verified(
            "en",
            "claude-haiku-5-5\n# x",
            vec![claim("a"), claim("b")],
            3,
            vec!["an unknown fact".to_owned()],
        );
        assert_eq!(told.text.as_deref(), Some("- `a`\n- `b`"));
        assert_eq!(
            told.proof.as_deref(),
            Some("3 claims, 2 verified, 1 dropped")
        );
        assert_eq!(told.model.as_deref(), Some("claude-haiku-5-5x"));
        assert_eq!(told.claims_dropped, 1);
    }

    #[test]
    fn more_claims_than_were_made_are_no_debt() {
        let told = Narrative::verified("en", "m", vec![claim("a"), claim("b")], 1, Vec::new());
        assert_eq!((told.claims_made, told.claims_dropped), (2, 0));
    }
}
