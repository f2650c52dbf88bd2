//! Keys are shown nowhere.

use serde_json::json;
use wiremock::ResponseTemplate;

use super::{KEY, client, prompt, server, settings};
use crate::claude::{ClaudeClient, ClaudeErrorKind, Credential, Route, Secret, route};

#[tokio::test]
async fn a_key_is_in_no_debug_form_and_no_error() {
    let echo = ResponseTemplate::new(401).set_body_json(json!({
        "type": "error",
        "error": {"type": "authentication_error", "message": format!("bad key {KEY}")},
    }));
    let server = server(vec![echo]).await;
    let settings = settings(&server.uri());
    assert!(!format!("{settings:?}").contains(KEY));
    assert!(!route::account(&settings).contains(KEY));
    let client = client(settings);
    assert!(!format!("{client:?}").contains(KEY));
    let error = client.generate(&prompt(), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::Authentication);
    assert!(error.to_string().contains("bad key …"), "{error}");
    assert!(!format!("{error:?}").contains(KEY));
}

#[test]
fn a_key_that_is_none_is_told_before_anything_is_sent() {
    for key in ["", "  ", "sk-ant\nsecond line", "ключ\u{0}"] {
        let mut settings = settings("http://127.0.0.1:9");
        settings.route = Route::Anthropic {
            base_url: None,
            credential: Credential::ApiKey(Secret::new(key)),
        };
        let error = ClaudeClient::new(settings).unwrap_err();
        assert_eq!(error.kind(), ClaudeErrorKind::NoCredentials, "{key:?}");
        assert!(!error.to_string().contains("sk-ant"), "{error}");
    }
}

#[test]
fn an_address_that_is_none_is_told() {
    for url in [
        "",
        "localhost:80",
        "ftp://somewhere",
        "https://",
        "https://user:hunter2@gateway",
    ] {
        let error = ClaudeClient::new(settings(url)).unwrap_err();
        assert_eq!(error.kind(), ClaudeErrorKind::InvalidRequest, "{url}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn an_account_is_the_same_for_the_same_key_and_no_other() {
    let account = |key: &str, model: &str| {
        let mut settings = settings("http://127.0.0.1:9");
        settings.model = model.to_owned();
        settings.route = Route::Anthropic {
            base_url: None,
            credential: Credential::ApiKey(Secret::new(key)),
        };
        route::account(&settings)
    };
    assert_eq!(account("a", "m"), account("a", "m"));
    assert_ne!(account("a", "m"), account("b", "m"));
    assert_ne!(account("a", "m"), account("a", "n"));
}
