//! The fields of an item of which it is known where they stand ([`Outline`](super::super::outline)):
//! the same as the parser makes of them.

use std::borrow::Cow;

use super::{
    Fields, ItemSeed, ReadItem, Wanted, WantedTags, body_of,
    loose::{LooseText, Tags},
    say,
};
use crate::source::outline::Place;

impl ItemSeed {
    /// Reads an item whose fields stand at these places of a text.
    pub(in crate::source) fn read_placed<'t>(
        self,
        text: &'t str,
        places: &[Place],
    ) -> Result<ReadItem<'t>, String> {
        let mut fields = Fields::default();
        for place in places {
            self.read_value(self.wanted(place.key, &mut fields), place.of(text))?;
        }
        ReadItem::of(fields)
    }

    pub(super) fn read_value<'t>(
        self,
        wanted: Wanted<'_, 't>,
        value: &'t str,
    ) -> Result<(), String> {
        match wanted {
            Wanted::Text(field) => say(field, text_of(value)?),
            Wanted::Tags(tags) => *tags = self.tags_of(value)?,
            Wanted::Body(body) => *body = body_of(value.into()),
            Wanted::NoText | Wanted::Nothing => {}
        }
        Ok(())
    }

    fn tags_of(self, value: &str) -> Result<Vec<(String, Option<String>)>, String> {
        if matches!(value, "{}" | "null") {
            return Ok(Vec::new());
        }
        match self.bodies.tags {
            WantedTags::None => Ok(Vec::new()),
            WantedTags::One => Ok(vec![Default::default()]),
            WantedTags::All => match serde_json::from_str(value) {
                Ok(Tags(tags)) => Ok(tags),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}

/// Returns what a value says as a text.
fn text_of(value: &str) -> Result<Option<Cow<'_, str>>, String> {
    Ok(match value.as_bytes() {
        [b'"', inner @ .., b'"'] if memchr::memchr(b'\\', inner).is_none() => {
            value.get(1..value.len() - 1).map(Cow::Borrowed)
        }
        [b'"' | b't' | b'f', ..] => match serde_json::from_str(value) {
            Ok(LooseText(said)) => said,
            Err(error) => return Err(error.to_string()),
        },
        // Whole numbers, as they stand.
        [b'0'..=b'9', ..] => Some(value.into()),
        // Null, and what is no scalar.
        _ => None,
    })
}
