//! What can be typed of the model.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum, builder::FalseyValueParser};

use super::dollars;
use crate::{config::env, service::DEFAULT_TOKEN_BUDGET};

/// How a model is asked. Its key comes from the environment alone.
#[derive(Debug, Args)]
#[command(next_help_heading = "Claude")]
pub(in crate::cli) struct ModelArgs {
    /// Where the model is asked [default: where the environment has a key for, Anthropic first].
    #[arg(long, global = true, env = env::PROVIDER, value_enum)]
    pub(in crate::cli) provider: Option<Provider>,
    /// Model that is asked.
    #[arg(long, global = true, env = env::MODEL, value_name = "ID", default_value = "claude-haiku-5-5")]
    pub(in crate::cli) model: String,
    /// Address of the Messages API, up to `/v1` [default: `ANTHROPIC_BASE_URL` or
    /// `ANTHROPIC_BEDROCK_MANTLE_BASE_URL`, else the provider's own].
    #[arg(long, global = true, env = env::MODEL_BASE_URL, value_name = "URL")]
    pub(in crate::cli) model_base_url: Option<String>,
    /// Longest time for a call of the model with its waits and retries, in seconds.
    #[arg(long, global = true, env = env::MODEL_TIMEOUT, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) model_timeout: u32,
    /// Input tokens of a narrative's call; facts that matter least are left out.
    #[arg(long, global = true, env = env::TOKEN_BUDGET, value_name = "N", default_value_t = DEFAULT_TOKEN_BUDGET, value_parser = clap::value_parser!(u64).range(1_500..=1_000_000))]
    pub(in crate::cli) token_budget: u64,
    /// Requests a minute of all processes of this user [default: what the provider allows].
    #[arg(long, global = true, env = env::REQUESTS_PER_MINUTE, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) requests_per_minute: Option<u64>,
    /// Input tokens a minute, likewise.
    #[arg(long, global = true, env = env::INPUT_TOKENS_PER_MINUTE, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) input_tokens_per_minute: Option<u64>,
    /// Output tokens a minute, likewise.
    #[arg(long, global = true, env = env::OUTPUT_TOKENS_PER_MINUTE, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) output_tokens_per_minute: Option<u64>,
    /// Tokens a day (UTC), input and output, of all processes of this user.
    #[arg(long, global = true, env = env::TOKENS_PER_DAY, value_name = "N", default_value_t = 1_000_000)]
    pub(in crate::cli) tokens_per_day: u64,
    /// US dollars a day (UTC), likewise, by the price list.
    #[arg(long, global = true, env = env::USD_PER_DAY, value_name = "USD", default_value_t = 1.0, value_parser = dollars)]
    pub(in crate::cli) usd_per_day: f64,
    /// Folder of decoded deliveries, of narratives and of what was used today [default: in the
    /// user's cache].
    #[arg(long, global = true, env = env::CACHE_DIR, value_name = "FOLDER")]
    pub(in crate::cli) cache_dir: Option<PathBuf>,
    /// Have the model explain errors, beside their remedies.
    #[arg(long, global = true, env = env::EXPLAIN_ERRORS, action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(in crate::cli) explain_errors: bool,
}

/// Where a model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Provider {
    /// Anthropic's own API, with `ANTHROPIC_API_KEY` or `ANTHROPIC_AUTH_TOKEN`.
    Anthropic,
    /// Amazon Bedrock, with AWS credentials or `AWS_BEARER_TOKEN_BEDROCK`.
    Bedrock,
}
