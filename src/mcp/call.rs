//! Runs one request: with cancellation and progress, and with an answer even after a panic.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use rmcp::{RoleServer, service::RequestContext};

use super::progress::ProgressRelay;
use crate::{
    service::{RequestNotes, ServiceError},
    store::CallContext,
};

/// Runs `work` for the request of `cx`. A panic becomes an error of code `internal`; without that
/// the client would wait for ever.
pub(super) async fn run<T, F>(
    what: &'static str,
    cx: &RequestContext<RoleServer>,
    work: impl FnOnce(CallContext) -> F,
) -> Result<T, ServiceError>
where
    F: Future<Output = Result<T, ServiceError>>,
{
    notes_of(cx).asked(what);
    let relay = ProgressRelay::start(cx);
    let call = CallContext::new(cx.ct.child_token(), relay.sink());
    let outcome = AssertUnwindSafe(async move { work(call).await })
        .catch_unwind()
        .await;
    relay.stop().await;
    let outcome = outcome.unwrap_or_else(|panic| Err(ServiceError::after_panic(what, &*panic)));
    if let Err(error) = &outcome {
        notes_of(cx).failed(error.code());
    }
    outcome
}

/// Returns where a front that speaks HTTP notes what a request took; without one it goes nowhere.
pub(super) fn notes_of(cx: &RequestContext<RoleServer>) -> RequestNotes {
    let parts = cx.extensions.get::<axum::http::request::Parts>();
    let notes = parts.and_then(|parts| parts.extensions.get::<RequestNotes>());
    notes.cloned().unwrap_or_default()
}
