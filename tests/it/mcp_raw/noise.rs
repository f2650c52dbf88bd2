//! What is no message, in and out.

use serde_json::{Value, json};

use crate::support::pipes::Pipes;

const SERVE: [&str; 2] = ["serve", "--demo"];

/// Lines that are no request of this protocol.
fn garbage() -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = [
        "",
        "   ",
        "this is no JSON",
        "{",
        "null",
        "17",
        "[]",
        "{}",
        r#"{"jsonrpc":"2.0"}"#,
        r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":900,"result":{}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/nothing"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77}}"#,
        "\u{feff}{}",
    ]
    .iter()
    .map(|line| line.as_bytes().to_vec())
    .collect();
    lines.push(vec![0xff, 0xfe, 0x00, 0x80]);
    lines.push(vec![b'['; 50_000]);
    lines.push(vec![b'x'; 1 << 20]);
    lines
}

async fn is_alive(pipes: &mut Pipes) {
    let answer = pipes.ask("ping", json!({})).await;
    assert!(answer["result"].is_object(), "{answer}");
}

#[tokio::test]
async fn garbage_kills_nothing() {
    let mut pipes = Pipes::open(&SERVE).await;
    for mut line in garbage() {
        let shown = String::from_utf8_lossy(&line)
            .chars()
            .take(80)
            .collect::<String>();
        println!("sending {shown}");
        line.push(b'\n');
        pipes.send_bytes(&line).await;
        is_alive(&mut pipes).await;
    }
    let result = pipes
        .call("query_changes", json!({"month": "2024-11"}))
        .await;
    assert_eq!(result["structuredContent"]["total"], 206);
    for other in &pipes.others {
        assert!(
            other["error"].is_object(),
            "garbage earns an error or nothing: {other}"
        );
    }
}

#[tokio::test]
async fn garbage_before_the_greeting_kills_nothing() {
    let mut pipes = Pipes::start(&SERVE);
    for mut line in [b"this is no JSON".to_vec(), vec![b'x'; 1 << 20]] {
        line.push(b'\n');
        pipes.send_bytes(&line).await;
    }
    assert_eq!(pipes.greet().await["protocolVersion"], "2025-11-25");
    is_alive(&mut pipes).await;
}

#[tokio::test]
async fn a_long_line_is_a_message_like_any_other() {
    let mut pipes = Pipes::open(&SERVE).await;
    let long = "x".repeat(1 << 20);
    for arguments in [
        json!({"month": long}),
        json!({"month": "2024-11", "resource": long}),
        json!({"month": "2024-11", long.as_str(): 1}),
        json!({"month": "2024-11", "cursor": long}),
    ] {
        let result = pipes.call("query_changes", arguments).await;
        assert!(result.is_object());
        let chars = result["structuredContent"].to_string().chars().count();
        assert!(chars <= 40_000, "an echo of {chars} characters");
        is_alive(&mut pipes).await;
    }
    let sql = format!("SELECT '{long}' AS x FROM configuration_items");
    let result = pipes
        .call("run_sql", json!({"month": "2024-11", "sql": sql}))
        .await;
    let chars = result["structuredContent"].to_string().chars().count();
    assert!(chars <= 40_000, "{chars} characters");
    is_alive(&mut pipes).await;
}

#[tokio::test]
async fn line_ends_of_another_system_are_taken() {
    let mut pipes = Pipes::open(&SERVE).await;
    pipes
        .send_bytes(b"{\"jsonrpc\":\"2.0\",\"id\":500,\"method\":\"ping\"}\r\n")
        .await;
    assert!(pipes.answer_to(500).await["result"].is_object());
}

#[tokio::test]
async fn the_log_never_reaches_stdout() {
    let mut pipes = Pipes::open(&["--log", "debug", "serve", "--demo"]).await;
    for (tool, arguments) in [
        ("describe_history", json!({})),
        ("summarize_month", json!({"month": "2024-11"})),
        ("query_changes", json!({"month": "2024-13"})),
        (
            "run_sql",
            json!({"month": "2024-11", "sql": "SELECT 1 FROM nothing"}),
        ),
    ] {
        // Every line that comes is checked to be a message.
        assert!(pipes.call(tool, arguments).await.is_object());
    }
    let missing = json!({"uri": "config-history://nothing"});
    assert!(pipes.ask("resources/read", missing).await["error"].is_object());
    pipes.hang_up();
    let (status, log) = pipes.ended().await;
    assert!(status.success());
    assert!(log.contains("DEBUG"), "{log}");
    assert!(
        !log.contains('\u{1b}'),
        "no colours where there is no terminal"
    );
}

#[tokio::test]
async fn answers_come_in_any_order_each_to_its_question() {
    let mut pipes = Pipes::open(&SERVE).await;
    let mut asked = Vec::new();
    for month in ["2024-09", "2024-10", "2024-11"].repeat(4) {
        let arguments = json!({"month": month, "measure": "items"});
        let params = json!({"name": "query_changes", "arguments": arguments});
        asked.push((pipes.begin("tools/call", params).await, month));
    }
    let mut answers: Vec<Value> = Vec::new();
    while answers.len() < asked.len() {
        answers.push(pipes.receive().await.unwrap());
    }
    for (id, month) in asked {
        let expected = match month {
            "2024-09" => 116,
            "2024-10" => 102,
            _ => 206,
        };
        let mine: Vec<_> = answers.iter().filter(|answer| answer["id"] == id).collect();
        assert_eq!(mine.len(), 1);
        let rows = &mine[0]["result"]["structuredContent"]["rows"];
        assert_eq!(rows[0]["items"], expected, "{month}");
    }
}
