//! Breakdowns of the cost.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Months, Usd, count, is_echo, prices::price_of};
use crate::analysis::{ItemRecord, RecordedResource};

/// Cost by some part of the items, most expensive first. Lines and `rest` add up to the total.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CostList {
    /// Most expensive lines.
    pub lines: Vec<CostLine>,
    /// How many lines there are in all.
    pub total_lines: u64,
    /// What the lines that are cut add up to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<CostRest>,
}

impl CostList {
    /// Returns the first `lines` of the list; the others go to what is added up.
    #[must_use]
    pub fn first(&self, lines: usize) -> Self {
        let cut = self.lines.iter().skip(lines);
        let rest = cut.fold(self.rest, |rest, line| {
            let rest = rest.unwrap_or_default();
            let previous = [rest.previous_usd, line.previous_usd];
            Some(CostRest {
                lines: rest.lines + 1,
                items: rest.items + line.items,
                usd: rest.usd.plus(line.usd),
                previous_usd: previous.into_iter().flatten().reduce(Usd::plus),
                echoes_usd: rest.echoes_usd.plus(line.echoes_usd),
            })
        });
        Self {
            lines: self.lines.iter().take(lines).cloned().collect(),
            total_lines: self.total_lines,
            rest,
        }
    }
}

/// Cost of the items that share the parts which are given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CostLine {
    /// Account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Region of the resource, or `global`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Resource type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// Resource id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// Newest name of the resource, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// Value of the tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Items.
    pub items: u64,
    /// Their estimated cost.
    pub usd: Usd,
    /// Estimated cost in the month before, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_usd: Option<Usd>,
    /// The part of `usd` that went into items which changed no setting.
    pub echoes_usd: Usd,
}

/// Lines that are not shown, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CostRest {
    /// How many lines.
    pub lines: u64,
    /// Items.
    pub items: u64,
    /// Their estimated cost.
    pub usd: Usd,
    /// Estimated cost in the month before, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_usd: Option<Usd>,
    /// The part of `usd` that went into items which changed no setting.
    pub echoes_usd: Usd,
}

/// Sums of both months under one key.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost<'a> {
    pub(super) items: u64,
    pub(super) usd: Usd,
    pub(super) previous_items: u64,
    pub(super) previous_usd: Usd,
    echoes_usd: Usd,
    name: Option<(Timestamp, &'a str)>,
}

impl<'a> Cost<'a> {
    fn add(&mut self, record: &'a ItemRecord) {
        let price = price_of(record);
        self.items += 1;
        self.usd = self.usd.plus(price);
        if is_echo(record.kind) {
            self.echoes_usd = self.echoes_usd.plus(price);
        }
        self.name_by(record);
    }

    fn add_previous(&mut self, record: &'a ItemRecord) {
        self.previous_items += 1;
        self.previous_usd = self.previous_usd.plus(price_of(record));
        self.name_by(record);
    }

    fn name_by(&mut self, record: &'a ItemRecord) {
        let name = record.of.resource_name.as_deref();
        self.name = self.name.max(name.map(|name| (record.at, name)));
    }

    fn add_all(&mut self, other: &Self) {
        self.items += other.items;
        self.usd = self.usd.plus(other.usd);
        self.previous_items += other.previous_items;
        self.previous_usd = self.previous_usd.plus(other.previous_usd);
        self.echoes_usd = self.echoes_usd.plus(other.echoes_usd);
        self.name = self.name.max(other.name);
    }
}

/// Sums both months up by what items say of their resource, which many share: all other sums are
/// made of these.
pub(super) fn costs_as_said<'a>(
    current: &[&'a ItemRecord],
    previous: &[&'a ItemRecord],
) -> Vec<(&'a RecordedResource, Cost<'a>)> {
    let mut costs: HashMap<*const RecordedResource, (&'a RecordedResource, Cost<'a>)> =
        HashMap::new();
    let new = |record: &'a ItemRecord| (&*record.of, Cost::default());
    for record in current {
        let known = costs.entry(Arc::as_ptr(&record.of));
        known.or_insert_with(|| new(record)).1.add(record);
    }
    for record in previous {
        let known = costs.entry(Arc::as_ptr(&record.of));
        known.or_insert_with(|| new(record)).1.add_previous(record);
    }
    costs.into_values().collect()
}

/// Sums both months up by `key`, in the order of the keys.
pub(super) fn costs<'a, K: Ord>(
    months: Months<'a>,
    key: impl Fn(&'a RecordedResource) -> K,
) -> BTreeMap<K, Cost<'a>> {
    let mut costs: BTreeMap<K, Cost<'a>> = BTreeMap::new();
    for (of, cost) in months.as_said {
        costs.entry(key(of)).or_default().add_all(cost);
    }
    costs
}

pub(super) fn by_type(months: Months<'_>, top: usize) -> CostList {
    list(
        months,
        top,
        |of| &*of.resource_type,
        |key, _, line| {
            line.resource_type = Some((*key).to_owned());
        },
    )
}

pub(super) fn by_account(months: Months<'_>, top: usize) -> CostList {
    list(
        months,
        top,
        |of| &*of.account,
        |key, _, line| {
            line.account = Some((*key).to_owned());
        },
    )
}

pub(super) fn by_region(months: Months<'_>, top: usize) -> CostList {
    list(
        months,
        top,
        |of| &*of.region,
        |key, _, line| {
            line.region = Some((*key).to_owned());
        },
    )
}

pub(super) fn by_tag(months: Months<'_>, top: usize) -> CostList {
    list(
        months,
        top,
        |of| of.tag.as_deref(),
        |key, _, line| {
            line.tag = key.map(str::to_owned);
        },
    )
}

pub(super) fn by_resource(months: Months<'_>, top: usize) -> CostList {
    list(months, top, resource_key, |key, cost, line| {
        let (account, region, resource_type, id) = *key;
        line.account = Some(account.to_owned());
        line.region = Some(region.to_owned());
        line.resource_type = Some(resource_type.to_owned());
        line.resource_id = Some(id.to_owned());
        line.resource_name = cost.name.map(|(_, name)| name.to_owned());
    })
}

/// Account, Region, type and id.
fn resource_key(of: &RecordedResource) -> (&str, &str, &str, &str) {
    (&of.account, &of.region, &of.resource_type, &of.resource_id)
}

fn list<'a, K: Ord>(
    months: Months<'a>,
    top: usize,
    key: impl Fn(&'a RecordedResource) -> K,
    show: impl Fn(&K, &Cost<'a>, &mut CostLine),
) -> CostList {
    let mut sorted: Vec<(K, Cost<'a>)> = costs(months, key).into_iter().collect();
    // Stable: of equal cost, in the order of the keys.
    sorted.sort_by_key(|(_, cost)| Reverse((cost.usd, cost.items, cost.previous_usd)));
    let compared = months.previous.is_some();
    let line = |(key, cost): &(K, Cost<'a>)| {
        let mut line = CostLine {
            items: cost.items,
            usd: cost.usd,
            previous_usd: compared.then_some(cost.previous_usd),
            echoes_usd: cost.echoes_usd,
            ..CostLine::default()
        };
        show(key, cost, &mut line);
        line
    };
    CostList {
        lines: sorted.iter().take(top).map(line).collect(),
        total_lines: count(sorted.len()),
        rest: rest(sorted.iter().skip(top).map(|(_, cost)| cost), compared),
    }
}

fn rest<'a>(cut: impl Iterator<Item = &'a Cost<'a>>, compared: bool) -> Option<CostRest> {
    let mut rest = CostRest {
        previous_usd: compared.then(Usd::default),
        ..CostRest::default()
    };
    for cost in cut {
        rest.lines += 1;
        rest.items += cost.items;
        rest.usd = rest.usd.plus(cost.usd);
        rest.previous_usd = rest.previous_usd.map(|usd| usd.plus(cost.previous_usd));
        rest.echoes_usd = rest.echoes_usd.plus(cost.echoes_usd);
    }
    (rest.lines > 0).then_some(rest)
}
