//! Rows of a segment, as items.

use datafusion::arrow::{
    array::{
        Array as _, ArrayRef, AsArray as _, BooleanArray, FixedSizeBinaryArray, Int32Array,
        Int64Array, RecordBatch, StringArray,
    },
    datatypes::{DataType, Int32Type, Int64Type},
};
use jiff::Timestamp;

use super::{
    CacheColumn, CacheError,
    columns::tags_of,
    held::{Delivered, HeldItems},
    segment::{Segment, Wanted},
};
use crate::domain::{ContentHashes, ItemFields};

use CacheColumn as C;

/// A column of texts, however it is held.
#[derive(Debug, Clone, Copy)]
pub(in crate::store::embedded) enum Texts<'a> {
    /// Each text once, and which of them each row has.
    Listed(&'a Int32Array, &'a StringArray),
    Plain(&'a StringArray),
    /// The column was not read: no row has a text.
    Unread,
}

impl<'a> Texts<'a> {
    /// Returns the text of a row.
    pub(in crate::store::embedded) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Listed(keys, texts) => {
                let listed = !keys.is_null(row);
                listed.then(|| texts.value(usize::try_from(keys.value(row)).unwrap_or(0)))
            }
            Self::Plain(texts) => (!texts.is_null(row)).then(|| texts.value(row)),
            Self::Unread => None,
        }
    }

    /// Marks the rows whose text is wanted, which is asked once of each text that is listed.
    pub(super) fn mark(&self, is_wanted: impl Fn(&str) -> bool, marked: &mut [bool]) {
        let (keys, texts) = match self {
            Self::Listed(keys, texts) => (keys, texts),
            Self::Plain(texts) => {
                for (marked, text) in marked.iter_mut().zip(texts.iter()) {
                    *marked |= text.is_some_and(&is_wanted);
                }
                return;
            }
            Self::Unread => return,
        };
        let wanted: Vec<bool> = texts
            .iter()
            .map(|text| text.is_some_and(&is_wanted))
            .collect();
        if !wanted.contains(&true) {
            return;
        }
        for (marked, key) in marked.iter_mut().zip(keys.iter()) {
            let key = key.and_then(|key| usize::try_from(key).ok());
            *marked |= key.is_some_and(|key| wanted.get(key) == Some(&true));
        }
    }
}

/// Columns that were read, of rows that follow one another or were picked.
#[derive(Debug, Clone)]
pub(in crate::store::embedded) struct Columns {
    batch: RecordBatch,
    /// Where each of the cache's columns is in the batch.
    places: [Option<usize>; CacheColumn::ALL.len()],
}

impl Columns {
    /// Returns columns that were read by their names.
    pub(in crate::store::embedded) fn new(batch: RecordBatch) -> Self {
        let schema = batch.schema();
        let places = CacheColumn::ALL.map(|column| schema.index_of(column.name()).ok());
        Self { batch, places }
    }

    fn array(&self, column: CacheColumn) -> Option<&ArrayRef> {
        let place = self.places.get(column as usize).copied().flatten()?;
        self.batch.columns().get(place)
    }

    /// Says whether a column was read.
    pub(super) fn has(&self, column: CacheColumn) -> bool {
        self.array(column).is_some()
    }

    pub(in crate::store::embedded) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Returns a column of texts.
    pub(in crate::store::embedded) fn texts(&self, column: CacheColumn) -> Texts<'_> {
        let Some(array) = self.array(column) else {
            return Texts::Unread;
        };
        match array.data_type() {
            DataType::Utf8 => Texts::Plain(array.as_string()),
            DataType::Dictionary(_, _) => {
                let listed = array.as_dictionary::<Int32Type>();
                Texts::Listed(listed.keys(), listed.values().as_string())
            }
            _ => Texts::Unread,
        }
    }

    /// Returns a column of long numbers.
    pub(in crate::store::embedded) fn longs(
        &self,
        column: CacheColumn,
    ) -> Result<&Int64Array, CacheError> {
        let array = self.array(column);
        let array = array.and_then(|array| array.as_primitive_opt::<Int64Type>());
        array.ok_or_else(|| CacheError::damaged(format!("no {}", column.name())))
    }

    /// Returns a column of numbers.
    pub(in crate::store::embedded) fn integers(
        &self,
        column: CacheColumn,
    ) -> Result<&Int32Array, CacheError> {
        let array = self.array(column);
        let array = array.and_then(|array| array.as_primitive_opt::<Int32Type>());
        array.ok_or_else(|| CacheError::damaged(format!("no {}", column.name())))
    }

    /// Returns a column of truths.
    pub(in crate::store::embedded) fn truths(
        &self,
        column: CacheColumn,
    ) -> Result<&BooleanArray, CacheError> {
        let array = self.array(column);
        let array = array.and_then(|array| array.as_boolean_opt());
        array.ok_or_else(|| CacheError::damaged(format!("no {}", column.name())))
    }

    /// Returns the identities of the items.
    pub(in crate::store::embedded) fn identities(&self) -> Result<Identities<'_>, CacheError> {
        let array = self.array(C::Identity);
        let array = array.and_then(|array| array.as_fixed_size_binary_opt());
        array
            .map(Identities)
            .ok_or_else(|| CacheError::damaged("no identity"))
    }
}

/// The identities of items.
#[derive(Debug, Clone, Copy)]
pub(in crate::store::embedded) struct Identities<'a>(&'a FixedSizeBinaryArray);

impl Identities<'_> {
    pub(in crate::store::embedded) fn get(self, row: usize) -> u128 {
        let bytes = self.0.value(row).first_chunk::<16>();
        bytes.map_or(0, |bytes| u128::from_le_bytes(*bytes))
    }
}

/// The columns that say what items say of themselves.
#[derive(Debug)]
pub(in crate::store::embedded) struct ItemColumns<'a> {
    texts: [Texts<'a>; 16],
    captured: &'a Int64Array,
    beyond: &'a Int32Array,
}

/// The columns of an item's texts, in the order in which [`ItemColumns`] holds them.
const TEXTS: [CacheColumn; 16] = [
    C::Account,
    C::Region,
    C::AvailabilityZone,
    C::ResourceType,
    C::ResourceId,
    C::ResourceName,
    C::Arn,
    C::Status,
    C::StateId,
    C::CreationTime,
    C::Version,
    C::RecordingFrequency,
    C::Configuration,
    C::SupplementaryConfiguration,
    C::Relationships,
    C::Tags,
];

impl<'a> ItemColumns<'a> {
    /// Returns the columns of items; those that were not read are missing in the items.
    pub(in crate::store::embedded) fn of(columns: &'a Columns) -> Result<Self, CacheError> {
        Ok(Self {
            texts: TEXTS.map(|column| columns.texts(column)),
            captured: columns.longs(C::CaptureMs)?,
            beyond: columns.integers(C::CaptureNs)?,
        })
    }

    /// Returns the capture time of a row.
    pub(in crate::store::embedded) fn captured(&self, row: usize) -> Timestamp {
        instant(self.captured.value(row), self.beyond.value(row))
    }

    /// Returns the tags of a row.
    pub(in crate::store::embedded) fn tags(&self, row: usize) -> Vec<(String, Option<String>)> {
        let [.., tags] = &self.texts;
        tags_of(tags.get(row))
    }

    /// Returns what the item of a row says; its tags are read apart.
    pub(in crate::store::embedded) fn item<'t>(
        &self,
        row: usize,
        tags: &'t [(String, Option<String>)],
    ) -> ItemFields<'t>
    where
        'a: 't,
    {
        let [
            account,
            region,
            availability_zone,
            resource_type,
            resource_id,
            resource_name,
            arn,
            status,
            state_id,
            creation_time,
            version,
            recording_frequency,
            configuration,
            supplementary_configuration,
            relationships,
            _,
        ] = &self.texts;
        ItemFields {
            account: account.get(row).unwrap_or_default(),
            region: region.get(row).unwrap_or_default(),
            availability_zone: availability_zone.get(row),
            resource_type: resource_type.get(row).unwrap_or_default(),
            resource_id: resource_id.get(row).unwrap_or_default(),
            resource_name: resource_name.get(row),
            arn: arn.get(row),
            status: status.get(row),
            capture_time: self.captured(row),
            state_id: state_id.get(row),
            creation_time: creation_time.get(row),
            version: version.get(row),
            recording_frequency: recording_frequency.get(row),
            tags,
            configuration: configuration.get(row),
            supplementary_configuration: supplementary_configuration.get(row),
            relationships: relationships.get(row),
        }
    }
}

fn instant(milliseconds: i64, nanoseconds: i32) -> Timestamp {
    let all = i128::from(milliseconds) * 1_000_000 + i128::from(nanoseconds);
    Timestamp::from_nanosecond(all).unwrap_or_default()
}

/// Returns the hashes of a row's content.
pub(super) fn hashes_of(columns: &Columns) -> Result<impl Fn(usize) -> ContentHashes, CacheError> {
    let hash = |column| columns.longs(column);
    let (settings, volatile) = (hash(C::SettingsHash)?, hash(C::VolatileHash)?);
    let (tags, relationships) = (hash(C::TagsHash)?, hash(C::RelationshipsHash)?);
    let has_configuration = columns.truths(C::HasConfiguration)?;
    Ok(move |row| ContentHashes {
        settings: settings.value(row).cast_unsigned(),
        volatile: volatile.value(row).cast_unsigned(),
        tags: tags.value(row).cast_unsigned(),
        relationships: relationships.value(row).cast_unsigned(),
        has_configuration: has_configuration.value(row),
    })
}

/// Reads all items of a segment back, to be held with others, whose files come before its own.
pub(super) fn take_back(
    segment: &Segment,
    files_before: i32,
    held: &mut HeldItems,
) -> Result<(), CacheError> {
    let groups = segment.groups(&Wanted::default());
    for batch in segment.read_groups(&CacheColumn::ALL, &groups)? {
        let columns = Columns::new(batch);
        let (said, identities) = (ItemColumns::of(&columns)?, columns.identities()?);
        let hashes = hashes_of(&columns)?;
        let integers = |column| columns.integers(column);
        let (day, file, ordinal) = (integers(C::Day)?, integers(C::File)?, integers(C::Ordinal)?);
        let history = columns.truths(C::History)?;
        for row in 0..columns.rows() {
            let tags = said.tags(row);
            let delivered = Delivered {
                day: day.value(row),
                history: history.value(row),
                file: file.value(row).saturating_add(files_before),
                ordinal: ordinal.value(row),
            };
            let item = said.item(row, &tags);
            held.push(&item, identities.get(row), hashes(row), delivered);
        }
    }
    Ok(())
}
