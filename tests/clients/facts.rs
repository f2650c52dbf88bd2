//! What is in the demo organisation, counted by a program of another language.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use libtest_mimic::Failed;

/// The tools, in the order of the server's listing.
pub(crate) const TOOLS: &str = "describe_history, summarize_month, query_changes, run_sql, \
                                resource_history, find_anomalies, config_bill";

/// Counts the items of a month.
pub(crate) fn items_of(month: &str) -> Result<u64, Failed> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("python3")
        .arg(repository.join("examples/lake_counts.py"))
        .arg(repository.join("examples/lake"))
        .args(["--month", month])
        .stdin(Stdio::null())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut lines = text.lines();
    if lines
        .next()
        .is_none_or(|titles| !titles.ends_with(",items"))
    {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    // Names may hold commas; the count is the last field.
    let counts = lines.map(|line| line.rsplit(',').next().unwrap_or_default().parse::<u64>());
    Ok(counts.sum::<Result<u64, _>>()?)
}
