//! Glue, S3 and STS of the emulated AWS, for what a test prepares and looks at by itself.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    http,
    world::{World, demo_lake},
};

/// Key that the emulated AWS takes for its first account.
const KEY: &str = "test";

/// Calls Glue.
pub(crate) fn glue(world: &World, operation: &str, body: &Value) -> Result<Value, String> {
    glue_as(world, KEY, operation, body)
}

/// Calls Glue with another key: the account is the key's.
pub(crate) fn glue_as(
    world: &World,
    key: &str,
    operation: &str,
    body: &Value,
) -> Result<Value, String> {
    let answer = http::send(
        world.athena_port(),
        "POST",
        "/",
        &format!(
            "X-Amz-Target: AWSGlue.{operation}\r\n{}",
            signed(key, "glue")
        ),
        body.to_string().as_bytes(),
    )?;
    serde_json::from_str(&answer).map_err(|error| format!("{operation}: {error}: {answer}"))
}

/// Returns a table, `None` where it or its database is not there.
pub(crate) fn table(world: &World, name: &str) -> Result<Option<Value>, String> {
    let (database, table) = parts(name)?;
    let asked = json!({ "DatabaseName": database, "Name": table });
    match glue(world, "GetTable", &asked) {
        Ok(mut answer) => Ok(Some(answer["Table"].take())),
        Err(error) if error.contains("EntityNotFoundException") => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns a table that must be there.
pub(crate) fn existing(world: &World, name: &str) -> Result<Value, String> {
    table(world, name)?.ok_or_else(|| format!("{name} is not there"))
}

/// Makes a database and in it a table like another one, after changes.
pub(crate) fn create_like(
    world: &World,
    pattern: &str,
    name: &str,
    change: impl FnOnce(&mut Value),
) -> Result<(), String> {
    let (database, table) = parts(name)?;
    let input = json!({ "DatabaseInput": { "Name": database } });
    glue(world, "CreateDatabase", &input)?;
    let mut input = table_input(&existing(world, pattern)?, table);
    change(&mut input);
    let input = json!({ "DatabaseName": database, "TableInput": input });
    glue(world, "CreateTable", &input).map(drop)
}

/// Returns what makes a table like this one under another name.
pub(crate) fn table_input(pattern: &Value, name: &str) -> Value {
    json!({
        "Name": name,
        "TableType": pattern["TableType"],
        "Parameters": pattern["Parameters"],
        "PartitionKeys": pattern["PartitionKeys"],
        "StorageDescriptor": pattern["StorageDescriptor"],
    })
}

fn parts(name: &str) -> Result<(&str, &str), String> {
    name.split_once('.').ok_or_else(|| format!("{name}?"))
}

/// Makes a bucket and puts those files of the demo's lake into it whose keys are wanted.
pub(crate) fn bucket_of(
    world: &World,
    bucket: &str,
    wanted: impl Fn(&str) -> bool,
) -> Result<usize, String> {
    put(world, bucket, "", b"")?;
    add_to(world, bucket, wanted)
}

/// Puts those files of the demo's lake into a bucket whose keys are wanted.
pub(crate) fn add_to(
    world: &World,
    bucket: &str,
    wanted: impl Fn(&str) -> bool,
) -> Result<usize, String> {
    let mut count = 0;
    for (key, path) in delivered()? {
        if wanted(&key) {
            let bytes = fs::read(&path).map_err(|error| format!("{key}: {error}"))?;
            put(world, bucket, &key, &bytes)?;
            count += 1;
        }
    }
    Ok(count)
}

/// Puts an object, or makes the bucket where the key is empty.
pub(crate) fn put(world: &World, bucket: &str, key: &str, bytes: &[u8]) -> Result<(), String> {
    // A key is not yet an address: colons are written as %3A in it.
    let path = format!("/{bucket}/{}", key.replace('%', "%25"));
    let path = path.trim_end_matches('/');
    http::send(world.athena_port(), "PUT", path, &signed(KEY, "s3"), bytes).map(drop)
}

/// Returns the delivered files of the demo's lake: key and path.
pub(crate) fn delivered() -> Result<Vec<(String, PathBuf)>, String> {
    let root = PathBuf::from(demo_lake());
    let mut files = Vec::new();
    walk(&root, &mut files).map_err(|error| format!("{}: {error}", root.display()))?;
    let key = |path: &Path| {
        let below = path.strip_prefix(&root).unwrap_or(path);
        below.to_string_lossy().replace('\\', "/")
    };
    let mut keyed: Vec<_> = files.into_iter().map(|path| (key(&path), path)).collect();
    keyed.retain(|(key, _)| key.contains("/AWSLogs/"));
    keyed.sort();
    Ok(keyed)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Lets STS make a key of another account.
pub(crate) fn key_of_account(world: &World, account: &str) -> Result<String, String> {
    let body = format!(
        "Action=AssumeRole&Version=2011-06-15&RoleSessionName=test&RoleArn=arn:aws:iam::\
         {account}:role/Reader"
    );
    let headers = format!(
        "Content-Type: application/x-www-form-urlencoded\r\n{}",
        signed(KEY, "sts")
    );
    let answer = http::send(world.athena_port(), "POST", "/", &headers, body.as_bytes())?;
    let key = answer
        .split_once("<AccessKeyId>")
        .and_then(|(_, rest)| rest.split_once('<'))
        .map(|(key, _)| key.to_owned());
    key.ok_or_else(|| format!("no key: {answer}"))
}

/// The head's line with a signature: the emulated AWS reads key and service in it, and checks nothing.
fn signed(key: &str, service: &str) -> String {
    format!(
        "Authorization: AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/{service}/\
         aws4_request, SignedHeaders=host, Signature=0\r\n"
    )
}
