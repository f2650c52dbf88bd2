//! Laws that hold for any JSON, against an oracle that knows nothing of hashes or paths.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::*;
use crate::domain::decoded;

/// A type of which patterns lie inside of arrays with and without identities.
const VOLUME: &str = "AWS::EC2::Volume";

/// Writes a value so that canonically equal values are the same text.
fn canonical(value: &Value, key: &str) -> String {
    match value {
        Value::Object(members) => {
            let present = members.iter().filter(|(_, member)| !member.is_null());
            let mut parts: Vec<_> = present
                .map(|(key, member)| format!("{key:?}:{}", canonical(member, key)))
                .collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(elements) => {
            let mut parts: Vec<_> = elements.iter().map(|one| canonical(one, "")).collect();
            let scalars = elements
                .iter()
                .all(|one| !one.is_object() && !one.is_array());
            if !(scalars && key.eq_ignore_ascii_case("command")) {
                parts.sort();
            }
            format!("[{}]", parts.join(","))
        }
        Value::Number(number) => format!("{}", number.as_f64().unwrap()),
        other => other.to_string(),
    }
}

fn canonical_section(content: &Content, section: Section) -> String {
    let text = canonical(content.section(section), "");
    if ["null", "[]", "{}"].contains(&text.as_str()) {
        return String::new();
    }
    text
}

const SECTIONS: [Section; 4] = [
    Section::Configuration,
    Section::SupplementaryConfiguration,
    Section::Tags,
    Section::Relationships,
];

fn canonical_content(content: &Content) -> [String; 4] {
    SECTIONS.map(|section| canonical_section(content, section))
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..4i64).prop_map(Value::from),
        (0..4i64).prop_map(|number| json!(f64::from(i32::try_from(number).unwrap()))),
        Just(json!(0.5)),
        prop::sample::select(vec!["a", "b", "a/b", "a~b", "[a=b]", "", "あ"]).prop_map(Value::from),
    ]
}

fn key() -> impl Strategy<Value = String> {
    // Keys of the patterns of volumes, of identities, of sequences, and awkward ones.
    prop::sample::select(vec![
        "attachments",
        "state",
        "attachTime",
        "instanceId",
        "device",
        "tags",
        "key",
        "value",
        "id",
        "command",
        "size",
        "Size",
        "a/b",
        "c~d",
        "[e=f]",
        "=",
        "Statement",
        "ipPermissions",
        "ipProtocol",
        "fromPort",
    ])
    .prop_map(ToOwned::to_owned)
}

fn tree() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(5, 40, 5, |inner| {
        let element = prop::collection::vec(
            (
                prop::sample::select(vec!["id", "instanceId", "state", "value", "size"]),
                scalar(),
            ),
            1..4,
        )
        .prop_map(|members| {
            Value::Object(
                members
                    .into_iter()
                    .map(|(k, v)| (k.to_owned(), v))
                    .collect(),
            )
        });
        let numbered = prop::collection::btree_map(0..5i64, (scalar(), inner.clone()), 0..4)
            .prop_map(|elements| {
                let element = |(id, (state, inner))| json!({"id": id, "state": state, "v": inner});
                Value::Array(elements.into_iter().map(element).collect())
            });
        prop_oneof![
            1 => inner.clone().prop_map(|document| Value::String(document.to_string())),
            3 => prop::collection::vec((key(), inner.clone()), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
            2 => prop::collection::vec(inner, 0..4).prop_map(Value::Array),
            2 => prop::collection::vec(element, 0..4).prop_map(Value::Array),
            2 => numbered,
            1 => prop::collection::vec(scalar(), 0..4).prop_map(Value::Array),
        ]
    })
}

/// A configuration in which the volatile paths of volumes are common.
fn configuration() -> impl Strategy<Value = Value> {
    let attachment = (
        prop::option::of(0..3i64),
        prop::option::of(0..3i64),
        prop::option::of(prop::sample::select(vec!["attached", "attaching"])),
    )
        .prop_map(
            |(instance, size, state)| json!({"instanceId": instance, "size": size, "state": state}),
        );
    let volume = (
        prop::collection::vec(attachment, 0..4),
        tree(),
        prop::option::of(0..2i64),
        tree(),
    )
        .prop_map(|(attachments, tags, state, size)| {
            json!({"attachments": attachments, "tags": tags, "state": state, "size": size})
        });
    prop_oneof![2 => tree(), 3 => volume]
}

fn content() -> impl Strategy<Value = Content> {
    (configuration(), tree(), tree(), tree()).prop_map(
        |(configuration, supplementary, tags, related)| {
            let mut content = Content::default();
            *content.section_mut(Section::Configuration) = decoded(&configuration.to_string());
            *content.section_mut(Section::SupplementaryConfiguration) = supplementary;
            *content.section_mut(Section::Tags) = tags;
            *content.section_mut(Section::Relationships) = related;
            content
        },
    )
}

/// Replaces some parts, drops and repeats some elements.
fn mutated(value: &Value, seed: &mut u64, other: &Value) -> Value {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    let dice = (*seed >> 33) % 14;
    match (dice, value) {
        (0, _) => other.clone(),
        (1, Value::Array(elements)) => Value::Array(elements.iter().rev().cloned().collect()),
        (2, Value::Array(elements)) => Value::Array(elements.iter().skip(1).cloned().collect()),
        (3, Value::Array(elements)) => {
            Value::Array(elements.iter().chain(elements.first()).cloned().collect())
        }
        (4, Value::Number(_)) => json!(7),
        (_, Value::Array(elements)) => Value::Array(
            elements
                .iter()
                .map(|one| mutated(one, seed, other))
                .collect(),
        ),
        (_, Value::Object(members)) => Value::Object(
            members
                .iter()
                .map(|(key, member)| (key.clone(), mutated(member, seed, other)))
                .collect(),
        ),
        (_, other) => other.clone(),
    }
}

/// Pairs that have something in common.
fn pair() -> impl Strategy<Value = (Content, Content)> {
    let similar = (content(), any::<u64>(), tree()).prop_map(|(before, mut seed, other)| {
        let mut after = before.clone();
        for section in SECTIONS {
            let value = mutated(before.section(section), &mut seed, &other);
            *after.section_mut(section) = value;
        }
        (before, after)
    });
    prop_oneof![1 => (content(), content()), 3 => similar]
}

fn check(before: &Content, after: &Content) -> Result<(), TestCaseError> {
    let changes = difference(before, after, VOLUME);
    let equal = canonical_content(before) == canonical_content(after);
    prop_assert_eq!(changes.is_empty(), equal, "{:#?}", changes);

    let applied = apply(before, &changes);
    prop_assert_eq!(
        canonical_content(&applied),
        canonical_content(after),
        "{:#?}",
        changes
    );

    let has = |class| changes.iter().any(|change| change.class == class);
    let earlier = ContentHashes::of(before, VOLUME);
    let later = ContentHashes::of(after, VOLUME);
    let settings = earlier.settings != later.settings;
    let tags = earlier.tags != later.tags;
    let volatile = earlier.volatile != later.volatile;
    let relationships = earlier.relationships != later.relationships;
    prop_assert_eq!(has(PathClass::Setting), settings, "{:#?}", changes);
    prop_assert_eq!(
        has(PathClass::Relationship),
        relationships,
        "{:#?}",
        changes
    );
    // A change shows in its hash always; a hash without a change only where a higher class changed.
    prop_assert!(tags || !has(PathClass::Tag), "{:#?}", changes);
    prop_assert!(volatile || !has(PathClass::Volatile), "{:#?}", changes);
    if !settings {
        prop_assert_eq!(has(PathClass::Tag), tags, "{:#?}", changes);
    }
    if !settings && !tags {
        prop_assert_eq!(has(PathClass::Volatile), volatile, "{:#?}", changes);
    }
    for change in &changes {
        let (before, after) = (&change.before, &change.after);
        match change.operation {
            Operation::Added => prop_assert!(before.is_none() && after.is_some()),
            Operation::Removed => prop_assert!(before.is_some() && after.is_none()),
            Operation::Changed => {
                prop_assert!(before.is_some() && after.is_some() && before != after);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_difference_leads_from_the_one_to_the_other_and_agrees_with_the_hashes((before, after) in pair()) {
        check(&before, &after)?;
        check(&after, &before)?;
    }

    #[test]
    fn a_content_has_no_difference_to_itself_in_another_order(before in content(), mut seed in any::<u64>()) {
        fn shuffled(value: &Value, seed: &mut u64, key: &str) -> Value {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let flip = *seed >> 63 == 1;
            match value {
                Value::Object(members) => {
                    let mut members: Vec<_> = members
                        .iter()
                        .map(|(key, member)| (key.clone(), shuffled(member, seed, key)))
                        .collect();
                    if flip {
                        members.reverse();
                    }
                    Value::Object(members.into_iter().filter(|(_, member)| !member.is_null()).collect())
                }
                Value::Array(elements) => {
                    let mut elements: Vec<_> =
                        elements.iter().map(|one| shuffled(one, seed, "")).collect();
                    if flip && key != "command" {
                        elements.reverse();
                    }
                    Value::Array(elements)
                }
                Value::Number(number) => json!(number.as_f64().unwrap()),
                other => other.clone(),
            }
        }
        let mut after = before.clone();
        for section in SECTIONS {
            let value = shuffled(before.section(section), &mut seed, "");
            *after.section_mut(section) = value;
        }
        prop_assert_eq!(difference(&before, &after, VOLUME), vec![]);
        let hashes = ContentHashes::of(&after, VOLUME);
        let expected = ContentHashes::of(&before, VOLUME);
        prop_assert_eq!(hashes, expected);
    }
}

#[test]
fn numbers_are_equal_by_value() {
    let of = |value: Value| {
        let mut content = Content::default();
        *content.section_mut(Section::Configuration) = json!({ "n": value });
        ContentHashes::of(&content, "t").settings
    };
    assert_eq!(of(json!(1)), of(json!(1.0)));
    assert_eq!(of(json!(0)), of(json!(-0.0)));
    assert_eq!(of(json!(1_000_000_000_000_000_000_u64)), of(json!(1e18)));
    assert_eq!(of(json!(-3)), of(json!(-3.0)));
    assert_ne!(of(json!(u64::MAX)), of(json!(-1)));
    assert_ne!(of(json!(1)), of(json!(1.5)));
    assert_ne!(of(json!(1)), of(json!("1")));
    assert_ne!(of(json!(1e300)), of(json!(1e301)));
}
