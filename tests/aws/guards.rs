//! Statements that Athena must never see, and those that only look as if.

use libtest_mimic::Failed;
use serde_json::Value;

use crate::{
    Case, case,
    program::run,
    world::{World, demo_lake},
};

/// Each would do something, cost something, or read what is not asked for.
const NEVER: [&str; 60] = [
    // What writes, or hands out.
    "UNLOAD (SELECT resourceId FROM configuration_items) TO 's3://elsewhere/' WITH (format = 'PARQUET')",
    "unload (select 1) to 's3://elsewhere/' with (format = 'JSON')",
    "DELETE FROM configuration_items",
    "DELETE FROM demo.recommended WHERE true",
    "INSERT INTO configuration_items VALUES (1)",
    "INSERT INTO demo.taken SELECT * FROM configuration_items",
    "WITH t AS (SELECT 1 AS a) INSERT INTO demo.taken SELECT * FROM t",
    "UPDATE configuration_items SET resourceId = 'x'",
    "MERGE INTO demo.taken t USING configuration_items c ON t.a = c.resourceId WHEN MATCHED THEN DELETE",
    "TRUNCATE TABLE demo.recommended",
    "CREATE TABLE demo.taken AS SELECT * FROM configuration_items",
    "CREATE TABLE demo.taken WITH (external_location = 's3://elsewhere/') AS SELECT 1 AS a",
    "CREATE EXTERNAL TABLE demo.taken (a int) LOCATION 's3://elsewhere/'",
    "CREATE OR REPLACE VIEW demo.v AS SELECT * FROM configuration_items",
    "DROP TABLE demo.recommended",
    "DROP VIEW IF EXISTS demo.v",
    "ALTER TABLE demo.recommended DROP PARTITION (year = '2024')",
    "MSCK REPAIR TABLE demo.recommended",
    "VACUUM demo.recommended",
    "OPTIMIZE demo.recommended REWRITE DATA USING BIN_PACK",
    "GRANT SELECT ON demo.recommended TO ROLE PUBLIC",
    "SELECT * INTO demo.taken FROM configuration_items",
    // What runs, and is paid for, under another name.
    "EXPLAIN ANALYZE SELECT count(*) FROM configuration_items",
    "EXPLAIN SELECT count(*) FROM configuration_items",
    "CALL system.runtime.kill_query('20241105_031201_00001_abcde')",
    "PREPARE p FROM SELECT 1",
    "EXECUTE p",
    "EXECUTE p USING 1",
    "EXECUTE IMMEDIATE 'DROP TABLE demo.recommended'",
    "DEALLOCATE PREPARE p",
    "USING EXTERNAL FUNCTION f(x varchar) RETURNS varchar LAMBDA 'taker' SELECT f(resourceId) FROM configuration_items",
    "SET SESSION query_max_run_time = '1h'",
    "USE demo",
    "START TRANSACTION",
    // More than one.
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE demo.recommended",
    "SELECT 1 -- ; one\n; DROP TABLE demo.recommended",
    "/* SELECT */ DROP TABLE demo.recommended",
    // What is not the relation.
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM configuration_items, information_schema.columns",
    "SELECT * FROM awsdatacatalog.information_schema.columns",
    "SELECT * FROM system.runtime.queries",
    "SELECT * FROM system.metadata.table_comments",
    "SELECT * FROM demo.recommended",
    "SELECT * FROM recommended",
    "SELECT * FROM \"awsdatacatalog\".\"demo\".\"recommended\"",
    "SELECT \"$path\", \"$file_size\" FROM demo.recommended",
    "SELECT * FROM demo.\"recommended$partitions\"",
    "SELECT * FROM demo.configuration_items",
    "SELECT * FROM other.secrets",
    "SELECT count(*) FROM configuration_items WHERE resourceId IN (SELECT account_id FROM demo.recommended)",
    "SELECT (SELECT max(account_id) FROM demo.recommended) FROM configuration_items",
    "WITH configuration_items AS (SELECT * FROM demo.recommended) SELECT * FROM configuration_items",
    "SELECT * FROM ch_delivered",
    "SELECT source FROM ch_numbered UNION ALL SELECT source FROM configuration_items",
    "TABLE configuration_items",
    "SELECT * FROM TABLE(sequence(1, 10))",
    "SELECT * FROM sequence(1, 10)",
    "SHOW TABLES IN demo",
    "DESCRIBE demo.recommended",
];

/// Statements of words that do harm elsewhere. The lake answers the same.
const HARMLESS: [&str; 6] = [
    "SELECT replace(resourceType, 'AWS::', '') AS kind, count(*) AS n FROM configuration_items GROUP BY 1 ORDER BY 1",
    "SELECT configurationItemStatus, replace(configurationItemStatus, 'Delete', 'DROP TABLE x; --') AS t, count(*) AS n FROM configuration_items GROUP BY 1, 2 ORDER BY 1",
    "SELECT 'UNLOAD (SELECT 1) TO ''s3://x/''' AS t, count(*) AS n FROM configuration_items WHERE resourceId <> 'DROP TABLE x; --'",
    "SELECT count(*) AS \"insert\", min(resourceId) AS \"delete\" FROM configuration_items",
    "WITH updates AS (SELECT resourceType AS call FROM configuration_items) SELECT call, count(*) AS execute FROM updates GROUP BY call ORDER BY call",
    "SELECT count(*) AS n FROM configuration_items /* ; DELETE FROM x */ -- ; DROP TABLE x",
];

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        case(
            "guards::no_function_of_athena_brings_a_second_statement",
            of_mcp,
        ),
        case("guards::arguments_that_are_no_such_thing", wrong_arguments),
    ];
    cases.extend(NEVER.iter().map(|sql| {
        let name = format!("guards::never::{}", sql.replace('\n', " "));
        case(name, move |world| is_refused(world, sql))
    }));
    cases.extend(HARMLESS.iter().map(|sql| {
        case(format!("guards::harmless::{sql}"), move |world| {
            is_answered(world, sql)
        })
    }));
    cases
}

/// Refused as the user's fault, before AWS hears of anything.
fn is_refused(world: &World, sql: &str) -> Result<(), Failed> {
    let watch = world.watch()?;
    let arguments = [
        "query",
        "--month",
        "2024-11",
        "--athena",
        "demo.recommended",
    ];
    let refused = run(world, &[&arguments[..], &["--sql", sql]].concat())?;
    refused.only_error("sql_not_allowed", &[])?;
    refused.ended_with(2)?;
    match watch.calls()?.as_slice() {
        [] => Ok(()),
        calls => Err(format!("AWS was asked: {calls:?}").into()),
    }
}

fn is_answered(world: &World, sql: &str) -> Result<(), Failed> {
    let watch = world.watch()?;
    let asked = [
        "query", "--month", "2024-11", "--format", "json", "--sql", sql,
    ];
    let lake = demo_lake();
    let expected = run(world, &[&asked[..], &["--lake", &lake]].concat())?.json()?;
    let found = run(
        world,
        &[&asked[..], &["--athena", "demo.recommended"]].concat(),
    )?
    .json()?;
    if expected["returned"].as_u64().unwrap_or(0) == 0 {
        return Err("the statement finds nothing".into());
    }
    let said = |answer: &Value| (answer["columns"].clone(), answer["rows"].clone());
    if said(&expected) != said(&found) {
        return Err(format!("{expected:#}\nis not\n{found:#}").into());
    }
    Ok(watch.submitted(1)?)
}

/// The tool for statements has the same guard.
fn of_mcp(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let mut server = crate::stdio::Server::open(world, &[])?;
    for sql in [
        "UNLOAD (SELECT 1) TO 's3://elsewhere/'",
        "SELECT 1; SELECT 2",
        "TABLE configuration_items",
    ] {
        let arguments = serde_json::json!({"month": "2024-11", "sql": sql});
        let answer = server.call("run_sql", &arguments)?;
        let code = &answer["structuredContent"]["code"];
        if answer["isError"] != true || code != "sql_not_allowed" {
            return Err(format!("{sql}: {answer:#}").into());
        }
    }
    Ok(watch.submitted(0)?)
}

/// Places and times are of a form in which nothing can hide.
fn wrong_arguments(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let base = [
        "query",
        "--athena",
        "demo.recommended",
        "--measure",
        "items",
    ];
    for wrong in [
        ["--month", "2024-11' OR '1'='1"],
        ["--account", "111122223333' OR '1'='1"],
        ["--region", "us-east-1' OR '1'='1"],
        ["--type", "AWS::EC2::VPC' OR '1'='1"],
        ["--timezone", "UTC' --"],
        ["--from", "2024-11-01' --"],
        ["--kind", "created') OR ('1'='1"],
        ["--order-by", "items; DROP TABLE x"],
        ["--group-by", "account FROM x --"],
    ] {
        let mut asked = [&base[..], &wrong[..]].concat();
        if !["--month", "--from"].contains(&wrong[0]) {
            asked.extend(["--month", "2024-11"]);
        }
        let refused = run(world, &asked)?;
        refused.ended_with(2)?;
        if !refused.out.is_empty() || !refused.err.starts_with("error") {
            return Err(format!("{refused:#?}").into());
        }
    }
    Ok(watch.submitted(0)?)
}
