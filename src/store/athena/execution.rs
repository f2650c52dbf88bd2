//! What Athena says of a statement: its state, what it scanned, what it came to.

use aws_sdk_athena::types::{QueryExecution, QueryExecutionState, QueryExecutionStatistics};
use tokio::time::Instant;

use super::price;
use crate::{
    domain::human_bytes,
    store::{CallContext, Progress},
};

/// A statement that has succeeded.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    pub(super) id: String,
    pub(super) scanned_bytes: u64,
    pub(super) output_location: Option<String>,
    /// Age of an earlier result that was given again.
    pub(super) reused_seconds: Option<u64>,
}

impl Finished {
    /// Returns the price in US dollars.
    pub(super) fn dollars(&self) -> f64 {
        if self.reused_seconds.is_some() {
            0.0
        } else {
            price::dollars(self.scanned_bytes)
        }
    }
}

pub(super) fn state_of(execution: &QueryExecution) -> Option<&QueryExecutionState> {
    execution.status().and_then(|status| status.state())
}

pub(super) fn has_ended(execution: &QueryExecution) -> bool {
    matches!(
        state_of(execution),
        Some(
            QueryExecutionState::Succeeded
                | QueryExecutionState::Failed
                | QueryExecutionState::Cancelled
        )
    )
}

pub(super) fn scanned(execution: &QueryExecution) -> u64 {
    let bytes = execution
        .statistics()
        .and_then(QueryExecutionStatistics::data_scanned_in_bytes);
    bytes.and_then(|bytes| bytes.try_into().ok()).unwrap_or(0)
}

pub(super) fn finished(id: &str, execution: &QueryExecution) -> Finished {
    let reused = execution
        .statistics()
        .and_then(|statistics| statistics.result_reuse_information())
        .is_some_and(aws_sdk_athena::types::ResultReuseInformation::reused_previous_result);
    let output = execution.result_configuration();
    Finished {
        id: id.to_owned(),
        scanned_bytes: if reused { 0 } else { scanned(execution) },
        output_location: output.and_then(|output| output.output_location.clone()),
        reused_seconds: reused.then(|| seconds_since_completion(execution)),
    }
}

/// Age of a result that was given again: its statement had ended before this one was submitted.
fn seconds_since_completion(execution: &QueryExecution) -> u64 {
    let status = execution.status();
    let at = |time: Option<&aws_sdk_athena::primitives::DateTime>| {
        time.map_or(0, aws_sdk_athena::primitives::DateTime::secs)
    };
    let submitted = at(status.and_then(|s| s.submission_date_time()));
    let completed = at(status.and_then(|s| s.completion_date_time()));
    u64::try_from(submitted - completed).unwrap_or(0)
}

pub(super) fn report(execution: &QueryExecution, begun: Instant, cx: &CallContext) {
    let state = state_of(execution).map_or("waiting", QueryExecutionState::as_str);
    cx.progress.report(Progress {
        done: scanned(execution),
        total: None,
        message: format!(
            "Athena: {} for {} s, {} scanned",
            state.to_lowercase(),
            begun.elapsed().as_secs(),
            human_bytes(scanned(execution)),
        ),
    });
}
