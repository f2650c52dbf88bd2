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
    let output = command.output().map_err(|error| error.to_string())?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Ok(Run {
        code: output.status.code().unwrap_or(-1),
        out: text(&output.stdout),
        err: text(&output.stderr),
    })
}
