//! The same bytes with a cache, while it is filled, and without one.

use serde_json::{Value, json};

use super::{EVERYTHING, ask, ask_uncached, demo_lake, folder, settle};
use crate::support::lake::{Place, TestLake, item, with};

const QUESTIONS: [&[&str]; 9] = [
    EVERYTHING,
    &["summarize", "2024-11", "--format", "json"],
    &["months", "--format", "json"],
    &["anomalies", "2024-11", "--format", "json"],
    &[
        "query",
        "--month",
        "2024-11",
        "--group-by",
        "resource_type,account,region",
        "--measure",
        "items",
        "--limit",
        "0",
        "--format",
        "json",
    ],
    &[
        "query",
        "--month",
        "2024-11",
        "--group-by",
        "resource_name,change_kind",
        "--limit",
        "0",
        "--format",
        "json",
    ],
    &[
        "query",
        "--month",
        "2024-11",
        "--timezone",
        "Asia/Tokyo",
        "--tag",
        "Environment=production",
        "--columns",
        "resource_id,tags,configuration,source",
        "--limit",
        "0",
        "--format",
        "json",
    ],
    &[
        "query",
        "--month",
        "2024-11",
        "--sql",
        "SELECT resourceid, configuration FROM configuration_items LIMIT 7",
        "--format",
        "json",
    ],
    &[
        "query",
        "--month",
        "2024-11",
        "--sql",
        "SELECT count(*) AS n, min(source) AS s FROM configuration_items WHERE configuration LIKE '%vpc-%'",
        "--format",
        "json",
    ],
];

#[test]
fn answers_are_the_same_with_and_without_a_cache() {
    let (lake, warm) = (demo_lake(), folder());
    ask(&lake, warm.path(), &["cache", "warm"]).ok();
    for question in QUESTIONS {
        let uncached = ask_uncached(&lake, question).ok();
        let cold = folder();
        assert_eq!(
            ask(&lake, cold.path(), question).ok(),
            uncached,
            "cold: {question:?}"
        );
        assert_eq!(
            ask(&lake, cold.path(), question).ok(),
            uncached,
            "filled: {question:?}"
        );
        assert_eq!(
            ask(&lake, warm.path(), question).ok(),
            uncached,
            "warm: {question:?}"
        );
    }
}

/// Resources by all that they are known by, also one whose deletion does not say its name.
#[test]
fn a_resource_is_the_same_whether_all_is_read_for_it_or_only_what_names_it() {
    let lake = TestLake::new();
    let place = |day: &str| Place::history("111122223333", "us-east-1", day);
    let times = [
        "2024-09-05T01:00:00Z",
        "2024-10-05T01:00:00Z",
        "2024-11-05T01:00:00Z",
    ];
    let [first, second, third] = times;
    let one = |id: &str, time: &str, fields: Value| with(item(id, time), fields);
    lake.items(
        &place("2024/9/5"),
        "a.json.gz",
        &[
            one(
                "vpc-0001",
                first,
                json!({"resourceName": "the one", "configuration": {"cidr": 1}}),
            ),
            one("vpc-0002", first, json!({"resourceName": "another one"})),
            one("x", first, json!({"resourceName": "short"})),
        ],
    );
    lake.items(&place("2024/10/5"), "b.json.gz", &[
        one("vpc-0001", second, json!({"resourceName": "the one", "configuration": {"cidr": 2}})),
        one("vpc-0003", second, json!({"relationships": [{"resourceId": "vpc-0001", "resourceType": "AWS::EC2::VPC", "name": "n"}]})),
    ]);
    let gone = json!({"configurationItemStatus": "ResourceDeleted", "configuration": null,
        "resourceName": null, "ARN": null});
    lake.items(
        &place("2024/11/5"),
        "c.json.gz",
        &[one("vpc-0001", third, gone.clone()), one("x", third, gone)],
    );
    settle(lake.path());
    let warm = folder();
    ask(lake.arg(), warm.path(), &["cache", "warm"]).ok();
    for reference in [
        "vpc-0001",
        "AWS::EC2::VPC/vpc-0001",
        "the one",
        "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-0001",
        "x",
        "short",
    ] {
        let question = ["resource", reference, "--echoes", "--format", "json"];
        let cold = folder();
        let from_files = ask(lake.arg(), cold.path(), &question).ok();
        assert_eq!(
            ask(lake.arg(), warm.path(), &question).ok(),
            from_files,
            "{reference}"
        );
        let told: Value = serde_json::from_str(&from_files).unwrap();
        let kinds = told["timeline"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["kind"].clone());
        let kinds: Vec<Value> = kinds.collect();
        let expected: &[&str] = if ["x", "short"].contains(&reference) {
            &["deleted", "unknown"]
        } else {
            &["deleted", "settings", "unknown"]
        };
        assert_eq!(kinds, expected, "{reference}");
    }
}
