//! What the provider says in place of an answer.

use std::time::{Duration, Instant, SystemTime};

use wiremock::ResponseTemplate;

use super::{GOOD, ask, ask_staged, asked, client, error, good, prompt, server, settings};
use crate::claude::{ClaudeErrorKind, GenerateStage};

#[tokio::test]
async fn every_failure_has_its_kind_and_number_of_tries() {
    for (status, kind, wanted, requests) in [
        (
            400,
            "invalid_request_error",
            ClaudeErrorKind::InvalidRequest,
            1,
        ),
        (
            401,
            "authentication_error",
            ClaudeErrorKind::Authentication,
            1,
        ),
        (402, "billing_error", ClaudeErrorKind::SpendLimit, 1),
        (403, "permission_error", ClaudeErrorKind::Permission, 1),
        (404, "not_found_error", ClaudeErrorKind::ModelNotFound, 1),
        (409, "conflict_error", ClaudeErrorKind::Unavailable, 3),
        (413, "request_too_large", ClaudeErrorKind::TooLarge, 1),
        (429, "rate_limit_error", ClaudeErrorKind::RateLimited, 3),
        (500, "api_error", ClaudeErrorKind::Unavailable, 3),
        (504, "timeout_error", ClaudeErrorKind::Unavailable, 3),
        (529, "overloaded_error", ClaudeErrorKind::Unavailable, 3),
        // Types that are new: the status says enough.
        (408, "new_error", ClaudeErrorKind::Unavailable, 3),
        (418, "new_error", ClaudeErrorKind::InvalidRequest, 1),
        (403, "new_error", ClaudeErrorKind::Permission, 1),
    ] {
        let server = server(vec![error(status, kind, None)]).await;
        let error = ask(&server).await.unwrap_err();
        assert_eq!(error.kind(), wanted, "{status} {kind}");
        assert_eq!(asked(&server).await.len(), requests, "{status} {kind}");
        assert_eq!(error.request_id(), Some("req_2"));
        let said = format!("said by the provider ({status} {kind})");
        assert!(error.to_string().ends_with(&said), "{error}");
    }
}

#[tokio::test]
async fn a_limit_of_money_is_never_tried_again() {
    for (status, kind, code) in [
        (429, "rate_limit_error", "enforced_spend_limit_reached"),
        (429, "rate_limit_error", "contract_spend_limit_reached"),
        (400, "invalid_request_error", "enforced_spend_limit_reached"),
        (
            402,
            "billing_error",
            "linked_organization_spend_limit_reached",
        ),
        (402, "new_error", "linked_organization_billing_unavailable"),
    ] {
        // Not even when the headers ask for it.
        let answer = error(status, kind, Some(code))
            .insert_header("retry-after", "0")
            .insert_header("x-should-retry", "true");
        let server = server(vec![answer, good()]).await;
        let error = ask(&server).await.unwrap_err();
        assert_eq!(error.kind(), ClaudeErrorKind::SpendLimit, "{code}");
        assert!(error.to_string().contains(code), "{error}");
        assert_eq!(asked(&server).await.len(), 1, "{code}");
    }
}

#[tokio::test]
async fn a_ramp_limit_is_waited_for() {
    let answer = error(429, "rate_limit_error", Some("ramp_limit_exceeded"))
        .insert_header("retry-after", "0.1");
    let server = server(vec![answer, good()]).await;
    assert_eq!(ask(&server).await.unwrap().text, GOOD);
    assert_eq!(asked(&server).await.len(), 2);
}

#[tokio::test]
async fn the_wait_that_is_asked_for_is_kept() {
    for (name, value, least) in [
        ("retry-after", "1", 1_000),
        ("retry-after", "0.7", 700),
        ("retry-after-ms", "600", 600),
    ] {
        let busy = error(429, "rate_limit_error", None).insert_header(name, value);
        let server = server(vec![busy, good()]).await;
        let before = Instant::now();
        let (stages, result) = ask_staged(&server).await;
        assert_eq!(result.unwrap().text, GOOD);
        let waited = before.elapsed();
        assert!(
            waited >= Duration::from_millis(least),
            "{name} {value}: {waited:?}"
        );
        let told = stages
            .iter()
            .any(|stage| matches!(stage, GenerateStage::Retrying(1..)));
        assert!(told, "{stages:?}");
    }
}

#[tokio::test]
async fn a_date_that_is_asked_for_is_waited_for() {
    let then = SystemTime::now() + Duration::from_secs(2);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&then.try_into().unwrap())
        .unwrap();
    let busy = error(429, "rate_limit_error", None).insert_header("retry-after", date.as_str());
    let server = server(vec![busy, good()]).await;
    assert_eq!(ask(&server).await.unwrap().text, GOOD);
    // The date is in whole seconds, cut off.
    let waited_until = SystemTime::now();
    assert!(waited_until >= then - Duration::from_secs(1), "{date}");
}

#[tokio::test]
async fn a_wait_beyond_the_time_of_the_call_is_told_at_once() {
    let busy = error(429, "rate_limit_error", None).insert_header("retry-after", "60");
    let server = server(vec![busy, good()]).await;
    let before = Instant::now();
    let error = ask(&server).await.unwrap_err();
    assert!(before.elapsed() < Duration::from_secs(5));
    assert_eq!(error.kind(), ClaudeErrorKind::RateLimited);
    assert_eq!(error.wait(), Some(Duration::from_mins(1)));
    assert_eq!(asked(&server).await.len(), 1);
}

#[tokio::test]
async fn the_provider_decides_whether_to_try_again() {
    let never = error(529, "overloaded_error", None).insert_header("x-should-retry", "false");
    let never_server = server(vec![never, good()]).await;
    let error_found = ask(&never_server).await.unwrap_err();
    assert_eq!(error_found.kind(), ClaudeErrorKind::Unavailable);
    assert_eq!(asked(&never_server).await.len(), 1);

    let please = error(400, "invalid_request_error", None).insert_header("x-should-retry", "true");
    let please_server = server(vec![please, good()]).await;
    assert_eq!(ask(&please_server).await.unwrap().text, GOOD);
    assert_eq!(asked(&please_server).await.len(), 2);
}

#[tokio::test]
async fn foreign_words_stay_in_one_short_line() {
    let message = format!("first\nsecond\u{7}{} end", "x".repeat(1_000));
    let body = serde_json::json!({
        "type": "error", "error": {"type": "invalid_request_error", "message": message},
    });
    let server = server(vec![ResponseTemplate::new(400).set_body_json(body)]).await;
    let error = ask(&server).await.unwrap_err().to_string();
    assert!(error.contains("first second xxx"), "{error}");
    assert!(!error.contains(char::is_control), "{error}");
    assert!(error.len() < 450, "{} bytes", error.len());
}

#[tokio::test]
async fn a_failure_without_words_is_told_by_its_status() {
    let server = server(vec![ResponseTemplate::new(503).set_body_string("<html>")]).await;
    let error = ask(&server).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Unavailable);
    assert!(error.to_string().contains("503"), "{error}");
}

#[tokio::test]
async fn a_redirect_does_not_carry_the_key_elsewhere() {
    let elsewhere = server(vec![good()]).await;
    let moved = ResponseTemplate::new(307).insert_header("location", elsewhere.uri().as_str());
    let server = server(vec![moved]).await;
    let error = ask(&server).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Malformed);
    assert!(asked(&elsewhere).await.is_empty());
}

#[tokio::test]
async fn model_and_count_are_asked_for() {
    use serde_json::json;

    let model = json!({
        "id": "claude-haiku-5-5", "type": "model", "display_name": "Claude Haiku 5.5",
        "created_at": "2026-10-07T00:00:00Z", "lifecycle": "deprecated",
        "retires_at": "2027-10-07T00:00:00Z",
        "capabilities": {"structured_outputs": {"supported": true}, "levitation": {}},
    });
    let answer = |body: &serde_json::Value| ResponseTemplate::new(200).set_body_json(body);
    let server = server(vec![
        error(529, "overloaded_error", None),
        answer(&model),
        answer(&json!({"id": "claude-haiku-5-5", "lifecycle": "asleep"})),
        answer(&json!({"input_tokens": 321})),
    ])
    .await;
    let client = client(settings(&server.uri()));
    let info = client.model_info().await.unwrap().unwrap();
    assert_eq!(info.lifecycle, crate::claude::Lifecycle::Deprecated);
    assert_eq!(info.retires_at.as_deref(), Some("2027-10-07T00:00:00Z"));
    assert_eq!(info.structured_outputs, Some(true));
    let info = client.model_info().await.unwrap().unwrap();
    assert_eq!(
        info.lifecycle,
        crate::claude::Lifecycle::Other("asleep".to_owned())
    );
    assert_eq!(info.structured_outputs, None);
    assert_eq!(client.count_tokens(&prompt()).await.unwrap(), 321);
    let asked = asked(&server).await;
    assert_eq!(asked[0].url.path(), "/v1/models/claude-haiku-5-5");
    assert_eq!(asked[0].method.as_str(), "GET");
    assert_eq!(asked[3].url.path(), "/v1/messages/count_tokens");
    let body: serde_json::Value = asked[3].body_json().unwrap();
    assert!(
        body.get("stream").is_none() && body.get("max_tokens").is_none(),
        "{body}"
    );
    assert_eq!(body["messages"][0]["content"], "f1: 12 changes");
}
