//! Holds `docs/iam.md` to the calls of AWS that the program makes: none is forgotten, none is
//! allowed that nothing needs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// Where calls of AWS are made.
const CALLERS: [&str; 4] = ["src/aws", "src/store/athena", "src/glue", "src/cli/doctor"];

/// How calls of AWS begin.
const VERBS: [&str; 11] = [
    "start_", "stop_", "get_", "list_", "create_", "update_", "delete_", "put_", "batch_", "head_",
    "copy_",
];

/// Actions whose names are not those of the calls.
const OTHER_NAMES: [(&str, &str); 1] = [("s3:ListBucket", "list_objects_v2")];

/// Calls that need no policy.
const FREE: [&str; 1] = ["get_caller_identity"];

/// Actions that no call of an SDK stands for, with the words that do.
const WITHOUT_CALL: [(&str, &str, &str); 2] = [
    (
        "bedrock-mantle:CreateInference",
        "src/claude/route.rs",
        "\"bedrock-mantle\"",
    ),
    (
        "sts:AssumeRole",
        "src/aws/credentials.rs",
        "AssumeRoleProvider",
    ),
];

#[derive(Debug, Default)]
struct Section {
    /// Actions of the table, with who calls them.
    told: BTreeMap<String, String>,
    /// Actions of the policies.
    allowed: BTreeSet<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The sections of the guide that have a policy, by their headings.
fn sections() -> BTreeMap<String, Section> {
    let guide = read("docs/iam.md");
    let mut sections: BTreeMap<String, Section> = BTreeMap::new();
    for part in guide.split("\n## ").skip(1) {
        let (heading, body) = part.split_once('\n').unwrap();
        let section = sections.entry(heading.to_owned()).or_default();
        for line in body.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let action = cells[1].trim_matches('`').to_owned();
            assert!(!cells[3].is_empty(), "{action} has no reason");
            let twice = section.told.insert(action, cells[2].to_owned());
            assert_eq!(twice, None, "{line}");
        }
        for block in body.split("```json\n").skip(1) {
            let policy = block.split("```").next().unwrap();
            let policy: Value = serde_json::from_str(policy).unwrap();
            for statement in policy["Statement"].as_array().unwrap() {
                let actions = match &statement["Action"] {
                    Value::String(action) => vec![action.clone()],
                    actions => serde_json::from_value(actions.clone()).unwrap(),
                };
                section.allowed.extend(actions);
            }
        }
    }
    sections
}

/// The call that an action allows, as the SDK names it.
fn call_of(action: &str) -> String {
    if let Some((_, call)) = OTHER_NAMES.iter().find(|(other, _)| *other == action) {
        return (*call).to_owned();
    }
    let (_, name) = action.split_once(':').unwrap();
    let mut call = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !call.is_empty() {
            call.push('_');
        }
        call.push(c.to_ascii_lowercase());
    }
    call
}

/// Calls that the program makes.
fn calls() -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    for path in CALLERS
        .iter()
        .flat_map(|folder| files_below(&root().join(folder)))
    {
        let text = read(&path);
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for after_dot in code.split('.').skip(1) {
            let name = after_dot.split_once("()").map_or("", |(name, _)| name);
            let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            let is_call = name.chars().all(is_name) && VERBS.iter().any(|v| name.starts_with(v));
            if is_call && !["get_mut", "get_ref"].contains(&name) {
                calls.insert(name.to_owned());
            }
        }
    }
    calls
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("tests") {
                files.extend(files_below(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_action_has_its_reason_and_every_reason_its_action() {
    let sections = sections();
    for (heading, section) in &sections {
        let told: BTreeSet<String> = section.told.keys().cloned().collect();
        assert_eq!(told, section.allowed, "{heading}");
        assert!(!told.is_empty(), "{heading}");
    }
    let headings: Vec<&str> = sections.keys().map(String::as_str).collect();
    let expected = [
        "A lake on Amazon S3",
        "Amazon Athena",
        "Amazon Bedrock",
        "Another account",
        "The Glue table",
    ];
    assert_eq!(headings, expected);
}

#[test]
fn what_is_allowed_is_called() {
    let calls = calls();
    for (action, caller) in sections().into_values().flat_map(|section| section.told) {
        let without = WITHOUT_CALL.iter().find(|(known, ..)| *known == action);
        match (caller.as_str(), without) {
            ("the program", None) => {
                let call = call_of(&action);
                assert!(calls.contains(&call), "{action}: nothing calls {call}");
            }
            ("the program", Some((_, file, words))) => {
                assert!(read(file).contains(words), "{action}: {file}");
            }
            // Athena acts with the rights of whoever asks.
            ("Athena", None) => {
                let service = action.split(':').next().unwrap();
                assert!(["glue", "s3", "kms"].contains(&service), "{action}");
            }
            // So does S3, which decrypts what it hands out.
            ("S3", None) => assert_eq!(action, "kms:Decrypt"),
            _ => panic!("{action} is called by {caller}"),
        }
    }
}

#[test]
fn what_is_called_is_allowed() {
    let sections = sections();
    let allowed: BTreeSet<String> = sections
        .values()
        .flat_map(|section| &section.allowed)
        .map(|action| call_of(action))
        .collect();
    let calls = calls();
    // Not blind: these are called, whatever else is.
    for known in [
        "start_query_execution",
        "list_objects_v2",
        "get_object",
        "create_table",
    ] {
        assert!(calls.contains(known), "{calls:?}");
    }
    for call in calls {
        let is_free = FREE.contains(&call.as_str());
        assert!(
            is_free || allowed.contains(&call),
            "no policy allows {call}"
        );
    }
}
