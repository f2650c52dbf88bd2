//! Who may ask, under which names, and from which pages.

use serde_json::json;

use crate::support::{
    cli::run,
    served::{Served, failure_of, text_of},
};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

async fn guarded() -> Served {
    let tokens = format!("team-a={TOKEN}");
    Served::start(&["--demo"], &[("CONFIG_HISTORY_TOKENS", &tokens)]).await
}

#[tokio::test]
async fn without_a_token_nothing_but_liveness_answers() {
    let served = guarded().await;
    let alive = served.get("/healthz").send().await.unwrap();
    assert_eq!(alive.status(), 200);
    for path in [
        "/",
        "/mcp",
        "/readyz",
        "/nothing",
        "/.well-known/oauth-protected-resource",
    ] {
        for method in [reqwest::Method::GET, reqwest::Method::POST] {
            let url = format!("{}{path}", served.url);
            let response = served.client.request(method, url).send().await.unwrap();
            let challenge = response.headers()["www-authenticate"]
                .to_str()
                .unwrap()
                .to_owned();
            assert!(challenge.starts_with("Bearer"), "{challenge}");
            failure_of(response, 401, "unauthorized").await;
        }
    }
}

#[tokio::test]
async fn a_token_is_taken_from_its_header_and_nowhere_else() {
    let served = guarded().await;
    let answered = served.november().bearer_auth(TOKEN).send().await.unwrap();
    assert!(text_of(answered).await.contains("2024-11"));
    assert_eq!(
        served
            .get("/readyz")
            .bearer_auth(TOKEN)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    for wrong in [
        "",
        "x",
        TOKEN.trim_start_matches('0'),
        &format!("{TOKEN}0"),
        &TOKEN.to_uppercase(),
        "a.b.c",
    ] {
        let response = served.november().bearer_auth(wrong).send().await.unwrap();
        failure_of(response, 401, "unauthorized").await;
    }
    let in_query = served
        .get(&format!("/readyz?access_token={TOKEN}"))
        .send()
        .await
        .unwrap();
    failure_of(in_query, 401, "unauthorized").await;
    let basic = served
        .november()
        .basic_auth("team-a", Some(TOKEN))
        .send()
        .await
        .unwrap();
    failure_of(basic, 401, "unauthorized").await;
    let line = served.line("status=200").await;
    assert!(
        served
            .lines()
            .iter()
            .any(|line| line.contains("caller=\"team-a\"")),
        "{line}"
    );
    let log = served.lines().join("\n");
    assert!(!log.contains(TOKEN), "{log}");
}

#[tokio::test]
async fn names_and_pages_of_others_are_refused() {
    let flags = ["--allowed-host", "history.example", "--insecure-no-auth"];
    let served = Served::demo(&flags).await;
    let port = served.authority().rsplit(':').next().unwrap().to_owned();
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
    ] {
        for path in ["/", "/mcp", "/readyz"] {
            let response = served.get(path).header("host", host).send().await.unwrap();
            failure_of(response, 403, "host_not_allowed").await;
        }
    }
    for host in [format!("localhost:{port}"), "history.example".to_owned()] {
        let response = served
            .get("/readyz")
            .header("host", host)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
    }
    for origin in ["https://evil.example", "null", "http://history.example"] {
        let response = served
            .november()
            .header("origin", origin)
            .send()
            .await
            .unwrap();
        failure_of(response, 403, "origin_not_allowed").await;
    }
    let here = format!("http://localhost:{port}");
    let response = served
        .november()
        .header("origin", here)
        .send()
        .await
        .unwrap();
    text_of(response).await;
}

#[test]
fn an_address_of_all_needs_to_know_who_asks() {
    let refused = run(["serve", "--demo", "--http", "0.0.0.0:0"]);
    refused.refused(
        2,
        &["anybody", "CONFIG_HISTORY_TOKENS", "--insecure-no-auth"],
    );
    // A name that others know leads to this machine through a proxy.
    for flag in [
        "--public-url=https://history.example",
        "--allowed-host=history.example",
    ] {
        let refused = run(["serve", "--demo", "--http", "0", flag]);
        refused.refused(2, &["history.example could ask", "--insecure-no-auth"]);
    }
    let nowhere = run(["serve", "--demo", "--http", "nowhere"]);
    nowhere.refused(2, &["--http nowhere", "HOST:PORT"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "team-a=hunter2\n").unwrap();
    let path = file.path().to_str().unwrap();
    let weak = run(["serve", "--demo", "--http", "0", "--tokens-file", path]);
    weak.refused(2, &["team-a", "openssl rand"]);
    assert!(!weak.err.contains("hunter2"), "{}", weak.err);
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let served = Served::demo(&[]).await;
    let taken = run(["serve", "--demo", "--http", served.authority()]);
    taken.refused(2, &["cannot listen there", served.authority()]);
}

#[tokio::test]
async fn paths_and_methods_that_are_none_are_told() {
    let served = Served::demo(&[]).await;
    let response = served.get("/months/2024-11").send().await.unwrap();
    failure_of(response, 404, "no_such_path").await;
    let response = served.get("/").send().await.unwrap();
    assert_eq!(response.headers()["allow"], "POST");
    failure_of(response, 405, "method_not_allowed").await;
    let hostile = json!({"target_year": "\u{1b}[31m2024", "target_month": "\u{202e}11"});
    let response = served.ask(&hostile).send().await.unwrap();
    let error = failure_of(response, 400, "invalid_argument")
        .await
        .to_string();
    assert!(
        !error.contains('\u{1b}') && !error.contains('\u{202e}'),
        "{error}"
    );
}
