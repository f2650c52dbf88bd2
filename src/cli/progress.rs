//! A progress bar on standard error, for work that takes long enough to wonder about.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::store::{Progress, ProgressSink};

/// Work shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(400);

/// Draws a bar once the work has gone on for a while; nothing where standard error is no terminal.
#[derive(Debug)]
pub(super) struct TerminalProgress {
    begun: Instant,
    bar: OnceLock<ProgressBar>,
}

impl TerminalProgress {
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            bar: OnceLock::new(),
        }
    }

    /// Takes the bar off the screen, so that what is printed next stands alone.
    pub(super) fn clear(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

impl ProgressSink for TerminalProgress {
    fn report(&self, progress: Progress) {
        if self.begun.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_init(|| ProgressBar::new(0));
        // A statement of Athena tells how far it has come, not how far it will go.
        let template = match progress.total {
            Some(_) => "{bar:30} {msg}  {elapsed}",
            None => "{spinner} {msg}  {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(progress.message);
        bar.set_length(progress.total.unwrap_or(progress.done));
        bar.set_position(progress.done);
    }
}
