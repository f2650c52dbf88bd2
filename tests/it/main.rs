//! The one integration test binary.
//!
//! `#[cfg(test)]` on each module lets clippy see that helpers in it are tests as well.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod cache;
#[cfg(test)]
mod claude_contract;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod counts;
#[cfg(test)]
mod damaged;
#[cfg(test)]
mod demo_lake;
#[cfg(test)]
mod departures;
#[cfg(test)]
mod digest_checked;
#[cfg(test)]
mod fields;
#[cfg(test)]
mod glue_command;
#[cfg(test)]
mod glue_tool;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod http;
#[cfg(test)]
mod http_mcp;
#[cfg(test)]
mod iam;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod lambda;
#[cfg(test)]
mod large_files;
#[cfg(test)]
mod llmock;
#[cfg(test)]
mod mcp_calls;
#[cfg(test)]
mod mcp_in_process;
#[cfg(test)]
mod mcp_lifecycle;
#[cfg(test)]
mod mcp_raw;
#[cfg(test)]
mod mcp_stdio;
#[cfg(test)]
mod narrative;
#[cfg(test)]
mod narrative_numbers;
#[cfg(test)]
mod not_silent;
#[cfg(test)]
mod once;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod reader;
#[cfg(test)]
mod salience;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sql;
#[cfg(test)]
mod support;
#[cfg(test)]
mod timeline;
