//! Which change of a related resource explains an echo.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::{
    analysis::ItemRecord,
    domain::{ChangeKind, ConfigurationItem, Content, ItemFilter, Period},
    service::{Cause, HistoryService, ResourceHistory, ServiceError},
    store::{CallContext, ItemChange},
};

/// What is captured so close to an echo happened at the same moment: Config captures the resources
/// around a change within minutes.
const SAME_MOMENT: SignedDuration = SignedDuration::from_mins(10);
/// Related resources that are asked about.
const MOST_RELATED: usize = 500;
/// Causes of one entry that are named.
const CAUSES_NAMED: usize = 5;

impl HistoryService {
    /// Names the changes of related resources that explain the echoes shown.
    pub(super) async fn explain_echoes(
        &self,
        history: &mut ResourceHistory,
        items: &[ItemChange],
        cx: &CallContext,
    ) -> Result<(), ServiceError> {
        let echoes: BTreeMap<Timestamp, BTreeSet<String>> = items
            .iter()
            .filter(|change| {
                matches!(
                    change.kind,
                    ChangeKind::Relationships | ChangeKind::Volatile
                )
            })
            .filter(|change| is_shown(history, change.item.capture_time))
            .map(|change| (change.item.capture_time, related(change)))
            .collect();
        let ids: BTreeSet<&String> = echoes.values().flatten().collect();
        let (Some((first, _)), Some((last, _))) =
            (echoes.first_key_value(), echoes.last_key_value())
        else {
            return Ok(());
        };
        let (Ok(start), Ok(end)) = (
            first.checked_sub(SAME_MOMENT),
            last.checked_add(SAME_MOMENT + SignedDuration::from_millis(1)),
        ) else {
            return Ok(());
        };
        let filter = ItemFilter {
            accounts: history
                .resource
                .iter()
                .filter_map(|resource| resource.account.parse().ok())
                .collect(),
            resources: ids.into_iter().take(MOST_RELATED).cloned().collect(),
            kinds: ChangeKind::ALL
                .into_iter()
                .filter(|kind| kind.is_real_change() || *kind == ChangeKind::FirstSeen)
                .collect(),
            ..ItemFilter::default()
        };
        if filter.resources.is_empty() {
            return Ok(());
        }
        let period = Period::new(start, end, jiff::tz::TimeZone::UTC)?;
        let records = self.store.records(&period, &filter, None, cx).await?.value;
        for entry in &mut history.timeline {
            if entry.kind.is_echo() {
                let since = entry.since.unwrap_or(entry.at);
                let own: Vec<(Timestamp, &BTreeSet<String>)> = echoes
                    .range(since..=entry.at)
                    .map(|(at, ids)| (*at, ids))
                    .collect();
                entry.because = causes(&own, &records);
            }
        }
        Ok(())
    }
}

fn is_shown(history: &ResourceHistory, at: Timestamp) -> bool {
    history.timeline.iter().any(|entry| {
        entry.kind.is_echo() && entry.since.unwrap_or(entry.at) <= at && at <= entry.at
    })
}

/// Returns the ids and ARNs of the resources that the item is, or was just now, related to.
fn related(change: &ItemChange) -> BTreeSet<String> {
    let of_item = |item: &ConfigurationItem| -> Vec<String> {
        let relationships = Content::relationships_of(item);
        let listed = relationships.as_array().into_iter().flatten();
        let ids = listed
            .filter_map(|relationship| relationship.get("resourceId")?.as_str().map(str::to_owned));
        ids.collect()
    };
    let items = [Some(&change.item), change.before.as_ref()];
    items
        .into_iter()
        .flatten()
        .flat_map(|item| of_item(item))
        .collect()
}

fn causes(echoes: &[(Timestamp, &BTreeSet<String>)], records: &[ItemRecord]) -> Vec<Cause> {
    let mut nearest: BTreeMap<(&str, &str), (SignedDuration, &ItemRecord)> = BTreeMap::new();
    for record in records {
        for (at, ids) in echoes {
            let apart = record.at.duration_since(*at).abs();
            if apart > SAME_MOMENT || !ids.contains(&*record.of.resource_id) {
                continue;
            }
            let key = (&*record.of.resource_type, &*record.of.resource_id);
            let held = nearest.entry(key).or_insert((apart, record));
            if apart < held.0 {
                *held = (apart, record);
            }
        }
    }
    let mut found: Vec<(SignedDuration, &ItemRecord)> = nearest.into_values().collect();
    found.sort_by_key(|(apart, record)| (*apart, record.at));
    found
        .into_iter()
        .take(CAUSES_NAMED)
        .map(|(_, record)| Cause {
            resource_type: record.of.resource_type.to_string(),
            resource_id: record.of.resource_id.to_string(),
            resource_name: record.of.resource_name.as_ref().map(ToString::to_string),
            kind: record.kind,
            at: record.at,
        })
        .collect()
}
