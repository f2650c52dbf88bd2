//! The tool `config_bill`.

use rmcp::model::JsonObject;
use serde_json::Value;

use super::ToolFacts;
use crate::{
    mcp::{
        error::{parse_arguments, to_answer},
        tool_schema::{answer_schema, input_schema},
    },
    service::{AnswerSize, BillReport, BillRequest, HistoryService, ServiceError},
    store::CallContext,
};

pub(super) const FACTS: ToolFacts = ToolFacts {
    name: "config_bill",
    title: "What recording cost",
    description: DESCRIPTION,
    input: input_schema::<BillRequest>,
    answer: answer_schema::<BillReport>,
};

pub(super) async fn call(
    service: &HistoryService,
    arguments: Option<JsonObject>,
    cx: &CallContext,
) -> Result<Value, ServiceError> {
    let request: BillRequest = parse_arguments(arguments, || FACTS.argument_names())?;
    to_answer(
        &service
            .config_bill(&request, AnswerSize::ForModel, cx)
            .await?,
    )
}

const DESCRIPTION: &str = "Estimated cost of recording a month by type, account, Region, resource, tag, against the month before; echoes and compliance as money; what excluding a type or daily recording would have saved.";
