//! One state of a resource, walked without regard to the case of keys.

use serde_json::{Map, Value};

use crate::domain::{ConfigurationItem, Section, decoded};

/// Characters of a delivered text that are shown as a subject or in evidence.
const MOST_CHARACTERS: usize = 200;

/// Elements of an array, and members of an object, that are shown in evidence.
const MOST_ELEMENTS: usize = 16;

/// Levels of a value that are shown in evidence.
const MOST_LEVELS: usize = 5;

/// Values that are shown in one piece of evidence.
const MOST_VALUES: usize = 100;

static ABSENT: Value = Value::Null;

/// The bodies of an item, decoded once for all rules.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// Account that owns the resource.
    pub(super) account: String,
    configuration: Option<Value>,
    supplementary: Option<Value>,
}

impl State {
    /// Decodes the bodies of an item.
    pub(super) fn of(item: &ConfigurationItem) -> Self {
        let body = |text: &Option<Box<str>>| text.as_deref().map(decoded);
        let mut supplementary = body(&item.supplementary_configuration);
        if let Some(Value::Object(members)) = &mut supplementary {
            members.values_mut().for_each(unquote);
        }
        Self {
            account: item.account.clone(),
            configuration: body(&item.configuration),
            supplementary,
        }
    }

    /// The state of the resource.
    pub(super) fn configuration(&self) -> Node<'_> {
        Node::root(Section::Configuration, self.configuration.as_ref())
    }

    /// The further state.
    pub(super) fn supplementary(&self) -> Node<'_> {
        Node::root(
            Section::SupplementaryConfiguration,
            self.supplementary.as_ref(),
        )
    }

    /// Says whether a section was delivered, so that what is not in it is really absent.
    pub(super) fn knows(&self, section: Section) -> bool {
        match section {
            Section::Configuration => self.configuration.is_some(),
            Section::SupplementaryConfiguration => self.supplementary.is_some(),
            Section::Tags | Section::Relationships => false,
        }
    }
}

/// Some supplementary values are JSON texts of JSON texts.
fn unquote(value: &mut Value) {
    if let Value::String(text) = value
        && text.starts_with('"')
        && let Ok(inner) = serde_json::from_str::<String>(text)
    {
        *value = decoded(&inner);
    }
}

/// A place in a body.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    section: Section,
    path: String,
    value: &'a Value,
}

impl<'a> Node<'a> {
    fn root(section: Section, value: Option<&'a Value>) -> Self {
        Self {
            section,
            path: String::new(),
            value: value.unwrap_or(&ABSENT),
        }
    }

    fn child(&self, step: &str, value: &'a Value) -> Self {
        let step = step.replace('~', "~0").replace('/', "~1");
        Self {
            section: self.section,
            path: format!("{}/{step}", self.path),
            value,
        }
    }

    /// Returns the member of that name in whatever case; `null` is absent.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let (key, value) = member(self.value.as_object()?, key)?;
        (!value.is_null()).then(|| self.child(key, value))
    }

    /// Follows members of members.
    pub(super) fn at(&self, keys: &[&str]) -> Option<Self> {
        keys.iter()
            .try_fold(self.clone(), |node, key| node.get(key))
    }

    /// Returns the elements of an array; anything else is its own only element.
    pub(super) fn each(&self) -> Vec<Self> {
        match self.value {
            Value::Array(elements) => elements
                .iter()
                .enumerate()
                .map(|(index, element)| self.child(&index.to_string(), element))
                .collect(),
            Value::Null => Vec::new(),
            _ => vec![self.clone()],
        }
    }

    /// Returns the elements of the member of that name, none where it is absent.
    pub(super) fn each_of(&self, key: &str) -> Vec<Self> {
        self.get(key).map_or_else(Vec::new, |node| node.each())
    }

    /// Returns the members of an object.
    pub(super) fn members(&self) -> Vec<(&'a str, Self)> {
        self.value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.as_str(), self.child(key, value)))
            .collect()
    }

    /// Returns the value itself.
    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    /// Returns the text.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// Says whether it is that text, in whatever case.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text()
            .is_some_and(|own| own.eq_ignore_ascii_case(text))
    }

    /// Returns a truth value, also of `"true"`.
    pub(super) fn flag(&self) -> Option<bool> {
        match self.value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// Returns a whole number, also of `"7"`.
    pub(super) fn number(&self) -> Option<i64> {
        match self.value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Says whether there is nothing in it: an empty text, array or object, or `null`.
    pub(super) fn is_empty(&self) -> bool {
        match self.value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(elements) => elements.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        }
    }

    /// What holds here, shown by this place.
    pub(super) fn found(&self, subject: &str) -> Found {
        self.found_by(subject, shown(self.value))
    }

    /// What holds here, shown by a value put together from around this place.
    pub(super) fn found_by(&self, subject: &str, evidence: Value) -> Found {
        Found {
            subject: short(subject),
            holds: true,
            of_switch: false,
            section: self.section,
            path: self.path.clone(),
            value: evidence,
        }
    }

    /// A switch that this place shows, in one position or the other.
    pub(super) fn switch(&self, subject: &str, holds: bool) -> Vec<Found> {
        vec![Found {
            holds,
            of_switch: true,
            ..self.found(subject)
        }]
    }

    /// A switch that holds where the member of that name is absent or `off` says so. Nothing is
    /// said where this place itself is empty: then it was not collected.
    pub(super) fn switch_by(
        &self,
        subject: &str,
        key: &str,
        off: impl FnOnce(&Self) -> bool,
    ) -> Vec<Found> {
        if self.is_empty() || !self.value.is_object() {
            return Vec::new();
        }
        match self.get(key) {
            Some(node) => node.switch(subject, off(&node)),
            None => self.child(key, &ABSENT).switch(subject, true),
        }
    }
}

/// Finds a member: one spelt exactly so, else the first spelt so in another case.
fn member<'a>(members: &'a Map<String, Value>, key: &str) -> Option<(&'a str, &'a Value)> {
    members
        .get_key_value(key)
        .or_else(|| {
            members
                .iter()
                .find(|(own, _)| own.eq_ignore_ascii_case(key))
        })
        .map(|(own, value)| (own.as_str(), value))
}

/// Something a rule sees in a state.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// Tells it from others of the same rule.
    pub(super) subject: String,
    /// Whether it holds; a switch is seen in its other position, too.
    pub(super) holds: bool,
    /// Whether both positions are seen, so that neither shows by being absent.
    pub(super) of_switch: bool,
    /// Where it is seen.
    pub(super) section: Section,
    /// JSON pointer into the section.
    pub(super) path: String,
    /// What is seen there.
    pub(super) value: Value,
}

/// Cuts a delivered text to what is shown.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Copies a value as evidence: small, whatever was delivered.
pub(super) fn shown(value: &Value) -> Value {
    let mut left = MOST_VALUES;
    shown_within(value, MOST_LEVELS, &mut left)
}

fn shown_within(value: &Value, levels: usize, left: &mut usize) -> Value {
    *left = left.saturating_sub(1);
    let cut = || Value::String("…".to_owned());
    match value {
        Value::String(text) => Value::String(short(text)),
        Value::Array(elements) if levels > 0 => {
            let mut copy = Vec::new();
            for (index, element) in elements.iter().enumerate() {
                if index == MOST_ELEMENTS || *left == 0 {
                    copy.push(cut());
                    break;
                }
                copy.push(shown_within(element, levels - 1, left));
            }
            Value::Array(copy)
        }
        Value::Object(members) if levels > 0 => {
            let mut copy = Map::new();
            for (index, (key, member)) in members.iter().enumerate() {
                if index == MOST_ELEMENTS || *left == 0 {
                    copy.insert("…".to_owned(), cut());
                    break;
                }
                copy.insert(short(key), shown_within(member, levels - 1, left));
            }
            Value::Object(copy)
        }
        Value::Array(_) | Value::Object(_) => cut(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
