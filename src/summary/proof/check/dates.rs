//! Days, months and times of day as people write them.

use jiff::civil::Date;

use super::measures::Month;
use crate::{domain::Month as Calendar, summary::facts::Facts};

/// A day, a month or a time of day in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    /// `YYYY-MM-DD`, within the month.
    Day(String),
    Month(Month),
    /// Not of the months that the facts are about, as it is written.
    Elsewhere,
    /// `HH:MM`.
    Time(String),
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Reads the day, month or time that begins at the start of `text`; returns how long it is.
pub(super) fn when(
    text: &str,
    before: Option<char>,
    is_japanese: bool,
    facts: &Facts,
) -> Option<(usize, When)> {
    let is_joined = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '/');
    let is_timestamp = before == Some('T') && time(text).is_some();
    if before.is_some_and(is_joined) && !is_timestamp {
        return None;
    }
    let first = text.chars().next()?;
    let read = if first.is_ascii_digit() {
        iso(text)
            .or_else(|| time(text))
            .or_else(|| japanese(text))
            .or_else(|| (!is_japanese).then(|| day_first(text))?)
    } else if first.is_ascii_alphabetic() && !is_japanese {
        month_first(text)
    } else {
        None
    };
    let (len, written) = read?;
    Some((len, written.of(facts)))
}

/// As it is written.
enum Written {
    Date(Option<i16>, i8, i8),
    Month(Option<i16>, i8),
    Time(String),
}

impl Written {
    fn of(self, facts: &Facts) -> When {
        let months = [(facts.month, Month::Now)]
            .into_iter()
            .chain(facts.month.previous().map(|month| (month, Month::Before)));
        match self {
            Self::Time(time) => When::Time(time),
            Self::Month(year, month) => months
                .into_iter()
                .find(|(of, _)| is_month(*of, year, month))
                .map_or(When::Elsewhere, |(_, which)| When::Month(which)),
            Self::Date(year, month, day) => {
                let date = Date::new(facts.month.year(), month, day);
                if date.is_ok() && is_month(facts.month, year, month) {
                    When::Day(format!("{}-{day:02}", facts.month))
                } else {
                    When::Elsewhere
                }
            }
        }
    }
}

fn is_month(of: Calendar, year: Option<i16>, month: i8) -> bool {
    of.month() == month && year.is_none_or(|year| year == of.year())
}

/// Takes digits off the start.
fn digits(text: &str, most: usize) -> Option<(i16, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    if end == 0 || end > most {
        return None;
    }
    Some((text.get(..end)?.parse().ok()?, text.get(end..)?))
}

fn small(n: i16) -> Option<i8> {
    i8::try_from(n).ok()
}

/// `2024-11-26`, `2024-11`, `11-26`, the first two with slashes as well: `11/26` may be anything.
fn iso(text: &str) -> Option<(usize, Written)> {
    let (first, rest) = digits(text, 4)?;
    let width = text.len() - rest.len();
    let mark = rest.chars().next().filter(|c| matches!(c, '-' | '/'))?;
    let tail = rest.get(1..)?;
    let (second, rest) = digits(tail, 2)?;
    let is_wide = tail.len() - rest.len() == 2;
    let third = rest
        .strip_prefix(mark)
        .and_then(|rest| digits(rest, 2))
        .filter(|_| width == 4);
    let (month, written, rest) = match third {
        Some((day, rest)) => {
            let (month, day) = (small(second)?, small(day)?);
            (month, Written::Date(Some(first), month, day), rest)
        }
        None if width == 4 => {
            let month = small(second)?;
            (month, Written::Month(Some(first), month), rest)
        }
        None if mark == '-' && width == 2 && is_wide => {
            let month = small(first)?;
            (month, Written::Date(None, month, small(second)?), rest)
        }
        None => return None,
    };
    // The time in a timestamp is read by itself.
    if let Some(after) = rest.strip_prefix('T').filter(|after| time(after).is_some()) {
        return Some((text.len() - after.len(), written));
    }
    let ends = !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/'));
    ((1..=12).contains(&month) && ends).then(|| (text.len() - rest.len(), written))
}

/// `16:05`, with seconds and Z.
fn time(text: &str) -> Option<(usize, Written)> {
    let (hour, rest) = digits(text, 2)?;
    let rest = rest.strip_prefix(':')?;
    let (minute, after) = digits(rest, 2)?;
    if rest.len() - after.len() != 2 || hour > 23 || minute > 59 {
        return None;
    }
    let mut rest = after;
    if let Some(tail) = rest.strip_prefix(':')
        && let Some((_, after)) = digits(tail, 2)
    {
        rest = after;
    }
    rest = rest.strip_prefix('Z').unwrap_or(rest);
    let ends = !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == ':');
    ends.then(|| {
        (
            text.len() - rest.len(),
            Written::Time(format!("{hour:02}:{minute:02}")),
        )
    })
}

/// `2024年11月26日`, `11月26日`, `11月`.
fn japanese(text: &str) -> Option<(usize, Written)> {
    let skip = |text: &str| text.len() - text.trim_start_matches(' ').len();
    let (first, rest) = digits(text, 4)?;
    let rest = rest.get(skip(rest)..)?;
    let (year, month, rest) = if let Some(rest) = rest.strip_prefix('年') {
        let (month, rest) = digits(rest.get(skip(rest)..)?, 2)?;
        (Some(first), month, rest.get(skip(rest)..)?)
    } else {
        (None, first, rest)
    };
    let rest = rest.strip_prefix('月')?;
    let month = small(month)?;
    let tail = rest.get(skip(rest)..)?;
    if let Some((day, tail)) = digits(tail, 2)
        && let Some(tail) = tail.get(skip(tail)..)?.strip_prefix('日')
    {
        return Some((
            text.len() - tail.len(),
            Written::Date(year, month, small(day)?),
        ));
    }
    Some((text.len() - rest.len(), Written::Month(year, month)))
}

/// Takes the name of a month off the start.
fn month_name(text: &str) -> Option<(i8, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let word = text.get(..end)?;
    if !word.starts_with(|c: char| c.is_ascii_uppercase()) || word.len() < 3 {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let at = MONTHS.iter().position(|name| {
        *name == lower || (name.get(..3) == Some(&lower)) || lower == "sept" && *name == "september"
    })?;
    let rest = text.get(end..)?;
    let rest = if word.len() <= 4 && word.len() < MONTHS.get(at)?.len() {
        rest.strip_prefix('.').unwrap_or(rest)
    } else {
        rest
    };
    Some((i8::try_from(at + 1).ok()?, rest))
}

/// `November 26, 2024`, `November 26th`, `November 2024`, `November`.
fn month_first(text: &str) -> Option<(usize, Written)> {
    let (month, rest) = month_name(text)?;
    let end = text.len() - rest.len();
    // "May" and "March" begin sentences.
    let is_word = matches!(month, 3 | 5);
    let Some((number, tail)) = rest.strip_prefix(' ').and_then(|rest| digits(rest, 4)) else {
        return (!is_word).then_some((end, Written::Month(None, month)));
    };
    let wide = rest.len() - 1 - tail.len();
    if wide == 4 {
        return Some((text.len() - tail.len(), Written::Month(Some(number), month)));
    }
    // "November 26, 2024" and not "In November 26,000 items".
    let goes_on = tail.starts_with(['%', '.', ',']) && !tail.starts_with(", ");
    let is_end = tail == "." || tail.starts_with(". ") || tail == ",";
    let is_day = wide <= 2 && (1..=31).contains(&number) && (!goes_on || is_end);
    let tail = ordinal_off(tail);
    // "In November 77 items": a day would be the last of what is said of it.
    if !is_day || follows_noun(tail) {
        return (!is_word).then_some((end, Written::Month(None, month)));
    }
    let (year, tail) = year_off(tail);
    Some((
        text.len() - tail.len(),
        Written::Date(year, month, small(number)?),
    ))
}

/// `26 November 2024`, `26th of November`.
fn day_first(text: &str) -> Option<(usize, Written)> {
    let (day, rest) = digits(text, 2)?;
    let rest = ordinal_off(rest).strip_prefix(' ')?;
    let rest = rest.strip_prefix("of ").unwrap_or(rest);
    let (month, rest) = month_name(rest)?;
    let (year, rest) = year_off(rest);
    Some((
        text.len() - rest.len(),
        Written::Date(year, month, small(day)?),
    ))
}

fn ordinal_off(text: &str) -> &str {
    let mut marks = ["st", "nd", "rd", "th"].iter();
    marks
        .find_map(|mark| text.strip_prefix(mark))
        .filter(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
        .unwrap_or(text)
}

fn year_off(text: &str) -> (Option<i16>, &str) {
    let tail = text.strip_prefix(", ").or_else(|| text.strip_prefix(' '));
    match tail.and_then(|tail| digits(tail, 4).map(|(year, rest)| (year, rest, tail))) {
        Some((year, rest, tail)) if tail.len() - rest.len() == 4 => (Some(year), rest),
        _ => (None, text),
    }
}

/// Says whether what follows makes the number before it a count: "In November 77 items".
fn follows_noun(tail: &str) -> bool {
    const COUNTED: &[&str] = &[
        "items",
        "item",
        "configuration",
        "real",
        "changes",
        "change",
        "resources",
        "resource",
        "accounts",
        "account",
        "deletions",
        "creations",
        "deleted",
        "created",
        "echoes",
        "security",
        "departures",
        "days",
        "more",
        "fewer",
        "types",
        "regions",
        "of",
    ];
    let Some(tail) = tail.strip_prefix(' ') else {
        return false;
    };
    let word = tail
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    COUNTED.iter().any(|noun| noun.eq_ignore_ascii_case(word))
}
