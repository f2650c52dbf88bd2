//! Failures of AWS and of statements, in the store's terms. AWS's own words stand in them verbatim.

use aws_sdk_athena::types::{AthenaError, QueryExecution};

use crate::{
    aws::{AwsError, AwsErrorKind},
    store::{StoreError, StoreErrorKind},
};

impl From<AwsError> for StoreError {
    fn from(error: AwsError) -> Self {
        let kind = match error.kind() {
            AwsErrorKind::Credentials | AwsErrorKind::Region => StoreErrorKind::AwsCredentials,
            AwsErrorKind::AccessDenied => StoreErrorKind::AwsAccessDenied,
            AwsErrorKind::NotFound => StoreErrorKind::SourceUnreadable,
            AwsErrorKind::Refused => StoreErrorKind::AwsRefused,
            AwsErrorKind::Throttled | AwsErrorKind::Unavailable => StoreErrorKind::AwsUnavailable,
        };
        Self::new(kind, error.to_string()).because(error)
    }
}

/// Codes before the colon of Athena's reason that speak of the statement, not of the data.
const STATEMENT_CODES: [&str; 14] = [
    "SYNTAX_ERROR",
    "COLUMN_NOT_FOUND",
    "TYPE_MISMATCH",
    "FUNCTION_NOT_FOUND",
    "INVALID_FUNCTION_ARGUMENT",
    "INVALID_CAST_ARGUMENT",
    "NOT_SUPPORTED",
    "EXPRESSION_NOT_AGGREGATE",
    "EXPRESSION_NOT_SCALAR",
    "AMBIGUOUS_NAME",
    "MISSING_COLUMN_NAME",
    "DIVISION_BY_ZERO",
    "NUMERIC_VALUE_OUT_OF_RANGE",
    "INVALID_ARGUMENTS",
];

/// Words a statement that ended as FAILED or CANCELLED without our doing.
pub(super) fn ended(execution: &QueryExecution) -> StoreError {
    let status = execution.status();
    let error = status.and_then(|status| status.athena_error());
    let reason = status
        .and_then(|status| status.state_change_reason())
        .or_else(|| error.and_then(AthenaError::error_message))
        .unwrap_or("Athena gives no reason");
    let id = execution.query_execution_id().unwrap_or_default();
    let code = reason.split([':', ' ']).next().unwrap_or_default();
    let kind = if reason.contains("Bytes scanned limit") {
        StoreErrorKind::ScanLimit
    } else if matches!(code, "TABLE_NOT_FOUND" | "SCHEMA_NOT_FOUND") {
        StoreErrorKind::TableUnusable
    } else if STATEMENT_CODES.contains(&code) {
        StoreErrorKind::InvalidSql
    } else if code == "EXCEEDED_TIME_LIMIT" || reason.starts_with("Query timeout") {
        StoreErrorKind::TimeLimit
    } else {
        StoreErrorKind::QueryFailed
    };
    let hint = hint_of(reason);
    StoreError::new(
        kind,
        format!("Athena's statement {id} failed: {reason}{hint}"),
    )
}

/// What the reasons mean that nobody understands at first sight.
fn hint_of(reason: &str) -> &'static str {
    if reason.contains("uplicate key") {
        " (tags whose keys differ only in case break this table's SerDe; the recommended layout of \
         `config-history table` reads them)"
    } else if reason.contains("HIVE_CURSOR_ERROR") || reason.contains("HIVE_BAD_DATA") {
        " (Athena cannot leave out a damaged file; --lake can)"
    } else if reason.contains("incorrect header check") {
        " (a file is named .gz and is none)"
    } else if reason.contains("CONSTRAINT_VIOLATION") {
        " (the table has an injected partition key: name the accounts and Regions)"
    } else {
        ""
    }
}

/// Says whether Athena itself says that a failed statement may be run again.
pub(super) fn may_run_again(execution: &QueryExecution) -> bool {
    let error = execution.status().and_then(|status| status.athena_error());
    error.is_some_and(AthenaError::retryable)
}
