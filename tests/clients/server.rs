//! The program itself, serving the demo organisation over HTTP.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
    sync::{Arc, LazyLock},
    thread,
};

/// The token that a guarded server knows.
pub(crate) const TOKEN: &str = "of-the-tests-and-nobody-else";

/// A running server; it ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts a server, with a token that it asks for or without.
    pub(crate) fn start(token: Option<&str>) -> Result<Self, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_config-history"));
        without_own_settings(&mut command);
        if let Some(token) = token {
            command.env("CONFIG_HISTORY_TOKENS", format!("tests={token}"));
        }
        let mut child = command
            .args(["serve", "--demo", "--http", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the program cannot be run: {error}"))?;
        let log = child.stderr.take().map(BufReader::new);
        let mut server = Self {
            child,
            url: String::new(),
        };
        let mut log = log.ok_or("the program has no standard error")?;
        let mut first = String::new();
        log.read_line(&mut first)
            .map_err(|error| format!("the program's log: {error}"))?;
        let address = first.strip_prefix("serving on ");
        let address = address.and_then(|rest| rest.split_once(": "));
        let (url, _) = address.ok_or_else(|| format!("the program says: {first}"))?;
        url.clone_into(&mut server.url);
        // A log that nobody reads would stop the program.
        thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Ok(server)
    }

    /// Returns the address, without a path.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the address of the MCP endpoint.
    pub(crate) fn mcp(&self) -> String {
        format!("{}/mcp", self.url)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Takes the settings of whoever runs the tests from a program.
pub(crate) fn without_own_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let own = ["CONFIG_HISTORY_", "ANTHROPIC_", "AWS_"];
        if own.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("NO_PROXY", "127.0.0.1");
}

type Started = LazyLock<Result<Server, String>>;

/// Servers that tests share, each started when the first one wants it.
#[derive(Debug, Clone)]
pub(crate) struct Servers {
    open: Arc<Started>,
    guarded: Arc<Started>,
}

impl Servers {
    pub(crate) fn new() -> Self {
        Self {
            open: Arc::new(LazyLock::new(|| Server::start(None))),
            guarded: Arc::new(LazyLock::new(|| Server::start(Some(TOKEN)))),
        }
    }

    /// Returns the server that anybody may ask.
    pub(crate) fn open(&self) -> Result<&Server, String> {
        LazyLock::force(&self.open).as_ref().map_err(Clone::clone)
    }

    /// Returns the server that wants [`TOKEN`].
    pub(crate) fn guarded(&self) -> Result<&Server, String> {
        LazyLock::force(&self.guarded)
            .as_ref()
            .map_err(Clone::clone)
    }
}
