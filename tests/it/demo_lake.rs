//! The committed demo lake is what its generator writes.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

#[path = "../../examples/generate_demo/demo.rs"]
mod demo;

/// The binary carries the lake: it must stay small.
const MOST_BYTES: u64 = 2_000_000;

#[test]
fn the_committed_lake_is_what_the_generator_writes() {
    let fresh = tempfile::tempdir().unwrap();
    let written = demo::generate(fresh.path()).unwrap();
    let generated = contents(fresh.path()).unwrap();
    assert_eq!(generated.len(), written.files);
    let mut committed = contents(&committed_lake()).unwrap();
    committed.remove("README.md");

    let missing: Vec<_> = generated
        .keys()
        .filter(|path| !committed.contains_key(*path))
        .collect();
    assert!(missing.is_empty(), "not committed: {missing:?}");
    let stray: Vec<_> = committed
        .keys()
        .filter(|path| !generated.contains_key(*path))
        .collect();
    assert!(stray.is_empty(), "not generated: {stray:?}");
    let other: Vec<_> = generated
        .iter()
        .filter(|(path, body)| committed.get(*path) != Some(body))
        .map(|(path, _)| path)
        .collect();
    assert!(other.is_empty(), "differs: {other:?}");
}

#[test]
fn the_committed_lake_is_small_and_has_portable_names() {
    let mut bytes = 0;
    for path in files(&committed_lake()).unwrap() {
        bytes += fs::metadata(&path).unwrap().len();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(
            !name.contains([':', '*', '?', '"', '<', '>', '|', '\\']),
            "{name}"
        );
    }
    assert!(bytes < MOST_BYTES, "{bytes} bytes");
}

fn committed_lake() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/lake")
}

/// Every file's unpacked bytes by its path in the lake.
fn contents(root: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut contents = BTreeMap::new();
    for path in files(root)? {
        let relative = path.strip_prefix(root).map_err(io::Error::other)?;
        let relative: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        contents.insert(relative.join("/"), unpacked(fs::read(&path)?)?);
    }
    Ok(contents)
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[expect(
    clippy::disallowed_types,
    reason = "the test's own files, compared independently"
)]
fn unpacked(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}
