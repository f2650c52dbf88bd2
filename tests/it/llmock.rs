//! The client of the Messages API against `llmock`, a mock from `PyPI` that has real limits per minute,
//! faults on demand, and a verdict on how a client took them.

#[path = "../clients/environment.rs"]
mod environment;

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use config_history::claude::{
    ClaudeClient, ClaudeErrorKind, ClaudeSettings, Credential, GovernorSettings, Prompt, Role,
    Route, Secret, Turn,
};
use serde_json::{Value, json};

use crate::support::left_out;

const REQUIREMENTS: &str = include_str!("llmock.txt");

/// A running mock; ended when dropped.
struct Mock {
    child: Child,
    port: u16,
}

impl Drop for Mock {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Mock {
    /// Starts the mock; `None`, with the reason told, where Python or a package is missing and it
    /// is not CI.
    fn start(more: &[&str]) -> Option<Self> {
        let python = match environment::interpreter(REQUIREMENTS) {
            Ok(python) => python,
            Err(why) => {
                left_out(&why);
                return None;
            }
        };
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(python)
            .args([
                "-m",
                "llmock.cli",
                "serve",
                "--host",
                "127.0.0.1",
                "--log-level",
                "warning",
                "--port",
            ])
            .arg(port.to_string())
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mock = Self { child, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_mins(1),
                "llmock does not start"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(mock)
    }

    /// Asks the mock about itself.
    fn control(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} /_llmock/{path} HTTP/1.0\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    /// Returns a client whose limits are shared by all that name this folder.
    fn client(
        &self,
        folder: &std::path::Path,
        longest_wait: Duration,
        output_tokens: u32,
    ) -> ClaudeClient {
        let settings = ClaudeSettings {
            route: Route::Anthropic {
                base_url: Some(format!("http://127.0.0.1:{}/anthropic", self.port)),
                credential: Credential::ApiKey(Secret::new("sk-ant-test")),
            },
            model: "claude-haiku-5-5".to_owned(),
            max_output_tokens: output_tokens,
            timeout: Duration::from_mins(1),
            governor: GovernorSettings {
                folder: Some(folder.to_owned()),
                longest_wait,
                ..GovernorSettings::default()
            },
        };
        ClaudeClient::new(settings).unwrap()
    }
}

/// As large as the brief of a month.
fn prompt() -> Prompt {
    Prompt {
        system: "Word a month.".to_owned(),
        turns: vec![Turn {
            role: Role::User,
            text: "f20 a1: items=103(#1) prev=42 delta=+61 changes=82\n".repeat(90),
        }],
        schema: json!({"type": "object", "properties": {}, "additionalProperties": false}),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_at_once_meet_no_limit_and_all_are_answered_or_told_when() {
    let Some(mock) = Mock::start(&["--rpm", "60", "--tpm", "40000"]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    // As six processes would, each with a client of its own.
    let clients: Vec<ClaudeClient> = (0..6)
        .map(|_| mock.client(folder.path(), Duration::from_secs(20), 1_000))
        .collect();
    let calls = (0..60).map(|at| {
        let client = clients[at % clients.len()].clone();
        tokio::spawn(async move { client.generate(&prompt(), &|_| ()).await })
    });
    let (mut answered, mut told) = (0, 0);
    for call in calls.collect::<Vec<_>>() {
        match call.await.unwrap() {
            Ok(generated) => {
                assert!(!generated.text.is_empty());
                answered += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ClaudeErrorKind::MustWait, "{error}");
                assert!(
                    error.wait().is_some_and(|wait| wait > Duration::ZERO),
                    "{error}"
                );
                told += 1;
            }
        }
    }
    println!("answered {answered}, told when {told}");
    assert_eq!(answered + told, 60);
    // The limit lets eight through at once, and more in the seconds that callers wait.
    assert!(answered >= 5, "{answered}");
    let requests = mock.control("GET", "requests", "");
    let refused = requests.to_string().matches("\"status\":429").count()
        + requests.to_string().matches("\"status_code\":429").count();
    assert_eq!(refused, 0, "{requests:#}");
    let verdict = mock.control("GET", "verdict", "");
    assert_eq!(verdict["passed"], true, "{verdict:#}");
    assert_eq!(verdict["errors"], 0, "{verdict:#}");
    assert_eq!(verdict["attempts"], answered, "{verdict:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_taken_as_the_api_asks() {
    let Some(mock) = Mock::start(&[]) else {
        return;
    };
    for (behaviors, is_answered) in [
        (
            json!([{"type": "fail", "status": 429, "retry_after": 1, "times": 2}]),
            true,
        ),
        (json!([{"type": "fail", "status": 529, "times": 1}]), true),
        (json!([{"type": "fail", "status": 401, "times": 1}]), false),
        (
            json!([{"type": "stream_fault", "kind": "truncate", "after_chunks": 1, "times": 1}]),
            true,
        ),
        (
            json!([{"type": "stream_fault", "kind": "disconnect", "after_chunks": 1, "times": 1}]),
            true,
        ),
        (
            json!([{"type": "stream_fault", "kind": "malformed", "after_chunks": 1, "times": 1}]),
            false,
        ),
    ] {
        mock.control("POST", "reset", "{}");
        let scenario = mock.control(
            "POST",
            "scenario",
            &json!({"behaviors": behaviors}).to_string(),
        );
        assert!(scenario.get("detail").is_none(), "{behaviors}: {scenario}");
        let folder = tempfile::tempdir().unwrap();
        let client = mock.client(folder.path(), Duration::from_secs(20), 1_000);
        let outcome = client.generate(&prompt(), &|_| ()).await;
        assert_eq!(outcome.is_ok(), is_answered, "{behaviors}: {outcome:?}");
        let verdict = mock.control("GET", "verdict", "");
        assert_eq!(verdict["passed"], true, "{behaviors}: {verdict:#}");
        assert!(
            verdict["faults_injected"].as_u64() > Some(0),
            "{behaviors}: {verdict:#}"
        );
    }
}
