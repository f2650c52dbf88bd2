//! Holds the source tree to the map in `ARCHITECTURE.md`: who may use whom, and how long a file
//! may grow.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A module and the modules it may use. A front uses `domain` for words, `store` for the context
/// of a call and the evidence; it never calls what lies below the service.
const MAY_USE: [(&str, &[&str]); 16] = [
    ("domain", &[]),
    ("aws", &[]),
    ("claude", &["domain", "aws"]),
    ("glue", &["domain", "aws"]),
    ("source", &["domain", "aws"]),
    ("analysis", &["domain"]),
    ("store", &["domain", "aws", "glue", "source", "analysis"]),
    ("summary", &["domain", "analysis", "store"]),
    (
        "service",
        &["domain", "claude", "glue", "analysis", "store", "summary"],
    ),
    ("mcp", &["domain", "analysis", "store", "service"]),
    ("http", &["domain", "store", "service", "mcp", "telemetry"]),
    ("lambda", &["http"]),
    ("schema", &["service", "mcp", "http"]),
    ("config", &[]),
    ("telemetry", &["config"]),
    (
        "cli",
        &[
            "domain",
            "aws",
            "claude",
            "glue",
            "source",
            "store",
            "summary",
            "service",
            "mcp",
            "http",
            "lambda",
            "schema",
            "config",
            "telemetry",
        ],
    ),
];

/// Lines of a file before its tests.
const LONGEST_FILE: usize = 500;

#[test]
fn modules_use_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for (module, allowed) in MAY_USE {
        for (path, text) in files_of(module) {
            for used in uses_of(&text) {
                if used != module && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{} uses `{used}`", path.display()));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "the direction of dependencies is broken:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_module_is_on_the_map() {
    let lib = fs::read_to_string(src().join("lib.rs")).unwrap();
    let modules: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    for module in modules {
        assert!(
            MAY_USE.iter().any(|(known, _)| *known == module),
            "`{module}` is not on the map"
        );
    }
}

#[test]
fn a_file_is_read_at_one_sitting() {
    for (module, _) in MAY_USE {
        for (path, text) in files_of(module) {
            let lines = text
                .lines()
                .take_while(|line| !line.starts_with("#[cfg(test)]"))
                .count();
            assert!(
                lines <= LONGEST_FILE,
                "{} has {lines} lines: divide it",
                path.display()
            );
        }
    }
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files_of(module: &str) -> Vec<(PathBuf, String)> {
    let mut paths = vec![src().join(format!("{module}.rs"))];
    let mut folders = vec![src().join(module)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                paths.push(path);
            }
        }
    }
    paths
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}

/// Returns the modules that a file names as `crate::module` or in a `use crate::{…}` list.
fn uses_of(text: &str) -> Vec<String> {
    let mut used = Vec::new();
    let name = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect()
    };
    for after in text.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            None => used.push(name(after)),
            Some(list) => {
                let mut depth = 0;
                let mut at_start = true;
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => at_start = true,
                        c if c.is_whitespace() => {}
                        _ if depth == 0 && at_start => {
                            used.push(name(list.get(at..).unwrap_or_default()));
                            at_start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    used.retain(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    used
}
