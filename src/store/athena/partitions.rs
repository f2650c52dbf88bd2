//! Which partitions a question reads, as a condition in the table's own form.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::literal;
use crate::{
    domain::DeliveryKind,
    glue::{DatePattern, KeyLiteral, KeyRole, KeyValues, PartitionKey, TableLayout},
    source::FolderFiles,
};

/// The delivery folders of a question, by what partition keys can tell apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Partitions {
    pub(super) accounts: BTreeSet<String>,
    pub(super) regions: BTreeSet<String>,
    pub(super) days: BTreeSet<Date>,
    pub(super) kinds: BTreeSet<DeliveryKind>,
}

impl Partitions {
    /// Returns the partitions that these folders lie in.
    pub(super) fn of<'f>(folders: impl IntoIterator<Item = &'f FolderFiles>) -> Self {
        let mut partitions = Self::default();
        for FolderFiles { folder, .. } in folders {
            partitions.accounts.insert(folder.account.clone());
            partitions.regions.insert(folder.region.clone());
            partitions.days.insert(folder.day);
            partitions.kinds.insert(folder.kind);
        }
        partitions
    }

    /// Returns how many prefixes Athena lists for them.
    pub(super) fn prefixes(&self) -> u64 {
        let lists = [
            self.accounts.len(),
            self.regions.len(),
            self.days.len(),
            self.kinds.len(),
        ];
        lists.into_iter().map(|list| list as u64).product()
    }

    /// Writes the condition. Every key whose values are known is bound by `=` or `IN`: text is
    /// never compared by order, and a key that must be named is.
    pub(super) fn condition(&self, layout: &TableLayout) -> String {
        let mut terms: Vec<String> = layout
            .keys
            .iter()
            .filter_map(|key| self.term(key))
            .collect();
        terms.extend(self.days_by_number(layout));
        terms.join("\n    AND ")
    }

    fn term(&self, key: &PartitionKey) -> Option<String> {
        let values: BTreeSet<String> = match &key.role {
            KeyRole::Account => self.accounts.clone(),
            KeyRole::Region => self.regions.clone(),
            KeyRole::Kind => kinds_of(key, &self.kinds),
            KeyRole::Date(pattern) => {
                let written = patterns_of(key, pattern);
                let days = self.days.iter();
                days.flat_map(|day| written.iter().map(|pattern| pattern.format(*day)))
                    .collect()
            }
            // Also as conditions of their own: how far a projection is spread out is told by them.
            KeyRole::Year => forms(key, self.days.iter().map(|day| day.year().into())),
            KeyRole::Month => forms(key, self.days.iter().map(|day| day.month().into())),
            KeyRole::Day => forms(key, self.days.iter().map(|day| day.day().into())),
            KeyRole::Other => return None,
        };
        Some(among(key, &values))
    }

    /// Days by year, month and day of the month: whole months in one term, other days by name.
    fn days_by_number(&self, layout: &TableLayout) -> Option<String> {
        let year = layout.key(&KeyRole::Year)?;
        let month = layout.key(&KeyRole::Month)?;
        let day = layout.key(&KeyRole::Day);
        let mut months: BTreeMap<(i16, i8), BTreeSet<i64>> = BTreeMap::new();
        for date in &self.days {
            let of_month = months.entry((date.year(), date.month())).or_default();
            of_month.insert(date.day().into());
        }
        // Months of a year that read the same days share a term.
        let mut shared: BTreeMap<(i16, BTreeSet<i64>), BTreeSet<i64>> = BTreeMap::new();
        for ((of_year, of_month), days) in months {
            shared
                .entry((of_year, days))
                .or_default()
                .insert(of_month.into());
        }
        let terms: Vec<String> = shared
            .into_iter()
            .map(|((of_year, days), of_months)| {
                let mut term = vec![
                    among(year, &forms(year, [i64::from(of_year)])),
                    among(month, &forms(month, of_months)),
                ];
                term.extend(day.map(|day| among(day, &forms(day, days))));
                format!("({})", term.join(" AND "))
            })
            .collect();
        (terms.len() > 1).then(|| format!("({})", terms.join("\n      OR ")))
    }
}

/// The patterns in which days may stand in a key. Of partitions that were registered nobody says
/// how.
fn patterns_of(key: &PartitionKey, pattern: &DatePattern) -> Vec<DatePattern> {
    let known: &[&str] = match (key.literal, &key.values) {
        (KeyLiteral::Date, _) => &["yyyy-MM-dd"],
        (_, KeyValues::Registered) => &["yyyy/M/d", "yyyy/MM/dd", "yyyy-MM-dd", "yyyyMMdd"],
        _ => return vec![pattern.clone()],
    };
    known
        .iter()
        .filter_map(|text| DatePattern::parse(text))
        .collect()
}

/// The forms in which numbers may stand in a key.
fn forms(key: &PartitionKey, numbers: impl IntoIterator<Item = i64>) -> BTreeSet<String> {
    numbers.into_iter().flat_map(|n| key.forms_of(n)).collect()
}

/// A kind's folder, as the key's own list spells it.
fn kinds_of(key: &PartitionKey, kinds: &BTreeSet<DeliveryKind>) -> BTreeSet<String> {
    kinds
        .iter()
        .map(|kind| {
            let folder = kind.folder_name();
            let listed = match &key.values {
                KeyValues::Enum(values) => values.iter().find(|v| v.eq_ignore_ascii_case(folder)),
                _ => None,
            };
            listed.map_or_else(|| folder.to_owned(), Clone::clone)
        })
        .collect()
}

fn among(key: &PartitionKey, values: &BTreeSet<String>) -> String {
    let literals: Vec<String> = match key.literal {
        KeyLiteral::Text => values.iter().map(|value| literal::text(value)).collect(),
        KeyLiteral::Number => {
            // `07` and `7` are one number.
            let numbers: BTreeSet<i64> = values.iter().filter_map(|v| v.parse().ok()).collect();
            numbers.iter().map(i64::to_string).collect()
        }
        KeyLiteral::Date => {
            let dates = values.iter().map(|value| literal::text(value));
            dates.map(|date| format!("DATE {date}")).collect()
        }
    };
    let name = literal::name(&key.name);
    match literals.as_slice() {
        [] => "false".to_owned(),
        [only] => format!("{name} = {only}"),
        _ => format!("{name} IN ({})", literals.join(", ")),
    }
}
