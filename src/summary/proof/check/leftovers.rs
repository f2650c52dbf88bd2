//! What a sentence says that nothing was held against.

use super::{
    clause::Sentence,
    measures::{Cue, Kinds, Measure},
    saying::{is_claim, kinds_of, not_proved},
    token::What,
};
use crate::summary::proof::words::WordClass;

impl Sentence<'_, '_> {
    /// What was neither held against the facts nor claims nothing.
    pub(super) fn leftovers(&mut self) {
        let mut strange: Vec<String> = Vec::new();
        for at in 0..self.tokens.len() {
            if self.is_used(at) {
                continue;
            }
            let text = super::names::shown(self.text(at));
            let Some(what) = self.what(at) else {
                continue;
            };
            match what {
                What::Strange if self.is_harmless(at) => {}
                What::Strange => strange.push(text),
                What::Word(class) => {
                    if let Some(finding) = not_proved(*class, self.text(at), &text) {
                        self.unclear(finding);
                    }
                }
                What::Measure(measure) if !self.is_idle(at, *measure) => {
                    self.unclear(format!("what is said of {text} cannot be told"));
                }
                What::Pronoun if self.subject.is_empty() && self.first.is_empty() => {
                    self.unclear(format!(
                        "what {text} stands for is not said in the sentence"
                    ));
                }
                What::Cue(Cue::Expected) => {
                    self.unproved("expectations belong to a departure: name it");
                }
                What::Time(_) => self.time(at),
                What::Changed => {
                    self.unproved(format!("{text}: say how many real changes"));
                }
                _ => {}
            }
        }
        if !strange.is_empty() {
            strange.dedup();
            strange.truncate(5);
            self.unclear(format!(
                "the facts say nothing about {}",
                strange.join(", ")
            ));
        }
    }

    /// "across accounts": a plural that nothing is said of.
    pub(super) fn is_idle(&self, at: usize, measure: Measure) -> bool {
        let has_claim = self.tokens.iter().any(|token| is_claim(&token.what));
        let plural = self.text(at).ends_with(['s', 'S']);
        let before = at.checked_sub(1).map_or("", |at| self.text(at));
        !has_claim
            || (plural
                && measure.label_of().is_some()
                && matches!(before, "across" | "among" | "between"))
    }

    /// The kind of change that a word names; not that something was first seen.
    pub(super) fn kind_of_word(&self, at: usize) -> Option<Kinds> {
        let class = self.class(at).filter(|class| *class != WordClass::New)?;
        kinds_of(class, self.text(at))
    }

    /// Kinds of changes that the part of a token speaks of.
    pub(super) fn kinds_near(&self, at: usize) -> Vec<(usize, Kinds)> {
        let Some(part) = self.part.get(at) else {
            return Vec::new();
        };
        (*part..self.tokens.len())
            .take_while(|at| self.part.get(*at) == Some(part))
            .filter_map(|at| Some((at, kinds_of(self.class(at)?, self.text(at))?)))
            .collect()
    }
}
