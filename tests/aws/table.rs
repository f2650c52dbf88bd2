//! The command `table` against a Glue catalogue, and what the tables that it makes answer.

use std::process::Command;

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    Case, beside,
    contract::{said, same},
    program::{Run, finish, program, run},
    services::{add_to, bucket_of, create_like, existing, glue, table},
    tap::Tap,
    world::{World, path_text},
};

const NEW_ACCOUNT: &str = "444455556666";
const OLD_ACCOUNT: &str = "111122223333";

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        beside("table::recommended_from_nothing_to_answers", recommended),
        beside("table::article_from_nothing_to_answers", article),
        beside(
            "table::what_is_so_already_is_not_written",
            no_needless_write,
        ),
        beside("table::another_layout_is_told_field_by_field", other_layout),
        beside("table::a_new_account_is_added_to_those_known", new_account),
        beside("table::a_foreign_table_is_left_alone", foreign_stays),
        beside("table::a_foreign_table_is_adopted_by_name", adopted),
        beside("table::ddl_asks_nobody", ddl_offline),
        beside("table::the_template_makes_what_apply_makes", template),
        beside("table::a_projection_too_wide_is_told", too_wide),
    ]
}

const DEMO_LOCATION: &str = "s3://demo-bucket/o-exampleorg1";

/// Runs `table ACTION` for a table and returns the answer.
fn ensure(world: &World, action: &str, name: &str, more: &[&str]) -> Result<Value, String> {
    run(world, &command(action, name, more))?.json()
}

fn command<'a>(action: &'a str, name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let all = ["table", action, "--athena", name, "--format", "json"];
    [&all, more].concat()
}

/// Fails unless the answer has this status and was or was not applied.
fn stands(answer: &Value, status: &str, applied: bool) -> Result<(), String> {
    if answer["status"] == status && answer["applied"] == applied {
        return Ok(());
    }
    Err(format!("not {status}, applied {applied}: {answer:#}"))
}

/// Returns the differences of an answer: kind and part, sorted.
fn parts(answer: &Value) -> Vec<String> {
    let differences = answer["differences"].as_array().into_iter().flatten();
    let shown = differences.map(|found| {
        let text = |name: &str| found[name].as_str().unwrap_or("?");
        format!("{} {}", text("kind"), text("part"))
    });
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown
}

fn recommended(world: &World) -> Result<(), Failed> {
    let (name, location) = ("made.history", ["--location", DEMO_LOCATION]);
    let plan = ensure(world, "plan", name, &location)?;
    stands(&plan, "create", false)?;
    for part in ["added database", "added parameter projection.region.values"] {
        if !parts(&plan).iter().any(|found| found == part) {
            return Err(format!("`{part}` is not planned: {plan:#}").into());
        }
    }
    if table(world, name)?.is_some() {
        return Err("a plan has made the table".into());
    }
    stands(&ensure(world, "apply", name, &location)?, "create", true)?;
    let made = existing(world, name)?;
    let expected = [
        ("config_history.managed", "1"),
        (
            "projection.account_id.values",
            "111122223333,444455556666,777788889999",
        ),
        (
            "projection.region.values",
            "ap-northeast-1,eu-west-1,us-east-1",
        ),
        (
            "storage.location.template",
            "s3://demo-bucket/o-exampleorg1/AWSLogs/${account_id}/Config/${region}/${year}/${month}/${day}/${type}/",
        ),
    ];
    for (parameter, value) in expected {
        if made["Parameters"][parameter] != value {
            return Err(format!("{parameter}: {}", made["Parameters"]).into());
        }
    }
    // From now on the table itself says where the deliveries lie.
    let after = ensure(world, "plan", name, &[])?;
    stands(&after, "up_to_date", false)?;
    same(&json!([]), &after["differences"])?;
    let demo = ["--demo"];
    for question in [
        "query --month 2024-11 --group-by account,region,status --measure items --format json",
        "query --month 2024-11 --group-by region,change_kind --measure items,changes --format json",
        "summarize 2024-11 --format json",
    ] {
        answers_alike(world, question, name, &demo)?;
    }
    Ok(())
}

fn article(world: &World) -> Result<(), Failed> {
    let name = "made_article.history";
    let like = [
        "--location",
        "s3://plain-bucket/o-exampleorg1",
        "--layout",
        "article",
    ];
    stands(&ensure(world, "apply", name, &like)?, "create", true)?;
    let keys = existing(world, name)?["PartitionKeys"].clone();
    same(&json!(5), &json!(keys.as_array().map(Vec::len)))?;
    let question = "query --month 2024-11 --group-by account,region,resource_type,status --measure \
                    items --format json";
    answers_alike(
        world,
        question,
        name,
        &["--lake", &path_text(&world.plain_lake)],
    )
}

/// Fails unless the table answers as another source does, about something.
fn answers_alike(world: &World, question: &str, name: &str, other: &[&str]) -> Result<(), Failed> {
    let question: Vec<&str> = question.split(' ').collect();
    let expected = run(world, &[&question, other].concat())?.json()?;
    if expected["total"] == 0 || expected["evidence"]["files_read"] == 0 {
        return Err("the question finds nothing".into());
    }
    let found = run(world, &[&question[..], &["--athena", name]].concat())?;
    if found.code != 0 {
        return Err(format!("{found:#?}").into());
    }
    same(&said(&expected), &said(&found.json()?))
}

fn no_needless_write(world: &World) -> Result<(), Failed> {
    let tap = Tap::to(Some(world.athena_port()))?;
    let name = "made_twice.history";
    let arguments = command("apply", name, &["--location", DEMO_LOCATION]);
    let through = || finish(through(&mut program(world), &tap).args(&arguments));
    stands(&through()?.json()?, "create", true)?;
    let writes = |operations: Vec<String>| -> Vec<String> {
        let glue = operations.into_iter().filter(|o| o.starts_with("AWSGlue."));
        glue.filter(|o| !o.starts_with("AWSGlue.Get")).collect()
    };
    let first = writes(tap.take_operations());
    same(
        &json!(["AWSGlue.CreateDatabase", "AWSGlue.CreateTable"]),
        &json!(first),
    )?;
    let before = existing(world, name)?;
    stands(&through()?.json()?, "up_to_date", false)?;
    let operations = tap.take_operations();
    if !operations
        .iter()
        .any(|operation| operation == "AWSGlue.GetTable")
    {
        return Err(format!("the tap saw nothing: {operations:?}").into());
    }
    same(&json!([]), &json!(writes(operations)))?;
    same(&before, &existing(world, name)?)
}

fn through<'c>(command: &'c mut Command, tap: &Tap) -> &'c mut Command {
    command.env("AWS_ENDPOINT_URL", tap.endpoint())
}

fn other_layout(world: &World) -> Result<(), Failed> {
    let name = "made_anew.history";
    let first = ["--location", DEMO_LOCATION, "--layout", "article"];
    stands(&ensure(world, "apply", name, &first)?, "create", true)?;
    let plan = ensure(world, "plan", name, &["--layout", "recommended"])?;
    stands(&plan, "update", false)?;
    let told = parts(&plan);
    for part in [
        "added column configsnapshotid",
        "added column configurationitems.configuration",
        "added column configurationitems.recordingfrequency",
        "changed column configurationitems.configurationstateid",
        "changed column configurationitems.tags",
        "removed column configurationitems.configurationstatemd5hash",
        "added partition key type",
        "changed serde",
        "added serde parameter mapping.arn",
        "added parameter projection.type.values",
        "changed parameter config_history.layout",
        "changed parameter projection.year.range",
        "changed parameter storage.location.template",
    ] {
        if !told.iter().any(|found| found == part) {
            return Err(format!("`{part}` is not told: {told:#?}").into());
        }
    }
    // What stays as it is, is not told.
    for part in [
        "column configurationitems.resourceid",
        "projection.account_id",
        "partition key year",
    ] {
        if told.iter().any(|found| found.contains(part)) {
            return Err(format!("`{part}` is told: {told:#?}").into());
        }
    }
    let tags = plan["differences"].as_array().into_iter().flatten();
    let mut tags = tags.filter(|d| d["part"] == "column configurationitems.tags");
    let tags = tags.next().map(|d| json!([d["before"], d["after"]]));
    same(&json!(["map<string,string>", "string"]), &json!(tags))?;
    if existing(world, name)?["Parameters"]["config_history.layout"] != "article" {
        return Err("a plan has changed the table".into());
    }
    stands(&ensure(world, "apply", name, &[])?, "update", true)?;
    let now = existing(world, name)?;
    let pattern = existing(world, "demo.recommended")?;
    same(&pattern["PartitionKeys"], &now["PartitionKeys"])?;
    stands(&ensure(world, "plan", name, &[])?, "up_to_date", false)?;
    let back = ensure(world, "apply", name, &["--layout", "article"])?;
    stands(&back, "update", true)?;
    let leftover = existing(world, name)?["Parameters"]
        .as_object()
        .is_some_and(|all| all.keys().any(|key| key.starts_with("projection.type.")));
    if leftover {
        return Err("a projection of a key that is gone stayed".into());
    }
    Ok(())
}

fn new_account(world: &World) -> Result<(), Failed> {
    let (bucket, name) = ("growing-bucket", "growing.history");
    let of = |account: &'static str| move |key: &str| key.contains(account) && november(key);
    bucket_of(world, bucket, of(OLD_ACCOUNT))?;
    let location = ["--location", "s3://growing-bucket/o-exampleorg1"];
    stands(&ensure(world, "apply", name, &location)?, "create", true)?;
    let accounts = |table: &Value| table["Parameters"]["projection.account_id.values"].clone();
    same(&json!(OLD_ACCOUNT), &accounts(&existing(world, name)?))?;
    add_to(world, bucket, of(NEW_ACCOUNT))?;
    let plan = ensure(world, "plan", name, &[])?;
    stands(&plan, "update", false)?;
    let told = plan["differences"].as_array().into_iter().flatten();
    let mut told = told.filter(|d| d["part"] == "parameter projection.account_id.values");
    let both = format!("{OLD_ACCOUNT},{NEW_ACCOUNT}");
    let expected = json!({
        "kind": "changed", "part": "parameter projection.account_id.values",
        "before": OLD_ACCOUNT, "after": both,
    });
    same(&expected, &json!(told.next()))?;
    stands(&ensure(world, "apply", name, &[])?, "update", true)?;
    same(&json!(both), &accounts(&existing(world, name)?))?;
    // What is projected stays so, whatever is asked for: somebody's questions rely on it.
    let third = ["--account", "999988887777", "--region", "eu-west-3"];
    stands(&ensure(world, "apply", name, &third)?, "update", true)?;
    let three = json!(format!("{both},999988887777"));
    same(&three, &accounts(&existing(world, name)?))?;
    let regions = &existing(world, name)?["Parameters"]["projection.region.values"];
    let regions = regions.as_str().unwrap_or_default();
    if !(regions.contains("ap-northeast-1") && regions.contains("eu-west-3")) {
        return Err(format!("Regions: {regions}").into());
    }
    Ok(())
}

/// Says whether a file was delivered in November 2024 or right beside it.
pub(crate) fn november(key: &str) -> bool {
    ["/2024/10/31/", "/2024/11/", "/2024/12/"]
        .iter()
        .any(|folder| key.contains(folder))
}

fn foreign_stays(world: &World) -> Result<(), Failed> {
    let name = "demo.recommended";
    let before = existing(world, name)?;
    let plan = ensure(world, "plan", name, &[])?;
    stands(&plan, "foreign", false)?;
    let warnings = plan["warnings"].to_string();
    if !warnings.contains("--adopt demo.recommended") {
        return Err(format!("how to adopt is not told: {warnings}").into());
    }
    let refused = run(world, &["table", "apply", "--athena", name])?;
    refused.refused("table_foreign", &[name, "--adopt"])?;
    one_error(&refused)?;
    same(&before, &existing(world, name)?)
}

fn one_error(run: &Run) -> Result<(), String> {
    let errors = run.err.lines().filter(|line| line.starts_with("error["));
    match errors.count() {
        1 if run.code == 1 => Ok(()),
        _ => Err(format!("not one error, exit 1: {run:#?}")),
    }
}

fn adopted(world: &World) -> Result<(), Failed> {
    let name = "theirs.history";
    create_like(world, "demo.recommended", name, |input| {
        input["Description"] = json!("ours since 2019");
        input["Parameters"]["owner"] = json!("audit");
        input["Parameters"]["projection.day.digits"] = json!("2");
    })?;
    let before = existing(world, name)?;
    for adopt in ["theirs.other", "demo.recommended"] {
        let refused = run(
            world,
            &["table", "apply", "--athena", name, "--adopt", adopt],
        )?;
        refused.refused("invalid_argument", &[adopt, name])?;
    }
    same(&before, &existing(world, name)?)?;
    let adopt = ["--adopt", name];
    let plan = ensure(world, "plan", name, &adopt)?;
    stands(&plan, "update", false)?;
    same(&before, &existing(world, name)?)?;
    stands(&ensure(world, "apply", name, &adopt)?, "update", true)?;
    let now = existing(world, name)?;
    let parameters = &now["Parameters"];
    same(
        &json!(["1", "audit", null, "ours since 2019"]),
        &json!([
            parameters["config_history.managed"],
            parameters["owner"],
            parameters["projection.day.digits"],
            now["Description"],
        ]),
    )?;
    // It is ours from now on.
    stands(&ensure(world, "apply", name, &[])?, "up_to_date", false)?;
    Ok(())
}

/// What the published tables are made of, but for the layout.
const PUBLISHED: [&str; 9] = [
    "--location",
    "s3://example-config-bucket/o-exampleorgid",
    "--account",
    "111122223333,444455556666",
    "--region",
    "ap-northeast-1,us-east-1",
    "--first-year",
    "2021",
    "--layout",
];

fn ddl_offline(world: &World) -> Result<(), Failed> {
    let tap = Tap::to(None)?;
    for layout in ["recommended", "article"] {
        for (form, ending) in [("sql", "sql"), ("cloudformation", "yaml")] {
            let mut ddl = program(world);
            // No Region and no credentials either: nobody is asked.
            for name in [
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_REGION",
                "AWS_DEFAULT_REGION",
            ] {
                ddl.env_remove(name);
            }
            let table = ["table", "ddl", "--athena", "config_history.deliveries"];
            let run = finish(
                through(&mut ddl, &tap)
                    .args(table)
                    .args(PUBLISHED)
                    .args([layout, "--format", form]),
            )?;
            if run.code != 0 || !run.err.is_empty() {
                return Err(format!("{run:#?}").into());
            }
            let path = format!(
                "{}/schemas/glue/{layout}.{ending}",
                env!("CARGO_MANIFEST_DIR")
            );
            let golden = std::fs::read_to_string(path)?;
            same(
                &json!(without_last_year(&golden)),
                &json!(without_last_year(&run.out)),
            )?;
        }
    }
    same(&json!([]), &json!(tap.take_operations()))
}

/// The last year follows the calendar, but in the article's table.
fn without_last_year(text: &str) -> String {
    match text.split_once("2021,2") {
        Some((head, tail)) if !tail.starts_with("999") => {
            let rest = tail.trim_start_matches(|digit: char| digit.is_ascii_digit());
            format!("{head}2021,{rest}")
        }
        _ => text.to_owned(),
    }
}

/// Reads a template as `CloudFormation` does, whose short functions are tags of YAML.
const READ_TEMPLATE: &str = "\
import json, sys, yaml
class Loader(yaml.SafeLoader): pass
Loader.add_multi_constructor('!', lambda loader, tag, node: {tag: loader.construct_scalar(node)})
print(json.dumps(yaml.load(sys.argv[1], Loader)))";

fn template(world: &World) -> Result<(), Failed> {
    for layout in ["recommended", "article"] {
        let name = format!("template_{layout}.history");
        let more = [&PUBLISHED[..], &[layout, "--format", "cloudformation"]].concat();
        let printed = run(
            world,
            &[&["table", "ddl", "--athena", &name], &more[..]].concat(),
        )?;
        let mut python = Command::new(world.python());
        let read = finish(python.args(["-c", READ_TEMPLATE, &printed.out]))?.json()?;
        let resources = read["Resources"].as_object().into_iter().flatten();
        let mut tables = resources.filter(|(_, made)| made["Type"] == "AWS::Glue::Table");
        let made = tables.next().map(|(_, made)| &made["Properties"]);
        let made = made.ok_or_else(|| format!("no table: {read:#}"))?;
        let database = made["DatabaseName"].as_str().unwrap_or_default();
        let input = json!({ "DatabaseInput": { "Name": database } });
        glue(world, "CreateDatabase", &input)?;
        let input = json!({ "DatabaseName": database, "TableInput": made["TableInput"] });
        glue(world, "CreateTable", &input)?;
        let plan = ensure(world, "plan", &name, &[&PUBLISHED[..], &[layout]].concat())?;
        same(&json!([]), &plan["differences"])?;
        stands(&plan, "up_to_date", false)?;
    }
    Ok(())
}

fn too_wide(world: &World) -> Result<(), Failed> {
    // 2 accounts, 2 Regions, 979 years of 372 days.
    let folders = "1456752";
    let arguments = [&PUBLISHED[..], &["article"]].concat();
    let plan = ensure(world, "plan", "wide.history", &arguments)?;
    let warnings = plan["warnings"].to_string();
    for word in [folders, "1000000", "136"] {
        if !warnings.contains(word) {
            return Err(format!("`{word}` is not warned of: {plan:#}").into());
        }
    }
    let told = run(
        world,
        &[
            &["table", "plan", "--athena", "wide.history"],
            &arguments[..],
        ]
        .concat(),
    )?;
    if told.code != 0 || !told.err.contains(folders) || !told.out.contains(folders) {
        return Err(format!("{told:#?}").into());
    }
    let narrow = [&PUBLISHED[..], &["recommended"]].concat();
    let plan = ensure(world, "plan", "wide.history", &narrow)?;
    same(&json!(null), &plan["warnings"])
}
