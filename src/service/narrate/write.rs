//! Has a month worded and proved: one call, and one more for what could not be proved.

use super::{
    author::Author,
    jobs::Reporter,
    reason::{UNPROVED, why},
};
use crate::{
    claude::{GenerateStage, Prompt, REQUEST_TOKENS, Role, Turn, Usage, estimate_tokens},
    summary::{Brief, Facts, FailedClaim, Narrative, NarrativeUsage, Proof, ProvedClaim, prove},
};

/// Said of an answer that is no list of claims.
const NO_CLAIMS: &str = "the answer is not the JSON that was asked for";

/// What a model answered, and what it took.
#[derive(Debug)]
pub(super) struct Written {
    /// The first answer, then the repair, if there was one.
    pub(super) answers: Vec<String>,
    pub(super) model: String,
    pub(super) usage: NarrativeUsage,
    pub(super) narrative: Narrative,
}

/// Has the facts worded; `Err` says why there is no narrative.
pub(super) async fn write(
    author: &dyn Author,
    facts: &Facts,
    language: &str,
    budget: u64,
    reporter: &Reporter,
) -> Result<Written, String> {
    reporter.report(0, "estimate: choosing the facts that fit");
    let brief = Brief::of(facts, language, budget, REQUEST_TOKENS, estimate_tokens);
    reporter.report(
        0,
        format!(
            "estimate: {} of {} facts, at most {} tokens",
            brief.facts_shown, brief.facts_total, brief.tokens
        ),
    );
    let mut prompt = Prompt {
        system: brief.system.clone(),
        turns: vec![said(Role::User, brief.user.clone())],
        schema: brief.schema.clone(),
    };
    let on_stage = |stage| reporter.stage(stage);
    let first = author.generate(&prompt, &on_stage).await;
    let first = first.map_err(|error| told(&error))?;
    reporter.report(0, "verify: holding each claim against the facts");
    let mut usage = Spent::default();
    usage.add(first.usage, first.cost_micros);
    let mut answers = vec![first.text];
    let failed = failed_of(prove(facts, &answers.concat(), language));
    let mut trouble = None;
    if !failed.is_empty() {
        prompt.turns.push(said(Role::Assistant, answers.concat()));
        prompt.turns.push(said(Role::User, brief.repair(&failed)));
        match author.generate(&prompt, &on_stage).await {
            Ok(second) => {
                reporter.report(0, "verify: holding the repaired claims against the facts");
                usage.add(second.usage, second.cost_micros);
                answers.push(second.text);
            }
            // What is proved already stands without the rest.
            Err(error) => trouble = Some(told(&error)),
        }
    }
    let narrative = narrative(facts, language, &first.model, &answers, usage.0)
        .ok_or_else(|| trouble.unwrap_or_else(|| UNPROVED.to_owned()))?;
    Ok(Written {
        answers,
        model: first.model,
        usage: usage.0,
        narrative,
    })
}

/// Returns what of the answers is proved, as a narrative; `None` where nothing is.
pub(super) fn narrative(
    facts: &Facts,
    language: &str,
    model: &str,
    answers: &[String],
    usage: NarrativeUsage,
) -> Option<Narrative> {
    let [first, rest @ ..] = answers else {
        return None;
    };
    let first = prove(facts, first, language);
    let repair = rest
        .first()
        .and_then(|answer| prove(facts, answer, language));
    let merged = merge(first, repair);
    if merged.claims.is_empty() {
        return None;
    }
    let mut told = Narrative::verified(language, model, merged.claims, merged.made, merged.dropped);
    told.usage = Some(usage);
    Some(told)
}

#[derive(Debug, Default, PartialEq)]
struct Merged {
    claims: Vec<ProvedClaim>,
    made: u64,
    dropped: Vec<String>,
}

/// Puts repaired claims where the failed ones stood: a repair answers them in their order. What
/// stays unproved is dropped, with its last reasons.
fn merge(first: Option<Proof>, repair: Option<Proof>) -> Merged {
    let Some(first) = first else {
        // There was no list to repair: the second answer is the first one.
        return repair.map_or_else(Merged::default, |repair| merge(Some(repair), None));
    };
    let made = (first.verified.len() + first.failed.len()) as u64;
    let mut claims = first.verified;
    let (mut repaired, mut failed_again) = repair
        .map(|repair| (repair.verified, repair.failed))
        .unwrap_or_default();
    let mut dropped = Vec::new();
    for (nth, failed) in first.failed.into_iter().enumerate() {
        let at_nth = |place: &usize| *place == nth;
        if let Some(at) = repaired.iter().position(|(place, _)| at_nth(place)) {
            let (_, claim) = repaired.swap_remove(at);
            claims.push((failed.place, claim));
        } else {
            let again = failed_again.iter().position(|claim| at_nth(&claim.place));
            let last = again.map_or(failed, |at| failed_again.swap_remove(at));
            dropped.push(last.reasons.join("; "));
        }
    }
    claims.sort_by_key(|(place, _)| *place);
    let mut told: Vec<ProvedClaim> = Vec::with_capacity(claims.len());
    for (_, claim) in claims {
        // A repair may say once more what stands there already.
        if !told.iter().any(|earlier| earlier.text == claim.text) {
            told.push(claim);
        }
    }
    Merged {
        claims: told,
        made,
        dropped,
    }
}

/// Returns the claims to repair; an answer that is no list fails as one.
fn failed_of(proof: Option<Proof>) -> Vec<FailedClaim> {
    match proof {
        None => vec![FailedClaim {
            place: 0,
            reasons: vec![NO_CLAIMS.to_owned()],
        }],
        Some(proof) if proof.verified.is_empty() && proof.failed.is_empty() => {
            vec![FailedClaim {
                place: 0,
                reasons: vec!["there are no claims".to_owned()],
            }]
        }
        Some(proof) => proof.failed,
    }
}

fn said(role: Role, text: String) -> Turn {
    Turn { role, text }
}

fn told(error: &crate::claude::ClaudeError) -> String {
    tracing::debug!(kind = ?error.kind(), request = error.request_id(), "no narrative: {error}");
    why(error)
}

/// What all calls took; without a price as soon as one of them has none.
#[derive(Debug)]
struct Spent(NarrativeUsage);

impl Default for Spent {
    fn default() -> Self {
        Self(NarrativeUsage {
            cost_estimate_usd: Some(0.0),
            ..NarrativeUsage::default()
        })
    }
}

impl Spent {
    #[expect(
        clippy::cast_precision_loss,
        reason = "micro-dollars of a call are far below 2^52"
    )]
    fn add(&mut self, usage: Usage, micros: Option<u64>) {
        let all = &mut self.0;
        all.calls += 1;
        all.input_tokens += usage.input_tokens;
        all.output_tokens += usage.output_tokens;
        all.cost_estimate_usd = all
            .cost_estimate_usd
            .zip(micros)
            .map(|(usd, micros)| usd + micros as f64 / 1e6);
    }
}

impl Reporter {
    /// Reports how far a call has come.
    fn stage(&self, stage: GenerateStage) {
        match stage {
            GenerateStage::Waiting(seconds) => {
                self.report(0, format!("generate: waiting for its turn, {seconds} s"));
            }
            GenerateStage::Sent => self.report(0, "generate: the model was asked"),
            GenerateStage::Receiving(chars) => {
                self.report(chars, format!("generate: {chars} characters received"));
            }
            GenerateStage::Retrying(seconds) => {
                self.report(0, format!("generate: trying again in {seconds} s"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(text: &str) -> ProvedClaim {
        ProvedClaim {
            text: text.to_owned(),
            markdown: text.to_owned(),
            kind: "count".to_owned(),
            facts: Vec::new(),
        }
    }

    fn proof(verified: &[(usize, &str)], failed: &[(usize, &str)]) -> Proof {
        Proof {
            verified: verified
                .iter()
                .map(|(at, text)| (*at, claim(text)))
                .collect(),
            failed: failed
                .iter()
                .map(|(place, why)| FailedClaim {
                    place: *place,
                    reasons: vec![(*why).to_owned()],
                })
                .collect(),
        }
    }

    fn texts(merged: &Merged) -> Vec<&str> {
        merged
            .claims
            .iter()
            .map(|claim| claim.text.as_str())
            .collect()
    }

    #[test]
    fn a_repaired_claim_takes_the_place_of_the_failed_one() {
        let first = Some(proof(&[(0, "a"), (2, "c")], &[(1, "digit"), (3, "rank")]));
        let repair = Some(proof(&[(0, "b")], &[(1, "rank again")]));
        let merged = merge(first, repair);
        assert_eq!(texts(&merged), ["a", "b", "c"]);
        assert_eq!(
            (merged.made, merged.dropped),
            (4, vec!["rank again".to_owned()])
        );
    }

    #[test]
    fn without_a_repair_the_first_reasons_stand() {
        let merged = merge(Some(proof(&[(1, "b")], &[(0, "digit")])), None);
        assert_eq!(texts(&merged), ["b"]);
        assert_eq!(merged.dropped, ["digit"]);
    }

    #[test]
    fn a_repair_adds_no_claims_and_repeats_none() {
        let first = Some(proof(&[(0, "a")], &[(1, "digit")]));
        let merged = merge(
            first.clone(),
            Some(proof(&[(0, "b"), (1, "more"), (2, "yet more")], &[])),
        );
        assert_eq!(texts(&merged), ["a", "b"]);
        let merged = merge(first, Some(proof(&[(0, "a")], &[])));
        assert_eq!((texts(&merged), merged.made), (vec!["a"], 2));
    }

    #[test]
    fn an_answer_that_is_no_list_is_replaced_by_the_second() {
        let merged = merge(None, Some(proof(&[(0, "a")], &[(1, "digit")])));
        assert_eq!((texts(&merged), merged.made), (vec!["a"], 2));
        assert_eq!(merge(None, None), Merged::default());
        assert_eq!(failed_of(None).len(), 1);
        assert_eq!(failed_of(Some(proof(&[], &[]))).len(), 1);
        assert!(failed_of(Some(proof(&[(0, "a")], &[]))).is_empty());
    }

    #[test]
    fn a_price_that_is_not_known_is_not_told() {
        let used = |input_tokens| Usage {
            input_tokens,
            output_tokens: 1,
        };
        let mut spent = Spent::default();
        spent.add(used(3), Some(250));
        spent.add(used(4), Some(750));
        assert_eq!((spent.0.calls, spent.0.input_tokens), (2, 7));
        assert_eq!(spent.0.cost_estimate_usd, Some(0.001));
        spent.add(used(5), None);
        assert_eq!(spent.0.cost_estimate_usd, None);
    }
}
