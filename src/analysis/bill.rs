//! What the recording of a month cost, as far as the delivered items tell.

mod lines;
mod movers;
mod prices;
mod savings;
mod usd;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ItemRecord, RecordedResource};
use crate::domain::{ChangeKind, Month, Period};

pub use lines::{CostLine, CostList, CostRest};
pub use movers::{Mover, MoverList, Movers};
pub use prices::{Prices, price_micros};
pub use savings::{Saving, SavingList};
pub use usd::Usd;

/// What a bill is made from.
#[derive(Debug, Clone, Copy)]
pub struct BillInput<'a> {
    /// The month.
    pub month: Month,
    /// Its instants; items of `current` outside of it are left out.
    pub period: &'a Period,
    /// Items of the month, each once, in any order.
    pub current: &'a [&'a ItemRecord],
    /// Items of the month before; `None` where nothing is known of it.
    pub previous: Option<&'a [&'a ItemRecord]>,
    /// Key of the tag whose values the records carry; `None` makes no breakdown by tag.
    pub tag_key: Option<&'a str>,
    /// Most lines of each list.
    pub top: usize,
}

/// Estimated cost of the items that were recorded in a month. Rule evaluations, conformance packs,
/// storage and queries cost extra and are not in it; nor are discounts and taxes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bill {
    /// Month.
    pub month: Month,
    /// Currency of all amounts: `USD`.
    pub currency: String,
    /// Always `true`: items times price, not AWS's invoice.
    pub estimate: bool,
    /// Prices used.
    pub prices: Prices,
    /// Everything.
    pub total: MoneyLine,
    /// Items that are real changes.
    pub real_changes: MoneyLine,
    /// Items that changed no setting: relationships, volatile and identical.
    pub echoes: MoneyLine,
    /// Results of rules and conformance packs.
    pub compliance: MoneyLine,
    /// Resources that were only seen for the first time.
    pub first_seen: MoneyLine,
    /// Items that say no more than that a resource exists, free of charge.
    pub not_recorded: MoneyLine,
    /// Items whose kind is not known.
    pub unknown: MoneyLine,
    /// The same in full: one line for each change kind that occurs, in the order of the kinds.
    pub by_kind: Vec<KindLine>,
    /// Cost by resource type.
    pub by_type: CostList,
    /// Cost by account.
    pub by_account: CostList,
    /// Cost by Region of the resources; IAM is `global`.
    pub by_region: CostList,
    /// Cost by resource.
    pub by_resource: CostList,
    /// Key of the tag in `by_tag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_key: Option<String>,
    /// Cost by value of the tag; a line without `tag` is what does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_tag: Option<CostList>,
    /// What rose and fell most against the month before; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub movers: Option<Movers>,
    /// What each type would have saved, everywhere.
    pub savings: SavingList,
    /// What each type would have saved in one account and Region.
    pub savings_by_account: SavingList,
}

/// Items and their cost, against the month before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MoneyLine {
    /// Items.
    pub items: u64,
    /// Their estimated cost.
    pub usd: Usd,
    /// Items of the month before, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_items: Option<u64>,
    /// Their estimated cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_usd: Option<Usd>,
    /// Cost against the month before, negative where it fell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference_usd: Option<Usd>,
}

/// Items of one change kind and their cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KindLine {
    /// Change kind.
    pub kind: ChangeKind,
    /// Items and cost.
    #[serde(flatten)]
    pub money: MoneyLine,
}

impl Bill {
    /// Makes the bill. The order of the items makes no difference.
    pub fn of(input: &BillInput<'_>) -> Self {
        let inside = |record: &&ItemRecord| input.period.contains(record.at);
        let current: Vec<&ItemRecord> = input.current.iter().copied().filter(inside).collect();
        let as_said = lines::costs_as_said(&current, input.previous.unwrap_or_default());
        let months = Months {
            current: &current,
            previous: input.previous,
            as_said: &as_said,
        };
        let days = savings::resource_days(&current);
        let top = input.top;
        let kinds = |is: fn(ChangeKind) -> bool| months.money(|record| is(record.kind));
        Self {
            month: input.month,
            currency: "USD".to_owned(),
            estimate: true,
            prices: Prices::current(),
            total: kinds(|_| true),
            real_changes: kinds(ChangeKind::is_real_change),
            echoes: kinds(is_echo),
            compliance: kinds(|kind| kind == ChangeKind::Compliance),
            first_seen: kinds(|kind| kind == ChangeKind::FirstSeen),
            not_recorded: kinds(|kind| kind == ChangeKind::NotRecorded),
            unknown: kinds(|kind| kind == ChangeKind::Unknown),
            by_kind: months.by_kind(),
            by_type: lines::by_type(months, top),
            by_account: lines::by_account(months, top),
            by_region: lines::by_region(months, top),
            by_resource: lines::by_resource(months, top),
            tag_key: input.tag_key.map(str::to_owned),
            by_tag: input.tag_key.map(|_| lines::by_tag(months, top)),
            movers: Movers::of(months, top),
            savings: SavingList::by_type(&days, top),
            savings_by_account: SavingList::by_account(&days, top),
        }
    }
}

impl MoneyLine {
    /// Completes a line whose amounts are summed up.
    fn with_difference(mut self) -> Self {
        self.difference_usd = self.previous_usd.map(|before| self.usd.minus(before));
        self
    }
}

/// Items of both months.
#[derive(Debug, Clone, Copy)]
struct Months<'a> {
    current: &'a [&'a ItemRecord],
    previous: Option<&'a [&'a ItemRecord]>,
    /// The cost of both by what items say of their resources.
    as_said: &'a [(&'a RecordedResource, lines::Cost<'a>)],
}

impl Months<'_> {
    /// Sums up the items that `counts` picks.
    fn money(self, counts: impl Fn(&ItemRecord) -> bool) -> MoneyLine {
        let sum = |records: &[&ItemRecord]| {
            let picked = records.iter().filter(|record| counts(record));
            picked.fold((0, Usd::default()), |(items, usd), record| {
                (items + 1, usd.plus(prices::price_of(record)))
            })
        };
        let (items, usd) = sum(self.current);
        let before = self.previous.map(sum);
        let line = MoneyLine {
            items,
            usd,
            previous_items: before.map(|(items, _)| items),
            previous_usd: before.map(|(_, usd)| usd),
            difference_usd: None,
        };
        line.with_difference()
    }

    fn by_kind(self) -> Vec<KindLine> {
        let line = |kind| KindLine {
            kind,
            money: self.money(|record| record.kind == kind),
        };
        let occurs = |line: &KindLine| {
            line.money.items > 0 || line.money.previous_items.is_some_and(|items| items > 0)
        };
        ChangeKind::ALL
            .into_iter()
            .map(line)
            .filter(occurs)
            .collect()
    }
}

/// Says whether an item of this kind tells of no change of its own resource's settings.
fn is_echo(kind: ChangeKind) -> bool {
    matches!(
        kind,
        ChangeKind::Relationships | ChangeKind::Volatile | ChangeKind::Identical
    )
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
