//! The published article's request: as its readers send it, and as they get it wrong.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use config_history::{http::Metrics, service::NarratorSettings};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::support::{
    author::{FakeAuthor, Step, demo},
    cli::run,
    messages::{Messages, Reply, answer, claims_of},
    routed::open_settings,
    served::{Served, failure_of, text_of},
};

/// Items and real changes of a month, as another command of the program counts them.
fn counted(month: &str) -> (u64, u64) {
    let args = [
        "query",
        "--month",
        month,
        "--demo",
        "--group-by",
        "change_kind",
    ];
    let more = ["--measure", "items,changes", "--format", "json"];
    let rows = run(args.iter().chain(&more)).json()["rows"].clone();
    let sum = |name: &str| {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row[name].as_u64().unwrap()).sum()
    };
    (sum("items"), sum("changes"))
}

#[tokio::test]
async fn november_is_told_in_japanese_unless_asked_otherwise() {
    let served = Served::demo(&[]).await;
    let (items, changes) = counted("2024-11");
    let text = text_of(served.november().send().await.unwrap()).await;
    let told = format!("構成アイテム {items} 件、うち実際の変更 {changes} 件");
    assert!(text.contains(&told), "{told} is not in\n{text}");
    assert!(
        !text.contains("model"),
        "nobody asked for a narrative: {text}"
    );
    let english = json!({"target_year": 2024, "target_month": 11, "language": "en"});
    let text = text_of(served.ask(&english).send().await.unwrap()).await;
    let told = format!("{items} configuration items");
    assert!(text.contains(&told), "{told} is not in\n{text}");
    // The same question has the same answer, kept or not.
    let again = text_of(served.ask(&english).send().await.unwrap()).await;
    assert_eq!(again, text);
}

#[tokio::test]
async fn a_month_is_bounded_in_the_zone_that_is_named() {
    let served = Served::demo(&[]).await;
    let asked = json!({
        "target_year": "2024", "target_month": "11", "timezone": "Asia/Tokyo", "language": "en"
    });
    let text = text_of(served.ask(&asked).send().await.unwrap()).await;
    let printed = run([
        "summarize",
        "2024-11",
        "--demo",
        "--timezone",
        "Asia/Tokyo",
        "--format",
        "markdown",
    ]);
    assert_eq!(text.trim(), printed.ok().trim());
}

#[tokio::test]
async fn with_a_model_its_proved_words_stand_above_the_digest() {
    let model = Messages::start(|request, _| {
        let claims = claims_of(&request.turns()[0]).into_iter().take(3);
        let in_japanese = claims.map(|claim| {
            let claim = claim.replace("In ", "").replace(", ", " では、");
            claim.replace(" came in.", " です。")
        });
        Reply::Text(answer(&in_japanese.collect::<Vec<_>>()))
    });
    let cache = tempfile::tempdir().unwrap();
    let environment = [
        ("ANTHROPIC_API_KEY", "sk-ant-canary-that-nobody-may-see"),
        ("ANTHROPIC_BASE_URL", model.url.as_str()),
        ("CONFIG_HISTORY_CACHE_DIR", cache.path().to_str().unwrap()),
    ];
    let served = Served::start(&["--demo"], &environment).await;
    let text = text_of(served.november().send().await.unwrap()).await;
    let (items, _) = counted("2024-11");
    assert!(text.contains("claude-haiku-5-5"), "{text}");
    assert!(text.contains(&format!("構成アイテム {items} 件")), "{text}");
    assert_eq!(model.requests().len(), 1);
    let system = model.requests()[0].body["system"].to_string();
    assert!(system.contains("language ja"), "{system}");
    // Paid for once.
    assert_eq!(text_of(served.november().send().await.unwrap()).await, text);
    assert_eq!(model.requests().len(), 1);
    let log = served.lines().join("\n");
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn a_model_that_fails_leaves_the_digest() {
    let model = Messages::start(|_, _| {
        let body =
            json!({"type": "error", "error": {"type": "authentication_error", "message": "no"}});
        Reply::Failure(401, String::new(), body)
    });
    let cache = tempfile::tempdir().unwrap();
    let environment = [
        ("ANTHROPIC_API_KEY", "sk-ant-wrong"),
        ("ANTHROPIC_BASE_URL", model.url.as_str()),
        ("CONFIG_HISTORY_CACHE_DIR", cache.path().to_str().unwrap()),
    ];
    let served = Served::start(&["--demo"], &environment).await;
    let text = text_of(served.november().send().await.unwrap()).await;
    let (items, _) = counted("2024-11");
    assert!(text.contains(&format!("構成アイテム {items} 件")), "{text}");
}

#[tokio::test]
async fn what_is_no_question_is_refused_with_what_to_do() {
    let served = Served::demo(&[]).await;
    for (body, said) in [
        (json!({"target_month": 13}), "target_year"),
        (json!({"target_year": "2024"}), "target_month"),
        (
            json!({"target_year": "2024", "target_month": 13}),
            "1 to 12",
        ),
        (
            json!({"target_year": "2024", "target_month": "November"}),
            "whole numbers",
        ),
        (
            json!({"target_year": "2024", "target_month": "11", "language": "xx yy"}),
            "language",
        ),
        (
            json!({"target_year": "2024", "target_month": "11", "timezone": "Mars"}),
            "Mars",
        ),
        (
            json!({"target_year": "2024", "target_month": "11", "extra": true}),
            "extra",
        ),
        (json!([2024, 11]), "map"),
        (json!("2024-11"), "map"),
    ] {
        let response = served.ask(&body).send().await.unwrap();
        let error = failure_of(response, 400, "invalid_argument").await;
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(said),
            "{body}: `{said}` is not in: {message}"
        );
    }
    let broken = served
        .november()
        .body("{\"target_year\": ")
        .send()
        .await
        .unwrap();
    failure_of(broken, 400, "invalid_argument").await;
    let url = format!("{}/", served.url);
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        let body = json!({"target_year": "2024", "target_month": "11"}).to_string();
        let mut request = served.client.post(&url).body(body);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        failure_of(request.send().await.unwrap(), 415, "unsupported_media_type").await;
    }
}

#[tokio::test]
async fn a_month_without_items_names_the_months_there_are() {
    let served = Served::demo(&[]).await;
    let response = served
        .ask(&json!({"target_year": 1999, "target_month": 1}))
        .send()
        .await;
    let error = failure_of(response.unwrap(), 404, "unknown_month").await;
    let months = error["choices"].as_array().unwrap();
    assert!(months.contains(&json!("2024-11")), "{error}");
}

#[tokio::test]
async fn ten_megabytes_are_not_read() {
    let served = Served::demo(&[]).await;
    let large = "x".repeat(10_000_000);
    for path in ["/", "/mcp"] {
        let request = served
            .client
            .post(format!("{}{path}", served.url))
            .header("content-type", "application/json")
            .body(large.clone());
        // A server that refuses early may close while the client still sends.
        if let Ok(response) = request.send().await {
            failure_of(response, 413, "payload_too_large").await;
        }
    }
    // Said without a length: found out while it is read.
    let chunks = (0..30).map(|_| Ok::<_, std::io::Error>("x".repeat(100_000)));
    let body = reqwest::Body::wrap_stream(futures::stream::iter(chunks));
    let request = served.november().body(body);
    if let Ok(response) = request.send().await {
        failure_of(response, 413, "payload_too_large").await;
    }
    let text = text_of(served.november().send().await.unwrap()).await;
    assert!(text.contains("2024-11"));
}

#[tokio::test]
async fn answers_have_the_published_form() {
    let served = Served::demo(&[]).await;
    let schema = |name: &str| -> Value {
        let path = format!("{}/schemas/http/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let answered: Value = served
        .november()
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(
        jsonschema::is_valid(&schema("answer"), &answered),
        "{answered}"
    );
    let failed = served.ask(&json!({})).send().await.unwrap();
    let failed: Value = failed.json().await.unwrap();
    assert!(
        jsonschema::is_valid(&schema("failure"), &failed),
        "{failed}"
    );
    let request = schema("request");
    for (body, valid) in [
        (json!({"target_year": "2024", "target_month": "11"}), true),
        (
            json!({"target_year": 2024, "target_month": 11, "language": "en"}),
            true,
        ),
        (json!({"target_year": 2024}), false),
        (
            json!({"target_year": 2024, "target_month": 11, "extra": 1}),
            false,
        ),
    ] {
        assert_eq!(jsonschema::is_valid(&request, &body), valid, "{body}");
    }
}

#[tokio::test]
async fn a_model_that_is_slow_leaves_the_digest_for_now() {
    let author = FakeAuthor::gated([Step::Truly]);
    let patience = NarratorSettings {
        soft_deadline: Some(Duration::from_millis(50)),
        ..NarratorSettings::default()
    };
    let service = demo(&author, &patience);
    let stop = CancellationToken::new();
    let router = config_history::http::router(service, open_settings(), Metrics::default(), stop);
    let ask = async || {
        let body = r#"{"target_year": "2024", "target_month": "11", "language": "en"}"#;
        let request = Request::post("/")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        answer["body"][0]["text"].as_str().unwrap().to_owned()
    };
    let late = ask().await;
    assert!(
        late.starts_with("# AWS Config history of 2024-11"),
        "{late}"
    );
    author.open();
    let mut told = ask().await;
    for _ in 0..200 {
        if told != late {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        told = ask().await;
    }
    assert!(told.ends_with(&late) && told.len() > late.len(), "{told}");
    assert_eq!(author.calls(), 1, "paid for once");
}
