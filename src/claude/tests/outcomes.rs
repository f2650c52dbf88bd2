//! Answers that arrive and are none.

use serde_json::json;

use super::{GOOD, ask, asked, end, server, start, stop, stream, text, text_block};
use crate::claude::{ClaudeError, ClaudeErrorKind};

#[tokio::test]
async fn every_end_has_its_outcome_and_is_not_tried_again() {
    for (reason, wanted) in [
        ("max_tokens", Some(ClaudeErrorKind::OutputLimit)),
        (
            "model_context_window_exceeded",
            Some(ClaudeErrorKind::TooLarge),
        ),
        ("tool_use", Some(ClaudeErrorKind::Malformed)),
        ("pause_turn", Some(ClaudeErrorKind::Malformed)),
        ("stop_sequence", None),
        ("a_new_reason", None),
    ] {
        let answer = stream(&[start(), text_block(0), text(0, GOOD), end(reason), stop()]);
        let server = server(vec![answer]).await;
        let result = ask(&server).await;
        assert_eq!(
            result.as_ref().err().map(ClaudeError::kind),
            wanted,
            "{reason}"
        );
        assert_eq!(asked(&server).await.len(), 1, "{reason}");
    }
}

#[tokio::test]
async fn a_refusal_names_its_category() {
    let end = json!({
        "type": "message_delta",
        "delta": {
            "stop_reason": "refusal",
            "stop_details": {"type": "refusal", "category": "cyber", "explanation": "x"},
        },
        "usage": {"output_tokens": 2},
    });
    let server = server(vec![stream(&[start(), end, stop()])]).await;
    let error = ask(&server).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Refused);
    assert_eq!(
        error.to_string(),
        "the model refuses to answer (category cyber)"
    );
    assert_eq!(error.request_id(), Some("req_1"));
}

#[tokio::test]
async fn an_answer_without_text_is_none() {
    let server = server(vec![stream(&[start(), end("end_turn"), stop()])]).await;
    let error = ask(&server).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Malformed);
}
