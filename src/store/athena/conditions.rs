//! Which items a question is about, as conditions of SQL. Each begins with ` AND`; where there is
//! nothing to say, there is nothing.

use super::literal;
use crate::domain::{ItemFilter, ResourceKey, ResourceReference, TagFilter, TypePattern};

/// Conditions that hold for an item as it was delivered.
pub(super) fn of_columns(filter: &ItemFilter) -> String {
    let mut conditions = of_resources_place(filter);
    if !filter.statuses.is_empty() {
        let wanted = filter.statuses.iter().map(|status| status.to_lowercase());
        conditions.push(format!(
            "lower(configurationitemstatus) IN ({})",
            literal::texts(wanted)
        ));
    }
    joined(&conditions)
}

/// Conditions on types alone: what may be left out before items are compared.
pub(super) fn of_types(filter: &ItemFilter) -> String {
    joined(&of_resources_place(&ItemFilter {
        accounts: filter.accounts.clone(),
        regions: filter.regions.clone(),
        types: filter.types.clone(),
        ..ItemFilter::default()
    }))
}

/// All conditions, on items that have what they take over from the item before.
pub(super) fn of_completed(filter: &ItemFilter) -> String {
    let mut conditions = of_columns(filter);
    let mut further = Vec::new();
    if !filter.kinds.is_empty() {
        let kinds = filter.kinds.iter().map(|kind| kind.as_str());
        further.push(format!("change_kind IN ({})", literal::texts(kinds)));
    }
    if let Some(meant) = meant(filter, &[]) {
        further.push(meant);
    }
    if !filter.tags.is_empty() {
        further.push(any(filter.tags.iter().map(tag)));
    }
    conditions.push_str(&joined(&further));
    conditions
}

/// The condition on which resources are meant, where any are named.
pub(super) fn meant(filter: &ItemFilter, resources: &[ResourceKey]) -> Option<String> {
    let mut conditions = Vec::new();
    if !filter.resources.is_empty() {
        let wanted = literal::texts(&filter.resources);
        conditions.push(format!("(resourceid IN ({wanted}) OR arn IN ({wanted}))"));
    }
    if !filter.names.is_empty() {
        let wanted = literal::texts(&filter.names);
        conditions.push(format!("resourcename IN ({wanted})"));
    }
    conditions.extend(filter.reference.as_ref().map(reference));
    if !resources.is_empty() {
        conditions.push(any(resources.iter().map(resource)));
    }
    (!conditions.is_empty()).then(|| conditions.join(" AND "))
}

fn of_resources_place(filter: &ItemFilter) -> Vec<String> {
    let mut conditions = Vec::new();
    if !filter.accounts.is_empty() {
        let wanted = filter.accounts.iter().map(ToString::to_string);
        conditions.push(format!("awsaccountid IN ({})", literal::texts(wanted)));
    }
    if !filter.regions.is_empty() {
        let wanted = filter.regions.iter().map(ToString::to_string);
        conditions.push(format!("awsregion IN ({})", literal::texts(wanted)));
    }
    if !filter.types.is_empty() {
        conditions.push(any(filter.types.iter().map(resource_type)));
    }
    conditions
}

fn resource_type(pattern: &TypePattern) -> String {
    let text = literal::text(&pattern.text().to_ascii_lowercase());
    if pattern.is_prefix() {
        format!("starts_with(lower(resourcetype), {text})")
    } else {
        format!("lower(resourcetype) = {text}")
    }
}

fn tag(wanted: &TagFilter) -> String {
    let key = literal::text(wanted.key());
    match wanted.value() {
        None => format!("contains(map_keys(tags), {key})"),
        Some(value) => format!("element_at(tags, {key}) = {}", literal::text(value)),
    }
}

fn reference(wanted: &ResourceReference) -> String {
    let text = literal::text(wanted.as_str());
    let mut ways = vec![format!(
        "resourceid = {text} OR arn = {text} OR resourcename = {text}"
    )];
    if let Some((of_type, id)) = wanted.as_str().split_once('/') {
        ways.push(format!(
            "lower(resourcetype) = {} AND resourceid = {}",
            literal::text(&of_type.to_ascii_lowercase()),
            literal::text(id)
        ));
    }
    any(ways)
}

fn resource(key: &ResourceKey) -> String {
    format!(
        "awsaccountid = {} AND awsregion = {} AND resourcetype = {} AND resourceid = {}",
        literal::text(&key.account),
        literal::text(&key.region),
        literal::text(&key.resource_type),
        literal::text(&key.resource_id),
    )
}

fn any(ways: impl IntoIterator<Item = String>) -> String {
    let ways: Vec<String> = ways.into_iter().map(|way| format!("({way})")).collect();
    format!("({})", ways.join(" OR "))
}

fn joined(conditions: &[String]) -> String {
    let lines = conditions
        .iter()
        .map(|condition| format!("\n    AND {condition}"));
    lines.collect::<Vec<_>>().concat()
}
