//! Asks what config-history offers and what happened in a month, over MCP. Beside
//! `config-history serve --demo --http 8080`:
//! `cargo run --example http_client -- http://127.0.0.1:8080 [MONTH]`
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "for a terminal")]

use anyhow::{Context as _, ensure};
use clap::Parser;
use rmcp::model::{CallToolRequestParams, ProgressNotificationParam, ReadResourceRequestParams};
use rmcp::service::NotificationContext;
use rmcp::transport::{StreamableHttpClientTransport, streamable_http_client as http};
use rmcp::{ClientHandler, ClientLifecycleMode as Mode, ClientServiceExt as _, RoleClient, object};
use serde_json::Value;

#[derive(Parser)]
struct Args {
    url: String,
    #[arg(default_value = "2024-11")]
    month: String,
    /// Bearer token, if the server wants one.
    #[arg(long, env = "CONFIG_HISTORY_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

struct Terminal;

impl ClientHandler for Terminal {
    async fn on_progress(&self, p: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        eprintln!("... {}", p.message.unwrap_or_default());
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Args { url, month, token } = Args::parse();
    let mut server = http::StreamableHttpClientTransportConfig::with_uri(format!("{url}/mcp"));
    server.auth_header = token;
    let transport = StreamableHttpClientTransport::from_config(server);
    let newest = Mode::Discover {
        preferred_versions: vec![rmcp::model::ProtocolVersion::LATEST],
    };
    let client = Terminal.serve_with_lifecycle(transport, newest).await?;

    let tools = client.list_all_tools().await?;
    let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
    println!("tools: {}", names.join(", "));
    let question = CallToolRequestParams::new("summarize_month")
        .with_arguments(object!({"month": month, "language": "en"}));
    let result = client.call_tool(question).await?;
    let answer = result.structured_content.context("no answer")?;
    ensure!(result.is_error != Some(true), "{answer:#}");
    let text = answer.get("text").and_then(Value::as_str);
    println!("{}", text.context("the answer has no text")?);

    let uri = ReadResourceRequestParams::new(format!("config-history://months/{month}"));
    let resource = serde_json::to_value(client.read_resource(uri).await?)?;
    let text = resource.pointer("/contents/0/text").and_then(Value::as_str);
    let changes: Value = serde_json::from_str(text.context("the resource has no text")?)?;
    println!("items: {}", changes.get("items").context("no items")?);
    Ok(())
}
