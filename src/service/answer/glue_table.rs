//! How a Glue table stands to what is wanted.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    glue::{Difference, Layout, TableStatus},
    store::Evidence,
};

/// How a Glue table stands to what is wanted, and whether it was made so.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GlueTableAnswer {
    /// The table, `database.table`.
    pub table: String,
    /// How the table was found.
    pub status: TableStatus,
    /// Whether it was written: it is as wanted now.
    pub applied: bool,
    /// What it ought to be.
    pub wanted: WantedTable,
    /// Differences in this answer.
    pub returned: u64,
    /// Differences there are.
    pub total: u64,
    /// Whether differences, accounts, Regions or parts of long values are missing.
    pub truncated: bool,
    /// Never set: `config-history table plan` prints all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// What to know before it is applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// How to treat the data.
    pub notice: String,
    /// Where the answer comes from.
    pub evidence: Evidence,
    /// What is, or was, not as wanted.
    pub differences: Vec<Difference>,
}

/// What decides about a Glue table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WantedTable {
    /// How the delivered files are described.
    pub layout: Layout,
    /// Where they lie, up to what stands above `AWSLogs/`.
    pub location: String,
    /// Accounts that are projected.
    pub accounts: Vec<String>,
    /// Regions that are projected.
    pub regions: Vec<String>,
    /// First year that is projected.
    pub first_year: i16,
    /// Last year that is projected.
    pub last_year: i16,
    /// Folders that the projection spans.
    pub prefixes: u64,
    /// Folders that a question about one month needs at most.
    pub prefixes_of_a_month: u64,
}
