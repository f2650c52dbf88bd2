//! What is missing from an answer is told, wherever it went missing.

use std::process::Command;

use serde_json::json;

use crate::support::{
    cli::{program, run},
    lake::{Place, TestLake, item, with},
};

const TIME: &str = "2024-11-05T01:02:03.456Z";

fn place(day: &str) -> Place {
    Place::history("111122223333", "us-east-1", day)
}

#[test]
fn a_damaged_file_of_the_month_to_compare_with_is_named() {
    let lake = TestLake::new();
    lake.items(&place("2024/11/5"), "good.json.gz", &[item("good", TIME)]);
    lake.items(
        &place("2024/10/9"),
        "old.json.gz",
        &[item("old", "2024-10-09T00:00:00Z")],
    );
    lake.bytes(&place("2024/10/10"), "broken.json.gz", b"{");
    let digest = run(["summarize", "2024-11", "--lake", lake.arg()]);
    assert_eq!(digest.code, 3, "{digest:?}");
    assert!(digest.err.contains("broken.json.gz"), "{}", digest.err);
}

#[test]
fn a_damaged_file_is_named_once_by_a_statement_that_reads_twice_and_stops_early() {
    let lake = TestLake::new();
    for n in 0..40 {
        let good = item(&format!("good-{n}"), TIME);
        lake.items(
            &place("2024/11/5"),
            &format!("good-{n:02}.json.gz"),
            &[good],
        );
    }
    lake.bytes(&place("2024/11/5"), "zz-broken.json.gz", b"{");
    let sql = "SELECT 1 AS n FROM (SELECT resourceId FROM configuration_items LIMIT 1) \
               UNION ALL SELECT count(*) FROM configuration_items";
    let answer = run([
        "query",
        "--lake",
        lake.arg(),
        "--month",
        "2024-11",
        "--format",
        "csv",
        "--sql",
        sql,
    ]);
    assert_eq!(
        (answer.code, answer.out.as_str()),
        (3, "n\n1\n40\n"),
        "{answer:?}"
    );
    assert!(answer.err.contains("zz-broken.json.gz"), "{}", answer.err);
    assert!(answer.err.contains("1 delivered file"), "{}", answer.err);
}

#[cfg(unix)]
#[test]
fn a_broken_link_and_a_pipe_are_named_and_keep_nobody_waiting() {
    let lake = TestLake::new();
    lake.items(&place("2024/11/5"), "good.json.gz", &[item("good", TIME)]);
    let beside = lake.bytes(&place("2024/11/5"), "x.json.gz", b"");
    let link = beside.with_file_name("link.json.gz");
    std::os::unix::fs::symlink("/nowhere/at/all", &link).unwrap();
    let pipe = beside.with_file_name("pipe.json.gz");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let answer = run([
        "query",
        "--lake",
        lake.arg(),
        "--month",
        "2024-11",
        "--measure",
        "items",
    ]);
    assert_eq!(answer.code, 3, "{answer:?}");
    for name in ["link.json.gz", "pipe.json.gz", "x.json.gz"] {
        assert!(answer.err.contains(name), "{name}: {}", answer.err);
    }
}

#[test]
fn items_without_a_state_id_are_told_apart_by_their_time() {
    let lake = TestLake::new();
    let at = |time| with(item("one", time), json!({ "configurationStateId": "" }));
    let items = [
        at("2024-11-05T00:00:00Z"),
        at("2024-11-05T01:00:00Z"),
        at("2024-11-05T01:00:00Z"),
    ];
    lake.items(&place("2024/11/5"), "a.json.gz", &items);
    let answer = run([
        "query",
        "--lake",
        lake.arg(),
        "--month",
        "2024-11",
        "--measure",
        "items",
        "--format",
        "csv",
    ]);
    assert_eq!(answer.out, "items\n2\n");
}

#[test]
fn a_bare_item_keeps_what_stands_before_its_type() {
    let lake = TestLake::new();
    let mut sorted = std::collections::BTreeMap::new();
    let bare = with(
        item("bare", TIME),
        json!({ "awsRegion": "eu-west-1", "ARN": "arn:aws:x" }),
    );
    sorted.extend(bare.as_object().unwrap().clone());
    lake.bytes(
        &place("2024/11/5"),
        "a.json",
        &serde_json::to_vec(&sorted).unwrap(),
    );
    let columns = ["--columns", "region,arn,resource_id", "--format", "csv"];
    let answer = run([
        &["query", "--lake", lake.arg(), "--month", "2024-11"],
        columns.as_slice(),
    ]
    .concat());
    assert_eq!(
        answer.out,
        "region,arn,resource_id\neu-west-1,arn:aws:x,bare\n"
    );
}

#[test]
fn a_lake_lies_under_a_prefix_of_any_depth() {
    let lake = TestLake::under("a/b/c/d/e/f/g/h/i/j/k/l/");
    lake.items(&place("2024/11/5"), "good.json.gz", &[item("good", TIME)]);
    let answer = run([
        "query",
        "--lake",
        lake.arg(),
        "--month",
        "2024-11",
        "--measure",
        "items",
        "--format",
        "csv",
    ]);
    assert_eq!(
        (answer.code, answer.out.as_str()),
        (0, "items\n1\n"),
        "{answer:?}"
    );
}

#[test]
fn a_cursor_goes_on_where_the_time_zone_comes_from_the_environment() {
    let ask = |more: &[&str]| {
        let mut command = program();
        command.env("CONFIG_HISTORY_TIMEZONE", "Asia/Tokyo");
        command
            .args(["query", "--demo", "--limit", "2", "--format", "json"])
            .args(more);
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let first = ask(&["--month", "2024-11"]);
    let second = ask(&["--cursor", first["next_cursor"].as_str().unwrap()]);
    assert_eq!(second["returned"], 2);
    assert_ne!(first["rows"], second["rows"]);
}

#[test]
fn a_chain_of_operators_is_refused_before_it_overflows_the_stack() {
    for sql in [
        format!("SELECT 1{}", "+1".repeat(3_000)),
        format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(2_000)),
        format!("SELECT 1 WHERE 1=1{}", " OR 1=1".repeat(14_000)),
    ] {
        run(["query", "--demo", "--month", "2024-11", "--sql", &sql])
            .refused(2, &["sql_not_allowed", "operators"]);
    }
    let longest = format!("SELECT 1{} AS n", "+1".repeat(490));
    let answer = run([
        "query", "--demo", "--month", "2024-11", "--format", "csv", "--sql", &longest,
    ]);
    assert_eq!(answer.out, "n\n491\n");
    let unions = format!("SELECT 1 AS n{}", " UNION ALL SELECT 1".repeat(160));
    let answer = run([
        "query", "--demo", "--month", "2024-11", "--limit", "0", "--format", "csv", "--sql",
        &unions,
    ]);
    assert_eq!(answer.out.lines().count(), 162, "{}", answer.err);
}
