//! The delivery folders of a lake: finds those that a period needs and opens no others.

use std::sync::Arc;

use futures::{StreamExt as _, stream};
use jiff::civil::Date;

use super::{Listing, ObjectSource, SourceError, join};
use crate::domain::{
    CONFIG_FOLDER, DeliveryFolder, DeliveryKind, FileName, ItemFilter, ROOT_FOLDER,
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
    /// Key from the lake's top.
    pub key: String,
    /// Size as stored, in bytes.
    pub size: u64,
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
        for (year, path) in self.numbered(&recorder.path, &mut found).await {
            if !days.has_year(year) {
                continue;
            }
            for (month, path) in self.numbered(&path, &mut found).await {
                if !days.has_month(year, month) {
                    continue;
                }
                for (day, path) in self.numbered(&path, &mut found).await {
                    if let Some(date) = date(year, month, day)
                        && days.has(date)
                    {
                        self.list_day(recorder, date, &path, &mut found).await;
                    }
                }
            }
        }
        (found.folders, found.unreadable)
    }

    async fn list_day(&self, recorder: &Recorder, day: Date, path: &str, found: &mut LakeListing) {
        let Some(listing) = self.try_list(path, found).await else {
            return;
        };
        for name in listing.folders {
            let Some(kind) = DeliveryKind::of_folder(&name) else {
                continue;
            };
            if kind == DeliveryKind::Oversized {
                // One level deeper, and every item in them is in the history too.
                continue;
            }
            let path = join(path, &name);
            let Some(listing) = self.try_list(&path, found).await else {
                continue;
            };
            let files: Vec<LakeFile> = listing
                .files
                .into_iter()
                .filter(|file| !FileName::is_ignored(&file.name))
                .map(|file| LakeFile {
                    key: join(&path, &file.name),
                    size: file.size,
                })
                .collect();
            if !files.is_empty() {
                let (account, region) = (recorder.account.clone(), recorder.region.clone());
                let folder = DeliveryFolder {
                    account,
                    region,
                    day,
                    kind,
                };
                found.folders.push(FolderFiles { folder, files });
            }
        }
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
        let depth = path.split('/').count();
        let base = self.source.base();
        if let Some(only) = base.get(depth)
            && path
                .split('/')
                .eq(base.iter().take(depth).map(String::as_str))
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

    fn has_month(self, year: i16, month: i16) -> bool {
        let at = |day: Date| (day.year(), i16::from(day.month()));
        at(self.first) <= (year, month) && (year, month) <= at(self.last)
    }
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

pub(super) fn is_account(name: &str) -> bool {
    name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit())
}
