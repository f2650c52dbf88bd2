//! Brings parts up to date with what is delivered: what is new is read, what has changed is read
//! again, the rest stays.

mod made;
mod together;

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::Date;

use self::{
    made::{Made, in_memory, whole_entries, written},
    together::{MOST_SEGMENTS, Together, is_small},
};
use super::{
    CacheError,
    held::Spare,
    home::{self, DiskHome, Home},
    ingest::{Held, INFLATED, Ingested, Ingester, Only},
    manifest::{DamagedFile, Manifest, Ranks, SegmentEntry, hash_of_files},
    part::{Part, PartId, PartSegment, unreadable_file},
    segment::SegmentFile,
    tell_of_no_cache,
};
use crate::{
    domain::Hasher,
    source::{FileError, LakeFile},
    store::{
        StoreError, UnreadableFile,
        embedded::{
            reading::{FileReader, PlacedFile, lost_caller, runs_of},
            workers::Stopped,
        },
    },
};

/// The filling of one part.
#[derive(Debug)]
pub(super) struct Fill<'a> {
    pub(super) reader: &'a FileReader,
    pub(super) id: PartId,
    /// All files of the part, in the order of their delivery folders and keys.
    pub(super) files: &'a [PlacedFile],
    /// Bytes of items that one thread holds.
    pub(super) held_bytes: usize,
    /// Which items are wanted, where not all are: then nothing is kept.
    pub(super) only: Option<Only>,
    /// Memory for items, which the parts of a question share.
    pub(super) spare: Spare,
}

/// What was made of files.
#[derive(Default)]
struct Gathered {
    made: Vec<Made>,
    damaged: Vec<DamagedFile>,
    failed: Vec<DamagedFile>,
}

impl Gathered {
    /// Notes what is written of a part, for whoever goes on with it.
    fn note_progress(&self, folder: &Path) {
        let entries = whole_entries(&self.made);
        let manifest = Manifest::new(String::new(), entries, settled_of(&self.damaged));
        if let Err(error) = manifest.write(folder) {
            tracing::debug!(%error, "what is written of a part is not noted");
        }
    }
}

impl Fill<'_> {
    /// Brings a part on disk up to date. Call under its folder's lock; without it nothing is
    /// written, and what is new is held in memory.
    pub(super) async fn on_disk(
        &self,
        home: &DiskHome,
        may_write: bool,
    ) -> Result<Part, CacheError> {
        let folder = home.part(&self.id);
        let before = Manifest::read(&folder);
        let (made, damaged) = match before {
            Some(manifest) => self.surviving(&folder, manifest)?,
            None => (Vec::new(), Vec::new()),
        };
        // What may change unnoticed is read apart, so that the rest can be kept.
        let (unsettled, settled): (Vec<_>, Vec<_>) = missing(self.files, &made, &damaged)
            .into_iter()
            .partition(|(_, file)| LakeFile::is_unsettled(file.version));
        let surviving = Gathered {
            made,
            damaged,
            failed: Vec::new(),
        };
        let folder_now = may_write.then_some(&*folder);
        let gathered = self.ingest(&settled, surviving, folder_now).await?;
        let Gathered {
            made,
            damaged,
            failed,
        } = self.ingest(&unsettled, gathered, None).await?;
        let made = self.put_together(&folder, made).await?;

        let places = self.places();
        let mut part = self.part(&damaged, &failed);
        let write = |one| match one {
            // What may change without anybody noticing is not kept.
            Made::New(draft) if may_write && !draft.files.iter().any(is_unsettled) => {
                written(&folder, draft, &places)
            }
            one => one,
        };
        let made: Vec<Made> = made.into_iter().map(write).collect();
        let entries = whole_entries(&made);
        for one in made {
            match one {
                Made::Written(_, segment, _) => part.segments.push(segment),
                Made::New(draft) | Made::Unkept(draft) => {
                    part.segments.push(in_memory(draft, &places)?);
                    part.is_kept = false;
                }
                Made::Kept(entry, _) => part
                    .segments
                    .push(PartSegment::on_disk(folder.join(&entry.name), &entry)),
            }
        }
        let whole = part.is_kept && failed.is_empty();
        // A manifest that does not say of which files it is equals none: the next question looks
        // what is missing.
        let files = if whole {
            hash_of_files(self.files)
        } else {
            String::new()
        };
        let manifest = Manifest::new(files, entries, settled_of(&damaged));
        if !may_write {
            return Ok(part);
        }
        if let Err(error) = manifest.write(&folder) {
            tell_of_no_cache(&error, &folder);
            part.is_kept = false;
            return Ok(part);
        }
        if let Err(error) = home::sweep(&folder, &manifest.names()) {
            tracing::debug!(%error, folder = %folder.display(), "old files of the cache stay");
        }
        Ok(part)
    }

    /// Returns the files that bringing the part up to date would read. Reads the part's manifest
    /// and the ends of its segments.
    pub(super) fn to_read(&self, home: &Home) -> Vec<PlacedFile> {
        let Home::Disk(home) = home else {
            return self.files.to_vec();
        };
        let folder = home.part(&self.id);
        match Manifest::read(&folder) {
            Some(manifest) => match self.surviving(&folder, manifest) {
                Ok((made, damaged)) => missing(self.files, &made, &damaged),
                Err(_) => self.files.to_vec(),
            },
            None => self.files.to_vec(),
        }
    }

    /// Makes a part that is held in memory.
    pub(super) async fn in_memory(&self) -> Result<Part, CacheError> {
        let Gathered {
            made,
            damaged,
            failed,
        } = self.ingest(self.files, Gathered::default(), None).await?;
        let places = self.places();
        let mut part = self.part(&damaged, &failed);
        part.is_kept = false;
        for one in made {
            if let Made::New(draft) = one {
                part.segments.push(in_memory(draft, &places)?);
            }
        }
        Ok(part)
    }

    fn part(&self, damaged: &[DamagedFile], failed: &[DamagedFile]) -> Part {
        let told = damaged.iter().chain(failed).cloned();
        let mut unreadable: Vec<(Date, UnreadableFile)> =
            told.filter_map(unreadable_file).collect();
        unreadable.sort_unstable_by(|a, b| a.1.key.cmp(&b.1.key));
        Part {
            id: self.id.clone(),
            segments: Vec::new(),
            unreadable,
            is_kept: failed.is_empty(),
        }
    }

    /// Returns the place of each file among all of the part.
    fn places(&self) -> HashMap<&str, u32> {
        let keys = self.files.iter().map(|(_, file)| &*file.key);
        keys.zip(0..).collect()
    }

    /// Returns the segments of which every file lies there unchanged, and the damaged files that
    /// do.
    fn surviving(
        &self,
        folder: &Path,
        manifest: Manifest,
    ) -> Result<(Vec<Made>, Vec<DamagedFile>), CacheError> {
        let there: HashMap<&str, &LakeFile> = self
            .files
            .iter()
            .map(|(_, file)| (&*file.key, file))
            .collect();
        let places = self.places();
        let unchanged = |file: &SegmentFile| {
            there.get(file.key()).is_some_and(|there| {
                there.size == file.1 && there.version == file.2 && !is_unsettled(file)
            })
        };
        let damaged = manifest
            .damaged
            .into_iter()
            .filter(|damaged| unchanged(&damaged.file));
        let damaged = damaged.collect();
        let mut kept: Vec<(SegmentEntry, Arc<Vec<SegmentFile>>)> = Vec::new();
        let mut gone: HashSet<String> = HashSet::new();
        let mut lost = false;
        for entry in manifest.segments {
            let segment = PartSegment::on_disk(folder.join(&entry.name), &entry);
            match segment.open().and_then(|segment| segment.files().cloned()) {
                Ok(files) if files.iter().all(unchanged) => {
                    let ranks = ranks_of(&files, &places);
                    kept.push((SegmentEntry { ranks, ..entry }, files));
                }
                Ok(files) => gone.extend(files.iter().map(|file| file.key().to_owned())),
                Err(error) if error.is_lost() => {
                    tracing::debug!(%error, "a segment of the cache is made again");
                    lost = true;
                }
                // It may be as good as ever: nothing is made of it again.
                Err(error) => return Err(error),
            }
        }
        if lost {
            // Nobody knows of which file the lost segment may have been a piece.
            kept.retain(|(entry, _)| !entry.is_piece);
        }
        // A large file may lie in several segments: one of them alone is not the file.
        loop {
            let before = kept.len();
            kept.retain(|(_, files)| {
                let stays = files.iter().all(|file| !gone.contains(file.key()));
                if !stays {
                    gone.extend(files.iter().map(|file| file.key().to_owned()));
                }
                stays
            });
            if kept.len() == before {
                break;
            }
        }
        let kept = kept.into_iter();
        let kept = kept
            .map(|(entry, files)| Made::Kept(entry, files))
            .collect();
        Ok((kept, damaged))
    }

    /// Reads files into segments, several runs at once, which are added to what there is. Where there
    /// is a folder, those that will not be put together with others are written there as they come:
    /// a part may have many, and whoever is cut off has what is written.
    async fn ingest(
        &self,
        files: &[PlacedFile],
        mut all: Gathered,
        folder: Option<&Path>,
    ) -> Result<Gathered, CacheError> {
        let at_once = self.reader.files_at_once.max(1);
        self.reader.progress.expect(files);
        let (places, held_bytes) = (self.places(), self.held_bytes);
        let runs = runs_of(files, (usize::MAX, held_bytes as u64 / INFLATED));
        let mut made = stream::iter(runs)
            .map(|run| {
                let (reader, only) = (self.reader.clone(), self.only.clone());
                let held = Held::new(self.spare.clone(), held_bytes);
                ingest_run(reader, held, only, run)
            })
            .buffered(at_once);
        while let Some(ingested) = made.try_next().await? {
            all.damaged.extend(ingested.damaged);
            all.failed.extend(ingested.failed);
            let before = all.made.len();
            let drafts = ingested.drafts.into_iter();
            all.made.extend(drafts.map(|draft| match folder {
                Some(folder) if !is_small(held_bytes, draft.is_piece, draft.memory_bytes) => {
                    written(folder, draft, &places)
                }
                _ => Made::New(draft),
            }));
            // All pieces of a large file come at once.
            let new = all.made.get(before..).unwrap_or_default();
            if let Some(folder) = folder
                && new.iter().any(|one| one.entry().is_some())
            {
                all.note_progress(folder);
            }
        }
        Ok(all)
    }

    /// Puts small segments together, on one of the threads that decode: as much memory as one of them
    /// holds is taken for it.
    async fn put_together(&self, folder: &Path, made: Vec<Made>) -> Result<Vec<Made>, CacheError> {
        if made.len() <= MOST_SEGMENTS {
            return Ok(made);
        }
        let together = Together {
            folder: folder.to_owned(),
            held_bytes: self.held_bytes,
            spare: self.spare.clone(),
        };
        let job = self.reader.job(move |cancel| together.put(made, cancel));
        job.await.map_err(stopped)?
    }
}

fn stopped(stopped: Stopped) -> StoreError {
    StoreError::internal("filling the cache", stopped)
}

/// Returns the files that are in no segment and not known to be damaged.
fn missing(files: &[PlacedFile], made: &[Made], damaged: &[DamagedFile]) -> Vec<PlacedFile> {
    let of_made = made.iter().flat_map(Made::files);
    let known: HashSet<&str> = of_made
        .chain(damaged.iter().map(|damaged| &damaged.file))
        .map(SegmentFile::key)
        .collect();
    let files = files.iter().filter(|(_, file)| !known.contains(&*file.key));
    files.cloned().collect()
}

/// Returns the damaged files that will be as damaged the next time.
fn settled_of(damaged: &[DamagedFile]) -> Vec<DamagedFile> {
    let settled = damaged
        .iter()
        .filter(|damaged| !is_unsettled(&damaged.file));
    settled.cloned().collect()
}

fn is_unsettled(file: &SegmentFile) -> bool {
    LakeFile::is_unsettled(file.2)
}

fn ranks_of(files: &[SegmentFile], places: &HashMap<&str, u32>) -> Ranks {
    let place = |file: &SegmentFile| places.get(file.key()).copied().unwrap_or(u32::MAX);
    Ranks::of(files.iter().map(place).collect())
}

/// Reads a run of files on a core of its own.
async fn ingest_run(
    reader: FileReader,
    held: Held,
    only: Option<Only>,
    run: Vec<PlacedFile>,
) -> Result<Ingested, CacheError> {
    let opened = reader.open_all(&run).await;
    if let Some(error) = lost_caller(&opened) {
        return Err(error.into());
    }
    let runtime = tokio::runtime::Handle::current();
    let of_job = reader.clone();
    let job = of_job.job(move |cancel| {
        let reopen = |file: &LakeFile| runtime.block_on(reader.open(file));
        reader.decode(|decoder| {
            let mut ingester = Ingester {
                decoder,
                hasher: Hasher::default(),
                cancel,
                only: only.as_ref(),
                reopen: &reopen,
                ingested: Ingested::default(),
                held,
            };
            for (file, object) in run.iter().zip(opened) {
                ingester.take(file, object)?;
                reader.progress.file_read(&reader.cx, file.1.size);
            }
            ingester.finish()
        })
    });
    job.await.map_err(stopped)?
}

impl FileError {
    /// Says whether reading the file again would show the same.
    pub(super) fn is_of_content(&self) -> bool {
        use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match self {
            Self::Json(error) => !error.is_io(),
            Self::Utf8(_) => true,
            Self::Bytes(error) => {
                matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
            }
            Self::Stopped => false,
        }
    }
}
