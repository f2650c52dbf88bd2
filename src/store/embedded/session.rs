//! One question's session: memory, time and cancellation are bounded here.

use std::{sync::Arc, time::Duration};

use datafusion::{
    common::tree_node::{Transformed, TreeNode as _},
    error::DataFusionError,
    execution::{
        SessionStateBuilder,
        memory_pool::{FairSpillPool, TrackConsumersPool},
        runtime_env::RuntimeEnvBuilder,
    },
    physical_plan::{
        ExecutionPlan, ExecutionPlanProperties as _, coalesce_partitions::CoalescePartitionsExec,
        coop::CooperativeExec, execute_stream, limit::GlobalLimitExec,
    },
    prelude::{SQLOptions, SessionConfig, SessionContext},
};
use futures::TryStreamExt as _;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    cells::values_of,
    in_order::InOrderExec,
    scan::ScanPlan,
    table::{ItemsTable, is_out_of_memory},
};
use crate::{
    domain::RELATION,
    store::{CallContext, StoreError, StoreErrorKind, tallies::TallyRows},
};

/// Functions whose result can be far larger than their arguments; the memory pool does not see
/// what an expression allocates.
const AMPLIFIERS: [&str; 7] = [
    "range",
    "generate_series",
    "repeat",
    "array_repeat",
    "list_repeat",
    "array_resize",
    "list_resize",
];

/// Bounds on one question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) memory_bytes: usize,
    pub(super) timeout: Duration,
}

/// Which rows of a result to return; all are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) offset: u64,
    pub(super) limit: Option<u64>,
}

/// What an answer's rows are made into as they come.
pub(super) trait RowSink: Send + 'static {
    /// Takes the next row.
    fn add(&mut self, row: Vec<Value>);
}

impl RowSink for Vec<Vec<Value>> {
    fn add(&mut self, row: Vec<Value>) {
        self.push(row);
    }
}

impl RowSink for TallyRows {
    fn add(&mut self, row: Vec<Value>) {
        self.take(row);
    }
}

/// An answer's rows, as they were taken.
#[derive(Debug)]
pub(super) struct Answered<S> {
    pub(super) columns: Vec<String>,
    /// Rows there are, also those outside of the window.
    pub(super) total: u64,
    pub(super) rows: S,
}

/// Runs a statement over the relation as `plan` sees it, and hands the rows of the window to
/// `rows`.
pub(super) async fn run<S: RowSink>(
    statement: &str,
    plan: Arc<ScanPlan>,
    window: Window,
    bounds: Bounds,
    rows: S,
) -> Result<Answered<S>, StoreError> {
    let cx = plan.access.reader.cx.clone();
    let scans = plan.clone();
    let statement = statement.to_owned();
    let answered = async move {
        let session = session(plan, bounds)?;
        let options = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        let frame = session
            .sql_with_options(&statement, options)
            .await
            .map_err(planning_error)?;
        let columns = frame
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let task = Arc::new(frame.task_ctx());
        let plan = frame.create_physical_plan().await.map_err(planning_error)?;
        let plan = with_pauses(plan).map_err(planning_error)?;
        let plan = in_order(plan).map_err(planning_error)?;
        let mut batches = execute_stream(plan, task).map_err(planning_error)?;
        let mut answer = Answered {
            columns,
            total: 0,
            rows,
        };
        let mut held = 0;
        while let Some(batch) = batches.try_next().await.map_err(running_error)? {
            let (skip, take) = part_of(batch.num_rows(), answer.total, window);
            answer.total += batch.num_rows() as u64;
            let batch = batch.slice(skip, take);
            held += batch
                .get_array_memory_size()
                .min(batch.num_rows() * 64 + bytes_of(&batch));
            if held > bounds.memory_bytes {
                return Err(out_of_memory(bounds));
            }
            hand_over(&batch, &mut answer.rows)
                .map_err(|error| StoreError::internal("reading an answer's cells", error))?;
        }
        drop(batches);
        // What the evidence tells must not hang on when the statement had enough.
        scans.finished().await;
        Ok(answer)
    };
    bounded(on_its_own_thread(answered), bounds, &cx).await
}

/// Lets joins pause between their batches: from few rows they make many, and work that never
/// pauses cannot be stopped.
fn with_pauses(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    let paused = plan.transform_up(|node| {
        Ok(if node.children().len() > 1 {
            Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>)
        } else {
            Transformed::no(node)
        })
    })?;
    Ok(paused.data)
}

/// Has partitions run one after the other, so that the rows of a statement have one order.
fn in_order(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    let ordered = plan.transform_up(|node| {
        let gathers = node.is::<CoalescePartitionsExec>();
        let input = node.children().first().map(|input| Arc::clone(input));
        Ok(match (input.filter(|_| gathers), node.fetch()) {
            (None, _) => Transformed::no(node),
            (Some(input), fetch) => {
                let ordered: Arc<dyn ExecutionPlan> = Arc::new(InOrderExec::new(input));
                Transformed::yes(match fetch {
                    Some(_) => Arc::new(GlobalLimitExec::new(ordered, 0, fetch)),
                    None => ordered,
                })
            }
        })
    })?;
    let plan = ordered.data;
    if plan.output_partitioning().partition_count() > 1 {
        return Ok(Arc::new(InOrderExec::new(plan)));
    }
    Ok(plan)
}

/// Runs work away from the threads that keep the time; it ends at its next pause when nobody waits
/// for it any more.
async fn on_its_own_thread<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    let stop = CancellationToken::new();
    let waited_for = stop.clone().drop_guard();
    let runtime = tokio::runtime::Handle::current();
    let job = tokio::task::spawn_blocking(move || {
        runtime
            .block_on(stop.run_until_cancelled(work))
            .unwrap_or_else(|| Err(StoreError::cancelled()))
    });
    let finished = job.await;
    drop(waited_for);
    finished.unwrap_or_else(|stopped| Err(StoreError::internal("running a statement", stopped)))
}

fn bytes_of(batch: &datafusion::arrow::array::RecordBatch) -> usize {
    batch
        .columns()
        .iter()
        .map(|c| c.to_data().get_slice_memory_size().unwrap_or(0))
        .sum()
}

/// Ends the work when its time is over or the caller is gone.
pub(super) async fn bounded<T>(
    work: impl Future<Output = Result<T, StoreError>>,
    bounds: Bounds,
    cx: &CallContext,
) -> Result<T, StoreError> {
    tokio::select! {
        biased;
        () = cx.cancel.cancelled() => Err(StoreError::cancelled()),
        finished = tokio::time::timeout(bounds.timeout, work) => match finished {
            Ok(Err(_)) if cx.cancel.is_cancelled() => Err(StoreError::cancelled()),
            Ok(Err(error)) if error.kind() == StoreErrorKind::MemoryLimit => Err(out_of_memory(bounds)),
            Ok(answer) => answer,
            Err(_) => Err(StoreError::new(
                StoreErrorKind::TimeLimit,
                format!("no answer within {} seconds", bounds.timeout.as_secs()),
            )),
        },
    }
}

fn out_of_memory(bounds: Bounds) -> StoreError {
    StoreError::new(
        StoreErrorKind::MemoryLimit,
        format!(
            "the question needs more than {} MiB of memory",
            bounds.memory_bytes >> 20
        ),
    )
}

fn session(plan: Arc<ScanPlan>, bounds: Bounds) -> Result<SessionContext, StoreError> {
    let fail = |error| StoreError::internal("setting up the engine", error);
    let pool = TrackConsumersPool::new(
        FairSpillPool::new(bounds.memory_bytes),
        std::num::NonZeroUsize::MIN,
    );
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .build_arc()
        .map_err(fail)?;
    // One partition and batches in order: the same question has the same bytes as its answer.
    let config = SessionConfig::new()
        .with_target_partitions(1)
        .with_information_schema(false)
        // As Athena orders: NULL comes last, whichever way.
        .set_str("datafusion.sql_parser.default_null_ordering", "nulls_last")
        .with_default_catalog_and_schema("history", "lake");
    let state = SessionStateBuilder::new_with_default_features()
        .with_config(config)
        .with_runtime_env(runtime)
        .build();
    let session = SessionContext::new_with_state(state);
    for name in AMPLIFIERS {
        session.deregister_udf(name);
        session.deregister_udtf(name);
    }
    session
        .register_table(RELATION, Arc::new(ItemsTable::new(plan)))
        .map_err(fail)?;
    Ok(session)
}

/// Returns which rows of a batch lie in the window, as a slice.
fn part_of(batch_rows: usize, before: u64, window: Window) -> (usize, usize) {
    let rows = batch_rows as u64;
    let skip = window.offset.saturating_sub(before).min(rows);
    let end = window
        .limit
        .map_or(u64::MAX, |limit| window.offset.saturating_add(limit));
    let take = end.saturating_sub(before).min(rows).saturating_sub(skip);
    // Both are at most `batch_rows`.
    (
        usize::try_from(skip).unwrap_or(batch_rows),
        usize::try_from(take).unwrap_or(0),
    )
}

fn hand_over(
    batch: &datafusion::arrow::array::RecordBatch,
    rows: &mut impl RowSink,
) -> Result<(), datafusion::arrow::error::ArrowError> {
    let mut added: Vec<Vec<Value>> =
        vec![Vec::with_capacity(batch.num_columns()); batch.num_rows()];
    for column in batch.columns() {
        for (row, value) in added.iter_mut().zip(values_of(column)?) {
            row.push(value);
        }
    }
    for row in added {
        rows.add(row);
    }
    Ok(())
}

/// An error before the first row is the statement's.
fn planning_error(error: DataFusionError) -> StoreError {
    if is_out_of_memory(&error) {
        return StoreError::new(StoreErrorKind::MemoryLimit, "out of memory").because(error);
    }
    let message = one_line(&error);
    StoreError::new(
        StoreErrorKind::InvalidSql,
        format!("the statement cannot be run: {message}"),
    )
    .because(error)
}

/// The engine's words, which come in several lines.
fn one_line(error: &DataFusionError) -> String {
    let message = error.strip_backtrace();
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An error while rows come: memory, or a value that an expression cannot take.
fn running_error(error: DataFusionError) -> StoreError {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => {
            StoreError::new(StoreErrorKind::MemoryLimit, "out of memory").because(error)
        }
        DataFusionError::External(ours) if let Some(ours) = ours.downcast_ref::<StoreError>() => {
            StoreError::new(ours.kind(), ours.to_string()).because(error)
        }
        DataFusionError::External(_) | DataFusionError::Internal(_) => {
            StoreError::internal("running a statement", error)
        }
        _ => {
            let message = one_line(&error);
            StoreError::new(
                StoreErrorKind::InvalidSql,
                format!("the statement failed: {message}"),
            )
            .because(error)
        }
    }
}
