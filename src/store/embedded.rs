//! The embedded engine: `DataFusion` over the delivered files, by way of the cache.

mod asking;
mod batch;
mod cache;
mod cached;
mod cells;
mod changes;
mod dialect;
mod direct;
mod gather;
mod hashed;
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
mod sightings;
mod succession;
mod table;
mod tally;
mod walk;
mod warm;
mod workers;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use futures::FutureExt as _;

use self::{
    asking::Needs,
    cache::LakeCache,
    changes::{read_changes, read_events},
    lake::{LakeAccess, within},
    reading::{Decoders, FileReader},
    records::read_records,
    revisions::Revisions,
    scan::ScanPlan,
    session::{Bounds, Window},
    tally::can_count,
    workers::Workers,
};
use super::{
    Answer, CallContext, ChangesQuery, Delivery, Grouping, HistoryStore, ItemChange, ItemRecord,
    KeptName, ReadGuard, ReadOnlySql, Revision, Rows, SecurityEvent, SourceInfo, StoreError, Tally,
    TallyDepth, tallies::TallyRows, typed,
};
use crate::{
    domain::{Column, ItemFilter, ItemQuery, Masker, Period, Shape},
    source::Lake,
};

pub use cache::{CacheFolder, CacheUsage, LakeUsage, clear_cache, usage_of_cache};
pub use settings::EmbeddedSettings;
pub(super) use {listings::Listings, sightings::Sightings};

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
    decoders: Decoders,
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
            decoders: Decoders::default(),
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
                decoders: self.decoders.clone(),
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

    /// Counts by the engine.
    async fn tally_by_statement(
        &self,
        question: (&Period, &ItemFilter),
        groupings: &[Grouping],
        depth: TallyDepth,
        cx: &CallContext,
    ) -> Result<Answer<Vec<Tally>>, StoreError> {
        let (statement, keys) = typed::render_tally(groupings, depth);
        let window = Window {
            offset: 0,
            limit: None,
        };
        let needs = Needs {
            all: counts_of_all(&keys, question.1, depth),
            any_order: false,
        };
        let lines = || TallyRows::new(groupings, keys.clone());
        let answered = self.run(&statement, question, needs, window, cx, lines);
        let answer = answered.await?;
        let tallies = answer.value.rows.finish().ok_or_else(|| {
            StoreError::internal("counting items", "the engine's rows have another shape")
        })?;
        Ok(Answer {
            value: tallies,
            evidence: answer.evidence,
        })
    }
}

/// Says whether counting rests on all that was delivered.
fn counts_of_all(keys: &[Column], filter: &ItemFilter, depth: TallyDepth) -> bool {
    depth == TallyDepth::Changes || typed::needs_items_before(keys, filter)
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
        // Its groups are put in order, and so are its items.
        let needs = Needs {
            all: typed::needs_items_before(&typed::columns_of(query), &query.filter),
            any_order: true,
        };
        let question = (&query.period, &query.filter);
        let answered = self.rows(&statement, question, needs, window, cx);
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
        let question = (period, filter);
        self.rows(&statement, question, Needs::default(), window, cx)
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
        let (keys, question) = (typed::keys_of(groupings), (period, filter));
        if counts_of_all(&keys, filter, depth) && can_count(groupings, &keys) {
            let asked = (groupings, &*keys);
            return self.tally_of_cache(question, asked, depth, cx).await;
        }
        self.tally_by_statement(question, groupings, depth, cx)
            .await
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
        Ok(listed
            .newest_of(|folder| within(days, folder.day))
            .map(|(folder, newest)| Delivery {
                bytes: folder.bytes(),
                newest,
                keys: folder.files.iter().map(|file| file.key.clone()).collect(),
                folder: folder.folder.clone(),
            })
            .collect())
    }
}
