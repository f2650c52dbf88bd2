//! From items to delivered files: folders, names, gzip.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder, write::GzEncoder};

use super::kind::Kind;
use super::random::{Random, hash, uuid};
use super::report::Report;
use super::story::Item;
use super::time::{HOUR, MINUTE, Millis, Month, SECOND, day_folder, stamp};

/// More items of a type than these make a second part.
const PART: usize = 200;
/// Of a thousand items so many are delivered once more, with those of a later window.
const REDELIVERED: u64 = 5;
/// Of a thousand files so many are late by most of a day.
const LATE: u64 = 15;
/// A redelivery waits so many windows for a file of its type, then it makes one.
const PATIENCE: u32 = 3;

/// The deliveries of a recorder.
#[derive(Debug)]
pub(crate) struct Delivery {
    root: PathBuf,
    account: String,
    region: String,
    random: Random,
    /// Items to be delivered once more, and how many windows they have waited.
    again: Vec<(Item, u32)>,
    /// The folder that was written into last: it is there.
    folder: PathBuf,
    pub(crate) report: Report,
}

impl Delivery {
    /// Deliveries of a recorder into a lake.
    pub(crate) fn new(out: &Path, account: &str, region: &str, seed: u64) -> Self {
        Self {
            root: out.join(format!("AWSLogs/{account}/Config/{region}")),
            account: account.to_owned(),
            region: region.to_owned(),
            random: Random::new(hash(&[seed, 9])),
            again: Vec::new(),
            folder: PathBuf::new(),
            report: Report::default(),
        }
    }

    /// Delivers the items of a window that ends at a moment, the first files of it cut short.
    pub(crate) fn history(
        &mut self,
        items: Vec<Item>,
        end: Millis,
        damaged: u64,
    ) -> Result<(), String> {
        let mut chosen = Vec::new();
        for item in &items {
            self.report.items += 1;
            self.month(item.captured).items += 1;
            if self.random.chance(REDELIVERED) {
                chosen.push((item.clone(), 0));
            }
        }
        let mut files: BTreeMap<Kind, Vec<Item>> = BTreeMap::new();
        for item in items {
            files.entry(item.kind).or_default().push(item);
        }
        self.add_redelivered(&mut files);
        self.again.extend(chosen);
        let mut damaged = damaged;
        for (kind, mut items) in files {
            items.sort_by_key(|item| item.captured);
            let wait = self.random.between(20 * MINUTE, 40 * MINUTE);
            let late = if self.random.chance(LATE) {
                self.random.between(8 * HOUR, 26 * HOUR)
            } else {
                0
            };
            for (part, items) in items.chunks(PART).enumerate() {
                let cut = damaged > 0;
                damaged = damaged.saturating_sub(1);
                self.file(kind, part + 1, items, end + wait + late, cut)?;
            }
        }
        Ok(())
    }

    /// Delivers what waits to be delivered once more when the history has ended.
    pub(crate) fn rest(&mut self, end: Millis) -> Result<(), String> {
        for (_, waited) in &mut self.again {
            *waited = PATIENCE;
        }
        self.history(Vec::new(), end + 7 * HOUR, 0)
    }

    /// Delivers the latest items of all resources.
    pub(crate) fn snapshot(
        &mut self,
        texts: impl Iterator<Item = String>,
        moment: Millis,
    ) -> Result<(), String> {
        let id = uuid(self.random.any());
        let moment = moment + 5 * SECOND;
        let name = format!(
            "{}_Config_{}_ConfigSnapshot_{}_{id}.json.gz",
            self.account,
            self.region,
            stamp(moment)
        );
        let path = self.path(moment, "ConfigSnapshot", &name)?;
        let mut document = Document::create(&path, &id)?;
        for text in texts {
            document.item(&text)?;
            self.report.snapshot_items += 1;
        }
        let (json, gz) = document.finish()?;
        self.report.snapshot_files += 1;
        self.report.json_bytes += json;
        self.report.gz_bytes += gz;
        Ok(())
    }

    /// Puts what is delivered once more beside what is new of its type.
    fn add_redelivered(&mut self, files: &mut BTreeMap<Kind, Vec<Item>>) {
        let waiting = std::mem::take(&mut self.again);
        for (item, waited) in waiting {
            let file = files.get_mut(&item.kind);
            match file {
                Some(file) => file.push(item),
                None if waited >= PATIENCE => {
                    files.insert(item.kind, vec![item]);
                }
                None => {
                    self.again.push((item, waited + 1));
                    continue;
                }
            }
            self.report.redelivered += 1;
        }
    }

    fn file(
        &mut self,
        kind: Kind,
        part: usize,
        items: &[Item],
        delivered: Millis,
        cut: bool,
    ) -> Result<(), String> {
        let first = items.first().map_or(delivered, |item| item.captured);
        let last = items.last().map_or(delivered, |item| item.captured);
        let stem = format!(
            "{}_Config_{}_ConfigHistory_{}_{}_{}",
            self.account,
            self.region,
            kind.traits().name,
            stamp(first),
            stamp(last),
        );
        // An item that is delivered once more all by itself has the times of its first delivery:
        // where that is of the same day, the next number is free.
        let mut number = part;
        let path = loop {
            let path = self.path(
                delivered,
                "ConfigHistory",
                &format!("{stem}_{number}.json.gz"),
            )?;
            if !fs::exists(&path).map_err(|error| format!("look at {}: {error}", path.display()))? {
                break path;
            }
            number += 1;
        };
        let mut document = Document::create(&path, &uuid(self.random.any()))?;
        for item in items {
            document.item(&item.text)?;
        }
        let (json, mut gz) = document.finish()?;
        self.report.history_files += 1;
        if cut {
            gz /= 2;
            let file = File::options().write(true).open(&path);
            file.and_then(|file| file.set_len(gz))
                .map_err(|error| format!("cut {}: {error}", path.display()))?;
            self.report.damaged_files += 1;
            self.report.damaged_items += u64::try_from(items.len()).unwrap_or(0);
        }
        self.report.json_bytes += json;
        self.report.gz_bytes += gz;
        let month = self.month(delivered);
        month.files += 1;
        month.json_bytes += json;
        Ok(())
    }

    fn month(&mut self, moment: Millis) -> &mut super::report::OfMonth {
        self.report.months.entry(Month::of(moment)).or_default()
    }

    /// The path of a file delivered at a moment, in a folder that is there.
    fn path(&mut self, delivered: Millis, kind: &str, name: &str) -> Result<PathBuf, String> {
        let folder = self.root.join(day_folder(delivered)).join(kind);
        if folder != self.folder {
            fs::create_dir_all(&folder)
                .map_err(|error| format!("make {}: {error}", folder.display()))?;
            self.folder.clone_from(&folder);
        }
        Ok(folder.join(name))
    }
}

/// A delivered file while it is written: one line of JSON, packed.
struct Document {
    path: PathBuf,
    encoder: GzEncoder<BufWriter<File>>,
    json: u64,
    items: u64,
}

impl Document {
    fn create(path: &Path, id: &str) -> Result<Self, String> {
        // Two deliveries must not become one without a word.
        let file =
            File::create_new(path).map_err(|error| format!("write {}: {error}", path.display()))?;
        let header = GzBuilder::new().mtime(0).operating_system(255);
        let mut document = Self {
            path: path.to_owned(),
            encoder: header.write(BufWriter::new(file), Compression::default()),
            json: 0,
            items: 0,
        };
        document.write(&format!(
            r#"{{"fileVersion":"1.0","configSnapshotId":"{id}","configurationItems":["#
        ))?;
        Ok(document)
    }

    fn item(&mut self, text: &str) -> Result<(), String> {
        if self.items > 0 {
            self.write(",")?;
        }
        self.items += 1;
        self.write(text)
    }

    fn write(&mut self, text: &str) -> Result<(), String> {
        self.json += u64::try_from(text.len()).unwrap_or(0);
        let written = self.encoder.write_all(text.as_bytes());
        written.map_err(|error| format!("write {}: {error}", self.path.display()))
    }

    /// Returns the bytes of JSON and of the file.
    fn finish(mut self) -> Result<(u64, u64), String> {
        self.write("]}")?;
        let Self {
            path,
            encoder,
            json,
            ..
        } = self;
        let told = |error: std::io::Error| format!("write {}: {error}", path.display());
        let file = encoder.finish().map_err(told)?;
        let file = file
            .into_inner()
            .map_err(|error| told(error.into_error()))?;
        let size = file.metadata().map_err(told)?.len();
        Ok((json, size))
    }
}
