//! Answers whose narrative comes later, each under its handle.

use std::{
    collections::{VecDeque, hash_map::RandomState},
    hash::BuildHasher as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{jobs::Promise, sha256};
use crate::{
    service::{AnswerSize, MonthSummary, SummarizeRequest, summarize},
    summary::{Format, Language, Narrative, render_with},
};

/// Answers kept at most.
const MAX_KEPT: usize = 32;
/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::from_hours(1);

/// Answers by their handles. Cheap to clone; clones are one store.
#[derive(Debug, Clone)]
pub(super) struct KeptAnswers {
    answers: Arc<Mutex<VecDeque<(String, Kept)>>>,
    /// Makes handles of this process those of no other.
    seed: u64,
}

impl Default for KeptAnswers {
    fn default() -> Self {
        Self {
            answers: Arc::default(),
            seed: RandomState::new().hash_one("narratives"),
        }
    }
}

/// An answer whose narrative comes later.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// As it was given, the narrative pending.
    pub(super) answer: MonthSummary,
    pub(super) promise: Promise,
    words: Language,
    since: Instant,
}

impl KeptAnswers {
    /// Keeps an answer.
    pub(super) fn keep(
        &self,
        handle: String,
        answer: MonthSummary,
        words: Language,
        promise: Promise,
    ) {
        let since = Instant::now();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|(other, kept)| *other != handle && kept.since.elapsed() < KEPT_FOR);
        let kept = Kept {
            answer,
            promise,
            words,
            since,
        };
        answers.push_back((handle, kept));
        while answers.len() > MAX_KEPT {
            answers.pop_front();
        }
    }

    /// Finds an answer.
    pub(super) fn find(&self, handle: &str) -> Option<Kept> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = answers.iter().filter(|(other, _)| other == handle);
        let (_, kept) = found.next()?;
        (kept.since.elapsed() < KEPT_FOR).then(|| kept.clone())
    }

    /// Returns the handle of a question.
    pub(super) fn handle_of(&self, request: &SummarizeRequest) -> String {
        // A request is plain text throughout: writing it as JSON cannot fail.
        let question = serde_json::to_string(request).unwrap_or_default();
        let digest = sha256(&format!("{}\n{question}", self.seed));
        format!("n-{}", digest.chars().take(24).collect::<String>())
    }
}

impl Kept {
    /// Returns the answer with its narrative.
    pub(super) fn filled(self, narrative: Narrative, size: AnswerSize) -> MonthSummary {
        let mut answer = self.answer;
        answer.text = render_with(
            &answer.digest,
            &answer.evidence,
            &answer.warnings,
            Some(&narrative),
            self.words,
            Format::Markdown,
        );
        answer.narrative = Some(narrative);
        summarize::bounded(answer, size)
    }
}
