//! Answers that come as a stream of events.

use axum::{body::Body, http::header::CONTENT_TYPE, response::Response};
use http_body_util::BodyExt as _;

/// Keeps `held` until a stream of events has ended. What is a whole answer already needs nothing
/// any more, however slowly it is read.
pub(super) fn hold_to_its_end<T: Send + 'static>(response: Response, held: T) -> Response {
    let content_type = response.headers().get(CONTENT_TYPE);
    let is_stream =
        content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
    if !is_stream {
        return response;
    }
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            // Owned by the body, and gone with it.
            let _until_then = &held;
            frame
        }))
    })
}
