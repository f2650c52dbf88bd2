//! What another recording would have saved.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Usd, count,
    prices::{continuous_only, is_free, price_micros, price_of},
};
use crate::{
    analysis::ItemRecord,
    domain::{ChangeKind, ConfigurationItem},
};

/// Seconds in a UTC day.
const DAY: i64 = 86_400;

/// What could have been saved, largest saving by exclusion first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SavingList {
    /// Largest savings.
    pub lines: Vec<Saving>,
    /// How many lines there are in all.
    pub total_lines: u64,
    /// What all lines would have saved by daily recording.
    pub daily_saves_usd: Usd,
    /// How many lines daily recording would have made cheaper.
    pub daily_saves_lines: u64,
}

/// What another recording of one type would have saved in the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Saving {
    /// Account, where the line is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Region of the resources, where the line is of one; IAM is `global`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Resource type.
    pub resource_type: String,
    /// Items that were charged.
    pub items: u64,
    /// Saved by not recording the type: all that it cost.
    pub exclude_saves_usd: Usd,
    /// Real changes that nobody would see then.
    pub real_changes_lost: u64,
    /// Saved by recording the type daily; absent where that saves nothing or is not possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_saves_usd: Option<Usd>,
    /// Items that daily recording would have made: one for each resource and UTC day with items;
    /// for IAM, which each Region's recorder records, one for each repeat. Absent where daily
    /// recording is not possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_items: Option<u64>,
    /// Why the type cannot be recorded daily.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuous_only: Option<String>,
}

impl SavingList {
    /// Returns the first `lines` of the list; its totals stay.
    #[must_use]
    pub fn first(&self, lines: usize) -> Self {
        Self {
            lines: self.lines.iter().take(lines).cloned().collect(),
            ..self.clone()
        }
    }

    /// Returns the savings by type.
    pub(super) fn by_type(days: &ResourceDays<'_>, top: usize) -> Self {
        Self::of(days, top, |_, _| None)
    }

    /// Returns the savings by account, Region and type.
    pub(super) fn by_account(days: &ResourceDays<'_>, top: usize) -> Self {
        Self::of(days, top, |account, region| Some((account, region)))
    }

    fn of<'a>(
        days: &ResourceDays<'a>,
        top: usize,
        place: impl Fn(&'a str, &'a str) -> Option<(&'a str, &'a str)>,
    ) -> Self {
        let mut usages: BTreeMap<_, Usage> = BTreeMap::new();
        for ((account, region, resource_type, ..), day) in days {
            let usage = usages.entry((place(account, region), *resource_type));
            usage.or_default().add(day, resource_type);
        }
        let mut lines: Vec<Saving> = usages
            .into_iter()
            .map(|((place, resource_type), usage)| usage.saving(place, resource_type))
            .collect();
        // Stable: of equal savings, in the order of the keys.
        lines.sort_by_key(|line| Reverse((line.exclude_saves_usd, line.items)));
        let daily = || lines.iter().filter_map(|line| line.daily_saves_usd);
        Self {
            total_lines: count(lines.len()),
            daily_saves_usd: daily().sum(),
            daily_saves_lines: count(daily().count()),
            lines: {
                lines.truncate(top);
                lines
            },
        }
    }
}

/// Charged items of one resource on one UTC day.
#[derive(Debug, Default)]
pub(super) struct ResourceDay {
    items: u64,
    usd: Usd,
    real_changes: u64,
    /// Items that are known to be no repeat of another recorder's.
    originals: u64,
}

impl ResourceDay {
    fn add(&mut self, record: &ItemRecord) {
        self.items += 1;
        self.usd = self.usd.plus(price_of(record));
        self.real_changes += u64::from(record.kind.is_real_change());
        // Of unknown items nobody knows: as repeats they make daily recording dearer, not cheaper.
        let repeat = matches!(record.kind, ChangeKind::Identical | ChangeKind::Unknown);
        self.originals += u64::from(!repeat);
    }

    /// Returns the items of daily recording: one, and for global types, which come from the
    /// recorder of each Region, as many as there are reports of one state.
    fn daily_items(&self, resource_type: &str) -> u64 {
        if ConfigurationItem::is_global_type(resource_type) {
            self.items.div_ceil(self.originals.max(1))
        } else {
            1
        }
    }
}

/// Charged items of one line.
#[derive(Debug, Default)]
struct Usage {
    items: u64,
    usd: Usd,
    real_changes: u64,
    daily_items: u64,
}

impl Usage {
    fn add(&mut self, day: &ResourceDay, resource_type: &str) {
        self.items += day.items;
        self.usd = self.usd.plus(day.usd);
        self.real_changes += day.real_changes;
        self.daily_items += day.daily_items(resource_type);
    }

    fn saving(&self, place: Option<(&str, &str)>, resource_type: &str) -> Saving {
        let impossible = continuous_only(resource_type);
        let daily = Usd::of_items(self.daily_items, Usd::from_micros(price_micros(true)));
        let saved = self.usd.minus(daily);
        let possible = impossible.is_none();
        Saving {
            account: place.map(|(account, _)| account.to_owned()),
            region: place.map(|(_, region)| region.to_owned()),
            resource_type: resource_type.to_owned(),
            items: self.items,
            exclude_saves_usd: self.usd,
            real_changes_lost: self.real_changes,
            daily_saves_usd: (possible && saved > Usd::default()).then_some(saved),
            daily_items: possible.then_some(self.daily_items),
            continuous_only: impossible.map(str::to_owned),
        }
    }
}

/// Account, Region, type, id and UTC day.
type ResourceDayKey<'a> = (&'a str, &'a str, &'a str, &'a str, i64);

/// Charged items by resource and UTC day.
pub(super) type ResourceDays<'a> = HashMap<ResourceDayKey<'a>, ResourceDay>;

pub(super) fn resource_days<'a>(records: &[&'a ItemRecord]) -> ResourceDays<'a> {
    let mut days = ResourceDays::new();
    for record in records.iter().filter(|record| !is_free(record.kind)) {
        let key = (
            &*record.of.account,
            &*record.of.region,
            &*record.of.resource_type,
            &*record.of.resource_id,
            record.at.as_second().div_euclid(DAY),
        );
        days.entry(key).or_default().add(record);
    }
    days
}
