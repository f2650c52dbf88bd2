//! A proved claim, its slots filled.

use super::parse::{Parsed, SLOT, Slot};
use crate::{
    domain::visible,
    summary::{
        Language,
        facts::{EntityKind, Facts},
    },
};

/// Characters of a name that are shown.
const NAME_CHARS: usize = 60;

/// Returns the claim as plain text and as Markdown. What users of the accounts named stands in code
/// spans there and cannot act as markup.
pub(super) fn render(facts: &Facts, parsed: &Parsed<'_>, language: &str) -> (String, String) {
    let (mut plain, mut markdown) = (String::new(), String::new());
    let mut slots = parsed.slots.iter();
    for c in parsed.masked.chars() {
        if c != SLOT {
            plain.push(c);
            markdown.push(c);
            continue;
        }
        let Some((_, slot)) = slots.next() else {
            continue;
        };
        let (text, is_name) = filled(facts, slot, language);
        plain.push_str(&text);
        if is_name {
            let text = text.replace('`', "'");
            markdown.extend(["`", &text, "`"]);
        } else {
            markdown.push_str(&text);
        }
    }
    (plain, markdown)
}

fn filled(facts: &Facts, slot: &Slot<'_>, language: &str) -> (String, bool) {
    match slot {
        Slot::Month => (facts.month.to_string(), false),
        Slot::Before => (
            facts
                .before
                .map(|before| before.to_string())
                .unwrap_or_default(),
            false,
        ),
        Slot::Value(_, field) => (facts.say(field, Language::of_tag(language)), false),
        Slot::Entity(id) => {
            let entity = facts.entities.get(*id);
            let name = entity
                .map(|entity| entity.name.as_str())
                .unwrap_or_default();
            let is_day = entity.is_some_and(|entity| entity.kind == EntityKind::Day);
            let shown: String = visible(name).chars().take(NAME_CHARS).collect();
            (shown, !is_day)
        }
    }
}
