//! Accounts and their types.

use super::{
    digest,
    items::{Item, item},
};
use crate::domain::ChangeKind;

#[test]
fn accounts_with_their_types() {
    let of = |account, region, resource_type, id| Item {
        account,
        region,
        resource_type,
        ..item(id, "OK", "2024-11-05T00:00:00Z")
    };
    let (one, other, past) = ("111122223333", "444455556666", "777788889999");
    let named = Item {
        name: Some("web"),
        ..of(other, "us-east-1", "B", "i-1")
    };
    let items = [
        Item {
            kind: ChangeKind::Settings,
            ..of(one, "us-east-1", "A", "a")
        },
        Item {
            kind: ChangeKind::Tags,
            ..named.clone()
        },
        named,
        of(other, "eu-west-1", "B", "i-2"),
        of(other, "global", "A", "role"),
    ];
    let before = [
        of(other, "us-east-1", "B", "i-1"),
        of(other, "us-east-1", "Z", "z"),
        of(past, "us-east-1", "A", "a"),
    ];
    let digest = digest(&items, Some(&before), 10);
    let lines: Vec<_> = digest
        .by_account
        .iter()
        .map(|a| {
            (
                a.account.as_str(),
                a.items,
                a.changes,
                a.resources,
                a.previous,
                a.types_total,
                a.types_gone,
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            (other, 4, 1, 3, Some(2), 2, 1),
            (one, 1, 1, 1, Some(0), 1, 0),
            (past, 0, 0, 0, Some(1), 0, 1),
        ]
    );
    let types: Vec<_> = digest.by_account[0]
        .types
        .iter()
        .map(|line| {
            (
                line.resource_type.as_str(),
                line.items,
                line.changes,
                line.resources,
                line.previous,
            )
        })
        .collect();
    assert_eq!(
        types,
        [
            ("B", 3, 1, 2, Some(1)),
            ("A", 1, 0, 1, Some(0)),
            ("Z", 0, 0, 0, Some(1))
        ]
    );
    let of_b = &digest.by_account[0].types[0];
    assert_eq!(of_b.regions, ["eu-west-1", "us-east-1"]);
    let top: Vec<_> = of_b
        .top
        .iter()
        .map(|n| (n.name.as_str(), n.region.as_str(), n.items))
        .collect();
    assert_eq!(top, [("web", "us-east-1", 2), ("i-2", "eu-west-1", 1)]);
    let resources: Vec<_> = digest
        .resource_types
        .iter()
        .map(|c| (c.key.as_str(), c.resources))
        .collect();
    assert_eq!(resources, [("B", Some(2)), ("A", Some(2)), ("Z", Some(0))]);
    assert!(
        digest
            .accounts
            .iter()
            .all(|count| count.resources.is_none())
    );
}

#[test]
fn the_months_of_accounts_grow_with_the_names_asked_for() {
    let accounts = ["1", "2", "3", "4", "5", "6", "7"];
    let types = ["A", "B", "C"];
    let of = |account, resource_type, id| Item {
        account,
        resource_type,
        ..item(id, "OK", "2024-11-05T00:00:00Z")
    };
    let items: Vec<Item> = accounts
        .into_iter()
        .flat_map(|account| types.map(|resource_type| (account, resource_type)))
        .flat_map(|(account, resource_type)| ["x", "y"].map(|id| of(account, resource_type, id)))
        .collect();
    let digest = digest(&items, None, 1);
    assert_eq!(digest.by_account.len(), 5);
    assert_eq!(digest.accounts.len(), 7);
    for account in &digest.by_account {
        assert_eq!(
            (account.items, account.resources, account.types_total),
            (6, 6, 3)
        );
        assert_eq!(account.previous, None);
        assert_eq!(account.types.len(), 2);
        assert!(
            account
                .types
                .iter()
                .all(|line| line.top.len() == 1 && line.resources == 2)
        );
    }
}
