//! Makes the later content from the earlier one and the difference.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use super::{Content, PathChange, PathClass, path::Step, tree::Node};

/// What a change does to the earlier content. Of the changes at one path, one for each class, the
/// first does all there is to do.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    /// What the change shows as its value afterwards.
    Shown,
    /// A value of which the change shows its class's parts only.
    Whole(Value),
    /// There is no value afterwards.
    Gone,
    /// Another change does it.
    Nothing,
}

impl Effect {
    /// Returns the effect that leads to a value, for the change that shows the parts of a class.
    pub(super) fn to(after: Option<&Node<'_>>, shown: PathClass) -> Self {
        match after {
            None => Self::Gone,
            Some(after) if after.hashes.is_only(shown) => Self::Shown,
            Some(after) => Self::Whole(after.value.clone()),
        }
    }
}

/// Applies a whole difference to the content it starts from. The result equals the later content,
/// but for the order of sets, members that are `null`, and whether an empty section is missing.
pub fn apply(before: &Content, changes: &[PathChange]) -> Content {
    let mut content = before.clone();
    let mut removals = Vec::new();
    for change in changes {
        let section = content.section_mut(change.section);
        let value = match &change.effect {
            Effect::Shown => change.after.clone().unwrap_or_default(),
            Effect::Whole(value) => value.clone(),
            Effect::Gone => {
                removals.push((change.section, change.steps.steps()));
                continue;
            }
            Effect::Nothing => continue,
        };
        set(section, &change.steps.steps(), value);
    }
    // Later elements go first: those before them keep their index.
    removals.sort_by(|left, right| Reverse(left).cmp(&Reverse(right)));
    for (section, steps) in removals {
        remove(content.section_mut(section), &steps);
    }
    content
}

fn set(root: &mut Value, steps: &[&Step], value: Value) {
    let mut here = root;
    for step in steps {
        here = match step {
            Step::Key(key) => {
                if !here.is_object() {
                    *here = Value::Object(Map::new());
                }
                let Value::Object(members) = here else { return };
                members.entry(key.as_str()).or_insert(Value::Null)
            }
            Step::Element(index) => {
                let Some(element) = here.get_mut(*index) else {
                    return;
                };
                element
            }
            Step::New => {
                if !here.is_array() {
                    *here = Value::Array(Vec::new());
                }
                let Value::Array(elements) = here else { return };
                elements.push(Value::Null);
                let Some(element) = elements.last_mut() else {
                    return;
                };
                element
            }
        };
    }
    *here = value;
}

fn remove(root: &mut Value, steps: &[&Step]) {
    let Some((last, above)) = steps.split_last() else {
        *root = Value::Null;
        return;
    };
    let mut here = Some(root);
    for step in above {
        here = here.and_then(|value| match step {
            Step::Key(key) => value.get_mut(key),
            Step::Element(index) => value.get_mut(*index),
            Step::New => None,
        });
    }
    match (here, last) {
        (Some(Value::Object(members)), Step::Key(key)) => {
            members.shift_remove(key.as_str());
        }
        (Some(Value::Array(elements)), Step::Element(index)) if *index < elements.len() => {
            elements.remove(*index);
        }
        _ => {}
    }
}
