//! Words that make another statement of the numbers and names that they stand beside: spans of
//! time, what is left out, what is only supposed. The facts have no key for any of these.

use super::{
    clause::{Segment, Sentence},
    measures::{Base, Cue, Kinds, Measure, Month},
    names::shown,
    numerals::Unit,
    saying::{is_change, is_day, is_event, is_first_seen, is_place, is_place_noun},
    token::What,
};
use crate::summary::Language;
use crate::summary::proof::words::WordClass;

const SPAN: &str = "a span of time: the facts have single days and whole months";

impl Sentence<'_, '_> {
    /// Finds what keeps the sentence from being held against the facts as it reads.
    pub(super) fn limits(&mut self, text: &str) {
        if text
            .trim_end_matches([' ', ')', '"', '”', '*'])
            .ends_with('?')
        {
            self.unclear("a question claims nothing");
        }
        // "Had account X had 42 items, …", "Did it"
        if self.lexicon == Language::En && INVERTED.contains(&self.lower(0).as_str()) {
            self.unclear("it is asked or supposed, not said");
        }
        for at in 0..self.tokens.len() {
            let finding = match self.what(at) {
                Some(What::Limit) => Some("the facts have no number of that".to_owned()),
                Some(What::Name(name)) => {
                    let day = is_day(name).then(|| self.span_of_days(at)).flatten();
                    day.or_else(|| self.partly(at))
                }
                Some(What::Month(month, is_base)) => self.span_of_months(at, *month, *is_base),
                Some(What::Number(Some(_))) => self.range(at),
                Some(What::Word(WordClass::Compliance)) => self.compliant(at),
                Some(What::Word(WordClass::Neutral)) if self.text(at) == "少なくとも" => {
                    Some("a bound is no number of the facts".to_owned())
                }
                _ => None,
            };
            if let Some(finding) = finding {
                let text = shown(self.text(at));
                self.unclear(format!("{text}: {finding}"));
            }
        }
    }

    /// "since November 5", "November 5 to 9", 11月5日以降: a day stands alone, or where things were.
    fn span_of_days(&self, at: usize) -> Option<String> {
        let before = self.past_articles(at);
        let is_from = match self.lexicon {
            Language::En => before.is_some_and(|at| !self.may_precede_a_day(at)),
            Language::Ja => false,
        };
        let after = self.what(at + 1);
        let goes_on = match self.lexicon {
            Language::En => matches!(after, Some(What::Cue(Cue::To | Cue::From) | What::Limit)),
            Language::Ja => {
                matches!(
                    after,
                    Some(What::Cue(Cue::From | Cue::Than | Cue::Compared) | What::Limit)
                ) || self.text(at + 1).starts_with("まで")
            }
        };
        let is_range = matches!(after, Some(What::Break('–' | '—')))
            && matches!(self.what(at + 2), Some(What::Number(_) | What::Name(_)));
        (is_from || goes_on || is_range).then(|| SPAN.to_owned())
    }

    fn may_precede_a_day(&self, at: usize) -> bool {
        match self.what(at) {
            Some(What::Plain) => DAY_AFTER.contains(&self.lower(at).as_str()),
            Some(What::Cue(cue)) => *cue == Cue::Of,
            Some(
                What::Break(_)
                | What::Measure(_)
                | What::Time(_)
                | What::Name(_)
                | What::Word(WordClass::Top | WordClass::Bottom | WordClass::Next),
            ) => true,
            _ => false,
        }
    }

    /// "since October", "by November", "October to November", 10月から: only what moved may be said
    /// to have done so from one month to another.
    fn span_of_months(&self, at: usize, month: Month, is_base: bool) -> Option<String> {
        let span = || Some(SPAN.to_owned());
        let part = self.part.get(at);
        let moves = (0..self.tokens.len()).any(|at| self.part.get(at) == part && self.goes(at));
        if self.lexicon == Language::Ja {
            let is_until = self.text(at + 1).starts_with("まで") && !moves;
            let is_from = self.what(at + 1) == Some(&What::Cue(Cue::From)) && !moves;
            let joined = (at + 1..at + 3).find(|at| {
                !["と", "や", "、"].contains(&self.text(*at)) // 10月と11月の
            });
            let other = joined.and_then(|at| self.what(at));
            let is_two = matches!(other, Some(What::Month(other, false)) if *other != month);
            return (is_until || is_from || is_two).then(span).flatten();
        }
        // "the month before October" is another one.
        let is_next = matches!(self.what(at + 1), Some(What::Month(..)));
        if is_next && self.lower(at).ends_with("before") {
            return span();
        }
        let before = self.past_articles(at)?;
        let is_since = self.text(before).eq_ignore_ascii_case("since");
        match self.what(before) {
            Some(What::Cue(Cue::By)) => span(),
            Some(What::Cue(Cue::From | Cue::To)) if !moves => span(),
            Some(What::Word(WordClass::Up)) if self.lower(before) == "over" && !moves => span(),
            Some(What::Word(WordClass::Neutral)) if self.lower(before) == "over the" => span(),
            // What has risen since October has done so up to now.
            _ if is_since && !(is_base && month == Month::Before && moves) => span(),
            _ => None,
        }
    }

    /// Says whether something is said to have gone up or down.
    fn moves(&self) -> bool {
        (0..self.tokens.len()).any(|at| self.goes(at))
    }

    /// Says whether a word tells that something went up or down; "over" alone tells no such thing.
    fn goes(&self, at: usize) -> bool {
        let is_way = matches!(
            self.class(at),
            Some(WordClass::Up | WordClass::Down | WordClass::Same)
        );
        let text = self.lower(at);
        (is_way && text != "over") || GOES.contains(&text.as_str())
    }

    /// "including account X" and "by account X" say something else of it than that it is counted.
    fn partly(&self, at: usize) -> Option<String> {
        if self.lexicon == Language::Ja {
            let is_against = matches!(
                self.what(at + 1),
                Some(What::Cue(Cue::Than | Cue::Compared))
            );
            return (is_against || self.text(at + 1).starts_with('へ'))
                .then(|| "only months are compared, not what is named".to_owned());
        }
        let mut before = self.past_articles(at)?;
        while matches!(self.what(before), Some(What::Measure(_))) {
            before = self.past_articles(before)?;
        }
        if INCLUDING.contains(&self.lower(before).as_str()) {
            return Some("what else is counted is not said".to_owned());
        }
        if self.what(before) == Some(&What::Cue(Cue::Compared)) {
            return Some("only months are compared, not what is named".to_owned());
        }
        let is_done = (0..at).any(|at| self.kind_of_word(at).is_some());
        (is_done && self.what(before) == Some(&What::Cue(Cue::By)))
            .then(|| "who did something is not told".to_owned())
    }

    /// "70–76 items", "10 to 12 items".
    fn range(&self, at: usize) -> Option<String> {
        let is_dash = matches!(self.what(at + 1), Some(What::Break('–' | '—')));
        let is_to = self.what(at + 1) == Some(&What::Cue(Cue::To)) && !self.moves();
        let is_until = self.text(at + 1).starts_with("まで") && !self.moves();
        // 76件を超え, 76件の2倍
        let is_bound = self.text(at + 1) == "を"
            && matches!(self.class(at + 2), Some(WordClass::Up | WordClass::Down));
        let is_multiplied = self.text(at + 1) == "の"
            && self
                .number(at + 2)
                .is_some_and(|number| number.unit == Unit::Times);
        if is_bound || is_multiplied {
            return Some("a bound is no number of the facts".to_owned());
        }
        if self.is_year(at) {
            return Some("the facts are not of a year".to_owned());
        }
        ((is_dash || is_to) && self.number(at + 2).is_some() || is_until)
            .then(|| "a range is no number of the facts".to_owned())
    }

    /// "in 2024"
    fn is_year(&self, at: usize) -> bool {
        let text = self.text(at);
        let is_wide = text.len() == 4 && text.chars().all(|c| c.is_ascii_digit());
        let before = self.past_articles(at).map(|at| self.lower(at));
        let is_when =
            before.is_some_and(|text| ["in", "of", "during", "year"].contains(&text.as_str()));
        is_wide
            && (text.starts_with("19") || text.starts_with("20"))
            && is_when
            && !matches!(self.what(at + 1), Some(What::Measure(_)))
    }

    /// "The organisation has 12 resources": the facts count those with items in the month.
    pub(super) fn only_exists(&self, segment: &Segment, measure: Measure) -> bool {
        if measure.kinds != Kinds::Any {
            return false;
        }
        let is_thing = measure.base == Base::Resources || is_place_noun(measure);
        let mut all = segment.start..segment.end;
        let has_items = all.clone().any(|at| {
            matches!(self.what(at), Some(What::Measure(m)) if matches!(m.base, Base::Items | Base::Changes))
        });
        let is_now = all.any(|at| {
            self.what(at) == Some(&What::Plain)
                && [
                    "has",
                    "have",
                    "is",
                    "are",
                    "あります",
                    "ある",
                    "があります",
                    "がある",
                ]
                .contains(&self.lower(at).as_str())
                && !["been", "had"].contains(&self.lower(at + 1).as_str())
        });
        is_thing && is_now && !has_items
    }

    /// The facts count results of compliance, and do not have what they are.
    fn compliant(&self, at: usize) -> Option<String> {
        let text = self.lower(at);
        (text.contains("compliant") || text == "準拠")
            .then(|| "the facts do not have what a compliance result says".to_owned())
    }

    /// The place before `at`, past articles.
    pub(super) fn past_articles(&self, at: usize) -> Option<usize> {
        let is_article = |at: &usize| {
            self.what(*at) == Some(&What::Plain)
                && ["the", "a", "an", "all", "both"].contains(&self.lower(*at).as_str())
        };
        (0..at).rev().find(|at| !is_article(at))
    }

    /// Says whether a number of days stands for days on which there was something: "on 5 days", and
    /// not "within 5 days".
    pub(super) fn counts_days(&self, at: usize) -> bool {
        if self.lexicon == Language::Ja {
            return true;
        }
        match self.past_articles(at) {
            None => true,
            Some(before) => match self.what(before) {
                Some(What::Break(_) | What::Measure(_)) => true,
                Some(What::Cue(Cue::Of)) => before
                    .checked_sub(1)
                    .is_some_and(|at| self.number(at).is_some()),
                Some(What::Plain) => DAYS_AFTER.contains(&self.lower(before).as_str()),
                Some(What::Word(WordClass::Universal | WordClass::Approximate)) => {
                    self.counts_days(before)
                }
                _ => false,
            },
        }
    }

    /// A word that an exception is made for where it stands: "than before", "up since October".
    pub(super) fn is_harmless(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|at| self.what(at));
        match self.lower(at).as_str() {
            "since" => (at + 1..at + 3).any(|at| matches!(self.what(at), Some(What::Month(..)))),
            "before" => before == Some(&What::Cue(Cue::Than)),
            "besides" => self.what(at + 1) == Some(&What::Break(',')),
            _ => false,
        }
    }

    /// Accounts, Regions and types are no resources: nothing tells that they were created or
    /// deleted.
    pub(super) fn things(&mut self) {
        for at in 0..self.tokens.len() {
            let noun = matches!(self.what(at), Some(What::Measure(measure)) if is_event(*measure));
            // That a Region is new is held against the months; how many are is not.
            let first = self.class(at) == Some(WordClass::New) && is_first_seen(self.text(at));
            if self.kind_of_word(at).is_none() && !noun && !first {
                continue;
            }
            let is_said = match self.lexicon {
                Language::En if first => self.is_said_of_a_place(at, false),
                Language::En => self.befalls_a_place(at, noun),
                Language::Ja if first => false,
                Language::Ja => self.befalls_a_place_in_japanese(at),
            };
            if is_said {
                let text = shown(self.text(at));
                self.unclear(format!(
                    "{text}: the history tells that of resources, not of accounts, Regions and types"
                ));
            }
            self.tagged(at);
        }
    }

    /// "2 tagged resources" have tags; the facts know whose tags changed.
    fn tagged(&mut self, at: usize) {
        let is_such = matches!(
            self.class(at),
            Some(WordClass::Tags | WordClass::Settings | WordClass::Relationships)
        );
        if !is_such || ["retagged", "reconfigured"].contains(&self.lower(at).as_str()) {
            return;
        }
        let next = (at + 1..at + 4).find(|at| {
            let text = self.lower(*at);
            self.what(*at) != Some(&What::Plain)
                || !(AUXILIARIES.contains(&text.as_str())
                    || ["の", "が", "は", "を"].contains(&text.as_str()))
        });
        let changes = |at: usize| match self.what(at) {
            Some(What::Changed) => true,
            Some(What::Measure(measure)) => is_change(*measure),
            _ => false,
        };
        let before = |n| at.checked_sub(n).is_some_and(changes);
        match next.filter(|at| changes(*at)) {
            Some(verb) if self.what(verb) == Some(&What::Changed) => self.use_up(verb),
            Some(_) => {}
            None if before(2) || before(3) => {}
            None => {
                let text = shown(self.text(at));
                self.unclear(format!(
                    "{text}: the facts have what changed, not what there is"
                ));
            }
        }
    }

    fn befalls_a_place(&self, at: usize, noun: bool) -> bool {
        let mut next = at + 1;
        let of = self.what(next) == Some(&What::Cue(Cue::Of));
        while self.what(next) == Some(&What::Cue(Cue::Of))
            || self.number(next).is_some()
            || (self.what(next) == Some(&What::Plain)
                && ["the", "a", "an"].contains(&self.lower(next).as_str()))
        {
            next += 1;
        }
        if noun && !of {
            // "2 account deletions".
            let before = at.checked_sub(1).and_then(|at| self.what(at));
            return matches!(before, Some(What::Measure(measure)) if is_place_noun(*measure));
        }
        match self.what(next) {
            Some(What::Measure(measure)) if is_place_noun(*measure) => return true,
            Some(What::Name(name)) if is_place(name, self.text(next)) => return true,
            // "account X deleted 3 resources", "2 accounts had deleted resources".
            Some(What::Measure(_) | What::Name(_)) => return false,
            _ => {}
        }
        !noun && self.is_said_of_a_place(at, true)
    }

    /// Walks back from a verb to what it is said of: over what stands beside it ("X and Y were"),
    /// and past where it was ("resources in X were").
    fn is_said_of_a_place(&self, verb: usize, by_name: bool) -> bool {
        let mut at = verb;
        let mut has_noun = false;
        while let Some(before) = at.checked_sub(1) {
            at = before;
            let text = self.lower(at);
            let is_thing = match self.what(at) {
                Some(What::Plain) if !has_noun && AUXILIARIES.contains(&text.as_str()) => continue,
                Some(What::Plain) if ["the", "a", "an", "both"].contains(&text.as_str()) => {
                    continue;
                }
                // "Account X: 3 deleted" has its resources understood.
                Some(What::Number(_)) if !has_noun => return false,
                Some(What::Number(_) | What::Break('&' | ',')) => continue,
                Some(What::Word(class)) if *class != WordClass::Whole => continue,
                Some(What::Measure(measure)) => is_place_noun(*measure),
                Some(What::Name(name)) => by_name && is_place(name, self.text(at)),
                _ => return false,
            };
            has_noun = true;
            if !is_thing {
                continue;
            }
            match self.where_it_was(at) {
                Some(preposition) => at = preposition,
                None => return true,
            }
        }
        false
    }

    /// The preposition before a place, past its noun and number.
    fn where_it_was(&self, at: usize) -> Option<usize> {
        let mut at = at;
        loop {
            at = at.checked_sub(1)?;
            let text = self.lower(at);
            match self.what(at) {
                Some(What::Plain) if WHERE.contains(&text.as_str()) => return Some(at),
                Some(What::Cue(Cue::Of | Cue::From)) => return Some(at),
                Some(What::Plain) if ["the", "a", "an", "both"].contains(&text.as_str()) => {}
                Some(What::Measure(measure)) if is_place_noun(*measure) => {}
                Some(What::Number(_)) => {}
                _ => return None,
            }
        }
    }

    /// アカウント X は削除された, 削除されたアカウント; 削除が 3 件 is said of what X has.
    fn befalls_a_place_in_japanese(&self, at: usize) -> bool {
        let is_verb =
            self.text(at + 1).starts_with(['さ', 'し']) && self.what(at + 1) == Some(&What::Plain);
        let is_end = !matches!(
            self.what(at + 1),
            Some(What::Plain | What::Number(_) | What::Cue(_) | What::Word(_))
        );
        let mut next = at + 1 + usize::from(is_verb);
        if self.number(next).is_some() && self.text(next + 1) == "の" {
            next += 2;
        }
        match self.what(next) {
            Some(What::Measure(measure)) if is_place_noun(*measure) => return true,
            Some(What::Name(name)) if is_place(name, self.text(next)) => return true,
            _ => {}
        }
        let mut before = at;
        let mut is_direct = true;
        while let Some(place) = before.checked_sub(1) {
            before = place;
            match self.what(place) {
                Some(What::Plain) if ["は", "が", "も", "を"].contains(&self.text(place)) => {}
                Some(What::Plain) if self.text(place) == "の" => is_direct = false,
                Some(What::Number(_)) => {}
                Some(What::Measure(measure)) if is_place_noun(*measure) => {
                    return (is_verb || is_end) && (is_direct || place + 2 == at);
                }
                Some(What::Name(name)) if is_place(name, self.text(place)) => {
                    return (is_verb || is_end) && is_direct;
                }
                _ => return false,
            }
        }
        false
    }
}

/// What a day may stand after.
#[rustfmt::skip]
const DAY_AFTER: &[&str] = &["on", "of", "for", "was", "were", "is", "are", "in", "during", "at",
    "day", "days", "namely", "and"];

#[rustfmt::skip]
const DAYS_AFTER: &[&str] = &["on", "was", "were", "is", "are", "had", "saw", "with", "there"];

#[rustfmt::skip]
const INCLUDING: &[&str] = &["including", "include", "includes", "included", "contain", "contains",
    "containing", "contained", "comprise", "comprises", "comprised"];

#[rustfmt::skip]
const AUXILIARIES: &[&str] = &["was", "were", "is", "are", "be", "been", "being", "has", "have",
    "had", "having", "also", "which", "that", "who", "did", "does", "do", "seen", "recorded"];

/// Verbs before what they are said of.
#[rustfmt::skip]
const INVERTED: &[&str] = &["had", "has", "have", "were", "was", "are", "is", "did", "does", "do"];

const WHERE: &[&str] = &["in", "on", "across", "among", "for", "at", "with", "into"];

/// Words by which something goes from one number to another.
const GOES: &[&str] = &["went", "goes", "go", "came", "推移"];
