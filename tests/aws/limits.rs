//! What is refused before it costs, and what the workgroup says.

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    Case, case, http,
    program::{Run, run},
    small_lake::{Lake, item},
    world::{World, demo_lake},
};

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("limits::max_scan", max_scan),
        case("limits::latest_months", latest_months),
        case(
            "limits::a_statement_pays_for_each_reading",
            scans_of_a_statement,
        ),
        case("limits::workgroup::disabled", disabled),
        case("limits::workgroup::unknown", unknown),
        case("limits::workgroup::no_output", no_output),
        case("limits::workgroup::enforcing", enforcing),
        case("limits::workgroup::managed", managed),
        case("limits::workgroup::cutoff", cutoff),
        case("limits::workgroup::cutoff_respected", cutoff_respected),
        case("limits::memory", memory),
        case("limits::reuse", reuse),
    ]
}

const COUNT: [&str; 7] = [
    "query",
    "--month",
    "2024-11",
    "--measure",
    "items",
    "--format",
    "json",
];

fn count(world: &World, table: &str, further: &[&str]) -> Result<Run, String> {
    run(world, &[&COUNT[..], &["--athena", table], further].concat())
}

fn max_scan(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    // What November reads, as the program tells it when it may.
    let read = count(world, "demo.recommended", &[])?.json()?;
    let bytes = read["evidence"]["athena"]["estimated_bytes"].as_u64();
    let bytes = bytes
        .filter(|bytes| *bytes > 10_000)
        .ok_or("nothing to read")?;
    let told = format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100);
    watch.submitted(1)?;
    let refused = count(world, "demo.recommended", &["--max-scan", "0.00001"])?;
    // $5 per TB, 10 MB at least: a two-hundredth of a cent.
    refused.only_error("scan_limit", &[&told, "$0.00005", "10.0 kB"])?;
    refused.ended_with(1)?;
    for question in ["summarize 2024-11", "bill 2024-11", "anomalies 2024-11"] {
        let asked: Vec<&str> = question.split(' ').collect();
        let limit = ["--athena", "demo.recommended", "--max-scan", "0.00001"];
        let refused = run(world, &[&asked[..], &limit].concat())?;
        refused.only_error("scan_limit", &["10.0 kB"])?;
    }
    Ok(watch.submitted(1)?)
}

/// A history that is too large to count is described by its latest months.
fn latest_months(world: &World) -> Result<(), Failed> {
    let _beside = world.beside();
    let months = |limit: &str| {
        let asked = ["months", "--format", "json", "--athena", "demo.recommended"];
        run(world, &[&asked[..], &["--max-scan", limit]].concat())?.json()
    };
    let (all, latest) = (months("1")?, months("0.0003")?);
    let months_of = |answer: &Value| answer["months"].as_array().cloned().unwrap_or_default();
    let (listed, kept) = (months_of(&all), months_of(&latest));
    let told = latest["warnings"].to_string().contains("--max-scan");
    if all["truncated"] != false || latest["truncated"] != true || !told {
        return Err(format!("{latest:#}").into());
    }
    if kept.len() < 2 || kept.len() >= listed.len() || !listed.ends_with(&kept) {
        return Err(format!("{kept:#?} of {listed:#?}").into());
    }
    Ok(())
}

/// Athena reads the relation as often as a statement names it.
fn scans_of_a_statement(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let read = count(world, "demo.recommended", &[])?.json()?;
    let bytes = read["evidence"]["athena"]["estimated_bytes"].as_u64();
    let bytes = bytes.ok_or("no estimate")?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let once_and_a_half = (bytes as f64 * 1.5 / 1e9).to_string();
    let limit = ["--max-scan", &once_and_a_half];
    count(world, "demo.recommended", &limit)?.json()?;
    let sql = "SELECT count(*) FROM configuration_items a CROSS JOIN configuration_items b";
    let asked = [
        "query",
        "--month",
        "2024-11",
        "--sql",
        sql,
        "--athena",
        "demo.recommended",
    ];
    run(world, &[&asked[..], &limit].concat())?.only_error("scan_limit", &[])?;
    Ok(watch.submitted(2)?)
}

fn make_group(world: &World, name: &str, configuration: &Value) -> Result<(), String> {
    let group = json!({"Name": name, "Configuration": configuration});
    http::athena(world.athena_port(), "CreateWorkGroup", &group).map(drop)
}

fn results_in(location: &str) -> Value {
    json!({"OutputLocation": location})
}

fn disabled(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let results = results_in("s3://athena-results/");
    make_group(world, "closed", &json!({"ResultConfiguration": results}))?;
    let update = json!({"WorkGroup": "closed", "State": "DISABLED"});
    http::athena(world.athena_port(), "UpdateWorkGroup", &update)?;
    let refused = count(world, "demo.recommended", &["--workgroup", "closed"])?;
    refused.only_error("workgroup", &["closed", "disabled"])?;
    refused.ended_with(1)?;
    Ok(watch.submitted(0)?)
}

fn unknown(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let refused = count(world, "demo.recommended", &["--workgroup", "nobodys"])?;
    refused.only_error("workgroup", &["nobodys", "WorkGroup nobodys is not found"])?;
    refused.ended_with(1)?;
    Ok(watch.submitted(0)?)
}

fn no_output(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    make_group(
        world,
        "nowhere",
        &json!({"EnforceWorkGroupConfiguration": false}),
    )?;
    let group = ["--workgroup", "nowhere"];
    let refused = count(world, "demo.recommended", &group)?;
    refused.only_error("workgroup", &["nowhere", "--output"])?;
    watch.submitted(0)?;
    let output = ["--output", "s3://athena-results/x/"];
    let answer = count(world, "demo.recommended", &[group, output].concat())?.json()?;
    results_lie(&answer, Some("s3://athena-results/x/"))?;
    Ok(watch.submitted(1)?)
}

/// The workgroup beats the operator.
fn enforcing(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let results = results_in("s3://athena-results/theirs/");
    let configuration =
        json!({"EnforceWorkGroupConfiguration": true, "ResultConfiguration": results});
    make_group(world, "strict", &configuration)?;
    let asked = [
        "--workgroup",
        "strict",
        "--output",
        "s3://athena-results/mine/",
    ];
    let answer = count(world, "demo.recommended", &asked)?.json()?;
    results_lie(&answer, Some("s3://athena-results/theirs/"))?;
    Ok(watch.submitted(1)?)
}

/// A workgroup that keeps results itself refuses a location: none is sent.
fn managed(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let managed = json!({"ManagedQueryResultsConfiguration": {"Enabled": true}});
    make_group(world, "managed", &managed)?;
    for output in [&[][..], &["--output", "s3://athena-results/mine/"]] {
        let asked = [&["--workgroup", "managed"], output].concat();
        let answer = count(world, "demo.recommended", &asked)?.json()?;
        results_lie(&answer, None)?;
    }
    Ok(watch.submitted(2)?)
}

fn results_lie(answer: &Value, below: Option<&str>) -> Result<(), String> {
    let run = &answer["evidence"]["athena"];
    let place = run["output_location"].as_str();
    let id = answer["evidence"]["athena_query_id"].as_str();
    let expected = below.map(|below| format!("{below}{}.csv", id.unwrap_or("?")));
    if place == expected.as_deref() && id.is_some() {
        return Ok(());
    }
    Err(format!(
        "results lie at {place:?}, not {expected:?}: {run:#}"
    ))
}

fn cutoff(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    make_cutting_group(world)?;
    let answer = count(world, "demo.recommended", &["--workgroup", "cutting"])?.json()?;
    if answer["evidence"]["athena"]["cutoff_bytes"] != 10_000_000 {
        return Err(format!("{answer:#}").into());
    }
    let without = count(world, "demo.recommended", &[])?.json()?;
    if without["evidence"]["athena"].get("cutoff_bytes").is_some() {
        return Err(format!("{without:#}").into());
    }
    Ok(watch.submitted(2)?)
}

fn make_cutting_group(world: &World) -> Result<(), String> {
    let results = results_in("s3://athena-results/");
    let configuration =
        json!({"ResultConfiguration": results, "BytesScannedCutoffPerQuery": 10_000_000});
    let made = make_group(world, "cutting", &configuration);
    // Whichever test comes first makes it.
    made.or_else(|error| {
        if error.contains("already") {
            Ok(())
        } else {
            Err(error)
        }
    })
}

/// A statement that the workgroup would cut off is not begun.
fn cutoff_respected(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    make_cutting_group(world)?;
    let lake = Lake::new("heavy-lake");
    // Nobody reads it: its size is enough.
    lake.bytes(
        "us-east-1/2024/11/5/ConfigHistory/heavy",
        &vec![7; 10_000_001],
    )?;
    world.seed(&lake.path(), "heavy", "heavy-bucket")?;
    let refused = count(world, "heavy.recommended", &["--workgroup", "cutting"])?;
    refused.only_error("scan_limit", &["10.0 MB"])?;
    Ok(watch.submitted(0)?)
}

/// Resources of the crowd; each has three items, the last of which says what the second said.
const CROWD: u64 = 1_500;

/// More than fits: kinds are told in SQL as far as they can be, and rows are refused in words.
fn memory(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let lake = Lake::new("crowd-lake");
    write_crowd(&lake)?;
    world.seed(&lake.path(), "crowd", "crowd-bucket")?;
    let ask = |question: &str, memory: &str| {
        let asked: Vec<&str> = question.split(' ').collect();
        let limit = ["--format", "json", "--memory-limit", memory];
        run(
            world,
            &[&asked[..], &["--athena", "crowd.recommended"], &limit].concat(),
        )
    };
    let kinds = "query --month 2024-11 --group-by change_kind --measure items,changes --order-by change_kind";
    let told = |n: &str, items: u64, changes: u64| json!({"change_kind": n, "items": items, "changes": changes});
    let whole = ask(kinds, "512")?.json()?;
    let expected = [
        told("first_seen", CROWD, 0),
        told("identical", CROWD, 0),
        told("settings", CROWD, CROWD),
    ];
    if whole["rows"] != json!(expected) || whole.get("warnings").is_some() {
        return Err(format!("with room: {whole:#}").into());
    }
    let partial = ask(kinds, "16")?.json()?;
    let expected = [
        told("first_seen", CROWD, 0),
        told("identical", CROWD, 0),
        told("unknown", CROWD, 0),
    ];
    if partial["rows"] != json!(expected) || !partial["warnings"].to_string().contains("unknown") {
        return Err(format!("without room: {partial:#}").into());
    }
    // Here tags are conditions of the statement itself: they are literals there too.
    let tag = "query --from 2024-11-01 --to 2024-11-29 --columns resource_id --tag a'b=x'OR'1'='1";
    let statement = |of: &Value| of["sql"].as_str().map(str::to_owned);
    if ask(tag, "16")?.json()?["total"] != 0
        || !watch
            .statements()?
            .last()
            .and_then(statement)
            .is_some_and(|sql| sql.contains("'a''b') = 'x''OR''1''=''1'"))
    {
        return Err(format!("{:#?}", watch.statements()?.last()).into());
    }
    for question in [
        "query --month 2024-11 --columns resource_id,configuration --limit 0",
        "bill 2024-11",
        "anomalies 2024-11",
    ] {
        let refused = ask(question, "16")?;
        refused.only_error("memory_limit", &["16 MiB"])?;
        refused.ended_with(1)?;
    }
    Ok(watch.nothing_runs(std::time::Duration::from_secs(1))?)
}

fn write_crowd(lake: &Lake) -> Result<(), String> {
    let mut state = 0_u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state
    };
    let mut text = || {
        let numbers = std::iter::repeat_with(&mut random).take(300);
        let parts: Vec<String> = numbers.map(|number| format!("{number:016x}")).collect();
        parts.concat()
    };
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for n in 0..CROWD {
        let id = format!("vol-{n}");
        let of = |time: &str, state: u64, text: &str| {
            item(
                "AWS::EC2::Volume",
                &id,
                time,
                state,
                &json!({"description": text}),
            )
        };
        let mut found = of("2024-11-05T01:00:00.000Z", 3 * n + 1, &text());
        found["configurationItemStatus"] = json!("ResourceDiscovered");
        first.push(found);
        let changed = text();
        later.push(of("2024-11-06T01:00:00.000Z", 3 * n + 2, &changed));
        later.push(of("2024-11-06T02:00:00.000Z", 3 * n + 3, &changed));
    }
    lake.items("us-east-1/2024/11/5/ConfigHistory/volumes", &first)?;
    lake.items("us-east-1/2024/11/6/ConfigHistory/volumes", &later)
}

/// An earlier result is given again only where the operator says so, and its age is told.
fn reuse(world: &World) -> Result<(), Failed> {
    let _watch = world.watch()?;
    // A question that no other test asks.
    let asked = [
        "--group-by",
        "availability_zone,status",
        "--timezone",
        "+03:30",
    ];
    let again = [&asked[..], &["--reuse-results", "60"]].concat();
    let ask = |asked: &[&str]| count(world, "demo.recommended", asked)?.json();
    let told = |answer: &Value| {
        answer["evidence"]["athena"]
            .get("reused_result_seconds")
            .cloned()
    };
    let cost = |answer: &Value| answer["evidence"]["cost_estimate_usd"].as_f64();
    let first = ask(&again)?;
    let second = ask(&again)?;
    let plain = ask(&asked)?;
    let age = told(&second).and_then(|age| age.as_u64());
    if told(&first).is_some() || age.is_none_or(|age| age > 60) || told(&plain).is_some() {
        return Err(format!("{first:#} {second:#} {plain:#}").into());
    }
    if cost(&second) != Some(0.0) || second["evidence"]["athena"]["scanned_bytes"] != 0 {
        return Err(format!("a result that was given again: {second:#}").into());
    }
    // Ten MB are charged at least.
    if [&first, &plain]
        .iter()
        .any(|answer| cost(answer) != Some(0.000_05))
    {
        return Err(format!("{first:#} {plain:#}").into());
    }
    if [&second, &plain]
        .iter()
        .any(|answer| answer["rows"] != first["rows"])
    {
        return Err("the rows differ".into());
    }
    let lake = demo_lake();
    let expected = run(world, &[&COUNT[..], &["--lake", &lake], &asked].concat())?.json()?;
    if expected["rows"] != second["rows"] {
        return Err(format!("{expected:#} is not {second:#}").into());
    }
    Ok(())
}
