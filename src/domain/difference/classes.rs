//! The classes of paths, from data: what AWS itself moves, and where tags are repeated.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use super::PathClass;
use crate::domain::Section;

/// The listed paths.
const LISTED: &str = include_str!("paths.toml");

static CLASSES: LazyLock<Classes> = LazyLock::new(|| Classes::parse(LISTED).unwrap_or_default());

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    entry: Vec<Entry>,
}

/// Paths of one class, with the reason why they are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Resource types, or `*`.
    types: Vec<String>,
    class: PathClass,
    paths: Vec<String>,
    reason: String,
}

/// Patterns by resource type.
#[derive(Debug, Default)]
struct Classes {
    everywhere: Patterns,
    by_type: BTreeMap<String, Patterns>,
}

/// Patterns as a tree of segments. A pattern names a value with all that is below it.
#[derive(Debug, Default)]
struct Patterns {
    class: Option<PathClass>,
    keys: Vec<(String, Self)>,
    any: Option<Box<Self>>,
}

impl Classes {
    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut classes = Self::default();
        for entry in &file.entry {
            if entry.reason.trim().is_empty() || entry.types.is_empty() {
                return Err(format!("{:?}: no reason or no type", entry.paths));
            }
            for resource_type in &entry.types {
                let patterns = if resource_type == "*" {
                    &mut classes.everywhere
                } else {
                    classes.by_type.entry(resource_type.clone()).or_default()
                };
                for path in &entry.paths {
                    patterns.insert(path, entry.class)?;
                }
            }
        }
        Ok(classes)
    }
}

impl Patterns {
    fn insert(&mut self, path: &str, class: PathClass) -> Result<(), String> {
        let segments = path.strip_prefix('/').ok_or("a path starts with /")?;
        let mut patterns = self;
        let mut rest = segments.split('/').peekable();
        while let Some(segment) = rest.next() {
            let is_last = rest.peek().is_none();
            patterns = match segment {
                "" => return Err(format!("{path}: an empty segment")),
                "**" if !is_last => return Err(format!("{path}: ** is not last")),
                "*" | "**" => patterns.any.get_or_insert_default(),
                key => patterns.key_or_insert(key),
            };
        }
        if patterns.class.is_some_and(|earlier| earlier != class) {
            return Err(format!("{path}: two classes"));
        }
        patterns.class = Some(class);
        Ok(())
    }

    fn key_or_insert(&mut self, key: &str) -> &mut Self {
        let found = self.position(key);
        let index = found.unwrap_or_else(|| {
            self.keys.push((key.to_owned(), Self::default()));
            self.keys.len() - 1
        });
        #[expect(
            clippy::indexing_slicing,
            reason = "the position was found or made above"
        )]
        &mut self.keys[index].1
    }

    fn named(&self, key: &str) -> Option<&Self> {
        let (_, patterns) = self.keys.get(self.position(key)?)?;
        Some(patterns)
    }

    /// Keys compare without regard to case: the same member is `tags` in one type, `Tags` in another.
    fn position(&self, key: &str) -> Option<usize> {
        let is_key = |(known, _): &(String, Self)| known.eq_ignore_ascii_case(key);
        self.keys.iter().position(is_key)
    }
}

/// A place in an item: the class of what is there, and the patterns that go on from it.
#[derive(Debug, Clone)]
pub(super) struct Place<'p> {
    class: PathClass,
    open: Vec<&'p Patterns>,
}

impl Place<'static> {
    /// Returns the root of a section of an item of the type.
    pub(super) fn root(section: Section, resource_type: &str) -> Self {
        let class = match section {
            Section::Tags => PathClass::Tag,
            Section::Relationships => PathClass::Relationship,
            Section::Configuration | Section::SupplementaryConfiguration => PathClass::Setting,
        };
        let key = match section {
            Section::Configuration => "configuration",
            Section::SupplementaryConfiguration => "supplementaryConfiguration",
            Section::Tags | Section::Relationships => {
                return Self {
                    class,
                    open: vec![],
                };
            }
        };
        let of_type = CLASSES.by_type.get(resource_type);
        let open = of_type.into_iter().chain([&CLASSES.everywhere]).collect();
        Self { class, open }.member(key)
    }
}

impl<'p> Place<'p> {
    /// Returns the class of what is here and is not named apart below.
    pub(super) fn class(&self) -> PathClass {
        self.class
    }

    /// Returns the place of a member.
    pub(super) fn member(&self, key: &str) -> Self {
        self.below(Some(key))
    }

    /// Returns the place of any element.
    pub(super) fn element(&self) -> Self {
        self.below(None)
    }

    /// The deepest pattern decides; of several as deep the class that hides least.
    fn below(&self, key: Option<&str>) -> Self {
        let mut open: Vec<&'p Patterns> = Vec::new();
        for patterns in &self.open {
            open.extend(key.and_then(|key| patterns.named(key)));
            open.extend(patterns.any.as_deref());
        }
        let named = open.iter().filter_map(|patterns| patterns.class).min();
        Self {
            class: named.unwrap_or(self.class),
            open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listed_paths_parse() {
        let classes = Classes::parse(LISTED).unwrap();
        assert!(classes.by_type.len() > 30);
    }

    fn class(resource_type: &str, section: Section, path: &[&str]) -> PathClass {
        let root = Place::root(section, resource_type);
        let place = path.iter().fold(root, |place, key| place.member(key));
        place.class()
    }

    #[test]
    fn places_have_the_class_of_the_deepest_pattern_in_any_case() {
        use PathClass::{Setting, Tag, Volatile};
        use Section::{Configuration, SupplementaryConfiguration};
        let subnet = "AWS::EC2::Subnet";
        for (path, expected) in [
            (&["availableIpAddressCount"][..], Volatile),
            (&["AvailableIPAddressCount"], Volatile),
            (&["availableIpAddressCount", "below"], Volatile),
            (&["deeper", "availableIpAddressCount"], Setting),
            (&["cidrBlock"], Setting),
            (&["tags"], Tag),
            (&["Tags", "x", "y"], Tag),
            (&[], Setting),
        ] {
            assert_eq!(class(subnet, Configuration, path), expected, "{path:?}");
        }
        let trail = "AWS::CloudTrail::Trail";
        for (path, expected) in [
            (&["TrailStatus", "latestDeliveryTime"][..], Volatile),
            (&["TrailStatus", "isLogging"], Setting),
            (&["TrailStatus"], Setting),
        ] {
            let found = class(trail, SupplementaryConfiguration, path);
            assert_eq!(found, expected, "{path:?}");
        }
    }

    #[test]
    fn elements_match_the_star_only() {
        let volume = Place::root(Section::Configuration, "AWS::EC2::Volume");
        let element = volume.member("attachments").element();
        assert_eq!(element.class(), PathClass::Setting);
        assert_eq!(element.member("state").class(), PathClass::Volatile);
        assert_eq!(element.member("instanceId").class(), PathClass::Setting);
    }

    #[test]
    fn wrong_patterns_are_refused() {
        for (path, class) in [
            ("tags", "tag"),
            ("/a//b", "tag"),
            ("/a/**/b", "tag"),
            ("/a", "unheard_of"),
        ] {
            let text = format!(
                "[[entry]]\ntypes = ['*']\nclass = '{class}'\npaths = ['{path}']\nreason = 'r'"
            );
            assert!(Classes::parse(&text).is_err(), "{path} {class}");
        }
    }
}
