//! The tool `resource_history`.

use rmcp::model::JsonObject;
use serde_json::Value;

use super::ToolFacts;
use crate::{
    mcp::{
        error::{parse_arguments, to_answer},
        tool_schema::{answer_schema, input_schema},
    },
    service::{AnswerSize, HistoryService, ResourceHistory, ResourceHistoryRequest, ServiceError},
    store::CallContext,
};

pub(super) const FACTS: ToolFacts = ToolFacts {
    name: "resource_history",
    title: "What happened to a resource",
    description: DESCRIPTION,
    input: input_schema::<ResourceHistoryRequest>,
    answer: answer_schema::<ResourceHistory>,
};

pub(super) async fn call(
    service: &HistoryService,
    arguments: Option<JsonObject>,
    cx: &CallContext,
) -> Result<Value, ServiceError> {
    let request: ResourceHistoryRequest = parse_arguments(arguments, || FACTS.argument_names())?;
    to_answer(
        &service
            .resource_history(&request, AnswerSize::ForModel, cx)
            .await?,
    )
}

const DESCRIPTION: &str = "Timeline of one resource, newest first: change kinds and differences by path; echoes folded, with the related change that explains them. at: the whole state then. Several matches are listed: ask again with one.";
