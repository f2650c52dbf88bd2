//! What an item says, decoded and normalised, ready to be compared.

use serde_json::{Map, Value};

use crate::domain::{ConfigurationItem, Section, decoded};

/// The four sections of an item as JSON values, embedded documents decoded. A body that the item
/// does not have is `null`; `tags` is an object and `relationships` an array, be they empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    configuration: Value,
    supplementary_configuration: Value,
    tags: Value,
    relationships: Value,
}

impl Content {
    /// Decodes the sections of an item.
    pub fn of(item: &ConfigurationItem) -> Self {
        Self {
            configuration: body(item.configuration.as_deref()),
            supplementary_configuration: body(item.supplementary_configuration.as_deref()),
            tags: tags(&item.tags),
            relationships: Self::relationships_of(item),
        }
    }

    /// Decodes the relationships of an item alone.
    pub fn relationships_of(item: &ConfigurationItem) -> Value {
        relationships(body(item.relationships.as_deref()))
    }

    /// Decodes the text of a body.
    pub(super) fn section_of(text: &str, section: Section) -> Value {
        let value = decoded(text);
        match section {
            Section::Relationships => relationships(value),
            _ => value,
        }
    }

    /// Returns tags as a section.
    pub(super) fn tags_of(of_item: &[(String, Option<String>)]) -> Value {
        tags(of_item)
    }

    /// Says whether the configuration is there at all; only then a comparison means something.
    pub fn has_configuration(&self) -> bool {
        !self.configuration.is_null()
    }

    /// Returns a section.
    pub fn section(&self, section: Section) -> &Value {
        match section {
            Section::Configuration => &self.configuration,
            Section::SupplementaryConfiguration => &self.supplementary_configuration,
            Section::Tags => &self.tags,
            Section::Relationships => &self.relationships,
        }
    }

    /// Returns a section to change or replace, as masking does before anything is compared.
    pub fn section_mut(&mut self, section: Section) -> &mut Value {
        match section {
            Section::Configuration => &mut self.configuration,
            Section::SupplementaryConfiguration => &mut self.supplementary_configuration,
            Section::Tags => &mut self.tags,
            Section::Relationships => &mut self.relationships,
        }
    }
}

impl Default for Content {
    /// Returns the content of an item that has nothing but its identity.
    fn default() -> Self {
        Self {
            configuration: Value::Null,
            supplementary_configuration: Value::Null,
            tags: Value::Object(Map::new()),
            relationships: Value::Array(Vec::new()),
        }
    }
}

fn body(text: Option<&str>) -> Value {
    text.map_or(Value::Null, decoded)
}

fn tags(tags: &[(String, Option<String>)]) -> Value {
    let member = |(key, value): &(String, Option<String>)| {
        // A tag without a value is there, and a null member would not be.
        let value = value.clone().unwrap_or_default();
        (key.clone(), Value::String(value))
    };
    Value::Object(tags.iter().map(member).collect())
}

fn relationships(body: Value) -> Value {
    match body {
        Value::Null => Value::Array(Vec::new()),
        Value::Array(elements) => Value::Array(elements.into_iter().map(relationship).collect()),
        other => other,
    }
}

/// Brings the spellings of files, notifications and API answers into one.
fn relationship(element: Value) -> Value {
    let Value::Object(members) = element else {
        return element;
    };
    let text = |key: &str| {
        let text = members.get(key).and_then(Value::as_str).map(str::trim);
        text.filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    };
    let target = match text("resourceId") {
        Some(id) => ("resourceId", Some(id)),
        None => ("resourceName", text("resourceName")),
    };
    let parts = [
        ("resourceType", text("resourceType")),
        target,
        ("name", text("name").or_else(|| text("relationshipName"))),
    ];
    let known: Map<String, Value> = parts
        .into_iter()
        .filter_map(|(key, text)| Some((key.to_owned(), Value::String(text?))))
        .collect();
    if known.is_empty() {
        return Value::Object(members);
    }
    Value::Object(known)
}
