//! The start: clients start servers often, and start them all.

use std::time::Instant;

use serde_json::json;

use crate::support::pipes::Pipes;

/// A debug build's memory before the first question; a release build needs half of it.
#[cfg(target_os = "linux")]
const MOST_KIB: u64 = 80 * 1024;

#[tokio::test]
async fn the_first_answer_needs_little() {
    for first in ["initialize", "server/discover"] {
        let start = Instant::now();
        let mut pipes = Pipes::start(&["serve", "--demo"]);
        let hello = json!({
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "pipes", "version": "1"},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": {"name": "pipes", "version": "1"},
            },
        });
        let answer = pipes.ask(first, hello).await;
        assert!(answer["result"]["capabilities"].is_object(), "{answer}");
        println!("{first}: answered {:?} after the start", start.elapsed());
        #[cfg(target_os = "linux")]
        {
            let kib = resident_kib(pipes.id());
            println!("{first}: {kib} KiB resident before the first question");
            assert!(kib < MOST_KIB, "{kib} KiB");
        }
    }
}

/// A folder in which nothing was delivered yet: the server starts, and says what is wrong.
#[tokio::test]
async fn an_empty_lake_does_not_keep_it_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().to_str().unwrap();
    let mut pipes = Pipes::open(&["serve", "--lake", lake]).await;
    let listed = pipes.ask("tools/list", json!({})).await;
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), 7);
    let listed = pipes.ask("resources/list", json!({})).await;
    assert_eq!(listed["result"]["resources"].as_array().unwrap().len(), 2);
    let result = pipes.call("describe_history", json!({})).await;
    assert_eq!(result["isError"], true);
    assert_eq!(result["structuredContent"]["code"], "lake_empty");
}

#[tokio::test]
async fn a_source_that_is_not_there_ends_the_start_with_a_word_on_stderr() {
    for (args, code, said) in [
        (
            &["serve", "--lake", "/nowhere/at/all"][..],
            1,
            "/nowhere/at/all",
        ),
        (&["serve"], 2, "--demo"),
    ] {
        let mut pipes = Pipes::start(args);
        assert!(pipes.receive().await.is_none(), "nothing on stdout");
        let (status, log) = pipes.ended().await;
        assert_eq!(status.code(), Some(code), "{log}");
        assert!(log.contains(said), "{log}");
    }
}

/// Memory of a process that is in RAM.
#[cfg(target_os = "linux")]
fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
