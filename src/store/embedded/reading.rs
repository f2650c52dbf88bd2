//! Reads delivered files, several at once, and hands out what was made of each in their order.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use futures::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;
use xxhash_rust::xxh3::Xxh3;

use super::workers::{Stopped, Workers};
use crate::{
    aws::AwsErrorKind,
    domain::{DeliveryFolder, human_bytes},
    source::{Decoder, FileError, Lake, LakeFile, Object, ReadLimits, SourceError, refused_by_aws},
    store::{CallContext, Progress, ReadGuard, Reading, StoreError, StoreErrorKind},
};

/// A file with the folder it lies in.
pub(super) type PlacedFile = (Arc<DeliveryFolder>, LakeFile);

/// Names the state of files: another one after any delivery or change. A file that may change
/// unnoticed has another version each time.
pub(super) fn state_of_files(files: &[PlacedFile]) -> u128 {
    let mut hash = Xxh3::new();
    for (_, file) in files {
        hash.update(&file.size.to_le_bytes());
        hash.update(&file.version.to_le_bytes());
        hash.update(&file.key.len().to_le_bytes());
        hash.update(file.key.as_bytes());
    }
    hash.digest128()
}

/// Reads files of one lake for one question.
#[derive(Debug, Clone)]
pub(super) struct FileReader {
    pub(super) lake: Lake,
    pub(super) limits: ReadLimits,
    pub(super) files_at_once: usize,
    pub(super) workers: Workers,
    pub(super) decoders: Decoders,
    pub(super) progress: Arc<ReadProgress>,
    /// Who decides how much may be read, where that costs something.
    pub(super) guard: Option<Arc<dyn ReadGuard>>,
    pub(super) cx: CallContext,
}

/// Decoders that are not in use, at most as many as there are threads that decode. To grow their
/// buffers anew for each run of files was a twentieth of filling; large ones are not kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Decoders(Arc<Mutex<Vec<Decoder>>>);

/// How far the filling of the cache has come, over all of its threads.
#[derive(Debug, Default)]
pub(super) struct ReadProgress {
    files: AtomicU64,
    bytes: AtomicU64,
    expected_files: AtomicU64,
    expected_bytes: AtomicU64,
}

impl ReadProgress {
    /// Notes files that are going to be read.
    pub(super) fn expect(&self, files: &[PlacedFile]) {
        let bytes = files.iter().map(|(_, file)| file.size).sum();
        self.expected_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.expected_files
            .fetch_add(files.len() as u64, Ordering::Relaxed);
    }

    /// Notes that a file was read.
    pub(super) fn file_read(&self, cx: &CallContext, bytes: u64) {
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let done = self.files.fetch_add(1, Ordering::Relaxed) + 1;
        if !done.is_multiple_of(REPORTED_EVERY) {
            return;
        }
        let total = self.expected_files.load(Ordering::Relaxed);
        let of_bytes = self.expected_bytes.load(Ordering::Relaxed);
        let message = format!(
            "read {done} of {total} delivered files, {} of {}",
            human_bytes(bytes),
            human_bytes(of_bytes)
        );
        cx.progress.report(Progress {
            done,
            total: Some(total),
            message,
        });
    }
}

/// Files between two reports.
const REPORTED_EVERY: u64 = 16;

impl FileReader {
    /// Has a job done on one of the threads that decode. It is told to end where the question is given
    /// up, and where nobody waits for it any more, be that a matter of time.
    pub(super) async fn job<T: Send + 'static>(
        &self,
        job: impl FnOnce(&CancellationToken) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let cancel = self.cx.cancel.child_token();
        let _ends = cancel.clone().drop_guard();
        self.workers.run(move || job(&cancel)).await
    }

    /// Has files decoded by a decoder that has its buffers already, where there is one.
    pub(super) fn decode<T>(&self, work: impl FnOnce(&mut Decoder) -> T) -> T {
        let unused = || {
            self.decoders
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let last = unused().pop();
        let mut decoder = last.unwrap_or_else(|| Decoder::new(self.limits));
        let made = work(&mut decoder);
        decoder.let_go_of_large();
        let mut unused = unused();
        if unused.len() < self.files_at_once.max(1) {
            unused.push(decoder);
        }
        made
    }

    /// Opens the files of a run, all at once: a bucket takes its time for each.
    pub(super) async fn open_all(&self, run: &[PlacedFile]) -> Vec<Result<Object, FileError>> {
        if self.lake.source().reads_ahead() == 1 {
            // Nothing is waited for.
            let mut opened = Vec::with_capacity(run.len());
            for (_, file) in run {
                opened.push(self.open(file).await);
            }
            return opened;
        }
        let opening = run.iter().cloned().map(|(_, file)| {
            let reader = self.clone();
            async move { reader.open(&file).await }
        });
        stream::iter(opening)
            .buffered(OPENED_AT_ONCE)
            .collect()
            .await
    }

    pub(super) async fn open(&self, file: &LakeFile) -> Result<Object, FileError> {
        let opened = self.lake.source().open(file).await;
        opened.map_err(|error| error.source.into())
    }

    /// Returns how many parts of the lake are read at once.
    pub(super) fn parts_at_once(&self) -> usize {
        self.files_at_once.max(1) * self.lake.source().reads_ahead()
    }

    /// Asks whether these files may be read, which costs something, and sees that they can be: a
    /// lake of which nothing can be read is no lake of unreadable files.
    pub(super) async fn may_read(
        &self,
        guard: &dyn ReadGuard,
        files: &[PlacedFile],
    ) -> Result<(), StoreError> {
        let (Some((_, first)), Some((_, last))) = (files.first(), files.last()) else {
            return Ok(());
        };
        guard
            .admit(Reading {
                files: files.len() as u64,
                bytes: files.iter().map(|(_, file)| file.size).sum(),
            })
            .await?;
        for file in [first, last] {
            match self.lake.source().open(file).await {
                Ok(_) => return Ok(()),
                Err(error) if is_last_word(&error) || file.key == last.key => {
                    return match denied(&error) {
                        Some(error) => Err(error),
                        None => Ok(()),
                    };
                }
                Err(_) => {}
            }
        }
        Ok(())
    }
}

/// Says whether the next object would fail as well, for the same reason.
fn is_last_word(error: &SourceError) -> bool {
    error.aws().is_some_and(|error| is_of_caller(error.kind()))
}

fn is_of_caller(kind: AwsErrorKind) -> bool {
    matches!(kind, AwsErrorKind::Credentials | AwsErrorKind::Region)
}

/// Returns the error of a question that can read nothing.
fn denied(error: &SourceError) -> Option<StoreError> {
    let error = error.aws()?;
    let ends_all = is_of_caller(error.kind()) || error.kind() == AwsErrorKind::AccessDenied;
    ends_all.then(|| error.clone().into())
}

/// Returns the error of a question whose caller AWS does not know any more: no further file can be
/// read, and the answer would be about what happened to come before.
pub(super) fn lost_caller(opened: &[Result<Object, FileError>]) -> Option<StoreError> {
    opened.iter().find_map(|opened| match opened {
        Err(FileError::Bytes(error)) => {
            let error = refused_by_aws(error)?;
            is_of_caller(error.kind()).then(|| error.clone().into())
        }
        _ => None,
    })
}

/// Objects of a run that are on their way at once.
const OPENED_AT_ONCE: usize = 64;

/// Divides files into runs that one thread reads in one go: a job for each file would cost more
/// than reading it. A run has so many files at most, and so many stored bytes if it has more than
/// one file.
pub(super) fn runs_of(files: &[PlacedFile], most: (usize, u64)) -> Vec<Vec<PlacedFile>> {
    let mut runs = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, (_, file)) in files.iter().enumerate() {
        if at > start && (at - start >= most.0 || bytes + file.size > most.1) {
            runs.extend(files.get(start..at).map(<[_]>::to_vec));
            (start, bytes) = (at, 0);
        }
        bytes += file.size;
    }
    let rest = files.get(start..).filter(|rest| !rest.is_empty());
    runs.extend(rest.map(<[_]>::to_vec));
    runs
}

/// Memory that the work of one question may take, counted by those who take it.
#[derive(Debug)]
pub(super) struct Budget {
    taken: AtomicUsize,
    limit: usize,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            taken: AtomicUsize::new(0),
            limit,
        })
    }

    /// Takes some bytes; fails where they are not within the limit.
    pub(super) fn take(&self, bytes: usize) -> Result<(), StoreError> {
        let before = self.taken.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= self.limit {
            return Ok(());
        }
        Err(self.error())
    }

    /// Gives back bytes that were taken.
    pub(super) fn give_back(&self, bytes: usize) {
        self.taken.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// The error of taking too much.
    fn error(&self) -> StoreError {
        StoreError::new(
            StoreErrorKind::MemoryLimit,
            format!(
                "the question needs more than {} MiB of memory",
                self.limit >> 20
            ),
        )
    }
}
