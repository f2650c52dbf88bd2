//! Masking of one text: documents and base64 in it are looked into once.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::mark::{is_mark, mark};
use super::walk::{Walk, walk_value};
use super::{assignment, credential};
use crate::domain::embedded_document;

/// Shortest text that can hold a credential or an assignment: `pwd=1`.
const SHORTEST: usize = 5;
/// Shortest base64 that is decoded.
const SHORTEST_BASE64: usize = 12;

/// Accepts padding and its absence.
const LAX: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LAX);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LAX);

/// Returns the masked text, or `None` where nothing is to be masked.
pub(super) fn masked(text: &str, walk: &Walk<'_>) -> Option<String> {
    if text.len() < SHORTEST || is_mark(text) {
        return None;
    }
    let once = masked_once(text, walk)?;
    // What is left over must hold no secret by itself; else nothing is kept of it.
    Some(match masked_once(&once, walk) {
        None => once,
        Some(_) if is_mark(&once) => once,
        Some(_) => mark(text),
    })
}

fn masked_once(text: &str, walk: &Walk<'_>) -> Option<String> {
    if is_mark(text) {
        return None;
    }
    if walk.may_decode() {
        if let Some(inner) = quoted(text) {
            return masked(&inner, &walk.inner()).map(|_| mark(text));
        }
        if let Some(mut document) = embedded_document(text) {
            let was_plain = text.trim_start().starts_with(['{', '[']);
            return walk_value(&mut document, &walk.inner()).then(|| {
                if was_plain {
                    document.to_string()
                } else {
                    mark(text)
                }
            });
        }
    }
    if walk.decodes_base64
        && let Some(plain) = base64_text(text)
        && (is_script(&plain) || masked(&plain, &Walk::inside_base64()).is_some())
    {
        return Some(mark(text));
    }
    replace_credentials(text)
}

/// Returns the text inside of a JSON string, as in a document encoded twice.
fn quoted(text: &str) -> Option<String> {
    let trimmed = text.trim();
    if !(trimmed.len() > 1 && trimmed.starts_with('"') && trimmed.ends_with('"')) {
        return None;
    }
    match serde_json::from_str(trimmed) {
        Ok(Value::String(inner)) => Some(inner),
        _ => None,
    }
}

fn replace_credentials(text: &str) -> Option<String> {
    let mut found = Vec::new();
    credential::find(text, &mut found);
    assignment::find(text, &mut found);
    if found.is_empty() {
        return None;
    }
    found.sort_unstable_by_key(|range| (range.start, range.end));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    let mut ranges = found.into_iter().peekable();
    while let Some(mut range) = ranges.next() {
        while let Some(next) = ranges.next_if(|next| next.start < range.end) {
            range.end = range.end.max(next.end);
        }
        let (Some(before), Some(secret)) = (text.get(done..range.start), text.get(range.clone()))
        else {
            return Some(mark(text));
        };
        out.push_str(before);
        if is_mark(secret) {
            out.push_str(secret);
        } else {
            out.push_str(&mark(secret));
        }
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    (out != text).then_some(out)
}

/// Decodes base64, standard or for URLs, that holds a printable text.
fn base64_text(text: &str) -> Option<String> {
    let trimmed = text.trim();
    if trimmed.len() < SHORTEST_BASE64 {
        return None;
    }
    let body = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_\r\n".contains(&byte);
    if !trimmed.bytes().all(body) {
        return None;
    }
    let compact: Vec<u8> = trimmed
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let url_safe = compact.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if url_safe { &URL_SAFE } else { &STANDARD };
    let bytes = engine.decode(&compact).ok()?;
    let printable = |text: &str| {
        !text
            .chars()
            .any(|char| char.is_control() && !matches!(char, '\n' | '\r' | '\t' | '\u{1b}'))
    };
    match String::from_utf8(bytes) {
        Ok(plain) if printable(&plain) => Some(plain),
        Ok(plain) => wide_text(plain.as_bytes()).filter(|plain| printable(plain)),
        Err(error) => wide_text(error.as_bytes()).filter(|plain| printable(plain)),
    }
}

/// Decodes UTF-16 of little-endian order, as `PowerShell -EncodedCommand` takes it.
fn wide_text(bytes: &[u8]) -> Option<String> {
    let (pairs, []) = bytes.as_chunks::<2>() else {
        return None;
    };
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    let ascii = units.iter().filter(|&&unit| unit < 0x80).count();
    if ascii * 2 < units.len() {
        return None;
    }
    String::from_utf16(&units).ok()
}

fn is_script(plain: &str) -> bool {
    let start = plain.trim_start_matches('\u{feff}').trim_start();
    let head: String = start
        .chars()
        .take(40)
        .collect::<String>()
        .to_ascii_lowercase();
    [
        "#!",
        "#cloud-config",
        "<powershell>",
        "<script>",
        "mime-version:",
        "content-type: multipart",
        "#include",
        "#cloud-boothook",
    ]
    .iter()
    .any(|begin| head.starts_with(begin))
}
