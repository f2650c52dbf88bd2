//! A typed question over the relation.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Column, InvalidValue, ItemFilter, Period};

/// A typed question: which items, shaped how, in what order, from which row on.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemQuery {
    /// Capture times.
    pub period: Period,
    /// Which items.
    pub filter: ItemFilter,
    /// Groups with measures, or single items.
    pub shape: Shape,
    /// Order; the store appends what is needed to make it total.
    pub order: Vec<OrderBy>,
    /// Rows to skip.
    pub offset: u64,
    /// Rows to return at most; `None` for all.
    pub limit: Option<u64>,
}

/// What a row of the answer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A group of items: the grouping columns, then the measures.
    Groups {
        /// Grouping columns; none for one row over everything.
        by: Vec<Column>,
        /// Measures, at least one.
        measures: Vec<Measure>,
    },
    /// An item: these columns.
    Items {
        /// Columns, at least one.
        columns: Vec<Column>,
    },
}

/// What is counted in a group.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Measure {
    /// Configuration items.
    Items,
    /// Items whose change kind is a real change.
    Changes,
    /// Estimated cost of recording, in US dollars.
    Cost,
}

impl Measure {
    /// All measures.
    pub const ALL: [Self; 3] = [Self::Items, Self::Changes, Self::Cost];

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Changes => "changes",
            Self::Cost => "cost",
        }
    }
}

impl FromStr for Measure {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|measure| measure.as_str() == text)
            .ok_or_else(|| InvalidValue::not_one_of("measure", text, Self::ALL.map(Self::as_str)))
    }
}

/// One term of an order: `items desc`, `resource_type`, `capture_time asc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    /// What to order by.
    pub key: OrderKey,
    /// Which way.
    pub direction: Direction,
}

/// What rows are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderKey {
    /// A column of the answer.
    Column(Column),
    /// A measure of the answer.
    Measure(Measure),
}

/// A direction of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl FromStr for OrderBy {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_whitespace();
        let name = words.next().unwrap_or_default();
        let key = match name.parse::<Measure>() {
            Ok(measure) => OrderKey::Measure(measure),
            Err(_) => OrderKey::Column(name.parse().map_err(|mut invalid: InvalidValue| {
                invalid.what = "order";
                invalid
            })?),
        };
        let direction = match words.next().map(str::to_ascii_lowercase).as_deref() {
            Some("desc") => Direction::Descending,
            None if matches!(key, OrderKey::Measure(_)) => Direction::Descending,
            Some("asc") | None => Direction::Ascending,
            Some(_) => return Err(Self::invalid(text)),
        };
        if words.next().is_some() {
            return Err(Self::invalid(text));
        }
        Ok(Self { key, direction })
    }
}

impl OrderBy {
    fn invalid(text: &str) -> InvalidValue {
        InvalidValue::new("order", text, "a column or measure, then `asc` or `desc`")
    }
}

impl fmt::Display for OrderBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.key {
            OrderKey::Column(column) => column.short_name(),
            OrderKey::Measure(measure) => measure.as_str(),
        };
        let direction = match self.direction {
            Direction::Ascending => "asc",
            Direction::Descending => "desc",
        };
        write!(f, "{name} {direction}")
    }
}
