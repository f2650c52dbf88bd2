//! AWS fails, and comes back or not: an answer, or one clear error; never a statement left behind.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    Case, case, http,
    program::{Run, finish, program},
    world::{Watch, World, demo_lake, endpoint},
};

/// A question of one statement.
const QUESTION: &str = "query --month 2024-11 --measure items --format json";
/// How long a statement may outlive its question.
const SOON: Duration = Duration::from_secs(5);

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = recovered()
        .into_iter()
        .map(|(name, rule)| {
            case(format!("faults::recovered::{name}"), move |world| {
                recovers(world, &rule)
            })
        })
        .collect();
    cases.extend(denied().into_iter().map(|(name, asked, rule)| {
        case(format!("faults::denied::{name}"), move |world| {
            denies(world, asked, &rule)
        })
    }));
    cases.extend([
        case("faults::rows_cut_short_for_ever", rows_cut_for_ever),
        case("faults::an_expired_token_at_the_start", expired_start),
        case("faults::expired_for_ever", expired_for_ever),
        case("faults::endless_throttling_of_the_start", throttled_start),
        case("faults::endless_throttling_of_a_statement", throttled_look),
        case("faults::a_time_limit_amid_throttling", throttled_past_time),
        case("faults::a_failed_statement_is_not_run_again", |world| {
            fails(world, &[false], 1)
        }),
        case("faults::one_that_may_run_again_is_run_again", runs_again),
        case("faults::and_only_once", |world| {
            fails(world, &[true, true], 2)
        }),
        case("faults::athenas_own_limit_on_bytes", cut_off),
        case("faults::a_file_that_the_table_cannot_read", unreadable_file),
        case("faults::a_table_that_is_not_there", no_table),
        case("faults::an_address_where_nobody_listens", nobody_listens),
    ]);
    cases
}

/// Faults that pass, and what must then be answered as if nothing had been.
fn recovered() -> Vec<(&'static str, Value)> {
    let athena = |operation: &str, code: &str, status: u16, times: u64| {
        json!({
            "service": "athena", "operation": operation, "times": times,
            "error": {"code": code, "status": status, "message": "Rate exceeded"},
        })
    };
    let slow_down = json!({
        "service": "s3", "times": 2,
        "error": {"code": "SlowDown", "status": 503, "message": "Please reduce your request rate."},
    });
    let expired = json!({
        "service": "s3", "times": 1,
        "error": {"code": "ExpiredToken", "status": 400, "message": "The provided token has expired."},
    });
    let of = |operation: &str, further: Value| {
        let mut rule = json!({"service": "athena", "operation": operation, "times": 1});
        if let (Some(rule), Value::Object(further)) = (rule.as_object_mut(), further) {
            rule.extend(further);
        }
        rule
    };
    let cut = json!({"response": {"truncate_frac": 0.5}});
    vec![
        (
            "throttled_look",
            athena("GetQueryExecution", "ThrottlingException", 400, 3),
        ),
        (
            "too_many_statements",
            athena("StartQueryExecution", "TooManyRequestsException", 400, 2),
        ),
        (
            "internal_error",
            athena("StartQueryExecution", "InternalServerException", 500, 2),
        ),
        ("slow_down", slow_down),
        ("expired_listing", expired),
        (
            "expired_look",
            athena("GetQueryExecution", "ExpiredTokenException", 400, 1),
        ),
        (
            "reset_start",
            of("StartQueryExecution", json!({"reset": true})),
        ),
        ("reset_rows", of("GetQueryResults", json!({"reset": true}))),
        ("cut_rows", of("GetQueryResults", cut.clone())),
        ("cut_look", of("GetQueryExecution", cut)),
        (
            "hanging",
            of("GetQueryExecution", json!({"timeout_ms": 30_000})),
        ),
    ]
}

/// Refusals, with what was asked: AWS's own words must be told.
fn denied() -> Vec<(&'static str, &'static str, Value)> {
    let rule = |service: &str, operation: &str, status: u16| {
        let code = if service == "s3" {
            "AccessDenied"
        } else {
            "AccessDeniedException"
        };
        json!({
            "service": service, "operation": operation,
            "error": {"code": code, "status": status, "message": WORDS},
        })
    };
    let mut of_catalog = rule("athena", "GetTableMetadata", 400);
    of_catalog["error"] = json!({
        "code": "MetadataException", "status": 400,
        "message": format!("{WORDS} (Service: AWSGlue; Status Code: 400; Error Code: AccessDeniedException; Request ID: 1)"),
    });
    vec![
        (
            "athena_workgroup",
            QUESTION,
            rule("athena", "GetWorkGroup", 400),
        ),
        (
            "athena_table",
            QUESTION,
            rule("athena", "GetTableMetadata", 400),
        ),
        ("glue_behind_athena", QUESTION, of_catalog),
        (
            "athena_start",
            QUESTION,
            rule("athena", "StartQueryExecution", 400),
        ),
        (
            "athena_rows",
            QUESTION,
            rule("athena", "GetQueryResults", 400),
        ),
        ("s3_listing", QUESTION, rule("s3", "ListObjectsV2", 403)),
        ("glue_table", "table plan", rule("glue", "GetTable", 400)),
    ]
}

/// What AWS says, verbatim.
const WORDS: &str = "User: arn:aws:iam::111122223333:user/reader is not authorized to perform: \
                     x:y on resource: z";

/// Asks through microburst, with these rules.
fn ask(world: &World, asked: &str, table: &str, rules: &Value) -> Result<Run, String> {
    let port = world.faults_port()?;
    http::post(port, "/_microburst/rules", rules)?;
    let asked = finish(
        program(world)
            .env("AWS_ENDPOINT_URL", endpoint(port))
            .args(asked.split(' '))
            .args(["--athena", table]),
    );
    let fired = http::get(port, "/_microburst/rules")?;
    http::post(port, "/_microburst/rules", &json!([]))?;
    let all = fired.as_array().into_iter().flatten();
    for rule in all {
        // A fault that never came proves nothing.
        if rule["fired_count"].as_u64().unwrap_or(0) < rule["times"].as_u64().unwrap_or(1) {
            return Err(format!("the fault never came: {rule} {asked:#?}"));
        }
    }
    asked
}

/// The answer without any fault.
fn expected(world: &World) -> Result<&'static Value, String> {
    static EXPECTED: OnceLock<Result<Value, String>> = OnceLock::new();
    let asked = EXPECTED.get_or_init(|| {
        let lake = demo_lake();
        let asked: Vec<&str> = QUESTION.split(' ').chain(["--lake", &lake]).collect();
        let mut answer = crate::program::run(world, &asked)?.json()?;
        match answer["total"].as_u64() {
            Some(1) => Ok(answer["rows"].take()),
            _ => Err(format!("{answer:#}")),
        }
    });
    asked.as_ref().map_err(Clone::clone)
}

fn recovers(world: &World, rule: &Value) -> Result<(), Failed> {
    let watch = world.watch()?;
    let expected = expected(world)?;
    let found = ask(world, QUESTION, "demo.recommended", &json!([rule]))?;
    // What it cost is told; nothing else is.
    if found.err.lines().any(|line| !line.starts_with("athena: ")) {
        return Err(format!("{found:#?}").into());
    }
    if found.json()?["rows"] != *expected {
        return Err(format!("{found:#?} is not {expected}").into());
    }
    all_ended(&watch)?;
    // The same statement twice would be paid twice.
    match watch.statements()?.len() {
        1 => Ok(()),
        count => Err(format!("{count} statements for one question").into()),
    }
}

fn denies(world: &World, asked: &str, rule: &Value) -> Result<(), Failed> {
    let watch = world.watch()?;
    let refused = ask(world, asked, "demo.recommended", &json!([rule]))?;
    refused.only_error("aws_access_denied", &[WORDS])?;
    refused.ended_with(1)?;
    all_ended(&watch)
}

fn all_ended(watch: &Watch<'_>) -> Result<(), Failed> {
    Ok(watch.nothing_runs(SOON)?)
}

fn rows_cut_for_ever(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let rule = json!([{"service": "athena", "operation": "GetQueryResults", "response": {"truncate_frac": 0.5}}]);
    let refused = ask(world, QUESTION, "demo.recommended", &rule)?;
    refused.only_error("aws_unavailable", &["cut short"])?;
    refused.ended_with(1)?;
    all_ended(&watch)?;
    Ok(watch.submitted(1)?)
}

/// Nobody knows whether a start that was refused so can be made again: it was not.
fn expired_start(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let rule = json!([expired("StartQueryExecution", 1)]);
    let refused = ask(world, QUESTION, "demo.recommended", &rule)?;
    refused.only_error("aws_credentials", &["have expired", "security token"])?;
    refused.ended_with(1)?;
    all_ended(&watch)?;
    Ok(watch.submitted(0)?)
}

fn expired_for_ever(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    watch.slow(0, 20_000)?;
    let mut rule = expired("GetQueryExecution", 1);
    rule["times"] = Value::Null;
    let refused = ask(world, QUESTION, "demo.recommended", &json!([rule]))?;
    refused.only_error("aws_credentials", &["have expired", "security token"])?;
    refused.ended_with(1)?;
    Ok(watch.was_stopped()?)
}

fn expired(operation: &str, times: u64) -> Value {
    json!({
        "service": "athena", "operation": operation, "times": times,
        "error": {
            "code": "ExpiredTokenException", "status": 400,
            "message": "The security token included in the request is expired",
        },
    })
}

fn throttled(operation: &str) -> Value {
    json!([{
        "service": "athena", "operation": operation,
        "error": {"code": "ThrottlingException", "status": 400, "message": "Rate exceeded"},
    }])
}

fn throttled_start(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let begun = Instant::now();
    let rule = throttled("StartQueryExecution");
    let asked = format!("{QUESTION} --timeout 60");
    let refused = ask(world, &asked, "demo.recommended", &rule)?;
    refused.only_error("aws_unavailable", &["Rate exceeded", "ThrottlingException"])?;
    refused.ended_with(1)?;
    if begun.elapsed() > Duration::from_mins(1) {
        return Err(format!("it took {:?}", begun.elapsed()).into());
    }
    Ok(watch.submitted(0)?)
}

/// A statement that cannot be looked at any more is stopped.
fn throttled_look(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    watch.slow(0, 60_000)?;
    let begun = Instant::now();
    let rule = throttled("GetQueryExecution");
    let asked = format!("{QUESTION} --timeout 60");
    let refused = ask(world, &asked, "demo.recommended", &rule)?;
    refused.only_error("aws_unavailable", &["Rate exceeded", "ThrottlingException"])?;
    refused.ended_with(1)?;
    watch.was_stopped()?;
    if begun.elapsed() > Duration::from_mins(1) {
        return Err(format!("it took {:?}", begun.elapsed()).into());
    }
    Ok(())
}

fn throttled_past_time(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let begun = Instant::now();
    let rule = json!([{
        "service": "s3",
        "error": {"code": "SlowDown", "status": 503, "message": "Please reduce your request rate."},
    }]);
    let asked = format!("{QUESTION} --timeout 1");
    let refused = ask(world, &asked, "demo.recommended", &rule)?;
    refused
        .refused("time_limit", &[])
        .or_else(|_| refused.refused("aws_unavailable", &[]))?;
    refused.ended_with(1)?;
    if begun.elapsed() > Duration::from_secs(6) {
        return Err(format!("it took {:?}", begun.elapsed()).into());
    }
    Ok(watch.submitted(0)?)
}

/// Statements fail, each as `retryable` says; so many are started.
fn fails(world: &World, retryable: &[bool], started: usize) -> Result<(), Failed> {
    let watch = world.watch()?;
    fail_next(&watch, retryable)?;
    let refused = ask(world, QUESTION, "demo.recommended", &json!([]))?;
    refused.only_error("query_failed", &[REASON])?;
    refused.ended_with(1)?;
    all_ended(&watch)?;
    Ok(watch.submitted(started)?)
}

fn runs_again(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    fail_next(&watch, &[true])?;
    let answer = ask(world, QUESTION, "demo.recommended", &json!([]))?;
    answer.json()?;
    watch.submitted(2)?;
    let states: Vec<Value> = watch
        .statements()?
        .iter()
        .map(|s| s["state"].clone())
        .collect();
    if states != [json!("FAILED"), json!("SUCCEEDED")] {
        return Err(format!("{states:?}").into());
    }
    Ok(())
}

/// How Athena words that it has no room.
const REASON: &str = "Query exhausted resources at this scale factor";

fn fail_next(watch: &Watch<'_>, retryable: &[bool]) -> Result<(), String> {
    retryable.iter().try_for_each(|retryable| {
        watch.fail_next(&json!({
            "state_change_reason": REASON, "error_category": 1, "error_type": 401,
            "retryable": retryable,
        }))
    })
}

fn cut_off(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    watch.fail_next(&json!({"state_change_reason": "Bytes scanned limit was exceeded"}))?;
    let refused = ask(world, QUESTION, "demo.recommended", &json!([]))?;
    refused.only_error("scan_limit", &["Bytes scanned limit was exceeded"])?;
    refused.ended_with(1)?;
    Ok(watch.submitted(1)?)
}

/// The demo's November has tags whose keys differ only in case; the article's `SerDe` knows no case.
fn unreadable_file(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let refused = ask(world, QUESTION, "demo.article", &json!([]))?;
    let words = [
        "HIVE_CURSOR_ERROR",
        "s3://demo-bucket/",
        "/2024/11/",
        ".json.gz",
        "only in case",
    ];
    refused.only_error("query_failed", &words)?;
    refused.ended_with(1)?;
    all_ended(&watch)?;
    Ok(watch.submitted(1)?)
}

fn no_table(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    for table in ["demo.nothing", "nothing.recommended"] {
        let refused = ask(world, QUESTION, table, &json!([]))?;
        refused.only_error("table_not_found", &[table])?;
        refused.ended_with(1)?;
    }
    Ok(watch.submitted(0)?)
}

fn nobody_listens(world: &World) -> Result<(), Failed> {
    // Port 1 of the loopback is nobody's.
    let refused = finish(
        program(world)
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
            .args(QUESTION.split(' '))
            .args(["--athena", "demo.recommended"]),
    )?;
    refused.only_error("aws_unavailable", &["cannot be reached"])?;
    Ok(refused.ended_with(1)?)
}
