//! The tool `ensure_glue_table` of a server's process.

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    Case, beside,
    contract::same,
    program::program,
    services::{existing, table},
    stdio::Server,
    tap::Tap,
    world::{World, demo_lake},
};

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        beside("table_tool::listed_where_there_is_a_table", listed),
        beside("table_tool::plans_unless_writes_are_allowed", plans),
        beside("table_tool::applies_where_writes_are_allowed", applies),
    ]
}

const TOOL: &str = "ensure_glue_table";

fn serve(world: &World, tap: &Tap, arguments: &[&str]) -> Result<Server, String> {
    let mut command = program(world);
    command.env("AWS_ENDPOINT_URL", tap.endpoint());
    Server::start(command.arg("serve").args(arguments))
}

fn tools(client: &mut Server) -> Result<Vec<Value>, String> {
    let listing = client.ask("tools/list", &json!({}))?;
    Ok(listing["tools"].as_array().cloned().unwrap_or_default())
}

fn listed(world: &World) -> Result<(), Failed> {
    let tap = Tap::to(None)?;
    let mut client = serve(world, &tap, &["--athena", "demo.recommended"])?;
    let listing = client.ask("tools/list", &json!({}))?;
    let size = listing.to_string().len();
    let tools_there = listing["tools"].as_array().cloned().unwrap_or_default();
    if size > 10_000 || tools_there.len() > 8 {
        return Err(format!("{} tools in {size} bytes", tools_there.len()).into());
    }
    let tool = tools_there.iter().find(|tool| tool["name"] == TOOL);
    let tool = tool.ok_or("not listed")?;
    let hints = json!({
        "readOnlyHint": false, "destructiveHint": false,
        "idempotentHint": true, "openWorldHint": true,
    });
    same(&hints, &tool["annotations"])?;
    for tool in &tools_there {
        let hints = tool["annotations"]
            .as_object()
            .map_or(0, serde_json::Map::len);
        if hints < 4 || !tool["outputSchema"].is_object() {
            return Err(format!("annotations or schema: {tool}").into());
        }
    }
    for source in [vec!["--demo"], vec!["--lake", &demo_lake()]] {
        let mut client = serve(world, &tap, &source)?;
        let there = tools(&mut client)?;
        if there.is_empty() || there.iter().any(|tool| tool["name"] == TOOL) {
            return Err(format!("{source:?}: {} tools", there.len()).into());
        }
    }
    Ok(())
}

const LOCATION: &str = "s3://demo-bucket/o-exampleorg1";

fn plans(world: &World) -> Result<(), Failed> {
    let name = "tool_plans.history";
    let tap = Tap::to(Some(world.athena_port()))?;
    let mut client = serve(world, &tap, &["--athena", name])?;
    let plan = client.answer(TOOL, &json!({ "location": LOCATION }))?;
    same(
        &json!(["create", false, name]),
        &json!([plan["status"], plan["applied"], plan["table"]]),
    )?;
    for member in ["evidence", "truncated", "returned", "total", "notice"] {
        if plan.get(member).is_none() {
            return Err(format!("no {member}: {plan:#}").into());
        }
    }
    let refused = client.answer(TOOL, &json!({ "location": LOCATION, "apply": true }))?;
    same(&json!("writes_not_allowed"), &refused["code"])?;
    let remedy = refused["remedy"].as_str().unwrap_or_default();
    if !remedy.contains("--allow-writes") {
        return Err(format!("the remedy: {remedy}").into());
    }
    let operations = tap.take_operations();
    let is_write = |operation: &&String| {
        operation.starts_with("AWSGlue.") && !operation.starts_with("AWSGlue.Get")
    };
    if operations.is_empty() || operations.iter().any(|operation| is_write(&operation)) {
        return Err(format!("{operations:?}").into());
    }
    same(&json!(null), &json!(table(world, name)?))
}

fn applies(world: &World) -> Result<(), Failed> {
    let name = "tool_applies.history";
    let tap = Tap::to(Some(world.athena_port()))?;
    let mut client = serve(world, &tap, &["--athena", name, "--allow-writes"])?;
    let state = |answer: &Value| json!([answer["status"], answer["applied"]]);
    let arguments = json!({ "location": LOCATION });
    let plan = client.answer(TOOL, &arguments)?;
    same(&json!(["create", false]), &state(&plan))?;
    same(&json!(null), &json!(table(world, name)?))?;
    let arguments = json!({ "location": LOCATION, "apply": true });
    let made = client.answer(TOOL, &arguments)?;
    same(&json!(["create", true]), &state(&made))?;
    let before = existing(world, name)?;
    let again = client.answer(TOOL, &arguments)?;
    same(&json!(["up_to_date", false]), &state(&again))?;
    same(&before, &existing(world, name)?)?;
    let foreign = json!({ "table": "demo.dated", "apply": true });
    let before = existing(world, "demo.dated")?;
    let refused = client.answer(TOOL, &foreign)?;
    same(&json!("table_foreign"), &refused["code"])?;
    same(&before, &existing(world, "demo.dated")?)?;
    // The server answers from the table that it made, without a new start.
    let question = json!({ "month": "2024-11", "group_by": ["account"], "measure": ["items"] });
    let answer = client.answer("query_changes", &question)?;
    if answer["total"] != 3 {
        return Err(format!("{answer:#}").into());
    }
    Ok(())
}
