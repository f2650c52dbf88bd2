//! Reading past items of which none is wanted, so that a damaged file shows in any case.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::{
    Fields, Key, capture_time,
    loose::{SkimmedTags, SkimmedText},
    loose_text,
};

/// Reads past one item; fails where [`ItemSeed`](super::ItemSeed) does.
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
            match key {
                Key::CaptureTime => loose_text(&mut fields.capture_time, &mut map)?,
                Key::StateId => loose_text(&mut fields.state_id, &mut map)?,
                Key::ResourceId => loose_text(&mut fields.resource_id, &mut map)?,
                Key::Arn => loose_text(&mut fields.arn, &mut map)?,
                Key::Tags => {
                    map.next_value::<SkimmedTags>()?;
                }
                Key::Configuration
                | Key::SupplementaryConfiguration
                | Key::Relationships
                | Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
                // Text is text only where its escapes are.
                _ => {
                    map.next_value::<SkimmedText>()?;
                }
            }
        }
        capture_time(&fields).map_err(A::Error::custom)?;
        Ok(Skimmed {
            resource_id: fields.resource_id,
            arn: fields.arn,
        })
    }
}
