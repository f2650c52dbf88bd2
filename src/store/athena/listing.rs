//! What lies in the bucket: the delivery folders of a question with their files and bytes. Read
//! before anything runs, it gives the price, the partitions, the gaps and the watermark.

use std::{
    collections::BTreeMap,
    hash::Hash as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{ToSpan as _, civil::Date};
use tokio::time::Instant;
use xxhash_rust::xxh3::Xxh3;

use crate::{
    aws::{AwsError, Bucket, BucketObject},
    domain::{
        AccountId, CONFIG_FOLDER, DeliveryFolder, DeliveryKind, ItemFilter, Region,
        folder_and_name, is_ignored_name, partition_of,
    },
    glue::{DeliveryPath, RegisteredPartitions, TableLayout},
    source::{FolderFiles, LakeFile},
};

/// Listings under way at once.
const LISTINGS_AT_ONCE: usize = 16;
/// How long a listing is used again: the parts of one answer ask for the same folders.
const KEPT: Duration = Duration::from_secs(30);
/// Listings that are kept.
const KEPT_LISTINGS: usize = 4;

/// Delivery folders of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Listing {
    /// Folders with files, in order of account, Region, day and kind.
    pub(super) folders: Vec<FolderFiles>,
    /// Folders that the table has no partition for: what lies in them is not in any answer.
    pub(super) unprojected: Vec<DeliveryFolder>,
    /// Bytes by day that lie beside them in the same days' folders.
    pub(super) other_bytes: BTreeMap<Date, u64>,
    /// Whether there is any account's folder of AWS Config.
    pub(super) is_lake: bool,
    /// Changes with any file.
    pub(super) version: u128,
}

impl Listing {
    /// Returns the bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.folders.iter().map(FolderFiles::bytes).sum()
    }

    /// Returns the folders of history.
    pub(super) fn history(&self) -> impl Iterator<Item = &FolderFiles> {
        let folders = self.folders.iter();
        folders.filter(|folder| folder.folder.kind == DeliveryKind::History)
    }

    /// Returns the folders of these days alone.
    pub(super) fn of_days(&self, (first, last): (Date, Date)) -> Self {
        let within = |day: Date| (first..=last).contains(&day);
        let folders = self.folders.iter();
        let unprojected = self.unprojected.iter();
        let other_bytes = self.other_bytes.range(first..=last);
        Self {
            folders: folders
                .filter(|folder| within(folder.folder.day))
                .cloned()
                .collect(),
            unprojected: unprojected
                .filter(|folder| within(folder.day))
                .cloned()
                .collect(),
            other_bytes: other_bytes.map(|(day, bytes)| (*day, *bytes)).collect(),
            is_lake: self.is_lake,
            version: self.version,
        }
    }
}

/// Lists the deliveries of one table.
#[derive(Debug, Clone)]
pub(super) struct Lister {
    bucket: Bucket,
    layout: Arc<TableLayout>,
    registered: Option<Arc<RegisteredPartitions>>,
    kept: Arc<Mutex<Vec<Kept>>>,
}

#[derive(Debug)]
struct Kept {
    at: Instant,
    key: Key,
    listing: Arc<Listing>,
}

/// What a listing was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Key {
    days: (Date, Date),
    accounts: Vec<AccountId>,
    regions: Vec<Region>,
}

impl Lister {
    pub(super) fn new(
        bucket: Bucket,
        layout: Arc<TableLayout>,
        registered: Option<RegisteredPartitions>,
    ) -> Self {
        Self {
            bucket,
            layout,
            registered: registered.map(Arc::new),
            kept: Arc::default(),
        }
    }

    /// Lists the folders from `first` to `last` (both included) that can hold items which `filter`
    /// admits.
    pub(super) async fn list(
        &self,
        (first, last): (Date, Date),
        filter: &ItemFilter,
    ) -> Result<Arc<Listing>, AwsError> {
        let key = Key {
            days: (first, last),
            accounts: filter.accounts.clone(),
            regions: filter.regions.clone(),
        };
        if let Some(kept) = self.kept(&key) {
            return Ok(kept);
        }
        let (recorders, is_lake) = self.recorders(filter).await?;
        let mut prefixes = cover(first, last, self.layout.path.padded);
        if self.layout.is_registered() {
            // Nobody says how its partitions' folders are written.
            prefixes.extend(cover(first, last, true));
            prefixes.sort_unstable();
            prefixes.dedup();
        }
        let wanted: Vec<String> = recorders
            .iter()
            .flat_map(|recorder| prefixes.iter().map(move |days| format!("{recorder}{days}")))
            .collect();
        let mut objects = stream::iter(wanted)
            .map(|prefix| async move { self.bucket.objects(&prefix).await })
            .buffered(LISTINGS_AT_ONCE);
        let mut folders: BTreeMap<DeliveryFolder, Vec<BucketObject>> = BTreeMap::new();
        let mut other_bytes: BTreeMap<Date, u64> = BTreeMap::new();
        while let Some(found) = objects.try_next().await? {
            for object in found {
                let folder = partition_of(&object.key);
                let folder = folder.filter(|folder| (first..=last).contains(&folder.day));
                match folder {
                    None => {}
                    Some(folder) if folder.kind == DeliveryKind::Oversized => {
                        *other_bytes.entry(folder.day).or_default() += object.size;
                    }
                    Some(folder) => folders.entry(folder).or_default().push(object),
                }
            }
        }
        let listing = Arc::new(Listing {
            other_bytes,
            is_lake,
            ..self.sorted(folders)
        });
        self.keep(key, &listing);
        Ok(listing)
    }

    /// Finds the folders of all recorders that the filter admits, with a slash at their ends, and
    /// whether there is any recorder at all.
    async fn recorders(&self, filter: &ItemFilter) -> Result<(Vec<String>, bool), AwsError> {
        let DeliveryPath {
            roots,
            account,
            region,
            ..
        } = &self.layout.path;
        let mut recorders = Vec::new();
        let mut is_lake = false;
        for root in roots {
            let accounts = match account {
                Some(only) => vec![only.clone()],
                None => self.bucket.folders(root).await?,
            };
            let is_account = |name: &String| name.parse::<AccountId>().is_ok();
            let accounts: Vec<String> = accounts.into_iter().filter(is_account).collect();
            is_lake |= !accounts.is_empty();
            let accounts = accounts
                .into_iter()
                .filter(|account| filter.admits_account(account));
            let mut of_account = stream::iter(accounts)
                .map(|account| async move {
                    let config = format!("{root}{account}/{CONFIG_FOLDER}/");
                    let regions = match region {
                        Some(only) => vec![only.clone()],
                        None => self.bucket.folders(&config).await?,
                    };
                    Ok::<_, AwsError>((config, regions))
                })
                .buffered(LISTINGS_AT_ONCE);
            while let Some((config, regions)) = of_account.try_next().await? {
                let regions = regions.into_iter();
                let admitted = regions.filter(|region| filter.admits_recorder_region(region));
                recorders.extend(admitted.map(|region| format!("{config}{region}/")));
            }
        }
        Ok((recorders, is_lake))
    }

    /// Sorts out what the table has no partition for.
    fn sorted(&self, found: BTreeMap<DeliveryFolder, Vec<BucketObject>>) -> Listing {
        let mut listing = Listing::default();
        let mut hash = Xxh3::new();
        for (folder, objects) in found {
            let DeliveryFolder {
                account,
                region,
                day,
                kind,
            } = &folder;
            let registered = self.registered.as_ref();
            if !self.layout.admits(account, region, *day, *kind)
                || registered.is_some_and(|known| !known.have(&self.layout, &folder))
            {
                // A table without snapshots is a choice, one without an account is an oversight.
                if *kind == DeliveryKind::History {
                    listing.unprojected.push(folder);
                }
                continue;
            }
            let files: Vec<LakeFile> = objects
                .into_iter()
                .filter(|object| {
                    let name = folder_and_name(&object.key).map_or(&*object.key, |(_, name)| name);
                    !is_ignored_name(name) && !name.is_empty()
                })
                .map(|object| {
                    (&object.key, &object.etag, object.size).hash(&mut hash);
                    object.into()
                })
                .collect();
            if !files.is_empty() {
                listing.folders.push(FolderFiles { folder, files });
            }
        }
        listing.version = hash.digest128();
        listing
    }

    fn kept(&self, key: &Key) -> Option<Arc<Listing>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .find(|kept| kept.key == *key && kept.at.elapsed() < KEPT)
            .map(|kept| kept.listing.clone())
    }

    fn keep(&self, key: Key, listing: &Arc<Listing>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| kept.key != key);
        let listing = listing.clone();
        let at = Instant::now();
        kept.insert(0, Kept { at, key, listing });
        kept.truncate(KEPT_LISTINGS);
    }
}

/// Returns the fewest prefixes below a recorder's folder that cover the days: whole years, whole
/// months, days. More than a few years are everything there is.
fn cover(first: Date, last: Date, padded: bool) -> Vec<String> {
    const MANY_YEARS: i16 = 3;
    if last.year() - first.year() > MANY_YEARS {
        return vec![String::new()];
    }
    let two = |number: i8| {
        if padded {
            format!("{number:02}")
        } else {
            number.to_string()
        }
    };
    let mut prefixes = Vec::new();
    let mut day = first;
    while day <= last {
        let ends = [
            (day.day_of_year() == 1).then(|| day.last_of_year()),
            (day.day() == 1).then(|| day.last_of_month()),
        ];
        let end = ends.into_iter().flatten().find(|end| *end <= last);
        let (year, month) = (day.year(), two(day.month()));
        let after = match end {
            Some(end) if end.month() != day.month() => {
                prefixes.push(format!("{year}/"));
                end
            }
            Some(end) => {
                prefixes.push(format!("{year}/{month}/"));
                end
            }
            None => {
                prefixes.push(format!("{year}/{month}/{}/", two(day.day())));
                day
            }
        };
        match after.checked_add(1.day()) {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    prefixes
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_month_with_its_margin_takes_four_listings() {
        assert_eq!(
            cover(date(2024, 10, 31), date(2024, 12, 2), false),
            ["2024/10/31/", "2024/11/", "2024/12/1/", "2024/12/2/"]
        );
        assert_eq!(
            cover(date(2024, 1, 31), date(2024, 2, 29), true),
            ["2024/01/31/", "2024/02/"]
        );
    }

    #[test]
    fn whole_years_take_one() {
        assert_eq!(
            cover(date(2022, 12, 31), date(2024, 1, 2), false),
            ["2022/12/31/", "2023/", "2024/1/1/", "2024/1/2/"]
        );
        assert_eq!(cover(Date::MIN, date(2024, 1, 2), false), [""]);
        assert_eq!(cover(Date::MIN, Date::MAX, false), [""]);
    }
}
