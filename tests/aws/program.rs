//! Runs the program as a user of the emulated AWS does.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::world::{World, credentials};

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Returns the answer in JSON of a run that went well.
    pub(crate) fn json(&self) -> Result<Value, String> {
        if self.code != 0 && self.code != 3 {
            return Err(format!("{self:#?}"));
        }
        serde_json::from_str(&self.out).map_err(|error| format!("{error}: {self:#?}"))
    }

    /// Fails unless the run was refused with this error code, in one line that has these words.
    pub(crate) fn refused(&self, code: &str, words: &[&str]) -> Result<(), String> {
        let line = self.err.lines().find(|line| line.starts_with("error["));
        let line = line.ok_or_else(|| format!("no error: {self:#?}"))?;
        if !line.starts_with(&format!("error[{code}]")) {
            return Err(format!("not {code}: {self:#?}"));
        }
        let missing = words.iter().find(|word| !self.err.contains(**word));
        match missing {
            Some(word) => Err(format!("`{word}` is not told: {self:#?}")),
            None if self.out.is_empty() && self.code != 0 => Ok(()),
            None => Err(format!("output or exit code: {self:#?}")),
        }
    }

    /// Fails unless nothing but an error of this code stands on standard error: one line that has
    /// these words, perhaps the values there are, and the hint.
    pub(crate) fn only_error(&self, code: &str, words: &[&str]) -> Result<(), String> {
        self.refused(code, words)?;
        let begins = |line: &str| {
            ["error[", "there are: ", "hint: "]
                .iter()
                .any(|start| line.starts_with(start))
        };
        let told = self.err.lines().filter(|line| !line.is_empty());
        let errors = told.clone().filter(|line| line.starts_with("error["));
        if errors.count() != 1 || told.clone().any(|line| !begins(line)) {
            return Err(format!("more than an error and its hint: {self:#?}"));
        }
        if !self.err.lines().any(|line| line.starts_with("hint: ")) {
            return Err(format!("no hint: {self:#?}"));
        }
        // How Rust writes the insides of an error.
        let insides = [
            "Some(",
            "Err(",
            "SdkError",
            "ServiceError",
            "{ source",
            "RUST_BACKTRACE",
        ];
        match insides.iter().find(|inside| self.err.contains(**inside)) {
            Some(inside) => Err(format!("`{inside}` is for nobody: {self:#?}")),
            None => Ok(()),
        }
    }

    /// Fails unless the run ended with this exit code.
    pub(crate) fn ended_with(&self, code: i32) -> Result<(), String> {
        if self.code == code {
            return Ok(());
        }
        Err(format!("exit code {}, not {code}: {self:#?}", self.code))
    }
}

/// Returns a command of the program, with the emulated AWS in its environment.
pub(crate) fn program(world: &World) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_config-history"));
    credentials(&mut command);
    command
        .env("AWS_ENDPOINT_URL", world.endpoint())
        .stdin(Stdio::null());
    command
}

/// Runs the program.
pub(crate) fn run(world: &World, arguments: &[&str]) -> Result<Run, String> {
    finish(program(world).args(arguments))
}

/// Runs a command to its end.
pub(crate) fn finish(command: &mut Command) -> Result<Run, String> {
    told(command.output())
}

/// Tells what a command came to that has ended.
pub(crate) fn told(output: std::io::Result<std::process::Output>) -> Result<Run, String> {
    let output = output.map_err(|error| error.to_string())?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Ok(Run {
        code: output.status.code().unwrap_or(-1),
        out: text(&output.stdout),
        err: text(&output.stderr),
    })
}
