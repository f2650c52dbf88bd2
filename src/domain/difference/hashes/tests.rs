//! Hashes from texts are those from trees, whatever the texts hold.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::{ConfigurationItem, ItemFields};

fn item(configuration: &str, supplementary: &str, relationships: &str) -> ConfigurationItem {
    let fields = ItemFields {
        resource_type: "AWS::EC2::Volume",
        tags: &[
            ("Name".to_owned(), Some("one".to_owned())),
            ("name".to_owned(), None),
        ],
        configuration: Some(configuration),
        supplementary_configuration: Some(supplementary),
        relationships: Some(relationships),
        ..ItemFields::BARE
    };
    fields.to_item()
}

fn same(item: &ConfigurationItem, hasher: &mut Hasher) -> Result<(), TestCaseError> {
    let of_tree = ContentHashes::of(&Content::of(item), &item.resource_type);
    prop_assert_eq!(hasher.hashes(&item.fields()), of_tree, "{:?}", item);
    // Once more, from what it remembers.
    prop_assert_eq!(hasher.hashes(&item.fields()), of_tree);
    Ok(())
}

#[test]
fn what_is_known_of_a_text_is_known_of_its_type_and_section() {
    let mut hasher = Hasher::default();
    for (of_type, texts) in [
        ("1", ["2", "3", "4"]),
        ("2", ["1", "4", "3"]),
        ("3", ["4", "1", "2"]),
    ] {
        let [configuration, supplementary, relationships] = texts;
        let item = ConfigurationItem {
            resource_type: of_type.to_owned(),
            ..item(configuration, supplementary, relationships)
        };
        same(&item, &mut hasher).unwrap();
    }
}

#[test]
fn odd_texts_have_the_hashes_of_their_trees() {
    let policy = json!({"Statement": [{"Action": ["a", "b"], "Effect": "Allow"}]}).to_string();
    let encoded = json!({ "policy": policy, "policyDocument": "%7B%22a%22%3A%5B2%2C1%5D%7D" });
    // Documents inside of documents, more of them than are followed.
    let mut layered = json!({ "a": [1, null] });
    for _ in 0..7 {
        layered = json!({ "a": layered.to_string() });
    }
    let layered = layered.to_string();
    let nested = |depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let [deep, deepest, too_deep] = [200, 127, 128].map(nested);
    let deep_inside = json!({ "a": too_deep, "b": deepest }).to_string();
    let many_keys: serde_json::Map<String, Value> =
        (0..100).map(|key| (key.to_string(), key.into())).collect();
    let many_keys = Value::Object(many_keys).to_string();
    let one_twice = many_keys.replace("\"99\"", "\"3\"");
    let texts = [
        "{}",
        "[]",
        "null",
        " {\"a\": null} ",
        "{\"a\": 1, \"a\": 2}",
        "{\"a\": {\"b\": 1, \"b\": null}}",
        "[1, 1.0, -0.0, 1e400, 18446744073709551616, 0.1]",
        "\"%7B%7D\"",
        "{\"a\": \"{\\\"b\\\": 1, \\\"b\\\": 2}\", \"c\": \"[1] x\", \"d\": \" {broken\"}",
        "\"{\\\"state\\\": 1}\"",
        "{\"command\": [\"b\", \"a\", null]}",
        "{\"Command\": [\"b\", {\"a\": 1}, \"[3,2]\"], \"command\": []}",
        "{\"attachments\": [{\"state\": \"x\", \"attachTime\": 1}], \"tags\": [{\"key\": \"a\"}]}",
        "not json",
        "{\"a\": 1} trailing",
        "{\"a\\u0062\\\\\": \"\\\"\\\\\", \"\": \"\\ud83d\\ude00 \u{1F600}\"}",
        "{\"a\": \"\\ud83d\"}",
        "{\"a\": \"{\\\"b\\\": \\\"line\\nline\\\"}\"}",
        "{\"a\": \"{\\\"b\\\": 1e400}\", \"b\": -0, \"c\": [-7, 1e2, 123456789012345678901]}",
        "\t{\r\n \"a\" :\t[ 1 ,2 , { } , [ ] ] , \"Command\" : [ ] }\n",
        &deep,
        &deepest,
        &too_deep,
        &deep_inside,
        &many_keys,
        &one_twice,
        &encoded.to_string(),
        &layered,
    ];
    let mut hasher = Hasher::default();
    for text in texts {
        same(&item(text, "{}", "[]"), &mut hasher).unwrap();
        same(&item("null", text, text), &mut hasher).unwrap();
    }
}

#[test]
fn relationships_in_all_spellings_have_the_hashes_of_their_trees() {
    let mut hasher = Hasher::default();
    for text in [
        r#"[{"resourceType":"AWS::EC2::VPC","resourceId":"vpc-1","name":"Is contained in Vpc"}]"#,
        r#"[{"resourceName":"r","resourceId":" ","relationshipName":"Is \u0061ttached to"}]"#,
        r#"[{"resourceId":"a","other":[1]},{"resourceId":null,"resourceType":"T","name":""}]"#,
        r#"[{"other":1}, {"resourceId":"b"}]"#,
        r#"[{"resourceId":7,"name":"n"}]"#,
        r#"[{"resourceId":"{\"a\":1}","name":"n"}]"#,
        r#"[{"resourceId":"a","x":1e400}]"#,
        r#"[{"resourceId":"a","x":"\ud800"}]"#,
        r#"[["AWS::EC2::VPC","vpc-1","n","n","n"]]"#,
        r#"[{"resourceId":"a","resourceId":"b"}]"#,
        r#"["text", null]"#,
        r#"{"resourceId":"a"}"#,
        " [ ] ",
        "null",
    ] {
        same(&item("{}", "{}", text), &mut hasher).unwrap();
    }
}

fn tree() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        "[a-c]",
        Just("command".to_owned()),
        Just("state".to_owned())
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
        Just(json!("{\"a\": [1, 2], \"b\": null}")),
        Just(json!("%5B%22x%22%5D")),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let members = proptest::collection::vec((key.clone(), inner.clone()), 0..4);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn damaged_texts_that_are_still_json_have_the_hashes_of_their_trees(
        one in tree(),
        at in any::<prop::sample::Index>(),
        with in prop::sample::select(&b"\"\\{}[]:,01-.eEutn \n"[..]),
    ) {
        let mut text = one.to_string().into_bytes();
        let at = at.index(text.len());
        text[at] = with;
        let text = String::from_utf8_lossy(&text);
        if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() {
            same(&item(&text, &text, &text), &mut Hasher::default())?;
        }
    }

    #[test]
    fn texts_have_the_hashes_of_their_trees(one in tree(), other in tree(), third in tree()) {
        let mut hasher = Hasher::default();
        let [one, other, third] = [one, other, third].map(|value| value.to_string());
        same(&item(&one, &other, &third), &mut hasher)?;
        same(&item(&other, &one, &one), &mut hasher)?;
    }
}
