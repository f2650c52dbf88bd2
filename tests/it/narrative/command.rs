//! Narratives, checks and explanations on the command line, against a Messages API on loopback.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{
    cli::{Run, program},
    messages::{Messages, Reply, answer, claims_of},
};

const KEY: &str = "sk-ant-canary-that-nobody-may-see";

fn run(server: Option<&Messages>, cache: &Path, args: &[&str]) -> Run {
    let mut command = program();
    command.args(args).env("CONFIG_HISTORY_CACHE_DIR", cache);
    if let Some(server) = server {
        command
            .env("ANTHROPIC_API_KEY", KEY)
            .env("ANTHROPIC_BASE_URL", &server.url);
    }
    let run = Run::of(command.output().unwrap());
    assert!(!run.out.contains(KEY) && !run.err.contains(KEY), "{run:?}");
    run
}

fn truly() -> Messages {
    Messages::start(|request, _| {
        let mut claims = claims_of(&request.turns()[0]);
        claims.truncate(3);
        Reply::Text(answer(&claims))
    })
}

const WORDED: [&str; 5] = ["summarize", "2024-11", "--demo", "--narrative", "claude"];

#[test]
fn a_narrative_is_printed_first_and_paid_for_once() {
    let (server, cache) = (truly(), tempfile::tempdir().unwrap());
    let plain = run(None, cache.path(), &WORDED[..3]).ok();
    let first = run(Some(&server), cache.path(), &WORDED);
    assert_eq!(first.code, 0, "{first:?}");
    let heading = "Narrative by claude-haiku-5-5 (3 claims, 3 verified, 0 dropped)\n  - ";
    assert!(first.out.starts_with(heading), "{}", first.out);
    let narrative = first.out.strip_suffix(&plain).expect("the digest below");
    assert!(
        !narrative.contains('`'),
        "no Markdown in a terminal: {narrative}"
    );
    assert!(
        first
            .err
            .contains("claude: 3,412 tokens in, 288 out, about $0.0005; model claude-haiku-5-5"),
        "{}",
        first.err
    );
    let second = run(Some(&server), cache.path(), &WORDED);
    assert_eq!(second.out, first.out);
    assert!(
        second.err.contains("kept from an earlier time"),
        "{}",
        second.err
    );
    assert_eq!(server.requests().len(), 1);
    let json = run(
        Some(&server),
        cache.path(),
        &[&WORDED[..], &["--format", "json"]].concat(),
    );
    assert_eq!(json.json()["narrative"]["claims_verified"], 3);
    let markdown = run(
        Some(&server),
        cache.path(),
        &[&WORDED[..], &["--format", "markdown"]].concat(),
    );
    assert!(
        markdown.out.starts_with("## Narrative by"),
        "{}",
        markdown.out
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn without_a_key_the_digest_is_printed_and_says_why() {
    let cache = tempfile::tempdir().unwrap();
    let text = run(None, cache.path(), &WORDED).ok();
    assert!(text.starts_with("There is no narrative"), "{text}");
    assert!(text.contains("ANTHROPIC_API_KEY"));
    let json = run(
        None,
        cache.path(),
        &[&WORDED[..], &["--format", "json"]].concat(),
    );
    assert_eq!(json.json()["narrative"]["status"], "unavailable");
    assert!(
        json.err.contains("note: there is no narrative"),
        "{}",
        json.err
    );
    let left: Vec<_> = std::fs::read_dir(cache.path()).unwrap().collect();
    assert!(
        left.is_empty(),
        "nothing is written that is of no use: {left:?}"
    );
}

#[test]
fn a_refusal_and_a_refused_key_are_told() {
    let cache = tempfile::tempdir().unwrap();
    let refusing = Messages::start(|_, _| Reply::Refusal);
    let text = run(Some(&refusing), cache.path(), &WORDED).ok();
    assert!(text.starts_with("There is no narrative"), "{text}");
    assert_eq!(refusing.requests().len(), 1, "a refusal is not asked again");
    let locked = Messages::start(|_, _| {
        let error = json!({"type": "authentication_error", "message": "invalid x-api-key"});
        Reply::Failure(401, String::new(), json!({"type": "error", "error": error}))
    });
    let text = run(Some(&locked), cache.path(), &WORDED).ok();
    assert!(text.contains("ANTHROPIC_AUTH_TOKEN"), "{text}");
}

#[test]
fn a_key_goes_nowhere_in_clear() {
    let cache = tempfile::tempdir().unwrap();
    let url = ["--model-base-url", "http://api.example"];
    let refused = run(Some(&truly()), cache.path(), &[&WORDED[..], &url].concat());
    refused.refused(2, &["invalid_argument", "https://", "127.0.0.1"]);
}

#[test]
fn a_text_is_checked_by_sentence_and_the_exit_code_tells() {
    let cache = tempfile::tempdir().unwrap();
    let json = run(
        None,
        cache.path(),
        &["summarize", "2024-11", "--demo", "--format", "json"],
    );
    let items = json.json()["digest"]["totals"]["items"].as_u64().unwrap();
    let ask = |text: String, more: &[&str]| {
        let mut command = program();
        command.args(["summarize", "2024-11", "--demo", "--verify", "-"]);
        Run::of(command.args(more).write_stdin(text).output().unwrap())
    };
    let right = format!("There were {items} items in November 2024.\n");
    let held = ask(right.clone(), &[]);
    assert_eq!(held.code, 0, "{held:?}");
    assert!(held.out.starts_with("verified"), "{}", held.out);
    let wrong = format!("{right}There were {} items in November 2024.\n", items + 1);
    let refuted = ask(wrong.clone(), &[]);
    assert_eq!(refuted.code, 1, "{refuted:?}");
    assert!(
        refuted.out.contains("does not hold: 1 verified, "),
        "{}",
        refuted.out
    );
    assert!(
        !refuted.out.contains("AWS Config history of"),
        "the verdicts alone"
    );
    let json = ask(wrong, &["--format", "json"]);
    assert_eq!(json.code, 1);
    assert_eq!(json.json()["check"]["holds"], false);
}

#[test]
fn what_cannot_be_checked_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("text.md");
    let ask = |path: &Path| {
        let path = path.to_str().unwrap();
        run(
            None,
            folder.path(),
            &["summarize", "2024-11", "--demo", "--verify", path],
        )
    };
    ask(&file).refused(2, &["text.md", "cannot read"]);
    std::fs::write(&file, [0xff, 0xfe]).unwrap();
    ask(&file).refused(2, &["text.md", "UTF-8"]);
    std::fs::write(&file, " \n").unwrap();
    ask(&file).refused(2, &["verify is empty"]);
    std::fs::write(&file, "あ".repeat(20_001)).unwrap();
    ask(&file).refused(2, &["20001 characters"]);
}

#[test]
fn an_error_is_explained_beside_its_hint() {
    let cache = tempfile::tempdir().unwrap();
    let server = Messages::start(|request, _| {
        let told: Value = serde_json::from_str(&request.turns()[0]).unwrap();
        assert_eq!(told["code"], "unknown_month");
        Reply::Text(json!({"explanation": "That year is not there."}).to_string())
    });
    let asked = ["summarize", "2019-01", "--demo"];
    let plain = run(Some(&server), cache.path(), &asked);
    assert!(server.requests().is_empty(), "only where it is wanted");
    let explained = run(
        Some(&server),
        cache.path(),
        &[&asked[..], &["--explain-errors"]].concat(),
    );
    explained.refused(1, &[plain.err.trim_end(), "That year is not there."]);
    assert_eq!(server.requests().len(), 1);
}
