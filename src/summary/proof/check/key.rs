//! Looks up what the facts have under a key.

use std::collections::BTreeMap;

use super::{
    measures::{Base, Kinds, Measure, Month},
    numerals::{Number, Unit},
    subject::Subject,
};
use crate::{
    analysis::{Cell, Sums, When},
    domain::ChangeKind,
    summary::{
        facts::{Aspect, EntityKind, Fact, Facts, Field, Quantity, Value},
        number::grouped,
    },
};

/// How a number stands to what is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum How {
    Level(Month),
    /// The month less the one before.
    Difference,
    /// The same in percent of the one before.
    Growth,
    /// How many times the month before.
    Factor,
    /// In percent of something larger.
    Share(Subject, Measure),
}

/// What a number is the value of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) subject: Subject,
    pub(super) measure: Measure,
    pub(super) how: How,
}

/// A value as a fraction: nothing is rounded before it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ratio {
    pub(super) num: i128,
    /// Positive.
    pub(super) den: i128,
}

impl Ratio {
    pub(super) fn whole(n: u64) -> Self {
        Self {
            num: n.into(),
            den: 1,
        }
    }

    /// Says whether a number is this value, correctly rounded to its digits.
    pub(super) fn is(self, number: &Number) -> bool {
        let Some(ten) = 10_i128.checked_pow(number.decimals) else {
            return false;
        };
        let Some(scaled) = self.num.checked_mul(ten) else {
            return false;
        };
        // Halves go away from zero, as the digest has them.
        let magnitude = (scaled.abs() * 2 + self.den) / (self.den * 2);
        let value = if scaled < 0 { -magnitude } else { magnitude };
        let written = if number.sign == Some(true) {
            -number.mantissa
        } else {
            number.mantissa
        };
        value == written
    }

    fn minus(self, other: Self) -> Self {
        Self {
            num: self.num * other.den - other.num * self.den,
            den: self.den * other.den,
        }
    }

    fn over(self, other: Self, times: i128) -> Option<Self> {
        let (num, den) = (self.num * other.den * times, self.den * other.num);
        (den > 0).then_some(Self { num, den })
    }
}

/// The facts, and what was looked up in them.
pub(super) struct Ledger<'f> {
    pub(super) facts: &'f Facts,
    sums: BTreeMap<(Subject, Kinds, Month), Option<Sums>>,
}

impl<'f> Ledger<'f> {
    pub(super) fn of(facts: &'f Facts) -> Self {
        Self {
            facts,
            sums: BTreeMap::new(),
        }
    }

    /// Returns the value under a key, or why there is none.
    pub(super) fn value(&mut self, key: &Key) -> Result<Ratio, String> {
        let (subject, measure) = (&key.subject, key.measure);
        match &key.how {
            How::Level(month) => self.level(subject, measure, *month),
            How::Difference => {
                let now = self.level(subject, measure, Month::Now)?;
                Ok(now.minus(self.level(subject, measure, Month::Before)?))
            }
            How::Growth | How::Factor => {
                let now = self.level(subject, measure, Month::Now)?;
                let before = self.level(subject, measure, Month::Before)?;
                let ratio = if key.how == How::Growth {
                    now.minus(before).over(before, 100)
                } else {
                    now.over(before, 1)
                };
                ratio.ok_or_else(|| "there were none in the month before".to_owned())
            }
            How::Share(whole, of) => {
                let part = self.level(subject, measure, Month::Now)?;
                let whole = self.level(whole, *of, Month::Now)?;
                part.over(whole, 100)
                    .ok_or_else(|| "there is nothing to be a part of".to_owned())
            }
        }
    }

    /// Returns a count of a month.
    pub(super) fn level(
        &mut self,
        subject: &Subject,
        measure: Measure,
        month: Month,
    ) -> Result<Ratio, String> {
        if subject.day.is_some() {
            return self.of_day(subject, measure, month);
        }
        match measure.base {
            Base::Items
            | Base::Changes
            | Base::Resources
            | Base::Accounts
            | Base::Regions
            | Base::Types => self.counted(subject, measure, month),
            Base::Cost | Base::CostOfChanges | Base::CostOfEchoes | Base::CostOfCompliance => {
                self.cost(subject, measure, month)
            }
            _ => self.stated(subject, measure, month),
        }
    }

    fn counted(
        &mut self,
        subject: &Subject,
        measure: Measure,
        month: Month,
    ) -> Result<Ratio, String> {
        if month == Month::Before && measure.kinds != Kinds::Any {
            return self.kind_before(subject, measure);
        }
        let key = (subject.clone().without_entity(), measure.kinds, month);
        let sums = if let Some(sums) = self.sums.get(&key) {
            *sums
        } else {
            let sums = self.sum(subject, measure.kinds, month);
            self.sums.insert(key, sums);
            sums
        };
        let sums = sums.ok_or_else(|| "nothing is known of the month before".to_owned())?;
        Ok(Ratio::whole(match measure.base {
            Base::Changes => sums.changes,
            Base::Resources => sums.resources,
            Base::Accounts => sums.accounts,
            Base::Regions => sums.regions,
            Base::Types => sums.resource_types,
            _ => sums.items,
        }))
    }

    fn sum(&self, subject: &Subject, kinds: Kinds, month: Month) -> Option<Sums> {
        let one;
        let kinds = match kinds {
            Kinds::Any => &[][..],
            Kinds::One(kind) => {
                one = [kind];
                &one
            }
            Kinds::Echoes => &ChangeKind::ECHOES,
        };
        let cell = Cell {
            account: subject.account.as_deref(),
            region: subject.region.as_deref(),
            resource_type: subject.resource_type.as_deref(),
            resource_id: subject.resource.as_deref(),
            kinds,
        };
        let when = match month {
            Month::Now => When::Now,
            Month::Before => When::Before,
        };
        self.facts.cube.sums(&cell, when)
    }

    /// Of the month before, the facts have the items of a kind as a whole.
    fn kind_before(&self, subject: &Subject, measure: Measure) -> Result<Ratio, String> {
        let unknown = || "of the month before, kinds are counted of all accounts only".to_owned();
        let Kinds::One(kind) = measure.kinds else {
            return Err(unknown());
        };
        if !subject.is_empty() || measure.base != Base::Items {
            return Err(unknown());
        }
        let field = self.field(&[], Quantity::OfKind(kind), |field| {
            field.aspect == Aspect::Before
        });
        field.and_then(ratio).ok_or_else(unknown)
    }

    fn of_day(&self, subject: &Subject, measure: Measure, month: Month) -> Result<Ratio, String> {
        let is_bare = Subject {
            day: None,
            ..subject.clone()
        }
        .is_empty();
        let quantity = match measure {
            Measure {
                base: Base::Items,
                kinds: Kinds::Any,
            } => Quantity::Items,
            Measure {
                base: Base::Changes,
                kinds: Kinds::Any,
            } => Quantity::Changes,
            _ => {
                return Err("of a day, the facts have items and real changes only".to_owned());
            }
        };
        if !is_bare || month == Month::Before {
            return Err("days are counted of all accounts, Regions and types only".to_owned());
        }
        let name = subject.day.as_deref().unwrap_or_default();
        let day = self.facts.entities.find(EntityKind::Day, name);
        let is_of_day =
            |fact: &&Fact| fact.is_whole && day.is_some_and(|day| fact.subject == [day]);
        let fact = self.facts.facts.iter().find(is_of_day);
        // Days without items have no fact of their own.
        let field = fact.and_then(|fact| {
            let mut fields = fact.fields.iter();
            fields.find(|field| field.quantity == quantity && field.aspect == Aspect::Now)
        });
        Ok(field.and_then(ratio).unwrap_or_else(|| Ratio::whole(0)))
    }

    fn cost(&self, subject: &Subject, measure: Measure, month: Month) -> Result<Ratio, String> {
        let quantity = match (measure.base, measure.kinds) {
            (Base::Cost, Kinds::Any) => Quantity::Cost,
            (Base::CostOfChanges, Kinds::Any) => Quantity::CostOfChanges,
            (Base::CostOfEchoes, Kinds::Any) | (Base::Cost, Kinds::Echoes) => {
                Quantity::CostOfEchoes
            }
            (Base::CostOfCompliance, Kinds::Any)
            | (Base::Cost, Kinds::One(ChangeKind::Compliance)) => Quantity::CostOfCompliance,
            _ => return Err("the facts have no such cost".to_owned()),
        };
        let bare = Subject {
            resource_type: None,
            ..subject.clone()
        };
        let of_type = subject
            .resource_type
            .as_deref()
            .map(|name| self.facts.entities.find(EntityKind::Type, name));
        let about = match of_type {
            Some(Some(id)) => vec![id],
            None => Vec::new(),
            Some(None) => return Err("the facts have no cost of that type".to_owned()),
        };
        let aspect = match month {
            Month::Now => Aspect::Now,
            Month::Before => Aspect::Before,
        };
        let field = self.field(&about, quantity, |field| field.aspect == aspect);
        field
            .filter(|_| bare.is_empty())
            .and_then(ratio)
            .ok_or_else(|| "the facts have no cost under these conditions".to_owned())
    }

    /// What no rows count: departures, security events, recorders, days.
    fn stated(&self, subject: &Subject, measure: Measure, month: Month) -> Result<Ratio, String> {
        let unknown = || "the facts have that number as a whole and of this month only".to_owned();
        if !subject.is_empty() || month == Month::Before || measure.kinds != Kinds::Any {
            return Err(unknown());
        }
        let (quantity, name) = match measure.base {
            Base::Departures => (Quantity::Departures, "departures"),
            Base::Security => (Quantity::SecurityEvents, "events"),
            Base::Recorders => (Quantity::Recorders, "recorders"),
            Base::IncompleteRecorders => (Quantity::Recorders, "incomplete"),
            Base::Gaps => (Quantity::Gaps, "gaps"),
            Base::Days => (Quantity::Days, "days"),
            _ => return Err(unknown()),
        };
        let field = self.field(&[], quantity, |field| field.name == name);
        field.and_then(ratio).ok_or_else(unknown)
    }

    fn field(
        &self,
        about: &[crate::summary::facts::EntityId],
        quantity: Quantity,
        is_it: impl Fn(&Field) -> bool,
    ) -> Option<&'f Field> {
        let facts: &'f Facts = self.facts;
        facts
            .facts
            .iter()
            .filter(|fact| fact.subject == about && fact.label != UNUSUAL)
            .flat_map(|fact| &fact.fields)
            .find(|field| field.quantity == quantity && is_it(field))
    }

    /// Says whether a count of zero may be said of a key.
    pub(super) fn may_be_absent(&self) -> bool {
        self.facts.is_complete
    }

    /// Says a key's value, for people.
    pub(super) fn say(&self, key: &Key, value: Ratio) -> String {
        let number = match (&key.how, is_money(key.measure)) {
            (How::Growth | How::Share(..), _) => format!("{} %", decimal(value, 1)),
            (_, true) => format!("${}", decimal(value, 3)),
            (How::Factor, _) => format!("{} times", decimal(value, 2)),
            _ => decimal(value, 0),
        };
        let mut parts = key.subject.parts();
        parts.push(match key.how {
            How::Level(Month::Now) => self.facts.month.to_string(),
            How::Level(Month::Before) => self
                .facts
                .month
                .previous()
                .map_or_else(String::new, |month| month.to_string()),
            How::Difference | How::Growth | How::Factor => {
                format!("{} against the month before", self.facts.month)
            }
            How::Share(_, of) => format!("share of {}", name_of(of)),
        });
        format!("{number} ({}: {})", name_of(key.measure), parts.join(", "))
    }
}

/// Label of the facts about departures.
pub(super) const UNUSUAL: &str = "unusual";

pub(super) fn is_money(measure: Measure) -> bool {
    matches!(
        measure.base,
        Base::Cost | Base::CostOfChanges | Base::CostOfEchoes | Base::CostOfCompliance
    )
}

/// Says whether a number's unit is that of a key.
pub(super) fn fits_unit(number: &Number, key: &Key) -> bool {
    match key.how {
        How::Growth | How::Share(..) => matches!(number.unit, Unit::Percent | Unit::Wari),
        How::Factor => number.unit == Unit::Times,
        How::Level(_) | How::Difference => {
            let wanted = if is_money(key.measure) {
                Unit::Usd
            } else {
                Unit::None
            };
            number.unit == wanted
        }
    }
}

/// Returns a field's value.
pub(super) fn ratio(field: &Field) -> Option<Ratio> {
    let of = |num: i128, den| Some(Ratio { num, den });
    match &field.value {
        Value::Count(n) => Some(Ratio::whole(*n)),
        Value::Delta(n) => of((*n).into(), 1),
        Value::Tenths(n) => of((*n).into(), 10),
        Value::Usd(amount) => of(amount.micros().into(), 1_000_000),
        Value::Percent(_) | Value::What(..) | Value::When(_) => None,
    }
}

/// A value with at most so many decimals.
fn decimal(value: Ratio, decimals: u32) -> String {
    let ten = 10_i128.pow(decimals);
    let magnitude = (value.num.abs() * ten * 2 + value.den) / (value.den * 2);
    let sign = if value.num < 0 { "-" } else { "" };
    let whole = grouped(u64::try_from(magnitude / ten).unwrap_or(u64::MAX));
    let rest = magnitude % ten;
    if decimals == 0 || rest == 0 {
        return format!("{sign}{whole}");
    }
    let width = usize::try_from(decimals).unwrap_or(1);
    let text = format!("{sign}{whole}.{rest:0width$}");
    text.trim_end_matches('0').to_owned()
}

fn name_of(measure: Measure) -> String {
    let base = match measure.base {
        Base::Items => "items",
        Base::Changes => "real changes",
        Base::Resources => "resources",
        Base::Accounts => "accounts",
        Base::Regions => "Regions",
        Base::Types => "resource types",
        Base::Cost => "recording cost",
        Base::CostOfChanges => "cost of real changes",
        Base::CostOfEchoes => "cost of echoes",
        Base::CostOfCompliance => "cost of compliance results",
        Base::Departures => "departures",
        Base::Security => "security events",
        Base::Recorders => "recorders",
        Base::IncompleteRecorders => "incomplete recorders",
        Base::Gaps => "gaps",
        Base::Days => "days with items",
    };
    match measure.kinds {
        Kinds::Any => base.to_owned(),
        Kinds::One(kind) => format!("{base} of kind {kind}"),
        Kinds::Echoes => format!("{base}, echoes only"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(mantissa: i128, decimals: u32) -> Number {
        Number {
            mantissa,
            decimals,
            sign: None,
            unit: Unit::None,
            counter: None,
        }
    }

    #[test]
    fn a_number_holds_where_it_is_rounded_as_it_should_be() {
        let third = Ratio { num: 200, den: 3 };
        assert!(third.is(&number(67, 0)));
        assert!(third.is(&number(667, 1)));
        assert!(!third.is(&number(66, 0)));
        assert!(!third.is(&number(666, 1)));
        assert!(Ratio { num: 5, den: 2 }.is(&number(3, 0)));
        let less = Number {
            sign: Some(true),
            ..number(3, 0)
        };
        assert!(Ratio { num: -5, den: 2 }.is(&less));
        assert!(!Ratio::whole(u64::MAX).is(&number(i128::MAX, 0)));
    }

    #[test]
    fn values_are_said_without_superfluous_digits() {
        assert_eq!(
            decimal(
                Ratio {
                    num: -1_204,
                    den: 1
                },
                0
            ),
            "-1,204"
        );
        assert_eq!(decimal(Ratio { num: 200, den: 3 }, 1), "66.7");
        assert_eq!(
            decimal(
                Ratio {
                    num: 6_180_000,
                    den: 1_000_000
                },
                3
            ),
            "6.18"
        );
    }
}
