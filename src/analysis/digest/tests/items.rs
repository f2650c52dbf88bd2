//! Items made by hand, and a store that counts them.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;

use crate::{
    analysis::{Grouping, Tallies, Tally, TallyLine},
    domain::{ChangeKind, Column},
};

/// The columns of an item that tallies go by.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) account: &'static str,
    pub(super) region: &'static str,
    pub(super) resource_type: &'static str,
    pub(super) id: &'static str,
    pub(super) status: Option<&'static str>,
    pub(super) kind: ChangeKind,
    pub(super) at: Timestamp,
    pub(super) name: Option<&'static str>,
}

pub(super) fn item(id: &'static str, status: &'static str, at: &str) -> Item {
    Item {
        account: "111122223333",
        region: "us-east-1",
        resource_type: "AWS::EC2::Instance",
        id,
        status: Some(status),
        kind: ChangeKind::Unknown,
        at: at.parse().unwrap(),
        name: None,
    }
}

impl Item {
    fn value(&self, column: Column) -> Option<String> {
        let day = TimeZone::UTC.to_datetime(self.at);
        Some(match column {
            Column::Account => self.account.to_owned(),
            Column::Region => self.region.to_owned(),
            Column::ResourceType => self.resource_type.to_owned(),
            Column::ResourceId => self.id.to_owned(),
            Column::Status => self.status?.to_owned(),
            Column::ChangeKind => self.kind.to_string(),
            Column::Year => day.year().to_string(),
            Column::Month => day.month().to_string(),
            Column::Day => day.day().to_string(),
            other => panic!("{other:?}"),
        })
    }
}

/// Counts as a store does.
pub(super) fn tally(items: &[Item], groupings: Vec<Grouping>) -> Tallies {
    let tallies = groupings.iter().map(|grouping| {
        let mut lines: BTreeMap<Vec<Option<Arc<str>>>, TallyLine> = BTreeMap::new();
        for item in items {
            let key: Vec<_> = grouping
                .0
                .iter()
                .map(|column| item.value(*column).map(Into::into))
                .collect();
            let line = lines.entry(key.clone()).or_insert(TallyLine {
                key,
                items: 0,
                changes: 0,
                unknown: 0,
                first: item.at,
                last: item.at,
                name: None,
            });
            line.items += 1;
            line.changes += u64::from(item.kind.is_real_change());
            line.unknown += u64::from(item.kind == ChangeKind::Unknown);
            line.first = line.first.min(item.at);
            line.last = line.last.max(item.at);
            if line.name.is_none() {
                line.name = item.name.map(Into::into);
            }
        }
        lines.into_values().collect::<Tally>()
    });
    let tallies = tallies.collect();
    Tallies::new(groupings, tallies)
}

pub(super) fn any_item() -> impl Strategy<Value = Item> {
    let word = |words: &'static [&'static str]| proptest::sample::select(words);
    (
        word(&["111122223333", "444455556666"]),
        word(&["us-east-1", "eu-west-1", "global"]),
        word(&["AWS::EC2::Instance", "AWS::S3::Bucket"]),
        word(&["a", "b", "c", "d"]),
        proptest::option::of(word(&[
            "OK",
            "ResourceDiscovered",
            "ResourceDeleted",
            "New",
        ])),
        proptest::sample::select(ChangeKind::ALL.as_slice()),
        0i64..30 * 24 * 60 * 60,
    )
        .prop_map(
            |(account, region, resource_type, id, status, kind, second)| Item {
                account,
                region,
                resource_type,
                id,
                status,
                kind,
                at: Timestamp::from_second(1_730_419_200 + second).unwrap(),
                name: None,
            },
        )
}
