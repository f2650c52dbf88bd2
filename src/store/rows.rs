//! Answers in the store's terms: rows, and the evidence beside them.

use serde_json::Value;

use super::Evidence;

/// An answer with its evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// Where it comes from.
    pub evidence: Evidence,
}

/// Rows of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Column names in order.
    pub columns: Vec<String>,
    /// Cells in the order of `columns`.
    pub rows: Vec<Vec<Value>>,
    /// Rows there are, also those before and after the window that was asked for.
    pub total: u64,
}
