//! Small segments of a part become larger ones, so that a month of many deliveries does not stay in
//! pieces.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::{is_unsettled, made::Made};
use crate::store::{
    StoreError,
    embedded::cache::{
        CacheError,
        held::{HeldItems, Spare},
        ingest::Draft,
        rows::take_back,
    },
};

/// Segments of a part that lie beside one another before small ones are put together.
pub(super) const MOST_SEGMENTS: usize = 8;

/// The putting together of a part's segments.
pub(super) struct Together {
    /// Where those lie that are on disk.
    pub(super) folder: PathBuf,
    /// Bytes of items that are held.
    pub(super) held_bytes: usize,
    /// Memory for them.
    pub(super) spare: Spare,
}

/// Says whether a segment of so many bytes may be put together with others.
pub(super) fn is_small(held_bytes: usize, is_piece: bool, memory_bytes: u64) -> bool {
    !is_piece && memory_bytes < held_bytes as u64 / 2
}

impl Together {
    /// Returns the large segments, and what the small ones became.
    pub(super) fn put(
        &self,
        made: Vec<Made>,
        cancel: &CancellationToken,
    ) -> Result<Vec<Made>, CacheError> {
        let (small, mut made): (Vec<Made>, Vec<Made>) =
            made.into_iter().partition(|one| self.takes(one));
        let mut items = HeldItems::new(self.spare.clone());
        let mut files = Vec::new();
        for one in small {
            if cancel.is_cancelled() {
                return Err(StoreError::cancelled().into());
            }
            let more = usize::try_from(one.memory_bytes()).unwrap_or(usize::MAX);
            if items.bytes() > 0 && items.bytes().saturating_add(more) > self.held_bytes {
                let files = std::mem::take(&mut files);
                made.push(Made::New(Draft::of(&items, items.mark(), files)?));
                items.drop_before(items.mark());
            }
            let files_before = i32::try_from(files.len()).unwrap_or(i32::MAX);
            let (segment, of_segment) = one.read(&self.folder)?;
            take_back(&segment, files_before, &mut items)?;
            files.extend(of_segment);
        }
        if !files.is_empty() {
            made.push(Made::New(Draft::of(&items, items.mark(), files)?));
        }
        Ok(made)
    }

    fn takes(&self, made: &Made) -> bool {
        match made {
            Made::Kept(entry, _) => is_small(self.held_bytes, entry.is_piece, entry.memory_bytes),
            Made::New(draft) => {
                is_small(self.held_bytes, draft.is_piece, draft.memory_bytes)
                    && !draft.files.iter().any(is_unsettled)
            }
            Made::Written(..) | Made::Unkept(_) => false,
        }
    }
}
