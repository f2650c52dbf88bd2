//! The fields of an item of which it is known where they stand ([`Outline`](super::super::outline)):
//! the same as the parser makes of them.

use std::borrow::Cow;

use super::{
    Fields, ItemSeed, Key, ReadItem, Wanted, WantedTags, body_of, capture_time,
    loose::{LooseText, Tags},
    skim::Skimmed,
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
            let value = place.of(text);
            match self.wanted(place.key, &mut fields) {
                Wanted::Text(field) => set_text(field, value)?,
                Wanted::Tags(tags) => *tags = self.placed_tags(value)?,
                Wanted::Body(body) => *body = body_of(value.into()),
                Wanted::NoText | Wanted::Nothing => {}
            }
        }
        ReadItem::of(fields)
    }

    fn placed_tags(self, value: &str) -> Result<Vec<(String, Option<String>)>, String> {
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

/// Reads past an item whose fields stand at these places of a text.
pub(in crate::source) fn skim_placed<'t>(
    text: &'t str,
    places: &[Place],
) -> Result<Skimmed<'t>, String> {
    let mut fields = Fields::default();
    for place in places {
        let field = match place.key {
            Key::CaptureTime => &mut fields.capture_time,
            Key::StateId => &mut fields.state_id,
            Key::ResourceId => &mut fields.resource_id,
            Key::Arn => &mut fields.arn,
            _ => continue,
        };
        set_text(field, place.of(text))?;
    }
    capture_time(&fields)?;
    Ok(Skimmed {
        resource_id: fields.resource_id,
        arn: fields.arn,
    })
}

/// Sets a field of text. Where two spellings of one field meet, the one that says something wins.
fn set_text<'t>(field: &mut Option<Cow<'t, str>>, value: &'t str) -> Result<(), String> {
    let said = match value.as_bytes() {
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
    };
    if said.is_some() {
        *field = said;
    }
    Ok(())
}
