//! What was seen of delivered files in one call: the parts of an answer about one resource ask for
//! few resources one after the other, and the first of them goes through all files.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    hashed::Hashed,
    reading::{PlacedFile, state_of_files},
};

/// What was seen in one call, by store. Clones share it.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Sightings(Arc<Mutex<HashMap<u64, Sighted>>>);

/// Of which resources the files of a lake have items: hashes of ids and ARNs, for each file that was
/// read whole. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Sighted(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    files: HashMap<u128, Hashed>,
    bytes: usize,
}

/// Bytes that are kept of a store's files, at most. A file of which nothing is known is read.
const MOST_BYTES: usize = 32 << 20;
/// Bytes that a file takes besides its hashes.
const FILE_BYTES: usize = 64;

impl Sightings {
    /// Returns what was seen of a store's files.
    pub(super) fn of(&self, store: u64) -> Sighted {
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stores.entry(store).or_default().clone()
    }
}

impl Sighted {
    /// Notes what a file has items of, by ids and ARNs.
    pub(super) fn note(&self, file: &PlacedFile, resources: Hashed) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = FILE_BYTES + resources.len() * size_of::<u32>();
        if known.bytes + bytes <= MOST_BYTES {
            known.bytes += bytes;
            known.files.insert(state_of(file), resources);
        }
    }

    /// Returns the files that may have items of resources with these ids or ARNs: not those that are
    /// known to have none.
    pub(super) fn among(&self, named: &BTreeSet<String>, files: &[PlacedFile]) -> Vec<PlacedFile> {
        let wanted = Hashed::of(named.iter().map(|text| &**text));
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let may_have = |file: &&PlacedFile| {
            let resources = known.files.get(&state_of(file));
            resources.is_none_or(|resources| resources.may_have_any_of(&wanted))
        };
        files.iter().filter(may_have).cloned().collect()
    }
}

/// Names a file as it was listed: changed, it is another one.
fn state_of(file: &PlacedFile) -> u128 {
    state_of_files(std::slice::from_ref(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{DeliveryFolder, DeliveryKind},
        source::LakeFile,
    };

    fn files() -> Vec<PlacedFile> {
        let folder = Arc::new(DeliveryFolder {
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            day: jiff::civil::date(2024, 11, 3),
            kind: DeliveryKind::History,
        });
        let file = |n: u64| LakeFile {
            key: format!("file-{n}").into(),
            size: n,
            version: 7,
        };
        (0..3).map(|n| (folder.clone(), file(n))).collect()
    }

    fn hashed(texts: &[&str]) -> Hashed {
        Hashed::of(texts.iter().copied())
    }

    fn among(sighted: &Sighted, named: &[&str], files: &[PlacedFile]) -> Vec<String> {
        let named = named.iter().map(|text| (*text).to_owned()).collect();
        let files = sighted.among(&named, files);
        files.iter().map(|(_, file)| file.key.to_string()).collect()
    }

    #[test]
    fn a_file_is_passed_over_for_what_it_has_nothing_of() {
        let (sighted, files) = (Sightings::default().of(1), files());
        sighted.note(&files[0], hashed(&["b", "a", "b"]));
        sighted.note(&files[1], hashed(&[]));
        // Nothing is known of the last one.
        assert_eq!(among(&sighted, &["a"], &files), ["file-0", "file-2"]);
        assert_eq!(among(&sighted, &["c", "b"], &files), ["file-0", "file-2"]);
        assert_eq!(among(&sighted, &["ab"], &files), ["file-2"]);
    }

    #[test]
    fn nothing_is_known_of_other_lakes_and_states() {
        let (sightings, mut files) = (Sightings::default(), files());
        for file in &files {
            sightings.of(1).note(file, hashed(&[]));
        }
        assert_eq!(among(&sightings.of(2), &["a"], &files).len(), 3);
        files[1].1.version = 8;
        assert_eq!(among(&sightings.of(1), &["a"], &files), ["file-1"]);
    }
}
