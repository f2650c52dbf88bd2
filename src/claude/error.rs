//! A failed call of a model: a kind for code, a sentence for people.

use std::time::Duration;

/// What callers need to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaudeErrorKind {
    /// No key, no token, no credentials.
    NoCredentials,
    /// The key was refused (401).
    Authentication,
    /// The key may not use this model or feature (403; on Bedrock: no access to the model).
    Permission,
    /// A limit of money that was set with the provider is reached, or the account is not paid
    /// for (402, and 400 and 429 of that meaning). Never repeated.
    SpendLimit,
    /// The provider asks to be asked less (429).
    RateLimited,
    /// Our own limits per minute: the turn would come later than the caller waits.
    MustWait,
    /// Our own cap per day is reached.
    DailyCap,
    /// The model is not there: unknown, or retired (404).
    ModelNotFound,
    /// The request is too large, or larger than the model's context.
    TooLarge,
    /// The provider refused the request as it was made (400).
    InvalidRequest,
    /// The model refused to answer.
    Refused,
    /// The answer was cut by its length limit.
    OutputLimit,
    /// The provider is overloaded or failed (5xx, 529).
    Unavailable,
    /// The provider could not be reached, or broke off.
    Network,
    /// No answer in time.
    Timeout,
    /// The answer is none that the API describes.
    Malformed,
}

/// A failed call.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ClaudeError {
    kind: ClaudeErrorKind,
    message: String,
    wait: Option<Duration>,
    request_id: Option<String>,
}

impl ClaudeError {
    /// Describes a failure; the message is one line without a full stop.
    pub fn new(kind: ClaudeErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            wait: None,
            request_id: None,
        }
    }

    /// Adds how long to wait before it makes sense to ask again.
    #[must_use]
    pub fn with_wait(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    /// Adds the provider's id of the request.
    #[must_use]
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> ClaudeErrorKind {
        self.kind
    }

    /// Returns how long to wait before it makes sense to ask again, where that is known.
    pub fn wait(&self) -> Option<Duration> {
        self.wait
    }

    /// Returns the provider's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}
