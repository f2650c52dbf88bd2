//! Items from the delivered files themselves: a run of files on each core, in the order of their
//! keys, a damaged file not at all. Deleted items that wait for what they take over come last.

mod taken_over;

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::SchemaRef,
    error::{DataFusionError, Result},
};
use futures::{Stream, StreamExt as _, stream};
use tokio::sync::mpsc;

use self::taken_over::{Beside, CardSearch};
use super::{
    batch::{BatchBuilder, ItemBatch, bodies_of},
    reading::{FileReader, PlacedFile, runs_of},
    scan::{Scan, ScanPlan, cancelled},
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
    /// The search for what deleted items take over, where that is asked for.
    cards: Option<Arc<CardSearch>>,
}

/// A file that is whole.
struct Decoded {
    /// Its items; `None` where they take more memory than one file may: it has to be read again, as a
    /// stream.
    batches: Option<Vec<ItemBatch>>,
    beside: Beside,
}

/// Makes something of a file, of which it gets the place as well.
type DecodeFile<T> = Arc<
    dyn Fn(
            &mut Decoder,
            usize,
            &PlacedFile,
            std::result::Result<Object, FileError>,
        ) -> std::result::Result<T, FileError>
        + Send
        + Sync,
>;

/// Files of a run, the place of the first of them, and what was made of each.
type RunOutcomes<T> = (
    usize,
    Vec<PlacedFile>,
    Vec<std::result::Result<T, FileError>>,
);

impl Direct {
    pub(super) fn new(scan: &Scan) -> Self {
        Self {
            plan: scan.plan.clone(),
            columns: scan.columns.clone(),
            schema: scan.schema.clone(),
            cards: None,
        }
    }

    fn reader(&self) -> &FileReader {
        &self.plan.access.reader
    }

    /// Reads all files and hands out their items.
    pub(super) async fn read(&self, scan: &mut Scan) -> Result<()> {
        self.read_period(scan, &mut Beside::default()).await?;
        self.note_files(scan);
        Ok(())
    }

    /// Notes which files were read, once it is known of all which could not be.
    fn note_files(&self, scan: &Scan) {
        if scan.owns_report {
            let files = &self.plan.files;
            self.plan.with_report(|report| report.note_files(files));
        }
    }

    /// Hands out the items of the period's files, but for the deleted ones that wait for what they
    /// take over.
    async fn read_period(&self, scan: &mut Scan, beside: &mut Beside) -> Result<()> {
        let this = self.clone();
        let decode: DecodeFile<Decoded> =
            Arc::new(move |decoder, at, file, object| this.decode(decoder, at, file, object));
        let mut outcomes = self.each_file(&self.plan.files, decode).boxed();
        while let Some((first, run, outcomes)) = outcomes.next().await {
            let mut whole = Vec::new();
            for (file, outcome) in run.iter().zip(outcomes) {
                match outcome {
                    Ok(decoded) => {
                        beside.add(decoded.beside, &scan.memory_beside)?;
                        if let Some(batches) = decoded.batches {
                            whole.extend(batches);
                            continue;
                        }
                        hand_out(std::mem::take(&mut whole), scan).await?;
                        let mut again = self.clone().stream(file.clone());
                        while let Some(batch) = again.recv().await {
                            let batch =
                                batch.map_err(|e| DataFusionError::External(Box::new(e)))?;
                            scan.hand_out(batch).await?;
                        }
                    }
                    Err(FileError::Stopped) => return Err(cancelled()),
                    Err(error) => {
                        // Noted by every scan: which of them is the first is a matter of chance.
                        let key = &file.1.key;
                        let reason = error.to_string();
                        self.plan
                            .with_report(|report| report.note_unreadable(key, reason.clone()));
                        beside.note_unreadable(file, reason);
                    }
                }
            }
            hand_out(whole, scan).await?;
            if self.cards.is_none() {
                scan.report_progress((first + run.len()) as u64);
            }
        }
        Ok(())
    }

    /// Makes something of each file, in their order. With cards all files of the lake are counted, as
    /// each is read.
    fn each_file<T: Send + 'static>(
        &self,
        files: &[PlacedFile],
        decode: DecodeFile<T>,
    ) -> impl Stream<Item = RunOutcomes<T>> + Send + use<T> {
        let (reader, counts) = (self.reader().clone(), self.cards.is_some());
        let at_once = reader.files_at_once.max(1) * reader.lake.source().reads_ahead();
        let runs = runs_of(files, (RUN_FILES, RUN_BYTES)).into_iter();
        let placed = runs.scan(0, |next, run| {
            let first = *next;
            *next += run.len();
            Some((first, run))
        });
        stream::iter(placed)
            .map(move |(first, run)| {
                decode_run(reader.clone(), counts, (first, run), decode.clone())
            })
            .buffered(at_once)
    }

    fn decode(
        &self,
        decoder: &mut Decoder,
        at: usize,
        file: &PlacedFile,
        object: std::result::Result<Object, FileError>,
    ) -> std::result::Result<Decoded, FileError> {
        let (mut kept, mut beside) = (Vec::new(), Beside::default());
        let (mut bytes, mut too_large) = (0, false);
        let place = self.cards.as_ref().map_or(0, |cards| cards.place(at));
        let to_beside = Some((place, &mut beside));
        self.decode_file(decoder, file, object?, to_beside, &mut |batch| {
            bytes += batch.memory_bytes();
            if bytes > KEPT_BYTES {
                too_large = true;
                kept.clear();
            } else {
                kept.push(batch);
            }
            Taken::Continue(())
        })?;
        Ok(Decoded {
            batches: (!too_large).then_some(kept),
            beside,
        })
    }

    /// Hands out the items of a file that is known to be whole, as they are read.
    fn stream(self, file: PlacedFile) -> mpsc::Receiver<std::result::Result<ItemBatch, FileError>> {
        let (sender, receiver) = mpsc::channel(1);
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || {
            let mut send = |batch| match sender.blocking_send(Ok(batch)) {
                Ok(()) => Taken::Continue(()),
                Err(_) => Taken::Break(()),
            };
            let opened = runtime.block_on(self.reader().open(&file.1));
            let read = opened.and_then(|object| {
                self.reader()
                    .decode(|decoder| self.decode_file(decoder, &file, object, None, &mut send))
            });
            if let Err(error) = read {
                // Nobody waits for the error of a question that is over.
                drop(sender.blocking_send(Err(error)));
            }
        });
        receiver
    }

    /// Decodes the whole file; hands out batches of the items that are asked for. Deleted items that
    /// wait for what they take over go to `beside`, with what the others have for them, as those of
    /// the file in this place; they are passed over where there is none.
    fn decode_file(
        &self,
        decoder: &mut Decoder,
        file: &PlacedFile,
        object: Object,
        mut beside: Option<(u32, &mut Beside)>,
        take: &mut dyn FnMut(ItemBatch) -> Taken,
    ) -> std::result::Result<(), FileError> {
        let plan = &*self.plan;
        let mut bodies = bodies_of(&self.columns);
        let cards = self.cards.as_ref().map(|cards| cards.parts);
        if let Some(cards) = cards {
            (bodies.texts, bodies.tags) = (true, cards.tags());
        }
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
            let in_period = plan.period.contains(item.capture_time);
            if let Some(cards) = cards {
                let waits = in_period && cards.are_missing_in(item);
                if let Some((place, beside)) = &mut beside {
                    beside.take(item, *place, cards, waits);
                }
                if waits {
                    return Taken::Continue(());
                }
            }
            if !in_period || !plan.filter.admits(item, None) {
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

/// Has a run of files read and something made of each.
async fn decode_run<T: Send + 'static>(
    reader: FileReader,
    counts: bool,
    (first, run): (usize, Vec<PlacedFile>),
    decode: DecodeFile<T>,
) -> RunOutcomes<T> {
    let opened = reader.open_all(&run).await;
    let (count, files) = (run.len(), run.clone());
    let workers = reader.workers.clone();
    let job = workers.run(move || {
        reader.decode(|decoder| {
            let made = |(at, (file, object)): (usize, (&PlacedFile, _))| {
                let made = decode(decoder, at, file, object);
                if counts {
                    reader.progress.file_read(&reader.cx, file.1.size);
                }
                made
            };
            (first..).zip(files.iter().zip(opened)).map(made).collect()
        })
    });
    let outcomes = job.await.unwrap_or_else(|stopped| {
        let message = stopped.to_string();
        let failed = || Err(std::io::Error::other(message.clone()).into());
        std::iter::repeat_with(failed).take(count).collect()
    });
    (first, run, outcomes)
}

/// Files are small: their items are handed out together.
async fn hand_out(batches: Vec<ItemBatch>, scan: &mut Scan) -> Result<()> {
    match ItemBatch::concat(batches)? {
        Some(batch) => scan.hand_out(batch).await,
        None => Ok(()),
    }
}
