//! A sentence by its clauses: what each is about, and what it carries on from those before.

use super::{
    Outcome,
    key::Ledger,
    measures::{Cue, Measure, Month},
    names::Name,
    numerals::Number,
    saying::{claims, is_break, is_claim, is_of_kind},
    subject::Subject,
    token::{Token, What},
};
use crate::summary::Language;
use crate::summary::{facts::EntityKind, proof::words::WordClass};

/// A part of a sentence.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Begins with what something is compared with.
    pub(super) compared: bool,
    /// What it may be about; one of them where the text can be read in more than one way.
    pub(super) readings: Vec<Subject>,
    /// What it names itself.
    pub(super) own: Subject,
    pub(super) month: Month,
    /// Names both months: each number has to say of which it is.
    pub(super) is_mixed: bool,
}

/// A place in a list that a clause claimed: "followed by" is the next.
#[derive(Debug, Clone)]
pub(super) struct Ranked {
    pub(super) place: u64,
    pub(super) kind: EntityKind,
    pub(super) condition: Subject,
    pub(super) measures: Vec<Measure>,
}

pub(super) struct Sentence<'s, 'f> {
    pub(super) tokens: Vec<Token>,
    /// Whether a token was held against the facts.
    pub(super) used: Vec<bool>,
    /// First token of the part, between two breaks, that each token is of.
    pub(super) part: Vec<usize>,
    pub(super) lexicon: Language,
    pub(super) ledger: &'s mut Ledger<'f>,
    pub(super) out: Outcome,
    /// What headings name.
    context: Subject,
    /// Carried on from clause to clause.
    pub(super) subject: Subject,
    pub(super) month: Month,
    pub(super) measure: Option<Vec<Measure>>,
    pub(super) direction: Option<WordClass>,
    pub(super) ranked: Option<Ranked>,
    /// What does not hold, as far as it is understood.
    denied: Vec<String>,
    /// The number that another one is a part of: "37 of the 76 items".
    pub(super) whole_at: Option<usize>,
    /// How many clauses have named something.
    named: usize,
    /// Whether it is not: then nothing is contradicted.
    pub(super) is_unclear: bool,
    pub(super) first: Subject,
}

impl<'s, 'f> Sentence<'s, 'f> {
    pub(super) fn new(
        tokens: Vec<Token>,
        lexicon: Language,
        ledger: &'s mut Ledger<'f>,
        context: Subject,
    ) -> Self {
        let mut part = Vec::with_capacity(tokens.len());
        let mut start = 0;
        for (at, token) in tokens.iter().enumerate() {
            // "64 of them were …" goes on; "77 items, of which 64 …" begins anew.
            let before = at.checked_sub(1).and_then(|at| tokens.get(at));
            let goes_on = token.what == What::Cue(Cue::OfThem)
                && before.is_some_and(|token| matches!(token.what, What::Number(_)));
            if is_break(&token.what) && !goes_on {
                start = at;
            }
            part.push(start);
        }
        Self {
            used: vec![false; tokens.len()],
            part,
            tokens,
            lexicon,
            ledger,
            out: Outcome::default(),
            subject: context.clone(),
            context,
            month: Month::Now,
            measure: None,
            direction: None,
            ranked: None,
            denied: Vec::new(),
            whole_at: None,
            named: 0,
            is_unclear: false,
            first: Subject::default(),
        }
    }

    /// What the first clause names: a heading's subject.
    pub(super) fn first_subject(&self) -> Subject {
        self.first.clone()
    }

    /// Holds the sentence against the facts.
    pub(super) fn judge(&mut self, text: &str) -> Outcome {
        if !self.is_claim() {
            return Outcome::default();
        }
        self.limits(text);
        self.things();
        self.labels();
        for mut segment in self.segments() {
            self.about(&mut segment);
            self.numbers(&segment);
            self.claims(&segment);
            self.carry(&segment);
        }
        self.leftovers();
        let denied = std::mem::take(&mut self.denied);
        if self.is_unclear {
            self.out.unproved.extend(denied);
        } else {
            self.out.contradicted.extend(denied);
        }
        std::mem::take(&mut self.out)
    }

    /// Says whether there is anything to hold against the facts.
    pub(super) fn is_claim(&self) -> bool {
        let has = |is_it: fn(&What) -> bool| self.tokens.iter().any(|token| is_it(&token.what));
        let counts = has(|what| matches!(what, What::Measure(_)));
        let vague = has(|what| {
            matches!(
                what,
                What::Word(WordClass::Approximate | WordClass::Number | WordClass::Universal)
            )
        });
        has(claims) || (counts && vague)
    }

    pub(super) fn what(&self, at: usize) -> Option<&What> {
        self.tokens.get(at).map(|token| &token.what)
    }

    pub(super) fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    pub(super) fn number(&self, at: usize) -> Option<&Number> {
        match self.what(at) {
            Some(What::Number(Some(number))) => Some(number),
            _ => None,
        }
    }

    pub(super) fn class(&self, at: usize) -> Option<WordClass> {
        match self.what(at) {
            Some(What::Word(class)) => Some(*class),
            _ => None,
        }
    }

    pub(super) fn use_up(&mut self, at: usize) {
        if let Some(used) = self.used.get_mut(at) {
            *used = true;
        }
    }

    pub(super) fn is_used(&self, at: usize) -> bool {
        self.used.get(at).copied().unwrap_or(true)
    }

    pub(super) fn unproved(&mut self, finding: impl Into<String>) {
        self.out.unproved.push(finding.into());
    }

    pub(super) fn denied(&mut self, finding: impl Into<String>) {
        self.denied.push(finding.into());
    }

    /// Something in the sentence is not understood: then nothing in it is false for sure.
    pub(super) fn unclear(&mut self, finding: impl Into<String>) {
        self.is_unclear = true;
        self.unproved(finding);
    }

    /// "account 111122223333": the noun counts nothing.
    pub(super) fn labels(&mut self) {
        for at in 0..self.tokens.len() {
            let Some(What::Measure(measure)) = self.what(at) else {
                continue;
            };
            let Some(kind) = measure.label_of() else {
                continue;
            };
            let names = |at: Option<usize>| {
                let what = at.and_then(|at| self.what(at));
                matches!(what, Some(What::Name(name)) if is_of_kind(name, kind))
            };
            let counted = at.checked_sub(1).and_then(|at| self.number(at)).is_some();
            if !counted && (names(at.checked_sub(1)) || names(Some(at + 1))) {
                self.use_up(at);
            }
        }
    }

    /// Divides the sentence; parts that claim nothing belong to a part beside.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let mut parts: Vec<(usize, usize)> = Vec::new();
        for (at, start) in self.part.iter().enumerate() {
            match parts.last_mut() {
                Some((first, end)) if first == start => *end = at + 1,
                _ => parts.push((*start, at + 1)),
            }
        }
        let claims_in = |(start, end): &(usize, usize)| {
            let mut whats = (*start..*end).filter_map(|at| self.what(at));
            whats.any(is_claim)
        };
        let mut segments: Vec<(usize, usize, bool)> = Vec::new();
        let mut pending: Option<usize> = None;
        let count = parts.len();
        for (place, part) in parts.iter().enumerate() {
            let (start, end) = *part;
            if claims_in(part) {
                segments.push((pending.take().unwrap_or(start), end, true));
                continue;
            }
            let is_last = !parts.iter().skip(place + 1).take(count).any(claims_in);
            if pending.is_none()
                && !segments.is_empty()
                && (is_last || self.looks_back(part, &parts, place))
            {
                if let Some(last) = segments.last_mut() {
                    last.1 = end;
                }
            } else if pending.is_none() {
                pending = Some(start);
            }
        }
        if let Some(start) = pending {
            match segments.last_mut() {
                Some(last) => last.1 = self.tokens.len(),
                None => segments.push((start, self.tokens.len(), false)),
            }
        }
        segments
            .into_iter()
            .map(|(start, end, _)| Segment {
                start,
                end,
                compared: matches!(self.what(start), Some(What::Cue(Cue::Compared))),
                readings: Vec::new(),
                own: Subject::default(),
                month: Month::Now,
                is_mixed: false,
            })
            .collect()
    }

    /// Says whether a part without a claim belongs to the clause before it: what stands in
    /// brackets, and what a comma parts on both sides or closes.
    pub(super) fn looks_back(
        &self,
        part: &(usize, usize),
        parts: &[(usize, usize)],
        place: usize,
    ) -> bool {
        let opened = self.what(part.0);
        let next = parts.get(place + 1).and_then(|next| self.what(next.0));
        match (opened, next) {
            // A name and what is said of it in brackets.
            (_, Some(What::Break('('))) => false,
            (Some(What::Break('(')), _)
            | (Some(What::Break(',' | '、')), Some(What::Break('&' | ';'))) => true,
            _ => false,
        }
    }

    /// Finds what a segment is about, and of which month.
    pub(super) fn about(&mut self, segment: &mut Segment) {
        let mut combinations = vec![Subject::default()];
        let mut place = None;
        for at in segment.start..segment.end {
            let Some(What::Name(name)) = self.what(at).cloned() else {
                continue;
            };
            self.use_up(at);
            match name {
                // Held against the facts when it is known what else is named.
                Name::Title(_) => {}
                Name::Known(subjects) => {
                    place.get_or_insert(at);
                    combinations = self.combine(combinations, &subjects, at);
                }
                Name::Wrong(finding) => self.denied(finding),
                Name::Obscure(finding) => self.unproved(finding),
                Name::Unseen(finding) => {
                    let absent = (segment.start..segment.end)
                        .any(|at| self.class(at) == Some(WordClass::Absent));
                    if absent {
                        self.unclear(finding);
                    } else {
                        self.denied(finding);
                    }
                }
            }
        }
        if combinations.len() > 1 {
            self.unclear("a name stands for more than one thing: say which account and type");
        }
        segment.own = combinations.into_iter().next().unwrap_or_default();
        if self.first.is_empty() {
            self.first = segment.own.clone();
        }
        segment.readings = self.readings(segment, place);
        segment.month = self.month_of(segment);
        let named = self.months_in(segment);
        segment.is_mixed = named.contains(&Month::Now) && named.contains(&Month::Before);
    }

    pub(super) fn combine(
        &mut self,
        so_far: Vec<Subject>,
        named: &[Subject],
        at: usize,
    ) -> Vec<Subject> {
        let mut combined: Vec<Subject> = Vec::new();
        for one in &so_far {
            for other in named.iter().filter(|other| one.agrees(other)) {
                let mut both = one.clone();
                both.narrow(other);
                if !combined.contains(&both) {
                    combined.push(both);
                }
            }
        }
        combined.truncate(MOST_READINGS);
        if !combined.is_empty() {
            return combined;
        }
        let of_resource = |all: &[Subject]| all.iter().any(|subject| subject.resource.is_some());
        let two_resources = of_resource(&so_far) && of_resource(named);
        if (of_resource(&so_far) || of_resource(named)) && !two_resources {
            let name = super::names::shown(self.text(at));
            self.denied(format!(
                "{name} does not go with the resource named beside it"
            ));
        } else {
            self.unclear("names two of a kind in one clause: what is said of which cannot be told");
        }
        so_far
    }

    /// What a segment may be about, with what was said before.
    pub(super) fn readings(&mut self, segment: &Segment, place: Option<usize>) -> Vec<Subject> {
        let own = &segment.own;
        let is_whole =
            (segment.start..segment.end).any(|at| self.class(at) == Some(WordClass::Whole));
        if is_whole {
            return self.of_the_whole(segment);
        }
        if own.is_empty() {
            return vec![self.subject.clone()];
        }
        if own.resource.is_some() {
            return vec![own.clone()];
        }
        let mut fresh = self.context.clone();
        if fresh.resource.is_some() {
            fresh = Subject::default();
        }
        fresh.narrow(own);
        if self.subject.resource.is_some() {
            return vec![fresh];
        }
        let mut merged = self.subject.clone();
        merged.narrow(own);
        let replaces = own
            .kinds()
            .iter()
            .any(|kind| self.subject.kinds().contains(kind));
        let first_number =
            (segment.start..segment.end).find(|at| matches!(self.what(*at), Some(What::Number(_))));
        let leads = place.is_some_and(|place| first_number.is_none_or(|number| place < number));
        let of_them = (segment.start..segment.end)
            .any(|at| matches!(self.what(at), Some(What::Cue(Cue::OfThem))));
        let mut readings = vec![merged];
        if (replaces || (leads && !of_them)) && !readings.contains(&fresh) {
            readings.push(fresh);
        }
        readings
    }

    /// "in total" is of everything, or of the one thing that was named.
    fn of_the_whole(&self, segment: &Segment) -> Vec<Subject> {
        let is_sum = (segment.start..segment.end)
            .filter(|at| self.class(*at) == Some(WordClass::Whole))
            .all(|at| SUMS.contains(&self.lower(at).as_str()));
        let mut readings = vec![segment.own.clone()];
        let mut named = self.subject.clone();
        named.narrow(&segment.own);
        if is_sum && self.named < 2 && !readings.contains(&named) {
            readings.push(named);
        }
        readings
    }

    pub(super) fn month_of(&mut self, segment: &Segment) -> Month {
        for at in segment.start..segment.end {
            if self.what(at) == Some(&What::Elsewhere) {
                self.use_up(at);
                self.unclear(format!(
                    "{} is not one of the months that the facts are about",
                    super::names::shown(self.text(at))
                ));
            }
        }
        let named = self.months_in(segment);
        let has_now = named.contains(&Month::Now);
        let has_before = named.contains(&Month::Before);
        match (has_now, has_before) {
            (true, false) => Month::Now,
            (false, true) => Month::Before,
            (false, false) if segment.compared && segment.own.is_empty() => Month::Before,
            _ => self.month,
        }
    }

    /// Months that something is said of.
    fn months_in(&self, segment: &Segment) -> Vec<Month> {
        let months = (segment.start..segment.end).filter_map(|at| match self.what(at) {
            Some(What::Month(month, false)) => Some(*month),
            _ => None,
        });
        months.collect()
    }

    /// Says whether something is said of the month before, alone or beside the month.
    pub(super) fn is_of_before(&self, segment: &Segment) -> bool {
        let named = self.months_in(segment);
        if named.is_empty() {
            self.month == Month::Before
        } else {
            named.contains(&Month::Before)
        }
    }

    /// Hands a clause's subject on.
    pub(super) fn carry(&mut self, segment: &Segment) {
        if let Some(subject) = segment.readings.first() {
            self.subject = subject.clone();
        }
        self.named += usize::from(!segment.own.is_empty());
        // What is compared with is named once.
        if !segment.compared {
            let says = (segment.start..segment.end)
                .any(|at| matches!(self.what(at), Some(What::Month(_, false))));
            if says {
                self.month = segment.month;
            }
        }
    }
}

const MOST_READINGS: usize = 16;
/// Words for a sum of what was named.
const SUMS: &[&str] = &["in total", "in all", "altogether", "合計", "総計", "全部で"];
