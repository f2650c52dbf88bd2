//! Words that claim something: which way a number went, which is the largest, that something is
//! new, gone or absent. One list for each language; what is not listed claims nothing that could be
//! held against the facts, or is not checked.

mod en;
mod ja;

use std::{ops::Range, sync::LazyLock};

use aho_corasick::{AhoCorasick, Input, MatchKind};

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

/// Languages whose words are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lexicon {
    En,
    Ja,
}

impl Lexicon {
    /// Returns the list for a language tag, where there is one.
    pub(super) fn of(language: &str) -> Option<Self> {
        let primary = language.split(['-', '_']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "ja" => Some(Self::Ja),
            _ => None,
        }
    }
}

/// Finds the words of a text, the longest where several begin at one place, in order and without
/// overlap.
pub(super) fn find(text: &str, lexicon: Lexicon) -> Vec<(Range<usize>, WordClass)> {
    let matcher: &Matcher = match lexicon {
        Lexicon::En => &EN,
        Lexicon::Ja => &JA,
    };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(hit) = matcher
        .automaton
        .find(Input::new(text).span(at..text.len()))
    {
        let range = hit.range();
        let class = matcher.classes.get(hit.pattern().as_usize()).copied();
        match class {
            Some(class) if !matcher.by_word || is_word(text, &range) => {
                at = range.end;
                found.push((range, class));
            }
            // Part of a longer word; another match may begin within.
            _ => at = next_char(text, range.start),
        }
    }
    found
}

static EN: LazyLock<Matcher> = LazyLock::new(|| Matcher::of(en::WORDS, true));
static JA: LazyLock<Matcher> = LazyLock::new(|| Matcher::of(ja::WORDS, false));

#[derive(Debug)]
struct Matcher {
    automaton: AhoCorasick,
    classes: Vec<WordClass>,
    /// Whether words are set apart from one another.
    by_word: bool,
}

impl Matcher {
    #[expect(
        clippy::expect_used,
        reason = "the words are those of this program, and tested"
    )]
    fn of(words: &[Words], by_word: bool) -> Self {
        let pairs = words
            .iter()
            .flat_map(|(class, words)| words.iter().map(move |word| (*class, *word)));
        let (classes, words): (Vec<_>, Vec<_>) = pairs.unzip();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .build(words)
            .expect("a few hundred words make an automaton");
        Self {
            automaton,
            classes,
            by_word,
        }
    }
}

fn is_word(text: &str, range: &Range<usize>) -> bool {
    let before = text
        .get(..range.start)
        .and_then(|head| head.chars().next_back());
    let after = text.get(range.end..).and_then(|tail| tail.chars().next());
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    !is_part(before) && !is_part(after)
}

fn next_char(text: &str, at: usize) -> usize {
    let len = text
        .get(at..)
        .and_then(|tail| tail.chars().next())
        .map_or(1, char::len_utf8);
    (at + len).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(text: &str, lexicon: Lexicon) -> Vec<WordClass> {
        find(text, lexicon)
            .into_iter()
            .map(|(_, class)| class)
            .collect()
    }

    #[test]
    fn words_are_found_as_a_whole() {
        let en = |text| classes(text, Lexicon::En);
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
        let ja = |text| classes(text, Lexicon::Ja);
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
