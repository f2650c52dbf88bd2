//! The published schemas: the arguments and answers of the tools and of `POST /`, the errors, the
//! relation, and the Glue tables with example values.

use rmcp::model::JsonObject;
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::Value;

use crate::{
    http::{ArticleAnswer, ArticleFailure, ArticleRequest},
    mcp::tools::HistoryTool,
    service::{ErrorCode, example_tables, relation},
};

/// Returns the files under `schemas/`: their paths there, and their content. The same program
/// always returns the same bytes.
pub fn generated() -> Vec<(&'static str, String)> {
    let mut files: Vec<(&'static str, String)> = HistoryTool::ALL
        .into_iter()
        .map(|tool| (path_of(tool), pretty(&ToolSchema::of(tool))))
        .collect();
    let errors: Vec<ErrorLine> = ErrorCode::ALL.into_iter().map(ErrorLine::of).collect();
    files.push(("errors.json", pretty(&errors)));
    files.push(("relation.json", pretty(&relation())));
    files.push(("http/request.json", schema_of::<ArticleRequest>()));
    files.push(("http/answer.json", schema_of::<ArticleAnswer>()));
    files.push(("http/failure.json", schema_of::<ArticleFailure>()));
    // Their names are constants that parse: a test reads the files.
    files.extend(example_tables().unwrap_or_default());
    files
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolSchema {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    input_schema: JsonObject,
    output_schema: JsonObject,
}

impl ToolSchema {
    fn of(tool: HistoryTool) -> Self {
        let facts = tool.facts();
        Self {
            name: facts.name,
            title: facts.title,
            description: facts.description,
            input_schema: (facts.input)(),
            output_schema: (facts.answer)(),
        }
    }
}

#[derive(Serialize)]
struct ErrorLine {
    code: &'static str,
    remedy: &'static str,
    usage: bool,
}

impl ErrorLine {
    fn of(code: ErrorCode) -> Self {
        Self {
            code: code.as_str(),
            remedy: code.remedy(),
            usage: code.is_usage(),
        }
    }
}

fn path_of(tool: HistoryTool) -> &'static str {
    match tool {
        HistoryTool::DescribeHistory => "tools/describe_history.json",
        HistoryTool::SummarizeMonth => "tools/summarize_month.json",
        HistoryTool::QueryChanges => "tools/query_changes.json",
        HistoryTool::RunSql => "tools/run_sql.json",
        HistoryTool::ResourceHistory => "tools/resource_history.json",
        HistoryTool::FindAnomalies => "tools/find_anomalies.json",
        HistoryTool::ConfigBill => "tools/config_bill.json",
        HistoryTool::EnsureGlueTable => "tools/ensure_glue_table.json",
    }
}

fn schema_of<T: JsonSchema>() -> String {
    let mut schema = schema_for!(T);
    schema.remove("$schema");
    pretty(&schema)
}

fn pretty(value: &impl Serialize) -> String {
    // All of it is text, numbers and maps with text keys, which JSON can always hold.
    let value = serde_json::to_value(value).unwrap_or(Value::Null);
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_whole_and_the_same_every_time() {
        let files = generated();
        assert_eq!(files, generated());
        for (path, text) in &files {
            let is_json = !path.starts_with("glue/");
            let is_whole = text.ends_with("}\n") || text.ends_with("]\n");
            assert_eq!(is_whole, is_json, "{path}");
            assert!(text.len() > 500, "{path}: {text}");
            assert!(!text.contains("\"$schema\""), "{path}");
        }
        for tool in HistoryTool::ALL {
            assert_eq!(path_of(tool), format!("tools/{}.json", tool.facts().name));
        }
    }

    #[test]
    fn references_lead_somewhere() {
        let files = generated().into_iter();
        for (path, text) in files.filter(|(path, _)| !path.starts_with("glue/")) {
            let file: Value = serde_json::from_str(&text).unwrap();
            for reference in text.split("\"#/").skip(1) {
                let pointer = format!("/{}", reference.split('"').next().unwrap());
                let schema = file.get("outputSchema").unwrap_or(&file);
                assert!(schema.pointer(&pointer).is_some(), "{path}: {pointer}");
            }
        }
    }

    #[test]
    fn tables_are_published_in_both_forms() {
        let files = generated();
        for path in [
            "glue/recommended.sql",
            "glue/recommended.yaml",
            "glue/article.sql",
            "glue/article.yaml",
        ] {
            assert!(files.iter().any(|(name, _)| *name == path), "{path}");
        }
    }
}
