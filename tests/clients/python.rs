//! The official MCP client for Python.

use std::{ffi::OsStr, path::Path, process::Command};

use libtest_mimic::{Failed, Trial};

use crate::environment;

/// What the client needs, pinned.
const REQUIREMENTS: &str = include_str!("../python/requirements.txt");

/// How the client opens a connection: by finding out, by `initialize`, without a handshake.
const MODES: [&str; 3] = ["auto", "legacy", "2026-07-28"];

/// Returns the tests; to list them nothing is installed.
pub(crate) fn trials(only_listed: bool) -> Vec<Trial> {
    let interpreter = if only_listed {
        Err("only listed".to_owned())
    } else {
        environment::interpreter(REQUIREMENTS)
    };
    let must_run = std::env::var_os("CI").is_some_and(|ci| ci == *OsStr::new("true"));
    let left_out = interpreter.is_err() && !must_run;
    if let (Err(reason), false) = (&interpreter, only_listed) {
        tell(reason);
    }
    let trial = |mode: &'static str| {
        let interpreter = interpreter.clone();
        let run = move || ask(interpreter.as_deref(), mode);
        Trial::test(format!("python::{mode}"), run).with_ignored_flag(left_out && !only_listed)
    };
    MODES.map(trial).into()
}

#[expect(
    clippy::print_stderr,
    reason = "nobody reads the reason of a test left out anywhere else"
)]
fn tell(reason: &str) {
    eprintln!("the tests with the Python client cannot run: {reason}");
}

fn ask(interpreter: Result<&Path, &String>, mode: &str) -> Result<(), Failed> {
    let interpreter = interpreter.map_err(|reason| Failed::from(reason.as_str()))?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/client.py");
    let output = Command::new(interpreter)
        .arg(script)
        .args([env!("CARGO_BIN_EXE_config-history"), mode])
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(String::from_utf8_lossy(&said).into_owned().into())
}
