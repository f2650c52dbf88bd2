//! Answers stay short, whatever is asked for; the limit itself is checked with every answer.

use serde_json::{Value, json};

use crate::support::{
    cli::run,
    lake::{TestLake, item},
    process::SdkClient,
    states::{deliver, later},
    wire::Era,
};

/// Questions whose whole answers would be long.
fn greedy() -> Vec<(&'static str, Value)> {
    let bodies = json!([
        "configuration",
        "supplementary_configuration",
        "relationships",
        "tags"
    ]);
    let sql = |text: &str| json!({"month": "2024-11", "sql": text, "limit": 1000});
    vec![
        ("describe_history", json!({})),
        ("summarize_month", json!({"month": "2024-11", "top": 100})),
        (
            "summarize_month",
            json!({"month": "2024-11", "top": 100, "language": "ja"}),
        ),
        (
            "query_changes",
            json!({"month": "2024-11", "columns": bodies, "limit": 1000}),
        ),
        (
            "query_changes",
            json!({"from": "2023-11-01", "to": "2024-11-30", "limit": 1000}),
        ),
        ("run_sql", sql("SELECT * FROM configuration_items")),
        (
            "run_sql",
            sql("SELECT array_agg(configuration) AS bodies FROM configuration_items"),
        ),
        (
            "run_sql",
            sql("SELECT a.configuration AS x, b.configuration AS y \
                 FROM configuration_items a CROSS JOIN configuration_items b"),
        ),
    ]
}

#[tokio::test]
async fn the_greediest_answer_is_short_enough() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let mut longest = (0, "");
        for (tool, question) in greedy() {
            let answer = sdk.answer(tool, question).await;
            let chars = answer.to_string().chars().count();
            println!("{era:?}: {tool} {chars} characters");
            longest = longest.max((chars, tool));
        }
        println!("{era:?}: the longest answer has {longest:?}");
    }
}

#[tokio::test]
async fn what_is_cut_is_said() {
    let sdk = SdkClient::of_demo(Era::Modern).await;
    let question = json!({
        "month": "2024-11", "sql": "SELECT * FROM configuration_items", "limit": 1000,
    });
    let answer = sdk.answer("run_sql", question).await;
    assert_eq!(answer["truncated"], true);
    assert_eq!(
        answer["total"], 206,
        "the total covers the rows that are cut"
    );
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!(answer["returned"], rows.len());
    assert!(rows.len() < 206 && answer["next_cursor"].is_string());

    let question = json!({
        "month": "2024-11",
        "sql": "SELECT array_join(array_agg(configuration), '') AS all_of_it FROM configuration_items",
    });
    let answer = sdk.answer("run_sql", question).await;
    let warnings = answer["warnings"].to_string();
    assert!(warnings.contains("are cut"), "{warnings}");
}

#[tokio::test]
async fn columns_of_the_same_name_are_all_there() {
    let sdk = SdkClient::of_demo(Era::Modern).await;
    let question = json!({
        "month": "2024-11", "limit": 1,
        "sql": "SELECT a.resourceId, b.resourceId, 1 AS n, 2 AS n_2 FROM configuration_items a \
                JOIN configuration_items b ON a.resourceId = b.resourceId",
    });
    let answer = sdk.answer("run_sql", question).await;
    let row = answer["rows"][0].as_object().unwrap();
    let names: Vec<&str> = row.keys().map(String::as_str).collect();
    assert_eq!(answer["columns"], json!(names));
    assert_eq!(names.len(), 4, "{names:?}");
}

/// A resource with as many differences at each time, each of so many characters.
fn restless(lake: &TestLake, times: &[(usize, usize)]) {
    let base = item("vpc-1", "2024-11-01T00:00:00.000Z");
    let states = times.iter().enumerate().map(|(hour, (count, chars))| {
        let value = format!("{hour:02}-").repeat(chars / 3);
        let members = (0..*count).map(|at| (format!("k{at:03}"), json!(value)));
        let configuration: serde_json::Map<String, Value> = members.collect();
        let time = format!("2024-11-02T{hour:02}:30:00.000Z");
        later(&base, &time, json!({"configuration": configuration}))
    });
    deliver(lake, "f", &states.collect::<Vec<_>>());
}

#[tokio::test]
async fn the_pages_of_a_history_are_the_whole_of_it_whatever_is_cut() {
    let lake = TestLake::new();
    // Some fit many on a page, some have more differences than are shown, one fits on no page.
    restless(
        &lake,
        &[
            (3, 90),
            (3, 90),
            (60, 30),
            (60, 1_500),
            (60, 1_500),
            (5, 600),
            (5, 600),
            (5, 600),
        ],
    );
    let whole = [
        "resource",
        "vpc-1",
        "--lake",
        lake.arg(),
        "--limit",
        "0",
        "--format",
        "json",
    ];
    let whole = run(whole).json();
    let whole = whole["timeline"].as_array().unwrap();
    let sdk = SdkClient::connect(Era::Modern, &["serve", "--lake", lake.arg()]).await;
    let mut question = json!({"resource": "vpc-1"});
    let (mut seen, mut pages, mut surplus) = (0, 0, 0);
    loop {
        let answer = sdk.call("resource_history", question).await.unwrap();
        let page = &answer["structuredContent"];
        let shown = page["timeline"].as_array().unwrap();
        assert_eq!(page["returned"], shown.len());
        assert_eq!(page["total"], whole.len());
        for entry in shown {
            let all = &whole[seen];
            assert_eq!((&entry["at"], &entry["kind"]), (&all["at"], &all["kind"]));
            let of = |entry: &Value, member: &str| -> Vec<String> {
                let changes = entry["changes"].as_array().into_iter().flatten();
                changes.map(|change| change[member].to_string()).collect()
            };
            let (some, every) = (of(entry, "path"), of(all, "path"));
            assert!(every.starts_with(&some));
            let more = entry["more_changes"].as_u64().unwrap_or(0);
            assert_eq!(
                some.len() as u64 + more,
                every.len() as u64,
                "{}",
                entry["at"]
            );
            surplus += more;
            seen += 1;
        }
        pages += 1;
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        assert_eq!(page["truncated"], true);
        question = json!({ "cursor": cursor });
    }
    assert_eq!(seen, whole.len());
    assert!(
        pages > 2 && surplus > 100,
        "{pages} pages, {surplus} differences were cut"
    );
}
