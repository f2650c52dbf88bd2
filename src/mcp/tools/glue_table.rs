//! The tool `ensure_glue_table`.

use rmcp::model::JsonObject;
use serde_json::Value;

use super::ToolFacts;
use crate::{
    mcp::{
        error::{parse_arguments, to_answer},
        tool_schema::{answer_schema, input_schema},
    },
    service::{
        AnswerSize, ErrorCode, GlueTableAnswer, GlueTableRequest, HistoryService, ServiceError,
    },
    store::CallContext,
};

pub(super) const FACTS: ToolFacts = ToolFacts {
    name: "ensure_glue_table",
    title: "The Glue table",
    description: DESCRIPTION,
    input: input_schema::<GlueTableRequest>,
    answer: answer_schema::<GlueTableAnswer>,
};

pub(super) async fn call(
    service: &HistoryService,
    arguments: Option<JsonObject>,
    cx: &CallContext,
) -> Result<Value, ServiceError> {
    let request: GlueTableRequest = parse_arguments(arguments, || FACTS.argument_names())?;
    // It is listed only where there is a table.
    let tables = service.glue_tables().ok_or_else(|| {
        ServiceError::new(ErrorCode::NotSupported, "this source has no Glue table")
    })?;
    to_answer(&tables.ensure(&request, AnswerSize::ForModel, cx).await?)
}

const DESCRIPTION: &str = "Compares the Athena table with what it ought to be. apply creates or updates it, where allowed: show the plan first.";
