//! What a recorder is set to record, from the body of its own item.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::domain::decoded;

/// Types that `IncludeGlobalResourceTypes` is about.
const GLOBAL_TYPES: [&str; 4] = [
    "AWS::IAM::Group",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
];

/// Names of recorders that other AWS services run for themselves begin so.
const SERVICE_LINKED: &str = "AWSConfigurationRecorderFor";

/// Settings of a recorder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// Whether it records; `None` where the item does not say.
    pub(super) recording: Option<bool>,
    pub(super) types: Types,
    /// Whether the types that are not in `frequencies` are recorded daily.
    pub(super) daily: bool,
    /// Types with a frequency of their own, and whether that is daily.
    pub(super) frequencies: BTreeMap<String, bool>,
    /// `PAID` or `INTERNAL`.
    pub(super) payer: Option<String>,
    /// Whether another AWS service runs it.
    pub(super) service_linked: bool,
}

/// Recorded types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Types {
    /// Not known.
    #[default]
    Unknown,
    /// All that there are but these.
    AllBut(BTreeSet<String>),
    /// Only these.
    Only(BTreeSet<String>),
}

impl Scope {
    /// Reads an item's body. Keys count in either casing; what is missing is not known.
    pub(super) fn parse(body: &str) -> Self {
        let body = decoded(body);
        let mode = member(&body, "recordingMode");
        let overrides = mode.and_then(|mode| member(mode, "recordingModeOverrides"));
        let mut frequencies = BTreeMap::new();
        for own in overrides.and_then(Value::as_array).into_iter().flatten() {
            let daily = is_daily(own);
            frequencies.extend(types_in(Some(own)).into_iter().map(|kind| (kind, daily)));
        }
        let text = |key| member(&body, key).and_then(Value::as_str);
        let name = text("name").unwrap_or_default();
        let principal = text("servicePrincipal").is_some_and(|principal| !principal.is_empty());
        let status = member(&body, "status").and_then(|status| member(status, "recording"));
        Self {
            recording: member(&body, "recording").or(status).and_then(as_bool),
            types: Types::of(member(&body, "recordingGroup")),
            daily: mode.is_some_and(is_daily),
            frequencies,
            payer: text("recordingScope").map(str::to_ascii_uppercase),
            service_linked: principal || is_service_linked(name),
        }
    }

    /// Says whether a type is recorded daily.
    pub(super) fn is_daily(&self, resource_type: &str) -> bool {
        *self.frequencies.get(resource_type).unwrap_or(&self.daily)
    }
}

impl Types {
    fn of(group: Option<&Value>) -> Self {
        let Some(group) = group else {
            return Self::Unknown;
        };
        let named = types_in(Some(group));
        let mut excluded = types_in(member(group, "exclusionByResourceTypes"));
        let strategy = member(group, "recordingStrategy")
            .and_then(|strategy| member(strategy, "useOnly"))
            .and_then(Value::as_str);
        let flag = |key| member(group, key).and_then(as_bool);
        match strategy {
            Some("INCLUSION_BY_RESOURCE_TYPES") => Self::Only(named),
            Some("EXCLUSION_BY_RESOURCE_TYPES") => Self::AllBut(excluded),
            _ if flag("allSupported") == Some(true)
                || strategy == Some("ALL_SUPPORTED_RESOURCE_TYPES") =>
            {
                if flag("includeGlobalResourceTypes") == Some(false) {
                    excluded.extend(GLOBAL_TYPES.map(str::to_owned));
                }
                Self::AllBut(excluded)
            }
            _ if !excluded.is_empty() => Self::AllBut(excluded),
            _ if !named.is_empty() => Self::Only(named),
            _ => Self::Unknown,
        }
    }

    /// Returns the types that began and ceased from `self` to `next`, as far as they have names,
    /// and whether further ones did that have none.
    pub(super) fn compare(&self, next: &Self) -> (Vec<String>, Vec<String>, bool) {
        let minus = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect();
        let both =
            |a: &BTreeSet<String>, b: &BTreeSet<String>| a.intersection(b).cloned().collect();
        match (self, next) {
            (Self::AllBut(a), Self::AllBut(b)) => (minus(a, b), minus(b, a), false),
            (Self::Only(a), Self::Only(b)) => (minus(b, a), minus(a, b), false),
            (Self::AllBut(excluded), Self::Only(only)) => (both(excluded, only), Vec::new(), true),
            (Self::Only(only), Self::AllBut(excluded)) => (Vec::new(), both(only, excluded), true),
            (Self::Unknown, _) | (_, Self::Unknown) => (Vec::new(), Vec::new(), false),
        }
    }
}

/// Says whether a recorder of this name is one that another AWS service runs for itself.
pub(super) fn is_service_linked(name: &str) -> bool {
    name.starts_with(SERVICE_LINKED)
}

fn types_in(parent: Option<&Value>) -> BTreeSet<String> {
    let list = parent.and_then(|parent| member(parent, "resourceTypes"));
    let texts = list.and_then(Value::as_array).into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn is_daily(mode: &Value) -> bool {
    member(mode, "recordingFrequency")
        .and_then(Value::as_str)
        .is_some_and(|frequency| frequency.eq_ignore_ascii_case("DAILY"))
}

/// Booleans come as texts at times.
fn as_bool(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| match value.as_str() {
        Some(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Some(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    })
}

fn member<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    let mut members = value.as_object()?.iter();
    members.find_map(|(name, value)| name.eq_ignore_ascii_case(key).then_some(value))
}
