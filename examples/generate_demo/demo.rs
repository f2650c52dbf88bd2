//! The demo organisation: three accounts, thirteen months, and what was planted in them.

mod audit;
mod compute;
mod data;
mod deliver;
mod earlier;
mod incidents;
mod network;
mod november;
mod places;
mod plan;
mod production;
mod quirks;
mod resource;
mod security;
mod shape;
mod staging;
mod staging_months;
mod text;
mod time;

use std::path::Path;

use plan::Plan;

/// What a run wrote.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    /// Files, the empty writability checks included.
    pub(crate) files: usize,
    /// Their sizes added up.
    pub(crate) bytes: usize,
}

/// Writes the whole lake under `root`, replacing what an earlier run left there.
pub(crate) fn generate(root: &Path) -> Result<Written, String> {
    let mut plan = Plan::default();
    production::tell(&mut plan);
    november::tell(&mut plan);
    staging::tell(&mut plan);
    audit::tell(&mut plan);
    incidents::tell(&mut plan);
    let history = plan.play()?;
    let mut files = deliver::files(&history);
    quirks::apply(&mut files)?;
    deliver::write(root, &files)
}
