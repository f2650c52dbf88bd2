//! A delivered file's bytes become items, one at a time.
//!
//! Three shapes of file are read: `{"configurationItems": […]}` as Config delivers it, a change
//! notification with one `configurationItem`, and a bare item or array of items. One file may hold
//! several such documents one after the other (gzip files get concatenated). A file as Config writes it
//! is not parsed: [`Outline`] says where its items stand.

use std::io::{self, BufRead, BufReader, Read};

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;
use thiserror::Error;

use super::{
    Object, Search,
    decode_fields::{ItemSeed, ReadItem, SkimSeed, skim_placed},
    gzip::{self, Allowance, CappedReader, Inflater},
    object::Head,
    outline::Outline,
};
use crate::domain::{DeliveryFolder, ItemFields};

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

/// Which parts of an item are wanted beside those that tell it from others; the rest is read past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a set of columns")]
pub struct Bodies {
    /// Texts that neither tell items apart nor decide whether they are counted: name, ARN,
    /// availability zone, creation time, version.
    pub texts: bool,
    /// `tags`.
    pub tags: WantedTags,
    /// `configuration`.
    pub configuration: bool,
    /// `supplementaryConfiguration`.
    pub supplementary_configuration: bool,
    /// `relationships`.
    pub relationships: bool,
}

/// How many of an item's tags are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WantedTags {
    /// None of them.
    #[default]
    None,
    /// One that says nothing, where there are any: to know that costs less than to know them.
    One,
    /// All of them.
    All,
}

impl Bodies {
    /// All of them.
    pub const ALL: Self = Self {
        texts: true,
        tags: WantedTags::All,
        configuration: true,
        supplementary_configuration: true,
        relationships: true,
    };
}

/// Why a file counts for nothing.
#[derive(Debug, Error)]
pub enum FileError {
    /// The bytes cannot be read or inflated.
    #[error("cannot be read: {0}")]
    Bytes(#[from] io::Error),
    /// The text is none from this byte on.
    #[error("is no AWS Config delivery: no UTF-8 at byte {0}")]
    Utf8(usize),
    /// The text is no JSON of a delivery.
    #[error("is no AWS Config delivery: {0}")]
    Json(#[from] serde_json::Error),
    /// The taker of items wants no more.
    #[error("reading was stopped")]
    Stopped,
}

impl FileError {
    /// An error of the bytes stays one where the parser met it.
    fn of_json(error: serde_json::Error) -> Self {
        if error.is_io() {
            Self::Bytes(error.into())
        } else {
            Self::Json(error)
        }
    }
}

/// What the taker of items answers.
pub type Taken = std::ops::ControlFlow<()>;

/// Bytes of a buffer that a decoder keeps while it does not decode.
const KEPT_BYTES: usize = 1 << 20;

/// Decodes delivered files one after the other, in memory that they share.
pub struct Decoder {
    limits: ReadLimits,
    stored: Vec<u8>,
    text: Vec<u8>,
    inflater: Inflater,
    outline: Outline,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Decoder {
    /// Returns a decoder that reads no more of a file than it may.
    pub fn new(limits: ReadLimits) -> Self {
        Self {
            limits,
            stored: Vec::new(),
            text: Vec::new(),
            inflater: Inflater::default(),
            outline: Outline::default(),
        }
    }

    /// Gives back what only large files need.
    pub fn let_go_of_large(&mut self) {
        for buffer in [&mut self.stored, &mut self.text] {
            buffer.truncate(KEPT_BYTES);
            buffer.shrink_to(KEPT_BYTES);
        }
        if self.outline.memory_bytes() > KEPT_BYTES {
            self.outline = Outline::default();
        }
    }

    /// Hands the items of a delivered file to `take`, in the file's order. After an error the items
    /// already taken must not count: a file counts whole or not at all. Where there is a `search`, no
    /// items of a file come that is held in memory and has nothing that is searched for.
    pub fn decode(
        &mut self,
        object: Object,
        folder: &DeliveryFolder,
        bodies: Bodies,
        mut search: Option<Search<'_>>,
        take: &mut dyn FnMut(&ItemFields<'_>) -> Taken,
    ) -> Result<(), FileError> {
        let small = usize::try_from(self.limits.small_file_bytes).unwrap_or(usize::MAX);
        let head = object.read(&mut self.stored, small)?;
        let mut items = Items {
            folder,
            bodies,
            allowance: Allowance::of(&self.limits),
            search: search.as_mut().map(|search| Search {
                needles: search.needles,
                passed: &mut *search.passed,
            }),
            take,
            stopped: false,
            streams: false,
            aim: Aim::Items,
        };
        let text = match &head {
            Head::Whole if !gzip::is_gzip(&self.stored) => Some(&*self.stored),
            Head::Whole => {
                let most = self.limits.file_bytes.min(self.limits.small_file_bytes);
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                self.inflater.inflate(&self.stored, &mut self.text, most)
            }
            Head::Longer(_) => None,
        };
        if let Some(text) = text {
            return items.read_text(text, &mut self.outline);
        }
        let rest: Box<dyn Read + Send> = match head {
            Head::Whole => Box::new(io::empty()),
            Head::Longer(rest) => rest,
        };
        let raw = io::Cursor::new(&self.stored).chain(rest);
        let mut reader = CappedReader::new(Box::new(raw), items.allowance.clone())?;
        // A file of several gzip members, a damaged one, or one too large to be held.
        self.text.clear();
        gzip::read_at_most(&mut reader, self.limits.small_file_bytes, &mut self.text)?;
        if (self.text.len() as u64) < self.limits.small_file_bytes {
            return items.read_text(&self.text, &mut self.outline);
        }
        items.read_stream(reader, &self.text)
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The taking of items from one file.
struct Items<'a> {
    folder: &'a DeliveryFolder,
    bodies: Bodies,
    allowance: Allowance,
    search: Option<Search<'a>>,
    take: &'a mut dyn FnMut(&ItemFields<'_>) -> Taken,
    stopped: bool,
    /// Whether the file is too large to be held: then its items are read one by one.
    streams: bool,
    aim: Aim,
}

/// What a file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// Its items.
    Items,
    /// To see that it is whole: no item of it is wanted.
    Damage,
    /// The parser's words for a damage that was seen: it knows its place as well.
    ErrorText,
}

impl Items<'_> {
    /// Reads a file that is held in memory.
    fn read_text(&mut self, text: &[u8], outline: &mut Outline) -> Result<(), FileError> {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        // The whole text, so that a file is damaged or not whatever is read of it.
        let text =
            std::str::from_utf8(text).map_err(|error| FileError::Utf8(error.valid_up_to()))?;
        // Nothing in it may be wanted, but a damaged file is one to all who ask.
        let search = self.search.as_ref();
        if search.is_some_and(|search| !search.needles.are_in(text)) {
            self.aim = Aim::Damage;
        }
        if outline.look_over(text) {
            return self.read_outlined(text, outline);
        }
        self.read_documents(&mut serde_json::Deserializer::from_str(text))
    }

    /// Reads a file of which it is known where its items stand.
    fn read_outlined(&mut self, text: &str, outline: &Outline) -> Result<(), FileError> {
        let seed = self.item_seed();
        for places in outline.items() {
            let read = if self.aim == Aim::Damage {
                skim_placed(text, places).map(|item| {
                    self.pass(&item.resource_id.unwrap_or_default(), item.arn.as_deref());
                })
            } else {
                seed.read_placed(text, places)
                    .map(|item| self.hand_out(&item))
            };
            if let Err(error) = read {
                self.aim = Aim::ErrorText;
                self.read_documents(&mut serde_json::Deserializer::from_str(text))?;
                // Never, while both read the same.
                return Err(FileError::Json(serde_json::Error::custom(error)));
            }
            if self.stopped {
                return Err(FileError::Stopped);
            }
        }
        Ok(())
    }

    /// Reads a file that is too large to be held, of which this is the head.
    fn read_stream(&mut self, reader: CappedReader<'_>, head: &[u8]) -> Result<(), FileError> {
        self.streams = true;
        let mut stream = BufReader::with_capacity(64 * 1024, io::Cursor::new(head).chain(reader));
        if stream.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
            stream.consume(BYTE_ORDER_MARK.len());
        }
        self.read_documents(&mut serde_json::Deserializer::from_reader(stream))
    }

    fn read_documents<'de, R: serde_json::de::Read<'de>>(
        &mut self,
        json: &mut serde_json::Deserializer<R>,
    ) -> Result<(), FileError> {
        loop {
            let read = Document(self).deserialize(&mut *json);
            if self.stopped {
                return Err(FileError::Stopped);
            }
            read.map_err(FileError::of_json)?;
            // `end` consumes white space only, so the next document is still whole.
            if json.end().is_ok() {
                return Ok(());
            }
        }
    }

    fn item_seed(&self) -> ItemSeed {
        ItemSeed {
            bodies: self.bodies,
            is_stream: self.streams,
        }
    }

    fn taken<E: serde::de::Error>(&mut self, item: &ReadItem<'_>) -> Result<(), E> {
        self.hand_out(item);
        if self.stopped {
            return Err(E::custom("stopped"));
        }
        Ok(())
    }

    /// Hands out an item, or tells of it where none is wanted.
    fn hand_out(&mut self, item: &ReadItem<'_>) {
        let item = item.fields(self.folder);
        match self.aim {
            Aim::Items => {
                self.allowance.begin_item();
                self.stopped = (self.take)(&item).is_break();
            }
            Aim::Damage => self.pass(item.resource_id, item.arn),
            Aim::ErrorText => {}
        }
    }

    /// Tells of an item that was read past.
    fn pass(&mut self, id: &str, arn: Option<&str>) {
        self.allowance.begin_item();
        if let Some(search) = &mut self.search {
            (search.passed)(id);
            arn.into_iter().for_each(&mut *search.passed);
        }
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
                        self.0.taken(&item)?;
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
            Some(item) => self.0.taken(&item),
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
        if self.0.streams {
            // The text of one item at a time; parsed as an item of a small file is.
            while let Some(text) = seq.next_element::<Box<RawValue>>()? {
                let mut json = serde_json::Deserializer::from_str(text.get());
                let seed = ItemSeed {
                    is_stream: false,
                    ..self.0.item_seed()
                };
                let item = seed.deserialize(&mut json).map_err(A::Error::custom)?;
                self.0.taken(&item)?;
            }
            return Ok(());
        }
        if self.0.aim == Aim::Damage {
            while let Some(item) = seq.next_element_seed(SkimSeed)? {
                let id = item.resource_id.unwrap_or_default();
                self.0.pass(&id, item.arn.as_deref());
            }
            return Ok(());
        }
        while let Some(item) = seq.next_element_seed(self.0.item_seed())? {
            self.0.taken(&item)?;
        }
        Ok(())
    }
}

/// An item or `null`.
struct OptionalItem(ItemSeed);

impl<'de> DeserializeSeed<'de> for OptionalItem {
    type Value = Option<ReadItem<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for OptionalItem {
    type Value = Option<ReadItem<'de>>;

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

#[cfg(test)]
mod tests;
