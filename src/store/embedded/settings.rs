//! What the embedded engine may take, and how it reads.

use std::time::Duration;

use crate::{domain::Masker, source::ReadLimits};

/// Settings of the embedded engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddedSettings {
    /// Bytes of memory for sorting, grouping and the rows of an answer.
    pub memory_bytes: usize,
    /// Longest time for one question.
    pub timeout: Duration,
    /// Limits on one delivered file.
    pub read_limits: ReadLimits,
    /// Files decoded at once.
    pub files_at_once: usize,
    /// Replaces secrets.
    pub masker: Masker,
}

impl Default for EmbeddedSettings {
    /// 512 MiB, five minutes, as many files as there are cores.
    fn default() -> Self {
        Self {
            memory_bytes: 512 << 20,
            timeout: Duration::from_mins(5),
            read_limits: ReadLimits::default(),
            files_at_once: std::thread::available_parallelism().map_or(2, usize::from),
            masker: Masker::on(),
        }
    }
}
