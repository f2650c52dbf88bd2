//! Items on their way into a segment. Their texts lie one after the other in one memory: an item has
//! sixteen of them, and no allocation for any.

use jiff::Timestamp;

use super::columns::{CacheColumn, tags_text};
use crate::domain::{ContentHashes, ItemFields};

use CacheColumn as C;

/// Items that are held.
#[derive(Debug, Default)]
pub(super) struct HeldItems {
    texts: String,
    rows: Vec<HeldRow>,
}

/// An item that is held.
#[derive(Debug)]
pub(super) struct HeldRow {
    spans: [Span; CacheColumn::TEXTS],
    pub(super) capture_time: Timestamp,
    pub(super) created: Option<Timestamp>,
    pub(super) identity: u128,
    pub(super) hashes: ContentHashes,
    pub(super) delivered: Delivered,
}

/// Where an item was delivered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delivered {
    /// Delivery day, in days since 1970.
    pub(super) day: i32,
    /// Whether the file holds history, not a snapshot.
    pub(super) history: bool,
    /// Place of the file in the segment's list.
    pub(super) file: i32,
    /// Place of the item in the file.
    pub(super) ordinal: i32,
}

/// Where a text lies. What is held at once is far from 4 GiB.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    /// [`MISSING`] where there is none.
    length: u32,
}

const MISSING: u32 = u32::MAX;

/// A point up to which items are held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    texts: usize,
    rows: usize,
}

impl Mark {
    /// Says whether nothing was held at this point.
    pub(super) fn is_start(self) -> bool {
        self.rows == 0
    }
}

impl HeldItems {
    /// Takes an item in.
    pub(super) fn push(
        &mut self,
        item: &ItemFields<'_>,
        identity: u128,
        hashes: ContentHashes,
        delivered: Delivered,
    ) {
        let tags = tags_text(item.tags);
        let spans = [
            Some(item.account),
            Some(item.region),
            item.availability_zone,
            Some(item.resource_type),
            Some(item.resource_id),
            item.resource_name,
            item.arn,
            item.status,
            item.creation_time,
            item.version,
            item.recording_frequency,
            tags.as_deref(),
            item.state_id,
            item.configuration,
            item.supplementary_configuration,
            item.relationships,
        ]
        .map(|text| self.kept(text));
        self.rows.push(HeldRow {
            spans,
            capture_time: item.capture_time,
            created: item.created_at(),
            identity,
            hashes,
            delivered,
        });
    }

    fn kept(&mut self, text: Option<&str>) -> Span {
        let number = |number: usize| u32::try_from(number).unwrap_or(MISSING);
        let start = number(self.texts.len());
        let length = text.map_or(MISSING, |text| number(text.len()));
        self.texts.push_str(text.unwrap_or_default());
        Span { start, length }
    }

    /// Returns a text of an item; `None` for what it does not say, and for columns without texts.
    pub(super) fn text(&self, row: &HeldRow, column: CacheColumn) -> Option<&str> {
        let Span { start, length } = *row.spans.get(column as usize)?;
        let end = start.checked_add(length).filter(|_| length != MISSING)?;
        self.texts.get(start as usize..end as usize)
    }

    pub(super) fn rows(&self) -> &[HeldRow] {
        &self.rows
    }

    /// Returns the bytes that the items take.
    pub(super) fn bytes(&self) -> usize {
        self.texts.len() + self.rows.len() * size_of::<HeldRow>()
    }

    /// Returns the point up to which items are held now.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            texts: self.texts.len(),
            rows: self.rows.len(),
        }
    }

    /// Lets go of the items after a point.
    pub(super) fn cut(&mut self, mark: Mark) {
        self.texts.truncate(mark.texts);
        self.rows.truncate(mark.rows);
    }

    /// Hands out the items up to a point. Those after it stay, as those of the first file.
    pub(super) fn take_before(&mut self, mark: Mark) -> Self {
        let texts = self.texts.split_off(mark.texts);
        let mut rows = self.rows.split_off(mark.rows);
        let shift = u32::try_from(mark.texts).unwrap_or(MISSING);
        for row in &mut rows {
            row.delivered.file = 0;
            for span in &mut row.spans {
                span.start = span.start.saturating_sub(shift);
            }
        }
        std::mem::replace(self, Self { texts, rows })
    }
}

impl HeldRow {
    /// Returns the bytes of the three bodies.
    pub(super) fn body_bytes(&self) -> usize {
        let bodies = [
            C::Configuration,
            C::SupplementaryConfiguration,
            C::Relationships,
        ];
        let lengths = bodies.map(|body| match self.spans.get(body as usize) {
            Some(span) if span.length != MISSING => span.length as usize,
            _ => 0,
        });
        lengths.into_iter().sum()
    }

    /// Says whether the item says a name, an ARN or tags.
    pub(super) fn has_card(&self) -> bool {
        let says = |column: CacheColumn| {
            let span = self.spans.get(column as usize);
            span.is_some_and(|span| span.length != MISSING)
        };
        says(C::ResourceName) || says(C::Arn) || says(C::Tags)
    }
}
