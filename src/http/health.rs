//! Liveness and readiness.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Json, extract::State, http::StatusCode};
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::{Front, HttpError};
use crate::{
    service::{ErrorCode, ServiceError},
    store::{CallContext, SilentProgress},
};

/// How long a finding about the source holds: probes come often, and each lists folders.
const HOLDS: Duration = Duration::from_secs(10);
/// How long the source may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Says that the process runs; asks nobody.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// What was found of the source last.
#[derive(Debug, Default)]
pub(super) struct Readiness(Mutex<Option<(Instant, Finding)>>);

/// A finding, or the task that is looking: probes give up after a second, and the next one takes
/// up where they left.
type Finding = Shared<BoxFuture<'static, Result<(), ServiceError>>>;

/// Says whether the source can be read.
pub(super) async fn ready(State(front): State<Front>) -> Result<Json<Value>, HttpError> {
    let found = finding(&front).await;
    found.map_err(|error| HttpError::from(error).with_status(StatusCode::SERVICE_UNAVAILABLE))?;
    let source = front.0.service.source().kind;
    Ok(Json(json!({"status": "ready", "source": source})))
}

fn finding(front: &Front) -> Finding {
    let readiness = &front.0.readiness.0;
    let mut found = readiness.lock().unwrap_or_else(PoisonError::into_inner);
    let held = found.as_ref().filter(|(at, finding)| {
        at.elapsed() < HOLDS || (finding.peek().is_none() && at.elapsed() < PATIENCE)
    });
    if let Some((_, finding)) = held {
        return finding.clone();
    }
    let looking = tokio::spawn(look(front.clone()));
    let finding = async move {
        looking.await.unwrap_or_else(|_| {
            let message = "internal error while looking for the source";
            Err(ServiceError::new(ErrorCode::Internal, message))
        })
    };
    let finding = finding.boxed().shared();
    *found = Some((Instant::now(), finding.clone()));
    finding
}

async fn look(front: Front) -> Result<(), ServiceError> {
    let cancel = front.0.stop.child_token();
    let _late = cancel.clone().drop_guard();
    let cx = CallContext::new(cancel, Arc::new(SilentProgress));
    let reached = timeout(PATIENCE, front.0.service.reach(&cx)).await;
    reached.unwrap_or_else(|_| {
        let message = format!("the source has not answered within {PATIENCE:?}");
        Err(ServiceError::new(ErrorCode::TimeLimit, message))
    })
}
