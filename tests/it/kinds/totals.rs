//! Over any month of the demo the kinds add up, however they are asked for.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::cli::{rows, run};

const MONTHS: [&str; 13] = [
    "2023-11", "2023-12", "2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06",
    "2024-07", "2024-08", "2024-09", "2024-10", "2024-11",
];
/// Items of each month, as the demo's README states them.
const ITEMS: [(&str, [u64; 13]); 2] = [
    (
        "UTC",
        [182, 90, 90, 89, 94, 89, 89, 96, 86, 97, 116, 102, 206],
    ),
    (
        "Asia/Tokyo",
        [182, 89, 91, 88, 95, 89, 89, 95, 87, 96, 117, 101, 205],
    ),
];
const REAL: [&str; 5] = ["created", "deleted", "recreated", "settings", "tags"];

fn demo(month: &str, zone: &str, more: &[&str]) -> Vec<Value> {
    let asked = [
        "query",
        "--demo",
        "--month",
        month,
        "--timezone",
        zone,
        "--limit",
        "0",
        "--format",
        "json",
    ];
    let answer = run(asked.iter().chain(more));
    assert_eq!(answer.code, 0, "{answer:?}");
    rows(&answer)
}

/// A number of each kind.
fn by_kind(rows: &[Value], kind: &str, number: &str) -> BTreeMap<String, u64> {
    let entry = |row: &Value| Some((row[kind].as_str()?.to_owned(), row[number].as_u64()?));
    rows.iter().map(|row| entry(row).unwrap()).collect()
}

#[test]
fn the_kinds_add_up_to_the_items_and_the_real_ones_to_the_changes() {
    for (zone, items) in ITEMS {
        for (month, expected) in MONTHS.into_iter().zip(items) {
            let grouped = demo(
                month,
                zone,
                &["--group-by", "change_kind", "--measure", "items,changes"],
            );
            let (counts, changes) = (
                by_kind(&grouped, "change_kind", "items"),
                by_kind(&grouped, "change_kind", "changes"),
            );
            assert_eq!(counts.values().sum::<u64>(), expected, "{month} {zone}");
            for (kind, count) in &counts {
                let real = if REAL.contains(&kind.as_str()) {
                    *count
                } else {
                    0
                };
                assert_eq!(changes[kind], real, "{month} {zone} {kind}");
            }
            let whole = demo(month, zone, &["--measure", "items,changes"]);
            assert_eq!(whole[0]["items"], expected, "{month} {zone}");
            assert_eq!(
                whole[0]["changes"],
                changes.values().sum::<u64>(),
                "{month} {zone}"
            );
        }
    }
}

#[test]
fn sql_counts_the_kinds_as_the_typed_question_does() {
    let statement = "SELECT changeKind, count(*) AS n FROM configuration_items GROUP BY changeKind";
    for (zone, _) in ITEMS {
        for month in ["2023-11", "2024-06", "2024-09", "2024-11"] {
            let typed = demo(
                month,
                zone,
                &["--group-by", "change_kind", "--measure", "items"],
            );
            let sql = demo(month, zone, &["--sql", statement]);
            assert_eq!(
                by_kind(&typed, "change_kind", "items"),
                by_kind(&sql, "changeKind", "n"),
                "{month} {zone}"
            );
        }
    }
}

#[test]
fn the_readmes_quirks_of_the_demo_have_their_kinds() {
    // The recorders are switched on: nothing is created, deleted or changed by it.
    let first = demo("2023-11", "UTC", &["--group-by", "change_kind"]);
    let first = by_kind(&first, "change_kind", "items");
    assert!(first["first_seen"] > 100, "{first:?}");
    let one = |month: &str, more: &[&str]| {
        let columns = ["--columns", "resource_id,resource_name,change_kind"];
        let asked: Vec<&str> = columns.iter().chain(more).copied().collect();
        let rows = demo(month, "UTC", &asked);
        let kinds = rows
            .iter()
            .map(|row| row["change_kind"].as_str().unwrap().to_owned());
        kinds.collect::<Vec<String>>()
    };
    // 23 resources of the load test are built, and later deleted at once.
    let staging = ["--account", "444455556666", "--region", "us-east-1"];
    let deleted: Vec<&str> = staging.into_iter().chain(["--kind", "deleted"]).collect();
    assert_eq!(one("2024-11", &deleted).len(), 23);
    // A table is deleted and discovered again in odd months, a queue only discovered in even ones.
    let table = one("2024-09", &["--resource", "stg-preview-sessions"]);
    assert!(
        table.contains(&"deleted".to_owned()) && table.contains(&"recreated".to_owned()),
        "{table:?}"
    );
    let function = one("2024-10", &["--name", "mail-send"]);
    assert!(function.contains(&"recreated".to_owned()), "{function:?}");
    for quiet in [
        "volatile",
        "identical",
        "relationships",
        "not_recorded",
        "compliance",
    ] {
        assert!(!one("2024-09", &["--kind", quiet]).is_empty(), "{quiet}");
    }
}
