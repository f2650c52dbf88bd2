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

/// What is known below the root of an item, by resource type.
#[derive(Debug, Default)]
struct Classes {
    /// Of types that have no patterns of their own.
    other: Branch,
    by_type: BTreeMap<String, Branch>,
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
        let mut everywhere = Patterns::default();
        let mut by_type: BTreeMap<String, Patterns> = BTreeMap::new();
        for entry in &file.entry {
            if entry.reason.trim().is_empty() || entry.types.is_empty() {
                return Err(format!("{:?}: no reason or no type", entry.paths));
            }
            for resource_type in &entry.types {
                let patterns = if resource_type == "*" {
                    &mut everywhere
                } else {
                    by_type.entry(resource_type.clone()).or_default()
                };
                for path in &entry.paths {
                    patterns.insert(path, entry.class)?;
                }
            }
        }
        let branch = |open: &[&Patterns]| Branch::of(open, PathClass::Setting);
        let of_types = by_type.iter();
        let of_types =
            of_types.map(|(of, patterns)| (of.clone(), branch(&[patterns, &everywhere])));
        Ok(Self {
            by_type: of_types.collect(),
            other: branch(&[&everywhere]),
        })
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

    fn position(&self, key: &str) -> Option<usize> {
        let is_key = |(known, _): &(String, Self)| known.eq_ignore_ascii_case(key);
        self.keys.iter().position(is_key)
    }
}

/// A place that patterns lead to or go on from, all patterns that meet there put together: a place
/// is looked up for every member of every body that is read.
#[derive(Debug)]
struct Branch {
    class: PathClass,
    keys: Vec<(String, Self)>,
    /// Below keys that are not named, and in elements.
    any: Option<Box<Self>>,
}

impl Default for Branch {
    fn default() -> Self {
        Self::of(&[], PathClass::Setting)
    }
}

impl Branch {
    /// Puts patterns together that lead to one place below one of the class. The deepest pattern
    /// decides; of several as deep the class that hides least.
    fn of(open: &[&Patterns], class: PathClass) -> Self {
        let named = open.iter().filter_map(|patterns| patterns.class).min();
        let class = named.unwrap_or(class);
        let anywhere: Vec<&Patterns> = open.iter().filter_map(|one| one.any.as_deref()).collect();
        let mut keys: Vec<(String, Self)> = Vec::new();
        for (key, _) in open.iter().flat_map(|patterns| &patterns.keys) {
            if !keys
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(key))
            {
                let below = open.iter().filter_map(|patterns| patterns.named(key));
                let below: Vec<&Patterns> = below.chain(anywhere.iter().copied()).collect();
                keys.push((key.clone(), Self::of(&below, class)));
            }
        }
        let any = (!anywhere.is_empty()).then(|| Box::new(Self::of(&anywhere, class)));
        Self { class, keys, any }
    }
}

/// A place in an item: the class of what is there, and what is known below it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    class: PathClass,
    below: Option<&'static Branch>,
}

impl Place {
    /// Returns the root of a section of an item of the type.
    pub(super) fn root(section: Section, resource_type: &str) -> Self {
        let of_class = |class| Self { class, below: None };
        let key = match section {
            Section::Tags => return of_class(PathClass::Tag),
            Section::Relationships => return of_class(PathClass::Relationship),
            Section::Configuration => "configuration",
            Section::SupplementaryConfiguration => "supplementaryConfiguration",
        };
        let of_type = CLASSES.by_type.get(resource_type);
        Self::at(of_type.unwrap_or(&CLASSES.other)).member(key)
    }

    fn at(branch: &'static Branch) -> Self {
        let goes_on = !branch.keys.is_empty() || branch.any.is_some();
        Self {
            class: branch.class,
            below: goes_on.then_some(branch),
        }
    }

    /// Returns the class of what is here and is not named apart below.
    pub(super) fn class(self) -> PathClass {
        self.class
    }

    /// Returns the place of a member. Keys compare without regard to case: the same member is `tags`
    /// in one type, `Tags` in another.
    pub(super) fn member(self, key: &str) -> Self {
        let Some(branch) = self.below else {
            return self;
        };
        let mut keys = branch.keys.iter();
        match keys.find(|(known, _)| known.eq_ignore_ascii_case(key)) {
            Some((_, below)) => Self::at(below),
            None => self.element(),
        }
    }

    /// Returns the place of any element.
    pub(super) fn element(self) -> Self {
        match self.below.and_then(|branch| branch.any.as_deref()) {
            Some(below) => Self::at(below),
            None => Self {
                class: self.class,
                below: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The class of a path, by going through all patterns one by one: what stands in the longest that
    /// leads to it or above it; of several as long, the class that hides least.
    fn class_by_list(listed: &[(Vec<&str>, PathClass)], path: &[&str]) -> PathClass {
        let leads_to = |pattern: &[&str]| {
            pattern.len() <= path.len()
                && pattern.iter().zip(path).all(|(segment, key)| {
                    *segment == "*" || *key != "[]" && segment.eq_ignore_ascii_case(key)
                })
        };
        let leading = listed.iter().filter(|(pattern, _)| leads_to(pattern));
        let longest =
            leading.max_by_key(|(pattern, class)| (pattern.len(), std::cmp::Reverse(*class)));
        longest.map_or(PathClass::Setting, |(_, class)| *class)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn patterns_put_together_tell_what_they_tell_one_by_one(
            patterns in proptest::collection::vec(
                (
                    prop::bool::ANY,
                    proptest::collection::vec(prop::sample::select(&["a", "b", "*"][..]), 1..4),
                    prop::sample::select(&PathClass::ALL[..]),
                ),
                0..6,
            ),
            path in proptest::collection::vec(prop::sample::select(&["a", "B", "c", "[]"][..]), 0..5),
        ) {
            let (mut of_type, mut everywhere) = (Patterns::default(), Patterns::default());
            let mut listed: Vec<(Vec<&str>, PathClass)> = Vec::new();
            for (is_of_type, pattern, class) in patterns {
                let patterns = if is_of_type { &mut of_type } else { &mut everywhere };
                // One path has one class, in each of the lists.
                if patterns.insert(&format!("/{}", pattern.join("/")), class).is_ok() {
                    listed.push((pattern, class));
                }
            }
            let branch = Branch::of(&[&of_type, &everywhere], PathClass::Setting);
            let root = Place::at(Box::leak(Box::new(branch)));
            let place = path.iter().fold(root, |place, key| match *key {
                "[]" => place.element(),
                key => place.member(key),
            });
            prop_assert_eq!(place.class(), class_by_list(&listed, &path));
        }
    }

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
