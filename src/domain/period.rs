//! The instants a question is about, and the delivery folders that can hold their items.

use jiff::{
    Timestamp, ToSpan,
    civil::Date,
    tz::{Offset, TimeZone},
};

use super::{InvalidValue, Month};

/// Days of delivery folders read before a period's first day.
const FOLDER_DAYS_BEFORE: i64 = 1;
/// Days of delivery folders read after a period's last day: delivery is best effort and late.
const FOLDER_DAYS_AFTER: i64 = 2;

/// A half-open span of capture times, `[start, end)`, and the time zone whose calendar counts its
/// days and months.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    start: Timestamp,
    end: Timestamp,
    zone: TimeZone,
}

impl Period {
    /// Returns the span of `month` in `zone`.
    pub fn of_month(month: Month, zone: TimeZone) -> Result<Self, InvalidValue> {
        let after = month.next().ok_or_else(|| {
            InvalidValue::new("month", &month.to_string(), "a month before 9998-12")
        })?;
        Self::between(month.first_day(), after.first_day(), zone)
    }

    /// Returns the span from the start of day `from` to the start of day `to`, which is not in it.
    pub fn between(from: Date, to: Date, zone: TimeZone) -> Result<Self, InvalidValue> {
        let instant = |day: Date| {
            zone.to_ambiguous_timestamp(day.to_datetime(jiff::civil::Time::midnight()))
                .compatible()
                .map_err(|_| {
                    InvalidValue::new("date", &day.to_string(), "a date from 1970 to 9998")
                })
        };
        Self::new(instant(from)?, instant(to)?, zone)
    }

    /// Returns the span `[start, end)`.
    pub fn new(start: Timestamp, end: Timestamp, zone: TimeZone) -> Result<Self, InvalidValue> {
        if start < end {
            Ok(Self { start, end, zone })
        } else {
            Err(InvalidValue::new(
                "period",
                &format!("{start} to {end}"),
                "an end after the start (the end is not in the period)",
            ))
        }
    }

    /// Returns the span of everything that can be delivered.
    pub fn all_time(zone: TimeZone) -> Self {
        Self {
            start: Timestamp::MIN,
            end: Timestamp::MAX,
            zone,
        }
    }

    /// Returns the first instant.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// Returns the first instant that is past the period.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// Returns the time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Says whether `instant` lies in the period.
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Returns the first and last UTC day of the delivery folders that can hold items of the
    /// period. Folders go by UTC and by delivery, which may be a day or more after the capture.
    pub fn folder_days(&self) -> (Date, Date) {
        let utc = |instant: Timestamp| Offset::UTC.to_datetime(instant).date();
        let last_inside = self.end.checked_sub(1.nanosecond()).unwrap_or(self.end);
        (
            utc(self.start).saturating_sub(FOLDER_DAYS_BEFORE.days()),
            utc(last_inside).saturating_add(FOLDER_DAYS_AFTER.days()),
        )
    }

    /// Returns the instant after which no delivery is expected to add to the period.
    pub fn settled_at(&self) -> Timestamp {
        let (_, last_folder) = self.folder_days();
        let after = last_folder.saturating_add(1.day());
        after
            .to_zoned_datetime(TimeZone::UTC)
            .map_or(Timestamp::MAX, |day| day.timestamp())
    }

    /// Returns the period's name for people: `2024-11` for a whole month, else its two ends.
    pub fn month(&self) -> Option<Month> {
        let first = self.zone.to_datetime(self.start).date();
        let month = Month::of_date(first).ok()?;
        (Self::of_month(month, self.zone.clone()).as_ref() == Ok(self)).then_some(month)
    }
}

/// Parses a time zone: an IANA name such as `Asia/Tokyo`, `UTC`, or an offset such as `+09:00`.
pub fn parse_zone(name: &str) -> Result<TimeZone, InvalidValue> {
    let invalid = || {
        InvalidValue::new(
            "time zone",
            name,
            "an IANA name such as Asia/Tokyo, UTC, or +09:00",
        )
    };
    if name.eq_ignore_ascii_case("utc") || name == "Z" {
        return Ok(TimeZone::UTC);
    }
    if name.starts_with(['+', '-']) {
        let parse = |text: &str| jiff::fmt::temporal::DateTimeParser::new().parse_time_zone(text);
        return parse(name).map_err(|_| invalid());
    }
    TimeZone::get(name).map_err(|_| invalid())
}

/// Returns the name of a time zone, in the form that [`parse_zone`] reads.
pub fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().map_or_else(
        || {
            zone.to_fixed_offset()
                .map_or_else(|_| "UTC".to_owned(), |offset| offset.to_string())
        },
        str::to_owned,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tokyo_november_begins_at_15_utc_on_the_last_of_october() {
        let month = "2024-11".parse().unwrap();
        let period = Period::of_month(month, parse_zone("Asia/Tokyo").unwrap()).unwrap();
        assert_eq!(period.start().to_string(), "2024-10-31T15:00:00Z");
        assert_eq!(period.end().to_string(), "2024-11-30T15:00:00Z");
        let (first, last) = period.folder_days();
        assert_eq!(
            (first.to_string(), last.to_string()),
            ("2024-10-30".into(), "2024-12-02".into())
        );
        assert_eq!(period.month(), Some(month));
    }

    #[test]
    fn utc_november_reads_one_day_before_and_two_after() {
        let period = Period::of_month("2024-11".parse().unwrap(), TimeZone::UTC).unwrap();
        let (first, last) = period.folder_days();
        assert_eq!(
            (first.to_string(), last.to_string()),
            ("2024-10-31".into(), "2024-12-02".into())
        );
    }

    #[test]
    fn zones() {
        assert!(parse_zone("Mars/Olympus").is_err());
        assert_eq!(zone_name(&parse_zone("+09:00").unwrap()), "+09");
        assert!(parse_zone(&zone_name(&parse_zone("+09:00").unwrap())).is_ok());
        assert_eq!(zone_name(&parse_zone("utc").unwrap()), "UTC");
        // Clocks went back within this month; it is an hour longer than its days.
        let period = Period::of_month(
            "2024-11".parse().unwrap(),
            parse_zone("America/New_York").unwrap(),
        )
        .unwrap();
        assert_eq!(
            period.end().duration_since(period.start()).as_hours(),
            30 * 24 + 1
        );
    }

    proptest! {
        #[test]
        fn months_tile_the_year(year in 1971i16..2200, month in 1i8..=12, zone in 0usize..4) {
            let zone = parse_zone(["UTC", "Asia/Tokyo", "America/New_York", "+05:45"][zone]).unwrap();
            let this = Month::new(year, month).unwrap();
            let a = Period::of_month(this, zone.clone()).unwrap();
            let b = Period::of_month(this.next().unwrap(), zone).unwrap();
            prop_assert_eq!(a.end(), b.start());
            prop_assert_eq!(a.month(), Some(this));
        }
    }
}
