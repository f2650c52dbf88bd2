//! Holds claims, and other people's texts, against the facts.

mod check;
mod claims;
mod phrases;
mod words;

pub use check::{MAX_TEXT_CHARS, SentenceCheck, TextCheck, Verdict, check_text};
pub use claims::prove;

use super::narrative::ProvedClaim;

/// A model's answer, held against the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Claims that hold, filled in, each with its place in the answer.
    pub verified: Vec<(usize, ProvedClaim)>,
    /// Claims that do not.
    pub failed: Vec<FailedClaim>,
}

/// A claim that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedClaim {
    /// Its place in the answer.
    pub place: usize,
    /// Why, one sentence each, for the model and for people: never the claim's own words.
    pub reasons: Vec<String>,
}
