//! Warnings that an answer's evidence gives rise to.

use super::Warning;
use crate::store::Evidence;

/// Returns what a reader of an answer with this evidence has to know, whatever was asked.
pub(super) fn of_evidence(evidence: &Evidence) -> Vec<Warning> {
    let files = Warning::of_unreadable(evidence.unreadable_files);
    files.into_iter().chain(of_table(evidence)).collect()
}

/// Warns of a table that lacks fields.
pub(super) fn of_table(evidence: &Evidence) -> Option<Warning> {
    let run = evidence.athena.as_ref()?;
    (!run.lacks.is_empty()).then_some(Warning::TableLacksFields)
}
