//! A delivered file's bytes become items, one at a time.
//!
//! Three shapes of file are read: `{"configurationItems": […]}` as Config delivers it, a change
//! notification with one `configurationItem`, and a bare item or array of items. One file may hold
//! several such documents one after the other (gzip files get concatenated).

use std::io::{self, BufRead, BufReader, Read};

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use thiserror::Error;

use super::{
    decode_fields::ItemSeed,
    gzip::{Allowance, CappedReader},
};
use crate::domain::{ConfigurationItem, DeliveryFolder};

/// Limits on one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    /// Bytes of one file once inflated.
    pub file_bytes: u64,
    /// Bytes of one item, with whatever stands before it.
    pub item_bytes: u64,
    /// Files up to this size, inflated, are parsed from memory in one go.
    pub small_file_bytes: u64,
}

impl Default for ReadLimits {
    /// 2 GiB a file, 32 MiB an item (Athena's own limit for a row), 8 MiB in one go.
    fn default() -> Self {
        Self {
            file_bytes: 2 << 30,
            item_bytes: 32 << 20,
            small_file_bytes: 8 << 20,
        }
    }
}

/// Which of an item's larger parts are wanted; the others are skipped unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a set of columns")]
pub struct Bodies {
    /// `tags`.
    pub tags: bool,
    /// `configuration`.
    pub configuration: bool,
    /// `supplementaryConfiguration`.
    pub supplementary_configuration: bool,
    /// `relationships`.
    pub relationships: bool,
}

/// Why a file counts for nothing.
#[derive(Debug, Error)]
pub enum FileError {
    /// The bytes cannot be read or inflated.
    #[error("cannot be read: {0}")]
    Bytes(#[from] io::Error),
    /// The text is no JSON of a delivery.
    #[error("is no AWS Config delivery: {0}")]
    Json(#[from] serde_json::Error),
    /// The taker of items wants no more.
    #[error("reading was stopped")]
    Stopped,
}

/// What the taker of items answers.
pub type Taken = std::ops::ControlFlow<()>;

/// Hands the items of a delivered file to `take`, in the file's order. After an error the items
/// already taken must not count: a file counts whole or not at all.
pub fn decode_delivery(
    raw: Box<dyn Read + Send + '_>,
    folder: &DeliveryFolder,
    bodies: Bodies,
    limits: &ReadLimits,
    take: &mut dyn FnMut(ConfigurationItem) -> Taken,
) -> Result<(), FileError> {
    let allowance = Allowance::new(
        limits.file_bytes,
        limits.item_bytes.max(limits.small_file_bytes),
    );
    let mut reader = CappedReader::new(raw, allowance.clone())?;
    let mut head = Vec::new();
    reader
        .by_ref()
        .take(limits.small_file_bytes)
        .read_to_end(&mut head)?;
    let whole = (head.len() as u64) < limits.small_file_bytes;
    let mut items = Items {
        folder,
        bodies,
        allowance,
        take,
        stopped: false,
    };
    if whole {
        let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&head);
        items.read_documents(&mut serde_json::Deserializer::from_slice(text))
    } else {
        let mut stream = BufReader::with_capacity(64 * 1024, io::Cursor::new(head).chain(reader));
        if stream.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
            stream.consume(BYTE_ORDER_MARK.len());
        }
        items.read_documents(&mut serde_json::Deserializer::from_reader(stream))
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The taking of items from one file.
struct Items<'a> {
    folder: &'a DeliveryFolder,
    bodies: Bodies,
    allowance: Allowance,
    take: &'a mut dyn FnMut(ConfigurationItem) -> Taken,
    stopped: bool,
}

impl Items<'_> {
    fn read_documents<'de, R: serde_json::de::Read<'de>>(
        &mut self,
        json: &mut serde_json::Deserializer<R>,
    ) -> Result<(), FileError> {
        loop {
            let read = Document(self).deserialize(&mut *json);
            if self.stopped {
                return Err(FileError::Stopped);
            }
            read?;
            // `end` consumes white space only, so the next document is still whole.
            if json.end().is_ok() {
                return Ok(());
            }
        }
    }

    fn item_seed(&self) -> ItemSeed<'_> {
        ItemSeed {
            folder: self.folder,
            bodies: self.bodies,
        }
    }

    fn taken<E: serde::de::Error>(&mut self, item: ConfigurationItem) -> Result<(), E> {
        self.allowance.begin_item();
        if (self.take)(item).is_break() {
            self.stopped = true;
            return Err(E::custom("stopped"));
        }
        Ok(())
    }
}

/// One top-level JSON value.
struct Document<'s, 'a>(&'s mut Items<'a>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object with `configurationItems`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        ItemArray(self.0).visit_seq(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut found = false;
        let mut bare = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.to_ascii_lowercase().as_str() {
                "configurationitems" => {
                    found = true;
                    map.next_value_seed(ItemArray(self.0))?;
                }
                "configurationitem" => {
                    found = true;
                    if let Some(item) = map.next_value_seed(OptionalItem(self.0.item_seed()))? {
                        self.0.taken(item)?;
                    }
                }
                // A bare item: no wrapper has these keys.
                _ if !found && bare.is_none() && ItemSeed::is_item_key(&key) => {
                    bare = Some(self.0.item_seed().read_rest(Some(key), &mut map)?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        match bare {
            Some(item) => self.0.taken(item),
            None if found => Ok(()),
            None => Err(A::Error::custom("there is no `configurationItems` in it")),
        }
    }
}

/// The array of items; `null` is an empty one.
struct ItemArray<'s, 'a>(&'s mut Items<'a>);

impl<'de> DeserializeSeed<'de> for ItemArray<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ItemArray<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of configuration items")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(item) = seq.next_element_seed(self.0.item_seed())? {
            self.0.taken(item)?;
        }
        Ok(())
    }
}

/// An item or `null`.
struct OptionalItem<'s>(ItemSeed<'s>);

impl<'de> DeserializeSeed<'de> for OptionalItem<'_> {
    type Value = Option<ConfigurationItem>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for OptionalItem<'_> {
    type Value = Option<ConfigurationItem>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a configuration item")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(deserializer).map(Some)
    }
}
