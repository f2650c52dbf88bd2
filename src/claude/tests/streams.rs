//! Answers as streams.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    GOOD, asked, block, block_stop, client, delta, end, error, good, prompt, raw_stream, server,
    settings, start, stop, stream, text, text_block,
};
use crate::claude::{ClaudeErrorKind, GenerateStage};

#[tokio::test]
async fn text_is_put_together_and_usage_is_summed() {
    let server = server(vec![good()]).await;
    let (stages, result) = super::ask_staged(&server).await;
    let generated = result.unwrap();
    assert_eq!(generated.text, GOOD);
    assert_eq!(generated.model, "claude-haiku-5-5");
    assert_eq!(generated.usage.input_tokens, 1_000, "cached or not");
    assert_eq!(generated.usage.output_tokens, 30, "cumulative, not added");
    // 1,000 tokens at US$ 0.10 and 30 at US$ 0.50 a million.
    assert_eq!(generated.cost_micros, Some(115));
    assert_eq!(generated.request_id.as_deref(), Some("req_1"));
    assert_eq!(
        stages,
        [
            GenerateStage::Sent,
            GenerateStage::Receiving(12),
            GenerateStage::Receiving(17),
        ]
    );
}

#[tokio::test]
async fn what_is_new_is_passed_over() {
    let server = server(vec![stream(&[
        json!({"type": "ping"}),
        start(),
        block(
            0,
            &json!({"type": "thinking", "thinking": "", "signature": ""}),
        ),
        delta(
            0,
            &json!({"type": "thinking_delta", "thinking": "12 changes, so"}),
        ),
        delta(0, &json!({"type": "signature_delta", "signature": "abc"})),
        // No text of a block that is none, whatever it calls itself.
        text(0, "not for the reader"),
        block_stop(0),
        json!({"type": "ping"}),
        block(1, &json!({"type": "hologram", "frames": []})),
        delta(1, &json!({"type": "frame_delta", "frame": 1})),
        text_block(2),
        json!({"type": "weather_report", "index": "none"}),
        text(2, GOOD),
        delta(2, &json!({"type": "emphasis_delta", "text": "!"})),
        block_stop(2),
        end("satisfied"),
        stop(),
    ])])
    .await;
    assert_eq!(super::ask(&server).await.unwrap().text, GOOD);
}

#[tokio::test]
async fn a_ping_without_json_is_passed_over() {
    let good = String::from_utf8(body_of(&[
        start(),
        text_block(0),
        text(0, GOOD),
        end("end_turn"),
        stop(),
    ]))
    .unwrap();
    let server = server(vec![raw_stream(&format!(
        ": a comment\n\nevent: ping\ndata: no JSON\n\n{good}"
    ))])
    .await;
    assert_eq!(super::ask(&server).await.unwrap().text, GOOD);
}

fn body_of(events: &[serde_json::Value]) -> Vec<u8> {
    events
        .iter()
        .flat_map(|event| {
            format!(
                "event: {}\r\ndata: {event}\r\n\r\n",
                event["type"].as_str().unwrap()
            )
            .into_bytes()
        })
        .collect()
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_asked_for_again() {
    let broken = stream(&[start(), text_block(0), text(0, "{\"head")]);
    let server = server(vec![broken, good()]).await;
    let (stages, result) = super::ask_staged(&server).await;
    assert_eq!(result.unwrap().text, GOOD, "nothing of the first try");
    assert!(stages.contains(&GenerateStage::Retrying(1)), "{stages:?}");
    assert_eq!(asked(&server).await.len(), 2);
}

#[tokio::test]
async fn streams_that_always_break_off_are_an_error() {
    // The reason for the end has come, the end itself has not.
    let broken = stream(&[start(), text_block(0), text(0, GOOD), end("end_turn")]);
    let server = server(vec![broken]).await;
    let error = super::ask(&server).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Network);
    assert!(error.to_string().contains("broke off"), "{error}");
    assert_eq!(error.request_id(), Some("req_1"));
    assert_eq!(asked(&server).await.len(), 3);
}

#[tokio::test]
async fn an_error_within_a_stream_has_its_type() {
    for (kind, wanted, requests) in [
        ("overloaded_error", ClaudeErrorKind::Unavailable, 3),
        ("rate_limit_error", ClaudeErrorKind::RateLimited, 3),
        ("invalid_request_error", ClaudeErrorKind::InvalidRequest, 1),
        ("new_error", ClaudeErrorKind::Malformed, 1),
    ] {
        let failed = json!({"type": "error", "error": {"type": kind, "message": "too busy"}});
        let server = server(vec![stream(&[start(), text_block(0), failed])]).await;
        let error = super::ask(&server).await.unwrap_err();
        assert_eq!(error.kind(), wanted, "{kind}");
        assert!(
            error.to_string().contains(&format!("too busy ({kind})")),
            "{error}"
        );
        assert_eq!(asked(&server).await.len(), requests, "{kind}");
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_an_error() {
    let server = server(vec![raw_stream(
        "event: message_start\ndata: {\"type\":\n\n",
    )])
    .await;
    let error = super::ask(&server).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Malformed);
    assert_eq!(asked(&server).await.len(), 1);
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let long = "x".repeat(600_000);
    for text in [
        // Two deltas within the limit of a line, together above that of the text.
        String::from_utf8(body_of(&[
            start(),
            text_block(0),
            text(0, &long),
            text(0, &long),
        ]))
        .unwrap(),
        // A line that never ends.
        format!("data: {}", "x".repeat(2_000_000)),
    ] {
        let server = server(vec![raw_stream(&text)]).await;
        let error = super::ask(&server).await.unwrap_err();
        assert_eq!(error.kind(), ClaudeErrorKind::Malformed);
        assert!(error.to_string().contains("longer"), "{error}");
    }
}

#[tokio::test]
async fn a_message_in_one_piece_is_taken_as_well() {
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-5-5",
        "content": [{"type": "thinking", "thinking": "so"}, {"type": "text", "text": GOOD}],
        "stop_reason": "end_turn", "usage": {"input_tokens": 7, "output_tokens": 3},
    });
    let server = server(vec![
        wiremock::ResponseTemplate::new(200).set_body_json(message),
    ])
    .await;
    let generated = super::ask(&server).await.unwrap();
    assert_eq!(generated.text, GOOD);
    assert_eq!(generated.usage.input_tokens, 7);
    assert_eq!(generated.usage.output_tokens, 3);
}

#[tokio::test]
async fn what_is_no_message_is_an_error() {
    let page =
        wiremock::ResponseTemplate::new(200).set_body_raw("<html>Log in</html>", "text/html");
    let server = server(vec![page]).await;
    let error = super::ask(&server).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Malformed);
}

#[tokio::test]
async fn no_answer_in_time_is_a_timeout() {
    let server = server(vec![good().set_delay(Duration::from_secs(20))]).await;
    let mut settings = settings(&server.uri());
    settings.timeout = Duration::from_millis(400);
    let before = Instant::now();
    let error = client(settings)
        .generate(&prompt(), &|_| ())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Timeout);
    assert!(before.elapsed() < Duration::from_secs(5));
    assert_eq!(asked(&server).await.len(), 1);
}

#[tokio::test]
async fn tries_end_with_the_time() {
    let server = server(vec![
        error(529, "overloaded_error", None).set_delay(Duration::from_millis(300)),
        good().set_delay(Duration::from_secs(20)),
    ])
    .await;
    let mut settings = settings(&server.uri());
    settings.timeout = Duration::from_millis(700);
    let before = Instant::now();
    let error = client(settings)
        .generate(&prompt(), &|_| ())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Timeout);
    assert!(before.elapsed() < Duration::from_secs(5));
    assert_eq!(asked(&server).await.len(), 2);
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            thread::spawn(move || {
                assert!(connection.read(&mut [0; 4_096]).unwrap() > 0);
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
                connection.write_all(head.as_bytes()).unwrap();
                connection
                    .write_all(&body_of(&[start(), text_block(0)]))
                    .unwrap();
                connection.read_to_end(&mut Vec::new()).ok();
            });
        }
    });
    let before = Instant::now();
    let client = client(settings(&url));
    let error = client.generate(&prompt(), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Network);
    assert!(error.to_string().contains("silence"), "{error}");
    // Three silences of half a second, far from the 20 seconds of the call.
    assert!(before.elapsed() >= Duration::from_millis(1_500));
    assert!(before.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_place_that_is_not_there_is_told() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let client = client(settings(&url));
    let error = client.generate(&prompt(), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Network);
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}
