//! The demo organisation, built into the binary.

use std::io;

use async_trait::async_trait;
use include_dir::{Dir, DirEntry, File, include_dir};

use super::{ListedFile, Listing, ObjectSource, SourceError};

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

    async fn open(&self, key: &str) -> Result<Box<dyn io::Read + Send>, SourceError> {
        let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
        let named = |file: &&File<'_>| file.path().file_name().is_some_and(|of| of == name);
        let file = folder_at(folder).and_then(|dir| dir.files().find(named));
        let file = file.ok_or_else(|| missing(key))?;
        Ok(Box::new(file.contents()))
    }
}

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
