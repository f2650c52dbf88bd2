//! `config-history serve` at the other end of two pipes, line by line.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{program::program, world::World};

/// The longest wait for a message.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that has shaken hands.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    next_id: u64,
    /// Messages that were no awaited answer.
    pub(crate) others: Vec<Value>,
}

impl Server {
    /// Starts a server over `demo.recommended` and shakes hands.
    pub(crate) fn open(world: &World, further: &[&str]) -> Result<Self, String> {
        let mut command = program(world);
        command.args(["serve", "--athena", "demo.recommended"]);
        Self::start(command.args(further))
    }

    /// Starts a server and shakes hands.
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let stdin = child.stdin.take();
        let out = child.stdout.take().ok_or("no output")?;
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let message = serde_json::from_str(&line).unwrap_or(json!({"no message": line}));
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut server = Self {
            child,
            stdin,
            messages,
            next_id: 0,
            others: Vec::new(),
        };
        let hello = json!({
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "stdio", "version": "1"},
        });
        server.ask("initialize", &hello)?;
        server.notify("notifications/initialized", &json!({}))?;
        Ok(server)
    }

    /// Sends a request and returns its id.
    pub(crate) fn begin(&mut self, method: &str, params: &Value) -> Result<u64, String> {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))?;
        Ok(id)
    }

    /// Sends a notification.
    pub(crate) fn notify(&mut self, method: &str, params: &Value) -> Result<(), String> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    /// Sends a request and returns its result.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Result<Value, String> {
        let id = self.begin(method, params)?;
        self.result_of(id)
    }

    /// Calls a tool.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> Result<Value, String> {
        self.ask("tools/call", &json!({"name": tool, "arguments": arguments}))
    }

    /// Calls a tool and returns its structured answer, or its refusal, after a look that the text
    /// says the same.
    pub(crate) fn answer(&mut self, tool: &str, arguments: &Value) -> Result<Value, String> {
        let mut result = self.call(tool, arguments)?;
        let text = result["content"][0]["text"].as_str().unwrap_or_default();
        let text: Value = serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))?;
        let is_refused = result["isError"] == true;
        let structured = result["structuredContent"].take();
        if text != structured {
            return Err(format!("the text says {text}, the structure {structured}"));
        }
        if is_refused != structured.get("code").is_some() {
            return Err(format!("isError is {is_refused}: {structured}"));
        }
        Ok(structured)
    }

    /// Waits for the result of a request.
    pub(crate) fn result_of(&mut self, id: u64) -> Result<Value, String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let message = match self.messages.recv_timeout(left) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => return Err(format!("no answer to {id}")),
                Err(RecvTimeoutError::Disconnected) => return Err("the server has ended".into()),
            };
            if message["id"] == id {
                return match message.get("result") {
                    Some(result) => Ok(result.clone()),
                    None => Err(format!("{message:#}")),
                };
            }
            self.others.push(message);
        }
    }

    /// Closes the input.
    pub(crate) fn hang_up(&mut self) {
        drop(self.stdin.take());
    }

    /// Sends a signal, `TERM` or `INT`.
    pub(crate) fn signal(&self, name: &str) -> Result<(), String> {
        signal(&self.child, name)
    }

    /// Waits for the end; returns the exit code.
    pub(crate) fn ended(mut self, within: Duration) -> Result<i32, String> {
        ended(&mut self.child, within)
    }

    fn send(&mut self, message: &Value) -> Result<(), String> {
        let stdin = self.stdin.as_mut().ok_or("the input is closed")?;
        stdin
            .write_all(format!("{message}\n").as_bytes())
            .and_then(|()| stdin.flush())
            .map_err(|error| error.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends a signal to a program.
pub(crate) fn signal(child: &Child, name: &str) -> Result<(), String> {
    let mut kill = Command::new("kill");
    let sent = kill
        .args([format!("-{name}"), child.id().to_string()])
        .status();
    match sent {
        Ok(status) if status.success() => Ok(()),
        other => Err(format!("kill -{name}: {other:?}")),
    }
}

/// Waits for the end of a program; returns its exit code.
pub(crate) fn ended(child: &mut Child, within: Duration) -> Result<i32, String> {
    let until = Instant::now() + within;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.code().unwrap_or(-1)),
            Ok(None) if Instant::now() >= until => {
                drop(child.kill());
                return Err(format!("it has not ended within {within:?}"));
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(50)),
            Err(error) => return Err(error.to_string()),
        }
    }
}
