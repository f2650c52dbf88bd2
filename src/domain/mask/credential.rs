//! Texts that look like a credential, wherever they stand. Every scan is linear in the text.

use std::ops::Range;

use super::mark::mark_len;
use super::rules::{RULES, Token};
use super::setting::{is_arn, is_placeholder};

/// Length of an AWS secret access key.
const SECRET_KEY: usize = 40;
/// Fewest changes between capitals, small letters, digits and signs in a random key of that
/// length; words in camel case have about half as many.
const FEWEST_TURNS: usize = 15;
/// Fewest different characters of it.
const FEWEST_DIFFERENT: usize = 17;

/// Collects the credentials of a text, in no order, possibly overlapping.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut before = 0_u8;
    while let Some(&byte) = bytes.get(start) {
        if !before.is_ascii_alphanumeric()
            && let Some(end) = token_end(bytes, start, byte)
        {
            found.push(start..end);
            before = byte;
            start = end;
            continue;
        }
        before = byte;
        start += 1;
    }
    secret_keys(text, found);
    if text.contains("eyJ") {
        web_tokens(bytes, found);
    }
    if text.contains("PRIVATE KEY") {
        private_keys(text, found);
    }
    if text.contains("PuTTY-User-Key-File") {
        found.push(0..text.len());
    }
    if text.contains("://") {
        user_infos(text, found);
    }
    schemes(text, found);
}

/// Returns the end of the run of wanted bytes.
fn run_end(bytes: &[u8], start: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    start + rest.iter().take_while(|&&byte| wanted(byte)).count()
}

fn token_end(bytes: &[u8], start: usize, first: u8) -> Option<usize> {
    let rest = bytes.get(start..)?;
    let fits = |token: &&Token| {
        rest.strip_prefix(token.prefix.as_slice())
            .is_some_and(|body| token_fits(token, body))
    };
    let token = RULES.tokens.get(usize::from(first))?.iter().find(fits)?;
    let body = start + token.prefix.len();
    Some(match token.most {
        Some(most) => body + most,
        None => run_end(bytes, body, |byte| token.body.has(byte)),
    })
}

fn token_fits(token: &Token, body: &[u8]) -> bool {
    let Some(head) = body.get(..token.least) else {
        return false;
    };
    if !head.iter().all(|&byte| token.body.has(byte)) {
        return false;
    }
    if token
        .most
        .is_some_and(|most| body.get(most).is_some_and(u8::is_ascii_alphanumeric))
    {
        return false;
    }
    !token.mixed || {
        // Looking at a little more than the fewest: digits are rare in short random texts.
        let seen = body.get(..token.least + 24).unwrap_or(body);
        let seen = seen
            .get(..run_end(seen, 0, |byte| token.body.has(byte)))
            .unwrap_or(head);
        seen.iter().any(u8::is_ascii_uppercase)
            && seen.iter().any(u8::is_ascii_lowercase)
            && seen.iter().any(u8::is_ascii_digit)
    }
}

/// AWS secret access keys: 40 characters of base64, standing alone.
fn secret_keys(text: &str, found: &mut Vec<Range<usize>>) {
    if text.len() < SECRET_KEY || is_arn(text) {
        return;
    }
    let bytes = text.as_bytes();
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+');
    let mut at = 0;
    while at < bytes.len() {
        let end = run_end(bytes, at, base64);
        let behind = bytes.get(end).copied().unwrap_or(b' ');
        let before = at.checked_sub(1).and_then(|at| bytes.get(at)).copied();
        if end - at == SECRET_KEY
            && !matches!(behind, b'=' | b'-' | b'_')
            && !matches!(before, Some(b'-' | b'_'))
            && bytes.get(at..end).is_some_and(is_random)
        {
            found.push(at..end);
        }
        at = end + 1;
    }
}

fn is_random(bytes: &[u8]) -> bool {
    let class = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let turns = bytes
        .iter()
        .zip(bytes.iter().skip(1))
        .filter(|&(&one, &next)| class(one) != class(next))
        .count();
    let mut different = bytes.to_vec();
    different.sort_unstable();
    different.dedup();
    turns >= FEWEST_TURNS
        && different.len() >= FEWEST_DIFFERENT
        && bytes.iter().any(u8::is_ascii_digit)
        && bytes.iter().any(u8::is_ascii_lowercase)
        && bytes.iter().any(u8::is_ascii_uppercase)
}

/// JSON Web Tokens: three parts, of which the first two are JSON objects in base64.
fn web_tokens(bytes: &[u8], found: &mut Vec<Range<usize>>) {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let mut part = 0..run_end(bytes, 0, word);
    while part.start < bytes.len() {
        let next_start = part.end + 1;
        let next = next_start..run_end(bytes, next_start, word);
        let header = bytes.get(part.clone()).unwrap_or_default();
        let begins = header.windows(3).position(|three| three == b"eyJ");
        if let Some(at) = begins
            && bytes.get(part.end) == Some(&b'.')
            && bytes
                .get(next.clone())
                .is_some_and(|payload| payload.starts_with(b"eyJ"))
            && bytes.get(next.end) == Some(&b'.')
        {
            let end = run_end(bytes, next.end + 1, word);
            found.push(part.start + at..end);
        }
        part = next;
    }
}

/// PEM blocks of private keys, to the end of the block or of the text.
fn private_keys(text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("-----BEGIN ")) {
        let start = from + at;
        let title = start + "-----BEGIN ".len();
        let Some(rest) = text.get(title..) else {
            return;
        };
        let head: &str = rest.split(['-', '\n']).next().unwrap_or_default();
        if head.contains("PRIVATE KEY") {
            let end = rest
                .find("-----END ")
                .and_then(|end| {
                    let tail = title + end + "-----END ".len();
                    let close = text.get(tail..)?.find("-----")?;
                    Some(tail + close + "-----".len())
                })
                .unwrap_or(text.len());
            found.push(start..end);
            from = end;
        } else {
            from = title;
        }
    }
}

/// Passwords, or lone tokens, before the `@` of a URL.
fn user_infos(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let ends = |byte: u8| byte.is_ascii_whitespace() || b"\"'<>`\\".contains(&byte);
    let starts: Vec<usize> = text.match_indices("://").map(|(at, _)| at + 3).collect();
    for (nth, &start) in starts.iter().enumerate() {
        // No further than to the next URL, so that no byte is looked at again and again.
        let limit = starts.get(nth + 1).map_or(bytes.len(), |next| next - 3);
        let Some(reach) = bytes.get(..limit) else {
            continue;
        };
        // Up to the end of the word: an unescaped password may hold `/`, `?` or `#`.
        let end = run_end(reach, start, |byte| !ends(byte));
        let authority = run_end(reach, start, |byte| !ends(byte) && !b"/?#".contains(&byte));
        let Some(word) = text.get(start..authority) else {
            continue;
        };
        let host = match word.rfind('@') {
            Some(host) => Some(host),
            // Without an `@` in front of the path the password may hold the `/` itself.
            None => odd_password(text.get(start..end).unwrap_or_default()),
        };
        let Some(host) = host else { continue };
        let Some(info) = text.get(start..start + host) else {
            continue;
        };
        match info.split_once(':') {
            Some((user, password)) if !password.is_empty() && !is_known(password) => {
                found.push(start + user.len() + 1..start + host);
            }
            None if info.len() >= 20
                && info.bytes().any(|byte| byte.is_ascii_digit())
                && !is_known(info) =>
            {
                found.push(start..start + host);
            }
            _ => {}
        }
    }
}

/// Returns where the `@` stands in `user:pass/word@host`, but not in `host:8080/path@x`.
fn odd_password(word: &str) -> Option<usize> {
    let host = word.rfind('@')?;
    let (_, behind) = word.get(..host)?.split_once(':')?;
    let port = behind.split(['/', '?', '#']).next().unwrap_or_default();
    (!port.is_empty() && !port.bytes().all(|byte| byte.is_ascii_digit())).then_some(host)
}

fn is_known(value: &str) -> bool {
    mark_len(value) == Some(value.len())
        || is_placeholder(value)
        || value.bytes().all(|byte| byte == b'*')
}

/// `Bearer …` and `Basic …` of an authorization header.
fn schemes(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let value = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let mut from = 0;
    while let Some(at) = bytes
        .get(from..)
        .and_then(|rest| rest.iter().position(|byte| matches!(byte, b'B' | b'b')))
    {
        let start = from + at;
        from = start + 1;
        for scheme in [b"bearer ".as_slice(), b"basic "] {
            let Some(head) = bytes.get(start..start + scheme.len()) else {
                continue;
            };
            if !head.eq_ignore_ascii_case(scheme) {
                continue;
            }
            let begin = start + scheme.len();
            let end = run_end(bytes, begin, value);
            let run = bytes.get(begin..end).unwrap_or_default();
            let looks_random = run.iter().any(u8::is_ascii_digit) && run.len() >= 8
                || run.len() >= 24
                || scheme == b"basic " && run.len() >= 8 && run.ends_with(b"=");
            if looks_random {
                found.push(begin..end);
            }
            from = end.max(from);
        }
    }
}
