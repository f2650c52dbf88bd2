//! The `config-history` command.

fn main() {}
