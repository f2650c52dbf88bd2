//! Parts of a lake that are at hand, and the way to a segment among them.

use std::{collections::HashMap, sync::Arc};

use super::{
    CacheError,
    kinds::{AccountKinds, SegmentKinds},
    part::{Part, PartSegment},
    segment::Segment,
};

/// Parts of one lake, with what their items mean.
#[derive(Debug)]
pub(in crate::store::embedded) struct LakeParts {
    /// In the order of account, Region and month.
    pub(in crate::store::embedded) parts: Vec<Arc<Part>>,
    /// By account; empty where nobody asked.
    pub(in crate::store::embedded) kinds: HashMap<String, Arc<AccountKinds>>,
}

/// A segment of some parts.
#[derive(Debug, Clone)]
pub(in crate::store::embedded) struct PlacedSegment {
    /// Place of the part.
    pub(in crate::store::embedded) part: usize,
    /// Place of the segment in the part.
    pub(in crate::store::embedded) place: usize,
    /// Place of the segment among all of its account.
    pub(in crate::store::embedded) in_account: usize,
}

impl LakeParts {
    /// Returns the segments of a part.
    pub(in crate::store::embedded) fn segments_of(&self, part: usize) -> Vec<PlacedSegment> {
        let count = |part: &Part| part.segments.len();
        let Some(this) = self.parts.get(part) else {
            return Vec::new();
        };
        let before = self.parts.get(..part).unwrap_or_default();
        let of_account = before
            .iter()
            .filter(|part| part.id.account == this.id.account);
        let before: usize = of_account.map(|part| count(part)).sum();
        let placed = |place| PlacedSegment {
            part,
            place,
            in_account: before + place,
        };
        (0..count(this)).map(placed).collect()
    }

    /// Returns a segment by its number among all of an account.
    pub(in crate::store::embedded) fn of_account(
        &self,
        account: &str,
        in_account: usize,
    ) -> Option<PlacedSegment> {
        let mut parts = self.parts.iter().enumerate();
        let first = parts.find(|(_, part)| part.id.account == account)?;
        let mut left = in_account;
        for (at, part) in std::iter::once(first).chain(parts) {
            if left < part.segments.len() {
                return Some(PlacedSegment {
                    part: at,
                    place: left,
                    in_account,
                });
            }
            left -= part.segments.len();
        }
        None
    }

    /// Opens a segment.
    pub(in crate::store::embedded) fn open(
        &self,
        placed: &PlacedSegment,
    ) -> Result<Arc<Segment>, CacheError> {
        self.part_segment(placed)?.open()
    }

    /// Returns the place of a file among all of its part.
    pub(in crate::store::embedded) fn rank(&self, placed: &PlacedSegment, file: i32) -> u32 {
        self.part_segment(placed)
            .map_or(u32::MAX, |segment| segment.ranks.rank(file))
    }

    /// Returns what the items of a segment mean, where that was asked for.
    pub(in crate::store::embedded) fn kinds(
        &self,
        placed: &PlacedSegment,
    ) -> Result<Option<Arc<SegmentKinds>>, CacheError> {
        let part = self.parts.get(placed.part);
        let account = part.and_then(|part| self.kinds.get(&part.id.account));
        account
            .map(|kinds| kinds.segment(placed.in_account))
            .transpose()
    }

    fn part_segment(&self, placed: &PlacedSegment) -> Result<&PartSegment, CacheError> {
        let part = self.parts.get(placed.part);
        let segment = part.and_then(|part| part.segments.get(placed.place));
        segment.ok_or_else(|| CacheError::damaged("a segment that is not there"))
    }
}
