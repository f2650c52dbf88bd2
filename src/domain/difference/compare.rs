//! Walks two values at once and notes where they differ.

use std::cmp::Ordering;

use serde_json::Value;

use super::{
    Operation, PathChange, PathClass,
    apply::Effect,
    arrays::Pairing,
    classes::Place,
    path::Path,
    tree::{Node, Shape},
};
use crate::domain::Section;

/// Notes the changes of a section.
pub(super) fn compare(
    section: Section,
    (before, after): (&Value, &Value),
    resource_type: &str,
    changes: &mut Vec<PathChange>,
) {
    let place = Place::root(section, resource_type);
    let before = Node::read(before, place, None);
    let after = Node::read(after, place, None);
    let mut walk = Walk { section, changes };
    walk.root(&before, &after);
}

struct Walk<'c> {
    section: Section,
    changes: &'c mut Vec<PathChange>,
}

impl Walk<'_> {
    /// A section that is missing compares as an empty one: each member is a change of its own.
    fn root(&mut self, before: &Node<'_>, after: &Node<'_>) {
        let root = Path::default();
        let missing = |node: &Node<'_>| node.value.is_null() || node.is_empty();
        let key = self.section.as_str();
        match (&before.shape, &after.shape) {
            (_, _) if missing(before) && missing(after) => {}
            (Shape::Object(earlier), Shape::Object(later)) => self.members(&root, earlier, later),
            (Shape::Object(earlier), _) if missing(after) => self.members(&root, earlier, &[]),
            (_, Shape::Object(later)) if missing(before) => self.members(&root, &[], later),
            (Shape::Array(earlier), Shape::Array(later)) => {
                self.elements(&root, key, earlier, later);
            }
            (Shape::Array(earlier), _) if missing(after) => self.elements(&root, key, earlier, &[]),
            (_, Shape::Array(later)) if missing(before) => self.elements(&root, key, &[], later),
            _ => {
                let before = (!missing(before)).then_some(before);
                let after = (!missing(after)).then_some(after);
                self.replaced(&root, before, after);
            }
        }
    }

    fn both(&mut self, path: &Path, key: &str, before: &Node<'_>, after: &Node<'_>) {
        if before.hashes == after.hashes {
            return;
        }
        // Where one is empty and the other holds parts of other classes only, the empty container
        // itself is what came or went.
        let none_of_own =
            |node: &Node<'_>| !node.is_empty() && node.hashes.of_class(node.class) == 0;
        let emptied =
            (before.is_empty() && none_of_own(after)) || (after.is_empty() && none_of_own(before));
        match (&before.shape, &after.shape) {
            (Shape::Object(earlier), Shape::Object(later)) if !emptied => {
                self.members(path, earlier, later);
            }
            (Shape::Array(earlier), Shape::Array(later)) if !emptied => {
                self.elements(path, key, earlier, later);
            }
            _ => self.replaced(path, Some(before), Some(after)),
        }
    }

    fn members(&mut self, path: &Path, before: &[(&str, Node<'_>)], after: &[(&str, Node<'_>)]) {
        let (mut earlier, mut later) = (before.iter().peekable(), after.iter().peekable());
        loop {
            let order = match (earlier.peek(), later.peek()) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((left, _)), Some((right, _))) => left.cmp(right),
            };
            let before = earlier.next_if(|_| order.is_le());
            let after = later.next_if(|_| order.is_ge());
            match (before, after) {
                (Some((key, before)), Some((_, after))) => {
                    if before.hashes != after.hashes {
                        self.both(&path.member(key), key, before, after);
                    }
                }
                (Some((key, before)), None) => self.replaced(&path.member(key), Some(before), None),
                (None, Some((key, after))) => self.replaced(&path.member(key), None, Some(after)),
                (None, None) => {}
            }
        }
    }

    fn elements(&mut self, path: &Path, key: &str, before: &[Node<'_>], after: &[Node<'_>]) {
        let pairing = Pairing::of(key, before, after);
        for (left, right) in &pairing.both {
            if let (Some(earlier), Some(later)) = (before.get(*left), after.get(*right))
                && earlier.hashes != later.hashes
            {
                let path = path.element(*left, pairing.label(earlier));
                self.both(&path, "", earlier, later);
            }
        }
        for index in &pairing.removed {
            if let Some(earlier) = before.get(*index) {
                let path = path.element(*index, pairing.label(earlier));
                self.replaced(&path, Some(earlier), None);
            }
        }
        for index in &pairing.added {
            if let Some(later) = after.get(*index) {
                let path = path.new_element(pairing.label(later));
                self.replaced(&path, None, Some(later));
            }
        }
    }

    /// Notes one change for each class that has a part in it, with that part.
    fn replaced(&mut self, path: &Path, before: Option<&Node<'_>>, after: Option<&Node<'_>>) {
        let hash =
            |node: Option<&Node<'_>>, class| node.map_or(0, |node| node.hashes.of_class(class));
        let differing = PathClass::ALL
            .into_iter()
            .filter(|class| hash(before, *class) != hash(after, *class));
        let mut is_first = true;
        for class in differing {
            let effect = if is_first {
                Effect::to(after, class)
            } else {
                Effect::Nothing
            };
            is_first = false;
            let before = before.and_then(|node| node.only(class));
            let after = after.and_then(|node| node.only(class));
            let operation = match (&before, &after) {
                (None, _) => Operation::Added,
                (_, None) => Operation::Removed,
                _ => Operation::Changed,
            };
            self.changes.push(PathChange {
                section: self.section,
                path: path.shown(),
                operation,
                before,
                after,
                class,
                steps: path.clone(),
                effect,
            });
        }
    }
}
