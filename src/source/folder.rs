//! A lake in a folder on disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use async_trait::async_trait;

use super::{ListedFile, Listing, ObjectSource, SourceError, lake::is_account};
use crate::domain::ROOT_FOLDER;

/// A folder on disk. A folder inside the layout (`…/AWSLogs/111122223333`) works as well: then the
/// lake is rooted above `AWSLogs` and its first levels are fixed.
#[derive(Debug, Clone)]
pub struct FolderSource {
    named: PathBuf,
    root: PathBuf,
    base: Vec<String>,
}

impl FolderSource {
    /// Returns the source at `path`, which must be a folder.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let fail = |source| SourceError {
            path: path.display().to_string(),
            source,
        };
        let canonical = path.canonicalize().map_err(fail)?;
        if !canonical.is_dir() {
            return Err(fail(io::Error::new(
                io::ErrorKind::NotADirectory,
                "not a folder",
            )));
        }
        let (root, base) = split_at_root_folder(&canonical);
        Ok(Self {
            named: path.to_owned(),
            root,
            base,
        })
    }
}

#[async_trait]
impl ObjectSource for FolderSource {
    fn location(&self) -> String {
        self.named.display().to_string()
    }

    fn base(&self) -> &[String] {
        &self.base
    }

    async fn list(&self, folder: &str) -> Result<Listing, SourceError> {
        let path = self.root.join(folder);
        let shown = folder.to_owned();
        tokio::task::spawn_blocking(move || list_folder(&path))
            .await
            .unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
            .map_err(|source| SourceError {
                path: shown,
                source,
            })
    }

    async fn open(&self, key: &str) -> Result<Box<dyn io::Read + Send>, SourceError> {
        let path = self.root.join(key);
        let opened = tokio::task::spawn_blocking(move || open_file(&path)).await;
        match opened.unwrap_or_else(|stopped| Err(io::Error::other(stopped))) {
            Ok(file) => Ok(Box::new(file)),
            Err(source) => Err(SourceError {
                path: key.to_owned(),
                source,
            }),
        }
    }
}

/// Opens a file; a pipe or a device would keep the reader waiting for ever.
fn open_file(path: &Path) -> io::Result<fs::File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    fs::File::open(path)
}

fn list_folder(path: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        // A name that is no UTF-8 is no part of the layout; a file of that name cannot be opened
        // by it, and is told of then.
        let name = entry.file_name().to_string_lossy().into_owned();
        // Links are followed: lakes are mounted and linked in all ways. What a broken one points
        // to is missing, which shows when it is opened.
        match fs::metadata(entry.path()) {
            Ok(metadata) if metadata.is_dir() => listing.folders.push(name),
            Ok(metadata) => listing.files.push(ListedFile {
                name,
                size: metadata.len(),
            }),
            Err(_) => listing.files.push(ListedFile { name, size: 0 }),
        }
    }
    listing.folders.sort_unstable();
    listing.files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(listing)
}

fn split_at_root_folder(path: &Path) -> (PathBuf, Vec<String>) {
    let names: Vec<&std::ffi::OsStr> = path.iter().collect();
    let is_layout = |at: usize| {
        // A folder above the lake may be named so too: what follows must be the layout.
        let mut below = names.iter().skip(at + 1).map(|name| name.to_string_lossy());
        match below.next() {
            Some(first) if first.starts_with("o-") => below.next().is_none_or(|n| is_account(&n)),
            Some(first) => is_account(&first),
            None => true,
        }
    };
    match names.iter().rposition(|name| *name == ROOT_FOLDER) {
        Some(at) if is_layout(at) => (
            names.iter().take(at).collect(),
            names
                .iter()
                .skip(at)
                .map(|name| name.to_string_lossy().into_owned())
                .collect(),
        ),
        _ => (path.to_owned(), Vec::new()),
    }
}
