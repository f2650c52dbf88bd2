//! What the cache does not have of some files, told before anything is read.

use super::{
    super::reading::{FileReader, PlacedFile},
    LakeCache, by_part,
    fill::Fill,
    manifest::hash_of_files,
};

impl LakeCache {
    /// Returns the files that bringing all their parts up to date would read.
    pub(super) fn missing(&self, reader: &FileReader, files: &[PlacedFile]) -> Vec<PlacedFile> {
        let parts = by_part(files).into_iter();
        let of_part = parts.flat_map(|(id, files)| {
            if self.held_part(&id, &hash_of_files(files)).is_some() {
                return Vec::new();
            }
            let fill = Fill {
                reader,
                id,
                files,
                held_bytes: self.held_bytes(reader),
                only: None,
            };
            fill.to_read(&self.home)
        });
        of_part.collect()
    }
}
