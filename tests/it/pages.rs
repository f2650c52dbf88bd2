//! Pages of an answer: limits and cursors on the command line.

use std::collections::BTreeSet;

use crate::support::cli::{Run, rows, run};

fn ask(more: &[&str]) -> Run {
    run(["query", "--demo", "--format", "json"].iter().chain(more))
}

/// Walks all pages; returns every row as text.
fn walk(question: &[&str], limit: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut page = ask(&[question, &["--limit", limit]].concat());
    loop {
        let answer = page.json();
        seen.extend(rows(&page).iter().map(ToString::to_string));
        let Some(cursor) = answer["next_cursor"].as_str() else {
            assert_eq!(answer["total"], seen.len());
            return seen;
        };
        assert_eq!(answer["truncated"], true);
        page = ask(&["--cursor", cursor, "--limit", limit]);
    }
}

#[test]
fn a_walk_over_all_pages_gives_each_row_once() {
    let question = [
        "--month",
        "2024-11",
        "--columns",
        "state_id,resource_type,resource_id,account,region",
    ];
    let all: Vec<String> = rows(&ask(&[&question[..], &["--limit", "0"]].concat()))
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(walk(&question, "97"), all);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    let groups = ["--month", "2024-11", "--group-by", "resource_type,account"];
    let whole: Vec<String> = rows(&ask(&[&groups[..], &["--limit", "0"]].concat()))
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(walk(&groups, "5"), whole);
}

#[test]
fn a_walk_in_sql_goes_on_with_its_cursor() {
    let statement =
        "SELECT resourceType, count(*) AS n FROM configuration_items GROUP BY 1 ORDER BY 1";
    let question = ["--month", "2024-11", "--sql", statement];
    let first = ask(&[&question[..], &["--limit", "4"]].concat()).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ask(&[&question[..], &["--limit", "4", "--cursor", cursor]].concat());
    let all = rows(&ask(&[&question[..], &["--limit", "0"]].concat()));
    assert_eq!(rows(&second), all[4..8]);
}

#[test]
fn a_limit_of_zero_is_all_and_the_default_is_a_hundred() {
    let question = ["--month", "2024-11"];
    let answer = ask(&question).json();
    assert_eq!(answer["returned"], 100);
    assert_eq!(answer["truncated"], true);
    let all = ask(&[&question[..], &["--limit", "0"]].concat()).json();
    assert_eq!(all["returned"], answer["total"]);
    assert_eq!(all["truncated"], false);
    assert_eq!(all["next_cursor"], serde_json::Value::Null);
}

#[test]
fn a_cursor_that_was_edited_or_is_of_another_question_is_refused() {
    let answer = ask(&["--month", "2024-11", "--limit", "5"]).json();
    let cursor = answer["next_cursor"].as_str().unwrap();
    let mut edited = cursor.to_owned();
    let last = if edited.pop() == Some('A') { 'B' } else { 'A' };
    edited.push(last);
    ask(&["--cursor", &edited]).refused(2, &["invalid_cursor"]);
    ask(&["--cursor", "x"]).refused(2, &["invalid_cursor"]);
    ask(&["--cursor", cursor.get(1..).unwrap()]).refused(2, &["invalid_cursor"]);
    ask(&["--cursor", cursor, "--month", "2024-10"]).refused(2, &["invalid_cursor"]);
    ask(&["--cursor", cursor, "--sql", "SELECT 1"]).refused(2, &["invalid_cursor"]);
}
