//! A part of a lake: what one recorder delivered in one month.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use jiff::civil::Date;

use super::{
    CacheError,
    checked::Checked,
    manifest::{DamagedFile, Ranks, SegmentEntry},
    segment::Segment,
};
use crate::{
    domain::partition_of,
    store::{UnreadableFile, embedded::reading::PlacedFile},
};

/// Which part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::store::embedded) struct PartId {
    pub(in crate::store::embedded) account: String,
    /// Region of the recorder.
    pub(in crate::store::embedded) region: String,
    pub(in crate::store::embedded) year: i16,
    /// From 1.
    pub(in crate::store::embedded) month: i8,
}

impl PartId {
    pub(in crate::store::embedded) fn of(file: &PlacedFile) -> Self {
        let folder = &file.0;
        Self {
            account: folder.account.clone(),
            region: folder.region.clone(),
            year: folder.day.year(),
            month: folder.day.month(),
        }
    }

    /// Returns the days of the month.
    pub(in crate::store::embedded) fn days(&self) -> Option<(Date, Date)> {
        let first = Date::new(self.year, self.month, 1).ok()?;
        Some((first, first.last_of_month()))
    }
}

/// A part, brought up to date with what is delivered.
#[derive(Debug)]
pub(in crate::store::embedded) struct Part {
    pub(in crate::store::embedded) id: PartId,
    pub(super) segments: Vec<PartSegment>,
    /// Files that could not be read, with their days, in the order of their keys.
    pub(in crate::store::embedded) unreadable: Vec<(Date, UnreadableFile)>,
    /// Whether all of it is kept on disk.
    pub(super) is_kept: bool,
}

/// A segment of a part, opened when it is needed.
#[derive(Debug)]
pub(super) struct PartSegment {
    place: Place,
    pub(super) seal: u64,
    pub(super) ranks: Ranks,
    opened: OnceLock<Arc<Segment>>,
}

#[derive(Debug)]
enum Place {
    /// Its path, and its file once it is held.
    Disk(PathBuf, OnceLock<Checked>),
    Memory(Checked),
}

impl PartSegment {
    /// Returns a segment that lies on disk.
    pub(super) fn on_disk(path: PathBuf, entry: &SegmentEntry) -> Self {
        Self {
            place: Place::Disk(path, OnceLock::new()),
            seal: entry.seal,
            ranks: entry.ranks.clone(),
            opened: OnceLock::new(),
        }
    }

    /// Returns a segment that is held in memory.
    pub(super) fn in_memory(content: Checked, ranks: Ranks) -> Self {
        Self {
            seal: content.seal(),
            place: Place::Memory(content),
            ranks,
            opened: OnceLock::new(),
        }
    }

    /// Opens the segment's file, so that nobody can take it away while few enough are open. What is in
    /// it is read when the segment is opened.
    pub(super) fn hold(&self) -> Result<&Checked, CacheError> {
        let (path, held) = match &self.place {
            Place::Memory(content) => return Ok(content),
            Place::Disk(path, held) => (path, held),
        };
        if let Some(content) = held.get() {
            return Ok(content);
        }
        let content = Checked::open(path).map_err(|error| CacheError::from(error).at(path))?;
        if content.seal() != self.seal {
            let error = CacheError::damaged("not the segment that the manifest names");
            return Err(error.at(path));
        }
        Ok(held.get_or_init(|| content))
    }

    /// Opens the segment. Reads its end, which says where things are.
    pub(super) fn open(&self) -> Result<Arc<Segment>, CacheError> {
        if let Some(segment) = self.opened.get() {
            return Ok(segment.clone());
        }
        let content = self.hold()?.clone();
        let segment = match &self.place {
            Place::Disk(path, _) => {
                Segment::open(content, path.clone()).map_err(|error| error.at(path))?
            }
            Place::Memory(_) => Segment::open(content, PathBuf::new())?,
        };
        Ok(self.opened.get_or_init(|| Arc::new(segment)).clone())
    }
}

/// Returns a file of a part as answers name it, with its delivery day.
pub(super) fn unreadable_file(damaged: DamagedFile) -> Option<(Date, UnreadableFile)> {
    let key = damaged.file.key().to_owned();
    let day = partition_of(&key)?.day;
    let reason = damaged.reason;
    Some((day, UnreadableFile { key, reason }))
}
