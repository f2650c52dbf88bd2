//! The client against a server of canned answers.

mod bedrock;
mod body;
mod failures;
mod fixtures;
mod limits;
mod outcomes;
mod secrets;
mod streams;
mod used;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

use super::{
    ClaudeClient, ClaudeError, ClaudeSettings, Credential, GenerateStage, Generated,
    GovernorSettings, Prompt, Role, Route, Secret, Turn, tries::Limits,
};

/// A key that is nobody's.
const KEY: &str = "sk-ant-canary-000000000000000000000000";

/// Limits in a hurry.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(2),
    idle: Duration::from_millis(500),
    count: Duration::from_millis(500),
    tries: 2,
    first_wait: Duration::from_millis(10),
    longest_wait: Duration::from_millis(20),
};

fn settings(url: &str) -> ClaudeSettings {
    ClaudeSettings {
        route: Route::Anthropic {
            base_url: Some(url.to_owned()),
            credential: Credential::ApiKey(Secret::new(KEY)),
        },
        model: "claude-haiku-5-5".to_owned(),
        max_output_tokens: 2_000,
        timeout: Duration::from_secs(20),
        governor: GovernorSettings {
            longest_wait: Duration::from_secs(20),
            ..GovernorSettings::default()
        },
    }
}

fn client(settings: ClaudeSettings) -> ClaudeClient {
    ClaudeClient::with_limits(settings, LIMITS).unwrap()
}

fn prompt() -> Prompt {
    Prompt {
        system: "Word the facts.".to_owned(),
        turns: vec![Turn {
            role: Role::User,
            text: "f1: 12 changes".to_owned(),
        }],
        schema: json!({
            "type": "object",
            "properties": {"headline": {"type": "string"}},
            "required": ["headline"],
            "additionalProperties": false,
        }),
    }
}

/// Asks the server with the settings of these tests.
async fn ask(server: &MockServer) -> Result<Generated, ClaudeError> {
    let client = client(settings(&server.uri()));
    client.generate(&prompt(), &|_| ()).await
}

/// Asks, and returns the stages with what came of it.
async fn ask_staged(server: &MockServer) -> (Vec<GenerateStage>, Result<Generated, ClaudeError>) {
    let stages = Mutex::new(Vec::new());
    let on_stage = |stage| stages.lock().unwrap().push(stage);
    let client = client(settings(&server.uri()));
    let result = client.generate(&prompt(), &on_stage).await;
    (stages.into_inner().unwrap(), result)
}

/// Starts a server that gives these answers in turn, the last one for ever.
async fn server(answers: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let count = AtomicUsize::new(0);
    let answer = move |_: &Request| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        answers[number.min(answers.len() - 1)].clone()
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn asked(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

/// An answer of events, each under the name that its data has as type.
fn stream(events: &[Value]) -> ResponseTemplate {
    let events: Vec<String> = events.iter().map(framed).collect();
    raw_stream(&events.concat())
}

fn framed(event: &Value) -> String {
    format!(
        "event: {}\ndata: {event}\n\n",
        event["type"].as_str().unwrap()
    )
}

fn raw_stream(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .insert_header("request-id", "req_1")
        .set_body_raw(text.as_bytes(), "text/event-stream; charset=utf-8")
}

fn start() -> Value {
    json!({"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-5-5",
        "content": [], "stop_reason": null, "stop_sequence": null, "stop_details": null,
        "usage": {
            "input_tokens": 900, "cache_creation_input_tokens": 60, "cache_read_input_tokens": 40,
            "output_tokens": 1, "service_tier": "standard",
        },
    }})
}

fn block(index: u64, block: &Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn text_block(index: u64) -> Value {
    block(index, &json!({"type": "text", "text": ""}))
}

fn delta(index: u64, delta: &Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn text(index: u64, text: &str) -> Value {
    delta(index, &json!({"type": "text_delta", "text": text}))
}

fn block_stop(index: u64) -> Value {
    json!({"type": "content_block_stop", "index": index})
}

fn end(reason: &str) -> Value {
    json!({
        "type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": null},
        "usage": {"output_tokens": 30},
    })
}

fn stop() -> Value {
    json!({"type": "message_stop"})
}

/// A whole answer.
fn good() -> ResponseTemplate {
    stream(&[
        start(),
        text_block(0),
        text(0, r#"{"headline":"#),
        text(0, r#""変更"}"#),
        block_stop(0),
        end("end_turn"),
        stop(),
    ])
}

const GOOD: &str = r#"{"headline":"変更"}"#;

/// An error in the form of the API.
fn error(status: u16, kind: &str, code: Option<&str>) -> ResponseTemplate {
    let details = code.map(|code| json!({"error_code": code}));
    ResponseTemplate::new(status)
        .insert_header("request-id", "req_2")
        .set_body_json(json!({
            "type": "error",
            "error": {"type": kind, "message": "said by the provider", "details": details},
            "request_id": "req_2",
        }))
}
