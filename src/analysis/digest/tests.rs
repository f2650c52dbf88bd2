//! Digests of items made by hand.

mod accounts;
mod items;

use jiff::tz::TimeZone;
use proptest::prelude::*;

use self::items::{Item, any_item, item, tally};
use super::*;
use crate::{
    analysis::{AnomalyInput, BillInput, find_anomalies},
    domain::ChangeKind,
};

fn digest(items: &[Item], previous: Option<&[Item]>, top: usize) -> Digest {
    Digest::of(&input(items, previous, top))
}

/// Without anomalies, cost and coverage.
fn input(items: &[Item], previous: Option<&[Item]>, top: usize) -> DigestInput {
    let month: Month = "2024-11".parse().unwrap();
    let period = Period::of_month(month, TimeZone::UTC).unwrap();
    DigestInput {
        month,
        anomalies: find_anomalies(&AnomalyInput {
            month,
            period: &period,
            baseline: &[],
            records: &[],
            gaps: &[],
            top,
        }),
        security: Vec::new(),
        bill: Bill::of(&BillInput {
            month,
            period: &period,
            current: &[],
            previous: None,
            tag_key: None,
            top,
        }),
        coverage: DeliveryCoverage::default(),
        period,
        now: "2024-12-02T23:59:59Z".parse().unwrap(),
        scope: ScopeInfo::default(),
        current: tally(items, month_groupings()),
        previous: previous.map(|items| tally(items, previous_groupings())),
        top,
    }
}

fn ids(list: &ResourceList) -> Vec<&str> {
    list.resources
        .iter()
        .map(|line| line.resource_id.as_str())
        .collect()
}

fn changes(counts: &[Count]) -> Vec<(&str, u64)> {
    counts.iter().map(|c| (c.key.as_str(), c.changes)).collect()
}

fn pairs(counts: &[Count]) -> Vec<(&str, u64, Option<u64>)> {
    counts
        .iter()
        .map(|c| (c.key.as_str(), c.items, c.previous))
        .collect()
}

#[test]
fn lists_go_by_change_kind() {
    use ChangeKind::{
        Created, Deleted, FirstSeen, Identical, Recreated, Relationships, Settings, Tags, Unknown,
        Volatile,
    };
    let of = |id, kind, at| Item {
        kind,
        ..item(id, "OK", at)
    };
    let items = [
        of("i-new", Created, "2024-11-05T03:00:00Z"),
        of("i-new", Settings, "2024-11-05T04:00:00Z"),
        of("i-old", FirstSeen, "2024-11-05T03:00:00Z"),
        // Gone and back, then gone for good.
        of("i-twice", Deleted, "2024-11-02T00:00:00Z"),
        of("i-twice", Recreated, "2024-11-03T00:00:00Z"),
        of("i-twice", Deleted, "2024-11-04T00:00:00Z"),
        Item {
            name: Some("web"),
            ..of("i-gone", Tags, "2024-11-07T00:00:00Z")
        },
        of("i-gone", Relationships, "2024-11-07T12:00:00Z"),
        of("i-gone", Deleted, "2024-11-08T00:00:00Z"),
        // The status tells nothing: the kind does.
        Item {
            status: Some("ResourceDeleted"),
            ..of("i-odd", Unknown, "2024-11-30T23:59:59Z")
        },
        // Many items, no change.
        of("i-busy", Relationships, "2024-11-01T00:00:00Z"),
        of("i-busy", Volatile, "2024-11-01T01:00:00Z"),
        of("i-busy", Identical, "2024-11-01T02:00:00Z"),
        of("i-busy", Identical, "2024-11-01T03:00:00Z"),
    ];
    let digest = digest(&items, None, 10);
    assert_eq!(ids(&digest.created), ["i-new"]);
    assert_eq!(ids(&digest.first_seen), ["i-old"]);
    assert_eq!(ids(&digest.recreated), ["i-twice"]);
    // Three real changes before two.
    assert_eq!(ids(&digest.deleted), ["i-twice", "i-gone"]);
    let gone = &digest.deleted.resources[1];
    assert_eq!(
        (gone.resource_name.as_deref(), gone.items, gone.changes),
        (Some("web"), 3, 2)
    );
    assert_eq!(gone.first.to_string(), "2024-11-07T00:00:00Z");
    assert_eq!(gone.last.to_string(), "2024-11-08T00:00:00Z");
    // By real changes, then by items: 3, then 2 of 3, then 2 of 2, then 0 of 4, 1 and 1.
    assert_eq!(
        ids(&digest.most_changed),
        ["i-twice", "i-gone", "i-new", "i-busy", "i-odd", "i-old"]
    );
    assert_eq!(
        digest.totals,
        Totals {
            items: 14,
            real_changes: 7,
            echoes: 5,
            unknown: 1,
            resources: 6,
            accounts: 1,
            regions: 1,
            resource_types: 1,
        }
    );
    assert_eq!(digest.most_changed.total, 6);
    assert_eq!(digest.previous, None);
}

#[test]
fn what_is_named_is_bounded_and_what_is_counted_is_not() {
    use crate::analysis::security::{EventKind, Severity};
    use crate::domain::Section;
    let event = |id: &str| SecurityEvent {
        rule: "kms_key_disabled",
        severity: Severity::Low,
        event: EventKind::Began,
        subject: String::new(),
        account: String::new(),
        region: String::new(),
        resource_type: String::new(),
        resource_id: id.to_owned(),
        resource_name: None,
        at: Timestamp::UNIX_EPOCH,
        section: Section::Configuration,
        path: String::new(),
        value: serde_json::Value::Null,
    };
    let mut input = input(&[], None, 2);
    // Twice as many: what begins may end as well.
    input.security = ["a", "b", "c", "d", "e"].map(event).to_vec();
    input.anomalies.total = 9;
    let digest = Digest::of(&input);
    let named: Vec<_> = digest
        .anomalies
        .security
        .iter()
        .map(|e| e.resource_id.as_str())
        .collect();
    assert_eq!(named, ["a", "b", "c", "d"]);
    assert_eq!(
        (digest.anomalies.security_total, digest.anomalies.total),
        (5, 9)
    );
    assert_eq!(digest.anomalies.basis, Basis::None);
    assert!(digest.cost.estimate);
    assert_eq!(digest.cost.currency, "USD");
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
    // Settings of B, created of C; what is unknown does not count.
    assert_eq!(
        changes(&digest.resource_types),
        [("C", 1), ("A", 0), ("B", 1), ("D", 0), ("Z", 0)]
    );
    assert_eq!(
        changes(&digest.change_kinds),
        [("created", 1), ("settings", 1), ("unknown", 0)]
    );
    assert_eq!(digest.days.len(), 30);
    assert_eq!(changes(&digest.days)[0], ("2024-11-01", 1));
    assert_eq!(changes(&digest.days)[29], ("2024-11-30", 1));
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
    assert_eq!(
        (previous.items, previous.real_changes, previous.resources),
        (3, 3, 3)
    );
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
            let changes = counts.iter().map(|c| c.changes).sum::<u64>();
            prop_assert_eq!(changes, digest.totals.real_changes);
        }
        let real = |item: &&Item| item.kind.is_real_change();
        let echo = |item: &&Item| item.kind.is_echo();
        prop_assert_eq!(digest.totals.real_changes, items.iter().filter(real).count() as u64);
        prop_assert_eq!(digest.totals.echoes, items.iter().filter(echo).count() as u64);
        if let Some(previous) = &digest.previous {
            for counts in [&digest.accounts, &digest.regions, &digest.resource_types] {
                let sum: u64 = counts.iter().filter_map(|c| c.previous).sum();
                prop_assert_eq!(sum, previous.items);
            }
        }
        for account in &digest.by_account {
            let count = digest.accounts.iter().find(|c| c.key == account.account).unwrap();
            prop_assert_eq!((count.items, count.previous), (account.items, account.previous));
            prop_assert_eq!(count.changes, account.changes);
            prop_assert!(account.types.len() <= 2 * top);
            let listed: u64 = account.types.iter().map(|line| line.items).sum();
            prop_assert!(listed <= account.items);
        }
        let resources: u64 = digest.resource_types.iter().filter_map(|c| c.resources).sum();
        prop_assert_eq!(resources, digest.totals.resources);
        for list in [
            &digest.most_changed, &digest.created, &digest.first_seen, &digest.recreated,
            &digest.deleted,
        ] {
            prop_assert!(list.resources.len() <= top);
            prop_assert!(list.total <= digest.totals.resources);
            let mut keys: Vec<_> = list.resources.iter().map(|r| (
                std::cmp::Reverse((r.changes, r.items)), &r.account, &r.region, &r.resource_type,
                &r.resource_id,
            )).collect();
            let listed = keys.clone();
            keys.sort_unstable();
            keys.dedup();
            prop_assert_eq!(keys, listed);
        }
        prop_assert_eq!(&digest, &self::digest(&items, before.as_deref(), top));
    }
}
