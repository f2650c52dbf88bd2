//! Liveness and readiness.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State};
use serde_json::{Value, json};
use tokio::{sync::Mutex, time::Instant};

use super::{Front, HttpError};
use crate::{
    service::ServiceError,
    store::{CallContext, SilentProgress},
};

/// How long a finding about the source holds: probes come often, and each lists folders.
const HOLDS: Duration = Duration::from_secs(10);

/// Says that the process runs; asks nobody.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// What was found of the source last.
#[derive(Debug, Default)]
pub(super) struct Readiness(Mutex<Option<(Instant, Result<(), ServiceError>)>>);

/// Says whether the source can be read.
pub(super) async fn ready(State(front): State<Front>) -> Result<Json<Value>, HttpError> {
    let service = &front.0.service;
    let mut found = front.0.readiness.0.lock().await;
    let is_fresh = |(at, _): &&(Instant, _)| at.elapsed() < HOLDS;
    let outcome = if let Some((_, outcome)) = found.as_ref().filter(is_fresh) {
        outcome.clone()
    } else {
        let cancel = front.0.stop.child_token();
        let cx = CallContext::new(cancel, Arc::new(SilentProgress));
        let outcome = service.reach(&cx).await;
        *found = Some((Instant::now(), outcome.clone()));
        outcome
    };
    drop(found);
    outcome.map_err(|error| {
        HttpError::from(error).with_status(axum::http::StatusCode::SERVICE_UNAVAILABLE)
    })?;
    Ok(Json(
        json!({"status": "ready", "source": service.source().kind}),
    ))
}
