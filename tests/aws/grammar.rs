//! Trino's own grammar against what the program writes, and against what its guard lets through.
//! The emulated Athena reads more forms than Athena does, so its yes alone proves little.

use std::{
    ffi::OsStr,
    io::Write as _,
    process::{Command, Stdio},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use config_history::store::ReadOnlySql;
use flate2::{Compression, write::GzEncoder};
use libtest_mimic::Failed;
use serde_json::json;

use crate::{
    Case, case,
    program::{program, run},
    services::{bucket_of, create_like, delivered, put},
    statements::{Meaning, STATEMENTS},
    stdio::Server,
    table::november,
    world::{World, folder},
};

/// Beginning of the names of tests that need Java.
pub(crate) const PREFIX: &str = "grammar::";

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("grammar::what_questions_become", questions),
        case("grammar::what_statements_become", statements),
        case("grammar::what_the_guard_lets_through", guard),
    ]
}

/// Returns why the grammar cannot be asked, if so.
pub(crate) fn missing() -> Option<String> {
    let modules = Command::new("java").arg("--list-modules").output();
    match modules {
        Err(error) => Some(format!("no Java: {error}")),
        Ok(output) if String::from_utf8_lossy(&output.stdout).contains("jdk.compiler") => None,
        Ok(_) => Some("this Java has no compiler".to_owned()),
    }
}

/// What a statement is by the grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Query,
    Other(String),
    Error(String),
}

/// Asks the grammar about statements.
fn verdicts(world: &World, statements: &[String]) -> Result<Vec<Verdict>, String> {
    let find = "import importlib.util as u, os; \
                print(os.path.dirname(u.find_spec('trinocli').origin))";
    let found = Command::new(world.python()).args(["-c", find]).output();
    let found = found.map_err(|error| error.to_string())?;
    let jar = format!(
        "{}/bin/trino-cli.jar",
        String::from_utf8_lossy(&found.stdout).trim()
    );
    let mut java = Command::new("java")
        .args([OsStr::new("-cp"), OsStr::new(&jar)])
        .arg(folder().join("TrinoGrammar.java"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("java: {error}"))?;
    let lines: String = statements
        .iter()
        .map(|statement| BASE64_STANDARD.encode(statement) + "\n")
        .collect();
    let mut input = java.stdin.take().ok_or("no input of java")?;
    // Beside the reading of its answers, whose pipe would fill.
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = java.wait_with_output().map_err(|error| error.to_string())?;
    drop(writing.join());
    let said = String::from_utf8_lossy(&output.stdout);
    let verdicts: Vec<Verdict> = said
        .lines()
        .map(|line| match line.strip_prefix("error: ") {
            Some(error) => Verdict::Error(error.chars().take(200).collect()),
            None if line == "StatementDefault" => Verdict::Query,
            None => Verdict::Other(line.to_owned()),
        })
        .collect();
    if verdicts.len() == statements.len() {
        return Ok(verdicts);
    }
    let trouble = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{} verdicts on {} statements: {trouble}",
        verdicts.len(),
        statements.len()
    ))
}

/// Fails unless all of these are queries by the grammar.
fn all_are_queries(world: &World, mut statements: Vec<String>) -> Result<(), Failed> {
    statements.sort();
    statements.dedup();
    let verdicts = verdicts(world, &statements)?;
    let wrong = verdicts.iter().zip(&statements);
    let wrong: Vec<String> = wrong
        .filter(|(verdict, _)| **verdict != Verdict::Query)
        .map(|(verdict, statement)| format!("{verdict:?}\n{statement}"))
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} of {}\n{}",
        wrong.len(),
        statements.len(),
        wrong.join("\n\n")
    )
    .into())
}

/// Questions of all kinds, with values that somebody wrote to break statements.
const QUESTIONS: [&[&str]; 14] = [
    &["months"],
    &["summarize", "2024-11"],
    &["bill", "2024-11", "--by-tag", "Environment"],
    &["anomalies", "2024-11", "--timezone", "Asia/Tokyo"],
    &["resource", "stg-bastion"],
    &[
        "query",
        "--month",
        "2024-11",
        "--group-by",
        "account,region,resource_type,day",
        "--measure",
        "items,cost",
    ],
    &[
        "query",
        "--from",
        "2024-09-10",
        "--to",
        "2024-11-20",
        "--group-by",
        "year,month,change_kind",
        "--measure",
        "items,changes",
    ],
    &[
        "query",
        "--from",
        "2024-11-03T10:00:00Z",
        "--to",
        "2024-11-04T12:30:00.5Z",
        "--columns",
        "capture_time,resource_id,source,tags",
    ],
    &[
        "query",
        "--month",
        "2024-11",
        "--type",
        "AWS::EC2::*,aws::lambda::function",
        "--region",
        "global",
        "--account",
        "444455556666",
        "--group-by",
        "resource_id",
        "--measure",
        "items",
    ],
    &[
        "query",
        "--month",
        "2024-11",
        "--kind",
        "deleted,settings",
        "--columns",
        "capture_time,resource_name,arn,tags,configuration,relationships",
    ],
    &[
        "query",
        "--month",
        "2024-11",
        "--timezone",
        "Asia/Tokyo",
        "--group-by",
        "day",
        "--measure",
        "changes",
        "--order-by",
        "changes desc,day",
    ],
    &[
        "query",
        "--month",
        "2024-11",
        "--tag",
        "Environment=staging",
        "--tag",
        "it's \"q\" \\ %_ \u{1F600}=a'b--c",
        "--group-by",
        "account",
        "--measure",
        "items",
    ],
    &[
        "query",
        "--month",
        "2024-11",
        "--resource",
        "a'b\"c;--/*",
        "--name",
        "O'Brien\\'; DROP TABLE x --",
        "--columns",
        "resource_id,tags",
    ],
    &[
        "query",
        "--month",
        "2024-11",
        "--status",
        "ResourceDeleted",
        "--measure",
        "items",
        "--group-by",
        "resource_type",
        "--limit",
        "3",
    ],
];

/// A table that holds more than fits into the least memory.
const HEAVY: &str = "too_heavy.history";

/// Sources, and which of the questions each of them is asked: the form of its table decides about
/// what is written for all of them in the same way.
fn sources() -> [(&'static [&'static str], &'static [&'static [&'static str]]); 4] {
    [
        (&["--athena", "demo.recommended"], &QUESTIONS),
        (&["--athena", "demo.dated"], &QUESTIONS[7..9]),
        (&["--athena", "plain.article"], &QUESTIONS[7..12]),
        // Too little to fetch into: kinds are told in SQL.
        (
            &["--athena", HEAVY, "--memory-limit", "16"],
            &QUESTIONS[8..12],
        ),
    ]
}

/// Makes a bucket with some days and a large file without items, and a table over it.
fn heavy(world: &World) -> Result<(), Failed> {
    let some = |key: &str| key.contains("444455556666") && november(key);
    bucket_of(world, "too-heavy-bucket", some)?;
    let beside = delivered()?.into_iter().map(|(key, _)| key);
    let beside = beside
        .filter(|key| some(key))
        .find(|key| key.contains("/2024/11/") && key.contains("/ConfigHistory/"));
    let beside: String = beside.ok_or("nothing was delivered in November")?;
    let text = json!({
        "fileVersion": "1.0",
        "configSnapshotId": "00000000-0000-0000-0000-000000000000",
        "padding": "x".repeat(2_000_000),
        "configurationItems": [],
    });
    let mut packed = GzEncoder::new(Vec::new(), Compression::none());
    packed.write_all(text.to_string().as_bytes())?;
    let key = beside.replace("_AWS%3A", "_AWS%3A%3AHeavy%3A");
    put(world, "too-heavy-bucket", &key, &packed.finish()?)?;
    create_like(world, "demo.recommended", HEAVY, |input| {
        let moved = input.to_string().replace("demo-bucket", "too-heavy-bucket");
        *input = moved.parse().unwrap_or_default();
    })?;
    Ok(())
}

fn questions(world: &World) -> Result<(), Failed> {
    heavy(world)?;
    let watch = world.watch()?;
    let mut before = 0;
    for (source, questions) in sources() {
        for question in questions {
            let arguments = [question, source, &["--lookback", "40"]].concat();
            let run = run(world, &arguments)?;
            // What is answered is the matter of other tests; that all comes to statements is not.
            if !matches!(run.code, 0 | 1 | 3) || run.err.contains("MALFORMED_QUERY") {
                return Err(format!("{source:?} {question:?}: {run:#?}").into());
            }
        }
        let now = watch.handed_in()?.len();
        if now < before + questions.len() / 2 {
            return Err(format!("{source:?} comes to hardly a statement").into());
        }
        before = now;
    }
    let statements = watch.handed_in()?;
    // All ways in which the relation is written: fetched, told in SQL, plain.
    for sign in [
        "ch_judged",
        "ch_numbered",
        "_same",
        "'unknown' AS changekind",
    ] {
        if !statements.iter().any(|statement| statement.contains(sign)) {
            return Err(format!("no statement has {sign}").into());
        }
    }
    drop(watch);
    all_are_queries(world, statements)
}

/// Statements that the guard lets through and Athena is to read.
fn good() -> impl Iterator<Item = &'static str> {
    let good = STATEMENTS
        .iter()
        .filter(|(meaning, _)| *meaning == Meaning::Asked);
    good.map(|(_, statement)| *statement)
}

fn statements(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let mut submitted = 0;
    // Tags are JSON in the one table and maps in the other.
    for (table, more, every) in [
        ("demo.recommended", Some("--show-secrets"), 1),
        ("plain.article", None, 5),
    ] {
        let mut command = program(world);
        command.args(["serve", "--lookback", "40", "--athena", table]);
        command.args(more);
        let mut client = Server::start(&mut command)?;
        for statement in good().step_by(every) {
            let arguments = json!({ "sql": statement, "month": "2024-11", "limit": 1 });
            let answer = client.answer("run_sql", &arguments)?;
            if matches!(
                answer["code"].as_str(),
                Some("sql_not_allowed" | "internal")
            ) {
                return Err(format!("{statement}: {answer}").into());
            }
        }
        let now = watch.handed_in()?.len();
        if now < submitted + good().step_by(every).count() / 2 {
            return Err(format!("{table}: {now} statements").into());
        }
        submitted = now;
    }
    let statements = watch.handed_in()?;
    drop(watch);
    all_are_queries(world, statements)
}

fn guard(world: &World) -> Result<(), Failed> {
    let texts: Vec<String> = STATEMENTS
        .iter()
        .map(|(_, text)| (*text).to_owned())
        .collect();
    let as_written = verdicts(world, &texts)?;
    let parsed: Vec<Option<String>> = texts
        .iter()
        .map(|text| ReadOnlySql::parse(text).ok().map(|sql| sql.to_string()))
        .collect();
    let handed_on: Vec<String> = parsed
        .iter()
        .map(|sql| sql.clone().unwrap_or_default())
        .collect();
    let as_handed_on = verdicts(world, &handed_on)?;
    let mut wrong = Vec::new();
    for (at, (meaning, text)) in STATEMENTS.iter().enumerate() {
        let is_let_through = parsed[at].is_some();
        let is_right = match (meaning, &as_written[at]) {
            (Meaning::Asked, verdict) => {
                is_let_through
                    && (*verdict == Verdict::Query || text.ends_with(';'))
                    && (as_handed_on[at] == Verdict::Query || text.contains("OFFSET"))
            }
            (Meaning::Foreign, Verdict::Error(_)) => {
                is_let_through && matches!(as_handed_on[at], Verdict::Error(_))
            }
            (Meaning::NotAllowed, Verdict::Query)
            | (Meaning::NoQuery, Verdict::Other(_))
            | (Meaning::Nothing, Verdict::Error(_)) => !is_let_through,
            _ => false,
        };
        if !is_right {
            wrong.push(format!(
                "{meaning:?}: {text}\n  the grammar: {:?}\n  handed on: {:?}: {:?}",
                as_written[at], parsed[at], as_handed_on[at]
            ));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(wrong.join("\n").into())
}
