//! Reading past items of which none is wanted, so that a damaged file shows in any case.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};

use super::{Bodies, Fields, ItemSeed, Key, Wanted, WantedTags, capture_time};
use crate::source::outline::Place;

/// Reads past one item; fails where [`ItemSeed`] does.
#[derive(Clone, Copy)]
pub(in crate::source) struct SkimSeed;

/// What is told of an item that was read past.
pub(in crate::source) struct Skimmed<'t> {
    pub(in crate::source) resource_id: Option<Cow<'t, str>>,
    pub(in crate::source) arn: Option<Cow<'t, str>>,
}

impl<'de> DeserializeSeed<'de> for SkimSeed {
    type Value = Skimmed<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Skimmed<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for SkimSeed {
    type Value = Skimmed<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a configuration item")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Skimmed<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = map.next_key::<Key>()? {
            NOTHING.read(wanted(key, &mut fields), &mut map)?;
        }
        Skimmed::of(fields).map_err(A::Error::custom)
    }
}

/// Reads past an item whose fields stand at these places of a text.
pub(in crate::source) fn skim_placed<'t>(
    text: &'t str,
    places: &[Place],
) -> Result<Skimmed<'t>, String> {
    let mut fields = Fields::default();
    for place in places {
        NOTHING.read_value(wanted(place.key, &mut fields), place.of(text))?;
    }
    Skimmed::of(fields)
}

/// Neither bodies nor tags.
const NOTHING: ItemSeed = ItemSeed {
    bodies: Bodies {
        texts: false,
        tags: WantedTags::None,
        configuration: false,
        supplementary_configuration: false,
        relationships: false,
    },
    is_stream: false,
};

/// Says what is wanted of a field: what tells which item it is, and whether it has a time.
fn wanted<'f, 't>(key: Key, fields: &'f mut Fields<'t>) -> Wanted<'f, 't> {
    match key {
        Key::CaptureTime => Wanted::Text(&mut fields.capture_time),
        Key::StateId => Wanted::Text(&mut fields.state_id),
        Key::ResourceId => Wanted::Text(&mut fields.resource_id),
        Key::Arn => Wanted::Text(&mut fields.arn),
        Key::Tags => Wanted::Tags(&mut fields.tags),
        // Text is text only where its escapes are.
        key if key.is_text() => Wanted::NoText,
        _ => Wanted::Nothing,
    }
}

impl<'t> Skimmed<'t> {
    fn of(fields: Fields<'t>) -> Result<Self, String> {
        capture_time(&fields)?;
        Ok(Self {
            resource_id: fields.resource_id,
            arn: fields.arn,
        })
    }
}
