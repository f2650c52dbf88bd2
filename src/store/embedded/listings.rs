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
        let (days, listed) = match of_all(&listings, scope, days) {
            Some(all) => (all.days, all.listed.of_scope(&scope.1)),
            None => (days, Listed::of(list().await?)),
        };
        let listed = Arc::new(listed);
        listings.push(Known {
            scope: scope.clone(),
            days,
            listed: listed.clone(),
        });
        Ok(listed)
    }
}

/// Returns a listing of the whole lake that has these days, and to which no folder was closed: one of
/// some accounts and Regions need not be made.
fn of_all<'l>(listings: &'l [Known], scope: &Key, (first, last): Days) -> Option<&'l Known> {
    let all = (scope.0, ItemFilter::default());
    listings.iter().find(|known| {
        known.scope == all
            && known.days.0 <= first
            && last <= known.days.1
            && known.listed.unreadable.is_empty()
    })
}

fn find(listings: &[Known], scope: &Key, (first, last): Days) -> Option<Arc<Listed>> {
    let has_days = |known: &&Known| known.days.0 <= first && last <= known.days.1;
    let mut of_scope = listings.iter().filter(|known| known.scope == *scope);
    of_scope.find(has_days).map(|known| known.listed.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        source::{BundledSource, Lake},
        store::evidence::newest_delivery,
    };

    const ALL: Days = (Date::MIN, Date::MAX);

    fn scope(accounts: &[&str], regions: &[&str]) -> ItemFilter {
        ItemFilter {
            accounts: accounts.iter().map(|text| text.parse().unwrap()).collect(),
            regions: regions.iter().map(|text| text.parse().unwrap()).collect(),
            ..ItemFilter::default()
        }
    }

    #[tokio::test]
    async fn a_scope_of_what_was_listed_is_what_would_be_listed_for_it() {
        let lake = Lake::new(Arc::new(BundledSource));
        let (lake, listings) = (&lake, Listings::default());
        let list = |of: ItemFilter| async move { Ok(lake.list(ALL.0, ALL.1, &of).await.unwrap()) };
        let whole = (1, ItemFilter::default());
        let all = listings
            .get(&whole, ALL, || list(scope(&[], &[])))
            .await
            .unwrap();
        let place = &all.folders[0].folder;
        let (account, region) = (&*place.account, &*place.region);
        for of in [
            scope(&[account], &[]),
            scope(&[], &[region]),
            scope(&[account], &[region]),
            scope(&[account], &["global"]),
            scope(&["000000000000"], &[]),
        ] {
            let again = || async { panic!("it was listed already") };
            let key = (1, of.clone());
            let told: Arc<Listed> = listings.get(&key, ALL, again).await.unwrap();
            let listed = Listed::of(list(of.clone()).await.unwrap());
            assert_eq!(told.folders, listed.folders, "{of:?}");
            assert_eq!(told.files, listed.files, "{of:?}");
            let newest = told.history(ALL).map(newest_delivery).max();
            for _ in 0..2 {
                assert_eq!(told.watermark(ALL), newest, "{of:?}");
            }
            assert!(told.files.len() < all.files.len());
        }
        // Another store's lake is another one.
        let other = (2, scope(&[account], &[]));
        let other = listings.get(&other, ALL, || list(scope(&[], &[])));
        assert_eq!(other.await.unwrap().files.len(), all.files.len());
    }
}
