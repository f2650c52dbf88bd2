//! What became true or false from one item to the next.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Value, json};

use super::{
    observed,
    rule::{Reports, Rule, Severity},
    rules, rules_of,
    state::{Found, State, short},
};
use crate::domain::{ChangeKind, ConfigurationItem, ItemStatus, Section};

/// How a fact came about or went.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// It holds, and did not before.
    Began,
    /// The resource was created or re-created so.
    CreatedSo,
    /// Recorded for the first time, already so: not known to be a change.
    FirstSeenSo,
    /// It held before, and does no longer.
    Ended,
}

impl EventKind {
    /// Returns the name as it stands in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Began => "began",
            Self::CreatedSo => "created_so",
            Self::FirstSeenSo => "first_seen_so",
            Self::Ended => "ended",
        }
    }
}

/// Name of a rule that there is.
pub type RuleName = &'static str;

/// A fact of a rule that began, ended or was found at an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SecurityEvent {
    /// Rule that names it.
    #[serde(deserialize_with = "known_rule")]
    pub rule: RuleName,
    /// How much it matters.
    pub severity: Severity,
    /// How it came about or went.
    pub event: EventKind,
    /// Tells events of one rule on one resource apart, for example `tcp 22 from 0.0.0.0/0`.
    pub subject: String,
    /// Account.
    pub account: String,
    /// Region of the resource, or `global`.
    pub region: String,
    /// Resource type.
    pub resource_type: String,
    /// Resource id.
    pub resource_id: String,
    /// Name, where the item or the one before it has one.
    pub resource_name: Option<String>,
    /// Capture time of the item that shows it.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Section of the evidence.
    pub section: Section,
    /// JSON pointer of the evidence into the decoded section: of this item, or of the item before
    /// where the fact ended.
    pub path: String,
    /// Evidence: the small part of the body that shows it, long texts and lists cut.
    pub value: Value,
}

/// Reads the name of a rule that there is.
fn known_rule<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RuleName, D::Error> {
    let name = String::deserialize(deserializer)?;
    let rule = rules().iter().find(|rule| rule.id == name);
    rule.map(|rule| rule.id)
        .ok_or_else(|| D::Error::custom("there is no such rule"))
}

/// What became true or false between two items of one resource, in the order of the rules. `before`
/// is the item before, if one is known; `kind` what `after` means against it. An item without a
/// body says nothing, unless it is a deletion.
pub fn events(
    before: Option<&ConfigurationItem>,
    after: &ConfigurationItem,
    kind: ChangeKind,
) -> Vec<SecurityEvent> {
    if !says_anything(after, kind) {
        return Vec::new();
    }
    let was = before.map(State::of);
    let is = State::of(after);
    Comparison { kind, was, is }.events(before, after)
}

/// Tells [`events`] of one item after the other. Where an item is the one before the next, it is
/// decoded once.
#[derive(Debug, Clone, Default)]
pub struct Successive(Option<(Arc<ConfigurationItem>, State)>);

impl Successive {
    /// Returns what became true or false, as [`events`] does.
    pub fn events(
        &mut self,
        before: Option<&Arc<ConfigurationItem>>,
        after: &Arc<ConfigurationItem>,
        kind: ChangeKind,
    ) -> Vec<SecurityEvent> {
        if !says_anything(after, kind) {
            return Vec::new();
        }
        let was = before.map(|before| match self.0.take() {
            Some((last, state)) if Arc::ptr_eq(&last, before) => state,
            _ => State::of(before),
        });
        let is = State::of(after);
        let comparison = Comparison { kind, was, is };
        let events = comparison.events(before.map(Arc::as_ref), after);
        self.0 = Some((after.clone(), comparison.is));
        events
    }
}

/// Says whether any rule may tell something of an item.
fn says_anything(after: &ConfigurationItem, kind: ChangeKind) -> bool {
    let has_state = after.configuration.is_some() || kind == ChangeKind::Deleted;
    has_state && !rules_of(&after.resource_type).is_empty()
}

fn is_deletion(item: &ConfigurationItem) -> bool {
    let status = item.status.as_deref().and_then(ItemStatus::parse);
    matches!(
        status,
        Some(ItemStatus::ResourceDeleted | ItemStatus::ResourceDeletedNotRecorded)
    )
}

/// A deletion, whose evidence is the item's status.
fn deletion(after: &ConfigurationItem) -> Found {
    Found {
        subject: "deleted".to_owned(),
        holds: true,
        of_switch: false,
        section: Section::Configuration,
        path: String::new(),
        value: json!({ "configurationItemStatus": after.status.as_deref().map(short) }),
    }
}

/// Two states of a resource.
struct Comparison {
    kind: ChangeKind,
    was: Option<State>,
    is: State,
}

impl Comparison {
    /// What all rules tell of the two items, in the order of the rules.
    fn events(
        &self,
        before: Option<&ConfigurationItem>,
        after: &ConfigurationItem,
    ) -> Vec<SecurityEvent> {
        let mut events = Vec::new();
        for rule in rules_of(&after.resource_type) {
            let told = if rule.reports == Reports::OnlyDeletion {
                let known = before.is_some_and(is_deletion);
                let is_one = self.kind == ChangeKind::Deleted && !known;
                let found = is_one.then(|| (EventKind::Began, deletion(after)));
                found.into_iter().collect()
            } else {
                self.of(rule)
            };
            let told = told.into_iter();
            events.extend(told.map(|(event, found)| told_of(rule, event, found, before, after)));
        }
        events
    }

    /// What a rule tells, by subject.
    fn of(&self, rule: &Rule) -> Vec<(EventKind, Found)> {
        let was = self
            .was
            .as_ref()
            .map_or_else(BTreeMap::new, |state| observed(rule, state));
        let is = observed(rule, &self.is);
        let mut told: BTreeMap<&str, (EventKind, &Found)> = BTreeMap::new();
        for (subject, found) in &was {
            if found.holds && self.has_ended(rule, found, is.get(subject)) {
                told.insert(subject, (EventKind::Ended, found));
            }
        }
        for (subject, found) in &is {
            if found.holds
                && let Some(event) = self.came_about(found, was.get(subject))
                && is_told(rule.reports, event)
            {
                told.insert(subject, (event, found));
            }
        }
        told.into_values()
            .map(|(event, found)| (event, found.clone()))
            .collect()
    }

    fn is_new_lifetime(&self) -> bool {
        matches!(self.kind, ChangeKind::Created | ChangeKind::Recreated)
    }

    /// How a fact that holds now came about; `None` where it held before.
    fn came_about(&self, found: &Found, earlier: Option<&Found>) -> Option<EventKind> {
        if self.is_new_lifetime() {
            return Some(EventKind::CreatedSo);
        }
        let known = self
            .was
            .as_ref()
            .is_some_and(|was| was.knows(found.section));
        match earlier {
            Some(earlier) if earlier.holds => None,
            Some(_) => Some(EventKind::Began),
            None if known && !found.of_switch => Some(EventKind::Began),
            // Nothing said how the switch stood before.
            None => Some(EventKind::FirstSeenSo),
        }
    }

    /// Whether it is told that a fact which held before is known not to hold any more.
    fn has_ended(&self, rule: &Rule, found: &Found, now: Option<&Found>) -> bool {
        let lifetime_ended = self.kind == ChangeKind::Deleted || self.is_new_lifetime();
        if lifetime_ended && rule.reports != Reports::Always {
            return false;
        }
        let known = lifetime_ended || (!found.of_switch && self.is.knows(found.section));
        is_told(rule.reports, EventKind::Ended) && now.map_or(known, |now| !now.holds)
    }
}

fn is_told(reports: Reports, event: EventKind) -> bool {
    match reports {
        Reports::Always => true,
        Reports::OnlyChanges => matches!(event, EventKind::Began | EventKind::Ended),
        Reports::OnlyCreation => event == EventKind::CreatedSo,
        Reports::OnlyDeletion => false,
    }
}

fn told_of(
    rule: &Rule,
    event: EventKind,
    found: Found,
    before: Option<&ConfigurationItem>,
    after: &ConfigurationItem,
) -> SecurityEvent {
    let name = after.resource_name.clone();
    SecurityEvent {
        rule: rule.id,
        severity: rule.severity,
        event,
        subject: found.subject,
        account: after.account.clone(),
        region: after.region.clone(),
        resource_type: after.resource_type.clone(),
        resource_id: after.resource_id.clone(),
        resource_name: name.or_else(|| before.and_then(|item| item.resource_name.clone())),
        at: after.capture_time,
        section: found.section,
        path: found.path,
        value: found.value,
    }
}
