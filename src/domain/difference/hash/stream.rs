//! Hashes straight from the text of a section, without its tree: what fills the cache hashes every
//! body that was ever delivered. The same hashes as those of the tree, or none at all where only the
//! tree tells: then it is built.

use std::collections::HashSet;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value, error::Category};
use xxhash_rust::xxh3::xxh3_64;

use super::{Gathered, Hashes, Seed, leaf_hash, mix, number_hash, seeded};
use crate::domain::{
    MOST_LAYERS,
    difference::{arrays, classes::Place},
    document_text,
};

/// Keys of an object up to which a repeated one is looked for by going through them.
const FEW_KEYS: usize = 32;

/// Returns the hashes of a section's text, all of them 0 where the section has nothing in it.
/// `None` where the text is no JSON, or where an object has a key twice.
pub(in crate::domain::difference) fn text_hashes(text: &str, place: Place) -> Option<Hashes> {
    let mut json = serde_json::Deserializer::from_str(text);
    let node = Node {
        place,
        key: None,
        layers: MOST_LAYERS,
    };
    let node = node.deserialize(&mut json).ok()?;
    json.end().ok()?;
    Some(if node.is_empty {
        Hashes::default()
    } else {
        node.hashes
    })
}

/// What a value is.
struct Told {
    hashes: Hashes,
    /// The hash of a scalar by itself.
    leaf: Option<u64>,
    is_null: bool,
    /// Whether there is nothing in it: null, an array without elements, an object whose members are
    /// all null.
    is_empty: bool,
}

/// A value at a place.
#[derive(Clone, Copy)]
struct Node<'k> {
    place: Place,
    /// Key of the member that it is.
    key: Option<&'k str>,
    /// Documents inside of documents that are followed yet.
    layers: usize,
}

impl Node<'_> {
    fn leaf(self, hash: u64) -> Told {
        Told {
            hashes: Hashes::only(self.place.class(), hash),
            leaf: Some(hash),
            is_null: false,
            is_empty: false,
        }
    }

    fn number(self, number: &Number) -> Told {
        self.leaf(number_hash(number))
    }

    /// A text may hold a document.
    fn text<E: serde::de::Error>(self, text: &str) -> Result<Told, E> {
        let told = match document_text(text) {
            Some(document) if self.layers > 0 => self.document(&document)?,
            _ => None,
        };
        Ok(told.unwrap_or_else(|| self.leaf(seeded(Seed::String, text.as_bytes()))))
    }

    /// Returns the hashes of a document; `None` where it is none.
    fn document<E: serde::de::Error>(self, text: &str) -> Result<Option<Told>, E> {
        let mut json = serde_json::Deserializer::from_str(text);
        let layers = self.layers - 1;
        let told = Self { layers, ..self }.deserialize(&mut json);
        match told.and_then(|told| json.end().map(|()| told)) {
            Ok(told) => Ok(Some(told)),
            // Only the tree tells.
            Err(error) if error.classify() == Category::Data => Err(E::custom(error)),
            Err(_) => Ok(None),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Told;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Told, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Told;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Told, E> {
        Ok(Told {
            is_null: true,
            is_empty: true,
            ..self.leaf(leaf_hash(&Value::Null))
        })
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Told, E> {
        Ok(self.leaf(leaf_hash(&Value::Bool(truth))))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Told, E> {
        Ok(self.number(&number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Told, E> {
        Ok(self.number(&number.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Told, E> {
        let number = Number::from_f64(number).ok_or_else(|| E::custom("not finite"))?;
        Ok(self.number(&number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Told, E> {
        self.text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Told, A::Error> {
        let element = Node {
            place: self.place.element(),
            key: None,
            layers: self.layers,
        };
        let mut gathered = Gathered::default();
        // The order counts under some keys, as long as all elements are scalars.
        let mut sequence =
            arrays::is_key_of_sequence(self.key).then(|| seeded(Seed::Sequence, &[]));
        let mut is_empty = true;
        while let Some(told) = seq.next_element_seed(element)? {
            is_empty = false;
            gathered.element(told.hashes);
            sequence = sequence
                .zip(told.leaf)
                .map(|(before, leaf)| mix(before, leaf));
        }
        let hashes = match sequence {
            Some(hash) if !is_empty => Hashes::only(self.place.class(), hash),
            _ => gathered.array(self.place.class()),
        };
        Ok(Told {
            hashes,
            leaf: None,
            is_null: false,
            is_empty,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Told, A::Error> {
        let mut gathered = Gathered::default();
        let mut keys = Keys::default();
        let mut is_empty = true;
        while let Some(member) = map.next_key_seed(KeyOf(self.place))? {
            let MemberKey { hash, place, key } = member;
            if !keys.is_new(hash) {
                return Err(A::Error::custom("a key stands twice"));
            }
            let layers = self.layers;
            let value = map.next_value_seed(Node { place, key, layers })?;
            if !value.is_null {
                is_empty = false;
                gathered.hashed_member(hash, value.hashes);
            }
        }
        Ok(Told {
            hashes: gathered.object(self.place.class()),
            leaf: None,
            is_null: false,
            is_empty,
        })
    }
}

/// Reads a key: its hash, and what its member needs of it.
struct KeyOf(Place);

struct MemberKey {
    hash: u64,
    place: Place,
    /// The key itself, where the order of what is below it may count.
    key: Option<&'static str>,
}

impl<'de> DeserializeSeed<'de> for KeyOf {
    type Value = MemberKey;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<MemberKey, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyOf {
    type Value = MemberKey;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<MemberKey, E> {
        Ok(MemberKey {
            hash: xxh3_64(key.as_bytes()),
            place: self.0.member(key),
            key: arrays::key_of_sequence(key),
        })
    }
}

/// The keys of an object so far, by their hashes.
#[derive(Default)]
struct Keys {
    few: [u64; FEW_KEYS],
    count: usize,
    many: HashSet<u64>,
}

impl Keys {
    fn is_new(&mut self, key: u64) -> bool {
        if let Some((known, [next, ..])) = self.few.split_at_mut_checked(self.count) {
            *next = key;
            self.count += 1;
            return !known.contains(&key);
        }
        if self.many.is_empty() {
            self.many.extend(self.few);
        }
        self.many.insert(key)
    }
}
