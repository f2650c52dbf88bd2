//! The items that a statement is about become batches: from the cache, or from the delivered files
//! themselves, where the cache does not have them and either nothing but the items of the period
//! matters or it is the first question about the lake that needs more. An item delivered twice comes
//! only once, and they come in the order in which they were delivered, unless any order will do.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use datafusion::{
    arrow::{
        array::{BooleanArray, RecordBatch},
        compute::filter_record_batch,
        datatypes::SchemaRef,
    },
    error::{DataFusionError, Result},
    execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation},
};
use futures::{Stream, stream};
use jiff::civil::Date;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::{
    batch::ItemBatch,
    cache::CacheError,
    cached,
    direct::Direct,
    identities::Seen,
    lake::{LakeAccess, Listed, Whole},
    reading::PlacedFile,
    report::ScanReport,
};
use crate::{
    domain::{Column, ItemFilter, Masker, Period},
    store::{Progress, StoreError, StoreErrorKind, typed},
};

/// What one question reads.
#[derive(Debug)]
pub(super) struct ScanPlan {
    pub(super) access: LakeAccess,
    /// Delivered history that can hold items of the period.
    pub(super) files: Vec<PlacedFile>,
    /// Days of delivery of these files, both included.
    pub(super) days: (Date, Date),
    pub(super) period: Period,
    pub(super) filter: ItemFilter,
    /// Whether the answer is the same in whatever order the items come.
    pub(super) any_order: bool,
    pub(super) masker: Masker,
    pub(super) report: Mutex<ScanReport>,
    /// Whether the answer was looked for past the cache, of which more than the period's items is
    /// needed.
    pub(super) went_past: AtomicBool,
    /// Scans that are under way.
    pub(super) readings: Mutex<Vec<AbortOnDropHandle<()>>>,
}

/// Where the items of a scan come from, and what of them is wanted.
pub(super) struct Scan {
    pub(super) plan: Arc<ScanPlan>,
    pub(super) columns: Arc<[Column]>,
    pub(super) schema: SchemaRef,
    /// Whether this scan fills the report.
    pub(super) owns_report: bool,
    /// Memory of what is kept beside the items that are handed out.
    pub(super) memory_beside: MemoryReservation,
    unseen: Unseen,
    batches: mpsc::Sender<Result<RecordBatch>>,
}

impl ScanPlan {
    /// Returns the report so far.
    pub(super) fn report(&self) -> ScanReport {
        self.report
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Says whether the answer was looked for past the cache.
    pub(super) fn went_past(&self) -> bool {
        self.went_past.load(Ordering::Relaxed)
    }

    pub(super) fn with_report<T>(&self, note: impl FnOnce(&mut ScanReport) -> T) -> T {
        note(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes what was read to tell what the items mean.
    pub(super) fn note_lookback(&self, whole: &Whole) {
        let (listed, last) = (&whole.listed, self.days.1);
        self.with_report(|report| report.note_lookback(listed, whole.unreadable(), last));
    }

    /// Tells how far the reading of the period's files has come.
    pub(super) fn report_progress(&self, done: u64) {
        let total = self.files.len() as u64;
        self.access.reader.cx.progress.report(Progress {
            done,
            total: Some(total),
            message: format!("read {done} of {total} delivered files"),
        });
    }

    /// Reads all items and hands out their wanted columns.
    pub(super) fn scan(
        self: Arc<Self>,
        columns: Arc<[Column]>,
        schema: SchemaRef,
        pool: &Arc<dyn MemoryPool>,
    ) -> impl Stream<Item = Result<RecordBatch>> + Send + use<> {
        let owns_report = self.with_report(|report| !std::mem::replace(&mut report.taken, true));
        let (batches, receiver) = mpsc::channel(2);
        let scan = Scan {
            plan: self.clone(),
            columns,
            schema,
            owns_report,
            memory_beside: MemoryConsumer::new("deleted items").register(pool),
            unseen: Unseen::new(pool),
            batches,
        };
        // A task of its own: a statement that wants no more rows ends the stream, and what is told
        // of the reading must not hang on when it did.
        let reading = AbortOnDropHandle::new(tokio::spawn(scan.run()));
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        readings.push(reading);
        stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|batch| (batch, receiver))
        })
    }

    /// Ends all scans: nobody wants their items.
    pub(super) fn stop(&self) {
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        readings.clear();
    }

    /// Waits until all scans have read what they read.
    pub(super) async fn finished(&self) {
        loop {
            let next = {
                let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
                readings.pop()
            };
            let Some(reading) = next else {
                return;
            };
            if let Err(error) = reading.await {
                tracing::debug!(%error, "a scan was stopped");
            }
        }
    }
}

impl Scan {
    async fn run(mut self) {
        let outcome = self.read().await;
        if let Err(error) = outcome {
            // A receiver that is gone wants no error either.
            drop(self.batches.send(Err(error)).await);
        }
    }

    async fn read(&mut self) -> Result<()> {
        let plan = self.plan.clone();
        let read = if typed::needs_items_before(&self.columns, &plan.filter) {
            if let Some(listed) = self.past_cache().await? {
                plan.went_past.store(true, Ordering::Relaxed);
                return Direct::read_with_cards(self, listed).await;
            }
            match plan.access.of_question(&plan.filter, &[]).await {
                Ok(whole) => {
                    plan.note_lookback(&whole);
                    cached::scan(self, Arc::new(whole.lake)).await
                }
                Err(error) => Err(error),
            }
        } else {
            match plan.access.at_hand(plan.days).await {
                Ok(Some(lake)) => {
                    plan.with_report(|report| report.note_history(&lake, plan.days));
                    cached::scan(self, Arc::new(lake)).await
                }
                Ok(None) => return Direct::new(self).read(self).await,
                Err(error) => Err(error),
            }
        };
        read.map_err(|error| self.failure(error))?;
        if self.owns_report {
            plan.with_report(|report| report.note_files(&plan.files));
        }
        Ok(())
    }

    /// Returns what lies in the lake, if the question is to be answered past the cache.
    async fn past_cache(&self) -> Result<Option<Arc<Listed>>> {
        let plan = &*self.plan;
        if !plan.any_order || self.tells_kinds() {
            return Ok(None);
        }
        let listed = plan.access.past_cache(&plan.filter).await;
        listed.map_err(|error| DataFusionError::External(Box::new(error)))
    }

    /// Says whether kinds are asked for.
    pub(super) fn tells_kinds(&self) -> bool {
        typed::tells_kinds(&self.columns, &self.plan.filter)
    }

    /// Returns the error for the engine. A damaged cache is given up: the statement is run again.
    fn failure(&self, error: CacheError) -> DataFusionError {
        let error = match error {
            CacheError::Question(error) => error,
            other => {
                self.plan.access.cache.give_up(&other);
                StoreError::new(StoreErrorKind::CacheDamaged, other.to_string())
            }
        };
        DataFusionError::External(Box::new(error))
    }

    /// Passes on the items of a batch that were not delivered before.
    pub(super) async fn hand_out(&mut self, batch: ItemBatch) -> Result<()> {
        if self.plan.access.reader.cx.cancel.is_cancelled() {
            return Err(cancelled());
        }
        let rows = batch.identities.len() as u64;
        let (fresh, unknown) = self.unseen.admit(batch)?;
        let kept = fresh.num_rows() as u64;
        if self.owns_report {
            self.plan.with_report(|report| {
                report.items += kept;
                report.unknown += unknown;
                report.duplicates += rows - kept;
            });
        }
        if kept > 0 {
            // A receiver that is gone has all it wants: a statement with a LIMIT.
            drop(self.batches.send(Ok(fresh)).await);
        }
        Ok(())
    }

    /// Tells how far the reading has come.
    pub(super) fn report_progress(&self, done: u64) {
        self.plan.report_progress(done);
    }
}

/// The engine's error of a question that was given up.
pub(super) fn cancelled() -> DataFusionError {
    DataFusionError::Execution("cancelled".to_owned())
}

/// The identities seen so far, their memory accounted for.
struct Unseen {
    seen: Seen,
    memory: MemoryReservation,
}

impl Unseen {
    fn new(pool: &Arc<dyn MemoryPool>) -> Self {
        let memory = MemoryConsumer::new("identities of items").register(pool);
        Self {
            seen: Seen::default(),
            memory,
        }
    }

    /// Returns the items that are new, and how many of them are of unknown kind.
    fn admit(&mut self, items: ItemBatch) -> Result<(RecordBatch, u64)> {
        let rows = items.identities.len();
        let fresh: Vec<bool> = items
            .identities
            .into_iter()
            .map(|identity| self.seen.is_new(identity))
            .collect();
        self.memory.try_resize(self.seen.memory_bytes())?;
        let both = fresh.iter().zip(&items.unknown);
        let unknown = both.filter(|(fresh, unknown)| **fresh && **unknown).count() as u64;
        if fresh.iter().filter(|fresh| **fresh).count() == rows {
            return Ok((items.batch, unknown));
        }
        let batch = filter_record_batch(&items.batch, &BooleanArray::from(fresh))?;
        Ok((batch, unknown))
    }
}
