//! Why a store could not answer.

use thiserror::Error;

/// What callers need to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// The statement does not parse or does not fit the relation.
    InvalidSql,
    /// The statement is not one read-only statement over the relation.
    SqlNotAllowed,
    /// The source cannot be read at all.
    SourceUnreadable,
    /// The source holds no delivery.
    SourceEmpty,
    /// The table is not there, or no table over deliveries.
    TableUnusable,
    /// AWS knows no credentials, or none of use; or no Region is set.
    AwsCredentials,
    /// AWS does not allow it to the caller.
    AwsAccessDenied,
    /// AWS did not answer, not in time, or was asked too often.
    AwsUnavailable,
    /// AWS refused the request.
    AwsRefused,
    /// The workgroup cannot be used as it is.
    Workgroup,
    /// More bytes would be scanned than are allowed.
    ScanLimit,
    /// Athena ran the statement and failed.
    QueryFailed,
    /// More memory was needed than is allowed.
    MemoryLimit,
    /// More time was needed than is allowed.
    TimeLimit,
    /// The caller cancelled.
    Cancelled,
    /// A file of the cache was damaged and given up: the question is to be asked again.
    CacheDamaged,
    /// A defect.
    Internal,
}

/// A failed question: a kind for code, a message for people.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// Describes a failure.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// Describes a question that the caller gave up.
    pub fn cancelled() -> Self {
        Self::new(StoreErrorKind::Cancelled, "the question was cancelled")
    }

    /// Describes a defect; its cause goes to the log, not to the caller.
    pub fn internal(
        doing: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::new(
            StoreErrorKind::Internal,
            format!("internal error while {doing}"),
        )
        .because(source)
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}
