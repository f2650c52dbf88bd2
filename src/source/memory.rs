//! Delivered files held in memory: a part of a lake that was fetched from elsewhere.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;

use super::{Below, LakeFile, ListedFile, Listing, Object, ObjectSource, SourceError, join};
use crate::domain::folder_and_name;

/// A tree of files in memory.
#[derive(Debug, Default)]
pub struct MemorySource {
    location: String,
    files: HashMap<String, Arc<[u8]>>,
    folders: HashMap<String, Listing>,
}

impl MemorySource {
    /// Returns a tree of files by their keys, each with the size to tell of it, which may be that
    /// of the file it was taken from; `folders` are there, files in them or not.
    pub fn new(
        location: impl Into<String>,
        files: BTreeMap<String, (Arc<[u8]>, u64)>,
        folders: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut source = Self {
            location: location.into(),
            ..Self::default()
        };
        let mut known: BTreeSet<String> = BTreeSet::new();
        for folder in folders {
            source.add_folder(&folder, &mut known);
        }
        for (key, (content, size)) in files {
            let (folder, name) = folder_and_name(&key).unwrap_or(("", &key));
            source.add_folder(folder, &mut known);
            let listed = ListedFile {
                name: name.to_owned(),
                size,
            };
            let listing = source.folders.entry(folder.to_owned()).or_default();
            listing.files.push(listed);
            source.files.insert(key, content);
        }
        for listing in source.folders.values_mut() {
            listing.folders.sort_unstable();
            listing.files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        }
        source
    }

    /// Adds a folder and those above it.
    fn add_folder(&mut self, folder: &str, known: &mut BTreeSet<String>) {
        let mut above = String::new();
        for name in folder.split('/').filter(|name| !name.is_empty()) {
            let path = join(&above, name);
            if known.insert(path.clone()) {
                let listing = self.folders.entry(above).or_default();
                listing.folders.push(name.to_owned());
            }
            above = path;
        }
    }
}

#[async_trait]
impl ObjectSource for MemorySource {
    fn location(&self) -> String {
        self.location.clone()
    }

    fn base(&self) -> &[String] {
        &[]
    }

    async fn list(&self, folder: &str) -> Result<Listing, SourceError> {
        Ok(self.folders.get(folder).cloned().unwrap_or_default())
    }

    async fn list_below(&self, folder: &str, levels: &[&[&str]]) -> Result<Below, SourceError> {
        let mut below = Below::default();
        self.gather(folder, levels, &mut below);
        Ok(below)
    }

    async fn open(&self, file: &LakeFile) -> Result<Object, SourceError> {
        let content = self.files.get(&*file.key).cloned();
        let content = content.ok_or_else(|| SourceError {
            path: file.key.to_string(),
            source: std::io::ErrorKind::NotFound.into(),
        })?;
        Ok(Object::Bytes(Bytes::from_owner(content)))
    }
}

impl MemorySource {
    fn gather(&self, folder: &str, levels: &[&[&str]], below: &mut Below) {
        let Some(listing) = self.folders.get(folder) else {
            return;
        };
        let Some((wanted, deeper)) = levels.split_first() else {
            below
                .files
                .extend(listing.files.iter().map(|file| LakeFile {
                    key: join(folder, &file.name).into(),
                    size: file.size,
                    version: FETCHED,
                }));
            return;
        };
        let names = listing.folders.iter();
        for name in names.filter(|name| wanted.is_empty() || wanted.contains(&name.as_str())) {
            self.gather(&join(folder, name), deeper, below);
        }
    }
}

/// What was fetched does not change here.
const FETCHED: u64 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn folders_and_files_are_listed_in_order() {
        let file = |text: &str| (Arc::from(text.as_bytes()), 7);
        let files = [("a/c/2", "two"), ("a/c/1", "one"), ("a/b/3", "three")];
        let files = files.map(|(key, text)| (key.to_owned(), file(text)));
        let source = MemorySource::new("here", files.into(), ["a/d".to_owned()]);
        assert_eq!(source.list("").await.unwrap().folders, ["a"]);
        assert_eq!(source.list("a").await.unwrap().folders, ["b", "c", "d"]);
        let names: Vec<String> = source
            .list("a/c")
            .await
            .unwrap()
            .files
            .into_iter()
            .map(|f| f.name)
            .collect();
        assert_eq!(names, ["1", "2"]);
        let below = source.list_below("a", &[&["b", "c"]]).await.unwrap();
        let keys: Vec<&str> = below.files.iter().map(|file| &*file.key).collect();
        assert_eq!(keys, ["a/b/3", "a/c/1", "a/c/2"]);
        let Object::Bytes(content) = source.open(&below.files[1]).await.unwrap() else {
            panic!("not in memory");
        };
        assert_eq!(&*content, b"one");
        let mut missing = below.files[1].clone();
        missing.key = "a/c/9".into();
        assert!(source.open(&missing).await.is_err());
        assert!(source.list("a/d").await.unwrap().files.is_empty());
    }
}
