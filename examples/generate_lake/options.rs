//! What a lake is asked to be.

use std::fs;
use std::path::PathBuf;

use clap::Parser;

use super::time::{Month, first_moment};

/// Writes a lake of AWS Config deliveries, the same bytes for the same arguments.
#[derive(Debug, Parser)]
#[command(name = "generate_lake")]
pub(crate) struct Options {
    /// Folder to write `AWSLogs/` into; there must be none yet.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Items in the history, each counted once however often it is delivered.
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(100..))]
    pub(crate) items: u64,
    /// Months of history.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(i16).range(1..=120))]
    pub(crate) months: i16,
    /// The last of the months.
    #[arg(long, default_value = "2024-11", value_name = "YYYY-MM")]
    pub(crate) until: Month,
    /// Accounts.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) accounts: u32,
    /// Regions, each with a recorder in every account.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=12))]
    pub(crate) regions: u32,
    /// Another seed makes another lake of the same size.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Items in all snapshots together, about [default: 15 % of the items].
    #[arg(long, value_name = "ITEMS")]
    pub(crate) snapshots: Option<u64>,
    /// Bytes that each body is padded with, beside the 4 KB that items have on average.
    #[arg(long, default_value_t = 0, value_name = "BYTES")]
    pub(crate) item_bytes: usize,
    /// History files that are cut short, as by an upload that broke off.
    #[arg(long, default_value_t = 0, value_name = "FILES")]
    pub(crate) damaged: u64,
    /// Recorders of an account that deliver its IAM resources, each at a slightly different time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) global_recorders: u32,
}

impl Options {
    /// Refuses to mix two lakes.
    pub(crate) fn check(&self) -> Result<(), String> {
        let root = self.out.join("AWSLogs");
        match fs::exists(&root) {
            Ok(false) => Ok(()),
            Ok(true) => Err(format!("start: {} is there already", root.display())),
            Err(error) => Err(format!("look at {}: {error}", root.display())),
        }
    }

    /// The first month.
    pub(crate) fn first(&self) -> Month {
        self.until.minus(self.months - 1)
    }

    /// Milliseconds at which the history begins and ends.
    pub(crate) fn bounds(&self) -> Result<(i64, i64), String> {
        let end = self.until.minus(-1);
        Ok((first_moment(self.first())?, first_moment(end)?))
    }

    /// Items in all snapshots together.
    pub(crate) fn snapshot_items(&self) -> u64 {
        self.snapshots.unwrap_or(self.items * 15 / 100)
    }
}
