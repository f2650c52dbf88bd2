//! How connections begin and end.

use std::time::Duration;

use config_history::mcp;
use rmcp::{
    ClientHandler, ClientLifecycleMode, ClientServiceExt,
    model::{CallToolRequestParams, ProtocolVersion},
};
use serde_json::json;
use tokio::time;
use tokio_util::sync::CancellationToken;

use crate::support::{
    fake_store::FakeStore,
    wire::{Era, WireClient},
};

#[tokio::test]
async fn the_opening_says_who_we_are() {
    for era in Era::BOTH {
        let client = WireClient::connect(FakeStore::new().service(true), era).await;
        let opening = &client.opening;
        let info = match era {
            Era::Legacy => {
                assert_eq!(opening["protocolVersion"], "2025-06-18");
                &opening["serverInfo"]
            }
            Era::Modern => {
                assert_eq!(opening["cacheScope"], "private");
                assert!(opening["ttlMs"].as_u64().unwrap() > 0);
                let versions = opening["supportedVersions"].as_array().unwrap();
                assert!(versions.contains(&json!("2026-07-28")));
                &opening["_meta"]["io.modelcontextprotocol/serverInfo"]
            }
        };
        assert_eq!(info["name"], "config-history");
        assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
        let instructions = opening["instructions"].as_str().unwrap();
        assert!(
            instructions.chars().count() <= 2_000,
            "{}",
            instructions.chars().count()
        );
        assert!(instructions.starts_with("Use this server to"));
        for served in ["tools", "resources", "prompts", "completions"] {
            assert!(opening["capabilities"][served].is_object(), "{served}");
        }
    }
}

#[tokio::test]
async fn a_level_may_be_set_and_changes_nothing() {
    let mut client = WireClient::connect(FakeStore::new().service(true), Era::Legacy).await;
    client
        .ask("logging/setLevel", json!({"level": "debug"}))
        .await
        .unwrap();
}

#[tokio::test]
async fn the_typed_client_of_the_sdk_gets_along() {
    #[derive(Clone)]
    struct Quiet;
    impl ClientHandler for Quiet {}

    for mode in [
        ClientLifecycleMode::Initialize,
        ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        },
    ] {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let shutdown = CancellationToken::new();
        let service = FakeStore::new().service(true);
        let server = tokio::spawn(mcp::serve(service, theirs, shutdown.clone()));
        let client = Quiet.serve_with_lifecycle(ours, mode).await.unwrap();
        assert_eq!(client.list_all_tools().await.unwrap().len(), 7);
        assert_eq!(client.list_all_prompts().await.unwrap().len(), 3);
        let mut bad = CallToolRequestParams::new("summarize_month");
        bad.arguments = json!({"month": "May"}).as_object().cloned();
        let result = client.call_tool(bad).await.unwrap();
        assert_eq!(result.is_error, Some(true));
        shutdown.cancel();
        let ended = time::timeout(Duration::from_secs(5), server)
            .await
            .expect("a prompt end");
        ended.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_server() {
    for hello in ["", "this is no JSON\n"] {
        let (mut ours, theirs) = tokio::io::duplex(1 << 10);
        let service = FakeStore::new().service(true);
        let server = tokio::spawn(mcp::serve(service, theirs, CancellationToken::new()));
        tokio::io::AsyncWriteExt::write_all(&mut ours, hello.as_bytes())
            .await
            .unwrap();
        drop(ours);
        let ended = time::timeout(Duration::from_secs(5), server)
            .await
            .expect("a prompt end");
        ended.unwrap().unwrap();
    }
}
