//! What the cache does not have of some files, told before anything is read.

use super::{
    super::reading::{FileReader, PlacedFile},
    LakeCache, by_part,
    fill::Fill,
    held::Spare,
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
                spare: Spare::default(),
            };
            fill.to_read(&self.home)
        });
        of_part.collect()
    }

    /// Returns the stored bytes of the parts that are not at hand, of those of all parts.
    pub(in crate::store::embedded) fn missing_bytes(&self, files: &[PlacedFile]) -> (u64, u64) {
        let (mut missing, mut all) = (0, 0);
        for (id, files) in by_part(files) {
            let bytes: u64 = files.iter().map(|(_, file)| file.size).sum();
            let at_hand = self.part_at_hand(&id, files, &hash_of_files(files));
            all += bytes;
            missing += if at_hand.is_some() { 0 } else { bytes };
        }
        (missing, all)
    }
}
