//! The cache's columns: those of the items, and what is worked out once from their bodies.

use std::sync::Arc;

use datafusion::arrow::{
    array::{
        ArrayRef, BooleanBuilder, FixedSizeBinaryBuilder, Int32Builder, Int64Builder, RecordBatch,
        StringBuilder, StringDictionaryBuilder,
    },
    datatypes::{DataType, Field, Int32Type, Schema, SchemaRef},
    error::ArrowError,
};

use crate::domain::{Column, ConfigurationItem, ContentHashes, JsonText};

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
    /// Bytes of the three bodies and the tags.
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

/// An item on its way into a segment.
#[derive(Debug)]
pub(super) struct CachedItem {
    pub(super) item: ConfigurationItem,
    pub(super) identity: u128,
    pub(super) hashes: ContentHashes,
    /// Delivery day, in days since 1970.
    pub(super) day: i32,
    pub(super) history: bool,
    pub(super) file: i32,
    pub(super) ordinal: i32,
}

impl CachedItem {
    /// Returns the bytes that the item takes in memory, roughly.
    pub(super) fn memory_bytes(&self) -> usize {
        let tag = |(key, value): &(String, Option<String>)| {
            64 + key.len() + value.as_ref().map_or(0, String::len)
        };
        let tags: usize = self.item.tags.iter().map(tag).sum();
        size_of::<Self>() + 400 + tags + self.body_bytes()
    }

    fn body_bytes(&self) -> usize {
        let length = |text: &Option<JsonText>| text.as_ref().map_or(0, |text| text.len());
        let item = &self.item;
        length(&item.configuration)
            + length(&item.supplementary_configuration)
            + length(&item.relationships)
    }
}

/// Puts items into columns.
pub(super) fn batch_of(items: &[CachedItem], schema: SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = CacheColumn::ALL.map(|column| column_of(items, column));
    let columns: Vec<ArrayRef> = columns.into_iter().collect::<Result<_, _>>()?;
    RecordBatch::try_new(schema, columns)
}

fn column_of(items: &[CachedItem], column: CacheColumn) -> Result<ArrayRef, ArrowError> {
    match column.arrow_type() {
        DataType::Utf8 => {
            let bytes = items
                .iter()
                .filter_map(|item| body(item, column))
                .map(str::len)
                .sum();
            let mut builder = StringBuilder::with_capacity(items.len(), bytes);
            for item in items {
                builder.append_option(body(item, column));
            }
            Ok(Arc::new(builder.finish()))
        }
        DataType::Int64 => {
            let mut builder = Int64Builder::with_capacity(items.len());
            for item in items {
                builder.append_option(long(item, column));
            }
            Ok(Arc::new(builder.finish()))
        }
        DataType::Int32 => {
            let mut builder = Int32Builder::with_capacity(items.len());
            for item in items {
                builder.append_value(integer(item, column));
            }
            Ok(Arc::new(builder.finish()))
        }
        DataType::Boolean => {
            let mut builder = BooleanBuilder::with_capacity(items.len());
            for item in items {
                builder.append_value(match column {
                    C::History => item.history,
                    C::HasCard => has_card(&item.item),
                    _ => item.hashes.has_configuration,
                });
            }
            Ok(Arc::new(builder.finish()))
        }
        DataType::FixedSizeBinary(_) => {
            let mut builder = FixedSizeBinaryBuilder::with_capacity(items.len(), IDENTITY_BYTES);
            for item in items {
                builder.append_value(item.identity.to_le_bytes())?;
            }
            Ok(Arc::new(builder.finish()))
        }
        _ => {
            let mut builder = StringDictionaryBuilder::<Int32Type>::new();
            for item in items {
                if column == C::Tags {
                    builder.append_option(tags_text(&item.item.tags));
                } else {
                    builder.append_option(light_text(&item.item, column));
                }
            }
            Ok(Arc::new(builder.finish()))
        }
    }
}

fn has_card(item: &ConfigurationItem) -> bool {
    item.resource_name.is_some() || item.arn.is_some() || !item.tags.is_empty()
}

fn light_text(item: &ConfigurationItem, column: CacheColumn) -> Option<&str> {
    match column {
        C::Account => Some(&item.account),
        C::Region => Some(&item.region),
        C::ResourceType => Some(&item.resource_type),
        C::ResourceId => Some(&item.resource_id),
        C::AvailabilityZone => item.availability_zone.as_deref(),
        C::ResourceName => item.resource_name.as_deref(),
        C::Arn => item.arn.as_deref(),
        C::Status => item.status.as_deref(),
        C::CreationTime => item.creation_time.as_deref(),
        C::Version => item.version.as_deref(),
        C::RecordingFrequency => item.recording_frequency.as_deref(),
        _ => None,
    }
}

fn body(cached: &CachedItem, column: CacheColumn) -> Option<&str> {
    let item = &cached.item;
    match column {
        C::StateId => item.state_id.as_deref(),
        C::Configuration => item.configuration.as_deref(),
        C::SupplementaryConfiguration => item.supplementary_configuration.as_deref(),
        _ => item.relationships.as_deref(),
    }
}

fn long(cached: &CachedItem, column: CacheColumn) -> Option<i64> {
    let hashes = &cached.hashes;
    match column {
        C::CaptureMs => Some(capture_parts(cached).0),
        C::SettingsHash => Some(hashes.settings.cast_signed()),
        C::VolatileHash => Some(hashes.volatile.cast_signed()),
        C::TagsHash => Some(hashes.tags.cast_signed()),
        C::RelationshipsHash => Some(hashes.relationships.cast_signed()),
        _ => cached
            .item
            .created_at()
            .map(jiff::Timestamp::as_millisecond),
    }
}

fn integer(cached: &CachedItem, column: CacheColumn) -> i32 {
    match column {
        C::CaptureNs => capture_parts(cached).1,
        C::Day => cached.day,
        C::File => cached.file,
        C::Ordinal => cached.ordinal,
        _ => i32::try_from(cached.body_bytes()).unwrap_or(i32::MAX),
    }
}

/// Returns the milliseconds of the capture time, rounded down, and the nanoseconds beyond them.
fn capture_parts(cached: &CachedItem) -> (i64, i32) {
    const NANOSECONDS: i128 = 1_000_000;
    let time = cached.item.capture_time.as_nanosecond();
    let (milliseconds, rest) = (time.div_euclid(NANOSECONDS), time.rem_euclid(NANOSECONDS));
    // Both fit: a time stamp has years of four digits.
    (
        i64::try_from(milliseconds).unwrap_or(i64::MAX),
        i32::try_from(rest).unwrap_or(0),
    )
}

/// Writes tags down; an item without any has none.
fn tags_text(tags: &[(String, Option<String>)]) -> Option<String> {
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
        }
        for column in Column::ALL {
            if let Some(held) = CacheColumn::holding(column) {
                assert_eq!(held.name(), column.sql_name().to_ascii_lowercase());
            }
        }
    }
}
