//! Reads a request's body before anything is held for it: bounded in size and in time.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tokio::time::timeout;

use super::HttpError;
use crate::service::ErrorCode;

/// Bytes of a request's body at most; a statement and a text to be checked fit.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads the body, so that a caller who sends it slowly holds nothing but its connection.
pub(super) async fn read(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let told = parts.headers.get(header::CONTENT_LENGTH);
    let told = told.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|bytes| bytes > MAX_BODY_BYTES as u64) {
        return unread(too_large());
    }
    let read = match timeout(PATIENCE, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) if is_too_large(&error) => return unread(too_large()),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a request's body broke off");
            let message = "the request's body broke off";
            return unread(HttpError::new(ErrorCode::InvalidArgument, message));
        }
        Err(_) => {
            let message = format!("the request's body did not arrive within {PATIENCE:?}");
            let error = HttpError::new(ErrorCode::InvalidArgument, message);
            return unread(error.with_status(StatusCode::REQUEST_TIMEOUT));
        }
    };
    next.run(Request::from_parts(parts, Body::from(read))).await
}

/// Answers without having read the body: what is left of it is no next request.
fn unread(error: HttpError) -> Response {
    let mut response = error.into_response();
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

fn too_large() -> HttpError {
    let message = format!("the request's body has more than {MAX_BODY_BYTES} bytes");
    HttpError::new(ErrorCode::PayloadTooLarge, message)
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}
