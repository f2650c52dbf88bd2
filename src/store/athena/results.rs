//! Rows of a finished statement, page by page, and their cells as JSON.

use aws_sdk_athena::types::{ColumnInfo, ResultSetMetadata, Row};
use jiff::civil::DateTime;
use serde_json::{Number, Value};
use tokio::time::Instant;

use super::client::Statements;
use crate::{
    aws::{describe, retry_read},
    store::{CallContext, Progress, StoreError, StoreErrorKind},
};

/// Rows of a page, as many as Athena gives.
const PAGE_ROWS: i32 = 1_000;
/// Bytes that a cell takes beside its text.
const CELL_BYTES: usize = 24;

/// Returns the bytes that a row takes.
pub(super) fn bytes_of(cells: &Cells) -> usize {
    let cell = |cell: &Option<String>| CELL_BYTES + cell.as_ref().map_or(0, String::len);
    cells.iter().map(cell).sum()
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResultColumn {
    pub(super) name: String,
    /// Type as Athena names it, e.g. `varchar`.
    pub(super) sql_type: String,
}

/// A row as Athena gives it: `None` is NULL, which an empty text is not.
pub(super) type Cells = Vec<Option<String>>;

impl Statements {
    /// Hands out all rows of a finished statement. `take` returns the bytes that it keeps of a
    /// row; more than `memory_bytes` in all are an error.
    pub(super) async fn rows(
        &self,
        id: &str,
        memory_bytes: usize,
        deadline: Instant,
        cx: &CallContext,
        mut take: impl FnMut(&[ResultColumn], Cells) -> Result<usize, StoreError>,
    ) -> Result<Vec<ResultColumn>, StoreError> {
        let mut columns: Option<Vec<ResultColumn>> = None;
        let mut next = None;
        let (mut held, mut rows) = (0, 0);
        loop {
            let page = Box::pin(self.page(id, next.take(), deadline, cx)).await?;
            let set = page
                .result_set
                .unwrap_or_else(|| aws_sdk_athena::types::ResultSet::builder().build());
            // Only the first page of a SELECT begins with the names of its columns.
            let header = usize::from(columns.is_none());
            let metadata = set.result_set_metadata.as_ref();
            let infos = metadata.map(ResultSetMetadata::column_info);
            let known = columns
                .get_or_insert_with(|| infos.unwrap_or_default().iter().map(column).collect());
            for row in set.rows.unwrap_or_default().into_iter().skip(header) {
                let cells = cells(row, known.len());
                rows += 1;
                held += take(known, cells)?;
                if held > memory_bytes {
                    return Err(too_large(memory_bytes));
                }
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(columns.unwrap_or_default());
            }
            cx.progress.report(Progress {
                done: rows,
                total: None,
                message: format!("Athena: {rows} rows fetched"),
            });
        }
    }

    async fn page(
        &self,
        id: &str,
        next: Option<String>,
        deadline: Instant,
        cx: &CallContext,
    ) -> Result<aws_sdk_athena::operation::get_query_results::GetQueryResultsOutput, StoreError>
    {
        let asking = retry_read(self.clients(), || {
            self.client()
                .get_query_results()
                .query_execution_id(id)
                .max_results(PAGE_ROWS)
                .set_next_token(next.clone())
                .send()
        });
        tokio::select! {
            biased;
            () = cx.cancel.cancelled() => Err(StoreError::cancelled()),
            page = tokio::time::timeout_at(deadline, asking) => match page {
                Ok(page) => Ok(page.map_err(|error| describe("fetch rows from Athena", &error))?),
                Err(_) => Err(StoreError::new(
                    StoreErrorKind::TimeLimit,
                    "Athena's rows did not come within the time limit",
                )),
            },
        }
    }
}

fn too_large(memory_bytes: usize) -> StoreError {
    StoreError::new(
        StoreErrorKind::MemoryLimit,
        format!(
            "Athena's rows need more than {} MiB of memory",
            memory_bytes >> 20
        ),
    )
}

fn column(info: &ColumnInfo) -> ResultColumn {
    ResultColumn {
        name: info.name().to_owned(),
        sql_type: info.r#type().to_ascii_lowercase(),
    }
}

/// Empty cells at the end of a row may be left out.
fn cells(row: Row, width: usize) -> Cells {
    let data = row.data.unwrap_or_default();
    let mut cells: Cells = data.into_iter().map(|datum| datum.var_char_value).collect();
    cells.resize(width, None);
    cells
}

/// Turns a cell into JSON by the type of its column, as the embedded engine does.
pub(super) fn value(cell: Option<String>, sql_type: &str) -> Value {
    let Some(text) = cell else {
        return Value::Null;
    };
    match sql_type {
        "tinyint" | "smallint" | "integer" | "int" | "bigint" => {
            text.parse::<i64>().map_or(Value::String(text), Value::from)
        }
        "double" | "float" | "real" | "decimal" => text
            .parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .map_or_else(|| not_a_number(text), Value::Number),
        "boolean" => match text.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            _ => Value::String(text),
        },
        of if of.starts_with("timestamp") => {
            instant(&text).map_or(Value::String(text), Value::String)
        }
        _ => Value::String(text),
    }
}

/// JSON has no NaN and no infinity: their names, as text, as the embedded engine writes them.
fn not_a_number(text: String) -> Value {
    Value::String(match text.as_str() {
        "Infinity" => "inf".to_owned(),
        "-Infinity" => "-inf".to_owned(),
        _ => text,
    })
}

/// `2024-11-05 03:12:01.556`, with or without ` UTC`, becomes RFC 3339.
fn instant(text: &str) -> Option<String> {
    let plain = text.strip_suffix(" UTC").unwrap_or(text);
    let time: DateTime = plain.replacen(' ', "T", 1).parse().ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_become_what_the_embedded_engine_gives() {
        for (text, sql_type, expected) in [
            ("7", "bigint", json!(7)),
            ("-7", "integer", json!(-7)),
            ("0.003", "double", json!(0.003)),
            ("1.50", "decimal", json!(1.5)),
            ("NaN", "double", json!("NaN")),
            ("Infinity", "double", json!("inf")),
            ("true", "boolean", json!(true)),
            ("7", "varchar", json!("7")),
            ("", "varchar", json!("")),
            (
                "2024-11-05 03:12:01.556",
                "timestamp",
                json!("2024-11-05T03:12:01.556Z"),
            ),
            (
                "2024-11-05 03:12:01.000 UTC",
                "timestamp with time zone",
                json!("2024-11-05T03:12:01.000Z"),
            ),
            (
                "2024-11-05 03:12:01.000 Asia/Tokyo",
                "timestamp with time zone",
                json!("2024-11-05 03:12:01.000 Asia/Tokyo"),
            ),
        ] {
            assert_eq!(
                value(Some(text.into()), sql_type),
                expected,
                "{text} {sql_type}"
            );
        }
        assert_eq!(value(None, "varchar"), Value::Null);
    }
}
