//! Titles of what rules name, and times of day.

use super::{
    claims::Held,
    clause::{Segment, Sentence},
    departures::has_title,
    names::{Name, shown},
    subject::Subject,
    token::What,
};
use crate::summary::facts::{EntityKind, Fact, Value};

impl Sentence<'_, '_> {
    /// Rules and departures by name.
    pub(super) fn titles(&mut self, segment: &Segment) {
        for at in segment.start..segment.end {
            let Some(What::Name(Name::Title(title))) = self.what(at) else {
                continue;
            };
            let title = title.clone();
            let facts = self.ledger.facts;
            let named: Vec<&Fact> = facts
                .facts
                .iter()
                .filter(|fact| has_title(fact, &title))
                .collect();
            let fits = |fact: &&Fact| {
                let about = self.subject_of(fact).without_entity();
                segment.readings.iter().any(|reading| {
                    let reading = reading.clone().without_entity();
                    let bare = reading.without(EntityKind::Day);
                    let mut both = about.clone();
                    both.narrow(&bare);
                    both == about
                })
            };
            let held = if named.iter().any(fits) {
                Held::Yes
            } else {
                Held::Unknown("the facts do not name it of what is named here".to_owned())
            };
            self.settle_word(held, at);
        }
    }

    /// A time of day is that of a fact about the resource that the sentence names.
    pub(super) fn time(&mut self, at: usize) {
        let Some(What::Time(time)) = self.what(at).cloned() else {
            return;
        };
        let named: Vec<Subject> = self
            .tokens
            .iter()
            .filter_map(|token| match &token.what {
                What::Name(Name::Known(subjects)) => Some(subjects.clone()),
                _ => None,
            })
            .flatten()
            .collect();
        let resource = named.iter().find_map(|subject| subject.resource.clone());
        let day = named.iter().find_map(|subject| subject.day.clone());
        let is_it = |fact: &&Fact| {
            self.subject_of(fact).resource == resource
                && fact.fields.iter().any(|field| match &field.value {
                    Value::When(when) => {
                        when.ends_with(&format!(" {time}"))
                            && day
                                .as_ref()
                                .is_none_or(|day| when.starts_with(day.as_str()))
                    }
                    _ => false,
                })
        };
        let known = resource.is_some() && self.ledger.facts.facts.iter().any(|fact| is_it(&fact));
        if known {
            self.out.proved += 1;
        } else {
            let text = shown(self.text(at));
            self.unproved(format!("{text}: no fact about what is named has that time"));
        }
    }
}
