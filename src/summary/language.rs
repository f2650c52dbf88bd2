//! Languages and formats of the digest.

use std::{fmt, str::FromStr};

use crate::domain::InvalidValue;

/// A language that the digest is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

/// What a rendered digest is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// A terminal of 100 columns.
    #[default]
    Text,
    /// Markdown with pipe tables.
    Markdown,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// Returns the language of a tag, if the digest is written in it.
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        tag.parse().ok()
    }

    /// Returns the language's tag.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = InvalidValue;

    /// Accepts a tag in any case, also with a region: `ja`, `ja-JP`, `en_US`, `ja_JP.UTF-8`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let primary = text.split(['-', '_', '.']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| primary.eq_ignore_ascii_case(language.as_str()))
            .ok_or_else(|| InvalidValue::not_one_of("language", text, Self::ALL.map(Self::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_parse_with_and_without_a_region() {
        for (text, language) in [
            ("en", Language::En),
            ("EN-us", Language::En),
            ("ja", Language::Ja),
            ("ja-JP", Language::Ja),
            ("ja_JP.UTF-8", Language::Ja),
        ] {
            assert_eq!(text.parse::<Language>().unwrap(), language);
        }
        for text in ["", "fr", "jav", "english", "-ja"] {
            let invalid = text.parse::<Language>().unwrap_err();
            assert_eq!(invalid.choices, ["en", "ja"]);
        }
    }
}
