//! What recording costs, as data with its date.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Usd;
use crate::{analysis::ItemRecord, domain::ChangeKind};

/// The price list, parsed once.
static PRICES: LazyLock<PriceList> =
    LazyLock::new(|| toml::from_str(include_str!("prices.toml")).unwrap_or_default());

/// Returns the price of one item in millionths of a US dollar, of one that is charged at all: see
/// `is_free`.
pub fn price_micros(daily: bool) -> u64 {
    let list = &*PRICES;
    if daily { &list.daily } else { &list.continuous }.micros
}

/// Says whether items of this kind cost nothing.
pub(super) fn is_free(kind: ChangeKind) -> bool {
    PRICES.free.iter().any(|free| free.kind == kind)
}

/// Returns the kinds whose items cost nothing, in the order of the price list.
pub(super) fn free_kinds() -> Vec<ChangeKind> {
    PRICES.free.iter().map(|free| free.kind).collect()
}

/// Returns the price of one item.
pub(super) fn price_of(record: &ItemRecord) -> Usd {
    if is_free(record.kind) {
        Usd::default()
    } else {
        Usd::from_micros(price_micros(record.daily))
    }
}

/// Returns why a type cannot be recorded daily, `None` for one that can.
pub(super) fn continuous_only(resource_type: &str) -> Option<&'static str> {
    PRICES
        .continuous_only
        .iter()
        .find(|only| only.resource_type == resource_type)
        .map(|only| only.reason.as_str())
}

/// The prices an estimate rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Prices {
    /// Day on which they were read, `YYYY-MM-DD`.
    pub as_of: String,
    /// Where they come from and what they leave out.
    pub source: String,
    /// One item of continuous recording.
    pub continuous_usd: Usd,
    /// One item of daily recording.
    pub daily_usd: Usd,
    /// Kinds that cost nothing.
    pub free: Vec<ChangeKind>,
}

impl Prices {
    /// Returns the prices that every estimate uses.
    pub fn current() -> Self {
        Self {
            as_of: PRICES.as_of.clone(),
            source: PRICES.source.clone(),
            continuous_usd: Usd::from_micros(price_micros(false)),
            daily_usd: Usd::from_micros(price_micros(true)),
            free: free_kinds(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceList {
    as_of: String,
    source: String,
    continuous: Price,
    daily: Price,
    free: Vec<FreeKind>,
    continuous_only: Vec<ContinuousOnly>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Price {
    micros: u64,
    #[serde(rename = "reason")]
    _reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FreeKind {
    kind: ChangeKind,
    #[serde(rename = "reason")]
    _reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContinuousOnly {
    resource_type: String,
    reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_list_parses() {
        let list: PriceList = toml::from_str(include_str!("prices.toml")).unwrap();
        assert!(list.as_of.parse::<jiff::civil::Date>().is_ok());
        // Else sums have more decimals than are shown.
        assert_eq!(
            (list.continuous.micros % 100, list.daily.micros % 100),
            (0, 0)
        );
        let reasons = || list.continuous_only.iter().map(|only| &only.reason);
        assert!(
            reasons()
                .chain([&list.source])
                .all(|reason| !reason.is_empty())
        );
    }

    #[test]
    fn prices_of_the_contract() {
        assert_eq!((price_micros(false), price_micros(true)), (3_000, 12_000));
        for kind in ChangeKind::ALL {
            assert_eq!(is_free(kind), kind == ChangeKind::NotRecorded, "{kind}");
        }
        assert!(continuous_only("AWS::Config::ResourceCompliance").is_some());
        assert!(continuous_only("AWS::Config::ConformancePackCompliance").is_some());
        assert!(continuous_only("AWS::Config::ConfigurationRecorder").is_some());
        assert_eq!(continuous_only("AWS::EC2::Instance"), None);
    }
}
