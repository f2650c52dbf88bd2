//! Clients in other languages against the program itself.
//!
//! Where what a client needs is missing, its tests are left out and the reason is told; under
//! `CI=true` they fail instead, so that they are never left out unseen.

mod environment;
mod python;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials: Vec<Trial> = python::trials(arguments.list);
    libtest_mimic::run(&arguments, trials).exit_code()
}
