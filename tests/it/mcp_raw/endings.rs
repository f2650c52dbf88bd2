//! How the process ends.

use std::time::{Duration, Instant};

use serde_json::json;

use super::long_calls::endless_question;
use crate::support::pipes::Pipes;

/// Far below the patience of clients, far above what an end takes.
const PROMPTLY: Duration = Duration::from_secs(5);
/// Calls that still run at the end of input have five seconds.
const WITH_GRACE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn the_end_of_input_ends_the_process() {
    for greeted in [false, true] {
        let mut pipes = Pipes::start(&["serve", "--demo"]);
        if greeted {
            pipes.greet().await;
            pipes.call("describe_history", json!({})).await;
        }
        let start = Instant::now();
        pipes.hang_up();
        let (status, log) = pipes.ended().await;
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(start.elapsed() < PROMPTLY, "{:?}", start.elapsed());
        assert_eq!(log, "", "an end is no news");
    }
}

#[tokio::test]
async fn the_end_of_input_does_not_wait_for_ever_for_a_call() {
    let mut pipes = Pipes::open(&["serve", "--demo"]).await;
    pipes.begin("tools/call", endless_question()).await;
    pipes.ask("ping", json!({})).await;
    let start = Instant::now();
    pipes.hang_up();
    let (status, log) = pipes.ended().await;
    println!("ended {:?} after the input", start.elapsed());
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(start.elapsed() < WITH_GRACE, "{:?}", start.elapsed());
}

#[tokio::test]
async fn what_was_asked_before_the_end_of_input_is_answered() {
    let mut pipes = Pipes::open(&["serve", "--demo"]).await;
    let params = json!({"name": "summarize_month", "arguments": {"month": "2024-11"}});
    let id = pipes.begin("tools/call", params).await;
    pipes.hang_up();
    let answer = pipes.answer_to(id).await;
    assert_eq!(answer["result"]["structuredContent"]["month"], "2024-11");
    let (status, _) = pipes.ended().await;
    assert_eq!(status.code(), Some(0));
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_the_process() {
    for signal in ["TERM", "INT"] {
        for busy in [false, true] {
            let mut pipes = Pipes::open(&["serve", "--demo"]).await;
            if busy {
                pipes.begin("tools/call", endless_question()).await;
            }
            pipes.ask("ping", json!({})).await;
            let start = Instant::now();
            let sent = tokio::process::Command::new("kill")
                .args([format!("-{signal}"), pipes.id().to_string()])
                .status()
                .await
                .unwrap();
            assert!(sent.success());
            let (status, log) = pipes.ended().await;
            assert_eq!(status.code(), Some(0), "{signal} busy {busy}: {log}");
            assert!(start.elapsed() < PROMPTLY, "{signal} busy {busy}");
        }
    }
}
