//! Where the cache of a lake lies, and how files get there: written beside, synced, renamed, by one
//! process at a time for each part; readers need no lock.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio_util::sync::CancellationToken;
use xxhash_rust::xxh3::xxh3_64;

use super::{CacheFolder, part::PartId, upkeep};

/// Format of the files below; another one lies in another folder.
pub(super) const FORMAT: &str = "v1";
/// File of a part's folder that whoever writes there holds locked.
const LOCK: &str = "lock";
/// How often somebody who waits for a lock looks whether it is free.
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// How seldom it is noted that a part is used.
const USE_NOTED_EVERY: Duration = Duration::from_mins(10);

/// Where the parts of one lake are kept.
#[derive(Debug, Clone)]
pub(super) enum Home {
    /// In a folder.
    Disk(Arc<DiskHome>),
    /// In this process, for as long as it runs.
    Memory,
}

/// A lake's folder in the cache.
#[derive(Debug)]
pub(super) struct DiskHome {
    folder: PathBuf,
    /// Ends with the last who uses it, where it is but for a while.
    within: CacheFolder,
}

impl DiskHome {
    /// Returns the home of a lake. Nothing is made before somebody asks for all
    /// of the lake.
    pub(super) fn new(within: CacheFolder, lake: &str) -> Self {
        Self {
            folder: upkeep::lake_folder(within.path(), lake),
            within,
        }
    }

    /// Says whether other processes will find what is kept here.
    pub(super) fn stays(&self) -> bool {
        self.within.stays()
    }

    /// Returns the folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder of a part.
    pub(super) fn part(&self, id: &PartId) -> PathBuf {
        let month = format!("{:04}-{:02}", id.year, id.month);
        self.account(&id.account)
            .join(file_name(&id.region))
            .join(month)
    }

    /// Returns the folder of an account.
    pub(super) fn account(&self, account: &str) -> PathBuf {
        self.folder.join(file_name(account))
    }
}

/// Makes a name of a file of what may hold anything.
fn file_name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("_{:016x}", xxh3_64(text.as_bytes()))
}

/// The right to write into a folder. Ends when it is dropped, or with the process.
#[derive(Debug)]
pub(super) struct Lock {
    _file: fs::File,
}

/// Waits until nobody else writes into the folder, and makes it if it is not there.
pub(super) async fn lock(folder: &Path, cancel: &CancellationToken) -> io::Result<Lock> {
    make_private(folder)?;
    let mut file = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))?;
    loop {
        match taken(file)? {
            Ok(lock) => return Ok(lock),
            Err(busy) => file = busy,
        }
        tokio::select! {
            () = cancel.cancelled() => return Err(io::ErrorKind::Interrupted.into()),
            () = tokio::time::sleep(LOCK_PAUSE) => {}
        }
    }
}

/// Takes the right to write into a folder, if nobody has it now.
pub(super) fn lock_if_free(folder: &Path) -> io::Result<Option<Lock>> {
    match fs::File::options().write(true).open(folder.join(LOCK)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        file => Ok(taken(file?)?.ok()),
    }
}

/// Locks a file; gives it back where another has it locked.
fn taken(file: fs::File) -> io::Result<Result<Lock, fs::File>> {
    match file.try_lock() {
        Ok(()) => Ok(Ok(Lock { _file: file })),
        Err(fs::TryLockError::WouldBlock) => Ok(Err(file)),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Writes a file whole or not at all.
pub(super) fn write_file(path: &Path, content: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let beside = folder.join(format!("{TEMPORARY}{}-{count}", std::process::id()));
    let written = write_private(&beside, content).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written
}

/// How names of files begin that are being written.
const TEMPORARY: &str = "tmp-";

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Configuration may hold secrets, as the lake does.
        options.mode(0o600);
    }
    // Not synced: what a crash of the machine tears is found by its checksums and made anew.
    options.open(path)?.write_all(content)
}

/// Makes a folder for its user alone, where the system can say so.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Removes the files of a part's folder that its manifest does not name: what a process left that
/// was killed, and what was replaced. Whoever reads a replaced file has it open. Call under the
/// folder's lock.
pub(super) fn sweep(folder: &Path, named: &[String]) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_kept = name == LOCK || name == super::manifest::NAME || named.contains(&name);
        if !is_kept {
            fs::remove_file(folder.join(name))?;
        }
    }
    Ok(())
}

/// Notes that a file is in use, so that it is not among the first to go.
pub(super) fn note_use(path: &Path) {
    let now = SystemTime::now();
    let fresh = |modified: SystemTime| {
        now.duration_since(modified)
            .is_ok_and(|age| age < USE_NOTED_EVERY)
    };
    let noted = fs::metadata(path).and_then(|metadata| metadata.modified());
    if noted.is_ok_and(|modified| !fresh(modified))
        && let Ok(file) = fs::OpenOptions::new().append(true).open(path)
        && let Err(error) = file.set_modified(now)
    {
        tracing::debug!(%error, path = %path.display(), "the use of the cache is not noted");
    }
}
