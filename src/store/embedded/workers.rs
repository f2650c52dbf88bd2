//! The threads that decode: as many as there are cores, always the same ones. What one of them frees
//! it takes again; on threads that come and go the memory of each would stay behind.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
};

use tokio::sync::oneshot;

/// Work for a thread.
type Job = Box<dyn FnOnce() + Send>;

/// Stack of a thread, in bytes: bodies nest.
const STACK_BYTES: usize = 16 << 20;

/// Threads that take one job after the other. Clones are the same threads.
#[derive(Debug, Clone)]
pub(super) struct Workers {
    count: usize,
    jobs: Arc<OnceLock<Mutex<Sender<Job>>>>,
}

/// A job panicked, or its thread could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the work was stopped")]
pub(super) struct Stopped;

impl Workers {
    /// Returns so many threads, which start with the first job.
    pub(super) fn new(count: usize) -> Self {
        Self {
            count: count.max(1),
            jobs: Arc::default(),
        }
    }

    /// Has a job done. A job must not wait for another one.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (done, answer) = oneshot::channel();
        let work: Job = Box::new(move || {
            // Whoever waited has gone: a question that is over has others behind it.
            if done.is_closed() {
                return;
            }
            // Whoever waits for a job that panicked sees that nothing comes.
            if let Ok(value) = catch_unwind(AssertUnwindSafe(job)) {
                drop(done.send(value));
            }
        });
        self.send(work)?;
        answer.await.map_err(|_| Stopped)
    }

    fn send(&self, work: Job) -> Result<(), Stopped> {
        let jobs = self.jobs.get_or_init(|| {
            let (sender, receiver) = channel();
            start(self.count, receiver);
            Mutex::new(sender)
        });
        let jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.send(work).map_err(|_| Stopped)
    }
}

/// Starts threads that end when nobody can send any more.
fn start(count: usize, jobs: Receiver<Job>) {
    let jobs = Arc::new(Mutex::new(jobs));
    for at in 0..count {
        let jobs = jobs.clone();
        let thread = std::thread::Builder::new()
            .name(format!("decode-{at}"))
            .stack_size(STACK_BYTES);
        let started = thread.spawn(move || {
            loop {
                let next = {
                    let jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
                    jobs.recv()
                };
                let Ok(job) = next else {
                    return;
                };
                job();
            }
        });
        if let Err(error) = started {
            tracing::warn!(%error, "a thread cannot be started");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_job_that_nobody_waits_for_is_not_begun() {
        let workers = Workers::new(1);
        let (go, wait) = channel();
        let mut first = Box::pin(workers.run(move || wait.recv()));
        assert!(futures::poll!(&mut first).is_pending());
        let (begun, seen) = channel();
        let mut given_up = Box::pin(workers.run(move || begun.send(())));
        assert!(futures::poll!(&mut given_up).is_pending());
        drop(given_up);
        go.send(()).unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(workers.run(|| 7).await.unwrap(), 7);
        assert!(seen.recv().is_err(), "the one before ran");
    }

    #[tokio::test]
    async fn jobs_are_done_and_a_panic_stops_none_but_its_own() {
        let workers = Workers::new(2);
        let all = (0..20).map(|number| workers.run(move || number * 2));
        let all = futures::future::join_all(all).await;
        let sum: i32 = all.into_iter().map(|done| done.unwrap()).sum();
        assert_eq!(sum, 380);
        let panicked = workers.run(|| -> i32 { panic!("planned") }).await;
        assert!(panicked.is_err());
        assert_eq!(workers.run(|| 7).await.unwrap(), 7);
    }
}
