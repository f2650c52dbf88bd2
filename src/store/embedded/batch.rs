//! Items become columns: the relation's Arrow schema, and batches of it.

use std::{borrow::Cow, sync::Arc};

use datafusion::arrow::{
    array::{
        ArrayRef, Int32Builder, MapBuilder, MapFieldNames, RecordBatch, RecordBatchOptions,
        StringBuilder, TimestampMillisecondBuilder,
    },
    compute::concat_batches,
    datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    domain::{ChangeKind, Column, ColumnType, ItemFields, Masker, Section},
    source::{Bodies, WantedTags},
};

/// Rows of a batch at most.
const BATCH_ROWS: usize = 4_096;
/// Bytes of text in a batch before it is closed: bodies vary from bytes to megabytes.
const BATCH_BYTES: usize = 4 << 20;

/// Returns the relation's schema. Names are in lower case, because SQL names are.
pub(super) fn relation_schema() -> SchemaRef {
    let field = |column: Column| {
        let name = column.sql_name().to_ascii_lowercase();
        Field::new(name, arrow_type(column.column_type()), true)
    };
    Arc::new(Schema::new(Column::ALL.map(field).to_vec()))
}

/// Returns which bodies and texts must be read for `columns`.
pub(super) fn bodies_of(columns: &[Column]) -> Bodies {
    const TEXTS: [Column; 5] = [
        Column::AvailabilityZone,
        Column::ResourceName,
        Column::Arn,
        Column::CreationTime,
        Column::Version,
    ];
    Bodies {
        texts: columns.iter().any(|column| TEXTS.contains(column)),
        tags: if columns.contains(&Column::Tags) {
            WantedTags::All
        } else {
            WantedTags::None
        },
        configuration: columns.contains(&Column::Configuration),
        supplementary_configuration: columns.contains(&Column::SupplementaryConfiguration),
        relationships: columns.contains(&Column::Relationships),
    }
}

fn arrow_type(column_type: ColumnType) -> DataType {
    match column_type {
        ColumnType::Varchar | ColumnType::Json => DataType::Utf8,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, None),
        ColumnType::Integer => DataType::Int32,
        ColumnType::Map => {
            let pair = Fields::from(vec![
                Field::new("key", DataType::Utf8, false),
                Field::new("value", DataType::Utf8, true),
            ]);
            DataType::Map(
                Arc::new(Field::new("entries", DataType::Struct(pair), false)),
                false,
            )
        }
    }
}

/// A batch of items with the identity of each.
#[derive(Debug)]
pub(super) struct ItemBatch {
    pub(super) batch: RecordBatch,
    pub(super) identities: Vec<u128>,
    /// Which of them are of unknown kind.
    pub(super) unknown: Vec<bool>,
}

impl ItemBatch {
    /// Puts batches of one schema together.
    pub(super) fn concat(batches: Vec<Self>) -> Result<Option<Self>, ArrowError> {
        let Some(first) = batches.first() else {
            return Ok(None);
        };
        if batches.len() == 1 {
            return Ok(batches.into_iter().next());
        }
        let schema = first.batch.schema();
        let rows = batches.iter().map(|batch| batch.batch.num_rows()).sum();
        let together = if schema.fields().is_empty() {
            // Nothing but the number of rows.
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            RecordBatch::try_new_with_options(schema, Vec::new(), &options)?
        } else {
            concat_batches(&schema, batches.iter().map(|batch| &batch.batch))?
        };
        let mut all = Self {
            batch: together,
            identities: Vec::with_capacity(rows),
            unknown: Vec::with_capacity(rows),
        };
        for batch in batches {
            all.identities.extend(batch.identities);
            all.unknown.extend(batch.unknown);
        }
        Ok(Some(all))
    }

    /// Returns the memory that the batch takes. A count needs no columns, but every item has its
    /// identity.
    pub(super) fn memory_bytes(&self) -> usize {
        self.batch.get_array_memory_size() + self.identities.len() * size_of::<u128>()
    }
}

/// Collects items into batches of some of the relation's columns.
pub(super) struct BatchBuilder<'a> {
    columns: &'a [Column],
    schema: SchemaRef,
    zone: &'a TimeZone,
    masker: Masker,
    builders: Vec<ColumnBuilder>,
    identities: Vec<u128>,
    unknown: Vec<bool>,
    bytes: usize,
}

enum ColumnBuilder {
    Text(StringBuilder),
    Time(TimestampMillisecondBuilder),
    Integer(Int32Builder),
    Tags(Box<MapBuilder<StringBuilder, StringBuilder>>),
}

impl<'a> BatchBuilder<'a> {
    /// Returns a builder of batches of `columns`, whose schema is `schema`.
    pub(super) fn new(
        columns: &'a [Column],
        schema: SchemaRef,
        zone: &'a TimeZone,
        masker: Masker,
    ) -> Self {
        let builders = columns
            .iter()
            .map(|column| ColumnBuilder::new(*column))
            .collect();
        Self {
            columns,
            schema,
            zone,
            masker,
            builders,
            identities: Vec::new(),
            unknown: Vec::new(),
            bytes: 0,
        }
    }

    /// Adds an item; returns a batch when one is full. `source` is the key of its file.
    pub(super) fn push(
        &mut self,
        item: &ItemFields<'_>,
        identity: u128,
        kind: Option<ChangeKind>,
        source: &str,
    ) -> Result<Option<ItemBatch>, ArrowError> {
        self.identities.push(identity);
        self.unknown.push(kind == Some(ChangeKind::Unknown));
        let row = Row {
            item,
            kind: kind.unwrap_or(ChangeKind::Unknown),
            source,
            masker: self.masker,
        };
        for (column, builder) in self.columns.iter().zip(&mut self.builders) {
            self.bytes += row.append(builder, *column, self.zone)?;
        }
        if self.identities.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            return self.finish();
        }
        Ok(None)
    }

    /// Returns the items that are left over.
    pub(super) fn finish(&mut self) -> Result<Option<ItemBatch>, ArrowError> {
        if self.identities.is_empty() {
            return Ok(None);
        }
        let identities = std::mem::take(&mut self.identities);
        let unknown = std::mem::take(&mut self.unknown);
        self.bytes = 0;
        let arrays = self
            .builders
            .iter_mut()
            .map(ColumnBuilder::finish)
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(identities.len()));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)?;
        Ok(Some(ItemBatch {
            batch,
            identities,
            unknown,
        }))
    }
}

impl ColumnBuilder {
    fn new(column: Column) -> Self {
        match column.column_type() {
            // A builder is made for each delivered file, which holds a few items.
            ColumnType::Varchar | ColumnType::Json => {
                Self::Text(StringBuilder::with_capacity(16, 512))
            }
            ColumnType::Timestamp => Self::Time(TimestampMillisecondBuilder::new()),
            ColumnType::Integer => Self::Integer(Int32Builder::new()),
            ColumnType::Map => {
                let names = MapFieldNames {
                    entry: "entries".into(),
                    key: "key".into(),
                    value: "value".into(),
                };
                Self::Tags(Box::new(MapBuilder::new(
                    Some(names),
                    StringBuilder::new(),
                    StringBuilder::new(),
                )))
            }
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Tags(builder) => Arc::new(builder.finish()),
        }
    }
}

/// One item as a row of the relation.
pub(super) struct Row<'a> {
    pub(super) item: &'a ItemFields<'a>,
    pub(super) kind: ChangeKind,
    /// Key of its file.
    pub(super) source: &'a str,
    pub(super) masker: Masker,
}

impl<'a> Row<'a> {
    /// Appends one cell; returns the bytes it takes.
    fn append(
        &self,
        builder: &mut ColumnBuilder,
        column: Column,
        zone: &TimeZone,
    ) -> Result<usize, ArrowError> {
        match builder {
            ColumnBuilder::Text(builder) => {
                let text = self.text(column);
                builder.append_option(text.as_deref());
                Ok(text.map_or(0, |text| text.len()))
            }
            ColumnBuilder::Time(builder) => {
                builder.append_value(self.item.capture_time.as_millisecond());
                Ok(8)
            }
            ColumnBuilder::Integer(builder) => {
                builder.append_value(calendar_part(self.item.capture_time, column, zone));
                Ok(4)
            }
            ColumnBuilder::Tags(builder) => {
                let mut bytes = 0;
                for (key, value) in self.item.tags {
                    let shown = value
                        .as_deref()
                        .map(|value| self.masker.mask_tag(key, value));
                    let key = self.masker.mask_text(key);
                    builder.keys().append_value(&key);
                    builder.values().append_option(shown.as_deref());
                    bytes += key.len() + shown.map_or(0, |value| value.len());
                }
                builder.append(true)?;
                Ok(bytes)
            }
        }
    }

    /// Returns the text of a cell, without secrets.
    fn text(&self, column: Column) -> Option<Cow<'a, str>> {
        self.delivered(column).map(|text| self.shown(column, text))
    }

    /// Returns the text of a cell as it was delivered.
    pub(super) fn delivered(&self, column: Column) -> Option<&'a str> {
        let item = self.item;
        let filled = |text: &'a str| (!text.is_empty()).then_some(text);
        match column {
            Column::Account => filled(item.account),
            Column::Region => filled(item.region),
            Column::AvailabilityZone => item.availability_zone,
            Column::ResourceType => filled(item.resource_type),
            Column::ResourceId => filled(item.resource_id),
            Column::ResourceName => item.resource_name,
            Column::Arn => item.arn,
            Column::Status => item.status,
            Column::StateId => item.state_id,
            Column::CreationTime => item.creation_time,
            Column::Version => item.version,
            Column::RecordingFrequency => item.recording_frequency,
            Column::Configuration => item.configuration,
            Column::SupplementaryConfiguration => item.supplementary_configuration,
            Column::Relationships => item.relationships,
            Column::ChangeKind => Some(self.kind.as_str()),
            Column::Source => Some(self.source),
            Column::CaptureTime | Column::Tags | Column::Year | Column::Month | Column::Day => None,
        }
    }

    /// Returns a delivered text of a column without secrets.
    pub(super) fn shown<'t>(&self, column: Column, text: &'t str) -> Cow<'t, str> {
        let body = |section| {
            let of_type = self.item.resource_type;
            self.masker.mask_body(of_type, section, text)
        };
        match column {
            Column::ResourceId | Column::ResourceName | Column::Arn => self.masker.mask_text(text),
            Column::Configuration => body(Section::Configuration),
            Column::SupplementaryConfiguration => body(Section::SupplementaryConfiguration),
            Column::Relationships => body(Section::Relationships),
            _ => Cow::Borrowed(text),
        }
    }
}

/// Returns the local year, month or day of an instant.
pub(super) fn calendar_part(time: Timestamp, column: Column, zone: &TimeZone) -> i32 {
    let date = zone.to_datetime(time).date();
    match column {
        Column::Year => i32::from(date.year()),
        Column::Month => i32::from(date.month()),
        _ => i32::from(date.day()),
    }
}
