//! Reading past JSON as AWS Config writes it: without white space, checked as `serde_json` checks what
//! it ignores. Most of a lake is bodies that a question does not want, and a parser that goes from
//! byte to byte spends most of its time in their texts: here 64 bytes are looked at at once.
//!
//! What is written in any other way is not read past, whether it is JSON or not: whoever asks has to
//! parse it then.

use wide::u8x16;

/// Levels of objects and arrays that are followed, one bit each.
const DEEPEST: u32 = 63;

/// Reads past values, one after the other from the beginning of a text to its end.
pub(super) struct Skipper<'t> {
    text: &'t [u8],
    /// Where the block begins that was looked at last.
    block: usize,
    /// Its quotes that begin or end a text, but for those that were passed. A bit is a byte.
    quotes: u64,
    /// Whether the last byte of the block escapes the first one of the next.
    escapes_next: bool,
    /// Whether a byte was met that is not followed here.
    odd: bool,
}

impl<'t> Skipper<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut new = Self {
            text: text.as_bytes(),
            block: 0,
            quotes: 0,
            escapes_next: false,
            odd: false,
        };
        new.look_at(0);
        new
    }

    /// Returns the byte at a place; zero, which no JSON has, past the end.
    #[inline]
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or_default()
    }

    /// Says whether this is the end of the text, and all before it JSON.
    pub(super) fn is_past(&self, at: usize) -> bool {
        // Each block of a text was looked at when its end was found, what stands between texts was
        // looked at byte by byte.
        at == self.text.len() && !self.odd
    }

    /// Passes the text that begins with a quote at `at`; returns where it ends, behind its quote.
    #[inline]
    pub(super) fn string(&mut self, at: usize) -> Option<usize> {
        if self.byte(at) != b'"' {
            return None;
        }
        // All quotes before were passed, so this is the next one.
        let first = self.next_quote()?;
        debug_assert_eq!(first, at, "a quote was passed over");
        Some(self.next_quote()? + 1)
    }

    /// Passes a key and its colon; returns where the value begins.
    #[inline]
    pub(super) fn key(&mut self, at: usize) -> Option<usize> {
        let end = self.string(at)?;
        (self.byte(end) == b':').then_some(end + 1)
    }

    /// Passes the value at `at`; returns where it ends.
    pub(super) fn value(&mut self, mut at: usize) -> Option<usize> {
        let (mut depth, mut objects) = (0, 0_u64);
        loop {
            let first = self.byte(at);
            if first == b'"' {
                at = self.string(at)?;
            } else if first == b'{' || first == b'[' {
                // The closing one is two characters further in both pairs.
                if self.byte(at + 1) == first + 2 {
                    at += 2;
                } else if depth == DEEPEST {
                    return None;
                } else {
                    depth += 1;
                    objects = objects << 1 | u64::from(first == b'{');
                    at += 1;
                    if first == b'{' {
                        at = self.key(at)?;
                    }
                    continue;
                }
            } else {
                at = self.scalar(first, at)?;
            }
            // Behind a value: up to the next one, or the end of them all.
            loop {
                if depth == 0 {
                    return Some(at);
                }
                let in_object = objects & 1 == 1;
                let next = self.byte(at);
                at += 1;
                if next == b',' {
                    if in_object {
                        at = self.key(at)?;
                    }
                    break;
                }
                if next != if in_object { b'}' } else { b']' } {
                    return None;
                }
                depth -= 1;
                objects >>= 1;
            }
        }
    }

    /// Passes a number, `true`, `false` or `null` that begins with this byte.
    #[inline]
    fn scalar(&self, first: u8, at: usize) -> Option<usize> {
        let word: &[u8] = match first {
            b'-' | b'0'..=b'9' => return self.number(at),
            b't' => b"true",
            b'f' => b"false",
            b'n' => b"null",
            _ => return None,
        };
        let end = at + word.len();
        (self.text.get(at..end) == Some(word)).then_some(end)
    }

    fn number(&self, mut at: usize) -> Option<usize> {
        if self.byte(at) == b'-' {
            at += 1;
        }
        at = match self.byte(at) {
            // No further digit follows a leading zero, here and with the parser.
            b'0' if !self.byte(at + 1).is_ascii_digit() => at + 1,
            b'0' => return None,
            _ => self.digits(at)?,
        };
        if self.byte(at) == b'.' {
            at = self.digits(at + 1)?;
        }
        if matches!(self.byte(at), b'e' | b'E') {
            at += 1;
            if matches!(self.byte(at), b'+' | b'-') {
                at += 1;
            }
            at = self.digits(at)?;
        }
        Some(at)
    }

    /// Passes digits, of which there has to be one.
    pub(super) fn digits(&self, from: usize) -> Option<usize> {
        let mut at = from;
        while self.byte(at).is_ascii_digit() {
            at += 1;
        }
        (at > from).then_some(at)
    }

    /// Returns where the next quote stands that begins or ends a text, and passes it.
    #[inline]
    fn next_quote(&mut self) -> Option<usize> {
        while self.quotes == 0 {
            let next = self.block + BLOCK;
            if next >= self.text.len() || self.odd {
                return None;
            }
            self.look_at(next);
        }
        let at = self.block + self.quotes.trailing_zeros() as usize;
        self.quotes &= self.quotes - 1;
        Some(at)
    }

    #[inline]
    fn look_at(&mut self, block: usize) {
        let rest = self.text.get(block..).unwrap_or_default();
        let found = match rest.first_chunk() {
            Some(whole) => Marks::of(whole),
            None => Marks::of_last(rest),
        };
        self.block = block;
        self.quotes = found.quotes;
        self.odd |= found.controls != 0;
        if found.backslashes != 0 || self.escapes_next {
            self.unescape(found.backslashes);
        }
    }

    /// Takes quotes that are escaped off the block's, and looks at what else is.
    fn unescape(&mut self, backslashes: u64) {
        let mut escaped = u64::from(self.escapes_next);
        let mut left = backslashes & !escaped;
        self.escapes_next = false;
        while left != 0 {
            let at = left.trailing_zeros();
            left &= left - 1;
            if !self.is_escape(self.block + at as usize + 1) {
                self.odd = true;
            }
            match 2_u64.checked_shl(at).filter(|next| *next != 0) {
                Some(next) => {
                    escaped |= next;
                    left &= !next;
                }
                None => self.escapes_next = true,
            }
        }
        self.quotes &= !escaped;
    }

    /// Says whether what is escaped here is a character by itself: halves of one are followed by
    /// the parser alone.
    fn is_escape(&self, at: usize) -> bool {
        match self.byte(at) {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => true,
            b'u' => match self.text.get(at + 1..at + 5) {
                Some(digits @ [first, second, ..]) => {
                    let is_half = matches!(first, b'd' | b'D') && !matches!(second, b'0'..=b'7');
                    digits.iter().all(u8::is_ascii_hexdigit) && !is_half
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// Bytes that are looked at at once.
const BLOCK: usize = 64;

/// Where certain bytes stand in a block, a bit for each.
#[derive(Default)]
struct Marks {
    quotes: u64,
    backslashes: u64,
    /// Those below the space.
    controls: u64,
}

impl Marks {
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Self {
        let mut marks = Self::default();
        let (quarters, _) = block.as_chunks();
        for (quarter, shift) in quarters.iter().zip([0, 16, 32, 48]) {
            let bytes = u8x16::new(*quarter);
            let bits = |equal: u8x16| u64::from(equal.to_bitmask() & 0xffff) << shift;
            marks.quotes |= bits(bytes.simd_eq(u8x16::splat(b'"')));
            marks.backslashes |= bits(bytes.simd_eq(u8x16::splat(b'\\')));
            marks.controls |= bits(bytes.min(u8x16::splat(b' ' - 1)).simd_eq(bytes));
        }
        marks
    }

    fn of_last(rest: &[u8]) -> Self {
        let mut block = [b' '; BLOCK];
        for (byte, of_rest) in block.iter_mut().zip(rest) {
            *byte = *of_rest;
        }
        Self::of(&block)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize as _;
    use serde_json::{Value, value::RawValue};

    use super::*;

    fn skipped(text: &str) -> Option<usize> {
        let mut skipper = Skipper::new(text);
        let end = skipper.value(0)?;
        (!skipper.odd).then_some(end)
    }

    /// Any JSON, with texts of all lengths around a block.
    fn any_value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            3 => "[a-z\"\\\\/\n\u{1}é€😀 ]{0,12}",
            1 => "[a-z\"\\\\]{50,140}",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::vec((text.clone(), inner), 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn what_is_json_without_white_space_is_passed_and_nothing_else() {
        for text in [
            "{}",
            "[]",
            "0",
            "-0",
            "10.5",
            "1e9",
            "1E+9",
            "-1.0e-9",
            "true",
            "false",
            "null",
            r#""""#,
            r#""\"""#,
            r#""\\""#,
            r#""\u00e9\/\b\f\n\r\t""#,
            r#"{"a":[{},[],{"b":""}]}"#,
        ] {
            assert_eq!(skipped(text), Some(text.len()), "{text}");
        }
        for text in [
            "",
            "{",
            "[",
            "]",
            "01",
            "-",
            "1.",
            "1e",
            "+1",
            ".5",
            "tru",
            "nul",
            "NaN",
            "'a'",
            r#"""#,
            r#""\""#,
            r#""\x""#,
            r#""\u12g4""#,
            r#""\u12"#,
            "\"\n\"",
            "{]",
            "[}",
            "[1,]",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":1,2}"#,
            "{1:2}",
            r#"["a":1]"#,
            "[1 ]",
            "{ }",
            " 1",
            r#"{"a": 1}"#,
            r#""\ud83d\ude00""#,
            r#""\uDFff""#,
        ] {
            let end = skipped(text);
            assert!(end.is_none_or(|end| end < text.len()), "{text} {end:?}");
        }
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(skipped(&nested(64)), Some(128));
        assert_eq!(skipped(&nested(65)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn all_that_is_written_without_white_space_is_passed(value in any_value(), behind in "[ ,\"x]?") {
            let text = value.to_string();
            prop_assert_eq!(skipped(&format!("{text}{behind}")), Some(text.len()));
        }

        #[test]
        fn what_is_passed_is_what_the_parser_ignores(
            value in any_value(),
            at in any::<prop::sample::Index>(),
            with in prop::sample::select(&b"\"\\{}[]:,01-+.eEutn \n\x01"[..]),
        ) {
            let mut text = value.to_string().into_bytes();
            let at = at.index(text.len());
            text[at] = with;
            let Ok(text) = String::from_utf8(text) else { return Ok(()) };
            let Some(end) = skipped(&text) else { return Ok(()) };
            let parsed = <&RawValue>::deserialize(&mut serde_json::Deserializer::from_str(&text));
            let parsed = parsed.map(|raw| raw.get().len()).ok();
            prop_assert_eq!(parsed, Some(end), "{}", text);
        }
    }
}
