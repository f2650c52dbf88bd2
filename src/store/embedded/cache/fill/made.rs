//! Segments of a part that is brought up to date: those that stay, and new ones on their way to disk.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::ranks_of;
use crate::store::embedded::cache::{
    CacheError,
    checked::Checked,
    home,
    ingest::Draft,
    manifest::{Ranks, SegmentEntry},
    part::PartSegment,
    segment::{Segment, SegmentFile},
    tell_of_no_cache,
};

/// A segment of a part that is brought up to date.
pub(super) enum Made {
    /// It lies there and stays.
    Kept(SegmentEntry, Arc<Vec<SegmentFile>>),
    /// It is new, and written.
    Written(SegmentEntry, PartSegment, Vec<SegmentFile>),
    /// It is new.
    New(Draft),
    /// It is new and stays in memory.
    Unkept(Draft),
}

impl Made {
    pub(super) fn files(&self) -> &[SegmentFile] {
        match self {
            Self::Kept(_, files) => files,
            Self::Written(_, _, files) => files,
            Self::New(draft) | Self::Unkept(draft) => &draft.files,
        }
    }

    /// Returns how the manifest names it, where it is on disk.
    pub(super) fn entry(&self) -> Option<&SegmentEntry> {
        match self {
            Self::Kept(entry, _) | Self::Written(entry, ..) => Some(entry),
            Self::New(_) | Self::Unkept(_) => None,
        }
    }

    pub(super) fn memory_bytes(&self) -> u64 {
        match self {
            Self::Kept(entry, _) | Self::Written(entry, ..) => entry.memory_bytes,
            Self::New(draft) | Self::Unkept(draft) => draft.memory_bytes,
        }
    }

    pub(super) fn read(self, folder: &Path) -> Result<(Segment, Vec<SegmentFile>), CacheError> {
        let files = self.files().to_vec();
        let segment = match self {
            Self::Kept(entry, _) | Self::Written(entry, ..) => {
                let path = folder.join(&entry.name);
                let content =
                    Checked::open(&path).map_err(|error| CacheError::Io(error).at(&path))?;
                Segment::open(content, path)?
            }
            Self::New(draft) | Self::Unkept(draft) => {
                Segment::open(Checked::in_memory(draft.content)?, PathBuf::new())?
            }
        };
        Ok((segment, files))
    }
}

/// Writes a segment and holds its file, so that nobody can take it away; where it cannot be kept, it
/// stays in memory.
pub(super) fn written(folder: &Path, draft: Draft, places: &HashMap<&str, u32>) -> Made {
    let write = || -> Result<(SegmentEntry, PartSegment), CacheError> {
        let entry = write_draft(folder, &draft, ranks_of(&draft.files, places))?;
        let segment = PartSegment::on_disk(folder.join(&entry.name), &entry);
        segment.hold()?;
        Ok((entry, segment))
    };
    match write() {
        Ok((entry, segment)) => Made::Written(entry, segment, draft.files),
        Err(error) => {
            tell_of_no_cache(&error, folder);
            Made::Unkept(draft)
        }
    }
}

pub(super) fn in_memory(
    draft: Draft,
    places: &HashMap<&str, u32>,
) -> Result<PartSegment, CacheError> {
    let ranks = ranks_of(&draft.files, places);
    let content = Checked::in_memory(draft.content)?;
    Ok(PartSegment::in_memory(content, ranks))
}

fn write_draft(folder: &Path, draft: &Draft, ranks: Ranks) -> Result<SegmentEntry, CacheError> {
    let content = Checked::in_memory(draft.content.clone())?;
    let seal = content.seal();
    let name = format!("{seal:016x}-{}.parquet", draft.rows);
    let path = folder.join(&name);
    home::write_file(&path, &draft.content).map_err(|error| CacheError::Io(error).at(&path))?;
    Ok(SegmentEntry {
        name,
        seal,
        rows: draft.rows,
        bytes: draft.content.len() as u64,
        memory_bytes: draft.memory_bytes,
        is_piece: draft.is_piece,
        ranks,
    })
}

/// Returns how the manifest names what is on disk. A segment that shares a file with one in memory is
/// not named: of that file a piece is missing.
pub(super) fn whole_entries(made: &[Made]) -> Vec<SegmentEntry> {
    let in_memory = made.iter().filter(|one| one.entry().is_none());
    let missing: HashSet<&str> = in_memory
        .flat_map(Made::files)
        .map(SegmentFile::key)
        .collect();
    let is_whole = |one: &&Made| !one.files().iter().any(|file| missing.contains(file.key()));
    let whole = made.iter().filter(is_whole);
    whole.filter_map(Made::entry).cloned().collect()
}
