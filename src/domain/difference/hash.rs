//! Hashes under which what is canonically equal is equal, kept apart by class.
//!
//! Canonically equal means: members that are `null` are absent, numbers compare by value, and
//! arrays are multisets, save arrays of scalars under a key whose order means something.

mod relationships;
mod scan;

use serde_json::{Number, Value};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::{PathClass, arrays, classes::Place};

pub(super) use relationships::relationship_hashes;
pub(super) use scan::text_hashes;

/// Hashes of a value's parts by class; 0 where the value has no part of the class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hashes {
    pub(super) setting: u64,
    pub(super) tag: u64,
    pub(super) volatile: u64,
    pub(super) relationship: u64,
}

/// What is hashed, so that different kinds with the same bytes differ.
#[derive(Clone, Copy)]
enum Seed {
    Null = 1,
    Bool,
    Integer,
    Float,
    String,
    Object,
    Array,
    Sequence,
    EmptyObject,
    EmptyArray,
}

impl Hashes {
    /// Returns the hashes of a value that is of one class altogether.
    pub(super) fn only(class: PathClass, hash: u64) -> Self {
        let mut hashes = Self::default();
        *hashes.of_class_mut(class) = hash.max(1);
        hashes
    }

    /// Returns the hash of the parts of a class.
    pub(super) fn of_class(&self, class: PathClass) -> u64 {
        match class {
            PathClass::Setting => self.setting,
            PathClass::Tag => self.tag,
            PathClass::Volatile => self.volatile,
            PathClass::Relationship => self.relationship,
        }
    }

    /// Says whether all parts are of the class.
    pub(super) fn is_only(&self, class: PathClass) -> bool {
        *self == Self::only(class, self.of_class(class))
    }

    fn of_class_mut(&mut self, class: PathClass) -> &mut u64 {
        match class {
            PathClass::Setting => &mut self.setting,
            PathClass::Tag => &mut self.tag,
            PathClass::Volatile => &mut self.volatile,
            PathClass::Relationship => &mut self.relationship,
        }
    }
}

/// Gathers what a container holds, in any order.
#[derive(Default)]
pub(super) struct Gathered {
    sums: Hashes,
    is_there: bool,
}

impl Gathered {
    /// Adds a member of an object.
    pub(super) fn member(&mut self, key: &str, member: Hashes) {
        self.hashed_member(xxh3_64(key.as_bytes()), member);
    }

    /// Adds a member whose key has this hash.
    fn hashed_member(&mut self, key: u64, member: Hashes) {
        self.is_there = true;
        for class in PathClass::ALL {
            let hash = member.of_class(class);
            if hash != 0 {
                self.add(class, mix(key, hash));
            }
        }
    }

    /// Adds a member that is a scalar, at a place of the class.
    fn leaf_member(&mut self, key: u64, class: PathClass, leaf: u64) {
        self.is_there = true;
        self.add(class, mix(key, leaf.max(1)));
    }

    /// Adds an element of an array. The parts of a lower class count together with those of the
    /// higher ones: a state that moves from one element to another is a difference.
    pub(super) fn element(&mut self, element: Hashes) {
        self.is_there = true;
        let mut together = 0;
        for (rank, class) in (1..).zip(PathClass::ALL) {
            let hash = element.of_class(class);
            if hash != 0 {
                together = mix(together ^ rank, hash);
                self.add(class, together);
            }
        }
    }

    /// Returns the hashes of an object at a place of the class.
    pub(super) fn object(self, class: PathClass) -> Hashes {
        self.container(class, Seed::Object, Seed::EmptyObject)
    }

    /// Returns the hashes of an array at a place of the class.
    pub(super) fn array(self, class: PathClass) -> Hashes {
        self.container(class, Seed::Array, Seed::EmptyArray)
    }

    fn add(&mut self, class: PathClass, hash: u64) {
        let sum = self.sums.of_class_mut(class);
        *sum = sum.wrapping_add(hash).max(1);
    }

    fn container(mut self, class: PathClass, full: Seed, empty: Seed) -> Hashes {
        if !self.is_there {
            return Hashes::only(class, seeded(empty, &[]));
        }
        for class in PathClass::ALL {
            let sum = self.sums.of_class_mut(class);
            if *sum != 0 {
                *sum = seeded(full, &sum.to_le_bytes()).max(1);
            }
        }
        self.sums
    }
}

/// Returns the hashes of a value at a place, `key` being that of the member which it is.
pub(super) fn hashes(value: &Value, place: Place, key: Option<&str>) -> Hashes {
    match value {
        Value::Object(members) => {
            let mut gathered = Gathered::default();
            for (key, member) in members.iter().filter(|(_, member)| !member.is_null()) {
                gathered.member(key, hashes(member, place.member(key), Some(key)));
            }
            gathered.object(place.class())
        }
        Value::Array(elements) if !arrays::is_sequence(key, elements) => {
            let below = place.element();
            let mut gathered = Gathered::default();
            for element in elements {
                gathered.element(hashes(element, below, None));
            }
            gathered.array(place.class())
        }
        leaf => Hashes::only(place.class(), leaf_hash(leaf)),
    }
}

/// Returns the hash of a scalar, or of a sequence of scalars whose order means something.
pub(super) fn leaf_hash(value: &Value) -> u64 {
    match value {
        Value::Null => seeded(Seed::Null, &[]),
        Value::Bool(truth) => seeded(Seed::Bool, &[u8::from(*truth)]),
        Value::Number(number) => number_hash(number),
        Value::String(text) => seeded(Seed::String, text.as_bytes()),
        Value::Array(elements) => {
            let start = seeded(Seed::Sequence, &[]);
            let hashes = elements.iter().map(leaf_hash);
            hashes.fold(start, mix)
        }
        Value::Object(_) => seeded(Seed::EmptyObject, &[]),
    }
}

/// Combines two hashes, of which the order counts.
pub(super) fn mix(left: u64, right: u64) -> u64 {
    xxh3_64_with_seed(&left.to_le_bytes(), right)
}

fn number_hash(number: &Number) -> u64 {
    let integer = match (number.as_u64(), number.as_i64()) {
        (Some(whole), _) => Some(i128::from(whole)),
        (_, Some(whole)) => Some(i128::from(whole)),
        _ => None,
    };
    let float = number.as_f64().unwrap_or_default();
    // A float that is whole is written without its fraction and read as the integer it is.
    let whole = || (float.fract() == 0.0).then(|| format!("{float:.0}").parse().ok());
    match integer.or_else(|| whole().flatten()) {
        Some(integer) => seeded(Seed::Integer, &i128::to_le_bytes(integer)),
        None => seeded(Seed::Float, &float.to_bits().to_le_bytes()),
    }
}

fn seeded(seed: Seed, bytes: &[u8]) -> u64 {
    xxh3_64_with_seed(bytes, seed as u64)
}
