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

const DESCRIPTION: &str = "Digest as Markdown in text, its numbers in digest: real changes against echoes, what to look at first, movers, created, first seen, deleted, by account, Region, type, day, against the month before; cost; coverage. narrative=claude adds proved claims in prose; if pending, ask with handle. verify checks your text on the month by sentence: do so before showing it.";
