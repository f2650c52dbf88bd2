//! Large files: honest ones are streamed, hostile ones are given up early, in little memory.

use std::{
    io::Read as _,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{
    cli::{Run, column, november},
    lake::{Place, TestLake, document, gzip, item, with},
};

const TIME: &str = "2024-11-05T01:02:03.456Z";
const MIB: usize = 1 << 20;

/// A file of `members` times the same gzip member between a head and a tail.
fn repeated(head: &[u8], member: &[u8], members: usize, tail: &[u8]) -> Vec<u8> {
    let (head, member, tail) = (gzip(head), gzip(member), gzip(tail));
    let mut bytes = head;
    for _ in 0..members {
        bytes.extend_from_slice(&member);
    }
    bytes.extend_from_slice(&tail);
    bytes
}

#[track_caller]
fn given_up(bytes: &[u8], more: &[&str], reason: &str) {
    let lake = TestLake::new();
    lake.items(&Place::default(), "good.json.gz", &[item("good", TIME)]);
    lake.bytes(&Place::default(), "bomb.json.gz", bytes);
    let begun = Instant::now();
    let arguments = [
        &["--columns", "resource_id,configuration", "--format", "json"],
        more,
    ]
    .concat();
    let (answer, peak) = november_measured(&lake, &arguments);
    let took = begun.elapsed();
    eprintln!("given up after {took:?} with a peak of {peak:?} MiB");
    assert_eq!(answer.code, 3, "{answer:?}");
    assert_eq!(column(&answer, "resource_id"), ["good"]);
    assert!(answer.err.contains(reason), "{}", answer.err);
    assert!(took < Duration::from_mins(1), "{took:?}");
    if let Some(peak) = peak {
        assert!(peak < 300, "{peak} MiB");
    }
}

#[test]
fn ten_gibibytes_of_spaces_are_given_up_at_once() {
    let bomb = repeated(
        b"{\"configurationItems\":[",
        &vec![b' '; MIB],
        10_000,
        b"]}",
    );
    given_up(&bomb, &[], "more than 32 MiB without a whole item");
}

#[test]
fn an_endless_text_inside_an_item_is_given_up_at_once() {
    let head = b"{\"configurationItems\":[{\"resourceName\":\"";
    let bomb = repeated(head, &vec![b'x'; MIB], 300, b"\"}]}");
    given_up(&bomb, &[], "more than 32 MiB without a whole item");
    let head = b"{\"configurationItems\":[{\"configuration\":{\"x\":\"";
    let bomb = repeated(head, &vec![b'x'; MIB], 300, b"\"}}]}");
    given_up(&bomb, &[], "more than 32 MiB without a whole item");
}

#[test]
fn brackets_without_end_are_given_up_at_once() {
    let head = b"{\"configurationItems\":[{\"configuration\":";
    given_up(
        &repeated(head, &vec![b'['; MIB], 300, b"]}"),
        &[],
        "bomb.json.gz",
    );
    given_up(
        &repeated(b"", &vec![b'['; MIB], 300, b""),
        &[],
        "bomb.json.gz",
    );
}

#[test]
fn one_item_larger_than_the_limit_loses_its_file() {
    let large = with(
        item("large", TIME),
        json!({"configuration": {"x": "y".repeat(48 * MIB)}}),
    );
    given_up(
        &gzip(&document(&[item("lost", TIME), large])),
        &[],
        "more than 32 MiB without a whole item",
    );
}

#[test]
fn one_item_within_the_limit_is_read_whole() {
    let lake = TestLake::new();
    let large = with(
        item("large", TIME),
        json!({"configuration": {"x": "y".repeat(20 * MIB)}}),
    );
    lake.items(
        &Place::default(),
        "f.json.gz",
        &[item("small", TIME), large],
    );
    let answer = november(
        lake.arg(),
        &[
            "--format",
            "csv",
            "--sql",
            "SELECT max(length(configuration)) FROM configuration_items",
        ],
    );
    assert_eq!(answer.ok(), format!("_col0\n{}\n", 20 * MIB + 8));
}

#[test]
fn a_file_larger_than_its_own_limit_is_named() {
    let items: Vec<_> = (0..4_000).map(|n| item(&format!("i-{n}"), TIME)).collect();
    let text = document(&items);
    assert!(text.len() > 2 * MIB - MIB / 2, "{}", text.len());
    given_up(
        &gzip(&text),
        &["--max-file-size", "1"],
        "more than 1 MiB in one file",
    );
}

#[test]
fn a_large_honest_file_is_streamed() {
    let body = json!({"configuration": {"rules": "0123456789abcdef".repeat(64)}});
    let mut members = Vec::new();
    let mut bytes = 0;
    for chunk in 0..60 {
        // The parts of one document: only the first opens it, only the last closes it.
        let texts: Vec<String> = (0..700)
            .map(|n| with(item(&format!("i-{chunk}-{n}"), TIME), body.clone()).to_string())
            .collect();
        let head = if chunk == 0 {
            "{\"configurationItems\":["
        } else {
            ","
        };
        let tail = if chunk == 59 { "]}" } else { "" };
        let text = format!("{head}{}{tail}", texts.join(","));
        bytes += text.len();
        members.extend(gzip(text.as_bytes()));
    }
    assert!(bytes > 60 * MIB, "{bytes}");
    let lake = TestLake::new();
    lake.bytes(&Place::default(), "f.json.gz", &members);
    let statement = "SELECT count(*), sum(length(configuration)) FROM configuration_items";
    let begun = Instant::now();
    let (answer, peak) = november_measured(&lake, &["--format", "csv", "--sql", statement]);
    eprintln!(
        "{} MiB read in {:?}, peak {peak:?} MiB",
        bytes / MIB,
        begun.elapsed()
    );
    let configuration = body["configuration"].to_string().len();
    assert_eq!(
        answer.ok(),
        format!("_col0,_col1\n42000,{}\n", 42_000 * configuration)
    );
    if let Some(peak) = peak {
        assert!(peak < 200, "{peak} MiB for a file of {} MiB", bytes / MIB);
    }
}

/// Asks for November; returns the answer and the peak of resident memory in MiB (Linux only).
fn november_measured(lake: &TestLake, more: &[&str]) -> (Run, Option<u64>) {
    let asked = [
        "query",
        "--lake",
        lake.arg(),
        "--month",
        "2024-11",
        "--limit",
        "0",
    ];
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_config-history"))
        .args(asked.iter().chain(more))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut peak = None;
    // The answers are smaller than a pipe's buffer, so nothing has to be drained meanwhile.
    while child.try_wait().unwrap().is_none() {
        peak = peak_mib(&child).max(peak);
        std::thread::sleep(Duration::from_millis(2));
    }
    let read = |from: &mut dyn std::io::Read| {
        let mut text = String::new();
        from.read_to_string(&mut text).unwrap();
        text
    };
    let answer = Run {
        code: child.wait().unwrap().code().unwrap(),
        out: read(child.stdout.as_mut().unwrap()),
        err: read(child.stderr.as_mut().unwrap()),
    };
    (answer, peak)
}

fn peak_mib(child: &Child) -> Option<u64> {
    let mut status = String::new();
    let path = format!("/proc/{}/status", child.id());
    std::fs::File::open(path)
        .ok()?
        .read_to_string(&mut status)
        .ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}
