//! What a number counts: the words around it.

use super::{
    clause::{Segment, Sentence},
    key::is_money,
    measures::{Base, Cue, Kinds, Measure},
    names::Name,
    numerals::{Number, Unit},
    subject::Subject,
    token::What,
};
use crate::summary::Language;
use crate::{
    domain::ChangeKind,
    summary::{facts::EntityKind, proof::words::WordClass},
};

impl Sentence<'_, '_> {
    /// Finds what a number counts; several where the text leaves it open.
    pub(super) fn measures(
        &mut self,
        segment: &Segment,
        at: usize,
        number: &Number,
    ) -> Result<Vec<Measure>, String> {
        let is_whole = self.whole_at == Some(at);
        let mut kinds = self.kinds_near(at);
        if is_whole {
            // The kind is that of the part.
            kinds.clear();
        }
        for (place, _) in &kinds {
            self.use_up(*place);
        }
        let mut kinds: Vec<Kinds> = kinds.into_iter().map(|(_, kinds)| kinds).collect();
        kinds.dedup();
        if kinds.len() > 1 {
            return Err("two kinds of change are named beside it".to_owned());
        }
        let kind = kinds.first().copied();
        if let Some(part) = self.part_of_number(segment, at, kind)? {
            return Ok(vec![part]);
        }
        let whole = self.whole_of(segment, at);
        if let Some((place, _)) = whole {
            self.use_up(place);
            self.use_all_of(at, place);
        }
        let found = match self.right(segment, at) {
            Some(found) => Some(found),
            None => self.left(segment, at)?,
        };
        let found = match (found, whole) {
            (None, Some((place, of))) => Some(self.part_after(segment, place).unwrap_or(of)),
            _ => found,
        };
        let found = found.or_else(|| self.in_brackets(at));
        let found = found.map(|measure| self.is_said_to_be(segment, at, measure));
        if found.is_some_and(|found| found.base == Base::Days) && !self.counts_days(at) {
            return Err("only days on which there was something are counted".to_owned());
        }
        if found.is_some_and(|found| kind.is_none() && self.only_exists(segment, found)) {
            return Err("what there is is not counted, only what had items".to_owned());
        }
        let is_of_time = matches!(number.counter, Some("日間" | "日中"));
        if is_of_time || found.is_none() && self.is_of_something(at) {
            return Err("what it counts is not said".to_owned());
        }
        let measures = match found {
            Some(measure) => vec![of_kind(measure, kind)?],
            None => match (kind, &self.measure) {
                (Some(kind), carried) => {
                    let resources = carried
                        .as_ref()
                        .is_some_and(|all| all.iter().any(|m| m.base == Base::Resources));
                    let counted = number.counter == Some("個");
                    let base = |base| Measure { base, kinds: kind };
                    if resources || counted {
                        vec![base(Base::Resources)]
                    } else {
                        vec![base(Base::Items), base(Base::Resources)]
                    }
                }
                (None, Some(carried)) => carried.clone(),
                (None, None) if number.unit == Unit::Usd => vec![Measure::of(Base::Cost)],
                (None, None) => return Err("what it counts is not said".to_owned()),
            },
        };
        if number.unit == Unit::Usd {
            return measures.into_iter().map(money).collect();
        }
        // Numbers of a kind carry on: "28 resources were deleted, in 3 accounts".
        let mut all = measures.clone();
        if let (Some(carried), None) = (&self.measure, kind) {
            for measure in &measures {
                let spans = matches!(measure.base, Base::Accounts | Base::Regions | Base::Types);
                let carried = carried.iter().find(|m| m.kinds != Kinds::Any);
                if let Some(carried) = carried.filter(|_| spans && found.is_some()) {
                    all.push(Measure {
                        kinds: carried.kinds,
                        ..*measure
                    });
                }
            }
        }
        Ok(all)
    }

    /// "Real changes (37)": what stands before the bracket, where nothing was counted yet.
    fn in_brackets(&mut self, at: usize) -> Option<Measure> {
        let noun = at.checked_sub(2).filter(|_| self.measure.is_none())?;
        let is_open = self.what(at - 1) == Some(&What::Break('('));
        let is_closed = matches!(self.what(at + 1), None | Some(What::Break(')')));
        let Some(What::Measure(measure)) = self.what(noun) else {
            return None;
        };
        let measure = *measure;
        if !is_open || !is_closed || self.is_used(noun) {
            return None;
        }
        let mut kinds = self.kinds_near(noun);
        let kind = kinds.pop();
        if !kinds.is_empty() {
            return None;
        }
        let measure = of_kind(measure, kind.map(|(_, kind)| kind)).ok()?;
        self.use_up(noun);
        if let Some((place, _)) = kind {
            self.use_up(place);
        }
        Some(measure)
    }

    /// "76 months", "76 parts": a noun that the facts do not count.
    fn is_of_something(&self, at: usize) -> bool {
        self.lexicon == Language::En
            && self.what(at + 1) == Some(&What::Plain)
            && UNCOUNTED.contains(&self.lower(at + 1).as_str())
    }

    /// What stands after a number: "77 items", "64 of them were real changes", "64 件の変更".
    pub(super) fn right(&mut self, segment: &Segment, at: usize) -> Option<Measure> {
        let is_ja = self.lexicon == Language::Ja;
        let (mut direct, mut kind_seen) = (true, false);
        for place in (at + 1..segment.end).take(8) {
            match self.what(place)? {
                What::Measure(measure) => {
                    let measure = *measure;
                    if self.is_used(place) {
                        return None;
                    }
                    self.use_up(place);
                    return Some(measure);
                }
                What::Word(class)
                    if super::saying::kinds_of(*class, self.text(place)).is_some() =>
                {
                    kind_seen = true;
                }
                What::Word(WordClass::Up | WordClass::Down)
                    if COMPARATIVES.contains(&self.lower(place).as_str()) => {}
                What::Word(WordClass::Neutral) => {}
                What::Word(WordClass::Approximate) if is_ja && place == at + 1 => {}
                What::Plain if is_ja => {
                    let text = self.text(place);
                    if !(kind_seen || ["の", "が", "を"].contains(&text)) {
                        return None;
                    }
                    direct &= text == "の" || kind_seen;
                }
                What::Plain if FILLERS.contains(&self.lower(place).as_str()) => {
                    direct &= ADJECTIVES.contains(&self.lower(place).as_str());
                }
                What::Cue(Cue::OfThem) => direct = false,
                What::Cue(Cue::Of) if self.number(at)?.unit == Unit::Percent => {
                    // What it is a share of is found by itself.
                    return None;
                }
                What::Name(name) if direct && is_type(name) => {
                    return Some(Measure::of(Base::Resources));
                }
                _ => return None,
            }
        }
        None
    }

    /// What stands before a number: "items: 77", "items rose by 36".
    pub(super) fn left(&mut self, segment: &Segment, at: usize) -> Result<Option<Measure>, String> {
        let mut found: Vec<(usize, Measure)> = Vec::new();
        for place in (segment.start..at).rev() {
            match self.what(place) {
                Some(What::Number(_)) => break,
                Some(What::Measure(measure)) if !self.is_used(place) => {
                    found.push((place, *measure));
                }
                _ => {}
            }
        }
        let mut distinct: Vec<Measure> = found.iter().map(|(_, measure)| *measure).collect();
        distinct.dedup();
        // A noun for what is named counts nothing where something else is counted.
        match distinct.as_slice() {
            [] => Ok(None),
            [measure] => {
                for (place, _) in &found {
                    self.use_up(*place);
                }
                Ok(Some(*measure))
            }
            _ => Err("which of the things named before it is counted cannot be told".to_owned()),
        }
    }

    /// Finds parts and wholes of a share: `(part, whole, counted of the whole)`.
    pub(super) fn shares(
        &self,
        segment: &Segment,
        at: usize,
        subject: &Subject,
        measure: Measure,
    ) -> Result<Vec<(Subject, Subject, Measure)>, String> {
        let kinds = subject.kinds();
        let own = segment.own.kinds();
        let items = Measure::of(Base::Items);
        let named = self.whole_of(segment, at).map(|(_, measure)| measure);
        let whole = |kind: Option<&EntityKind>| {
            kind.map_or_else(Subject::default, |kind| subject.without(*kind))
        };
        let of_all = |of: Measure| match own.as_slice() {
            [kind] if kinds.len() == 1 => Ok((subject.clone(), whole(Some(kind)), of)),
            _ => Err("a share of what is not said".to_owned()),
        };
        if named.is_some_and(|of| !is_part_of(measure, of)) {
            return Err("it is no part of what it is said to be a share of".to_owned());
        }
        match named {
            Some(of) if of == measure => Ok(vec![of_all(of)?]),
            Some(of) => Ok(vec![(subject.clone(), subject.clone(), of)]),
            None if subject.is_empty() && measure != items => {
                Ok(vec![(subject.clone(), Subject::default(), items)])
            }
            None if measure == items => Ok(vec![of_all(items)?]),
            None => {
                // Of all that is counted so, or of all items of what is named.
                let mut both = vec![(subject.clone(), subject.clone(), items)];
                both.push(of_all(measure)?);
                Ok(both)
            }
        }
    }

    /// "38 items were echoes" counts echoes, "items on 5 days" days.
    pub(super) fn is_said_to_be(
        &mut self,
        segment: &Segment,
        at: usize,
        measure: Measure,
    ) -> Measure {
        if measure.base == Base::Days {
            for place in segment.start..segment.end {
                if self.what(place) == Some(&What::Measure(Measure::of(Base::Items)))
                    && self.number(place.saturating_sub(1)).is_none()
                {
                    self.use_up(place);
                }
            }
        }
        let more = [Measure::of(Base::Items), Measure::of(Base::Changes)].contains(&measure);
        if !more || self.whole_at == Some(at) {
            return measure;
        }
        let mut places = at + 1..segment.end.min(at + 6);
        let noun = places.find(|place| self.what(*place) == Some(&What::Measure(measure)));
        let Some(noun) = noun else {
            return measure;
        };
        let links = self.lower(noun + 1);
        let is_link = ["were", "was", "are", "is", "は", "が"].contains(&links.as_str());
        match self.what(noun + 2) {
            Some(What::Measure(said)) if is_link && noun + 2 < segment.end => {
                let said = *said;
                self.use_up(noun + 2);
                said
            }
            _ => measure,
        }
    }

    /// What a number counts that is said to be a part of another: "37 of the 76 items were real
    /// changes", "4 of the 12 resources were deleted".
    pub(super) fn part_of_number(
        &mut self,
        segment: &Segment,
        at: usize,
        kind: Option<Kinds>,
    ) -> Result<Option<Measure>, String> {
        if self.what(at + 1) != Some(&What::Cue(Cue::Of)) {
            return Ok(None);
        }
        let Some(whole) = (at + 2..segment.end.min(at + 5)).find(|at| self.number(*at).is_some())
        else {
            return Ok(None);
        };
        self.whole_at = Some(whole);
        let mut measures = (whole + 1..segment.end).filter_map(|at| match self.what(at) {
            Some(What::Measure(measure)) if !self.is_used(at) => Some((at, *measure)),
            _ => None,
        });
        let (first, second) = (measures.next(), measures.next());
        match (first, second, kind) {
            (Some(_), Some((place, measure)), None) => {
                self.use_up(place);
                Ok(Some(measure))
            }
            (Some((_, measure)), None, Some(kind)) => of_kind(measure, Some(kind)).map(Some),
            _ => Err("which part it is of the other number is not said".to_owned()),
        }
    }

    /// What is a part of what a share is of: "50 % of the items were echoes".
    pub(super) fn part_after(&mut self, segment: &Segment, place: usize) -> Option<Measure> {
        let (at, measure) = (place + 1..segment.end).find_map(|at| match self.what(at) {
            Some(What::Measure(measure)) if !self.is_used(at) => Some((at, *measure)),
            _ => None,
        })?;
        self.use_up(at);
        Some(measure)
    }

    /// "of all items" is no more than "of the items".
    pub(super) fn use_all_of(&mut self, from: usize, to: usize) {
        for at in from..to {
            if self.class(at) == Some(WordClass::Universal) && self.lower(at) == "all" {
                self.use_up(at);
            }
        }
    }

    /// What a share is said to be of: "42 % of all items", 構成アイテムの 42%.
    pub(super) fn whole_of(&self, segment: &Segment, at: usize) -> Option<(usize, Measure)> {
        let measure = |at| match self.what(at) {
            Some(What::Measure(measure)) => Some((at, *measure)),
            _ => None,
        };
        if self.number(at)?.unit != Unit::Percent {
            return None;
        }
        if self.lexicon == Language::Ja {
            let last = at.checked_sub(2)?;
            let linked = self.text(at - 1) == "の" && last >= segment.start;
            return linked.then(|| measure(last)).flatten();
        }
        if self.what(at + 1) != Some(&What::Cue(Cue::Of)) {
            return None;
        }
        (at + 2..segment.end.min(at + 6)).find_map(measure)
    }
}

/// Says whether what one counts can be a part of what the other counts.
fn is_part_of(part: Measure, of: Measure) -> bool {
    match (part.base, of.base) {
        (part, of) if part == of => true,
        (Base::Changes, Base::Items) => of.kinds == Kinds::Any,
        (Base::Items, Base::Changes) => {
            matches!(part.kinds, Kinds::One(kind) if kind.is_real_change())
        }
        _ => is_money(part) && is_money(of),
    }
}

pub(super) fn is_type(name: &Name) -> bool {
    let Name::Known(subjects) = name else {
        return false;
    };
    subjects
        .iter()
        .all(|subject| subject.kinds() == [EntityKind::Type])
}

pub(super) fn of_kind(measure: Measure, kind: Option<Kinds>) -> Result<Measure, String> {
    let Some(kind) = kind else {
        return Ok(measure);
    };
    let base = match measure.base {
        Base::Items | Base::Changes => Base::Items,
        Base::Cost => Base::Cost,
        base @ (Base::Resources | Base::Accounts | Base::Regions | Base::Types) => base,
        _ => return Err("no kind of change goes with what it counts".to_owned()),
    };
    if measure.kinds != Kinds::Any && measure.kinds != kind {
        return Err("two kinds of change are named beside it".to_owned());
    }
    Ok(Measure { base, kinds: kind })
}

/// What costs so much.
pub(super) fn money(measure: Measure) -> Result<Measure, String> {
    let base = match measure {
        measure if is_money(measure) => return Ok(measure),
        Measure {
            base: Base::Changes,
            kinds: Kinds::Any,
        } => Base::CostOfChanges,
        Measure {
            kinds: Kinds::Echoes,
            ..
        } => Base::CostOfEchoes,
        Measure {
            kinds: Kinds::One(ChangeKind::Compliance),
            ..
        } => Base::CostOfCompliance,
        Measure {
            base: Base::Items,
            kinds: Kinds::Any,
        } => Base::Cost,
        _ => return Err("the facts have no such cost".to_owned()),
    };
    Ok(Measure::of(base))
}

/// What a number may be rounded by without becoming another claim: it still has to hold.
pub(super) const ABOUT: &[&str] = &[
    "about",
    "around",
    "roughly",
    "approximately",
    "circa",
    "some",
    "約",
    "およそ",
    "ほぼ",
    "程度",
    "前後",
    "わずか",
];

pub(super) const ARTICLES: &[&str] = &["the", "a", "an", "just", "was", "were", "is", "are", "at"];

pub(super) const BOUNDS: &[&str] = &[
    "over",
    "above",
    "under",
    "below",
    "exceed",
    "exceeds",
    "exceeded",
    "exceeding",
    "greater",
    "larger",
    "smaller",
    "lower",
    "less",
];

pub(super) const COMPARATIVES: &[&str] =
    &["more", "fewer", "less", "higher", "lower", "up", "down"];

pub(super) const FILLERS: &[&str] = &[
    "were",
    "was",
    "are",
    "is",
    "the",
    "being",
    "been",
    "had",
    "have",
    "total",
    "different",
    "distinct",
    "separate",
    "unique",
    "a",
    "such",
    "these",
    "configuration",
];

/// Nouns that claim nothing by themselves, and that no number of the facts counts.
#[rustfmt::skip] // a word a line would be a screen of lines
const UNCOUNTED: &[&str] = &["month", "months", "service", "services", "way", "ways", "thing",
    "things", "kind", "kinds", "part", "parts", "portion", "portions", "place", "places", "number",
    "numbers", "figure", "figures", "value", "values", "list", "lists", "record", "records",
    "report", "reports", "share", "shares", "environment", "environments", "organisation",
    "organization", "org", "estate", "configuration", "configurations", "count", "counts",
    "section", "table", "details", "summary", "digest", "overview"];

pub(super) const ADJECTIVES: &[&str] = &["total", "different", "distinct", "separate", "unique"];
