//! The tool `describe_history`.

use rmcp::model::JsonObject;
use serde_json::Value;

use super::ToolFacts;
use crate::{
    mcp::{
        error::{parse_arguments, to_answer},
        tool_schema::{answer_schema, input_schema},
    },
    service::{DescribeRequest, HistoryDescription, HistoryService, ServiceError},
    store::CallContext,
};

pub(super) const FACTS: ToolFacts = ToolFacts {
    name: "describe_history",
    title: "What history there is",
    description: DESCRIPTION,
    input: input_schema::<DescribeRequest>,
    answer: answer_schema::<HistoryDescription>,
};

pub(super) async fn call(
    service: &HistoryService,
    arguments: Option<JsonObject>,
    cx: &CallContext,
) -> Result<Value, ServiceError> {
    let request: DescribeRequest = parse_arguments(arguments, || FACTS.argument_names())?;
    to_answer(&service.describe(&request, cx).await?.for_model())
}

const DESCRIPTION: &str = "Start here: the months (YYYY-MM), accounts, Regions and resource types there is AWS Config history for, newest delivery (watermark), coverage, limits, columns. Ask before claiming that nothing happened: days without deliveries prove nothing.";
