//! Hashes of a list of relationships straight from its text, in whatever spelling: those of the tree
//! that [`Content`](super::super::Content) makes of it, or none at all where only the tree tells.

use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{Gathered, Hashes, Seed, seeded};
use crate::domain::{difference::classes::Place, may_hold_document};

/// A text, borrowed where it stands there as it is.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A relationship as it is delivered. Where it says anything else only the tree tells: that is also
/// what finds a text that is no JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Relationship<'a> {
    #[serde(borrow)]
    resource_type: Option<Text<'a>>,
    #[serde(borrow)]
    resource_id: Option<Text<'a>>,
    #[serde(borrow)]
    resource_name: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    /// The name in answers of the API.
    #[serde(borrow, rename = "relationshipName")]
    as_listed: Option<Text<'a>>,
}

/// One that is an object: an array of texts would be read as one as well.
struct Object<'a>(Relationship<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a relationship")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<'de>, A::Error> {
                Relationship::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Returns the hashes of a list of relationships at its place; `None` where it is no plain list.
pub(in crate::domain::difference) fn relationship_hashes(
    text: &str,
    place: Place,
) -> Option<Hashes> {
    let listed: Vec<Object<'_>> = serde_json::from_str(text).ok()?;
    if listed.is_empty() {
        return Some(Hashes::default());
    }
    let below = place.element();
    let mut list = Gathered::default();
    for Object(relationship) in &listed {
        list.element(relationship.hashes(below)?);
    }
    Some(list.array(place.class()))
}

impl Relationship<'_> {
    fn hashes(&self, place: Place) -> Option<Hashes> {
        let of_type = said(self.resource_type.as_ref())?;
        let target = match said(self.resource_id.as_ref())? {
            Some(id) => ("resourceId", Some(id)),
            None => ("resourceName", said(self.resource_name.as_ref())?),
        };
        let name = match said(self.name.as_ref())? {
            Some(name) => Some(name),
            None => said(self.as_listed.as_ref())?,
        };
        let mut object = Gathered::default();
        let mut is_known = false;
        for (key, text) in [("resourceType", of_type), target, ("name", name)] {
            if let Some(text) = text {
                is_known = true;
                let hash = seeded(Seed::String, text.as_bytes());
                object.member(key, Hashes::only(place.member(key).class(), hash));
            }
        }
        is_known.then(|| object.object(place.class()))
    }
}

/// Returns what a text says, if anything; `None` where it may hold a document.
#[expect(
    clippy::option_option,
    reason = "nothing said, and not to be told here"
)]
fn said<'t>(text: Option<&'t Text<'_>>) -> Option<Option<&'t str>> {
    let Some(Text(text)) = text else {
        return Some(None);
    };
    if may_hold_document(text) {
        return None;
    }
    let said = text.trim();
    Some((!said.is_empty()).then_some(said))
}
