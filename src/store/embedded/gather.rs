//! Goes through the parts of a lake, several at once, and gathers what is made of their items.

use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    cache::{CacheError, LakeParts},
    identities::Seen,
    report::ReadReport,
    scan::ScanPlan,
    walk::{Found, Walk},
};
use crate::{domain::ChangeKind, source::Taken, store::StoreError};

/// Items that are taken in at once.
const WITHOUT_PAUSE: usize = 4_096;

/// Parts that may be done, and wait in memory for those before them, beside as many as there are
/// threads. A part of a few days comes after one of a whole month: without these its thread would
/// wait as well.
const AHEAD: usize = 6;

/// What was made of an item.
#[derive(Debug, Clone)]
pub(super) struct Made<T> {
    identity: u128,
    order: (u32, i32),
    kind: ChangeKind,
    history: bool,
    value: T,
}

impl<T> Made<T> {
    /// Returns what was made of an item that was found.
    pub(super) fn of(found: &Found<'_>, value: T) -> Self {
        Self {
            identity: found.identity,
            order: found.order,
            kind: found.kind.unwrap_or(ChangeKind::Unknown),
            history: found.history,
            value,
        }
    }

    /// Returns what was made.
    pub(super) fn value(&self) -> &T {
        &self.value
    }

    /// Makes something else of it.
    pub(super) fn map<U>(self, make: impl FnOnce(T) -> U) -> Made<U> {
        Made {
            identity: self.identity,
            order: self.order,
            kind: self.kind,
            history: self.history,
            value: make(self.value),
        }
    }
}

/// Makes something of the items of one part.
pub(super) trait PartTaker: Send + 'static {
    /// What is made of an item.
    type Value: Send + 'static;

    /// Takes the next item.
    fn take(&mut self, found: &Found<'_>) -> Result<(), CacheError>;

    /// Returns what was made of all that was taken, in any order.
    fn finish(self) -> Result<Vec<Made<Self::Value>>, CacheError>;
}

/// Walks through all parts with a taker each, which `of_account` makes; `each` is given what they
/// made, in the order of delivery, and of an item delivered twice only once. Returns what was read.
pub(super) async fn gather<T: PartTaker>(
    plan: &ScanPlan,
    lake: &Arc<LakeParts>,
    walk: Walk,
    of_account: impl Fn(Arc<str>) -> T,
    mut each: impl FnMut(T::Value) + Send,
) -> Result<ReadReport, CacheError> {
    let walk = Arc::new(walk);
    let files = plan.files.len();
    let parts: Vec<(usize, T)> = walk
        .parts(lake)
        .into_iter()
        .filter_map(|part| {
            let account = lake.parts.get(part)?.id.account.as_str();
            Some((part, of_account(account.into())))
        })
        .collect();
    let (mut done, all) = (0, parts.len().max(1));
    let mut walked = stream::iter(parts)
        .map(|(part, mut taker)| {
            let (walk, lake) = (walk.clone(), lake.clone());
            let reader = plan.access.reader.clone();
            async move {
                let job = reader.job(move |cancel| -> Result<_, CacheError> {
                    // What was made of a part of a part is no answer.
                    let goes_on = || {
                        if cancel.is_cancelled() {
                            return Err(StoreError::cancelled());
                        }
                        Ok(())
                    };
                    goes_on()?;
                    let count = walk.part(&lake, part, &mut |found| {
                        goes_on()?;
                        taker.take(found)?;
                        Ok(Taken::Continue(()))
                    })?;
                    let mut made = taker.finish()?;
                    made.sort_unstable_by_key(|made| made.order);
                    Ok((made, count))
                });
                let stopped = |stopped| StoreError::internal("reading the cache", stopped);
                job.await.map_err(stopped)?
            }
        })
        .buffered(plan.access.reader.files_at_once.max(1) + AHEAD);
    let (mut seen, mut report) = (Seen::default(), ReadReport::default());
    while let Some((made, of_part)) = walked.try_next().await? {
        for (at, one) in (1..).zip(made) {
            if seen.is_new(one.identity) {
                report.items += u64::from(one.history);
                report.unknown += u64::from(one.history && one.kind == ChangeKind::Unknown);
                each(one.value);
            } else {
                report.duplicates += 1;
            }
            // Others wait for this thread, as does whoever keeps the time.
            if at % WITHOUT_PAUSE == 0 {
                tokio::task::yield_now().await;
            }
        }
        done += 1;
        plan.report_progress((files * done / all) as u64);
        report.files += of_part.files;
        report.bytes += of_part.bytes;
    }
    Ok(report)
}
