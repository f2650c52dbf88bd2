//! Callers that are slow, many, or gone: nobody else waits for them.

use std::time::{Duration, Instant};

use axum::Router;
use config_history::http::{ListenerSettings, serve};
use futures::future::join_all;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::support::served::{Served, failure_of, text_of};

#[tokio::test]
async fn a_caller_that_asks_too_often_is_told_when_to_ask_again() {
    let served = Served::demo(&["--rate-limit", "5"]).await;
    let mut refused = 0;
    for _ in 0..8 {
        let response = served.ask(&json!({})).send().await.unwrap();
        if response.status() == 429 {
            let seconds: u64 = response.headers()["retry-after"]
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            assert!(
                (1..=13).contains(&seconds),
                "five a minute are one in 12 s: {seconds}"
            );
            failure_of(response, 429, "rate_limited").await;
            refused += 1;
        }
    }
    assert!(refused >= 2, "{refused} of 8 were refused");
    assert_eq!(served.get("/healthz").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn many_at_once_wait_for_one_another_and_are_all_answered() {
    let served = Served::demo(&["--max-concurrent", "2"]).await;
    let asked = (0..24).map(|_| served.november().send());
    let mut texts = Vec::new();
    for response in join_all(asked).await {
        texts.push(text_of(response.unwrap()).await);
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
}

#[tokio::test]
async fn slow_and_half_open_connections_hold_nobody_up() {
    let served = Served::demo(&["--max-concurrent", "2"]).await;
    let body = r#"{"target_year": "2024", "target_month": "11"}"#;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut streams = Vec::new();
    for kind in 0..40 {
        let mut stream = TcpStream::connect(served.authority()).await.unwrap();
        match kind % 4 {
            // Says nothing; says half of what it wants; half of its body; reads nothing.
            0 => {}
            1 => stream.write_all(&head.as_bytes()[..20]).await.unwrap(),
            2 => {
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(&body.as_bytes()[..9]).await.unwrap();
            }
            _ => {
                for _ in 0..20 {
                    stream.write_all(head.as_bytes()).await.unwrap();
                    stream.write_all(body.as_bytes()).await.unwrap();
                }
            }
        }
        streams.push(stream);
    }
    // Others of the same name do not feel them, though only two of theirs run at once.
    for _ in 0..3 {
        let answered = timeout(Duration::from_secs(20), served.november().send()).await;
        text_of(answered.expect("an answer in time").unwrap()).await;
    }
    drop(streams);
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let settings = ListenerSettings {
        head_timeout: Duration::from_millis(200),
        ..ListenerSettings::default()
    };
    let never = CancellationToken::new();
    tokio::spawn(serve(
        listener,
        Router::new(),
        settings,
        never.clone(),
        never,
    ));
    for sent in [&b""[..], b"POST / HTTP/1.1\r\nhost: "] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        let mut rest = Vec::new();
        let closed = timeout(Duration::from_secs(30), stream.read_to_end(&mut rest)).await;
        closed.expect("the connection is closed").ok();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_lets_what_runs_end_and_takes_nothing_new() {
    let mut served = Served::demo(&[]).await;
    let running = {
        let first = served.november();
        tokio::spawn(async move { first.send().await })
    };
    // The first question reads the whole lake: the signal comes while it does.
    tokio::time::sleep(Duration::from_millis(150)).await;
    let id = served.child.id().unwrap().to_string();
    let killed = tokio::process::Command::new("kill")
        .args(["-TERM", &id])
        .status()
        .await;
    assert!(killed.unwrap().success());
    let asked = Instant::now();
    let answered = running.await.unwrap().unwrap();
    text_of(answered).await;
    let status = timeout(Duration::from_secs(20), served.child.wait()).await;
    assert!(status.expect("an end").unwrap().success());
    assert!(asked.elapsed() < Duration::from_secs(20));
    assert!(TcpStream::connect(served.authority()).await.is_err());
}
