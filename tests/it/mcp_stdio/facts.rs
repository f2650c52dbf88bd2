//! The tools give the right answers about the demo organisation.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{process::SdkClient, wire::Era};

const PRODUCTION: &str = "111122223333";

#[tokio::test]
async fn describe_history_tells_what_there_is() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let known = sdk.answer("describe_history", json!({})).await;
        let months = known["months"].as_array().unwrap();
        assert_eq!(months.len(), 13);
        assert_eq!(months[12]["month"], "2024-11");
        assert_eq!(months[12]["items"], 206);
        assert_eq!(months[12]["closed"], true);
        let accounts: Vec<&str> = texts(&known["accounts"], "account");
        assert!(accounts.contains(&PRODUCTION), "{accounts:?}");
        let types = texts(&known["resource_types"], "resource_type");
        assert!(types.contains(&"AWS::Cassandra::Keyspace"));
        let columns = texts(&known["columns"], "name");
        assert!(columns.contains(&"configurationItemCaptureTime"));
        assert_eq!(known["watermark"], "2024-11-30T23:52:11Z");
        assert_eq!(known["limits"]["max_answer_chars"], 40_000);

        let in_tokyo = json!({"timezone": "Asia/Tokyo"});
        let in_tokyo = sdk.answer("describe_history", in_tokyo).await;
        let november = &in_tokyo["months"][12];
        assert_eq!(
            (&november["month"], &november["items"]),
            (&json!("2024-11"), &json!(205))
        );
    }
}

#[tokio::test]
async fn summarize_month_in_english_and_japanese() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let english = json!({"month": "2024-11", "account": PRODUCTION});
        let english = sdk.answer("summarize_month", english).await;
        assert_eq!(english["digest"]["totals"]["items"], 77);
        assert_eq!(english["digest"]["totals"]["resources"], 38);
        let text = english["text"].as_str().unwrap();
        assert!(
            text.contains("77 configuration items, 64 of them real changes, on 38 resources"),
            "{text}"
        );

        let japanese = json!({"month": "2024-11", "account": [PRODUCTION], "language": "ja"});
        let japanese = sdk.answer("summarize_month", japanese).await;
        assert_eq!(japanese["digest"], english["digest"], "the same numbers");
        let text = japanese["text"].as_str().unwrap();
        assert!(text.contains('件') && text.contains("77"), "{text}");

        // The cursor of a digest goes on in another tool, which has all resources.
        let cursor = &english["next_cursor"];
        let all = sdk
            .answer("query_changes", json!({ "cursor": cursor, "limit": 1000 }))
            .await;
        assert_eq!((&all["returned"], &all["total"]), (&json!(38), &json!(38)));
    }
}

#[tokio::test]
async fn query_changes_has_november_of_production() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let question = json!({
            "month": "2024-11", "account": PRODUCTION, "limit": 1000,
            "group_by": ["resource_type", "region", "resource_id", "resource_name"],
        });
        let answer = sdk.answer("query_changes", question).await;
        check_november(&answer, "resource_type", "region", "resource_name");
    }
}

#[tokio::test]
async fn run_sql_has_november_of_production() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let question = json!({
            "month": "2024-11", "account": PRODUCTION, "limit": 1000,
            "sql": "SELECT resourceType, awsRegion, resourceId, resourceName, count(*) AS items \
                    FROM configuration_items GROUP BY 1, 2, 3, 4 ORDER BY items DESC, resourceName",
        });
        let answer = sdk.answer("run_sql", question).await;
        check_november(&answer, "resourceType", "awsRegion", "resourceName");
    }
}

#[tokio::test]
async fn no_deliveries_are_not_taken_for_no_changes() {
    let sdk = SdkClient::of_demo(Era::Modern).await;
    for (tool, mut question) in [
        ("query_changes", json!({"group_by": "resource_type"})),
        (
            "run_sql",
            json!({"sql": "SELECT resourceId FROM configuration_items"}),
        ),
    ] {
        question["month"] = json!("2024-11");
        question["region"] = json!("us-west-2");
        let answer = sdk.answer(tool, question).await;
        assert_eq!(answer["total"], 0);
        let warnings = answer["warnings"].to_string();
        assert!(
            warnings.contains("nothing was delivered"),
            "{tool}: {warnings}"
        );
    }
}

/// The month as the demo's README tells it.
fn check_november(answer: &Value, resource_type: &str, region: &str, name: &str) {
    let rows = answer["rows"].as_array().unwrap();
    let mut by_type: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for row in rows {
        let counted = by_type
            .entry(row[resource_type].as_str().unwrap())
            .or_default();
        counted.0 += 1;
        counted.1 += row["items"].as_u64().unwrap();
    }
    let expected = [
        ("AWS::Cassandra::Keyspace", (4, 8)),
        ("AWS::IAM::Role", (1, 1)),
        ("AWS::Lambda::Function", (32, 67)),
        ("AWS::S3::Bucket", (1, 1)),
    ];
    assert_eq!(by_type, BTreeMap::from(expected));

    let of_type = |wanted: &str| -> Vec<(&str, &str, u64)> {
        let rows = rows.iter().filter(|row| row[resource_type] == wanted);
        let mut lines: Vec<_> = rows
            .map(|row| {
                let text = |column: &str| row[column].as_str().unwrap();
                (text(name), text(region), row["items"].as_u64().unwrap())
            })
            .collect();
        lines.sort_unstable();
        lines
    };
    let tokyo = "ap-northeast-1";
    assert_eq!(
        of_type("AWS::Cassandra::Keyspace"),
        [
            ("system", tokyo, 2),
            ("system_multiregion_info", tokyo, 2),
            ("system_schema", tokyo, 2),
            ("system_schema_mcs", tokyo, 2),
        ]
    );
    assert_eq!(
        of_type("AWS::IAM::Role"),
        [("AWSServiceRoleForCostOptimizationHub", "global", 1)]
    );
    assert_eq!(
        of_type("AWS::S3::Bucket"),
        [("example-cost-export-111122223333", tokyo, 1)]
    );
}

fn texts<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    let list = list.as_array().unwrap().iter();
    list.map(|line| line[member].as_str().unwrap()).collect()
}
