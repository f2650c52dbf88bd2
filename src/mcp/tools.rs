//! The tools: a closed set, one file a family.

mod anomalies;
mod bill;
mod changes;
mod describe;
mod glue_table;
mod month;
mod resource;
mod sql;

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::Value;

use super::tool_schema::{compact_answer, compact_input};
use crate::{
    service::{HistoryService, ServiceError},
    store::CallContext,
};

/// A tool of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HistoryTool {
    /// What there is to ask about.
    DescribeHistory,
    /// A month's digest.
    SummarizeMonth,
    /// A typed question.
    QueryChanges,
    /// A question in SQL.
    RunSql,
    /// What happened to a resource.
    ResourceHistory,
    /// What departs from the months before.
    FindAnomalies,
    /// What recording cost.
    ConfigBill,
    /// The table that Athena reads.
    EnsureGlueTable,
}

/// What a tool says about itself.
#[derive(Debug)]
pub(crate) struct ToolFacts {
    /// Name.
    pub(crate) name: &'static str,
    /// Name for people.
    pub(crate) title: &'static str,
    /// What a model reads before it calls.
    pub(crate) description: &'static str,
    /// Whole schema of the arguments.
    pub(crate) input: fn() -> JsonObject,
    /// Whole schema of the answer.
    pub(crate) answer: fn() -> JsonObject,
}

impl HistoryTool {
    /// All tools, in the order in which they are listed.
    pub(crate) const ALL: [Self; 8] = [
        Self::DescribeHistory,
        Self::SummarizeMonth,
        Self::QueryChanges,
        Self::RunSql,
        Self::ResourceHistory,
        Self::FindAnomalies,
        Self::ConfigBill,
        Self::EnsureGlueTable,
    ];

    /// Returns the tools that are served over `service`.
    pub(crate) fn served(service: &HistoryService) -> impl Iterator<Item = Self> {
        let sql_allowed = service.limits().sql_allowed;
        let has_table = service.glue_tables().is_some();
        Self::ALL.into_iter().filter(move |tool| match tool {
            Self::RunSql => sql_allowed,
            Self::EnsureGlueTable => has_table,
            _ => true,
        })
    }

    /// Says whether the tool changes nothing.
    fn is_read_only(self) -> bool {
        self != Self::EnsureGlueTable
    }

    /// Returns what the tool says about itself.
    pub(crate) fn facts(self) -> &'static ToolFacts {
        match self {
            Self::DescribeHistory => &describe::FACTS,
            Self::SummarizeMonth => &month::FACTS,
            Self::QueryChanges => &changes::FACTS,
            Self::RunSql => &sql::FACTS,
            Self::ResourceHistory => &resource::FACTS,
            Self::FindAnomalies => &anomalies::FACTS,
            Self::ConfigBill => &bill::FACTS,
            Self::EnsureGlueTable => &glue_table::FACTS,
        }
    }

    /// Returns the tool's entry in the listing.
    pub(super) fn definition(self) -> Tool {
        let facts = self.facts();
        let input = compact_input(&(facts.input)());
        Tool::new(facts.name, facts.description, Arc::new(input))
            .with_title(facts.title)
            .with_raw_output_schema(Arc::new(compact_answer(&(facts.answer)())))
            // Open world: names, tags and configuration are text written by anybody.
            .with_annotations(
                ToolAnnotations::new()
                    .read_only(self.is_read_only())
                    .destructive(false)
                    .idempotent(true)
                    .open_world(true),
            )
    }

    /// Answers a call.
    pub(super) async fn call(
        self,
        service: &HistoryService,
        arguments: Option<JsonObject>,
        cx: &CallContext,
    ) -> Result<Value, ServiceError> {
        match self {
            Self::DescribeHistory => describe::call(service, arguments, cx).await,
            // Boxed, as below: the SDK's futures and a model's are large, and every call would carry
            // their room.
            Self::SummarizeMonth => Box::pin(month::call(service, arguments, cx)).await,
            Self::QueryChanges => changes::call(service, arguments, cx).await,
            Self::RunSql => sql::call(service, arguments, cx).await,
            Self::ResourceHistory => resource::call(service, arguments, cx).await,
            Self::FindAnomalies => anomalies::call(service, arguments, cx).await,
            Self::ConfigBill => bill::call(service, arguments, cx).await,
            Self::EnsureGlueTable => Box::pin(glue_table::call(service, arguments, cx)).await,
        }
    }
}

impl ToolFacts {
    /// Returns the names of the arguments.
    pub(super) fn argument_names(&self) -> Vec<String> {
        (self.input)()
            .get("properties")
            .and_then(Value::as_object)
            .map(|properties| properties.keys().cloned().collect())
            .unwrap_or_default()
    }
}
