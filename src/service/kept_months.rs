//! Months that do not change any more, as they were counted last: a server is asked for the same
//! ones again and again, in several languages, and with a model and without.

mod stored;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::sync::CancellationToken;

pub(super) use self::stored::{StoredAnswer, StoredMonth};
use super::{ErrorCode, MonthSummary, ServiceError};
use crate::{
    analysis::{DigestInput, Tallies},
    domain::{ItemFilter, Month},
    store::{Evidence, Revision},
};

/// Months kept.
const KEPT: usize = 12;
/// Lines of counts that a month, with the month before, has at most to be kept in memory: some
/// tens of megabytes.
const MAX_LINES: usize = 100_000;

/// Answers kept of a month: its languages and sizes.
const KEPT_ANSWERS: usize = 8;

/// All that a month's answers are made from, and those that were made last.
#[derive(Debug)]
pub(super) struct CountedMonth {
    pub(super) input: DigestInput,
    pub(super) evidence: Evidence,
    answers: Mutex<VecDeque<(String, MonthSummary)>>,
}

impl CountedMonth {
    pub(super) fn new(input: DigestInput, evidence: Evidence) -> Self {
        Self {
            input,
            evidence,
            answers: Mutex::default(),
        }
    }

    /// Returns the answer to a question that nothing but this month goes into, as it was made
    /// before, or makes it.
    pub(super) fn answer(
        &self,
        question: String,
        make: impl FnOnce() -> Result<MonthSummary, ServiceError>,
    ) -> Result<MonthSummary, ServiceError> {
        let known = {
            let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            let found = answers.iter().find(|(of, _)| *of == question);
            found.map(|(_, answer)| answer.clone())
        };
        if let Some(answer) = known {
            return Ok(answer);
        }
        let answer = make()?;
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.push_front((question, answer.clone()));
        answers.truncate(KEPT_ANSWERS);
        Ok(answer)
    }
}

/// What tells one counting from another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MonthKey {
    /// State of the delivered files.
    pub(super) revision: Revision,
    pub(super) month: Month,
    pub(super) timezone: Option<String>,
    pub(super) filter: ItemFilter,
    pub(super) top: usize,
    pub(super) gathered: usize,
}

/// A place for a month; whoever counts it first holds the lock, and others who want it wait.
type Place = Arc<tokio::sync::Mutex<Held>>;

#[derive(Debug, Default)]
enum Held {
    /// Nobody has counted it.
    #[default]
    Empty,
    Kept(Arc<CountedMonth>),
    /// Not to be kept: everybody counts for themselves, at the same time.
    Unkept,
}

/// The months kept. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptMonths(Arc<Mutex<VecDeque<(MonthKey, Place)>>>);

impl KeptMonths {
    /// Returns the month of `key` as it was counted, or counts it. Waits for another's counting
    /// only until `gone`.
    pub(super) async fn get(
        &self,
        key: MonthKey,
        gone: &CancellationToken,
        count: impl Future<Output = Result<CountedMonth, ServiceError>>,
    ) -> Result<Arc<CountedMonth>, ServiceError> {
        let place = self.place(key);
        let mut held = tokio::select! {
            biased;
            () = gone.cancelled() => {
                return Err(ServiceError::new(ErrorCode::Cancelled, "the question was cancelled"));
            }
            held = place.lock() => held,
        };
        match &*held {
            Held::Kept(counted) => return Ok(Arc::clone(counted)),
            Held::Unkept => drop(held),
            Held::Empty => {
                let counted = count.await.map(Arc::new);
                *held = match &counted {
                    Ok(counted) if is_kept(counted) => Held::Kept(Arc::clone(counted)),
                    // Gone away, which says nothing of the month.
                    Err(error) if error.code() == ErrorCode::Cancelled => Held::Empty,
                    _ => Held::Unkept,
                };
                return counted;
            }
        }
        count.await.map(Arc::new)
    }

    /// Returns the month of `key`, if it is in memory.
    pub(super) fn at_hand(&self, key: &MonthKey) -> Option<Arc<CountedMonth>> {
        let is_known = {
            let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            places.iter().any(|(of, _)| of == key)
        };
        let place = is_known.then(|| self.place(key.clone()))?;
        match &*place.try_lock().ok()? {
            Held::Kept(counted) => Some(Arc::clone(counted)),
            Held::Empty | Held::Unkept => None,
        }
    }

    /// Returns the place of a month, the last asked for first.
    fn place(&self, key: MonthKey) -> Place {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = places.iter().position(|(of, _)| *of == key);
        let entry = known.and_then(|at| places.remove(at));
        let (key, place) = entry.unwrap_or_else(|| (key, Place::default()));
        places.push_front((key, Arc::clone(&place)));
        places.truncate(KEPT);
        place
    }
}

/// Says whether a month was read whole: then its counts stand for as long as its files.
pub(super) fn is_whole(counted: &CountedMonth) -> bool {
    counted.evidence.unreadable_files == 0
}

/// Says whether a month is kept in memory: one that was read whole, and is not too large.
fn is_kept(counted: &CountedMonth) -> bool {
    let input = &counted.input;
    let lines = input.current.lines() + input.previous.as_ref().map_or(0, Tallies::lines);
    is_whole(counted) && lines <= MAX_LINES
}
