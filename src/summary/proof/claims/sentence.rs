//! A sentence of a claim: its clauses, what each names, and what its words say.

use crate::summary::Language;
use std::{cmp::Ordering, collections::BTreeMap};

use super::parse::{Parsed, Slot};
use crate::summary::{
    facts::{Aspect, EntityId, EntityKind, Fact, Facts, Field, Quantity, Tag, Value},
    proof::words::{self, WordClass},
};

/// A part of a sentence: its values belong to what it names.
#[derive(Debug, Default)]
struct Clause<'f> {
    values: Vec<(&'f Fact, &'f Field)>,
    entities: Vec<EntityId>,
    /// Words, and each as it is written.
    words: Vec<(WordClass, String)>,
}

/// A sentence.
#[derive(Debug, Default)]
pub(super) struct Sentence<'f> {
    clauses: Vec<Clause<'f>>,
}

/// What is named by a place in a sentence.
type Named = BTreeMap<EntityKind, EntityId>;

impl<'f> Sentence<'f> {
    /// Divides a claim into sentences.
    pub(super) fn all(parsed: &Parsed<'f>, lexicon: Option<Language>) -> Vec<Self> {
        let words = lexicon.map_or_else(Vec::new, |lexicon| words::find(&parsed.masked, lexicon));
        let mut words = words.into_iter().peekable();
        let mut slots = parsed.slots.iter().peekable();
        let mut sentences = vec![Self::default()];
        for (range, ends_sentence) in clauses_of(&parsed.masked) {
            let mut clause = Clause::default();
            while let Some((_, slot)) = slots.next_if(|(at, _)| range.contains(at)) {
                match slot {
                    Slot::Value(fact, field) => clause.values.push((fact, field)),
                    Slot::Entity(id) => clause.entities.push(*id),
                    Slot::Month | Slot::Before => {}
                }
            }
            while let Some((word, class)) = words.next_if(|(word, _)| word.start < range.end) {
                let text = parsed.masked.get(word).unwrap_or_default().to_owned();
                clause.words.push((class, text));
            }
            if let Some(last) = sentences.last_mut() {
                last.clauses.push(clause);
            }
            if ends_sentence {
                sentences.push(Self::default());
            }
        }
        sentences.retain(|sentence| !sentence.is_blank());
        if sentences.is_empty() {
            sentences.push(Self::default());
        }
        sentences
    }

    fn is_blank(&self) -> bool {
        let is_blank =
            |c: &Clause<'_>| c.values.is_empty() && c.entities.is_empty() && c.words.is_empty();
        self.clauses.iter().all(is_blank)
    }

    /// Adds what does not hold to `reasons`.
    pub(super) fn check(&self, facts: &Facts, reasons: &mut Vec<String>) {
        if self.clauses.iter().all(|clause| clause.values.is_empty()) {
            reasons.push("a sentence has no value of any fact".to_owned());
            return;
        }
        let mut named = Named::new();
        for (at, clause) in self.clauses.iter().enumerate() {
            if clause
                .words
                .iter()
                .any(|(class, _)| *class == WordClass::Whole)
            {
                named.clear();
            }
            for id in &clause.entities {
                name(facts, &mut named, *id);
            }
            self.check_subject(facts, at, &named, reasons);
            self.check_words(facts, at, reasons);
        }
        self.check_before(reasons);
    }

    /// A value belongs to what its fact is about, and to nothing else that is named.
    fn check_subject(&self, facts: &Facts, at: usize, named: &Named, reasons: &mut Vec<String>) {
        let Some(clause) = self.clauses.get(at) else {
            return;
        };
        let Some((first, _)) = clause.values.first() else {
            self.check_bystanders(facts, clause, reasons);
            return;
        };
        if clause
            .values
            .iter()
            .any(|(fact, _)| fact.subject != first.subject)
        {
            reasons.push("a clause has values of facts about different things".to_owned());
        }
        for (fact, _) in &clause.values {
            let named = self.with_what_follows(facts, at, named, fact);
            let about = About::of(facts, fact);
            if let Some(stray) = clause.entities.iter().find(|id| !about.may_name(**id)) {
                reasons.push(format!("{} is not about {}", fact.id, alias(facts, *stray)));
            }
            let is_named = |id: &EntityId| {
                clause.entities.contains(id) || named.values().any(|named| named == id)
            };
            // Of a whole everything has to be named, of what stands out something.
            let missing = fact.subject.iter().find(|id| !is_named(id));
            if let Some(id) = missing
                && (fact.is_whole || !fact.subject.iter().any(is_named))
            {
                reasons.push(format!(
                    "{} is about {}, which is not named",
                    fact.id,
                    alias(facts, *id)
                ));
            }
            if let Some(stray) = named.values().find(|id| !about.may_name(**id)) {
                reasons.push(format!(
                    "{} counts more than {}, which the sentence names before it",
                    fact.id,
                    alias(facts, *stray)
                ));
            }
        }
    }

    /// Things that are named in a clause without a value have to belong to a fact of the sentence.
    fn check_bystanders(&self, facts: &Facts, clause: &Clause<'_>, reasons: &mut Vec<String>) {
        for id in &clause.entities {
            let of_any = self
                .values()
                .any(|(fact, _)| About::of(facts, fact).may_name(*id));
            if !of_any {
                reasons.push(format!(
                    "no fact of the sentence is about {}",
                    alias(facts, *id)
                ));
            }
        }
    }

    /// What comes after the value counts where nothing of its kind was named before it.
    fn with_what_follows(&self, facts: &Facts, at: usize, named: &Named, fact: &Fact) -> Named {
        let mut all = named.clone();
        for id in &fact.subject {
            let Some(kind) = facts.entities.kind(*id) else {
                continue;
            };
            if all.contains_key(&kind) {
                continue;
            }
            let later = self
                .clauses
                .iter()
                .skip(at)
                .flat_map(|clause| &clause.entities);
            let first = later
                .copied()
                .find(|later| facts.entities.kind(*later) == Some(kind));
            if let Some(first) = first {
                all.insert(kind, first);
            }
        }
        all
    }

    fn values(&self) -> impl Iterator<Item = (&'f Fact, &'f Field)> {
        self.clauses
            .iter()
            .flat_map(|clause| clause.values.iter().copied())
    }

    /// Values that the words of a clause are about: its own, else those that follow, else those
    /// before it.
    fn values_at(&self, at: usize) -> Vec<(&'f Fact, &'f Field)> {
        let of = |clause: &Clause<'f>| (!clause.values.is_empty()).then(|| clause.values.clone());
        let later = self.clauses.iter().skip(at).find_map(of);
        let earlier = || self.clauses.iter().take(at).rev().find_map(of);
        later.or_else(earlier).unwrap_or_default()
    }

    fn check_words(&self, facts: &Facts, at: usize, reasons: &mut Vec<String>) {
        let Some(clause) = self.clauses.get(at) else {
            return;
        };
        let values = self.values_at(at);
        for (class, word) in &clause.words {
            let claim = Claimed {
                facts,
                values: &values,
                before: self.place_before(at),
            };
            if let Some(why) = claim.refuted(*class, word) {
                reasons.push(format!("`{}`: {why}", word.to_lowercase()));
            }
        }
    }

    /// Returns the list and place of the last ranked value before a clause.
    fn place_before(&self, at: usize) -> Option<(&'static str, u64)> {
        let earlier = self
            .clauses
            .iter()
            .take(at)
            .flat_map(|clause| &clause.values);
        let mut ranked = earlier.filter_map(|(_, field)| field.rank);
        ranked.next_back().map(|rank| (rank.list, rank.place))
    }

    /// A value of the month before stands only beside one of the month itself: alone it would be
    /// taken for this month's.
    fn check_before(&self, reasons: &mut Vec<String>) {
        for (fact, field) in self
            .values()
            .filter(|(_, field)| field.aspect == Aspect::Before)
        {
            let is_beside = |(other, value): &(&Fact, &Field)| {
                other.id == fact.id
                    && value.aspect == Aspect::Now
                    && value.quantity == field.quantity
            };
            if !self.values().any(|value| is_beside(&value)) {
                reasons.push(format!(
                    "{}.prev stands without the month's own value beside it",
                    fact.id
                ));
            }
        }
    }
}

/// What a fact is about, as far as it may be named.
struct About<'a> {
    facts: &'a Facts,
    fact: &'a Fact,
}

impl<'a> About<'a> {
    fn of(facts: &'a Facts, fact: &'a Fact) -> Self {
        Self { facts, fact }
    }

    fn may_name(&self, id: EntityId) -> bool {
        let members: &[EntityId] = if self.fact.is_whole {
            &[]
        } else {
            &self.fact.members
        };
        let is_home_of = |of: &EntityId| {
            let entity = self.facts.entities.get(*of);
            entity.is_some_and(|entity| entity.home.contains(&id))
        };
        let mut about = self.fact.subject.iter().chain(members);
        about.any(|of| *of == id || is_home_of(of))
    }
}

/// A word in a clause, and the values that it is about.
struct Claimed<'a, 'f> {
    facts: &'a Facts,
    values: &'a [(&'f Fact, &'f Field)],
    before: Option<(&'static str, u64)>,
}

impl Claimed<'_, '_> {
    /// Returns why the word does not hold.
    fn refuted(&self, class: WordClass, word: &str) -> Option<String> {
        match class {
            WordClass::Up => self.trend(Ordering::Greater),
            WordClass::Down => self.trend(Ordering::Less),
            WordClass::Same => self.trend(Ordering::Equal),
            WordClass::Top => self.top(),
            WordClass::Next => self.next(),
            WordClass::Majority => self.majority(),
            WordClass::New => self.tagged(Tag::New),
            WordClass::Created => self.tagged(Tag::Created),
            WordClass::Deleted => self.tagged(Tag::Deleted),
            WordClass::Recreated => self.tagged(Tag::Recreated),
            WordClass::Echo => self.tagged(Tag::Echo),
            WordClass::Settings => self.tagged(Tag::Settings),
            WordClass::Tags => self.tagged(Tag::Tags),
            WordClass::Relationships => self.tagged(Tag::Relationships),
            WordClass::Compliance => self.tagged(Tag::Compliance),
            WordClass::Cost => self.tagged(Tag::Cost),
            WordClass::Security => self.tagged(Tag::Security),
            WordClass::Unusual => self.tagged(Tag::Unusual),
            WordClass::Absent => self.absent(),
            WordClass::Coverage => self.coverage(word),
            WordClass::Whole | WordClass::Neutral => None,
            WordClass::Bottom
            | WordClass::Universal
            | WordClass::Approximate
            | WordClass::Cause
            | WordClass::Advice
            | WordClass::Number
            | WordClass::Calendar
            | WordClass::Place => Some("cannot be held against a fact; leave it out".to_owned()),
        }
    }

    fn trend(&self, wanted: Ordering) -> Option<String> {
        let of_value = |(fact, field): &(&Fact, &Field)| match field.quantity {
            Quantity::What | Quantity::When => fact.trend(None),
            quantity => fact.trend(Some(quantity)),
        };
        let trends: Vec<Ordering> = self.values.iter().filter_map(of_value).collect();
        if trends.is_empty() {
            return Some("the fact does not say which way it went".to_owned());
        }
        trends
            .iter()
            .any(|trend| *trend != wanted)
            .then(|| "the value went another way".to_owned())
    }

    fn top(&self) -> Option<String> {
        let is_first = |(_, field): &(&Fact, &Field)| {
            field.rank.is_some_and(|rank| rank.place == 1 && !rank.tied)
        };
        (!self.values.iter().any(is_first))
            .then(|| "the value is not the first of its list alone".to_owned())
    }

    fn next(&self) -> Option<String> {
        let follows = |(_, field): &(&Fact, &Field)| {
            let rank = field.rank.filter(|rank| !rank.tied);
            rank.is_some_and(|rank| self.before == Some((rank.list, rank.place.saturating_sub(1))))
        };
        (!self.values.iter().any(follows))
            .then(|| "the value does not follow the one before in their list".to_owned())
    }

    fn majority(&self) -> Option<String> {
        let is_most = |(fact, field): &(&Fact, &Field)| {
            let share = fact.fields.iter().find(|f| f.aspect == Aspect::Share);
            share.is_some_and(|share| {
                share.quantity == field.quantity
                    && matches!(share.value, Value::Percent(tenths) if tenths > 500)
            })
        };
        (!self.values.iter().any(is_most)).then(|| "the value is not more than half".to_owned())
    }

    fn tagged(&self, tag: Tag) -> Option<String> {
        let says = |(fact, _): &(&Fact, &Field)| fact.has(tag);
        (!self.values.iter().all(says)).then(|| "the fact does not say so".to_owned())
    }

    /// That something is not there follows from a fact that proves it. What is new was not there in
    /// the months before, and where coverage has gaps that may be told.
    fn absent(&self) -> Option<String> {
        let says = |(fact, _): &(&Fact, &Field)| {
            fact.has(Tag::Absent)
                || (fact.has(Tag::New) && fact.has(Tag::Unusual))
                || (fact.has(Tag::Coverage) && !self.facts.is_complete)
        };
        (!self.values.iter().all(says)).then(|| "absence is not proved".to_owned())
    }

    fn coverage(&self, word: &str) -> Option<String> {
        let word = word.to_lowercase();
        let (says_gap, says_whole) = (
            ["gap", "incomplete", "欠落", "不完全"]
                .iter()
                .any(|part| word.contains(part)),
            ["complete", "完全"].iter().any(|part| word.contains(part)),
        );
        if !says_gap && !says_whole {
            return None;
        }
        let is_true = says_gap || self.facts.is_complete;
        let tagged = self.tagged(Tag::Coverage);
        tagged.or_else(|| (!is_true).then(|| "coverage is not complete".to_owned()))
    }
}

/// Takes note of what is named: a resource brings what it belongs to, and another account or Region
/// puts an end to a resource that does not belong there.
fn name(facts: &Facts, named: &mut Named, id: EntityId) {
    let Some(entity) = facts.entities.get(id) else {
        return;
    };
    let belongs = |resource: &EntityId| {
        let resource = facts.entities.get(*resource);
        resource.is_some_and(|resource| resource.home.contains(&id))
    };
    if entity.kind == EntityKind::Resource {
        named.retain(|_, other| entity.home.contains(other));
    } else if named
        .get(&EntityKind::Resource)
        .is_some_and(|resource| !belongs(resource))
    {
        named.remove(&EntityKind::Resource);
    }
    named.insert(entity.kind, id);
}

fn alias(facts: &Facts, id: EntityId) -> String {
    facts
        .entities
        .get(id)
        .map(|entity| entity.alias.clone())
        .unwrap_or_default()
}

/// Divides prose into clauses: where each lies, and whether a sentence ends with it.
fn clauses_of(text: &str) -> Vec<(std::ops::Range<usize>, bool)> {
    let mut clauses = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let tail = text.get(end..).unwrap_or_default();
        let ends_sentence = match c {
            '。' | '！' | '？' | '!' | '?' => true,
            '.' => tail.is_empty() || tail.starts_with(char::is_whitespace),
            _ => false,
        };
        let ends_clause = ends_sentence
            || matches!(
                c,
                ',' | ';'
                    | ':'
                    | '('
                    | ')'
                    | '—'
                    | '–'
                    | '、'
                    | '，'
                    | '；'
                    | '：'
                    | '（'
                    | '）'
                    | '\n'
            )
            || (c == ' ' && CONJUNCTIONS.iter().any(|word| tail.starts_with(word)));
        if ends_clause {
            clauses.push((start..end, ends_sentence));
            start = end;
        }
    }
    if start < text.len() {
        clauses.push((start..text.len(), true));
    }
    clauses
}

/// Words before which a clause ends.
const CONJUNCTIONS: [&str; 5] = ["and ", "while ", "whereas ", "but ", "against "];
