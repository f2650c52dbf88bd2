//! A damaged file counts for nothing, is named, and stops nothing.

use serde_json::{Value, json};

use crate::support::{
    cli::{Run, column, november, run},
    lake::{Place, TestLake, document, gzip, item, truncated, with_bad_checksum, without},
};

const TIME: &str = "2024-11-05T01:02:03.456Z";

fn some_items() -> Vec<Value> {
    (0..200).map(|n| item(&format!("lost-{n}"), TIME)).collect()
}

/// Every way in which a file is found damaged, each with good items in front where there can be.
fn damaged() -> Vec<(&'static str, Vec<u8>)> {
    let whole = document(&some_items());
    let half = whole[..whole.len() / 2].to_vec();
    let mut no_object = some_items();
    no_object.push(json!("an item that is text"));
    let mut no_time = some_items();
    no_time.push(without(
        item("lost", TIME),
        &["configurationItemCaptureTime", "configurationStateId"],
    ));
    let trailing = [gzip(&whole), b"trailing".to_vec()].concat();
    let mut not_utf8 = whole.clone();
    not_utf8.extend(b"\xff\xfe");
    vec![
        ("truncated.json.gz", truncated(gzip(&whole))),
        ("half.json.gz", gzip(&half)),
        ("half.json", half),
        ("checksum.json.gz", with_bad_checksum(gzip(&whole))),
        ("trailing.json.gz", trailing),
        ("zero.json.gz", Vec::new()),
        ("zero-inside.json.gz", gzip(b"")),
        (
            "text.json.gz",
            b"<Error><Code>AccessDenied</Code></Error>".to_vec(),
        ),
        ("not-utf8.json", not_utf8),
        ("no-object.json.gz", gzip(&document(&no_object))),
        ("no-time.json.gz", gzip(&document(&no_time))),
        ("number.json", b"42".to_vec()),
        ("other.json", b"{\"Records\":[]}".to_vec()),
        ("no-array.json", b"{\"configurationItems\":{}}".to_vec()),
        ("magic.json.gz", vec![0x1f, 0x8b]),
    ]
}

#[test]
fn each_damaged_file_counts_for_nothing_and_is_named() {
    for (name, bytes) in damaged() {
        let lake = TestLake::new();
        lake.items(&Place::default(), "a.json.gz", &[item("good-1", TIME)]);
        lake.bytes(&Place::default(), name, &bytes);
        lake.items(&Place::default(), "z.json.gz", &[item("good-2", TIME)]);
        let answer = november(
            lake.arg(),
            &["--columns", "resource_id", "--format", "json"],
        );
        assert_eq!(answer.code, 3, "{name}: {answer:?}");
        assert_eq!(
            column(&answer, "resource_id"),
            ["good-1", "good-2"],
            "{name}"
        );
        let evidence = &answer.json()["evidence"];
        assert_eq!(evidence["unreadable_files"], 1, "{name}");
        assert_eq!(evidence["files_read"], 2, "{name}");
        assert_eq!(evidence["items"], 2, "{name}");
        let told = evidence["unreadable"][0].clone();
        let key = told["key"].as_str().unwrap();
        assert!(key.ends_with(&format!("/ConfigHistory/{name}")), "{key}");
        assert!(!told["reason"].as_str().unwrap().is_empty(), "{name}");
        assert!(answer.err.contains(key), "{name}: {}", answer.err);
    }
}

#[test]
fn all_damaged_files_together_leave_the_rest_of_the_answer() {
    let lake = TestLake::new();
    lake.items(&Place::default(), "good.json.gz", &[item("good", TIME)]);
    let damaged = damaged();
    for (name, bytes) in &damaged {
        lake.bytes(&Place::default(), name, bytes);
    }
    for format in ["csv", "table"] {
        let answer = november(
            lake.arg(),
            &["--columns", "resource_id", "--format", format],
        );
        assert_eq!(answer.code, 3, "{answer:?}");
        assert!(
            answer.out.contains("good") && !answer.out.contains("lost"),
            "{}",
            answer.out
        );
        assert!(!answer.out.contains("json"), "{}", answer.out);
        for (name, _) in &damaged {
            assert!(answer.err.contains(name), "{name}");
        }
    }
    let sql = november(
        lake.arg(),
        &["--sql", "SELECT resourceId FROM configuration_items"],
    );
    assert_eq!(sql.code, 3);
    let digest = run(["summarize", "2024-11", "--lake", lake.arg()]);
    assert_eq!(digest.code, 3);
    assert!(digest.err.contains("checksum.json.gz"), "{}", digest.err);
    assert_eq!(run(["months", "--lake", lake.arg()]).code, 3);
}

#[test]
fn nothing_but_damaged_files_is_an_answer_that_names_them() {
    let lake = TestLake::new();
    lake.bytes(&Place::default(), "zero.json.gz", b"");
    let answer = november(lake.arg(), &["--format", "csv"]);
    assert_eq!(answer.code, 3, "{answer:?}");
    assert_eq!(
        answer.out.lines().count(),
        1,
        "the header and no row: {answer:?}"
    );
    assert!(answer.err.contains("zero.json.gz"), "{}", answer.err);
    let digest = run(["summarize", "2024-11", "--lake", lake.arg()]);
    assert_eq!(digest.code, 3);
    assert!(digest.err.contains("zero.json.gz"), "{}", digest.err);
}

#[test]
fn a_very_long_list_of_damaged_files_is_cut_and_counted() {
    let lake = TestLake::new();
    lake.items(&Place::default(), "good.json.gz", &[item("good", TIME)]);
    for n in 0..120 {
        lake.bytes(&Place::default(), &format!("zero-{n:03}.json.gz"), b"");
    }
    let answer = november(lake.arg(), &["--format", "json"]);
    assert_eq!(answer.json()["evidence"]["unreadable_files"], 120);
    assert!(answer.err.contains("and 70 more"), "{}", answer.err);
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_read_is_named() {
    use std::{fs, os::unix::fs::PermissionsExt as _};
    let lake = TestLake::new();
    lake.items(&Place::default(), "good.json.gz", &[item("good", TIME)]);
    let closed = Place::history("111122223333", "us-east-1", "2024/11/6");
    let file = lake.bytes(&closed, "f.json.gz", b"");
    let folder = file.parent().unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(folder).is_ok() {
        eprintln!("skipped: this user reads everything");
        return;
    }
    let answer = november(
        lake.arg(),
        &["--columns", "resource_id", "--format", "json"],
    );
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(answer.code, 3, "{answer:?}");
    assert_eq!(column(&answer, "resource_id"), ["good"]);
    assert!(
        answer.err.contains("2024/11/6/ConfigHistory"),
        "{}",
        answer.err
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_stops_nothing() {
    let lake = TestLake::new();
    lake.items(&Place::default(), "good.json.gz", &[item("good", TIME)]);
    let link = lake
        .path()
        .join("AWSLogs/111122223333/Config/us-east-1/2024/11/5/ConfigHistory/l");
    std::os::unix::fs::symlink("nowhere", link).unwrap();
    let answer: Run = november(
        lake.arg(),
        &["--columns", "resource_id", "--format", "json"],
    );
    assert_eq!(column(&answer, "resource_id"), ["good"]);
}
