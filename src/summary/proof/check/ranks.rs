//! Words that say which is the first of a list, or more than half.

use super::{
    claims::Held,
    clause::{Ranked, Segment, Sentence},
    key::{How, Key},
    measures::{Base, Kinds, Measure, Month},
    subject::Subject,
    token::What,
};
use crate::summary::Language;
use crate::summary::{
    facts::{EntityKind, Value},
    proof::words::WordClass,
};

impl Sentence<'_, '_> {
    /// More than half.
    pub(super) fn majority(&mut self, segment: &Segment, at: usize) -> Held {
        if self.is_of_before(segment) {
            return Held::Unknown(NOT_BEFORE.to_owned());
        }
        let kinds = self.kinds_near(at);
        let free = self.free_measures(segment);
        let named = match free.as_slice() {
            [] => None,
            [(place, measure)] => {
                self.use_up(*place);
                Some(*measure)
            }
            _ => return Held::Unknown("of what is not said".to_owned()),
        };
        let items = Measure::of(Base::Items);
        let own = segment.own.kinds();
        match (kinds.as_slice(), own.as_slice()) {
            ([(place, kinds)], []) => {
                self.use_up(*place);
                let of = named.unwrap_or(items);
                let part = Measure {
                    base: if of.base == Base::Changes {
                        Base::Items
                    } else {
                        of.base
                    },
                    kinds: *kinds,
                };
                self.is_most(segment, part, |subject| (subject.clone(), of))
            }
            ([], [kind]) => {
                let Some(of) = named.or_else(|| self.single()) else {
                    return Held::Unknown("of what is not said".to_owned());
                };
                let kind = *kind;
                self.is_most(segment, of, move |subject| (subject.without(kind), of))
            }
            ([], []) => match named {
                // "The majority of items were real changes" names two; echoes are a measure.
                Some(part) if part.kinds != Kinds::Any => {
                    self.is_most(segment, part, |subject| (subject.clone(), items))
                }
                _ => Held::Unknown("which part is not said".to_owned()),
            },
            _ => Held::Unknown("which part of what is not said".to_owned()),
        }
    }

    pub(super) fn single(&self) -> Option<Measure> {
        match self.measure.as_deref() {
            Some([measure]) => Some(*measure),
            _ => None,
        }
    }

    pub(super) fn is_most(
        &mut self,
        segment: &Segment,
        part: Measure,
        whole: impl Fn(&Subject) -> (Subject, Measure),
    ) -> Held {
        let mut shares = Vec::new();
        for subject in &segment.readings {
            let (of, measure) = whole(subject);
            let key = Key {
                subject: subject.clone(),
                measure: part,
                how: How::Share(of, measure),
            };
            match self.ledger.value(&key) {
                Ok(value) => {
                    shares.push((value.num > value.den * 50, self.ledger.say(&key, value)));
                }
                Err(why) => return Held::Unknown(why),
            }
        }
        let most = shares.iter().filter(|(is_most, _)| *is_most).count();
        match shares.into_iter().find(|(is_most, _)| !is_most) {
            None => Held::Yes,
            Some((_, said)) if most == 0 => Held::No(said),
            Some((_, said)) => Held::Unknown(format!("read otherwise, the facts say {said}")),
        }
    }

    /// Places in lists.
    pub(super) fn ranks(&mut self, segment: &Segment, places: &[(usize, WordClass)]) {
        for (at, class) in places {
            if self.is_used(*at)
                || !matches!(class, WordClass::Top | WordClass::Bottom | WordClass::Next)
                || (self.text(*at).eq_ignore_ascii_case("then") && self.ranked.is_none())
            {
                continue;
            }
            let held = self.rank(segment, *at, *class);
            self.settle_word(held, *at);
        }
    }

    pub(super) fn rank(&mut self, segment: &Segment, at: usize, class: WordClass) -> Held {
        if self.is_of_before(segment) {
            return Held::Unknown(NOT_BEFORE.to_owned());
        }
        let is_after = |place: usize| matches!(self.what(place), Some(What::Name(_)));
        if segment.own.kinds().len() > 1 && !(segment.start..at).any(is_after) {
            return Held::Unknown("what leads which list cannot be told".to_owned());
        }
        let of_change = |class: &WordClass| matches!(class, WordClass::Up | WordClass::Down);
        let is_many = |text: &str| text.starts_with(['多', '少']) || text == "活発";
        for place in segment.start..segment.end {
            if self.class(place).as_ref().is_some_and(of_change) && !self.is_used(place) {
                if self.lexicon == Language::En || !is_many(self.text(place)) {
                    return Held::Unknown("changes are not ranked".to_owned());
                }
                self.use_up(place);
            }
        }
        let place = match class {
            WordClass::Next => match (&self.ranked, self.text(at).to_ascii_lowercase().as_str()) {
                (_, "second" | "second-largest" | "second-most" | "二番目" | "2番目") => 2,
                (_, "third") => 3,
                (Some(ranked), _) => ranked.place + 1,
                (None, _) => return Held::Unknown("next after what is not said".to_owned()),
            },
            _ => 1,
        };
        let Some(kind) = self.ranked_kind(segment) else {
            return Held::Unknown("what leads which list cannot be told".to_owned());
        };
        let Some(subject) = segment.readings.first().cloned() else {
            return Held::Unknown("what leads is not named".to_owned());
        };
        let (condition, measures) = match (&self.ranked, class) {
            (Some(ranked), WordClass::Next) if ranked.kind == kind => {
                (ranked.condition.clone(), ranked.measures.clone())
            }
            _ => (subject.without(kind), self.ranked_by(segment)),
        };
        if measures.is_empty() {
            return Held::Unknown("by what it is ranked cannot be told".to_owned());
        }
        let is_majority = class == WordClass::Top && self.is_bare_most(at);
        let last = class == WordClass::Bottom;
        let ranked = Ranked {
            place,
            kind,
            condition,
            measures,
        };
        let held = self.hold_rank(&subject, &ranked, last);
        if is_majority
            && matches!(held, Held::Yes)
            && let [measure] = ranked.measures.as_slice()
        {
            // "Most items": the first place is not enough.
            let measure = *measure;
            let most = self.is_most(segment, measure, |subject| (subject.without(kind), measure));
            return match most {
                Held::No(said) => Held::Unknown(format!("not more than half: {said}")),
                held => held,
            };
        }
        self.ranked = Some(ranked);
        held
    }

    /// "most items came from": neither "the most items" nor "most active".
    pub(super) fn is_bare_most(&self, at: usize) -> bool {
        let before = at
            .checked_sub(1)
            .map_or("", |at| self.text(at))
            .to_ascii_lowercase();
        self.text(at).eq_ignore_ascii_case("most")
            && matches!(self.what(at + 1), Some(What::Measure(_)))
            && !["the", "its", "had"].contains(&before.as_str())
            && before != "with"
    }

    /// The kind of what is ranked: that of the only name, or that of the noun beside.
    pub(super) fn ranked_kind(&mut self, segment: &Segment) -> Option<EntityKind> {
        let own = if segment.own.is_empty() {
            segment.readings.first()?.kinds()
        } else {
            segment.own.kinds()
        };
        let mut labels = Vec::new();
        for at in segment.start..segment.end {
            if let Some(What::Measure(measure)) = self.what(at)
                && let Some(kind) = measure.label_of()
                && own.contains(&kind)
                && !self.is_numbered(at)
            {
                labels.push((at, kind));
            }
        }
        let kind = match (own.as_slice(), labels.as_slice()) {
            ([kind], _) | (_, [(_, kind)]) => *kind,
            _ => return None,
        };
        for (at, label) in labels {
            if label == kind {
                self.use_up(at);
            }
        }
        Some(kind)
    }

    pub(super) fn is_numbered(&self, at: usize) -> bool {
        at.checked_sub(1).and_then(|at| self.number(at)).is_some()
    }

    /// What a list is ordered by.
    pub(super) fn ranked_by(&mut self, segment: &Segment) -> Vec<Measure> {
        let free = self.free_measures(segment);
        let changed =
            (segment.start..segment.end).find(|at| self.what(*at) == Some(&What::Changed));
        let has_number = (segment.start..segment.end).any(|at| self.number(at).is_some());
        if let Some(at) = changed {
            self.use_up(at);
            return vec![Measure::of(Base::Changes)];
        }
        let mut distinct: Vec<Measure> = free.iter().map(|(_, measure)| *measure).collect();
        distinct.dedup();
        match distinct.as_slice() {
            [] => match &self.measure {
                // A number of this clause says by what.
                Some(measures) if has_number && measures.len() == 1 => measures.clone(),
                _ => vec![Measure::of(Base::Items), Measure::of(Base::Changes)],
            },
            [measure] => {
                for (at, _) in &free {
                    self.use_up(*at);
                }
                self.measure = Some(vec![*measure]);
                vec![*measure]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn hold_rank(&mut self, subject: &Subject, ranked: &Ranked, last: bool) -> Held {
        let mut held = Held::Yes;
        for measure in &ranked.measures {
            let values = match self.list(ranked, *measure) {
                Ok(values) => values,
                Err(why) => return Held::Unknown(why),
            };
            let name = part_of(subject, ranked.kind);
            let mine = values.iter().find(|(of, _)| Some(of) == name.as_ref());
            let Some((_, mine)) = mine else {
                return Held::Unknown("it is not in that list".to_owned());
            };
            let before = |value: i128| if last { value < *mine } else { value > *mine };
            let ahead = values.iter().filter(|(_, value)| before(*value)).count() as u64;
            let tied = values.iter().filter(|(_, value)| value == mine).count() > 1;
            if ahead + 1 != ranked.place {
                let leader = values
                    .iter()
                    .reduce(|best, other| {
                        let better = if last {
                            other.1 < best.1
                        } else {
                            other.1 > best.1
                        };
                        if better { other } else { best }
                    })
                    .map_or("", |(name, _)| name.as_str());
                held = Held::No(format!(
                    "place {} of {}; {} is first",
                    ahead + 1,
                    values.len(),
                    crate::domain::visible(leader)
                ));
            } else if tied {
                return Held::Unknown("it shares its place".to_owned());
            }
        }
        match held {
            Held::No(said) if ranked.measures.len() > 1 => {
                // Which list is meant is open: no list may have it first.
                Held::Unknown(format!(
                    "by what it is ranked is not said, and by one it is {said}"
                ))
            }
            held => held,
        }
    }

    /// All of a kind with their counts, those with none left out.
    pub(super) fn list(
        &mut self,
        ranked: &Ranked,
        measure: Measure,
    ) -> Result<Vec<(String, i128)>, String> {
        if ranked.kind == EntityKind::Resource {
            return self.resources(ranked, measure);
        }
        let entities = &self.ledger.facts.entities;
        let names: Vec<String> = entities
            .iter()
            .filter(|(_, entity)| entity.kind == ranked.kind)
            .map(|(_, entity)| entity.name.clone())
            .collect();
        let mut list = Vec::new();
        for name in names {
            let mut subject = ranked.condition.clone();
            let part = match ranked.kind {
                EntityKind::Account => &mut subject.account,
                EntityKind::Region => &mut subject.region,
                EntityKind::Type => &mut subject.resource_type,
                _ => &mut subject.day,
            };
            *part = Some(name.clone());
            // The most expensive types alone have a cost.
            let value = self.ledger.level(&subject, measure, Month::Now)?;
            if value.num > 0 {
                list.push((name, value.num));
            }
        }
        Ok(list)
    }

    /// Resources by real changes, as far as the facts list them in order.
    pub(super) fn resources(
        &self,
        ranked: &Ranked,
        measure: Measure,
    ) -> Result<Vec<(String, i128)>, String> {
        if measure != Measure::of(Base::Changes) || !ranked.condition.is_empty() {
            return Err("resources are ranked by real changes, of all accounts".to_owned());
        }
        let facts = &self.ledger.facts;
        let listed = facts.facts.iter().filter(|fact| fact.label == "resource");
        let all = listed.filter_map(|fact| {
            let field = fact.field("changes")?;
            field.rank?;
            let entity = facts.entities.get(*fact.subject.first()?)?;
            let Value::Count(n) = field.value else {
                return None;
            };
            Some((entity.key.clone(), i128::from(n)))
        });
        Ok(all.collect())
    }
}

const NOT_BEFORE: &str = "of the month before, the facts have no lists";

pub(super) fn part_of(subject: &Subject, kind: EntityKind) -> Option<String> {
    match kind {
        EntityKind::Account => subject.account.clone(),
        EntityKind::Region => subject.region.clone(),
        EntityKind::Type => subject.resource_type.clone(),
        EntityKind::Resource => subject.resource.clone(),
        EntityKind::Day => subject.day.clone(),
    }
}
