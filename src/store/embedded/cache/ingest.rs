//! Delivered files become segments: a run of files is decoded whole, each item with what is worked
//! out from its bodies, and written sorted whenever so many bytes have gathered.

use std::{cell::RefCell, sync::Arc};

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::{
    CacheError,
    columns::CachedItem,
    manifest::DamagedFile,
    segment::{SegmentFile, write_segment},
};
use crate::{
    domain::{ConfigurationItem, DeliveryKind, Hasher},
    source::{Bodies, Decoder, FileError, LakeFile, Needles, Object, Search, Taken},
    store::{
        StoreError, StoreErrorKind,
        embedded::{
            reading::PlacedFile,
            sightings::{Sighted, short_hash},
        },
    },
};

const ALL_BODIES: Bodies = Bodies {
    texts: true,
    tags: true,
    configuration: true,
    supplementary_configuration: true,
    relationships: true,
};

/// A segment as it is to be written.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) content: Bytes,
    pub(super) rows: usize,
    pub(super) memory_bytes: u64,
    pub(super) files: Vec<SegmentFile>,
    /// Whether it holds a part of one file whose other parts are in other segments.
    pub(super) is_piece: bool,
}

/// What a run of files gave.
#[derive(Debug, Default)]
pub(super) struct Ingested {
    pub(super) drafts: Vec<Draft>,
    /// Files whose content is damaged: reading them again would show the same.
    pub(super) damaged: Vec<DamagedFile>,
    /// Files that could not be read this time.
    pub(super) failed: Vec<DamagedFile>,
}

/// Decodes a run of files on one thread.
pub(super) struct Ingester<'a> {
    pub(super) decoder: Decoder,
    pub(super) hasher: Hasher,
    /// Bytes of items that are held before they are written.
    pub(super) held_bytes: usize,
    pub(super) cancel: &'a CancellationToken,
    /// Which items are wanted, where not all are.
    pub(super) only: Option<&'a Only>,
    /// Opens a file once more.
    pub(super) reopen: &'a dyn Fn(&LakeFile) -> Result<Object, FileError>,
    pub(super) ingested: Ingested,
    pub(super) held: Held,
}

/// The items that a question is about.
#[derive(Clone)]
pub(in crate::store::embedded) struct Only {
    /// Texts of which any item that is wanted has one, as it stands in its file.
    pub(in crate::store::embedded) needles: Arc<Needles>,
    pub(in crate::store::embedded) is_wanted: Arc<dyn Fn(&ConfigurationItem) -> bool + Send + Sync>,
    /// Takes what each file has items of.
    pub(in crate::store::embedded) sighted: Sighted,
}

impl std::fmt::Debug for Only {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Only")
    }
}

/// Items that wait to be written, with the files they are from.
#[derive(Debug, Default)]
pub(super) struct Held {
    items: Vec<CachedItem>,
    files: Vec<SegmentFile>,
    bytes: usize,
}

impl Ingester<'_> {
    /// Takes the items of one file, all or none.
    pub(super) fn take(
        &mut self,
        file: &PlacedFile,
        object: Result<Object, FileError>,
    ) -> Result<(), CacheError> {
        // Of a file in which nothing is wanted no item comes that could be stopped at.
        if self.cancel.is_cancelled() {
            return Err(cancelled().into());
        }
        let listed = SegmentFile(file.1.key.to_string(), file.1.size, file.1.version);
        match self.decoded(file, object) {
            Ok(Some((items, bytes))) => {
                if self.held.bytes > 0 && self.held.bytes + bytes > self.held_bytes {
                    self.write_held()?;
                }
                self.held.take_file(listed, items, bytes);
            }
            // Larger than may be held, and whole: its items are written as they come.
            Ok(None) => self.stream(file, &listed)?,
            Err(FileError::Stopped) => return Err(cancelled().into()),
            Err(error) => {
                let reason = error.to_string();
                let told = DamagedFile {
                    file: listed,
                    reason,
                };
                if error.is_of_content() {
                    self.ingested.damaged.push(told);
                } else {
                    self.ingested.failed.push(told);
                }
            }
        }
        Ok(())
    }

    /// Returns what was made, once all files were taken.
    pub(super) fn finish(mut self) -> Result<Ingested, CacheError> {
        self.write_held()?;
        Ok(self.ingested)
    }

    /// Decodes a file; `None` for one whose items may not be held all at once.
    fn decoded(
        &mut self,
        file: &PlacedFile,
        object: Result<Object, FileError>,
    ) -> Result<Option<(Vec<CachedItem>, usize)>, FileError> {
        let mut items = Vec::new();
        let (mut bytes, mut too_large, mut count) = (0, false, 0);
        let resources = RefCell::new(Vec::new());
        let note = |text: &str| resources.borrow_mut().push(short_hash(text));
        let (most, cancel, hasher) = (self.held_bytes, self.cancel, &mut self.hasher);
        let only = self.only;
        let mut on_item = |item: ConfigurationItem| {
            if cancel.is_cancelled() {
                return Taken::Break(());
            }
            if only.is_some() {
                note(&item.resource_id);
                item.arn.as_deref().into_iter().for_each(note);
            }
            if !too_large && only.is_none_or(|only| (only.is_wanted)(&item)) {
                let cached = cached(item, file, count, hasher);
                bytes += cached.memory_bytes();
                items.push(cached);
                count += 1;
                if bytes > most {
                    too_large = true;
                    items = Vec::new();
                }
            }
            Taken::Continue(())
        };
        let mut passed = note;
        let search = only.map(|only| Search {
            needles: &only.needles,
            passed: &mut passed,
        });
        self.decoder
            .decode(object?, &file.0, ALL_BODIES, search, &mut on_item)?;
        if let Some(only) = only {
            only.sighted.note(file, resources.into_inner());
        }
        Ok((!too_large).then_some((items, bytes)))
    }

    /// Reads a file again, of which every item counts.
    fn stream(&mut self, file: &PlacedFile, listed: &SegmentFile) -> Result<(), CacheError> {
        self.write_held()?;
        let first = self.ingested.drafts.len();
        let object = (self.reopen)(&file.1);
        let Self {
            decoder,
            hasher,
            held_bytes,
            cancel,
            ingested,
            held,
            only,
            ..
        } = self;
        let (mut count, mut failed) = (0, None);
        let mut on_item = |item: ConfigurationItem| {
            if cancel.is_cancelled() {
                return Taken::Break(());
            }
            if only.is_some_and(|only| !(only.is_wanted)(&item)) {
                return Taken::Continue(());
            }
            let cached = cached(item, file, count, hasher);
            count += 1;
            let bytes = cached.memory_bytes();
            if held.bytes + bytes > *held_bytes
                && let Err(error) = held.write(ingested)
            {
                failed = Some(error);
                return Taken::Break(());
            }
            held.take_item(listed, cached, bytes);
            Taken::Continue(())
        };
        let read = object
            .and_then(|object| decoder.decode(object, &file.0, ALL_BODIES, None, &mut on_item));
        if let Some(error) = failed {
            return Err(error);
        }
        match read {
            Ok(()) => {
                self.write_held()?;
                let pieces = self.ingested.drafts.get_mut(first..).unwrap_or_default();
                for piece in pieces {
                    piece.is_piece = true;
                }
                Ok(())
            }
            Err(FileError::Stopped) => Err(cancelled().into()),
            // It was whole a moment ago: nobody knows what was taken of it.
            Err(error) => Err(CacheError::Damaged(format!(
                "{} changed while it was read: {error}",
                file.1.key
            ))),
        }
    }

    fn write_held(&mut self) -> Result<(), CacheError> {
        self.held.write(&mut self.ingested)
    }
}

impl Held {
    fn take_file(&mut self, listed: SegmentFile, items: Vec<CachedItem>, bytes: usize) {
        let place = i32::try_from(self.files.len()).unwrap_or(i32::MAX);
        self.files.push(listed);
        self.bytes += bytes;
        let placed = items.into_iter().map(|item| CachedItem {
            file: place,
            ..item
        });
        self.items.extend(placed);
    }

    /// Takes an item of the only file.
    fn take_item(&mut self, listed: &SegmentFile, item: CachedItem, bytes: usize) {
        if self.files.is_empty() {
            self.files.push(listed.clone());
        }
        self.bytes += bytes;
        self.items.push(item);
    }

    fn write(&mut self, ingested: &mut Ingested) -> Result<(), CacheError> {
        if self.files.is_empty() {
            return Ok(());
        }
        let held = std::mem::take(self);
        ingested
            .drafts
            .push(Draft::of(held.items, held.files, held.bytes)?);
        Ok(())
    }
}

impl Draft {
    /// Makes a segment of items.
    pub(super) fn of(
        items: Vec<CachedItem>,
        files: Vec<SegmentFile>,
        memory_bytes: usize,
    ) -> Result<Self, CacheError> {
        let rows = items.len();
        Ok(Self {
            content: write_segment(items, &files)?.into(),
            rows,
            memory_bytes: memory_bytes as u64,
            files,
            is_piece: false,
        })
    }
}

fn cached(
    item: ConfigurationItem,
    file: &PlacedFile,
    ordinal: i32,
    hasher: &mut Hasher,
) -> CachedItem {
    let content = hasher.hashes(&item);
    CachedItem {
        identity: item.identity(),
        hashes: content,
        day: day_number(file.0.day),
        history: file.0.kind == DeliveryKind::History,
        file: 0,
        ordinal,
        item,
    }
}

/// Returns the number of a day, counted from 1970.
pub(in crate::store::embedded) fn day_number(day: jiff::civil::Date) -> i32 {
    let since = day.since(jiff::civil::date(1970, 1, 1));
    since.map_or(0, |span| span.get_days())
}

fn cancelled() -> StoreError {
    StoreError::new(StoreErrorKind::Cancelled, "the question was cancelled")
}
