//! What a question reads: its folders, their bytes, what that costs; refused where it is too much.

use std::sync::Arc;

use jiff::{ToSpan as _, civil::Date};

use super::{Question, listing::Listing, partitions::Partitions, price, within};
use crate::{
    domain::{DeliveryFolder, ItemFilter, Period, human_bytes},
    store::{
        AthenaRun, Evidence, Lookback, PartitionsRead, PeriodInfo, StoreError, StoreErrorKind,
        UnreadableFile, evidence::newest_delivery,
    },
};

use super::execution::Finished;

/// Prefixes that Athena lists for one statement at most.
const MAX_PREFIXES: u64 = 1_000_000;
/// Folders outside of the table that an answer names.
const NAMED_FOLDERS: usize = 50;

/// Folders of a question, within the limits.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// Folders of the period, with its margin.
    pub(super) period: Listing,
    pub(super) partitions: Partitions,
    /// Bytes of all folders that are read.
    pub(super) bytes: u64,
    /// Of the listing: changes with any file.
    pub(super) version: u128,
    /// What is read beside the period's folders.
    pub(super) lookback: Option<Lookback>,
}

impl Reading {
    /// Says whether nothing was delivered that could hold an item of the period: then there is
    /// nothing to ask Athena for, whatever was delivered before.
    pub(super) fn is_empty(&self) -> bool {
        self.period.history().next().is_none()
    }
}

impl Question<'_> {
    /// Lists folders; fails where the bucket holds no delivery at all.
    pub(super) async fn list(
        &self,
        days: (Date, Date),
        filter: &ItemFilter,
    ) -> Result<Arc<Listing>, StoreError> {
        let listing = async { Ok(self.session.lister.list(days, filter).await?) };
        let listing = Box::pin(within(listing, self.deadline, self.cx)).await?;
        if !listing.is_lake {
            let layout = &self.session.layout;
            let message = format!(
                "there are no AWS Config deliveries under s3://{}/{}",
                layout.bucket,
                layout.path.roots.join(" or ")
            );
            return Err(StoreError::new(StoreErrorKind::SourceEmpty, message));
        }
        Ok(listing)
    }

    /// Returns what a question reads that compares nothing; `scans` is how often its statement
    /// reads the relation.
    pub(super) async fn reading(
        &self,
        period: &Period,
        filter: &ItemFilter,
        scans: u64,
    ) -> Result<Reading, StoreError> {
        let read = self.session.layout.reads_days(period.folder_days());
        let listing = self.list(read, filter).await?;
        let period = listing.of_days(period.folder_days());
        let partitions = Partitions::of(period.history());
        let bytes = self.bytes_of(&listing, false).saturating_mul(scans);
        self.refuse_dear(bytes, partitions.prefixes())?;
        Ok(Reading {
            period,
            partitions,
            bytes,
            version: listing.version,
            lookback: None,
        })
    }

    /// Returns what a question reads that compares items with those before them: the period's
    /// folders, and as many earlier ones as the limits allow, the latest first.
    pub(super) async fn reading_back(
        &self,
        period: &Period,
        filter: &ItemFilter,
        scans: u64,
    ) -> Result<Reading, StoreError> {
        let (first, last) = period.folder_days();
        let listing = self.list(self.days_back(period), filter).await?;
        let own = listing.of_days((first, last));
        let read = listing.of_days(self.session.layout.reads_days((first, last)));
        let own_bytes = self.bytes_of(&read, true).saturating_mul(scans);
        self.refuse_dear(own_bytes, Partitions::of(&own.folders).prefixes())?;
        let since = self.affordable_since(&listing, (first, last), own_bytes, scans);
        let read = listing.of_days((since, last));
        let before: Vec<_> = read
            .folders
            .iter()
            .filter(|folder| folder.folder.day < first)
            .collect();
        let files = before.iter().flat_map(|folder| &folder.files);
        let days = || before.iter().map(|folder| folder.folder.day);
        let lookback = Lookback {
            files_read: before.iter().map(|folder| folder.files.len() as u64).sum(),
            bytes_scanned: files.map(|file| file.size).sum(),
            first_day: days().min().map(|day| day.to_string()),
            last_day: days().max().map(|day| day.to_string()),
        };
        Ok(Reading {
            partitions: Partitions::of(&read.folders),
            bytes: self.bytes_of(&read, true).saturating_mul(scans),
            version: listing.version,
            period: own,
            lookback: Some(lookback),
        })
    }

    /// Returns the days of delivery that a question looks at which compares items.
    pub(super) fn days_back(&self, period: &Period) -> (Date, Date) {
        let (first, last) = period.folder_days();
        let earliest = self.store.settings.lookback_days.map_or(Date::MIN, |days| {
            first.saturating_sub(i64::from(days).days())
        });
        self.session.layout.reads_days((earliest, last))
    }

    /// Returns the first day whose folders can be read within the limits, with all after it.
    fn affordable_since(
        &self,
        listing: &Listing,
        (first, last): (Date, Date),
        own_bytes: u64,
        scans: u64,
    ) -> Date {
        let mut by_day = std::collections::BTreeMap::<Date, u64>::new();
        for folder in &listing.folders {
            let bytes: u64 = folder.files.iter().map(|file| file.size).sum();
            *by_day.entry(folder.folder.day).or_default() += bytes.saturating_mul(scans);
        }
        let whole = Partitions::of(&listing.folders);
        let per_day = whole.prefixes() / (whole.days.len() as u64).max(1);
        let (mut bytes, mut since) = (own_bytes, first);
        let mut days = by_day.range(first..=last).count() as u64;
        for (day, more) in by_day.range(..first).rev() {
            bytes = bytes.saturating_add(*more);
            days += 1;
            if bytes > self.scan_limit() || days.saturating_mul(per_day) > MAX_PREFIXES {
                tracing::warn!(%since, "items before this day are not looked for: too much to scan");
                return since;
            }
            since = *day;
        }
        since
    }

    /// Returns the bytes that Athena reads of some folders: without a partition key for the kind
    /// of a delivery it reads all kinds.
    fn bytes_of(&self, listing: &Listing, with_snapshots: bool) -> u64 {
        if !self.session.layout.tells_kinds_apart() {
            listing.bytes() + listing.other_bytes.values().sum::<u64>()
        } else if with_snapshots {
            listing.bytes()
        } else {
            let files = listing.history().flat_map(|folder| &folder.files);
            files.map(|file| file.size).sum()
        }
    }

    /// Returns how many bytes a statement may scan: what the operator and the workgroup allow.
    fn scan_limit(&self) -> u64 {
        let limit = self.store.settings.max_scan_bytes;
        let cutoff = self.session.workgroup.cutoff_bytes;
        cutoff.map_or(limit, |cutoff| cutoff.min(limit))
    }

    fn refuse_dear(&self, bytes: u64, prefixes: u64) -> Result<(), StoreError> {
        let limit = self.scan_limit();
        if bytes > limit {
            let message = format!(
                "the question would scan {} (about {}), more than the limit of {}",
                human_bytes(bytes),
                price::in_words(price::dollars(bytes)),
                human_bytes(limit),
            );
            return Err(StoreError::new(StoreErrorKind::ScanLimit, message));
        }
        if prefixes > MAX_PREFIXES {
            let message = format!(
                "the question would have Athena list {prefixes} prefixes, more than its limit of \
                 {MAX_PREFIXES}"
            );
            return Err(StoreError::new(StoreErrorKind::ScanLimit, message));
        }
        Ok(())
    }

    /// Returns the evidence of statements over a reading.
    pub(super) fn evidence(
        &self,
        period: &Period,
        reading: &Reading,
        statements: &[&Finished],
    ) -> Evidence {
        let history = || reading.period.history();
        Evidence {
            source: crate::store::HistoryStore::source(self.store),
            period: PeriodInfo::of(period),
            partitions: PartitionsRead::of(history()),
            files_read: history().map(|folder| folder.files.len() as u64).sum(),
            watermark: history().map(newest_delivery).max(),
            lookback: reading.lookback.clone(),
            ..self.told_by(&reading.period.unprojected, reading.bytes, statements)
        }
    }

    /// Returns the part of the evidence that statements give.
    pub(super) fn told_by(
        &self,
        unprojected: &[DeliveryFolder],
        estimated_bytes: u64,
        statements: &[&Finished],
    ) -> Evidence {
        let scanned_bytes = statements
            .iter()
            .map(|finished| finished.scanned_bytes)
            .sum();
        let last = statements.last();
        let sent = self.session.submission.output.as_deref();
        let run = AthenaRun {
            query_ids: statements
                .iter()
                .map(|finished| finished.id.clone())
                .collect(),
            workgroup: self.session.workgroup.name.clone(),
            estimated_bytes,
            scanned_bytes,
            output_location: last
                .and_then(|finished| finished.output_location.clone())
                .or_else(|| self.session.workgroup.shown_output(sent)),
            cutoff_bytes: self.session.workgroup.cutoff_bytes,
            reused_result_seconds: last.and_then(|finished| finished.reused_seconds),
            lacks: self.session.layout.lacks(),
            kinds_incomplete: false,
            fetched_before: false,
        };
        Evidence {
            athena_query_id: last.map(|finished| finished.id.clone()),
            bytes_scanned: scanned_bytes,
            cost_estimate_usd: statements.iter().map(|finished| finished.dollars()).sum(),
            unreadable_files: unprojected.len() as u64,
            unreadable: unprojected
                .iter()
                .take(NAMED_FOLDERS)
                .map(outside)
                .collect(),
            athena: Some(run),
            ..Evidence::default()
        }
    }
}

fn outside(folder: &DeliveryFolder) -> UnreadableFile {
    let DeliveryFolder {
        account,
        region,
        day,
        ..
    } = folder;
    UnreadableFile {
        key: format!("{account}/{region}/{day}"),
        reason: "the table has no partition for this folder: `config-history table apply` adds it"
            .to_owned(),
    }
}
