//! A value with the hashes of all its parts, made in one pass.

use serde_json::{Map, Value};

use super::{
    PathClass, arrays,
    classes::Place,
    hash::{Gathered, Hashes, leaf_hash},
};

/// A value at its place.
#[derive(Debug)]
pub(super) struct Node<'v> {
    pub(super) value: &'v Value,
    pub(super) class: PathClass,
    pub(super) hashes: Hashes,
    pub(super) shape: Shape<'v>,
}

#[derive(Debug)]
pub(super) enum Shape<'v> {
    /// Members that are not `null`, by key.
    Object(Vec<(&'v str, Node<'v>)>),
    /// Elements in their order.
    Array(Vec<Node<'v>>),
    /// A scalar, or a sequence whose order means something.
    Leaf,
}

impl<'v> Node<'v> {
    /// Reads a value, `key` being that of the member which it is.
    pub(super) fn read(value: &'v Value, place: Place, key: Option<&str>) -> Self {
        let class = place.class();
        let (shape, hashes) = match value {
            Value::Object(members) => {
                let members = Self::members(members, place);
                let mut gathered = Gathered::default();
                for (key, member) in &members {
                    gathered.member(key, member.hashes);
                }
                (Shape::Object(members), gathered.object(class))
            }
            Value::Array(elements) if !arrays::is_sequence(key, elements) => {
                let below = place.element();
                let elements: Vec<_> = elements
                    .iter()
                    .map(|element| Node::read(element, below, None))
                    .collect();
                let mut gathered = Gathered::default();
                for element in &elements {
                    gathered.element(element.hashes);
                }
                (Shape::Array(elements), gathered.array(class))
            }
            leaf => (Shape::Leaf, Hashes::only(class, leaf_hash(leaf))),
        };
        Self {
            value,
            class,
            hashes,
            shape,
        }
    }

    fn members(members: &'v Map<String, Value>, place: Place) -> Vec<(&'v str, Self)> {
        let mut nodes: Vec<_> = members
            .iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(key, member)| {
                let node = Node::read(member, place.member(key), Some(key));
                (key.as_str(), node)
            })
            .collect();
        nodes.sort_by_key(|(key, _)| *key);
        nodes
    }

    /// Says whether the value is a container with nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        match &self.shape {
            Shape::Object(members) => members.is_empty(),
            Shape::Array(elements) => elements.is_empty(),
            Shape::Leaf => false,
        }
    }

    /// Returns the parts of a class, as far as there are any.
    pub(super) fn only(&self, class: PathClass) -> Option<Value> {
        if self.hashes.of_class(class) == 0 {
            return None;
        }
        if self.hashes.is_only(class) {
            return Some(self.value.clone());
        }
        Some(match &self.shape {
            Shape::Object(members) => {
                let parts = members.iter();
                let parts = parts.filter_map(|(key, node)| Some((*key, node.only(class)?)));
                Value::Object(parts.map(|(key, part)| (key.to_owned(), part)).collect())
            }
            Shape::Array(elements) => Value::Array(
                elements
                    .iter()
                    .filter_map(|node| node.only(class))
                    .collect(),
            ),
            Shape::Leaf => self.value.clone(),
        })
    }
}
