//! Why a table could not be planned or written.

use thiserror::Error;

use crate::aws::{AwsError, AwsErrorKind};

/// What callers need to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlueErrorKind {
    /// There are no credentials or no Region, or they are of no use.
    Credentials,
    /// The caller may not do this.
    AccessDenied,
    /// AWS refused the request as it was made, or what it names is not there.
    Refused,
    /// AWS did not answer, or not in time.
    Unavailable,
    /// What was asked for cannot be, whatever AWS says.
    Invalid,
    /// The table is not there, and nothing else says where the files lie.
    TableMissing,
    /// The table is somebody else's.
    Foreign,
}

/// A failure, with a kind for code and a message for people.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct GlueError {
    kind: GlueErrorKind,
    message: String,
}

impl GlueError {
    /// Describes a failure.
    pub fn new(kind: GlueErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// Returns the kind.
    pub fn kind(&self) -> GlueErrorKind {
        self.kind
    }
}

impl From<AwsError> for GlueError {
    fn from(error: AwsError) -> Self {
        let kind = match error.kind() {
            AwsErrorKind::Credentials | AwsErrorKind::Region => GlueErrorKind::Credentials,
            AwsErrorKind::AccessDenied => GlueErrorKind::AccessDenied,
            AwsErrorKind::NotFound | AwsErrorKind::Refused => GlueErrorKind::Refused,
            _ => GlueErrorKind::Unavailable,
        };
        Self::new(kind, error.to_string())
    }
}
