//! Masking: secrets in bodies, tags and texts are replaced by a mark that tells equal from changed.

mod assignment;
mod credential;
mod key;
mod mark;
mod rules;
mod setting;
mod text;
mod walk;

use std::borrow::Cow;

use serde_json::Value;

use super::Section;
use rules::RULES;
use walk::{Walk, walk_value};

/// Replaces secrets by marks such as `«masked:1a2b3c»`. Equal secrets have equal marks, within a
/// run and between runs. Masking what is masked changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Masker {
    is_on: bool,
}

impl Masker {
    /// Returns a masker that masks.
    pub const fn on() -> Self {
        Self { is_on: true }
    }

    /// Returns a masker that leaves everything as it is, for an operator who asked for it.
    pub const fn off() -> Self {
        Self { is_on: false }
    }

    /// Says whether anything is masked.
    pub const fn is_on(self) -> bool {
        self.is_on
    }

    /// Masks a body in place, as delivered or with its embedded documents decoded; says whether
    /// anything was masked.
    pub fn mask_value(&self, resource_type: &str, section: Section, value: &mut Value) -> bool {
        self.is_on && walk_value(value, &start(resource_type, section))
    }

    /// Masks a body as JSON text. Where nothing is masked the very text is returned. What is not
    /// JSON is masked as a text.
    pub fn mask_body<'a>(
        &self,
        resource_type: &str,
        section: Section,
        text: &'a str,
    ) -> Cow<'a, str> {
        if !self.is_on {
            return Cow::Borrowed(text);
        }
        let Ok(mut value) = serde_json::from_str::<Value>(text) else {
            return self.mask_text(text);
        };
        if walk_value(&mut value, &start(resource_type, section)) {
            Cow::Owned(value.to_string())
        } else {
            Cow::Borrowed(text)
        }
    }

    /// Masks the value of a tag, by its key and by what it looks like.
    pub fn mask_tag<'a>(&self, key: &str, value: &'a str) -> Cow<'a, str> {
        if self.is_on && key::names_secret(&self.mask_text(key)) && !setting::is_setting(value) {
            return Cow::Owned(mark::mark(value));
        }
        self.mask_text(value)
    }

    /// Masks any text: a name, an id, a description, an error message.
    pub fn mask_text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.is_on {
            return Cow::Borrowed(text);
        }
        match text::masked(text, &Walk::new(Vec::new())) {
            Some(masked) => Cow::Owned(masked),
            None => Cow::Borrowed(text),
        }
    }
}

fn start(resource_type: &str, section: Section) -> Walk<'static> {
    let lists_paths = matches!(
        section,
        Section::Configuration | Section::SupplementaryConfiguration
    );
    let rules = RULES
        .paths
        .iter()
        .filter(|rule| lists_paths && rule.is_for(resource_type));
    let paths = rules.flat_map(|rule| rule.paths.iter().map(Vec::as_slice));
    Walk::new(paths.collect())
}

#[cfg(test)]
mod tests;
