//! The demo organisation, built into the binary.

use std::io;

use async_trait::async_trait;
use bytes::Bytes;
use include_dir::{Dir, DirEntry, File, include_dir};

use super::{Below, LakeFile, ListedFile, Listing, Object, ObjectSource, SourceError, join};
use crate::domain::folder_and_name;

static DEMO_LAKE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/examples/lake");

/// The demo organisation of `examples/lake`.
#[derive(Debug, Clone, Copy, Default)]
pub struct BundledSource;

#[async_trait]
impl ObjectSource for BundledSource {
    fn location(&self) -> String {
        "demo organisation in the program".to_owned()
    }

    fn base(&self) -> &[String] {
        &[]
    }

    async fn list(&self, folder: &str) -> Result<Listing, SourceError> {
        let dir = folder_at(folder).ok_or_else(|| missing(folder))?;
        let mut listing = Listing::default();
        for entry in dir.entries() {
            let Some(name) = entry.path().file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            match entry {
                DirEntry::Dir(_) => listing.folders.push(name.to_owned()),
                DirEntry::File(file) => listing.files.push(ListedFile {
                    name: name.to_owned(),
                    size: u64::try_from(file.contents().len()).unwrap_or(u64::MAX),
                }),
            }
        }
        listing.folders.sort_unstable();
        listing.files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(listing)
    }

    async fn list_below(&self, folder: &str, levels: &[&[&str]]) -> Result<Below, SourceError> {
        let mut below = Below::default();
        let dir = folder_at(folder).ok_or_else(|| missing(folder))?;
        gather(dir, folder, levels, &mut below);
        Ok(below)
    }

    async fn open(&self, file: &LakeFile) -> Result<Object, SourceError> {
        let (folder, name) = folder_and_name(&file.key).unwrap_or(("", &file.key));
        let named = |file: &&File<'_>| file.path().file_name().is_some_and(|of| of == name);
        let found = folder_at(folder).and_then(|dir| dir.files().find(named));
        let found = found.ok_or_else(|| missing(&file.key))?;
        Ok(Object::Bytes(Bytes::from_static(found.contents())))
    }
}

fn gather(dir: &'static Dir<'static>, path: &str, levels: &[&[&str]], below: &mut Below) {
    let Some((wanted, deeper)) = levels.split_first() else {
        let named = dir.files().filter_map(|file| {
            let name = file.path().file_name()?.to_str()?;
            Some(LakeFile {
                key: join(path, name).into(),
                size: u64::try_from(file.contents().len()).unwrap_or(u64::MAX),
                version: BUILT_IN,
            })
        });
        below.files.extend(named);
        return;
    };
    for dir in dir.dirs() {
        let name = dir.path().file_name().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|name| wanted.is_empty() || wanted.contains(name)) {
            gather(dir, &join(path, name), deeper, below);
        }
    }
}

/// Files in the program never change.
const BUILT_IN: u64 = 1;

/// Finds a folder level by level: the library's own way looks at every folder there is.
fn folder_at(path: &str) -> Option<&'static Dir<'static>> {
    let mut levels = path.split('/').filter(|level| !level.is_empty());
    levels.try_fold(&DEMO_LAKE, |dir, level| {
        let named = |dir: &&Dir<'_>| dir.path().file_name().is_some_and(|of| of == level);
        dir.dirs().find(named)
    })
}

fn missing(path: &str) -> SourceError {
    SourceError {
        path: path.to_owned(),
        source: io::ErrorKind::NotFound.into(),
    }
}
