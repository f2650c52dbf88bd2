//! Writes the demo organisation's lake: `cargo run --example generate_demo -- examples/lake`.
//!
//! The lake is a pure function of this program: the same source writes the same bytes.

#![expect(
    clippy::print_stderr,
    reason = "a generator reports on the terminal it is run from"
)]

// The path makes the module's own files its neighbours here, and so too where a test includes it.
#[path = "demo.rs"]
mod demo;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(root) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: generate_demo FOLDER");
        return ExitCode::from(2);
    };
    match demo::generate(&root) {
        Ok(written) => {
            eprintln!("{} files, {} bytes", written.files, written.bytes);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("failed to {error}");
            ExitCode::FAILURE
        }
    }
}
