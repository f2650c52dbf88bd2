//! Reads delivered files, several at once, and hands out what was made of each in their order.

use std::{io::Read, sync::Arc};

use futures::{StreamExt as _, stream};

use crate::{
    domain::{ConfigurationItem, DeliveryFolder},
    source::{Bodies, FileError, Lake, LakeFile, ReadLimits, Taken, decode_delivery},
    store::{CallContext, Progress, StoreError, StoreErrorKind},
};

/// A file with the folder it lies in.
pub(super) type PlacedFile = (Arc<DeliveryFolder>, LakeFile);

/// Reads files of one lake for one question.
#[derive(Debug, Clone)]
pub(super) struct FileReader {
    pub(super) lake: Lake,
    pub(super) limits: ReadLimits,
    pub(super) files_at_once: usize,
    pub(super) cx: CallContext,
}

impl FileReader {
    /// Folds the items of each file into a `T` and hands it to `take`, in the order of `files`. A
    /// damaged file comes as an error: nothing of it counts.
    pub(super) async fn fold<T, F>(
        &self,
        files: &[PlacedFile],
        bodies: Bodies,
        doing: &str,
        fold: F,
        mut take: impl FnMut(usize, Result<T, FileError>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>
    where
        T: Default + Send + 'static,
        F: Fn(&mut T, &PlacedFile, ConfigurationItem) -> Taken + Send + Sync + 'static,
    {
        let fold = Arc::new(fold);
        let total = files.len() as u64;
        let mut read = stream::iter(files.iter().cloned())
            .map(|file| self.clone().fold_one(file, bodies, fold.clone()))
            .buffered(self.files_at_once.max(1));
        let mut done = 0;
        while let Some(folded) = read.next().await {
            if self.cx.cancel.is_cancelled() {
                return Err(StoreError::new(
                    StoreErrorKind::Cancelled,
                    "the question was cancelled",
                ));
            }
            take(done, folded)?;
            done += 1;
            let message = format!("{doing} {done} of {total} delivered files");
            self.cx.progress.report(Progress {
                done: done as u64,
                total: Some(total),
                message,
            });
        }
        Ok(())
    }

    async fn fold_one<T, F>(
        self,
        file: PlacedFile,
        bodies: Bodies,
        fold: Arc<F>,
    ) -> Result<T, FileError>
    where
        T: Default + Send + 'static,
        F: Fn(&mut T, &PlacedFile, ConfigurationItem) -> Taken + Send + Sync + 'static,
    {
        let raw = self.open(&file.1).await?;
        let job = tokio::task::spawn_blocking(move || {
            let mut folded = T::default();
            let cancel = &self.cx.cancel;
            let mut on_item = |item| {
                if cancel.is_cancelled() {
                    return Taken::Break(());
                }
                fold(&mut folded, &file, item)
            };
            decode_delivery(raw, &file.0, bodies, &self.limits, &mut on_item)?;
            Ok(folded)
        });
        job.await
            .unwrap_or_else(|stopped| Err(std::io::Error::other(stopped).into()))
    }

    pub(super) async fn open(&self, file: &LakeFile) -> Result<Box<dyn Read + Send>, FileError> {
        let opened = self.lake.source().open(&file.key).await;
        opened.map_err(|error| error.source.into())
    }
}

/// Memory that the work of one question may take, counted by those who take it.
#[derive(Debug)]
pub(super) struct Budget {
    taken: std::sync::atomic::AtomicUsize,
    limit: usize,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            taken: std::sync::atomic::AtomicUsize::new(0),
            limit,
        })
    }

    /// Takes some bytes; says whether they were within the limit.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let before = self
            .taken
            .fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
        before.saturating_add(bytes) <= self.limit
    }

    /// Says whether too much was taken.
    pub(super) fn is_overdrawn(&self) -> bool {
        self.taken.load(std::sync::atomic::Ordering::Relaxed) > self.limit
    }

    /// The error of taking too much.
    pub(super) fn error(&self) -> StoreError {
        StoreError::new(
            StoreErrorKind::MemoryLimit,
            format!(
                "the question needs more than {} MiB of memory",
                self.limit >> 20
            ),
        )
    }
}
