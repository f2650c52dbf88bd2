//! Where a change is: typed for the program, as text for people.

use std::{fmt::Write, sync::Arc};

use serde_json::Value;

/// Characters of one segment that are shown.
const MOST_IN_SEGMENT: usize = 256;

/// Bytes of a path that are shown; of a longer one the end.
const MOST_IN_PATH: usize = 2_000;

/// One step down. Elements are addressed in the earlier array, whose order apply relies on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A member of an object.
    Key(String),
    /// An element of the earlier array.
    Element(usize),
    /// An element that the earlier array does not have.
    New,
}

/// A path from the root of a section. The upper parts are shared, so that many changes below one
/// long path cost no more than one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Path(Option<Arc<Link>>);

#[derive(Debug, PartialEq)]
struct Link {
    parent: Path,
    step: Step,
    shown: Box<str>,
}

impl Path {
    /// Returns the path of a member.
    pub(super) fn member(&self, key: &str) -> Self {
        let shown = shown_key(key);
        self.below(Step::Key(key.to_owned()), shown)
    }

    /// Returns the path of an element of the earlier array.
    pub(super) fn element(&self, index: usize, label: String) -> Self {
        self.below(Step::Element(index), label)
    }

    /// Returns the path of an element that is new.
    pub(super) fn new_element(&self, label: String) -> Self {
        self.below(Step::New, label)
    }

    /// Returns the steps from the root.
    pub(super) fn steps(&self) -> Vec<&Step> {
        let mut steps: Vec<_> = self.links().map(|link| &link.step).collect();
        steps.reverse();
        steps
    }

    /// Returns the path as it is shown: like a JSON pointer, elements in brackets.
    pub(super) fn shown(&self) -> String {
        let mut room = MOST_IN_PATH;
        let mut parts = Vec::new();
        for link in self.links() {
            let Some(left) = room.checked_sub(link.shown.len() + 1) else {
                parts.push("…");
                break;
            };
            room = left;
            parts.push(&link.shown);
        }
        let mut text = String::with_capacity(MOST_IN_PATH - room + 4);
        for part in parts.iter().rev() {
            text.push('/');
            text.push_str(part);
        }
        text
    }

    fn below(&self, step: Step, shown: String) -> Self {
        Self(Some(Arc::new(Link {
            parent: self.clone(),
            step,
            shown: shown.into(),
        })))
    }

    fn links(&self) -> impl Iterator<Item = &Link> {
        std::iter::successors(self.0.as_deref(), |link| link.parent.0.as_deref())
    }
}

/// Returns the label of an element that its own value names.
pub(super) fn scalar_label(value: &Value) -> String {
    format!("[{}]", shown_scalar(value))
}

/// Returns the label of an element that has fields to tell it by.
pub(super) fn identity_label<'v>(fields: impl Iterator<Item = (&'v str, &'v Value)>) -> String {
    let mut label = String::from("[");
    for (name, value) in fields {
        if label.len() > 1 {
            label.push(',');
        }
        // Writing to a text cannot fail.
        let _infallible = write!(label, "{name}={}", shown_scalar(value));
    }
    label.push(']');
    label
}

fn shown_key(key: &str) -> String {
    let mut shown = String::new();
    for letter in cut(key).chars() {
        match letter {
            '~' => shown.push_str("~0"),
            '/' => shown.push_str("~1"),
            other => shown.push(other),
        }
    }
    shown
}

/// Slashes stay as they are: between brackets they separate nothing, and CIDRs and ARNs have them.
fn shown_scalar(value: &Value) -> String {
    match value {
        Value::String(text) => cut(text),
        other => other.to_string(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_IN_SEGMENT) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
