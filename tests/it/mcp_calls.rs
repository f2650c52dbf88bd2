//! What becomes of a call that goes wrong, takes long, or is no longer wanted.

use serde_json::{Value, json};

use crate::support::{
    fake_store::{Behaviour, FakeStore},
    wire::{Era, WireClient},
};

/// Tools with arguments that are right, so that the store is asked.
fn questions() -> [(&'static str, Value); 4] {
    [
        ("describe_history", json!({})),
        ("summarize_month", json!({"month": "2024-11"})),
        (
            "query_changes",
            json!({"month": "2024-11", "group_by": "account"}),
        ),
        (
            "run_sql",
            json!({"month": "2024-11", "sql": "SELECT count(*) FROM configuration_items"}),
        ),
    ]
}

#[tokio::test]
async fn a_panic_is_answered_and_the_server_lives_on() {
    for era in Era::BOTH {
        let store = FakeStore::new();
        let mut client = WireClient::connect(store.service(true), era).await;
        store.behave(Behaviour::Panic);
        for (tool, arguments) in questions() {
            let result = client.call(tool, arguments).await.unwrap();
            assert_eq!(result["isError"], true);
            assert_eq!(
                result["structuredContent"]["code"], "internal",
                "{tool}: {result}"
            );
            let message = result["structuredContent"]["message"].as_str().unwrap();
            assert!(
                !message.contains("told to"),
                "the inside stays inside: {message}"
            );
        }
        let months = json!({"uri": "config-history://months"});
        let error = client.ask("resources/read", months).await.unwrap_err();
        assert_eq!(error["code"], -32603);
        store.behave(Behaviour::Unreadable);
        let result = client.call("describe_history", json!({})).await.unwrap();
        assert_eq!(
            result["structuredContent"]["code"], "lake_unreadable",
            "{result}"
        );
    }
}

#[tokio::test]
async fn progress_comes_to_those_who_ask_and_cancelling_stops_the_work() {
    for era in Era::BOTH {
        let store = FakeStore::new();
        store.behave(Behaviour::UntilCancelled);
        let mut client = WireClient::connect(store.service(true), era).await;
        let params = json!({
            "name": "query_changes", "arguments": {"month": "2024-11"},
            "_meta": {"progressToken": "p1"},
        });
        let id = client.start("tools/call", params).await;
        let note = client.receive().await;
        assert_eq!(note["method"], "notifications/progress", "{note}");
        assert_eq!(note["params"]["progressToken"], "p1");
        assert_eq!(note["params"]["message"], "file 1 of 2");
        let cancel = json!({
            "jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id},
        });
        client.send(&cancel).await;
        store.wait_for_cancellation().await;
        // The next call is answered, and no progress of the last one comes before the answer.
        store.behave(Behaviour::Unreadable);
        client.notifications.clear();
        client.call("describe_history", json!({})).await.unwrap();
        assert!(
            client
                .notifications
                .iter()
                .all(|note| note["params"]["progressToken"].is_null())
        );
    }
}
