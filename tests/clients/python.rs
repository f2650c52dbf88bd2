//! The official MCP client for Python.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use libtest_mimic::{Failed, Trial};

use crate::{command, environment, server::Servers, trial};

/// What the client needs, pinned.
pub(crate) const REQUIREMENTS: &str = include_str!("../python/requirements.txt");
/// What version 1 of the client needs, which many still use.
const REQUIREMENTS_V1: &str = include_str!("../python/requirements-v1.txt");

/// How the client opens a connection: by finding out, by `initialize`, without a handshake.
const MODES: [&str; 3] = ["auto", "legacy", "2026-07-28"];

pub(crate) fn trials(servers: &Servers) -> Vec<Trial> {
    let stdio = MODES.map(|mode| {
        let program = env!("CARGO_BIN_EXE_config-history").to_owned();
        trial(format!("python::{mode}"), client, move |python| {
            ask(&python, "client.py", &[&program, mode])
        })
    });
    let http = MODES.map(|mode| {
        let servers = servers.clone();
        trial(format!("python::http::{mode}"), client, move |python| {
            ask(&python, "client.py", &[&servers.open()?.mcp(), mode])
        })
    });
    let servers = servers.clone();
    let first = trial(
        "python::http::v1",
        || environment::interpreter(REQUIREMENTS_V1),
        move |python| ask(&python, "client_v1.py", &[&servers.open()?.mcp()]),
    );
    stdio.into_iter().chain(http).chain([first]).collect()
}

fn client() -> Result<PathBuf, String> {
    environment::interpreter(REQUIREMENTS)
}

fn ask(python: &Path, script: &str, arguments: &[&str]) -> Result<(), Failed> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python");
    let mut client = command::clean(Command::new(python));
    client.arg(scripts.join(script)).args(arguments);
    command::run(&mut client, 5)?.succeeded()?;
    Ok(())
}
