//! What was made.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::time::Month;

/// Counts of what was written.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Items of the history, each once.
    pub(crate) items: u64,
    /// Items that were delivered a second time.
    pub(crate) redelivered: u64,
    /// Items of snapshots.
    pub(crate) snapshot_items: u64,
    /// Items in files that were cut short.
    pub(crate) damaged_items: u64,
    /// Files of the history.
    pub(crate) history_files: u64,
    /// Snapshots.
    pub(crate) snapshot_files: u64,
    /// Files of the history that were cut short.
    pub(crate) damaged_files: u64,
    /// Bytes of JSON in all files.
    pub(crate) json_bytes: u64,
    /// Bytes of all files.
    pub(crate) gz_bytes: u64,
    /// The same by month.
    pub(crate) months: BTreeMap<Month, OfMonth>,
    /// A resource with many items: account, Region, type, id, items.
    pub(crate) example: Option<Example>,
}

/// Counts of a month's history.
#[derive(Debug, Default)]
pub(crate) struct OfMonth {
    /// Items captured in the month.
    pub(crate) items: u64,
    /// Files in the month's folders.
    pub(crate) files: u64,
    /// Bytes of JSON in these files.
    pub(crate) json_bytes: u64,
}

/// A resource to ask for.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) resource_type: &'static str,
    pub(crate) resource_id: String,
    pub(crate) items: u64,
}

impl Report {
    /// Adds what another recorder has delivered.
    pub(crate) fn add(&mut self, other: &Self) {
        self.items += other.items;
        self.redelivered += other.redelivered;
        self.snapshot_items += other.snapshot_items;
        self.damaged_items += other.damaged_items;
        self.history_files += other.history_files;
        self.snapshot_files += other.snapshot_files;
        self.damaged_files += other.damaged_files;
        self.json_bytes += other.json_bytes;
        self.gz_bytes += other.gz_bytes;
        for (month, counts) in &other.months {
            let own = self.months.entry(*month).or_default();
            own.items += counts.items;
            own.files += counts.files;
            own.json_bytes += counts.json_bytes;
        }
        if other.example.is_some() {
            self.example.clone_from(&other.example);
        }
    }

    /// One line for programs.
    pub(crate) fn json(&self) -> Value {
        let months: Map<String, Value> = self
            .months
            .iter()
            .map(|(month, counts)| {
                let counts = json!({"items": counts.items, "history_files": counts.files, "history_json_bytes": counts.json_bytes});
                (month.to_string(), counts)
            })
            .collect();
        let example = self.example.as_ref().map(|example| {
            json!({"account": example.account, "region": example.region,
                "resource_type": example.resource_type, "resource_id": example.resource_id,
                "items": example.items})
        });
        json!({
            "items": self.items, "redelivered": self.redelivered,
            "snapshot_items": self.snapshot_items, "damaged_items": self.damaged_items,
            "history_files": self.history_files, "snapshot_files": self.snapshot_files,
            "damaged_files": self.damaged_files, "json_bytes": self.json_bytes,
            "gz_bytes": self.gz_bytes, "months": months, "example": example,
        })
    }
}
