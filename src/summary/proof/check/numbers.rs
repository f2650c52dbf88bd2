//! Holds a number against the facts: finds what it counts and how, and looks that up.

use super::{
    clause::{Segment, Sentence},
    counted::{ABOUT, ARTICLES, BOUNDS, COMPARATIVES},
    key::{How, Key, Ratio, fits_unit},
    measures::{Cue, Measure, Month},
    names::shown,
    numerals::{Number, Unit},
    subject::Subject,
    token::What,
};
use crate::summary::Language;
use crate::summary::proof::words::WordClass;

/// What stands around a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Level(Month),
    /// A difference, with the word that says which way.
    Difference(Option<WordClass>),
    Share,
    Factor,
    Expected,
    AtMost,
}

impl Sentence<'_, '_> {
    /// Holds each number of a segment against the facts.
    pub(super) fn numbers(&mut self, segment: &Segment) {
        for at in segment.start..segment.end {
            match self.what(at) {
                Some(What::Number(Some(_))) if !self.is_used(at) => {
                    self.use_up(at);
                    if let Err(finding) = self.one_number(segment, at) {
                        let text = shown(self.text(at));
                        self.unclear(format!("{text}: {finding}"));
                    }
                }
                Some(What::Number(None)) => {
                    self.use_up(at);
                    let text = shown(self.text(at));
                    self.unproved(format!(
                        "{text} cannot be read as a number of anything counted"
                    ));
                }
                _ => {}
            }
        }
    }

    pub(super) fn one_number(&mut self, segment: &Segment, at: usize) -> Result<(), String> {
        let Some(number) = self.number(at).cloned() else {
            return Ok(());
        };
        let sense = self.sense(segment, at, &number)?;
        let measures = self.measures(segment, at, &number)?;
        self.measure = Some(measures.clone());
        if let Some(done) = self.of_departure(segment, &number, sense, &measures)? {
            self.settle(done, &number, at);
            return Ok(());
        }
        let mut keys = Vec::new();
        for reading in &segment.readings {
            for measure in &measures {
                self.keys(&mut keys, segment, at, (reading, *measure), sense)?;
            }
        }
        let direction = match sense {
            Sense::Difference(direction) => direction,
            _ => None,
        };
        self.hold(&number, direction, &keys, at)
    }

    /// Adds the keys under which a number may be meant.
    pub(super) fn keys(
        &self,
        keys: &mut Vec<Key>,
        segment: &Segment,
        at: usize,
        (subject, measure): (&Subject, Measure),
        sense: Sense,
    ) -> Result<(), String> {
        let key = |how| Key {
            subject: subject.clone(),
            measure,
            how,
        };
        let is_percent = self.number(at).is_some_and(|n| n.unit == Unit::Percent);
        match sense {
            Sense::Level(month) => keys.push(key(How::Level(month))),
            Sense::Share if self.is_of_before(segment) => {
                return Err("of the month before, the facts have no shares".to_owned());
            }
            Sense::Difference(_) | Sense::Factor
                if self.is_of_before(segment) && !self.has_other_month(segment) =>
            {
                return Err("only the month is held against the one before".to_owned());
            }
            Sense::Difference(_) if is_percent => keys.push(key(How::Growth)),
            Sense::Difference(_) => keys.push(key(How::Difference)),
            Sense::Factor => keys.push(key(How::Factor)),
            Sense::Share => {
                for (part, of, of_measure) in self.shares(segment, at, subject, measure)? {
                    keys.push(Key {
                        subject: part,
                        measure,
                        how: How::Share(of, of_measure),
                    });
                }
            }
            Sense::Expected | Sense::AtMost => {
                return Err("no departure of that name has such a number".to_owned());
            }
        }
        Ok(())
    }

    /// Says whether a number is the value under its keys: under all, where there are several.
    pub(super) fn hold(
        &mut self,
        number: &Number,
        direction: Option<WordClass>,
        keys: &[Key],
        at: usize,
    ) -> Result<(), String> {
        let (mut held, mut failed) = (0, None);
        let mut missing = None;
        for key in keys {
            if !fits_unit(number, key) {
                missing = Some("its unit is not that of what is counted".to_owned());
                continue;
            }
            match self.ledger.value(key) {
                Ok(value) if is_value(number, direction, value) => {
                    held += 1;
                    let is_silent = value.num == 0 && matches!(key.how, How::Level(_));
                    if is_silent && !self.ledger.may_be_absent() {
                        missing = Some(INCOMPLETE.to_owned());
                    }
                }
                Ok(value) => failed = Some(self.ledger.say(key, value)),
                Err(why) => missing = Some(why),
            }
        }
        match (held, failed, missing) {
            (_, _, Some(why)) => Err(why),
            (0, None, None) => Err("what it counts is not said".to_owned()),
            (_, None, None) => {
                self.out.proved += 1;
                Ok(())
            }
            (0, Some(said), None) => {
                let text = shown(self.text(at));
                self.denied(format!("{text}: the facts say {said}"));
                Ok(())
            }
            (_, Some(said), None) => Err(format!(
                "it can be read in more than one way; read otherwise, the facts say {said}"
            )),
        }
    }

    pub(super) fn settle(&mut self, done: Result<(), String>, number: &Number, at: usize) {
        debug_assert!(number.mantissa >= 0, "the sign stands by itself");
        match done {
            Ok(()) => self.out.proved += 1,
            Err(said) => {
                let text = shown(self.text(at));
                self.denied(format!("{text}: the facts say {said}"));
            }
        }
    }

    /// Finds how a number stands to what it counts.
    pub(super) fn sense(
        &mut self,
        segment: &Segment,
        at: usize,
        number: &Number,
    ) -> Result<Sense, String> {
        let before = self.before(segment, at)?;
        let after = self.after(segment, at)?;
        let is_change = |class: Option<WordClass>| {
            class.filter(|class| matches!(class, WordClass::Up | WordClass::Down))
        };
        if number.unit == Unit::Times {
            if is_change(before.and_then(|at| self.class(at))).is_some() {
                return Err("it may be how often something happened".to_owned());
            }
            if ["as many", "as much"].contains(&self.lower(at + 1).as_str()) {
                self.use_up(at + 1);
            }
            return Ok(Sense::Factor);
        }
        if let Some(at) = before
            && let Some(class) = self.class(at)
        {
            let text = self.text(at).to_ascii_lowercase();
            match class {
                WordClass::Up | WordClass::Down if text.ends_with("from") => {
                    // The direction is a claim of its own.
                    self.direction = Some(class);
                    return Ok(Sense::Level(Month::Before));
                }
                WordClass::Up | WordClass::Down if BOUNDS.contains(&text.as_str()) => {
                    return Err("a bound is no number of the facts".to_owned());
                }
                WordClass::Up | WordClass::Down => {
                    self.needs_base(segment, at)?;
                    self.use_up(at);
                    self.direction = Some(class);
                    return Ok(Sense::Difference(Some(class)));
                }
                WordClass::Neutral if ["more than", "less than"].contains(&text.as_str()) => {
                    return Err("a bound is no number of the facts".to_owned());
                }
                WordClass::Top | WordClass::Bottom => {
                    return Err("so many of a list are not held against the facts".to_owned());
                }
                WordClass::Approximate if text == "at most" => {
                    self.use_up(at);
                    return Ok(Sense::AtMost);
                }
                _ => {}
            }
        }
        let cue = before.and_then(|at| self.what(at).cloned());
        if let Some(at) = after
            && let Some(class) = is_change(self.class(at))
        {
            self.needs_base(segment, at)?;
            self.use_up(at);
            self.direction = Some(class);
            return Ok(Sense::Difference(Some(class)));
        }
        let near = || {
            (segment.start..segment.end)
                .rev()
                .find_map(|at| is_change(self.class(at)))
        };
        match cue {
            Some(What::Cue(Cue::By)) => {
                let class = near().or(self.direction);
                let class = class.ok_or("by what which way is not said")?;
                self.use_directions(segment, class);
                return Ok(Sense::Difference(Some(class)));
            }
            Some(What::Cue(Cue::Of)) => {
                let noun = before.and_then(|at| at.checked_sub(1));
                if let Some(noun) = noun
                    && let Some(class) = is_change(self.class(noun))
                {
                    self.use_up(noun);
                    self.direction = Some(class);
                    return Ok(Sense::Difference(Some(class)));
                }
            }
            Some(What::Cue(Cue::Than)) => {
                let word = before.and_then(|at| at.checked_sub(1));
                if is_change(word.and_then(|at| self.class(at))).is_some() {
                    self.use_cue(word);
                    return Err("a bound is no number of the facts".to_owned());
                }
            }
            Some(What::Cue(Cue::Expected)) => {
                self.use_cue(before);
                return Ok(Sense::Expected);
            }
            _ => {}
        }
        if self.is_expected_after(at) {
            return Ok(Sense::Expected);
        }
        if number.sign.is_some() {
            return Ok(Sense::Difference(None));
        }
        if matches!(number.unit, Unit::Percent | Unit::Wari) {
            return Ok(Sense::Share);
        }
        Ok(Sense::Level(self.month_at(segment, at, cue)?))
    }

    /// "5 more types": than what has to be said.
    fn needs_base(&self, segment: &Segment, at: usize) -> Result<(), String> {
        if self.compares(at) && !self.has_base(segment) {
            return Err("compared with what is not said".to_owned());
        }
        Ok(())
    }

    /// Says whether something else than the month before stands beside it.
    fn has_other_month(&self, segment: &Segment) -> bool {
        (segment.start..segment.end).any(|at| {
            matches!(
                self.what(at),
                Some(What::Cue(Cue::From | Cue::Than | Cue::Compared))
            )
        })
    }

    pub(super) fn use_cue(&mut self, at: Option<usize>) {
        if let Some(at) = at {
            self.use_up(at);
        }
    }

    /// "2.1 expected", "2.1 real changes expected".
    pub(super) fn is_expected_after(&mut self, at: usize) -> bool {
        let place = (at + 1..at + 4)
            .find(|at| !matches!(self.what(*at), Some(What::Plain | What::Measure(_))));
        let Some(place) = place else {
            return false;
        };
        let is_it = self.what(place) == Some(&What::Cue(Cue::Expected));
        if is_it {
            self.use_up(place);
        }
        is_it
    }

    pub(super) fn use_directions(&mut self, segment: &Segment, class: WordClass) {
        self.direction = Some(class);
        for at in segment.start..segment.end {
            if self.class(at) == Some(class) {
                self.use_up(at);
            }
        }
    }

    /// Finds what stands before a number, past words that change nothing.
    pub(super) fn before(&mut self, segment: &Segment, at: usize) -> Result<Option<usize>, String> {
        for place in (segment.start..at).rev() {
            match self.what(place) {
                Some(What::Plain) if ARTICLES.contains(&self.lower(place).as_str()) => {}
                Some(What::Word(WordClass::Approximate)) => {
                    let text = self.lower(place);
                    if text == "at most" {
                        return Ok(Some(place));
                    }
                    if !ABOUT.contains(&text.as_str()) {
                        return Err("a bound is no number of the facts".to_owned());
                    }
                    self.use_up(place);
                }
                Some(What::Word(WordClass::Universal))
                    if ["only", "exactly", "just"].contains(&self.lower(place).as_str()) =>
                {
                    self.use_up(place);
                }
                _ => return Ok(Some(place)),
            }
        }
        Ok(None)
    }

    /// Finds the word after a number, or after it and what it counts, that says which way it went.
    pub(super) fn after(&mut self, segment: &Segment, at: usize) -> Result<Option<usize>, String> {
        let mut place = at + 1;
        let is_ja = self.lexicon == Language::Ja;
        if is_ja && self.class(place) == Some(WordClass::Approximate) && place < segment.end {
            if !ABOUT.contains(&self.lower(place).as_str()) {
                return Err("a bound is no number of the facts".to_owned());
            }
            self.use_up(place);
            place += 1;
        }
        if is_ja && matches!(self.what(place), Some(What::Plain)) {
            if !["の", "も", "だけ", "ほど", "ずつ"].contains(&self.text(place)) {
                return Ok(None);
            }
            place += 1;
        }
        let is_measure = matches!(self.what(place), Some(What::Measure(_)));
        let passed = !is_ja && is_measure;
        if passed {
            place += 1;
        }
        let is_change = matches!(self.class(place), Some(WordClass::Up | WordClass::Down))
            && place < segment.end;
        let text = self.lower(place);
        // "77 items, up from 41" and "77 rose" say nothing of the 77.
        let is_adverb = is_ja || COMPARATIVES.contains(&text.as_str());
        // "43 more than" is a difference; "items over 43" was none.
        Ok((is_change && is_adverb).then_some(place))
    }

    pub(super) fn lower(&self, at: usize) -> String {
        self.text(at).to_ascii_lowercase()
    }

    /// Finds of which month a number is.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a cue is spent where it is used"
    )]
    pub(super) fn month_at(
        &self,
        segment: &Segment,
        at: usize,
        cue: Option<What>,
    ) -> Result<Month, String> {
        let moves = (segment.start..segment.end)
            .any(|at| matches!(self.class(at), Some(WordClass::Up | WordClass::Down)));
        let after = self.what(at + 1);
        let is_from = match self.lexicon {
            Language::En => cue == Some(What::Cue(Cue::From)),
            Language::Ja => after == Some(&What::Cue(Cue::From)),
        };
        let is_to = match self.lexicon {
            Language::En => cue == Some(What::Cue(Cue::To)),
            Language::Ja => moves && matches!(self.text(at + 1), "に" | "へ" | "まで"),
        };
        let mut near = None;
        let next = (at + 1..segment.end)
            .take(5)
            .take_while(|at| !matches!(self.what(*at), Some(What::Number(_) | What::Break(_))));
        for place in next {
            if let Some(What::Month(month, false)) = self.what(place) {
                near.get_or_insert(*month);
            }
        }
        if self.lexicon == Language::Ja {
            // 前月の 41 件: the month stands before.
            let mut back = (segment.start..at)
                .rev()
                .take(6)
                .take_while(|at| !matches!(self.what(*at), Some(What::Number(_) | What::Break(_))));
            near = back.find_map(|at| match self.what(at) {
                Some(What::Month(month, false)) => Some(*month),
                _ => None,
            });
        }
        if cue == Some(What::Cue(Cue::Than)) {
            return near
                .filter(|month| *month == Month::Before)
                .ok_or_else(|| "what it is compared with is not said".to_owned());
        }
        let cued = match (is_from && moves, is_to && moves) {
            (true, _) => Some(Month::Before),
            (_, true) => Some(Month::Now),
            _ if is_from && near.is_none() => {
                return Err("from what it is a number is not said".to_owned());
            }
            _ => None,
        };
        // "more than in October (82)"
        let bracketed = at
            .checked_sub(2)
            .and_then(|before| match self.what(before) {
                Some(What::Month(month, _)) if self.what(before + 1) == Some(&What::Break('(')) => {
                    Some(*month)
                }
                _ => None,
            });
        match (cued, near.or(bracketed)) {
            (Some(cued), Some(near)) if cued != near => {
                Err("of which month it is cannot be told".to_owned())
            }
            (Some(month), _) | (None, Some(month)) => Ok(month),
            (None, None) if segment.is_mixed => {
                Err("of which month it is cannot be told".to_owned())
            }
            (None, None) => Ok(segment.month),
        }
    }
}

pub(super) fn is_value(number: &Number, direction: Option<WordClass>, value: Ratio) -> bool {
    let Some(direction) = direction else {
        return value.is(number);
    };
    let down = direction == WordClass::Down;
    if number.sign.is_some_and(|minus| minus != down) {
        return false;
    }
    let signed = Number {
        sign: Some(down),
        ..number.clone()
    };
    // No difference is neither up nor down.
    value.num != 0 && value.is(&signed)
}

/// Absence proves nothing where recording may have been off.
pub(super) const INCOMPLETE: &str =
    "recording may have been off somewhere: that nothing was recorded proves nothing";
