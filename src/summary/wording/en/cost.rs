//! What it cost, in English.

use super::count;
use crate::summary::{
    number::grouped,
    wording::cost::{Cost, SavingWords, Total},
};

pub(super) const COST: Cost = Cost {
    heading: "What it cost (estimate)",
    total,
    parts: |real, echoes, compliance| {
        format!("Real changes {real}, echoes {echoes}, compliance results {compliance}.")
    },
    amount: "Cost",
    echoes: "Of it echoes",
    saving,
    all_daily: |types, usd| {
        let types = count(types, "type", "types");
        format!("Daily recording of all that it makes cheaper ({types}) would have saved {usd}.")
    },
    estimate: |day| format!("Estimate: items times price of {day}, not AWS's invoice."),
};

fn total(total: &Total<'_>) -> String {
    let items = count(total.items, "item", "items");
    let cost = format!("{} for {items}", total.usd);
    let Some(before) = &total.before else {
        return format!("{cost}.");
    };
    match &before.difference {
        None => format!("{cost}, as much as in {}.", before.month),
        Some((difference, rose)) => format!(
            "{cost}, {difference} {} than in {} ({}).",
            if *rose { "more" } else { "less" },
            before.month,
            before.usd
        ),
    }
}

fn saving(words: &SavingWords) -> String {
    let daily = match &words.daily {
        Some((usd, items)) => format!(
            "daily recording would have saved {usd} ({} instead of {}), ",
            grouped(*items),
            count(words.items, "item", "items")
        ),
        None if words.only_continuous => "cannot be recorded daily, ".to_owned(),
        None => "daily recording would have saved nothing, ".to_owned(),
    };
    let lost = match words.lost {
        0 => "without losing a real change".to_owned(),
        lost => format!("and lost {}", count(lost, "real change", "real changes")),
    };
    format!("{daily}not recording it {} {lost}", words.exclude)
}
