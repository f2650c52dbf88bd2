//! The tool `ensure_glue_table` on the wire: who sees it, and what it refuses without asking AWS.

use std::sync::Arc;

use config_history::{
    aws::{AwsClients, AwsSettings},
    glue::TableKeeper,
    service::{GlueTables, HistoryService, SystemClock},
};
use serde_json::{Value, json};

use crate::support::{
    fake_store::FakeStore,
    wire::{Era, WireClient},
};

/// A service whose AWS is nowhere: what is refused is refused before it is asked.
fn service(writes_allowed: bool) -> HistoryService {
    let clients = AwsClients::new(AwsSettings {
        region: Some("eu-west-1".to_owned()),
        endpoint_url: Some("http://127.0.0.1:1".to_owned()),
        ..AwsSettings::default()
    });
    let table = Some("lake.awsconfig".parse().unwrap());
    let keeper = TableKeeper::new(clients);
    let tables = GlueTables::new(keeper, Arc::new(SystemClock), table, writes_allowed);
    FakeStore::new().service(true).with_glue_tables(tables)
}

async fn listing(era: Era, service: HistoryService) -> Vec<Value> {
    let mut client = WireClient::connect(service, era).await;
    let mut result = client.ask("tools/list", json!({})).await.unwrap();
    serde_json::from_value(result["tools"].take()).unwrap()
}

#[tokio::test]
async fn it_is_listed_where_there_is_a_table() {
    for era in Era::BOTH {
        let tools = listing(era, service(false)).await;
        assert_eq!(tools.len(), 8);
        let size = json!({ "tools": tools }).to_string().len();
        println!("tools/list: {size} bytes");
        assert!(size <= 10_000, "tools/list has {size} bytes");
        let tool = tools.last().unwrap();
        assert_eq!(tool["name"], "ensure_glue_table");
        assert_eq!(
            tool["annotations"],
            json!({
                "readOnlyHint": false, "destructiveHint": false,
                "idempotentHint": true, "openWorldHint": true,
            })
        );
        let arguments = &tool["inputSchema"]["properties"];
        assert_eq!(
            arguments["layout"]["enum"],
            json!(["recommended", "article"])
        );
        assert_eq!(arguments["apply"]["type"], "boolean");
        assert!(!tool.to_string().contains("$ref"), "{tool}");
        let members = tool["outputSchema"]["properties"].as_object().unwrap();
        for member in ["status", "differences", "evidence", "truncated"] {
            assert!(members.contains_key(member), "{member}");
        }
        let without = listing(era, FakeStore::new().service(true)).await;
        assert_eq!(without.len(), 7);
        assert_eq!(without, tools[..7]);
    }
}

#[tokio::test]
async fn where_it_is_not_listed_it_is_unknown() {
    let mut client = WireClient::connect(FakeStore::new().service(true), Era::Modern).await;
    let error = client.call("ensure_glue_table", json!({})).await;
    assert_eq!(error.unwrap_err()["code"], -32602);
}

#[tokio::test]
async fn what_cannot_be_is_refused_without_asking() {
    let location = "s3://bucket/prefix";
    let mut client = WireClient::connect(service(false), Era::Modern).await;
    for (arguments, code, said) in [
        (
            json!({"apply": true}),
            "writes_not_allowed",
            "lake.awsconfig",
        ),
        (
            json!({"table": "lake"}),
            "invalid_argument",
            "DATABASE.TABLE",
        ),
        (json!({"location": "bucket"}), "invalid_argument", "s3://"),
        (json!({"accounts": "1"}), "invalid_argument", "12 digits"),
        (json!({"regions": ["a b"]}), "invalid_argument", "Region"),
        (
            json!({"layout": "other"}),
            "invalid_argument",
            "recommended",
        ),
        (
            json!({"adopt": "lake.other", "location": location}),
            "invalid_argument",
            "lake.other",
        ),
    ] {
        let result = client.call("ensure_glue_table", arguments).await.unwrap();
        assert_eq!(result["isError"], true, "{result}");
        let report = &result["structuredContent"];
        assert_eq!(report["code"], code, "{report}");
        let message = report["message"].as_str().unwrap();
        assert!(message.contains(said), "{message}");
        assert!(report["remedy"].is_string());
    }
}
