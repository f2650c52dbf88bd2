//! Which resources came, went and moved most.

use std::{cmp::Reverse, collections::BTreeMap};

use jiff::{Timestamp, civil::DateTime, tz::Offset};

use super::{ResourceLine, ResourceList, count, counts::NO_VALUE};
use crate::{
    analysis::TallyLine,
    domain::{ItemStatus, Period},
};

/// The resources of a month.
pub(super) struct Resources<'a>(BTreeMap<ResourceKey<'a>, Resource<'a>>);

/// Account, Region, type and id.
pub(super) type ResourceKey<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Parts of a [`ResourceKey`].
const KEY_PARTS: usize = 4;

/// One resource, from all its items.
struct Resource<'a> {
    name: Option<&'a str>,
    /// Capture time of the newest item that has `name`.
    named_at: Timestamp,
    items: u64,
    first: Timestamp,
    last: Timestamp,
    deleted: bool,
    /// Whether it was discovered, with the creation times that the discoveries state.
    discovered: Option<Vec<Option<Timestamp>>>,
}

impl<'a> Resources<'a> {
    /// Gathers the lines of each resource: account, Region, type, id, status and creation time.
    pub(super) fn of(tally: &'a [TallyLine]) -> Self {
        let mut resources = BTreeMap::new();
        for line in tally {
            let key = resource_key(line);
            let mut parts = line.key.iter().skip(KEY_PARTS).map(Option::as_deref);
            let mut part = || parts.next().flatten();
            let status = part().and_then(ItemStatus::parse);
            let created_at = part().and_then(parse_instant);
            let resource = resources.entry(key).or_insert_with(|| Resource::of(line));
            resource.add(line, status, created_at);
        }
        Self(resources)
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> u64 {
        count(self.0.len())
    }

    /// Returns each with the name that people know it by, which may be its id, and its items, in
    /// the order of their keys.
    pub(super) fn named(&self) -> impl Iterator<Item = (ResourceKey<'a>, &'a str, u64)> {
        self.0.iter().map(|(key, resource)| {
            let (_, _, _, id) = *key;
            (*key, resource.name.unwrap_or(id), resource.items)
        })
    }

    /// Lists all of them.
    pub(super) fn most_changed(&self, top: usize) -> ResourceList {
        self.list(top, |_| true)
    }

    /// Lists those that were discovered and created in the period.
    pub(super) fn created(&self, period: &Period, top: usize) -> ResourceList {
        self.list(top, |resource| {
            resource.was_created_in(period) == Some(true)
        })
    }

    /// Lists those that were discovered, but created earlier or at an unknown time.
    pub(super) fn first_seen(&self, period: &Period, top: usize) -> ResourceList {
        self.list(top, |resource| {
            resource.was_created_in(period) == Some(false)
        })
    }

    /// Lists those that were deleted.
    pub(super) fn deleted(&self, top: usize) -> ResourceList {
        self.list(top, |resource| resource.deleted)
    }

    fn list(&self, top: usize, is_listed: impl Fn(&Resource<'_>) -> bool) -> ResourceList {
        let listed = self.0.iter().filter(|(_, resource)| is_listed(resource));
        let mut listed: Vec<_> = listed.collect();
        // Stable: resources with as many items stay in the order of their keys.
        listed.sort_by_key(|(_, resource)| Reverse(resource.items));
        ResourceList {
            total: count(listed.len()),
            resources: listed
                .into_iter()
                .take(top)
                .map(|(key, resource)| resource.line(*key))
                .collect(),
        }
    }
}

impl<'a> Resource<'a> {
    fn of(line: &'a TallyLine) -> Self {
        Self {
            name: None,
            named_at: line.last,
            items: 0,
            first: line.first,
            last: line.last,
            deleted: false,
            discovered: None,
        }
    }

    fn add(&mut self, line: &'a TallyLine, status: Option<ItemStatus>, created: Option<Timestamp>) {
        self.items += line.items;
        self.first = self.first.min(line.first);
        self.last = self.last.max(line.last);
        if let Some(name) = line.name.as_deref().filter(|name| !name.is_empty())
            && (self.name.is_none() || self.named_at < line.last)
        {
            self.name = Some(name);
            self.named_at = line.last;
        }
        match status {
            Some(ItemStatus::ResourceDeleted) => self.deleted = true,
            Some(ItemStatus::ResourceDiscovered) => {
                self.discovered.get_or_insert_default().push(created);
            }
            _ => {}
        }
    }

    /// Says whether a discovered resource was created in `period`; `None` for the others.
    fn was_created_in(&self, period: &Period) -> Option<bool> {
        let created_at = self.discovered.as_ref()?;
        Some(created_at.iter().flatten().any(|at| period.contains(*at)))
    }

    fn line(&self, (account, region, resource_type, resource_id): ResourceKey<'_>) -> ResourceLine {
        ResourceLine {
            account: account.to_owned(),
            region: region.to_owned(),
            resource_type: resource_type.to_owned(),
            resource_id: resource_id.to_owned(),
            resource_name: self.name.map(str::to_owned),
            items: self.items,
            first: self.first,
            last: self.last,
        }
    }
}

/// Returns the resource that a line counts: the first parts of its key.
pub(super) fn resource_key(line: &TallyLine) -> ResourceKey<'_> {
    let mut parts = line.key.iter().take(KEY_PARTS).map(Option::as_deref);
    let mut text = || parts.next().flatten().unwrap_or(NO_VALUE);
    (text(), text(), text(), text())
}

/// Reads a creation time as delivered: ISO 8601, in UTC where it names no offset.
fn parse_instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let time: DateTime = text.parse().ok()?;
        Offset::UTC.to_timestamp(time).ok()
    })
}
