//! Identifiers and encodings, all derived from labels so that every run writes the same ones.

use sha2::{Digest as _, Sha256};

/// The first `length` hexadecimal digits of the label's hash.
pub(crate) fn hex(label: &str, length: usize) -> String {
    let mut digits = String::new();
    for byte in Sha256::digest(label.as_bytes()) {
        digits.extend(nibbles(byte));
    }
    digits.truncate(length);
    digits
}

/// A number below `bound` that belongs to the label.
pub(crate) fn pick(label: &str, bound: u64) -> u64 {
    let number = Sha256::digest(label.as_bytes())
        .iter()
        .take(7)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    number % bound.max(1)
}

/// A UUID of the label.
pub(crate) fn uuid(label: &str) -> String {
    let digits = hex(label, 32);
    let mut uuid = String::with_capacity(36);
    for (position, digit) in digits.chars().enumerate() {
        if matches!(position, 8 | 12 | 16 | 20) {
            uuid.push('-');
        }
        uuid.push(if position == 12 { '4' } else { digit });
    }
    uuid
}

/// An IAM unique id: the prefix and 17 capitals and digits.
pub(crate) fn unique_id(prefix: &str, label: &str) -> String {
    let tail: String = (0..17)
        .map(|position| {
            letter(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
                &format!("{label}{position}"),
            )
        })
        .collect();
    format!("{prefix}{tail}")
}

/// The base64 hash that Lambda gives a code package.
pub(crate) fn code_hash(label: &str) -> String {
    base64(Sha256::digest(label.as_bytes()).as_slice())
}

/// Standard base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                let index = bits >> (18 - 6 * place) & 63;
                encoded.extend(ALPHABET.chars().nth(index));
            } else {
                encoded.push('=');
            }
        }
    }
    encoded
}

/// Percent-encoding of everything but unreserved characters, as IAM gives policy documents.
pub(crate) fn url_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.extend(nibbles(byte).map(|digit| digit.to_ascii_uppercase()));
        }
    }
    encoded
}

fn nibbles(byte: u8) -> [char; 2] {
    [byte >> 4, byte & 15].map(|nibble| char::from_digit(u32::from(nibble), 16).unwrap_or('0'))
}

fn letter(alphabet: &str, label: &str) -> char {
    let count = u64::try_from(alphabet.len()).unwrap_or(1);
    let index = usize::try_from(pick(label, count)).unwrap_or_default();
    alphabet.chars().nth(index).unwrap_or('A')
}
