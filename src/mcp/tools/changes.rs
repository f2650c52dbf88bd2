//! The tool `query_changes`.

use rmcp::model::JsonObject;
use serde_json::Value;

use super::ToolFacts;
use crate::{
    mcp::{
        error::{parse_arguments, to_answer},
        tool_schema::{answer_schema, input_schema},
    },
    service::{AnswerSize, HistoryService, QueryAnswer, QueryRequest, ServiceError},
    store::CallContext,
};

pub(super) const FACTS: ToolFacts = ToolFacts {
    name: "query_changes",
    title: "Count or list changes",
    description: DESCRIPTION,
    input: input_schema::<QueryRequest>,
    answer: answer_schema::<QueryAnswer>,
};

pub(super) async fn call(
    service: &HistoryService,
    arguments: Option<JsonObject>,
    cx: &CallContext,
) -> Result<Value, ServiceError> {
    let request: QueryRequest = parse_arguments(arguments, || FACTS.argument_names())?;
    to_answer(&service.query(&request, AnswerSize::ForModel, cx).await?)
}

const DESCRIPTION: &str = "Counts (group_by, measure: items, changes = real changes, cost = estimated USD) or lists (columns) configuration items of month or from/to. Period, account, region, type narrow what is read; the other filters what is returned. Up to 1000 rows; total counts all; pass next_cursor as cursor for more. configuration and the like are large: list them only with resource.";
