//! A statement that nobody waits for is stopped, however its caller goes.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    Case, case,
    program::{program, run},
    stdio::{Server, ended, signal},
    world::{Watch, World},
};

/// A question of one statement.
const QUESTION: [&str; 7] = [
    "query",
    "--month",
    "2024-11",
    "--measure",
    "items",
    "--athena",
    "demo.recommended",
];
/// What an end takes at most; the end of input gives running calls five seconds.
const IN_TIME: Duration = Duration::from_secs(15);

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("endings::a_cancelled_call", cancelled_call),
        case("endings::a_call_cancelled_in_the_queue", cancelled_in_queue),
        case(
            "endings::a_cancelled_call_that_compares",
            cancelled_comparing,
        ),
        case("endings::the_end_of_input", end_of_input),
        case("endings::a_question_that_takes_too_long", too_long),
        case("endings::a_call_that_takes_too_long", call_too_long),
        case("endings::progress", progress),
        case(
            "endings::over_http::a_caller_that_goes_away",
            http_caller_gone,
        ),
        case("endings::over_http::of_the_server", http_server_signalled),
        case("endings::over_http::readiness", http_readiness),
    ];
    for name in ["TERM", "INT"] {
        cases.push(case(
            format!("endings::of_the_server::SIG{name}"),
            move |w| server_signalled(w, name),
        ));
        for queued in [false, true] {
            let case_name = format!("endings::of_a_question::SIG{name}::queued_{queued}");
            cases.push(case(case_name, move |w| {
                question_signalled(w, name, queued)
            }));
        }
    }
    cases
}

fn counted() -> Value {
    json!({"month": "2024-11", "measure": ["items"]})
}

fn call_of(arguments: &Value) -> Value {
    json!({"name": "query_changes", "arguments": arguments})
}

/// Waits until a statement is in this state.
fn wait_for_state(watch: &Watch<'_>, state: &str) -> Result<(), String> {
    let is_there = || {
        let statements = watch.statements()?;
        Ok(statements.iter().any(|of| of["state"] == state))
    };
    let what = format!("a statement is {state}");
    crate::world::wait_until(&what, Duration::from_secs(30), is_there)
}

fn cancelled_call(world: &World) -> Result<(), Failed> {
    cancel_in(world, &counted(), (300, 20_000), "RUNNING")
}

fn cancelled_in_queue(world: &World) -> Result<(), Failed> {
    cancel_in(world, &counted(), (20_000, 0), "QUEUED")
}

fn cancelled_comparing(world: &World) -> Result<(), Failed> {
    let arguments = json!({"month": "2024-11", "group_by": ["change_kind"]});
    cancel_in(world, &arguments, (0, 20_000), "RUNNING")
}

/// The client takes a call back: the statement ends, the server goes on.
fn cancel_in(
    world: &World,
    arguments: &Value,
    (queued_ms, running_ms): (u64, u64),
    state: &str,
) -> Result<(), Failed> {
    let watch = world.watch()?;
    watch.slow(queued_ms, running_ms)?;
    let mut server = Server::open(world, &[])?;
    let id = server.begin("tools/call", &call_of(arguments))?;
    wait_for_state(&watch, state)?;
    server.notify("notifications/cancelled", &json!({"requestId": id}))?;
    watch.was_stopped()?;
    watch.slow(0, 0)?;
    let answer = server.call("query_changes", &counted())?;
    if answer["isError"] == true {
        return Err(format!("the next question: {answer:#}").into());
    }
    if server.others.iter().any(|message| message["id"] == id) {
        return Err("a call that was taken back is answered".into());
    }
    server.hang_up();
    match server.ended(IN_TIME)? {
        0 => Ok(()),
        code => Err(format!("exit code {code}").into()),
    }
}

fn end_of_input(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    watch.slow(0, 60_000)?;
    let mut server = Server::open(world, &[])?;
    server.begin("tools/call", &call_of(&counted()))?;
    wait_for_state(&watch, "RUNNING")?;
    server.hang_up();
    let code = server.ended(IN_TIME)?;
    watch.was_stopped()?;
    match code {
        0 => Ok(()),
        code => Err(format!("exit code {code}").into()),
    }
}

fn server_signalled(world: &World, name: &str) -> Result<(), Failed> {
    let watch = world.watch()?;
    watch.slow(0, 60_000)?;
    let mut server = Server::open(world, &[])?;
    server.begin("tools/call", &call_of(&counted()))?;
    wait_for_state(&watch, "RUNNING")?;
    server.signal(name)?;
    let code = server.ended(IN_TIME)?;
    watch.was_stopped()?;
    match code {
        0 => Ok(()),
        code => Err(format!("exit code {code}").into()),
    }
}

/// A question of the command line that runs.
fn asked(world: &World) -> Result<Child, String> {
    let mut command = program(world);
    command
        .args(QUESTION)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().map_err(|error| error.to_string())
}

fn question_signalled(world: &World, name: &str, queued: bool) -> Result<(), Failed> {
    let watch = world.watch()?;
    let (delays, state) = if queued {
        ((60_000, 0), "QUEUED")
    } else {
        ((0, 60_000), "RUNNING")
    };
    watch.slow(delays.0, delays.1)?;
    let mut child = asked(world)?;
    wait_for_state(&watch, state)?;
    signal(&child, name)?;
    ended(&mut child, IN_TIME)?;
    let ended = crate::program::told(child.wait_with_output())?;
    watch.was_stopped()?;
    ended.only_error("cancelled", &["was stopped"])?;
    Ok(ended.ended_with(1)?)
}

fn too_long(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    watch.slow(300, 60_000)?;
    let begun = Instant::now();
    let refused = run(world, &[&QUESTION[..], &["--timeout", "2"]].concat())?;
    let took = begun.elapsed();
    watch.was_stopped()?;
    refused.only_error("time_limit", &["was stopped"])?;
    refused.ended_with(1)?;
    if !(Duration::from_secs(2)..Duration::from_secs(10)).contains(&took) {
        return Err(format!("it took {took:?}").into());
    }
    Ok(())
}

fn call_too_long(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    watch.slow(0, 60_000)?;
    let mut server = Server::open(world, &["--timeout", "2"])?;
    let answer = server.call("query_changes", &counted())?;
    watch.was_stopped()?;
    if answer["isError"] != true || answer["structuredContent"]["code"] != "time_limit" {
        return Err(format!("{answer:#}").into());
    }
    Ok(())
}

/// Those who ask for it hear how a statement stands: its state, and the bytes it has scanned.
fn progress(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    watch.slow(1_500, 3_000)?;
    let mut server = Server::open(world, &[])?;
    let mut call = call_of(&counted());
    call["_meta"] = json!({"progressToken": "how far"});
    let id = server.begin("tools/call", &call)?;
    let answer = server.result_of(id)?;
    if answer["isError"] == true {
        return Err(format!("{answer:#}").into());
    }
    let notes: Vec<&Value> = server
        .others
        .iter()
        .filter(|message| message["method"] == "notifications/progress")
        .map(|message| &message["params"])
        .collect();
    let told = |words: [&str; 2]| {
        notes.iter().any(|note| {
            let message = note["message"].as_str().unwrap_or_default();
            words.iter().all(|word| message.contains(word))
        })
    };
    if notes.iter().any(|note| note["progressToken"] != "how far") {
        return Err(format!("another token: {notes:#?}").into());
    }
    let values: Vec<f64> = notes
        .iter()
        .filter_map(|n| n["progress"].as_f64())
        .collect();
    if !values.is_sorted_by(|before, after| before < after) {
        return Err(format!("values do not increase: {values:?}").into());
    }
    let scanned = answer["structuredContent"]["evidence"]["bytes_scanned"].as_f64();
    let is_told = values.last().copied() >= scanned && scanned > Some(0.0);
    if told(["queued", "0 B"]) && told(["running", "kB scanned"]) && is_told {
        return Ok(());
    }
    Err(format!("{notes:#?}, and {scanned:?} bytes were scanned").into())
}

/// A server over HTTP, and its port.
fn serving(world: &World) -> Result<(Child, u16), String> {
    let mut command = program(world);
    let flags = ["serve", "--athena", "demo.recommended", "--http", "0"];
    let mut child = command
        .args(flags)
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let errors = child.stderr.take().ok_or("no standard error")?;
    let mut lines = BufReader::new(errors).lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        let after = line.strip_prefix("serving on http://127.0.0.1:")?;
        after.split(':').next()?.parse().ok()
    });
    // What comes after is read as well, so that the server can write it.
    std::thread::spawn(move || lines.for_each(drop));
    match port {
        Some(port) => Ok((child, port)),
        None => Err("the server tells no port".to_owned()),
    }
}

/// Sends a call over HTTP and leaves its answer to come.
fn call_over_http(port: u16) -> Result<TcpStream, String> {
    let call =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call_of(&counted())});
    let body = call.to_string();
    let request = format!(
        "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let told = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(told)?;
    stream.write_all(request.as_bytes()).map_err(told)?;
    Ok(stream)
}

/// Who closes the connection waits no more: the statement ends, the server goes on.
fn http_caller_gone(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    watch.slow(0, 60_000)?;
    let (mut child, port) = serving(world)?;
    let stream = call_over_http(port)?;
    wait_for_state(&watch, "RUNNING")?;
    drop(stream);
    watch.was_stopped()?;
    let alive = crate::http::get(port, "/healthz")?;
    signal(&child, "TERM")?;
    ended(&mut child, IN_TIME)?;
    match alive["status"].as_str() {
        Some("ok") => Ok(()),
        _ => Err(format!("{alive}").into()),
    }
}

/// The time of grace is over before the statement is: it is stopped, and the server ends well.
fn http_server_signalled(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    watch.slow(0, 60_000)?;
    let (mut child, port) = serving(world)?;
    let _waiting = call_over_http(port)?;
    wait_for_state(&watch, "RUNNING")?;
    signal(&child, "TERM")?;
    // Ten seconds of grace, and what the end itself takes.
    let code = ended(&mut child, IN_TIME + Duration::from_secs(10))?;
    watch.was_stopped()?;
    match code {
        0 => Ok(()),
        code => Err(format!("exit code {code}").into()),
    }
}

/// Readiness asks for folders and the table, and runs no statement.
fn http_readiness(world: &World) -> Result<(), Failed> {
    let watch = world.watch()?;
    let (mut child, port) = serving(world)?;
    let ready = crate::http::get(port, "/readyz")?;
    let statements = watch.statements()?.len();
    signal(&child, "TERM")?;
    ended(&mut child, IN_TIME)?;
    if ready["status"] == "ready" && statements == 0 {
        return Ok(());
    }
    Err(format!("{ready}; {statements} statements").into())
}
