//! The demo organisation, built into the binary.

use std::io;

use async_trait::async_trait;
use include_dir::{Dir, DirEntry, include_dir};

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
        let found = if folder.is_empty() {
            Some(&DEMO_LAKE)
        } else {
            DEMO_LAKE.get_dir(folder)
        };
        let dir = found.ok_or_else(|| missing(folder))?;
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
        let file = DEMO_LAKE.get_file(key).ok_or_else(|| missing(key))?;
        Ok(Box::new(file.contents()))
    }
}

fn missing(path: &str) -> SourceError {
    SourceError {
        path: path.to_owned(),
        source: io::ErrorKind::NotFound.into(),
    }
}
