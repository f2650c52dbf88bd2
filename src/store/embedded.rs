//! The embedded engine: `DataFusion` over the delivered files themselves.

mod batch;
mod cells;
mod dialect;
mod scan;
mod session;
mod table;
mod typed;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use self::{
    scan::{ScanPlan, ScanReport},
    session::{Bounds, Window},
};
use super::{
    Answer, CallContext, Delivery, Evidence, Grouping, HistoryStore, PartitionsRead, PeriodInfo,
    ReadOnlySql, Rows, SourceInfo, StoreError, StoreErrorKind, Tally, TallyLine,
};
use crate::{
    domain::{Column, DeliveryKind, FileName, ItemFilter, ItemQuery, Period, Shape, zone_name},
    source::{FolderFiles, Lake, LakeListing, ReadLimits},
};

/// Settings of the embedded engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddedSettings {
    /// Bytes of memory for sorting, grouping and the rows of an answer.
    pub memory_bytes: usize,
    /// Longest time for one question.
    pub timeout: Duration,
    /// Limits on one delivered file.
    pub read_limits: ReadLimits,
    /// Files decoded at once.
    pub files_at_once: usize,
}

impl Default for EmbeddedSettings {
    /// 512 MiB, five minutes, as many files as there are cores.
    fn default() -> Self {
        Self {
            memory_bytes: 512 << 20,
            timeout: Duration::from_mins(5),
            read_limits: ReadLimits::default(),
            files_at_once: std::thread::available_parallelism().map_or(2, usize::from),
        }
    }
}

/// Answers from a lake, without any service.
#[derive(Debug, Clone)]
pub struct EmbeddedStore {
    lake: Lake,
    info: SourceInfo,
    settings: EmbeddedSettings,
}

impl EmbeddedStore {
    /// Returns a store over `lake`; `kind` is `demo` or `lake`.
    pub fn new(lake: Lake, kind: &'static str, settings: EmbeddedSettings) -> Self {
        let info = SourceInfo {
            kind: kind.to_owned(),
            location: lake.source().location(),
        };
        Self {
            lake,
            info,
            settings,
        }
    }

    /// Lists what a period needs; fails where there is no lake at all.
    async fn list(
        &self,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<LakeListing, StoreError> {
        let (first, last) = period.folder_days();
        let listed = self.lake.list(first, last, filter);
        let listed = async { Ok(listed.await) };
        let listing = session::bounded(listed, self.bounds(), cx)
            .await?
            .map_err(|error| {
                let message = format!("the lake at {} cannot be read: {error}", self.info.location);
                StoreError::new(StoreErrorKind::SourceUnreadable, message).because(error)
            })?;
        if !listing.is_lake && listing.unreadable.is_empty() {
            return Err(StoreError::new(
                StoreErrorKind::SourceEmpty,
                format!(
                    "there are no AWS Config deliveries under {}",
                    self.info.location
                ),
            ));
        }
        Ok(listing)
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            memory_bytes: self.settings.memory_bytes,
            timeout: self.settings.timeout,
        }
    }

    /// Plans the reading of the history files that a question needs.
    async fn plan(
        &self,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<(Arc<ScanPlan>, PartitionsRead, Option<Timestamp>), StoreError> {
        let listing = self.list(period, filter, cx).await?;
        let mut report = ScanReport::default();
        for error in &listing.unreadable {
            report.note_unreadable(&error.path, error.source.to_string());
        }
        let history: Vec<FolderFiles> = listing
            .folders
            .into_iter()
            .filter(|folder| folder.folder.kind == DeliveryKind::History)
            .collect();
        let partitions = partitions_of(&history);
        let watermark = history.iter().map(newest_delivery).max();
        let files = history
            .into_iter()
            .flat_map(|folder| {
                let shared = Arc::new(folder.folder);
                folder
                    .files
                    .into_iter()
                    .map(move |file| (shared.clone(), file))
            })
            .collect();
        let plan = ScanPlan {
            lake: self.lake.clone(),
            files,
            period: period.clone(),
            filter: filter.clone(),
            limits: self.settings.read_limits,
            files_at_once: self.settings.files_at_once.max(1),
            cx: cx.clone(),
            report: Mutex::new(report),
        };
        Ok((Arc::new(plan), partitions, watermark))
    }

    /// Runs a statement over the items that `period` and `filter` admit.
    async fn run(
        &self,
        statement: &str,
        period: &Period,
        filter: &ItemFilter,
        window: Window,
        cx: &CallContext,
    ) -> Result<Answer<Rows>, StoreError> {
        let (plan, partitions, watermark) = self.plan(period, filter, cx).await?;
        let bounds = self.bounds();
        // Planning a statement needs deep stacks and large futures.
        let rows = Box::pin(session::run(statement, plan.clone(), window, bounds)).await?;
        let report = plan.report();
        let (unreadable_files, unreadable) = report.clone().unreadable();
        let evidence = Evidence {
            source: self.info.clone(),
            period: period_info(period),
            partitions,
            files_read: report.files,
            bytes_scanned: report.bytes,
            items: report.items,
            duplicate_items: report.duplicates,
            unreadable_files,
            unreadable,
            watermark,
            ..Evidence::default()
        };
        Ok(Answer {
            value: rows,
            evidence,
        })
    }
}

#[async_trait]
impl HistoryStore for EmbeddedStore {
    fn source(&self) -> SourceInfo {
        self.info.clone()
    }

    async fn query(&self, query: &ItemQuery, cx: &CallContext) -> Result<Answer<Rows>, StoreError> {
        let statement = typed::render_query(query);
        let window = Window {
            offset: query.offset,
            limit: query.limit,
        };
        let mut answer = self
            .run(&statement, &query.period, &query.filter, window, cx)
            .await?;
        if matches!(query.shape, Shape::Items { .. }) {
            // The statement stops at the last row of the window; the scan has counted all.
            answer.value.total = answer.evidence.items;
        }
        Ok(answer)
    }

    async fn run_sql(
        &self,
        sql: &ReadOnlySql,
        period: &Period,
        filter: &ItemFilter,
        (offset, limit): (u64, Option<u64>),
        cx: &CallContext,
    ) -> Result<Answer<Rows>, StoreError> {
        let statement = dialect::render(sql)?;
        self.run(&statement, period, filter, Window { offset, limit }, cx)
            .await
    }

    async fn tally(
        &self,
        period: &Period,
        filter: &ItemFilter,
        groupings: &[Grouping],
        cx: &CallContext,
    ) -> Result<Answer<Vec<Tally>>, StoreError> {
        let (statement, keys) = typed::render_tally(groupings);
        let window = Window {
            offset: 0,
            limit: None,
        };
        let answer = self.run(&statement, period, filter, window, cx).await?;
        let tallies = tallies_of(&answer.value, groupings, &keys).ok_or_else(|| {
            StoreError::internal("counting items", "the engine's rows have another shape")
        })?;
        Ok(Answer {
            value: tallies,
            evidence: answer.evidence,
        })
    }

    async fn deliveries(
        &self,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Vec<Delivery>, StoreError> {
        let listing = self.list(period, filter, cx).await?;
        Ok(listing
            .folders
            .into_iter()
            .map(|folder| Delivery {
                bytes: folder.files.iter().map(|file| file.size).sum(),
                newest: newest_delivery(&folder),
                keys: folder.files.into_iter().map(|file| file.key).collect(),
                folder: folder.folder,
            })
            .collect())
    }
}

/// Sorts the rows of one pass into the groupings they belong to. `None` if they do not fit.
fn tallies_of(rows: &Rows, groupings: &[Grouping], keys: &[Column]) -> Option<Vec<Tally>> {
    let mut tallies = vec![Tally::new(); groupings.len()];
    for row in &rows.rows {
        let (key_cells, rest) = row.split_at_checked(keys.len())?;
        let [items, changes, unknown, first, last, name, without @ ..] = rest else {
            return None;
        };
        let items = items.as_u64()?;
        if items == 0 {
            // A total over nothing is a row all the same.
            continue;
        }
        let present: BTreeSet<Column> = keys
            .iter()
            .zip(without)
            .filter(|(_, without)| without.as_i64() == Some(0))
            .map(|(key, _)| *key)
            .collect();
        let at = groupings
            .iter()
            .position(|g| g.0.iter().copied().collect::<BTreeSet<_>>() == present)?;
        let cell_of = |column: &Column| {
            let at = keys.iter().position(|key| key == column)?;
            Some(match key_cells.get(at)? {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            })
        };
        let line = TallyLine {
            key: groupings
                .get(at)?
                .0
                .iter()
                .map(cell_of)
                .collect::<Option<_>>()?,
            items,
            changes: changes.as_u64()?,
            unknown: unknown.as_u64()?,
            first: first.as_str()?.parse().ok()?,
            last: last.as_str()?.parse().ok()?,
            name: name.as_str().map(str::to_owned),
        };
        tallies.get_mut(at)?.push(line);
    }
    for tally in &mut tallies {
        tally.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    }
    Some(tallies)
}

fn partitions_of(history: &[FolderFiles]) -> PartitionsRead {
    let names = |part: fn(&FolderFiles) -> &String| {
        history
            .iter()
            .map(part)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .cloned()
            .collect()
    };
    let days = || history.iter().map(|folder| folder.folder.day);
    PartitionsRead {
        folders: history.len() as u64,
        accounts: names(|folder| &folder.folder.account),
        regions: names(|folder| &folder.folder.region),
        first_day: days().min().map(|day: Date| day.to_string()),
        last_day: days().max().map(|day: Date| day.to_string()),
    }
}

/// Returns the newest time stamp in the names of a folder's files, else the folder's day.
fn newest_delivery(folder: &FolderFiles) -> Timestamp {
    let stamps = folder.files.iter().filter_map(|file| {
        FileName::parse(file.key.rsplit('/').next().unwrap_or(&file.key)).newest
    });
    stamps.max().unwrap_or_else(|| {
        folder
            .folder
            .day
            .to_zoned_datetime(TimeZone::UTC)
            .map_or(Timestamp::MIN, |t| t.timestamp())
    })
}

fn period_info(period: &Period) -> Option<PeriodInfo> {
    (period.start() != Timestamp::MIN).then(|| PeriodInfo {
        start: period.start(),
        end: period.end(),
        timezone: zone_name(period.zone()),
    })
}
