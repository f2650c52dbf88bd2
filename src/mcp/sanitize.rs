//! Takes out of an answer what a person would not see but a model would read.

use serde_json::{Map, Value};

/// Replaces invisible characters, direction controls and Unicode tags in every string of `value`,
/// keys included. One character stands for one, so that an answer does not grow past its limit.
pub(super) fn sanitize(value: &mut Value) {
    match value {
        Value::String(text) => sanitize_text(text),
        Value::Array(values) => values.iter_mut().for_each(sanitize),
        Value::Object(object) => {
            object.values_mut().for_each(sanitize);
            if object.keys().any(|key| needs_replacing(key)) {
                let plain: Map<String, Value> = std::mem::take(object)
                    .into_iter()
                    .map(|(mut key, value)| {
                        sanitize_text(&mut key);
                        (key, value)
                    })
                    .collect();
                *object = plain;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces the same characters in one string.
pub(super) fn sanitize_text(text: &mut String) {
    if needs_replacing(text) {
        let mut before = ' ';
        *text = text
            .chars()
            .map(|c| {
                let shown = if is_hidden(c, before) {
                    char::REPLACEMENT_CHARACTER
                } else {
                    c
                };
                before = c;
                shown
            })
            .collect();
    }
}

fn needs_replacing(text: &str) -> bool {
    let mut before = ' ';
    text.chars()
        .any(|c| is_hidden(c, std::mem::replace(&mut before, c)))
}

/// Says whether `c` is hidden from people. Joiners and emoji variation selectors are part of
/// ordinary writing where a single one follows a letter or an emoji; a run of them, or one after
/// ASCII, is a channel for hidden text.
fn is_hidden(c: char, before: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        JOINER | NON_JOINER => {
            before.is_ascii() || matches!(before, JOINER | NON_JOINER) || is_invisible(before)
        }
        TEXT_STYLE | EMOJI_STYLE => {
            before.is_ascii()
                || matches!(before, JOINER | NON_JOINER | TEXT_STYLE | EMOJI_STYLE)
                || is_invisible(before)
        }
        _ => c.is_control() || is_invisible(c),
    }
}

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
const TEXT_STYLE: char = '\u{fe0e}';
const EMOJI_STYLE: char = '\u{fe0f}';

fn is_invisible(c: char) -> bool {
    matches!(c,
        // Soft hyphen, grapheme joiner, Arabic letter mark, Hangul and Khmer fillers.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{3164}' | '\u{ffa0}'
        // Mongolian selectors; zero-width space; direction marks, embeddings and isolates.
        | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        // Variation selectors, byte order mark, annotation marks.
        | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        // Musical formatting; tags and further variation selectors.
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn clean(text: &str) -> String {
        let mut text = text.to_owned();
        sanitize_text(&mut text);
        text
    }

    #[test]
    fn ordinary_text_of_any_language_stays() {
        for text in [
            "web-1 \t\r\n \"quoted\" \\",
            "本番サーバー（東京）",
            "Größe, naïve, Đà Nẵng",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "❤\u{fe0f} 🧪",
            "שלום عالم",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn what_nobody_sees_is_replaced() {
        for hidden in [
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{200d}b",
            "a\u{e0041}b",
            "a\u{2066}b",
            "a\u{feff}b",
            "a\u{1b}b",
            "a\u{0}b",
            "a\u{7f}b",
            "a\u{85}b",
            "a\u{fe00}b",
            "a\u{e0101}b",
        ] {
            assert_eq!(clean(hidden), "a\u{fffd}b", "{hidden:?}");
        }
        assert_eq!(
            clean("あ\u{200d}\u{200c}\u{200d}"),
            "あ\u{200d}\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn every_string_of_an_answer_is_reached() {
        let mut value = json!({"tags": {"k\u{202e}": ["v\u{e0020}", {"x": "\u{200b}"}]}, "n": 1});
        sanitize(&mut value);
        assert_eq!(
            value,
            json!({"tags": {"k\u{fffd}": ["v\u{fffd}", {"x": "\u{fffd}"}]}, "n": 1})
        );
    }

    proptest! {
        #[test]
        fn the_length_in_characters_stays_and_twice_is_once(text in "\\PC{0,20}[\u{200b}-\u{206f}a]{0,6}") {
            let once = clean(&text);
            prop_assert_eq!(once.chars().count(), text.chars().count());
            prop_assert_eq!(clean(&once), once);
        }
    }
}
