//! Files of which it is known where their items stand are read as the parser reads them.

use std::ops::ControlFlow;

use proptest::{prelude::*, strategy::ValueTree as _};

use super::*;
use crate::domain::ConfigurationItem;

/// What became of a file: its items, and the names of those that were read past.
type Outcome = Result<(Vec<ConfigurationItem>, Vec<String>), String>;

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    /// As it is in use.
    Use,
    /// By the parser in any case.
    Parser,
}

fn outcome(
    text: &str,
    bodies: Bodies,
    needles: Option<&Needles>,
    by: By,
    outline: &mut Outline,
) -> Outcome {
    let folder = folder();
    let (mut taken, mut passed) = (Vec::new(), Vec::new());
    let mut take = |item: &ItemFields<'_>| {
        taken.push(item.to_item());
        ControlFlow::Continue(())
    };
    let mut on_passed = |text: &str| passed.push(text.to_owned());
    let mut items = Items {
        folder: &folder,
        bodies,
        allowance: Allowance::of(&ReadLimits::default()),
        search: needles.map(|needles| Search {
            needles,
            passed: &mut on_passed,
        }),
        take: &mut take,
        stopped: false,
        streams: false,
        aim: Aim::Items,
    };
    let read = match by {
        By::Use => items.read_text(text.as_bytes(), outline),
        By::Parser => {
            if needles.is_some_and(|needles| !needles.are_in(text)) {
                items.aim = Aim::Damage;
            }
            items.read_documents(&mut serde_json::Deserializer::from_str(text))
        }
    };
    read.map_err(|error| error.to_string())?;
    Ok((taken, passed))
}

/// Holds both ways against each other, whatever is asked for.
fn assert_alike(text: &str) -> Result<(), TestCaseError> {
    let absent = Needles::new(["not in it"]).unwrap();
    let light = Bodies {
        texts: true,
        tags: WantedTags::One,
        ..Bodies::default()
    };
    // As a decoder does, that has other files before.
    let outline = &mut Outline::default();
    for bodies in [Bodies::ALL, Bodies::default(), light] {
        for needles in [None, Some(&absent)] {
            let [used, parsed] =
                [By::Use, By::Parser].map(|by| outcome(text, bodies, needles, by, outline));
            prop_assert_eq!(used, parsed, "{:?} {:?} {}", bodies, needles, text);
            let another = r#"{"configurationItems":[{"resourceId":"another"},{"tags":{}}]}"#;
            prop_assert!(outcome(another, bodies, needles, By::Use, outline).is_err());
        }
    }
    Ok(())
}

/// Values as Config writes them.
const VALUES: [&str; 16] = [
    r#""a""#,
    r#""""#,
    r#""é\u00e9\n\"\\""#,
    r#""2024-11-05T01:02:03.004Z""#,
    r#""1730768523004""#,
    r#""{\"a\":1}""#,
    r#""[1""#,
    "null",
    "true",
    "0",
    "42",
    "1730768523004",
    "9999999999999999999",
    "{}",
    r#"{"deep":[1,-2.5E-3,true,null,{"s":"\"\\"}],"configuration":{"resourceId":"x"}}"#,
    r#"["odd",{"a":"b"}]"#,
];

/// Values that are written in another way, or are none.
const ODD_VALUES: [&str; 19] = [
    r#""\ud83d\ude00""#,
    r#""\ud83d""#,
    r#""2024-11-05T01:02:03.004+0100""#,
    r#""no time""#,
    "false",
    "-1",
    "1.5",
    "1730768523.004",
    "18446744073709551615",
    "18446744073709551616",
    "1e999",
    "01",
    "[]",
    r#"{"k":1.5,"l":true}"#,
    r#"{"k\t":{"odd":[1e999]},"\ud800":"v"}"#,
    r#"[{"key":"k","value":"v"},{"tagName":"t"}]"#,
    "{\"a\": 1}",
    "7 ",
    "\u{c}8",
];

const TAGS: [&str; 4] = [
    "{}",
    "null",
    r#"{"k":"v"}"#,
    r#"{"k":"v\n","l":null,"k":"","é\t":"x"}"#,
];

const KEYS: [&str; 24] = [
    "configurationItemVersion",
    "configurationItemCaptureTime",
    "configurationItemStatus",
    "configurationStateId",
    "awsAccountId",
    "accountId",
    "awsRegion",
    "availabilityZone",
    "availibilityZone",
    "resourceType",
    "resourceId",
    "resourceName",
    "ARN",
    "arn",
    "resourceCreationTime",
    "recordingFrequency",
    "configuration",
    "Configuration",
    "supplementaryConfiguration",
    "relationships",
    "relatedEvents",
    "configurationStateMd5Hash",
    "",
    "é",
];

fn any_member() -> impl Strategy<Value = (&'static str, &'static str)> {
    let (keys, values) = (
        prop::sample::select(&KEYS[..]),
        prop::sample::select(&VALUES[..]),
    );
    let tags = prop::sample::select(&["tags", "tags", "Tags"][..]);
    let odd_keys = prop::sample::select(&["tags", "ARN", "configurationStateId", r"t\u0061gs"][..]);
    prop_oneof![
        60 => (keys.clone(), values.clone()),
        16 => (tags, prop::sample::select(&TAGS[..])),
        1 => (keys, prop::sample::select(&ODD_VALUES[..])),
        1 => (odd_keys, values),
    ]
}

fn any_item() -> impl Strategy<Value = String> {
    let members = prop::collection::vec(any_member(), 0..9);
    (members, prop::bool::weighted(0.95)).prop_map(|(members, has_time)| {
        let time = has_time.then_some(("configurationItemCaptureTime", VALUES[3]));
        let members = time.into_iter().chain(members);
        let members: Vec<String> = members
            .map(|(key, value)| format!(r#""{key}":{value}"#))
            .collect();
        format!("{{{}}}", members.join(","))
    })
}

/// Files as Config writes them, and others.
fn any_file() -> impl Strategy<Value = String> {
    let items = prop::collection::vec(any_item(), 0..5);
    (items, 0..30_u8).prop_map(|(items, shape)| {
        let items = items.join(",");
        match shape {
            0 => format!("[{items}]"),
            1 => format!(r#"{{"configurationItems":[{items}],"configurationItems":[{items}]}}"#),
            2 => format!(r#"{{"configurationitems":[{items}]}}"#),
            3 => format!(r#"{{"configurationItems":[{items}]}} {{"configurationItems":null}}"#),
            4 => format!(r#"{{"resourceId":"x","configurationItems":[{items}]}}"#),
            5 => format!(r#"{{"configurationItems":[{items},null]}}"#),
            7 => format!("{{\"configurationItems\":[{items}]}}\u{c}"),
            6 => format!("{{\"configSnapshotId\":{{}},\"configurationItems\":[{items}],\"fileVersion\":[]}}\n"),
            _ => format!(r#"{{"fileVersion":"1.0","configurationItems":[{items}]}}"#),
        }
    })
}

#[test]
fn files_as_config_writes_them_are_looked_over_and_no_others() {
    let item = r#"{"relatedEvents":[],"relationships":[{"resourceId":"x"}],"configuration":{"a":[-1.5]},
        "supplementaryConfiguration":{},"tags":{"a":"b","c":null},"configurationItemVersion":"1.3",
        "configurationItemCaptureTime":"2024-11-05T01:02:03.004Z","configurationStateId":1730768523004,
        "awsAccountId":"111122223333","resourceName":"a\"b","ARN":null}"#;
    let item = item.replace("\n        ", "");
    let file = |items: &str| format!(r#"{{"fileVersion":"1.0","configurationItems":[{items}]}}"#);
    let snapshot = r#"{"fileVersion":"1.0","configSnapshotId":"a-b","configurationItems":[]}"#;
    let mut outline = Outline::default();
    for (text, count) in [
        (file(""), 0),
        (file(&item), 1),
        (file(&format!("{item},{item}")) + "\n", 2),
        (snapshot.to_owned(), 0),
    ] {
        assert!(outline.look_over(&text), "{text}");
        assert_eq!(outline.items().count(), count);
        assert_alike(&text).unwrap();
    }
    for text in [
        String::new(),
        "{}".to_owned(),
        format!(" {}", file(&item)),
        file(&item) + &file(&item),
        file(&item) + "x",
        file(&item) + "\u{c}",
        format!("[{item}]"),
        file(&item.replace("ARN", r"AR\u004e")),
        file(&item.replace("{\"a\":\"b\"", "{\"a\":1")),
        file(&item.replace("1730768523004", "1.5")),
    ] {
        assert!(!outline.look_over(&text), "{text}");
        assert_alike(&text).unwrap();
    }
}

#[test]
fn most_drawn_files_are_looked_over() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (files, mut outline) = (any_file(), Outline::default());
    let drawn = (0..500).map(|_| files.new_tree(&mut runner).unwrap().current());
    let looked_over = drawn.filter(|text| outline.look_over(text) && outline.items().count() > 0);
    assert!(
        looked_over.count() > 250,
        "the two ways are seldom held against each other"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    #[test]
    fn both_ways_read_the_same(text in any_file()) {
        assert_alike(&text)?;
    }

    #[test]
    fn both_ways_find_the_same_damage(
        text in any_file(),
        at in any::<prop::sample::Index>(),
        with in prop::option::of(prop::sample::select(&b"\"\\{}[]:,01-eutn \n\x01\x0c"[..])),
    ) {
        let mut text = text.into_bytes();
        let at = at.index(text.len());
        match with {
            Some(byte) => text[at] = byte,
            None => text.truncate(at),
        }
        if let Ok(text) = String::from_utf8(text) {
            assert_alike(&text)?;
        }
    }
}
