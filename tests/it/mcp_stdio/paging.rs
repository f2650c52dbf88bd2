//! Following `next_cursor` gives every row once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{process::SdkClient, wire::Era};

/// Asks `question`, then for page after page with nothing but the cursor and the limit.
async fn all_rows(
    sdk: &SdkClient,
    tool: &'static str,
    mut question: Value,
    limit: u64,
) -> Vec<Value> {
    question["limit"] = json!(limit);
    let mut rows = Vec::new();
    loop {
        let mut page = sdk.answer(tool, question).await;
        let found = page["rows"].as_array_mut().unwrap();
        assert!(found.len() as u64 <= limit);
        rows.append(found);
        let total = page["total"].as_u64().unwrap();
        if page.get("next_cursor").is_none() {
            assert_eq!(rows.len() as u64, total);
            return rows;
        }
        assert_eq!(page["truncated"], true);
        assert!((rows.len() as u64) < total, "no page after the last row");
        question = json!({ "cursor": page["next_cursor"], "limit": limit });
    }
}

fn distinct(rows: &[Value]) -> BTreeSet<String> {
    rows.iter().map(Value::to_string).collect()
}

#[tokio::test]
async fn groups_come_once_each() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let question = json!({
            "month": "2024-11",
            "group_by": ["account", "region", "resource_type", "resource_id"],
        });
        let paged = all_rows(&sdk, "query_changes", question.clone(), 7).await;
        assert_eq!((paged.len(), distinct(&paged).len()), (119, 119));
        assert_eq!(paged, all_rows(&sdk, "query_changes", question, 1000).await);
    }
}

#[tokio::test]
async fn items_come_once_each() {
    let sdk = SdkClient::of_demo(Era::Modern).await;
    let question = json!({
        "month": "2024-11",
        "columns": ["account", "region", "resource_type", "resource_id", "state_id"],
    });
    let paged = all_rows(&sdk, "query_changes", question, 23).await;
    assert_eq!((paged.len(), distinct(&paged).len()), (206, 206));
}

#[tokio::test]
async fn pages_cut_by_size_go_on_where_they_were_cut() {
    let sdk = SdkClient::of_demo(Era::Modern).await;
    let question = json!({
        "month": "2024-11",
        "columns": [
            "account", "region", "resource_type", "resource_id", "state_id",
            "configuration", "supplementary_configuration", "relationships", "tags",
        ],
    });
    let paged = all_rows(&sdk, "query_changes", question, 1000).await;
    assert_eq!((paged.len(), distinct(&paged).len()), (206, 206));
}

#[tokio::test]
async fn rows_of_sql_come_once_each_even_without_an_order() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        for sql in [
            "SELECT awsAccountId, awsRegion, resourceType, resourceId, configurationStateId \
             FROM configuration_items",
            "SELECT awsAccountId, awsRegion, resourceType, resourceId, configurationStateId, \
             count(*) AS n FROM configuration_items GROUP BY 1, 2, 3, 4, 5",
        ] {
            let question = json!({"month": "2024-11", "sql": sql});
            let paged = all_rows(&sdk, "run_sql", question, 17).await;
            assert_eq!((paged.len(), distinct(&paged).len()), (206, 206), "{sql}");
        }
    }
}
