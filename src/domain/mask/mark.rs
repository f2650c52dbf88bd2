//! The mark that stands in place of a secret.

use sha2::{Digest, Sha256};

const START: &str = "«masked:";
const END: char = '»';
const DIGITS: usize = 6;

/// Keeps the digits of a mark apart from any other hash of the same text.
const PURPOSE: &[u8] = b"config-history masked value v1\0";

/// Returns `«masked:1a2b3c»`. Equal secrets have equal marks. Only 24 bits of the hash are shown,
/// so that a mark confirms next to nothing to somebody who guesses.
pub(super) fn mark(secret: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(PURPOSE);
    hash.update(secret.as_bytes());
    let mut out = String::with_capacity(START.len() + DIGITS + END.len_utf8());
    out.push_str(START);
    for byte in hash.finalize().iter().take(DIGITS / 2) {
        out.extend(
            [byte >> 4, byte & 15]
                .map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or_default()),
        );
    }
    out.push(END);
    out
}

/// Says whether a text is a mark and nothing else.
pub(super) fn is_mark(text: &str) -> bool {
    mark_len(text) == Some(text.len())
}

/// Returns the length of the mark a text begins with.
pub(super) fn mark_len(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(START)?;
    let digits = rest.get(..DIGITS)?;
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digits.bytes().all(hex) && rest.get(DIGITS..)?.starts_with(END))
        .then_some(START.len() + DIGITS + END.len_utf8())
}
