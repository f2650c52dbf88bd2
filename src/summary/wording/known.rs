//! What a language says of what was not recorded.

use crate::analysis::{GapCause, RecorderEventKind, RecordingMode};

/// Words for what is not known.
#[derive(Debug)]
pub(in crate::summary) struct Known {
    pub(in crate::summary) heading: &'static str,
    pub(in crate::summary) no_recorders: &'static str,
    /// One sentence a line.
    pub(in crate::summary) complete: fn(&Completeness) -> String,
    /// How it is known, since when, until when.
    pub(in crate::summary) gap: fn(GapCause, &str, Option<&str>) -> String,
    /// Gaps in the months compared with.
    pub(in crate::summary) gaps_before: fn(u64) -> String,
    /// What happened, whether to all types where none is named.
    pub(in crate::summary) event: fn(RecorderEventKind, bool) -> &'static str,
    /// How it is recorded now, since when, items before and after.
    pub(in crate::summary) switched: fn(RecordingMode, &str, u64, u64) -> String,
    /// Before the types that are recorded daily.
    pub(in crate::summary) daily: &'static str,
    pub(in crate::summary) more: fn(u64) -> String,
}

/// How many recorders leave nothing open.
#[derive(Debug)]
pub(in crate::summary) struct Completeness {
    pub(in crate::summary) recorders: u64,
    pub(in crate::summary) complete: u64,
    /// Whether files could not be read.
    pub(in crate::summary) unreadable: bool,
}
