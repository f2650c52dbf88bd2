//! Claims with slots, held against the facts.
//!
//! A claim's numbers cannot be wrong: the model writes none, each comes from its fact. What can be
//! wrong is what a sentence says of them: whose they are, which way they went, which is the largest,
//! what is new or gone. Every such word is held against the fact whose value stands in its clause.

mod names;
mod parse;
mod render;
mod sentence;

use crate::summary::Language;
use serde::Deserialize;

use self::{parse::Parsed, sentence::Sentence};
use super::{FailedClaim, Proof};
use crate::summary::{
    facts::{Fact, Facts, Tag},
    narrative::{CitedFact, ProvedClaim},
};

/// Claims of an answer that are looked at; the prompt asks for far fewer.
const MOST_CLAIMS: usize = 40;

#[derive(Debug, Deserialize)]
struct Answer {
    claims: Vec<String>,
}

/// Holds a model's answer against the facts; `None` where it is no list of claims.
pub fn prove(facts: &Facts, answer: &str, language: &str) -> Option<Proof> {
    let answer: Answer = serde_json::from_str(answer.trim()).ok()?;
    let mut proof = Proof {
        verified: Vec::new(),
        failed: Vec::new(),
    };
    for (place, claim) in answer.claims.iter().take(MOST_CLAIMS).enumerate() {
        match prove_claim(facts, claim, language) {
            Ok(proved) => proof.verified.push((place, proved)),
            Err(reasons) => proof.failed.push(FailedClaim { place, reasons }),
        }
    }
    Some(proof)
}

fn prove_claim(facts: &Facts, claim: &str, language: &str) -> Result<ProvedClaim, Vec<String>> {
    let mut reasons = Vec::new();
    let parsed = Parsed::of(facts, claim, &mut reasons);
    names::check(&parsed, language, &mut reasons);
    let lexicon = Language::of_tag(language);
    for sentence in Sentence::all(&parsed, lexicon) {
        sentence.check(facts, &mut reasons);
    }
    reasons.dedup();
    if !reasons.is_empty() {
        return Err(reasons);
    }
    let (text, markdown) = render::render(facts, &parsed, language);
    let cited = parsed.facts();
    Ok(ProvedClaim {
        text,
        markdown,
        kind: kind_of(&cited),
        facts: cited
            .into_iter()
            .map(|fact| CitedFact {
                id: fact.id.clone(),
                says: facts.say_fact(fact),
            })
            .collect(),
    })
}

/// Returns what a claim is about, by the facts that it rests on.
fn kind_of(cited: &[&Fact]) -> String {
    let any = |tag| cited.iter().any(|fact| fact.has(tag));
    let kinds = [
        (Tag::Security, "security"),
        (Tag::Unusual, "unusual"),
        (Tag::Cost, "cost"),
        (Tag::Coverage, "coverage"),
        (Tag::Absent, "absent"),
        (Tag::Deleted, "deleted"),
        (Tag::New, "new"),
        (Tag::Echo, "echo"),
    ];
    let kind = kinds.iter().find(|(tag, _)| any(*tag));
    kind.map_or("count", |(_, kind)| kind).to_owned()
}

#[cfg(test)]
mod tests;
