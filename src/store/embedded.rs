//! The embedded engine: `DataFusion` over the delivered files, by way of the cache.

mod batch;
mod cache;
mod cached;
mod cells;
mod changes;
mod dialect;
mod direct;
mod gather;
mod identities;
mod in_order;
mod kept;
mod lake;
mod listings;
mod reading;
mod records;
mod report;
mod revisions;
mod scan;
mod select;
mod session;
mod settings;
mod table;
mod walk;
mod warm;
mod workers;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use futures::{FutureExt as _, future::BoxFuture};
use jiff::Timestamp;

use self::{
    cache::{CacheError, LakeCache, LakeParts},
    changes::{ReadReport, read_changes, read_events},
    lake::{LakeAccess, Listed, Whole, within},
    reading::FileReader,
    records::read_records,
    report::ScanReport,
    revisions::Revisions,
    scan::ScanPlan,
    session::{Bounds, Window},
    workers::Workers,
};
use super::{
    Answer, CallContext, ChangesQuery, Delivery, Evidence, Grouping, HistoryStore, ItemChange,
    ItemRecord, KeptName, PartitionsRead, PeriodInfo, ReadGuard, ReadOnlySql, Revision, Rows,
    SecurityEvent, SourceInfo, StoreError, StoreErrorKind, Tally, TallyDepth,
    evidence::newest_delivery, tallies::tallies_of, typed,
};
use crate::{
    domain::{ItemFilter, ItemQuery, Masker, Period, ResourceKey, Shape},
    source::Lake,
};

pub use cache::{CacheFolder, CacheUsage, LakeUsage, clear_cache, usage_of_cache};
pub(super) use listings::Listings;
pub use settings::EmbeddedSettings;

/// What is read from the cache for an answer.
type Work<T> = BoxFuture<'static, Result<(T, ReadReport), CacheError>>;

/// How often a question is asked again whose cache turns out to be damaged.
const TRIES: usize = 3;

/// Answers from a lake, without any service.
#[derive(Debug, Clone)]
pub struct EmbeddedStore {
    /// Tells this lake from others in one process.
    number: u64,
    lake: Lake,
    info: SourceInfo,
    settings: EmbeddedSettings,
    cache: LakeCache,
    workers: Workers,
    guard: Option<Arc<dyn ReadGuard>>,
    revisions: Revisions,
}

impl EmbeddedStore {
    /// Returns a store over `lake`; `kind` is `demo` or `lake`. What is decoded is kept in memory.
    pub fn new(lake: Lake, kind: &'static str, settings: EmbeddedSettings) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let location = lake.source().location();
        Self {
            number: COUNT.fetch_add(1, Ordering::Relaxed),
            cache: LakeCache::new(None, &location, settings.read_limits, settings.memory_bytes),
            info: SourceInfo {
                kind: kind.to_owned(),
                location,
            },
            workers: Workers::new(settings.files_at_once),
            guard: None,
            lake,
            settings,
            revisions: Revisions::default(),
        }
    }

    /// Returns the same store, which keeps what is decoded in a folder.
    #[must_use]
    pub fn with_cache(mut self, folder: &CacheFolder) -> Self {
        let EmbeddedSettings {
            read_limits,
            memory_bytes,
            ..
        } = self.settings;
        let identity = self.lake.identity();
        self.cache = LakeCache::new(Some(folder), &identity, read_limits, memory_bytes);
        self
    }

    /// Returns the same store, of whose lake no more is read than `guard` admits. Everything that is
    /// read goes through the cache then.
    #[must_use]
    pub fn with_guard(mut self, guard: Arc<dyn ReadGuard>) -> Self {
        self.guard = Some(guard);
        self
    }

    /// Returns the same store, masking nothing.
    pub(super) fn unmasked(&self) -> Self {
        let mut unmasked = self.clone();
        unmasked.settings.masker = Masker::off();
        unmasked
    }

    fn access(&self, filter: &ItemFilter, cx: &CallContext) -> LakeAccess {
        LakeAccess {
            reader: FileReader {
                lake: self.lake.clone(),
                limits: self.settings.read_limits,
                files_at_once: self.settings.files_at_once,
                workers: self.workers.clone(),
                progress: Arc::default(),
                guard: self.guard.clone(),
                cx: cx.clone(),
            },
            cache: self.cache.clone(),
            scope: (self.number, LakeAccess::scope_of(filter)),
        }
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            memory_bytes: self.settings.memory_bytes,
            timeout: self.settings.timeout,
        }
    }

    /// Returns the store for the nth try of a question: the last one does without what is kept.
    fn at_try(&self, tries: usize) -> Self {
        let mut store = self.clone();
        if tries == TRIES {
            store.cache = self.cache.in_memory();
        }
        store
    }

    /// Returns all that a question needs, with its meaning; a damaged cache is made again.
    async fn whole(
        &self,
        access: &LakeAccess,
        filter: &ItemFilter,
        resources: &[ResourceKey],
    ) -> Result<Whole, StoreError> {
        let mut tries = 1;
        let mut access = access.clone();
        loop {
            if tries == TRIES {
                access.cache = access.cache.in_memory();
            }
            match access.of_question(filter, resources).await {
                Ok(whole) => return Ok(whole),
                Err(error) if tries < TRIES && error.is_of_cache() => {
                    self.cache.give_up(&error);
                    tries += 1;
                }
                Err(error) => return Err(error.into_store_error()),
            }
        }
    }

    /// Plans the reading of the history files that a question needs. `needs_all` says whether it is
    /// known to need all that was delivered: then that is listed at once.
    async fn plan(
        &self,
        period: &Period,
        filter: &ItemFilter,
        needs_all: bool,
        cx: &CallContext,
    ) -> Result<(Arc<ScanPlan>, PartitionsRead, Option<Timestamp>), StoreError> {
        let access = self.access(filter, cx);
        let days = period.folder_days();
        let listing = async {
            if needs_all {
                access.list_all().await
            } else {
                access.list_to_read(days).await
            }
        };
        let listed: Arc<Listed> = session::bounded(listing, self.bounds(), cx).await?;
        let mut report = ScanReport::default();
        for (path, reason) in &listed.unreadable {
            report.note_unreadable(path, reason.clone());
        }
        let partitions = PartitionsRead::of(listed.history(days));
        let watermark = listed.history(days).map(newest_delivery).max();
        let plan = ScanPlan {
            files: listed.history_files(days),
            access,
            days,
            period: period.clone(),
            filter: filter.clone(),
            masker: self.settings.masker,
            report: Mutex::new(report),
            readings: Mutex::default(),
        };
        Ok((Arc::new(plan), partitions, watermark))
    }

    /// Runs a statement over the items that `period` and `filter` admit.
    async fn run(
        &self,
        statement: &str,
        (period, filter): (&Period, &ItemFilter),
        needs_all: bool,
        window: Window,
        cx: &CallContext,
    ) -> Result<Answer<Rows>, StoreError> {
        let mut tries = 1;
        loop {
            let store = self.at_try(tries);
            let planned = store.plan(period, filter, needs_all, cx).await?;
            let (plan, partitions, watermark) = planned;
            // Planning a statement needs deep stacks and large futures.
            let answered = session::run(statement, plan.clone(), window, self.bounds());
            match Box::pin(answered).await {
                Err(error) if error.kind() == StoreErrorKind::CacheDamaged && tries < TRIES => {
                    tries += 1;
                }
                answered => {
                    return Ok(Answer {
                        value: answered?,
                        evidence: self.evidence(plan.report(), period, partitions, watermark),
                    });
                }
            }
        }
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

    /// Answers a question from the cache, outside of the engine: `work` gets the plan and the
    /// lake.
    async fn read<T: Send>(
        &self,
        (period, filter, resources): (&Period, &ItemFilter, &[ResourceKey]),
        counts_all: bool,
        cx: &CallContext,
        work: &(dyn Fn(Arc<ScanPlan>, Arc<LakeParts>) -> Work<T> + Send + Sync),
    ) -> Result<Answer<T>, StoreError> {
        let mut tries = 1;
        loop {
            let store = self.at_try(tries);
            let (plan, partitions, watermark) = store.plan(period, filter, true, cx).await?;
            let working = async {
                let whole = self.whole(&plan.access, filter, resources).await?;
                plan.with_report(|report| report.note_lookback(&whole, plan.days.1));
                Ok(work(plan.clone(), Arc::new(whole.lake)).await)
            };
            match session::bounded(working, self.bounds(), cx).await? {
                Ok((value, read)) => {
                    let mut report = plan.report();
                    if counts_all {
                        report.note_files(&plan.files);
                    }
                    return Ok(Answer {
                        value,
                        evidence: self.evidence(report.with(&read), period, partitions, watermark),
                    });
                }
                Err(error) if tries < TRIES && error.is_of_cache() => {
                    self.cache.give_up(&error);
                    tries += 1;
                }
                Err(error) => return Err(error.into_store_error()),
            }
        }
    }
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
        let needs_all = typed::needs_items_before(&typed::columns_of(query), &query.filter);
        let question = (&query.period, &query.filter);
        let answered = self.run(&statement, question, needs_all, window, cx);
        let mut answer = answered.await?;
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
        let window = Window { offset, limit };
        self.run(&statement, (period, filter), false, window, cx)
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
        let needs_all = depth == TallyDepth::Changes || typed::needs_items_before(&keys, filter);
        let answered = self.run(&statement, (period, filter), needs_all, window, cx);
        let answer = answered.await?;
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
        let memory = self.settings.memory_bytes;
        let tag = tag.map(str::to_owned);
        let work = move |plan: Arc<ScanPlan>, lake| {
            let tag = tag.clone();
            async move { read_records(&plan, lake, tag, memory).await }.boxed()
        };
        self.read((period, filter, &[]), true, cx, &work).await
    }

    async fn changes(
        &self,
        query: &ChangesQuery,
        cx: &CallContext,
    ) -> Result<Answer<Vec<ItemChange>>, StoreError> {
        let memory = self.settings.memory_bytes;
        let counts_all = query.resources.is_empty() && query.filter.types.is_empty();
        let asked = query.clone();
        let work = move |plan: Arc<ScanPlan>, lake| {
            let query = asked.clone();
            async move { read_changes(&plan, lake, &query, memory).await }.boxed()
        };
        let question = (&query.period, &query.filter, &*query.resources);
        self.read(question, counts_all, cx, &work).await
    }

    async fn security_events(
        &self,
        query: &ChangesQuery,
        cx: &CallContext,
    ) -> Result<Answer<Vec<SecurityEvent>>, StoreError> {
        let memory = self.settings.memory_bytes;
        let asked = query.clone();
        let work = move |plan: Arc<ScanPlan>, lake| {
            let query = asked.clone();
            async move { read_events(&plan, lake, &query, memory).await }.boxed()
        };
        let question = (&query.period, &query.filter, &*query.resources);
        self.read(question, false, cx, &work).await
    }

    async fn revision(
        &self,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Option<Revision>, StoreError> {
        let access = self.access(filter, cx);
        let told = self.revisions.get(filter, || access.revision());
        session::bounded(told, self.bounds(), cx).await.map(Some)
    }

    async fn recall(&self, kept: &KeptName<'_>) -> Option<Vec<u8>> {
        self.recall_kept(kept).await
    }

    async fn keep(&self, kept: &KeptName<'_>, content: Vec<u8>, cx: &CallContext) {
        self.keep_answer(kept, content, cx).await;
    }

    async fn deliveries(
        &self,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Vec<Delivery>, StoreError> {
        let access = self.access(filter, cx);
        let days = period.folder_days();
        let listed = session::bounded(access.list(days), self.bounds(), cx).await?;
        let folders = listed.folders.iter();
        Ok(folders
            .filter(|folder| within(days, folder.folder.day))
            .map(|folder| Delivery {
                bytes: folder.bytes(),
                newest: newest_delivery(folder),
                keys: folder.files.iter().map(|file| file.key.clone()).collect(),
                folder: folder.folder.clone(),
            })
            .collect())
    }
}
