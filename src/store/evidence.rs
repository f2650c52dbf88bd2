//! Where an answer comes from: what was read, what could not be, what it cost.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// Where an answer comes from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Evidence {
    /// Where the data lies.
    pub source: SourceInfo,
    /// Capture times asked for, `start` included, `end` not; `None` for all there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<PeriodInfo>,
    /// Delivery folders read.
    pub partitions: PartitionsRead,
    /// Delivered files read.
    pub files_read: u64,
    /// Bytes of these files as stored.
    pub bytes_scanned: u64,
    /// Items that count in the period.
    pub items: u64,
    /// Items that had been delivered before and were not counted again.
    pub duplicate_items: u64,
    /// Items that count but could not be compared with an item before them, where it was asked
    /// what items mean.
    #[serde(skip_serializing_if = "is_zero")]
    pub unknown_items: u64,
    /// Files that could not be read; nothing of them counts.
    pub unreadable_files: u64,
    /// The first of them, with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<UnreadableFile>,
    /// What was read besides, of all days, to compare each item with the one before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookback: Option<Lookback>,
    /// Athena's query id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub athena_query_id: Option<String>,
    /// Estimated price of the question in US dollars; the embedded engine costs nothing.
    pub cost_estimate_usd: f64,
    /// Account and Region pairs with days on which nothing was delivered.
    pub coverage_gaps: u64,
    /// Newest delivery among the folders read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub watermark: Option<Timestamp>,
}

impl Evidence {
    /// Adds the unreadable files of another reading. Both may have met the same file.
    pub fn note_unreadable(&mut self, other: Self) {
        let unnamed = other
            .unreadable_files
            .saturating_sub(other.unreadable.len() as u64);
        self.unreadable_files += unnamed;
        for file in other.unreadable {
            if !self.unreadable.contains(&file) {
                self.unreadable_files += 1;
                self.unreadable.push(file);
            }
        }
    }
}

/// Delivered files, history and snapshots, that were compared with one another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Lookback {
    /// Files.
    pub files_read: u64,
    /// Bytes of these files as stored.
    pub bytes_scanned: u64,
    /// First day of delivery, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_day: Option<String>,
    /// Last day of delivery, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_day: Option<String>,
}

/// Where the data lies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceInfo {
    /// `demo`, `lake` or `athena`.
    pub kind: String,
    /// Folder, bucket or table.
    pub location: String,
}

/// Capture times asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PeriodInfo {
    /// First instant.
    #[schemars(with = "String")]
    pub start: Timestamp,
    /// First instant that is past the period.
    #[schemars(with = "String")]
    pub end: Timestamp,
    /// Time zone of days and months.
    pub timezone: String,
}

/// Delivery folders read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PartitionsRead {
    /// Folders with files in them.
    pub folders: u64,
    /// Accounts.
    pub accounts: Vec<String>,
    /// Regions of the recorders.
    pub regions: Vec<String>,
    /// First day of delivery, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_day: Option<String>,
    /// Last day of delivery, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_day: Option<String>,
}

/// A delivered file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnreadableFile {
    /// Its key.
    pub key: String,
    /// Why.
    pub reason: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}
