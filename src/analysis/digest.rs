//! The digest of a month: counts, movers, what came and went. The same input gives the same bytes.

mod accounts;
mod counts;
mod resources;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::accounts::{AccountDigest, AccountTypeLine, NamedCount};
use self::{
    accounts::accounts,
    counts::{counts, day_counts, kind_counts, type_counts},
    resources::Resources,
};
use super::{
    Anomalies, Anomaly, Basis, Bill, CostList, DeliveryCoverage, Grouping, MoneyLine,
    RecordingModeChange, SavingList, Tallies, TallyLine, security::SecurityEvent,
};
use crate::domain::{ChangeKind, Column, Month, Period, zone_name};

/// A month in numbers. Every list is in a fixed order; counts cover all items, also those of
/// resources that no list names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Resources with the most real changes, then those with the most items.
    pub most_changed: ResourceList,
    /// Resources that were created.
    pub created: ResourceList,
    /// Resources that were recorded for the first time, but created earlier or at an unknown time.
    pub first_seen: ResourceList,
    /// Resources that came back under the same id.
    pub recreated: ResourceList,
    /// Resources that were deleted.
    pub deleted: ResourceList,
    /// What departs from the months before, first of all what to look at.
    pub anomalies: AnomalyDigest,
    /// What recording the month cost, estimated.
    pub cost: CostDigest,
    /// Where and how the month was recorded: what is not known.
    pub coverage: DeliveryCoverage,
}

/// What departs from the months before, and what rules name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnomalyDigest {
    /// Months compared with, oldest first.
    pub baseline_months: Vec<Month>,
    /// How much past that is.
    pub basis: Basis,
    /// Departures there are.
    pub total: u64,
    /// What to look at first.
    pub ranked: Vec<Anomaly>,
    /// Security events there are.
    pub security_total: u64,
    /// The most severe of them.
    pub security: Vec<SecurityEvent>,
    /// Types that went from continuous to daily recording or back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recording_mode_changes: Vec<RecordingModeChange>,
}

/// The bill in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CostDigest {
    /// Always `true`: items times price, not AWS's invoice.
    pub estimate: bool,
    /// Currency of all amounts: `USD`.
    pub currency: String,
    /// Date of the prices.
    pub prices_as_of: String,
    /// Everything.
    pub total: MoneyLine,
    /// Items that are real changes.
    pub real_changes: MoneyLine,
    /// Echoes.
    pub echoes: MoneyLine,
    /// Compliance results.
    pub compliance: MoneyLine,
    /// The most expensive types.
    pub by_type: CostList,
    /// What would have saved most.
    pub savings: SavingList,
}

/// Conditions of a question; empty lists mean all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScopeInfo {
    /// Accounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// Regions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Resource types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_types: Vec<String>,
}

/// Totals of a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Configuration items.
    pub items: u64,
    /// Items that are known to be real changes. Items of kind `unknown` are not among them.
    pub real_changes: u64,
    /// Items that say that a resource was touched and nothing of its own changed.
    pub echoes: u64,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PreviousMonth {
    /// The month before.
    pub month: Month,
    /// Its items.
    pub items: u64,
    /// Real changes among them.
    pub real_changes: u64,
    /// Its resources.
    pub resources: u64,
}

/// Items under one key, beside those of the month before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    /// Account, Region, type, status, kind or day.
    pub key: String,
    /// Items in the month.
    pub items: u64,
    /// Real changes among them.
    pub changes: u64,
    /// Items in the month before, where there is one to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<u64>,
    /// Resources with items in the month, for resource types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<u64>,
}

/// The first resources of a list, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceList {
    /// Resources there are.
    pub total: u64,
    /// The first of them.
    pub resources: Vec<ResourceLine>,
}

/// A resource with items in the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Real changes among them.
    pub changes: u64,
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
    /// What departs from the months before, at least as many entries as are to be named.
    pub anomalies: Anomalies,
    /// What rules name, most severe first.
    pub security: Vec<SecurityEvent>,
    /// The bill, at least as many lines as are to be named.
    pub bill: Bill,
    /// Where and how the month was recorded.
    pub coverage: DeliveryCoverage,
    /// Resources to name in each list; bounds the lists inside of lists as well.
    pub top: usize,
}

pub(super) const RESOURCE: [Column; 4] = [
    Column::Account,
    Column::Region,
    Column::ResourceType,
    Column::ResourceId,
];
/// Besides the resource, what its items mean.
pub(super) const LIFECYCLE: [Column; 5] = [
    Column::Account,
    Column::Region,
    Column::ResourceType,
    Column::ResourceId,
    Column::ChangeKind,
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
            created: resources.with(ChangeKind::Created, input.top),
            first_seen: resources.with(ChangeKind::FirstSeen, input.top),
            recreated: resources.with(ChangeKind::Recreated, input.top),
            deleted: resources.with(ChangeKind::Deleted, input.top),
            anomalies: AnomalyDigest::of(input),
            cost: CostDigest::of(&input.bill, input.top),
            coverage: input.coverage.clone(),
        }
    }
}

impl PreviousMonth {
    fn of(month: Month, tallies: &Tallies) -> Option<Self> {
        Some(Self {
            month: month.previous()?,
            items: tallies.by(&[]).iter().map(|line| line.items).sum(),
            real_changes: tallies.by(&[]).iter().map(|line| line.changes).sum(),
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
        echoes: echoes(tallies),
        unknown: all.iter().map(|line| line.unknown).sum(),
        resources: resources.count(),
        accounts: keys(Column::Account),
        regions: keys(Column::Region),
        resource_types: keys(Column::ResourceType),
    }
}

fn echoes(tallies: &Tallies) -> u64 {
    let is_echo = |line: &&TallyLine| {
        let kind = line.key.first().and_then(Option::as_deref);
        kind.and_then(|kind| kind.parse::<ChangeKind>().ok())
            .is_some_and(ChangeKind::is_echo)
    };
    let lines = tallies.by(&[Column::ChangeKind]).iter();
    lines.filter(is_echo).map(|line| line.items).sum()
}

impl AnomalyDigest {
    fn of(input: &DigestInput) -> Self {
        let anomalies = &input.anomalies;
        Self {
            baseline_months: anomalies.baseline_months.clone(),
            basis: anomalies.basis,
            total: anomalies.total,
            ranked: anomalies.ranked.iter().take(input.top).cloned().collect(),
            security_total: count(input.security.len()),
            // Most events have an end that is an event as well.
            security: input
                .security
                .iter()
                .take(input.top.saturating_mul(2))
                .cloned()
                .collect(),
            recording_mode_changes: anomalies.recording_mode_changes.clone(),
        }
    }
}

impl CostDigest {
    fn of(bill: &Bill, top: usize) -> Self {
        // The bill itself is one question away: a digest names what matters most.
        let named = top.div_ceil(2);
        Self {
            estimate: bill.estimate,
            currency: bill.currency.clone(),
            prices_as_of: bill.prices.as_of.clone(),
            total: bill.total,
            real_changes: bill.real_changes,
            echoes: bill.echoes,
            compliance: bill.compliance,
            by_type: bill.by_type.first(named),
            savings: bill.savings.first(named),
        }
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
