//! What to look at first: departures from the months before, then what rules name.

use super::{View, count};
use crate::{
    analysis::{
        Anomaly, AnomalyKind, Basis, NamedResource,
        security::{self, EventKind, Reports, SecurityEvent},
    },
    summary::{
        document::{Block, Line, Span, own},
        number::{grouped, ranges},
        wording::attention::{Numbers, Past},
    },
};

/// Departures that are told, and security events.
const ENTRIES: usize = 20;
/// Resources, types or accounts that one departure names.
const NAMES: usize = 3;
/// Months of the baseline whose changes are told one by one.
const COUNTS: usize = 12;
/// Characters of a type, a name, a Region, so that an entry stays at two lines of a terminal.
const TYPE_CHARS: usize = 44;
const NAME_CHARS: usize = 40;
const REGION_CHARS: usize = 20;
/// Longest id that stands beside a name.
const ID_CHARS: usize = 24;

impl View<'_> {
    /// Departures, then security events.
    pub(super) fn attention(&self) -> Vec<Block> {
        let words = &self.words.attention;
        let mut blocks = vec![Block::Heading(words.heading.to_owned())];
        blocks.extend(self.departures());
        blocks.extend(self.security());
        blocks
    }

    fn departures(&self) -> Vec<Block> {
        let (words, digest) = (&self.words.attention, &self.digest.anomalies);
        let past = self.past();
        let said = match (digest.basis, digest.total) {
            (Basis::None, _) => words.no_baseline.to_owned(),
            (_, 0) => (words.nothing)(&past, self.is_complete()),
            (_, total) => (words.departures)(total, &past),
        };
        let shown = digest.ranked.iter().take(ENTRIES);
        let mut lines: Vec<Line> = shown.map(|entry| self.departure(entry)).collect();
        let more = digest.total.saturating_sub(count(lines.len()));
        if more > 0 && !lines.is_empty() {
            lines.push(own((words.more)(more)));
        }
        noted(said, lines)
    }

    fn past(&self) -> Past {
        let digest = &self.digest.anomalies;
        let months = &digest.baseline_months;
        let range = match months.as_slice() {
            [] => String::new(),
            [only] => only.to_string(),
            [first, .., last] => format!("{first}{}{last}", self.words.to),
        };
        Past {
            months: count(months.len()),
            range,
            is_short: digest.basis == Basis::Short,
        }
    }

    /// Says whether the absence of an item means something everywhere.
    fn is_complete(&self) -> bool {
        let coverage = &self.digest.coverage;
        !coverage.recorders.is_empty() && coverage.recorders.iter().all(|line| line.complete)
    }

    /// What, where, how many, when.
    fn departure(&self, entry: &Anomaly) -> Line {
        let words = &self.words.attention;
        let mut line = own((words.label)(entry.kind));
        line.extend(own(self.words.colon));
        line.extend(self.about(entry));
        line.extend(own(self.words.colon));
        line.extend(own((words.detail)(&self.numbers(entry))));
        line.extend(self.named(entry));
        line
    }

    /// Returns the resource, the type or what else it is about, and the account and Region.
    fn about(&self, entry: &Anomaly) -> Line {
        let account = Span::delivered(&entry.account);
        let region = entry.region.as_deref();
        let region = region.map(|region| Span::short(region, REGION_CHARS));
        let resource_type = entry.resource_type.as_deref();
        let resource_type = resource_type.map(|name| Span::short(name, TYPE_CHARS));
        let name = entry.resource_name.as_deref();
        let name = name.or(entry.resource_id.as_deref());
        let name = name.map(|name| Span::short(name, NAME_CHARS));
        let (what, place): (Vec<Span>, Vec<Span>) = match entry.kind {
            AnomalyKind::FirstSeenAccount => (vec![account], Vec::new()),
            AnomalyKind::FirstSeenRegion => (region.into_iter().collect(), vec![account]),
            _ => (
                resource_type.into_iter().chain(name).collect(),
                [account].into_iter().chain(region).collect(),
            ),
        };
        let place = joined(place, self.words.comma);
        if what.is_empty() {
            return place;
        }
        let mut line = joined(what, " ");
        if !place.is_empty() {
            let (open, close) = self.words.brackets;
            line.extend(own(open));
            line.extend(place);
            line.extend(own(close));
        }
        line
    }

    fn numbers(&self, entry: &Anomaly) -> Numbers {
        let evidence = &entry.evidence;
        let told = evidence.baseline_counts.len() <= COUNTS;
        let counts = evidence.baseline_counts.iter().filter(|_| told);
        let counts: Vec<String> = counts
            .map(|count| count.map_or_else(|| "-".to_owned(), grouped))
            .collect();
        Numbers {
            kind: entry.kind,
            seen: entry.seen,
            expected: entry.expected.map(|expected| format!("{expected:.1}")),
            months: entry.baseline_months,
            counts: counts.join(", "),
            when: self.moments(entry.first, entry.last),
            usual_hours: ranges(&evidence.usual_hours, ", "),
            at_unusual_hours: evidence.unusual_hours && entry.kind != AnomalyKind::UnusualHours,
            largest_before: evidence.largest_before,
            resources: evidence.resource_count,
            accounts_before: evidence.accounts_before,
        }
    }

    /// Names the accounts, types or resources, where there are several.
    fn named(&self, entry: &Anomaly) -> Line {
        let (evidence, words) = (&entry.evidence, &self.words.attention);
        let text = |name: &String| vec![Span::short(name, TYPE_CHARS)];
        let resource = |named: &NamedResource| {
            let name = named.resource_name.as_ref().unwrap_or(&named.resource_id);
            let changes = format!(" ({})", grouped(named.changes));
            vec![Span::short(name, NAME_CHARS), Span::Own(changes)]
        };
        let (label, named, all): (_, Vec<Line>, _) = if evidence.accounts.len() > 1 {
            let accounts = evidence.accounts.iter().map(text).collect();
            (words.accounts, accounts, None)
        } else if evidence.resource_types.len() > 1 {
            let types = evidence.resource_types.iter().map(text).collect();
            (words.types, types, None)
        } else if evidence.resource_count > 1 && !evidence.resources.is_empty() {
            let resources = evidence.resources.iter().map(resource).collect();
            (words.resources, resources, Some(evidence.resource_count))
        } else {
            return Line::new();
        };
        // Of accounts and types the evidence does not say how many there are.
        let more = all.map_or(0, |all| all.saturating_sub(NAMES as u64));
        let mut line = own(self.words.semicolon);
        line.extend(own(label));
        for (i, name) in named.into_iter().take(NAMES).enumerate() {
            if i > 0 {
                line.extend(own(self.words.comma));
            }
            line.extend(name);
        }
        if more > 0 {
            let more = (self.words.sentences.more_resources)(more);
            line.extend(own(format!(" {more}")));
        }
        line
    }

    fn security(&self) -> Vec<Block> {
        let (words, digest) = (&self.words.attention, &self.digest.anomalies);
        let told = told(&digest.security);
        let lines = told.iter().take(ENTRIES);
        let mut lines: Vec<Line> = lines.map(|told| self.security_line(told)).collect();
        if digest.security_total == 0 {
            return vec![Block::Note(vec![own(words.no_security)])];
        }
        let shown: u64 = told.iter().take(ENTRIES).map(Told::events).sum();
        let more = digest.security_total.saturating_sub(shown);
        if more > 0 {
            lines.push(own((words.more)(more)));
        }
        vec![
            Block::Heading((words.security)(digest.security_total)),
            Block::List(lines),
        ]
    }

    /// Returns how much it matters, what holds, since when, where.
    fn security_line(&self, told: &Told<'_>) -> Line {
        let (words, event) = (&self.words.attention, told.event);
        let rule = security::rules().iter().find(|rule| rule.id == event.rule);
        let mut line = own((words.severity)(event.severity));
        line.extend(own(self.words.colon));
        line.extend(own(rule.map_or(event.rule, words.title)));
        let is_deletion = rule.is_some_and(|rule| rule.reports == Reports::OnlyDeletion);
        // A switch is named by its title already.
        let says = |title: &str| title.to_lowercase().contains(&event.subject.to_lowercase());
        if !is_deletion && !rule.is_some_and(|rule| says(rule.title)) {
            let (open, close) = self.words.brackets;
            line.extend(own(open));
            line.push(Span::delivered(&event.subject));
            line.extend(own(close));
        }
        line.extend(own(self.words.colon));
        line.extend(self.secured(event));
        line.extend(own(self.words.semicolon));
        let at = self.short_minute(event.at);
        line.extend(own(if is_deletion {
            at
        } else {
            (words.event)(event.event, &at)
        }));
        if let Some(ended) = told.ended {
            line.extend(own(self.words.comma));
            let at = self.short_minute(ended.at);
            line.extend(own((words.event)(EventKind::Ended, &at)));
        }
        line
    }

    /// Returns the resource of an event, its account and Region.
    fn secured(&self, event: &SecurityEvent) -> Line {
        let id = &event.resource_id;
        let mut what = vec![Span::short(&event.resource_type, TYPE_CHARS)];
        let name = event.resource_name.as_ref().filter(|name| *name != id);
        what.push(Span::short(name.unwrap_or(id), NAME_CHARS));
        if name.is_some() && id.chars().count() <= ID_CHARS {
            what.push(Span::delivered(id));
        }
        let place = vec![
            Span::delivered(&event.account),
            Span::short(&event.region, REGION_CHARS),
        ];
        let (open, close) = self.words.brackets;
        let mut line = joined(what, " ");
        line.extend(own(open));
        line.extend(joined(place, self.words.comma));
        line.extend(own(close));
        line
    }
}

/// A sentence, and what it is about.
fn noted(said: String, lines: Vec<Line>) -> Vec<Block> {
    let mut blocks = vec![Block::Note(vec![own(said)])];
    if !lines.is_empty() {
        blocks.push(Block::List(lines));
    }
    blocks
}

fn joined(spans: Vec<Span>, between: &str) -> Line {
    let mut line = Line::new();
    for span in spans {
        if !line.is_empty() {
            line.extend(own(between));
        }
        line.push(span);
    }
    line
}

/// An event, and its end where that is told as well.
struct Told<'a> {
    event: &'a SecurityEvent,
    ended: Option<&'a SecurityEvent>,
}

impl Told<'_> {
    fn events(&self) -> u64 {
        1 + u64::from(self.ended.is_some())
    }
}

/// Puts each fact that began and its end together, in the order of the events.
fn told(events: &[SecurityEvent]) -> Vec<Told<'_>> {
    let is_end = |(_, event): &(usize, &SecurityEvent)| event.event == EventKind::Ended;
    let (mut ends, begins): (Vec<_>, Vec<_>) = events.iter().enumerate().partition(is_end);
    ends.sort_by_key(|(place, event)| (event.at, *place));
    let mut told = Vec::new();
    for (place, event) in begins {
        let ends_it = |(_, end): &(usize, &SecurityEvent)| is_end_of(end, event);
        let ended = ends
            .iter()
            .position(ends_it)
            .map(|found| ends.remove(found));
        let ended = ended.map(|(_, end)| end);
        told.push((place, Told { event, ended }));
    }
    let alone = ends.into_iter().map(|(place, event)| {
        let told = Told { event, ended: None };
        (place, told)
    });
    told.extend(alone);
    told.sort_by_key(|(place, _)| *place);
    told.into_iter().map(|(_, told)| told).collect()
}

fn is_end_of(end: &SecurityEvent, event: &SecurityEvent) -> bool {
    event.at <= end.at
        && (event.rule, &event.subject) == (end.rule, &end.subject)
        && (&event.account, &event.region) == (&end.account, &end.region)
        && (&event.resource_type, &event.resource_id) == (&end.resource_type, &end.resource_id)
}
