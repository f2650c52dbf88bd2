//! Delivered text made safe to show: no character acts on the screen or hides from the reader.

use std::borrow::Cow;

/// Returns `text` with U+FFFD in place of each control, bidirectional, zero-width and other
/// invisible character. Whatever is shown to people or models and was written by users of the
/// accounts goes through here; what is compared or stored does not.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let shown = |c| if is_hidden(c) { '\u{FFFD}' } else { c };
    Cow::Owned(text.chars().map(shown).collect())
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}'                   // soft hyphen
            | '\u{034F}'                 // combining grapheme joiner
            | '\u{061C}'                 // Arabic letter mark
            | '\u{115F}' | '\u{1160}'    // Hangul fillers
            | '\u{17B4}' | '\u{17B5}'    // Khmer inherent vowels
            | '\u{180B}'..='\u{180F}'    // Mongolian variation selectors
            | '\u{200B}'..='\u{200F}'    // zero width, marks of direction
            | '\u{2028}'..='\u{202E}'    // line ends, embedding and override of direction
            | '\u{2060}'..='\u{206F}'    // invisible operators, isolates of direction
            | '\u{2800}'                 // blank Braille pattern
            | '\u{3164}' | '\u{FFA0}'    // Hangul fillers
            | '\u{FE00}'..='\u{FE0F}'    // variation selectors
            | '\u{FEFF}'                 // byte order mark
            | '\u{FFF0}'..='\u{FFFB}'    // interlinear annotation
            | '\u{1D173}'..='\u{1D17A}'  // musical format characters
            | '\u{E0000}'..='\u{E0FFF}'  // tags, more variation selectors
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hidden_characters_are_replaced() {
        for (text, shown) in [
            ("web-server", "web-server"),
            ("日本語の名前 é", "日本語の名前 é"),
            ("a\u{1b}[31mb", "a\u{FFFD}[31mb"),
            ("a\r\nb\tc", "a\u{FFFD}\u{FFFD}b\u{FFFD}c"),
            ("invoice\u{202E}fdp.exe", "invoice\u{FFFD}fdp.exe"),
            ("pay\u{200B}pal", "pay\u{FFFD}pal"),
            ("x\u{E0041}\u{E0042}", "x\u{FFFD}\u{FFFD}"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    proptest! {
        #[test]
        fn shown_text_has_as_many_characters_and_is_shown_as_it_is(text in "(\\PC|\\p{C}){0,20}") {
            let shown = visible(&text).into_owned();
            prop_assert_eq!(shown.chars().count(), text.chars().count());
            prop_assert!(!shown.chars().any(is_hidden));
            prop_assert_eq!(visible(&shown), &*shown);
        }
    }
}
