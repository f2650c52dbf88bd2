//! One contract, three sources: the same questions have the same answers on the demo, on a lake and
//! on Athena, whatever the table looks like.

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    Case, case,
    program::run,
    world::{World, demo_lake, path_text},
};

/// Questions that compare no item with another.
const COUNTS: [&str; 5] = [
    "query --month 2024-11 --group-by account,region,resource_type --measure items",
    "query --month 2024-11 --group-by day,status --measure items",
    "query --month 2024-11 --account 444455556666 --region global,us-east-1 --group-by resource_id --measure items",
    "query --from 2024-10-15 --to 2024-12-02 --type aws::lambda::* --columns capture_time,resource_type,resource_id,state_id,status,creation_time,item_version,availability_zone,recording_frequency,source,year,month,day",
    "months",
];

/// Questions about names and tags, which deleted items take over from the item before.
const NAMES: [&str; 3] = [
    "query --month 2024-11 --kind deleted --columns capture_time,account,resource_type,resource_id,resource_name,arn,tags",
    "query --month 2024-11 --tag Environment=staging --group-by resource_type --measure items",
    "query --month 2024-11 --tag Environment --name example-stg-uploads-444455556666 --columns capture_time,resource_id,tags",
];

/// Questions about what items mean or cost, for which the article's table lacks fields.
const KINDS: [&str; 10] = [
    "query --month 2024-11 --group-by account,region,change_kind --measure items,changes,cost",
    "query --from 2024-01-01 --to 2024-12-31 --group-by year,month,change_kind --measure items,changes",
    "query --month 2024-11 --columns capture_time,account,region,resource_type,resource_id,resource_name,status,change_kind,source,arn,tags,configuration,supplementary_configuration,relationships",
    "query --month 2024-11 --region global --columns capture_time,account,resource_id,change_kind,source",
    "query --month 2024-11 --kind settings,tags --type AWS::EC2::* --group-by resource_type,resource_id --measure changes",
    "summarize 2024-11",
    "anomalies 2024-11",
    "bill 2024-11 --by-tag Environment",
    "resource stg-bastion",
    "resource stg-bastion --at 2024-11-13",
];

/// Statements in the forms that both engines know under one name.
const STATEMENTS: [&str; 8] = [
    "SELECT resourceType, count(*) AS n, count(DISTINCT resourceId) AS resources FROM configuration_items WHERE tags['Environment'] = 'staging' GROUP BY 1 ORDER BY n DESC, 1",
    "SELECT resourceName, resourceId, tags FROM configuration_items WHERE configurationItemStatus = 'ResourceDeleted' ORDER BY resourceId, configurationItemCaptureTime LIMIT 7",
    "SELECT day, sum(CASE WHEN replace(configurationItemStatus, 'Resource', '') = 'Deleted' THEN 1 ELSE 0 END) FROM configuration_items GROUP BY day ORDER BY day",
    "WITH t AS (SELECT resourceType AS rt, count(*) AS n FROM configuration_items GROUP BY resourceType) SELECT rt, n, rank() OVER (ORDER BY n DESC) AS place FROM t ORDER BY n DESC, rt OFFSET 2 LIMIT 5",
    "SELECT max(configurationItemCaptureTime), min(configurationItemCaptureTime), count(*) FROM configuration_items",
    "SELECT count(*) FROM configuration_items a JOIN configuration_items b ON a.resourceId = b.resourceId AND a.configurationStateId = b.configurationStateId",
    "SELECT cardinality(tags) AS c, count(*) FROM configuration_items GROUP BY 1 ORDER BY 1",
    "SELECT source, year, month, day FROM configuration_items ORDER BY source, configurationStateId, resourceId LIMIT 5",
];

/// The same, over what only bodies tell.
const STATEMENTS_ON_BODIES: [&str; 2] = [
    "SELECT awsRegion, changeKind, count(*) FROM configuration_items GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT resourceId, substr(configuration, 1, 30) AS c, changeKind FROM configuration_items WHERE resourceType = 'AWS::EC2::VPC' ORDER BY 1, 2, 3",
];

/// Where the answers of a table are compared with.
#[derive(Clone, Copy)]
enum Against {
    Demo,
    PlainLake,
}

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |table: &'static str, against, arguments: Vec<String>, zone: &'static str| {
        let shown = arguments.join(" ");
        let name = format!("contract::{table}::{zone}::{shown}");
        let run = move |world: &World| ask_both(world, table, against, &arguments, zone);
        cases.push(case(name, run));
    };
    for (table, against, has_bodies) in [
        ("demo.recommended", Against::Demo, true),
        ("demo.dated", Against::Demo, true),
        ("plain.article", Against::PlainLake, false),
    ] {
        for zone in ["UTC", "Asia/Tokyo"] {
            let kinds = KINDS.iter().filter(|_| has_bodies);
            for question in COUNTS.iter().chain(&NAMES).chain(kinds) {
                let arguments = question.split(' ').map(str::to_owned).collect();
                add(table, against, arguments, zone);
            }
            let on_bodies = STATEMENTS_ON_BODIES.iter().filter(|_| has_bodies);
            for statement in STATEMENTS.iter().chain(on_bodies) {
                let arguments = ["query", "--month", "2024-11", "--sql", statement];
                let arguments = arguments.map(str::to_owned).to_vec();
                add(table, against, arguments, zone);
            }
        }
    }
    cases
}

fn ask_both(
    world: &World,
    table: &str,
    against: Against,
    arguments: &[String],
    zone: &str,
) -> Result<(), Failed> {
    let _beside = world.beside();
    let mut asked: Vec<&str> = arguments.iter().map(String::as_str).collect();
    asked.extend(["--format", "json", "--timezone", zone]);
    if matches!(asked.first(), Some(&("query" | "resource"))) {
        asked.extend(["--limit", "0"]);
    }
    let answer = |source: &[&str]| run(world, &[&asked, source].concat())?.json();
    let lake = path_text(&world.plain_lake);
    let expected = match against {
        Against::Demo => {
            let demo = answer(&["--demo"])?;
            let lake = answer(&["--lake", &demo_lake()])?;
            same(&said(&demo), &said(&lake))?;
            demo
        }
        Against::PlainLake => answer(&["--lake", &lake])?,
    };
    let found = answer(&["--athena", table])?;
    // An answer about nothing would prove nothing.
    let total = expected["total"]
        .as_u64()
        .or_else(|| expected["returned"].as_u64());
    if total == Some(0) {
        return Err("the question finds nothing".into());
    }
    same(&said(&expected), &said(&found))?;
    let files = |answer: &Value| answer["evidence"]["files_read"].clone();
    same(&files(&expected), &files(&found))
}

/// Returns an answer without what tells the sources apart.
pub(crate) fn said(answer: &Value) -> Value {
    match answer {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| {
                !["warnings", "evidence", "next_cursor", "limits", "text"].contains(&name.as_str())
            })
            .map(|(name, member)| (name.clone(), said(member)))
            .collect(),
        Value::Array(elements) => elements.iter().map(said).collect(),
        // Bodies are JSON that a SerDe writes in its own way.
        Value::String(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str(text).unwrap_or_else(|_| json!(text))
        }
        other => other.clone(),
    }
}

/// Fails where two answers differ, with the first lines that do.
pub(crate) fn same(expected: &Value, found: &Value) -> Result<(), Failed> {
    if expected == found {
        return Ok(());
    }
    let shown = |value: &Value| {
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (expected, found) = (shown(expected), shown(found));
    let differ = expected.iter().zip(&found).filter(|(a, b)| a != b);
    let first: Vec<String> = differ
        .take(8)
        .map(|(a, b)| format!("- {a}\n+ {b}"))
        .collect();
    Err(format!(
        "{} against {} lines\n{}",
        expected.len(),
        found.len(),
        first.join("\n")
    )
    .into())
}
