//! The TOML file: its keys are the names of flags, its values become their defaults.

use std::{ffi::OsString, path::PathBuf};

use clap::{Command, builder::OsStr};
use thiserror::Error;
use toml::{Table, Value};

use super::env;

/// Why a configuration file cannot be used.
#[derive(Debug, Error)]
pub enum ConfigFileError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("the configuration file {path} is no TOML: {source}")]
    NotToml {
        /// The file.
        path: String,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A key is no flag.
    #[error("the configuration file has the key `{key}`, which is no flag; flags are: {flags}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The flags there are.
        flags: String,
    },
    /// A value is no text, number, boolean or list of these.
    #[error(
        "the configuration file gives `{key}` a value that is no text, number, boolean or list"
    )]
    BadValue {
        /// The key.
        key: String,
    },
}

/// Returns the configuration file that the arguments or the environment name. This runs before
/// the arguments are parsed, because the file gives them their defaults.
pub fn config_path(args: &[OsString]) -> Option<PathBuf> {
    let mut args = args.iter().skip(1);
    while let Some(arg) = args.next() {
        let Some(text) = arg.to_str() else { continue };
        if text == "--" {
            break;
        }
        if text == "--config" {
            return args.next().map(PathBuf::from);
        }
        if let Some(path) = text.strip_prefix("--config=") {
            return Some(PathBuf::from(path));
        }
    }
    env::read(env::CONFIG).map(PathBuf::from)
}

/// Makes the file's values the defaults of their flags: flags and environment still beat them.
pub fn apply_config_file(
    command: Command,
    path: &std::path::Path,
) -> Result<Command, ConfigFileError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| ConfigFileError::Unreadable {
        path: shown.clone(),
        source,
    })?;
    let table: Table = text.parse().map_err(|source| ConfigFileError::NotToml {
        path: shown,
        source: Box::new(source),
    })?;
    table
        .into_iter()
        .try_fold(command, |command, (key, value)| {
            let values = texts_of(&key, value)?;
            apply_default(command, &key, &values)
        })
}

fn texts_of(key: &str, value: Value) -> Result<Vec<String>, ConfigFileError> {
    Ok(match value {
        Value::String(text) => vec![text],
        Value::Integer(number) => vec![number.to_string()],
        Value::Float(number) => vec![number.to_string()],
        Value::Boolean(truth) => vec![truth.to_string()],
        Value::Array(values) => values
            .into_iter()
            .map(|v| texts_of(key, v))
            .collect::<Result<Vec<_>, _>>()?
            .concat(),
        _ => {
            return Err(ConfigFileError::BadValue {
                key: key.to_owned(),
            });
        }
    })
}

fn apply_default(
    command: Command,
    key: &str,
    values: &[String],
) -> Result<Command, ConfigFileError> {
    let names = |command: &Command| -> Vec<String> {
        command
            .get_arguments()
            .filter_map(|arg| arg.get_long().map(str::to_owned))
            .filter(|name| name != "config")
            .collect()
    };
    let everywhere = |command: &Command| {
        let mut all = names(command);
        all.extend(command.get_subcommands().flat_map(names));
        all.sort_unstable();
        all.dedup();
        all
    };
    if !everywhere(&command).iter().any(|name| name == key) {
        let (key, flags) = (key.to_owned(), everywhere(&command).join(", "));
        return Err(ConfigFileError::UnknownKey { key, flags });
    }
    let command = with_default(command, key, values);
    Ok(command.mut_subcommands(|subcommand| with_default(subcommand, key, values)))
}

fn with_default(command: Command, key: &str, values: &[String]) -> Command {
    let ids: Vec<clap::Id> = command
        .get_arguments()
        .filter(|arg| arg.get_long() == Some(key))
        .map(|arg| arg.get_id().clone())
        .collect();
    ids.into_iter().fold(command, |command, id| {
        command.mut_arg(id, |arg| arg.default_values(values.iter().map(OsStr::from)))
    })
}
