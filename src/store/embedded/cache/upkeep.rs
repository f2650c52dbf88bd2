//! Where the caches of lakes lie, what they take, and what goes when they take too much.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::SystemTime,
};

use xxhash_rust::xxh3::xxh3_128;

use super::{
    LakeCache,
    answers::{self, AnswerFile},
    home::{self, DiskHome, FORMAT, Home},
    manifest::{self, Manifest},
    part::Part,
};

/// Folder of all lakes within the cache.
const LAKES: &str = "lakes";
/// File that says which lake a folder is of.
const LAKE_NAME: &str = "lake.txt";

/// What the cache of all lakes takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CacheUsage {
    /// Where it lies.
    pub folder: PathBuf,
    /// By lake, in the order of their locations.
    pub lakes: Vec<LakeUsage>,
}

/// What the cache of one lake takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LakeUsage {
    /// The lake.
    pub location: String,
    /// Its folder in the cache.
    pub folder: PathBuf,
    /// Accounts × Regions × months.
    pub parts: u64,
    /// Items, of history and snapshots.
    pub items: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

impl CacheUsage {
    /// Returns the bytes on disk.
    pub fn bytes(&self) -> u64 {
        self.lakes.iter().map(|lake| lake.bytes).sum()
    }
}

/// Returns the folder of a lake.
pub(super) fn lake_folder(cache: &Path, lake: &str) -> PathBuf {
    let name = format!("{:032x}", xxh3_128(lake.as_bytes()));
    cache.join(LAKES).join(FORMAT).join(name)
}

/// Notes which lake a folder is of, for people, and that somebody asked about it; says whether that was
/// not noted before.
fn name_lake(folder: &Path, location: &str) -> io::Result<bool> {
    home::make_private(folder)?;
    let path = folder.join(LAKE_NAME);
    if path.try_exists()? {
        return Ok(false);
    }
    home::write_file(&path, location.as_bytes())?;
    Ok(true)
}

impl LakeCache {
    /// Notes that a question was asked that needs all of the lake; says whether it is the first one,
    /// as far as that can be noted.
    pub(in crate::store::embedded) fn note_question(&self) -> bool {
        let is_first_here = !self.asked.swap(true, Ordering::Relaxed);
        let Home::Disk(home) = &self.home else {
            return is_first_here;
        };
        let is_first = name_lake(home.folder(), &self.location).unwrap_or_else(|error| {
            tracing::debug!(%error, "it is not noted that a lake was asked about");
            true
        });
        is_first && is_first_here
    }
}

/// Returns what the caches of all lakes in a folder take.
pub fn usage_of_cache(cache: &Path) -> io::Result<CacheUsage> {
    let mut usage = CacheUsage {
        folder: cache.join(LAKES),
        lakes: Vec::new(),
    };
    for version in folders_in(&usage.folder)? {
        for folder in folders_in(&version)? {
            let mut lake = LakeUsage {
                location: fs::read_to_string(folder.join(LAKE_NAME)).unwrap_or_default(),
                folder: folder.clone(),
                ..LakeUsage::default()
            };
            for part in parts_in(&folder)? {
                lake.parts += 1;
                lake.items += part.items;
            }
            lake.bytes = bytes_below(&folder)?;
            usage.lakes.push(lake);
        }
    }
    usage
        .lakes
        .sort_by(|a, b| (&a.location, &a.folder).cmp(&(&b.location, &b.folder)));
    Ok(usage)
}

/// Removes the caches of all lakes in a folder, or of one; returns what was there.
pub fn clear_cache(cache: &Path, location: Option<&str>) -> io::Result<CacheUsage> {
    let mut usage = usage_of_cache(cache)?;
    usage
        .lakes
        .retain(|lake| location.is_none_or(|wanted| lake.location == wanted));
    for lake in &usage.lakes {
        fs::remove_dir_all(&lake.folder)?;
    }
    Ok(usage)
}

/// Removes the parts and answers that were used longest ago, until the lakes in the cache of `home`
/// take no more than `most` bytes; parts in use now stay.
pub(super) fn make_room(home: &DiskHome, most: u64, in_use: &[Arc<Part>]) -> io::Result<()> {
    let Some(lakes) = home.folder().parent() else {
        return Ok(());
    };
    let mut kept = Vec::new();
    for lake in folders_in(lakes)? {
        kept.extend(parts_in(&lake)?.into_iter().map(Kept::Part));
        let answers = answers::files_in(&lake.join(answers::FOLDER))?;
        kept.extend(answers.into_iter().map(Kept::Answer));
    }
    let mut bytes: u64 = kept.iter().map(Kept::bytes).sum();
    if bytes <= most {
        return Ok(());
    }
    kept.sort_unstable_by_key(Kept::used);
    let needed: Vec<PathBuf> = in_use.iter().map(|part| home.part(&part.id)).collect();
    for one in kept {
        if bytes <= most {
            break;
        }
        match &one {
            Kept::Part(part) if needed.contains(&part.folder) => continue,
            Kept::Part(part) => {
                // One that is just being filled is in use as well.
                let Some(_lock) = home::lock_if_free(&part.folder)? else {
                    continue;
                };
                // Without its manifest a part is not there; what another process has open it may
                // read on.
                gone(fs::remove_file(part.folder.join(manifest::NAME)))?;
                gone(fs::remove_dir_all(&part.folder))?;
            }
            Kept::Answer(answer) => gone(fs::remove_file(&answer.path))?,
        }
        bytes -= one.bytes();
    }
    Ok(())
}

/// Another process may have been faster.
pub(super) fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// What can go to make room.
enum Kept {
    Part(KeptPart),
    Answer(AnswerFile),
}

impl Kept {
    fn bytes(&self) -> u64 {
        match self {
            Self::Part(part) => part.bytes,
            Self::Answer(answer) => answer.bytes,
        }
    }

    fn used(&self) -> SystemTime {
        match self {
            Self::Part(part) => part.used,
            Self::Answer(answer) => answer.used,
        }
    }
}

/// A part on disk.
struct KeptPart {
    folder: PathBuf,
    used: SystemTime,
    bytes: u64,
    items: u64,
}

/// Returns the parts of a lake's folder: account, Region, month.
fn parts_in(lake: &Path) -> io::Result<Vec<KeptPart>> {
    let mut parts = Vec::new();
    for account in folders_in(lake)? {
        for region in folders_in(&account)? {
            for folder in folders_in(&region)? {
                let Some(manifest) = Manifest::read(&folder) else {
                    continue;
                };
                let metadata = fs::metadata(folder.join(manifest::NAME))?;
                let segments = manifest.segments.iter();
                parts.push(KeptPart {
                    used: metadata.modified()?,
                    bytes: segments.clone().map(|segment| segment.bytes).sum::<u64>()
                        + metadata.len(),
                    items: segments.map(|segment| segment.rows as u64).sum(),
                    folder,
                });
            }
        }
    }
    Ok(parts)
}

/// Returns the folders in a folder, in order; none where it is not there.
fn folders_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    folders.sort_unstable();
    Ok(folders)
}

fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() {
            bytes_below(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(bytes)
}
