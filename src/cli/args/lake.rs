//! What can be typed of a lake on Amazon S3.

use clap::{ArgAction, Args, builder::FalseyValueParser};

use super::dollars;
use crate::config::env;

/// How a lake on Amazon S3 is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Lake on Amazon S3")]
pub(in crate::cli) struct LakeArgs {
    /// Pay for what is asked of the bucket and read from it, where its owner does not.
    #[arg(long, global = true, env = env::REQUESTER_PAYS, action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(in crate::cli) requester_pays: bool,
    /// Read as much as there is, without asking.
    #[arg(long, short = 'y', global = true, env = env::YES, action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(in crate::cli) yes: bool,
    /// US dollars that reading may cost, by an estimate, before somebody is asked; 100,000 files
    /// and 20 GB ask as well.
    #[arg(long, global = true, env = env::ASK_ABOVE, value_name = "USD", default_value_t = 0.5, value_parser = dollars)]
    pub(in crate::cli) ask_above: f64,
}
