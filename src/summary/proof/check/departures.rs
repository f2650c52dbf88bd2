//! Numbers of what departs from the months before, and of what rules name.

use super::{
    clause::{Segment, Sentence},
    key::{Ratio, UNUSUAL, ratio},
    measures::{Base, Cue, Kinds, Measure, Month},
    names::Name,
    numbers::Sense,
    numerals::Number,
    subject::Subject,
    token::What,
};
use crate::summary::{
    facts::{Aspect, EntityKind, Fact, Quantity},
    proof::words::WordClass,
};

impl Sentence<'_, '_> {
    /// Holds a number of a departure against it; `None` where the sentence is not about one.
    pub(super) fn of_departure(
        &mut self,
        segment: &Segment,
        number: &Number,
        sense: Sense,
        measures: &[Measure],
    ) -> Result<Option<Result<(), String>>, String> {
        let aspect = match sense {
            Sense::Level(Month::Now) => Aspect::Now,
            Sense::Expected => Aspect::Expected,
            Sense::AtMost => Aspect::LargestBefore,
            _ => return Ok(None),
        };
        if aspect == Aspect::Now && !self.speaks_of_departures() {
            return Ok(None);
        }
        let facts = self.departures(&segment.readings);
        let wanted = |fact: &&Fact| {
            let field = fact.fields.iter().find(|field| {
                field.aspect == aspect && measures.iter().any(|m| is_quantity(*m, field.quantity))
            });
            field.and_then(ratio)
        };
        let values: Vec<Ratio> = facts.iter().filter_map(wanted).collect();
        match values.as_slice() {
            [] if aspect == Aspect::Now => Ok(None),
            [] => Err("no departure with such a number is named".to_owned()),
            values if values.iter().all(|value| value.is(number)) => Ok(Some(Ok(()))),
            // The month's own count may be meant.
            _ if aspect == Aspect::Now => Ok(None),
            [value] => {
                let tenths = value.num * 10 / value.den;
                Ok(Some(Err(format!("{}.{}", tenths / 10, tenths % 10))))
            }
            _ => Err("which departure is meant cannot be told".to_owned()),
        }
    }

    /// Says whether the sentence calls something unusual.
    pub(super) fn speaks_of_departures(&self) -> bool {
        (0..self.tokens.len()).any(|at| {
            matches!(self.class(at), Some(WordClass::Unusual))
                || matches!(self.what(at), Some(What::Name(Name::Title(_))))
                || self.what(at) == Some(&What::Cue(Cue::Expected))
        })
    }

    /// Departures of exactly what is named, and of the kind that is named.
    pub(super) fn departures(&self, readings: &[Subject]) -> Vec<&Fact> {
        let titles: Vec<&str> = self
            .tokens
            .iter()
            .filter_map(|token| match &token.what {
                What::Name(Name::Title(title)) => Some(title.as_str()),
                _ => None,
            })
            .collect();
        let facts: &crate::summary::facts::Facts = self.ledger.facts;
        facts
            .facts
            .iter()
            .filter(|fact| fact.label == UNUSUAL)
            .filter(|fact| titles.is_empty() || titles.iter().any(|title| has_title(fact, title)))
            .filter(|fact| {
                let about = self.subject_of(fact);
                readings.iter().any(|reading| {
                    !reading.is_empty()
                        && Subject {
                            day: None,
                            ..reading.clone()
                        }
                        .without_entity()
                            == about.clone().without_entity()
                })
            })
            .collect()
    }

    pub(super) fn subject_of(&self, fact: &Fact) -> Subject {
        let mut subject = Subject::default();
        let entities = &self.ledger.facts.entities;
        for id in &fact.subject {
            let Some(entity) = entities.get(*id) else {
                continue;
            };
            let name = Some(entity.key.clone());
            match entity.kind {
                EntityKind::Account => subject.account = name,
                EntityKind::Region => subject.region = name,
                EntityKind::Type => subject.resource_type = name,
                EntityKind::Day => subject.day = name,
                EntityKind::Resource => {
                    subject.resource = name;
                    for home in entity.home.iter().filter_map(|id| entities.get(*id)) {
                        let name = Some(home.key.clone());
                        match home.kind {
                            EntityKind::Account => subject.account = name,
                            EntityKind::Region => subject.region = name,
                            _ => subject.resource_type = name,
                        }
                    }
                }
            }
        }
        subject
    }
}

/// Says whether a fact has these words for what it is.
pub(super) fn has_title(fact: &Fact, title: &str) -> bool {
    fact.fields.iter().any(|field| match &field.value {
        crate::summary::facts::Value::What(en, ja) => title == *en || title == *ja,
        _ => false,
    })
}

pub(super) fn is_quantity(measure: Measure, quantity: Quantity) -> bool {
    match quantity {
        Quantity::Changes => measure == Measure::of(Base::Changes),
        Quantity::Resources => measure == Measure::of(Base::Resources),
        Quantity::OfKind(kind) => {
            measure.kinds == Kinds::One(kind)
                && matches!(measure.base, Base::Items | Base::Resources)
        }
        _ => false,
    }
}
