//! The tool `find_anomalies`.

use rmcp::model::JsonObject;
use serde_json::Value;

use super::ToolFacts;
use crate::{
    mcp::{
        error::{parse_arguments, to_answer},
        tool_schema::{answer_schema, input_schema},
    },
    service::{AnomaliesRequest, AnomalyReport, AnswerSize, HistoryService, ServiceError},
    store::CallContext,
};

pub(super) const FACTS: ToolFacts = ToolFacts {
    name: "find_anomalies",
    title: "What departs from normal",
    description: DESCRIPTION,
    input: input_schema::<AnomaliesRequest>,
    answer: answer_schema::<AnomalyReport>,
};

pub(super) async fn call(
    service: &HistoryService,
    arguments: Option<JsonObject>,
    cx: &CallContext,
) -> Result<Value, ServiceError> {
    let request: AnomaliesRequest = parse_arguments(arguments, || FACTS.argument_names())?;
    to_answer(
        &service
            .find_anomalies(&request, AnswerSize::ForModel, cx)
            .await?,
    )
}

const DESCRIPTION: &str = "What departs from the months before, ranked: bursts with expected and seen, first-seen accounts, Regions and types, mass deletions, unusual hours; security: rules such as opened to the world. Recorder gaps are named, never drops.";
