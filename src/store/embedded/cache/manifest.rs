//! What a part's folder holds: the one file that says which segments count, and what they were made
//! of.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{CacheError, home, segment::SegmentFile};
use crate::store::embedded::reading::{PlacedFile, state_of_files};

/// Name of the file.
pub(super) const NAME: &str = "part.json";
/// Version of its content and of the segments.
const VERSION: u32 = 2;

/// What a part holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    /// Hash over keys, sizes and versions of the delivered files, see [`hash_of_files`].
    pub(super) files: String,
    pub(super) segments: Vec<SegmentEntry>,
    /// Delivered files whose content is damaged.
    pub(super) damaged: Vec<DamagedFile>,
}

/// A segment of a part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SegmentEntry {
    /// Name of its file.
    pub(super) name: String,
    /// Checksum over its checksums.
    pub(super) seal: u64,
    pub(super) rows: usize,
    /// Bytes of its file.
    pub(super) bytes: u64,
    /// Bytes of the items in memory, roughly.
    pub(super) memory_bytes: u64,
    /// Whether it holds a part of one file whose other parts are in other segments.
    pub(super) is_piece: bool,
    /// Place of each of its delivered files among all of the part.
    pub(super) ranks: Ranks,
}

/// Places of a segment's files among those of the part.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Ranks {
    /// They follow one another from this place on.
    From(u32),
    /// Each has its own.
    Each(Vec<u32>),
}

impl Ranks {
    pub(super) fn of(places: Vec<u32>) -> Self {
        let first = places.first().copied().unwrap_or(0);
        if places
            .iter()
            .zip(first..)
            .all(|(place, next)| *place == next)
        {
            Self::From(first)
        } else {
            Self::Each(places)
        }
    }

    /// Returns the place of a file.
    pub(super) fn rank(&self, file: i32) -> u32 {
        let file = u32::try_from(file).unwrap_or(u32::MAX);
        match self {
            Self::From(first) => first.saturating_add(file),
            Self::Each(places) => places.get(file as usize).copied().unwrap_or(u32::MAX),
        }
    }
}

/// A delivered file that counts for nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct DamagedFile {
    pub(super) file: SegmentFile,
    pub(super) reason: String,
}

/// Names the state of files, as it is written down.
pub(super) fn hash_of_files(files: &[PlacedFile]) -> String {
    format!("{:032x}", state_of_files(files))
}

impl Manifest {
    pub(super) fn new(
        files: String,
        segments: Vec<SegmentEntry>,
        damaged: Vec<DamagedFile>,
    ) -> Self {
        Self {
            version: VERSION,
            files,
            segments,
            damaged,
        }
    }

    /// Reads the manifest of a part. One that is damaged, or of another version, is not there.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let text = fs::read_to_string(folder.join(NAME)).ok()?;
        let (json, sum) = text.trim_end().rsplit_once('\n')?;
        if sum != sum_of(json) {
            return None;
        }
        let manifest: Self = serde_json::from_str(json).ok()?;
        (manifest.version == VERSION).then_some(manifest)
    }

    /// Puts the manifest in the place of the one before.
    pub(super) fn write(&self, folder: &Path) -> Result<(), CacheError> {
        let json = serde_json::to_string(self).map_err(CacheError::damaged)?;
        let text = format!("{json}\n{}\n", sum_of(&json));
        let path = folder.join(NAME);
        home::write_file(&path, text.as_bytes()).map_err(|error| CacheError::Io(error).at(&path))
    }

    /// Returns the names of the segments' files.
    pub(super) fn names(&self) -> Vec<String> {
        self.segments
            .iter()
            .map(|entry| entry.name.clone())
            .collect()
    }
}

fn sum_of(json: &str) -> String {
    format!("{:016x}", xxh3_64(json.as_bytes()))
}
