//! Amazon Bedrock: signatures, keys and refusals.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

use super::{GOOD, asked, client, error, good, prompt, server, settings};
use crate::{
    aws::{AwsClients, AwsSettings},
    claude::{ClaudeErrorKind, ClaudeSettings, Route, Secret, route},
};

/// Settings whose requests are signed as the profile `keys` of the tests of `aws`.
fn signed(base: Option<String>, role: bool) -> ClaudeSettings {
    let aws = AwsSettings {
        profile: Some("keys".to_owned()),
        region: Some("eu-west-1".to_owned()),
        endpoint_url: base.clone(),
        role_arn: role.then(|| "arn:aws:iam::444455556666:role/Audit".to_owned()),
        ..AwsSettings::default()
    };
    ClaudeSettings {
        route: Route::Bedrock {
            base_url: base.map(|url| format!("{url}/anthropic")),
            bearer: None,
            aws: AwsClients::for_tests(aws),
        },
        ..settings("http://127.0.0.1:9")
    }
}

fn sha256(text: &[u8]) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// HMAC by its definition (RFC 2104), for keys that fit a block.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |with: u8| -> Vec<u8> {
        let mut block = [0_u8; 64];
        block[..key.len()].copy_from_slice(key);
        block.iter().map(|byte| byte ^ with).collect()
    };
    let inner = Sha256::digest([pad(0x36).as_slice(), message].concat());
    Sha256::digest([pad(0x5c).as_slice(), inner.as_slice()].concat()).to_vec()
}

#[test]
fn the_tests_own_hmac_is_right() {
    // RFC 4231, test case 2.
    assert_eq!(
        hex(&hmac(b"Jefe", b"what do ya want for nothing?")),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request
        .headers
        .get(name)
        .unwrap_or_else(|| panic!("no {name}"))
        .to_str()
        .unwrap()
}

/// Computes the signature anew from what arrived, as AWS describes it.
fn signature(request: &Request, secret: &str, signed_headers: &str, scope: &str) -> String {
    let headers: Vec<String> = signed_headers
        .split(';')
        .map(|name| format!("{name}:{}", header(request, name).trim()))
        .collect();
    let headers = headers.join("\n");
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n\n{signed_headers}\n{}",
        request.method,
        request.url.path(),
        request.url.query().unwrap_or_default(),
        sha256(&request.body),
    );
    let when = header(request, "x-amz-date");
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{when}\n{scope}\n{}",
        sha256(canonical.as_bytes())
    );
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in scope.split('/') {
        key = hmac(&key, part.as_bytes());
    }
    hex(&hmac(&key, to_sign.as_bytes()))
}

#[tokio::test]
async fn a_signature_is_made_out_to_the_messages_endpoint_and_verifies() {
    let server = server(vec![good()]).await;
    let client = client(signed(Some(server.uri()), false));
    assert_eq!(client.model(), "anthropic.claude-haiku-5-5");
    assert_eq!(
        client.generate(&prompt(), &|_| ()).await.unwrap().text,
        GOOD
    );

    let asked = asked(&server).await;
    let request = &asked[0];
    assert_eq!(request.url.path(), "/anthropic/v1/messages");
    assert_eq!(header(request, "anthropic-version"), "2026-10-21");
    let body: serde_json::Value = request.body_json().unwrap();
    assert_eq!(body["model"], "anthropic.claude-haiku-5-5");
    assert_eq!(
        body["thinking"]["type"], "disabled",
        "known under its Bedrock name"
    );

    let authorization = header(request, "authorization");
    let rest = authorization.strip_prefix("AWS4-HMAC-SHA256 ").unwrap();
    let parts: Vec<&str> = rest.split(", ").collect();
    let credential = parts[0].strip_prefix("Credential=").unwrap();
    let signed_headers = parts[1].strip_prefix("SignedHeaders=").unwrap();
    let given = parts[2].strip_prefix("Signature=").unwrap();
    let (key, scope) = credential.split_once('/').unwrap();
    assert_eq!(key, "AKIDPROFILE");
    let (day, _) = header(request, "x-amz-date").split_once('T').unwrap();
    assert_eq!(
        scope,
        format!("{day}/eu-west-1/bedrock-mantle/aws4_request")
    );
    for name in ["host", "x-amz-date", "content-type", "anthropic-version"] {
        assert!(
            signed_headers.split(';').any(|signed| signed == name),
            "{signed_headers}"
        );
    }
    assert_eq!(given, signature(request, "secret", signed_headers, scope));
}

#[tokio::test]
async fn the_address_is_that_of_the_region() {
    let address = route::address(&signed(None, false), "messages")
        .await
        .unwrap();
    assert_eq!(
        address.as_str(),
        "https://bedrock-mantle.eu-west-1.api.aws/anthropic/v1/messages"
    );
}

#[tokio::test]
async fn a_bedrock_key_goes_as_bearer() {
    let server = server(vec![good()]).await;
    let mut settings = signed(Some(server.uri()), false);
    if let Route::Bedrock { bearer, .. } = &mut settings.route {
        *bearer = Some(Secret::new("bedrock-key"));
    }
    "anthropic.claude-haiku-5-5".clone_into(&mut settings.model);
    let client = client(settings);
    assert_eq!(
        client.model(),
        "anthropic.claude-haiku-5-5",
        "no second prefix"
    );
    client.generate(&prompt(), &|_| ()).await.unwrap();
    let asked = asked(&server).await;
    assert_eq!(header(&asked[0], "authorization"), "Bearer bedrock-key");
    assert!(asked[0].headers.get("x-amz-date").is_none());
    assert_eq!(client.model_info().await.unwrap(), None, "not told there");
    assert_eq!(super::asked(&server).await.len(), 1);
}

#[tokio::test]
async fn a_model_without_access_is_told_with_where_to_ask() {
    let server = server(vec![error(403, "permission_error", None)]).await;
    let client = client(signed(Some(server.uri()), false));
    let error = client.generate(&prompt(), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Permission);
    let text = error.to_string();
    for part in [
        "anthropic.claude-haiku-5-5",
        "said by the provider",
        "Bedrock console, Model access",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(asked(&server).await.len(), 1);
}

const ASSUMED: &str = "\
<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
<Credentials><AccessKeyId>AKIDROLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
<SessionToken>the-session</SessionToken><Expiration>2199-01-01T00:00:00Z</Expiration>\
</Credentials></AssumeRoleResult></AssumeRoleResponse>";

fn is_sts(request: &Request) -> bool {
    String::from_utf8_lossy(&request.body).contains("Action=AssumeRole")
}

/// A server of STS and Bedrock, which says `refused` so many times before it answers.
async fn with_sts(refused: ResponseTemplate, times: usize) -> MockServer {
    let server = MockServer::start().await;
    let count = std::sync::atomic::AtomicUsize::new(0);
    let answer = move |request: &Request| {
        if is_sts(request) {
            return ResponseTemplate::new(200).set_body_raw(ASSUMED, "text/xml");
        }
        let before = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if before < times {
            refused.clone()
        } else {
            good()
        }
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn expired() -> ResponseTemplate {
    ResponseTemplate::new(403)
        .insert_header("x-amzn-errortype", "ExpiredTokenException:http://internal/")
        .set_body_json(serde_json::json!({"message": "The security token is expired"}))
}

#[tokio::test]
async fn expired_credentials_are_looked_for_anew_once() {
    let server = with_sts(expired(), 1).await;
    let client = client(signed(Some(server.uri()), true));
    assert_eq!(
        client.generate(&prompt(), &|_| ()).await.unwrap().text,
        GOOD
    );
    assert_eq!(
        client.generate(&prompt(), &|_| ()).await.unwrap().text,
        GOOD
    );
    let asked = asked(&server).await;
    let roles = asked.iter().filter(|request| is_sts(request)).count();
    assert_eq!(
        roles, 2,
        "once at first, once after the refusal, kept for the second call"
    );
    let ours = asked.iter().find(|request| !is_sts(request)).unwrap();
    assert_eq!(header(ours, "x-amz-security-token"), "the-session");
    let signed = header(ours, "authorization");
    assert!(signed.contains("Credential=AKIDROLE/"), "{signed}");
    assert!(signed.contains("x-amz-security-token"), "{signed}");
}

#[tokio::test]
async fn credentials_that_stay_expired_are_an_error() {
    let server = with_sts(expired(), usize::MAX).await;
    let client = client(signed(Some(server.uri()), true));
    let error = client.generate(&prompt(), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Authentication);
    assert!(
        error.to_string().contains("The security token is expired"),
        "{error}"
    );
    let asked = asked(&server).await;
    assert_eq!(asked.iter().filter(|request| !is_sts(request)).count(), 2);
}
