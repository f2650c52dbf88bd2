//! A lake in a folder on disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use xxhash_rust::xxh3::Xxh3;

use super::{
    Below, LakeFile, ListedFile, Listing, Object, ObjectSource, SourceError, join, lake::root_of,
};

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

    fn identity(&self) -> String {
        let mut path = self.root.clone();
        path.extend(&self.base);
        path.display().to_string()
    }

    fn base(&self) -> &[String] {
        &self.base
    }

    async fn list(&self, folder: &str) -> Result<Listing, SourceError> {
        let path = self.root.join(folder);
        let shown = folder.to_owned();
        let _turn = WALKS.acquire().await;
        tokio::task::spawn_blocking(move || list_folder(&path))
            .await
            .unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
            .map_err(|source| SourceError {
                path: shown,
                source,
            })
    }

    async fn list_below(&self, folder: &str, levels: &[&[&str]]) -> Result<Below, SourceError> {
        let (root, top) = (self.root.clone(), folder.to_owned());
        let levels: Vec<Vec<String>> = levels
            .iter()
            .map(|names| names.iter().map(|&name| name.to_owned()).collect())
            .collect();
        let _turn = WALKS.acquire().await;
        let walked = tokio::task::spawn_blocking(move || {
            let mut below = Below::default();
            walk(&root, &top, &levels, &mut below).map(|()| below)
        });
        walked.await.unwrap_or_else(|stopped| {
            Err(SourceError {
                path: folder.to_owned(),
                source: io::Error::other(stopped),
            })
        })
    }

    async fn open(&self, file: &LakeFile) -> Result<Object, SourceError> {
        Ok(Object::File {
            path: self.root.join(&*file.key),
            size: file.size,
        })
    }
}

/// Walks at once: more threads would list no faster, and each keeps memory.
static WALKS: Semaphore = Semaphore::const_new(4);

/// Walks down `levels` and gathers the files of the last one.
fn walk(
    root: &Path,
    folder: &str,
    levels: &[Vec<String>],
    below: &mut Below,
) -> Result<(), SourceError> {
    let fail = |source| SourceError {
        path: folder.to_owned(),
        source,
    };
    let Some((wanted, deeper)) = levels.split_first() else {
        return files_of(root, folder, below).map_err(fail);
    };
    let names = if wanted.is_empty() {
        let listing = list_folder(&root.join(folder)).map_err(fail)?;
        listing.folders
    } else {
        wanted.clone()
    };
    for name in names {
        match walk(root, &join(folder, &name), deeper, below) {
            Ok(()) => {}
            Err(error) if is_absent(&error.source) => {}
            Err(error) => below.unreadable.push(error),
        }
    }
    Ok(())
}

/// Says whether there is no such folder.
fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

fn files_of(root: &Path, folder: &str, below: &mut Below) -> io::Result<()> {
    let now = SystemTime::now();
    // Of a lake's hundreds of thousands of keys most begin as the one before.
    let mut key = join(folder, "");
    let above = key.len();
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        key.truncate(above);
        key.push_str(&entry.file_name().to_string_lossy());
        let key = &*key;
        match metadata_of(&entry) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(metadata) => below.files.push(LakeFile {
                key: key.into(),
                size: metadata.len(),
                version: version_of(&metadata, now),
            }),
            Err(_) => below.files.push(LakeFile {
                key: key.into(),
                size: 0,
                version: LakeFile::unsettled(),
            }),
        }
    }
    Ok(())
}

/// Returns what an entry is. Links are followed: lakes are mounted and linked in all ways. What a
/// broken one points to is missing, which shows when it is opened.
fn metadata_of(entry: &fs::DirEntry) -> io::Result<fs::Metadata> {
    let metadata = entry.metadata()?;
    if metadata.is_symlink() {
        return fs::metadata(entry.path());
    }
    Ok(metadata)
}

/// How long after its last change a file may change again with the same time stamp: some file
/// systems count in steps of two seconds.
const UNSETTLED_FOR: Duration = Duration::from_secs(2);

/// Names the state of a file's content by the times of its changes.
fn version_of(metadata: &fs::Metadata, now: SystemTime) -> u64 {
    let Ok(modified) = metadata.modified() else {
        return LakeFile::unsettled();
    };
    if now
        .duration_since(modified)
        .is_ok_and(|age| age < UNSETTLED_FOR)
    {
        return LakeFile::unsettled();
    }
    let since = |time: SystemTime| match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => after.as_nanos(),
        Err(before) => before.duration().as_nanos().wrapping_neg(),
    };
    let mut hash = Xxh3::new();
    hash.update(&since(modified).to_le_bytes());
    hash.update(&changed_at(metadata));
    hash.digest() | 1
}

/// A file that is replaced with its old time stamp kept has a new time of change.
#[cfg(unix)]
fn changed_at(metadata: &fs::Metadata) -> [u8; 16] {
    use std::os::unix::fs::MetadataExt as _;
    let nanoseconds = i128::from(metadata.ctime()) * 1_000_000_000;
    (nanoseconds + i128::from(metadata.ctime_nsec())).to_le_bytes()
}

#[cfg(not(unix))]
fn changed_at(_: &fs::Metadata) -> [u8; 16] {
    [0; 16]
}

fn list_folder(path: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        // A name that is no UTF-8 is no part of the layout; a file of that name cannot be opened
        // by it, and is told of then.
        let name = entry.file_name().to_string_lossy().into_owned();
        match metadata_of(&entry) {
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
    let names: Vec<String> = path
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    match root_of(&names) {
        Some(at) => (
            path.iter().take(at).collect(),
            names.into_iter().skip(at).collect(),
        ),
        None => (path.to_owned(), Vec::new()),
    }
}
