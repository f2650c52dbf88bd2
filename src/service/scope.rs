//! What the arguments of a question mean: text becomes a period and a filter, once, here.

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use super::{ErrorCode, ServiceError};
use crate::domain::{InvalidValue, ItemFilter, Month, Period, parse_zone};

/// The statuses there are.
const STATUSES: [&str; 5] = [
    "OK",
    "ResourceDiscovered",
    "ResourceDeleted",
    "ResourceNotRecorded",
    "ResourceDeletedNotRecorded",
];

/// The arguments that say when.
#[derive(Debug, Clone, Copy)]
pub(super) struct PeriodArgs<'a> {
    pub(super) month: Option<Month>,
    pub(super) from: Option<&'a str>,
    pub(super) to: Option<&'a str>,
    pub(super) timezone: Option<&'a str>,
}

/// The arguments that say which items.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FilterArgs<'a> {
    pub(super) account: &'a [String],
    pub(super) region: &'a [String],
    pub(super) resource_type: &'a [String],
    pub(super) resource: &'a [String],
    pub(super) name: &'a [String],
    pub(super) tag: &'a [String],
    pub(super) status: &'a [String],
    pub(super) kind: &'a [String],
}

/// Parses a time zone; none is UTC.
pub(super) fn zone(name: Option<&str>) -> Result<TimeZone, InvalidValue> {
    name.map_or(Ok(TimeZone::UTC), parse_zone)
}

/// Length of each list of an answer unless asked otherwise.
const DEFAULT_TOP: u64 = 10;
/// Length of each list of an answer at most.
const MAX_TOP: u64 = 100;

/// Returns how many lines each list of an answer may have.
pub(super) fn top(asked: Option<u64>) -> Result<usize, InvalidValue> {
    let top = asked.unwrap_or(DEFAULT_TOP);
    let invalid = || InvalidValue::new("top", &top.to_string(), format!("1 to {MAX_TOP}"));
    if !(1..=MAX_TOP).contains(&top) {
        return Err(invalid());
    }
    usize::try_from(top).map_err(|_| invalid())
}

impl PeriodArgs<'_> {
    /// Returns the period that is meant.
    pub(super) fn resolve(self) -> Result<Period, ServiceError> {
        let zone = zone(self.timezone)?;
        match (self.month, self.from, self.to) {
            (Some(month), None, None) => Ok(Period::of_month(month, zone)?),
            (None, Some(from), Some(to)) => {
                let start = bound("from", from, &zone, Edge::Start)?;
                let end = bound("to", to, &zone, Edge::End)?;
                Ok(Period::new(start, end, zone)?)
            }
            (None, None, None) => Err(ServiceError::new(
                ErrorCode::InvalidArgument,
                "no period is given: pass month (YYYY-MM), or from and to",
            )),
            (Some(_), _, _) => Err(ServiceError::new(
                ErrorCode::InvalidArgument,
                "pass either month or from and to, not both",
            )),
            (None, _, _) => Err(ServiceError::new(
                ErrorCode::InvalidArgument,
                "from and to go together",
            )),
        }
    }
}

/// Parses an instant; a day stands for its last moment.
pub(super) fn instant_of(
    what: &'static str,
    text: &str,
    zone: &TimeZone,
) -> Result<Timestamp, InvalidValue> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let end = bound(what, text, zone, Edge::End)?;
    Ok(end.checked_sub(1.millisecond()).unwrap_or(end))
}

#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

/// Parses a day or an instant. A day that ends a period is in it; an instant is not.
fn bound(
    what: &'static str,
    text: &str,
    zone: &TimeZone,
    edge: Edge,
) -> Result<Timestamp, InvalidValue> {
    let invalid = || {
        InvalidValue::new(
            what,
            text,
            "a day (2024-11-05) or an instant (2024-11-05T09:00:00Z)",
        )
    };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    if text.len() != "2024-11-05".len() {
        return Err(invalid());
    }
    let day: Date = text.parse().map_err(|_| invalid())?;
    let day = match edge {
        Edge::Start => day,
        Edge::End => day.checked_add(1.day()).map_err(|_| invalid())?,
    };
    let start = day.to_zoned_datetime(zone.clone()).map_err(|_| invalid())?;
    Ok(start.timestamp())
}

impl FilterArgs<'_> {
    /// Returns the filter that is meant.
    pub(super) fn resolve(self) -> Result<ItemFilter, InvalidValue> {
        Ok(ItemFilter {
            accounts: parse_all(self.account)?,
            regions: parse_all(self.region)?,
            types: parse_all(self.resource_type)?,
            resources: self.resource.to_vec(),
            names: self.name.to_vec(),
            tags: parse_all(self.tag)?,
            statuses: self
                .status
                .iter()
                .map(|s| status(s))
                .collect::<Result<_, _>>()?,
            kinds: parse_all(self.kind)?,
            reference: None,
        })
    }
}

fn status(text: &str) -> Result<String, InvalidValue> {
    let known = STATUSES
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(text));
    known
        .map(str::to_owned)
        .ok_or_else(|| InvalidValue::not_one_of("status", text, STATUSES))
}

fn parse_all<T: std::str::FromStr<Err = InvalidValue>>(
    values: &[String],
) -> Result<Vec<T>, InvalidValue> {
    values.iter().map(|value| value.parse()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(from: &str, to: &str, timezone: &str) -> Result<Period, ServiceError> {
        let (from, to, timezone) = (Some(from), Some(to), Some(timezone));
        PeriodArgs {
            month: None,
            from,
            to,
            timezone,
        }
        .resolve()
    }

    #[test]
    fn days_are_included_and_instants_are_not() {
        let period = resolve("2024-11-01", "2024-11-30", "UTC").unwrap();
        assert_eq!(period.month(), Some("2024-11".parse().unwrap()));
        let period = resolve("2024-11-01", "2024-11-02T00:00:00Z", "Asia/Tokyo").unwrap();
        assert_eq!(period.start().to_string(), "2024-10-31T15:00:00Z");
        assert_eq!(period.end().to_string(), "2024-11-02T00:00:00Z");
    }

    #[test]
    fn what_is_no_period() {
        for (from, to) in [
            ("2024-11-02", "2024-11-01"),
            ("yesterday", "2024-11-01"),
            ("2024-13-01", "2024-11-01"),
        ] {
            assert_eq!(
                resolve(from, to, "UTC").unwrap_err().code(),
                ErrorCode::InvalidArgument
            );
        }
        assert!(resolve("2024-11-01", "2024-11-02", "Nowhere").is_err());
    }
}
