//! SQL as the command line takes it.

use crate::support::{
    cli::{Run, rows, run},
    lake::{Place, TestLake, item, with},
};
use serde_json::json;

fn sql(statement: &str) -> Run {
    run([
        "query", "--demo", "--month", "2024-11", "--format", "csv", "--limit", "0", "--sql",
        statement,
    ])
}

#[track_caller]
fn answers(statement: &str, csv: &str) {
    assert_eq!(sql(statement).ok(), csv, "{statement}");
}

#[test]
fn anything_but_one_question_over_the_relation_is_a_usage_error() {
    for statement in [
        "DELETE FROM configuration_items",
        "SELECT 1; SELECT 2",
        "SELECT * FROM somewhere_else",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM '/etc/passwd'",
        "COPY configuration_items TO '/tmp/x.csv'",
        "SET x = 1",
    ] {
        sql(statement).refused(2, &["sql_not_allowed", "configuration_items"]);
    }
    sql("SELECT colour FROM configuration_items").refused(1, &["invalid_sql", "colour"]);
    sql("SELECT 1 +").refused(1, &["invalid_sql"]);
}

#[test]
fn functions_that_make_much_of_little_are_refused() {
    for call in [
        "range(1, 1000000000)",
        "generate_series(1, 1000000000)",
        "repeat('x', 1000000000)",
        "array_repeat('x', 1000000000)",
        "array_resize(make_array(1), 1000000000)",
    ] {
        let answer = sql(&format!("SELECT {call}"));
        answer.refused(1, &["invalid_sql", call.split('(').next().unwrap()]);
        assert!(!answer.err.contains('\u{fffd}'), "{}", answer.err);
    }
    sql("SELECT lpad('x', 1000000000, 'y')").refused(1, &["invalid_sql", "lpad"]);
    sql("SELECT * FROM generate_series(1, 10)").refused(2, &["sql_not_allowed"]);
}

#[test]
fn values_and_unnamed_columns_are_named_as_athena_names_them() {
    answers("VALUES (1, 'a'), (2, 'b')", "_col0,_col1\n1,a\n2,b\n");
    answers(
        "SELECT 1 + 1, 'x' AS named, upper('a')",
        "_col0,named,_col2\n2,x,A\n",
    );
}

#[test]
fn names_know_no_case_quoted_or_not() {
    let count = sql("SELECT count(*) AS n FROM configuration_items").ok();
    for statement in [
        "select COUNT(AWSREGION) as N from CONFIGURATION_ITEMS",
        r#"SELECT count("awsRegion") AS n FROM "configuration_items""#,
        r#"SELECT count(i."AwsRegion") AS n FROM Configuration_Items AS i"#,
        r#"WITH "A" AS (SELECT * FROM configuration_items) SELECT count(*) AS n FROM a"#,
    ] {
        answers(statement, &count);
    }
    let answer = sql("SELECT RESOURCETYPE FROM configuration_items LIMIT 1").ok();
    assert!(answer.starts_with("resourceType\n"), "{answer}");
}

#[test]
fn two_columns_of_one_name_keep_their_own_values() {
    let lake = TestLake::new();
    let (a, b) = (
        item("vpc-1", "2024-11-05T00:00:00.000Z"),
        item("vpc-2", "2024-11-06T00:00:00.000Z"),
    );
    lake.items(&Place::default(), "f.json.gz", &[a, b]);
    let statement = "SELECT a.resourceId, b.resourceId FROM configuration_items a \
        JOIN configuration_items b ON a.day + 1 = b.day";
    let asked = [
        "query",
        "--lake",
        lake.arg(),
        "--month",
        "2024-11",
        "--sql",
        statement,
    ];
    let answer = run(asked.iter().chain(&["--format", "csv"]));
    assert_eq!(answer.ok(), "resourceId,resourceId_2\nvpc-1,vpc-2\n");
}

#[test]
fn a_star_is_the_whole_relation_in_its_order() {
    let header = "awsAccountId,awsRegion,availabilityZone,resourceType,resourceId,resourceName,arn,\
        configurationItemStatus,configurationItemCaptureTime,configurationStateId,\
        resourceCreationTime,configurationItemVersion,recordingFrequency,tags,configuration,\
        supplementaryConfiguration,relationships,changeKind,source,year,month,day";
    let answer = sql("SELECT * FROM configuration_items LIMIT 1").ok();
    assert_eq!(answer.lines().next(), Some(header));
}

#[test]
fn tags_times_and_bodies() {
    let lake = TestLake::new();
    let at = |id: &str, time: &str, tags| with(item(id, time), json!({"tags": tags}));
    let items = [
        at(
            "a",
            "2024-11-05T10:00:00.000Z",
            json!({"Team": "blue", "team": "red"}),
        ),
        at("b", "2024-11-05T10:00:00.001Z", json!({})),
    ];
    lake.items(&Place::default(), "f.json.gz", &items);
    let ask = |statement: &str| {
        let asked = [
            "query",
            "--lake",
            lake.arg(),
            "--month",
            "2024-11",
            "--format",
            "csv",
        ];
        run(asked.iter().chain(&["--sql", statement])).ok()
    };
    let by_tag = "SELECT tags['Team'], tags['team'] FROM configuration_items ORDER BY resourceId";
    assert_eq!(ask(by_tag), "_col0,_col1\nblue,red\n,\n");
    let picked = "SELECT resourceId FROM configuration_items WHERE ";
    for (condition, ids) in [
        ("tags['Team'] = 'blue'", "a\n"),
        ("tags['TEAM'] IS NULL", "a\nb\n"),
        ("cardinality(tags) = 0", "b\n"),
        (
            "configurationItemCaptureTime > TIMESTAMP '2024-11-05 10:00:00'",
            "b\n",
        ),
        (
            "configurationItemCaptureTime <= TIMESTAMP '2024-11-05 10:00:00.000'",
            "a\n",
        ),
        ("configurationItemCaptureTime < DATE '2024-11-06'", "a\nb\n"),
        ("configuration LIKE '%\"vpcId\":\"b\"%'", "b\n"),
        ("year = 2024 AND month = 11 AND day = 5", "a\nb\n"),
    ] {
        let statement = format!("{picked}{condition} ORDER BY 1");
        assert_eq!(ask(&statement), format!("resourceId\n{ids}"), "{condition}");
    }
}

#[test]
fn a_question_stays_within_its_memory() {
    let lake = TestLake::new();
    for file in 0..10 {
        let items: Vec<_> = (0..2_000)
            .map(|n| {
                let body = json!({"configuration": {"text": format!("{n:0>1500}")}});
                with(
                    item(&format!("i-{file}-{n}"), "2024-11-05T00:00:00.000Z"),
                    body,
                )
            })
            .collect();
        lake.items(&Place::default(), &format!("f_{file}.json.gz"), &items);
    }
    let statement = "SELECT * FROM configuration_items ORDER BY configuration, resourceId";
    let asked = [
        "query",
        "--lake",
        lake.arg(),
        "--month",
        "2024-11",
        "--limit",
        "0",
    ];
    let narrow = run(asked
        .iter()
        .chain(&["--memory-limit", "16", "--sql", statement]));
    narrow.refused(1, &["memory_limit", "16 MiB", "--memory-limit"]);
    let wide = run(asked
        .iter()
        .chain(&["--format", "json", "--sql", statement]));
    assert_eq!(rows(&wide).len(), 20_000);
}

#[test]
fn a_question_stays_within_its_time() {
    // Millions of pairs, each dear, none kept.
    let statement = "SELECT sum(levenshtein(a.arn, b.arn)) FROM configuration_items a \
        CROSS JOIN configuration_items b";
    let begun = std::time::Instant::now();
    let asked = [
        "query",
        "--demo",
        "--from",
        "2023-11-01",
        "--to",
        "2024-11-30",
    ];
    let answer = run(asked.iter().chain(&["--timeout", "1", "--sql", statement]));
    answer.refused(1, &["time_limit", "1 seconds", "--timeout"]);
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}
