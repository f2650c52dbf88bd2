//! The wording of the digest: all of a language in one table.

pub(super) mod attention;
pub(super) mod cost;
mod en;
mod ja;
pub(super) mod known;

use self::{attention::Attention, cost::Cost, known::Known};
use super::Language;
use crate::{
    analysis::{Totals, Warning},
    domain::{ChangeKind, Month},
};

/// Returns the wording of a language.
pub(super) fn of(language: Language) -> &'static Wording {
    match language {
        Language::En => &en::WORDING,
        Language::Ja => &ja::WORDING,
    }
}

/// What a language says. Sentences end with their full stop, labels with nothing.
#[derive(Debug)]
pub(super) struct Wording {
    pub(super) labels: Labels,
    pub(super) headings: Headings,
    pub(super) sentences: Sentences,
    pub(super) attention: Attention,
    pub(super) cost: Cost,
    pub(super) known: Known,
    pub(super) narrative: NarrativeWords,
    /// Meaning of a change kind.
    pub(super) kind: fn(ChangeKind) -> &'static str,
    pub(super) warning: fn(Warning) -> String,
    /// Name of a kind of source.
    pub(super) source: fn(&str) -> Option<&'static str>,
    /// Between the first and the last day.
    pub(super) to: &'static str,
    /// Between the parts of a list in a sentence.
    pub(super) comma: &'static str,
    /// Between two statements in a sentence.
    pub(super) semicolon: &'static str,
    /// After a label within a sentence.
    pub(super) colon: &'static str,
    /// Around the id that follows a name.
    pub(super) brackets: (&'static str, &'static str),
    /// Said of a key without items in the month before.
    pub(super) new: &'static str,
    /// Said of a key with items in the month before only.
    pub(super) gone: &'static str,
}

/// What is said of a narrative.
#[derive(Debug)]
pub(super) struct NarrativeWords {
    /// Model, claims made, verified, dropped.
    pub(super) heading: fn(&str, u64, u64, u64) -> String,
    /// Before the handle.
    pub(super) pending: &'static str,
    /// Before the reason.
    pub(super) unavailable: &'static str,
}

/// Labels of facts and columns.
#[derive(Debug)]
pub(super) struct Labels {
    pub(super) period: &'static str,
    pub(super) source: &'static str,
    pub(super) accounts: &'static str,
    pub(super) regions: &'static str,
    pub(super) resource_types: &'static str,
    pub(super) items: &'static str,
    pub(super) real_changes: &'static str,
    pub(super) echoes: &'static str,
    pub(super) unknown: &'static str,
    pub(super) resources: &'static str,
    pub(super) created: &'static str,
    pub(super) first_seen: &'static str,
    pub(super) recreated: &'static str,
    pub(super) deleted: &'static str,
    pub(super) difference: &'static str,
    pub(super) account: &'static str,
    pub(super) region: &'static str,
    pub(super) resource_type: &'static str,
    pub(super) status: &'static str,
    pub(super) kind: &'static str,
    pub(super) meaning: &'static str,
    pub(super) resource: &'static str,
    /// Resources by name, with their items.
    pub(super) which: &'static str,
    pub(super) captured: &'static str,
    pub(super) history_files: &'static str,
    pub(super) snapshot_files: &'static str,
    pub(super) days: &'static str,
    pub(super) longest_silence: &'static str,
    pub(super) newest_delivery: &'static str,
    pub(super) files_read: &'static str,
    pub(super) delivery_days: &'static str,
    pub(super) duplicates: &'static str,
    pub(super) athena_query: &'static str,
    pub(super) cost: &'static str,
}

/// Headings of sections.
#[derive(Debug)]
pub(super) struct Headings {
    pub(super) title: fn(Month) -> String,
    pub(super) warnings: &'static str,
    pub(super) totals: &'static str,
    pub(super) kinds: &'static str,
    pub(super) resource_types: &'static str,
    pub(super) by_account: &'static str,
    pub(super) regions: &'static str,
    pub(super) statuses: &'static str,
    pub(super) days: &'static str,
    pub(super) most_changed: fn(u64) -> String,
    pub(super) created: fn(u64) -> String,
    pub(super) recreated: fn(u64) -> String,
    pub(super) first_seen: fn(u64) -> String,
    pub(super) deleted: fn(u64) -> String,
    pub(super) unreadable: fn(u64) -> String,
    pub(super) source: &'static str,
}

/// Sentences and parts of sentences.
#[derive(Debug)]
pub(super) struct Sentences {
    /// First instant, first instant past the month, time zone.
    pub(super) period: fn(&str, &str, &str) -> String,
    pub(super) headline: fn(Month, &Totals) -> String,
    pub(super) compared: fn(&Compared) -> String,
    pub(super) nothing_before: fn(Option<Month>) -> String,
    pub(super) empty: fn(Month) -> String,
    /// Nothing counted although history files were delivered.
    pub(super) empty_but_delivered: &'static str,
    /// Nothing counted and nothing delivered.
    pub(super) empty_and_silent: &'static str,
    pub(super) echoes: fn(u64) -> String,
    /// Items that could not be compared.
    pub(super) unknown: fn(u64) -> String,
    pub(super) open_month: &'static str,
    pub(super) account: fn(&AccountWords) -> String,
    /// Accounts left out, their items.
    pub(super) more_accounts: fn(u64, u64) -> String,
    /// Before the accounts with items in this month before only.
    pub(super) gone_accounts: fn(Month) -> String,
    /// Types left out, their items.
    pub(super) more_types: fn(u64, u64) -> String,
    /// Types with items in this month before only.
    pub(super) gone_types: fn(u64, Month) -> String,
    /// Rows left out, of which with items in the month before only.
    pub(super) more_keys: fn(u64, u64) -> String,
    pub(super) more_resources: fn(u64) -> String,
    /// Real changes of items.
    pub(super) changes_of: fn(u64, u64) -> String,
    pub(super) more_files: fn(u64) -> String,
    /// Days with items, days of the month.
    pub(super) active_days: fn(u64, u64) -> String,
    pub(super) peak_days: fn(&str) -> String,
    /// Days with the most real changes.
    pub(super) peak_changes: fn(&str) -> String,
    /// A day with its items.
    pub(super) peak: fn(&str, &str) -> String,
    /// Newest delivery, time zone.
    pub(super) watermark: fn(&str, &str) -> String,
    pub(super) more_recorders: fn(u64) -> String,
    pub(super) unreadable: &'static str,
    /// Files, size, folders.
    pub(super) files: fn(u64, &str, u64) -> String,
    pub(super) duplicates: fn(u64) -> String,
}

/// An account's month.
#[derive(Debug)]
pub(super) struct AccountWords {
    pub(super) items: u64,
    pub(super) changes: u64,
    pub(super) resources: u64,
    /// The month before with its items.
    pub(super) before: Option<(Month, u64)>,
}

/// A month beside the one before.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) month: Month,
    pub(super) items: Pair,
    pub(super) changes: Pair,
}

/// A number of the month and of the one before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) now: u64,
    pub(super) before: u64,
}
