//! What the tests share.

pub(crate) mod author;
pub(crate) mod cli;
pub(crate) mod fake_store;
pub(crate) mod lake;
pub(crate) mod messages;
pub(crate) mod organisation;
pub(crate) mod pipes;
pub(crate) mod process;
pub(crate) mod routed;
pub(crate) mod runtime_api;
pub(crate) mod served;
pub(crate) mod states;
pub(crate) mod wire;

/// Tells that a test is left out, and why; under `CI=true` it fails instead.
pub(crate) fn left_out(why: &str) {
    let on_ci = std::env::vars_os().any(|(name, value)| name == "CI" && value == "true");
    assert!(!on_ci, "needed here: {why}");
    eprintln!("skipped: {why}");
}
