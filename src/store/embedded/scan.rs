//! Delivered files become batches: several files at once, in the order of their keys, an item
//! delivered twice only once, a damaged file not at all.

use std::{
    collections::{BTreeMap, HashSet},
    io::Read,
    sync::{Arc, Mutex, PoisonError},
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
use futures::{Stream, StreamExt as _, stream};
use tokio::sync::mpsc;

use super::{
    batch::{BatchBuilder, ItemBatch, bodies_of},
    changes::ReadReport,
    index::{HistoryIndex, IndexSource},
    reading::{FileReader, PlacedFile},
};
use crate::{
    domain::{Column, ConfigurationItem, DeliveryFolder, ItemFilter, Masker, Period},
    source::{FileError, LakeFile, Taken, decode_delivery},
    store::{Lookback, Progress, UnreadableFile, typed::needs_items_before},
};

/// Bytes of one file's batches that are kept while it is not known to be whole. A larger file is
/// read twice: once to see that it is, then to hand out its items.
const KEPT_BYTES: usize = 32 << 20;
/// Unreadable files named in an answer.
pub(super) const NAMED_UNREADABLE: usize = 50;

/// What one question reads.
#[derive(Debug)]
pub(super) struct ScanPlan {
    pub(super) reader: FileReader,
    pub(super) files: Vec<PlacedFile>,
    pub(super) period: Period,
    pub(super) filter: ItemFilter,
    pub(super) index: IndexSource,
    pub(super) masker: Masker,
    pub(super) report: Mutex<ScanReport>,
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub(super) struct ScanReport {
    /// Whether some scan fills this report already: a statement may name the relation twice.
    taken: bool,
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) items: u64,
    pub(super) duplicates: u64,
    pub(super) unknown: u64,
    /// What was read to tell what the items mean.
    pub(super) lookback: Option<Lookback>,
    /// Every unreadable file by key: a statement that reads the relation twice names it once.
    unreadable: BTreeMap<String, String>,
}

impl ScanReport {
    pub(super) fn note_unreadable(&mut self, key: &str, reason: String) {
        self.unreadable.insert(key.to_owned(), reason);
    }

    /// Notes what an index was made of. Files that were delivered after the period cannot have
    /// held an item before its items.
    fn note_lookback(&mut self, index: &HistoryIndex, period: &Period) {
        self.lookback = Some(index.lookback());
        let (_, last_day) = period.folder_days();
        for (day, file) in &index.read.unreadable {
            if *day <= last_day {
                self.note_unreadable(&file.key, file.reason.clone());
            }
        }
    }

    /// Adds what was read outside of a scan.
    pub(super) fn with(mut self, read: ReadReport) -> Self {
        self.files += read.files;
        self.bytes += read.bytes;
        self.items += read.items;
        self.duplicates += read.duplicates;
        self.unknown += read.unknown;
        self.unreadable.extend(read.unreadable);
        self
    }

    /// Returns how many files could not be read, and the first of them.
    pub(super) fn unreadable(self) -> (u64, Vec<UnreadableFile>) {
        let files = self.unreadable.len() as u64;
        let named = self.unreadable.into_iter().take(NAMED_UNREADABLE);
        (
            files,
            named
                .map(|(key, reason)| UnreadableFile { key, reason })
                .collect(),
        )
    }
}

impl ScanPlan {
    /// Returns the report so far.
    pub(super) fn report(&self) -> ScanReport {
        self.report
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Notes what an index was made of.
    pub(super) fn note_lookback(&self, index: &HistoryIndex) {
        self.with_report(true, |report| report.note_lookback(index, &self.period));
    }

    fn with_report(&self, owns: bool, note: impl FnOnce(&mut ScanReport)) {
        if owns {
            note(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Reads all files and hands out the wanted columns of the items that count.
    pub(super) fn scan(
        self: Arc<Self>,
        columns: Arc<[Column]>,
        schema: SchemaRef,
        pool: &Arc<dyn MemoryPool>,
    ) -> impl Stream<Item = Result<RecordBatch>> + Send + use<> {
        let owns_report = {
            let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
            !std::mem::replace(&mut report.taken, true)
        };
        let unseen = Unseen::new(pool);
        let decoder = Decoder {
            plan: self.clone(),
            index: None,
            columns,
            schema,
        };
        let (batches, receiver) = mpsc::channel(2);
        let reading = async move {
            let outcome = self.read_all(decoder, unseen, owns_report, &batches).await;
            if let Err(error) = outcome {
                // A receiver that is gone wants no error either.
                drop(batches.send(Err(error)).await);
            }
        };
        // The reading runs as a part of the stream, so it ends with it.
        let reading = stream::once(reading).filter_map(|()| async { None });
        let receiving = stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|batch| (batch, receiver))
        });
        stream::select(receiving, reading)
    }

    async fn read_all(
        &self,
        mut decoder: Decoder,
        mut unseen: Unseen,
        owns_report: bool,
        batches: &mpsc::Sender<Result<RecordBatch>>,
    ) -> Result<()> {
        if needs_items_before(&decoder.columns, &self.filter) {
            let index = self.index.get().await;
            let index = index.map_err(|error| DataFusionError::External(Box::new(error)))?;
            self.note_lookback(&index);
            decoder.index = Some(index);
        }
        let decoder = Arc::new(decoder);
        let total = self.files.len() as u64;
        let mut outcomes = stream::iter(self.files.iter().cloned())
            .map(|(folder, file)| {
                let decoder = decoder.clone();
                async move {
                    let outcome = decoder.clone().decode(folder.clone(), file.clone()).await;
                    (folder, file, outcome)
                }
            })
            .buffered(self.reader.files_at_once.max(1));
        let mut done = 0;
        while let Some((folder, file, outcome)) = outcomes.next().await {
            if self.reader.cx.cancel.is_cancelled() {
                return Err(DataFusionError::Execution("cancelled".to_owned()));
            }
            self.with_report(owns_report, |report| {
                report.files += 1;
                report.bytes += file.size;
            });
            match outcome {
                Ok(Decoded::Whole(kept)) => {
                    for batch in kept {
                        self.hand_out(batch, &mut unseen, owns_report, batches)
                            .await?;
                    }
                }
                Ok(Decoded::TooLargeToKeep) => {
                    let mut again = decoder.clone().stream(folder, file);
                    while let Some(batch) = again.recv().await {
                        let batch = batch.map_err(|e| DataFusionError::External(Box::new(e)))?;
                        self.hand_out(batch, &mut unseen, owns_report, batches)
                            .await?;
                    }
                }
                Err(error) => {
                    // Noted by every scan: the one that owns the report may end at a LIMIT.
                    self.with_report(true, |report| {
                        report.note_unreadable(&file.key, error.to_string());
                    });
                    self.with_report(owns_report, |report| {
                        report.files -= 1;
                        report.bytes -= file.size;
                    });
                }
            }
            done += 1;
            let message = format!("read {done} of {total} delivered files");
            self.reader.cx.progress.report(Progress {
                done,
                total: Some(total),
                message,
            });
        }
        Ok(())
    }

    /// Passes on the items of a batch that were not delivered before.
    async fn hand_out(
        &self,
        batch: ItemBatch,
        unseen: &mut Unseen,
        owns_report: bool,
        batches: &mpsc::Sender<Result<RecordBatch>>,
    ) -> Result<()> {
        let rows = batch.identities.len() as u64;
        let (fresh, unknown) = unseen.admit(batch)?;
        let kept = fresh.num_rows() as u64;
        self.with_report(owns_report, |report| {
            report.items += kept;
            report.unknown += unknown;
            report.duplicates += rows - kept;
        });
        if kept > 0 {
            // A receiver that is gone has all it wants: a statement with a LIMIT.
            drop(batches.send(Ok(fresh)).await);
        }
        Ok(())
    }
}

/// The identities seen so far, their memory accounted for.
struct Unseen {
    identities: HashSet<u128>,
    memory: MemoryReservation,
}

impl Unseen {
    fn new(pool: &Arc<dyn MemoryPool>) -> Self {
        let memory = MemoryConsumer::new("identities of items").register(pool);
        Self {
            identities: HashSet::new(),
            memory,
        }
    }

    /// Returns the items that are new, and how many of them are of unknown kind.
    fn admit(&mut self, items: ItemBatch) -> Result<(RecordBatch, u64)> {
        let rows = items.identities.len();
        let fresh: Vec<bool> = items
            .identities
            .into_iter()
            .map(|identity| self.identities.insert(identity))
            .collect();
        self.memory
            .try_resize(self.identities.capacity() * (size_of::<u128>() + 1))?;
        let both = fresh.iter().zip(&items.unknown);
        let unknown = both.filter(|(fresh, unknown)| **fresh && **unknown).count() as u64;
        if fresh.iter().filter(|fresh| **fresh).count() == rows {
            return Ok((items.batch, unknown));
        }
        let batch = filter_record_batch(&items.batch, &BooleanArray::from(fresh))?;
        Ok((batch, unknown))
    }
}

/// Decodes files on blocking threads.
struct Decoder {
    plan: Arc<ScanPlan>,
    /// What the items mean, where that is asked for.
    index: Option<Arc<HistoryIndex>>,
    columns: Arc<[Column]>,
    schema: SchemaRef,
}

/// A file that is whole.
enum Decoded {
    /// Its items.
    Whole(Vec<ItemBatch>),
    /// Its items take more memory than one file may: it has to be read again, as a stream.
    TooLargeToKeep,
}

impl Decoder {
    async fn decode(
        self: Arc<Self>,
        folder: Arc<DeliveryFolder>,
        file: LakeFile,
    ) -> std::result::Result<Decoded, FileError> {
        let raw = self.open(&file).await?;
        let job = tokio::task::spawn_blocking(move || {
            let mut kept = Vec::new();
            let mut bytes = 0;
            let mut too_large = false;
            self.decode_file(raw, &folder, &file, &mut |batch| {
                bytes += batch.memory_bytes();
                if bytes > KEPT_BYTES {
                    too_large = true;
                    kept.clear();
                } else {
                    kept.push(batch);
                }
                Taken::Continue(())
            })?;
            Ok(if too_large {
                Decoded::TooLargeToKeep
            } else {
                Decoded::Whole(kept)
            })
        });
        job.await
            .unwrap_or_else(|stopped| Err(std::io::Error::other(stopped).into()))
    }

    /// Hands out the items of a file that is known to be whole, as they are read.
    fn stream(
        self: Arc<Self>,
        folder: Arc<DeliveryFolder>,
        file: LakeFile,
    ) -> mpsc::Receiver<std::result::Result<ItemBatch, FileError>> {
        let (sender, receiver) = mpsc::channel(1);
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || {
            let read = runtime.block_on(self.open(&file)).and_then(|raw| {
                self.decode_file(raw, &folder, &file, &mut |batch| match sender
                    .blocking_send(Ok(batch))
                {
                    Ok(()) => Taken::Continue(()),
                    Err(_) => Taken::Break(()),
                })
            });
            if let Err(error) = read {
                // Nobody waits for the error of a question that is over.
                drop(sender.blocking_send(Err(error)));
            }
        });
        receiver
    }

    async fn open(&self, file: &LakeFile) -> std::result::Result<Box<dyn Read + Send>, FileError> {
        self.plan.reader.open(file).await
    }

    /// Decodes the whole file; hands out batches of the items that are asked for.
    fn decode_file(
        &self,
        raw: Box<dyn Read + Send>,
        folder: &DeliveryFolder,
        file: &LakeFile,
        take: &mut dyn FnMut(ItemBatch) -> Taken,
    ) -> std::result::Result<(), FileError> {
        let plan = &*self.plan;
        let mut bodies = bodies_of(&self.columns);
        bodies.tags |= !plan.filter.tags.is_empty();
        let mut builder = BatchBuilder::new(
            &self.columns,
            self.schema.clone(),
            plan.period.zone(),
            &file.key,
            plan.masker,
        );
        let mut failed = None;
        let cancel = &plan.reader.cx.cancel;
        let index = self.index.as_deref();
        let mut on_item = |mut item: ConfigurationItem| {
            if cancel.is_cancelled() {
                return Taken::Break(());
            }
            if !plan.period.contains(item.capture_time) {
                return Taken::Continue(());
            }
            let identity = item.identity();
            let kind = index.map(|index| index.told_of(&mut item, identity));
            if !plan.filter.admits(&item, kind) {
                return Taken::Continue(());
            }
            match builder.push(&item, identity, kind) {
                Ok(Some(batch)) => take(batch),
                Ok(None) => Taken::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    Taken::Break(())
                }
            }
        };
        let read = decode_delivery(raw, folder, bodies, &plan.reader.limits, &mut on_item);
        if let Some(error) = failed {
            return Err(std::io::Error::other(error).into());
        }
        read?;
        match builder.finish() {
            Ok(Some(batch)) => match take(batch) {
                Taken::Continue(()) => Ok(()),
                Taken::Break(()) => Err(FileError::Stopped),
            },
            Ok(None) => Ok(()),
            Err(error) => Err(std::io::Error::other(error).into()),
        }
    }
}
