//! A failed call as one line for people and a kind for code.

use aws_sdk_athena::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use thiserror::Error;

/// What callers need to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AwsErrorKind {
    /// There are no credentials, or they are of no use.
    Credentials,
    /// No Region is set.
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

/// A failed call of an AWS service.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct AwsError {
    kind: AwsErrorKind,
    code: Option<String>,
    message: String,
}

impl AwsError {
    /// Describes a failure in one line.
    pub fn new(kind: AwsErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: None,
            message: message.into(),
        }
    }

    /// Returns the kind.
    pub fn kind(&self) -> AwsErrorKind {
        self.kind
    }

    /// Returns the service's own code, e.g. `AccessDeniedException`.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

/// Describes a failed call; `doing` completes "cannot …". AWS's own message stands in it verbatim.
pub fn describe<E, R>(doing: &str, error: &SdkError<E, R>) -> AwsError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    let code = error.code().map(str::to_owned);
    let message = error
        .message()
        .map_or_else(|| DisplayErrorContext(error).to_string(), str::to_owned);
    let kind = match (error, code.as_deref()) {
        (_, Some(code)) if code.starts_with("AccessDenied") => AwsErrorKind::AccessDenied,
        (_, Some("EntityNotFoundException" | "NoSuchBucket" | "NoSuchKey")) => {
            AwsErrorKind::NotFound
        }
        (SdkError::ServiceError(_), _) => AwsErrorKind::Refused,
        _ => AwsErrorKind::Unavailable,
    };
    let named = code
        .as_deref()
        .map(|code| format!(" ({code})"))
        .unwrap_or_default();
    AwsError {
        kind,
        message: format!("cannot {doing}: {message}{named}"),
        code,
    }
}

/// Runs a read again whose answer came damaged, which the SDK does not do by itself.
pub async fn retry_read<T, E, R, F>(mut call: impl FnMut() -> F) -> Result<T, SdkError<E, R>>
where
    F: Future<Output = Result<T, SdkError<E, R>>>,
{
    match call().await {
        Err(SdkError::ResponseError(_)) => call().await,
        other => other,
    }
}
