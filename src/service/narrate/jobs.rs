//! Narratives being written, each in a task of its own: who asks the same joins the one that runs,
//! and a job that nobody waits for ends, unless its outcome was promised.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::watch,
    task::AbortHandle,
    time::{self, Instant},
};

use super::reason::BROKEN_OFF;
use crate::{
    store::{CallContext, Progress},
    summary::Narrative,
};

/// Jobs that run at the same time at most.
const MAX_JOBS: usize = 8;

/// Jobs by the key of their question. Cheap to clone; clones are one table.
#[derive(Debug, Clone, Default)]
pub(super) struct Jobs(Arc<Mutex<Table>>);

#[derive(Debug, Default)]
struct Table {
    running: HashMap<String, Job>,
    last_id: u64,
}

#[derive(Debug)]
struct Job {
    /// Tells it from a later one of the same key.
    id: u64,
    state: watch::Receiver<State>,
    abort: AbortHandle,
    waiting: usize,
    promised: bool,
}

/// How far a job has come.
#[derive(Debug, Clone)]
enum State {
    Working(Option<Progress>),
    Done(Arc<Narrative>),
}

/// Where a job reports.
#[derive(Debug, Clone)]
pub(super) struct Reporter(watch::Sender<State>);

/// What waiting came to.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, taken apart at once"
)]
pub(super) enum Waited {
    /// The outcome.
    Done(Narrative),
    /// The job goes on past the deadline.
    Late,
    /// The caller no longer waits.
    Cancelled,
}

impl Jobs {
    /// Joins the job of this key, or starts it with `work`; `None` where as many run as may.
    pub(super) fn join<F>(
        &self,
        key: &str,
        language: &str,
        work: impl FnOnce(Reporter) -> F,
    ) -> Option<Ticket>
    where
        F: Future<Output = Narrative> + Send + 'static,
    {
        let mut table = self.table();
        if !table.running.contains_key(key) {
            if table.running.len() >= MAX_JOBS {
                return None;
            }
            table.last_id += 1;
            let id = table.last_id;
            let job = self.start(key, id, work);
            table.running.insert(key.to_owned(), job);
        }
        let job = table.running.get_mut(key)?;
        job.waiting += 1;
        Some(Ticket {
            jobs: self.clone(),
            key: key.to_owned(),
            id: job.id,
            promise: Promise {
                state: job.state.clone(),
                language: language.to_owned(),
            },
        })
    }

    fn start<F>(&self, key: &str, id: u64, work: impl FnOnce(Reporter) -> F) -> Job
    where
        F: Future<Output = Narrative> + Send + 'static,
    {
        let (sender, state) = watch::channel(State::Working(None));
        let writing = work(Reporter(sender.clone()));
        // Taken off the table however the task ends: also by a panic, also when it is aborted.
        let off_the_table = OffTheTable {
            jobs: self.clone(),
            key: key.to_owned(),
            id,
        };
        let task = tokio::spawn(async move {
            let off_the_table = off_the_table;
            let narrative = writing.await;
            sender.send_replace(State::Done(Arc::new(narrative)));
            drop(off_the_table);
        });
        Job {
            id,
            state,
            abort: task.abort_handle(),
            waiting: 0,
            promised: false,
        }
    }

    /// Ends all jobs.
    pub(super) fn abort_all(&self) {
        let aborted: Vec<Job> = self.table().running.drain().map(|(_, job)| job).collect();
        for job in aborted {
            job.abort.abort();
        }
    }

    /// Returns how many jobs run.
    #[cfg(test)]
    pub(super) fn running(&self) -> usize {
        self.table().running.len()
    }

    /// Changes a job that still runs; takes it off the table where `change` says so.
    fn with_job(&self, key: &str, id: u64, change: impl FnOnce(&mut Job) -> bool) {
        let mut table = self.table();
        let Some(job) = table.running.get_mut(key).filter(|job| job.id == id) else {
            return;
        };
        let ended = change(job).then(|| table.running.remove(key)).flatten();
        drop(table);
        // Not under the lock: what an aborted task drops takes the lock as well.
        if let Some(job) = ended {
            job.abort.abort();
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct OffTheTable {
    jobs: Jobs,
    key: String,
    id: u64,
}

impl Drop for OffTheTable {
    fn drop(&mut self) {
        self.jobs.with_job(&self.key, self.id, |_| true);
    }
}

impl Reporter {
    /// Reports how far the job has come.
    pub(super) fn report(&self, done: u64, message: impl Into<String>) {
        self.0.send_replace(State::Working(Some(Progress {
            done,
            total: None,
            message: message.into(),
        })));
    }
}

/// Somebody who waits for a job. Dropped, it leaves; the last one to leave ends the job.
#[derive(Debug)]
pub(super) struct Ticket {
    jobs: Jobs,
    key: String,
    id: u64,
    promise: Promise,
}

impl Ticket {
    /// Waits for the outcome, and passes on how far it has come.
    pub(super) async fn wait(&self, cx: &CallContext, until: Option<Instant>) -> Waited {
        self.promise.wait(cx, until).await
    }

    /// Promises the outcome: the job goes on without anybody who waits.
    pub(super) fn promise(self) -> Promise {
        self.jobs.with_job(&self.key, self.id, |job| {
            job.promised = true;
            false
        });
        self.promise.clone()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.jobs.with_job(&self.key, self.id, |job| {
            job.waiting = job.waiting.saturating_sub(1);
            job.waiting == 0 && !job.promised
        });
    }
}

/// The outcome of a job, now or later.
#[derive(Debug, Clone)]
pub(in crate::service) struct Promise {
    state: watch::Receiver<State>,
    language: String,
}

impl Promise {
    /// Waits for the outcome, and passes on how far it has come.
    pub(super) async fn wait(&self, cx: &CallContext, until: Option<Instant>) -> Waited {
        let mut state = self.state.clone();
        let outcome = async {
            loop {
                match state.borrow_and_update().clone() {
                    State::Done(narrative) => return narrative.as_ref().clone(),
                    State::Working(Some(progress)) => cx.progress.report(progress),
                    State::Working(None) => {}
                }
                if state.changed().await.is_err() {
                    // The last word of a job that ended well is its outcome.
                    return match state.borrow().clone() {
                        State::Done(narrative) => narrative.as_ref().clone(),
                        State::Working(_) => Narrative::unavailable(&self.language, BROKEN_OFF),
                    };
                }
            }
        };
        let late = async {
            match until {
                Some(until) => time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        // In this order: what is there is taken, whatever the time.
        tokio::select! {
            biased;
            narrative = outcome => Waited::Done(narrative),
            () = cx.cancel.cancelled() => Waited::Cancelled,
            () = late => Waited::Late,
        }
    }
}

#[cfg(test)]
mod tests;
