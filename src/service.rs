//! The use cases. Every front calls this and nothing below it.

mod anomalies;
mod answer;
mod bill;
mod change_set;
mod clock;
mod cursor;
mod describe;
mod doctor;
mod error;
mod explain;
mod fit;
mod glue_table;
mod kept_months;
mod narrate;
mod notes;
mod observe;
mod query;
mod relation;
mod request;
mod resource_history;
mod scope;
mod stored;
mod summarize;
mod warnings;

use std::sync::Arc;

pub use answer::{
    AccountLine, AnomalyReport, BillReport, Cause, ChangeSet, ColumnLine, Existence,
    GlueTableAnswer, HistoryDescription, Lifetime, LimitsInfo, MonthLine, MonthSummary,
    QueryAnswer, ResourceHistory, ResourceMatch, ResourceState, TimelineEntry, TypeLine,
    UNTRUSTED_DATA_NOTICE, WantedTable,
};
pub use clock::{Clock, SystemClock};
pub use doctor::{Finding, Health};
pub use error::{ErrorCode, ErrorReport, ServiceError};
pub use explain::Explainer;
pub use glue_table::{GlueTables, TableFormat, example_tables};
pub use narrate::{Author, DEFAULT_TOKEN_BUDGET, Narrator, NarratorSettings, SOFT_DEADLINE};
pub use notes::{Noted, RequestNotes};
pub use relation::{RelationInfo, relation};
pub use request::{
    AnomaliesRequest, BillRequest, ChangeSetRequest, DescribeRequest, GlueTableRequest,
    NarrativeMode, QueryRequest, ResourceHistoryRequest, SqlRequest, SummarizeRequest,
};

use crate::store::{HistoryStore, SourceInfo};
pub use crate::{
    analysis::Warning,
    summary::{
        CitedFact, Narrative, NarrativeStatus, NarrativeUsage, ProvedClaim, SentenceCheck,
        TextCheck, Verdict,
    },
};

/// Rows that an answer has unless asked otherwise.
pub const DEFAULT_ROWS: u64 = 100;
/// Rows that an answer to a model has at most.
pub const MAX_ROWS: u64 = 1_000;
/// Characters of JSON that an answer to a model has at most.
pub const MAX_ANSWER_CHARS: u64 = 40_000;

/// How large an answer may grow: the command line has no ceiling, a model's window has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerSize {
    /// [`MAX_ROWS`] and [`MAX_ANSWER_CHARS`].
    ForModel,
    /// As many rows as are asked for; `limit` 0 means all.
    Unbounded,
}

/// Answers questions about a history.
#[derive(Debug, Clone)]
pub struct HistoryService {
    store: Arc<dyn HistoryStore>,
    clock: Arc<dyn Clock>,
    limits: LimitsInfo,
    outlines: describe::OutlineCache,
    tables: Option<GlueTables>,
    narrator: Narrator,
    explainer: Option<Explainer>,
    months: kept_months::KeptMonths,
}

impl HistoryService {
    /// Returns a service over `store`.
    pub fn new(store: Arc<dyn HistoryStore>, clock: Arc<dyn Clock>, limits: LimitsInfo) -> Self {
        Self {
            store,
            clock,
            limits,
            outlines: describe::OutlineCache::default(),
            tables: None,
            narrator: Narrator::default(),
            explainer: None,
            months: kept_months::KeptMonths::default(),
        }
    }

    /// Returns where the data lies. Contacts nothing.
    pub fn source(&self) -> SourceInfo {
        self.store.source()
    }

    /// Ends what still runs elsewhere for this service, before the program ends.
    pub async fn close(&self) {
        self.end_narratives();
        self.store.close().await;
    }

    /// Returns the limits.
    pub fn limits(&self) -> &LimitsInfo {
        &self.limits
    }
}
