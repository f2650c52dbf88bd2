//! The tool `summarize_month`.

use rmcp::model::JsonObject;
use serde_json::Value;

use super::ToolFacts;
use crate::{
    mcp::{
        error::{parse_arguments, to_answer},
        tool_schema::{answer_schema, input_schema},
    },
    service::{AnswerSize, HistoryService, MonthSummary, ServiceError, SummarizeRequest},
    store::CallContext,
};

pub(super) const FACTS: ToolFacts = ToolFacts {
    name: "summarize_month",
    title: "What happened in a month",
    description: DESCRIPTION,
    input: input_schema::<SummarizeRequest>,
    answer: answer_schema::<MonthSummary>,
};

pub(super) async fn call(
    service: &HistoryService,
    arguments: Option<JsonObject>,
    cx: &CallContext,
) -> Result<Value, ServiceError> {
    let request: SummarizeRequest = parse_arguments(arguments, || FACTS.argument_names())?;
    to_answer(
        &service
            .summarize_month(&request, AnswerSize::ForModel, cx)
            .await?,
    )
}

const DESCRIPTION: &str = "What happened in a month: digest as Markdown in text, its numbers in digest: items, real changes, unknowns; by account, Region, type, status, kind, day against the month before; most changed, created, first seen, deleted; coverage. Totals are complete where lists are cut. account, region, type narrow it.";
