//! Progress of a call, on its way to a client that asked for it: the newest report only, throttled,
//! with a sign of life when there is none.

use std::{sync::Arc, time::Duration};

use rmcp::{
    Peer, RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
    service::RequestContext,
};
use tokio::{sync::watch, time};
use tokio_util::task::AbortOnDropHandle;

use crate::store::{Progress, ProgressSink, SilentProgress};

/// How often a client hears of a call.
const PACE: Pace = Pace {
    interval: Duration::from_millis(500),
    heartbeat: Duration::from_secs(5),
};
/// A client that does not read is not waited for longer.
const SEND_TIMEOUT: Duration = Duration::from_secs(2);
/// Added where a report has not advanced: the protocol wants every value above the one before.
const NUDGE: f64 = 0.001;

/// Forwards the progress of one call, for as long as the call lives.
#[derive(Debug)]
pub(super) struct ProgressRelay {
    sink: Arc<dyn ProgressSink>,
    forwarder: Option<AbortOnDropHandle<()>>,
}

impl ProgressRelay {
    /// Starts forwarding to the client, if it sent a progress token.
    pub(super) fn start(cx: &RequestContext<RoleServer>) -> Self {
        let Some(token) = cx.meta.get_progress_token() else {
            return Self {
                sink: Arc::new(SilentProgress),
                forwarder: None,
            };
        };
        let (sender, receiver) = watch::channel(None);
        let peer = cx.peer.clone();
        let forwarder = tokio::spawn(forward(PACE, receiver, async move |update: Update| {
            notify(&peer, token.clone(), update).await;
        }));
        Self {
            sink: Arc::new(LatestReport(sender)),
            forwarder: Some(AbortOnDropHandle::new(forwarder)),
        }
    }

    /// Returns where the call reports.
    pub(super) fn sink(&self) -> Arc<dyn ProgressSink> {
        Arc::clone(&self.sink)
    }

    /// Ends the forwarding: nothing is sent after the answer.
    pub(super) async fn stop(self) {
        if let Some(forwarder) = self.forwarder {
            forwarder.abort();
            // It was aborted: that it says so is no news.
            drop(forwarder.await);
        }
    }
}

/// How often notifications are sent.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Time between two of them at least.
    interval: Duration,
    /// Silence after which the last report is sent again: clients give up on silent servers.
    heartbeat: Duration,
}

/// Keeps the newest report for the forwarder. Never waits.
#[derive(Debug)]
struct LatestReport(watch::Sender<Option<Progress>>);

impl ProgressSink for LatestReport {
    fn report(&self, progress: Progress) {
        self.0.send_replace(Some(progress));
    }
}

/// What one notification says.
#[derive(Debug, Clone, PartialEq)]
struct Update {
    value: f64,
    total: Option<f64>,
    message: String,
}

impl Update {
    /// Returns the notification of `progress` after one of value `before`.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of files are far below 2^52"
    )]
    fn after(before: f64, progress: Option<Progress>) -> Self {
        let (done, total, message) = match progress {
            Some(progress) => (
                progress.done as f64,
                progress.total.map(|total| total as f64),
                progress.message,
            ),
            None => (0.0, None, "working".to_owned()),
        };
        let value = if done > before { done } else { before + NUDGE };
        Self {
            value,
            // A second phase may count anew from 0: then its total says nothing about the value.
            total: total.filter(|total| done >= before && *total >= value),
            message,
        }
    }
}

async fn forward(
    pace: Pace,
    mut reports: watch::Receiver<Option<Progress>>,
    notify: impl AsyncFn(Update),
) {
    let mut before = 0.0;
    loop {
        if let Ok(Err(_)) = time::timeout(pace.heartbeat, reports.changed()).await {
            return;
        }
        let newest = reports.borrow_and_update().clone();
        let update = Update::after(before, newest);
        before = update.value;
        notify(update).await;
        time::sleep(pace.interval).await;
    }
}

async fn notify(peer: &Peer<RoleServer>, token: ProgressToken, update: Update) {
    let mut note = ProgressNotificationParam::new(token, update.value).with_message(update.message);
    if let Some(total) = update.total {
        note = note.with_total(total);
    }
    match time::timeout(SEND_TIMEOUT, peer.notify_progress(note)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "progress could not be sent"),
        Err(_) => tracing::debug!("the client does not read its progress"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn report(done: u64, total: u64) -> Progress {
        Progress {
            done,
            total: Some(total),
            message: format!("file {done} of {total}"),
        }
    }

    #[test]
    fn values_always_increase() {
        let first = Update::after(0.0, Some(report(5, 10)));
        assert_eq!((first.value, first.total), (5.0, Some(10.0)));
        let same = Update::after(first.value, Some(report(5, 10)));
        assert!(same.value > first.value);
        let anew = Update::after(9.0, Some(report(1, 20)));
        assert!(anew.value > 9.0 && anew.total.is_none());
    }

    #[tokio::test]
    async fn many_reports_become_few_notifications() {
        let pace = Pace {
            interval: Duration::from_millis(50),
            heartbeat: Duration::from_millis(150),
        };
        let sent = Arc::new(Mutex::new(Vec::new()));
        let (sender, receiver) = watch::channel(None);
        let sink = LatestReport(sender);
        let log = Arc::clone(&sent);
        let forwarder = tokio::spawn(forward(pace, receiver, async move |update: Update| {
            log.lock().unwrap().push((time::Instant::now(), update));
        }));
        for done in 1..=100 {
            sink.report(report(done, 100));
            time::sleep(Duration::from_millis(2)).await;
        }
        time::sleep(pace.heartbeat * 3).await;
        drop(sink);
        forwarder.await.unwrap();
        let sent = sent.lock().unwrap();
        assert!(sent[0].1.value < 20.0, "the first at once: {sent:?}");
        assert!((3..50).contains(&sent.len()), "{sent:?}");
        assert!(sent.windows(2).all(|pair| {
            pair[1].1.value > pair[0].1.value && pair[1].0 - pair[0].0 >= pace.interval
        }));
        let last = &sent.last().unwrap().1;
        assert_eq!(last.message, "file 100 of 100");
        assert!(
            last.value > 100.0,
            "a sign of life after the last report: {sent:?}"
        );
    }
}
