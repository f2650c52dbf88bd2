//! Items from the cache: parts one after the other, the next ones made ready meanwhile.

use std::sync::Arc;

use datafusion::{arrow::datatypes::SchemaRef, error::DataFusionError};
use futures::{StreamExt as _, stream};
use tokio::sync::mpsc;

use super::{
    batch::{BatchBuilder, ItemBatch},
    cache::{CacheError, LakeParts},
    scan::{Scan, ScanPlan},
    walk::{Found, Walk},
};
use crate::{domain::Column, source::Taken, store::StoreError};

/// Hands out the items of all parts.
pub(super) async fn scan(scan: &mut Scan, lake: Arc<LakeParts>) -> Result<(), CacheError> {
    let plan = scan.plan.clone();
    let walk = Arc::new(Walk::new(
        &plan.period,
        &plan.filter,
        plan.days,
        &scan.columns,
    ));
    let reader = Arc::new(PartReader {
        walk: walk.clone(),
        lake: lake.clone(),
        plan: plan.clone(),
        columns: scan.columns.clone(),
        schema: scan.schema.clone(),
        tells_kinds: scan.tells_kinds(),
    });
    let wanted = walk.parts(&lake);
    let count = wanted.len().max(1);
    let mut parts = stream::iter(wanted)
        .map(|part| std::future::ready(reader.clone().read(part)))
        .buffered(plan.access.reader.files_at_once.max(1));
    let mut done = 0;
    while let Some(mut batches) = parts.next().await {
        while let Some(batch) = batches.recv().await {
            scan.hand_out(batch?).await.map_err(of_engine)?;
        }
        done += 1;
        scan.report_progress((plan.files.len() * done / count) as u64);
    }
    Ok(())
}

fn of_engine(error: DataFusionError) -> CacheError {
    let kind = if super::table::is_out_of_memory(&error) {
        crate::store::StoreErrorKind::MemoryLimit
    } else {
        crate::store::StoreErrorKind::Cancelled
    };
    StoreError::new(kind, error.strip_backtrace())
        .because(error)
        .into()
}

/// Makes batches of the items of parts.
struct PartReader {
    walk: Arc<Walk>,
    lake: Arc<LakeParts>,
    plan: Arc<ScanPlan>,
    columns: Arc<[Column]>,
    schema: SchemaRef,
    /// Whether anybody wants to know which kinds are unknown.
    tells_kinds: bool,
}

impl PartReader {
    /// Starts to read a part on a thread of its own.
    fn read(self: Arc<Self>, part: usize) -> mpsc::Receiver<Result<ItemBatch, CacheError>> {
        let (sender, receiver) = mpsc::channel(2);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = self.read_part(part, &sender) {
                // Nobody waits for the error of a question that is over.
                drop(sender.blocking_send(Err(error)));
            }
        });
        receiver
    }

    fn read_part(
        &self,
        part: usize,
        sender: &mpsc::Sender<Result<ItemBatch, CacheError>>,
    ) -> Result<(), CacheError> {
        let wants_source = self.columns.contains(&Column::Source);
        let mut builder = BatchBuilder::new(
            &self.columns,
            self.schema.clone(),
            self.plan.period.zone(),
            self.plan.masker,
        );
        let mut is_over = false;
        let mut take = |found: &Found<'_>| {
            let source = if wants_source { found.source()? } else { "" };
            let kind = found.kind.filter(|_| self.tells_kinds);
            let full = builder.push(&found.item, found.identity, kind, source)?;
            Ok(match full.map(|batch| sender.blocking_send(Ok(batch))) {
                Some(Err(_)) => {
                    is_over = true;
                    Taken::Break(())
                }
                _ => Taken::Continue(()),
            })
        };
        self.walk.part(&self.lake, part, &mut take)?;
        if !is_over && let Some(rest) = builder.finish()? {
            drop(sender.blocking_send(Ok(rest)));
        }
        Ok(())
    }
}
