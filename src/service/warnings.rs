//! Warnings that an answer's evidence gives rise to.

use super::Warning;
use crate::store::Evidence;

/// Returns what a reader of an answer with this evidence has to know, whatever was asked.
pub(super) fn of_evidence(evidence: &Evidence) -> Vec<Warning> {
    let files = Warning::of_unreadable(evidence.unreadable_files);
    files.into_iter().chain(of_table(evidence)).collect()
}

/// Warns of kinds that a statement could not be told.
pub(super) fn of_kinds(evidence: &Evidence) -> Vec<Warning> {
    let incomplete = evidence
        .athena
        .as_ref()
        .is_some_and(|run| run.kinds_incomplete);
    let unknown = incomplete.then_some(Warning::UnknownKinds);
    let lacks = incomplete.then(|| of_table(evidence)).flatten();
    unknown.into_iter().chain(lacks).collect()
}

/// Warns of a table that lacks fields.
pub(super) fn of_table(evidence: &Evidence) -> Option<Warning> {
    let run = evidence.athena.as_ref()?;
    (!run.lacks.is_empty()).then_some(Warning::TableLacksFields)
}
