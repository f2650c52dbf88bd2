//! The lake as one question sees it: what lies there, and its cached parts.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, OnceLock},
};

use futures::{FutureExt as _, future::BoxFuture};
use jiff::{Timestamp, civil::Date};
use xxhash_rust::xxh3::xxh3_128;

use super::{
    cache::{CacheError, LakeCache, LakeParts, PartId},
    reading::{FileReader, PlacedFile, state_of_files},
    select::Selection,
};
use crate::{
    domain::{DeliveryFolder, DeliveryKind, ItemFilter, ResourceKey},
    source::{FolderFiles, LakeFile, LakeListing, SourceError},
    store::{
        CallContext, Lookback, Revision, StoreError, StoreErrorKind, UnreadableFile,
        evidence::newest_delivery,
    },
};

/// What was listed of a lake.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Delivery folders in order of account, Region, day and kind.
    pub(super) folders: Vec<FolderFiles>,
    /// Their files, in the same order.
    pub(super) files: Vec<PlacedFile>,
    /// Folders that could not be listed, with the reasons.
    pub(super) unreadable: Vec<(String, String)>,
    /// The newest delivery of each folder, once it was asked for: an answer of many parts looks at
    /// the names of tens of thousands of files for it.
    newest: Vec<OnceLock<Timestamp>>,
}

impl Listed {
    pub(super) fn of(listing: LakeListing) -> Self {
        let unreadable = listing.unreadable.into_iter();
        let unreadable = unreadable.map(|error| (error.path, error.source.to_string()));
        Self::new(listing.folders, unreadable.collect())
    }

    fn new(folders: Vec<FolderFiles>, unreadable: Vec<(String, String)>) -> Self {
        Self {
            files: files_of(&folders),
            newest: vec![OnceLock::new(); folders.len()],
            folders,
            unreadable,
        }
    }

    /// Returns what would have been listed for these accounts and Regions, all of which could be
    /// listed.
    pub(super) fn of_scope(&self, scope: &ItemFilter) -> Self {
        let wanted = |folder: &&FolderFiles| {
            let folder = &folder.folder;
            scope.admits_account(&folder.account) && scope.admits_recorder_region(&folder.region)
        };
        let folders = self.folders.iter().filter(wanted).cloned().collect();
        Self::new(folders, Vec::new())
    }

    /// Returns what was read to tell what items mean, as evidence: all but these files.
    pub(super) fn lookback<'a>(&self, unreadable: impl Iterator<Item = &'a str>) -> Lookback {
        let unreadable: HashSet<&str> = unreadable.collect();
        let mut lookback = Lookback::default();
        let mut days: Option<(Date, Date)> = None;
        for (folder, file) in &self.files {
            if unreadable.contains(&*file.key) {
                continue;
            }
            lookback.files_read += 1;
            lookback.bytes_scanned += file.size;
            let day = folder.day;
            days = Some(days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
        }
        lookback.first_day = days.map(|(first, _)| first.to_string());
        lookback.last_day = days.map(|(_, last)| last.to_string());
        lookback
    }

    /// Returns the folders of history of these days, both included.
    pub(super) fn history(&self, days: (Date, Date)) -> impl Iterator<Item = &FolderFiles> {
        let folders = self.folders.iter();
        folders.filter(move |folder| is_history_of(days, &folder.folder))
    }

    /// Returns when the newest history of these days was delivered, as far as names tell.
    pub(super) fn watermark(&self, days: (Date, Date)) -> Option<Timestamp> {
        let newest = self.newest_of(move |folder| is_history_of(days, folder));
        newest.map(|(_, newest)| newest).max()
    }

    /// Returns folders, each with when the newest of it was delivered.
    pub(super) fn newest_of(
        &self,
        is_wanted: impl Fn(&DeliveryFolder) -> bool,
    ) -> impl Iterator<Item = (&FolderFiles, Timestamp)> {
        let folders = self.folders.iter().zip(&self.newest);
        let wanted = folders.filter(move |(folder, _)| is_wanted(&folder.folder));
        wanted.map(|(folder, known)| (folder, *known.get_or_init(|| newest_delivery(folder))))
    }

    /// Returns the files of history of these days, both included.
    pub(super) fn history_files(&self, days: (Date, Date)) -> Vec<PlacedFile> {
        let wanted = |(folder, _): &&PlacedFile| is_history_of(days, folder);
        self.files.iter().filter(wanted).cloned().collect()
    }
}

/// Says whether a folder holds history of these days, both included.
pub(super) fn is_history_of(days: (Date, Date), folder: &DeliveryFolder) -> bool {
    folder.kind == DeliveryKind::History && within(days, folder.day)
}

/// Returns the files of folders, each with its folder.
fn files_of(folders: &[FolderFiles]) -> Vec<PlacedFile> {
    let count = folders.iter().map(|folder| folder.files.len()).sum();
    let mut files = Vec::with_capacity(count);
    for folder in folders {
        let shared = Arc::new(folder.folder.clone());
        let placed = folder.files.iter();
        files.extend(placed.map(|file| (shared.clone(), file.clone())));
    }
    files
}

fn months_of((first, last): (Date, Date)) -> (Date, Date) {
    (first.first_of_month(), last.last_of_month())
}

pub(super) fn within((first, last): (Date, Date), day: Date) -> bool {
    first <= day && day <= last
}

/// All that was ever delivered, with what it means.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) listed: Arc<Listed>,
    pub(super) lake: LakeParts,
}

impl Whole {
    /// Returns the files that could not be read, with their days.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = &(Date, UnreadableFile)> + Clone {
        self.lake.parts.iter().flat_map(|part| &part.unreadable)
    }
}

/// Share of a lake up to which the cache is brought up to date for a question about a resource.
const WORTH_FILLING: u64 = 4;

/// Stored bytes of a lake up to which the first question about it may be answered from the delivered
/// files, all of which are read again for the cache if there is another question.
const READ_PAST_CACHE: u64 = 256 << 20;

/// Where a question finds its lake.
#[derive(Debug, Clone)]
pub(super) struct LakeAccess {
    pub(super) reader: FileReader,
    pub(super) cache: LakeCache,
    /// Which store asks, and for which accounts and Regions.
    pub(super) scope: (u64, ItemFilter),
}

impl LakeAccess {
    /// Returns the accounts and Regions of a filter, which decide what is listed.
    pub(super) fn scope_of(filter: &ItemFilter) -> ItemFilter {
        ItemFilter {
            accounts: filter.accounts.clone(),
            regions: filter.regions.clone(),
            ..ItemFilter::default()
        }
    }

    fn cx(&self) -> &CallContext {
        &self.reader.cx
    }

    /// Lists all that was ever delivered, once for all parts of an answer.
    pub(super) async fn list_all(&self) -> Result<Arc<Listed>, StoreError> {
        self.list((Date::MIN, Date::MAX)).await
    }

    /// Lists the deliveries of some days, both included, once for all parts of an answer. What is
    /// listed may have others as well.
    pub(super) async fn list(&self, days: (Date, Date)) -> Result<Arc<Listed>, StoreError> {
        let listing = &self.cx().listings;
        let listing = listing.get(&self.scope, days, || self.list_days(days));
        listing.await
    }

    /// Lists the deliveries that a question about these days reads. Where that costs something it
    /// is their whole months, as those are read.
    pub(super) async fn list_to_read(&self, days: (Date, Date)) -> Result<Arc<Listed>, StoreError> {
        if self.reader.guard.is_none() {
            return self.list(days).await;
        }
        self.list(months_of(days)).await
    }

    async fn list_days(&self, (first, last): (Date, Date)) -> Result<LakeListing, StoreError> {
        let lake = &self.reader.lake;
        let listing = lake
            .list(first, last, &self.scope.1)
            .await
            .map_err(|error| {
                if let Some(refused) = error.aws() {
                    return refused.clone().into();
                }
                let location = lake.source().location();
                let message = format!("the lake at {location} cannot be read: {error}");
                StoreError::new(StoreErrorKind::SourceUnreadable, message).because(error)
            })?;
        // What AWS refuses at the top, or to a caller it does not know, is no gap in an answer.
        let refused = listing.unreadable.iter().filter_map(SourceError::aws);
        let mut refused = refused.filter(|error| {
            !listing.is_lake || error.kind() == crate::aws::AwsErrorKind::Credentials
        });
        if let Some(error) = refused.next() {
            return Err(error.clone().into());
        }
        if !listing.is_lake && listing.unreadable.is_empty() {
            let location = lake.source().location();
            return Err(StoreError::new(
                StoreErrorKind::SourceEmpty,
                format!("there are no AWS Config deliveries under {location}"),
            ));
        }
        Ok(listing)
    }

    /// Names the state of all that was ever delivered.
    pub(super) async fn revision(&self) -> Result<Revision, StoreError> {
        let listed = self.list_all().await?;
        let unsettled = |(_, file): &PlacedFile| LakeFile::is_unsettled(file.version);
        let mut state = state_of_files(&listed.files);
        for (path, reason) in &listed.unreadable {
            state ^= xxh3_128(format!("{path}\n{reason}").as_bytes());
        }
        Ok(Revision {
            state,
            is_settled: listed.unreadable.is_empty() && !listed.files.iter().any(unsettled),
        })
    }

    /// Returns all that was ever delivered, with what it means.
    pub(super) fn whole(&self) -> BoxFuture<'static, Result<Whole, CacheError>> {
        let this = self.clone();
        async move {
            let listed = this.list_all().await?;
            let parts = this.cache.bring(&this.reader, &listed.files).await?;
            let kinds = this.cache.kinds(&this.reader, &parts).await?;
            Ok(Whole {
                listed,
                lake: LakeParts { parts, kinds },
            })
        }
        .boxed()
    }

    /// Returns what a question about some resources needs, with its meaning: all that was delivered,
    /// or the items of those resources, where all of it would have to be read for them.
    pub(super) async fn of_question(
        &self,
        filter: &ItemFilter,
        resources: &[ResourceKey],
    ) -> Result<Whole, CacheError> {
        let Some(selection) = Selection::of(filter, resources) else {
            return self.whole().await;
        };
        if self.reader.guard.is_some() {
            // What costs money is read once, for all questions to come.
            return self.whole().await;
        }
        let listed = self.list_all().await?;
        let (missing, all) = self.cache.missing_bytes(&listed.files);
        if missing <= all / WORTH_FILLING {
            return self.whole().await;
        }
        match selection.read(self, &listed).await? {
            Some(lake) => Ok(Whole { listed, lake }),
            None => self.whole().await,
        }
    }

    /// Returns what lies in the lake, if a question that needs no more than texts of the items before
    /// is to be answered past the cache: the first one about a lake that is read quickly. To read it
    /// takes half as long as to keep it, and whoever asks but once has no use for a cache.
    pub(super) async fn past_cache(
        &self,
        filter: &ItemFilter,
    ) -> Result<Option<Arc<Listed>>, StoreError> {
        if self.reader.guard.is_some() || Selection::of(filter, &[]).is_some() {
            return Ok(None);
        }
        let listed = self.list_all().await?;
        let bytes: u64 = listed.folders.iter().map(FolderFiles::bytes).sum();
        let goes_past = bytes <= READ_PAST_CACHE && self.cache.note_question();
        Ok(goes_past.then_some(listed))
    }

    /// Returns the parts of these days, if all of them are in the cache as they are now. Where
    /// reading costs something they are brought there: nobody should pay for them twice.
    pub(super) async fn at_hand(
        &self,
        days: (Date, Date),
    ) -> Result<Option<LakeParts>, CacheError> {
        let listed = self.list_to_read(days).await?;
        let mut ids = listed
            .files
            .iter()
            .filter(|(folder, _)| within(days, folder.day));
        let is_free = self.reader.guard.is_none();
        if is_free && !ids.all(|file| self.cache.knows(&PartId::of(file))) {
            return Ok(None);
        }
        let months = months_of(days);
        let listed = self.list(months).await?;
        let files: Vec<PlacedFile> = listed
            .files
            .iter()
            .filter(|(folder, _)| within(months, folder.day))
            .cloned()
            .collect();
        let parts = if is_free {
            self.cache.at_hand(&files)
        } else {
            Some(self.cache.bring(&self.reader, &files).await?)
        };
        Ok(parts.map(|parts| LakeParts {
            parts,
            kinds: HashMap::new(),
        }))
    }
}
