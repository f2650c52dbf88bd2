//! What a month shows that the months before it do not: with effect size, ranked, and silent on
//! ordinary months.

mod bursts;
mod days;
mod deletions;
mod first_seen;
mod hours;
mod judge;
mod ledger;
mod quiet;
mod recording;
mod world;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ItemRecord, RecorderGap};
use crate::domain::{Month, Period};
use ledger::Ledger;
pub use recording::{RecordingGap, RecordingGapCause, RecordingMode, RecordingModeChange};
use world::World;

/// What goes in. Items outside the month and the baseline are ignored.
#[derive(Debug, Clone)]
pub struct AnomalyInput<'a> {
    /// The month to judge.
    pub month: Month,
    /// Its span; the period's zone gives local days and hours.
    pub period: &'a Period,
    /// Spans of the earlier months that have items, oldest first.
    pub baseline: &'a [Period],
    /// Items of the month and of the baseline, in any order.
    pub records: &'a [ItemRecord],
    /// Gaps of the recorders in the month and in the baseline.
    pub gaps: &'a [RecorderGap],
    /// How many entries each list keeps.
    pub top: usize,
}

/// How much past a judgement rests on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// No earlier month: nothing is called abnormal.
    None,
    /// One or two earlier months: only large effects are named.
    Short,
    /// Three earlier months or more.
    Full,
}

/// What is unusual about an entry.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AnomalyKind {
    /// An account without items in the baseline.
    FirstSeenAccount,
    /// A Region that its account did not use in the baseline.
    FirstSeenRegion,
    /// A type that no account had in the baseline.
    FirstSeenType,
    /// A type that its account did not have in the baseline, but others did.
    FirstSeenAccountType,
    /// Many deletions within an hour or so.
    MassDeletion,
    /// Resources that came back under the same id, where that is not usual.
    Recreation,
    /// A resource of a quiet type that changed after months without a change.
    Woke,
    /// Changes at local hours at which the account and type are practically never changed.
    UnusualHours,
    /// A resource that changed far more often than it does.
    ResourceBurst,
    /// An account's Region and type that changed far more often than it does.
    GroupBurst,
    /// A day with far more changes than its account, Region or type has.
    DayBurst,
    /// An account's Region and type that changed far less often than it does.
    GroupDrop,
}

impl AnomalyKind {
    /// All kinds, in the order of the lists.
    pub const ALL: [Self; 12] = [
        Self::FirstSeenAccount,
        Self::FirstSeenRegion,
        Self::FirstSeenType,
        Self::FirstSeenAccountType,
        Self::MassDeletion,
        Self::Recreation,
        Self::Woke,
        Self::UnusualHours,
        Self::ResourceBurst,
        Self::GroupBurst,
        Self::DayBurst,
        Self::GroupDrop,
    ];
}

/// A departure from the baseline, with the numbers that show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Anomaly {
    /// Place among all entries, 1 first.
    pub rank: u64,
    /// What is unusual.
    pub kind: AnomalyKind,
    /// Account; of a type that several began to use, the first to do so.
    pub account: String,
    /// Region, where the entry is about one.
    pub region: Option<String>,
    /// Resource type, where the entry is about one.
    pub resource_type: Option<String>,
    /// Resource id, where the entry is about one.
    pub resource_id: Option<String>,
    /// Name of that resource.
    pub resource_name: Option<String>,
    /// Changes to expect by the baseline; none where the entry rests on no statistics.
    pub expected: Option<f64>,
    /// Changes seen: real ones, and first sightings of what is seen for the first time.
    pub seen: u64,
    /// In how many months of the baseline this could be observed.
    pub baseline_months: u64,
    /// How much it stands out, 0 to 100, on one scale for all kinds.
    pub score: f64,
    /// Capture time of the first item concerned.
    #[schemars(with = "String")]
    pub first: Timestamp,
    /// Capture time of the last item concerned.
    #[schemars(with = "String")]
    pub last: Timestamp,
    /// What shows it.
    pub evidence: AnomalyEvidence,
}

/// Numbers and names that show an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnomalyEvidence {
    /// Real changes of each month of the baseline, oldest first; null where it was not observed.
    pub baseline_counts: Vec<Option<u64>>,
    /// Local days of the changes of a day or session, `YYYY-MM-DD`.
    pub days: Vec<String>,
    /// Local hours of the changes, 0 to 23, where they are few or unusual.
    pub hours: Vec<u8>,
    /// Whether the hours are unusual for the account and type.
    pub unusual_hours: bool,
    /// Local hours at which the account and type are usually changed on such days.
    pub usual_hours: Vec<u8>,
    /// Up to five of the resources, those with most changes first.
    pub resources: Vec<NamedResource>,
    /// How many resources there are.
    pub resource_count: u64,
    /// The largest of its like in the baseline: deletions within an hour, or changes of a day.
    pub largest_before: Option<u64>,
    /// Months of the baseline without a change, of what woke.
    pub quiet_months: Option<u64>,
    /// Up to five accounts concerned, where there are several.
    pub accounts: Vec<String>,
    /// Up to five resource types concerned, where there are several.
    pub resource_types: Vec<String>,
    /// Accounts that had the type in the baseline.
    pub accounts_before: Option<u64>,
    /// Whether the type decides who may do what or who records it.
    pub security_type: bool,
}

/// A resource as an entry names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedResource {
    /// Region, or `global`.
    pub region: String,
    /// Resource type.
    pub resource_type: String,
    /// Resource id.
    pub resource_id: String,
    /// Name, where one is known.
    pub resource_name: Option<String>,
    /// Its changes among those of the entry.
    pub changes: u64,
}

/// The entries of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnomalyList {
    /// Kind.
    pub kind: AnomalyKind,
    /// How many there are, also those not listed.
    pub total: u64,
    /// The first of them, by rank.
    pub entries: Vec<Anomaly>,
}

/// What departs from the months before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Anomalies {
    /// The month.
    pub month: Month,
    /// The months it is compared with, oldest first.
    pub baseline_months: Vec<Month>,
    /// How much past that is.
    pub basis: Basis,
    /// How busy the month was against the baseline's mean, 1 the same; none without a baseline.
    pub month_factor: Option<f64>,
    /// Items of the month of unknown kind, which cannot be judged.
    pub unknown_items: u64,
    /// How many entries there are, also those not listed.
    pub total: u64,
    /// What to look at first: the entries of all kinds.
    pub ranked: Vec<Anomaly>,
    /// The same entries by kind; kinds without any are left out.
    pub lists: Vec<AnomalyList>,
    /// Times of the month in which a recorder may have missed what happened; no anomalies.
    pub recording_gaps: Vec<RecordingGap>,
    /// What went from continuous to daily recording or back; neither a drop nor a burst.
    pub recording_mode_changes: Vec<RecordingModeChange>,
}

/// Finds what departs from the baseline. The order of the items does not matter.
pub fn find_anomalies(input: &AnomalyInput<'_>) -> Anomalies {
    let basis = match input.baseline.len() {
        0 => Basis::None,
        1 | 2 => Basis::Short,
        _ => Basis::Full,
    };
    let world = World::of(input);
    let mut ledger = Ledger::new(&world);
    let mut month_factor = None;
    if basis != Basis::None {
        let factors = judge::month_factors(&world);
        month_factor = factors.last().map(|factor| ledger::rounded(*factor, 2));
        first_seen::find(&world, basis, &mut ledger);
        deletions::find(&world, basis, &mut ledger);
        bursts::find_resources(&world, basis, &factors, &mut ledger);
        days::find_groups(&world, basis, &mut ledger);
        bursts::find_groups(&world, basis, &factors, &mut ledger);
        days::find_areas(&world, basis, &mut ledger);
        quiet::find_recreations(&world, basis, &mut ledger);
        hours::find(&world, basis, &mut ledger);
        quiet::find_woken(&world, basis, &mut ledger);
    }
    let ranked = ledger.ranked();
    Anomalies {
        month: input.month,
        baseline_months: input.baseline.iter().filter_map(Period::month).collect(),
        basis,
        month_factor,
        unknown_items: world.unknown_items,
        total: ledger::count(ranked.len()),
        lists: lists(&ranked, input.top),
        ranked: ranked.into_iter().take(input.top).collect(),
        recording_gaps: recording::gaps(input),
        recording_mode_changes: recording::mode_changes(&world),
    }
}

fn lists(ranked: &[Anomaly], top: usize) -> Vec<AnomalyList> {
    let list = |kind: AnomalyKind| {
        let of_kind = || ranked.iter().filter(|entry| entry.kind == kind);
        AnomalyList {
            kind,
            total: ledger::count(of_kind().count()),
            entries: of_kind().take(top).cloned().collect(),
        }
    };
    let lists = AnomalyKind::ALL.map(list);
    lists.into_iter().filter(|list| list.total > 0).collect()
}

#[cfg(test)]
mod tests;
