//! Tables that somebody else made: registered partitions, accounts that have to be named, and a
//! table that knows less than the bucket holds.

use std::collections::BTreeSet;

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    Case, beside,
    contract::{said, same},
    program::run,
    services::{bucket_of, create_like, delivered, existing, glue},
    table::november,
    world::{World, demo_lake},
};

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        beside("other_tables::registered_partitions", registered),
        beside("other_tables::accounts_that_have_to_be_named", injected),
        beside(
            "other_tables::folders_without_partition_are_told",
            unprojected,
        ),
    ]
}

const COUNT: [&str; 9] = [
    "query",
    "--month",
    "2024-11",
    "--group-by",
    "account,region,day,status",
    "--measure",
    "items",
    "--format",
    "json",
];

/// Fails unless the table counts what the lake counts.
fn counts_alike(world: &World, name: &str, more: &[&str]) -> Result<(), Failed> {
    let question = [&COUNT[..], more].concat();
    let expected = run(world, &[&question[..], &["--lake", &demo_lake()]].concat())?.json()?;
    let found = run(world, &[&question[..], &["--athena", name]].concat())?;
    if found.code != 0 || expected["total"] == 0 {
        return Err(format!("{found:#?}").into());
    }
    same(&said(&expected), &said(&found.json()?))
}

fn registered(world: &World) -> Result<(), Failed> {
    let name = "registered.history";
    let key = |name: &str, kind: &str| json!({ "Name": name, "Type": kind });
    create_like(world, "demo.recommended", name, |input| {
        input["Parameters"] = json!({ "EXTERNAL": "TRUE" });
        // Numbers as numbers, and as text with leading zeros that the folders do not have.
        input["PartitionKeys"] = json!([
            key("account_id", "string"),
            key("region", "string"),
            key("year", "int"),
            key("month", "int"),
            key("day", "string"),
        ]);
    })?;
    let table = existing(world, name)?;
    let folders: BTreeSet<Vec<String>> = delivered()?
        .into_iter()
        .filter(|(key, _)| november(key))
        .filter_map(|(key, _)| {
            let (_, below) = key.split_once("AWSLogs/")?;
            let parts: Vec<String> = below.split('/').map(str::to_owned).collect();
            (parts.len() > 7).then_some(parts)
        })
        .map(|parts| [&parts[..1], &parts[2..6]].concat())
        .collect();
    let partition = |folder: &Vec<String>| -> Value {
        let [account, region, year, month, day] = folder.as_slice() else {
            return json!(null);
        };
        let mut storage = table["StorageDescriptor"].clone();
        storage["Location"] = json!(format!(
            "s3://demo-bucket/o-exampleorg1/AWSLogs/{account}/Config/{region}/{year}/{month}/{day}"
        ));
        json!({
            "Values": [account, region, year, month, format!("{day:0>2}")],
            "StorageDescriptor": storage,
        })
    };
    let partitions: Vec<Value> = folders.iter().map(partition).collect();
    if partitions.len() < 30 {
        return Err(format!("only {} partitions", partitions.len()).into());
    }
    for some in partitions.chunks(100) {
        let input = json!({
            "DatabaseName": "registered", "TableName": "history", "PartitionInputList": some,
        });
        let answer = glue(world, "BatchCreatePartition", &input)?;
        if answer["Errors"]
            .as_array()
            .is_some_and(|errors| !errors.is_empty())
        {
            return Err(answer.to_string().into());
        }
    }
    counts_alike(world, name, &[])?;
    counts_alike(
        world,
        name,
        &["--account", "444455556666", "--region", "eu-west-1"],
    )
}

fn injected(world: &World) -> Result<(), Failed> {
    let name = "injected.history";
    create_like(world, "demo.recommended", name, |input| {
        let parameters = &mut input["Parameters"];
        parameters["projection.account_id.type"] = json!("injected");
        if let Some(parameters) = parameters.as_object_mut() {
            parameters.remove("projection.account_id.values");
        }
    })?;
    // A statement that does not name accounts is refused for such a table.
    counts_alike(world, name, &[])?;
    counts_alike(world, name, &["--account", "111122223333"])
}

fn unprojected(world: &World) -> Result<(), Failed> {
    let (bucket, name) = ("partial-bucket", "partial.history");
    bucket_of(world, bucket, november)?;
    create_like(world, "demo.recommended", name, |input| {
        let parameters = &mut input["Parameters"];
        parameters["projection.account_id.values"] = json!("111122223333");
        let template = parameters["storage.location.template"].as_str();
        let template = template.unwrap_or_default();
        parameters["storage.location.template"] =
            json!(template.replace("demo-bucket", "partial-bucket"));
        input["StorageDescriptor"]["Location"] = json!("s3://partial-bucket/o-exampleorg1/AWSLogs");
    })?;
    let told = run(world, &[&COUNT[..], &["--athena", name]].concat())?;
    if told.code != 3 {
        return Err(format!("{told:#?}").into());
    }
    for word in ["444455556666/", "config-history table apply"] {
        if !told.err.contains(word) {
            return Err(format!("`{word}` is not told: {}", told.err).into());
        }
    }
    if told.err.contains("111122223333/") {
        return Err(format!("a folder that was read is told: {}", told.err).into());
    }
    let answer = told.json()?;
    let mut folders: BTreeSet<String> = BTreeSet::new();
    for (key, _) in delivered()? {
        let parts: Vec<&str> = key.split('/').collect();
        let is_left_out = !key.contains("111122223333") && november(&key);
        if is_left_out && key.contains("/ConfigHistory/") {
            folders.insert(parts[..parts.len() - 1].join("/"));
        }
    }
    // The lake ends within two days after the month, so every folder counts.
    same(
        &json!(folders.len()),
        &answer["evidence"]["unreadable_files"],
    )?;
    // Nothing is told where the question is about the account that is projected.
    counts_alike(world, name, &["--account", "111122223333"])
}
