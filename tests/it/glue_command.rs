//! The command `table`, as far as it needs no AWS.

use std::fs;

use crate::support::cli::run;

const EXAMPLE: [&str; 14] = [
    "table",
    "ddl",
    "--athena",
    "config_history.deliveries",
    "--location",
    "s3://example-config-bucket/o-exampleorgid/AWSLogs/",
    "--account",
    "444455556666,111122223333",
    "--region",
    "us-east-1,ap-northeast-1",
    "--first-year",
    "2021",
    "--layout",
    "recommended",
];

/// The last year follows the calendar.
fn without_last_year(text: &str) -> String {
    let (head, tail) = text.split_once("2021,2").unwrap();
    let rest = tail.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{head}2021,{rest}")
}

#[test]
fn the_published_tables_are_those_of_the_program() {
    for (form, name) in [
        ("sql", "recommended.sql"),
        ("cloudformation", "recommended.yaml"),
    ] {
        let printed = run(EXAMPLE.iter().chain(&["--format", form])).ok();

        let path = format!("{}/schemas/glue/{name}", env!("CARGO_MANIFEST_DIR"));
        let published = fs::read_to_string(path).unwrap();
        assert_eq!(without_last_year(&printed), without_last_year(&published));
    }
}

#[test]
fn the_article_s_table_has_years_of_its_own() {
    let mut article = EXAMPLE;
    article[13] = "article";
    let printed = run(article).ok();
    let path = format!("{}/schemas/glue/article.sql", env!("CARGO_MANIFEST_DIR"));
    assert_eq!(printed, fs::read_to_string(path).unwrap());
}

#[test]
fn what_is_typed_wrong_is_a_usage_error() {
    run(["table", "plan"]).refused(2, &["invalid_argument", "--athena"]);
    run(["table", "plan", "--athena", "lake"]).refused(2, &["DATABASE.TABLE"]);
    let table = ["table", "ddl", "--athena", "lake.awsconfig"];
    run(table.iter().chain(&["--format", "json"])).refused(2, &["sql, cloudformation"]);
    run(table.iter().chain(&["--layout", "other"])).refused(2, &["recommended, article"]);
    run(table.iter().chain(&["--location", "/tmp"])).refused(2, &["s3://BUCKET/PREFIX"]);
    let plan = ["table", "plan", "--athena", "lake.awsconfig"];
    run(plan.iter().chain(&["--format", "sql"])).refused(2, &["text, json"]);
    run(plan
        .iter()
        .chain(&["--adopt", "lake.other", "--account", "1"]))
    .refused(2, &["12 digits"]);
}
