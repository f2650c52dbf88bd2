//! Who may ask a function: whom AWS tells apart by a signature, or bearers of tokens; under which
//! name.

use serde_json::json;

use super::{
    events::{API_HOST, ARN, Asked, URL_HOST},
    modern_call,
};
use crate::support::runtime_api::{Function, MINUTE, Outcome};

const TOKEN: &str = "0123456789abcdef0123456789";

#[tokio::test]
async fn without_a_signature_and_without_tokens_nobody_may_ask() {
    let mut function = Function::of_demo(&[]).await;
    for asked in [
        Asked::november(),
        Asked::november().with("authorization", &format!("Bearer {TOKEN}")),
        Asked::get("/readyz"),
        Asked::get("/anything"),
        modern_call("describe_history", &json!({})),
    ] {
        let asked = asked.unsigned();
        for event in [asked.to_url(), asked.to_rest_api("prod")] {
            let answer = function.answer(event).await;
            let error = answer.failure(401, "unauthorized");
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("sign with AWS"), "{message}");
            assert!(!answer.header("www-authenticate").contains("Bearer"));
        }
    }
    let health = function.answer(Asked::get("/healthz").unsigned().to_url());
    assert_eq!(health.await.status, 200);
    let written = function.end().await;
    for line in written.requests() {
        assert_eq!(line["caller"], "-", "{line}");
        assert!(!line.to_string().contains(TOKEN), "{line}");
    }
}

#[tokio::test]
async fn who_signed_is_the_caller() {
    let mut function = Function::of_demo(&[]).await;
    let ready = Asked::get("/readyz");
    for event in [ready.to_url(), ready.to_rest_api("prod")] {
        assert_eq!(function.answer(event).await.status, 200);
    }
    // What a caller says of itself is no identity.
    let mut forged = ready.clone().unsigned().to_url();
    forged["headers"]["x-amzn-iam-user-arn"] = json!(ARN);
    forged["requestContext"]["authorizer"] = json!({"jwt": {"claims": {"sub": ARN}}});
    let refused = function.answer(forged).await;
    refused.failure(401, "unauthorized");
    let mut nobody = ready.to_url();
    nobody["requestContext"]["authorizer"]["iam"]["userArn"] = json!("");
    function.answer(nobody).await.failure(401, "unauthorized");

    let written = function.end().await;
    let lines = written.requests();
    let callers: Vec<&str> = lines
        .iter()
        .map(|line| line["caller"].as_str().unwrap())
        .collect();
    assert_eq!(callers, [ARN, ARN, "-", "-"]);
}

#[tokio::test]
async fn a_bearer_of_a_token_may_ask_where_nobody_signs() {
    let tokens = format!("tanaka={TOKEN}");
    let mut function = Function::of_demo(&[("CONFIG_HISTORY_TOKENS", &tokens)]).await;
    let asked = |authorization: Option<&str>| {
        let ready = Asked::get("/readyz").unsigned();
        match authorization {
            Some(value) => ready.with("authorization", value),
            None => ready,
        }
    };
    let good = asked(Some(&format!("Bearer {TOKEN}")));
    for event in [good.to_url(), good.to_rest_api("prod")] {
        assert_eq!(function.answer(event).await.status, 200);
    }
    for wrong in [
        None,
        Some("Bearer 0123456789abcdef0123456780"),
        Some("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20241201/us-east-1/lambda/aws4_request"),
    ] {
        let refused = function.answer(asked(wrong).to_url()).await;
        refused.failure(401, "unauthorized");
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
    }
    let lines = function.end().await.requests();
    assert_eq!(lines[0]["caller"], "tanaka", "{lines:?}");
    assert!(lines.iter().all(|line| !line.to_string().contains(TOKEN)));
}

#[tokio::test]
async fn only_the_name_that_aws_tells_is_its_own() {
    let mut function = Function::of_demo(&[]).await;
    let ready = Asked::get("/readyz");
    for host in [
        "evil.example",
        API_HOST,
        &format!("{URL_HOST}.evil.example"),
    ] {
        let refused = function.answer(ready.clone().with("host", host).to_url());
        refused.await.failure(403, "host_not_allowed");
    }
    let rest = ready.clone().with("host", URL_HOST).to_rest_api("prod");
    function.answer(rest).await.failure(403, "host_not_allowed");
    let loud = URL_HOST.to_uppercase();
    let answer = function.answer(ready.clone().with("host", &loud).to_url());
    assert_eq!(answer.await.status, 200);

    let page = ready.clone().with("origin", "https://evil.example");
    let refused = function.answer(page.to_url()).await;
    refused.failure(403, "origin_not_allowed");

    // What is no name at all is refused before the program sees it, and ends nothing.
    let broken = ready.clone().with("host", "a b").to_url();
    assert!(matches!(
        function.invoke(broken, MINUTE).await,
        Outcome::Failed(_)
    ));
    assert_eq!(function.answer(ready.to_url()).await.status, 200);
}

#[tokio::test]
async fn a_name_of_its_own_can_be_given() {
    let name = ("CONFIG_HISTORY_ALLOWED_HOST", "history.example");
    let mut function = Function::of_demo(&[name]).await;
    let asked = Asked::get("/readyz").with("host", "history.example");
    assert_eq!(function.answer(asked.to_url()).await.status, 200);
}
