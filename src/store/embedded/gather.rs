//! Goes through the parts of a lake, several at once, and gathers what is made of their items.

use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    cache::{CacheError, LakeParts},
    scan::ScanPlan,
    walk::{FileCount, Found, Walk},
};
use crate::{
    source::Taken,
    store::{StoreError, StoreErrorKind},
};

/// Items that are taken in at once.
const WITHOUT_PAUSE: usize = 4_096;

/// Makes something of the items of one part.
pub(super) trait PartTaker: Send + 'static {
    /// What is made of an item, or of several.
    type Made: Send + 'static;

    /// Takes the next item.
    fn take(&mut self, found: &Found<'_>) -> Result<(), CacheError>;

    /// Returns what was made of all that was taken.
    fn finish(self) -> Result<Vec<Self::Made>, CacheError>;
}

/// Walks through all parts with a taker each, which `of_account` makes; `each` is given what they
/// made, in the order of the parts.
pub(super) async fn gather<T: PartTaker>(
    plan: &ScanPlan,
    lake: &Arc<LakeParts>,
    walk: Walk,
    of_account: impl Fn(Arc<str>) -> T,
    mut each: impl FnMut(T::Made) + Send,
) -> Result<FileCount, CacheError> {
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
            let reader = &plan.access.reader;
            let (cancel, workers) = (reader.cx.cancel.clone(), reader.workers.clone());
            async move {
                let job = workers.run(move || -> Result<_, CacheError> {
                    let count = walk.part(&lake, part, &mut |found| {
                        // What was made of a part of a part is no answer.
                        if cancel.is_cancelled() {
                            let kind = StoreErrorKind::Cancelled;
                            return Err(StoreError::new(kind, "the question was cancelled").into());
                        }
                        taker.take(found)?;
                        Ok(Taken::Continue(()))
                    })?;
                    Ok((taker.finish()?, count))
                });
                let stopped = |stopped| StoreError::internal("reading the cache", stopped);
                job.await.map_err(stopped)?
            }
        })
        .buffered(plan.access.reader.files_at_once.max(1));
    let mut count = FileCount::default();
    while let Some((made, of_part)) = walked.try_next().await? {
        for (at, one) in (1..).zip(made) {
            each(one);
            // Others wait for this thread, as does whoever keeps the time.
            if at % WITHOUT_PAUSE == 0 {
                tokio::task::yield_now().await;
            }
        }
        done += 1;
        plan.report_progress((files * done / all) as u64);
        count.files += of_part.files;
        count.bytes += of_part.bytes;
    }
    Ok(count)
}
