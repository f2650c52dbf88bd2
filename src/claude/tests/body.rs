//! What is sent.

use serde_json::Value;

use super::{asked, good, prompt, server, settings};
use crate::claude::{
    ClaudeSettings, Credential, Role, Route, Secret, Turn, estimate_tokens, estimated_input,
    request_body,
};

/// Fields that current models refuse, or that would force what must stay free.
const NEVER: [&str; 7] = [
    "temperature",
    "top_p",
    "top_k",
    "tool_choice",
    "tools",
    "stop_sequences",
    "cache_control",
];

fn of_model(model: &str) -> Value {
    let settings = ClaudeSettings {
        model: model.to_owned(),
        ..settings("http://127.0.0.1:9")
    };
    request_body(&settings, &prompt())
}

#[test]
fn a_body_holds_what_its_model_takes() {
    let haiku = of_model("claude-haiku-5-5");
    assert_eq!(haiku["model"], "claude-haiku-5-5");
    assert_eq!(haiku["max_tokens"], 2_000);
    assert_eq!(haiku["stream"], true);
    assert_eq!(haiku["system"], "Word the facts.");
    assert_eq!(haiku["thinking"]["type"], "disabled");
    assert_eq!(haiku["output_config"]["effort"], "low");
    assert_eq!(haiku["output_config"]["format"]["type"], "json_schema");
    let schema = &haiku["output_config"]["format"]["schema"];
    assert_eq!(schema["additionalProperties"], false);

    // Refuses `disabled`.
    let sonnet = of_model("claude-sonnet-5-5");
    assert_eq!(sonnet.get("thinking"), None);
    assert_eq!(sonnet["output_config"]["effort"], "low");

    let unknown = of_model("claude-next-9");
    assert_eq!(unknown.get("thinking"), None);
    assert_eq!(unknown["output_config"].get("effort"), None);
}

#[test]
fn no_body_samples_or_forces() {
    for model in [
        "claude-haiku-5-5",
        "claude-sonnet-5-5",
        "claude-opus-5-5",
        "claude-fable-5-2",
        "claude-next-9",
    ] {
        let body = of_model(model);
        for field in NEVER {
            assert_eq!(body.get(field), None, "{model}");
        }
        let last = body["messages"].as_array().unwrap().last().unwrap();
        assert_eq!(last["role"], "user", "{model}: the answer is not begun");
    }
}

#[test]
fn turns_keep_their_order_and_count_in_the_estimate() {
    let mut prompt = prompt();
    let before = estimated_input(&prompt);
    for (role, text) in [(Role::Assistant, "{}"), (Role::User, "f9 is unknown")] {
        prompt.turns.push(Turn {
            role,
            text: text.to_owned(),
        });
    }
    let body = request_body(&settings("http://127.0.0.1:9"), &prompt);
    let roles: Vec<&Value> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|turn| &turn["role"])
        .collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
    let added = estimate_tokens("{}") + estimate_tokens("f9 is unknown");
    assert_eq!(estimated_input(&prompt), before + added);
}

#[tokio::test]
async fn the_request_says_version_program_and_key() {
    let server = server(vec![good()]).await;
    super::ask(&server).await.unwrap();
    let asked = asked(&server).await;
    let request = &asked[0];
    assert_eq!(request.method.as_str(), "POST");
    assert_eq!(request.url.path(), "/v1/messages");
    let header = |name: &str| request.headers.get(name).unwrap().to_str().unwrap();
    assert_eq!(header("anthropic-version"), "2026-10-21");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("x-api-key"), super::KEY);
    assert!(header("user-agent").starts_with("config-history/"));
    assert!(request.headers.get("authorization").is_none());
    let body: Value = request.body_json().unwrap();
    assert_eq!(
        body,
        request_body(&settings("http://127.0.0.1:9"), &prompt())
    );
}

#[tokio::test]
async fn a_token_goes_as_bearer_and_a_base_url_may_end_in_v1() {
    let server = server(vec![good()]).await;
    let mut settings = settings(&server.uri());
    settings.route = Route::Anthropic {
        base_url: Some(format!("{}/proxy/v1/", server.uri())),
        credential: Credential::Bearer(Secret::new("token")),
    };
    super::client(settings)
        .generate(&prompt(), &|_| ())
        .await
        .unwrap();
    let asked = asked(&server).await;
    assert_eq!(asked[0].url.path(), "/proxy/v1/messages");
    assert_eq!(
        asked[0].headers.get("authorization").unwrap(),
        "Bearer token"
    );
    assert!(asked[0].headers.get("x-api-key").is_none());
}
