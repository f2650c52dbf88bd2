//! MCP over HTTP, in both protocol eras: the SDK's own client, and requests by hand.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::Method;
use rmcp::{
    ClientHandler, RoleClient,
    model::{
        CallToolRequest, CallToolRequestParams, ClientRequest, ErrorCode, ProgressNotificationParam,
    },
    service::{NotificationContext, PeerRequestOptions, ServiceError},
};
use serde_json::{Value, json};

use crate::support::{
    fake_store::Behaviour,
    process::SdkClient,
    routed::{Routed, content_type},
    wire::Era,
};

/// A client that keeps what it hears of its calls.
#[derive(Debug, Clone, Default)]
struct Listener(Arc<Mutex<Vec<Option<String>>>>);

impl ClientHandler for Listener {
    async fn on_progress(
        &self,
        progress: ProgressNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.0.lock().unwrap().push(progress.message);
    }
}

fn question() -> CallToolRequestParams {
    let arguments = json!({"month": "2024-11"}).as_object().cloned();
    CallToolRequestParams::new("query_changes").with_arguments(arguments.unwrap())
}

#[tokio::test]
async fn the_tools_are_those_of_standard_input_and_output() {
    for era in Era::BOTH {
        let served = Routed::start().await;
        let client = served.connect((), era).await;
        let over_http = client.list_all_tools().await.unwrap();
        let stdio = SdkClient::of_demo(era).await;
        assert_eq!(over_http, stdio.client.list_all_tools().await.unwrap());
        assert_eq!(served.store.calls(), 0);
    }
}

#[tokio::test]
async fn a_client_hears_of_a_call_that_takes_long() {
    for era in Era::BOTH {
        let served = Routed::start().await;
        served.store.behave(Behaviour::Slow);
        let heard = Listener::default();
        let client = served.connect(heard.clone(), era).await;
        let result = client.call_tool(question()).await.unwrap();
        assert_ne!(result.is_error, Some(true), "{result:?}");
        assert_eq!(result.structured_content.unwrap()["total"], 0);
        let heard = heard.0.lock().unwrap();
        assert!(heard.contains(&Some("file 1 of 2".to_owned())), "{heard:?}");
    }
}

#[tokio::test]
async fn an_answer_is_one_body_unless_progress_flows() {
    for era in Era::BOTH {
        let served = Routed::start().await;
        for (behaviour, progress, expected) in [
            (Behaviour::Empty, false, "application/json"),
            (Behaviour::Empty, true, "application/json"),
            (Behaviour::Slow, false, "application/json"),
            (Behaviour::Slow, true, "text/event-stream"),
        ] {
            served.store.behave(behaviour);
            let month = json!({"month": "2024-11"});
            let call = served.call(era, "query_changes", &month, progress);
            let response = call.send().await.unwrap();
            assert_eq!(response.status(), 200);
            assert_eq!(
                content_type(&response),
                expected,
                "{era:?} {behaviour:?} {progress}"
            );
            let text = response.text().await.unwrap();
            let messages = if expected == "application/json" {
                vec![serde_json::from_str(&text).unwrap()]
            } else {
                events_of(&text)
            };
            let (answer, before) = messages.split_last().unwrap();
            assert_eq!(answer["id"], 7);
            assert_eq!(
                answer["result"]["structuredContent"]["total"], 0,
                "{answer}"
            );
            for note in before {
                assert_eq!(note["method"], "notifications/progress");
                assert_eq!(note["params"]["progressToken"], "p1");
                assert_eq!(note["params"]["message"], "file 1 of 2");
            }
            assert_eq!(before.is_empty(), expected == "application/json");
        }
    }
}

/// Returns the messages of a stream of events; events without data keep the connection alive.
fn events_of(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    let data = data.map(str::trim).filter(|data| !data.is_empty());
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

#[tokio::test]
async fn a_connection_that_closes_stops_the_work() {
    for era in Era::BOTH {
        let month = json!({"month": "2024-11"});
        // Before anything of the answer has come.
        let served = Routed::start().await;
        served.store.behave(Behaviour::UntilCancelled);
        let call = served.call(era, "query_changes", &month, false);
        let waiting = tokio::spawn(call.send());
        served.store.wait_for_call().await;
        waiting.abort();
        served.store.wait_for_cancellation().await;

        // In the middle of a stream.
        let served = Routed::start().await;
        served.store.behave(Behaviour::UntilCancelled);
        let call = served.call(era, "query_changes", &month, true);
        let mut response = call.send().await.unwrap();
        assert_eq!(content_type(&response), "text/event-stream");
        assert!(response.chunk().await.unwrap().is_some());
        assert_eq!(served.store.cancelled(), 0);
        drop(response);
        served.store.wait_for_cancellation().await;

        // By the SDK's client, when it is closed.
        let served = Routed::start().await;
        served.store.behave(Behaviour::UntilCancelled);
        let client = served.connect((), era).await;
        let peer = client.peer().clone();
        let call = tokio::spawn(async move { peer.call_tool(question()).await });
        served.store.wait_for_call().await;
        client.cancel().await.unwrap();
        served.store.wait_for_cancellation().await;
        assert!(call.await.unwrap().is_err());
    }
}

#[tokio::test]
async fn a_call_that_is_taken_back_stops_and_others_go_on() {
    for era in Era::BOTH {
        let served = Routed::start().await;
        let client = served.connect((), era).await;
        served.store.behave(Behaviour::UntilCancelled);
        let call = ClientRequest::CallToolRequest(CallToolRequest::new(question()));
        let options = PeerRequestOptions::no_options();
        let call = client.send_cancellable_request(call, options);
        let call = call.await.unwrap();
        served.store.wait_for_call().await;
        call.cancel(Some("not wanted".to_owned())).await.unwrap();
        served.store.wait_for_cancellation().await;
        served.store.behave(Behaviour::Empty);
        let result = client.call_tool(question()).await.unwrap();
        assert_ne!(result.is_error, Some(true), "{result:?}");
    }
}

#[tokio::test]
async fn an_error_says_what_it_is_and_what_to_do() {
    for era in Era::BOTH {
        let served = Routed::start().await;
        let client = served.connect((), era).await;
        let unknown = client.call_tool(CallToolRequestParams::new("drop_table"));
        let ServiceError::McpError(error) = unknown.await.unwrap_err() else {
            panic!("the server was to answer")
        };
        assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
        let without_month = CallToolRequestParams::new("summarize_month");
        for (behaviour, request, code) in [
            (Behaviour::Empty, without_month, "invalid_argument"),
            (Behaviour::Unreadable, question(), "lake_unreadable"),
            (Behaviour::Panic, question(), "internal"),
        ] {
            served.store.behave(behaviour);
            let result = client.call_tool(request).await.unwrap();
            assert_eq!(result.is_error, Some(true));
            let report = result.structured_content.unwrap();
            assert_eq!(report["code"], code);
            assert!(!report["remedy"].as_str().unwrap().is_empty());
            assert!(!report.to_string().contains("told to panic"));
        }
        // The panic has harmed nobody.
        served.store.behave(Behaviour::Empty);
        let result = client.call_tool(question()).await.unwrap();
        assert_ne!(result.is_error, Some(true), "{result:?}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let served = Routed::start().await;
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let asked = served.bare(method.clone());
        let asked = asked.header("Accept", "application/json, text/event-stream");
        let response = asked.send().await.unwrap();
        assert_eq!(response.status(), 405, "{method}");
    }
    for era in Era::BOTH {
        let month = json!({"month": "2024-11"});
        let call = served.call(era, "query_changes", &month, false);
        let (client, request) = call.build_split();
        let whole = request.unwrap();

        let mut deaf = whole.try_clone().unwrap();
        deaf.headers_mut().remove("Accept");
        assert_eq!(client.execute(deaf).await.unwrap().status(), 406);

        for body in ["", "{", "no JSON", "[]", "null", "{\"jsonrpc\": \"2.0\"}"] {
            let mut broken = whole.try_clone().unwrap();
            *broken.body_mut() = Some(body.into());
            let status = client.execute(broken).await.unwrap().status();
            assert!(status.is_client_error(), "{body}: {status}");
        }
    }
    assert_eq!(served.store.calls(), 0);
    let month = json!({"month": "2024-11"});
    let call = served.call(Era::Modern, "query_changes", &month, false);
    let response = call.timeout(Duration::from_secs(10)).send().await.unwrap();
    assert_eq!(response.status(), 200, "the server lives on");
}
