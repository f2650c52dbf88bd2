//! What a rule is, and how its facts are told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::state::{Found, State};

/// How much a fact matters by itself.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look in a review.
    Low,
    /// Weakens a protection.
    Medium,
    /// Opens something to others, or blinds those who watch.
    High,
}

impl Severity {
    /// Returns the name as it stands in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// When facts of a rule are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reports {
    /// Whenever they begin, end or are there from the beginning.
    Always,
    /// Only when a known state changes: many resources are so from the beginning.
    OnlyChanges,
    /// Only when a resource is created so: it cannot change, and older resources are many.
    OnlyCreation,
    /// The deletion of the resource is the fact.
    OnlyDeletion,
}

/// A rule: what it looks for, in which types. One line of a family's table and one function.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Name in answers, for example `security_group_open_to_world`.
    pub id: &'static str,
    /// How much its facts matter.
    pub severity: Severity,
    /// Resource types it reads.
    pub types: &'static [&'static str],
    /// What holds, in English.
    pub title: &'static str,
    /// What holds, in Japanese.
    pub title_ja: &'static str,
    /// When its facts are told.
    pub reports: Reports,
    find: fn(&State) -> Vec<Found>,
}

impl Rule {
    /// A rule whose facts are always told.
    pub(super) const fn new(
        id: &'static str,
        severity: Severity,
        types: &'static [&'static str],
        title: &'static str,
        title_ja: &'static str,
        find: fn(&State) -> Vec<Found>,
    ) -> Self {
        Self {
            id,
            severity,
            types,
            title,
            title_ja,
            reports: Reports::Always,
            find,
        }
    }

    /// A rule about the deletion of resources.
    pub(super) const fn deletion(
        id: &'static str,
        severity: Severity,
        types: &'static [&'static str],
        title: &'static str,
        title_ja: &'static str,
    ) -> Self {
        Self::new(id, severity, types, title, title_ja, |_| Vec::new())
            .reporting(Reports::OnlyDeletion)
    }

    /// Tells its facts only then.
    pub(super) const fn reporting(mut self, reports: Reports) -> Self {
        self.reports = reports;
        self
    }

    /// What the rule sees in a state.
    pub(super) fn find(&self, state: &State) -> Vec<Found> {
        (self.find)(state)
    }
}
