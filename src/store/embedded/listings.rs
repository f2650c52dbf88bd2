//! What was listed for one call: an answer of many parts sees one state of the lake, and lists it
//! once.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::lake::Listed;
use crate::{domain::ItemFilter, source::LakeListing, store::StoreError};

/// Which store, and which accounts and Regions of its lake.
type Key = (u64, ItemFilter);

/// Listings of one call, by accounts and Regions. Clones share them.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Listings(Arc<Mutex<Vec<(Key, Arc<Listed>)>>>);

impl Listings {
    /// Returns the listing of a scope, which is made where there is none yet.
    pub(super) async fn get<F>(
        &self,
        scope: &Key,
        list: impl FnOnce() -> F,
    ) -> Result<Arc<Listed>, StoreError>
    where
        F: Future<Output = Result<LakeListing, StoreError>>,
    {
        let mut listings = self.0.lock().await;
        if let Some(known) = find(&listings, scope) {
            return Ok(known);
        }
        let listed = Arc::new(Listed::of(list().await?));
        listings.push((scope.clone(), listed.clone()));
        Ok(listed)
    }

    /// Returns the listing of a scope, if there is one.
    pub(super) async fn at_hand(&self, scope: &Key) -> Option<Arc<Listed>> {
        find(&*self.0.lock().await, scope)
    }
}

fn find(listings: &[(Key, Arc<Listed>)], scope: &Key) -> Option<Arc<Listed>> {
    let known = listings.iter().find(|(of, _)| of == scope);
    known.map(|(_, listed)| listed.clone())
}
