//! What accompanies a call through every layer: its cancellation and its progress.

use std::{fmt, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::embedded::{Listings, Sightings};

/// How far a call has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Units done, e.g. files.
    pub done: u64,
    /// Units there are, where that is known.
    pub total: Option<u64>,
    /// What is being done, for people.
    pub message: String,
}

/// Takes progress reports. Called often and from any thread: implementations drop what is too
/// much.
pub trait ProgressSink: fmt::Debug + Send + Sync {
    /// Takes one report.
    fn report(&self, progress: Progress);
}

/// Drops every report.
#[derive(Debug, Clone, Copy, Default)]
pub struct SilentProgress;

impl ProgressSink for SilentProgress {
    fn report(&self, _: Progress) {}
}

/// Cancellation and progress of one call, and the state of the lake that all parts of its answer
/// see.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// Cancelled when the caller no longer waits.
    pub cancel: CancellationToken,
    /// Where progress goes.
    pub progress: Arc<dyn ProgressSink>,
    /// What was listed for this call.
    pub(super) listings: Listings,
    /// What was seen of files for this call.
    pub(super) sightings: Sightings,
}

impl CallContext {
    /// Returns a context with these parts.
    pub fn new(cancel: CancellationToken, progress: Arc<dyn ProgressSink>) -> Self {
        Self {
            cancel,
            progress,
            listings: Listings::default(),
            sightings: Sightings::default(),
        }
    }
}

impl Default for CallContext {
    fn default() -> Self {
        Self::new(CancellationToken::new(), Arc::new(SilentProgress))
    }
}
