//! A calendar month, `YYYY-MM`.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::InvalidValue;

/// A calendar month. It has no instants of its own: those come with a time zone, see
/// [`Period::of_month`](super::Period::of_month).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// Returns the month `month` (1 to 12) of `year` (1970 to 9998).
    pub fn new(year: i16, month: i8) -> Result<Self, InvalidValue> {
        if (1..=12).contains(&month) && (1970..=9998).contains(&year) {
            Ok(Self { year, month })
        } else {
            Err(Self::invalid(&format!("{year}-{month}")))
        }
    }

    /// Returns the month that `date` lies in.
    pub fn of_date(date: Date) -> Result<Self, InvalidValue> {
        Self::new(date.year(), date.month())
    }

    /// Returns the year, 1970 to 9998.
    pub fn year(self) -> i16 {
        self.year
    }

    /// Returns the month of the year, 1 to 12.
    pub fn month(self) -> i8 {
        self.month
    }

    /// Returns the first day.
    pub fn first_day(self) -> Date {
        jiff::civil::date(self.year, self.month, 1)
    }

    /// Returns the month before; the first one there is has none.
    pub fn previous(self) -> Option<Self> {
        let (year, month) = if self.month == 1 {
            (self.year - 1, 12)
        } else {
            (self.year, self.month - 1)
        };
        Self::new(year, month).ok()
    }

    /// Returns the month after; the last one there is has none.
    pub fn next(self) -> Option<Self> {
        let (year, month) = if self.month == 12 {
            (self.year + 1, 1)
        } else {
            (self.year, self.month + 1)
        };
        Self::new(year, month).ok()
    }

    fn invalid(value: &str) -> InvalidValue {
        InvalidValue::new("month", value, "YYYY-MM, for example 2024-11")
    }
}

impl FromStr for Month {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || Self::invalid(text);
        let (year, month) = text.split_once('-').ok_or_else(invalid)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
            return Err(invalid());
        }
        let (Ok(year), Ok(month)) = (year.parse(), month.parse()) else {
            return Err(invalid());
        };
        Self::new(year, month).map_err(|_| invalid())
    }
}

impl TryFrom<String> for Month {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl JsonSchema for Month {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Month".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^\\d{4}-\\d{2}$" })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn display_and_parse_are_inverse(year in 1970i16..=9998, month in 1i8..=12) {
            let this = Month::new(year, month).unwrap();
            prop_assert_eq!(this.to_string().parse::<Month>().unwrap(), this);
        }

        #[test]
        fn previous_undoes_next(year in 1971i16..=9997, month in 1i8..=12) {
            let this = Month::new(year, month).unwrap();
            prop_assert_eq!(this.next().unwrap().previous().unwrap(), this);
            prop_assert!(this < this.next().unwrap());
        }

        #[test]
        fn any_text_parses_or_fails_without_panic(text in "\\PC{0,12}") {
            if let Ok(month) = text.parse::<Month>() {
                prop_assert_eq!(month.to_string(), text);
            }
        }
    }

    #[test]
    fn refuses_what_is_no_month() {
        for bad in [
            "2024-13",
            "2024-00",
            "2024-1",
            "24-11",
            "2024/11",
            "",
            "2024-11-01",
            "+024-11",
        ] {
            assert!(bad.parse::<Month>().is_err(), "{bad}");
        }
    }
}
