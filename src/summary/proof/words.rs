//! Words that claim something: which way a number went, which is the largest, that something is
//! new, gone or absent. One list for each language; what is not listed claims nothing that could be
//! held against the facts, or is not checked.

mod en;
mod ja;

use std::{ops::Range, sync::LazyLock};

use super::phrases::Phrases;
use crate::summary::Language;

/// What a word claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum WordClass {
    /// More than before, or than expected.
    Up,
    /// Less than before, or than expected.
    Down,
    /// As much as before.
    Same,
    /// The first of its list.
    Top,
    /// The last of its list.
    Bottom,
    /// The next of its list.
    Next,
    /// More than half.
    Majority,
    /// Not there before.
    New,
    /// Not there, or nothing.
    Absent,
    Created,
    Deleted,
    Recreated,
    Echo,
    Settings,
    Tags,
    Relationships,
    Compliance,
    Cost,
    Security,
    /// Departs from earlier months.
    Unusual,
    Coverage,
    /// Of everything or everybody, or of nothing else.
    Universal,
    /// Not exactly.
    Approximate,
    /// Why something happened, or who did it.
    Cause,
    /// What somebody should do, or what may come.
    Advice,
    /// A number in words.
    Number,
    /// A month, a weekday or another time by name.
    Calendar,
    /// A Region by the name of its place.
    Place,
    /// About everything asked for, whatever was named before.
    Whole,
    /// Stands for one of the other words and claims nothing here.
    Neutral,
}

/// Words of a class.
type Words = (WordClass, &'static [&'static str]);

/// Finds the words of a text, the longest where several begin at one place, in order and without
/// overlap.
pub(super) fn find(text: &str, language: Language) -> Vec<(Range<usize>, WordClass)> {
    match language {
        Language::En => EN.find(text),
        Language::Ja => JA.find(text),
    }
}

static EN: LazyLock<Phrases<WordClass>> = LazyLock::new(|| {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    Phrases::of(en::WORDS, Some(is_part))
});
static JA: LazyLock<Phrases<WordClass>> = LazyLock::new(|| Phrases::of(ja::WORDS, None));

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(text: &str, language: Language) -> Vec<WordClass> {
        find(text, language)
            .into_iter()
            .map(|(_, class)| class)
            .collect()
    }

    #[test]
    fn words_are_found_as_a_whole() {
        let en = |text| classes(text, Language::En);
        assert_eq!(
            en("Items rose, and none was DELETED."),
            [WordClass::Up, WordClass::Absent, WordClass::Deleted]
        );
        // "no" in "notice", "now" and "another".
        assert_eq!(en("notice now another"), []);
        assert_eq!(en("most of the month"), [WordClass::Majority]);
        assert_eq!(en("the most active"), [WordClass::Top]);
    }

    #[test]
    fn words_are_found_without_spaces() {
        let ja = |text| classes(text, Language::Ja);
        assert_eq!(
            ja("前月より増加し、削除はありませんでした。"),
            [
                WordClass::Calendar,
                WordClass::Up,
                WordClass::Deleted,
                WordClass::Absent
            ]
        );
        assert_eq!(ja("少ない"), [WordClass::Down]);
        assert_eq!(ja("最も多い"), [WordClass::Top]);
    }

    #[test]
    fn no_word_is_listed_twice() {
        for words in [en::WORDS, ja::WORDS] {
            let mut all: Vec<&str> = words
                .iter()
                .flat_map(|(_, words)| *words)
                .copied()
                .collect();
            let listed = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), listed);
        }
    }
}
