//! What a model is told: facts by number, names by alias, cut by value to a token budget.
//!
//! No text that users of the accounts wrote goes in: accounts, resources and days are aliases;
//! Regions and types only where they look like Regions and types of AWS.

use std::{cmp::Reverse, collections::BTreeSet};

use serde_json::{Value as Json, json};

use super::{
    Language,
    facts::{Aspect, Entity, EntityId, EntityKind, Fact, Facts, Field, Value},
    proof::FailedClaim,
};

/// Version of the prompt, part of a cached narrative's key.
pub const PROMPT_VERSION: u32 = 1;
/// Claims that are asked for at most.
const CLAIMS: usize = 10;
/// Types named beside what a fact is about.
const MEMBERS: usize = 3;

/// What a model is told.
#[derive(Debug, Clone)]
pub struct Brief {
    /// What to do.
    pub system: String,
    /// The facts.
    pub user: String,
    /// JSON Schema of the answer.
    pub schema: Json,
    /// Input tokens by the estimate that it was cut with, the request's own among them.
    pub tokens: u64,
    /// Facts in it.
    pub facts_shown: u64,
    /// Facts there are.
    pub facts_total: u64,
}

impl Brief {
    /// Writes the brief in at most `budget` tokens, as `estimate` counts them; `request_tokens` of
    /// them every request has besides its texts. Facts that are worth
    /// least are left out first; totals always stay.
    pub fn of(
        facts: &Facts,
        language: &str,
        budget: u64,
        request_tokens: u64,
        estimate: fn(&str) -> u64,
    ) -> Self {
        let system = system(language);
        let schema = schema();
        let fixed = request_tokens + estimate(&system) + estimate(&schema.to_string());
        let mut by_worth: Vec<&Fact> = facts.facts.iter().collect();
        by_worth.sort_by_key(|fact| Reverse(fact.worth));
        let cost = |shown: usize| {
            let user = user(facts, by_worth.get(..shown).unwrap_or_default());
            (fixed + estimate(&user), user)
        };
        // The text grows with every fact: the largest number that fits is found by halving.
        let (mut fits, mut too_many) = (1, by_worth.len() + 1);
        while fits + 1 < too_many {
            let middle = usize::midpoint(fits, too_many);
            if cost(middle).0 <= budget {
                fits = middle;
            } else {
                too_many = middle;
            }
        }
        let (tokens, user) = cost(fits);
        Self {
            system,
            user,
            schema,
            tokens,
            facts_shown: fits.min(by_worth.len()) as u64,
            facts_total: by_worth.len() as u64,
        }
    }

    /// Asks once more for claims that failed, in the order of their places.
    pub fn repair(&self, failed: &[FailedClaim]) -> String {
        let mut text = String::from(
            "Some claims failed the check. Write each of them again, corrected, in the same order, \
             and no others; split a claim's sentence where needed.\n",
        );
        for claim in failed {
            let why = claim.reasons.join("; ");
            text.extend([format!("claim {}: {why}\n", claim.place + 1)]);
        }
        text
    }
}

fn system(language: &str) -> String {
    let slots = match Language::of_tag(language) {
        Some(Language::En) => "Slots bring their noun: {f1.items} gives \"206 items\".",
        Some(Language::Ja) => "Slots bring their noun: {f1.items} gives 「構成アイテム 206 件」.",
        None => "Slots give bare numbers: add the noun.",
    };
    format!(
        "Word a month of AWS Config history for cloud engineers in language {language}: at most \
         {CLAIMS} claims, most telling first. A program checks each:\n\
         - No digit, no number word. Values only as slots {{fact.field}}; things only as alias: \
         {{a1}} account, {{g1}} Region, {{t1}} type, {{r1}} resource, {{d1}} day, {{month}}, {{before}}. {slots}\n\
         - A clause takes values of one fact and names all that fact is about, nothing else.\n\
         - rise, fall, most, new, created, deleted, unusual, security: only if the fact says so (#1: \
         first of its list; prev: the month before, only beside the month's own value).\n\
         - Nothing is absent unless proved. No cause, guess, advice, \"about\", \"all\", \"only\", dates in \
         words, markup, quotes, service or resource words.\n\
         Items are recorded states; real changes changed a resource, echoes did not."
    )
}

/// JSON Schema of the answer: closed, as structured outputs want it.
fn schema() -> Json {
    json!({
        "type": "object",
        "properties": {"claims": {"type": "array", "items": {"type": "string"}}},
        "required": ["claims"],
        "additionalProperties": false
    })
}

fn user(facts: &Facts, shown: &[&Fact]) -> String {
    let mut used = BTreeSet::new();
    for fact in shown {
        used.extend(fact.subject.iter().copied());
        used.extend(told_members(facts, fact));
    }
    let homes: Vec<EntityId> = used
        .iter()
        .filter_map(|id| facts.entities.get(*id))
        .flat_map(|entity| entity.home.clone())
        .collect();
    used.extend(homes);
    let mut text = String::from("names:");
    for (_, entity) in facts.entities.iter().filter(|(id, _)| used.contains(id)) {
        if let Some(shown) = introduced(facts, entity) {
            text.extend([format!(" {}={shown}", entity.alias)]);
        }
    }
    text.push('\n');
    let mut shown: Vec<&&Fact> = shown.iter().collect();
    // In the order of their numbers: what belongs together stands together.
    shown.sort_by_key(|fact| fact.id.get(1..).and_then(|n| n.parse::<u64>().ok()));
    let mut label = "";
    for fact in shown {
        if fact.label != label {
            text.extend([format!("# {}\n", fact.label)]);
            label = &fact.label;
        }
        text.push_str(&line(facts, fact));
    }
    text
}

/// What the model learns of an entity besides its alias; nothing of accounts, and of a resource
/// only where it belongs.
fn introduced(facts: &Facts, entity: &Entity) -> Option<String> {
    match entity.kind {
        EntityKind::Account | EntityKind::Day => None,
        EntityKind::Region => is_region(&entity.name).then(|| entity.name.clone()),
        EntityKind::Type => {
            is_type(&entity.name).then(|| entity.name.trim_start_matches("AWS::").to_owned())
        }
        EntityKind::Resource => {
            let home = entity.home.iter().filter_map(|id| facts.entities.get(*id));
            let home: Vec<&str> = home.map(|entity| entity.alias.as_str()).collect();
            Some(home.join("/"))
        }
    }
}

/// One fact: `f12 t3: items=67 prev=40 …`.
fn line(facts: &Facts, fact: &Fact) -> String {
    let alias = |id: &EntityId| facts.entities.get(*id).map(|entity| entity.alias.clone());
    let about: Vec<String> = fact.subject.iter().filter_map(alias).collect();
    let with: Vec<String> = told_members(facts, fact).iter().filter_map(alias).collect();
    let mut line = fact.id.clone();
    if !about.is_empty() {
        line.extend([format!(" {}", about.join("+"))]);
    }
    if !with.is_empty() {
        line.extend([format!(" ({})", with.join(" "))]);
    }
    line.push(':');
    for field in &fact.fields {
        line.extend([format!(" {}={}", field.name, told(field))]);
    }
    line.push('\n');
    line
}

/// What may be named beside a fact's subject: of many the first types.
fn told_members(facts: &Facts, fact: &Fact) -> Vec<EntityId> {
    let is_type = |id: &&EntityId| facts.entities.kind(**id) == Some(EntityKind::Type);
    fact.members
        .iter()
        .filter(is_type)
        .take(MEMBERS)
        .copied()
        .collect()
}

/// A value for the model: plain, with its place where it is among the first.
fn told(field: &Field) -> String {
    let mut text = match &field.value {
        Value::Count(n) => n.to_string(),
        Value::Delta(n) => format!("{n:+}"),
        Value::Percent(tenths) if field.aspect == Aspect::Share => format!("{}%", tenths / 10),
        Value::Percent(tenths) => format!("{:+}%", tenths / 10),
        Value::Tenths(n) => format!("{}.{}", n / 10, n % 10),
        Value::Usd(amount) => format!("${amount}"),
        Value::What(en, _) => (*en).to_owned(),
        // Without years.
        Value::When(when) => {
            let parts: Vec<&str> = when.split(" – ").filter_map(|part| part.get(5..)).collect();
            parts.join(" – ")
        }
    };
    if let Some(rank) = field.rank.filter(|rank| rank.place <= 3 && rank.of > 1) {
        let tied = if rank.tied { "=" } else { "" };
        text.extend([format!("(#{}{tied})", rank.place)]);
    }
    text
}

/// `ap-northeast-1`, `us-gov-west-1`, `global`.
fn is_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let (last, words) = parts.split_last().unwrap_or((&"", &[]));
    let is_word =
        |part: &&str| (2..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase());
    name == "global"
        || ((2..=3).contains(&words.len())
            && words.iter().all(is_word)
            && last.len() == 1
            && last.bytes().all(|b| b.is_ascii_digit()))
}

/// `AWS::EC2::Instance`: of AWS only, since users name the types they register themselves.
fn is_type(name: &str) -> bool {
    let mut parts = name.split("::");
    let is_name = |part: &str| {
        (1..=40).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    parts.next() == Some("AWS") && name.matches("::").count() == 2 && parts.all(is_name)
}

#[cfg(test)]
mod tests;
