//! Claude Code, which says of a server whether it can connect; that needs no account.

use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::{
    command::{self, Said},
    node::Node,
    server::{Server, Servers, TOKEN},
    trial,
};

pub(crate) fn trials(servers: &Servers) -> Vec<Trial> {
    let find = || Node::with("claude-code");
    let shared = servers.clone();
    let open = trial("claude_code::open", find, move |node| {
        connects(&node, shared.open()?, &[])
    });
    let shared = servers.clone();
    let token = trial("claude_code::token", find, move |node| {
        let header = format!("Authorization: Bearer {TOKEN}");
        connects(&node, shared.guarded()?, &["--header", &header])
    });
    vec![open, token]
}

fn connects(node: &Node, server: &Server, more: &[&str]) -> Result<(), Failed> {
    let home = TempDir::new()?;
    let run = |arguments: &[&str]| -> Result<Said, Failed> {
        let program = "@anthropic-ai/claude-code/cli-wrapper.cjs";
        let mut claude = command::clean(node.command(program));
        claude
            .args(arguments)
            .current_dir(home.path())
            .env("HOME", home.path())
            .env("DISABLE_AUTOUPDATER", "1")
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1");
        command::run(&mut claude, 3)?.succeeded()
    };
    let add = [
        "mcp",
        "add",
        "--transport",
        "http",
        "history",
        &server.mcp(),
    ];
    run(&[&add, more].concat())?;
    let said = run(&["mcp", "list"])?;
    let connected = said.stdout.contains("Connected");
    said.holds(connected, "Claude Code does not connect")?;
    Ok(())
}
