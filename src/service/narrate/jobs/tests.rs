//! Jobs with work that is none.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::{sync::oneshot, task};

use super::*;

fn told(text: &str) -> Narrative {
    Narrative::unavailable("en", text)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(20)
}

/// Lets tasks run that have something to do.
async fn settle() {
    for _ in 0..20 {
        task::yield_now().await;
    }
}

#[tokio::test]
async fn the_same_question_is_one_job() {
    let (jobs, cx) = (Jobs::default(), CallContext::default());
    let begun = Arc::new(AtomicUsize::new(0));
    let (go, waits) = oneshot::channel::<()>();
    let count = Arc::clone(&begun);
    let first = jobs.join("k", "en", |_| async move {
        count.fetch_add(1, Ordering::SeqCst);
        waits.await.unwrap();
        told("one")
    });
    let count = Arc::clone(&begun);
    let second = jobs.join("k", "en", |_| async move {
        count.fetch_add(1, Ordering::SeqCst);
        told("two")
    });
    let (first, second) = (first.unwrap(), second.unwrap());
    go.send(()).unwrap();
    let (a, b) = tokio::join!(first.wait(&cx, None), second.wait(&cx, None));
    assert_eq!(
        (&a, &b),
        (&Waited::Done(told("one")), &Waited::Done(told("one")))
    );
    assert_eq!(begun.load(Ordering::SeqCst), 1);
    settle().await;
    assert_eq!(jobs.running(), 0);
    let again = jobs.join("k", "en", |_| async { told("three") }).unwrap();
    assert_eq!(again.wait(&cx, None).await, Waited::Done(told("three")));
}

#[tokio::test]
async fn the_last_to_leave_ends_the_job_unless_it_was_promised() {
    let (jobs, cx) = (Jobs::default(), CallContext::default());
    let join = |key: &str| {
        jobs.join(key, "en", |_| async {
            time::sleep(Duration::from_millis(60)).await;
            told("done")
        })
        .unwrap()
    };
    let (one, other) = (join("left"), join("left"));
    drop(one);
    assert_eq!(jobs.running(), 1, "somebody still waits");
    let watching = other.promise.clone();
    drop(other);
    assert_eq!(jobs.running(), 0);
    assert_eq!(
        watching.wait(&cx, None).await,
        Waited::Done(told(BROKEN_OFF))
    );

    let ticket = join("promised");
    assert_eq!(ticket.wait(&cx, Some(soon())).await, Waited::Late);
    let promise = ticket.promise();
    assert_eq!(jobs.running(), 1);
    assert_eq!(promise.wait(&cx, Some(soon())).await, Waited::Late);
    assert_eq!(promise.wait(&cx, None).await, Waited::Done(told("done")));
    assert_eq!(
        promise.wait(&cx, Some(soon())).await,
        Waited::Done(told("done")),
        "it is kept"
    );
}

#[tokio::test]
async fn who_cancels_waits_no_longer() {
    let (jobs, cx) = (Jobs::default(), CallContext::default());
    let never = |_| std::future::pending::<Narrative>();
    let ticket = jobs.join("k", "en", never).unwrap();
    let cancel = cx.cancel.clone();
    let waiting = tokio::spawn(async move { ticket.wait(&cx, None).await });
    settle().await;
    cancel.cancel();
    assert_eq!(waiting.await.unwrap(), Waited::Cancelled);
    assert_eq!(jobs.running(), 0);
}

#[tokio::test]
async fn jobs_are_bounded_and_all_end_at_once() {
    let (jobs, cx) = (Jobs::default(), CallContext::default());
    let never = |_| std::future::pending::<Narrative>();
    let tickets: Vec<Ticket> = (0..MAX_JOBS)
        .map(|n| jobs.join(&n.to_string(), "en", never).unwrap())
        .collect();
    assert!(jobs.join("one more", "en", never).is_none());
    assert!(
        jobs.join("0", "en", never).is_some(),
        "joining is no further job"
    );
    jobs.abort_all();
    assert_eq!(jobs.running(), 0);
    let ended = tickets[3].wait(&cx, None).await;
    assert_eq!(ended, Waited::Done(told(BROKEN_OFF)));
}

#[tokio::test]
async fn a_panic_leaves_nothing_behind() {
    let (jobs, cx) = (Jobs::default(), CallContext::default());
    let ticket = jobs
        .join("k", "en", |_| async { panic!("on purpose") })
        .unwrap();
    assert_eq!(ticket.wait(&cx, None).await, Waited::Done(told(BROKEN_OFF)));
    assert_eq!(jobs.running(), 0);
}

#[tokio::test]
async fn progress_reaches_everybody_who_waits() {
    #[derive(Debug, Default)]
    struct Heard(Mutex<Vec<String>>);
    impl crate::store::ProgressSink for Heard {
        fn report(&self, progress: Progress) {
            self.0.lock().unwrap().push(progress.message);
        }
    }
    let jobs = Jobs::default();
    let (go, waits) = oneshot::channel::<()>();
    let ticket = jobs
        .join("k", "en", |reporter| async move {
            reporter.report(0, "estimating");
            waits.await.unwrap();
            told("done")
        })
        .unwrap();
    let heard = Arc::new(Heard::default());
    let cx = CallContext::new(tokio_util::sync::CancellationToken::new(), heard.clone());
    let waiting = tokio::spawn(async move { ticket.wait(&cx, None).await });
    settle().await;
    go.send(()).unwrap();
    waiting.await.unwrap();
    assert_eq!(*heard.0.lock().unwrap(), ["estimating"]);
}
