//! The MCP server on the wire, in both protocol eras, without a process around it.

use serde_json::{Value, json};

use crate::support::{
    fake_store::{Behaviour, FakeStore},
    wire::{Era, WireClient},
};

const TOOLS: [&str; 7] = [
    "describe_history",
    "summarize_month",
    "query_changes",
    "run_sql",
    "resource_history",
    "find_anomalies",
    "config_bill",
];

async fn listing(era: Era, sql_allowed: bool) -> Vec<Value> {
    let mut client = WireClient::connect(FakeStore::new().service(sql_allowed), era).await;
    let mut result = client.ask("tools/list", json!({})).await.unwrap();
    serde_json::from_value(result["tools"].take()).unwrap()
}

#[tokio::test]
async fn the_listing_is_small_and_complete() {
    for era in Era::BOTH {
        let tools = listing(era, true).await;
        let names: Vec<&str> = tools
            .iter()
            .map(|tool| tool["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, TOOLS);
        let size = json!({ "tools": tools }).to_string().len();
        println!("tools/list: {size} bytes");
        assert!(size <= 9_400, "tools/list has {size} bytes");
        for tool in &tools {
            assert!(tool["title"].is_string() && tool["description"].is_string());
            assert_eq!(
                tool["annotations"],
                json!({
                    "readOnlyHint": true, "destructiveHint": false,
                    "idempotentHint": true, "openWorldHint": true,
                })
            );
            assert_eq!(tool["inputSchema"]["type"], "object");
            assert_eq!(tool["inputSchema"]["additionalProperties"], false);
            assert_eq!(tool["outputSchema"]["type"], "object");
            let members = tool["outputSchema"]["properties"].as_object().unwrap();
            for member in ["evidence", "truncated"] {
                assert!(members.contains_key(member), "{member} of {}", tool["name"]);
            }
        }
    }
    let legacy = listing(Era::Legacy, true).await;
    assert_eq!(legacy, listing(Era::Modern, true).await);
    insta::assert_json_snapshot!("tools_list", legacy);
}

#[tokio::test]
async fn without_sql_there_is_no_sql_tool() {
    assert_eq!(listing(Era::Modern, false).await.len(), 6);
    let mut client = WireClient::connect(FakeStore::new().service(false), Era::Modern).await;
    let error = client
        .call("run_sql", json!({"sql": "SELECT 1"}))
        .await
        .unwrap_err();
    assert_eq!(error["code"], -32602);
}

#[tokio::test]
async fn a_wrong_argument_is_a_result_that_says_what_to_do() {
    for era in Era::BOTH {
        let store = FakeStore::new();
        let mut client = WireClient::connect(store.service(true), era).await;
        for (tool, arguments, said) in [
            (
                "describe_history",
                json!({"month": "2024-11"}),
                "unknown argument `month`",
            ),
            (
                "summarize_month",
                json!({"month": "2024-13"}),
                "invalid month `2024-13`",
            ),
            ("summarize_month", json!({}), "missing argument `month`"),
            (
                "query_changes",
                json!({"month": "2024-11", "limit": "all"}),
                "argument `limit`",
            ),
            (
                "query_changes",
                json!({"month": "2024-11", "group_by": "colour"}),
                "resource_type",
            ),
            ("run_sql", json!({"sql": 1}), "argument `sql`"),
        ] {
            let result = client.call(tool, arguments).await.unwrap();
            assert_eq!(result["isError"], true, "{result}");
            let report = &result["structuredContent"];
            assert_eq!(report["code"], "invalid_argument");
            assert!(
                report["message"].as_str().unwrap().contains(said),
                "{report}"
            );
            assert!(report["remedy"].is_string());
            let text: Value =
                serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
            assert_eq!(&text, report);
        }
        assert_eq!(store.calls(), 0, "a wrong argument reads nothing");
    }
}

#[tokio::test]
async fn an_unknown_tool_is_a_protocol_error() {
    for era in Era::BOTH {
        let mut client = WireClient::connect(FakeStore::new().service(true), era).await;
        let error = client.call("drop_table", json!({})).await.unwrap_err();
        assert_eq!(error["code"], -32602);
    }
}

#[tokio::test]
async fn nothing_is_read_before_something_is_asked() {
    let states = [
        Behaviour::Empty,
        Behaviour::Unreadable,
        Behaviour::Panic,
        Behaviour::UntilCancelled,
    ];
    for (era, state) in Era::BOTH
        .into_iter()
        .flat_map(|era| states.map(|state| (era, state)))
    {
        let store = FakeStore::new();
        store.behave(state);
        let mut client = WireClient::connect(store.service(true), era).await;
        for method in ["tools/list", "prompts/list", "resources/templates/list"] {
            let result = client.ask(method, json!({})).await.unwrap();
            if era == Era::Modern {
                assert!(result["ttlMs"].as_u64().unwrap() > 0, "{method}");
                assert_eq!(result["cacheScope"], "private", "{method}");
            }
        }
        let schema = json!({"uri": "config-history://schema"});
        client.ask("resources/read", schema).await.unwrap();
        assert_eq!((store.calls(), store.cancelled()), (0, 0));
    }
}

#[tokio::test]
async fn the_resources_that_are_always_there() {
    for era in Era::BOTH {
        let mut client = WireClient::connect(FakeStore::new().service(true), era).await;
        let listed = client.ask("resources/list", json!({})).await.unwrap();
        let uris: Vec<&str> = listed["resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["uri"].as_str().unwrap())
            .collect();
        assert_eq!(
            uris[..2],
            ["config-history://months", "config-history://schema"]
        );
        let templates = client
            .ask("resources/templates/list", json!({}))
            .await
            .unwrap();
        assert_eq!(templates["resourceTemplates"].as_array().unwrap().len(), 3);

        let uri = "config-history://schema";
        let schema = client
            .ask("resources/read", json!({ "uri": uri }))
            .await
            .unwrap();
        let contents = &schema["contents"][0];
        assert_eq!(contents["uri"], uri);
        assert_eq!(contents["mimeType"], "application/json");
        let text = contents["text"].as_str().unwrap();
        assert_eq!(contents["_meta"]["config-history/size"], text.len());
        let relation: Value = serde_json::from_str(text).unwrap();
        assert_eq!(relation["columns"][0]["name"], "awsAccountId");
        if era == Era::Modern {
            assert_eq!(schema["ttlMs"], 24 * 60 * 60 * 1000);
        }
    }
}

#[tokio::test]
async fn an_unknown_resource_is_the_error_of_the_era() {
    for (era, code) in [(Era::Legacy, -32002), (Era::Modern, -32602)] {
        let mut client = WireClient::connect(FakeStore::new().service(true), era).await;
        for uri in ["config-history://months/2024-13", "file:///etc/passwd"] {
            let error = client
                .ask("resources/read", json!({ "uri": uri }))
                .await
                .unwrap_err();
            assert_eq!(error["code"], code);
            assert!(
                error["message"]
                    .as_str()
                    .unwrap()
                    .contains("config-history://months")
            );
            assert_eq!(error["data"]["code"], "unknown_resource");
            assert_eq!(error["data"]["uri"], uri);
        }
    }
}

#[tokio::test]
async fn prompts_are_listed_and_filled() {
    for era in Era::BOTH {
        let mut client = WireClient::connect(FakeStore::new().service(true), era).await;
        let listed = client.ask("prompts/list", json!({})).await.unwrap();
        let names: Vec<&str> = listed["prompts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "monthly_report",
                "investigate_resource",
                "explain_config_bill"
            ]
        );
        let arguments = json!({"name": "monthly_report", "arguments": {"month": "2024-11"}});
        let prompt = client.ask("prompts/get", arguments).await.unwrap();
        let text = prompt["messages"][0]["content"]["text"].as_str().unwrap();
        assert!(
            text.contains("`summarize_month` with month 2024-11"),
            "{text}"
        );
        let missing = client
            .ask("prompts/get", json!({"name": "monthly_report"}))
            .await;
        assert_eq!(missing.unwrap_err()["code"], -32602);
    }
}

#[tokio::test]
async fn languages_complete_without_reading() {
    for era in Era::BOTH {
        let store = FakeStore::new();
        let mut client = WireClient::connect(store.service(true), era).await;
        let request = json!({
            "ref": {"type": "ref/prompt", "name": "monthly_report"},
            "argument": {"name": "language", "value": "j"},
        });
        let result = client.ask("completion/complete", request).await.unwrap();
        assert_eq!(result["completion"]["values"], json!(["ja"]));
        assert_eq!(store.calls(), 0);
    }
}
