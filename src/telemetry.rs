//! The log: always on standard error, because standard output carries data or MCP only.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config;

/// Starts the log. `filter` is a level or a list of `target=level`; what does not parse is left
/// out with a notice from the filter itself.
pub fn start(filter: &str) {
    let started = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(std::io::stderr().is_terminal() && !config::env::is_set(config::env::NO_COLOR))
        .with_writer(std::io::stderr)
        .try_init();
    if let Err(error) = started {
        tracing::debug!(error, "the log was started before");
    }
}
