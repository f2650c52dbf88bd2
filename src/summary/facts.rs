//! The numbered facts of a month: what a narrative may say, and what any text about the month is
//! held against.

mod entity;
mod gather;
mod notable;
mod say;
mod value;

use sha2::{Digest as _, Sha256};

pub(super) use entity::{Entities, Entity, EntityId, EntityKind};
pub(super) use value::{Aspect, Fact, Field, Quantity, Rank, Tag, Value};

use crate::{
    analysis::{Cube, Digest, DigestInput},
    domain::{Month, hex},
};

/// The facts of a month, of every account, Region and type, with all that its digest lists.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_field_names,
    reason = "the facts among what else is known"
)]
pub struct Facts {
    pub(super) month: Month,
    pub(super) before: Option<Month>,
    pub(super) timezone: String,
    pub(super) entities: Entities,
    pub(super) facts: Vec<Fact>,
    pub(super) cube: Cube,
    /// Whether the absence of an item proves that nothing happened, everywhere asked about.
    pub(super) is_complete: bool,
    is_empty: bool,
}

impl Facts {
    /// Gathers the facts of a digest and of the counts that it was made from.
    pub fn of(digest: &Digest, input: &DigestInput) -> Self {
        Self::with_cube(digest, Cube::of(input))
    }

    /// Gathers the facts of a digest; `cube` has the counts behind it.
    pub(super) fn with_cube(digest: &Digest, cube: Cube) -> Self {
        let mut facts = Self {
            month: digest.month,
            before: digest.previous.as_ref().map(|before| before.month),
            timezone: digest.timezone.clone(),
            entities: Entities::default(),
            facts: Vec::new(),
            cube,
            is_complete: !digest.coverage.recorders.is_empty()
                && digest.coverage.recorders.iter().all(|line| line.complete),
            is_empty: digest.totals.items == 0,
        };
        facts.gather_counts(digest);
        facts.gather_notable(digest);
        facts
    }

    /// Says whether the month has no items: there is nothing to word.
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Returns SHA-256 over all facts and what they are about, in hexadecimal.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!(
            "{} {:?} {}",
            self.month, self.before, self.timezone
        ));
        for (_, entity) in self.entities.iter() {
            hash.update(format!(
                "{:?}\n{}\n{}\n",
                entity.kind, entity.name, entity.key
            ));
        }
        for fact in &self.facts {
            hash.update(format!("{fact:?}\n"));
        }
        hex(hash.finalize())
    }

    /// Finds a fact by its id.
    pub(super) fn fact(&self, id: &str) -> Option<&Fact> {
        let number: usize = id.strip_prefix('f')?.parse().ok()?;
        let fact = self.facts.get(number.checked_sub(1)?)?;
        // `f01` is no id.
        (fact.id == id).then_some(fact)
    }

    /// Adds a fact under the next number.
    fn add(&mut self, fact: NewFact) {
        let fields: Vec<Field> = fact.fields.into_iter().flatten().collect();
        if fields.is_empty() {
            return;
        }
        self.facts.push(Fact {
            id: format!("f{}", self.facts.len() + 1),
            label: fact.label,
            subject: fact.subject,
            members: fact.members,
            is_whole: fact.is_whole,
            tags: fact.tags,
            fields,
            worth: fact.worth,
        });
    }
}

/// A fact before it has its number.
#[derive(Debug, Default)]
struct NewFact {
    label: String,
    subject: Vec<EntityId>,
    members: Vec<EntityId>,
    is_whole: bool,
    tags: Vec<Tag>,
    fields: Vec<Option<Field>>,
    worth: u32,
}

/// Makes a field.
fn field(name: &'static str, quantity: Quantity, aspect: Aspect, value: Value) -> Field {
    Field {
        name,
        quantity,
        aspect,
        value,
        rank: None,
    }
}

/// Makes the field of a count.
#[expect(
    clippy::unnecessary_wraps,
    reason = "stands in lists of fields that may be missing"
)]
fn count(name: &'static str, quantity: Quantity, n: u64) -> Option<Field> {
    Some(field(name, quantity, Aspect::Now, Value::Count(n)))
}
