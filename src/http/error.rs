//! The one place that turns failures into what HTTP clients see: a status and a body.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::service::{ErrorCode, ErrorReport, ServiceError};

/// The body of a failed request.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ArticleFailure {
    /// Always `FAILED`.
    pub status: &'static str,
    /// What is wrong and what to do.
    pub error: ErrorReport,
}

/// A failed request.
#[derive(Debug)]
pub struct HttpError {
    status: StatusCode,
    error: Box<ServiceError>,
    retry_after_seconds: Option<u64>,
    challenge: Option<String>,
}

/// The code of a failed request, for the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failed(pub(super) ErrorCode);

impl HttpError {
    /// Describes a failure.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        ServiceError::new(code, message).into()
    }

    /// Says after how many seconds to ask again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// Says how to prove who one is (`WWW-Authenticate`).
    #[must_use]
    pub fn challenged(mut self, challenge: String) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// Answers with another status than that of the code.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
}

impl From<ServiceError> for HttpError {
    fn from(error: ServiceError) -> Self {
        Self {
            status: status_of(error.code()),
            error: Box::new(error),
            retry_after_seconds: None,
            challenge: None,
        }
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let code = self.error.code();
        let mut error = self.error.report();
        error.message = crate::domain::visible(&error.message).into_owned();
        let status = "FAILED";
        let mut response = (self.status, Json(ArticleFailure { status, error })).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let challenge = self.challenge.map(HeaderValue::try_from);
        if let Some(Ok(challenge)) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(Failed(code));
        response
    }
}

/// Returns the status of a code: 4xx where the caller can mend it, 5xx where the operator or AWS
/// has to.
pub fn status_of(code: ErrorCode) -> StatusCode {
    use ErrorCode as Code;
    match code {
        Code::InvalidArgument
        | Code::InvalidCursor
        | Code::InvalidSql
        | Code::SqlNotAllowed
        | Code::NotSupported => StatusCode::BAD_REQUEST,
        Code::Unauthorized => StatusCode::UNAUTHORIZED,
        Code::Forbidden
        | Code::HostNotAllowed
        | Code::OriginNotAllowed
        | Code::SqlDisabled
        | Code::WritesNotAllowed => StatusCode::FORBIDDEN,
        Code::UnknownMonth | Code::UnknownResource | Code::NoSuchPath => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::ScanLimit | Code::MemoryLimit => StatusCode::UNPROCESSABLE_ENTITY,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Busy | Code::AwsUnavailable | Code::LakeEmpty | Code::Cancelled => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Code::AwsCredentials
        | Code::AwsAccessDenied
        | Code::AwsRefused
        | Code::TableNotFound
        | Code::TableForeign
        | Code::QueryFailed
        | Code::Workgroup => StatusCode::BAD_GATEWAY,
        Code::TimeLimit => StatusCode::GATEWAY_TIMEOUT,
        Code::NoSource | Code::LakeUnreadable | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Answers where nothing is served.
pub(super) async fn no_such_path() -> HttpError {
    let message = "nothing is served under this path; there are POST /, /mcp, /healthz and /readyz";
    HttpError::new(ErrorCode::NoSuchPath, message)
}

/// Answers where something is served, but not in this way; axum adds the header `Allow`.
pub(super) async fn method_not_allowed() -> HttpError {
    HttpError::new(
        ErrorCode::MethodNotAllowed,
        "this path is not asked with this method",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_an_error_on_http() {
        for code in ErrorCode::ALL {
            let status = status_of(code);
            assert!(
                status.is_client_error() || status.is_server_error(),
                "{code:?}"
            );
            if code.is_usage() && code != ErrorCode::NoSource {
                assert!(status.is_client_error(), "{code:?}");
            }
        }
    }

    #[test]
    fn a_failure_tells_when_and_how_to_ask_again() {
        let response = HttpError::new(ErrorCode::RateLimited, "too often")
            .retry_after(7)
            .into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "7");
        let response = HttpError::new(ErrorCode::Unauthorized, "no token")
            .challenged("Bearer".to_owned())
            .into_response();
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
    }
}
