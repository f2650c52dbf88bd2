//! The digest of a month: counts, movers, what came and went. The same input gives the same bytes.

mod accounts;
mod counts;
mod resources;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

pub use self::accounts::{AccountDigest, AccountTypeLine, NamedCount};
use self::{
    accounts::accounts,
    counts::{counts, day_counts, kind_counts, type_counts},
    resources::Resources,
};
use super::{DeliveryCoverage, Grouping, Tallies};
use crate::domain::{Column, Delivery, Month, Period, zone_name};

/// A month in numbers. Every list is in a fixed order; counts cover all items, also those of
/// resources that no list names.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Digest {
    /// The month.
    pub month: Month,
    /// Time zone that bounds it.
    pub timezone: String,
    /// First instant.
    #[schemars(with = "String")]
    pub start: Timestamp,
    /// First instant that is past the month.
    #[schemars(with = "String")]
    pub end: Timestamp,
    /// Whether no more deliveries are expected for the month.
    pub closed: bool,
    /// Conditions of the question.
    pub scope: ScopeInfo,
    /// Totals.
    pub totals: Totals,
    /// The month before, `None` where nothing at all was delivered for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousMonth>,
    /// Items by change kind, kinds without items left out.
    pub change_kinds: Vec<Count>,
    /// What each account's items are about, most items first; of many accounts the first.
    pub by_account: Vec<AccountDigest>,
    /// Items by account, most first; here and in the next lists also keys of the month before only.
    pub accounts: Vec<Count>,
    /// Items by Region, most first.
    pub regions: Vec<Count>,
    /// Items by resource type, most first.
    pub resource_types: Vec<Count>,
    /// Items by status, most first.
    pub statuses: Vec<Count>,
    /// Items by day (`YYYY-MM-DD`), every day of the month in order.
    pub days: Vec<Count>,
    /// Resources with the most items.
    pub most_changed: ResourceList,
    /// Resources that were discovered and whose creation time lies in the month.
    pub created: ResourceList,
    /// Resources that were discovered but were created earlier or at an unknown time.
    pub first_seen: ResourceList,
    /// Resources that were deleted.
    pub deleted: ResourceList,
    /// Where and when anything was delivered.
    pub coverage: DeliveryCoverage,
}

/// Conditions of a question; empty lists mean all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScopeInfo {
    /// Accounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// Regions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Resource types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_types: Vec<String>,
}

/// Totals of a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Totals {
    /// Configuration items.
    pub items: u64,
    /// Items that are known to be real changes. Items of kind `unknown` are not among them.
    pub real_changes: u64,
    /// Items whose change kind is unknown.
    pub unknown: u64,
    /// Resources with items.
    pub resources: u64,
    /// Accounts with items.
    pub accounts: u64,
    /// Regions with items, `global` counted as one.
    pub regions: u64,
    /// Resource types with items.
    pub resource_types: u64,
}

/// Totals of the month before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PreviousMonth {
    /// The month before.
    pub month: Month,
    /// Its items.
    pub items: u64,
    /// Its resources.
    pub resources: u64,
}

/// Items under one key, beside those of the month before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Count {
    /// Account, Region, type, status, kind or day.
    pub key: String,
    /// Items in the month.
    pub items: u64,
    /// Items in the month before, where there is one to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<u64>,
    /// Resources with items in the month, for resource types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<u64>,
}

/// The first resources of a list, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResourceList {
    /// Resources there are.
    pub total: u64,
    /// The first of them.
    pub resources: Vec<ResourceLine>,
}

/// A resource with items in the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResourceLine {
    /// Account.
    pub account: String,
    /// Region, or `global`.
    pub region: String,
    /// Resource type.
    pub resource_type: String,
    /// Resource id.
    pub resource_id: String,
    /// Name, where any item of the month has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// Items in the month.
    pub items: u64,
    /// Capture time of its first item in the month.
    #[schemars(with = "String")]
    pub first: Timestamp,
    /// Capture time of its last item in the month.
    #[schemars(with = "String")]
    pub last: Timestamp,
}

/// What a digest is made from.
#[derive(Debug, Clone)]
pub struct DigestInput {
    /// The month.
    pub month: Month,
    /// Its span.
    pub period: Period,
    /// The present: decides whether more deliveries are expected.
    pub now: Timestamp,
    /// Conditions of the question.
    pub scope: ScopeInfo,
    /// The month by [`month_groupings`].
    pub current: Tallies,
    /// The month before by [`previous_groupings`], `None` where nothing at all was delivered
    /// for it.
    pub previous: Option<Tallies>,
    /// Delivery folders, at least those of the month.
    pub deliveries: Vec<Delivery>,
    /// Resources to name in each list; bounds the lists inside of lists as well.
    pub top: usize,
}

const RESOURCE: [Column; 4] = [
    Column::Account,
    Column::Region,
    Column::ResourceType,
    Column::ResourceId,
];
/// Besides the resource, what tells created, first seen and deleted apart.
const LIFECYCLE: [Column; 6] = [
    Column::Account,
    Column::Region,
    Column::ResourceType,
    Column::ResourceId,
    Column::Status,
    Column::CreationTime,
];
const DAY: [Column; 3] = [Column::Year, Column::Month, Column::Day];

/// Returns the groupings that a digest needs of its month.
pub fn month_groupings() -> Vec<Grouping> {
    let mut groupings = common_groupings();
    groupings.push(Grouping(DAY.to_vec()));
    groupings.push(Grouping(LIFECYCLE.to_vec()));
    groupings
}

/// Returns the groupings that a digest needs of the month before.
pub fn previous_groupings() -> Vec<Grouping> {
    let mut groupings = common_groupings();
    groupings.push(Grouping(RESOURCE.to_vec()));
    groupings
}

fn common_groupings() -> Vec<Grouping> {
    let mut groupings = vec![Grouping(Vec::new())];
    groupings.extend(
        [
            Column::Account,
            Column::Region,
            Column::ResourceType,
            Column::Status,
            Column::ChangeKind,
        ]
        .map(|column| Grouping(vec![column])),
    );
    groupings
}

impl Digest {
    /// Makes the digest. Nothing else goes in: the same input gives the same digest.
    pub fn of(input: &DigestInput) -> Self {
        let (now, before) = (&input.current, input.previous.as_ref());
        let by = |column| counts(now, before, column);
        let resources = Resources::of(now.by(&LIFECYCLE));
        Self {
            month: input.month,
            timezone: zone_name(input.period.zone()),
            start: input.period.start(),
            end: input.period.end(),
            closed: input.period.settled_at() <= input.now,
            scope: input.scope.clone(),
            totals: totals(now, &resources),
            previous: before.and_then(|tallies| PreviousMonth::of(input.month, tallies)),
            change_kinds: kind_counts(now, before),
            by_account: accounts(
                &resources,
                before.map(|tallies| tallies.by(&RESOURCE)),
                input.top,
            ),
            accounts: by(Column::Account),
            regions: by(Column::Region),
            resource_types: type_counts(now, before, &resources),
            statuses: by(Column::Status),
            days: day_counts(now.by(&DAY), input.month),
            most_changed: resources.most_changed(input.top),
            created: resources.created(&input.period, input.top),
            first_seen: resources.first_seen(&input.period, input.top),
            deleted: resources.deleted(input.top),
            coverage: DeliveryCoverage::of_period(&input.deliveries, &input.period, input.now),
        }
    }
}

impl PreviousMonth {
    fn of(month: Month, tallies: &Tallies) -> Option<Self> {
        Some(Self {
            month: month.previous()?,
            items: tallies.by(&[]).iter().map(|line| line.items).sum(),
            resources: count(tallies.by(&RESOURCE).len()),
        })
    }
}

fn totals(tallies: &Tallies, resources: &Resources<'_>) -> Totals {
    let all = tallies.by(&[]);
    let keys = |column| count(tallies.by(&[column]).len());
    Totals {
        items: all.iter().map(|line| line.items).sum(),
        real_changes: all.iter().map(|line| line.changes).sum(),
        unknown: all.iter().map(|line| line.unknown).sum(),
        resources: resources.count(),
        accounts: keys(Column::Account),
        regions: keys(Column::Region),
        resource_types: keys(Column::ResourceType),
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
