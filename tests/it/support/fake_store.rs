//! A store without data that does as it is told.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use config_history::{
    domain::{ItemFilter, ItemQuery, Period},
    service::{Clock, DEFAULT_ROWS, HistoryService, LimitsInfo, MAX_ANSWER_CHARS, MAX_ROWS},
    store::{
        Answer, CallContext, ChangesQuery, Delivery, Evidence, Grouping, HistoryStore, ItemChange,
        ItemRecord, Progress, ReadOnlySql, Rows, SecurityEvent, SourceInfo, StoreError,
        StoreErrorKind, Tally, TallyDepth,
    },
};
use jiff::Timestamp;

/// What the store does when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Answers that there is nothing.
    Empty,
    /// Fails.
    Unreadable,
    /// Panics.
    Panic,
    /// Reports progress, takes its time, and answers that there is nothing.
    Slow,
    /// Reports progress, then waits until it is cancelled.
    UntilCancelled,
}

#[derive(Debug)]
pub(crate) struct FakeStore {
    behaviour: Mutex<Behaviour>,
    calls: AtomicUsize,
    cancelled: AtomicUsize,
}

impl FakeStore {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            behaviour: Mutex::new(Behaviour::Empty),
            calls: AtomicUsize::new(0),
            cancelled: AtomicUsize::new(0),
        })
    }

    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    /// Returns how often the store was asked.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Returns how many questions saw their cancellation.
    pub(crate) fn cancelled(&self) -> usize {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// Waits until a question has been asked.
    pub(crate) async fn wait_for_call(&self) {
        until(|| self.calls() > 0, "the store was never asked").await;
    }

    /// Waits until a question has seen its cancellation.
    pub(crate) async fn wait_for_cancellation(&self) {
        until(
            || self.cancelled() > 0,
            "the store never saw the cancellation",
        )
        .await;
    }

    /// Returns a service over the store.
    pub(crate) fn service(self: &Arc<Self>, sql_allowed: bool) -> HistoryService {
        let limits = LimitsInfo {
            default_rows: DEFAULT_ROWS,
            max_rows: MAX_ROWS,
            max_answer_chars: MAX_ANSWER_CHARS,
            timeout_seconds: 60,
            memory_limit_bytes: 1 << 30,
            sql_allowed,
            max_scan_bytes: None,
        };
        HistoryService::new(Arc::<Self>::clone(self), Arc::new(FixedClock), limits)
    }

    async fn act(&self, cx: &CallContext) -> Result<(), StoreError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let behaviour = *self.behaviour.lock().unwrap();
        match behaviour {
            Behaviour::Empty => Ok(()),
            Behaviour::Unreadable => Err(StoreError::new(
                StoreErrorKind::SourceUnreadable,
                "the folder is gone",
            )),
            Behaviour::Panic => panic!("the fake store was told to panic"),
            Behaviour::Slow => {
                report_progress(cx);
                tokio::time::sleep(Duration::from_millis(200)).await;
                Ok(())
            }
            Behaviour::UntilCancelled => {
                report_progress(cx);
                cx.cancel.cancelled().await;
                self.cancelled.fetch_add(1, Ordering::SeqCst);
                Err(StoreError::new(StoreErrorKind::Cancelled, "cancelled"))
            }
        }
    }
}

async fn until(holds: impl Fn() -> bool, otherwise: &str) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{otherwise}");
}

fn report_progress(cx: &CallContext) {
    cx.progress.report(Progress {
        done: 1,
        total: Some(2),
        message: "file 1 of 2".to_owned(),
    });
}

fn nothing<T: Default>() -> Answer<T> {
    Answer {
        value: T::default(),
        evidence: Evidence::default(),
    }
}

#[async_trait]
impl HistoryStore for FakeStore {
    fn source(&self) -> SourceInfo {
        SourceInfo {
            kind: "lake".to_owned(),
            location: "/fake".to_owned(),
        }
    }

    async fn query(&self, _: &ItemQuery, cx: &CallContext) -> Result<Answer<Rows>, StoreError> {
        self.act(cx).await?;
        Ok(nothing())
    }

    async fn run_sql(
        &self,
        _: &ReadOnlySql,
        _: &Period,
        _: &ItemFilter,
        _: (u64, Option<u64>),
        cx: &CallContext,
    ) -> Result<Answer<Rows>, StoreError> {
        self.act(cx).await?;
        Ok(nothing())
    }

    async fn tally(
        &self,
        _: &Period,
        _: &ItemFilter,
        groupings: &[Grouping],
        _: TallyDepth,
        cx: &CallContext,
    ) -> Result<Answer<Vec<Tally>>, StoreError> {
        self.act(cx).await?;
        let mut answer: Answer<Vec<Tally>> = nothing();
        answer.value = vec![Tally::default(); groupings.len()];
        Ok(answer)
    }

    async fn records(
        &self,
        _: &Period,
        _: &ItemFilter,
        _: Option<&str>,
        cx: &CallContext,
    ) -> Result<Answer<Vec<ItemRecord>>, StoreError> {
        self.act(cx).await?;
        Ok(nothing())
    }

    async fn changes(
        &self,
        _: &ChangesQuery,
        cx: &CallContext,
    ) -> Result<Answer<Vec<ItemChange>>, StoreError> {
        self.act(cx).await?;
        Ok(nothing())
    }

    async fn security_events(
        &self,
        _: &ChangesQuery,
        cx: &CallContext,
    ) -> Result<Answer<Vec<SecurityEvent>>, StoreError> {
        self.act(cx).await?;
        Ok(nothing())
    }

    async fn deliveries(
        &self,
        _: &Period,
        _: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.act(cx).await?;
        Ok(Vec::new())
    }
}

/// The first of January 2025, for ever.
#[derive(Debug)]
struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        "2025-01-01T00:00:00Z".parse().unwrap()
    }
}
