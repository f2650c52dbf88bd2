//! What the doctor finds, and what its exit code says.

use serde_json::{Value, json};

use crate::support::{
    cli::{Run, program},
    messages::{Messages, Reply},
};

fn doctor(server: Option<&Messages>, args: &[&str]) -> Run {
    let cache = tempfile::tempdir().unwrap();
    let mut command = program();
    command.arg("doctor").args(args);
    command.env("CONFIG_HISTORY_CACHE_DIR", cache.path());
    if let Some(server) = server {
        command.env("ANTHROPIC_API_KEY", "sk-ant-canary");
        command.env("ANTHROPIC_BASE_URL", &server.url);
    }
    let run = Run::of(command.output().unwrap());
    assert!(!run.out.contains("sk-ant-canary"), "{run:?}");
    run
}

fn finding(run: &Run, check: &str) -> Value {
    let report = run.json();
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["check"] == check);
    found.unwrap_or_else(|| panic!("{check}: {report}")).clone()
}

/// A models endpoint that says this of the model.
fn models(lifecycle: &str, retires_at: &Value) -> Messages {
    let body = json!({
        "type": "model", "id": "claude-haiku-5-5", "display_name": "Claude Haiku 5.5",
        "created_at": "2026-10-07T00:00:00Z", "lifecycle": lifecycle,
        "retires_at": retires_at, "deprecated_at": null,
        "max_input_tokens": 1_000_000, "max_tokens": 128_000,
        "capabilities": {"structured_outputs": {"supported": true}},
    });
    Messages::start(move |_, _| Reply::Failure(200, String::new(), body.clone()))
}

#[test]
fn the_demo_is_well_without_a_model() {
    let text = doctor(None, &["--demo"]).ok();
    assert!(text.contains("ok    source"), "{text}");
    assert!(
        text.contains("13 month(s) with items, 2023-11 to 2024-11"),
        "{text}"
    );
    assert!(text.contains("skip  model key"), "{text}");
    let json = doctor(None, &["--demo", "--format", "json"]);
    assert_eq!(json.json()["ok"], true);
    assert_eq!(finding(&json, "AWS credentials")["status"], "skip");
    assert_eq!(finding(&json, "table")["status"], "skip");
}

#[test]
fn without_a_source_it_says_how_to_name_one() {
    let run = doctor(None, &["--format", "json"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.json()["ok"], false);
    let source = finding(&run, "source");
    assert_eq!(source["status"], "fail");
    assert!(source["remedy"].as_str().unwrap().contains("--lake"));
    assert_eq!(finding(&run, "model key")["status"], "skip");
}

#[test]
fn a_model_s_life_is_told() {
    for (lifecycle, retires, status, code) in [
        ("active", Value::Null, "ok", 0),
        ("deprecated", json!("2999-01-01T00:00:00Z"), "warn", 0),
        ("retired", json!("2026-01-01T00:00:00Z"), "fail", 1),
    ] {
        let server = models(lifecycle, &retires);
        let run = doctor(Some(&server), &["--demo", "--format", "json"]);
        assert_eq!(run.code, code, "{run:?}");
        assert_eq!(finding(&run, "model")["status"], status, "{run:?}");
        assert_eq!(finding(&run, "model endpoint")["status"], "ok");
        assert_eq!(
            finding(&run, "structured outputs")["status"],
            "ok",
            "{run:?}"
        );
        assert!(
            server.requests()[0]
                .head
                .starts_with("GET /v1/models/claude-haiku-5-5 ")
        );
    }
}

#[test]
fn a_model_that_is_not_there_and_a_server_that_is_not() {
    let unknown = Messages::start(|_, _| {
        let error = json!({"type": "not_found_error", "message": "model: claude-x"});
        Reply::Failure(404, String::new(), json!({"type": "error", "error": error}))
    });
    let run = doctor(Some(&unknown), &["--demo", "--format", "json"]);
    assert_eq!(run.code, 1);
    assert_eq!(finding(&run, "model")["status"], "fail");
    let refused = [
        "--demo",
        "--format",
        "json",
        "--model-base-url",
        "http://127.0.0.1:9",
        "--model-timeout",
        "2",
    ];
    let run = doctor(Some(&unknown), &refused);
    assert_eq!(run.code, 1);
    assert_eq!(finding(&run, "model endpoint")["status"], "fail");
    assert!(finding(&run, "model endpoint")["remedy"].is_string());
}
