//! The columnar cache: what was delivered, decoded once, sorted and kept as Parquet, with change
//! kinds and hashes of contents beside it. One folder a lake, account, Region and month; the same
//! in memory where nothing may be written.
//!
//! A delivered file is told by key, size and version; what is new is read and nothing else, and no
//! answer ever rests on a file that has changed. Whatever of the cache cannot be read is made again.

mod answers;
mod checked;
mod columns;
mod error;
mod fill;
mod folder;
mod held;
mod home;
mod ingest;
mod kinds;
mod manifest;
mod missing;
mod names;
mod part;
mod parts;
mod picked;
mod rows;
mod segment;
mod upkeep;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::{Duration, Instant},
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::Date;

use self::{
    checked::Checked,
    fill::Fill,
    held::Spare,
    home::{DiskHome, Home},
    kinds::AccountKinds,
    manifest::{Manifest, hash_of_files},
    part::PartSegment,
};
use super::reading::{FileReader, PlacedFile};
use crate::{
    domain::rules_version,
    source::{LakeFile, ReadLimits},
    store::StoreError,
};

pub(super) use columns::CacheColumn;
pub(super) use error::CacheError;
pub use folder::CacheFolder;
pub(super) use ingest::{Only, day_number};
pub(super) use kinds::{Card, Row, SegmentKinds};
pub(super) use names::{named_by, rows_named};
pub(super) use part::{Part, PartId};
pub(super) use parts::{LakeParts, PlacedSegment};
pub(super) use rows::{Columns, Identities, ItemColumns};
pub(super) use segment::{Segment, Wanted};
pub use upkeep::{CacheUsage, LakeUsage, clear_cache, usage_of_cache};

/// How long a part is used again in which files are missing: they may be readable again, and
/// nothing about them has changed then.
const BROKEN_KEPT: Duration = Duration::from_mins(5);
/// Least and most bytes of items that one thread holds before it writes a segment.
const HELD_BYTES: (usize, usize) = (4 << 20, 48 << 20);
/// Shares of a thread's memory, one of which is items that wait; the others are their columns, and what
/// is written. With the default limit on two cores a thread stays in one heap of the allocator.
const SHARES: usize = 10;

/// The cache of one lake. Clones are one cache.
#[derive(Debug, Clone)]
pub(super) struct LakeCache {
    home: Home,
    held: Arc<Mutex<Held>>,
    /// Parts are brought up to date for one question after the other: two would read all twice.
    bringing: Arc<tokio::sync::Mutex<()>>,
    /// Whether a question was asked that needs all of the lake.
    asked: Arc<AtomicBool>,
    /// The lake, for people.
    location: Arc<str>,
    memory_bytes: usize,
    most_bytes: u64,
}

/// What this process has at hand.
#[derive(Debug, Default)]
struct Held {
    parts: HashMap<PartId, HeldPart>,
    kinds: HashMap<(String, u128), Arc<AccountKinds>>,
}

#[derive(Debug)]
struct HeldPart {
    files: String,
    part: Arc<Part>,
    made: Instant,
}

impl LakeCache {
    /// Returns the cache of a lake in a folder, which it shares with other lakes; in memory where
    /// there is none. `limits` are those under which files are read: they decide what is damaged.
    pub(super) fn new(
        kept: Option<&CacheFolder>,
        location: &str,
        limits: ReadLimits,
        memory_bytes: usize,
    ) -> Self {
        let home = match kept {
            Some(kept) => {
                // What was told by other rules, or read under other limits, is another cache.
                let rules = rules_version();
                let lake = format!("{location}\n{limits:?}\n{rules:016x}");
                Home::Disk(Arc::new(DiskHome::new(kept.clone(), &lake)))
            }
            None => Home::Memory,
        };
        Self {
            home,
            held: Arc::default(),
            bringing: Arc::default(),
            asked: Arc::default(),
            location: location.into(),
            memory_bytes,
            most_bytes: kept.map_or(u64::MAX, CacheFolder::most_bytes),
        }
    }

    /// Returns the same cache of the same lake, in memory: for an answer that must come.
    pub(super) fn in_memory(&self) -> Self {
        Self {
            home: Home::Memory,
            held: Arc::default(),
            ..self.clone()
        }
    }

    /// Returns what was kept under a name, if it can still be read. Nothing is kept in memory.
    pub(super) fn recall(&self, name: &str) -> Option<Vec<u8>> {
        let Home::Disk(home) = &self.home else {
            return None;
        };
        let recalled = answers::recall(home, name);
        recalled.unwrap_or_else(|error| {
            tracing::debug!(%error, "a kept answer cannot be read and is worked out again");
            None
        })
    }

    /// Keeps something under a name that says all that it rests on, unless a file could not be read
    /// this time: the next time it may be.
    pub(super) fn keep(&self, name: &str, content: &[u8]) {
        let all_kept = {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.parts.values().all(|held| held.part.is_kept)
        };
        if let Home::Disk(home) = &self.home
            && home.stays()
            && all_kept
            && let Err(error) = answers::keep(home, name, content)
        {
            tracing::debug!(%error, "an answer cannot be kept");
        }
    }

    /// Says whether all parts of these files are at hand and up to date, and returns them.
    pub(super) fn at_hand(&self, files: &[PlacedFile]) -> Option<Vec<Arc<Part>>> {
        by_part(files)
            .into_iter()
            .map(|(id, files)| self.part_at_hand(&id, files, &hash_of_files(files)))
            .collect()
    }

    /// Returns a part that is up to date, from this process or from disk.
    fn part_at_hand(&self, id: &PartId, files: &[PlacedFile], hash: &str) -> Option<Arc<Part>> {
        self.held_part(id, hash)
            .or_else(|| self.kept_part(id, files, hash))
    }

    /// Says whether anything of a part is kept: whether it is worth a look.
    pub(super) fn knows(&self, id: &PartId) -> bool {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.parts.contains_key(id)
            || match &self.home {
                Home::Disk(home) => home.part(id).join(manifest::NAME).is_file(),
                Home::Memory => false,
            }
    }

    /// Brings the parts of these files up to date; the files are all of each part, in the order of
    /// their folders.
    pub(super) async fn bring(
        &self,
        reader: &FileReader,
        files: &[PlacedFile],
    ) -> Result<Vec<Arc<Part>>, CacheError> {
        if let Some(parts) = self.at_hand(files) {
            return Ok(parts);
        }
        self.note_question();
        // On disk each part has a lock of its own; whoever asks for leave to read asks once.
        let alone = matches!(self.home, Home::Memory) || reader.guard.is_some();
        let _bringing = if alone {
            Some(self.bringing.lock().await)
        } else {
            None
        };
        if alone && let Some(parts) = self.at_hand(files) {
            return Ok(parts);
        }
        if let Some(guard) = reader.guard.as_deref() {
            let missing = self.missing(reader, files);
            reader.may_read(guard, &missing).await?;
        }
        let at_once = reader.parts_at_once();
        let spare = Spare::with_room_for(self.memory_bytes / SHARES);
        let parts: Vec<Arc<Part>> = stream::iter(by_part(files))
            .map(|(id, files)| {
                let (cache, reader, files) = (self.clone(), reader.clone(), files.to_vec());
                let spare = spare.clone();
                async move { cache.bring_part(&reader, id, &files, spare).await }
            })
            .buffered(at_once)
            .boxed()
            .try_collect()
            .await?;
        if let Home::Disk(home) = &self.home
            && let Err(error) = upkeep::make_room(home, self.most_bytes, &parts)
        {
            tracing::debug!(%error, "no room is made in the cache");
        }
        Ok(parts)
    }

    async fn bring_part(
        &self,
        reader: &FileReader,
        id: PartId,
        files: &[PlacedFile],
        spare: Spare,
    ) -> Result<Arc<Part>, CacheError> {
        let hash = hash_of_files(files);
        let at_hand = || self.part_at_hand(&id, files, &hash);
        if let Some(part) = at_hand() {
            return Ok(part);
        }
        let fill = Fill {
            reader,
            id: id.clone(),
            files,
            held_bytes: self.held_bytes(reader),
            only: None,
            spare,
        };
        let part = match &self.home {
            Home::Memory => fill.in_memory().await?,
            Home::Disk(home) => {
                let folder = home.part(&id);
                let lock = home::lock(&folder, &reader.cx.cancel).await;
                if let Err(error) = &lock {
                    tell_of_no_cache(error, &folder);
                }
                // Another process may have done it in the meantime.
                if let Some(part) = at_hand() {
                    return Ok(part);
                }
                self.fill_on_disk(&fill, home, lock.is_ok()).await?
            }
        };
        Ok(self.hold(id, hash, Arc::new(part)))
    }

    /// Brings a part on disk up to date; a file of it that turns out to be damaged is removed.
    async fn fill_on_disk(
        &self,
        fill: &Fill<'_>,
        home: &DiskHome,
        may_write: bool,
    ) -> Result<Part, CacheError> {
        match fill.on_disk(home, may_write).await {
            Err(CacheError::At { path, source }) if may_write && source.is_lost() => {
                tracing::debug!(path = %path.display(), %source, "a damaged file is removed");
                if std::fs::remove_file(&path).is_ok() {
                    return fill.on_disk(home, may_write).await;
                }
                fill.in_memory().await
            }
            Err(error) if error.is_of_cache() => {
                tell_of_no_cache(&error, &home.part(&fill.id));
                fill.in_memory().await
            }
            filled => filled,
        }
    }

    fn held_bytes(&self, reader: &FileReader) -> usize {
        let threads = reader.files_at_once.max(1);
        let (least, most) = HELD_BYTES;
        (self.memory_bytes / threads / SHARES).clamp(least, most)
    }

    fn held_part(&self, id: &PartId, files: &str) -> Option<Arc<Part>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let of_id = held.parts.get(id).filter(|held| held.files == files)?;
        let usable = of_id.part.unreadable.is_empty()
            || of_id.part.is_kept
            || of_id.made.elapsed() < BROKEN_KEPT;
        usable.then(|| of_id.part.clone())
    }

    /// Returns a part that lies on disk as it is now.
    fn kept_part(&self, id: &PartId, files: &[PlacedFile], hash: &str) -> Option<Arc<Part>> {
        let Home::Disk(home) = &self.home else {
            return None;
        };
        let folder = home.part(id);
        let manifest = Manifest::read(&folder).filter(|manifest| manifest.files == hash)?;
        let unsettled = |(_, file): &PlacedFile| LakeFile::is_unsettled(file.version);
        if files.iter().any(unsettled) {
            return None;
        }
        let segments = manifest.segments.iter();
        let segments: Vec<PartSegment> = segments
            .map(|entry| PartSegment::on_disk(folder.join(&entry.name), entry))
            .collect();
        // Opened now: another process may replace them, but not under those who have them open.
        segments
            .iter()
            .all(|segment| segment.open().is_ok())
            .then_some(())?;
        home::note_use(&folder.join(manifest::NAME));
        let damaged = manifest.damaged.into_iter();
        let mut unreadable: Vec<_> = damaged.filter_map(part::unreadable_file).collect();
        unreadable.sort_unstable_by(|a, b| a.1.key.cmp(&b.1.key));
        let part = Part {
            id: id.clone(),
            segments,
            unreadable,
            is_kept: true,
        };
        Some(self.hold(id.clone(), hash.to_owned(), Arc::new(part)))
    }

    fn hold(&self, id: PartId, files: String, part: Arc<Part>) -> Arc<Part> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let made = Instant::now();
        let of_part = HeldPart {
            files,
            part: part.clone(),
            made,
        };
        held.parts.insert(id, of_part);
        part
    }

    /// Forgets what a damaged file of the cache was of, so that it is made again.
    pub(super) fn give_up(&self, error: &CacheError) {
        tracing::warn!(%error, "a file of the cache cannot be used and is made again");
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Held::default();
        if let CacheError::At { path, .. } = error
            && let Err(error) = std::fs::remove_file(path)
        {
            tracing::debug!(%error, path = %path.display(), "it cannot be removed");
        }
    }

    /// Returns what the items of these parts mean.
    pub(super) async fn kinds(
        &self,
        reader: &FileReader,
        parts: &[Arc<Part>],
    ) -> Result<HashMap<String, Arc<AccountKinds>>, CacheError> {
        let accounts: Vec<Vec<Arc<Part>>> = parts
            .chunk_by(|a, b| a.id.account == b.id.account)
            .map(<[_]>::to_vec)
            .collect();
        let (cache, of_reader) = (self.clone(), reader.clone());
        let told: Vec<_> = stream::iter(accounts)
            .map(move |parts| {
                let (cache, reader) = (cache.clone(), of_reader.clone());
                async move { cache.kinds_of(&reader, parts).await }
            })
            .buffered(reader.files_at_once.max(1))
            .boxed()
            .try_collect()
            .await?;
        Ok(told.into_iter().flatten().collect())
    }

    async fn kinds_of(
        &self,
        reader: &FileReader,
        parts: Vec<Arc<Part>>,
    ) -> Result<Option<(String, Arc<AccountKinds>)>, CacheError> {
        let Some(first) = parts.first() else {
            return Ok(None);
        };
        let account = first.id.account.clone();
        let state = kinds::state_of(&parts);
        let key = (account.clone(), state);
        {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(kinds) = held.kinds.get(&key) {
                return Ok(Some((account, kinds.clone())));
            }
        }
        let path = self.kinds_path(&account, &parts);
        let job = reader
            .job(move |cancel| told(&parts, state, path.as_deref(), &|| cancel.is_cancelled()));
        let stopped = |stopped| StoreError::internal("classifying items", stopped);
        let told = Arc::new(job.await.map_err(stopped)??);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // Of an account at most a few states are in use: whole, and by some Regions.
        if held.kinds.keys().filter(|(of, _)| *of == account).count() >= 4 {
            held.kinds.retain(|(of, _), _| *of != account);
        }
        held.kinds.insert(key, told.clone());
        Ok(Some((account, told)))
    }

    /// Returns where the kinds of an account's parts are kept, if they are.
    fn kinds_path(&self, account: &str, parts: &[Arc<Part>]) -> Option<PathBuf> {
        let Home::Disk(home) = &self.home else {
            return None;
        };
        let kept = parts.iter().all(|part| part.is_kept);
        let mut regions: Vec<&str> = parts.iter().map(|part| &*part.id.region).collect();
        regions.dedup();
        let of_regions = xxhash_rust::xxh3::xxh3_64(regions.join("/").as_bytes());
        kept.then(|| {
            home.account(account)
                .join(format!("kinds-{of_regions:016x}"))
        })
    }
}

/// Reads the kinds of an account, or finds and keeps them.
fn told(
    parts: &[Arc<Part>],
    state: u128,
    path: Option<&Path>,
    is_cancelled: &dyn Fn() -> bool,
) -> Result<AccountKinds, CacheError> {
    let mut rows = Vec::new();
    for segment in parts.iter().flat_map(|part| &part.segments) {
        rows.push(segment.open()?.rows());
    }
    if let Some(path) = path
        && let Ok(content) = Checked::open(path)
        && let Ok(Some(kept)) = AccountKinds::open(content, state, &rows)
        && kept.is_readable()
    {
        return Ok(kept);
    }
    let written = kinds::write(&kinds::classified(parts, is_cancelled)?, state)?;
    if let Some(path) = path
        && let Err(error) = home::write_file(path, &written)
    {
        tell_of_no_cache(&error, path);
    }
    let content = Checked::in_memory(written)?;
    let kinds = AccountKinds::open(content, state, &rows)?;
    kinds.ok_or_else(|| CacheError::damaged("kinds of another state"))
}

/// A cache that cannot be written costs time, no answer.
fn tell_of_no_cache(error: &dyn std::fmt::Display, folder: &Path) {
    tracing::warn!(
        %error,
        folder = %folder.display(),
        "the cache cannot be written, the answer comes without it: make room there, name another \
         folder with --cache-dir, or pass --no-cache"
    );
}

/// Divides files into those of each part.
fn by_part(files: &[PlacedFile]) -> Vec<(PartId, &[PlacedFile])> {
    let same = |(a, _): &PlacedFile, (b, _): &PlacedFile| {
        let month = |day: Date| (day.year(), day.month());
        Arc::ptr_eq(a, b)
            || (&a.account, &a.region, month(a.day)) == (&b.account, &b.region, month(b.day))
    };
    let parts = files.chunk_by(same);
    parts
        .filter_map(|files| Some((PartId::of(files.first()?), files)))
        .collect()
}
