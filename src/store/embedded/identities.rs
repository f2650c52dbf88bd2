//! Which items were seen: their identities are hashes already, and are not hashed again.

use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
};

/// Identities seen so far.
#[derive(Debug, Default)]
pub(super) struct Seen(HashSet<u128, BuildHasherDefault<Taken>>);

impl Seen {
    /// Notes an identity; says whether it was not there yet.
    pub(super) fn is_new(&mut self, identity: u128) -> bool {
        self.0.insert(identity)
    }

    /// Says whether an identity is there.
    pub(super) fn has(&self, identity: u128) -> bool {
        self.0.contains(&identity)
    }

    /// Returns the bytes that the identities take.
    pub(super) fn memory_bytes(&self) -> usize {
        self.0.capacity() * (size_of::<u128>() + 1)
    }
}

/// Takes an identity for its own hash.
#[derive(Debug, Default)]
struct Taken(u64);

impl Hasher for Taken {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, identity: u128) {
        let bytes = identity.to_le_bytes();
        let (first, _) = bytes.split_at(8);
        self.0 = first
            .first_chunk()
            .map_or(0, |bytes| u64::from_le_bytes(*bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_new_once() {
        let mut seen = Seen::default();
        for identity in [0, 1, u128::MAX, 1 << 64] {
            assert!(!seen.has(identity));
            assert!(seen.is_new(identity));
            assert!(!seen.is_new(identity));
            assert!(seen.has(identity));
        }
        assert!(seen.memory_bytes() >= 4 * 16);
    }
}
