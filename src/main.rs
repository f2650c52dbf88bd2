//! The `config-history` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    config_history::cli::run(std::env::args_os().collect())
}
