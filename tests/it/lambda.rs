//! The program as an AWS Lambda function, behind a function URL and behind an API Gateway.

mod access;
mod endings;
mod events;

use serde_json::{Value, json};

use self::events::{ARN, Asked};
use crate::support::{
    cli::Run,
    runtime_api::{Function, as_function},
};

/// Items of November in the demo organisation, as `examples/lake_counts.py` counts them.
const NOVEMBER_ITEMS: u64 = 206;

/// Calls a tool in the era without a handshake.
fn modern_call(tool: &str, arguments: &Value) -> Asked {
    let message = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {
        "name": tool,
        "arguments": arguments,
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "events", "version": "1"},
        },
    }});
    let asked = Asked::mcp(&message).with("mcp-protocol-version", "2026-07-28");
    asked
        .with("mcp-method", "tools/call")
        .with("mcp-name", tool)
}

#[tokio::test]
async fn the_article_s_request_is_answered_in_every_form_of_event() {
    let mut function = Function::of_demo(&[]).await;
    let (plain, encoded) = (Asked::november(), Asked::november().encoded());
    let mut texts = Vec::new();
    for event in [
        plain.to_url(),
        encoded.to_url(),
        plain.to_http_api("prod"),
        plain.to_rest_api("prod"),
        encoded.to_rest_api("prod"),
    ] {
        let answer = function.answer(event).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("x-request-id"), function.latest_id());
        assert_eq!(answer.header("cache-control"), "no-store");
        let body = answer.json();
        assert_eq!(body["status"], "SUCCEEDED");
        assert_eq!(body["body"].as_array().unwrap().len(), 1);
        assert_eq!(body["body"][0]["type"], "text");
        texts.push(body["body"][0]["text"].as_str().unwrap().to_owned());
    }
    let text = &texts[0];
    assert!(text.contains(&NOVEMBER_ITEMS.to_string()), "{text}");
    assert!(text.contains("2024-11") && text.contains("444455556666"));
    let is_hiragana = |c: &char| ('\u{3041}'..='\u{3096}').contains(c);
    assert!(text.chars().filter(is_hiragana).count() > 50, "{text}");
    assert!(texts.iter().all(|other| other == text));
    let written = function.end().await;
    assert_eq!(written.requests().len(), 5);
}

#[tokio::test]
async fn what_is_no_month_is_refused() {
    let mut function = Function::of_demo(&[]).await;
    for body in [
        json!({"target_month": 13}),
        json!({"target_year": 2024, "target_month": 13}),
    ] {
        let asked = Asked::post("/", &body);
        for event in [asked.to_url(), asked.to_rest_api("prod")] {
            let refused = function.answer(event).await;
            refused.failure(400, "invalid_argument");
        }
    }
    let elsewhere = function.answer(Asked::get("/admin").to_url()).await;
    elsewhere.failure(404, "no_such_path");
}

#[tokio::test]
async fn a_stage_is_no_part_of_the_path() {
    let mut function = Function::of_demo(&[]).await;
    let health = Asked::get("/healthz");
    for event in [
        health.to_url(),
        health.to_http_api("prod"),
        health.to_rest_api("prod"),
        // Stages that are named as something that is served.
        health.to_http_api("healthz"),
        health.to_rest_api("healthz"),
        health.to_rest_api("mcp"),
    ] {
        let answer = function.answer(event).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let written = function.end().await;
    for line in written.requests() {
        assert_eq!(line["path"], "/healthz", "{line}");
    }
}

#[tokio::test]
async fn mcp_is_served_to_both_eras() {
    let mut function = Function::of_demo(&[]).await;
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": {"name": "events", "version": "1"},
    }});
    let greeted = function.answer(Asked::mcp(&hello).to_url()).await;
    assert_eq!(greeted.status, 200, "{greeted:?}");
    assert_eq!(greeted.header("mcp-session-id"), "");
    let greeting = greeted.json();
    assert_eq!(greeting["result"]["serverInfo"]["name"], "config-history");
    assert_eq!(greeting["result"]["protocolVersion"], "2025-06-18");

    // Another instance may get the next request: there is no session.
    let list = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"});
    let list = Asked::mcp(&list).with("mcp-protocol-version", "2025-06-18");
    let listed = function.answer(list.to_rest_api("prod")).await.json();
    let tools = listed["result"]["tools"].as_array().unwrap();
    assert!(tools.iter().any(|tool| tool["name"] == "query_changes"));

    let asked = modern_call(
        "query_changes",
        &json!({"month": "2024-11", "measure": "items"}),
    );
    for event in [asked.to_url(), asked.clone().encoded().to_rest_api("prod")] {
        let answer = function.answer(event).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer = answer.json();
        assert_eq!(answer["id"], 7);
        let content = &answer["result"]["structuredContent"];
        assert_eq!(content["rows"][0]["items"], NOVEMBER_ITEMS, "{answer}");
    }
    let written = function.end().await;
    let asked: Vec<Value> = written.requests();
    assert_eq!(asked[2]["asked"], "query_changes", "{asked:?}");
    assert!(asked.iter().all(|line| line["caller"] == ARN), "{asked:?}");
}

#[tokio::test]
async fn a_cursor_goes_on_in_another_instance() {
    let columns = json!(["resource_id", "capture_time"]);
    let first = json!({"month": "2024-11", "columns": columns, "limit": 5});
    let mut one = Function::of_demo(&[]).await;
    let page = one.answer(modern_call("query_changes", &first).to_url());
    let page = page.await.json()["result"]["structuredContent"].take();
    assert_eq!(page["returned"], 5, "{page}");
    let cursor = page["next_cursor"].as_str().unwrap().to_owned();
    one.end().await;

    let mut other = Function::of_demo(&[]).await;
    let next = modern_call("query_changes", &json!({"cursor": cursor}));
    let next = other.answer(next.to_rest_api("prod")).await.json();
    let next = &next["result"]["structuredContent"];
    assert_eq!(next["total"], NOVEMBER_ITEMS, "{next}");
    let ten = json!({"month": "2024-11", "columns": columns, "limit": 10});
    let ten = other.answer(modern_call("query_changes", &ten).to_url());
    let ten = ten.await.json()["result"]["structuredContent"].take();
    let rows = |page: &Value| page["rows"].as_array().unwrap().clone();
    // A cursor has no limit: pages may be of any size.
    let both = [rows(&page), rows(next)].concat();
    assert_eq!(both[..10], rows(&ten));
}

#[tokio::test]
async fn what_is_kept_lies_where_a_function_may_write() {
    // `doctor` tells where it would lie. No key: nothing is asked or written.
    let mut command = as_function("127.0.0.1:9");
    let output = command.args(["doctor", "--demo"]).output().await.unwrap();
    let run = Run::of(output);
    assert!(run.out.contains("kept in /tmp/config-history"), "{run:?}");
    let mut command = as_function("127.0.0.1:9");
    command.env("CONFIG_HISTORY_CACHE_DIR", "/mnt/efs/history");
    let output = command.args(["doctor", "--demo"]).output().await.unwrap();
    let run = Run::of(output);
    assert!(run.out.contains("kept in /mnt/efs/history"), "{run:?}");
}
