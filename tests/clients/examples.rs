//! The examples, run as their usage says.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::{
    command::{self, Said},
    environment, facts,
    node::Node,
    python,
    server::{Server, Servers, TOKEN},
    trial,
};

const MONTH: &str = "2024-11";

/// An example, ready to be given its arguments.
struct Example {
    command: Command,
    /// How connections may be opened, where it can be told to, and what is spoken then.
    modes: &'static [(&'static str, &'static str)],
    /// Where a copy lies.
    _copy: Option<TempDir>,
}

/// Modes of the clients that can be told.
const MODES: &[(&str, &str)] = &[
    ("auto", "2026-07-28"),
    ("legacy", "2025-11-25"),
    ("2026-07-28", "2026-07-28"),
];

pub(crate) fn trials(servers: &Servers) -> Vec<Trial> {
    type Find = fn() -> Result<Example, String>;
    let clients: [(&str, Find); 3] = [("python", in_python), ("node", in_node), ("rust", in_rust)];
    let mut all = Vec::new();
    for (name, find) in clients {
        let name = format!("examples::{name}");
        all.push(trial(format!("{name}::open"), find, answers_anybody));
        let servers = servers.clone();
        all.push(trial(format!("{name}::token"), find, move |example| {
            shows_a_token(example, servers.guarded()?)
        }));
    }
    let shared = servers.clone();
    all.push(trial("examples::article::open", article, move |script| {
        works_as_published(&script, shared.open()?)
    }));
    let shared = servers.clone();
    all.push(trial("examples::article::token", article, move |script| {
        sends_a_token(&script, shared.guarded()?)
    }));
    all
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn in_python() -> Result<Example, String> {
    let mut command = Command::new(environment::interpreter(python::REQUIREMENTS)?);
    command.arg(repository().join("examples/http/client.py"));
    Ok(Example {
        command,
        modes: MODES,
        _copy: None,
    })
}

/// Node looks for packages above a script: a copy is run where they are.
fn in_node() -> Result<Example, String> {
    needs(&["python3"])?;
    let node = Node::with("client")?;
    let copy = TempDir::new_in(node.packages()).map_err(|error| error.to_string())?;
    let script = copy.path().join("client.mjs");
    std::fs::copy(repository().join("examples/http/client.mjs"), &script)
        .map_err(|error| error.to_string())?;
    let mut command = node.bare();
    command.arg(script);
    Ok(Example {
        command,
        modes: MODES,
        _copy: Some(copy),
    })
}

/// `cargo test` has built it, beside this program.
fn in_rust() -> Result<Example, String> {
    needs(&["python3"])?;
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let built = own.parent().and_then(Path::parent);
    let name = format!("http_client{}", std::env::consts::EXE_SUFFIX);
    let program = built.map(|built| built.join("examples").join(name));
    let program = program.filter(|program| program.is_file());
    let command = Command::new(program.ok_or("run `cargo build --example http_client` before")?);
    Ok(Example {
        command,
        modes: &[],
        _copy: None,
    })
}

impl Example {
    fn run(&mut self, arguments: &[&str], token: Option<&str>) -> Result<Said, Failed> {
        let command = &self.command;
        let mut run = command::clean(Command::new(command.get_program()));
        run.args(command.get_args()).args(arguments);
        if let Some(token) = token {
            run.env("CONFIG_HISTORY_TOKEN", token);
        }
        command::run(&mut run, 5)
    }
}

fn answers_anybody(mut example: Example) -> Result<(), Failed> {
    // Its own server: only the first question takes long enough for progress.
    let server = Server::start(None)?;
    let said = example.run(&[server.url()], None)?.succeeded()?;
    let progress = said.stderr.starts_with("... ") && said.stderr.contains("delivered files");
    answered(said.holds(progress, "no progress was shown")?)?;
    for (mode, protocol) in example.modes {
        let said = example
            .run(&[server.url(), MONTH, mode], None)?
            .succeeded()?;
        let spoken = said.stdout.starts_with(&format!("protocol: {protocol}\n"));
        answered(said.holds(spoken, mode)?)?;
    }
    let said = example.run(&[server.url(), "2031-01"], None)?;
    let refused = !said.status.success() && said.stderr.contains("unknown_month");
    said.holds(refused, "an unknown month is refused")?;
    Ok(())
}

fn shows_a_token(mut example: Example, server: &Server) -> Result<(), Failed> {
    for token in [None, Some("of-somebody-else-who-knows-nothing")] {
        let said = example.run(&[server.url()], token)?;
        let refused = !said.status.success() && said.stdout.is_empty();
        said.holds(refused, "without the token there is no answer")?;
    }
    answered(example.run(&[server.url()], Some(TOKEN))?.succeeded()?)
}

/// Checks what an example prints against what the lake holds.
fn answered(said: Said) -> Result<(), Failed> {
    let items = facts::items_of(MONTH)?;
    let lines: Vec<&str> = said.stdout.lines().collect();
    let right = lines.contains(&format!("tools: {}", facts::TOOLS).as_str())
        && lines.contains(&format!("items: {items}").as_str())
        && counts_stand_in(&said.stdout)?;
    said.holds(right, "the answer is another one")?;
    Ok(())
}

/// Says whether a digest has the items of the month beside those of the month before.
fn counts_stand_in(text: &str) -> Result<bool, Failed> {
    let row = format!(
        "| {} | {} |",
        facts::items_of(MONTH)?,
        facts::items_of("2024-10")?
    );
    Ok(text.contains(&row) && text.contains(MONTH))
}

fn article() -> Result<PathBuf, String> {
    needs(&["bash", "curl", "jq", "python3"])?;
    Ok(repository().join("examples/http/article.sh"))
}

/// Says which of these programs is missing, if any is.
fn needs(tools: &[&str]) -> Result<(), String> {
    for tool in tools {
        let found = Command::new(tool)
            .arg("--version")
            .stdin(Stdio::null())
            .output();
        found.map_err(|error| format!("{tool} cannot be run: {error}"))?;
    }
    Ok(())
}

fn run_article(script: &Path, arguments: &[&str], token: Option<&str>) -> Result<Said, Failed> {
    let mut run = command::clean(Command::new("bash"));
    run.arg(script).args(arguments);
    if let Some(token) = token {
        run.env("CONFIG_HISTORY_TOKEN", token);
    }
    command::run(&mut run, 5)
}

/// The request of the article, in Japanese as there.
fn works_as_published(script: &Path, server: &Server) -> Result<(), Failed> {
    let said = run_article(script, &[server.url()], None)?.succeeded()?;
    let right = counts_stand_in(&said.stdout)? && said.stdout.contains("件数");
    said.holds(right, "the text is another one")?;
    let said = run_article(script, &[server.url(), "2031", "1"], None)?;
    let refused = !said.status.success() && said.stderr.contains("unknown_month");
    said.holds(refused, "an unknown month is refused")?;
    Ok(())
}

fn sends_a_token(script: &Path, server: &Server) -> Result<(), Failed> {
    let said = run_article(script, &[server.url()], None)?;
    let refused = !said.status.success() && said.stderr.contains("unauthorized");
    said.holds(refused, "without the token there is no answer")?;
    let said = run_article(script, &[server.url()], Some(TOKEN))?.succeeded()?;
    let right = counts_stand_in(&said.stdout)?;
    said.holds(right, "the text is another one")?;
    Ok(())
}
