//! What every item of an account means, beside its segments: row for row, one row group a segment.

mod merge;

use std::{
    num::NonZeroU32,
    sync::{Arc, OnceLock},
};

use datafusion::arrow::{
    array::{
        Array as _, ArrayRef, AsArray as _, BooleanArray, Int32Array, RecordBatch, StringArray,
    },
    datatypes::{DataType, Field, Int32Type, Schema, SchemaRef},
};
use parquet::{
    arrow::{
        ArrowWriter,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
    },
    basic::{Compression, ZstdLevel},
    file::properties::{EnabledStatistics, WriterProperties},
};
use xxhash_rust::xxh3::Xxh3;

use super::{
    CacheError,
    checked::{Checked, ParquetPart, sealed},
    part::Part,
};
use crate::{
    domain::{ChangeKind, ItemFields},
    store::embedded::hashed::Hashed,
};

pub(super) use merge::classified;

/// The meaning of the items of one account's parts.
#[derive(Debug)]
pub(in crate::store::embedded) struct AccountKinds {
    content: Checked,
    metadata: ArrowReaderMetadata,
    segments: Vec<OnceLock<Arc<SegmentKinds>>>,
    /// Row group of each segment; those without rows have none.
    groups: Vec<Option<usize>>,
}

/// The meaning of the items of one segment, row for row.
#[derive(Debug, Default)]
pub(in crate::store::embedded) struct SegmentKinds {
    kinds: Vec<ChangeKind>,
    /// Whether a history file holds the item, and not snapshots alone.
    in_history: Vec<bool>,
    /// Segment and row of the item before, of the same resource.
    befores: Vec<Option<Row>>,
    /// What deleted items take over from the items before them, in the order of their rows.
    cards: Vec<(usize, Card)>,
}

/// A row of an account: which segment of it, which row there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::store::embedded) struct Row {
    /// Never zero, so that `None` takes no room of its own: there is one for each item.
    segment_plus_one: NonZeroU32,
    row: u32,
}

const _: () = assert!(size_of::<Option<Row>>() == 8);

impl Row {
    pub(in crate::store::embedded) fn new(segment: usize, row: usize) -> Self {
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            segment_plus_one: NonZeroU32::MIN.saturating_add(number(segment)),
            row: number(row),
        }
    }

    /// Returns the place of the segment among those of the account.
    pub(in crate::store::embedded) fn segment(self) -> usize {
        self.segment_plus_one.get() as usize - 1
    }

    /// Returns the row in the segment.
    pub(in crate::store::embedded) fn row(self) -> usize {
        self.row as usize
    }
}

/// What a deleted item no longer says of itself: name, ARN, tags as they are written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(in crate::store::embedded) struct Card {
    pub(in crate::store::embedded) name: Option<String>,
    pub(in crate::store::embedded) arn: Option<String>,
    pub(in crate::store::embedded) tags: Vec<(String, Option<String>)>,
}

impl Card {
    /// Says whether an item says anything that later ones take over.
    pub(in crate::store::embedded) fn is_in(item: &ItemFields<'_>) -> bool {
        item.resource_name.is_some() || item.arn.is_some() || !item.tags.is_empty()
    }

    /// Returns the item with what it does not say itself.
    pub(in crate::store::embedded) fn complete<'a>(
        &'a self,
        item: &ItemFields<'a>,
    ) -> ItemFields<'a> {
        ItemFields {
            resource_name: item.resource_name.or(self.name.as_deref()),
            arn: item.arn.or(self.arn.as_deref()),
            tags: if item.tags.is_empty() {
                &self.tags
            } else {
                item.tags
            },
            ..*item
        }
    }
}

impl SegmentKinds {
    fn of_rows(rows: usize) -> Self {
        Self {
            kinds: vec![ChangeKind::Unknown; rows],
            in_history: vec![false; rows],
            befores: vec![None; rows],
            cards: Vec::new(),
        }
    }

    pub(in crate::store::embedded) fn kind(&self, row: usize) -> ChangeKind {
        self.kinds.get(row).copied().unwrap_or(ChangeKind::Unknown)
    }

    pub(in crate::store::embedded) fn in_history(&self, row: usize) -> bool {
        self.in_history.get(row).copied().unwrap_or(false)
    }

    pub(in crate::store::embedded) fn before(&self, row: usize) -> Option<Row> {
        self.befores.get(row).copied().flatten()
    }

    pub(in crate::store::embedded) fn card(&self, row: usize) -> Option<&Card> {
        let place = self.cards.binary_search_by_key(&row, |(row, _)| *row);
        self.cards.get(place.ok()?).map(|(_, card)| card)
    }

    /// Returns the rows that may take over a name or ARN that is among these.
    pub(in crate::store::embedded) fn rows_taking_over_any_of<'a>(
        &'a self,
        named: &'a Hashed,
    ) -> impl Iterator<Item = usize> + 'a {
        let may_be = |text: &Option<String>| text.as_ref().is_some_and(|text| named.may_have(text));
        let cards = self.cards.iter();
        let cards = cards.filter(move |(_, card)| may_be(&card.name) || may_be(&card.arn));
        cards.map(|(row, _)| *row)
    }
}

/// Names the state of an account's parts: another one with any segment.
pub(super) fn state_of(parts: &[Arc<Part>]) -> u128 {
    let mut hash = Xxh3::new();
    for part in parts {
        hash.update(part.id.region.as_bytes());
        hash.update(&[0]);
        hash.update(&part.id.year.to_le_bytes());
        hash.update(&part.id.month.to_le_bytes());
        for segment in &part.segments {
            hash.update(&segment.seal.to_le_bytes());
        }
    }
    hash.digest128()
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("kind", DataType::Int32, false),
        Field::new("in_history", DataType::Boolean, false),
        Field::new("before_segment", DataType::Int32, true),
        Field::new("before_row", DataType::Int32, true),
        Field::new("card", DataType::Utf8, true),
    ]))
}

/// Writes the meaning of an account's segments down, with the state of the parts it is of.
pub(super) fn write(segments: &[SegmentKinds], state: u128) -> Result<Vec<u8>, CacheError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema(), Some(properties))?;
    for segment in segments {
        writer.write(&batch_of(segment)?)?;
        writer.flush()?;
    }
    let mut content = writer.into_inner()?;
    content.extend(state.to_le_bytes());
    Ok(sealed(content))
}

fn batch_of(segment: &SegmentKinds) -> Result<RecordBatch, CacheError> {
    let number = |number: usize| i32::try_from(number).ok();
    let code = |kind: &ChangeKind| ChangeKind::ALL.iter().position(|known| known == kind);
    let kinds = segment.kinds.iter().map(|kind| code(kind).and_then(number));
    let befores = || segment.befores.iter();
    let cards = (0..segment.kinds.len()).map(|row| serde_json::to_string(segment.card(row)?).ok());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(kinds.collect::<Int32Array>()),
        Arc::new(BooleanArray::from(segment.in_history.clone())),
        Arc::new(
            befores()
                .map(|row| number((*row)?.segment()))
                .collect::<Int32Array>(),
        ),
        Arc::new(
            befores()
                .map(|row| number((*row)?.row()))
                .collect::<Int32Array>(),
        ),
        Arc::new(cards.collect::<StringArray>()),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

impl AccountKinds {
    /// Opens what [`write()`] wrote of segments with these numbers of rows; `None` where it is of
    /// another state of the parts.
    pub(super) fn open(
        content: Checked,
        state: u128,
        rows: &[usize],
    ) -> Result<Option<Self>, CacheError> {
        let length = content.length().checked_sub(16);
        let length = length.ok_or_else(|| CacheError::damaged("too short"))?;
        if content.read(length, 16)?.first_chunk() != Some(&state.to_le_bytes()) {
            return Ok(None);
        }
        let part = ParquetPart {
            content: content.clone(),
            length,
        };
        let metadata = ArrowReaderMetadata::load(&part, ArrowReaderOptions::new())?;
        let mut next = 0;
        let groups: Vec<Option<usize>> = rows
            .iter()
            .map(|rows| {
                let group = (*rows > 0).then_some(next);
                next += usize::from(*rows > 0);
                group
            })
            .collect();
        if metadata.metadata().num_row_groups() != next || metadata.schema() != &schema() {
            return Err(CacheError::damaged("kinds of other segments"));
        }
        Ok(Some(Self {
            content,
            metadata,
            segments: rows.iter().map(|_| OnceLock::new()).collect(),
            groups,
        }))
    }

    /// Says whether every byte is as it was written.
    pub(super) fn is_readable(&self) -> bool {
        let length = usize::try_from(self.content.length()).unwrap_or(usize::MAX);
        self.content.read(0, length).is_ok()
    }

    /// Returns the meaning of the items of a segment.
    pub(in crate::store::embedded) fn segment(
        &self,
        at: usize,
    ) -> Result<Arc<SegmentKinds>, CacheError> {
        let missing = || CacheError::damaged("kinds of a segment that is not there");
        let place = self.segments.get(at).ok_or_else(missing)?;
        if let Some(read) = place.get() {
            return Ok(read.clone());
        }
        let read = match self.groups.get(at).ok_or_else(missing)? {
            Some(group) => self.read(*group)?,
            None => SegmentKinds::default(),
        };
        Ok(place.get_or_init(|| Arc::new(read)).clone())
    }

    fn read(&self, group: usize) -> Result<SegmentKinds, CacheError> {
        let part = ParquetPart {
            content: self.content.clone(),
            length: self.content.length() - 16,
        };
        let rows = self.metadata.metadata().row_group(group).num_rows();
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(part, self.metadata.clone())
                .with_row_groups(vec![group])
                .with_batch_size(usize::try_from(rows).unwrap_or(1))
                .build()?;
        let mut read = SegmentKinds::default();
        for batch in reader {
            read.add(&batch?);
        }
        Ok(read)
    }
}

impl SegmentKinds {
    fn add(&mut self, batch: &RecordBatch) {
        let integers = |at: usize| batch.column(at).as_primitive::<Int32Type>();
        let (kinds, segments, rows) = (integers(0), integers(2), integers(3));
        let (in_history, cards) = (
            batch.column(1).as_boolean(),
            batch.column(4).as_string::<i32>(),
        );
        let first = self.kinds.len();
        self.kinds.reserve_exact(batch.num_rows());
        self.in_history.reserve_exact(batch.num_rows());
        self.befores.reserve_exact(batch.num_rows());
        self.cards
            .reserve_exact(batch.num_rows() - cards.null_count());
        let number = |number: i32| usize::try_from(number).unwrap_or(usize::MAX);
        for row in 0..batch.num_rows() {
            let kind = ChangeKind::ALL.get(number(kinds.value(row))).copied();
            self.kinds.push(kind.unwrap_or(ChangeKind::Unknown));
            self.in_history.push(in_history.value(row));
            self.befores.push(
                (!segments.is_null(row))
                    .then(|| Row::new(number(segments.value(row)), number(rows.value(row)))),
            );
            if !cards.is_null(row)
                && let Ok(card) = serde_json::from_str(cards.value(row))
            {
                self.cards.push((first + row, card));
            }
        }
    }
}
