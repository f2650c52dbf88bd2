//! Delivered files become segments: a run of files is decoded whole, each item with what is worked
//! out from its bodies, and written sorted whenever so many bytes have gathered.

use std::{cell::RefCell, sync::Arc};

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::{
    CacheError,
    held::{Delivered, HeldItems, Mark, Spare},
    manifest::DamagedFile,
    segment::{SegmentFile, write_segment},
};
use crate::{
    domain::{DeliveryKind, Hasher, ItemFields},
    source::{Bodies, Decoder, FileError, LakeFile, Needles, Object, Search, Taken},
    store::{
        StoreError,
        embedded::{
            hashed::{Hashed, short_hash},
            reading::PlacedFile,
            sightings::Sighted,
        },
    },
};

/// A text is that many times as large as its stored form, roughly.
pub(super) const INFLATED: u64 = 8;

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
    pub(super) decoder: &'a mut Decoder,
    pub(super) hasher: Hasher,
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
    pub(in crate::store::embedded) is_wanted: Arc<dyn Fn(&ItemFields<'_>) -> bool + Send + Sync>,
    /// Takes what each file has items of.
    pub(in crate::store::embedded) sighted: Sighted,
}

impl std::fmt::Debug for Only {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Only")
    }
}

/// Items that wait to be written, with the files they are from.
#[derive(Debug)]
pub(super) struct Held {
    items: HeldItems,
    files: Vec<SegmentFile>,
    /// Bytes of the files as they are stored.
    stored: u64,
    /// Bytes of items after which they are written.
    most_bytes: usize,
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
            return Err(StoreError::cancelled().into());
        }
        self.make_room_for(&file.1)?;
        let listed = SegmentFile(file.1.key.to_string(), file.1.size, file.1.version);
        let before = self.held.items.mark();
        let decoded = self.decoded(file, object, before);
        if !matches!(decoded, Ok(Size::Fits)) {
            self.held.items.cut(before);
        }
        match decoded {
            Ok(Size::Fits) => self.hold(before, listed)?,
            // Larger than may be held, and whole: its items are written as they come.
            Ok(Size::TooLarge) => self.stream(file, &listed)?,
            Err(FileError::Stopped) => return Err(StoreError::cancelled().into()),
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

    /// Writes what is held where a file's items would be too many beside it, as far as sizes tell.
    fn make_room_for(&mut self, file: &LakeFile) -> Result<(), CacheError> {
        let held = self.held.items.bytes() as u64;
        // Files of one run inflate alike.
        let inflated = INFLATED.max(held.checked_div(self.held.stored).unwrap_or(0));
        let all = held.saturating_add(file.size.saturating_mul(inflated));
        // Where only some items are wanted, most files have none.
        if self.only.is_none() && all > self.held.most_bytes as u64 {
            self.write_held()?;
        }
        Ok(())
    }

    /// Notes that the items after a point are those of a file; with those before it they may be
    /// more than are held at once.
    fn hold(&mut self, before: Mark, listed: SegmentFile) -> Result<(), CacheError> {
        if !self.held.files.is_empty() && self.held.is_over() {
            self.write_held_before(before)?;
        }
        self.held.stored += listed.1;
        self.held.files.push(listed);
        Ok(())
    }

    /// Decodes a file into what is held, after what was held before.
    fn decoded(
        &mut self,
        file: &PlacedFile,
        object: Result<Object, FileError>,
        before: Mark,
    ) -> Result<Size, FileError> {
        let mut size = Size::Fits;
        let resources = RefCell::new(Vec::new());
        let note = |text: &str| resources.borrow_mut().push(short_hash(text));
        let (cancel, only) = (self.cancel, self.only);
        let (held, hasher) = (&mut self.held, &mut self.hasher);
        let mut next = first_of(file, held.files.len());
        let mut on_item = |item: &ItemFields<'_>| {
            if cancel.is_cancelled() {
                return Taken::Break(());
            }
            if only.is_some() {
                note(item.resource_id);
                item.arn.into_iter().for_each(note);
            }
            if size == Size::Fits && only.is_none_or(|only| (only.is_wanted)(item)) {
                held.take_item(item, &mut next, hasher);
                if held.items.bytes() - before.bytes() > held.most_bytes {
                    size = Size::TooLarge;
                    held.items.cut(before);
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
            .decode(object?, &file.0, Bodies::ALL, search, &mut on_item)?;
        if let Some(only) = only {
            let resources = Hashed::of_hashes(resources.into_inner());
            only.sighted.note(file, resources);
        }
        Ok(size)
    }

    /// Reads a file again, of which every item counts.
    fn stream(&mut self, file: &PlacedFile, listed: &SegmentFile) -> Result<(), CacheError> {
        self.write_held()?;
        let first = self.ingested.drafts.len();
        let object = (self.reopen)(&file.1);
        let Self {
            decoder,
            hasher,
            cancel,
            ingested,
            held,
            only,
            ..
        } = self;
        let (mut next, mut failed) = (first_of(file, 0), None);
        let mut on_item = |item: &ItemFields<'_>| {
            if cancel.is_cancelled() {
                return Taken::Break(());
            }
            if only.is_some_and(|only| !(only.is_wanted)(item)) {
                return Taken::Continue(());
            }
            let before = held.items.mark();
            held.take_item(item, &mut next, hasher);
            if !before.is_start()
                && held.is_over()
                && let Err(error) = held.write_before(before, ingested)
            {
                failed = Some(error);
                return Taken::Break(());
            }
            if held.files.is_empty() {
                held.files.push(listed.clone());
            }
            Taken::Continue(())
        };
        let read = object
            .and_then(|object| decoder.decode(object, &file.0, Bodies::ALL, None, &mut on_item));
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
            Err(FileError::Stopped) => Err(StoreError::cancelled().into()),
            // It was whole a moment ago: nobody knows what was taken of it.
            Err(error) => Err(CacheError::Damaged(format!(
                "{} changed while it was read: {error}",
                file.1.key
            ))),
        }
    }

    fn write_held(&mut self) -> Result<(), CacheError> {
        self.write_held_before(self.held.items.mark())
    }

    /// Writes what is held up to a point, which takes as much memory as a large file does.
    fn write_held_before(&mut self, mark: Mark) -> Result<(), CacheError> {
        self.decoder.let_go_of_large();
        self.held.write_before(mark, &mut self.ingested)
    }
}

/// Whether the items of a file may be held all at once.
#[derive(PartialEq)]
enum Size {
    Fits,
    TooLarge,
}

/// Returns where the first item of a file was delivered, which has this place in its segment.
fn first_of(file: &PlacedFile, place: usize) -> Delivered {
    Delivered {
        day: day_number(file.0.day),
        history: file.0.kind == DeliveryKind::History,
        file: i32::try_from(place).unwrap_or(i32::MAX),
        ordinal: 0,
    }
}

impl Held {
    /// Holds nothing yet, and at most so many bytes of items.
    pub(super) fn new(spare: Spare, most_bytes: usize) -> Self {
        Self {
            items: HeldItems::new(spare),
            files: Vec::new(),
            stored: 0,
            most_bytes,
        }
    }

    fn is_over(&self) -> bool {
        self.items.bytes() > self.most_bytes
    }

    /// Takes an item that was delivered there; the next one of its file comes after it.
    fn take_item(&mut self, item: &ItemFields<'_>, at: &mut Delivered, hasher: &mut Hasher) {
        let content = hasher.hashes(item);
        self.items.push(item, item.identity(), content, *at);
        at.ordinal += 1;
    }

    /// Writes the items up to a point. Those after it stay, as those of the first file to come.
    fn write_before(&mut self, mark: Mark, ingested: &mut Ingested) -> Result<(), CacheError> {
        if self.files.is_empty() {
            return Ok(());
        }
        let files = std::mem::take(&mut self.files);
        self.stored = 0;
        ingested.drafts.push(Draft::of(&self.items, mark, files)?);
        self.items.drop_before(mark);
        Ok(())
    }
}

impl Draft {
    /// Makes a segment of the items up to a point.
    pub(super) fn of(
        items: &HeldItems,
        to: Mark,
        files: Vec<SegmentFile>,
    ) -> Result<Self, CacheError> {
        let rows = items.rows_before(to);
        Ok(Self {
            content: write_segment(items, rows, &files)?.into(),
            rows: rows.len(),
            memory_bytes: to.bytes() as u64,
            files,
            is_piece: false,
        })
    }
}

/// Returns the number of a day, counted from 1970.
pub(in crate::store::embedded) fn day_number(day: jiff::civil::Date) -> i32 {
    let since = day.since(jiff::civil::date(1970, 1, 1));
    since.map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests;
