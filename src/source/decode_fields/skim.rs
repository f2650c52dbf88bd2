//! Reading past items of which none is wanted, so that a damaged file shows in any case.

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::{
    Fields, Key, capture_time,
    loose::{SkimmedTags, SkimmedText},
    loose_text,
};

/// Reads past one item; fails where [`ItemSeed`](super::ItemSeed) does.
#[derive(Clone, Copy)]
pub(in crate::source) struct SkimSeed;

impl<'de> DeserializeSeed<'de> for SkimSeed {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for SkimSeed {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a configuration item")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::CaptureTime => loose_text(&mut fields.capture_time, &mut map)?,
                Key::StateId => loose_text(&mut fields.state_id, &mut map)?,
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
        capture_time(&fields).map(|_| ()).map_err(A::Error::custom)
    }
}
