//! What is kept of answers, and the state of files that they rest on.

use crate::domain::ItemFilter;

/// A state of delivered files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    /// Tells it from any other, within this process.
    pub state: u128,
    /// Whether it tells it from any other there ever was: all folders could be listed, and no file
    /// may change unnoticed.
    pub is_settled: bool,
}

/// Under what something is kept.
#[derive(Debug, Clone, Copy)]
pub struct KeptName<'a> {
    /// The question, with all that its answer rests on but the files.
    pub question: &'a str,
    /// The state of the files.
    pub revision: Revision,
    /// The accounts and Regions whose files they are.
    pub filter: &'a ItemFilter,
}
