//! The month of each account, by resource type.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    count,
    resources::{Resources, resource_key},
};
use crate::analysis::TallyLine;

/// Accounts that are listed, for each resource that the caller wants named.
const ACCOUNTS_PER_TOP: usize = 5;
/// Types that are listed of an account, for each resource that the caller wants named.
const TYPES_PER_TOP: usize = 2;
/// Resources that are named of a type at most.
const NAMES: usize = 4;

/// The month of one account. Its numbers cover all its items, also those of types that are not
/// listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountDigest {
    /// Account.
    pub account: String,
    /// Items in the month.
    pub items: u64,
    /// Real changes among them.
    pub changes: u64,
    /// Resources with items in the month.
    pub resources: u64,
    /// Items in the month before, where there is one to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<u64>,
    /// Types with items in the month.
    pub types_total: u64,
    /// Types with items in the month before only.
    pub types_gone: u64,
    /// The first types, most items first; types of the month before only come last.
    pub types: Vec<AccountTypeLine>,
}

/// A resource type in an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountTypeLine {
    /// Type.
    pub resource_type: String,
    /// Items in the month.
    pub items: u64,
    /// Real changes among them.
    pub changes: u64,
    /// Resources with items in the month.
    pub resources: u64,
    /// Items in the month before, where there is one to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<u64>,
    /// Regions with items in the month, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Resources with the most items, at most four.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<NamedCount>,
}

/// A resource by the name that people know it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedCount {
    /// Name, the id where no item of the month has one.
    pub name: String,
    /// Region, or `global`.
    pub region: String,
    /// Items in the month.
    pub items: u64,
}

/// Sums up each account, most items first, then by id. `before` counts the month before by
/// resource; `top` bounds how much is listed.
pub(super) fn accounts(
    resources: &Resources<'_>,
    before: Option<&[TallyLine]>,
    top: usize,
) -> Vec<AccountDigest> {
    let mut types: BTreeMap<&str, BTreeMap<&str, TypeSum<'_>>> = BTreeMap::new();
    for ((account, region, resource_type, _), name, items, changes) in resources.named() {
        let of_account = types.entry(account).or_default();
        let sum = of_account.entry(resource_type).or_default();
        sum.items += items;
        sum.changes += changes;
        sum.regions.insert(region);
        sum.named.push((name, region, items));
    }
    for line in before.into_iter().flatten() {
        let (account, _, resource_type, _) = resource_key(line);
        let of_account = types.entry(account).or_default();
        of_account.entry(resource_type).or_default().previous += line.items;
    }
    let mut accounts: Vec<AccountDigest> = types
        .into_iter()
        .map(|(account, types)| account_of(account, types, before.is_some(), top))
        .collect();
    accounts.sort_by_key(|account| Reverse(account.items));
    accounts.truncate(top.saturating_mul(ACCOUNTS_PER_TOP));
    accounts
}

/// What one type adds up to in one account.
#[derive(Debug, Default)]
struct TypeSum<'a> {
    items: u64,
    changes: u64,
    previous: u64,
    regions: BTreeSet<&'a str>,
    /// Names, Regions and items of its resources.
    named: Vec<(&'a str, &'a str, u64)>,
}

fn account_of(
    account: &str,
    types: BTreeMap<&str, TypeSum<'_>>,
    is_compared: bool,
    top: usize,
) -> AccountDigest {
    let mut types: Vec<(&str, TypeSum<'_>)> = types.into_iter().collect();
    // Stable, here and below: as many items stay in the order of their keys.
    types.sort_by_key(|(_, sum)| Reverse(sum.items));
    let gone = types.iter().filter(|(_, sum)| sum.items == 0).count();
    AccountDigest {
        account: account.to_owned(),
        items: types.iter().map(|(_, sum)| sum.items).sum(),
        changes: types.iter().map(|(_, sum)| sum.changes).sum(),
        resources: types.iter().map(|(_, sum)| count(sum.named.len())).sum(),
        previous: is_compared.then(|| types.iter().map(|(_, sum)| sum.previous).sum()),
        types_total: count(types.len() - gone),
        types_gone: count(gone),
        types: types
            .into_iter()
            .take(top.saturating_mul(TYPES_PER_TOP))
            .map(|(resource_type, sum)| type_of(resource_type, sum, is_compared, top))
            .collect(),
    }
}

fn type_of(
    resource_type: &str,
    mut sum: TypeSum<'_>,
    is_compared: bool,
    top: usize,
) -> AccountTypeLine {
    sum.named.sort_by_key(|(_, _, items)| Reverse(*items));
    AccountTypeLine {
        resource_type: resource_type.to_owned(),
        items: sum.items,
        changes: sum.changes,
        resources: count(sum.named.len()),
        previous: is_compared.then_some(sum.previous),
        regions: sum.regions.into_iter().map(str::to_owned).collect(),
        top: sum
            .named
            .into_iter()
            .take(NAMES.min(top))
            .map(|(name, region, items)| NamedCount {
                name: name.to_owned(),
                region: region.to_owned(),
                items,
            })
            .collect(),
    }
}
