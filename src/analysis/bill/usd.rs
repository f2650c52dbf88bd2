//! Money without rounding.

use std::{borrow::Cow, fmt, iter::Sum};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};

/// Millionths in a dollar.
const MICROS: f64 = 1_000_000.0;

/// Millionths in the last decimal that is shown.
const SHOWN_MICROS: i64 = 100;

/// US dollars, counted in millionths, so that parts add up to their total exactly. Serialised as a
/// number of dollars with at most four decimals, in binary formats as millionths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(i64);

impl Usd {
    /// Returns `micros` millionths of a dollar.
    pub fn from_micros(micros: u64) -> Self {
        Self(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    /// Returns the price of `items` items at `price` each.
    pub fn of_items(items: u64, price: Self) -> Self {
        let items = i64::try_from(items).unwrap_or(i64::MAX);
        Self(price.0.saturating_mul(items))
    }

    /// Returns the millionths of a dollar, negative for a decrease.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Returns the sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Returns the difference, negative where `other` is more.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Returns the dollars, rounded to four decimals, half away from zero.
    pub fn dollars(self) -> f64 {
        let half = self.0.signum() * (SHOWN_MICROS / 2);
        let rounded = self.0.saturating_add(half) / SHOWN_MICROS * SHOWN_MICROS;
        #[expect(
            clippy::cast_precision_loss,
            reason = "exact up to nine billion dollars"
        )]
        let micros = rounded as f64;
        micros / MICROS
    }
}

/// Dollars and cents; what is less than ten cents to a tenth of a cent.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = if self.0.unsigned_abs() < 100_000 {
            3
        } else {
            2
        };
        write!(f, "{:.decimals$}", self.dollars())
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Self::plus)
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // What only this program reads keeps every millionth.
        if !serializer.is_human_readable() {
            return serializer.serialize_i64(self.0);
        }
        serializer.serialize_f64(self.dollars())
    }
}

/// Reads what was written: a number with a fraction is dollars, a whole one millionths. Told by the
/// number itself, for inside of flattened structures formats do not say what they are.
impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Amount;
        impl Visitor<'_> for Amount {
            type Value = Usd;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount of money")
            }

            fn visit_i64<E>(self, micros: i64) -> Result<Usd, E> {
                Ok(Usd(micros))
            }

            fn visit_u64<E>(self, micros: u64) -> Result<Usd, E> {
                Ok(Usd::from_micros(micros))
            }

            fn visit_f64<E>(self, dollars: f64) -> Result<Usd, E> {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "saturates, and has at most four decimals of a dollar"
                )]
                let micros = (dollars * MICROS).round() as i64;
                Ok(Usd(micros))
            }
        }
        deserializer.deserialize_any(Amount)
    }
}

impl JsonSchema for Usd {
    fn schema_name() -> Cow<'static, str> {
        "Usd".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "number" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_have_at_most_four_decimals() {
        for (micros, json) in [
            (0, "0.0"),
            (3_000, "0.003"),
            (12_000, "0.012"),
            (3_612_000, "3.612"),
            (149, "0.0001"),
            (150, "0.0002"),
            (1_000_000, "1.0"),
            (900_000_003_000, "900000.003"),
        ] {
            let usd = Usd::from_micros(micros);
            assert_eq!(serde_json::to_string(&usd).unwrap(), json);
        }
        let less = Usd::from_micros(3_000).minus(Usd::from_micros(12_150));
        assert_eq!(serde_json::to_string(&less).unwrap(), "-0.0092");
    }

    #[test]
    fn what_is_kept_comes_back_to_the_millionth() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Line {
            name: String,
            #[serde(flatten)]
            money: Money,
        }
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Money {
            usd: Usd,
            less: Option<Usd>,
        }
        for micros in [0, 1, 149, 3_000, 1_000_000, 900_000_003_001] {
            let usd = Usd::from_micros(micros);
            let less = Some(Usd::default().minus(usd));
            let name = "line".to_owned();
            let line = Line {
                name,
                money: Money { usd, less },
            };
            let kept = rmp_serde::to_vec_named(&line).unwrap();
            assert_eq!(rmp_serde::from_slice::<Line>(&kept).unwrap(), line);
        }
        let shown: Usd = serde_json::from_str("0.0092").unwrap();
        assert_eq!(shown, Usd::from_micros(9_200));
    }

    #[test]
    fn no_amount_overflows() {
        let most = Usd::of_items(u64::MAX, Usd::from_micros(12_000));
        assert_eq!(most.plus(most).micros(), i64::MAX);
        assert!(most.dollars() > 9e12);
    }
}
