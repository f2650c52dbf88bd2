//! What each item means: every change kind, on items as they are delivered.

mod lookback;
mod pairs;
mod totals;

use serde_json::{Value, json};

use crate::support::{
    cli::{Run, rows, run},
    lake::{TestLake, item, with, without},
    states::{deliver, gone, later, of},
};

const BEFORE: &str = "2024-10-20T10:00:00.000Z";
const AFTER: &str = "2024-11-05T10:00:00.000Z";

/// Asks a lake about a month in JSON.
fn ask(lake: &TestLake, month: &str, more: &[&str]) -> Run {
    let asked = [
        "query",
        "--lake",
        lake.arg(),
        "--month",
        month,
        "--limit",
        "0",
        "--format",
        "json",
    ];
    run(asked.iter().chain(more))
}

/// The kinds of a month's items: sorted lines of id, capture time and kind.
#[track_caller]
fn kinds(lake: &TestLake, month: &str) -> Vec<String> {
    let answer = ask(
        lake,
        month,
        &["--columns", "resource_id,capture_time,change_kind"],
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    lines(&answer, &["resource_id", "change_kind"])
}

/// Sorted lines of columns; items of one resource in the order of their capture.
#[track_caller]
fn lines(answer: &Run, columns: &[&str]) -> Vec<String> {
    let mut rows = rows(answer);
    let text = |row: &Value, column: &str| row[column].as_str().unwrap_or_default().to_owned();
    rows.sort_by_key(|row| (text(row, "resource_id"), text(row, "capture_time")));
    let line = |row: &Value| {
        columns
            .iter()
            .map(|column| text(row, column))
            .collect::<Vec<_>>()
    };
    rows.iter().map(|row| line(row).join(" ")).collect()
}

fn vpc(id: &str, time: &str, status: &str) -> Value {
    with(item(id, time), json!({"configurationItemStatus": status}))
}

#[test]
fn a_discovery_is_a_creation_only_within_the_delivery_window() {
    let lake = TestLake::new();
    let found = |id: &str, created: &str| {
        with(
            vpc(id, AFTER, "ResourceDiscovered"),
            json!({"resourceCreationTime": created}),
        )
    };
    deliver(
        &lake,
        "f",
        &[
            found("a-minutes", "2024-11-05T09:58:00.000Z"),
            found("b-five-hours", "2024-11-05T05:00:00.000Z"),
            found("c-seven-hours", "2024-11-05T03:00:00.000Z"),
            found("d-years", "2022-01-01T00:00:00.000Z"),
            vpc("e-unknown", AFTER, "ResourceDiscovered"),
        ],
    );
    assert_eq!(
        kinds(&lake, "2024-11"),
        [
            "a-minutes created",
            "b-five-hours created",
            "c-seven-hours first_seen",
            "d-years first_seen",
            "e-unknown first_seen",
        ]
    );
}

#[test]
fn lifetimes_end_at_a_deletion_and_at_a_second_discovery() {
    let lake = TestLake::new();
    let first = |id: &str| vpc(id, "2024-11-02T10:00:00.000Z", "ResourceDiscovered");
    let found = json!({"configurationItemStatus": "ResourceDiscovered"});
    let (gone_and_back, twice) = (first("gone-and-back"), first("twice"));
    deliver(
        &lake,
        "f",
        &[
            gone_and_back.clone(),
            gone(&gone_and_back, "2024-11-03T10:00:00.000Z"),
            later(&gone_and_back, "2024-11-04T10:00:00.000Z", found.clone()),
            later(
                &gone_and_back,
                "2024-11-05T10:00:00.000Z",
                json!({"configuration": {"vpcId": "gone-and-back", "instanceTenancy": "dedicated"}}),
            ),
            twice.clone(),
            // Nothing differs, and still it is another resource under the same id.
            later(&twice, "2024-11-06T10:00:00.000Z", found),
            // A deletion of which nothing else is known.
            gone(&item("stray", AFTER), AFTER),
        ],
    );
    assert_eq!(
        kinds(&lake, "2024-11"),
        [
            "gone-and-back first_seen",
            "gone-and-back deleted",
            "gone-and-back recreated",
            "gone-and-back settings",
            "stray deleted",
            "twice first_seen",
            "twice recreated",
        ]
    );
}

#[test]
fn what_is_no_change_of_a_resource_is_told_apart() {
    let lake = TestLake::new();
    let bare = |id: &str, status: &str| without(vpc(id, AFTER, status), &["configuration"]);
    let compliance = |kind: &str, id: &str| {
        let body = json!({"complianceType": "NON_COMPLIANT", "configRuleList": []});
        let resource_type = format!("AWS::Config::{kind}");
        let before = of(
            &resource_type,
            id,
            BEFORE,
            json!({"complianceType": "COMPLIANT"}),
        );
        [
            before.clone(),
            later(&before, AFTER, json!({"configuration": body})),
        ]
    };
    deliver(
        &lake,
        "rule",
        &compliance("ResourceCompliance", "AWS::S3::Bucket/b"),
    );
    deliver(
        &lake,
        "pack",
        &compliance("ConformancePackCompliance", "pack-1"),
    );
    deliver(
        &lake,
        "f",
        &[
            bare("created-unrecorded", "ResourceNotRecorded"),
            bare("deleted-unrecorded", "ResourceDeletedNotRecorded"),
            vpc("first-is-an-update", AFTER, "OK"),
        ],
    );
    assert_eq!(
        kinds(&lake, "2024-11"),
        [
            "AWS::S3::Bucket/b compliance",
            "created-unrecorded not_recorded",
            "deleted-unrecorded not_recorded",
            "first-is-an-update unknown",
            "pack-1 compliance",
        ]
    );
    let answer = ask(
        &lake,
        "2024-11",
        &[
            "--group-by",
            "change_kind",
            "--measure",
            "items,changes,cost",
        ],
    );
    let row = |kind: &str| {
        let rows = rows(&answer);
        rows.into_iter()
            .find(|row| row["change_kind"] == kind)
            .unwrap()
    };
    let numbers = |kind| {
        let row = row(kind);
        (
            row["items"].as_u64().unwrap(),
            row["changes"].as_u64().unwrap(),
            usd(&row["cost"]),
        )
    };
    assert_eq!(numbers("compliance"), (2, 0, 6_000));
    assert_eq!(numbers("not_recorded"), (2, 0, 0));
    assert_eq!(numbers("unknown"), (1, 0, 3_000));
}

/// Millionths of a dollar.
fn usd(value: &Value) -> i64 {
    let dollars = value.as_f64().unwrap();
    format!("{:.0}", dollars * 1e6).parse().unwrap()
}

#[test]
fn a_deletion_takes_name_tags_and_arn_from_the_item_before() {
    let lake = TestLake::new();
    let before = with(
        item("vpc-1", BEFORE),
        json!({"resourceName": "shop", "tags": {"team": "blue"}, "ARN": "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1"}),
    );
    let other = with(
        item("vpc-2", BEFORE),
        json!({"resourceName": "mail", "tags": {"team": "red"}}),
    );
    deliver(&lake, "a", &[before.clone(), gone(&before, AFTER)]);
    deliver(&lake, "b", &[other.clone(), gone(&other, AFTER)]);
    let columns = [
        "--columns",
        "resource_id,change_kind,resource_name,arn,tags",
    ];
    for filter in [
        &["--name", "shop"][..],
        &["--tag", "team=blue"],
        &["--resource", "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1"],
    ] {
        let asked: Vec<&str> = columns.iter().chain(filter).copied().collect();
        let wanted = json!({
            "resource_id": "vpc-1", "change_kind": "deleted", "resource_name": "shop",
            "arn": "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1", "tags": {"team": "blue"},
        });
        assert_eq!(rows(&ask(&lake, "2024-11", &asked)), [wanted], "{filter:?}");
    }
    let statement = "SELECT resourceName, tags['team'] AS team, arn FROM configuration_items \
        WHERE changeKind = 'deleted' ORDER BY 1";
    let answer = ask(&lake, "2024-11", &["--sql", statement]);
    let names: Vec<(Value, Value)> = rows(&answer)
        .into_iter()
        .map(|row| (row["resourceName"].clone(), row["team"].clone()))
        .collect();
    assert_eq!(
        names,
        [
            (json!("mail"), json!("red")),
            (json!("shop"), json!("blue"))
        ]
    );
}

#[test]
fn only_the_items_of_a_kind_are_listed_when_asked() {
    let lake = TestLake::new();
    let before = item("vpc-1", BEFORE);
    let changed = json!({"configuration": {"vpcId": "vpc-1", "isDefault": true}});
    deliver(
        &lake,
        "f",
        &[
            before.clone(),
            later(&before, AFTER, changed.clone()),
            later(&before, "2024-11-06T10:00:00.000Z", changed),
            gone(&before, "2024-11-07T10:00:00.000Z"),
        ],
    );
    for (filter, count) in [
        ("settings", 1),
        ("identical", 1),
        ("deleted", 1),
        ("settings,deleted", 2),
        ("tags", 0),
    ] {
        let answer = ask(
            &lake,
            "2024-11",
            &["--kind", filter, "--columns", "change_kind"],
        );
        let rows = rows(&answer);
        assert_eq!(rows.len(), count, "{filter}");
        assert!(
            rows.iter()
                .all(|row| filter.contains(row["change_kind"].as_str().unwrap()))
        );
    }
    let refused = ask(&lake, "2024-11", &["--kind", "colour"]);
    refused.refused(2, &["colour", "settings", "first_seen"]);
}

#[test]
fn items_recorded_daily_cost_four_times_as_much() {
    let lake = TestLake::new();
    let daily = with(item("d", BEFORE), json!({"recordingFrequency": "DAILY"}));
    let free = without(vpc("n", AFTER, "ResourceNotRecorded"), &["configuration"]);
    let changed = json!({"configuration": {"vpcId": "x"}});
    deliver(
        &lake,
        "f",
        &[daily.clone(), later(&daily, AFTER, changed.clone()), free],
    );
    let steady = item("c", BEFORE);
    let second = later(&steady, "2024-11-08T10:00:00.000Z", changed.clone());
    deliver(
        &lake,
        "g",
        &[steady.clone(), later(&steady, AFTER, changed), second],
    );
    let answer = ask(
        &lake,
        "2024-11",
        &[
            "--group-by",
            "resource_id",
            "--measure",
            "items,changes,cost",
        ],
    );
    let mut numbers: Vec<(String, u64, u64, i64)> = rows(&answer)
        .iter()
        .map(|row| {
            let number = |key: &str| row[key].as_u64().unwrap();
            let id = row["resource_id"].as_str().unwrap().to_owned();
            (id, number("items"), number("changes"), usd(&row["cost"]))
        })
        .collect();
    numbers.sort();
    let line = |id: &str, items, changes, micros| (id.to_owned(), items, changes, micros);
    assert_eq!(
        numbers,
        [
            line("c", 2, 1, 6_000),
            line("d", 1, 1, 12_000),
            line("n", 1, 0, 0)
        ]
    );
}
