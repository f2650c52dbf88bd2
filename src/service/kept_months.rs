//! Months that do not change any more, as they were counted last: a server is asked for the same
//! ones again and again, in several languages, and with a model and without.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    analysis::DigestInput,
    domain::{ItemFilter, Month},
    store::Evidence,
};

/// Months kept.
const KEPT: usize = 12;
/// Lines of counts that a month has at most to be kept: some tens of megabytes.
const MAX_LINES: usize = 100_000;

/// All that a month's answer is made from.
#[derive(Debug, Clone)]
pub(super) struct CountedMonth {
    pub(super) input: DigestInput,
    pub(super) evidence: Evidence,
}

/// What tells one counting from another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MonthKey {
    /// State of the delivered files.
    pub(super) revision: u128,
    pub(super) month: Month,
    pub(super) timezone: Option<String>,
    pub(super) filter: ItemFilter,
    pub(super) top: usize,
    pub(super) gathered: usize,
}

/// A place for a month; whoever counts it holds the lock, and others who want it wait.
type Place = Arc<tokio::sync::Mutex<Option<Arc<CountedMonth>>>>;

/// The months kept. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptMonths(Arc<Mutex<VecDeque<(MonthKey, Place)>>>);

impl KeptMonths {
    /// Returns the month of `key` as it was counted, or counts it.
    pub(super) async fn get<E>(
        &self,
        key: MonthKey,
        count: impl Future<Output = Result<CountedMonth, E>>,
    ) -> Result<Arc<CountedMonth>, E> {
        let place = self.place(key);
        let mut held = place.lock().await;
        if let Some(counted) = held.as_ref() {
            return Ok(Arc::clone(counted));
        }
        let counted = Arc::new(count.await?);
        let whole = counted.evidence.unreadable_files == 0;
        if whole && counted.input.current.lines() <= MAX_LINES {
            *held = Some(Arc::clone(&counted));
        }
        Ok(counted)
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
