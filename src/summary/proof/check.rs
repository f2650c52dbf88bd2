//! Holds other people's prose about a month against its facts, sentence by sentence.
//!
//! A number holds only under a key that the text itself names: what it is about, what is counted,
//! of which month, and how. The facts have one value under a key. A number is never looked for
//! among the values: that some fact has it proves nothing. What is not understood is not proved.

mod claims;
mod clause;
mod counted;
mod dates;
mod departures;
mod key;
mod leftovers;
mod limits;
mod measures;
mod moments;
mod names;
mod numbers;
mod numerals;
mod ranks;
mod read;
mod saying;
mod subject;
mod table;
mod token;
mod vocabulary;

use crate::summary::Language;
use schemars::JsonSchema;
use serde::Serialize;

use self::{
    clause::Sentence,
    key::Ledger,
    names::Index,
    read::{Block, Shape},
    token::tokens,
};
use crate::summary::facts::Facts;

/// Characters of a text that are read.
pub const MAX_TEXT_CHARS: usize = 20_000;
/// Characters of a sentence that are read: a longer one is none.
const MOST_IN_SENTENCE: usize = 1_500;

/// What a text about a month is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TextCheck {
    /// Whether every sentence with a number, name or comparison holds.
    pub holds: bool,
    /// Language that the text was read in: en or ja.
    pub language: String,
    /// Sentences that hold.
    pub verified: u64,
    /// Sentences that contradict the facts.
    pub contradicted: u64,
    /// Sentences with something that cannot be held against the facts.
    pub unproved: u64,
    /// Sentences without anything to hold against the facts.
    pub no_claim: u64,
    /// Each sentence with its verdict, in order.
    pub sentences: Vec<SentenceCheck>,
}

/// A sentence of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SentenceCheck {
    /// The sentence.
    pub text: String,
    /// What it is worth.
    pub verdict: Verdict,
    /// What does not hold, and what the facts say instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}

/// What a sentence is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything in it that can be checked holds.
    Verified,
    /// Something in it contradicts the facts.
    Contradicted,
    /// Something in it cannot be held against the facts.
    Unproved,
    /// It claims nothing that could be checked.
    NoClaim,
}

/// Holds a text against the facts; `language` is en or ja, told from the script where not given.
pub fn check_text(facts: &Facts, text: &str, language: Option<&str>) -> TextCheck {
    let lexicon = language
        .and_then(Language::of_tag)
        .unwrap_or_else(|| of_script(text));
    let end = text
        .char_indices()
        .nth(MAX_TEXT_CHARS)
        .map_or(text.len(), |(at, _)| at);
    let read = text.get(..end).unwrap_or_default();
    let mut checker = Checker {
        lexicon,
        index: Index::of(facts),
        ledger: Ledger::of(facts),
        headings: Vec::new(),
        header: None,
    };
    let mut sentences = Vec::new();
    for block in read::blocks(read) {
        checker.block(&block, &mut sentences);
    }
    if end < text.len() {
        sentences.push(SentenceCheck {
            text: "…".to_owned(),
            verdict: Verdict::Unproved,
            findings: vec![format!(
                "only the first {MAX_TEXT_CHARS} characters were read: check the rest by itself"
            )],
        });
    }
    summed(sentences, lexicon)
}

fn of_script(text: &str) -> Language {
    if text.chars().any(super::phrases::is_japanese) {
        Language::Ja
    } else {
        Language::En
    }
}

fn summed(sentences: Vec<SentenceCheck>, lexicon: Language) -> TextCheck {
    let count = |verdict| {
        let of_it = sentences.iter().filter(|line| line.verdict == verdict);
        of_it.count() as u64
    };
    let (contradicted, unproved) = (count(Verdict::Contradicted), count(Verdict::Unproved));
    TextCheck {
        holds: contradicted == 0 && unproved == 0,
        language: lexicon.as_str().to_owned(),
        verified: count(Verdict::Verified),
        contradicted,
        unproved,
        no_claim: count(Verdict::NoClaim),
        sentences,
    }
}

struct Checker<'f> {
    lexicon: Language,
    index: Index<'f>,
    ledger: Ledger<'f>,
    /// What the headings above name, by their level.
    headings: Vec<(usize, subject::Subject)>,
    /// Columns of the table that is being read.
    header: Option<Vec<table::Column>>,
}

impl Checker<'_> {
    fn block(&mut self, block: &Block, sentences: &mut Vec<SentenceCheck>) {
        if !matches!(block.shape, Shape::Row { .. }) {
            self.header = None;
        }
        match &block.shape {
            Shape::Heading(level) => {
                let above = self.headings.iter().position(|(of, _)| of >= level);
                self.headings.truncate(above.unwrap_or(self.headings.len()));
                let context = self.context();
                let (check, subject) = self.sentence(&block.text, &context);
                if !subject.is_empty() {
                    self.headings.push((*level, subject));
                }
                sentences.push(check);
            }
            Shape::Row { cells, is_header } if *is_header => {
                let columns = cells
                    .iter()
                    .map(|cell| table::Column::of(&tokens(cell, self.lexicon, &self.index)));
                self.header = Some(columns.collect());
                sentences.push(SentenceCheck {
                    text: block.text.clone(),
                    verdict: Verdict::NoClaim,
                    findings: Vec::new(),
                });
            }
            Shape::Row { cells, .. } if self.header.is_some() => {
                let context = self.context();
                let read: Vec<_> = cells
                    .iter()
                    .map(|cell| table::Cell {
                        text: cell,
                        tokens: tokens(cell, self.lexicon, &self.index),
                    })
                    .collect();
                let header = self.header.as_deref().unwrap_or_default();
                let outcome = table::row(&mut self.ledger, &context, header, &read);
                sentences.push(outcome.into_check(&block.text));
            }
            Shape::Code => sentences.push(SentenceCheck {
                text: block.text.clone(),
                verdict: Verdict::Unproved,
                findings: vec!["what stands between fences is not read".to_owned()],
            }),
            Shape::Row { .. } | Shape::Text => {
                let context = self.context();
                sentences.push(self.sentence(&block.text, &context).0);
            }
        }
    }

    fn context(&self) -> subject::Subject {
        let mut context = subject::Subject::default();
        for (_, subject) in &self.headings {
            context.narrow(subject);
        }
        context
    }

    fn sentence(
        &mut self,
        text: &str,
        context: &subject::Subject,
    ) -> (SentenceCheck, subject::Subject) {
        if text.chars().nth(MOST_IN_SENTENCE).is_some() {
            let check = SentenceCheck {
                text: text.to_owned(),
                verdict: Verdict::Unproved,
                findings: vec!["too long to be read as one sentence".to_owned()],
            };
            return (check, subject::Subject::default());
        }
        let read = tokens(text, self.lexicon, &self.index);
        let mut sentence = Sentence::new(read, self.lexicon, &mut self.ledger, context.clone());
        let outcome = sentence.judge(text);
        (outcome.into_check(text), sentence.first_subject())
    }
}

/// What was found out about a sentence.
#[derive(Debug, Default)]
struct Outcome {
    /// Things in it that hold.
    proved: usize,
    contradicted: Vec<String>,
    unproved: Vec<String>,
}

impl Outcome {
    fn into_check(self, text: &str) -> SentenceCheck {
        let verdict = if !self.contradicted.is_empty() {
            Verdict::Contradicted
        } else if !self.unproved.is_empty() {
            Verdict::Unproved
        } else if self.proved > 0 {
            Verdict::Verified
        } else {
            Verdict::NoClaim
        };
        let mut findings = self.contradicted;
        for finding in self.unproved {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        findings.truncate(MOST_FINDINGS);
        SentenceCheck {
            text: text.to_owned(),
            verdict,
            findings,
        }
    }
}

/// Findings that are told of a sentence.
const MOST_FINDINGS: usize = 12;

#[cfg(test)]
mod tests;
