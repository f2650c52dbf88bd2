//! The tool `run_sql`.

use rmcp::model::JsonObject;
use serde_json::Value;

use super::ToolFacts;
use crate::{
    mcp::{
        error::{parse_arguments, to_answer},
        tool_schema::{answer_schema, input_schema},
    },
    service::{AnswerSize, HistoryService, QueryAnswer, ServiceError, SqlRequest},
    store::CallContext,
};

pub(super) const FACTS: ToolFacts = ToolFacts {
    name: "run_sql",
    title: "Ask in SQL",
    description: DESCRIPTION,
    input: input_schema::<SqlRequest>,
    answer: answer_schema::<QueryAnswer>,
};

pub(super) async fn call(
    service: &HistoryService,
    arguments: Option<JsonObject>,
    cx: &CallContext,
) -> Result<Value, ServiceError> {
    let request: SqlRequest = parse_arguments(arguments, || FACTS.argument_names())?;
    to_answer(&service.run_sql(&request, AnswerSize::ForModel, cx).await?)
}

const DESCRIPTION: &str = "One read-only statement in Athena v3 (Trino) SQL over configuration_items (columns: describe_history), for what query_changes cannot say. The period is an argument (month or from/to), not SQL; account, region, type narrow what is read. Up to 1000 rows: aggregate, or page with next_cursor.";
