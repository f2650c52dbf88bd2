//! Digests of items made by hand.

mod accounts;
mod items;

use jiff::tz::TimeZone;
use proptest::prelude::*;

use self::items::{Item, any_item, item, tally};
use super::*;
use crate::domain::ChangeKind;

fn digest(items: &[Item], previous: Option<&[Item]>, top: usize) -> Digest {
    let month: Month = "2024-11".parse().unwrap();
    Digest::of(&DigestInput {
        month,
        period: Period::of_month(month, TimeZone::UTC).unwrap(),
        now: "2024-12-02T23:59:59Z".parse().unwrap(),
        scope: ScopeInfo::default(),
        current: tally(items, month_groupings()),
        previous: previous.map(|items| tally(items, previous_groupings())),
        deliveries: Vec::new(),
        top,
    })
}

fn ids(list: &ResourceList) -> Vec<&str> {
    list.resources
        .iter()
        .map(|line| line.resource_id.as_str())
        .collect()
}

fn pairs(counts: &[Count]) -> Vec<(&str, u64, Option<u64>)> {
    counts
        .iter()
        .map(|c| (c.key.as_str(), c.items, c.previous))
        .collect()
}

#[test]
fn created_first_seen_deleted() {
    let created = |id, at, created| Item {
        created: Some(created),
        ..item(id, "ResourceDiscovered", at)
    };
    let items = [
        created("i-new", "2024-11-05T03:00:00Z", "2024-11-05T02:58:11.000Z"),
        created("i-no-offset", "2024-11-05T03:00:00Z", "2024-11-05 02:58:11"),
        created("i-old", "2024-11-05T03:00:00Z", "2019-01-01T00:00:00Z"),
        created("i-odd", "2024-11-05T03:00:00Z", "yesterday"),
        item("i-unknown", "ResourceDiscovered", "2024-11-06T00:00:00Z"),
        // Lived twice in the month, the second time born in it.
        created(
            "i-twice",
            "2024-11-01T03:00:00Z",
            "2024-10-05T02:58:11.000Z",
        ),
        item("i-twice", "ResourceDeleted", "2024-11-02T00:00:00Z"),
        created(
            "i-twice",
            "2024-11-03T03:00:00Z",
            "2024-11-03T02:58:11+00:00",
        ),
        Item {
            name: Some("web"),
            ..item("i-gone", "OK", "2024-11-07T00:00:00Z")
        },
        item("i-gone", "ResourceDeleted", "2024-11-08T00:00:00Z"),
        item("i-other", "OK", "2024-11-30T23:59:59Z"),
    ];
    let digest = digest(&items, None, 10);
    assert_eq!(ids(&digest.created), ["i-twice", "i-new", "i-no-offset"]);
    assert_eq!(ids(&digest.first_seen), ["i-odd", "i-old", "i-unknown"]);
    assert_eq!(ids(&digest.deleted), ["i-twice", "i-gone"]);
    let gone = &digest.deleted.resources[1];
    assert_eq!(
        (gone.resource_name.as_deref(), gone.items),
        (Some("web"), 2)
    );
    assert_eq!(gone.first.to_string(), "2024-11-07T00:00:00Z");
    assert_eq!(gone.last.to_string(), "2024-11-08T00:00:00Z");
    assert_eq!((digest.totals.items, digest.totals.resources), (11, 8));
    assert_eq!(digest.most_changed.total, 8);
    assert_eq!(digest.previous, None);
}

#[test]
fn counts_beside_the_month_before() {
    let of = |resource_type, region, kind, at| Item {
        region,
        resource_type,
        kind,
        ..item("r", "OK", at)
    };
    let items = [
        of(
            "B",
            "us-east-1",
            ChangeKind::Settings,
            "2024-11-01T00:00:00Z",
        ),
        of(
            "A",
            "us-east-1",
            ChangeKind::Unknown,
            "2024-11-01T12:00:00Z",
        ),
        of("C", "global", ChangeKind::Created, "2024-11-30T00:00:00Z"),
        Item {
            status: None,
            ..of("C", "global", ChangeKind::Unknown, "2024-11-30T00:00:00Z")
        },
    ];
    let before = [
        of("B", "us-east-1", ChangeKind::Tags, "2024-10-01T00:00:00Z"),
        of("Z", "eu-west-1", ChangeKind::Tags, "2024-10-01T00:00:00Z"),
        of("D", "eu-west-1", ChangeKind::Tags, "2024-10-01T00:00:00Z"),
    ];
    let digest = digest(&items, Some(&before), 1);
    assert_eq!(
        pairs(&digest.resource_types),
        [
            ("C", 2, Some(0)),
            ("A", 1, Some(0)),
            ("B", 1, Some(1)),
            ("D", 0, Some(1)),
            ("Z", 0, Some(1))
        ]
    );
    assert_eq!(
        pairs(&digest.regions),
        [
            ("global", 2, Some(0)),
            ("us-east-1", 2, Some(1)),
            ("eu-west-1", 0, Some(2))
        ]
    );
    assert_eq!(
        pairs(&digest.statuses),
        [("OK", 3, Some(3)), ("(none)", 1, Some(0))]
    );
    assert_eq!(
        pairs(&digest.change_kinds),
        [
            ("created", 1, Some(0)),
            ("settings", 1, Some(0)),
            ("unknown", 2, Some(0))
        ]
    );
    assert_eq!(digest.days.len(), 30);
    assert_eq!(pairs(&digest.days)[0], ("2024-11-01", 2, None));
    assert_eq!(pairs(&digest.days)[1], ("2024-11-02", 0, None));
    assert_eq!(pairs(&digest.days)[29], ("2024-11-30", 2, None));
    let totals = digest.totals;
    assert_eq!(
        (totals.items, totals.real_changes, totals.unknown),
        (4, 2, 2)
    );
    assert_eq!(
        (totals.accounts, totals.regions, totals.resource_types),
        (1, 2, 3)
    );
    let previous = digest.previous.unwrap();
    assert_eq!(previous.month.to_string(), "2024-10");
    assert_eq!((previous.items, previous.resources), (3, 3));
    assert_eq!(
        (
            digest.most_changed.total,
            digest.most_changed.resources.len()
        ),
        (3, 1)
    );
    assert!(!digest.closed, "closes two days after its end");
}

#[test]
fn nothing_counted() {
    let digest = digest(&[], Some(&[]), 10);
    assert_eq!(digest.totals, Totals::default());
    assert_eq!(digest.previous.unwrap().items, 0);
    assert!(digest.days.iter().all(|day| day.items == 0));
    assert_eq!(digest.most_changed, ResourceList::default());
}

proptest! {
    #[test]
    fn every_list_of_counts_adds_up_to_the_total(
        items in proptest::collection::vec(any_item(), 0..60),
        before in proptest::option::of(proptest::collection::vec(any_item(), 0..20)),
        top in 0usize..5,
    ) {
        let digest = digest(&items, before.as_deref(), top);
        let total = u64::try_from(items.len()).unwrap();
        prop_assert_eq!(digest.totals.items, total);
        for counts in [
            &digest.accounts, &digest.regions, &digest.resource_types, &digest.statuses,
            &digest.change_kinds, &digest.days,
        ] {
            prop_assert_eq!(counts.iter().map(|c| c.items).sum::<u64>(), total);
        }
        if let Some(previous) = &digest.previous {
            for counts in [&digest.accounts, &digest.regions, &digest.resource_types] {
                let sum: u64 = counts.iter().filter_map(|c| c.previous).sum();
                prop_assert_eq!(sum, previous.items);
            }
        }
        for account in &digest.by_account {
            let count = digest.accounts.iter().find(|c| c.key == account.account).unwrap();
            prop_assert_eq!((count.items, count.previous), (account.items, account.previous));
            prop_assert!(account.types.len() <= 2 * top);
            let listed: u64 = account.types.iter().map(|line| line.items).sum();
            prop_assert!(listed <= account.items);
        }
        let resources: u64 = digest.resource_types.iter().filter_map(|c| c.resources).sum();
        prop_assert_eq!(resources, digest.totals.resources);
        for list in [&digest.most_changed, &digest.created, &digest.first_seen, &digest.deleted] {
            prop_assert!(list.resources.len() <= top);
            prop_assert!(list.total <= digest.totals.resources);
            let mut keys: Vec<_> = list.resources.iter().map(|r| (
                std::cmp::Reverse(r.items), &r.account, &r.region, &r.resource_type, &r.resource_id,
            )).collect();
            let listed = keys.clone();
            keys.sort_unstable();
            keys.dedup();
            prop_assert_eq!(keys, listed);
        }
        prop_assert_eq!(&digest, &self::digest(&items, before.as_deref(), top));
    }
}
