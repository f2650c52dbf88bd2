//! The delivery folders of a lake: finds those that a period needs and opens no others.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::{StreamExt as _, stream};
use jiff::civil::Date;

use xxhash_rust::xxh3::xxh3_64;

use super::{Listing, ObjectSource, SourceError, join};
use crate::{
    aws::BucketObject,
    domain::{
        CONFIG_FOLDER, DeliveryFolder, DeliveryKind, ItemFilter, ROOT_FOLDER, folder_and_name,
        is_ignored_name,
    },
};

/// Levels above `AWSLogs` that are searched. Prefixes are short; this bounds the search in a
/// folder that is no lake at all.
const MAX_PREFIX_LEVELS: usize = 64;
/// Folders searched for `AWSLogs` before the search gives up.
const MAX_PREFIX_FOLDERS: usize = 20_000;
/// Listings under way at once.
const LISTINGS_AT_ONCE: usize = 16;

/// A lake over some source of objects.
#[derive(Debug, Clone)]
pub struct Lake {
    source: Arc<dyn ObjectSource>,
}

/// What a period needs.
#[derive(Debug, Default)]
pub struct LakeListing {
    /// Delivery folders with files, in order of account, Region, day and kind.
    pub folders: Vec<FolderFiles>,
    /// Folders that could not be listed: what lies in them is missing from the answer.
    pub unreadable: Vec<SourceError>,
    /// Whether any `AWSLogs/<account>/Config` was found at all.
    pub is_lake: bool,
}

/// A delivery folder and its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFiles {
    /// Account, recorder Region, day, kind.
    pub folder: DeliveryFolder,
    /// Files in order of their keys.
    pub files: Vec<LakeFile>,
}

/// A delivered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeFile {
    /// Key from the lake's top. Whoever holds the file shares it: a lake has hundreds of thousands.
    pub key: Arc<str>,
    /// Size as stored, in bytes.
    pub size: u64,
    /// Names the state of its content: another one after any change, and odd. [`LakeFile::unsettled`] where
    /// that cannot be told.
    pub version: u64,
}

impl LakeFile {
    /// Returns the version of a file that may change without its time stamps doing so: it equals
    /// none other, and is even.
    pub fn unsettled() -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        NEXT.fetch_add(2, Ordering::Relaxed)
    }

    /// Says whether the file may change without its version doing so.
    pub fn is_unsettled(version: u64) -> bool {
        version.is_multiple_of(2)
    }
}

impl From<BucketObject> for LakeFile {
    fn from(object: BucketObject) -> Self {
        Self {
            // Never 0, which would be no version at all.
            version: xxh3_64(object.etag.as_bytes()) | 1,
            key: object.key.into(),
            size: object.size,
        }
    }
}

impl FolderFiles {
    /// Returns the bytes of the files as stored.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

impl Lake {
    /// Returns the lake in `source`.
    pub fn new(source: Arc<dyn ObjectSource>) -> Self {
        Self { source }
    }

    /// Returns the source.
    pub fn source(&self) -> &Arc<dyn ObjectSource> {
        &self.source
    }

    /// Returns what tells the lake from any other.
    pub fn identity(&self) -> String {
        self.source.identity()
    }

    /// Lists the delivery folders from `first` to `last` (both included) that can hold items which
    /// `filter` admits. Fails only where the lake's top cannot be listed.
    pub async fn list(
        &self,
        first: Date,
        last: Date,
        filter: &ItemFilter,
    ) -> Result<LakeListing, SourceError> {
        let mut found = LakeListing::default();
        let recorders = self.recorders(&mut found, filter).await?;
        let days = DayRange { first, last };
        let mut listed = stream::iter(recorders)
            .map(|recorder| async move { self.list_recorder(&recorder, days).await })
            .buffered(LISTINGS_AT_ONCE);
        while let Some((folders, unreadable)) = listed.next().await {
            found.folders.extend(folders);
            found.unreadable.extend(unreadable);
        }
        found.folders.sort_unstable_by(|a, b| {
            // Two prefixes of one lake may hold the same folder: their keys decide.
            let first_key = |folder: &FolderFiles| folder.files.first().map(|f| f.key.clone());
            a.folder
                .cmp(&b.folder)
                .then_with(|| first_key(a).cmp(&first_key(b)))
        });
        Ok(found)
    }

    /// Finds the folders of all recorders that the filter admits.
    async fn recorders(
        &self,
        found: &mut LakeListing,
        filter: &ItemFilter,
    ) -> Result<Vec<Recorder>, SourceError> {
        let mut recorders = Vec::new();
        for root in self.roots(found).await? {
            for (account, folder) in self.accounts(&root, found).await {
                let config = join(&folder, CONFIG_FOLDER);
                let Some(listing) = self.try_list(&config, found).await else {
                    continue;
                };
                found.is_lake = true;
                if !filter.admits_account(&account) {
                    continue;
                }
                for region in listing.folders {
                    if filter.admits_recorder_region(&region) {
                        let path = join(&config, &region);
                        recorders.push(Recorder {
                            account: account.clone(),
                            region,
                            path,
                        });
                    }
                }
            }
        }
        Ok(recorders)
    }

    /// Finds every `AWSLogs` folder, level by level.
    async fn roots(&self, found: &mut LakeListing) -> Result<Vec<String>, SourceError> {
        let base = self.source.base();
        let mut roots: Vec<String> = base.first().cloned().into_iter().collect();
        if base.iter().any(|name| is_account(name)) {
            return Ok(roots);
        }
        let mut level = vec![base.join("/")];
        let mut seen = 0;
        for depth in 0..=MAX_PREFIX_LEVELS {
            let listings: Vec<(String, Result<Listing, SourceError>)> = stream::iter(level)
                .map(|folder| async move {
                    let listing = self.source.list(&folder).await;
                    (folder, listing)
                })
                .buffered(LISTINGS_AT_ONCE)
                .collect()
                .await;
            level = Vec::new();
            for (folder, listing) in listings {
                let listing = match listing {
                    Ok(listing) => listing,
                    Err(error) if depth == 0 => return Err(error),
                    // Deliveries may lie below it: that is to be told.
                    Err(error) => {
                        found.unreadable.push(error);
                        continue;
                    }
                };
                for name in listing.folders.iter().filter(|name| !name.starts_with('.')) {
                    let path = join(&folder, name);
                    if name == ROOT_FOLDER {
                        roots.push(path.clone());
                    }
                    // A prefix may be named so too, so the search goes on; it ends at accounts.
                    let below_root = folder.split('/').any(|part| part == ROOT_FOLDER);
                    if !(below_root && is_account(name)) {
                        level.push(path);
                    }
                }
            }
            seen += level.len();
            if level.is_empty() {
                break;
            }
            if seen > MAX_PREFIX_FOLDERS || depth == MAX_PREFIX_LEVELS {
                let source = std::io::Error::other(
                    "too many folders above AWSLogs: the search for deliveries ended here",
                );
                found.unreadable.push(SourceError {
                    path: level.swap_remove(0),
                    source,
                });
                break;
            }
        }
        roots.sort_unstable();
        Ok(roots)
    }

    /// Lists the account folders of an `AWSLogs` folder, as (account, path).
    async fn accounts(&self, root: &str, found: &mut LakeListing) -> Vec<(String, String)> {
        let Some(listing) = self.try_list(root, found).await else {
            return Vec::new();
        };
        let mut accounts = Vec::new();
        for name in listing.folders {
            let path = join(root, &name);
            if name.starts_with("o-") {
                // Some landing zones put the organisation below `AWSLogs`, as CloudTrail does.
                let below = self.try_list(&path, found).await.unwrap_or_default();
                accounts.extend(below.folders.into_iter().filter(|n| is_account(n)).map(
                    |account| {
                        let path = join(&path, &account);
                        (account, path)
                    },
                ));
            } else if is_account(&name) {
                accounts.push((name, path));
            }
        }
        accounts
    }

    async fn list_recorder(
        &self,
        recorder: &Recorder,
        days: DayRange,
    ) -> (Vec<FolderFiles>, Vec<SourceError>) {
        let mut found = LakeListing::default();
        let mut months = Vec::new();
        for (year, path) in self.numbered(&recorder.path, &mut found).await {
            if days.has_year(year) {
                let of_year = self.numbered(&path, &mut found).await.into_iter();
                let wanted = of_year.filter(|(month, _)| days.has_month(year, *month));
                months.extend(wanted.map(|(month, path)| (year, month, path)));
            }
        }
        let mut listed = stream::iter(months)
            .map(|month| self.list_month(recorder, month, days))
            .buffered(LISTINGS_AT_ONCE);
        while let Some(month) = listed.next().await {
            found.folders.extend(month.folders);
            found.unreadable.extend(month.unreadable);
        }
        drop(listed);
        (found.folders, found.unreadable)
    }

    async fn list_month(
        &self,
        recorder: &Recorder,
        (year, month, path): (i16, i16, String),
        days: DayRange,
    ) -> LakeListing {
        let mut found = LakeListing::default();
        // A whole month is listed in one go; of a part only the days that are there and wanted.
        let wanted: Vec<String> = if days.has_whole_month(year, month) && !self.is_fixed(&path) {
            Vec::new()
        } else {
            let names = self.numbered(&path, &mut found).await.into_iter();
            let wanted =
                names.filter(|(day, _)| date(year, month, *day).is_some_and(|d| days.has(d)));
            let folders = wanted.filter_map(|(_, path)| Some(path.rsplit('/').next()?.to_owned()));
            let folders: Vec<String> = folders.collect();
            if folders.is_empty() {
                return found;
            }
            folders
        };
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        // Those of oversized notifications lie deeper, and every item in them is in the history.
        let kinds = [DeliveryKind::History, DeliveryKind::Snapshot].map(DeliveryKind::folder_name);
        match self.source.list_below(&path, &[&wanted, &kinds]).await {
            Ok(below) => {
                found.unreadable.extend(below.unreadable);
                found.folders = in_folders(recorder, (year, month, &path), days, below.files);
            }
            Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => found.unreadable.push(error),
        }
        found
    }

    /// Says whether there is but one way down from a folder, because the lake was named further
    /// inside.
    fn is_fixed(&self, path: &str) -> bool {
        let (base, depth) = (self.source.base(), path.split('/').count());
        base.len() > depth
            && path
                .split('/')
                .eq(base.iter().take(depth).map(String::as_str))
    }

    /// Lists the folders whose names are numbers.
    async fn numbered(&self, path: &str, found: &mut LakeListing) -> Vec<(i16, String)> {
        let listing = self.try_list(path, found).await.unwrap_or_default();
        listing
            .folders
            .into_iter()
            .filter_map(|name| Some((name.parse().ok()?, join(path, &name))))
            .collect()
    }

    /// Lists a folder below the lake's top. One that is not there is nothing to tell of; one that
    /// cannot be read is noted.
    async fn try_list(&self, path: &str, found: &mut LakeListing) -> Option<Listing> {
        if self.is_fixed(path)
            && let Some(only) = self.source.base().get(path.split('/').count())
        {
            // Inside a lake whose first levels are given: there is but this one way down.
            return Some(Listing {
                folders: vec![only.clone()],
                files: Vec::new(),
            });
        }
        match self.source.list(path).await {
            Ok(listing) => Some(listing),
            Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                found.unreadable.push(error);
                None
            }
        }
    }
}

/// The folder of one account's recorder in one Region.
struct Recorder {
    account: String,
    region: String,
    path: String,
}

#[derive(Clone, Copy)]
struct DayRange {
    first: Date,
    last: Date,
}

impl DayRange {
    fn has(self, day: Date) -> bool {
        self.first <= day && day <= self.last
    }

    fn has_year(self, year: i16) -> bool {
        self.first.year() <= year && year <= self.last.year()
    }

    fn has_whole_month(self, year: i16, month: i16) -> bool {
        let first = date(year, month, 1);
        first.is_some_and(|first| self.first <= first && first.last_of_month() <= self.last)
    }

    fn has_month(self, year: i16, month: i16) -> bool {
        let at = |day: Date| (day.year(), i16::from(day.month()));
        at(self.first) <= (year, month) && (year, month) <= at(self.last)
    }
}

/// Sorts the files of a month into their delivery folders; what lies elsewhere is no delivery.
fn in_folders(
    recorder: &Recorder,
    (year, month, path): (i16, i16, &str),
    days: DayRange,
    files: Vec<LakeFile>,
) -> Vec<FolderFiles> {
    let mut folders: BTreeMap<(Date, DeliveryKind, String), Vec<LakeFile>> = BTreeMap::new();
    let mut last: Option<((Date, DeliveryKind, String), Vec<LakeFile>)> = None;
    for file in files {
        let Some((above, name)) = folder_and_name(&file.key) else {
            continue;
        };
        if is_ignored_name(name) {
            continue;
        }
        // Most files lie where the one before them does.
        if let Some(((.., folder), gathered)) = &mut last
            && folder == above
        {
            gathered.push(file);
            continue;
        }
        let place = above.strip_prefix(path).and_then(|rest| {
            let (day, kind) = rest.strip_prefix('/')?.split_once('/')?;
            let day = date(year, month, day.parse().ok()?)?;
            let kind =
                DeliveryKind::of_folder(kind).filter(|kind| *kind != DeliveryKind::Oversized)?;
            Some((day, kind, above.to_owned()))
        });
        let Some(place) = place.filter(|(day, ..)| days.has(*day)) else {
            continue;
        };
        if let Some((place, gathered)) = last.replace((place, vec![file])) {
            folders.entry(place).or_default().extend(gathered);
        }
    }
    if let Some((place, gathered)) = last {
        folders.entry(place).or_default().extend(gathered);
    }
    let folder_files = |((day, kind, _), mut files): (_, Vec<LakeFile>)| {
        files.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        let (account, region) = (recorder.account.clone(), recorder.region.clone());
        let folder = DeliveryFolder {
            account,
            region,
            day,
            kind,
        };
        FolderFiles { folder, files }
    };
    folders.into_iter().map(folder_files).collect()
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Returns where in a path a lake's layout begins, if the path leads into one.
pub(super) fn root_of(names: &[String]) -> Option<usize> {
    let at = names.iter().rposition(|name| name == ROOT_FOLDER)?;
    // A folder above the lake may be named so too: what follows must be the layout.
    let mut below = names.iter().skip(at + 1);
    let is_layout = match below.next() {
        Some(first) if first.starts_with("o-") => below.next().is_none_or(|n| is_account(n)),
        Some(first) => is_account(first),
        None => true,
    };
    is_layout.then_some(at)
}

fn is_account(name: &str) -> bool {
    name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit())
}
