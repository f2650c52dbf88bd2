//! Moments as milliseconds since the epoch, and the forms in which AWS writes them.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(crate) type Millis = i64;

/// One second.
pub(crate) const SECOND: Millis = 1_000;
/// One minute.
pub(crate) const MINUTE: Millis = 60 * SECOND;
/// One hour.
pub(crate) const HOUR: Millis = 60 * MINUTE;
/// One day.
pub(crate) const DAY: Millis = 24 * HOUR;

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Month {
    year: i16,
    /// 0 is January.
    index: i16,
}

impl Month {
    /// The month so many months before.
    pub(crate) fn minus(self, months: i16) -> Self {
        let count = self.year * 12 + self.index - months;
        Self {
            year: count.div_euclid(12),
            index: count.rem_euclid(12),
        }
    }

    /// The month, in UTC, of a moment.
    pub(crate) fn of(moment: Millis) -> Self {
        let date = Offset::UTC.to_datetime(timestamp(moment)).date();
        Self {
            year: date.year(),
            index: i16::from(date.month()) - 1,
        }
    }
}

impl FromStr for Month {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let date: Date = format!("{text}-01")
            .parse()
            .map_err(|_| format!("not a month: {text}"))?;
        if !(2015..2200).contains(&date.year()) {
            return Err("AWS Config has recorded since 2014".to_owned());
        }
        Ok(Self {
            year: date.year(),
            index: i16::from(date.month()) - 1,
        })
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.index + 1)
    }
}

/// The moment a month begins in UTC.
pub(crate) fn first_moment(month: Month) -> Result<Millis, String> {
    let text = format!("{month}-01T00:00:00Z");
    let first: Timestamp = text
        .parse()
        .map_err(|error| format!("use {text}: {error}"))?;
    Ok(first.as_millisecond())
}

/// `2024-11-05T03:10:07.123Z`.
pub(crate) fn iso(moment: Millis) -> String {
    format(moment, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// `20241105T031007Z`, as in file names.
pub(crate) fn stamp(moment: Millis) -> String {
    format(moment, "%Y%m%dT%H%M%SZ")
}

/// `2024/11/5`, not padded, as in folders.
pub(crate) fn day_folder(moment: Millis) -> String {
    format(moment, "%Y/%-m/%-d")
}

/// `2024-11-05T03:10:07.123+0000`, as Lambda writes it.
pub(crate) fn offset_form(moment: Millis) -> String {
    format(moment, "%Y-%m-%dT%H:%M:%S%.3f+0000")
}

/// `Nov 5, 2024 3:10:07 AM`, as `CloudFormation` writes it.
pub(crate) fn american(moment: Millis) -> String {
    format(moment, "%b %-d, %Y %-I:%M:%S %p")
}

/// How busy a moment is: offices work in the day, and little at weekends.
pub(crate) fn bustle(moment: Millis) -> f64 {
    let local = Offset::UTC.to_datetime(timestamp(moment));
    let by_hour = match local.hour() {
        0..6 => 0.6,
        6..12 => 1.2,
        12..18 => 1.4,
        _ => 0.8,
    };
    let weekend = local.date().weekday().to_monday_zero_offset() >= 5;
    by_hour * if weekend { 0.5 } else { 1.0 }
}

fn format(moment: Millis, pattern: &str) -> String {
    timestamp(moment).strftime(pattern).to_string()
}

fn timestamp(moment: Millis) -> Timestamp {
    Timestamp::from_millisecond(moment).unwrap_or_default()
}
