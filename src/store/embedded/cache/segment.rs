//! A segment: items of one account, Region and month, sorted by type, id and time, in one file that
//! says itself which delivered files they came from.
//!
//! The content of the checked file is `[Parquet][list of files, compressed][length of the Parquet]`.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use datafusion::arrow::array::RecordBatch;
use parquet::{
    arrow::{
        ArrowWriter, ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
        },
    },
    basic::{Compression, Encoding, ZstdLevel},
    file::{
        metadata::{PageIndexPolicy, RowGroupMetaData},
        properties::{EnabledStatistics, WriterProperties},
        statistics::Statistics,
    },
    schema::types::ColumnPath,
};
use serde::{Deserialize, Serialize};

use super::{
    CacheError,
    checked::{Checked, ParquetPart, sealed},
    columns::{CacheColumn, batch_of, segment_schema},
    held::{HeldItems, HeldRow},
    names::GroupNames,
    rows::Columns,
};
use crate::store::embedded::hashed::Hashed;

/// Rows of a row group: small, so that few are read for one resource.
pub(super) const GROUP_ROWS: usize = 4096;
/// Rows put into columns at once while a segment is written, at most, and bytes of their bodies after
/// which no more are: they stay in a core's cache, and few are in memory twice.
const SLICE_ROWS: usize = 128;
const SLICE_BYTES: usize = 1 << 20;
/// Compresses bodies ten times over at a third of the cost of reading them.
const ZSTD_LEVEL: i32 = 1;

/// A delivered file that a segment holds the items of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SegmentFile(pub(super) String, pub(super) u64, pub(super) u64);

impl SegmentFile {
    pub(super) fn key(&self) -> &str {
        &self.0
    }
}

/// A segment, opened.
#[derive(Debug)]
pub(in crate::store::embedded) struct Segment {
    /// Where it lies, for messages; empty where it is held in memory.
    path: PathBuf,
    content: Checked,
    metadata: ArrowReaderMetadata,
    parquet_bytes: u64,
    files: OnceLock<Arc<Vec<SegmentFile>>>,
    names: GroupNames,
}

/// Writes rows of items as a segment, in the form in which it lies on disk.
pub(super) fn write_segment(
    items: &HeldItems,
    rows: &[HeldRow],
    files: &[SegmentFile],
) -> Result<Vec<u8>, CacheError> {
    let rows = sorted(items, rows);
    let schema = segment_schema();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties()?))?;
    for slice in slices(&rows) {
        writer.write(&batch_of(items, slice, schema.clone())?)?;
    }
    let mut content = writer.into_inner()?;
    let parquet_bytes = content.len() as u64;
    let listed = serde_json::to_vec(files).map_err(CacheError::damaged)?;
    content.extend(zstd::bulk::compress(&listed, ZSTD_LEVEL).map_err(CacheError::Io)?);
    content.extend((listed.len() as u64).to_le_bytes());
    content.extend(parquet_bytes.to_le_bytes());
    let mut content = sealed(content);
    // It grew by doubling, and may wait for others of its part.
    content.shrink_to_fit();
    Ok(content)
}

/// Divides rows into slices.
fn slices<'r>(rows: &'r [&'r HeldRow]) -> impl Iterator<Item = &'r [&'r HeldRow]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fitting = rest.iter().take(SLICE_ROWS).take_while(|row| {
            let fits = bytes < SLICE_BYTES;
            bytes += row.body_bytes();
            fits
        });
        let (slice, after) = rest.split_at_checked(fitting.count())?;
        rest = after;
        (!slice.is_empty()).then_some(slice)
    })
}

/// Returns the rows in the order of a segment: by type, id and time, and what is left by where they
/// were delivered.
fn sorted<'a>(items: &'a HeldItems, rows: &'a [HeldRow]) -> Vec<&'a HeldRow> {
    // Type and id are found once for a row, not for each comparison.
    let name = |row| {
        let text = |column| items.text(row, column);
        (
            text(CacheColumn::ResourceType),
            text(CacheColumn::ResourceId),
        )
    };
    let mut named: Vec<_> = rows.iter().map(|row| (name(row), row)).collect();
    let rest = |row: &'a HeldRow| {
        let text = |column| items.text(row, column);
        let owner = (text(CacheColumn::Account), text(CacheColumn::Region));
        let delivered = row.delivered;
        (row.capture_time, owner, delivered.file, delivered.ordinal)
    };
    named.sort_unstable_by(|(name, row), (other_name, other)| {
        let by_name = name.cmp(other_name);
        by_name.then_with(|| rest(row).cmp(&rest(other)))
    });
    named.into_iter().map(|(_, row)| row).collect()
}

fn properties() -> Result<WriterProperties, CacheError> {
    let level = ZstdLevel::try_new(ZSTD_LEVEL)?;
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::None);
    for column in [
        CacheColumn::ResourceType,
        CacheColumn::ResourceId,
        CacheColumn::CaptureMs,
        CacheColumn::Day,
    ] {
        let path = ColumnPath::from(column.name());
        properties = properties.set_column_statistics_enabled(path, EnabledStatistics::Chunk);
    }
    for column in CacheColumn::ALL {
        let path = ColumnPath::from(column.name());
        // Relationships come again word for word, mostly with the next item of a resource.
        let is_plain = column.is_plain_text() && column != CacheColumn::Relationships;
        if is_plain || column.is_seldom_the_same() {
            properties = properties.set_column_dictionary_enabled(path.clone(), false);
        }
        if column.is_ascending() {
            let encoding = Encoding::DELTA_BINARY_PACKED;
            properties = properties.set_column_encoding(path.clone(), encoding);
        }
        if !column.is_compressed() {
            properties = properties.set_column_compression(path, Compression::UNCOMPRESSED);
        }
    }
    Ok(properties.build())
}

impl Segment {
    /// Opens a segment. Its rows are checked when they are read.
    pub(super) fn open(content: Checked, path: PathBuf) -> Result<Self, CacheError> {
        let at = content.length().checked_sub(16);
        let at = at.ok_or_else(|| CacheError::damaged("too short"))?;
        let tail = content.read(at + 8, 8)?;
        let parquet_bytes = number(&tail)?;
        let part = ParquetPart {
            content: content.clone(),
            length: parquet_bytes,
        };
        let options = ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(&part, options)?;
        if metadata.schema() != &segment_schema() {
            return Err(CacheError::damaged("other columns than this version's"));
        }
        Ok(Self {
            names: GroupNames::of_groups(metadata.metadata().num_row_groups()),
            path,
            content,
            metadata,
            parquet_bytes,
            files: OnceLock::new(),
        })
    }

    /// Returns the number of rows.
    pub(in crate::store::embedded) fn rows(&self) -> usize {
        usize::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Returns the delivered files, in the order of their delivery.
    pub(super) fn files(&self) -> Result<&Arc<Vec<SegmentFile>>, CacheError> {
        if let Some(files) = self.files.get() {
            return Ok(files);
        }
        let files = self.read_files().map_err(|error| error.at(&self.path))?;
        Ok(self.files.get_or_init(|| Arc::new(files)))
    }

    fn read_files(&self) -> Result<Vec<SegmentFile>, CacheError> {
        let end = self.content.length() - 16;
        let length = end.checked_sub(self.parquet_bytes);
        let length = length.and_then(|length| usize::try_from(length).ok());
        let length = length.ok_or_else(|| CacheError::damaged("the list of files is missing"))?;
        let packed = self.content.read(self.parquet_bytes, length)?;
        let listed = usize::try_from(number(&self.content.read(end, 8)?)?).unwrap_or(usize::MAX);
        let text = zstd::bulk::decompress(&packed, listed)?;
        serde_json::from_slice(&text).map_err(CacheError::damaged)
    }

    fn file(&self, file: i32) -> Result<&SegmentFile, CacheError> {
        let files = self.files()?;
        let file = usize::try_from(file).ok().and_then(|at| files.get(at));
        file.ok_or_else(|| CacheError::damaged("a row of a file that is not listed"))
    }

    /// Returns the key of a delivered file.
    pub(in crate::store::embedded) fn file_key(&self, file: i32) -> Result<&str, CacheError> {
        Ok(self.file(file)?.key())
    }

    /// Returns the bytes of a delivered file as stored.
    pub(in crate::store::embedded) fn file_bytes(&self, file: i32) -> Result<u64, CacheError> {
        Ok(self.file(file)?.1)
    }

    /// Returns the row groups that can hold what is wanted, with the number of each one's first
    /// row.
    pub(in crate::store::embedded) fn groups(&self, wanted: &Wanted) -> Vec<(usize, usize)> {
        let mut first_row = 0;
        let mut groups = Vec::new();
        for (at, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let statistics = |column: CacheColumn| {
                let place = CacheColumn::ALL.iter().position(|known| *known == column)?;
                group.columns().get(place)?.statistics()
            };
            if wanted.can_be_in(&statistics) {
                groups.push((at, first_row));
            }
            first_row += self.group_rows(at);
        }
        groups
    }

    /// Returns the number of rows of a row group.
    pub(in crate::store::embedded) fn group_rows(&self, group: usize) -> usize {
        let groups = self.metadata.metadata().row_groups();
        let rows = groups.get(group).map(RowGroupMetaData::num_rows);
        rows.and_then(|rows| usize::try_from(rows).ok())
            .unwrap_or(0)
    }

    /// Notes whose items a row group holds, where these columns of all of it say so.
    pub(in crate::store::embedded) fn note_names(&self, group: usize, columns: &Columns) {
        if columns.rows() == self.group_rows(group) {
            self.names.note(group, columns);
        }
    }

    /// Says whether a row group may hold items that say themselves that they are of what is named.
    pub(in crate::store::embedded) fn may_have(&self, group: usize, named: &Hashed) -> bool {
        self.names.may_have(group, named)
    }

    /// Reads columns of whole row groups, a batch each.
    pub(in crate::store::embedded) fn read_groups(
        &self,
        columns: &[CacheColumn],
        groups: &[(usize, usize)],
    ) -> Result<Vec<RecordBatch>, CacheError> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let groups = groups.iter().map(|(group, _)| *group).collect();
        let reader = self.reader(columns).with_row_groups(groups);
        self.batches(reader.with_batch_size(GROUP_ROWS))
    }

    /// Reads columns of single rows, which come in order.
    pub(in crate::store::embedded) fn read_rows(
        &self,
        columns: &[CacheColumn],
        rows: &[usize],
    ) -> Result<Vec<RecordBatch>, CacheError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ranges = ranges_of(rows);
        let selection = RowSelection::from_consecutive_ranges(ranges.into_iter(), self.rows());
        let reader = self.reader(columns).with_row_selection(selection);
        self.batches(reader.with_batch_size(rows.len()))
    }

    fn batches(
        &self,
        reader: ParquetRecordBatchReaderBuilder<ParquetPart>,
    ) -> Result<Vec<RecordBatch>, CacheError> {
        let read = || -> Result<Vec<RecordBatch>, CacheError> {
            reader.build()?.map(|batch| Ok(batch?)).collect()
        };
        read().map_err(|error| error.at(&self.path))
    }

    fn reader(&self, columns: &[CacheColumn]) -> ParquetRecordBatchReaderBuilder<ParquetPart> {
        let part = ParquetPart {
            content: self.content.clone(),
            length: self.parquet_bytes,
        };
        let places = columns
            .iter()
            .filter_map(|column| CacheColumn::ALL.iter().position(|known| known == column));
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), places);
        ParquetRecordBatchReaderBuilder::new_with_metadata(part, self.metadata.clone())
            .with_projection(mask)
    }
}

/// Puts rows that follow one another together.
fn ranges_of(rows: &[usize]) -> Vec<std::ops::Range<usize>> {
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    for row in rows {
        match ranges.last_mut() {
            Some(last) if last.end == *row => last.end += 1,
            _ => ranges.push(*row..*row + 1),
        }
    }
    ranges
}

fn number(bytes: &[u8]) -> Result<u64, CacheError> {
    let bytes = bytes.first_chunk::<8>();
    let bytes = bytes.ok_or_else(|| CacheError::damaged("too short"))?;
    Ok(u64::from_le_bytes(*bytes))
}

/// What is looked for, as far as row groups can be told apart by it.
#[derive(Debug, Clone, Default)]
pub(in crate::store::embedded) struct Wanted {
    /// Capture times in milliseconds, both included.
    pub(in crate::store::embedded) captured: Option<(i64, i64)>,
    /// Delivery days, both included.
    pub(in crate::store::embedded) days: Option<(i32, i32)>,
    /// Types, each exact.
    pub(in crate::store::embedded) types: Vec<String>,
    /// Ids, each exact.
    pub(in crate::store::embedded) ids: Vec<String>,
}

impl Wanted {
    fn can_be_in<'s>(&self, statistics: &dyn Fn(CacheColumn) -> Option<&'s Statistics>) -> bool {
        let texts = |column, wanted: &[String]| {
            wanted.is_empty()
                || statistics(column)
                    .and_then(text_bounds)
                    .is_none_or(|(least, most)| {
                        let mut wanted = wanted.iter().map(String::as_bytes);
                        wanted.any(|text| least <= text && text <= most)
                    })
        };
        let captured =
            self.captured
                .is_none_or(|(from, to)| match statistics(CacheColumn::CaptureMs) {
                    Some(Statistics::Int64(found)) => match (found.min_opt(), found.max_opt()) {
                        (Some(least), Some(most)) => from <= *most && *least <= to,
                        _ => true,
                    },
                    _ => true,
                });
        let days = self
            .days
            .is_none_or(|(from, to)| match statistics(CacheColumn::Day) {
                Some(Statistics::Int32(found)) => match (found.min_opt(), found.max_opt()) {
                    (Some(least), Some(most)) => from <= *most && *least <= to,
                    _ => true,
                },
                _ => true,
            });
        captured
            && days
            && texts(CacheColumn::ResourceType, &self.types)
            && texts(CacheColumn::ResourceId, &self.ids)
    }
}

/// Bounds that were cut are still bounds: the least is cut off, the most is rounded up.
fn text_bounds(statistics: &Statistics) -> Option<(&[u8], &[u8])> {
    Some((statistics.min_bytes_opt()?, statistics.max_bytes_opt()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::embedded::cache::held::{Spare, tests::push};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn slices_are_all_rows_and_few_bytes(
            bodies in proptest::collection::vec(
                prop_oneof![8 => 0..100_usize, 1 => SLICE_BYTES / 3..SLICE_BYTES * 2], 0..300,
            ),
        ) {
            let mut items = HeldItems::new(Spare::default());
            for (body, ordinal) in bodies.iter().zip(0..) {
                push(&mut items, &"x".repeat(*body), ordinal);
            }
            let rows: Vec<&HeldRow> = items.rows_before(items.mark()).iter().collect();
            let mut next = 0;
            for slice in slices(&rows) {
                prop_assert!((1..=SLICE_ROWS).contains(&slice.len()));
                for row in slice {
                    prop_assert_eq!(row.delivered.ordinal, next);
                    next += 1;
                }
                let before_last = slice.iter().rev().skip(1);
                let bytes: usize = before_last.map(|row| row.body_bytes()).sum();
                prop_assert!(bytes < SLICE_BYTES);
            }
            prop_assert_eq!(usize::try_from(next).unwrap(), rows.len());
        }
    }
}
