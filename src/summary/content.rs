//! What the digest says, in which order.

mod accounts;
mod attention;
mod cost;
mod counts;
mod coverage;
mod head;
mod narrative;
mod resources;
mod source;

pub(super) use narrative::told;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{document::Block, wording::Wording};
use crate::{
    analysis::{Digest, Warning},
    domain::{Month, parse_zone},
    store::Evidence,
};

/// Puts the document together.
pub(super) fn document(
    digest: &Digest,
    evidence: &Evidence,
    warnings: &[Warning],
    words: &'static Wording,
) -> Vec<Block> {
    let view = View {
        digest,
        words,
        zone: parse_zone(&digest.timezone).unwrap_or(TimeZone::UTC),
    };
    let mut blocks = view.head(evidence, warnings);
    let (totals, anomalies) = (&digest.totals, &digest.anomalies);
    if totals.items > 0 {
        blocks.extend(view.totals());
    }
    if totals.items + anomalies.total + anomalies.security_total > 0 {
        blocks.extend(view.attention());
    }
    if totals.items > 0 {
        blocks.extend(view.resources());
        blocks.extend(view.counts());
    }
    let cost = &digest.cost.total;
    if cost.items + cost.previous_items.unwrap_or(0) > 0 {
        blocks.extend(view.cost());
    }
    blocks.extend(view.coverage(evidence));
    blocks.extend(view.source(evidence));
    blocks
}

/// A digest in a language.
struct View<'a> {
    digest: &'a Digest,
    words: &'static Wording,
    zone: TimeZone,
}

impl View<'_> {
    /// Returns the minute of an instant in the digest's time zone.
    fn minute(&self, instant: Timestamp) -> String {
        let time = self.zone.to_datetime(instant);
        time.strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// Returns the minute of an instant, without the year where it is the digest's.
    fn short_minute(&self, instant: Timestamp) -> String {
        let minute = self.minute(instant);
        short_day(self.digest.month, &minute).to_owned()
    }

    /// Returns the time between two instants: in minutes within 24 hours, else in days.
    fn moments(&self, first: Timestamp, last: Timestamp) -> String {
        let [from, to] = [first, last].map(|at| self.short_minute(at));
        let (day, _) = from.split_once(' ').unwrap_or((&from, ""));
        match to.split_once(' ') {
            _ if from == to => from,
            Some((other, time)) if other == day => format!("{from}{}{time}", self.words.to),
            _ if last.duration_since(first) < SignedDuration::from_hours(24) => {
                format!("{from}{}{to}", self.words.to)
            }
            _ => self.days(first, last),
        }
    }

    /// Returns the days between two instants: `11-05`, or `11-05 to 11-28`.
    fn days(&self, first: Timestamp, last: Timestamp) -> String {
        let day = |instant| {
            self.zone
                .to_datetime(instant)
                .strftime("%Y-%m-%d")
                .to_string()
        };
        self.day_range(&day(first), &day(last))
    }

    /// Returns a range of days, without the year where it is the digest's.
    fn day_range(&self, first: &str, last: &str) -> String {
        let [from, to] = [first, last].map(|day| short_day(self.digest.month, day));
        if from == to {
            from.to_owned()
        } else {
            format!("{from}{}{to}", self.words.to)
        }
    }
}

fn short_day(month: Month, day: &str) -> &str {
    let year = format!("{:04}-", month.year());
    day.strip_prefix(year.as_str()).unwrap_or(day)
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
