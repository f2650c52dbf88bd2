//! Which resources came, went and moved most.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;

use super::{ResourceLine, ResourceList, count, counts::NO_VALUE};
use crate::{analysis::TallyLine, domain::ChangeKind};

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
    changes: u64,
    first: Timestamp,
    last: Timestamp,
    /// What its items mean.
    kinds: BTreeSet<ChangeKind>,
}

impl<'a> Resources<'a> {
    /// Gathers the lines of each resource: account, Region, type, id and change kind.
    pub(super) fn of(tally: &'a [TallyLine]) -> Self {
        let mut resources = BTreeMap::new();
        for line in tally {
            let kind = line.key.get(KEY_PARTS).and_then(Option::as_deref);
            let kind = kind.and_then(|kind| kind.parse().ok());
            let resource = resources
                .entry(resource_key(line))
                .or_insert_with(|| Resource::of(line));
            resource.add(line, kind);
        }
        Self(resources)
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> u64 {
        count(self.0.len())
    }

    /// Returns each with the name that people know it by, which may be its id, its items and its
    /// real changes, in the order of their keys.
    pub(super) fn named(&self) -> impl Iterator<Item = (ResourceKey<'a>, &'a str, u64, u64)> {
        self.0.iter().map(|(key, resource)| {
            let (_, _, _, id) = *key;
            let name = resource.name.unwrap_or(id);
            (*key, name, resource.items, resource.changes)
        })
    }

    /// Lists all of them.
    pub(super) fn most_changed(&self, top: usize) -> ResourceList {
        self.list(top, |_| true)
    }

    /// Lists those with an item of the kind.
    pub(super) fn with(&self, kind: ChangeKind, top: usize) -> ResourceList {
        self.list(top, |resource| resource.kinds.contains(&kind))
    }

    fn list(&self, top: usize, is_listed: impl Fn(&Resource<'_>) -> bool) -> ResourceList {
        let listed = self.0.iter().filter(|(_, resource)| is_listed(resource));
        let mut listed: Vec<_> = listed.collect();
        // Stable: resources with as many stay in the order of their keys.
        listed.sort_by_key(|(_, resource)| Reverse((resource.changes, resource.items)));
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
            changes: 0,
            first: line.first,
            last: line.last,
            kinds: BTreeSet::new(),
        }
    }

    fn add(&mut self, line: &'a TallyLine, kind: Option<ChangeKind>) {
        self.items += line.items;
        self.changes += line.changes;
        self.first = self.first.min(line.first);
        self.last = self.last.max(line.last);
        if let Some(name) = line.name.as_deref().filter(|name| !name.is_empty())
            && (self.name.is_none() || self.named_at < line.last)
        {
            self.name = Some(name);
            self.named_at = line.last;
        }
        self.kinds.extend(kind);
    }

    fn line(&self, (account, region, resource_type, resource_id): ResourceKey<'_>) -> ResourceLine {
        ResourceLine {
            account: account.to_owned(),
            region: region.to_owned(),
            resource_type: resource_type.to_owned(),
            resource_id: resource_id.to_owned(),
            resource_name: self.name.map(str::to_owned),
            items: self.items,
            changes: self.changes,
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
