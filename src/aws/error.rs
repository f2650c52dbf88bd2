//! A failed call: one line for people, a kind for code.

use std::fmt;

/// What callers need to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AwsErrorKind {
    /// There are no credentials, or they are of no use.
    Credentials,
    /// No Region is set, or it is the wrong one.
    Region,
    /// The caller may not do this.
    AccessDenied,
    /// What was named is not there.
    NotFound,
    /// The service refused the request as it was made.
    Refused,
    /// The service was asked too often.
    Throttled,
    /// The service did not answer, or not in time, or not in full.
    Unavailable,
}

/// A failed call of an AWS service. Displayed, it is one line: the message and, where there is
/// one, the remedy.
#[derive(Debug, Clone)]
pub struct AwsError {
    kind: AwsErrorKind,
    code: Option<String>,
    message: String,
    remedy: Option<String>,
}

impl AwsError {
    /// Describes a failure. What would break the line is made a space.
    pub fn new(kind: AwsErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: None,
            message: one_line(&message.into()),
            remedy: None,
        }
    }

    /// Adds the service's own code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds what a user can do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Puts what could not be done before the message; `doing` completes "cannot …".
    #[must_use]
    pub fn while_doing(mut self, doing: &str) -> Self {
        self.message = format!("cannot {doing}: {}", self.message);
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> AwsErrorKind {
        self.kind
    }

    /// Returns the service's own code, e.g. `AccessDeniedException`.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns what went wrong, without the remedy.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what a user can do about it, where that is known, e.g. "run `aws sso login`".
    pub fn remedy(&self) -> Option<&str> {
        self.remedy.as_deref()
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        match &self.remedy {
            Some(remedy) => write!(formatter, "; {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for AwsError {}

/// A message that runs over lines would look like several in a log.
fn one_line(text: &str) -> String {
    text.split(char::is_control)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
