//! The cache of decoded deliveries: it changes no answer, whatever happens to it, and reads what is
//! new and nothing else.

mod answers;
mod first;
mod harm;
mod kept;
mod named;
mod reads;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

use crate::support::cli::{Run, run};

/// The demo organisation as a lake in a folder.
pub(crate) fn demo_lake() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/examples/lake").to_owned()
}

/// A question that needs all of a lake: items with their kinds and bodies, in the order in which
/// they were delivered.
const EVERYTHING: &[&str] = &[
    "query",
    "--from",
    "2023-01-01",
    "--to",
    "2025-12-31",
    "--sql",
    "SELECT * FROM configuration_items",
    "--limit",
    "0",
    "--format",
    "json",
];

/// Asks a lake with a folder for its cache.
pub(crate) fn ask(lake: &str, cache: &Path, question: &[&str]) -> Run {
    let cache = cache.to_str().unwrap();
    let args = question.iter().copied();
    run(args.chain(["--lake", lake, "--cache-dir", cache]))
}

/// Asks a lake without a cache.
pub(crate) fn ask_uncached(lake: &str, question: &[&str]) -> Run {
    let args = question.iter().copied();
    run(args.chain(["--lake", lake, "--no-cache"]))
}

/// All files below a folder, in order.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Makes all files of a lake as old as delivered files mostly are: what was written just now may
/// change without a new time stamp and is never kept.
pub(crate) fn settle(lake: &Path) {
    let long_ago = SystemTime::now() - Duration::from_hours(1);
    for path in files_below(lake) {
        let file = fs::File::options().append(true).open(path).unwrap();
        file.set_modified(long_ago).unwrap();
    }
}

fn folder() -> TempDir {
    TempDir::new().unwrap()
}
