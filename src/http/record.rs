//! One line in the log for every request, its figures in the metrics, its id in the answer; and an
//! answer even after a panic.

use std::{panic::AssertUnwindSafe, time::Duration};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::{Front, HttpError, error::Failed, stream::hold_to_its_end};
use crate::{
    domain::hex,
    service::{ErrorCode, RequestNotes, ServiceError},
};

/// Names a request in the answer and in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of an id that a proxy gave.
const LONGEST_ID: usize = 64;

/// Records a request.
pub(super) async fn record(
    State(front): State<Front>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = id_of(&request);
    let notes = RequestNotes::default();
    request.extensions_mut().insert(notes.clone());
    let mut line = Line {
        route: request.extensions().get::<MatchedPath>().cloned(),
        method: known(request.method()),
        begun: Instant::now(),
        status: None,
        code: None,
        id: id.clone(),
        notes,
        front,
    };
    line.front.0.metrics.begun();
    let span = span_of(&request, &line);
    let ended = span.clone();
    let answering = AssertUnwindSafe(next.run(request)).catch_unwind();
    let answered = answering.instrument(span).await;
    let mut response = answered.unwrap_or_else(|panic| {
        HttpError::from(ServiceError::after_panic("a request", &*panic)).into_response()
    });
    line.status = Some(response.status());
    line.tell(&ended);
    line.code = response
        .extensions_mut()
        .remove::<Failed>()
        .map(|Failed(code)| code);
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    harden(&mut response);
    hold_to_its_end(response, line)
}

/// Returns a method by its name; a caller's own words have no place in a log.
fn known(method: &Method) -> &'static str {
    let all = ["GET", "POST", "HEAD", "OPTIONS", "DELETE", "PUT", "PATCH"];
    let named = all.into_iter().find(|name| *name == method.as_str());
    named.unwrap_or("other")
}

/// Returns the id that a proxy gave the request, or a new one.
fn id_of(request: &Request) -> String {
    let given = request.headers().get(&REQUEST_ID);
    let given = given.and_then(|value| value.to_str().ok()).filter(|id| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:=".contains(c);
        !id.is_empty() && id.len() <= LONGEST_ID && id.chars().all(is_plain)
    });
    given.map_or_else(
        || {
            let mut random = [0; 12];
            if getrandom::fill(&mut random).is_err() {
                // An id that is not unique only makes the log harder to read.
                tracing::debug!("there is no randomness for a request's id");
            }
            hex(random)
        },
        str::to_owned,
    )
}

fn span_of(request: &Request, line: &Line) -> tracing::Span {
    let span = tracing::info_span!(
        target: "config_history::span",
        "request",
        otel.name = format!("{} {}", line.method, line.route()),
        otel.kind = "server",
        http.request.method = line.method,
        http.route = line.route(),
        http.response.status_code = tracing::field::Empty,
        config_history.request_id = line.id,
        config_history.asked = tracing::field::Empty,
        config_history.scanned_bytes = tracing::field::Empty,
    );
    crate::telemetry::continue_trace(&span, |name| {
        request
            .headers()
            .get(name)?
            .to_str()
            .ok()
            .map(str::to_owned)
    });
    span
}

/// Says how an answer may be used: it holds delivered text, and is for its caller alone.
fn harden(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// What is known of a request; written when it is dropped.
struct Line {
    front: Front,
    id: String,
    route: Option<MatchedPath>,
    method: &'static str,
    begun: Instant,
    /// `None` where the caller went away before the answer.
    status: Option<StatusCode>,
    code: Option<ErrorCode>,
    notes: RequestNotes,
}

impl Line {
    fn route(&self) -> &str {
        self.route.as_ref().map_or("other", MatchedPath::as_str)
    }

    /// Tells the span what is known with the answer.
    fn tell(&self, span: &tracing::Span) {
        let noted = self.notes.noted();
        if let Some(status) = self.status {
            span.record("http.response.status_code", status.as_u16());
        }
        if let Some(asked) = noted.asked {
            span.record("config_history.asked", asked);
        }
        span.record("config_history.scanned_bytes", noted.bytes_scanned);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let noted = self.notes.noted();
        let took: Duration = self.begun.elapsed();
        let code = self.code.or(noted.code).map(ErrorCode::as_str);
        // As nginx has it: the caller closed the connection.
        let status = self.status.map_or(499, |status| status.as_u16());
        self.front
            .0
            .metrics
            .ended(self.route(), status, took, &noted, code);
        tracing::info!(
            target: "config_history::request",
            id = self.id,
            caller = noted.caller.as_deref().unwrap_or("-"),
            method = self.method,
            path = self.route(),
            status,
            asked = noted.asked.unwrap_or("-"),
            source = self.front.0.service.source().kind,
            bytes = noted.bytes_scanned,
            cost_usd = noted.cost_usd,
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            code = code.unwrap_or("-"),
        );
    }
}
