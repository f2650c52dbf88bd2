//! Narratives that were proved, kept as what the model answered: slots, no numbers. They are proved
//! again whenever they are read, so that a file somebody wrote into proves nothing.

use std::{
    collections::VecDeque,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use crate::summary::NarrativeUsage;

/// Version of the files; those of another one are not read.
const VERSION: u32 = 1;
/// Files kept; the oldest go first.
const MAX_FILES: usize = 1_000;
/// Entries kept where there is no folder.
const MAX_IN_MEMORY: usize = 64;
/// Bytes of a file at most: an answer has a few thousand.
const MAX_BYTES: u64 = 1 << 20;

/// What a model answered to a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    version: u32,
    key: String,
    /// Model that answered.
    pub(super) model: String,
    /// Its first answer, then the repair, if there was one.
    pub(super) answers: Vec<String>,
    /// What they took.
    pub(super) usage: NarrativeUsage,
}

impl Entry {
    pub(super) fn new(
        key: &str,
        model: String,
        answers: Vec<String>,
        usage: NarrativeUsage,
    ) -> Self {
        Self {
            version: VERSION,
            key: key.to_owned(),
            model,
            answers,
            usage,
        }
    }
}

/// Entries by the key of their question. Cheap to clone; clones are one cache.
#[derive(Debug, Clone)]
pub(super) struct Cache(Arc<Place>);

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Memory(Mutex<VecDeque<Entry>>),
}

impl Cache {
    /// Returns the cache in a folder, or in memory. Reads nothing, makes nothing.
    pub(super) fn new(folder: Option<&Path>) -> Self {
        Self(Arc::new(match folder {
            Some(folder) => Place::Folder(folder.join("narratives")),
            None => Place::Memory(Mutex::default()),
        }))
    }

    /// Returns the entry of a key. What cannot be read is not there.
    pub(super) fn read(&self, key: &str) -> Option<Entry> {
        let entry = match self.0.as_ref() {
            Place::Folder(folder) => read_file(&path_of(folder, key))?,
            Place::Memory(entries) => {
                let entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
                entries.iter().find(|entry| entry.key == key)?.clone()
            }
        };
        (entry.version == VERSION && entry.key == key).then_some(entry)
    }

    /// Keeps an entry. A cache that cannot be written costs a call the next time, no answer.
    pub(super) fn write(&self, entry: Entry) {
        match self.0.as_ref() {
            Place::Folder(folder) => {
                if let Err(error) = write_file(folder, &entry) {
                    tracing::debug!(%error, folder = %folder.display(), "a narrative is not kept");
                }
            }
            Place::Memory(entries) => {
                let mut entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
                entries.retain(|kept| kept.key != entry.key);
                entries.push_back(entry);
                while entries.len() > MAX_IN_MEMORY {
                    entries.pop_front();
                }
            }
        }
    }
}

fn path_of(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("{key}.json"))
}

fn read_file(path: &Path) -> Option<Entry> {
    let is_small = fs::metadata(path).ok()?.len() <= MAX_BYTES;
    let text = is_small.then(|| fs::read_to_string(path).ok()).flatten()?;
    serde_json::from_str(&text).ok()
}

/// Writes beside and renames: a reader sees the whole file or none.
fn write_file(folder: &Path, entry: &Entry) -> io::Result<()> {
    make_private(folder)?;
    let text = serde_json::to_string(entry)?;
    let beside = folder.join(format!("{}.{}.tmp", entry.key, std::process::id()));
    fs::write(&beside, text)?;
    if let Err(error) = fs::rename(&beside, path_of(folder, &entry.key)) {
        drop(fs::remove_file(&beside));
        return Err(error);
    }
    remove_oldest(folder, MAX_FILES)
}

/// Makes the folder, for its user alone where the system can say so: narratives tell of accounts.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

fn remove_oldest(folder: &Path, most: usize) -> io::Result<()> {
    let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
    for file in fs::read_dir(folder)? {
        let file = file?;
        files.push((file.metadata()?.modified()?, file.path()));
    }
    if files.len() > most {
        files.sort_unstable();
        let surplus = files.len() - most;
        for (_, path) in files.into_iter().take(surplus) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, answer: &str) -> Entry {
        let usage = NarrativeUsage::default();
        Entry::new(key, "m".to_owned(), vec![answer.to_owned()], usage)
    }

    #[test]
    fn what_was_written_is_read_again_in_both_places() {
        let folder = tempfile::tempdir().unwrap();
        for cache in [Cache::new(Some(folder.path())), Cache::new(None)] {
            assert_eq!(cache.read("k"), None);
            cache.write(entry("k", "one"));
            cache.write(entry("k", "two"));
            cache.write(entry("other", "three"));
            assert_eq!(cache.read("k"), Some(entry("k", "two")));
        }
        let names = fs::read_dir(folder.path().join("narratives")).unwrap();
        let mut names: Vec<_> = names.map(|file| file.unwrap().file_name()).collect();
        names.sort_unstable();
        assert_eq!(names, ["k.json", "other.json"]);
    }

    #[test]
    fn foreign_files_are_not_read_and_are_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path()));
        cache.write(entry("k", "one"));
        let path = folder.path().join("narratives/k.json");
        let whole = fs::read_to_string(&path).unwrap();
        let other_version = whole.replace("\"version\":1", "\"version\":9");
        let other_key = whole.replace("\"key\":\"k\"", "\"key\":\"j\"");
        assert!(other_version != whole && other_key != whole);
        for foreign in [
            "",
            "{",
            "[]",
            whole.get(..20).unwrap(),
            &other_version,
            &other_key,
        ] {
            fs::write(&path, foreign).unwrap();
            assert_eq!(cache.read("k"), None, "{foreign}");
        }
        cache.write(entry("k", "two"));
        assert_eq!(cache.read("k"), Some(entry("k", "two")));
    }

    #[test]
    fn the_oldest_go_first() {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..5 {
            let path = folder.path().join(format!("{n}.json"));
            let file = fs::File::create(&path).unwrap();
            let age = std::time::Duration::from_secs(1_000 - n * 100);
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        remove_oldest(folder.path(), 2).unwrap();
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|file| file.unwrap().file_name())
            .collect();
        left.sort_unstable();
        assert_eq!(left, ["3.json", "4.json"]);
    }

    #[test]
    fn memory_is_bounded() {
        let cache = Cache::new(None);
        for n in 0..=MAX_IN_MEMORY {
            cache.write(entry(&n.to_string(), "x"));
        }
        assert!(cache.read("0").is_none() && cache.read("1").is_some());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let cache = Cache::new(Some(&file));
        cache.write(entry("k", "one"));
        assert_eq!(cache.read("k"), None);
    }
}
