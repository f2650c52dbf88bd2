//! What can be typed of serving: over standard input and output, and over HTTP.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum, builder::FalseyValueParser};

use crate::config::env;

#[derive(Debug, Args)]
pub(in crate::cli) struct ServeArgs {
    /// Serve without the tool `run_sql`.
    #[arg(long, env = env::NO_SQL, action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(in crate::cli) no_sql: bool,
    /// Let the tool `ensure_glue_table` create and update the table, not only plan it.
    #[arg(long, env = env::ALLOW_WRITES, action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(in crate::cli) allow_writes: bool,
    #[command(flatten)]
    pub(in crate::cli) http: HttpArgs,
}

/// How HTTP is served. Tokens come from a file or the environment alone.
#[derive(Debug, Args)]
#[command(next_help_heading = "HTTP")]
pub(in crate::cli) struct HttpArgs {
    /// Serve over HTTP on this address instead: HOST:PORT, or a port of 127.0.0.1. An address that
    /// others reach needs tokens, --oauth-issuer, or --insecure-no-auth.
    #[arg(long, env = env::HTTP, value_name = "ADDR")]
    pub(in crate::cli) http: Option<String>,
    /// Names that clients ask the server under, NAME or NAME:PORT, beside localhost.
    #[arg(long, env = env::ALLOWED_HOST, value_name = "NAME,…", value_delimiter = ',')]
    pub(in crate::cli) allowed_host: Vec<String>,
    /// Origins that requests of browsers may come from, `SCHEME://HOST[:PORT]`, beside those of this
    /// machine.
    #[arg(long, env = env::ALLOWED_ORIGIN, value_name = "ORIGIN,…", value_delimiter = ',')]
    pub(in crate::cli) allowed_origin: Vec<String>,
    /// Address under which clients reach the server, `https://HOST`; its host is allowed.
    #[arg(long, env = env::PUBLIC_URL, value_name = "URL")]
    pub(in crate::cli) public_url: Option<String>,
    /// File of bearer tokens, NAME=TOKEN a line; `CONFIG_HISTORY_TOKENS` adds to them.
    #[arg(long, env = env::TOKENS_FILE, value_name = "FILE")]
    pub(in crate::cli) tokens_file: Option<PathBuf>,
    /// Let anybody ask who reaches the server.
    #[arg(long, env = env::INSECURE_NO_AUTH, action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(in crate::cli) insecure_no_auth: bool,
    /// Take tokens that this OAuth 2 authorization server issued; needs --public-url.
    #[arg(long, env = env::OAUTH_ISSUER, value_name = "URL")]
    pub(in crate::cli) oauth_issuer: Option<String>,
    /// This server as tokens name it in `aud` [default: the public URL with /mcp].
    #[arg(long, env = env::OAUTH_AUDIENCE, value_name = "AUDIENCE")]
    pub(in crate::cli) oauth_audience: Option<String>,
    /// Scopes that a token has to grant, all of them.
    #[arg(long, env = env::OAUTH_SCOPE, value_name = "SCOPE,…", value_delimiter = ',')]
    pub(in crate::cli) oauth_scope: Vec<String>,
    /// Address of the issuer's keys [default: as its metadata says].
    #[arg(long, env = env::OAUTH_JWKS_URL, value_name = "URL")]
    pub(in crate::cli) oauth_jwks_url: Option<String>,
    /// Requests a minute of one caller; 0 for no limit [default: 600, none where anybody may ask].
    #[arg(long, env = env::RATE_LIMIT, value_name = "N")]
    pub(in crate::cli) rate_limit: Option<u32>,
    /// Requests of one caller that are worked on at once; others wait.
    #[arg(long, env = env::MAX_CONCURRENT, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    pub(in crate::cli) max_concurrent: u16,
    /// Serve metrics for Prometheus on this address, under /metrics, to anybody who reaches it.
    #[arg(long, env = env::METRICS, value_name = "ADDR")]
    pub(in crate::cli) metrics: Option<String>,
}

/// Forms of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LogFormat {
    /// Lines for people; JSON where the program runs as an AWS Lambda function.
    #[default]
    Auto,
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}
