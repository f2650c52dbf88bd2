//! What must not end a function: time that runs out, events that are none. And what does.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{events::Asked, modern_call};
use crate::support::runtime_api::{Answer, Function, MINUTE, Outcome};

/// A statement that would run for minutes.
const ENDLESS: &str = "SELECT count(*) FROM configuration_items a CROSS JOIN configuration_items b \
                       CROSS JOIN configuration_items c WHERE a.configuration < b.configuration \
                       AND b.configuration < c.configuration";

async fn within(function: &mut Function, asked: &Asked, left: Duration) -> Answer {
    match function.invoke(asked.to_url(), left).await {
        Outcome::Answered(answer) => Answer::of(&answer),
        Outcome::Failed(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn an_answer_comes_before_the_function_would_be_ended() {
    let mut function = Function::of_demo(&[]).await;
    // The first question reads the whole history: it is not there at once.
    for left in [Duration::ZERO, Duration::from_secs(1)] {
        let late = within(&mut function, &Asked::november(), left).await;
        late.failure(504, "time_limit");
    }
    let arguments = json!({"from": "2023-11-01", "to": "2024-11-30", "sql": ENDLESS});
    let one_body = modern_call("run_sql", &arguments);
    // With a token for its progress a call is answered by a stream of events.
    let mut streamed = one_body.clone();
    let body = streamed.body.as_deref().unwrap();
    let mut message: serde_json::Value = serde_json::from_str(body).unwrap();
    message["params"]["_meta"]["progressToken"] = json!("p");
    streamed.body = Some(message.to_string());
    for asked in [one_body, streamed] {
        let (begun, left) = (Instant::now(), Duration::from_secs(4));
        let late = within(&mut function, &asked, left).await;
        assert!(begun.elapsed() < left, "{:?}", begun.elapsed());
        late.failure(504, "time_limit");
    }
    let health = function.answer(Asked::get("/healthz").to_url()).await;
    assert_eq!(health.status, 200);
    let lines = function.end().await.requests();
    let late = lines.iter().filter(|line| line["code"] == "time_limit");
    assert_eq!(
        late.filter(|line| line["status"] == 504).count(),
        4,
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_stream_of_events_is_sent_as_a_whole() {
    let mut function = Function::of_demo(&[]).await;
    let mut asked = modern_call("describe_history", &json!({}));
    let mut message: serde_json::Value =
        serde_json::from_str(asked.body.as_deref().unwrap()).unwrap();
    message["params"]["_meta"]["progressToken"] = json!("p");
    asked.body = Some(message.to_string());
    let answer = function.answer(asked.to_url()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let data = answer
        .body
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    let messages: Vec<serde_json::Value> = data
        .filter_map(|data| serde_json::from_str(data).ok())
        .collect();
    let last = messages.last().unwrap();
    assert_eq!(last["id"], 7, "{answer:?}");
    assert_ne!(last["result"]["isError"], true, "{last}");
}

#[tokio::test]
async fn an_event_that_is_none_does_not_end_the_function() {
    let mut function = Function::of_demo(&[]).await;
    for event in [
        json!({}),
        json!(null),
        json!([1, 2]),
        json!("text"),
        json!({"Records": [{"eventSource": "aws:s3"}]}),
        json!({"version": "2.0", "requestContext": {"http": {"method": "NO SUCH METHOD"}}}),
    ] {
        // Refused, or read as a request that nothing is served for; never an end.
        match function.invoke(event.clone(), MINUTE).await {
            Outcome::Failed(error) => assert!(error["errorMessage"].is_string(), "{error}"),
            Outcome::Answered(answer) => {
                let status = answer["statusCode"].as_u64().unwrap();
                assert!((400..500).contains(&status), "{event}: {answer}");
            }
        }
    }
    let mut broken = Asked::november().encoded().to_url();
    broken["body"] = json!("not base64!");
    assert!(!matches!(
        function.invoke(broken, MINUTE).await,
        Outcome::Answered(answer) if answer["statusCode"] == 200
    ));
    assert_eq!(
        function.answer(Asked::november().to_url()).await.status,
        200
    );
}

#[tokio::test]
async fn every_line_of_the_log_is_json() {
    let settings = [("CONFIG_HISTORY_LOG", "info")];
    let mut function = Function::of_demo(&settings).await;
    for event in [
        Asked::november().to_url(),
        Asked::get("/nowhere").to_url(),
        json!({"Records": []}),
    ] {
        function.invoke(event, MINUTE).await;
    }
    // Nothing stands on standard output: `end` sees to it.
    let written = function.end().await;
    assert_eq!(written.requests().len(), 2, "{}", written.err);
    for line in written.log() {
        assert!(line["timestamp"].is_string() && line["level"].is_string());
    }
    let first = &written.requests()[0];
    assert_eq!(first["asked"], "article", "{first}");
    assert_eq!(first["status"], 200, "{first}");
    assert_eq!(first["id"], "8476a536-e9f4-11e8-9739-000000000001");
}

#[tokio::test]
async fn settings_that_are_wrong_end_it_with_a_reason() {
    for (settings, reason) in [
        (&[][..], "--demo"),
        (
            &[
                ("CONFIG_HISTORY_DEMO", "true"),
                ("CONFIG_HISTORY_TOKENS", "short"),
            ],
            "CONFIG_HISTORY_TOKENS",
        ),
    ] {
        let (code, written) = Function::start(settings).await.ended().await;
        assert_eq!(code, Some(2), "{}", written.err);
        assert_eq!(written.out, "");
        assert!(written.err.contains(reason), "{}", written.err);
    }
}
