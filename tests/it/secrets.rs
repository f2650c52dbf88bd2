//! Planted secrets show up nowhere, and what is no secret stays readable.

mod planted;

use serde_json::{Value, json};

use crate::support::{
    cli::{Run, rows, run},
    lake::TestLake,
    process::SdkClient,
    states::{deliver, later, of},
    wire::Era,
};
use planted::{CANARY, encoded_canaries, planted};

const MONTHS: [&str; 2] = ["2024-10", "2024-11"];

#[track_caller]
fn silent(answer: &Run, asked: &[&str]) {
    clean(&answer.out, asked);
    clean(&answer.err, asked);
}

/// No canary, neither in clear nor in the base64 in which it was delivered.
#[track_caller]
fn clean(text: &str, asked: &[&str]) {
    let near = |at: usize| {
        let start = text.floor_char_boundary(at.saturating_sub(150));
        text.get(start..text.floor_char_boundary(at + 60))
            .unwrap_or_default()
            .to_owned()
    };
    if let Some(at) = text.find(CANARY) {
        panic!("{asked:?}: …{}", near(at));
    }
    for encoded in encoded_canaries() {
        if let Some(at) = text.find(&encoded) {
            panic!("{asked:?}: base64 …{}", near(at));
        }
    }
}

fn lake_of_secrets() -> TestLake {
    let lake = TestLake::new();
    for (n, [before, after]) in planted().into_iter().enumerate() {
        deliver(&lake, &format!("p{n}"), &[before, after]);
    }
    lake
}

fn ask(lake: &TestLake, args: &[&str]) -> Run {
    run(args.iter().chain(&["--lake", lake.arg()]))
}

#[track_caller]
fn asked_silently(lake: &TestLake, args: &[&str]) -> Run {
    let answer = ask(lake, args);
    assert_eq!(answer.code, 0, "{args:?}: {answer:?}");
    silent(&answer, args);
    answer
}

#[test]
fn no_secret_in_a_digest_anomalies_or_a_bill() {
    let lake = lake_of_secrets();
    for month in MONTHS {
        for form in ["text", "markdown", "json"] {
            for language in ["en", "ja"] {
                let asked = [
                    "summarize",
                    month,
                    "--format",
                    form,
                    "--language",
                    language,
                    "--top",
                    "100",
                ];
                asked_silently(&lake, &asked);
            }
        }
        for form in ["table", "csv", "json"] {
            asked_silently(
                &lake,
                &["anomalies", month, "--format", form, "--top", "100"],
            );
            for tag in ["team", "DB_PASSWORD", "ApiToken", "note"] {
                let asked = [
                    "bill", month, "--by-tag", tag, "--format", form, "--top", "100",
                ];
                asked_silently(&lake, &asked);
            }
        }
    }
}

#[test]
fn no_secret_in_rows() {
    let lake = lake_of_secrets();
    let bodies = "resource_id,resource_name,arn,tags,configuration,supplementary_configuration,relationships";
    let whole = "SELECT configuration, supplementaryConfiguration, tags FROM configuration_items";
    for month in MONTHS {
        for form in ["table", "csv", "json"] {
            let typed = ["query", "--month", month, "--limit", "0", "--format", form];
            let listed: Vec<&str> = typed.iter().copied().chain(["--columns", bodies]).collect();
            asked_silently(&lake, &listed);
            for statement in [whole, "SELECT * FROM configuration_items"] {
                let asked: Vec<&str> = typed.iter().copied().chain(["--sql", statement]).collect();
                asked_silently(&lake, &asked);
            }
        }
    }
    let grouped = [
        "query",
        "--month",
        "2024-11",
        "--group-by",
        "resource_name",
        "--limit",
        "0",
    ];
    asked_silently(&lake, &grouped);
}

#[test]
fn sql_cannot_take_a_secret_apart() {
    let lake = lake_of_secrets();
    let sql = |statement: &str| {
        asked_silently(
            &lake,
            &[
                "query", "--month", "2024-11", "--format", "json", "--limit", "0", "--sql",
                statement,
            ],
        )
    };
    // What does not stand there cannot be matched, cut out, turned round or counted.
    for column in [
        "configuration",
        "supplementaryConfiguration",
        "tags['DB_PASSWORD']",
        "relationships",
    ] {
        for matching in [
            "LIKE '%canary%'",
            "LIKE '%CANARY-%'",
            "LIKE '%canary-userdata%'",
        ] {
            let statement =
                format!("SELECT resourceId FROM configuration_items WHERE {column} {matching}");
            assert_eq!(rows(&sql(&statement)), Vec::<Value>::new(), "{statement}");
        }
        let statement = format!(
            "SELECT resourceId FROM configuration_items WHERE strpos({column}, 'canary') > 0"
        );
        assert_eq!(rows(&sql(&statement)), Vec::<Value>::new(), "{statement}");
        let statement = format!(
            "SELECT resourceId FROM configuration_items WHERE reverse({column}) LIKE '%yranac%'"
        );
        assert_eq!(rows(&sql(&statement)), Vec::<Value>::new(), "{statement}");
    }
    for part in [
        "substr(configuration, 1, 400)",
        "upper(configuration)",
        "replace(configuration, '\"', '')",
        "split(configuration, 'Value')",
        "concat(configuration, supplementaryConfiguration)",
        "map_values(tags)",
    ] {
        let statement = format!("SELECT {part} AS part FROM configuration_items");
        let asked = [
            "query", "--month", "2024-11", "--limit", "0", "--sql", &statement,
        ];
        let answer = ask(&lake, &asked);
        silent(&answer, &asked);
        assert!(!answer.out.contains("CANARY-"), "{part}");
    }
}

#[test]
fn no_secret_in_a_timeline_or_a_state() {
    let lake = lake_of_secrets();
    for [_, after] in planted() {
        let id = after["resourceId"].as_str().unwrap();
        for form in ["table", "csv", "json"] {
            asked_silently(&lake, &["resource", id, "--echoes", "--format", form]);
            asked_silently(
                &lake,
                &["resource", id, "--at", "2024-10-31", "--format", form],
            );
        }
    }
}

#[test]
fn no_secret_of_the_demo_shows() {
    for id in ["stg-checkout", "stg-workers"] {
        for more in [&["--echoes"][..], &["--at", "2024-11-30"]] {
            let asked: Vec<&str> = ["resource", id, "--demo", "--format", "json"]
                .into_iter()
                .chain(more.iter().copied())
                .collect();
            silent(&run(&asked), &asked);
        }
    }
    let asked = [
        "query",
        "--demo",
        "--from",
        "2023-11-01",
        "--to",
        "2024-11-30",
        "--limit",
        "0",
        "--format",
        "csv",
        "--columns",
        "tags,configuration,supplementary_configuration",
    ];
    let answer = run(asked);
    assert_eq!(answer.code, 0, "{}", answer.err);
    silent(&answer, &asked);
}

#[test]
fn a_changed_secret_is_a_difference_and_an_equal_one_is_none() {
    let lake = TestLake::new();
    let task = |values: [&str; 2]| {
        json!({"Family": "t", "ContainerDefinitions": [{
            "Name": "app",
            "Environment": [{"Name": "A", "Value": values[0]}, {"Name": "B", "Value": values[1]}],
        }]})
    };
    let resource_type = "AWS::ECS::TaskDefinition";
    let before = of(
        resource_type,
        "t",
        "2024-10-20T10:00:00.000Z",
        task(["canary-one", "canary-one"]),
    );
    let after = json!({"configuration": task(["canary-one", "canary-two"])});
    let changed = later(&before, "2024-11-05T10:00:00.000Z", after);
    let same = later(&changed, "2024-11-06T10:00:00.000Z", json!({}));
    deliver(&lake, "f", &[before, changed, same]);
    let answer = asked_silently(
        &lake,
        &[
            "resource",
            "t",
            "--format",
            "json",
            "--at",
            "2024-11-07",
            "--echoes",
        ],
    );
    let found = answer.json();
    assert_eq!(found["timeline"][0]["kind"], "identical");
    assert_eq!(found["timeline"][1]["kind"], "settings");
    let differences = found["timeline"][1]["changes"].as_array().unwrap();
    assert_eq!(differences.len(), 1, "{differences:?}");
    let (old, new) = (
        differences[0]["before"].to_string(),
        differences[0]["after"].to_string(),
    );
    assert_ne!(old, new);
    assert!(
        old.contains("masked:") && new.contains("masked:"),
        "{old} {new}"
    );
    let environment = &found["state"]["configuration"]["ContainerDefinitions"][0]["Environment"];
    let (one, two) = (
        environment[0]["Value"].as_str().unwrap(),
        environment[1]["Value"].as_str().unwrap(),
    );
    // Before, both had the one secret: its mark is the same wherever it stands.
    assert!(
        old.contains(one) && new.contains(two),
        "{old} {new} {environment}"
    );
    assert_eq!(environment[0]["Name"], "A", "names stay");
}

#[test]
fn the_operator_can_have_secrets_shown() {
    let lake = lake_of_secrets();
    let asked = [
        "query",
        "--month",
        "2024-11",
        "--limit",
        "0",
        "--format",
        "json",
        "--columns",
        "tags,configuration",
    ];
    let shown: Vec<&str> = asked.iter().copied().chain(["--show-secrets"]).collect();
    let answer = ask(&lake, &shown);
    assert_eq!(answer.code, 0, "{}", answer.err);
    for canary in [
        "canary-taskdefinition-2",
        "canary-stack-parameter-2",
        "canary-tag-password-2",
    ] {
        assert!(answer.out.contains(canary), "{canary}");
    }
    assert!(!answer.out.contains("masked:"));
}

#[test]
fn what_is_no_secret_stays_readable() {
    let lake = TestLake::new();
    let items = planted::readable();
    deliver(&lake, "r", &items);
    let answer = ask(
        &lake,
        &[
            "query",
            "--month",
            "2024-11",
            "--limit",
            "0",
            "--format",
            "json",
            "--columns",
            "resource_id,tags,configuration,supplementary_configuration",
        ],
    );
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(rows(&answer).len(), items.len());
    for text in planted::READABLE {
        assert!(answer.out.contains(text), "{text}");
    }
    assert!(!answer.out.contains("masked:"), "{}", answer.out);
}

#[tokio::test]
async fn no_secret_over_mcp() {
    let lake = lake_of_secrets();
    for era in Era::BOTH {
        let sdk = SdkClient::connect(era, &["serve", "--lake", lake.arg()]).await;
        for [_, after] in planted() {
            let (id, kind) = (
                after["resourceId"].as_str().unwrap(),
                after["resourceType"].as_str().unwrap(),
            );
            let arguments =
                json!({"resource": format!("{kind}/{id}"), "at": "2024-11-30", "echoes": true});
            let result = sdk.call("resource_history", arguments).await.unwrap();
            assert_ne!(result["isError"], true, "{result}");
            clean(&result.to_string(), &["resource_history", id]);
            let (result, _) = sdk
                .read(&format!("config-history://resources/{kind}/{id}"))
                .await;
            clean(&result.to_string(), &["resources/read", id]);
        }
        let statement =
            "SELECT configuration, supplementaryConfiguration, tags FROM configuration_items";
        for (tool, arguments) in [
            ("run_sql", json!({"month": "2024-11", "sql": statement})),
            (
                "query_changes",
                json!({"month": "2024-11", "columns": ["tags", "configuration"]}),
            ),
            ("summarize_month", json!({"month": "2024-11"})),
            ("find_anomalies", json!({"month": "2024-11"})),
            (
                "config_bill",
                json!({"month": "2024-11", "by_tag": "DB_PASSWORD"}),
            ),
        ] {
            let result = sdk.call(tool, arguments).await.unwrap();
            assert_ne!(result["isError"], true, "{tool}: {result}");
            clean(&result.to_string(), &[tool]);
        }
    }
}
