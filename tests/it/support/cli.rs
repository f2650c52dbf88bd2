//! Runs the program as a user does.

use std::{env, process::Output};

use assert_cmd::Command;
use serde_json::Value;

/// The program, with nothing of the tester's own settings in its environment.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_config-history"));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let is_key = text.starts_with("ANTHROPIC_") || text == "AWS_BEARER_TOKEN_BEDROCK";
        if is_key || text.starts_with("CONFIG_HISTORY_") {
            command.env_remove(name);
        }
    }
    // Not the tester's own cache.
    command.env(
        "XDG_CACHE_HOME",
        concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"),
    );
    command
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Standard output of a run that must have gone well.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts a refusal: its exit code, nothing on standard output, these words on standard error.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in: {}", self.err);
        }
    }
}

/// Runs the program with arguments.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    Run::of(program().args(args).output().unwrap())
}

/// Asks a lake for November 2024; `more` is the rest of the query.
pub(crate) fn november(lake: &str, more: &[&str]) -> Run {
    let asked = [
        "query", "--lake", lake, "--month", "2024-11", "--limit", "0",
    ];
    run(asked.iter().chain(more))
}

/// The rows of an answer in JSON.
#[track_caller]
pub(crate) fn rows(run: &Run) -> Vec<Value> {
    run.json()["rows"].as_array().unwrap().clone()
}

/// One column of an answer in JSON.
#[track_caller]
pub(crate) fn column(run: &Run, name: &str) -> Vec<Value> {
    rows(run).iter().map(|row| row[name].clone()).collect()
}

/// The ids of November's items, sorted.
#[track_caller]
pub(crate) fn ids(lake: &str) -> Vec<String> {
    let answer = november(lake, &["--columns", "resource_id", "--format", "json"]);
    let mut ids: Vec<String> = column(&answer, "resource_id")
        .iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect();
    ids.sort_unstable();
    ids
}
