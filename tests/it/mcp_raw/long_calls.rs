//! Calls that take long: their progress, and their end before the answer.

use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};
use tokio::time;

use crate::support::pipes::Pipes;

/// A call that would run for minutes.
pub(super) fn endless_question() -> Value {
    let sql = "SELECT count(*) FROM configuration_items a CROSS JOIN configuration_items b \
               CROSS JOIN configuration_items c WHERE a.configuration < b.configuration \
               AND b.configuration < c.configuration";
    let arguments = json!({"from": "2023-11-01", "to": "2024-11-30", "sql": sql});
    json!({"name": "run_sql", "arguments": arguments})
}

#[tokio::test]
async fn a_cancelled_call_leaves_the_server_answering() {
    let mut pipes = Pipes::open(&["serve", "--demo"]).await;
    for round in 0..3 {
        let id = pipes.begin("tools/call", endless_question()).await;
        // The question runs by the time that the next one is answered.
        pipes.ask("ping", json!({})).await;
        time::sleep(Duration::from_millis(300)).await;
        let cancel = json!({"requestId": id, "reason": "no longer wanted"});
        pipes
            .send(&json!({
                "jsonrpc": "2.0", "method": "notifications/cancelled", "params": cancel,
            }))
            .await;
        let next = json!({"month": "2024-11", "measure": "items"});
        let result = pipes.call("query_changes", next).await;
        assert_eq!(
            result["structuredContent"]["rows"][0]["items"], 206,
            "round {round}"
        );
        assert!(
            pipes
                .others
                .iter()
                .all(|other| other.get("result").is_none()),
            "a cancelled call is not answered: {:?}",
            pipes.others
        );
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_cancelled_call_stops_working() {
    let mut pipes = Pipes::open(&["serve", "--demo"]).await;
    let id = pipes.begin("tools/call", endless_question()).await;
    pipes.ask("ping", json!({})).await;
    time::sleep(Duration::from_millis(300)).await;
    let cancel = json!({"requestId": id});
    pipes
        .send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": cancel}))
        .await;
    // Work on a batch may be finished; after that nothing is done any more.
    for _ in 0..40 {
        let before = cpu_ticks(pipes.id());
        time::sleep(Duration::from_millis(500)).await;
        if cpu_ticks(pipes.id()) - before <= 1 {
            return;
        }
    }
    panic!("the work goes on");
}

/// Time that a process has worked, in hundredths of a second.
#[cfg(target_os = "linux")]
fn cpu_ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name, in brackets, may hold blanks; user and system time are the 12th and 13th after it.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields = fields.split_whitespace().skip(11).take(2);
    fields.map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

#[tokio::test]
async fn progress_comes_when_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    write_lake(folder.path());
    let lake = folder.path().to_str().unwrap();
    let mut pipes = Pipes::open(&["serve", "--lake", lake]).await;
    let question = json!({
        "name": "query_changes", "arguments": {"month": "2024-11", "measure": "items"},
    });

    let silent = pipes.ask("tools/call", question.clone()).await;
    assert_eq!(pipes.others, [Value::Null; 0], "nobody asked for progress");

    for token in [json!("p-1"), json!(17)] {
        let mut asking = question.clone();
        asking["_meta"] = json!({ "progressToken": token });
        let heard = pipes.ask("tools/call", asking).await;
        assert_eq!(
            heard["result"]["structuredContent"]["rows"],
            silent["result"]["structuredContent"]["rows"]
        );
        let notes = std::mem::take(&mut pipes.others);
        println!(
            "{} notes of progress, the last: {:?}",
            notes.len(),
            notes.last()
        );
        assert!(!notes.is_empty());
        let mut before = 0.0;
        for note in notes {
            assert_eq!(note["method"], "notifications/progress");
            assert_eq!(note["params"]["progressToken"], token);
            let value = note["params"]["progress"].as_f64().unwrap();
            assert!(value > before, "it only grows: {note}");
            before = value;
            assert!(note["params"]["message"].is_string(), "{note}");
        }
    }
}

/// Files of the larger lake.
const FILES: usize = 240;
/// Items of each.
const ITEMS: usize = 100;

/// Writes a lake that takes a moment to read: one file, delivered under many names.
fn write_lake(root: &Path) {
    let items: Vec<Value> = (0..ITEMS).map(item).collect();
    let file = json!({
        "fileVersion": "1.0",
        "configSnapshotId": "00000000-0000-4000-8000-000000000000",
        "configurationItems": items,
    })
    .to_string();
    let folder = root.join("AWSLogs/111122223333/Config/ap-northeast-1/2024/11/5/ConfigHistory");
    fs::create_dir_all(&folder).unwrap();
    let name = |part: usize| {
        folder.join(format!(
            "111122223333_Config_ap-northeast-1_ConfigHistory_AWS%3A%3AEC2%3A%3AInstance_\
             20241105T000000Z_20241105T055959Z_{part}.json.gz"
        ))
    };
    fs::write(name(1), file).unwrap();
    for part in 2..=FILES {
        fs::hard_link(name(1), name(part)).unwrap();
    }
}

fn item(number: usize) -> Value {
    json!({
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": "2024-11-05T01:02:03.000Z",
        "configurationStateId": number,
        "awsAccountId": "111122223333",
        "awsRegion": "ap-northeast-1",
        "configurationItemStatus": "OK",
        "resourceType": "AWS::EC2::Instance",
        "resourceId": format!("i-{number:017x}"),
        "ARN": format!("arn:aws:ec2:ap-northeast-1:111122223333:instance/i-{number:017x}"),
        "tags": {"Name": format!("worker-{number}")},
        "relatedEvents": [],
        "relationships": [],
        "configuration": {"instanceType": "t3.micro", "filler": "x".repeat(1_000)},
        "supplementaryConfiguration": {},
    })
}
