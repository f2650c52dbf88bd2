//! What a language says of money. Amounts come as text.

use crate::domain::Month;

/// Words for the estimated cost.
#[derive(Debug)]
pub(in crate::summary) struct Cost {
    pub(in crate::summary) heading: &'static str,
    pub(in crate::summary) total: fn(&Total<'_>) -> String,
    /// Amounts of real changes, echoes and compliance results.
    pub(in crate::summary) parts: fn(&str, &str, &str) -> String,
    pub(in crate::summary) amount: &'static str,
    /// Title of what of it went into echoes.
    pub(in crate::summary) echoes: &'static str,
    pub(in crate::summary) saving: fn(&SavingWords) -> String,
    /// Types that daily recording makes cheaper, by how much.
    pub(in crate::summary) all_daily: fn(u64, &str) -> String,
    /// Day of the prices.
    pub(in crate::summary) estimate: fn(&str) -> String,
}

/// Everything, beside the month before.
#[derive(Debug)]
pub(in crate::summary) struct Total<'a> {
    pub(in crate::summary) items: u64,
    pub(in crate::summary) usd: &'a str,
    pub(in crate::summary) before: Option<TotalBefore>,
}

/// The month before.
#[derive(Debug)]
pub(in crate::summary) struct TotalBefore {
    pub(in crate::summary) month: Month,
    pub(in crate::summary) usd: String,
    /// The difference without its sign, and whether it rose; `None` where nothing differs.
    pub(in crate::summary) difference: Option<(String, bool)>,
}

/// What another recording of a type would have saved.
#[derive(Debug)]
pub(in crate::summary) struct SavingWords {
    pub(in crate::summary) items: u64,
    /// Saved by daily recording, and the items it would have made.
    pub(in crate::summary) daily: Option<(String, u64)>,
    pub(in crate::summary) only_continuous: bool,
    pub(in crate::summary) exclude: String,
    /// Real changes that nobody would see without the type.
    pub(in crate::summary) lost: u64,
}
