//! Phrases of ours found in a text: the longest where several begin at one place.

use std::ops::Range;

use aho_corasick::{AhoCorasick, Input, MatchKind};

/// Phrases with what each means.
#[derive(Debug)]
pub(super) struct Phrases<T> {
    automaton: AhoCorasick,
    meanings: Vec<T>,
    /// Says which characters beside a phrase make it part of a longer word; `None` where words are
    /// not set apart.
    is_part: Option<fn(char) -> bool>,
}

impl<T: Copy> Phrases<T> {
    /// Takes lists of phrases that mean the same.
    pub(super) fn of(
        lists: &[(T, &'static [&'static str])],
        is_part: Option<fn(char) -> bool>,
    ) -> Self {
        let pairs = lists
            .iter()
            .flat_map(|(meaning, phrases)| phrases.iter().map(move |phrase| (*meaning, *phrase)));
        let (meanings, phrases): (Vec<T>, Vec<&str>) = pairs.unzip();
        Self {
            automaton: automaton(phrases),
            meanings,
            is_part,
        }
    }

    /// Finds the phrases of a text, in order and without overlap.
    pub(super) fn find(&self, text: &str) -> Vec<(Range<usize>, T)> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(hit) = self.automaton.find(Input::new(text).span(at..text.len())) {
            let range = hit.range();
            match self.meanings.get(hit.pattern().as_usize()) {
                Some(meaning) if self.is_whole(text, &range) => {
                    at = range.end;
                    found.push((range, *meaning));
                }
                // Part of a longer word; another phrase may begin within.
                _ => at = next_char(text, range.start),
            }
        }
        found
    }

    fn is_whole(&self, text: &str, range: &Range<usize>) -> bool {
        let Some(is_part) = self.is_part else {
            return true;
        };
        let before = text
            .get(..range.start)
            .and_then(|head| head.chars().next_back());
        let after = text.get(range.end..).and_then(|tail| tail.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    }
}

/// Finds phrases in any case.
#[expect(
    clippy::expect_used,
    reason = "the phrases are those of this program, and tested"
)]
pub(super) fn automaton<'p>(phrases: impl IntoIterator<Item = &'p str>) -> AhoCorasick {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .build(phrases)
        .expect("a few hundred phrases make an automaton")
}

fn next_char(text: &str, at: usize) -> usize {
    let next = text.get(at..).and_then(|tail| tail.chars().next());
    at + next.map_or(1, char::len_utf8)
}

/// Says whether a character is written in Japanese only, or in Chinese.
pub(super) fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}
