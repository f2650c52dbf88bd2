//! The error of every value that does not parse.

use thiserror::Error;

/// A value that breaks the rules of its type, with what would have been right.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invalid {what} `{value}`: expected {expected}")]
pub struct InvalidValue {
    /// What the value was meant to be, e.g. `month`.
    pub what: &'static str,
    /// The value as given, shortened for display.
    pub value: String,
    /// What a right value looks like.
    pub expected: String,
    /// The closed set of right values, where there is one.
    pub choices: Vec<String>,
}

impl InvalidValue {
    /// Describes `value` as a bad `what`.
    pub fn new(what: &'static str, value: &str, expected: impl Into<String>) -> Self {
        let mut shown: String = value.chars().take(80).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        Self {
            what,
            value: shown,
            expected: expected.into(),
            choices: Vec::new(),
        }
    }

    /// Describes `value` as not one of a closed set.
    pub fn not_one_of<S: Into<String>>(
        what: &'static str,
        value: &str,
        choices: impl IntoIterator<Item = S>,
    ) -> Self {
        let choices: Vec<String> = choices.into_iter().map(Into::into).collect();
        let mut invalid = Self::new(what, value, format!("one of {}", choices.join(", ")));
        invalid.choices = choices;
        invalid
    }
}
