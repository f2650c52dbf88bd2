//! The program as it serves over HTTP, and what it writes to standard error meanwhile.

use std::{
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Child,
    time::timeout,
};

use super::process::program;

/// Longest wait for something that the program is to write.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server.
pub(crate) struct Served {
    /// Address without a slash at its end.
    pub(crate) url: String,
    pub(crate) child: Child,
    pub(crate) client: Client,
    log: Arc<Mutex<Vec<String>>>,
}

impl Served {
    /// Serves the demo organisation with these flags.
    pub(crate) async fn demo(flags: &[&str]) -> Self {
        Self::start(&[&["--demo"], flags].concat(), &[]).await
    }

    /// Serves with these flags and variables, on a port that is free.
    pub(crate) async fn start(flags: &[&str], environment: &[(&str, &str)]) -> Self {
        let args = [&["serve", "--http", "127.0.0.1:0"], flags].concat();
        let mut child = program(&args)
            .envs(environment.iter().copied())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                kept.lock().unwrap().push(line);
            }
        });
        let mut served = Self {
            url: String::new(),
            child,
            client: Client::new(),
            log,
        };
        let line = served.line("serving on ").await;
        let after = line.split("serving on ").nth(1).unwrap();
        served.url = after.split(": ").next().unwrap().to_owned();
        served
    }

    /// Waits for a line of the log that has this text.
    pub(crate) async fn line(&self, text: &str) -> String {
        let waiting = async {
            loop {
                let found = self.lines().into_iter().find(|line| line.contains(text));
                if let Some(line) = found {
                    return line;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let found = timeout(PATIENCE, waiting).await;
        found.unwrap_or_else(|_| panic!("no line has `{text}`: {:#?}", self.lines()))
    }

    /// Returns the log so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Returns host and port.
    pub(crate) fn authority(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    /// Asks as the article does.
    pub(crate) fn ask(&self, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}/", self.url)).json(body)
    }

    /// Asks for November 2024.
    pub(crate) fn november(&self) -> RequestBuilder {
        self.ask(&json!({"target_year": "2024", "target_month": "11"}))
    }
}

/// The text of an answer that succeeded.
pub(crate) async fn text_of(response: Response) -> String {
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    assert_eq!(
        (status.as_u16(), &body["status"]),
        (200, &json!("SUCCEEDED")),
        "{body}"
    );
    assert_eq!(body["body"].as_array().unwrap().len(), 1);
    assert_eq!(body["body"][0]["type"], "text");
    body["body"][0]["text"].as_str().unwrap().to_owned()
}

/// The error of an answer that failed with this status and code.
pub(crate) async fn failure_of(response: Response, status: u16, code: &str) -> Value {
    let got = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    assert_eq!((got, &body["status"]), (status, &json!("FAILED")), "{body}");
    assert_eq!(body["error"]["code"], code, "{body}");
    assert!(
        body["error"]["remedy"].as_str().unwrap().len() > 10,
        "{body}"
    );
    body["error"].clone()
}
