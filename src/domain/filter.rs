//! Which items a question is about, apart from the period.

use std::{fmt, str::FromStr};

use super::{AccountId, ChangeKind, InvalidValue, ItemFields, Region, TypePattern};

/// Conditions on items. Within a list any may hold, the lists must all hold; an empty list is no
/// condition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemFilter {
    /// Accounts.
    pub accounts: Vec<AccountId>,
    /// Regions of the resources; `global` for resources that have none.
    pub regions: Vec<Region>,
    /// Resource types.
    pub types: Vec<TypePattern>,
    /// Resource ids or ARNs, exact.
    pub resources: Vec<String>,
    /// Resource names, exact.
    pub names: Vec<String>,
    /// Tags.
    pub tags: Vec<TagFilter>,
    /// Statuses as delivered, in any case.
    pub statuses: Vec<String>,
    /// Change kinds.
    pub kinds: Vec<ChangeKind>,
    /// One resource, by whatever people know it by.
    pub reference: Option<ResourceReference>,
}

impl ItemFilter {
    /// Says whether the delivery folders of `account` can hold wanted items.
    pub fn admits_account(&self, account: &str) -> bool {
        self.accounts.is_empty() || self.accounts.iter().any(|a| a.as_str() == account)
    }

    /// Says whether the delivery folders of a recorder in `region` can hold wanted items. Items of
    /// global resources lie in any Region's folder.
    pub fn admits_recorder_region(&self, region: &str) -> bool {
        self.regions.is_empty()
            || self
                .regions
                .iter()
                .any(|r| r.as_str() == region || r.is_global())
    }

    /// Says whether the item is wanted. Its kind is known only where the items before it are.
    pub fn admits(&self, item: &ItemFields<'_>, kind: Option<ChangeKind>) -> bool {
        any(&self.kinds, |wanted| {
            *wanted == kind.unwrap_or(ChangeKind::Unknown)
        }) && self.matches(item)
    }

    /// Says whether the item is wanted, by everything but its change kind.
    pub fn matches(&self, item: &ItemFields<'_>) -> bool {
        self.admits_account(item.account)
            && any(&self.regions, |region| region.as_str() == item.region)
            && any(&self.types, |pattern| pattern.matches(item.resource_type))
            && any(&self.resources, |wanted| {
                *wanted == item.resource_id || Some(&**wanted) == item.arn
            })
            && any(&self.names, |wanted| Some(&**wanted) == item.resource_name)
            && any(&self.statuses, |wanted| {
                let status = item.status;
                status.is_some_and(|status| status.eq_ignore_ascii_case(wanted))
            })
            && any(&self.tags, |tag| tag.matches(item.tags))
            && self
                .reference
                .as_ref()
                .is_none_or(|reference| reference.matches(item))
    }
}

/// A wanted tag: `KEY`, or `KEY=VALUE`. Both are compared exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagFilter {
    key: String,
    value: Option<String>,
}

impl TagFilter {
    /// Returns the key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the value, where one is wanted.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    fn matches(&self, tags: &[(String, Option<String>)]) -> bool {
        tags.iter().any(|(key, value)| {
            *key == self.key && (self.value.is_none() || value.as_deref() == self.value.as_deref())
        })
    }
}

impl FromStr for TagFilter {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (text, None),
        };
        if key.is_empty() {
            return Err(InvalidValue::new("tag", text, "KEY or KEY=VALUE"));
        }
        Ok(Self {
            key: key.to_owned(),
            value,
        })
    }
}

/// A resource by its ARN, its id, `type/id` or its name, compared exactly. Several resources may
/// answer to one reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceReference(String);

impl ResourceReference {
    /// Returns the reference as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says whether the item is one of a resource that is meant.
    pub fn matches(&self, item: &ItemFields<'_>) -> bool {
        let text = Some(&*self.0);
        self.0 == item.resource_id
            || text == item.arn
            || text == item.resource_name
            || self.is_type_and_id(item.resource_type, item.resource_id)
    }

    /// Ids may hold slashes, types do not.
    fn is_type_and_id(&self, resource_type: &str, resource_id: &str) -> bool {
        self.0.split_once('/').is_some_and(|(of_type, id)| {
            of_type.eq_ignore_ascii_case(resource_type) && id == resource_id
        })
    }
}

impl FromStr for ResourceReference {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Err(InvalidValue::new(
                "resource",
                text,
                "an ARN, an id, type/id or a name",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ResourceReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn any<T>(wanted: &[T], holds: impl FnMut(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(holds)
}
