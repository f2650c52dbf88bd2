//! Narratives that take long: handles, joined questions, cancellation, on the wire.

use std::{sync::Arc, time::Duration};

use config_history::service::NarratorSettings;
use serde_json::{Value, json};
use tokio::time;

use crate::support::{
    author::{FakeAuthor, Step, demo},
    wire::{Era, WireClient},
};

fn impatient() -> NarratorSettings {
    NarratorSettings {
        soft_deadline: Some(Duration::ZERO),
        ..NarratorSettings::default()
    }
}

fn november(more: &[(&str, &str)]) -> Value {
    let mut arguments = json!({"month": "2024-11", "top": 1});
    for (name, value) in more {
        arguments[*name] = json!(value);
    }
    arguments
}

async fn call(client: &mut WireClient, arguments: Value) -> Value {
    let mut result = client.call("summarize_month", arguments).await.unwrap();
    result["structuredContent"].take()
}

/// Waits until something holds that another task brings about.
async fn until(mut holds: impl FnMut() -> bool) {
    let waited = time::timeout(Duration::from_secs(30), async {
        while !holds() {
            time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.expect("in time");
}

#[tokio::test]
async fn past_the_deadline_the_digest_comes_with_a_handle() {
    let author = FakeAuthor::gated([Step::Truly]);
    let mut client = WireClient::connect(demo(&author, &impatient()), Era::Modern).await;
    let asked = november(&[("narrative", "claude")]);
    let pending = call(&mut client, asked.clone()).await;
    assert_eq!(pending["narrative"]["status"], "pending", "{pending}");
    let handle = pending["narrative"]["handle"].as_str().unwrap().to_owned();
    let text = pending["text"].as_str().unwrap();
    assert!(text.starts_with("The narrative is still being written") && text.contains(&handle));
    assert!(pending["digest"]["totals"]["items"].as_u64().unwrap() > 0);

    let again = call(&mut client, november(&[("handle", &handle)])).await;
    assert_eq!(again, pending, "still pending");
    until(|| author.calls() == 1).await;
    author.open();
    let mut told = Value::Null;
    for _ in 0..100 {
        told = call(&mut client, november(&[("handle", &handle)])).await;
        if told["narrative"]["status"] != "pending" {
            break;
        }
        time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(told["narrative"]["status"], "verified", "{told}");
    assert_eq!(told["digest"], pending["digest"]);
    let text = told["text"].as_str().unwrap();
    assert!(text.starts_with("## Narrative by fake-model-1"), "{text}");
    // And at once to who asks anew, because it is kept.
    let anew = call(&mut client, asked).await;
    assert_eq!(anew["narrative"]["cached"], true);
    assert_eq!(author.calls(), 1);
}

#[tokio::test]
async fn a_handle_is_of_one_answer() {
    let author = FakeAuthor::gated([Step::Truly]);
    let mut client = WireClient::connect(demo(&author, &impatient()), Era::Modern).await;
    let pending = call(&mut client, november(&[("narrative", "claude")])).await;
    let handle = pending["narrative"]["handle"].as_str().unwrap().to_owned();
    for arguments in [
        november(&[("handle", "n-0123")]),
        json!({"month": "2024-10", "handle": handle}),
        november(&[("handle", &handle), ("verify", "7 items.")]),
    ] {
        let report = call(&mut client, arguments).await;
        assert_eq!(report["code"], "invalid_argument", "{report}");
    }
}

#[tokio::test]
async fn who_asks_the_same_joins() {
    let author = FakeAuthor::gated([Step::Truly]);
    let service = demo(&author, &NarratorSettings::default());
    let mut clients = Vec::new();
    for _ in 0..2 {
        let mut client = WireClient::connect(service.clone(), Era::Modern).await;
        let params = json!({
            "name": "summarize_month",
            "arguments": november(&[("narrative", "claude")]),
        });
        let id = client.start("tools/call", params).await;
        clients.push((client, id));
    }
    until(|| author.calls() > 0).await;
    author.open();
    for (client, id) in &mut clients {
        let answer = client.answer(*id).await.unwrap();
        assert_eq!(
            answer["structuredContent"]["narrative"]["status"],
            "verified"
        );
    }
    assert_eq!(author.calls(), 1);
}

#[tokio::test]
async fn who_cancels_ends_the_writing_and_a_promise_stays() {
    let author = FakeAuthor::gated([Step::Truly]);
    let service = demo(&author, &NarratorSettings::default());
    let mut client = WireClient::connect(service, Era::Modern).await;
    let params = json!({
        "name": "summarize_month",
        "arguments": november(&[("narrative", "claude")]),
    });
    let id = client.start("tools/call", params).await;
    until(|| author.calls() == 1).await;
    let cancel = json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id},
    });
    client.send(&cancel).await;
    until(|| author.given_up() == 1).await;

    let author = FakeAuthor::gated([Step::Truly]);
    let service = demo(&author, &impatient());
    let mut client = WireClient::connect(service.clone(), Era::Modern).await;
    call(&mut client, november(&[("narrative", "claude")])).await;
    until(|| author.calls() == 1).await;
    drop(client);
    time::sleep(Duration::from_millis(50)).await;
    assert_eq!(author.given_up(), 0, "it was promised");
    service.close().await;
    let author = Arc::clone(&author);
    until(move || author.given_up() == 1).await;
}

#[tokio::test]
async fn the_stages_are_told() {
    let author = FakeAuthor::new([Step::Truly]);
    let service = demo(&author, &NarratorSettings::default());
    let mut client = WireClient::connect(service, Era::Modern).await;
    let params = json!({
        "name": "summarize_month",
        "arguments": november(&[("narrative", "claude")]),
        "_meta": {"progressToken": "p"},
    });
    let id = client.start("tools/call", params).await;
    client.answer(id).await.unwrap();
    let values: Vec<f64> = client
        .notifications
        .iter()
        .filter(|note| note["method"] == "notifications/progress")
        .map(|note| note["params"]["progress"].as_f64().unwrap())
        .collect();
    assert!(!values.is_empty());
    assert!(
        values.windows(2).all(|pair| pair[0] < pair[1]),
        "{values:?}"
    );
}
