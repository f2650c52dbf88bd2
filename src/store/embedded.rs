//! The embedded engine: `DataFusion` over the delivered files themselves.

mod batch;
mod cells;
mod changes;
mod dialect;
mod index;
mod reading;
mod revisions;
mod scan;
mod session;
mod table;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;

use self::{
    changes::{ReadReport, read_changes, read_records},
    index::{HistoryIndex, IndexCache, IndexSource},
    reading::{FileReader, PlacedFile},
    revisions::Revisions,
    scan::{ScanPlan, ScanReport},
    session::{Bounds, Window},
};
use super::{
    Answer, CallContext, ChangesQuery, Delivery, Evidence, Grouping, HistoryStore, ItemChange,
    ItemRecord, PartitionsRead, PeriodInfo, ReadOnlySql, Rows, SourceInfo, StoreError,
    StoreErrorKind, Tally, TallyDepth, evidence::newest_delivery, tallies::tallies_of, typed,
};
use crate::{
    domain::{DeliveryKind, ItemFilter, ItemQuery, Masker, Period, ResourceKey, Shape},
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
    /// Replaces secrets.
    pub masker: Masker,
}

impl Default for EmbeddedSettings {
    /// 512 MiB, five minutes, as many files as there are cores.
    fn default() -> Self {
        Self {
            memory_bytes: 512 << 20,
            timeout: Duration::from_mins(5),
            read_limits: ReadLimits::default(),
            files_at_once: std::thread::available_parallelism().map_or(2, usize::from),
            masker: Masker::on(),
        }
    }
}

/// Answers from a lake, without any service.
#[derive(Debug, Clone)]
pub struct EmbeddedStore {
    lake: Lake,
    info: SourceInfo,
    settings: EmbeddedSettings,
    indexes: IndexCache,
    making_index: Arc<tokio::sync::Mutex<()>>,
    revisions: Revisions,
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
            indexes: IndexCache::default(),
            making_index: Arc::default(),
            revisions: Revisions::default(),
        }
    }

    /// Returns the same store, masking nothing.
    pub(super) fn unmasked(&self) -> Self {
        let mut unmasked = self.clone();
        unmasked.settings.masker = Masker::off();
        unmasked
    }

    fn reader(&self, cx: &CallContext) -> FileReader {
        FileReader {
            lake: self.lake.clone(),
            limits: self.settings.read_limits,
            files_at_once: self.settings.files_at_once,
            cx: cx.clone(),
        }
    }

    /// Returns where the index of a question comes from.
    fn index(&self, filter: &ItemFilter, cx: &CallContext) -> IndexSource {
        IndexSource {
            reader: self.reader(cx),
            scope: filter.clone(),
            memory_bytes: self.settings.memory_bytes,
            cache: self.indexes.clone(),
            making: self.making_index.clone(),
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
        let partitions = PartitionsRead::of(&history);
        let watermark = history.iter().map(newest_delivery).max();
        let plan = ScanPlan {
            reader: self.reader(cx),
            files: placed_files(history),
            period: period.clone(),
            filter: filter.clone(),
            index: self.index(filter, cx),
            masker: self.settings.masker,
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
        Ok(Answer {
            value: rows,
            evidence: self.evidence(plan.report(), period, partitions, watermark),
        })
    }

    fn evidence(
        &self,
        report: ScanReport,
        period: &Period,
        partitions: PartitionsRead,
        watermark: Option<Timestamp>,
    ) -> Evidence {
        let lookback = report.lookback.clone();
        let (files_read, bytes_scanned) = (report.files, report.bytes);
        let (items, duplicate_items) = (report.items, report.duplicates);
        let unknown_items = report.unknown;
        let (unreadable_files, unreadable) = report.unreadable();
        Evidence {
            source: self.info.clone(),
            period: PeriodInfo::of(period),
            partitions,
            files_read,
            bytes_scanned,
            items: Some(items),
            duplicate_items,
            unknown_items,
            unreadable_files,
            unreadable,
            lookback,
            watermark,
            ..Evidence::default()
        }
    }

    /// Answers a question by reading items outside of the engine: `work` gets the plan and the
    /// index.
    async fn read<T, F>(
        &self,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
        work: impl FnOnce(Arc<ScanPlan>, Arc<HistoryIndex>) -> F,
    ) -> Result<Answer<T>, StoreError>
    where
        F: Future<Output = Result<(T, ReadReport), StoreError>>,
    {
        let (plan, partitions, watermark) = self.plan(period, filter, cx).await?;
        let working = async {
            let index = plan.index.get().await?;
            plan.note_lookback(&index);
            work(plan.clone(), index).await
        };
        let (value, read) = session::bounded(working, self.bounds(), cx).await?;
        let report = plan.report().with(read);
        Ok(Answer {
            value,
            evidence: self.evidence(report, period, partitions, watermark),
        })
    }
}

fn placed_files(folders: Vec<FolderFiles>) -> Vec<PlacedFile> {
    let files = folders.into_iter().flat_map(|folder| {
        let shared = Arc::new(folder.folder);
        let files = folder.files.into_iter();
        files.map(move |file| (shared.clone(), file))
    });
    files.collect()
}

#[async_trait]
impl HistoryStore for EmbeddedStore {
    fn source(&self) -> SourceInfo {
        self.info.clone()
    }

    async fn query(&self, query: &ItemQuery, cx: &CallContext) -> Result<Answer<Rows>, StoreError> {
        let statement = typed::render_query(query, &[]);
        let window = Window {
            offset: query.offset,
            limit: query.limit,
        };
        let mut answer = self
            .run(&statement, &query.period, &query.filter, window, cx)
            .await?;
        if matches!(query.shape, Shape::Items { .. }) {
            // The statement stops at the last row of the window; the scan has counted all.
            answer.value.total = answer.evidence.items.unwrap_or_default();
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
        depth: TallyDepth,
        cx: &CallContext,
    ) -> Result<Answer<Vec<Tally>>, StoreError> {
        let (statement, keys) = typed::render_tally(groupings, depth);
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

    async fn records(
        &self,
        period: &Period,
        filter: &ItemFilter,
        tag: Option<&str>,
        cx: &CallContext,
    ) -> Result<Answer<Vec<ItemRecord>>, StoreError> {
        let settings = (self.settings.masker, self.settings.memory_bytes);
        self.read(period, filter, cx, |plan, index| async move {
            let question = (&plan.period, &plan.filter);
            read_records(&plan.reader, &plan.files, &index, question, tag, settings).await
        })
        .await
    }

    async fn changes(
        &self,
        query: &ChangesQuery,
        cx: &CallContext,
    ) -> Result<Answer<Vec<ItemChange>>, StoreError> {
        let Self { settings, .. } = self;
        let (period, filter) = (&query.period, &query.filter);
        self.read(period, filter, cx, |plan, index| async move {
            let files = self.files_of_changes(&plan, &index, query).await?;
            let memory = settings.memory_bytes;
            read_changes(&plan.reader, &files, &index, query, settings.masker, memory).await
        })
        .await
    }

    async fn revision(
        &self,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Option<u128>, StoreError> {
        let index = self.index(filter, cx);
        let told = self.revisions.get(filter, || index.revision());
        session::bounded(told, self.bounds(), cx).await.map(Some)
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

impl EmbeddedStore {
    /// Returns the files that hold the items of a question about changes.
    async fn files_of_changes(
        &self,
        plan: &ScanPlan,
        index: &HistoryIndex,
        query: &ChangesQuery,
    ) -> Result<Vec<PlacedFile>, StoreError> {
        if !query.resources.is_empty() {
            let keys: Vec<u128> = query.resources.iter().map(ResourceKey::identity).collect();
            return Ok(changes::placed(&index.files_of(&keys)));
        }
        let mut files = if query.snapshots {
            let cx = &plan.reader.cx;
            placed_files(self.list(&query.period, &query.filter, cx).await?.folders)
        } else {
            plan.files.clone()
        };
        if !query.filter.types.is_empty() {
            let of_types = index.files_of_types(&query.filter.types);
            files.retain(|(_, file)| of_types.contains(&*file.key));
        }
        Ok(files)
    }
}
