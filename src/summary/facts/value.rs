//! What a fact says: numbers with what they count.

use crate::{analysis::Usd, domain::ChangeKind};

use super::entity::EntityId;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::summary) enum Quantity {
    Items,
    /// Real changes.
    Changes,
    Echoes,
    Resources,
    Accounts,
    Regions,
    Types,
    /// Items of a kind.
    OfKind(ChangeKind),
    /// Resources with an item of a kind.
    ResourcesOf(ChangeKind),
    /// Estimated cost of recording.
    Cost,
    CostOfChanges,
    CostOfEchoes,
    CostOfCompliance,
    /// Departures from the months before.
    Departures,
    SecurityEvents,
    /// Months compared with.
    Months,
    /// Account and Region pairs that deliver.
    Recorders,
    /// Days with items.
    Days,
    /// Times in which a recorder may have missed something.
    Gaps,
    /// What a fact names in words.
    What,
    /// When it was.
    When,
}

/// How a number stands to its quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::summary) enum Aspect {
    /// Of the month.
    Now,
    /// Of the month before.
    Before,
    /// Of the month less that of the one before.
    Delta,
    /// The same in percent.
    DeltaPercent,
    /// In percent of the whole month.
    Share,
    /// What the months before let expect.
    Expected,
    /// The largest of its like in the months before.
    LargestBefore,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::summary) enum Value {
    Count(u64),
    Delta(i64),
    /// Tenths of a percent.
    Percent(i64),
    /// Tenths.
    Tenths(u64),
    Usd(Usd),
    /// Words in English and Japanese.
    What(&'static str, &'static str),
    /// A time or a day in the month's zone.
    When(String),
}

/// Place in a list, 1 first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::summary) struct Rank {
    /// List: what is ranked, by what.
    pub(in crate::summary) list: &'static str,
    pub(in crate::summary) place: u64,
    pub(in crate::summary) of: u64,
    /// Whether another one has the same value.
    pub(in crate::summary) tied: bool,
}

/// A value under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::summary) struct Field {
    pub(in crate::summary) name: &'static str,
    pub(in crate::summary) quantity: Quantity,
    pub(in crate::summary) aspect: Aspect,
    pub(in crate::summary) value: Value,
    pub(in crate::summary) rank: Option<Rank>,
}

/// What words may be said of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::summary) enum Tag {
    Created,
    Deleted,
    Recreated,
    /// Not seen before.
    New,
    Echo,
    Settings,
    Tags,
    Relationships,
    Compliance,
    Cost,
    /// Departs from the months before.
    Unusual,
    Security,
    Coverage,
    /// Says that something is not there, and may.
    Absent,
}

/// A numbered fact.
#[derive(Debug, Clone)]
pub(in crate::summary) struct Fact {
    /// `f12`.
    pub(in crate::summary) id: String,
    /// What it is, in a word or two, for the model.
    pub(in crate::summary) label: String,
    /// What it is about; none: the whole month.
    pub(in crate::summary) subject: Vec<EntityId>,
    /// What may be named beside.
    pub(in crate::summary) members: Vec<EntityId>,
    /// Whether it counts everything about its subject: then nothing of it may be left out.
    pub(in crate::summary) is_whole: bool,
    pub(in crate::summary) tags: Vec<Tag>,
    pub(in crate::summary) fields: Vec<Field>,
    /// How much it tells a reader: what is cut last.
    pub(in crate::summary) worth: u32,
}

impl Fact {
    pub(in crate::summary) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(in crate::summary) fn has(&self, tag: Tag) -> bool {
        self.tags.contains(&tag)
    }

    /// Returns which way a quantity went: its own, or for `None` that of the first field that says.
    pub(in crate::summary) fn trend(
        &self,
        quantity: Option<Quantity>,
    ) -> Option<std::cmp::Ordering> {
        let of = |aspect| {
            self.fields.iter().find(|field| {
                field.aspect == aspect && quantity.is_none_or(|wanted| field.quantity == wanted)
            })
        };
        if let Some(field) = of(Aspect::Delta) {
            return Some(match &field.value {
                Value::Delta(by) => by.cmp(&0),
                Value::Usd(by) => by.micros().cmp(&0),
                _ => return None,
            });
        }
        let number = |field: &Field| match &field.value {
            Value::Count(n) => Some(n.saturating_mul(10)),
            Value::Tenths(n) => Some(*n),
            _ => None,
        };
        // Of a departure: its name and its time stand beside the number that was seen.
        let against = of(Aspect::Expected).or_else(|| of(Aspect::LargestBefore))?;
        let seen = self
            .fields
            .iter()
            .find(|field| field.aspect == Aspect::Now && field.quantity == against.quantity)?;
        Some(number(seen)?.cmp(&number(against)?))
    }
}
