//! Goes through the parts of a lake, several at once, and gathers what is made of their items.

use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    cache::{CacheError, LakeParts},
    scan::ScanPlan,
    walk::{FileCount, Found, Walk},
};
use crate::{source::Taken, store::StoreError};

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
    mut each: impl FnMut(T::Made),
) -> Result<FileCount, CacheError> {
    let walk = Arc::new(walk);
    let parts: Vec<(usize, T)> = walk
        .parts(lake)
        .into_iter()
        .filter_map(|part| {
            let account = lake.parts.get(part)?.id.account.as_str();
            Some((part, of_account(account.into())))
        })
        .collect();
    let mut walked = stream::iter(parts)
        .map(|(part, mut taker)| {
            let (walk, lake) = (walk.clone(), lake.clone());
            let reader = &plan.access.reader;
            let (cancel, workers) = (reader.cx.cancel.clone(), reader.workers.clone());
            async move {
                let job = workers.run(move || -> Result<_, CacheError> {
                    let count = walk.part(&lake, part, &mut |found| {
                        if cancel.is_cancelled() {
                            return Ok(Taken::Break(()));
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
        made.into_iter().for_each(&mut each);
        count.files += of_part.files;
        count.bytes += of_part.bytes;
    }
    Ok(count)
}
