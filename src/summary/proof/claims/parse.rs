//! A claim's text, slots and prose told apart.

use crate::summary::facts::{EntityId, Fact, Facts, Field};

/// Stands for a slot where only prose is looked at.
pub(super) const SLOT: char = '\u{FFFC}';

/// Characters of a claim at most.
const LONGEST: usize = 700;

/// What stands in a slot.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot<'f> {
    /// A value of a fact.
    Value(&'f Fact, &'f Field),
    /// Something that facts are about.
    Entity(EntityId),
    /// The month.
    Month,
    /// The month before.
    Before,
}

/// A claim's text.
#[derive(Debug)]
pub(super) struct Parsed<'f> {
    /// The prose, [`SLOT`] in place of each slot.
    pub(super) masked: String,
    /// Where slots stand in `masked`, in order.
    pub(super) slots: Vec<(usize, Slot<'f>)>,
}

impl<'f> Parsed<'f> {
    /// Reads a text. What is no slot of these facts becomes a reason.
    pub(super) fn of(facts: &'f Facts, text: &str, reasons: &mut Vec<String>) -> Self {
        let mut parsed = Self {
            masked: String::new(),
            slots: Vec::new(),
        };
        if text.chars().count() > LONGEST {
            reasons.push("the claim is too long".to_owned());
            return parsed;
        }
        let mut rest = text.trim();
        while let Some((prose, after)) = rest.split_once('{') {
            // Some write the braces twice.
            let after = after.trim_start_matches('{');
            parsed.masked.push_str(prose);
            let Some((name, tail)) = after.split_once('}') else {
                reasons.push("a slot has no end".to_owned());
                return parsed;
            };
            match slot(facts, name.trim()) {
                Ok(slot) => parsed.slots.push((parsed.masked.len(), slot)),
                Err(reason) => reasons.push(reason),
            }
            parsed.masked.push(SLOT);
            rest = tail.trim_start_matches('}');
        }
        parsed.masked.push_str(rest);
        parsed
    }

    /// Returns the facts that are cited, each once.
    pub(super) fn facts(&self) -> Vec<&'f Fact> {
        let mut cited: Vec<&Fact> = Vec::new();
        for (_, slot) in &self.slots {
            if let Slot::Value(fact, _) = slot
                && !cited.iter().any(|known| known.id == fact.id)
            {
                cited.push(fact);
            }
        }
        cited
    }
}

fn slot<'f>(facts: &'f Facts, name: &str) -> Result<Slot<'f>, String> {
    // What the model wrote is not repeated at length: it goes back to it, and into logs.
    let shown: String = name
        .chars()
        .filter(char::is_ascii_graphic)
        .take(24)
        .collect();
    match name {
        "month" => return Ok(Slot::Month),
        "before" if facts.before.is_some() => return Ok(Slot::Before),
        _ => {}
    }
    if let Some((id, field)) = name.split_once('.') {
        let fact = facts
            .fact(id)
            .ok_or_else(|| format!("there is no fact `{shown}`"))?;
        let value = fact.field(field);
        return value
            .map(|field| Slot::Value(fact, field))
            .ok_or_else(|| format!("the fact has no value `{shown}`"));
    }
    let entity = facts.entities.by_alias(name);
    entity
        .map(Slot::Entity)
        .ok_or_else(|| format!("there is nothing called `{shown}`"))
}
