//! What a question reads, and how often Athena is asked for it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::{
    Case, case,
    program::run,
    world::{Watch, World, demo_lake},
};

/// Tables: name, bucket, and whether a partition key tells history from snapshots.
const TABLES: [(&str, &str, bool); 4] = [
    ("demo.recommended", "demo-bucket", true),
    ("demo.dated", "demo-bucket", false),
    ("plain.recommended", "plain-bucket", true),
    ("plain.article", "plain-bucket", false),
];

/// Days as numbers, e.g. 20241105.
type Day = u32;

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for table in TABLES {
        let name = table.0;
        let mut add = |what: &str, run: Box<dyn Fn(&World) -> Result<(), Failed> + Send>| {
            cases.push(case(format!("partitions::{name}::{what}"), run));
        };
        // A day of delivery before the month, two after it.
        add(
            "utc",
            Box::new(move |w| counts(w, table, "UTC", 20_241_031)),
        );
        // November in Tokyo begins on October 31, UTC.
        add(
            "tokyo",
            Box::new(move |w| counts(w, table, "Asia/Tokyo", 20_241_030)),
        );
        add("kinds", Box::new(move |w| kinds(w, table, None, 0)));
        // Thirty days before October 31.
        add(
            "lookback",
            Box::new(move |w| kinds(w, table, Some("30"), 20_241_001)),
        );
        add("scope", Box::new(move |w| scoped(w, table)));
        add("started", Box::new(move |w| started(w, table)));
    }
    cases
}

/// A delivered file as Athena names it.
struct Delivered {
    uri: String,
    path: PathBuf,
    account: String,
    region: String,
    day: Day,
    kind: String,
}

/// Lists the lake behind a table.
fn delivered(world: &World, bucket: &str) -> Result<Vec<Delivered>, String> {
    let root = if bucket == "demo-bucket" {
        PathBuf::from(demo_lake())
    } else {
        world.plain_lake.clone()
    };
    let mut files = Vec::new();
    walk(&root, &mut files)?;
    let found = files.into_iter().filter_map(|path| {
        let key = path.strip_prefix(&root).ok()?.to_str()?.to_owned();
        let parts: Vec<&str> = key.split('/').collect();
        let at = parts.iter().position(|part| *part == "AWSLogs")?;
        let [account, "Config", region, year, month, day, kind, _name] = *parts.get(at + 1..)?
        else {
            return None;
        };
        let number = |text: &str| text.parse::<Day>().ok();
        Some(Delivered {
            uri: format!("s3://{bucket}/{key}"),
            account: account.to_owned(),
            region: region.to_owned(),
            day: number(year)? * 10_000 + number(month)? * 100 + number(day)?,
            kind: kind.to_owned(),
            path,
        })
    });
    Ok(found.collect())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn ask(world: &World, table: &str, question: &str) -> Result<Value, String> {
    let asked: Vec<&str> = question.split(' ').collect();
    run(
        world,
        &[&asked[..], &["--format", "json", "--athena", table]].concat(),
    )?
    .json()
}

/// Fails unless the statements read exactly these files, and the evidence says how much that is.
fn read_exactly(watch: &Watch<'_>, answer: &Value, wanted: &[&Delivered]) -> Result<(), Failed> {
    let expected: BTreeSet<&str> = wanted.iter().map(|file| file.uri.as_str()).collect();
    if expected.is_empty() {
        return Err("nothing is to be read: that proves nothing".into());
    }
    let statements = watch.statements()?;
    let objects = |statement: &Value| -> BTreeSet<String> {
        let objects = statement["objects"].as_array().into_iter().flatten();
        objects
            .filter_map(|of| of.as_str().map(str::to_owned))
            .collect()
    };
    for statement in &statements {
        let read = objects(statement);
        let read: BTreeSet<&str> = read.iter().map(String::as_str).collect();
        if read != expected {
            let missing: Vec<_> = expected.difference(&read).take(3).collect();
            let more: Vec<_> = read.difference(&expected).take(3).collect();
            return Err(format!("not read: {missing:#?}, read besides: {more:#?}").into());
        }
    }
    let sizes = wanted
        .iter()
        .map(|file| std::fs::metadata(&file.path).map(|of| of.len()));
    let bytes: u64 = sizes.sum::<Result<u64, _>>()?;
    let bytes = bytes * statements.len() as u64;
    let evidence = &answer["evidence"];
    for told in [
        &evidence["bytes_scanned"],
        &evidence["athena"]["scanned_bytes"],
    ] {
        if told.as_u64() != Some(bytes) {
            return Err(format!("{bytes} bytes, not {evidence:#}").into());
        }
    }
    Ok(())
}

/// Counting reads the period's folders, by one statement whose predicates are plain.
fn counts(world: &World, table: (&str, &str, bool), zone: &str, first: Day) -> Result<(), Failed> {
    let (name, bucket, tells_kinds) = table;
    let watch = world.watch()?;
    let question =
        format!("query --month 2024-11 --timezone {zone} --group-by account --measure items");
    let answer = ask(world, name, &question)?;
    watch.submitted(1)?;
    let all = delivered(world, bucket)?;
    let wanted: Vec<&Delivered> = all
        .iter()
        .filter(|file| (first..=20_241_202).contains(&file.day))
        .filter(|file| !tells_kinds || file.kind == "ConfigHistory")
        .collect();
    read_exactly(&watch, &answer, &wanted)?;
    plain_predicates(&watch, name)
}

/// Telling kinds reads earlier days and snapshots as well, by one statement.
fn kinds(
    world: &World,
    (name, bucket, _): (&str, &str, bool),
    lookback: Option<&str>,
    first: Day,
) -> Result<(), Failed> {
    if name == "plain.article" {
        // It has no bodies; what its answer says of kinds is told elsewhere.
        return Ok(());
    }
    let watch = world.watch()?;
    let mut question = "query --month 2024-11 --group-by change_kind --measure items".to_owned();
    if let Some(days) = lookback {
        question.push_str(&format!(" --lookback {days}"));
    }
    let answer = ask(world, name, &question)?;
    watch.submitted(1)?;
    let all = delivered(world, bucket)?;
    let wanted: Vec<&Delivered> = all
        .iter()
        .filter(|file| (first..=20_241_202).contains(&file.day))
        .collect();
    if !wanted
        .iter()
        .any(|file| file.day < 20_241_031 && file.kind == "ConfigSnapshot")
    {
        return Err("no earlier snapshot: that proves nothing".into());
    }
    read_exactly(&watch, &answer, &wanted)?;
    plain_predicates(&watch, name)
}

/// Accounts and Regions of the question are partitions too.
fn scoped(world: &World, table: (&str, &str, bool)) -> Result<(), Failed> {
    let (name, bucket, tells_kinds) = table;
    let watch = world.watch()?;
    let all = delivered(world, bucket)?;
    let question = "query --from 2024-11-10 --to 2024-11-12 --account 444455556666 --region us-east-1 \
                    --group-by day --measure items";
    let answer = ask(world, name, question)?;
    let wanted: Vec<&Delivered> = all
        .iter()
        .filter(|file| (20_241_109..=20_241_114).contains(&file.day))
        .filter(|file| file.account == "444455556666" && file.region == "us-east-1")
        .filter(|file| !tells_kinds || file.kind == "ConfigHistory")
        .collect();
    watch.submitted(1)?;
    read_exactly(&watch, &answer, &wanted)?;
    plain_predicates(&watch, name)
}

/// Every partition key is bound, by `=` or `IN` with text as it stands in the folders.
fn plain_predicates(watch: &Watch<'_>, table: &str) -> Result<(), Failed> {
    let keys: &[&str] = match table {
        "demo.dated" => &["account_id", "region", "dt"],
        "plain.article" => &["account_id", "region", "year", "month", "day"],
        _ => &["account_id", "region", "year", "month", "day", "type"],
    };
    for statement in watch.statements()? {
        let sql = statement["sql"].as_str().unwrap_or_default();
        for key in keys {
            let quoted = format!("\"{key}\"");
            let mut bound = 0;
            for (_, after) in sql
                .match_indices(&quoted)
                .map(|(at, _)| (at, sql.get(at + quoted.len()..).unwrap_or_default()))
            {
                // A value that is shown, not a condition.
                if after.starts_with(" AS varchar)") {
                    continue;
                }
                let list = after
                    .strip_prefix(" = ")
                    .and_then(|rest| Some(rest.split([' ', ')', '\n']).next()?.to_owned()));
                let list = list
                    .or_else(|| Some(after.strip_prefix(" IN (")?.split(')').next()?.to_owned()));
                let list = list.ok_or_else(|| {
                    format!("{key}{}", after.chars().take(40).collect::<String>())
                })?;
                for literal in list.split(", ") {
                    let text = literal
                        .strip_prefix('\'')
                        .and_then(|text| text.strip_suffix('\''));
                    let text = text.ok_or_else(|| format!("{key} is compared with {literal}"))?;
                    if text.is_empty() || text.starts_with('0') || text.contains("/0") {
                        return Err(format!("{key} is compared with `{text}`").into());
                    }
                }
                bound += 1;
            }
            if bound == 0 {
                return Err(format!("{key} is not bound: {sql}").into());
            }
        }
    }
    Ok(())
}

/// How many statements a question takes.
fn started(world: &World, (name, _, _): (&str, &str, bool)) -> Result<(), Failed> {
    let sql = |of: &'static str| vec!["query", "--month", "2024-11", "--sql", of];
    let typed = |of: &'static str| of.split(' ').collect::<Vec<_>>();
    let mut questions = vec![
        (1, typed("query --month 2024-11 --measure items")),
        (
            1,
            typed("query --month 2024-11 --columns resource_id,status"),
        ),
        (
            1,
            typed("query --month 2024-11 --columns resource_name,tags"),
        ),
        (1, sql("SELECT count(*) FROM configuration_items")),
        (
            1,
            sql("SELECT tags['Environment'] AS e, count(*) FROM configuration_items GROUP BY 1"),
        ),
        (
            1,
            sql(
                "SELECT count(*) FROM configuration_items a JOIN configuration_items b ON a.resourceId = b.resourceId",
            ),
        ),
        // Nothing was delivered: there is nothing to ask.
        (0, typed("query --month 2021-03 --measure items")),
        (
            0,
            typed("query --month 2024-11 --account 999999999999 --measure items"),
        ),
        (
            0,
            typed("query --month 2024-11 --account 999999999999 --group-by change_kind"),
        ),
        (
            0,
            typed("query --month 2024-11 --region sa-east-1 --columns resource_id"),
        ),
        (
            0,
            [
                "query",
                "--month",
                "2024-11",
                "--account",
                "999999999999",
                "--sql",
                "SELECT count(*) FROM configuration_items",
            ]
            .to_vec(),
        ),
    ];
    if name != "plain.article" {
        questions.push((
            1,
            typed("query --month 2024-11 --group-by change_kind --measure changes"),
        ));
        questions.push((
            1,
            typed("query --month 2024-11 --kind deleted --columns resource_name"),
        ));
        questions.push((
            2,
            sql("SELECT changeKind, count(*) FROM configuration_items GROUP BY 1"),
        ));
    }
    let watch = world.watch()?;
    let mut before = 0;
    for (expected, question) in questions {
        let asked = [&question[..], &["--format", "json", "--athena", name]].concat();
        let ended = run(world, &asked)?;
        let submitted = watch.count("StartQueryExecution")?;
        if submitted - before != expected {
            return Err(format!(
                "{} statements for {question:?}: {ended:#?}",
                submitted - before
            )
            .into());
        }
        before = submitted;
        if expected > 0 {
            ended.json()?;
        } else if ended.code == 1 {
            ended.only_error("unknown_month", &[])?;
        } else if ended.json()?["evidence"]["athena"]["query_ids"] != serde_json::json!([]) {
            return Err(format!("{ended:#?}").into());
        }
    }
    Ok(())
}
