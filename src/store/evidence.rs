//! Where an answer comes from: what was read, what could not be, what it cost.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{Period, folder_and_name, newest_stamp, zone_name},
    source::FolderFiles,
};

/// Where an answer comes from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Items that count in the period; absent where a statement's answer does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<u64>,
    /// Items that had been delivered before and were not counted again.
    pub duplicate_items: u64,
    /// Items that count but could not be compared with an item before them, where it was asked
    /// what items mean.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unknown_items: u64,
    /// Files that could not be read; nothing of them counts.
    pub unreadable_files: u64,
    /// The first of them, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<UnreadableFile>,
    /// What was read besides, of all days, to compare each item with the one before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookback: Option<Lookback>,
    /// Athena's query id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub athena_query_id: Option<String>,
    /// How Athena ran it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub athena: Option<AthenaRun>,
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
    /// Adds another reading for the same answer: its unreadable files, of which both may have met
    /// the same, and what it cost.
    pub fn add(&mut self, other: Self) {
        self.cost_estimate_usd += other.cost_estimate_usd;
        if let (Some(run), Some(more)) = (&mut self.athena, other.athena) {
            self.bytes_scanned += more.scanned_bytes;
            self.athena_query_id = self.athena_query_id.take().or(other.athena_query_id);
            run.add(more);
        }
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

/// How Athena ran a question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AthenaRun {
    /// Ids of the statements, the last one last; none where nothing had to be run.
    pub query_ids: Vec<String>,
    /// Workgroup.
    pub workgroup: String,
    /// Bytes that the question's folders hold, as listed before the run.
    pub estimated_bytes: u64,
    /// Bytes that Athena scanned.
    pub scanned_bytes: u64,
    /// Where the results lie; absent where Athena manages them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_location: Option<String>,
    /// Bytes after which the workgroup cuts a statement off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutoff_bytes: Option<u64>,
    /// Age in seconds of an earlier result that Athena gave again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reused_result_seconds: Option<u64>,
    /// Fields that the table lacks: what needs them is `unknown` or missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<String>,
    /// Whether kinds of some items are `unknown` that the bodies would tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kinds_incomplete: bool,
    /// Whether the items had been fetched for an earlier question.
    pub fetched_before: bool,
}

impl AthenaRun {
    /// Returns what is true of any statement.
    pub(super) fn without_statements(&self) -> Self {
        Self {
            query_ids: Vec::new(),
            scanned_bytes: 0,
            ..self.clone()
        }
    }

    fn add(&mut self, more: Self) {
        self.fetched_before &= more.fetched_before;
        self.query_ids.extend(more.query_ids);
        self.estimated_bytes = self.estimated_bytes.max(more.estimated_bytes);
        self.scanned_bytes += more.scanned_bytes;
        self.output_location = self.output_location.take().or(more.output_location);
    }
}

/// Delivered files, history and snapshots, that were compared with one another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceInfo {
    /// `demo`, `lake` or `athena`.
    pub kind: String,
    /// Folder, bucket or table.
    pub location: String,
}

/// Capture times asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl PeriodInfo {
    /// Describes a period; `None` for all time.
    pub(super) fn of(period: &Period) -> Option<Self> {
        (period.start() != Timestamp::MIN).then(|| Self {
            start: period.start(),
            end: period.end(),
            timezone: zone_name(period.zone()),
        })
    }
}

/// Delivery folders read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl PartitionsRead {
    /// Describes folders of history.
    pub(super) fn of<'f>(history: impl IntoIterator<Item = &'f FolderFiles>) -> Self {
        let history: Vec<&FolderFiles> = history.into_iter().collect();
        let names = |part: fn(&FolderFiles) -> &String| {
            let names: BTreeSet<&String> = history.iter().map(|folder| part(folder)).collect();
            names.into_iter().cloned().collect()
        };
        let days = || history.iter().map(|folder| folder.folder.day);
        Self {
            folders: history.len() as u64,
            accounts: names(|folder| &folder.folder.account),
            regions: names(|folder| &folder.folder.region),
            first_day: days().min().map(|day: Date| day.to_string()),
            last_day: days().max().map(|day: Date| day.to_string()),
        }
    }
}

/// Returns the newest time stamp in the names of a folder's files, else the folder's day.
pub(super) fn newest_delivery(folder: &FolderFiles) -> Timestamp {
    let names = folder.files.iter();
    let names = names.filter_map(|file| Some(folder_and_name(&file.key)?.1));
    newest_stamp(names).unwrap_or_else(|| {
        folder
            .folder
            .day
            .to_zoned_datetime(TimeZone::UTC)
            .map_or(Timestamp::MIN, |t| t.timestamp())
    })
}

/// A delivered file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
