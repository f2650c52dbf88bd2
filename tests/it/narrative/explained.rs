//! Errors explained by a model, beside their remedies.

use std::{sync::Arc, time::Duration};

use config_history::{claude::ClaudeErrorKind, service::Explainer};
use serde_json::{Value, json};

use crate::support::{
    author::{FakeAuthor, Step, bare_demo},
    fake_store::{Behaviour, FakeStore},
    wire::{Era, WireClient},
};

fn explainer(author: &Arc<FakeAuthor>) -> Explainer {
    Explainer::new(Arc::<FakeAuthor>::clone(author))
}

async fn report_of(author: &Arc<FakeAuthor>, patience: Duration) -> Value {
    let explainer = explainer(author).with_patience(patience);
    let service = bare_demo().with_explainer(explainer);
    let mut client = WireClient::connect(service, Era::Modern).await;
    let arguments = json!({"month": "2024-13", "account": "999988887777"});
    let mut result = client.call("summarize_month", arguments).await.unwrap();
    assert_eq!(result["isError"], true);
    result["structuredContent"].take()
}

#[tokio::test]
async fn an_error_gets_an_explanation_beside_its_remedy() {
    let answer = json!({"explanation": "There is no month\nthirteen."}).to_string();
    let author = FakeAuthor::new([Step::Text(answer)]);
    let report = report_of(&author, Duration::from_secs(10)).await;
    assert_eq!(report["explanation"], "There is no month thirteen.");
    assert!(
        report["remedy"]
            .as_str()
            .unwrap()
            .starts_with("Correct the argument")
    );
    let prompt = &author.prompts()[0];
    let told: Value = serde_json::from_str(&prompt.turns[0].text).unwrap();
    assert_eq!(told["code"], "invalid_argument");
    assert_eq!(told["arguments"], json!(["month", "account"]));
    assert!(
        !prompt.turns[0].text.contains("999988887777"),
        "values stay here"
    );
}

#[tokio::test]
async fn whatever_goes_wrong_with_it_the_report_stands() {
    let slow = FakeAuthor::gated([Step::Truly]);
    for (author, patience) in [
        (
            FakeAuthor::new([Step::Fail(ClaudeErrorKind::Network)]),
            10_000,
        ),
        (FakeAuthor::new([Step::Text("no JSON".to_owned())]), 10_000),
        (
            FakeAuthor::new([Step::Text(r#"{"explanation": " "}"#.to_owned())]),
            10_000,
        ),
        (slow, 20),
    ] {
        let report = report_of(&author, Duration::from_millis(patience)).await;
        assert_eq!(report["code"], "invalid_argument");
        assert!(report["remedy"].is_string() && report.get("explanation").is_none());
        assert_eq!(author.calls(), 1);
    }
}

#[tokio::test]
async fn our_own_defects_are_not_explained() {
    let author = FakeAuthor::new([Step::Text(r#"{"explanation": "x"}"#.to_owned())]);
    let store = FakeStore::new();
    store.behave(Behaviour::Panic);
    let service = store.service(true).with_explainer(explainer(&author));
    let mut client = WireClient::connect(service, Era::Modern).await;
    let result = client.call("describe_history", json!({})).await.unwrap();
    assert_eq!(result["structuredContent"]["code"], "internal");
    assert_eq!(author.calls(), 0);
}
