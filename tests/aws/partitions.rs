//! What a question reads, and how often Athena is asked for it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    Case, case,
    program::run,
    world::{Watch, World, demo_lake},
};

/// Tables of all forms.
const TABLES: [Table; 3] = [
    ("demo.recommended", "demo-bucket", true),
    ("demo.dated", "demo-bucket", false),
    ("plain.article", "plain-bucket", false),
];

/// Name, bucket, whether a partition key tells history from snapshots.
type Table = (&'static str, &'static str, bool);
/// What a test does.
type Run = Box<dyn Fn(&World) -> Result<(), Failed> + Send>;
/// Days as numbers, e.g. 20241105.
type Day = u32;

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for table in TABLES {
        let name = table.0;
        let mut add = |what: &str, run: Run| {
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
        // It has no bodies: of kinds it tells little.
        if name != "plain.article" {
            add("kinds", Box::new(move |w| kinds(w, table, "", 0)));
            // Thirty days before October 31.
            let days = " --lookback 30";
            add(
                "lookback",
                Box::new(move |w| kinds(w, table, days, 20_241_001)),
            );
        }
        add("scope", Box::new(move |w| scoped(w, table)));
        add("started", Box::new(move |w| started(w, table)));
        add("nothing", Box::new(move |w| nothing_delivered(w, table)));
        add("unknown_month", Box::new(move |w| unknown_month(w, table)));
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
        let [account, "Config", region, year, month, day, kind, _, ..] = *parts.get(at + 1..)?
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

/// Returns the files of these days that a table's partitions tell apart: those of wanted kinds, or
/// of all kinds on the days on which there is any of a wanted one.
fn of_days<'d>(
    all: &'d [Delivered],
    (first, last): (Day, Day),
    tells_kinds: bool,
    kinds: &[&str],
) -> Vec<&'d Delivered> {
    let is_wanted = |file: &&Delivered| kinds.contains(&file.kind.as_str());
    let within = |file: &&Delivered| (first..=last).contains(&file.day);
    let wanted = all.iter().filter(within).filter(is_wanted);
    let days: BTreeSet<Day> = wanted.map(|file| file.day).collect();
    let files = all.iter().filter(|file| days.contains(&file.day));
    files
        .filter(|file| !tells_kinds || is_wanted(file))
        .collect()
}

/// Counting reads the period's folders, by one statement whose predicates are plain.
fn counts(world: &World, table: Table, zone: &str, first: Day) -> Result<(), Failed> {
    let (name, bucket, tells_kinds) = table;
    let watch = world.watch()?;
    let question =
        format!("query --month 2024-11 --timezone {zone} --group-by account --measure items");
    let answer = ask(world, name, &question)?;
    watch.submitted(1)?;
    let all = delivered(world, bucket)?;
    let wanted = of_days(&all, (first, 20_241_202), tells_kinds, &["ConfigHistory"]);
    read_exactly(&watch, &answer, &wanted)?;
    plain_predicates(&watch, name)
}

/// Telling kinds reads earlier days and snapshots as well, by one statement.
fn kinds(world: &World, table: Table, lookback: &str, first: Day) -> Result<(), Failed> {
    let (name, bucket, tells_kinds) = table;
    let watch = world.watch()?;
    let question =
        format!("query --month 2024-11 --group-by change_kind --measure items{lookback}");
    let answer = ask(world, name, &question)?;
    watch.submitted(1)?;
    let all = delivered(world, bucket)?;
    let both = ["ConfigHistory", "ConfigSnapshot"];
    let wanted = of_days(&all, (first, 20_241_202), tells_kinds, &both);
    let has = |is_so: &dyn Fn(&Delivered) -> bool| wanted.iter().any(|file| is_so(file));
    if !has(&|file| file.day < 20_241_031) || !has(&|file| file.kind == "ConfigSnapshot") {
        return Err("nothing earlier, or no snapshot: that proves nothing".into());
    }
    read_exactly(&watch, &answer, &wanted)?;
    plain_predicates(&watch, name)
}

/// Accounts and Regions of the question are partitions too.
fn scoped(world: &World, table: Table) -> Result<(), Failed> {
    let (name, bucket, tells_kinds) = table;
    let watch = world.watch()?;
    let mut all = delivered(world, bucket)?;
    let question = "query --from 2024-11-10 --to 2024-11-12 --account 444455556666 --region \
                    us-east-1 --group-by day --measure items";
    let answer = ask(world, name, question)?;
    all.retain(|file| file.account == "444455556666" && file.region == "us-east-1");
    let days = (20_241_109, 20_241_114);
    let wanted = of_days(&all, days, tells_kinds, &["ConfigHistory"]);
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
            let bound = bound_to(sql, key)?;
            let odd =
                |text: &&String| text.is_empty() || text.starts_with('0') || text.contains("/0");
            if bound.is_empty() || (*key != "account_id" && bound.iter().any(|text| odd(&text))) {
                return Err(format!("{key} is bound to {bound:?}: {sql}").into());
            }
        }
    }
    Ok(())
}

/// Returns the texts that a statement compares a key with; fails where it does so in another way.
fn bound_to(sql: &str, key: &str) -> Result<Vec<String>, String> {
    let quoted = format!("\"{key}\"");
    let mut bound = Vec::new();
    for (at, _) in sql.match_indices(&quoted) {
        let after = sql.get(at + quoted.len()..).unwrap_or_default();
        // A value that is shown, not a condition.
        if after.starts_with(" AS varchar)") {
            continue;
        }
        let one = after
            .strip_prefix(" = ")
            .and_then(|rest| rest.split([' ', ')', '\n']).next());
        let list = after
            .strip_prefix(" IN (")
            .and_then(|rest| rest.split(')').next());
        let start: String = after.chars().take(40).collect();
        let literals = one.or(list).ok_or_else(|| format!("{key}{start}"))?;
        for literal in literals.split(", ") {
            let text = literal
                .strip_prefix('\'')
                .and_then(|text| text.strip_suffix('\''));
            bound.push(text.ok_or_else(|| format!("{key}{start}"))?.to_owned());
        }
    }
    Ok(bound)
}

/// How many statements questions take.
const STARTED: [(usize, &[&str]); 11] = [
    (1, &["--month", "2024-11", "--measure", "items"]),
    (
        1,
        &["--month", "2024-11", "--columns", "resource_id,status"],
    ),
    (
        1,
        &["--month", "2024-11", "--columns", "resource_name,tags"],
    ),
    (
        1,
        &[
            "--month",
            "2024-11",
            "--sql",
            "SELECT count(*) FROM configuration_items",
        ],
    ),
    (
        1,
        &[
            "--month",
            "2024-11",
            "--sql",
            "SELECT tags['Environment'] AS e, count(*) FROM configuration_items GROUP BY 1",
        ],
    ),
    (
        1,
        &[
            "--month",
            "2024-11",
            "--sql",
            "SELECT count(*) FROM configuration_items a JOIN configuration_items b ON a.resourceId = b.resourceId",
        ],
    ),
    (
        1,
        &[
            "--month",
            "2024-11",
            "--account",
            "444455556666",
            "--group-by",
            "region",
        ],
    ),
    (
        1,
        &[
            "--month",
            "2024-11",
            "--group-by",
            "change_kind",
            "--measure",
            "changes",
        ],
    ),
    (
        1,
        &[
            "--month",
            "2024-11",
            "--kind",
            "deleted",
            "--columns",
            "resource_name",
        ],
    ),
    (
        1,
        &[
            "--month",
            "2024-11",
            "--sql",
            "SELECT changeKind, count(*) FROM configuration_items GROUP BY 1",
        ],
    ),
    (
        // A form that only Athena knows: its kinds are told from what another one fetched.
        2,
        &[
            "--month",
            "2024-11",
            "--sql",
            "SELECT changeKind, max_by(resourceType, day) FROM configuration_items GROUP BY 1",
        ],
    ),
];

fn started(world: &World, (name, _, _): Table) -> Result<(), Failed> {
    let watch = world.watch()?;
    let mut before = 0;
    // All of them for one table; the forms of tables differ in what tells kinds.
    let of_kinds = |question: &[&str]| question.join(" ").to_lowercase().contains("kind");
    let chosen = STARTED
        .iter()
        .enumerate()
        .filter(|(at, (_, question))| match name {
            "demo.recommended" => true,
            "plain.article" => *at < 4,
            _ => of_kinds(question),
        });
    for (_, (expected, question)) in chosen {
        let asked = [
            &["query"][..],
            question,
            &["--format", "json", "--athena", name],
        ]
        .concat();
        run(world, &asked)?.json()?;
        let submitted = watch.count("StartQueryExecution")? - before;
        if submitted != *expected {
            return Err(format!("{submitted} statements, not {expected}: {question:?}").into());
        }
        before += submitted;
    }
    Ok(())
}

/// Questions about a period, with their answers where nothing was delivered.
const OF_NOTHING: [(&str, &str, &str); 5] = [
    ("--measure", "items", r#"[{"items":0}]"#),
    ("--group-by", "change_kind", "[]"),
    ("--columns", "resource_id", "[]"),
    ("--columns", "resource_name,tags", "[]"),
    (
        "--sql",
        "SELECT count(*) AS n FROM configuration_items",
        r#"[{"n":0}]"#,
    ),
];

/// Where nothing was delivered, there is nothing to ask.
fn nothing_delivered(world: &World, (name, _, _): Table) -> Result<(), Failed> {
    let watch = world.watch()?;
    let scopes = [
        "--from 2021-03-01 --to 2021-03-30",
        "--from 2025-06-01 --to 2025-06-20",
        "--from 2024-11-01 --to 2024-11-29 --account 999999999999",
        "--from 2024-11-01 --to 2024-11-29 --region sa-east-1",
    ];
    // All of them for one table, and for each table those that differ most.
    let questions = OF_NOTHING.iter().enumerate();
    for scope in scopes {
        for (at, (flag, value, expected)) in questions.clone() {
            if name != "demo.recommended" && !(1..=2).contains(&at) {
                continue;
            }
            let scope: Vec<&str> = scope.split(' ').collect();
            let asked = [
                &["query", flag, value, "--format", "json", "--athena", name],
                &scope[..],
            ];
            let answer = run(world, &asked.concat())?.json()?;
            let evidence = &answer["evidence"];
            if answer["rows"] != serde_json::from_str::<Value>(expected).unwrap_or_default()
                || evidence["athena"]["query_ids"] != json!([])
                || evidence["cost_estimate_usd"] != 0.0
            {
                return Err(format!("{asked:?}: {answer:#}").into());
            }
        }
    }
    Ok(watch.submitted(0)?)
}

/// A month that is not there is an error, which names those there are.
fn unknown_month(world: &World, (name, _, _): Table) -> Result<(), Failed> {
    let _beside = world.beside();
    for month in ["2021-03", "2025-06"] {
        let refused = run(world, &["query", "--month", month, "--athena", name])?;
        refused.only_error("unknown_month", &[month, "2023-11", "2024-11"])?;
        refused.ended_with(1)?;
    }
    Ok(())
}
