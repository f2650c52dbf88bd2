//! Sources, exit codes and messages of the command line.

use std::{fs, process::Stdio};

use crate::support::{
    cli::{Run, program, rows, run},
    lake::{Place, TestLake, item},
};

const MONTH: [&str; 3] = ["query", "--month", "2024-11"];

fn demo(more: &[&str]) -> Run {
    run(MONTH.iter().chain(&["--demo"]).chain(more))
}

#[test]
fn no_source_names_the_three() {
    run(MONTH).refused(2, &["no_source", "--demo", "--lake", "--athena"]);
}

#[test]
fn two_sources_are_one_too_many() {
    let asked = MONTH.iter().chain(&["--demo", "--lake", "/tmp"]);
    run(asked).refused(2, &["no_source", "more than one"]);
}

#[test]
fn a_flag_beats_the_environment_also_for_the_source() {
    let answer = program()
        .args(MONTH)
        .args(["--demo", "--format", "json"])
        .env("CONFIG_HISTORY_LAKE", "/nowhere")
        .output()
        .unwrap();
    assert_eq!(Run::of(answer).json()["evidence"]["source"]["kind"], "demo");
    let answer = program()
        .args(MONTH)
        .env("CONFIG_HISTORY_DEMO", "true")
        .output()
        .unwrap();
    assert_eq!(Run::of(answer).code, 0);
    let answer = program()
        .args(MONTH)
        .env("CONFIG_HISTORY_DEMO", "false")
        .output()
        .unwrap();
    Run::of(answer).refused(2, &["no_source"]);
}

#[test]
fn flags_beat_the_environment_beats_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("defaults.toml");
    fs::write(
        &file,
        "demo = true\nformat = \"csv\"\nlimit = 1\naccount = [\"111122223333\"]\n",
    )
    .unwrap();
    let ask = |env: Option<&str>, more: &[&str]| {
        let mut command = program();
        command
            .args(MONTH)
            .arg("--config")
            .arg(&file)
            .args(["--columns", "account"])
            .args(more);
        if let Some(limit) = env {
            command.env("CONFIG_HISTORY_LIMIT", limit);
        }
        Run::of(command.output().unwrap()).ok().lines().count() - 1
    };
    assert_eq!(ask(None, &[]), 1);
    assert_eq!(ask(Some("2"), &[]), 2);
    assert_eq!(ask(Some("2"), &["--limit", "3"]), 3);
}

#[test]
fn mistakes_in_the_file_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |text: &str| {
        let file = folder.path().join("defaults.toml");
        fs::write(&file, text).unwrap();
        run(MONTH
            .iter()
            .map(std::ffi::OsStr::new)
            .chain(["--config".as_ref(), file.as_os_str()]))
    };
    ask("colour = 1").refused(2, &["colour", "timezone"]);
    ask("demo = ").refused(2, &["no TOML"]);
    ask("demo = true\n[x]\ny = 1").refused(2, &["x"]);
    run(MONTH.iter().chain(&["--config", "/nowhere.toml"])).refused(2, &["/nowhere.toml"]);
}

#[test]
fn a_month_that_is_not_there_lists_those_that_are() {
    for command in [
        &["summarize", "2019-01", "--demo"][..],
        &["query", "--month", "2019-01", "--demo"],
    ] {
        run(command).refused(1, &["unknown_month", "2023-11", "2024-11"]);
    }
}

#[test]
fn what_is_no_month_is_a_usage_error() {
    run(["summarize", "2024-13", "--demo"]).refused(2, &["2024-13"]);
    run(["summarize", "November", "--demo"]).refused(2, &["November"]);
    run(["query", "--month", "2024-1", "--demo"]).refused(2, &["2024-1"]);
}

#[test]
fn what_is_no_value_names_the_values() {
    demo(&["--columns", "colour"]).refused(2, &["colour", "resource_type", "capture_time"]);
    demo(&["--group-by", "tags"]).refused(2, &["tags", "resource_type"]);
    demo(&["--measure", "cats"]).refused(2, &["cats", "items"]);
    demo(&["--timezone", "Mars/Olympus"]).refused(2, &["Mars/Olympus", "Asia/Tokyo"]);
    demo(&["--account", "42"]).refused(2, &["42", "12 digits"]);
    demo(&["--kind", "exploded"]).refused(2, &["exploded", "deleted"]);
    demo(&["--order-by", "items sideways", "--group-by", "region"]).refused(2, &["sideways"]);
    demo(&["--limit=-1"]).refused(2, &["--limit"]);
}

#[test]
fn an_address_without_a_bucket_is_a_usage_error() {
    let asked = MONTH.iter().chain(&["--lake", "s3:///prefix"]);
    run(asked).refused(
        2,
        &["invalid_argument", "s3:///prefix", "s3://BUCKET/PREFIX"],
    );
}

#[test]
fn a_folder_without_a_lake_is_told_from_one_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    run(MONTH.iter().chain(&["--lake", path])).refused(1, &["lake_empty", path, "AWSLogs"]);
    let missing = format!("{path}/missing");
    run(MONTH.iter().chain(&["--lake", &missing])).refused(1, &["lake_unreadable", &missing]);
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let asked = MONTH.iter().chain(&["--lake"]).map(std::ffi::OsStr::new);
    run(asked.chain([file.as_os_str()])).refused(1, &["lake_unreadable"]);
}

#[test]
fn a_lake_without_the_accounts_asked_for_is_not_empty() {
    let lake = TestLake::new();
    lake.items(
        &Place::default(),
        "f.json.gz",
        &[item("vpc-1", "2024-11-05T00:00:00.000Z")],
    );
    let asked = [
        "--lake",
        lake.arg(),
        "--account",
        "999999999999",
        "--format",
        "csv",
    ];
    let answer = run(MONTH.iter().chain(&asked));
    assert!(!answer.err.contains("lake_empty"), "{answer:?}");
}

#[test]
fn only_data_goes_to_standard_output() {
    let csv = demo(&["--limit", "3", "--format", "csv"]);
    assert_eq!(csv.out.lines().count(), 4, "{}", csv.out);
    assert!(csv.err.contains("--cursor"), "{}", csv.err);
    assert!(!csv.err.contains("111122223333"), "{}", csv.err);
    let json = demo(&["--limit", "3", "--format", "json"]);
    assert_eq!(rows(&json).len(), 3);
    assert_eq!(json.err, "");
    assert!(run(["--help"]).ok().contains("summarize"));
    assert!(run(["--version"]).ok().starts_with("config-history "));
}

#[test]
fn the_three_formats_hold_the_same_rows() {
    let asked = ["--group-by", "account,region", "--limit", "0", "--format"];
    let of = |format| demo(&[&asked[..], &[format]].concat());
    let json = rows(&of("json"));
    let csv = of("csv").ok();
    let table = of("table").ok();
    assert_eq!(csv.lines().count(), json.len() + 1);
    assert_eq!(table.lines().count(), json.len() + 2);
    for (row, (csv, table)) in json
        .iter()
        .zip(csv.lines().skip(1).zip(table.lines().skip(2)))
    {
        let cells = ["account", "region"].map(|key| row[key].as_str().unwrap());
        let items = row["items"].to_string();
        assert_eq!(csv, [cells[0], cells[1], &items].join(","));
        let words: Vec<&str> = table.split_whitespace().collect();
        assert_eq!(words, [cells[0], cells[1], &items]);
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_program_quietly() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_config-history"))
        .args(MONTH)
        .args(["--demo", "--limit", "0", "--format", "csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Closed before the first byte comes: as `| head` does sooner or later.
    drop(child.stdout.take());
    let ended = Run::of(child.wait_with_output().unwrap());
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(
        ended
            .err
            .lines()
            .filter(|line| !line.starts_with("note:"))
            .count(),
        0,
        "{ended:?}"
    );
}

#[test]
fn the_same_question_has_the_same_bytes_as_its_answer() {
    for language in ["en", "ja"] {
        for format in ["text", "markdown", "json"] {
            let asked = [
                "summarize",
                "2024-11",
                "--demo",
                "--language",
                language,
                "--format",
                format,
            ];
            assert_eq!(run(asked).ok(), run(asked).ok(), "{language} {format}");
        }
    }
    let listed = ["--limit", "0", "--format", "csv"];
    assert_eq!(demo(&listed).ok(), demo(&listed).ok());
    assert_eq!(
        run(["months", "--demo"]).ok(),
        run(["months", "--demo"]).ok()
    );
}
