//! What accounts, Regions and years were delivered, told from the names of folders.

use std::{collections::BTreeSet, fmt, sync::Arc};

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{BucketLocation, GlueError, GlueErrorKind};
use crate::{
    aws::{AwsClients, AwsError, Bucket},
    domain::{AccountId, Region},
};

/// Listings at the same time.
const AT_ONCE: usize = 16;
/// No year before it: AWS Config began in 2014.
pub(super) const FIRST_YEAR: i16 = 2014;
/// No year after it, whatever the name of a folder says.
const LAST_YEAR: i16 = 2999;

/// Lists folders.
#[async_trait]
pub(super) trait Folders: fmt::Debug + Send + Sync {
    /// Returns the names of the folders right below a prefix, which ends in a slash.
    async fn below(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, AwsError>;
}

/// Folders in S3.
#[derive(Debug)]
pub(super) struct BucketFolders(pub(super) AwsClients);

#[async_trait]
impl Folders for BucketFolders {
    async fn below(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, AwsError> {
        let bucket = Bucket::open(&self.0, bucket).await?;
        bucket.folders(prefix).await
    }
}

/// Accounts and Regions with deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) accounts: BTreeSet<AccountId>,
    pub(super) regions: BTreeSet<Region>,
}

/// Looks for deliveries in one location.
#[derive(Debug)]
pub(super) struct Discovery<'a> {
    pub(super) folders: &'a Arc<dyn Folders>,
    pub(super) location: &'a BucketLocation,
}

impl Discovery<'_> {
    /// Returns accounts and Regions; what is given is taken as given.
    pub(super) async fn places(&self, given: &Places) -> Result<Places, GlueError> {
        if !given.accounts.is_empty() && !given.regions.is_empty() {
            return Ok(given.clone());
        }
        let candidates = if given.accounts.is_empty() {
            self.accounts().await?
        } else {
            given.accounts.clone()
        };
        let prefixes = candidates
            .iter()
            .map(|account| self.account_prefix(account));
        let below = self.below_each(prefixes.collect()).await?;
        let mut found = given.clone();
        for (account, folders) in candidates.into_iter().zip(below) {
            // An account may have other logs there and no deliveries.
            if given.accounts.is_empty() && !folders.is_empty() {
                found.accounts.insert(account);
            }
            if given.regions.is_empty() {
                let regions = folders.iter().filter_map(|name| name.parse().ok());
                // Below `global` there are only notifications, which hold no items.
                found
                    .regions
                    .extend(regions.filter(|region: &Region| !region.is_global()));
            }
        }
        Ok(found)
    }

    /// Returns the first year with deliveries.
    pub(super) async fn first_year(&self, places: &Places) -> Result<Option<i16>, GlueError> {
        let each = places.accounts.iter().flat_map(|account| {
            let below = self.account_prefix(account);
            places
                .regions
                .iter()
                .map(move |region| format!("{below}{region}/"))
        });
        let folders = self.below_each(each.collect()).await?;
        let years = folders
            .iter()
            .flatten()
            .filter_map(|name| name.parse().ok());
        Ok(years
            .filter(|year| (FIRST_YEAR..=LAST_YEAR).contains(year))
            .min())
    }

    async fn accounts(&self) -> Result<BTreeSet<AccountId>, GlueError> {
        let (bucket, prefix) = (self.location.bucket(), self.location.deliveries_prefix());
        let names = self.folders.below(bucket, &prefix).await?;
        let accounts: BTreeSet<AccountId> =
            names.iter().filter_map(|name| name.parse().ok()).collect();
        match names.iter().find(|name| name.starts_with("o-")) {
            Some(organisation) if accounts.is_empty() => Err(GlueError::new(
                GlueErrorKind::Invalid,
                format!(
                    "{} holds the folder {organisation}/ and no account: an organisation id below \
                     AWSLogs is not supported, AWS Config delivers to \
                     <organisation id>/AWSLogs/<account>/Config/",
                    self.location.deliveries_uri()
                ),
            )),
            _ => Ok(accounts),
        }
    }

    fn account_prefix(&self, account: &AccountId) -> String {
        format!("{}{account}/Config/", self.location.deliveries_prefix())
    }

    async fn below_each(&self, prefixes: Vec<String>) -> Result<Vec<Vec<String>>, AwsError> {
        let listings = prefixes.into_iter().map(|prefix| {
            let (folders, bucket) = (Arc::clone(self.folders), self.location.bucket().to_owned());
            async move { folders.below(&bucket, &prefix).await }
        });
        stream::iter(listings).buffered(AT_ONCE).try_collect().await
    }
}
