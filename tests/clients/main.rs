//! Clients in other languages against the program itself, and what only other languages' tools can
//! check.
//!
//! Where what a client needs is missing, its tests are left out and the reason is told; under
//! `CI=true` they fail instead, so that they are never left out unseen.

mod claude_code;
mod command;
mod environment;
mod examples;
mod facts;
mod node;
mod python;
mod server;
mod suites;
mod template;

use std::{ffi::OsStr, process::ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::server::Servers;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // Ends the servers after the last test.
    let servers = Servers::new();
    let trials = [
        python::trials(&servers),
        examples::trials(&servers),
        suites::trials(&servers),
        claude_code::trials(&servers),
        template::trials(),
    ];
    libtest_mimic::run(&arguments, trials.into_iter().flatten().collect()).exit_code()
}

/// Makes a test that needs something: what `find` returns, or says why it is not there.
fn trial<T>(
    name: impl Into<String>,
    find: impl FnOnce() -> Result<T, String> + Send + 'static,
    test: impl FnOnce(T) -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let must_run = std::env::var_os("CI").is_some_and(|ci| ci == *OsStr::new("true"));
    Trial::ignorable_test(name, move || match find() {
        Ok(found) => test(found).map(|()| Completion::Completed),
        Err(reason) if must_run => Err(reason.into()),
        Err(reason) => Ok(Completion::ignored_with(reason)),
    })
}
