//! Patterns of projected dates, as Java writes them: `yyyy/M/d`, `yyyy-MM-dd`, `yyyyMM`.

use jiff::civil::Date;

/// A pattern of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatePattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Year,
    /// Digits at least.
    Month(usize),
    Day(usize),
    Text(String),
}

impl DatePattern {
    /// Reads a pattern; `None` for one that has more in it than years, months and days.
    pub fn parse(pattern: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some(letter) = rest.chars().next() {
            let run = rest.chars().take_while(|c| *c == letter).count();
            let (part, used) = match letter {
                'y' | 'u' if run == 4 => (Part::Year, run),
                'M' if run <= 2 => (Part::Month(run), run),
                'd' if run <= 2 => (Part::Day(run), run),
                '\'' => {
                    let end = rest.get(1..)?.find('\'')?;
                    (Part::Text(rest.get(1..=end)?.to_owned()), end + 2)
                }
                letter if letter.is_ascii_alphabetic() => return None,
                letter => (Part::Text(letter.to_string()), letter.len_utf8()),
            };
            parts.push(part);
            rest = rest.get(used..)?;
        }
        parts.contains(&Part::Year).then_some(Self { parts })
    }

    /// Writes a day.
    pub fn format(&self, day: Date) -> String {
        let write = |part: &Part| match part {
            Part::Year => format!("{:04}", day.year()),
            Part::Month(digits) => format!("{:0digits$}", day.month()),
            Part::Day(digits) => format!("{:0digits$}", day.day()),
            Part::Text(text) => text.clone(),
        };
        self.parts.iter().map(write).collect()
    }

    /// Reads a day; the first day of a month or year where the pattern has no more. `None` for what
    /// is written otherwise, such as `NOW`.
    pub fn read(&self, text: &str) -> Option<Date> {
        let (mut year, mut month, mut day) = (None, 1, 1);
        let mut rest = text;
        let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).count();
        for part in &self.parts {
            let used = match part {
                Part::Year => 4,
                Part::Month(least) | Part::Day(least) if *least > 1 => *least,
                Part::Month(_) | Part::Day(_) => digits(rest).min(2),
                Part::Text(text) => {
                    rest = rest.strip_prefix(text.as_str())?;
                    continue;
                }
            };
            let (number, after) = rest.split_at_checked(used)?;
            match part {
                Part::Year => year = number.parse().ok(),
                Part::Month(_) => month = number.parse().ok()?,
                Part::Day(_) => day = number.parse().ok()?,
                Part::Text(_) => {}
            }
            rest = after;
        }
        // Ranges are written with leading zeros at times where the pattern has none.
        Date::new(year?, month, day).ok()
    }

    /// Says whether the pattern tells days.
    pub fn tells_days(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Day(_)))
    }

    /// Says whether the pattern tells months.
    pub fn tells_months(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Month(_)))
    }

    /// Says whether months and days have leading zeros.
    pub fn is_padded(&self) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Month(2) | Part::Day(2)))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_written_as_java_would() {
        for (pattern, expected) in [
            ("yyyy/M/d", "2024/3/7"),
            ("yyyy/MM/dd", "2024/03/07"),
            ("yyyy-MM-dd", "2024-03-07"),
            ("yyyyMM", "202403"),
            ("'d'yyyy", "d2024"),
        ] {
            let parsed = DatePattern::parse(pattern).unwrap();
            assert_eq!(parsed.format(date(2024, 3, 7)), expected, "{pattern}");
        }
        for wrong in ["", "MM/dd", "yyyy/MMM/d", "yyyy HH", "yyyy'x"] {
            assert_eq!(DatePattern::parse(wrong), None, "{wrong}");
        }
        let plain = DatePattern::parse("yyyy/M/d").unwrap();
        assert!(!plain.is_padded());
        assert!(plain.tells_days());
        for (text, expected) in [
            ("2020/1/1", Some(date(2020, 1, 1))),
            ("2020/01/15", Some(date(2020, 1, 15))),
            ("NOW", None),
            ("NOW-3YEARS", None),
        ] {
            assert_eq!(plain.read(text), expected, "{text}");
        }
        let months = DatePattern::parse("yyyyMM").unwrap();
        assert_eq!(months.read("202403"), Some(date(2024, 3, 1)));
        assert!(!months.tells_days() && months.tells_months());
    }
}
