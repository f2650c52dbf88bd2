//! From items to delivered files: windows, names, folders, gzip.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use super::Written;
use super::places::{ACCOUNTS, ORGANISATION, PRODUCTION, Place, STAGING, TOKYO, VIRGINIA};
use super::plan::{History, Item};
use super::text::{pick, uuid};
use super::time::{HOUR, MINUTE, Millis, day_folder, stamp};

/// How a file's bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// One gzip member.
    Gzip,
    /// So many gzip members, one after the other.
    Members(usize),
    /// As it is.
    Plain,
}

/// A file of the lake.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Relative to the lake, with `/`.
    pub(crate) path: String,
    /// What it holds, unpacked.
    pub(crate) body: Vec<u8>,
    /// How it is packed.
    pub(crate) packing: Packing,
}

/// More items than this make a second part.
const PART: usize = 24;
/// Windows start at 01:10, 07:10, 13:10 and 19:10 UTC: the last one of a day is delivered on the
/// next.
const WINDOW: Millis = 6 * HOUR;
const WINDOW_OFFSET: Millis = 70 * MINUTE;

/// The files that the recorders deliver.
pub(crate) fn files(history: &History) -> Vec<File> {
    let mut files = Vec::new();
    for account in ACCOUNTS {
        files.push(File {
            path: format!("{ORGANISATION}/AWSLogs/{account}/Config/ConfigWritabilityCheckFile"),
            body: Vec::new(),
            packing: Packing::Plain,
        });
    }
    let mut windows: BTreeMap<_, Vec<&Item>> = BTreeMap::new();
    let twice = twice_delivered(history);
    for item in history.items.iter().chain(&twice) {
        let handed_over = item.daily_delivery.unwrap_or(item.capture);
        let end = ((handed_over - WINDOW_OFFSET) / WINDOW + 1) * WINDOW + WINDOW_OFFSET;
        let place = (item.recorder.account, item.recorder.region);
        windows
            .entry((place, end, item.kind))
            .or_default()
            .push(item);
    }
    for (((account, region), end, kind), items) in windows {
        let wait = i64::try_from(pick(&format!("{account}{region}{end}"), 15)).unwrap_or_default();
        let delivered = end + (20 + wait) * MINUTE;
        let first = items.iter().map(|item| item.capture).min().unwrap_or(end);
        let last = items.iter().map(|item| item.capture).max().unwrap_or(end);
        for (part, items) in items.chunks(PART).enumerate() {
            let name = format!(
                "{account}_Config_{region}_ConfigHistory_{}_{}_{}_{}.json.gz",
                kind.replace(':', "%3A"),
                stamp(first),
                stamp(last),
                part + 1
            );
            let path = folder(
                Place::new(account, region),
                delivered,
                "ConfigHistory",
                &name,
            );
            files.push(gzip(path, items.iter().copied()));
        }
    }
    for (moment, recorder, items) in &history.snapshots {
        let name = format!(
            "{}_Config_{}_ConfigSnapshot_{}_{}.json.gz",
            recorder.account,
            recorder.region,
            stamp(*moment),
            uuid(&format!("{recorder:?}{moment}"))
        );
        let path = folder(*recorder, *moment, "ConfigSnapshot", &name);
        files.push(gzip(path, items.iter()));
    }
    files
}

/// The key of a file delivered at a moment.
pub(crate) fn folder(recorder: Place, delivered: Millis, kind: &str, rest: &str) -> String {
    let Place { account, region } = recorder;
    let day = day_folder(delivered);
    format!("{ORGANISATION}/AWSLogs/{account}/Config/{region}/{day}/{kind}/{rest}")
}

/// Global items which a second region's recorder delivers as well, the very same ones.
fn twice_delivered(history: &History) -> Vec<Item> {
    let global = history.items.iter().filter(|item| {
        item.key.1 == "global"
            && item.recorder.region == TOKYO
            && matches!(item.recorder.account, PRODUCTION | STAGING)
    });
    let chosen = global.filter(|item| {
        item.key.3 == super::november::cost_role_id() || pick(&format!("{}", item.capture), 7) == 0
    });
    let moved = chosen.map(|item| {
        let mut item = item.clone();
        item.recorder.region = VIRGINIA;
        item
    });
    moved.collect()
}

fn gzip<'a>(path: String, items: impl Iterator<Item = &'a Item>) -> File {
    let items: Vec<&Value> = items.map(|item| &item.json).collect();
    let document = json!({
        "fileVersion": "1.0",
        "configSnapshotId": uuid(&path),
        "configurationItems": items,
    });
    File {
        path,
        body: document.to_string().into_bytes(),
        packing: Packing::Gzip,
    }
}

/// Writes the files under `root`, after removing the organisation's folder of an earlier run.
pub(crate) fn write(root: &Path, files: &[File]) -> Result<Written, String> {
    let told = |path: &Path, error: &std::io::Error| format!("write {}: {error}", path.display());
    let old = root.join(ORGANISATION);
    if old.try_exists().map_err(|error| told(&old, &error))? {
        fs::remove_dir_all(&old).map_err(|error| told(&old, &error))?;
    }
    let mut written = Written {
        files: files.len(),
        bytes: 0,
    };
    for file in files {
        let path = root.join(&file.path);
        if path.try_exists().map_err(|error| told(&path, &error))? {
            return Err(format!("keep {} apart from its namesake", file.path));
        }
        let packed = pack(file).map_err(|error| told(&path, &error))?;
        written.bytes += packed.len();
        let parent = path.parent().unwrap_or(root);
        fs::create_dir_all(parent).map_err(|error| told(parent, &error))?;
        fs::write(&path, packed).map_err(|error| told(&path, &error))?;
    }
    Ok(written)
}

fn pack(file: &File) -> std::io::Result<Vec<u8>> {
    let members = match file.packing {
        Packing::Plain => return Ok(file.body.clone()),
        Packing::Gzip => 1,
        Packing::Members(members) => members.max(1),
    };
    let mut packed = Vec::new();
    for member in file.body.chunks(file.body.len().div_ceil(members).max(1)) {
        let header = GzBuilder::new().mtime(0).operating_system(255);
        let mut encoder = header.write(packed, Compression::best());
        encoder.write_all(member)?;
        packed = encoder.finish()?;
    }
    Ok(packed)
}
