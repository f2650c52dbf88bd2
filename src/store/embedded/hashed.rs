//! Texts by their hashes: ids, ARNs and names that are looked for, or that something is known to have.

use xxhash_rust::xxh3::xxh3_64;

/// Texts by their hashes, in order and each once. Of two with one hash too much is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hashed(Box<[u32]>);

impl Hashed {
    pub(super) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        Self::of_hashes(texts.map(short_hash).collect())
    }

    /// Returns the texts with these hashes, each a [`short_hash`].
    pub(super) fn of_hashes(mut hashes: Vec<u32>) -> Self {
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes.into())
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether a text may be one of these.
    pub(super) fn may_have(&self, text: &str) -> bool {
        self.has(short_hash(text))
    }

    /// Says whether any of a few texts may be one of these.
    pub(super) fn may_have_any_of(&self, few: &Self) -> bool {
        few.0.iter().any(|wanted| self.has(*wanted))
    }

    fn has(&self, hash: u32) -> bool {
        self.0.binary_search(&hash).is_ok()
    }
}

/// Returns the hash of a text.
pub(super) fn short_hash(text: &str) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "half of a hash is one")]
    let short = xxh3_64(text.as_bytes()) as u32;
    short
}
