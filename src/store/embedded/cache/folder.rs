//! The folder that the caches of lakes lie in: the user's, or one that goes with the process.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::home;

/// How names of folders begin that go with their process.
const TEMPORARY: &str = "config-history-cache-";
/// File that a living process holds locked.
const ALIVE: &str = "alive";

/// A folder for the caches of lakes. Clones are one folder.
#[derive(Debug, Clone)]
pub struct CacheFolder(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Kept { path: PathBuf, most_bytes: u64 },
    Temporary(TemporaryFolder),
}

impl CacheFolder {
    /// Returns a folder that stays; the caches of all lakes in it may take `most_bytes`.
    pub fn kept(path: PathBuf, most_bytes: u64) -> Self {
        Self(Arc::new(Kind::Kept { path, most_bytes }))
    }

    /// Returns a folder that goes with the last who uses it, or when another process finds that
    /// this one is dead.
    pub fn temporary() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let parent = std::env::temp_dir();
        if let Err(error) = remove_left(&parent) {
            tracing::debug!(%error, "what dead processes left stays");
        }
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut unique = [0; 8];
        // Without it the number of the process has to do.
        if getrandom::fill(&mut unique).is_err() {
            unique = [0; 8];
        }
        let unique = crate::domain::hex(unique);
        let path = parent.join(format!(
            "{TEMPORARY}{}-{count}-{unique}",
            std::process::id()
        ));
        let alive = hold(&path);
        if let Err(error) = &alive {
            tracing::debug!(%error, path = %path.display(), "no temporary folder");
        }
        Self(Arc::new(Kind::Temporary(TemporaryFolder {
            path,
            _alive: alive.ok(),
        })))
    }

    /// Returns the path.
    pub fn path(&self) -> &Path {
        match self.0.as_ref() {
            Kind::Kept { path, .. } => path,
            Kind::Temporary(folder) => &folder.path,
        }
    }

    /// Says whether it stays after its process.
    pub(super) fn stays(&self) -> bool {
        matches!(self.0.as_ref(), Kind::Kept { .. })
    }

    /// Returns the bytes that all lakes in it may take.
    pub(super) fn most_bytes(&self) -> u64 {
        match self.0.as_ref() {
            Kind::Kept { most_bytes, .. } => *most_bytes,
            Kind::Temporary(_) => u64::MAX,
        }
    }
}

#[derive(Debug)]
struct TemporaryFolder {
    path: PathBuf,
    _alive: Option<fs::File>,
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::debug!(%error, path = %self.path.display(), "a temporary folder stays");
        }
    }
}

/// Makes a folder and shows that its process lives.
fn hold(folder: &Path) -> io::Result<fs::File> {
    home::make_private(folder)?;
    let file = fs::File::create(folder.join(ALIVE))?;
    file.lock()?;
    Ok(file)
}

/// Removes the folders of processes that were killed.
fn remove_left(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            continue;
        }
        // One without the file is just being made.
        let alive = entry.path().join(ALIVE);
        if !alive.is_file() {
            continue;
        }
        let Ok(alive) = fs::File::open(alive) else {
            continue;
        };
        if alive.try_lock().is_ok() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_goes_with_its_last_user() {
        let folder = CacheFolder::temporary();
        let path = folder.path().to_owned();
        let other = folder.clone();
        drop(folder);
        // Another one leaves those alone whose processes live.
        drop(CacheFolder::temporary());
        assert!(path.is_dir());
        drop(other);
        assert!(!path.is_dir());
    }

    #[test]
    fn what_a_dead_process_left_is_removed() {
        let left = std::env::temp_dir().join(format!("{TEMPORARY}left-{}", std::process::id()));
        fs::create_dir_all(left.join("lakes")).unwrap();
        fs::write(left.join(ALIVE), "").unwrap();
        drop(CacheFolder::temporary());
        assert!(!left.is_dir());
    }
}
