//! What operators see: a line for each request, figures, spans; and nothing that is secret.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, http::Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::served::{Served, text_of};

const TOKEN: &str = "canary-token-0123456789abcdef";

#[tokio::test]
async fn every_request_is_one_line_with_what_it_took() {
    let tokens = format!("team-a={TOKEN}");
    let environment = [("CONFIG_HISTORY_TOKENS", tokens.as_str())];
    let served = Served::start(&["--demo", "--log-format", "json"], &environment).await;
    let request = served
        .november()
        .bearer_auth(TOKEN)
        .header("x-request-id", "from-the-proxy-1");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "from-the-proxy-1");
    text_of(response).await;
    let line: Value = serde_json::from_str(&served.line("from-the-proxy-1").await).unwrap();
    for (name, value) in [
        ("caller", json!("team-a")),
        ("method", json!("POST")),
        ("path", json!("/")),
        ("status", json!(200)),
        ("asked", json!("article")),
        ("source", json!("demo")),
        ("cost_usd", json!(0.0)),
        ("code", json!("-")),
    ] {
        assert_eq!(line[name], value, "{name} of {line}");
    }
    assert!(line["bytes"].as_u64().unwrap() > 1_000, "{line}");
    assert!(line["ms"].is_u64(), "{line}");

    let call = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "query_changes", "arguments": {"month": "canary-month"}}
    });
    let response = served
        .client
        .post(format!("{}/mcp?secret=canary-query", served.url))
        .header("accept", "application/json, text/event-stream")
        .header(
            "x-request-id",
            "hostile id\u{7f}".trim_end_matches('\u{7f}'),
        )
        .bearer_auth(TOKEN)
        .json(&call)
        .send()
        .await
        .unwrap();
    let id = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(id.len(), 24, "an id of our own in place of {id}");
    let line: Value = serde_json::from_str(&served.line(&id).await).unwrap();
    assert_eq!(line["asked"], "query_changes", "{line}");
    assert_eq!(line["code"], "invalid_argument", "{line}");
    let log = served.lines().join("\n");
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn figures_stand_on_an_address_of_their_own() {
    let served = Served::demo(&["--metrics", "127.0.0.1:0"]).await;
    let line = served.line("metrics on ").await;
    let url = line.split("metrics on ").nth(1).unwrap().trim().to_owned();
    text_of(served.november().send().await.unwrap()).await;
    served.ask(&json!({})).send().await.unwrap();
    let text = served
        .client
        .get(&url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for figure in [
        "config_history_requests_total{path=\"/\",status=\"200\"} 1",
        "config_history_requests_total{path=\"/\",status=\"400\"} 1",
        "config_history_failures_total{code=\"invalid_argument\"} 1",
        "config_history_questions_total{asked=\"article\",outcome=\"answered\"} 1",
        "config_history_requests_running 0",
    ] {
        assert!(text.contains(figure), "{figure} is not in\n{text}");
    }
    let elsewhere = served.get("/metrics").send().await.unwrap();
    assert_eq!(elsewhere.status(), 404, "not where everybody asks");
}

#[cfg(feature = "otel")]
#[tokio::test]
async fn spans_go_to_the_collector_and_continue_the_caller_s_trace() {
    type Kept = Arc<Mutex<Vec<(String, Bytes)>>>;
    let kept = Kept::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let take = |State(kept): State<Kept>, uri: Uri, body: Bytes| async move {
        kept.lock().unwrap().push((uri.path().to_owned(), body));
    };
    let router = Router::new().fallback(take).with_state(Arc::clone(&kept));
    let never = tokio_util::sync::CancellationToken::new();
    let settings = config_history::http::ListenerSettings::default();
    let serving = config_history::http::serve(listener, router, settings, never.clone(), never);
    tokio::spawn(serving);

    let served = Served::demo(&["--otlp-endpoint", &url]).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let response = served
        .november()
        .header("traceparent", parent)
        .send()
        .await
        .unwrap();
    text_of(response).await;
    let has = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|at| at == part);
    let digits: Vec<char> = trace.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    let trace: Vec<u8> = digits.chunks(2).map(byte).collect();
    for _ in 0..200 {
        let sent = kept.lock().unwrap().clone();
        if let Some((path, body)) = sent.first() {
            assert_eq!(path, "/v1/traces");
            assert!(has(body, b"config-history"), "the service");
            assert!(has(body, b"POST /"), "the span");
            assert!(has(body, &trace), "the caller's trace");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no span came: {:#?}", served.lines());
}
