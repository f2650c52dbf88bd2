//! Assignments inside of longer texts: `password=…`, `"token": "…"`, `--password …`.

use std::ops::Range;

use super::key::names_secret;
use super::mark::mark_len;
use super::setting::is_setting;

/// Longest key that is looked at, in bytes.
const LONGEST_KEY: usize = 64;

/// Collects the values that are assigned to keys that name a secret.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let sign = match byte {
            b'=' | b':' => Some(1),
            // Full-width colon and equals sign.
            0xEF if matches!(bytes.get(at + 1..at + 3), Some([0xBC, 0x9A | 0x9D])) => Some(3),
            b'>' if closes_tag(bytes, at) => Some(1),
            b' ' if follows_flag(bytes, at) => Some(1),
            _ => None,
        };
        let value = sign
            .filter(|_| key_before(text, at, byte).is_some_and(names_secret))
            .and_then(|len| value_behind(text, at + len, byte));
        let Some(value) = value else {
            at += 1;
            continue;
        };
        let inner = text.get(value.clone()).unwrap_or_default();
        at = value.end.max(at + 1);
        if matches!(inner, "|" | ">" | "|-" | ">-" | "|+" | ">+") {
            // A block of YAML: its lines are not told apart from what follows.
            found.push(0..text.len());
            return;
        }
        if !is_setting(inner) && !starts_with_mark(inner) && !is_url(bytes, &value, inner) {
            found.push(value);
        }
    }
}

fn starts_with_mark(text: &str) -> bool {
    mark_len(text).is_some_and(|len| {
        let rest = text.get(len..).unwrap_or_default();
        rest.bytes().all(|byte| !byte.is_ascii_alphanumeric())
    })
}

/// Says whether the sign was the colon of a URL whose scheme reads like a secret, as `token://`.
fn is_url(bytes: &[u8], value: &Range<usize>, inner: &str) -> bool {
    let before = value.start.checked_sub(1).and_then(|at| bytes.get(at));
    before == Some(&b':') && inner.starts_with("//")
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80
}

/// Returns the key that ends before a sign, behind blanks and quotes.
fn key_before(text: &str, sign: usize, kind: u8) -> Option<&str> {
    let bytes = text.as_bytes();
    let skipped = |byte: u8| matches!(byte, b' ' | b'"' | b'\'' | b'\\' | b'`' | b']');
    let from = sign.saturating_sub(LONGEST_KEY);
    let window = bytes.get(from..sign)?;
    let blanks = window
        .iter()
        .rev()
        .take(8)
        .take_while(|&&byte| skipped(byte))
        .count();
    let end = sign - blanks;
    let window = bytes.get(from..end)?;
    let len = window
        .iter()
        .rev()
        .take_while(|&&byte| is_key_byte(byte))
        .count();
    let mut start = end - len;
    // `arn:aws:secretsmanager:…:secret:name` assigns nothing.
    if kind == b':' && start.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b':') {
        return None;
    }
    while start < end && !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..end).filter(|key| !key.is_empty())
}

/// Says whether the `>` ends an opening tag, as in `<password>`.
fn closes_tag(bytes: &[u8], at: usize) -> bool {
    let from = at.saturating_sub(LONGEST_KEY);
    let window = bytes.get(from..at).unwrap_or_default();
    let name = window
        .iter()
        .rev()
        .take_while(|&&byte| is_key_byte(byte))
        .count();
    name > 0 && window.iter().rev().nth(name) == Some(&b'<')
}

/// Says whether the blank stands behind `--flag`.
fn follows_flag(bytes: &[u8], at: usize) -> bool {
    let from = at.saturating_sub(LONGEST_KEY);
    let window = bytes.get(from..at).unwrap_or_default();
    let len = window
        .iter()
        .rev()
        .take_while(|&&byte| is_key_byte(byte))
        .count();
    let word = window.get(window.len() - len..).unwrap_or_default();
    word.starts_with(b"--") && word.len() > 2
}

/// Returns the value behind a sign: what stands in quotes, else all up to white space. What is
/// taken too much is masked too much, which is the lesser evil.
fn value_behind(text: &str, start: usize, kind: u8) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = start;
    // At most a few signs and blanks: `: `, ` => `, `:= `.
    while at < start + 16 && matches!(bytes.get(at), Some(b' ' | b'\t' | b'=' | b'>' | b':')) {
        at += 1;
    }
    let mut escapes = 0;
    while escapes < 8 && bytes.get(at) == Some(&b'\\') {
        escapes += 1;
        at += 1;
    }
    let quote = bytes
        .get(at)
        .copied()
        .filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let Some(quote) = quote else {
        let at = at - escapes;
        let rest = bytes.get(at..)?;
        let ends = |byte: &u8| byte.is_ascii_whitespace() || kind == b'>' && *byte == b'<';
        let mut len = rest.iter().position(ends).unwrap_or(rest.len());
        // `Authorization: Bearer abc`: the scheme is not the secret.
        let word = rest.get(..len).unwrap_or_default();
        if let b"Bearer" | b"bearer" | b"Basic" | b"basic" | b"token" | b"Token" = word {
            let more = rest.get(len + 1..).unwrap_or_default();
            let more = more
                .iter()
                .position(u8::is_ascii_whitespace)
                .unwrap_or(more.len());
            len = (len + 1 + more).min(rest.len());
        }
        return (len > 0).then_some(at..at + len);
    };
    let begin = at + 1;
    let rest = bytes.get(begin..)?;
    let mut len = 0;
    while let Some(&byte) = rest.get(len) {
        if byte == b'\\' && escapes == 0 {
            len += 2;
            continue;
        }
        if byte == quote {
            break;
        }
        len += 1;
    }
    let mut end = (begin + len).min(bytes.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    Some(begin..end)
}
