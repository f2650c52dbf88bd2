//! What was read for an answer, as it becomes evidence.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{
    cache::LakeParts,
    lake::{Listed, within},
    reading::PlacedFile,
};
use crate::{
    domain::{DeliveryKind, partition_of},
    store::{Lookback, UnreadableFile},
};

/// What was read for an answer.
#[derive(Debug, Default)]
pub(super) struct ReadReport {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) items: u64,
    pub(super) duplicates: u64,
    pub(super) unknown: u64,
}

/// Unreadable files named in an answer.
const NAMED_UNREADABLE: usize = 50;

/// What was read.
#[derive(Debug, Clone, Default)]
pub(super) struct ScanReport {
    /// Whether some scan fills this report already: a statement may name the relation twice.
    pub(super) taken: bool,
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) items: u64,
    pub(super) duplicates: u64,
    pub(super) unknown: u64,
    /// What was read to tell what the items mean.
    pub(super) lookback: Option<Lookback>,
    /// Every unreadable file by key: a statement that reads the relation twice names it once.
    unreadable: BTreeMap<String, String>,
}

impl ScanReport {
    pub(super) fn note_unreadable(&mut self, key: &str, reason: String) {
        self.unreadable.insert(key.to_owned(), reason);
    }

    /// Says whether a file is known to be unreadable.
    pub(super) fn is_unreadable(&self, key: &str) -> bool {
        self.unreadable.contains_key(key)
    }

    /// Counts those of these files that could be read.
    pub(super) fn note_files(&mut self, files: &[PlacedFile]) {
        for (_, file) in files {
            if !self.is_unreadable(&file.key) {
                self.files += 1;
                self.bytes += file.size;
            }
        }
    }

    /// Notes what the items' meaning was told from. Files that were delivered after the period cannot
    /// have held an item before its items.
    pub(super) fn note_lookback<'a>(
        &mut self,
        listed: &Listed,
        unreadable: impl Iterator<Item = &'a (Date, UnreadableFile)> + Clone,
        last_day: Date,
    ) {
        let keys = unreadable.clone().map(|(_, file)| &*file.key);
        self.lookback = Some(listed.lookback(keys));
        for (day, file) in unreadable {
            if *day <= last_day {
                self.note_unreadable(&file.key, file.reason.clone());
            }
        }
    }

    /// Notes which files of history of these days could not be read.
    pub(super) fn note_history(&mut self, lake: &LakeParts, days: (Date, Date)) {
        for (day, file) in lake.parts.iter().flat_map(|part| &part.unreadable) {
            let kind = partition_of(&file.key).map(|folder| folder.kind);
            if within(days, *day) && kind == Some(DeliveryKind::History) {
                self.note_unreadable(&file.key, file.reason.clone());
            }
        }
    }

    /// Adds what was read outside of a scan.
    pub(super) fn with(mut self, read: &ReadReport) -> Self {
        self.files += read.files;
        self.bytes += read.bytes;
        self.items += read.items;
        self.duplicates += read.duplicates;
        self.unknown += read.unknown;
        self
    }

    /// Returns how many files could not be read, and the first of them.
    pub(super) fn unreadable(self) -> (u64, Vec<UnreadableFile>) {
        let files = self.unreadable.len() as u64;
        let named = self.unreadable.into_iter().take(NAMED_UNREADABLE);
        (
            files,
            named
                .map(|(key, reason)| UnreadableFile { key, reason })
                .collect(),
        )
    }
}
