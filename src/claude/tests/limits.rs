//! The client within the limits of its user.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

use super::{GOOD, asked, client, end, error, good, prompt, server, settings, start, stop, stream};
use crate::claude::{ClaudeErrorKind, ClaudeSettings, GenerateStage};

fn counts(request: &Request) -> bool {
    request.url.path().ends_with("/count_tokens")
}

/// A server that counts 321 tokens, or fails to, and answers everything else.
async fn counting(count: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let answer = move |request: &Request| {
        if counts(request) {
            count.clone()
        } else {
            good()
        }
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// Limits that the prompt of these tests takes more than half of.
fn narrow(url: &str) -> ClaudeSettings {
    let mut settings = settings(url);
    settings.governor.input_tokens_per_minute = Some(700);
    settings
}

#[tokio::test]
async fn the_provider_counts_where_the_estimate_is_near_a_limit() {
    let counted = ResponseTemplate::new(200).set_body_json(json!({"input_tokens": 321}));
    let server = counting(counted).await;
    let client = client(narrow(&server.uri()));
    assert_eq!(
        client.generate(&prompt(), &|_| ()).await.unwrap().text,
        GOOD
    );
    let paths: Vec<bool> = asked(&server).await.iter().map(counts).collect();
    assert_eq!(paths, [true, false], "counted once, before the question");
}

#[tokio::test]
async fn nothing_is_counted_far_from_a_limit() {
    let server = counting(ResponseTemplate::new(500)).await;
    let client = client(settings(&server.uri()));
    client.generate(&prompt(), &|_| ()).await.unwrap();
    assert!(!asked(&server).await.iter().any(counts));
}

#[tokio::test]
async fn a_count_that_fails_is_no_failure() {
    let server = counting(error(404, "not_found_error", None)).await;
    let client = client(narrow(&server.uri()));
    assert_eq!(
        client.generate(&prompt(), &|_| ()).await.unwrap().text,
        GOOD
    );
}

#[tokio::test]
async fn a_turn_after_the_time_of_the_call_is_told_at_once() {
    let server = server(vec![good()]).await;
    let mut settings = settings(&server.uri());
    settings.governor.requests_per_minute = Some(1);
    settings.governor.longest_wait = Duration::from_mins(10);
    let client = client(settings);
    client.generate(&prompt(), &|_| ()).await.unwrap();

    let before = Instant::now();
    let stages = Mutex::new(Vec::new());
    let on_stage = |stage: GenerateStage| stages.lock().unwrap().push(stage);
    let error = client.generate(&prompt(), &on_stage).await.unwrap_err();
    assert!(before.elapsed() < Duration::from_secs(5));
    assert_eq!(error.kind(), ClaudeErrorKind::MustWait);
    // The call may take 20 seconds, and a minute has one request.
    let wait = error.wait().unwrap();
    assert!(
        wait > Duration::from_secs(20) && wait < Duration::from_mins(2),
        "{wait:?}"
    );
    assert_eq!(asked(&server).await.len(), 1);
    assert!(stages.into_inner().unwrap().is_empty());
}

#[tokio::test]
async fn a_refusal_counts_against_the_day() {
    let refused = stream(&[start(), end("refusal"), stop()]);
    let server = server(vec![refused]).await;
    let mut settings = settings(&server.uri());
    // One call reserves up to 2,000 of output and some input; 1,030 tokens are used for good.
    settings.governor.tokens_per_day = Some(3_000);
    let client = client(settings);
    let first = client.generate(&prompt(), &|_| ()).await.unwrap_err();
    assert_eq!(first.kind(), ClaudeErrorKind::Refused);
    let second = client.generate(&prompt(), &|_| ()).await.unwrap_err();
    assert_eq!(second.kind(), ClaudeErrorKind::DailyCap);
    let messages = asked(&server).await;
    assert_eq!(
        messages.iter().filter(|request| !counts(request)).count(),
        1
    );
}

#[tokio::test]
async fn what_failed_without_cost_is_given_back() {
    let server = MockServer::start().await;
    let questions = AtomicUsize::new(0);
    let answer = move |request: &Request| {
        if counts(request) {
            return error(404, "not_found_error", None);
        }
        match questions.fetch_add(1, Ordering::SeqCst) {
            0 => error(401, "authentication_error", None),
            _ => good(),
        }
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let mut settings = settings(&server.uri());
    // Room for one call and not for two.
    settings.governor.tokens_per_day = Some(3_000);
    let client = client(settings);
    let first = client.generate(&prompt(), &|_| ()).await.unwrap_err();
    assert_eq!(first.kind(), ClaudeErrorKind::Authentication);
    let second = client.generate(&prompt(), &|_| ()).await;
    assert_eq!(second.unwrap().text, GOOD);
}
