//! The state at a time, against the one rebuilt by hand; and pages.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ask, history};
use crate::support::{
    lake::{TestLake, item, with},
    states::{deliver, gone, later, snapshot},
};

/// Numbers that look random, the same on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn text(ms: i64) -> String {
    let time = Timestamp::from_millisecond(ms).unwrap();
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[test]
fn the_state_before_between_and_after() {
    let lake = TestLake::new();
    let first = with(
        item("vpc-1", "2024-10-20T10:00:00.000Z"),
        json!({
            "tags": {"team": "blue"}, "supplementaryConfiguration": {"extra": {"on": true}},
            "relationships": [{"resourceType": "AWS::EC2::Subnet", "resourceId": "subnet-1", "name": "Contains Subnet"}],
        }),
    );
    let changed = json!({"configuration": {"vpcId": "vpc-1", "isDefault": true}, "tags": {}});
    let second = later(&first, "2024-11-05T10:00:00.000Z", changed);
    let dead = gone(&second, "2024-11-09T10:00:00.000Z");
    deliver(&lake, "f", &[first.clone(), second.clone(), dead]);
    let state = |at: &str| history(&lake, "vpc-1", &["--at", at])["state"].clone();
    for at in ["2024-10-19", "2024-10-20T09:59:59.999Z"] {
        let state = state(at);
        assert_eq!(state["existence"], "not_yet_known", "{at}");
        assert_eq!(state["configuration"], Value::Null);
    }
    // A state holds from its own moment on; a day means its end.
    for (at, item) in [
        ("2024-10-20T10:00:00Z", &first),
        ("2024-10-20", &first),
        ("2024-11-05T18:59:59.999+09:00", &first),
        ("2024-11-05T19:00:00+09:00", &second),
        ("2024-11-08", &second),
    ] {
        let state = state(at);
        assert_eq!(
            (&state["existence"], &state["from_snapshot"]),
            (&json!("existed"), &json!(false)),
            "{at}"
        );
        same_bodies(&state, item, at);
    }
    for at in ["2024-11-09T10:00:00Z", "2025-03-01"] {
        assert_eq!(state(at)["existence"], "deleted", "{at}");
    }
    ask(&lake, "vpc-1", &["--at", "yesterday"]).refused(2, &["yesterday"]);
}

#[track_caller]
fn same_bodies(state: &Value, item: &Value, at: &str) {
    for (member, field) in [
        ("tags", "tags"),
        ("configuration", "configuration"),
        ("supplementary_configuration", "supplementaryConfiguration"),
        ("relationships", "relationships"),
    ] {
        assert_eq!(state[member], item[field], "{member} at {at}");
    }
    let captured: Timestamp = state["captured"].as_str().unwrap().parse().unwrap();
    let delivered: Timestamp = item["configurationItemCaptureTime"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(captured, delivered, "{at}");
}

/// Forty states over about a year, some known from snapshots alone, with deletions between.
#[test]
fn at_any_time_the_state_is_that_of_the_last_delivery() {
    let lake = TestLake::new();
    let mut random = Random(20_241_123);
    let begin = "2024-01-05T00:00:00Z"
        .parse::<Timestamp>()
        .unwrap()
        .as_millisecond();
    let mut moment = begin;
    let mut states: Vec<(i64, Value, bool)> = Vec::new();
    let base = item("vpc-1", &text(begin));
    for number in 0..40_u64 {
        moment += i64::try_from(3_600_000 + random.below(15 * 86_400_000)).unwrap();
        let body = json!({
            "configuration": {"vpcId": "vpc-1", "number": number, "list": [random.below(3), random.below(3)]},
            "tags": {"n": random.below(5).to_string()},
        });
        let fresh = later(&base, &text(moment), body);
        match random.below(8) {
            0 if number > 0 => {
                let dead = gone(&fresh, &text(moment));
                deliver(&lake, &format!("d{number}"), std::slice::from_ref(&dead));
                states.push((moment, dead, false));
            }
            1 | 2 => {
                snapshot(&lake, &format!("s{number}"), std::slice::from_ref(&fresh));
                states.push((moment, fresh, true));
            }
            _ => {
                deliver(&lake, &format!("h{number}"), std::slice::from_ref(&fresh));
                // Half of them lie in a snapshot as well, which is not where they come from.
                if random.below(2) == 0 {
                    snapshot(&lake, &format!("s{number}"), std::slice::from_ref(&fresh));
                }
                states.push((moment, fresh, false));
            }
        }
    }
    let span = u64::try_from(moment - begin).unwrap() + 864_000_000;
    for round in 0..200_usize {
        // Every fifth time is exactly a capture, or one millisecond before it.
        let at = match round % 5 {
            0 => states[round / 5].0 - i64::try_from(random.below(2)).unwrap(),
            _ => begin - 86_400_000 + i64::try_from(random.below(span)).unwrap(),
        };
        let at_text = text(at);
        let state = history(&lake, "vpc-1", &["--at", &at_text, "--limit", "1"])["state"].clone();
        match states.iter().rev().find(|(time, ..)| *time <= at) {
            None => assert_eq!(state["existence"], "not_yet_known", "{at_text}"),
            Some((_, dead, _)) if dead["configurationItemStatus"] == "ResourceDeleted" => {
                assert_eq!(state["existence"], "deleted", "{at_text}");
            }
            Some((_, item, snapshot)) => {
                assert_eq!(state["existence"], "existed", "{at_text}");
                assert_eq!(state["from_snapshot"], *snapshot, "{at_text}");
                same_bodies(&state, item, &at_text);
            }
        }
    }
}

#[test]
fn pages_add_up_to_the_whole() {
    let lake = TestLake::new();
    let base = item("vpc-1", "2024-11-01T00:00:00.000Z");
    let states: Vec<Value> = (0..23_u32)
        .map(|hour| {
            let time = format!("2024-11-02T{hour:02}:30:00.000Z");
            later(
                &base,
                &time,
                json!({"configuration": {"vpcId": "vpc-1", "hour": hour}}),
            )
        })
        .collect();
    deliver(&lake, "f", &states);
    let whole = history(&lake, "vpc-1", &["--limit", "0"]);
    assert_eq!(
        (&whole["returned"], &whole["total"]),
        (&json!(23), &json!(23))
    );
    let mut pages = Vec::new();
    let mut page = history(&lake, "vpc-1", &["--limit", "5"]);
    for _ in 0..10 {
        assert_eq!((&page["items"], &page["total"]), (&json!(23), &json!(23)));
        pages.extend(page["timeline"].as_array().unwrap().clone());
        let Some(cursor) = page.get("next_cursor").and_then(Value::as_str) else {
            break;
        };
        page = history(&lake, "vpc-1", &["--limit", "5", "--cursor", cursor]);
    }
    assert_eq!(json!(pages), whole["timeline"]);
}
