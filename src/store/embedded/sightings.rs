//! What was seen of delivered files in one call: the parts of an answer about one resource look for
//! the same texts, and a file in which they do not stand is read once.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use super::reading::{PlacedFile, state_of_files};

/// Looks of one call, over all of its stores. Clones share them.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Sightings(Arc<Mutex<Vec<Look>>>);

/// A look for some texts.
#[derive(Debug)]
struct Look {
    /// Which store's files.
    store: u64,
    texts: BTreeSet<String>,
    without: Without,
}

/// Files that were read whole, and in which no text stands that was looked for. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Without(Arc<Mutex<HashSet<u128>>>);

impl Without {
    /// Notes a file.
    pub(super) fn note(&self, file: &PlacedFile) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(state_of(file));
    }

    fn has(&self, file: &PlacedFile) -> bool {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.contains(&state_of(file))
    }
}

impl Sightings {
    /// Begins a look for these texts, of which those to come know.
    pub(super) fn begin(&self, store: u64, texts: &BTreeSet<String>) -> Without {
        let without = Without::default();
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.push(Look {
            store,
            texts: texts.clone(),
            without: without.clone(),
        });
        without
    }

    /// Returns the files in which one of these texts may stand, or of which nothing is known.
    pub(super) fn among(
        &self,
        store: u64,
        texts: &BTreeSet<String>,
        files: &[PlacedFile],
    ) -> Vec<PlacedFile> {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let telling: Vec<&Without> = looks
            .iter()
            .filter(|look| look.store == store && look.tells_of(texts))
            .map(|look| &look.without)
            .collect();
        let files = files.iter();
        let open = files.filter(|file| !telling.iter().any(|without| without.has(file)));
        open.cloned().collect()
    }
}

impl Look {
    /// Says whether a file without what was looked for is one without these texts.
    fn tells_of(&self, texts: &BTreeSet<String>) -> bool {
        let holds = |text: &String| self.texts.iter().any(|known| text.contains(known.as_str()));
        texts.iter().all(holds)
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

    fn texts(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn keys(files: &[PlacedFile]) -> Vec<&str> {
        files.iter().map(|(_, file)| &*file.key).collect()
    }

    #[test]
    fn a_file_without_a_text_is_passed_over_for_it_and_for_longer_ones() {
        let (sightings, files) = (Sightings::default(), files());
        let looked = texts(&["i-0a", "sg-1"]);
        sightings.begin(1, &looked).note(&files[1]);
        for of in [&looked, &texts(&["i-0a"]), &texts(&["i-0abc"])] {
            assert_eq!(keys(&sightings.among(1, of, &files)), ["file-0", "file-2"]);
        }
    }

    #[test]
    fn nothing_is_known_of_other_texts_lakes_and_states() {
        let (sightings, mut files) = (Sightings::default(), files());
        sightings.begin(1, &texts(&["i-0abc"])).note(&files[1]);
        for (store, of) in [
            (1, texts(&["i-0a"])),
            (1, texts(&["i-0abc", "sg-1"])),
            (2, texts(&["i-0abc"])),
        ] {
            assert_eq!(sightings.among(store, &of, &files).len(), 3, "{of:?}");
        }
        files[1].1.version = 8;
        assert_eq!(sightings.among(1, &texts(&["i-0abc"]), &files).len(), 3);
    }
}
