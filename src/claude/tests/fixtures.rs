//! Answers after the documentation, kept under `tests/claude/fixtures` and held there to the types
//! of the official SDK.

use std::{fs, path::Path};

use wiremock::ResponseTemplate;

use super::{ask, asked, raw_stream, server};
use crate::claude::{ClaudeError, ClaudeErrorKind};

const CALM: &str = r#"{"headline":"November was calm"}"#;

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/claude/fixtures");
    fs::read_to_string(folder.join(name)).unwrap()
}

#[tokio::test]
async fn streams_end_as_they_say() {
    for (name, wanted) in [
        ("streams/answer.sse", Ok((CALM, 57))),
        (
            "streams/japanese.sse",
            Ok((r#"{"headline":"11月は静かでした"}"#, 57)),
        ),
        // What was thought is paid for, and not shown.
        ("streams/thinking_first.sse", Ok((CALM, 412))),
        ("undescribed/newer_events.sse", Ok((CALM, 57))),
        ("streams/cut.sse", Err(ClaudeErrorKind::Network)),
        ("streams/overloaded.sse", Err(ClaudeErrorKind::Unavailable)),
        (
            "streams/output_limit.sse",
            Err(ClaudeErrorKind::OutputLimit),
        ),
        ("streams/refusal.sse", Err(ClaudeErrorKind::Refused)),
    ] {
        let server = server(vec![raw_stream(&fixture(name))]).await;
        let result = ask(&server).await;
        let found = result
            .as_ref()
            .map(|generated| (generated.text.as_str(), generated.usage.output_tokens));
        assert_eq!(found.map_err(ClaudeError::kind), wanted, "{name}");
        if let Ok(generated) = &result {
            assert_eq!(generated.usage.input_tokens, 2_684, "{name}");
        }
    }
}

#[tokio::test]
async fn messages_end_as_they_say() {
    for (name, wanted) in [
        ("answer", Ok(2_684)),
        // 84 new, 600 written to the cache, 2,000 read from it.
        ("cached", Ok(2_684)),
        ("thinking_first", Ok(2_684)),
        ("context_window", Err(ClaudeErrorKind::TooLarge)),
        ("output_limit", Err(ClaudeErrorKind::OutputLimit)),
        ("refusal", Err(ClaudeErrorKind::Refused)),
    ] {
        let message = fixture(&format!("messages/{name}.json"));
        let answer = ResponseTemplate::new(200).set_body_raw(message, "application/json");
        let server = server(vec![answer]).await;
        let result = ask(&server).await;
        if let Ok(generated) = &result {
            assert_eq!(generated.text, CALM, "{name}");
        }
        let input = result.map(|generated| generated.usage.input_tokens);
        assert_eq!(input.map_err(|error| error.kind()), wanted, "{name}");
    }
}

#[tokio::test]
async fn failures_have_their_kind_and_are_repeated_where_that_can_help() {
    for (name, wanted, requests) in [
        ("errors/400_invalid", ClaudeErrorKind::InvalidRequest, 1),
        // Nothing but its message says what it is, and messages change.
        ("errors/400_spend_limit", ClaudeErrorKind::InvalidRequest, 1),
        (
            "errors/401_authentication",
            ClaudeErrorKind::Authentication,
            1,
        ),
        ("errors/402_billing", ClaudeErrorKind::SpendLimit, 1),
        ("errors/403_permission", ClaudeErrorKind::Permission, 1),
        ("errors/404_not_found", ClaudeErrorKind::ModelNotFound, 1),
        ("undescribed/413_too_large", ClaudeErrorKind::TooLarge, 1),
        ("errors/429_ramp", ClaudeErrorKind::RateLimited, 3),
        ("errors/429_rate_limit", ClaudeErrorKind::RateLimited, 3),
        ("errors/429_spend_limit", ClaudeErrorKind::SpendLimit, 1),
        ("errors/500_api", ClaudeErrorKind::Unavailable, 3),
        ("errors/504_timeout", ClaudeErrorKind::Unavailable, 3),
        ("errors/529_overloaded", ClaudeErrorKind::Unavailable, 3),
    ] {
        let (_, file) = name.split_once('/').unwrap();
        let (status, _) = file.split_once('_').unwrap();
        let body = fixture(&format!("{name}.json"));
        let answer = ResponseTemplate::new(status.parse::<u16>().unwrap())
            .set_body_raw(body, "application/json");
        let server = server(vec![answer]).await;
        let error = ask(&server).await.unwrap_err();
        assert_eq!(error.kind(), wanted, "{name}");
        assert_eq!(
            error.request_id(),
            Some("req_011CSHoEeqs5C35K2UUqR7Fy"),
            "{name}"
        );
        assert_eq!(asked(&server).await.len(), requests, "{name}");
    }
}
