//! Holds words against the facts: which way something went, what leads a list, what is new, gone
//! or absent.

use super::{
    clause::{Segment, Sentence},
    departures::is_quantity,
    key::{How, Key, Ratio},
    measures::{Base, Cue, Kinds, Measure, Month},
    names::shown,
    numbers::INCOMPLETE,
    saying::kinds_of,
    token::What,
};
use crate::summary::{
    Language,
    facts::{Aspect, Fact},
};
use crate::{domain::ChangeKind, summary::proof::words::WordClass};

/// What came of a claim: that it holds, that it does not and what the facts say, or that it is not
/// known and why.
pub(super) enum Held {
    Yes,
    No(String),
    Unknown(String),
}

impl Sentence<'_, '_> {
    /// Holds each word of a segment that claims something against the facts.
    pub(super) fn claims(&mut self, segment: &Segment) {
        if !segment.own.is_empty() {
            // The names are those of the month.
            self.out.proved += 1;
        }
        let places: Vec<(usize, WordClass)> = (segment.start..segment.end)
            .filter_map(|at| Some((at, self.class(at)?)))
            .collect();
        let has = |classes: &[WordClass]| {
            places
                .iter()
                .any(|(at, class)| classes.contains(class) && !self.is_used(*at))
        };
        if has(&[WordClass::Absent]) {
            let denies = has(&[
                WordClass::Up,
                WordClass::Down,
                WordClass::Same,
                WordClass::Top,
                WordClass::Bottom,
                WordClass::Next,
                WordClass::Majority,
                WordClass::Unusual,
            ]) || has(&[WordClass::New]) && self.kinds_near(segment.start).is_empty();
            if denies {
                self.unproved("what is denied here is not held against the facts");
                return;
            }
            let held = self.absent(segment, &places);
            self.settle_words(held, segment, &[WordClass::Absent]);
            return;
        }
        self.titles(segment);
        self.ranks(segment, &places);
        for (at, class) in &places {
            if self.is_used(*at) {
                continue;
            }
            match class {
                WordClass::Majority => {
                    let held = self.majority(segment, *at);
                    self.settle_word(held, *at);
                }
                WordClass::Up | WordClass::Down | WordClass::Same => {
                    let held = self.went(segment, *at, *class);
                    self.settle_word(held, *at);
                }
                WordClass::Unusual if !self.departures(&segment.readings).is_empty() => {
                    self.settle_word(Held::Yes, *at);
                }
                WordClass::New if !segment.own.is_empty() => {
                    let held = self.is_new(segment);
                    self.settle_word(held, *at);
                }
                class if kinds_of(*class, self.text(*at)).is_some() => {
                    let held = self.happened(segment, *at);
                    self.settle_word(held, *at);
                }
                WordClass::New => {
                    let held = self.is_new(segment);
                    self.settle_word(held, *at);
                }
                _ => {}
            }
        }
    }

    pub(super) fn settle_word(&mut self, held: Held, at: usize) {
        self.use_up(at);
        let text = shown(self.text(at));
        match held {
            Held::Yes => self.out.proved += 1,
            Held::No(said) => self.denied(format!("{text}: the facts say {said}")),
            Held::Unknown(why) => self.unclear(format!("{text}: {why}")),
        }
    }

    pub(super) fn settle_words(&mut self, held: Held, segment: &Segment, classes: &[WordClass]) {
        let mut first = None;
        for at in segment.start..segment.end {
            if self.class(at).is_some_and(|class| classes.contains(&class)) {
                first.get_or_insert(at);
                self.use_up(at);
            }
        }
        if let Some(at) = first {
            self.settle_word(held, at);
        }
    }

    /// Measures of a segment that nothing was bound to yet.
    pub(super) fn free_measures(&self, segment: &Segment) -> Vec<(usize, Measure)> {
        (segment.start..segment.end)
            .filter(|at| !self.is_used(*at))
            .filter_map(|at| match self.what(at) {
                Some(What::Measure(measure)) => Some((at, *measure)),
                _ => None,
            })
            .collect()
    }

    /// What a word of a segment is about: what it names or a number of it counts, or what was
    /// counted before.
    pub(super) fn counted(&mut self, segment: &Segment, at: usize) -> Result<Vec<Measure>, String> {
        let free = self.free_measures(segment);
        let mut distinct: Vec<Measure> = free.iter().map(|(_, measure)| *measure).collect();
        distinct.dedup();
        let kinds = self.kinds_near(at);
        let kind = match kinds.as_slice() {
            [] => None,
            [(place, kind)] => {
                self.use_up(*place);
                Some(*kind)
            }
            _ => return Err("two kinds of change are named beside it".to_owned()),
        };
        let measures = match (distinct.as_slice(), kind) {
            ([measure], None) => vec![*measure],
            ([measure], Some(kind)) => vec![Measure {
                base: match measure.base {
                    Base::Changes => Base::Items,
                    base => base,
                },
                kinds: kind,
            }],
            ([], Some(kind)) => [Base::Items, Base::Resources]
                .map(|base| Measure { base, kinds: kind })
                .to_vec(),
            ([], None) => self
                .measure
                .clone()
                .ok_or_else(|| "of what is not said".to_owned())?,
            _ => return Err("of which of the things named cannot be told".to_owned()),
        };
        for (place, _) in free {
            self.use_up(place);
        }
        self.measure = Some(measures.clone());
        Ok(measures)
    }

    /// Which way something went against the month before.
    pub(super) fn went(&mut self, segment: &Segment, at: usize, class: WordClass) -> Held {
        if self.is_against_a_name(segment) {
            return Held::Unknown("only months are compared, not what is named".to_owned());
        }
        if self.compares(at) && !self.has_base(segment) {
            return Held::Unknown("compared with what is not said".to_owned());
        }
        let expected = (segment.start..segment.end)
            .find(|at| self.what(*at) == Some(&What::Cue(Cue::Expected)));
        if let Some(place) = expected {
            return self.against_expected(segment, class, place);
        }
        let moves_from =
            (segment.start..segment.end).any(|at| self.what(at) == Some(&What::Cue(Cue::From)));
        if segment.month == Month::Before && !moves_from {
            return Held::Unknown("only the month is held against the one before".to_owned());
        }
        let measures = match self.counted(segment, at) {
            Ok(measures) => measures,
            Err(why) => return Held::Unknown(why),
        };
        self.direction = Some(class);
        let wanted = sign_of(class);
        self.all(segment, &measures, &How::Difference, |value| {
            value.num.signum() == wanted
        })
    }

    /// Says whether a word compares with something that has to be said.
    pub(super) fn compares(&self, at: usize) -> bool {
        let text = self.lower(at);
        COMPARED.contains(&text.as_str()) || text.starts_with(['多', '少', '同'])
    }

    pub(super) fn against_expected(
        &mut self,
        segment: &Segment,
        class: WordClass,
        place: usize,
    ) -> Held {
        let named = self.free_measures(segment);
        let named: Vec<Measure> = named.into_iter().map(|(_, measure)| measure).collect();
        let carried = self.measure.clone().unwrap_or_default();
        let counted = if named.is_empty() { carried } else { named };
        // What was at most before is no expectation.
        let expected = |fact: &&Fact| {
            fact.fields.iter().any(|field| {
                field.aspect == Aspect::Expected
                    && counted.iter().all(|m| is_quantity(*m, field.quantity))
            })
        };
        let trends: Vec<_> = self
            .departures(&segment.readings)
            .into_iter()
            .filter(expected)
            .filter_map(|fact| fact.trend(None))
            .collect();
        let wanted = sign_of(class).cmp(&0);
        let first = trends.first().copied();
        if first.is_none() || trends.iter().any(|trend| Some(*trend) != first) {
            return Held::Unknown("no departure of that name".to_owned());
        }
        self.use_up(place);
        for (at, _) in self.free_measures(segment) {
            self.use_up(at);
        }
        if first == Some(wanted) {
            Held::Yes
        } else {
            Held::No("the opposite".to_owned())
        }
    }

    /// Says whether something else than a month is compared with.
    pub(super) fn is_against_a_name(&self, segment: &Segment) -> bool {
        (segment.start..segment.end).any(|at| {
            if !matches!(self.what(at), Some(What::Cue(Cue::Than | Cue::Compared))) {
                return false;
            }
            let near: Vec<usize> = match self.lexicon {
                Language::En => (at + 1..segment.end.min(at + 4)).collect(),
                Language::Ja => (segment.start.max(at.saturating_sub(2))..at).collect(),
            };
            near.into_iter()
                .any(|at| matches!(self.what(at), Some(What::Name(_))))
        })
    }

    /// Says whether the month before is what a word compares with.
    pub(super) fn has_base(&self, segment: &Segment) -> bool {
        (0..segment.end).any(|at| matches!(self.what(at), Some(What::Month(Month::Before, true))))
            || (segment.start..segment.end).any(|at| {
                matches!(self.what(at), Some(What::Cue(Cue::Than | Cue::Expected)))
                    || (self.what(at) == Some(&What::Month(Month::Before, false)))
            })
    }

    /// Holds a condition against a value, in every way in which the text can be read.
    pub(super) fn all(
        &mut self,
        segment: &Segment,
        measures: &[Measure],
        how: &How,
        holds: impl Fn(Ratio) -> bool,
    ) -> Held {
        let (mut held, mut failed) = (0, None);
        for subject in &segment.readings {
            for measure in measures {
                let key = Key {
                    subject: subject.clone(),
                    measure: *measure,
                    how: how.clone(),
                };
                match self.ledger.value(&key) {
                    Ok(value) if holds(value) => held += 1,
                    Ok(value) => failed = Some(self.ledger.say(&key, value)),
                    Err(why) => return Held::Unknown(why),
                }
            }
        }
        match (held, failed) {
            (_, None) => Held::Yes,
            (0, Some(said)) => Held::No(said),
            (_, Some(said)) => Held::Unknown(format!(
                "it can be read in more than one way; read otherwise, the facts say {said}"
            )),
        }
    }

    /// That there were none.
    pub(super) fn absent(&mut self, segment: &Segment, places: &[(usize, WordClass)]) -> Held {
        let denials: Vec<usize> = places
            .iter()
            .filter(|(_, class)| *class == WordClass::Absent)
            .map(|(at, _)| *at)
            .collect();
        let is_plain = |at: &usize| NONE.contains(&self.text(*at).to_ascii_lowercase().as_str());
        let (1, Some(at)) = (denials.len(), denials.first().filter(|at| is_plain(at))) else {
            return Held::Unknown("what is denied here is not held against the facts".to_owned());
        };
        let has_number =
            (segment.start..segment.end).any(|at| matches!(self.what(at), Some(What::Number(_))));
        if has_number {
            return Held::Unknown("a number is denied: say the one that holds".to_owned());
        }
        let changed =
            (segment.start..segment.end).find(|at| self.what(*at) == Some(&What::Changed));
        let is_of_verb = NOT.contains(&self.lower(*at).as_str());
        if is_of_verb && segment.own.is_empty() && self.free_measures(segment).is_empty() {
            return Held::Unknown("of what that is denied is not said in the clause".to_owned());
        }
        let before = self.measure.take();
        let measures = match (self.counted(segment, *at), changed) {
            (Ok(measures), _) => measures,
            (Err(_), Some(place)) => {
                self.use_up(place);
                vec![Measure::of(Base::Changes)]
            }
            (Err(why), None) => {
                self.measure = before;
                return Held::Unknown(why);
            }
        };
        if segment.month == Month::Before {
            return Held::Unknown("of the month before, absence is not known".to_owned());
        }
        let held = self.all(segment, &measures, &How::Level(Month::Now), |value| {
            value.num == 0
        });
        match held {
            Held::Yes if !self.ledger.may_be_absent() => Held::Unknown(INCOMPLETE.to_owned()),
            held => held,
        }
    }

    /// That something of a kind happened.
    pub(super) fn happened(&mut self, segment: &Segment, at: usize) -> Held {
        let Some(kinds) = self
            .class(at)
            .and_then(|class| kinds_of(class, self.text(at)))
        else {
            return Held::Unknown("not held against any fact".to_owned());
        };
        if self.kinds_near(at).len() > 1 {
            return Held::Unknown("two kinds of change are named beside it".to_owned());
        }
        for (place, measure) in self.free_measures(segment) {
            if matches!(measure.base, Base::Items | Base::Changes | Base::Resources) {
                self.use_up(place);
            }
        }
        let measure = Measure {
            base: Base::Items,
            kinds,
        };
        let month = segment.month;
        let held = self.all(segment, &[measure], &How::Level(month), |value| {
            value.num > 0
        });
        match held {
            Held::No(_) if !self.ledger.may_be_absent() => Held::Unknown(INCOMPLETE.to_owned()),
            held => held,
        }
    }

    /// That what is named was not there in the month before.
    pub(super) fn is_new(&mut self, segment: &Segment) -> Held {
        if segment.own.is_empty() || self.is_of_before(segment) {
            return Held::Unknown("what is new in the month is not named".to_owned());
        }
        for (place, measure) in self.free_measures(segment) {
            let label = measure.label_of();
            if label.is_some_and(|kind| segment.own.kinds().contains(&kind)) {
                self.use_up(place);
            }
        }
        let of = |kinds| Measure {
            base: Base::Items,
            kinds,
        };
        if segment.own.resource.is_some() {
            let subject = segment.own.clone();
            let mut came = 0;
            for kind in [ChangeKind::Created, ChangeKind::FirstSeen] {
                let level = self
                    .ledger
                    .level(&subject, of(Kinds::One(kind)), Month::Now);
                came += level.map_or(0, |value| value.num);
            }
            return if came > 0 {
                Held::Yes
            } else {
                Held::No("no creation or first sighting of it".to_owned())
            };
        }
        let now = [of(Kinds::Any)];
        match self.all(segment, &now, &How::Level(Month::Before), |value| {
            value.num == 0
        }) {
            Held::Yes => self.all(segment, &now, &How::Level(Month::Now), |value| {
                value.num > 0
            }),
            held => held,
        }
    }
}

pub(super) fn sign_of(class: WordClass) -> i128 {
    match class {
        WordClass::Up => 1,
        WordClass::Down => -1,
        _ => 0,
    }
}

/// Words that deny nothing but that there were any.
pub(super) const NONE: &[&str] = &[
    "no",
    "none",
    "nothing",
    "not",
    "without",
    "didn't",
    "wasn't",
    "weren't",
    "wasn’t",
    "weren’t",
    "didn’t",
    "なし",
    "無し",
    "ありません",
    "ありませんでした",
    "いません",
    "いませんでした",
    "なかった",
    "皆無",
    "ゼロ",
    "されません",
    "されず",
    "見られません",
];

/// Those that deny a verb, whose subject has to stand beside it.
#[rustfmt::skip]
const NOT: &[&str] = &["not", "didn't", "wasn't", "weren't", "didn’t", "wasn’t", "weren’t"];

/// Words that compare with something that has to be said.
pub(super) const COMPARED: &[&str] = &[
    "more",
    "fewer",
    "less",
    "higher",
    "lower",
    "larger",
    "smaller",
    "greater",
    "busier",
    "quieter",
    "calmer",
    "above",
    "below",
    "over",
    "under",
    "exceed",
    "exceeded",
    "exceeds",
    "exceeding",
    "same as",
    "the same",
    "as many",
    "as much",
    "level with",
];
