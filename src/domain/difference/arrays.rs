//! Which elements of two arrays are the same thing.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::LazyLock,
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    PathClass,
    hash::{Hashes, mix},
    path::{identity_label, scalar_label},
    tree::{Node, Shape},
};

/// The listed keys.
const LISTED: &str = include_str!("arrays.toml");

/// Bytes of the longest text that tells an element from others; a longer one is content.
const MOST_IN_IDENTITY: usize = 256;

static ARRAYS: LazyLock<Arrays> = LazyLock::new(|| toml::from_str(LISTED).unwrap_or_default());

/// Keys of sequences by their lengths: it is asked of every key of every body.
static SEQUENCES: LazyLock<Vec<Vec<&str>>> = LazyLock::new(|| {
    let listed = ARRAYS.sequence.iter().flat_map(|listed| &listed.keys);
    let keys: Vec<&str> = listed.map(String::as_str).collect();
    let longest = keys.iter().map(|key| key.len()).max().unwrap_or(0);
    let of_length = |length| keys.iter().copied().filter(move |key| key.len() == length);
    (0..=longest)
        .map(|length| of_length(length).collect())
        .collect()
});

/// What is known about arrays by the key under which they stand.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arrays {
    sequence: Vec<Sequences>,
    identity: Vec<Identities>,
}

/// Keys of arrays of scalars whose order means something.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sequences {
    keys: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the readers of the data"))]
    reason: String,
}

/// Fields that tell an element from others, where each element has the first of them and no two
/// have the same values. A field that ends in `?` may be missing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identities {
    /// Keys of the arrays; `*` for any.
    arrays: Vec<String>,
    fields: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the readers of the data"))]
    reason: String,
}

/// How the elements of two arrays belong together, by index. Each index is named once.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    /// Elements that are the same thing in both and may differ.
    pub(super) both: Vec<(usize, usize)>,
    /// Elements of the earlier array only.
    pub(super) removed: Vec<usize>,
    /// Elements of the later array only.
    pub(super) added: Vec<usize>,
    identity: Option<&'static Identities>,
}

/// Says whether the order of an array's elements means something.
pub(super) fn is_sequence(key: Option<&str>, elements: &[Value]) -> bool {
    let is_scalar = |element: &Value| !element.is_object() && !element.is_array();
    !elements.is_empty() && key.is_some_and(is_key_of_sequence) && elements.iter().all(is_scalar)
}

/// Says whether the order of scalars under a key means something.
pub(super) fn is_key_of_sequence(key: &str) -> bool {
    let keys = SEQUENCES.get(key.len()).map_or(&[][..], Vec::as_slice);
    keys.iter().any(|known| known.eq_ignore_ascii_case(key))
}

impl Pairing {
    /// Pairs the elements of two arrays that stand under a key.
    pub(super) fn of(key: &str, before: &[Node<'_>], after: &[Node<'_>]) -> Self {
        Self::by_identity(key, before, after).unwrap_or_else(|| Self::by_content(before, after))
    }

    /// Returns the label of an element.
    pub(super) fn label(&self, element: &Node<'_>) -> String {
        match (&element.shape, self.identity) {
            (Shape::Leaf, _) => scalar_label(element.value),
            (Shape::Object(members), Some(identity)) => {
                let fields = identity.fields.iter();
                identity_label(fields.filter_map(|field| {
                    let (name, node) = member(members, field.trim_end_matches('?'))?;
                    Some((name, node.value))
                }))
            }
            _ => "[]".to_owned(),
        }
    }

    fn by_identity(key: &str, before: &[Node<'_>], after: &[Node<'_>]) -> Option<Self> {
        let is_of_key = |identity: &&Identities| {
            let mut arrays = identity.arrays.iter();
            arrays.any(|array| array == "*" || array.eq_ignore_ascii_case(key))
        };
        let mut candidates = ARRAYS.identity.iter().filter(is_of_key);
        let (identity, mut earlier, later) = candidates
            .find_map(|identity| Some((identity, identity.tell(before)?, identity.tell(after)?)))?;
        let mut pairing = Self {
            identity: Some(identity),
            ..Self::default()
        };
        let mut ordered: Vec<_> = later.into_iter().collect();
        ordered.sort_by_key(|(_, index)| *index);
        for (told, index) in ordered {
            match earlier.remove(&told) {
                Some(same) => pairing.both.push((same, index)),
                None => pairing.added.push(index),
            }
        }
        pairing.removed = earlier.into_values().collect();
        pairing.removed.sort_unstable();
        Some(pairing)
    }

    /// Pairs what is equal, then what is equal but for the parts of lower classes. What is left
    /// came or went, except one that is left on either side and has something in common.
    fn by_content(before: &[Node<'_>], after: &[Node<'_>]) -> Self {
        let mut pairing = Self {
            removed: (0..before.len()).collect(),
            added: (0..after.len()).collect(),
            ..Self::default()
        };
        pairing.match_by(before, after, |hashes| hashes);
        pairing.both.clear();
        pairing.match_by(before, after, |hashes| Hashes {
            volatile: 0,
            ..hashes
        });
        pairing.match_by(before, after, |hashes| Hashes {
            volatile: 0,
            tag: 0,
            ..hashes
        });
        if let ([removed], [added]) = (&*pairing.removed, &*pairing.added)
            && let (Some(earlier), Some(later)) = (before.get(*removed), after.get(*added))
            && have_a_member_in_common(earlier, later)
        {
            pairing.both.push((*removed, *added));
            pairing.removed.clear();
            pairing.added.clear();
        }
        pairing
    }

    fn match_by(
        &mut self,
        before: &[Node<'_>],
        after: &[Node<'_>],
        part: impl Fn(Hashes) -> Hashes,
    ) {
        let part_of = |nodes: &[Node<'_>], index: usize| {
            let part = part(nodes.get(index)?.hashes);
            (part != Hashes::default()).then_some(part)
        };
        let mut waiting: BTreeMap<Hashes, VecDeque<usize>> = BTreeMap::new();
        for index in &self.removed {
            if let Some(part) = part_of(before, *index) {
                waiting.entry(part).or_default().push_back(*index);
            }
        }
        let mut matched = BTreeSet::new();
        self.added.retain(|index| {
            let same = part_of(after, *index)
                .and_then(|part| waiting.get_mut(&part))
                .and_then(VecDeque::pop_front);
            if let Some(same) = same {
                matched.insert(same);
                self.both.push((same, *index));
            }
            same.is_none()
        });
        self.removed.retain(|index| !matched.contains(index));
    }
}

impl Identities {
    /// Tells the elements apart; nothing where a field is missing or two elements have the same.
    fn tell(&self, elements: &[Node<'_>]) -> Option<BTreeMap<u64, usize>> {
        let mut told = BTreeMap::new();
        for (index, element) in elements.iter().enumerate() {
            let earlier = told.insert(self.tell_one(element)?, index);
            if earlier.is_some() {
                return None;
            }
        }
        Some(told)
    }

    fn tell_one(&self, element: &Node<'_>) -> Option<u64> {
        let Shape::Object(members) = &element.shape else {
            return None;
        };
        let mut told = 0;
        for (index, field) in self.fields.iter().enumerate() {
            let name = field.trim_end_matches('?');
            match member(members, name) {
                Some((_, node)) if is_telling(node, element) => {
                    told = mix(told, node.hashes.of_class(node.class));
                }
                None if index > 0 && name.len() < field.len() => told = mix(told, 0),
                _ => return None,
            }
        }
        Some(told)
    }
}

/// A field tells elements apart if it is short, a scalar, and of the highest class in the element:
/// what AWS moves names nothing.
fn is_telling(field: &Node<'_>, element: &Node<'_>) -> bool {
    let short = match field.value {
        Value::String(text) => text.len() <= MOST_IN_IDENTITY,
        Value::Number(_) | Value::Bool(_) => true,
        _ => false,
    };
    let mut higher = PathClass::ALL
        .into_iter()
        .take_while(|class| *class < field.class);
    short && higher.all(|class| element.hashes.of_class(class) == 0)
}

/// Returns a member by its name in any case; keys are sorted, so of two it is always the same one.
fn member<'n, 'v>(
    members: &'n [(&'v str, Node<'v>)],
    name: &str,
) -> Option<(&'v str, &'n Node<'v>)> {
    let found = members
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(key, node)| (*key, node))
}

fn have_a_member_in_common(earlier: &Node<'_>, later: &Node<'_>) -> bool {
    let (Shape::Object(earlier), Shape::Object(later)) = (&earlier.shape, &later.shape) else {
        return false;
    };
    let same = |(key, node): &(&str, Node<'_>)| {
        let found = later.binary_search_by_key(key, |(key, _)| *key).ok();
        let found = found.and_then(|index| later.get(index));
        found.is_some_and(|(_, other)| other.hashes == node.hashes)
    };
    earlier.iter().any(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listed_keys_parse_and_have_reasons() {
        let arrays: Arrays = toml::from_str(LISTED).unwrap();
        assert!(
            arrays
                .sequence
                .iter()
                .all(|listed| !listed.reason.is_empty())
        );
        assert!(
            arrays
                .identity
                .iter()
                .all(|listed| !listed.reason.is_empty())
        );
        let fields = arrays.identity.iter().map(|listed| &listed.fields);
        assert!(fields.into_iter().all(|fields| !fields.is_empty()));
    }

    #[test]
    fn sequences_are_scalars_under_a_listed_key_in_any_case() {
        let scalars = [Value::from("a"), Value::from("b")];
        assert!(is_sequence(Some("Command"), &scalars));
        assert!(!is_sequence(Some("subnetIds"), &scalars));
        assert!(!is_sequence(None, &scalars));
        assert!(!is_sequence(Some("command"), &[]));
        assert!(!is_sequence(Some("command"), &[serde_json::json!({})]));
    }
}
