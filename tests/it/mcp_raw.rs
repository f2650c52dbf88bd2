//! `config-history serve` as a process, line by line: what no client library shows.

mod endings;
mod long_calls;
mod noise;
mod start_up;
