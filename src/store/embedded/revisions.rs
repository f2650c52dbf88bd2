//! The state of a lake, found out once for all who ask at the same time.

use std::{sync::Arc, time::Instant};

use tokio::sync::Mutex;

use crate::{
    domain::ItemFilter,
    store::{Revision, StoreError},
};

/// What was found out last. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Revisions(Arc<Mutex<Option<Found>>>);

#[derive(Debug)]
struct Found {
    scope: ItemFilter,
    /// When the listing began that it was found by.
    begun: Instant,
    revision: Revision,
}

impl Revisions {
    /// Returns the state of the lake as of now or later: by a listing that began after this was
    /// called, whoever made it.
    pub(super) async fn get<F>(
        &self,
        scope: &ItemFilter,
        list: impl FnOnce() -> F,
    ) -> Result<Revision, StoreError>
    where
        F: Future<Output = Result<Revision, StoreError>>,
    {
        let asked = Instant::now();
        let mut found = self.0.lock().await;
        if let Some(found) = found.as_ref()
            && found.begun >= asked
            && found.scope == *scope
        {
            return Ok(found.revision);
        }
        let begun = Instant::now();
        let revision = list().await?;
        *found = Some(Found {
            scope: scope.clone(),
            begun,
            revision,
        });
        Ok(revision)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn many_at_once_share_a_listing_that_began_after_they_asked() {
        let (revisions, scope) = (Revisions::default(), ItemFilter::default());
        let listings = AtomicU64::new(0);
        let list = || async {
            let at = listings.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(Revision {
                state: u128::from(at),
                is_settled: true,
            })
        };
        let all = join_all((0..50).map(|_| revisions.get(&scope, list))).await;
        assert!(all.iter().all(Result::is_ok));
        let shared = listings.load(Ordering::SeqCst);
        assert!(shared < 50, "{shared} listings for 50 questions");
        // Whoever asks later has a later listing.
        let later = revisions.get(&scope, list).await.unwrap();
        assert_eq!(later.state, u128::from(shared));
    }
}
