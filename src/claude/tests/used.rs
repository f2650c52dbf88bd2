//! What a try is counted as having used.

use std::{sync::Arc, time::Duration};

use reqwest::Method;
use tokio::time::Instant;
use wiremock::ResponseTemplate;

use super::{
    client, end, error, good, prompt, server, settings, start, stop, stream, text, text_block,
};
use crate::claude::{
    call::Request,
    governor::{Need, Used},
    request_body,
};

const NEED: Need = Need {
    input_tokens: 1_300,
    output_tokens: 2_000,
    micros: 1_130,
};

async fn used(answer: ResponseTemplate) -> Option<Used> {
    let server = server(vec![answer]).await;
    let settings = settings(&server.uri());
    let body = request_body(&settings, &prompt()).to_string().into_bytes();
    let request = Request {
        method: Method::POST,
        path: "messages".to_owned(),
        body: Arc::from(body),
    };
    let deadline = Instant::now() + Duration::from_secs(2);
    let client = client(settings);
    client
        .attempt(&request, &NEED, 1_200, deadline, &|_| ())
        .await
        .used
}

#[tokio::test]
async fn what_the_provider_says_counts_whatever_the_outcome() {
    let ends = [
        "end_turn",
        "refusal",
        "max_tokens",
        "model_context_window_exceeded",
        "tool_use",
    ];
    for reason in ends {
        let answer = stream(&[start(), text_block(0), text(0, "{}"), end(reason), stop()]);
        let used = used(answer).await.unwrap();
        assert_eq!(
            (used.input_tokens, used.output_tokens),
            (1_000, 30),
            "{reason}"
        );
        assert_eq!(used.micros, 115, "{reason}");
        assert_eq!(used.estimated_input, 1_200, "{reason}");
    }
}

#[tokio::test]
async fn of_an_answer_that_broke_off_its_text_is_estimated() {
    // 135 bytes: a hundred tokens. The one token of the start is not all.
    let long = "a".repeat(135);
    let used = used(stream(&[start(), text_block(0), text(0, &long)]))
        .await
        .unwrap();
    assert_eq!((used.input_tokens, used.output_tokens), (1_000, 100));
}

#[tokio::test]
async fn silence_after_the_request_counts_as_reserved() {
    let used = used(good().set_delay(Duration::from_secs(20)))
        .await
        .unwrap();
    assert_eq!((used.input_tokens, used.output_tokens), (1_300, 0));
}

#[tokio::test]
async fn a_refused_request_used_nothing() {
    for status in [400, 429, 529] {
        assert!(
            used(error(status, "some_error", None)).await.is_none(),
            "{status}"
        );
    }
}
