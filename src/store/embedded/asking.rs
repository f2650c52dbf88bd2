//! How a question is asked of the lake: what it needs is planned and brought, and whatever of the
//! cache turns out to be damaged is made again.

use std::sync::{Arc, Mutex, atomic::AtomicBool};

use futures::future::BoxFuture;
use jiff::Timestamp;

use super::{
    EmbeddedStore,
    cache::{CacheError, LakeParts},
    lake::{LakeAccess, Listed, Whole},
    report::{ReadReport, ScanReport},
    scan::ScanPlan,
    session::{self, Answered, RowSink, Window},
};
use crate::{
    domain::{ItemFilter, Period, ResourceKey},
    store::{
        Answer, CallContext, Evidence, PartitionsRead, PeriodInfo, Rows, StoreError, StoreErrorKind,
    },
};

/// What is read from the cache for an answer.
pub(super) type Work<T> = BoxFuture<'static, Result<(T, ReadReport), CacheError>>;

/// What a question asks of the reading of its items.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Needs {
    /// Whether it is known to need all that was delivered: then that is listed at once.
    pub(super) all: bool,
    /// Whether its answer is the same in whatever order the items come.
    pub(super) any_order: bool,
}

impl Needs {
    /// Those of a question that rests on all that was delivered.
    const ALL: Self = Self {
        all: true,
        any_order: false,
    };
}

/// How often a question is asked again whose cache turns out to be damaged.
const TRIES: usize = 3;

/// Says whether nobody waits for the answer any more.
fn is_given_up(error: &StoreError) -> bool {
    matches!(
        error.kind(),
        StoreErrorKind::Cancelled | StoreErrorKind::TimeLimit
    )
}

impl EmbeddedStore {
    /// Returns the store for the nth try of a question: the last one does without what is kept.
    fn at_try(&self, tries: usize) -> Self {
        let mut store = self.clone();
        if tries == TRIES {
            store.cache = self.cache.in_memory();
        }
        store
    }

    /// Returns all that a question needs, with its meaning; a damaged cache is made again.
    pub(super) async fn whole(
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

    /// Plans the reading of the history files that a question needs.
    async fn plan(
        &self,
        period: &Period,
        filter: &ItemFilter,
        needs: Needs,
        cx: &CallContext,
    ) -> Result<(Arc<ScanPlan>, PartitionsRead, Option<Timestamp>), StoreError> {
        let access = self.access(filter, cx);
        let days = period.folder_days();
        let listing = async {
            if needs.all {
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
        let watermark = listed.watermark(days);
        let plan = ScanPlan {
            files: listed.history_files(days),
            access,
            days,
            period: period.clone(),
            filter: filter.clone(),
            any_order: needs.any_order,
            went_past: AtomicBool::new(false),
            masker: self.settings.masker,
            report: Mutex::new(report),
            readings: Mutex::default(),
        };
        Ok((Arc::new(plan), partitions, watermark))
    }

    /// Returns the rows of a statement over the items that `period` and `filter` admit.
    pub(super) async fn rows(
        &self,
        statement: &str,
        question: (&Period, &ItemFilter),
        needs: Needs,
        window: Window,
        cx: &CallContext,
    ) -> Result<Answer<Rows>, StoreError> {
        let answered = self.run(statement, question, needs, window, cx, Vec::new);
        let Answer { value, evidence } = answered.await?;
        let Answered {
            columns,
            total,
            rows,
        } = value;
        Ok(Answer {
            value: Rows {
                columns,
                rows,
                total,
            },
            evidence,
        })
    }

    /// Runs a statement over the items that `period` and `filter` admit; the rows go to what `sink`
    /// makes for each try.
    pub(super) async fn run<S: RowSink>(
        &self,
        statement: &str,
        (period, filter): (&Period, &ItemFilter),
        mut needs: Needs,
        window: Window,
        cx: &CallContext,
        sink: impl Fn() -> S,
    ) -> Result<Answer<Answered<S>>, StoreError> {
        let mut tries = 1;
        loop {
            let store = self.at_try(tries);
            let planned = store.plan(period, filter, needs, cx).await?;
            let (plan, partitions, watermark) = planned;
            // Planning a statement needs deep stacks and large futures.
            let answered = session::run(statement, plan.clone(), window, self.bounds(), sink());
            let answered = Box::pin(answered).await;
            if answered.is_err() {
                plan.stop();
            }
            match answered {
                Err(error) if error.kind() == StoreErrorKind::CacheDamaged && tries < TRIES => {
                    tries += 1;
                }
                // What did not do without the cache may do with it.
                Err(error) if plan.went_past() && !is_given_up(&error) => {
                    tracing::debug!(%error, "the question is answered by way of the cache");
                    needs.any_order = false;
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

    pub(super) fn evidence(
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
    pub(super) async fn read<T: Send>(
        &self,
        (period, filter, resources): (&Period, &ItemFilter, &[ResourceKey]),
        counts_all: bool,
        cx: &CallContext,
        work: &(dyn Fn(Arc<ScanPlan>, Arc<LakeParts>) -> Work<T> + Send + Sync),
    ) -> Result<Answer<T>, StoreError> {
        let mut tries = 1;
        loop {
            let store = self.at_try(tries);
            let (plan, partitions, watermark) = store.plan(period, filter, Needs::ALL, cx).await?;
            let working = async {
                let whole = self.whole(&plan.access, filter, resources).await?;
                plan.note_lookback(&whole);
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
