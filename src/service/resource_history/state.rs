//! The state of a resource at a time: that of the last item that was captured by then.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    domain::ItemStatus,
    service::{Existence, ResourceState},
    store::ItemChange,
};

/// Returns the state at `at` from the items of one resource, oldest first.
pub(super) fn state_at(items: &[ItemChange], at: Timestamp) -> ResourceState {
    let known = items
        .iter()
        .rev()
        .find(|change| change.item.capture_time <= at && is_of_the_resource(change));
    let mut state = ResourceState {
        at,
        existence: Existence::NotYetKnown,
        captured: None,
        state_id: None,
        status: None,
        source: None,
        from_snapshot: false,
        tags: Value::Null,
        configuration: Value::Null,
        supplementary_configuration: Value::Null,
        relationships: Value::Null,
    };
    let Some(change) = known else {
        return state;
    };
    let item = &change.item;
    state.captured = Some(item.capture_time);
    state.state_id.clone_from(&item.state_id);
    state.status.clone_from(&item.status);
    state.source = Some(change.source.clone());
    state.from_snapshot = change.snapshot_only;
    let deleted = matches!(
        item.item_status(),
        Some(ItemStatus::ResourceDeleted | ItemStatus::ResourceDeletedNotRecorded)
    );
    if deleted {
        state.existence = Existence::Deleted;
        return state;
    }
    state.existence = Existence::Existed;
    let body = |text: Option<&str>| {
        text.map_or(Value::Null, |text| {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
        })
    };
    let tags: Map<String, Value> = item
        .tags
        .iter()
        .map(|(key, value)| (key.clone(), value.clone().into()))
        .collect();
    state.tags = Value::Object(tags);
    state.configuration = body(item.configuration.as_deref());
    state.supplementary_configuration = body(item.supplementary_configuration.as_deref());
    state.relationships = body(item.relationships.as_deref());
    state
}

/// Compliance results of a resource are no states of it.
fn is_of_the_resource(change: &ItemChange) -> bool {
    change.item.item_status() != Some(ItemStatus::ResourceNotRecorded)
}
