//! What is printed: data on standard output, everything else on standard error.

use std::io::{self, Write as _};

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    domain::{human_bytes, visible},
    service::ServiceError,
    store::Evidence,
};

/// Characters of a cell in a table; the whole text is in csv and json.
const TABLE_CELL_CHARS: usize = 60;

/// A line under the header and nothing else: easy on the eye, easy to cut and paste.
const RULED_HEADER: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Prints text as it is.
pub(super) fn print_text(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Prints a value as JSON, two spaces deep.
pub(super) fn print_json(value: &impl Serialize) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, value)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Prints rows as CSV with a header line; NULL is an empty field.
pub(super) fn print_csv(columns: &[String], rows: &[Map<String, Value>]) -> io::Result<()> {
    let mut out = csv::Writer::from_writer(io::BufWriter::new(io::stdout().lock()));
    out.write_record(columns).map_err(io_error)?;
    for row in rows {
        let cells = columns.iter().map(|column| text_of(row.get(column)));
        out.write_record(cells).map_err(io_error)?;
    }
    out.flush()
}

/// Keeps the kind, which says whether the reader has gone away.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Renders rows as a table for people. Delivered text is made harmless for a terminal.
pub(super) fn table(columns: &[String], rows: &[Map<String, Value>]) -> String {
    let mut table = Table::new();
    table
        .load_style(RULED_HEADER)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns);
    for row in rows {
        table.add_row(columns.iter().map(|column| cell_of(row.get(column))));
    }
    for (at, column) in columns.iter().enumerate() {
        let numeric = rows
            .iter()
            .all(|row| matches!(row.get(column), Some(Value::Number(_) | Value::Null)));
        if let Some(column) = table.column_mut(at)
            && numeric
            && !rows.is_empty()
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    trim_lines(&table.to_string())
}

/// Renders a plain list of records as rows.
pub(super) fn rows_of(records: &[impl Serialize]) -> (Vec<String>, Vec<Map<String, Value>>) {
    let rows: Vec<Map<String, Value>> = records
        .iter()
        .filter_map(|record| match serde_json::to_value(record) {
            Ok(Value::Object(object)) => Some(object),
            _ => None,
        })
        .collect();
    let mut columns: Vec<String> = Vec::new();
    for key in rows.iter().flat_map(Map::keys) {
        if !columns.contains(key) {
            columns.push(key.clone());
        }
    }
    (columns, rows)
}

/// Tells something on standard error.
pub(super) fn tell(text: &str) {
    // Nobody is left to tell when standard error is closed.
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// Tells an error, its remedy and the values there are.
pub(super) fn tell_error(error: &ServiceError) {
    tell(&format!(
        "error[{}]: {}",
        error.code().as_str(),
        visible(error.message())
    ));
    if !error.choices().is_empty() {
        tell(&format!("\nthere are: {}", error.choices().join(", ")));
    }
    tell(&format!("\nhint: {}", error.code().remedy()));
    if let Some(text) = error.explanation() {
        tell(&format!("\nin other words (by a model): {text}"));
    }
}

/// Tells what Athena scanned for an answer and what that costs.
pub(super) fn tell_cost(evidence: &Evidence) {
    let Some(run) = &evidence.athena else { return };
    let statements = match run.query_ids.as_slice() {
        [] => "no statement had to be run".to_owned(),
        ids => format!("statement {}", ids.join(", ")),
    };
    let reused = run.reused_result_seconds.map_or_else(String::new, |age| {
        format!("; a result given again, {age} s old")
    });
    tell(&format!(
        "athena: {} scanned (estimated {}), about ${:.5}; workgroup {}, {statements}{reused}",
        human_bytes(run.scanned_bytes),
        human_bytes(run.estimated_bytes),
        evidence.cost_estimate_usd,
        visible(&run.workgroup),
    ));
}

/// Names the files that could not be read.
pub(super) fn tell_unreadable(evidence: &Evidence) {
    if evidence.unreadable_files == 0 {
        return;
    }
    tell(&format!(
        "warning: {} delivered file(s) could not be read; nothing of them counts:",
        evidence.unreadable_files
    ));
    for file in &evidence.unreadable {
        tell(&format!(
            "  {}: {}",
            visible(&file.key),
            visible(&file.reason)
        ));
    }
    let unnamed = evidence
        .unreadable_files
        .saturating_sub(evidence.unreadable.len() as u64);
    if unnamed > 0 {
        tell(&format!("  and {unnamed} more"));
    }
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn cell_of(value: Option<&Value>) -> String {
    let text = text_of(value);
    let shown = visible(&text);
    if shown.chars().count() <= TABLE_CELL_CHARS {
        return shown.into_owned();
    }
    let head: String = shown.chars().take(TABLE_CELL_CHARS - 1).collect();
    format!("{head}…")
}

fn trim_lines(text: &str) -> String {
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}
