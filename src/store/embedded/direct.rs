//! Items from the delivered files themselves: a run of files on each core, in the order of their
//! keys, a damaged file not at all.

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::SchemaRef,
    error::{DataFusionError, Result},
};
use futures::{StreamExt as _, stream};
use tokio::sync::mpsc;

use super::{
    batch::{BatchBuilder, ItemBatch, bodies_of},
    reading::{FileReader, PlacedFile, runs_of},
    scan::{Scan, ScanPlan},
};
use crate::{
    domain::{Column, ItemFields},
    source::{Decoder, FileError, Object, Taken},
};

/// Files of a run at most.
const RUN_FILES: usize = 64;
/// Stored bytes of a run at most, if it has more than one file.
const RUN_BYTES: u64 = 2 << 20;
/// Bytes of one file's batches that are kept while it is not known to be whole. A larger file is
/// read twice: once to see that it is, then to hand out its items.
const KEPT_BYTES: usize = 16 << 20;

/// Reads the files of a plan.
#[derive(Debug, Clone)]
pub(super) struct Direct {
    plan: Arc<ScanPlan>,
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

type Outcome = std::result::Result<Decoded, FileError>;

impl Direct {
    pub(super) fn new(scan: &Scan) -> Self {
        Self {
            plan: scan.plan.clone(),
            columns: scan.columns.clone(),
            schema: scan.schema.clone(),
        }
    }

    fn reader(&self) -> &FileReader {
        &self.plan.access.reader
    }

    /// Reads all files and hands out their items.
    pub(super) async fn read(&self, scan: &mut Scan) -> Result<()> {
        let at_once =
            self.reader().files_at_once.max(1) * self.reader().lake.source().reads_ahead();
        let this = self.clone();
        let mut outcomes = stream::iter(runs_of(&self.plan.files, (RUN_FILES, RUN_BYTES)))
            .map(move |run| this.clone().decode_run(run))
            .buffered(at_once)
            .boxed();
        let mut done = 0;
        while let Some((run, outcomes)) = outcomes.next().await {
            let mut whole = Vec::new();
            for (file, outcome) in run.iter().zip(outcomes) {
                match outcome {
                    Ok(Decoded::Whole(batches)) => whole.extend(batches),
                    Ok(Decoded::TooLargeToKeep) => {
                        hand_out(std::mem::take(&mut whole), scan).await?;
                        let mut again = self.clone().stream(file.clone());
                        while let Some(batch) = again.recv().await {
                            let batch =
                                batch.map_err(|e| DataFusionError::External(Box::new(e)))?;
                            scan.hand_out(batch).await?;
                        }
                    }
                    Err(FileError::Stopped) => {
                        return Err(DataFusionError::Execution("cancelled".to_owned()));
                    }
                    Err(error) => {
                        // Noted by every scan: which of them is the first is a matter of chance.
                        let key = &file.1.key;
                        let reason = error.to_string();
                        self.plan
                            .with_report(|report| report.note_unreadable(key, reason));
                    }
                }
            }
            hand_out(whole, scan).await?;
            done += run.len() as u64;
            scan.report_progress(done);
        }
        if scan.owns_report {
            self.plan
                .with_report(|report| report.note_files(&self.plan.files));
        }
        Ok(())
    }

    async fn decode_run(self, run: Vec<PlacedFile>) -> (Vec<PlacedFile>, Vec<Outcome>) {
        let opened = self.reader().open_all(&run).await;
        let count = run.len();
        let (files, workers) = (run.clone(), self.reader().workers.clone());
        let job = workers.run(move || {
            let mut decoder = Decoder::new(self.reader().limits);
            let outcome =
                |(file, object): (&PlacedFile, _)| self.decode(&mut decoder, file, object);
            files.iter().zip(opened).map(outcome).collect()
        });
        let outcomes = job.await.unwrap_or_else(|stopped| {
            let message = stopped.to_string();
            let failed = || Err(std::io::Error::other(message.clone()).into());
            std::iter::repeat_with(failed).take(count).collect()
        });
        (run, outcomes)
    }

    fn decode(
        &self,
        decoder: &mut Decoder,
        file: &PlacedFile,
        object: std::result::Result<Object, FileError>,
    ) -> Outcome {
        let mut kept = Vec::new();
        let (mut bytes, mut too_large) = (0, false);
        self.decode_file(decoder, file, object?, &mut |batch| {
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
    }

    /// Hands out the items of a file that is known to be whole, as they are read.
    fn stream(self, file: PlacedFile) -> mpsc::Receiver<std::result::Result<ItemBatch, FileError>> {
        let (sender, receiver) = mpsc::channel(1);
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || {
            let mut decoder = Decoder::new(self.reader().limits);
            let read = runtime
                .block_on(self.reader().open(&file.1))
                .and_then(|object| {
                    self.decode_file(&mut decoder, &file, object, &mut |batch| match sender
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

    /// Decodes the whole file; hands out batches of the items that are asked for.
    fn decode_file(
        &self,
        decoder: &mut Decoder,
        file: &PlacedFile,
        object: Object,
        take: &mut dyn FnMut(ItemBatch) -> Taken,
    ) -> std::result::Result<(), FileError> {
        let plan = &*self.plan;
        // Filters by names, tags and ids need the items before, and are answered from the cache.
        let bodies = bodies_of(&self.columns);
        let mut builder = BatchBuilder::new(
            &self.columns,
            self.schema.clone(),
            plan.period.zone(),
            plan.masker,
        );
        let mut failed = None;
        let cancel = &self.reader().cx.cancel;
        let mut on_item = |item: &ItemFields<'_>| {
            if cancel.is_cancelled() {
                return Taken::Break(());
            }
            if !plan.period.contains(item.capture_time) || !plan.filter.admits(item, None) {
                return Taken::Continue(());
            }
            match builder.push(item, item.identity(), None, &file.1.key) {
                Ok(Some(batch)) => take(batch),
                Ok(None) => Taken::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    Taken::Break(())
                }
            }
        };
        let read = decoder.decode(object, &file.0, bodies, None, &mut on_item);
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

/// Files are small: their items are handed out together.
async fn hand_out(batches: Vec<ItemBatch>, scan: &mut Scan) -> Result<()> {
    match ItemBatch::concat(batches)? {
        Some(batch) => scan.hand_out(batch).await,
        None => Ok(()),
    }
}
