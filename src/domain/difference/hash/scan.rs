//! Hashes straight from the text of a section, without its tree: what fills the cache hashes every
//! body that was ever delivered. The same hashes as those of the tree, or none at all where only the
//! tree tells: then it is built.
//!
//! The text was parsed when its file was read. What is left to be done is less than what a parser
//! does, and that is what this is for.

use std::{borrow::Cow, collections::HashSet};

use memchr::memchr2;
use serde::de::IgnoredAny;
use serde_json::{Number, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::{Gathered, Hashes, Seed, leaf_hash, mix, number_hash, seeded};
use crate::domain::{
    MOST_LAYERS,
    difference::{arrays, classes::Place},
    document_text,
};

/// Keys of an object up to which a repeated one is looked for by going through them.
const FEW_KEYS: usize = 32;
/// Containers in one another of which the tree would not be built either.
const TOO_DEEP: usize = 128;
/// Bytes of a whole number that surely fits 64 bits.
const SHORT_NUMBER: usize = 18;

/// Returns the hashes of a section's text, which is JSON; all of them 0 where the section has nothing
/// in it. `None` where no tree would be built of the text, or where an object has a key twice.
pub(in crate::domain::difference) fn text_hashes(text: &str, place: Place) -> Option<Hashes> {
    let node = Node {
        place,
        orders: false,
    };
    match Scan::new(text, MOST_LAYERS).document(node).ok()? {
        Told::Null | Told::Container { is_empty: true, .. } => Some(Hashes::default()),
        told => Some(told.hashes(place)),
    }
}

/// What a value is.
enum Told {
    Null,
    /// A scalar, by its hash.
    Scalar(u64),
    Container {
        hashes: Hashes,
        /// Whether there is nothing in it: no element, no member that is not null.
        is_empty: bool,
    },
}

impl Told {
    fn hashes(&self, place: Place) -> Hashes {
        match self {
            Self::Container { hashes, .. } => *hashes,
            Self::Null | Self::Scalar(_) => Hashes::only(place.class(), self.leaf().unwrap_or(0)),
        }
    }

    /// Returns the hash of what is no container.
    fn leaf(&self) -> Option<u64> {
        match self {
            Self::Null => Some(leaf_hash(&Value::Null)),
            Self::Scalar(hash) => Some(*hash),
            Self::Container { .. } => None,
        }
    }
}

/// Why there are no hashes.
enum Failed {
    /// The text is none of which a tree is built.
    NoTree,
    /// Only the tree tells.
    OnlyTree,
}

/// Where a value is.
#[derive(Clone, Copy)]
struct Node {
    place: Place,
    /// Whether the order of scalars means something there.
    orders: bool,
}

/// A text that is gone through.
struct Scan<'t> {
    text: &'t str,
    at: usize,
    /// Containers that are open.
    depth: usize,
    /// Documents inside of documents that are followed yet.
    layers: usize,
    /// The keys so far of the objects that are open, by their hashes.
    keys: Vec<u64>,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str, layers: usize) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            layers,
            keys: Vec::new(),
        }
    }

    /// Reads all of the text.
    fn document(&mut self, node: Node) -> Result<Told, Failed> {
        let told = self.value(node)?;
        self.skip_blank();
        if self.at == self.text.len() {
            Ok(told)
        } else {
            Err(Failed::NoTree)
        }
    }

    fn value(&mut self, node: Node) -> Result<Told, Failed> {
        self.skip_blank();
        match self.peek() {
            Some(b'"') => {
                let text = self.string()?;
                self.text_value(&text, node)
            }
            Some(b'{') => self.object(node),
            Some(b'[') => self.array(node),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word("null").map(|()| Told::Null),
            Some(b't') => self.word("true").map(|()| truth(true)),
            Some(b'f') => self.word("false").map(|()| truth(false)),
            _ => Err(Failed::NoTree),
        }
    }

    fn object(&mut self, node: Node) -> Result<Told, Failed> {
        self.open()?;
        let mut gathered = Gathered::default();
        let first_key = self.keys.len();
        let mut many = HashSet::new();
        let mut is_empty = true;
        while self.goes_on(b'}', self.keys.len() == first_key)? {
            if self.peek() != Some(b'"') {
                return Err(Failed::NoTree);
            }
            let key = self.string()?;
            let hash = xxh3_64(key.as_bytes());
            let known = self.keys.get(first_key..).unwrap_or_default();
            if !is_new(hash, known, &mut many) {
                return Err(Failed::OnlyTree);
            }
            self.keys.push(hash);
            self.skip_blank();
            self.word(":")?;
            let below = Node {
                place: node.place.member(&key),
                orders: arrays::is_key_of_sequence(&key),
            };
            match self.value(below)? {
                Told::Null => continue,
                Told::Scalar(leaf) => gathered.leaf_member(hash, below.place.class(), leaf),
                Told::Container { hashes, .. } => gathered.hashed_member(hash, hashes),
            }
            is_empty = false;
        }
        self.keys.truncate(first_key);
        Ok(Told::Container {
            hashes: gathered.object(node.place.class()),
            is_empty,
        })
    }

    fn array(&mut self, node: Node) -> Result<Told, Failed> {
        self.open()?;
        let below = Node {
            place: node.place.element(),
            orders: false,
        };
        let mut gathered = Gathered::default();
        // The order counts under some keys, as long as all elements are scalars.
        let mut sequence = node.orders.then(|| seeded(Seed::Sequence, &[]));
        let mut is_empty = true;
        while self.goes_on(b']', is_empty)? {
            let told = self.value(below)?;
            is_empty = false;
            gathered.element(told.hashes(below.place));
            let both = sequence.zip(told.leaf());
            sequence = both.map(|(before, leaf)| mix(before, leaf));
        }
        let class = node.place.class();
        let hashes = match sequence {
            Some(hash) if !is_empty => Hashes::only(class, hash),
            _ => gathered.array(class),
        };
        Ok(Told::Container { hashes, is_empty })
    }

    /// A text may hold a document.
    fn text_value(&self, text: &str, node: Node) -> Result<Told, Failed> {
        if let Some(document) = document_text(text)
            && let Some(layers) = self.layers.checked_sub(1)
            // Nobody has parsed it yet.
            && serde_json::from_str::<IgnoredAny>(&document).is_ok()
        {
            match Scan::new(&document, layers).document(node) {
                Err(Failed::NoTree) => {}
                told => return told,
            }
        }
        Ok(Told::Scalar(seeded(Seed::String, text.as_bytes())))
    }

    /// Reads a text, `"` and all.
    fn string(&mut self) -> Result<Cow<'t, str>, Failed> {
        let start = self.at + 1;
        let mut end = self.next_of_text(start)?;
        let is_plain = self.text.as_bytes().get(end) == Some(&b'"');
        while self.text.as_bytes().get(end) == Some(&b'\\') {
            end = self.next_of_text(end + 2)?;
        }
        self.at = end + 1;
        if is_plain {
            return Ok(self.text.get(start..end).unwrap_or_default().into());
        }
        let escaped = self.text.get(start - 1..=end).unwrap_or_default();
        let text: Result<String, _> = serde_json::from_str(escaped);
        text.map(Cow::from).map_err(|_| Failed::NoTree)
    }

    /// Returns where the next `"` or `\` is.
    fn next_of_text(&self, from: usize) -> Result<usize, Failed> {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        let found = memchr2(b'"', b'\\', rest).ok_or(Failed::NoTree)?;
        Ok(from + found)
    }

    fn number(&mut self) -> Result<Told, Failed> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        let length = rest.bytes().take_while(is_of_number).count();
        let text = rest.get(..length).unwrap_or_default();
        self.at += length;
        if length <= SHORT_NUMBER
            && let Ok(number) = text.parse::<i64>()
        {
            return Ok(Told::Scalar(number_hash(&number.into())));
        }
        let number: Result<Number, _> = serde_json::from_str(text);
        let number = number.map_err(|_| Failed::NoTree)?;
        Ok(Told::Scalar(number_hash(&number)))
    }

    fn open(&mut self) -> Result<(), Failed> {
        self.at += 1;
        self.depth += 1;
        if self.depth < TOO_DEEP {
            Ok(())
        } else {
            Err(Failed::NoTree)
        }
    }

    /// Says whether there is more in the container; goes to it, or past the end.
    fn goes_on(&mut self, end: u8, is_first: bool) -> Result<bool, Failed> {
        self.skip_blank();
        match self.peek() {
            Some(byte) if byte == end => {
                self.at += 1;
                self.depth -= 1;
                Ok(false)
            }
            Some(b',') if !is_first => {
                self.at += 1;
                self.skip_blank();
                Ok(true)
            }
            Some(_) if is_first => Ok(true),
            _ => Err(Failed::NoTree),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Failed> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += word.len();
        if rest.starts_with(word.as_bytes()) {
            Ok(())
        } else {
            Err(Failed::NoTree)
        }
    }

    fn skip_blank(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

fn truth(truth: bool) -> Told {
    Told::Scalar(leaf_hash(&Value::Bool(truth)))
}

/// Says whether an object has not had a key yet.
fn is_new(key: u64, known: &[u64], many: &mut HashSet<u64>) -> bool {
    if known.len() < FEW_KEYS {
        return !known.contains(&key);
    }
    if many.is_empty() {
        many.extend(known);
    }
    many.insert(key)
}
