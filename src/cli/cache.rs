//! `cache`: what the cache holds, filling it, emptying it.

use std::path::PathBuf;

use clap::ArgMatches;
use serde::Serialize;

use super::{
    args::{CacheArgs, CacheCommand, GlobalArgs, RowFormat},
    commands::{CommandError, Outcome, ask, outcome_of},
    model,
    output::{print_csv, print_json, print_text, rows_of, table},
    source,
};
use crate::{
    domain::human_bytes,
    service::{ErrorCode, ServiceError},
    store::{CacheUsage, CallContext, Evidence, LakeUsage, clear_cache, usage_of_cache},
};

/// Runs `cache`.
pub(super) async fn cache(
    global: &GlobalArgs,
    given: &ArgMatches,
    args: CacheArgs,
) -> Result<Outcome, CommandError> {
    match args.command {
        CacheCommand::Status(args) => {
            let usage = usage_of_cache(&folder(global)?).map_err(unreadable)?;
            print(&Shown::of(usage), args.format)?;
            Ok(Outcome::Whole)
        }
        CacheCommand::Clear(args) => {
            let only = source::named_lake(global, given)?;
            let cleared = clear_cache(&folder(global)?, only.as_deref()).map_err(unreadable)?;
            print(&Shown::of(cleared), args.format)?;
            Ok(Outcome::Whole)
        }
        CacheCommand::Warm(args) => {
            let store = source::lake_store(global, given)?;
            let filter = source::scope(&args.account, &args.region)?;
            let evidence = ask(async |cx: CallContext| {
                let warmed = store.warm(&filter, &cx).await;
                warmed.map_err(ServiceError::from)
            })
            .await?;
            match args.format {
                RowFormat::Json => print_json(&evidence)?,
                _ => print_text(&warmed_text(&evidence))?,
            }
            Ok(outcome_of(&evidence))
        }
    }
}

fn folder(global: &GlobalArgs) -> Result<PathBuf, ServiceError> {
    model::cache_folder(&global.model).ok_or_else(|| {
        ServiceError::new(
            ErrorCode::InvalidArgument,
            "there is no folder for the cache: name one with --cache-dir",
        )
    })
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn unreadable(error: std::io::Error) -> ServiceError {
    ServiceError::new(
        ErrorCode::InvalidArgument,
        format!("the cache cannot be read or written: {error}"),
    )
}

/// What the cache holds, as it is printed.
#[derive(Debug, Serialize)]
struct Shown {
    folder: String,
    bytes: u64,
    items: u64,
    lakes: Vec<ShownLake>,
}

#[derive(Debug, Serialize)]
struct ShownLake {
    lake: String,
    parts: u64,
    items: u64,
    bytes: u64,
}

impl Shown {
    fn of(usage: CacheUsage) -> Self {
        Self {
            folder: usage.folder.display().to_string(),
            bytes: usage.bytes(),
            items: usage.lakes.iter().map(|lake| lake.items).sum(),
            lakes: usage.lakes.into_iter().map(ShownLake::of).collect(),
        }
    }
}

impl ShownLake {
    fn of(lake: LakeUsage) -> Self {
        Self {
            lake: lake.location,
            parts: lake.parts,
            items: lake.items,
            bytes: lake.bytes,
        }
    }
}

fn print(shown: &Shown, format: RowFormat) -> Result<(), CommandError> {
    let (columns, rows) = rows_of(&shown.lakes);
    match format {
        RowFormat::Json => print_json(shown)?,
        RowFormat::Csv => print_csv(&columns, &rows)?,
        RowFormat::Table => {
            let lakes = if rows.is_empty() {
                "The cache is empty.".to_owned()
            } else {
                table(&columns, &rows)
            };
            let (bytes, folder) = (human_bytes(shown.bytes), &shown.folder);
            print_text(&format!("{lakes}\n\n{bytes} in {folder}\n"))?;
        }
    }
    Ok(())
}

fn warmed_text(evidence: &Evidence) -> String {
    let all = evidence.lookback.clone().unwrap_or_default();
    let days = match (all.first_day, all.last_day) {
        (Some(first), Some(last)) => format!(" of {first} to {last}"),
        _ => String::new(),
    };
    format!(
        "The cache is up to date: {} delivered files, {}{days}.",
        all.files_read,
        human_bytes(all.bytes_scanned)
    )
}
