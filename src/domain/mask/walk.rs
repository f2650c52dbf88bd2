//! Masking of JSON values: where a value stands decides how it is judged.

use serde_json::{Map, Value};

use super::key::{facts, is_reference_member, names_secret};
use super::mark::mark;
use super::rules::RULES;
use super::setting::{is_open, is_setting};
use super::text;

/// Documents inside of documents that are followed.
const MOST_LAYERS: usize = 4;
/// Levels of one value below which documents are no longer decoded.
const MOST_LEVELS: usize = 256;

/// How leaves are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judge {
    /// By what they look like.
    Looks,
    /// As secrets, unless they are settings: their key names a secret.
    Named,
    /// As secrets: the place is listed.
    Listed,
}

/// A place in a body.
#[derive(Debug, Clone)]
pub(super) struct Walk<'r> {
    judge: Judge,
    /// Rests of the listed paths that lead on from here.
    paths: Vec<&'r [String]>,
    layers: usize,
    level: usize,
    pub(super) decodes_base64: bool,
    /// Whether keys are judged; not in the conditions of a policy.
    keys_count: bool,
}

impl<'r> Walk<'r> {
    /// Begins at the top of a body.
    pub(super) fn new(paths: Vec<&'r [String]>) -> Self {
        Self {
            judge: Judge::Looks,
            paths,
            layers: MOST_LAYERS,
            level: 0,
            decodes_base64: true,
            keys_count: true,
        }
    }

    /// Says whether documents in texts are looked into.
    pub(super) fn may_decode(&self) -> bool {
        self.layers > 0 && self.level < MOST_LEVELS
    }

    /// Goes into a document in a text.
    pub(super) fn inner(&self) -> Self {
        Self {
            layers: self.layers.saturating_sub(1),
            ..self.clone()
        }
    }

    /// Goes into what base64 held, which is decoded once only.
    pub(super) fn inside_base64() -> Self {
        Self {
            decodes_base64: false,
            ..Self::new(Vec::new())
        }
    }

    fn judged(&self, judge: Judge) -> Self {
        Self {
            judge,
            ..self.clone()
        }
    }

    /// Goes to a member, or to an element where there is no key.
    fn step(&self, key: Option<&str>, judge: Judge) -> Self {
        let mut judge = judge;
        let mut paths = Vec::new();
        for path in &self.paths {
            let Some((first, rest)) = path.split_first() else {
                continue;
            };
            if first == "*" || key.is_some_and(|key| key.eq_ignore_ascii_case(first)) {
                if rest.is_empty() {
                    judge = Judge::Listed;
                } else {
                    paths.push(rest);
                }
            }
        }
        Self {
            judge,
            paths,
            layers: self.layers,
            level: self.level + 1,
            decodes_base64: self.decodes_base64,
            keys_count: self.keys_count,
        }
    }
}

/// Masks a value in place; says whether anything was masked.
pub(super) fn walk_value(value: &mut Value, walk: &Walk<'_>) -> bool {
    match value {
        Value::String(text) => {
            let Some(masked) = masked_leaf(text, walk) else {
                return false;
            };
            *text = masked;
            true
        }
        Value::Number(number) => {
            let text = number.to_string();
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            let secret = match walk.judge {
                Judge::Looks => false,
                // Short numbers are limits and lengths.
                Judge::Named => digits >= 4,
                Judge::Listed => true,
            };
            if secret {
                *value = Value::String(mark(&text));
            }
            secret
        }
        Value::Array(elements) => {
            let inner = walk.step(None, walk.judge);
            let mut any = false;
            for element in elements {
                any |= walk_value(element, &inner);
            }
            any
        }
        Value::Object(members) => walk_object(members, walk),
        Value::Null | Value::Bool(_) => false,
    }
}

fn masked_leaf(text: &str, walk: &Walk<'_>) -> Option<String> {
    let secret = match walk.judge {
        Judge::Looks => false,
        Judge::Named => !is_setting(text),
        Judge::Listed => !is_open(text),
    };
    if secret {
        Some(mark(text))
    } else {
        text::masked(text, walk)
    }
}

fn walk_object(members: &mut Map<String, Value>, walk: &Walk<'_>) -> bool {
    // Keys first: what they say must be the same when the masked body is masked again.
    let mut any = mask_keys(members, walk);
    let pair = pair_names_secret(members, walk);
    let when: Vec<&str> = RULES
        .when
        .iter()
        .filter(|rule| text_of(members, &rule.member).is_some_and(|text| text == rule.equals))
        .map(|rule| rule.masks.as_str())
        .collect();
    let is_statement = members.keys().any(|key| key.eq_ignore_ascii_case("effect"));
    let held: Vec<String> = members
        .keys()
        .filter(|key| holds_secrets(key, members))
        .cloned()
        .collect();
    for (key, value) in members.iter_mut() {
        let mut judge = walk.judge;
        if walk.keys_count && judge == Judge::Looks && names_secret(key) {
            judge = Judge::Named;
        } else if judge == Judge::Named && is_reference_member(key) {
            judge = Judge::Looks;
        }
        if pair && judge == Judge::Looks && is_one_of(&VALUES, key) {
            judge = Judge::Named;
        }
        if when.iter().any(|masks| key.eq_ignore_ascii_case(masks)) {
            judge = Judge::Listed;
        }
        let mut inner = walk.step(Some(key), judge);
        inner.keys_count &= !(is_statement && key.eq_ignore_ascii_case("condition"));
        if held.contains(key) {
            any |= walk_container(value, &inner);
        } else {
            any |= walk_value(value, &inner);
        }
    }
    any
}

/// Masks keys that look like a credential.
fn mask_keys(members: &mut Map<String, Value>, walk: &Walk<'_>) -> bool {
    let is_masked = |key: &String| !facts(key).is_plain && text::masked(key, walk).is_some();
    if !members.keys().any(is_masked) {
        return false;
    }
    *members = std::mem::take(members)
        .into_iter()
        .map(|(key, value)| (text::masked(&key, walk).unwrap_or(key), value))
        .collect();
    true
}

/// Returns the text of a member whose key is in any case.
fn text_of<'m>(members: &'m Map<String, Value>, wanted: &str) -> Option<&'m str> {
    let (_, value) = members
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(wanted))?;
    value.as_str()
}

const NAMES: [&str; 8] = [
    "name",
    "key",
    "parameterkey",
    "optionname",
    "outputkey",
    "headername",
    "parametername",
    "tagkey",
];
const VALUES: [&str; 9] = [
    "value",
    "values",
    "parametervalue",
    "optionvalue",
    "outputvalue",
    "headervalue",
    "tagvalue",
    "resolvedvalue",
    "defaultvalue",
];

fn is_one_of(keys: &[&str], key: &str) -> bool {
    keys.iter().any(|wanted| key.eq_ignore_ascii_case(wanted))
}

/// Says whether the members are a pair such as `{name: "DB_PASSWORD", value: "…"}`.
fn pair_names_secret(members: &Map<String, Value>, walk: &Walk<'_>) -> bool {
    members.keys().any(|key| is_one_of(&VALUES, key))
        && members.iter().any(|(key, value)| {
            is_one_of(&NAMES, key)
                && value.as_str().is_some_and(|name| {
                    // Judged as it will read when it is masked itself.
                    names_secret(text::masked(name, walk).as_deref().unwrap_or(name))
                })
        })
}

/// Says whether a member is an environment, user data or the like.
fn holds_secrets(key: &str, members: &Map<String, Value>) -> bool {
    let Some(value) = members.get(key) else {
        return false;
    };
    let name = &facts(key).bare;
    let Some(rule) = RULES
        .containers
        .iter()
        .find(|rule| rule.keys.contains(name))
    else {
        return false;
    };
    match value {
        Value::Object(inner) => {
            let known = |key: &String| rule.unless.contains(&facts(key).bare);
            !inner.keys().any(known)
        }
        Value::Array(elements) => elements.iter().any(is_pair),
        _ => rule.scalars,
    }
}

fn is_pair(element: &Value) -> bool {
    element.as_object().is_some_and(|pair| {
        pair.keys().any(|key| is_one_of(&NAMES, key))
            && pair.keys().any(|key| is_one_of(&VALUES, key))
    })
}

/// Masks all values of an environment; the names in it stay.
fn walk_container(value: &mut Value, walk: &Walk<'_>) -> bool {
    let Value::Array(elements) = value else {
        return walk_value(value, &walk.judged(Judge::Listed));
    };
    let walk = walk.step(None, walk.judge);
    let mut any = false;
    for element in elements {
        any |= walk_value(element, &walk);
        let Value::Object(pair) = element else {
            continue;
        };
        for (key, value) in pair.iter_mut().filter(|(key, _)| is_one_of(&VALUES, key)) {
            any |= walk_value(value, &walk.step(Some(key), Judge::Listed));
        }
    }
    any
}
