//! Policy documents: whom they admit, to do what.

use std::{collections::BTreeSet, sync::LazyLock};

use serde::Deserialize;

use super::state::{Node, short};

/// Keys under which a document may lie inside of the value that should be the document.
const WRAPPERS: [&str; 3] = ["policyText", "policy", "policyDocument"];

/// Actions that a subject names before it only counts them.
const MOST_ACTIONS: usize = 3;

/// An address range shorter than this belongs to no one alone.
const WORLD_BITS_V4: u8 = 8;

/// The same for version 6, where `fc00::/7` is private.
const WORLD_BITS_V6: u8 = 7;

/// Condition keys that narrow a statement for everyone, in lower case.
static RESTRICTING: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| parse_keys(include_str!("conditions.toml")).unwrap_or_default());

#[derive(Deserialize)]
struct KeyFile {
    key: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    name: String,
    #[expect(dead_code, reason = "for the reader of the file; must be there")]
    reason: String,
}

fn parse_keys(text: &str) -> Result<BTreeSet<String>, toml::de::Error> {
    let file: KeyFile = toml::from_str(text)?;
    let names = file.key.iter().map(|key| key.name.to_ascii_lowercase());
    Ok(names.collect())
}

/// A statement that allows.
pub(super) struct Statement<'a>(Node<'a>);

/// Returns the statements that allow, of a document, of several, or of a value that wraps one.
pub(super) fn allowing<'a>(policy: &Node<'a>) -> Vec<Statement<'a>> {
    let mut allowing = Vec::new();
    for node in policy.each() {
        let wrapped = WRAPPERS.iter().find_map(|key| node.get(key));
        let document = if node.get("Statement").is_some() {
            node
        } else {
            let Some(inner) = wrapped else { continue };
            inner
        };
        for document in document.each() {
            let statements = document.each_of("Statement").into_iter();
            allowing.extend(
                statements
                    .filter(|statement| statement.get("Effect").is_some_and(|own| own.is("Allow")))
                    .map(Statement),
            );
        }
    }
    allowing
}

impl<'a> Statement<'a> {
    /// The statement as a place.
    pub(super) fn node(&self) -> &Node<'a> {
        &self.0
    }

    /// Returns the principals that are accounts, users, roles or everyone.
    fn principals(&self) -> Vec<Node<'a>> {
        let principals = self.0.each_of("Principal").into_iter();
        principals
            .flat_map(|principal| match principal.text() {
                Some(_) => vec![principal],
                None => principal.each_of("AWS"),
            })
            .collect()
    }

    /// Says whether everyone is admitted, and no condition narrows that.
    pub(super) fn admits_everyone(&self) -> bool {
        let everyone = self.0.get("NotPrincipal").is_some()
            || self
                .principals()
                .iter()
                .any(|principal| principal.text().is_some_and(is_wildcard));
        everyone && !self.is_restricted()
    }

    /// Returns the accounts admitted other than `own`, each with the principal that names it.
    pub(super) fn other_accounts(&self, own: &str) -> Vec<(&'a str, Node<'a>)> {
        let principals = self.principals().into_iter();
        principals
            .filter_map(|principal| Some((account_of(principal.text()?)?, principal)))
            .filter(|(account, _)| *account != own)
            .collect()
    }

    /// Says whether every action is allowed on every resource, without any condition.
    pub(super) fn grants_everything(&self) -> bool {
        let any = |key: &str, all: fn(&str) -> bool| {
            let values = self.0.each_of(key);
            values.iter().any(|value| value.text().is_some_and(all))
        };
        let unconditional = self
            .0
            .get("Condition")
            .is_none_or(|condition| condition.is_empty());
        unconditional
            && any("Action", |action| is_wildcard(action) || action == "*:*")
            && any("Resource", is_wildcard)
    }

    /// Names what is allowed: a few actions in order, and how many more there are.
    pub(super) fn actions(&self) -> String {
        let mut actions: Vec<_> = self.0.each_of("Action");
        let mut prefix = "";
        if actions.is_empty() {
            actions = self.0.each_of("NotAction");
            prefix = "all but ";
        }
        let names: BTreeSet<&str> = actions.iter().filter_map(Node::text).collect();
        let few: Vec<String> = names.iter().take(MOST_ACTIONS).map(|a| short(a)).collect();
        let more = match names.len().saturating_sub(few.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{prefix}{}{more}", few.join(", "))
    }

    /// Says whether a condition narrows who is admitted: an operator that demands a value, for a
    /// key that tells callers apart, with values that are not everything.
    fn is_restricted(&self) -> bool {
        let operators = self.0.each_of("Condition").into_iter();
        operators
            .flat_map(|condition| condition.members())
            .filter(|(operator, _)| demands_value(operator))
            .flat_map(|(_, keys)| keys.members())
            .filter(|(key, _)| RESTRICTING.contains(&key.to_ascii_lowercase()))
            .any(|(_, values)| {
                let values = values.each();
                let narrow = |value: &Node| value.text().is_some_and(|text| !is_everything(text));
                !values.is_empty() && values.iter().all(narrow)
            })
    }
}

/// Says whether an operator is false where the key is absent or has another value.
fn demands_value(operator: &str) -> bool {
    let operator = operator.to_ascii_lowercase();
    let base = operator.strip_prefix("foranyvalue:").unwrap_or(&operator);
    matches!(
        base,
        "stringequals"
            | "stringequalsignorecase"
            | "stringlike"
            | "arnequals"
            | "arnlike"
            | "ipaddress"
    )
}

fn is_wildcard(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'*')
}

/// Says whether a condition's value leaves nothing out.
fn is_everything(text: &str) -> bool {
    text.bytes().all(|byte| b"*?:".contains(&byte)) || is_world(text)
}

/// Says whether an address range is the whole internet, or so much of it that it might as well be.
pub(super) fn is_world(range: &str) -> bool {
    let Some((address, bits)) = range.trim().split_once('/') else {
        return false;
    };
    let most = if address.contains(':') {
        WORLD_BITS_V6
    } else {
        WORLD_BITS_V4
    };
    bits.parse::<u8>().is_ok_and(|bits| bits < most)
}

/// Returns the account of a principal: twelve digits, alone or in an ARN.
pub(super) fn account_of(principal: &str) -> Option<&str> {
    let account = if principal.starts_with("arn:") {
        principal.split(':').nth(4)?
    } else {
        principal
    };
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_condition_keys_parse() {
        let keys = parse_keys(include_str!("conditions.toml")).unwrap();
        assert!(keys.contains("aws:principalorgid"));
    }

    #[test]
    fn ranges_and_accounts() {
        for world in ["0.0.0.0/0", "::/0", "128.0.0.0/1", "2000::/3"] {
            assert!(is_world(world), "{world}");
        }
        for narrow in [
            "10.0.0.0/8",
            "fc00::/7",
            "0.0.0.0",
            "",
            "/",
            "x/y",
            "1.2.3.4/-1",
        ] {
            assert!(!is_world(narrow), "{narrow}");
        }
        let arn = "arn:aws-us-gov:iam::111122223333:role/r";
        assert_eq!(account_of(arn), Some("111122223333"));
        assert_eq!(account_of("111122223333"), Some("111122223333"));
        for none in [
            "AIDAEXAMPLE",
            "*",
            "arn:aws:iam::cloudfront:user/x",
            "arn:",
            "11112222333",
        ] {
            assert_eq!(account_of(none), None, "{none}");
        }
    }
}
