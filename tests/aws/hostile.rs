//! Values that try to be more than values, as questions and as deliveries.

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    Case, case,
    program::run,
    small_lake::{ODD_NAME, small},
    world::{World, demo_lake},
};

/// Texts that would end a literal if anything could.
const TEXTS: [&str; 12] = [
    "x' OR '1'='1",
    "x'; DROP TABLE demo.recommended; --",
    "x'') OR (''1''=''1",
    "x') OR ('1'='1",
    "\\' OR 1=1 --",
    "x\\",
    "'",
    "x\n' OR '1'='1",
    "\u{2018}x\u{2019} OR \u{2018}1\u{2019}=\u{2018}1",
    "x\u{ff07} OR \u{ff07}1\u{ff07}=\u{ff07}1",
    "/* x */ \"$path\" -- %_",
    "${jndi} :name ? $1 {0}",
];

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for flag in ["--name", "--resource", "--tag key", "--tag value"] {
        cases.push(case(format!("hostile::filter::{flag}"), move |world| {
            filters(world, flag)
        }));
    }
    cases.push(case("hostile::the_resource_command", of_resource));
    for table in ["small.recommended", "small.dated", "small.article"] {
        for question in SAME {
            let name = format!("hostile::delivered::{table}::{}", question.join(" "));
            cases.push(case(name, move |world| same(world, table, question)));
        }
        cases.push(case(format!("hostile::by_hand::{table}"), move |world| {
            by_hand(world, table)
        }));
        cases.push(case(format!("hostile::odd_name::{table}"), move |world| {
            found_by_its_name(world, table)
        }));
    }
    cases
}

/// No value finds what it does not name, and each stands in the statement as the literal it is.
fn filters(world: &World, flag: &str) -> Result<(), Failed> {
    let watch = world.watch()?;
    let values = TEXTS.map(|text| match flag {
        "--tag key" => text.replace('=', "~"),
        "--tag value" => format!("Environment={text}"),
        _ => text.to_owned(),
    });
    // Not a whole month: whether there is such a month would be asked for as well.
    let mut asked = vec!["query", "--from", "2024-11-01", "--to", "2024-11-29"];
    asked.extend(["--columns", "resource_id", "--format", "json"]);
    let flag_name = flag.split(' ').next().unwrap_or(flag);
    for value in &values {
        asked.extend([flag_name, value]);
    }
    let lake = demo_lake();
    let expected = run(world, &[&asked[..], &["--lake", &lake]].concat())?.json()?;
    let found = run(
        world,
        &[&asked[..], &["--athena", "demo.recommended"]].concat(),
    )?
    .json()?;
    for answer in [&expected, &found] {
        if answer["total"] != 0 || answer["rows"] != json!([]) {
            return Err(format!("{answer:#}").into());
        }
    }
    watch.submitted(1)?;
    let statements = watch.statements()?;
    let sql = statements
        .first()
        .and_then(|of| of["sql"].as_str())
        .unwrap_or_default();
    // Tags are looked at here, in what was fetched: their filters need not be in the statement.
    if flag_name != "--tag" {
        for value in &values {
            let literal = format!("'{}'", value.replace('\'', "''"));
            if !sql.contains(&literal) {
                return Err(format!("{literal} is not in {sql}").into());
            }
        }
    }
    outside_of_literals(sql)
}

/// Nothing of a value stands outside of a literal.
fn outside_of_literals(sql: &str) -> Result<(), Failed> {
    // Quotes within literals are doubled, so every second part is inside.
    let outside: String = sql.split('\'').step_by(2).collect();
    let foreign = ["DROP", "1=1", "jndi", "--", "/*", "%_", ";", "\u{2018}"];
    match foreign.iter().find(|text| outside.contains(**text)) {
        Some(text) => Err(format!("`{text}` broke out: {sql}").into()),
        None if outside.contains("FROM") => Ok(()),
        None => Err(format!("no statement: {sql}").into()),
    }
}

/// A resource is a text as well; with a slash it is a type and an id.
fn of_resource(world: &World) -> Result<(), Failed> {
    for text in [
        "x' OR '1'='1",
        "AWS::EC2::VPC/x') OR ('1'='1",
        "a'b/c\"d\n--",
    ] {
        let watch = world.watch()?;
        let refused = run(world, &["resource", text, "--athena", "demo.recommended"])?;
        refused.only_error("unknown_resource", &[])?;
        let literal = format!("'{}'", text.replace('\'', "''"));
        let statements = watch.statements()?;
        let texts = || statements.iter().filter_map(|of| of["sql"].as_str());
        if !texts().any(|sql| sql.contains(&literal)) {
            return Err(format!("{literal} is in none of {statements:#?}").into());
        }
        texts().try_for_each(outside_of_literals)?;
    }
    Ok(())
}

/// Questions about the lake of oddities. The article's table has no bodies: no kinds.
const SAME: [&[&str]; 5] = [
    &[
        "--columns",
        "capture_time,account,region,resource_type,resource_id,status,state_id,source",
    ],
    &["--columns", "resource_id,resource_name,arn,tags"],
    &["--columns", "resource_id,change_kind,configuration"],
    &[
        "--group-by",
        "resource_type,region,resource_name",
        "--measure",
        "items",
    ],
    &[
        "--sql",
        "SELECT resourceId, resourceName, resourceName IS NULL AS none, resourceName = '' AS empty, ARN, cardinality(tags) AS n FROM configuration_items ORDER BY resourceId",
    ],
];

fn same(world: &World, table: &str, question: &[&str]) -> Result<(), Failed> {
    let _beside = world.beside();
    let has_bodies = table != "small.article";
    if !has_bodies && question.iter().any(|text| text.contains("change_kind")) {
        return Ok(());
    }
    let lake = small(world)?.path();
    let asked = [
        &["query", "--month", "2024-11", "--format", "json"],
        question,
    ]
    .concat();
    let expected = run(world, &[&asked[..], &["--lake", &lake]].concat())?.json()?;
    let found = run(world, &[&asked[..], &["--athena", table]].concat())?.json()?;
    let said = |answer: &Value| (answer["total"].clone(), answer["rows"].clone());
    if said(&expected) == said(&found) && expected["returned"].as_u64() > Some(0) {
        return Ok(());
    }
    Err(format!("{expected:#}\nis not\n{found:#}").into())
}

/// What was written is what is told, counted by hand.
fn by_hand(world: &World, table: &str) -> Result<(), Failed> {
    let _beside = world.beside();
    small(world)?;
    let ask = |columns: &str| {
        let asked = [
            "query", "--month", "2024-11", "--format", "json", "--limit", "0",
        ];
        let answer = run(
            world,
            &[&asked[..], &["--columns", columns, "--athena", table]].concat(),
        );
        answer?.json()
    };
    let answer = ask("resource_id,resource_name,region")?;
    let named = json!({
        "b-absent": null, "b-null": null, "b-empty": "", "b-odd": ODD_NAME, "b-twice": "twice",
        "vpc-changed": null, "vpc-same": null, "r-1": "r-1", "r-2": "r-2",
    });
    let found = column(&answer, "resource_name");
    if found != named || answer["total"] != 9 {
        return Err(format!("{found:#} of {}", answer["total"]).into());
    }
    let regions = column(&answer, "region");
    if regions["r-1"] != "global" || regions["b-odd"] != "us-east-1" {
        return Err(format!("{regions:#}").into());
    }
    if table == "small.article" {
        return Ok(());
    }
    let kinds = column(&ask("resource_id,change_kind")?, "change_kind");
    if kinds["vpc-changed"] == "settings" && kinds["vpc-same"] == "identical" {
        return Ok(());
    }
    Err(format!("{kinds:#}").into())
}

/// Returns a column of an answer by the resources' ids.
fn column(answer: &Value, name: &str) -> Value {
    let rows = answer["rows"].as_array().into_iter().flatten();
    let cells = rows.map(|row| {
        let id = row["resource_id"].as_str().unwrap_or_default();
        (id.to_owned(), row[name].clone())
    });
    Value::Object(cells.collect())
}

/// The oddest name and tag are found by themselves, and nothing else is.
fn found_by_its_name(world: &World, table: &str) -> Result<(), Failed> {
    let _beside = world.beside();
    small(world)?;
    let tag = format!("é={ODD_NAME}");
    for filter in [
        ["--name", ODD_NAME],
        ["--tag", "a'b=c\"d"],
        ["--tag", &tag],
        ["--tag", "a'b"],
    ] {
        let asked = [
            "query", "--month", "2024-11", "--format", "json", "--athena", table,
        ];
        let shown = ["--columns", "resource_id"];
        let answer = run(world, &[&asked[..], &shown, &filter].concat())?.json()?;
        if answer["rows"] != json!([{"resource_id": "b-odd"}]) {
            return Err(format!("{filter:?}: {answer:#}").into());
        }
    }
    // An empty value is a value; an absent tag is none.
    let asked = [
        "query", "--month", "2024-11", "--format", "json", "--athena", table,
    ];
    let answer = run(
        world,
        &[&asked[..], &["--columns", "resource_id", "--tag", "k="]].concat(),
    )?;
    let answer = answer.json()?;
    if answer["rows"] != json!([{"resource_id": "b-null"}]) {
        return Err(format!("{answer:#}").into());
    }
    Ok(())
}
