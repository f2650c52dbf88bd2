mod outlined;

use std::ops::ControlFlow;

use bytes::Bytes;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::{domain::DeliveryKind, source::Needles};

/// Items in the spellings that there are, with what is easily read past wrongly.
const FILE: &str = r#"{"fileVersion":"1.0","configurationItems":[
    {"configurationItemVersion":"1.3","configurationItemCaptureTime":"2024-11-05T01:02:03.004Z",
     "configurationStateId":1730768523004,"awsAccountId":"111122223333","resourceType":
     "AWS::EC2::VPC","resourceId":"vpc-1","resourceName":"a\u00e9\ud83d\ude00","ARN":null,
     "tags":{"k":"v\n","n":1.5e3},"relationships":[{"resourceId":"x"}],"configuration":
     {"deep":[1,-2.5E-3,true,null,{"s":"\"\\"}]},"supplementaryConfiguration":{}},
    {"version":"1.3","configurationItemCaptureTime":1730768523.004,"accountId":42,
     "arn":["odd"],"resourceType":{"odd":1},"tags":[{"key":"k","value":"v"}],
     "configuration":"{\"a\":1}","configurationStateId":"1730768523004"}]}"#;

fn folder() -> DeliveryFolder {
    DeliveryFolder {
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        day: date(2024, 11, 5),
        kind: DeliveryKind::History,
    }
}

/// Decodes a text; says which resources have items in it and how many items were handed out, or
/// how the file is damaged.
fn decoded(text: &[u8], needles: Option<&Needles>) -> Result<(Vec<String>, usize), String> {
    let mut decoder = Decoder::new(ReadLimits::default());
    let (mut taken, mut passed, mut count) = (Vec::new(), Vec::new(), 0);
    let bodies = Bodies {
        texts: true,
        ..Bodies::default()
    };
    let mut on_item = |item: &ItemFields<'_>| {
        taken.push(item.resource_id.to_owned());
        taken.extend(item.arn.map(str::to_owned));
        count += 1;
        ControlFlow::Continue(())
    };
    let mut on_passed = |text: &str| passed.push(text.to_owned());
    let search = needles.map(|needles| Search {
        needles,
        passed: &mut on_passed,
    });
    let object = Object::Bytes(Bytes::copy_from_slice(text));
    decoder
        .decode(object, &folder(), bodies, search, &mut on_item)
        .map_err(|error| error.to_string())?;
    Ok(([taken, passed].concat(), count))
}

#[test]
fn an_item_is_the_same_in_every_shape_of_file_in_memory_and_as_a_stream() {
    let item = r#"{"configurationItemCaptureTime":"2024-11-05T01:02:03.004Z","awsAccountId":42,
        "resourceType":"AWS::EC2::VPC","resourceId":"vpc-\u0031","resourceName":"n",
        "tags":{"k\t":"v"},"relationships":[{"resourceId":"x"}],"configuration":{"a": "\"é" },
        "supplementaryConfiguration":"{\"b\":1}"}"#;
    let shapes = [
        (1, format!(r#"{{"configurationItems":[{item}]}}"#)),
        (2, format!("[{item},{item}]")),
        (1, item.to_owned()),
        (
            1,
            format!(r#"{{"messageType":"X","configurationItem":{item}}}"#),
        ),
        (0, r#"{"configurationItem":null}"#.to_owned()),
        (0, r#"{"configurationItems":null}"#.to_owned()),
        (
            3,
            format!("{item}\n[{item}]\n{{\"configurationItem\":{item}}}"),
        ),
    ];
    let mut all = Vec::new();
    for (count, text) in &shapes {
        for small_file_bytes in [8 << 20, 16] {
            let mut decoder = Decoder::new(ReadLimits {
                small_file_bytes,
                ..ReadLimits::default()
            });
            let before = all.len();
            let mut on_item = |item: &ItemFields<'_>| {
                all.push(item.to_item());
                ControlFlow::Continue(())
            };
            let object = Object::Bytes(Bytes::copy_from_slice(text.as_bytes()));
            decoder
                .decode(object, &folder(), Bodies::ALL, None, &mut on_item)
                .unwrap();
            assert_eq!(all.len() - before, *count, "{text} {small_file_bytes}");
        }
    }
    let item = &all[0];
    assert!(all.iter().all(|other| other == item));
    assert_eq!(item.account, "000000000042");
    assert_eq!(item.region, "us-east-1");
    assert_eq!(item.resource_id, "vpc-1");
    assert_eq!(item.tags, [("k\t".to_owned(), Some("v".to_owned()))]);
    assert_eq!(item.configuration.as_deref(), Some("{\"a\": \"\\\"é\" }"));
    assert_eq!(
        item.supplementary_configuration.as_deref(),
        Some("{\"b\":1}")
    );
    assert_eq!(
        item.relationships.as_deref(),
        Some("[{\"resourceId\":\"x\"}]")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn a_file_is_damaged_whatever_is_looked_for_in_it(
        at in 0..FILE.len(),
        with in prop_oneof![Just(None), prop::sample::select(&b"\"\\{}[]:,01-eutn \xff"[..]).prop_map(Some)],
    ) {
        let nothing = Needles::new(["not in it"]).unwrap();
        let mut text = FILE.as_bytes().to_vec();
        prop_assert_eq!(decoded(&text, None).unwrap().1, 2);
        prop_assert_eq!(decoded(&text, Some(&nothing)).unwrap().1, 0);
        match with {
            Some(byte) => text[at] = byte,
            None => text.truncate(at),
        }
        let (taken, skimmed) = (decoded(&text, None), decoded(&text, Some(&nothing)));
        prop_assert_eq!(taken.map(|(of, _)| of), skimmed.map(|(of, _)| of));
    }
}
