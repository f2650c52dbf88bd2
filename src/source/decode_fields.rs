//! The fields of an item, in every spelling that Config uses: S3 files (`ARN`, `awsAccountId`),
//! notifications (the same, with nulls), the API (`arn`, `accountId`, `version`) and old files.

mod loose;
mod placed;
mod skim;

use std::borrow::Cow;

use jiff::Timestamp;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};
use serde_json::value::RawValue;

use self::loose::{LooseText, OneTag, SkimmedTags, SkimmedText, Tags};
pub(super) use self::skim::{SkimSeed, skim_placed};
use super::{Bodies, WantedTags};
use crate::domain::{ConfigurationItem, DeliveryFolder, ItemFields};

/// Reads one item.
#[derive(Clone, Copy)]
pub(super) struct ItemSeed {
    pub(super) bodies: Bodies,
    /// Whether the file is not held in memory, so that nothing of it can be borrowed.
    pub(super) is_stream: bool,
}

/// An item, its texts where they stand in the file as far as they stand there as they are.
pub(super) struct ReadItem<'t> {
    capture_time: Timestamp,
    fields: Fields<'t>,
}

/// What has been read of an item so far.
#[derive(Default)]
struct Fields<'t> {
    account: Option<Cow<'t, str>>,
    region: Option<Cow<'t, str>>,
    availability_zone: Option<Cow<'t, str>>,
    resource_type: Option<Cow<'t, str>>,
    resource_id: Option<Cow<'t, str>>,
    resource_name: Option<Cow<'t, str>>,
    arn: Option<Cow<'t, str>>,
    status: Option<Cow<'t, str>>,
    capture_time: Option<Cow<'t, str>>,
    state_id: Option<Cow<'t, str>>,
    creation_time: Option<Cow<'t, str>>,
    version: Option<Cow<'t, str>>,
    recording_frequency: Option<Cow<'t, str>>,
    tags: Vec<(String, Option<String>)>,
    configuration: Option<Cow<'t, str>>,
    supplementary_configuration: Option<Cow<'t, str>>,
    relationships: Option<Cow<'t, str>>,
}

impl ReadItem<'_> {
    /// Returns what the item says; the folder it was delivered to says what the item does not.
    pub(super) fn fields<'s>(&'s self, folder: &'s DeliveryFolder) -> ItemFields<'s> {
        let fields = &self.fields;
        let resource_type = fields.resource_type.as_deref().unwrap_or_default();
        ItemFields {
            account: fields.account.as_deref().unwrap_or(&folder.account),
            region: ConfigurationItem::counted_region(
                resource_type,
                filled(fields.region.as_deref()),
                &folder.region,
            ),
            availability_zone: fields.availability_zone.as_deref(),
            resource_type,
            resource_id: fields.resource_id.as_deref().unwrap_or_default(),
            resource_name: fields.resource_name.as_deref(),
            arn: fields.arn.as_deref(),
            status: fields.status.as_deref(),
            capture_time: self.capture_time,
            state_id: filled(fields.state_id.as_deref()),
            creation_time: fields.creation_time.as_deref(),
            version: fields.version.as_deref(),
            recording_frequency: fields.recording_frequency.as_deref(),
            tags: &fields.tags,
            configuration: fields.configuration.as_deref(),
            supplementary_configuration: fields.supplementary_configuration.as_deref(),
            relationships: fields.relationships.as_deref(),
        }
    }
}

impl ItemSeed {
    /// Says whether a key can only be that of an item.
    pub(super) fn is_item_key(key: &str) -> bool {
        // Wrappers have a version of their own.
        !matches!(Key::of(key), Key::Other | Key::Version)
    }

    /// Reads the rest of an item whose object has been opened; `first` is a key already read.
    pub(super) fn read_rest<'de, A: MapAccess<'de>>(
        self,
        first: Option<String>,
        map: &mut A,
    ) -> Result<ReadItem<'de>, A::Error> {
        let mut fields = Fields::default();
        if let Some(key) = first {
            self.read(self.wanted(Key::of(&key), &mut fields), map)?;
        }
        while let Some(key) = map.next_key::<Key>()? {
            self.read(self.wanted(key, &mut fields), map)?;
        }
        ReadItem::of(fields).map_err(A::Error::custom)
    }

    fn read<'de, A: MapAccess<'de>>(
        self,
        wanted: Wanted<'_, 'de>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match wanted {
            Wanted::Text(field) => {
                let LooseText(said) = map.next_value()?;
                say(field, said);
                Ok(())
            }
            // Read past in any case: whether a file is damaged must not hang on what is asked.
            Wanted::NoText => map.next_value::<SkimmedText>().map(|_| ()),
            Wanted::Tags(tags) => {
                *tags = match self.bodies.tags {
                    WantedTags::None => {
                        map.next_value::<SkimmedTags>()?;
                        Vec::new()
                    }
                    WantedTags::One => map.next_value::<OneTag>()?.0,
                    WantedTags::All => map.next_value::<Tags>()?.0,
                };
                Ok(())
            }
            Wanted::Body(body) => {
                *body = self.body(map)?;
                Ok(())
            }
            Wanted::Nothing => map.next_value::<IgnoredAny>().map(|_| ()),
        }
    }

    /// Says what is wanted of a field, and where it goes.
    fn wanted<'f, 't>(self, key: Key, fields: &'f mut Fields<'t>) -> Wanted<'f, 't> {
        let text = |field| {
            if self.bodies.texts {
                Wanted::Text(field)
            } else {
                Wanted::NoText
            }
        };
        let body = |wanted, field| {
            if wanted {
                Wanted::Body(field)
            } else {
                Wanted::Nothing
            }
        };
        match key {
            Key::Account => Wanted::Text(&mut fields.account),
            Key::Region => Wanted::Text(&mut fields.region),
            Key::ResourceType => Wanted::Text(&mut fields.resource_type),
            Key::ResourceId => Wanted::Text(&mut fields.resource_id),
            Key::Status => Wanted::Text(&mut fields.status),
            Key::CaptureTime => Wanted::Text(&mut fields.capture_time),
            Key::StateId => Wanted::Text(&mut fields.state_id),
            Key::RecordingFrequency => Wanted::Text(&mut fields.recording_frequency),
            Key::AvailabilityZone => text(&mut fields.availability_zone),
            Key::ResourceName => text(&mut fields.resource_name),
            Key::Arn => text(&mut fields.arn),
            Key::CreationTime => text(&mut fields.creation_time),
            Key::Version => text(&mut fields.version),
            Key::Tags => Wanted::Tags(&mut fields.tags),
            Key::Configuration => body(self.bodies.configuration, &mut fields.configuration),
            Key::SupplementaryConfiguration => body(
                self.bodies.supplementary_configuration,
                &mut fields.supplementary_configuration,
            ),
            Key::Relationships => body(self.bodies.relationships, &mut fields.relationships),
            Key::Other => Wanted::Nothing,
        }
    }

    /// Reads a body as its exact text.
    fn body<'de, A: MapAccess<'de>>(self, map: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
        let text: Cow<'de, str> = if self.is_stream {
            let raw: Box<str> = map.next_value::<Box<RawValue>>()?.into();
            String::from(raw).into()
        } else {
            map.next_value::<&RawValue>()?.get().into()
        };
        Ok(body_of(text))
    }
}

/// What is wanted of a field.
enum Wanted<'f, 't> {
    Text(&'f mut Option<Cow<'t, str>>),
    /// Nothing of a field that is a text.
    NoText,
    Tags(&'f mut Vec<(String, Option<String>)>),
    Body(&'f mut Option<Cow<'t, str>>),
    Nothing,
}

/// Returns a body as it is kept. One that is a string holding a JSON object or array (the API's form)
/// is that object or array.
fn body_of(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if text == "null" {
        return None;
    }
    if text.starts_with('"')
        && let Ok(inner) = serde_json::from_str::<String>(&text)
        && inner.trim_start().starts_with(['{', '['])
        && serde_json::from_str::<&RawValue>(&inner).is_ok()
    {
        return Some(inner.into());
    }
    Some(text)
}

impl<'t> ReadItem<'t> {
    fn of(mut fields: Fields<'t>) -> Result<Self, String> {
        let capture_time = capture_time(&fields)?;
        fields.account = fields.account.and_then(twelve_digits);
        fields.creation_time = fields.creation_time.map(iso_time);
        Ok(Self {
            capture_time,
            fields,
        })
    }
}

impl<'de> DeserializeSeed<'de> for ItemSeed {
    type Value = ReadItem<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ItemSeed {
    type Value = ReadItem<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a configuration item")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        self.read_rest(None, &mut map)
    }
}

/// Sets a field of text. Where two spellings of one field meet, the one that says something wins.
fn say<'t>(field: &mut Option<Cow<'t, str>>, said: Option<Cow<'t, str>>) {
    if said.is_some() {
        *field = said;
    }
}

/// A key of an item, whatever its spelling.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Account,
    Region,
    AvailabilityZone,
    ResourceType,
    ResourceId,
    ResourceName,
    Arn,
    Status,
    CaptureTime,
    StateId,
    CreationTime,
    Version,
    RecordingFrequency,
    Tags,
    Configuration,
    SupplementaryConfiguration,
    Relationships,
    Other,
}

impl Key {
    /// Says whether the value is read as a text, whatever it is.
    pub(super) fn is_text(self) -> bool {
        !matches!(
            self,
            Self::Tags
                | Self::Configuration
                | Self::SupplementaryConfiguration
                | Self::Relationships
                | Self::Other
        )
    }

    pub(super) fn of(key: &str) -> Self {
        // As S3 files write them; anything else is looked for in the list of all spellings.
        match key {
            "configuration" => Self::Configuration,
            "configurationItemCaptureTime" => Self::CaptureTime,
            "configurationItemStatus" => Self::Status,
            "configurationItemVersion" => Self::Version,
            "configurationStateId" => Self::StateId,
            "awsAccountId" => Self::Account,
            "awsRegion" => Self::Region,
            "availabilityZone" => Self::AvailabilityZone,
            "resourceType" => Self::ResourceType,
            "resourceId" => Self::ResourceId,
            "resourceName" => Self::ResourceName,
            "ARN" => Self::Arn,
            "resourceCreationTime" => Self::CreationTime,
            "tags" => Self::Tags,
            "supplementaryConfiguration" => Self::SupplementaryConfiguration,
            "relationships" => Self::Relationships,
            "configurationStateMd5Hash" | "relatedEvents" => Self::Other,
            _ => Self::of_any_spelling(key),
        }
    }

    fn of_any_spelling(key: &str) -> Self {
        const SPELLINGS: [(&str, Key); 22] = [
            ("configuration", Key::Configuration),
            ("configurationItemCaptureTime", Key::CaptureTime),
            ("configurationItemStatus", Key::Status),
            ("configurationItemVersion", Key::Version),
            ("version", Key::Version),
            ("configurationStateId", Key::StateId),
            ("awsAccountId", Key::Account),
            ("accountId", Key::Account),
            ("awsRegion", Key::Region),
            ("availabilityZone", Key::AvailabilityZone),
            // Sic: files of 2014.
            ("availibilityZone", Key::AvailabilityZone),
            ("resourceType", Key::ResourceType),
            ("resourceId", Key::ResourceId),
            ("resourceName", Key::ResourceName),
            ("arn", Key::Arn),
            ("resourceCreationTime", Key::CreationTime),
            ("recordingFrequency", Key::RecordingFrequency),
            ("tags", Key::Tags),
            (
                "supplementaryConfiguration",
                Key::SupplementaryConfiguration,
            ),
            ("relationships", Key::Relationships),
            ("snapshotVersion", Key::Other),
            ("configurationItemDiff", Key::Other),
        ];
        SPELLINGS
            .into_iter()
            .find(|(spelling, _)| spelling.eq_ignore_ascii_case(key))
            .map_or(Self::Other, |(_, key)| key)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, key: &str) -> Result<Key, E> {
                Ok(Key::of(key))
            }
        }
        deserializer.deserialize_identifier(KeyVisitor)
    }
}

/// Returns the capture time: the field, else the state id, which is the same instant in
/// milliseconds in all files of today.
fn capture_time(fields: &Fields<'_>) -> Result<Timestamp, String> {
    if let Some(text) = &fields.capture_time
        && let Some(time) = parse_time(text)
    {
        return Ok(time);
    }
    let from_state_id = fields
        .state_id
        .as_deref()
        .filter(|id| id.len() == 13)
        .and_then(parse_time);
    from_state_id.ok_or_else(|| match &fields.capture_time {
        Some(text) => {
            let shown: String = text.chars().take(40).collect();
            format!("an item has the configurationItemCaptureTime `{shown}`, which is no time")
        }
        None => "an item has no configurationItemCaptureTime".to_owned(),
    })
}

/// Parses ISO 8601 with any offset, or an epoch in seconds or milliseconds.
fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(number) = text.parse::<f64>()
        && number.is_finite()
    {
        // Milliseconds since 1970 have had 12 digits and more since 2001, seconds get there in
        // the year 33658.
        let millis = if number.abs() >= 1e11 {
            number
        } else {
            number * 1_000.0
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "out of range fails in jiff"
        )]
        return Timestamp::from_millisecond(millis.round() as i64).ok();
    }
    Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok()
}

fn iso_time(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.parse::<f64>().ok().and_then(|_| parse_time(&text)) {
        Some(time) => time.to_string().into(),
        None => text,
    }
}

/// An empty text says nothing.
fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// Returns an account with the zeros that a number does not have; an empty one is none.
fn twelve_digits(account: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if account.len() < 12 && account.bytes().all(|b| b.is_ascii_digit()) {
        return (!account.is_empty()).then(|| format!("{account:0>12}").into());
    }
    Some(account)
}
