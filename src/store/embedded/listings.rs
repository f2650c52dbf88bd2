//! What was listed for one call: an answer of many parts sees one state of the lake, and lists it
//! once.

use std::sync::Arc;

use jiff::civil::Date;
use tokio::sync::Mutex;

use super::lake::Listed;
use crate::{domain::ItemFilter, source::LakeListing, store::StoreError};

/// Which store, and which accounts and Regions of its lake.
type Key = (u64, ItemFilter);

/// First and last day, both included.
type Days = (Date, Date);

/// Listings of one call, by accounts and Regions. Clones share them.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Listings(Arc<Mutex<Vec<Known>>>);

#[derive(Debug)]
struct Known {
    scope: Key,
    days: Days,
    listed: Arc<Listed>,
}

impl Listings {
    /// Returns a listing of a scope that has these days, which is made where there is none yet.
    pub(super) async fn get<F>(
        &self,
        scope: &Key,
        days: Days,
        list: impl FnOnce() -> F,
    ) -> Result<Arc<Listed>, StoreError>
    where
        F: Future<Output = Result<LakeListing, StoreError>>,
    {
        let mut listings = self.0.lock().await;
        if let Some(known) = find(&listings, scope, days) {
            return Ok(known);
        }
        let listed = Arc::new(Listed::of(list().await?));
        listings.push(Known {
            scope: scope.clone(),
            days,
            listed: listed.clone(),
        });
        Ok(listed)
    }
}

fn find(listings: &[Known], scope: &Key, (first, last): Days) -> Option<Arc<Listed>> {
    let has_days = |known: &&Known| known.days.0 <= first && last <= known.days.1;
    let mut of_scope = listings.iter().filter(|known| known.scope == *scope);
    of_scope.find(has_days).map(|known| known.listed.clone())
}
