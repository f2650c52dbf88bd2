//! What a language says of departures and security events.

use crate::analysis::{
    AnomalyKind,
    security::{EventKind, Rule, Severity},
};

/// Words for what to look at first.
#[derive(Debug)]
pub(in crate::summary) struct Attention {
    pub(in crate::summary) heading: &'static str,
    pub(in crate::summary) no_baseline: &'static str,
    /// Departures there are, in at least one of which something is named.
    pub(in crate::summary) departures: fn(u64, &Past) -> String,
    /// No departures; whether all that was asked about is known to be recorded.
    pub(in crate::summary) nothing: fn(&Past, bool) -> String,
    pub(in crate::summary) label: fn(AnomalyKind) -> &'static str,
    pub(in crate::summary) detail: fn(&Numbers) -> String,
    /// Before named accounts, types and resources.
    pub(in crate::summary) accounts: &'static str,
    pub(in crate::summary) types: &'static str,
    pub(in crate::summary) resources: &'static str,
    /// Entries left out.
    pub(in crate::summary) more: fn(u64) -> String,
    pub(in crate::summary) security: fn(u64) -> String,
    pub(in crate::summary) no_security: &'static str,
    pub(in crate::summary) severity: fn(Severity) -> &'static str,
    pub(in crate::summary) title: fn(&Rule) -> &'static str,
    /// What happened to a fact, and when.
    pub(in crate::summary) event: fn(EventKind, &str) -> String,
}

/// The months compared with.
#[derive(Debug)]
pub(in crate::summary) struct Past {
    pub(in crate::summary) months: u64,
    /// Their names: the first and the last.
    pub(in crate::summary) range: String,
    /// Whether they are too few for small effects.
    pub(in crate::summary) is_short: bool,
}

/// The numbers of a departure, made for reading.
#[derive(Debug)]
pub(in crate::summary) struct Numbers {
    pub(in crate::summary) kind: AnomalyKind,
    pub(in crate::summary) seen: u64,
    pub(in crate::summary) expected: Option<String>,
    /// Months of the baseline in which this could be observed.
    pub(in crate::summary) months: u64,
    /// Changes of each of these months, empty where they are not told.
    pub(in crate::summary) counts: String,
    /// Days or minutes of the first and last item.
    pub(in crate::summary) when: String,
    /// Hours at which such changes are usual, empty where they are not told.
    pub(in crate::summary) usual_hours: String,
    /// Whether the hours stand out although the entry is about something else.
    pub(in crate::summary) at_unusual_hours: bool,
    pub(in crate::summary) largest_before: Option<u64>,
    pub(in crate::summary) resources: u64,
    pub(in crate::summary) accounts_before: Option<u64>,
}
