//! Items that were fetched, kept for the further parts of an answer while the bucket is unchanged.

use std::sync::{Arc, Mutex, PoisonError};

use super::{
    AthenaStore, Question,
    execution::Finished,
    fetch::{self, Assembly, Depth},
    reading::Reading,
    relation::Relation,
    results::{Cells, ResultColumn},
    within,
};
use crate::{
    domain::{DeliveryFolder, ItemFilter, Period, ResourceKey},
    glue::TableLayout,
    source::Lake,
    store::{Answer, AthenaRun, EmbeddedStore, Lookback, StoreError, StoreErrorKind},
};

/// Fetches that are kept.
const KEPT_FETCHES: usize = 3;

/// Which items a question wants.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    period: Period,
    /// What tells resources from one another; the rest of a filter is applied to what was fetched.
    scope: ItemFilter,
    resources: Vec<ResourceKey>,
    depth: Depth,
}

impl Wanted {
    pub(super) fn new(
        period: &Period,
        filter: &ItemFilter,
        resources: &[ResourceKey],
        depth: Depth,
    ) -> Self {
        Self {
            period: period.clone(),
            scope: ItemFilter {
                tags: Vec::new(),
                statuses: Vec::new(),
                kinds: Vec::new(),
                ..filter.clone()
            },
            resources: resources.to_vec(),
            depth,
        }
    }

    /// Says whether everything that `other` wants is wanted here.
    fn covers(&self, other: &Self) -> bool {
        let Self { scope, .. } = self;
        let same = |wide: bool, equal: bool| wide || equal;
        self.depth >= other.depth
            && self.period.start() <= other.period.start()
            && self.period.end() >= other.period.end()
            && same(
                scope.accounts.is_empty(),
                scope.accounts == other.scope.accounts,
            )
            && same(
                scope.regions.is_empty(),
                scope.regions == other.scope.regions,
            )
            && same(scope.types.is_empty(), scope.types == other.scope.types)
            && same(
                scope.resources.is_empty(),
                scope.resources == other.scope.resources,
            )
            && same(scope.names.is_empty(), scope.names == other.scope.names)
            && same(
                scope.reference.is_none(),
                scope.reference == other.scope.reference,
            )
            && same(self.resources.is_empty(), self.resources == other.resources)
    }
}

/// Fetched items, as a lake in memory.
#[derive(Debug)]
pub(super) struct Fetched {
    wanted: Wanted,
    store: EmbeddedStore,
    finished: Option<Finished>,
    estimated_bytes: u64,
    lookback: Option<Lookback>,
    unprojected: Vec<DeliveryFolder>,
    /// Bytes of its files in memory.
    bytes: usize,
    /// What the table looked like.
    layout: Arc<TableLayout>,
    /// Of the listing that it was fetched by.
    version: u128,
}

/// Fetched items, and whether they were fetched for this very question.
#[derive(Debug, Clone)]
pub(super) struct FetchedNow {
    fetched: Arc<Fetched>,
    is_new: bool,
}

impl FetchedNow {
    /// Returns the store that answers from them.
    pub(super) fn store(&self) -> &EmbeddedStore {
        &self.fetched.store
    }

    /// Returns a store that masks nothing, for what never leaves this program.
    pub(super) fn unmasked(&self) -> EmbeddedStore {
        self.fetched.store.unmasked()
    }

    /// Returns the statement that fetched them, if it was for this question.
    pub(super) fn finished(&self) -> Option<&Finished> {
        self.fetched.finished.as_ref().filter(|_| self.is_new)
    }
}

/// The latest fetches.
#[derive(Debug, Clone, Default)]
pub(super) struct FetchedCache {
    kept: Arc<Mutex<Vec<Arc<Fetched>>>>,
    /// Two questions at once would fetch the same items twice.
    fetching: Arc<tokio::sync::Mutex<()>>,
}

impl FetchedCache {
    fn candidates(&self, wanted: &Wanted) -> Vec<Arc<Fetched>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = kept.iter().filter(|fetched| fetched.wanted.covers(wanted));
        fitting.cloned().collect()
    }

    /// Keeps a fetch beside as many earlier ones as fit into `memory_bytes` together.
    fn keep(&self, fetched: &Arc<Fetched>, memory_bytes: usize) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|old| !fetched.wanted.covers(&old.wanted));
        kept.insert(0, fetched.clone());
        kept.truncate(KEPT_FETCHES);
        let mut held = 0;
        kept.retain(|fetched| {
            held += fetched.bytes;
            held <= memory_bytes
        });
    }
}

impl Question<'_> {
    /// Fetches items; `None` where there are too many of them to hold.
    pub(super) async fn fetched(&self, wanted: &Wanted) -> Result<Option<FetchedNow>, StoreError> {
        if let Some(kept) = self.kept(wanted).await? {
            return Ok(Some(kept));
        }
        let reading = self.reading_back(&wanted.period, &wanted.scope, 1).await?;
        if !self.store.can_hold(reading.period.bytes()) {
            return Ok(None);
        }
        match Box::pin(self.fetch_with(wanted, reading)).await {
            Ok(fetched) => Ok(Some(fetched)),
            Err(error) if error.kind() == StoreErrorKind::MemoryLimit => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Fetches items, be they many: where they are too many, that is the answer.
    pub(super) async fn fetch_all(&self, wanted: &Wanted) -> Result<FetchedNow, StoreError> {
        if let Some(kept) = self.kept(wanted).await? {
            return Ok(kept);
        }
        let reading = self.reading_back(&wanted.period, &wanted.scope, 1).await?;
        Box::pin(self.fetch_with(wanted, reading)).await
    }

    /// Finds a fetch that has all that is wanted, of a bucket that is still the same.
    async fn kept(&self, wanted: &Wanted) -> Result<Option<FetchedNow>, StoreError> {
        for fetched in self.store.fetched.candidates(wanted) {
            let listing = self
                .list(
                    self.days_back(&fetched.wanted.period),
                    &fetched.wanted.scope,
                )
                .await?;
            if listing.version == fetched.version && fetched.layout == self.session.layout {
                return Ok(Some(FetchedNow {
                    fetched,
                    is_new: false,
                }));
            }
        }
        Ok(None)
    }

    async fn fetch_with(
        &self,
        wanted: &Wanted,
        reading: Reading,
    ) -> Result<FetchedNow, StoreError> {
        let fetching = async { Ok(self.store.fetched.fetching.lock().await) };
        let _fetching = within(fetching, self.deadline, self.cx).await?;
        if let Some(kept) = self.kept(wanted).await? {
            return Ok(kept);
        }
        let version = reading.version;
        let mut assembly = Assembly::new(wanted.depth);
        let finished = if reading.is_empty() {
            None
        } else {
            let relation = Relation {
                layout: &self.session.layout,
                table: &self.store.settings.table,
                period: &wanted.period,
                filter: &wanted.scope,
                tags_as_json: false,
            };
            let sql = fetch::render(
                &relation,
                &reading.partitions,
                &wanted.resources,
                wanted.depth,
            );
            let finished = self.run(&sql, version).await?;
            let take = |_: &[_], cells| {
                let odd = |error| StoreError::internal("reading fetched items", error);
                assembly.add(cells).map_err(odd)
            };
            self.rows_of(&finished, take).await?;
            Some(finished)
        };
        let fetched = Arc::new(self.assembled(wanted, reading, assembly, finished));
        let memory = self.store.settings.limits.memory_bytes;
        self.store.fetched.keep(&fetched, memory);
        Ok(FetchedNow {
            fetched,
            is_new: true,
        })
    }

    /// Answers what is asked where nothing was delivered: from a lake without items.
    pub(super) fn of_nothing(
        &self,
        period: &Period,
        filter: &ItemFilter,
        reading: Reading,
    ) -> FetchedNow {
        let wanted = Wanted::new(period, filter, &[], Depth::Names);
        let assembly = Assembly::new(Depth::Names);
        FetchedNow {
            fetched: Arc::new(self.assembled(&wanted, reading, assembly, None)),
            is_new: true,
        }
    }

    fn assembled(
        &self,
        wanted: &Wanted,
        reading: Reading,
        assembly: Assembly,
        finished: Option<Finished>,
    ) -> Fetched {
        let AthenaStore { settings, .. } = self.store;
        let location = settings.table.to_string();
        // Where nothing is asked for, nothing is read before the period either.
        let lookback = (!reading.is_empty()).then_some(reading.lookback).flatten();
        let bytes = assembly.bytes();
        let source = assembly.into_source(&location, &reading.period);
        let lake = Lake::new(Arc::new(source));
        Fetched {
            wanted: wanted.clone(),
            store: EmbeddedStore::new(lake, "athena", settings.limits),
            finished,
            estimated_bytes: reading.bytes,
            lookback,
            unprojected: reading.period.unprojected,
            bytes,
            layout: self.session.layout.clone(),
            version: reading.version,
        }
    }

    /// Runs a statement to its end.
    pub(super) async fn run(&self, sql: &str, version: u128) -> Result<Finished, StoreError> {
        tracing::debug!(sql, "Athena is asked");
        let submission = &self.session.submission;
        let (statements, deadline) = (self.statements, self.deadline);
        // The SDK's futures are large.
        Box::pin(statements.run(sql, submission, version, deadline, self.cx)).await
    }

    /// Hands out the rows of a finished statement, within the limits of the question.
    pub(super) async fn rows_of(
        &self,
        finished: &Finished,
        take: impl FnMut(&[ResultColumn], Cells) -> Result<usize, StoreError>,
    ) -> Result<Vec<ResultColumn>, StoreError> {
        let memory = self.store.settings.limits.memory_bytes;
        self.statements
            .rows(&finished.id, memory, self.deadline, self.cx, take)
            .await
    }

    /// Tells in an answer's evidence how its items were fetched.
    pub(super) fn told_from_fetched<T>(&self, answer: Answer<T>, now: &FetchedNow) -> Answer<T> {
        let Fetched {
            lookback,
            unprojected,
            estimated_bytes,
            ..
        } = &*now.fetched;
        let statements: Vec<&Finished> = now.finished().into_iter().collect();
        let mut told = self.told_by(unprojected, *estimated_bytes, &statements);
        if let Some(run) = &mut told.athena {
            run.fetched_before = !now.is_new;
        }
        let mut evidence = answer.evidence;
        evidence.bytes_scanned = 0;
        if evidence.lookback.is_some() {
            evidence.lookback.clone_from(lookback);
        }
        evidence.athena = told.athena.as_ref().map(AthenaRun::without_statements);
        evidence.add(told);
        Answer {
            value: answer.value,
            evidence,
        }
    }
}
