//! One statement on Athena: started once, waited for, stopped when nobody waits any more.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_athena::{
    Client,
    error::SdkError,
    operation::start_query_execution::{
        StartQueryExecutionError, builders::StartQueryExecutionFluentBuilder,
    },
    types::{
        QueryExecution, QueryExecutionContext, QueryExecutionState, ResultConfiguration,
        ResultReuseByAgeConfiguration, ResultReuseConfiguration,
    },
};
use sha2::{Digest as _, Sha256};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, sleep_until},
};

use super::{
    execution::{Finished, finished, has_ended, report, scanned, state_of},
    failure::{ended, may_run_again},
};
use crate::{
    aws::{AwsClients, describe, retry_read},
    domain::human_bytes,
    store::{CallContext, StoreError, StoreErrorKind},
};

/// First wait between two looks at a statement.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Longest wait between two looks.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// How long a stopped statement is watched until it has ended.
const STOP_WATCH: Duration = Duration::from_secs(10);

/// What goes with every statement.
#[derive(Debug, Clone)]
pub(super) struct Submission {
    pub(super) workgroup: String,
    pub(super) catalog: Option<String>,
    pub(super) database: String,
    /// Where the operator wants the results; none where the workgroup decides.
    pub(super) output: Option<String>,
    /// Age up to which an earlier result may be given again.
    pub(super) reuse_minutes: Option<u32>,
}

/// Statements of one program on one Athena.
#[derive(Debug, Clone)]
pub(super) struct Statements {
    clients: AwsClients,
    client: Client,
    /// How often a request ended in this program; its next submission is another statement.
    ended: Arc<Mutex<HashMap<[u8; 32], u64>>>,
    /// Tells this program's requests from those of all others.
    nonce: u64,
    running: Running,
}

impl Statements {
    pub(super) async fn new(clients: &AwsClients) -> Result<Self, StoreError> {
        Ok(Self {
            clients: clients.clone(),
            client: clients.athena().await?,
            ended: Arc::default(),
            nonce: random(),
            running: Running::default(),
        })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn clients(&self) -> &AwsClients {
        &self.clients
    }

    /// Runs a statement to its end. `version` names the data that it reads: with other data it is
    /// another request.
    pub(super) async fn run(
        &self,
        sql: &str,
        submission: &Submission,
        version: u128,
        deadline: Instant,
        cx: &CallContext,
    ) -> Result<Finished, StoreError> {
        let request = request_hash(sql, submission, version);
        let mut again = true;
        loop {
            let id = self.start(sql, submission, request, deadline, cx).await?;
            let guard = self.running.add(&self.client, &id);
            let watched = self.watch(&id, deadline, cx).await;
            if let Err(error) = watched {
                // Whoever waited for it is gone: nobody shall pay for it.
                self.next(request);
                let told = self.running.tasks.track_future(self.stop(&id)).await;
                guard.done();
                return Err(StoreError::new(error.kind(), format!("{error}{told}")));
            }
            guard.done();
            self.next(request);
            let execution = watched?;
            match state_of(&execution) {
                Some(QueryExecutionState::Succeeded) => return Ok(finished(&id, &execution)),
                Some(QueryExecutionState::Failed) if again && may_run_again(&execution) => {
                    tracing::info!(athena.query_id = %id, "Athena says that it may run again");
                }
                // Another caller of the very same request has stopped it.
                Some(QueryExecutionState::Cancelled) if again && self.running.was_stopped(&id) => {}
                _ => return Err(ended(&execution)),
            }
            again = false;
        }
    }

    /// Submits a statement. The SDK repeats what failed on the way with the same token, so that
    /// Athena runs it once.
    async fn start(
        &self,
        sql: &str,
        submission: &Submission,
        request: [u8; 32],
        deadline: Instant,
        cx: &CallContext,
    ) -> Result<String, StoreError> {
        let context = QueryExecutionContext::builder()
            .database(&submission.database)
            .set_catalog(submission.catalog.clone());
        let output = submission.output.as_ref().map(|location| {
            ResultConfiguration::builder()
                .output_location(location)
                .build()
        });
        let call = self
            .client
            .start_query_execution()
            .query_string(sql)
            .client_request_token(self.token(request))
            .query_execution_context(context.build())
            .work_group(&submission.workgroup)
            .set_result_configuration(output)
            .set_result_reuse_configuration(reuse(submission));
        // Not given up half-way: an id that nobody has heard of cannot be stopped.
        let (tell, starting) = oneshot::channel();
        let statements = self.clone();
        self.running.tasks.spawn(async move {
            let started = statements.submit(call).await;
            if let Err(Ok(unheard)) = tell.send(started) {
                statements.stop(&unheard).await;
            }
        });
        let started = unless_over(starting, deadline, cx).await;
        match started {
            Ok(Ok(started)) => started,
            Ok(Err(gone)) => Err(StoreError::internal("starting a statement", gone)),
            Err((error, _)) => {
                self.next(request);
                Err(error)
            }
        }
    }

    /// Submits a statement, and returns its id. Where nobody knows whether a submission arrived,
    /// it is sent once more: under the same token Athena runs one statement, and tells its id.
    async fn submit(&self, call: StartQueryExecutionFluentBuilder) -> Result<String, StoreError> {
        let again = call.clone();
        let started = match call.send().await {
            Err(SdkError::TimeoutError(_) | SdkError::ResponseError(_)) => again.send().await,
            told => told,
        };
        let started = started.map_err(|error| refused_start(&error))?;
        started.query_execution_id.ok_or_else(|| {
            StoreError::new(
                StoreErrorKind::AwsRefused,
                "Athena gave no id to a statement",
            )
        })
    }

    /// Looks at a statement until it has ended, less and less often.
    async fn watch(
        &self,
        id: &str,
        deadline: Instant,
        cx: &CallContext,
    ) -> Result<QueryExecution, StoreError> {
        let begun = Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            let looking = self.look(id);
            tokio::pin!(looking);
            let execution = match unless_over(looking, deadline, cx).await {
                Ok(execution) => execution?,
                Err((error, _)) => return Err(error),
            };
            report(&execution, begun, cx);
            if has_ended(&execution) {
                return Ok(execution);
            }
            let pause = sleep(jittered(wait));
            tokio::pin!(pause);
            if let Err((error, _)) = unless_over(pause, deadline, cx).await {
                return Err(error);
            }
            wait = wait.mul_f32(1.5).min(LONGEST_WAIT);
        }
    }

    async fn look(&self, id: &str) -> Result<QueryExecution, StoreError> {
        let looked = retry_read(&self.clients, || {
            self.client
                .get_query_execution()
                .query_execution_id(id)
                .send()
        });
        let looked = looked
            .await
            .map_err(|error| describe("look at an Athena statement", &error))?;
        looked.query_execution.ok_or_else(|| {
            StoreError::new(
                StoreErrorKind::AwsRefused,
                "Athena does not know its own statement",
            )
        })
    }

    /// Stops a statement and waits until it has ended. Returns what is to be told of it.
    async fn stop(&self, id: &str) -> String {
        let stopping = self.client.stop_query_execution().query_execution_id(id);
        if let Err(error) = stopping.send().await {
            let error = describe("stop an Athena statement", &error);
            tracing::warn!(athena.query_id = %id, %error, "a statement may go on running");
            return format!("; its Athena statement {id} could not be stopped: {error}");
        }
        self.running.note_stopped(id);
        let until = Instant::now() + STOP_WATCH;
        loop {
            match self.look(id).await {
                Ok(execution) if has_ended(&execution) => {
                    let scanned = human_bytes(scanned(&execution));
                    return format!("; its Athena statement {id} was stopped after {scanned}");
                }
                Ok(_) if Instant::now() < until => sleep(FIRST_WAIT).await,
                // Nobody waits longer to hear how it ends, nor for an AWS that does not tell.
                _ => return format!("; its Athena statement {id} is being stopped"),
            }
        }
    }

    /// Stops what still runs, and waits for it.
    pub(super) async fn close(&self) {
        let running = self.running.ids();
        futures::future::join_all(running.iter().map(|id| self.stop(id))).await;
        self.running.tasks.close();
        let ended = self.running.tasks.wait();
        // What cannot be stopped in time was told in the log.
        drop(tokio::time::timeout(STOP_WATCH, ended).await);
    }

    /// The same request has the same token until it has ended: submitted twice, it runs once.
    fn token(&self, request: [u8; 32]) -> String {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let serial = ended.get(&request).copied().unwrap_or(0);
        let mut hash = Sha256::new();
        hash.update(request);
        hash.update(self.nonce.to_le_bytes());
        hash.update(serial.to_le_bytes());
        hex(&hash.finalize())
    }

    fn next(&self, request: [u8; 32]) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        *ended.entry(request).or_default() += 1;
    }
}

/// Statements that run, so that none is left behind.
#[derive(Debug, Clone, Default)]
struct Running {
    ids: Arc<Mutex<HashMap<String, bool>>>,
    tasks: tokio_util::task::TaskTracker,
}

impl Running {
    fn add(&self, client: &Client, id: &str) -> RunningStatement {
        self.with(|ids| ids.insert(id.to_owned(), false));
        RunningStatement {
            running: self.clone(),
            client: client.clone(),
            id: id.to_owned(),
            done: false,
        }
    }

    fn ids(&self) -> Vec<String> {
        self.with(|ids| {
            let open = ids.iter().filter(|(_, stopped)| !**stopped);
            open.map(|(id, _)| id.clone()).collect()
        })
    }

    fn note_stopped(&self, id: &str) {
        self.with(|ids| ids.insert(id.to_owned(), true));
    }

    fn was_stopped(&self, id: &str) -> bool {
        self.with(|ids| ids.get(id).copied().unwrap_or(false))
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<String, bool>) -> T) -> T {
        work(&mut self.ids.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does something that the caller does not wait for, but the program's end does.
    fn later(&self, work: impl Future<Output = ()> + Send + 'static) {
        if tokio::runtime::Handle::try_current().is_ok() {
            self.tasks.spawn(work);
        }
    }
}

/// A statement that runs. Where its future is dropped, it is stopped.
struct RunningStatement {
    running: Running,
    client: Client,
    id: String,
    done: bool,
}

impl RunningStatement {
    fn done(mut self) {
        self.done = true;
    }
}

impl Drop for RunningStatement {
    fn drop(&mut self) {
        let id = std::mem::take(&mut self.id);
        if self.done {
            // Those that were stopped are kept in mind for others who wait for them.
            self.running.with(|ids| {
                if ids.get(&id) == Some(&false) {
                    ids.remove(&id);
                }
            });
            return;
        }
        let stopping = self.client.stop_query_execution().query_execution_id(&id);
        let running = self.running.clone();
        self.running.later(async move {
            let stopped = stopping.send().await;
            running.note_stopped(&id);
            if let Err(error) = stopped {
                let error = describe("stop an Athena statement", &error);
                tracing::warn!(athena.query_id = %id, %error, "a statement may go on running");
            }
        });
    }
}

/// Waits for work, but neither for a caller who is gone nor past the deadline; what was not
/// finished comes back with the error.
async fn unless_over<F: Future + Unpin>(
    mut work: F,
    deadline: Instant,
    cx: &CallContext,
) -> Result<F::Output, (StoreError, F)> {
    let error = tokio::select! {
        biased;
        () = cx.cancel.cancelled() => StoreError::cancelled(),
        () = sleep_until(deadline) => StoreError::new(
            StoreErrorKind::TimeLimit,
            "Athena did not answer within the time limit",
        ),
        output = &mut work => return Ok(output),
    };
    Err((error, work))
}

fn refused_start(error: &SdkError<StartQueryExecutionError>) -> StoreError {
    let described = describe("start an Athena statement", error);
    let message = described.to_string();
    let syntax = match error.as_service_error() {
        Some(StartQueryExecutionError::InvalidRequestException(invalid)) => {
            invalid.athena_error_code() == Some("MALFORMED_QUERY")
        }
        _ => false,
    };
    if syntax {
        return StoreError::new(StoreErrorKind::InvalidSql, message);
    }
    if message.contains("WorkGroup") || message.to_lowercase().contains("output location") {
        return StoreError::new(StoreErrorKind::Workgroup, message);
    }
    described.into()
}

fn reuse(submission: &Submission) -> Option<ResultReuseConfiguration> {
    let minutes = submission.reuse_minutes?;
    let by_age = ResultReuseByAgeConfiguration::builder()
        .enabled(true)
        .max_age_in_minutes(i32::try_from(minutes).unwrap_or(i32::MAX))
        .build();
    let reuse = ResultReuseConfiguration::builder();
    Some(reuse.result_reuse_by_age_configuration(by_age).build())
}

fn request_hash(sql: &str, submission: &Submission, version: u128) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [
        sql,
        &submission.workgroup,
        submission.catalog.as_deref().unwrap_or_default(),
        &submission.database,
        submission.output.as_deref().unwrap_or_default(),
    ] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.update(version.to_le_bytes());
    hash.finalize().into()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// A number that no other program draws at the same time.
fn random() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(std::process::id())
}

/// A wait between four fifths and six fifths, so that many callers do not ask at once.
fn jittered(wait: Duration) -> Duration {
    let fifths = random() % 401;
    wait.mul_f64(0.8 + f64::from(u32::try_from(fifths).unwrap_or(200)) / 1_000.0)
}
