//! The cache's columns: those of the items, and what is worked out once from their bodies.

use std::sync::Arc;

use datafusion::arrow::{
    array::{
        ArrayBuilder as _, ArrayRef, BooleanArray, DictionaryArray, FixedSizeBinaryBuilder,
        Int32Array, Int32Builder, Int64Array, RecordBatch, StringBuilder,
    },
    datatypes::{DataType, Field, Int32Type, Schema, SchemaRef},
    error::ArrowError,
};

use super::held::{HeldItems, HeldRow};
use crate::domain::Column;

/// A column of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store::embedded) enum CacheColumn {
    Account,
    Region,
    AvailabilityZone,
    ResourceType,
    ResourceId,
    ResourceName,
    Arn,
    Status,
    CreationTime,
    Version,
    RecordingFrequency,
    /// As JSON: a list of pairs.
    Tags,
    StateId,
    Configuration,
    SupplementaryConfiguration,
    Relationships,
    /// Capture time: milliseconds since 1970, rounded down.
    CaptureMs,
    /// Nanoseconds to be added to it.
    CaptureNs,
    /// Delivery day, in days since 1970.
    Day,
    /// Whether the file holds history, not a snapshot.
    History,
    /// Place of the file in the segment's list.
    File,
    /// Place of the item in the file.
    Ordinal,
    Identity,
    SettingsHash,
    VolatileHash,
    TagsHash,
    RelationshipsHash,
    HasConfiguration,
    /// Whether it says a name, an ARN or tags, which a deletion after it takes over.
    HasCard,
    /// Creation time in milliseconds since 1970, where it is known.
    CreatedMs,
    /// Bytes of the three bodies.
    BodyBytes,
}

use CacheColumn as C;

impl CacheColumn {
    /// All columns, in the order of the file.
    pub(in crate::store::embedded) const ALL: [Self; 31] = [
        Self::Account,
        Self::Region,
        Self::AvailabilityZone,
        Self::ResourceType,
        Self::ResourceId,
        Self::ResourceName,
        Self::Arn,
        Self::Status,
        Self::CreationTime,
        Self::Version,
        Self::RecordingFrequency,
        Self::Tags,
        Self::StateId,
        Self::Configuration,
        Self::SupplementaryConfiguration,
        Self::Relationships,
        Self::CaptureMs,
        Self::CaptureNs,
        Self::Day,
        Self::History,
        Self::File,
        Self::Ordinal,
        Self::Identity,
        Self::SettingsHash,
        Self::VolatileHash,
        Self::TagsHash,
        Self::RelationshipsHash,
        Self::HasConfiguration,
        Self::HasCard,
        Self::CreatedMs,
        Self::BodyBytes,
    ];

    /// Number of columns that hold what an item says as texts: the first of all.
    pub(super) const TEXTS: usize = 16;

    /// Returns the name in the file: that of the relation's column, where there is one.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Account => "awsaccountid",
            Self::Region => "awsregion",
            Self::AvailabilityZone => "availabilityzone",
            Self::ResourceType => "resourcetype",
            Self::ResourceId => "resourceid",
            Self::ResourceName => "resourcename",
            Self::Arn => "arn",
            Self::Status => "configurationitemstatus",
            Self::CreationTime => "resourcecreationtime",
            Self::Version => "configurationitemversion",
            Self::RecordingFrequency => "recordingfrequency",
            Self::Tags => "tags",
            Self::StateId => "configurationstateid",
            Self::Configuration => "configuration",
            Self::SupplementaryConfiguration => "supplementaryconfiguration",
            Self::Relationships => "relationships",
            Self::CaptureMs => "capture_ms",
            Self::CaptureNs => "capture_ns",
            Self::Day => "delivery_day",
            Self::History => "history",
            Self::File => "file",
            Self::Ordinal => "ordinal",
            Self::Identity => "identity",
            Self::SettingsHash => "settings_hash",
            Self::VolatileHash => "volatile_hash",
            Self::TagsHash => "tags_hash",
            Self::RelationshipsHash => "relationships_hash",
            Self::HasConfiguration => "has_configuration",
            Self::HasCard => "has_card",
            Self::CreatedMs => "created_ms",
            Self::BodyBytes => "body_bytes",
        }
    }

    /// Returns the column that holds what an item says in a column of the relation; `None` for
    /// those that are worked out.
    pub(in crate::store::embedded) fn holding(column: Column) -> Option<Self> {
        Some(match column {
            Column::Account => Self::Account,
            Column::Region => Self::Region,
            Column::AvailabilityZone => Self::AvailabilityZone,
            Column::ResourceType => Self::ResourceType,
            Column::ResourceId => Self::ResourceId,
            Column::ResourceName => Self::ResourceName,
            Column::Arn => Self::Arn,
            Column::Status => Self::Status,
            Column::StateId => Self::StateId,
            Column::CreationTime => Self::CreationTime,
            Column::Version => Self::Version,
            Column::RecordingFrequency => Self::RecordingFrequency,
            Column::Tags => Self::Tags,
            Column::Configuration => Self::Configuration,
            Column::SupplementaryConfiguration => Self::SupplementaryConfiguration,
            Column::Relationships => Self::Relationships,
            Column::CaptureTime
            | Column::ChangeKind
            | Column::Source
            | Column::Year
            | Column::Month
            | Column::Day => return None,
        })
    }

    /// Says whether it holds a body, which is read apart.
    pub(in crate::store::embedded) fn is_body(self) -> bool {
        matches!(
            self,
            Self::Configuration | Self::SupplementaryConfiguration | Self::Relationships
        )
    }

    /// Says whether texts come back seldom enough, or are long enough, not to be listed apart.
    pub(super) fn is_plain_text(self) -> bool {
        matches!(
            self,
            Self::StateId
                | Self::Configuration
                | Self::SupplementaryConfiguration
                | Self::Relationships
        )
    }

    /// Says whether values are so seldom the same that listing them apart saves nothing.
    pub(super) fn is_seldom_the_same(self) -> bool {
        matches!(self, Self::Identity | Self::SettingsHash | Self::CaptureMs)
    }

    /// Says whether values mostly grow by little from row to row: the times of a resource's items.
    pub(super) fn is_ascending(self) -> bool {
        self == Self::CaptureMs
    }

    /// Says whether compressing saves more than it costs: whoever reads a row group needs a
    /// decompressor for each column that is compressed. It saves little of bits, of values that mostly
    /// follow themselves, of small numbers, and of hashes that are listed apart; those of settings are
    /// not, and come again.
    pub(super) fn is_compressed(self) -> bool {
        self.is_plain_text()
            || matches!(
                self,
                Self::ResourceId
                    | Self::ResourceName
                    | Self::Arn
                    | Self::CreationTime
                    | Self::Tags
                    | Self::SettingsHash
            )
    }

    fn arrow_type(self) -> DataType {
        let dictionary =
            || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        match self {
            _ if self.is_plain_text() => DataType::Utf8,
            Self::CaptureMs
            | Self::SettingsHash
            | Self::VolatileHash
            | Self::TagsHash
            | Self::RelationshipsHash
            | Self::CreatedMs => DataType::Int64,
            Self::CaptureNs | Self::Day | Self::File | Self::Ordinal | Self::BodyBytes => {
                DataType::Int32
            }
            Self::History | Self::HasConfiguration | Self::HasCard => DataType::Boolean,
            Self::Identity => DataType::FixedSizeBinary(IDENTITY_BYTES),
            _ => dictionary(),
        }
    }
}

const IDENTITY_BYTES: i32 = 16;

/// Returns the schema of a segment.
pub(super) fn segment_schema() -> SchemaRef {
    let field = |column: CacheColumn| Field::new(column.name(), column.arrow_type(), true);
    Arc::new(Schema::new(CacheColumn::ALL.map(field).to_vec()))
}

/// Puts rows of items into columns.
pub(super) fn batch_of(
    items: &HeldItems,
    rows: &[&HeldRow],
    schema: SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let columns = CacheColumn::ALL.map(|column| column_of(items, rows, column));
    let columns: Vec<ArrayRef> = columns.into_iter().collect::<Result<_, _>>()?;
    RecordBatch::try_new(schema, columns)
}

fn column_of(
    items: &HeldItems,
    rows: &[&HeldRow],
    column: CacheColumn,
) -> Result<ArrayRef, ArrowError> {
    let texts = || rows.iter().map(|row| items.text(row, column));
    match column.arrow_type() {
        DataType::Utf8 => {
            let bytes = texts().flatten().map(str::len).sum();
            let mut builder = StringBuilder::with_capacity(rows.len(), bytes);
            texts().for_each(|text| builder.append_option(text));
            Ok(Arc::new(builder.finish()))
        }
        DataType::Int64 => {
            let longs = rows.iter().map(|row| long(row, column));
            Ok(Arc::new(longs.collect::<Int64Array>()))
        }
        DataType::Int32 => {
            let integers = rows.iter().map(|row| integer(row, column));
            Ok(Arc::new(Int32Array::from_iter_values(integers)))
        }
        DataType::Boolean => {
            let truths = rows.iter().map(|row| match column {
                C::History => row.delivered.history,
                C::HasCard => row.has_card(),
                _ => row.hashes.has_configuration,
            });
            Ok(Arc::new(truths.map(Some).collect::<BooleanArray>()))
        }
        DataType::FixedSizeBinary(_) => {
            let mut builder = FixedSizeBinaryBuilder::with_capacity(rows.len(), IDENTITY_BYTES);
            for row in rows {
                builder.append_value(row.identity.to_le_bytes())?;
            }
            Ok(Arc::new(builder.finish()))
        }
        _ => Ok(Arc::new(listed(texts())?)),
    }
}

/// Lists texts apart. What comes again does so with the next item of a resource or an account, and
/// is listed once; to look for others costs more than to write them.
fn listed<'t>(
    texts: impl ExactSizeIterator<Item = Option<&'t str>>,
) -> Result<DictionaryArray<Int32Type>, ArrowError> {
    let mut keys = Int32Builder::with_capacity(texts.len());
    let mut values = StringBuilder::new();
    let mut last = None;
    for text in texts {
        let Some(text) = text else {
            keys.append_null();
            continue;
        };
        if last != Some(text) {
            values.append_value(text);
            last = Some(text);
        }
        keys.append_value(i32::try_from(values.len() - 1).unwrap_or(i32::MAX));
    }
    DictionaryArray::try_new(keys.finish(), Arc::new(values.finish()))
}

fn long(row: &HeldRow, column: CacheColumn) -> Option<i64> {
    let hashes = &row.hashes;
    match column {
        C::CaptureMs => Some(capture_parts(row).0),
        C::SettingsHash => Some(hashes.settings.cast_signed()),
        C::VolatileHash => Some(hashes.volatile.cast_signed()),
        C::TagsHash => Some(hashes.tags.cast_signed()),
        C::RelationshipsHash => Some(hashes.relationships.cast_signed()),
        _ => row.created.map(jiff::Timestamp::as_millisecond),
    }
}

fn integer(row: &HeldRow, column: CacheColumn) -> i32 {
    match column {
        C::CaptureNs => capture_parts(row).1,
        C::Day => row.delivered.day,
        C::File => row.delivered.file,
        C::Ordinal => row.delivered.ordinal,
        _ => i32::try_from(row.body_bytes()).unwrap_or(i32::MAX),
    }
}

/// Returns the milliseconds of the capture time, rounded down, and the nanoseconds beyond them.
fn capture_parts(row: &HeldRow) -> (i64, i32) {
    const NANOSECONDS: i128 = 1_000_000;
    let time = row.capture_time.as_nanosecond();
    let (milliseconds, rest) = (time.div_euclid(NANOSECONDS), time.rem_euclid(NANOSECONDS));
    // Both fit: a time stamp has years of four digits.
    (
        i64::try_from(milliseconds).unwrap_or(i64::MAX),
        i32::try_from(rest).unwrap_or(0),
    )
}

/// Writes tags down; an item without any has none.
pub(super) fn tags_text(tags: &[(String, Option<String>)]) -> Option<String> {
    if tags.is_empty() {
        return None;
    }
    serde_json::to_string(tags).ok()
}

/// Reads what [`tags_text`] wrote.
pub(in crate::store::embedded) fn tags_of(text: Option<&str>) -> Vec<(String, Option<String>)> {
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_the_order_of_their_numbers_under_the_relations_names() {
        for (at, column) in CacheColumn::ALL.into_iter().enumerate() {
            assert_eq!(column as usize, at);
            let holds_text = !matches!(
                column.arrow_type(),
                DataType::Int64
                    | DataType::Int32
                    | DataType::Boolean
                    | DataType::FixedSizeBinary(_)
            );
            assert_eq!(holds_text, at < CacheColumn::TEXTS, "{column:?}");
        }
        for column in Column::ALL {
            if let Some(held) = CacheColumn::holding(column) {
                assert_eq!(held.name(), column.sql_name().to_ascii_lowercase());
            }
        }
    }
}
