//! What rose and fell against the month before.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Months, Usd, count,
    lines::{Cost, costs},
};

/// Changes of the cost by account, Region and type, largest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Movers {
    /// What rose.
    pub increases: MoverList,
    /// What fell.
    pub decreases: MoverList,
}

/// Changes of the cost in one direction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MoverList {
    /// Largest changes.
    pub lines: Vec<Mover>,
    /// How many lines there are in all.
    pub total_lines: u64,
    /// What all of them add up to, negative for decreases.
    pub total_difference_usd: Usd,
}

/// Cost of one type in one account and Region in both months.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mover {
    /// Account.
    pub account: String,
    /// Region of the resources, or `global`.
    pub region: String,
    /// Resource type.
    pub resource_type: String,
    /// Items.
    pub items: u64,
    /// Items in the month before.
    pub previous_items: u64,
    /// Estimated cost.
    pub usd: Usd,
    /// Estimated cost in the month before.
    pub previous_usd: Usd,
    /// The difference of the two, negative where it fell.
    pub difference_usd: Usd,
}

impl Movers {
    /// Compares the two months; `None` without the month before.
    pub(super) fn of(months: Months<'_>, top: usize) -> Option<Self> {
        months.previous?;
        let costs = costs(months, |of| (&*of.account, &*of.region, &*of.resource_type));
        let mut movers: Vec<Mover> = costs.iter().map(|(key, cost)| mover(*key, cost)).collect();
        // Stable: of equal differences, in the order of the keys.
        movers.sort_by_key(|mover| Reverse(mover.difference_usd));
        let none = Usd::default();
        let increases = movers.iter().filter(|m| m.difference_usd > none);
        let increases = MoverList::of(increases.collect(), top);
        movers.sort_by_key(|mover| mover.difference_usd);
        let decreases = movers.iter().filter(|m| m.difference_usd < none);
        Some(Self {
            increases,
            decreases: MoverList::of(decreases.collect(), top),
        })
    }
}

impl MoverList {
    fn of(movers: Vec<&Mover>, top: usize) -> Self {
        Self {
            total_lines: count(movers.len()),
            total_difference_usd: movers.iter().map(|m| m.difference_usd).sum(),
            lines: movers.into_iter().take(top).cloned().collect(),
        }
    }
}

fn mover((account, region, resource_type): (&str, &str, &str), cost: &Cost<'_>) -> Mover {
    Mover {
        account: account.to_owned(),
        region: region.to_owned(),
        resource_type: resource_type.to_owned(),
        items: cost.items,
        previous_items: cost.previous_items,
        usd: cost.usd,
        previous_usd: cost.previous_usd,
        difference_usd: cost.usd.minus(cost.previous_usd),
    }
}
