//! What was worked out of a whole lake and costs more to work out again than to keep, in the cache
//! folder of the lake: one file each, found by a name that says all that it rests on.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::LazyLock,
    time::SystemTime,
};

use xxhash_rust::xxh3::xxh3_128;

use super::{
    checked::{self, Checked},
    home::{self, DiskHome},
    upkeep::gone,
};

/// Folder within a lake's. No account's is called so.
pub(super) const FOLDER: &str = "_answers";
/// Answers kept of a lake, two for each question about a month; whoever asks something new loses the
/// one that was used longest ago.
const KEPT: usize = 128;
/// Bytes that an answer has at most.
const MOST_BYTES: usize = 64 << 20;
/// Least of zstd's levels that matter here: it is written while somebody waits.
const ZSTD_LEVEL: i32 = 1;

/// Tells this build of the program: another one may work out something else. `None` where it cannot
/// be told.
static BUILD: LazyLock<Option<String>> = LazyLock::new(|| {
    let program = std::env::current_exe().ok()?;
    let metadata = fs::metadata(program).ok()?;
    let modified = metadata.modified().ok()?;
    let age = modified.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let version = env!("CARGO_PKG_VERSION");
    Some(format!("{version} {} {}", metadata.len(), age.as_nanos()))
});

/// Returns what was kept under a name.
pub(super) fn recall(home: &DiskHome, name: &str) -> io::Result<Option<Vec<u8>>> {
    let Some((path, name)) = place(home, name) else {
        return Ok(None);
    };
    let content = match Checked::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        content => content?,
    };
    let length = usize::try_from(content.length()).unwrap_or(usize::MAX);
    let packed = content.read(0, length.min(MOST_BYTES))?;
    let mut kept = zstd::bulk::decompress(&packed, MOST_BYTES)?;
    if !kept.starts_with(name.as_bytes()) {
        return Ok(None);
    }
    home::note_use(&path);
    Ok(Some(kept.split_off(name.len())))
}

/// Keeps something under a name.
pub(super) fn keep(home: &DiskHome, name: &str, content: &[u8]) -> io::Result<()> {
    let Some((path, name)) = place(home, name) else {
        return Ok(());
    };
    if name.len() + content.len() > MOST_BYTES {
        return Ok(());
    }
    let named = [name.as_bytes(), content].concat();
    let packed = zstd::bulk::compress(&named, ZSTD_LEVEL)?;
    let folder = home.folder().join(FOLDER);
    home::make_private(&folder)?;
    home::write_file(&path, &checked::sealed(packed))?;
    let mut files = files_in(&folder)?;
    files.sort_unstable_by_key(|file| std::cmp::Reverse(file.used));
    for file in files.iter().skip(KEPT) {
        gone(fs::remove_file(&file.path))?;
    }
    Ok(())
}

/// Returns the file of a name, and the name as it stands in it.
fn place(home: &DiskHome, name: &str) -> Option<(PathBuf, String)> {
    let name = format!("{}\n{name}\n", BUILD.as_deref()?);
    let file = format!("{:032x}", xxh3_128(name.as_bytes()));
    Some((home.folder().join(FOLDER).join(file), name))
}

/// A kept answer on disk.
pub(super) struct AnswerFile {
    pub(super) path: PathBuf,
    pub(super) used: SystemTime,
    pub(super) bytes: u64,
}

/// Returns the files of a lake's kept answers, and what was left half written there.
pub(super) fn files_in(folder: &Path) -> io::Result<Vec<AnswerFile>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        // Another process may just have removed it.
        if let Ok(metadata) = entry.metadata() {
            files.push(AnswerFile {
                path: entry.path(),
                used: metadata.modified()?,
                bytes: metadata.len(),
            });
        }
    }
    Ok(files)
}
