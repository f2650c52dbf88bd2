//! What the recording cost, against figures made by hand.

use serde_json::{Value, json};

use super::list;
use crate::support::{
    cli::run,
    lake::{TestLake, item, with, without},
    states::{deliver, later, of},
};

/// October: a resource for $0.003, another that is recorded daily for $0.012.
/// November: three items of the first (a change, an echo, a repetition), one of the second, one that
/// is not recorded and free, one compliance result.
fn lake() -> TestLake {
    let lake = TestLake::new();
    let found = |id: &str, team: &str| {
        with(
            item(id, "2024-10-20T10:00:00.000Z"),
            json!({"configurationItemStatus": "ResourceDiscovered", "tags": {"team": team}}),
        )
    };
    let steady = found("vpc-1", "blue");
    let daily = with(
        found("vpc-2", "red"),
        json!({"recordingFrequency": "DAILY"}),
    );
    let changed = json!({"configuration": {"vpcId": "changed"}});
    let first = later(&steady, "2024-11-05T10:00:00.000Z", changed.clone());
    let related = json!({"relationships": [
        {"resourceType": "AWS::EC2::Subnet", "resourceId": "subnet-1", "name": "Contains Subnet"},
    ]});
    let second = later(&first, "2024-11-06T10:00:00.000Z", related);
    let third = later(&second, "2024-11-07T10:00:00.000Z", json!({}));
    let unrecorded = with(
        without(
            item("queue-1", "2024-11-08T10:00:00.000Z"),
            &["configuration"],
        ),
        json!({"resourceType": "AWS::SQS::Queue", "configurationItemStatus": "ResourceNotRecorded"}),
    );
    let result = of(
        "AWS::Config::ResourceCompliance",
        "AWS::EC2::VPC/vpc-1",
        "2024-11-09T10:00:00.000Z",
        json!({"complianceType": "COMPLIANT"}),
    );
    let second_of_daily = later(&daily, "2024-11-05T10:00:00.000Z", changed);
    deliver(
        &lake,
        "f",
        &[
            steady,
            daily,
            first,
            second,
            third,
            unrecorded,
            result,
            second_of_daily,
        ],
    );
    lake
}

fn bill(source: &[&str], month: &str, more: &[&str]) -> Value {
    let asked = ["bill", month, "--format", "json"];
    let answer = run(asked.iter().chain(source).chain(more));
    assert_eq!(answer.code, 0, "{answer:?}");
    answer.json()["bill"].clone()
}

/// Millionths of a dollar.
fn micros(value: &Value) -> i64 {
    let dollars = value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no amount"));
    format!("{:.0}", dollars * 1e6).parse().unwrap()
}

fn numbers(line: &Value) -> (u64, i64) {
    (line["items"].as_u64().unwrap(), micros(&line["usd"]))
}

#[test]
fn a_small_bill_is_as_made_by_hand() {
    let lake = lake();
    let bill = bill(&["--lake", lake.arg()], "2024-11", &["--by-tag", "team"]);
    assert_eq!(
        (&bill["estimate"], &bill["currency"]),
        (&json!(true), &json!("USD"))
    );
    for (member, expected) in [
        ("total", (6, 24_000)),
        ("real_changes", (2, 15_000)),
        ("echoes", (2, 6_000)),
        ("compliance", (1, 3_000)),
        ("not_recorded", (1, 0)),
        ("first_seen", (0, 0)),
        ("unknown", (0, 0)),
    ] {
        assert_eq!(numbers(&bill[member]), expected, "{member}");
    }
    let total = &bill["total"];
    assert_eq!(total["previous_items"], 2);
    assert_eq!(
        (
            micros(&total["previous_usd"]),
            micros(&total["difference_usd"])
        ),
        (15_000, 9_000)
    );
    let line = |list: &str, member: &str, key: Value| {
        let lines = bill[list]["lines"].as_array().unwrap();
        let found = lines
            .iter()
            .find(|line| line.get(member).unwrap_or(&Value::Null) == &key);
        found
            .unwrap_or_else(|| panic!("{key} in {lines:#?}"))
            .clone()
    };
    let of_vpcs = line("by_type", "resource_type", json!("AWS::EC2::VPC"));
    assert_eq!(
        (numbers(&of_vpcs), micros(&of_vpcs["echoes_usd"])),
        ((4, 21_000), 6_000)
    );
    assert_eq!(micros(&of_vpcs["previous_usd"]), 15_000);
    for (tag, expected, before) in [
        (json!("blue"), (3, 9_000), 3_000),
        (json!("red"), (1, 12_000), 12_000),
    ] {
        let line = line("by_tag", "tag", tag.clone());
        assert_eq!(
            (numbers(&line), micros(&line["previous_usd"])),
            (expected, before),
            "{tag}"
        );
    }
    assert_eq!(numbers(&line("by_tag", "tag", Value::Null)), (2, 3_000));
    let dearest = &bill["by_resource"]["lines"][0];
    assert_eq!(
        (&dearest["resource_id"], numbers(dearest)),
        (&json!("vpc-2"), (1, 12_000))
    );
    let prices = &bill["prices"];
    assert_eq!(
        (
            micros(&prices["continuous_usd"]),
            micros(&prices["daily_usd"])
        ),
        (3_000, 12_000)
    );
    assert!(prices["as_of"].is_string());
    let text = run(["bill", "2024-11", "--lake", lake.arg()]).ok();
    assert!(text.to_lowercase().contains("estimate"), "{text}");
}

#[test]
fn excluding_a_type_would_have_saved_what_it_cost() {
    let lake = lake();
    let bill = bill(&["--lake", lake.arg()], "2024-11", &[]);
    let savings = list(&bill["savings"]["lines"]);
    let vpcs = savings
        .iter()
        .find(|line| line["resource_type"] == "AWS::EC2::VPC");
    let amounts: Vec<i64> = vpcs
        .unwrap()
        .as_object()
        .unwrap()
        .iter()
        .filter(|(key, value)| key.ends_with("usd") && value.is_number())
        .map(|(_, value)| micros(value))
        .collect();
    assert!(amounts.contains(&21_000), "{vpcs:?}");
}

#[test]
fn a_month_with_none_before_it_has_no_difference() {
    let lake = lake();
    let bill = bill(&["--lake", lake.arg()], "2024-10", &[]);
    assert_eq!(numbers(&bill["total"]), (2, 15_000));
    assert!(
        bill["total"].get("difference_usd").is_none(),
        "{}",
        bill["total"]
    );
    assert_eq!(numbers(&bill["first_seen"]), (2, 15_000));
}

#[test]
fn the_parts_of_the_demos_bill_add_up() {
    for (month, items) in [("2024-09", 116), ("2024-11", 206)] {
        for top in ["1", "3", "100"] {
            let bill = bill(&["--demo"], month, &["--by-tag", "owner", "--top", top]);
            let total = numbers(&bill["total"]);
            assert_eq!(total.0, items, "{month}");
            for part in [
                "by_type",
                "by_account",
                "by_region",
                "by_resource",
                "by_tag",
            ] {
                let rest = bill[part].get("rest").filter(|rest| !rest.is_null());
                let lines = list(&bill[part]["lines"]);
                let sum = lines
                    .iter()
                    .chain(rest)
                    .map(numbers)
                    .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
                assert_eq!(sum, total, "{part} of {month}, top {top}");
            }
            let kinds = list(&bill["by_kind"]);
            let sum = kinds
                .iter()
                .map(numbers)
                .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
            assert_eq!(sum, total, "kinds of {month}");
        }
    }
}
