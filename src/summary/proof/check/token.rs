//! Reads a sentence: names, times, numbers, words, and what is left of it.

use crate::summary::Language;
use crate::summary::proof::phrases::is_japanese;
use std::ops::Range;

use super::{
    dates::{self, When},
    measures::{self, Cue, Measure, Month, Phrase},
    names::{Index, Name},
    numerals::{self, Number},
    subject::Subject,
    vocabulary,
};
use crate::summary::proof::words::{self, WordClass};

/// A part of a sentence.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    Name(Name),
    /// Another month than those that the facts are about.
    Elsewhere,
    Time(String),
    /// A month; whether it is only what something is compared with.
    Month(Month, bool),
    /// `None` where it cannot be read.
    Number(Option<Number>),
    Measure(Measure),
    Cue(Cue),
    Word(WordClass),
    Break(char),
    Pronoun,
    Changed,
    /// Bounds, leaves out or supposes what it stands beside.
    Limit,
    Plain,
    /// Not understood.
    Strange,
}

/// Reads a sentence.
pub(super) fn tokens(text: &str, lexicon: Language, index: &Index<'_>) -> Vec<Token> {
    let mut reader = Reader {
        text,
        masked: text.to_owned(),
        found: Vec::new(),
        lexicon,
        index,
    };
    reader.titles();
    reader.quoted();
    reader.foreign();
    reader.dates();
    reader.names();
    reader.phrases();
    reader.numbers();
    reader.measures();
    reader.words();
    reader.rest();
    reader.found.sort_unstable_by_key(|(range, _)| range.start);
    let found = reader.found.into_iter().map(|(range, what)| Token {
        text: text.get(range).unwrap_or_default().to_owned(),
        what,
    });
    let mut tokens: Vec<Token> = found.collect();
    join_months(&mut tokens);
    bases(&mut tokens, lexicon);
    tokens
}

struct Reader<'t, 'f> {
    text: &'t str,
    /// The text with spaces in place of what was read.
    masked: String,
    found: Vec<(Range<usize>, What)>,
    lexicon: Language,
    index: &'t Index<'f>,
}

impl Reader<'_, '_> {
    fn take(&mut self, range: Range<usize>, what: What) {
        if range.is_empty() {
            return;
        }
        self.masked
            .replace_range(range.clone(), &" ".repeat(range.len()));
        self.found.push((range, what));
    }

    fn take_all(&mut self, found: Vec<(Range<usize>, What)>) {
        for (range, what) in found {
            self.take(range, what);
        }
    }

    /// Walks over what is not read yet. `read` is given the rest and the character before it, and
    /// says how much of it is what.
    fn scan(&mut self, read: impl Fn(&str, Option<char>) -> Option<(usize, Option<What>)>) {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(rest) = self.masked.get(at..).filter(|rest| !rest.is_empty()) {
            let before = self
                .text
                .get(..at)
                .and_then(|head| head.chars().next_back());
            let step = rest.chars().next().map_or(1, char::len_utf8);
            match read(rest, before) {
                Some((len, what)) if len > 0 => {
                    if let Some(what) = what {
                        found.push((at..at + len, what));
                    }
                    at += len;
                }
                _ => at += step,
            }
        }
        self.take_all(found);
    }

    /// Names of rules and of departures, whatever stands in them.
    fn titles(&mut self) {
        for title in self.index.titles() {
            self.all_of(title, |title| Name::Title(title.to_owned()));
        }
    }

    fn foreign(&mut self) {
        for name in self.index.foreign() {
            let index = self.index;
            self.all_of(name, |name| {
                index
                    .exact(name)
                    .unwrap_or_else(|| Name::Obscure(String::new()))
            });
        }
    }

    fn all_of(&mut self, name: &str, make: impl Fn(&str) -> Name) {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let ends = (
            is_part(name.chars().next()),
            is_part(name.chars().next_back()),
        );
        let places: Vec<usize> = self
            .masked
            .match_indices(name)
            .map(|(at, _)| at)
            .filter(|at| {
                let before = self
                    .masked
                    .get(..*at)
                    .and_then(|head| head.chars().next_back());
                let after = self.masked.get(at + name.len()..);
                let after = after.and_then(|tail| tail.chars().next());
                !(ends.0 && is_part(before) || ends.1 && is_part(after))
            })
            .collect();
        for at in places {
            self.take(at..at + name.len(), What::Name(make(name)));
        }
    }

    /// What stands in code spans and quotes, where that is no number and no word of ours.
    fn quoted(&mut self) {
        for (open, close) in [
            ('`', '`'),
            ('"', '"'),
            ('\u{201C}', '\u{201D}'),
            ('「', '」'),
        ] {
            let mut found = Vec::new();
            let mut at = 0;
            while let Some(start) = self.masked.get(at..).and_then(|rest| rest.find(open)) {
                let inner = at + start + open.len_utf8();
                let Some(len) = self.masked.get(inner..).and_then(|rest| rest.find(close)) else {
                    break;
                };
                let content = self.masked.get(inner..inner + len).unwrap_or_default();
                let end = inner + len + close.len_utf8();
                if let Some(what) = self.in_quotes(content.trim(), open == '`') {
                    found.push((at + start..end, what));
                }
                at = end;
            }
            self.take_all(found);
        }
    }

    fn in_quotes(&self, content: &str, is_code: bool) -> Option<What> {
        let is_ja = self.lexicon == Language::Ja;
        if content.is_empty() {
            return None;
        }
        if let Some(name) = self.index.exact(content) {
            return Some(What::Name(name));
        }
        let is_whole = |len: usize| len == content.len();
        let is_number = numerals::number(content, None).is_some_and(|(len, _)| is_whole(len))
            && content.len() != 12;
        let is_date = dates::when(content, None, is_ja, self.index.facts)
            .is_some_and(|(len, _)| is_whole(len));
        let lower = content.to_ascii_lowercase();
        let is_type = self
            .index
            .phrase(&lower)
            .is_some_and(|(len, _)| is_whole(len));
        let is_measure = measures::find(content, self.lexicon)
            .first()
            .is_some_and(|(range, _)| *range == (0..content.len()));
        if is_number || is_date || is_type || is_measure {
            return None;
        }
        // Only words: somebody's own name for something, or emphasis. The words are read.
        let is_prose = !is_code && content.contains([' ', '、', 'の']);
        (!is_prose).then(|| What::Name(self.index.quoted(content)))
    }

    fn dates(&mut self) {
        let (index, is_ja) = (self.index, self.lexicon == Language::Ja);
        self.scan(|rest, before| {
            let (len, when) = dates::when(rest, before, is_ja, index.facts)?;
            let what = match when {
                When::Day(day) => What::Name(Name::Known(vec![Subject {
                    day: Some(day),
                    ..Subject::default()
                }])),
                When::Month(month) => What::Month(month, false),
                When::Elsewhere => What::Elsewhere,
                When::Time(time) => What::Time(time),
            };
            Some((len, Some(what)))
        });
    }

    /// Words made like the names of accounts, Regions, types and resources.
    fn names(&mut self) {
        let index = self.index;
        self.scan(|rest, before| {
            let is_part = |c: char| {
                c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '@')
            };
            if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
                return None;
            }
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let word = rest.get(..end)?;
            let word = word.trim_end_matches(['.', ':', '-', '/', '@']);
            if word.is_empty() || !word.starts_with(|c: char| c.is_ascii_alphanumeric()) {
                return None;
            }
            let is_number = word.len() != 12
                && word
                    .chars()
                    .all(|c| c.is_ascii_digit() || matches!(c, '.' | ':' | '/' | '-'));
            let name = (!is_number).then(|| index.token(word)).flatten();
            match name {
                Some(name) => Some((word.len(), Some(What::Name(name)))),
                // "global" is the Region of what has none.
                None if word == "global" => {
                    let name = index.exact(word)?;
                    Some((word.len(), Some(What::Name(name))))
                }
                None => None,
            }
        });
    }

    /// What people call types and Regions.
    fn phrases(&mut self) {
        let index = self.index;
        let lower = self.masked.to_ascii_lowercase();
        self.scan(|rest, before| {
            let at = lower.len() - rest.len();
            let first = rest.chars().next()?;
            if !first.is_alphanumeric()
                || (first.is_ascii_alphanumeric()
                    && before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))
            {
                return None;
            }
            let (len, name) = index.phrase(lower.get(at..)?)?;
            Some((len, Some(What::Name(name))))
        });
    }

    fn numbers(&mut self) {
        let is_en = self.lexicon == Language::En;
        self.scan(|rest, before| {
            let (len, number) = numerals::number(rest, before)
                .or_else(|| is_en.then(|| numerals::worded(rest, before)).flatten())?;
            Some((len, Some(What::Number(number))))
        });
    }

    fn measures(&mut self) {
        let found = measures::find(&self.masked, self.lexicon)
            .into_iter()
            .map(|(range, phrase)| {
                let what = match phrase {
                    Phrase::Measure(measure) => What::Measure(measure),
                    Phrase::Cue(cue) => What::Cue(cue),
                    Phrase::Word(class) => What::Word(class),
                    Phrase::Month(month) => What::Month(month, false),
                    Phrase::Break => What::Break('&'),
                    Phrase::Pronoun => What::Pronoun,
                    Phrase::Plain => What::Plain,
                    Phrase::Changed => What::Changed,
                    Phrase::Limit => What::Limit,
                };
                (range, what)
            })
            .collect();
        self.take_all(found);
    }

    fn words(&mut self) {
        let found = words::find(&self.masked, self.lexicon)
            .into_iter()
            .map(|(range, class)| (range, What::Word(class)))
            .collect();
        self.take_all(found);
    }

    fn rest(&mut self) {
        let index = self.index;
        self.scan(|rest, _| {
            let first = rest.chars().next()?;
            if first.is_whitespace() {
                return None;
            }
            let script = Script::of(first);
            if script == Script::Mark {
                return Some((first.len_utf8(), mark(first)));
            }
            let end = rest.find(|c| Script::of(c) != script).unwrap_or(rest.len());
            let run = rest.get(..end)?;
            Some((end, Some(left(run, script, index))))
        });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Hiragana,
    /// Kanji and katakana.
    Ideographs,
    Letters,
    Mark,
}

impl Script {
    fn of(c: char) -> Self {
        match c {
            '\u{3040}'..='\u{309F}' => Self::Hiragana,
            // Katakana's middle dot is a mark.
            '\u{30FB}' => Self::Mark,
            c if is_japanese(c) || c == '々' => Self::Ideographs,
            c if c.is_alphanumeric() || matches!(c, '_' | '\'' | '’') => Self::Letters,
            _ => Self::Mark,
        }
    }
}

fn left(run: &str, script: Script, index: &Index<'_>) -> What {
    let is_plain = match script {
        Script::Hiragana => vocabulary::is_plain_hiragana(run),
        Script::Ideographs => vocabulary::is_plain_run(run),
        _ => vocabulary::is_plain(run),
    };
    match run {
        "増" => What::Word(WordClass::Up),
        "減" => What::Word(WordClass::Down),
        _ if is_plain => What::Plain,
        _ => index.exact(run).map_or(What::Strange, What::Name),
    }
}

fn mark(c: char) -> Option<What> {
    match c {
        ',' | ';' | '(' | ')' | '、' | '—' | '–' | '[' | ']' => Some(What::Break(c)),
        '%' | '$' | '<' | '>' | '=' | '~' | '〜' | '≈' | '≥' | '≤' | '×' | '→' | '±' | '￥' => {
            Some(What::Strange)
        }
        c if c.is_alphanumeric() => Some(What::Strange),
        _ => None,
    }
}

/// 前月（2024-10）: a month in brackets after a month parts nothing.
fn join_months(tokens: &mut Vec<Token>) {
    let is_month =
        |token: Option<&Token>| token.is_some_and(|token| matches!(token.what, What::Month(..)));
    let is_break =
        |token: Option<&Token>, c| token.is_some_and(|token| token.what == What::Break(c));
    let mut at = 0;
    while at + 3 < tokens.len() {
        if is_month(tokens.get(at))
            && is_break(tokens.get(at + 1), '(')
            && is_month(tokens.get(at + 2))
            && is_break(tokens.get(at + 3), ')')
        {
            tokens.remove(at + 3);
            tokens.remove(at + 1);
        }
        at += 1;
    }
}

/// Tells the months that something is compared with from those that something is said of.
fn bases(tokens: &mut [Token], lexicon: Language) {
    for at in 0..tokens.len() {
        let is_base = match lexicon {
            Language::En => {
                let before = tokens.iter().take(at).rev().take(3);
                before
                    .take_while(|token| {
                        matches!(
                            token.what,
                            What::Plain | What::Cue(_) | What::Word(WordClass::Up)
                        ) || token.text.eq_ignore_ascii_case("since")
                    })
                    .any(|token| {
                        let text = token.text.as_str();
                        matches!(token.what, What::Cue(Cue::Than | Cue::Compared | Cue::From))
                            || (token.what != What::Plain && text == "over")
                            || matches!(text, "since" | "as")
                    })
            }
            Language::Ja => {
                let mut after = tokens.iter().skip(at + 1);
                let next = after.find(|token| !matches!(token.what, What::Month(..)));
                next.is_some_and(|token| {
                    matches!(token.what, What::Cue(Cue::Than | Cue::Compared | Cue::From))
                        || (token.what == What::Plain && token.text == "と")
                })
            }
        };
        if let Some(token) = tokens.get_mut(at)
            && let What::Month(_, base) = &mut token.what
        {
            *base = is_base;
        }
    }
}
