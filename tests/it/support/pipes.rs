//! The program as a child process, with nothing but its pipes: what stands on them is checked.

use std::{process::ExitStatus, process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
    task::JoinHandle,
    time,
};

use crate::support::process::program;

/// The longest wait for anything: a busy machine is slow, a server that hangs is slower.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Pipes {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
    log: JoinHandle<String>,
    next_id: u64,
    /// Messages that were no awaited answer: notifications, errors without an id.
    pub(crate) others: Vec<Value>,
}

impl Pipes {
    /// Starts the program with `args`.
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut child = program(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut stderr = child.stderr.take().unwrap();
        let log = tokio::spawn(async move {
            let mut log = Vec::new();
            stderr.read_to_end(&mut log).await.unwrap();
            String::from_utf8(log).unwrap()
        });
        Self {
            child,
            stdin,
            lines,
            log,
            next_id: 0,
            others: Vec::new(),
        }
    }

    /// Starts the program with `args` and shakes hands.
    pub(crate) async fn open(args: &[&str]) -> Self {
        let mut pipes = Self::start(args);
        pipes.greet().await;
        pipes
    }

    /// Shakes hands.
    pub(crate) async fn greet(&mut self) -> Value {
        let hello = json!({
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "pipes", "version": "1"},
        });
        let greeting = self.ask("initialize", hello).await;
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
            .await;
        greeting["result"].clone()
    }

    /// Sends a request and returns its id.
    pub(crate) async fn begin(&mut self, method: &str, params: Value) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
            .await;
        id
    }

    /// Sends a request and returns the whole message that answers it.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params).await;
        self.answer_to(id).await
    }

    /// Calls a tool and returns the result.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        self.ask("tools/call", params).await["result"].clone()
    }

    /// Waits for the answer to the request `id`.
    pub(crate) async fn answer_to(&mut self, id: u64) -> Value {
        loop {
            let message = self.receive().await.expect("an answer before the end");
            if message["id"] == id {
                return message;
            }
            self.others.push(message);
        }
    }

    /// Waits for the next message; `None` at the end of the output. Whatever the program writes
    /// must be one message a line.
    pub(crate) async fn receive(&mut self) -> Option<Value> {
        let line = time::timeout(PATIENCE, self.lines.next_line());
        let line = line.await.expect("a message in time").unwrap()?;
        let message: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{error} in a line on stdout: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        let is_message = ["method", "result", "error"]
            .iter()
            .any(|member| message.get(member).is_some());
        assert!(is_message, "{line}");
        Some(message)
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.send_bytes(format!("{message}\n").as_bytes()).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().unwrap();
        let written = async {
            stdin.write_all(bytes).await.unwrap();
            stdin.flush().await.unwrap();
        };
        time::timeout(PATIENCE, written)
            .await
            .expect("the server reads");
    }

    /// Closes the input of the program.
    pub(crate) fn hang_up(&mut self) {
        drop(self.stdin.take());
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("a running program")
    }

    /// Waits for the program to end; returns how it did and its log.
    pub(crate) async fn ended(mut self) -> (ExitStatus, String) {
        while let Some(message) = self.receive().await {
            self.others.push(message);
        }
        let status = time::timeout(PATIENCE, self.child.wait());
        let status = status.await.expect("an end in time").unwrap();
        (status, self.log.await.unwrap())
    }
}
