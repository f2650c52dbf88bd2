//! What the program was told: flags over environment over a TOML file over defaults.

pub mod env;
mod file;

pub use file::{ConfigFileError, apply_config_file, config_path};
