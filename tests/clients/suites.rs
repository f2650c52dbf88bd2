//! The official conformance suite of MCP, and the Inspector, against the endpoint `/mcp`.

use std::path::Path;

use libtest_mimic::{Failed, Trial};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    command::{self, Said},
    facts,
    node::Node,
    server::{Server, Servers},
    trial,
};

/// Revisions whose requirements the suite knows; each has its file of scenarios that cannot pass.
const REVISIONS: [&str; 2] = ["2026-07-28", "2025-11-25"];
const ERAS: [&str; 2] = ["modern", "legacy"];

/// Calls of the load, and how many of them at once.
const LOAD: [&str; 4] = ["--load-requests", "300", "--load-concurrency", "8"];

pub(crate) fn trials(servers: &Servers) -> Vec<Trial> {
    let find = || Node::with("suites");
    let conformance = REVISIONS.map(|revision| {
        let servers = servers.clone();
        let name = format!("conformance::{revision}");
        trial(name, find, move |node| {
            conforms(&node, servers.open()?, revision)
        })
    });
    let inspector = ERAS.map(|era| {
        let servers = servers.clone();
        let name = format!("inspector::{era}");
        trial(name, find, move |node| {
            listed_strictly(&node, servers.open()?, era)
        })
    });
    let servers = servers.clone();
    let load = trial("inspector::load", find, move |node| {
        bears_a_load(&node, servers.open()?)
    });
    conformance
        .into_iter()
        .chain(inspector)
        .chain([load])
        .collect()
}

fn conforms(node: &Node, server: &Server, revision: &str) -> Result<(), Failed> {
    let baseline = format!("tests/clients/conformance-{revision}.yml");
    let baseline = Path::new(env!("CARGO_MANIFEST_DIR")).join(baseline);
    let suite = "@modelcontextprotocol/conformance/dist/index.js";
    let mut suite = command::clean(node.command(suite));
    suite
        .args(["server", "--url", &server.mcp(), "--requirements", revision])
        .arg("--expected-failures")
        .arg(baseline)
        .current_dir(node.packages());
    let said = command::run(&mut suite, 5)?.succeeded()?;
    // Whatever stands in the baseline: this one is about every user's safety.
    let safe = said
        .stdout
        .contains("✓ dns-rebinding-protection: 2 passed, 0 failed");
    said.holds(safe, "a foreign name or page is let in")?;
    Ok(())
}

fn inspect(node: &Node, server: &Server, era: &str, what: &[&str]) -> Result<Said, Failed> {
    let inspector = "@modelcontextprotocol/inspector/clients/launcher/build/index.js";
    let mut inspector = command::clean(node.command(inspector));
    inspector
        .args(["--cli", &server.mcp(), "--transport", "http"])
        .args(["--protocol-era", era, "--format", "json"])
        .args(what)
        .current_dir(node.packages());
    command::run(&mut inspector, 8)?.succeeded()
}

/// What the Inspector prints.
#[derive(Deserialize)]
struct Printed<T> {
    result: T,
}

#[derive(Deserialize)]
struct Listing {
    tools: Vec<Tool>,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Load {
    ok: u64,
    errors: u64,
    tool_errors: u64,
    throughput: f64,
}

fn result_of<T: DeserializeOwned>(said: &Said) -> Result<T, Failed> {
    let printed: Printed<T> = serde_json::from_str(&said.stdout)?;
    Ok(printed.result)
}

fn listed_strictly(node: &Node, server: &Server, era: &str) -> Result<(), Failed> {
    let said = inspect(node, server, era, &["--method", "tools/list", "--strict"])?;
    let listing: Listing = result_of(&said)?;
    let names: Vec<&str> = listing
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect();
    let complete = names.join(", ") == facts::TOOLS;
    let said = said.holds(complete, "the listing is another one")?;
    let verdict = said.stderr.trim().lines().last().unwrap_or_default();
    tell(&format!("inspector, {era}: {verdict}"));
    Ok(())
}

fn bears_a_load(node: &Node, server: &Server) -> Result<(), Failed> {
    let call = ["--method", "tools/call", "--tool-name", "summarize_month"];
    let month = ["--tool-arg", "month=2024-11"];
    // What is asked for the second time is known.
    inspect(node, server, "modern", &[&call[..], &month].concat())?;
    let load = [&call[..], &month, &["--load"], &LOAD].concat();
    let said = inspect(node, server, "modern", &load)?;
    let load: Load = result_of(&said)?;
    let borne = (load.ok, load.errors, load.tool_errors) == (300, 0, 0);
    said.holds(borne, "calls went wrong")?;
    tell(&format!("load: {:.1} calls a second", load.throughput));
    Ok(())
}

#[expect(clippy::print_stderr, reason = "figures that no expectation is put on")]
fn tell(figure: &str) {
    eprintln!("{figure}");
}
