//! Facts about security that need no statistics: rules over the state of one resource.
//!
//! A rule is one line of a family's table and one function over a `State`. To add one,
//! write both in the family's file; a new family is added to [`rules`].

mod access;
mod database;
mod encryption;
mod event;
mod identity;
mod logging;
mod network;
mod policy;
mod rule;
mod state;
mod storage;

use std::{collections::BTreeMap, sync::LazyLock};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub use event::{EventKind, RuleName, SecurityEvent, Successive, events};
pub use rule::{Reports, Rule, Severity};
use state::{Found, State};

use crate::domain::{ConfigurationItem, Section};

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    [
        network::RULES,
        storage::RULES,
        identity::RULES,
        access::RULES,
        logging::RULES,
        encryption::RULES,
        database::RULES,
    ]
    .concat()
});

static RULES_OF_TYPES: LazyLock<BTreeMap<&str, Vec<&Rule>>> = LazyLock::new(|| {
    let mut of_types: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in rules() {
        for name in rule.types {
            of_types.entry(name).or_default().push(rule);
        }
    }
    of_types
});

/// All rules, by family.
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// The resource types that some rule reads: sorted, each once.
pub fn ruled_types() -> Vec<&'static str> {
    RULES_OF_TYPES.keys().copied().collect()
}

fn rules_of(resource_type: &str) -> &'static [&'static Rule] {
    RULES_OF_TYPES.get(resource_type).map_or(&[], Vec::as_slice)
}

/// A fact that holds in one state of a resource.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Fact {
    /// Rule that names it.
    pub rule: &'static str,
    /// Tells facts of one rule on one resource apart: `tcp 22 from 0.0.0.0/0`, a policy's name, an
    /// account. At most some 200 characters.
    pub subject: String,
    /// Section of the evidence.
    pub section: Section,
    /// JSON pointer into the decoded section.
    pub path: String,
    /// Evidence: the small part of the body that shows it, long texts and lists cut.
    pub value: Value,
}

/// The facts that hold in an item, in the order of the rules, each rule's by subject. Also those of
/// rules that tell only changes.
pub fn facts_of(item: &ConfigurationItem) -> Vec<Fact> {
    let rules = rules_of(&item.resource_type);
    if rules.is_empty() {
        return Vec::new();
    }
    let state = State::of(item);
    let mut facts = Vec::new();
    for rule in rules {
        let found = observed(rule, &state).into_values();
        facts.extend(found.filter(|found| found.holds).map(|found| Fact {
            rule: rule.id,
            subject: found.subject,
            section: found.section,
            path: found.path,
            value: found.value,
        }));
    }
    facts
}

/// What a rule sees in a state, by subject; of several with one subject the first.
fn observed(rule: &Rule, state: &State) -> BTreeMap<String, Found> {
    let mut observed = BTreeMap::new();
    for found in rule.find(state) {
        observed.entry(found.subject.clone()).or_insert(found);
    }
    observed
}

#[cfg(test)]
mod tests;
