//! Where the item before an item may lie, and what an item is when it cannot be read.

use serde_json::{Value, json};

use super::{AFTER, ask, kinds, lines};
use crate::support::{
    lake::{Place, TestLake, document, gzip, item, truncated, with},
    states::{ACCOUNT, deliver, gone, later, of, place_of, snapshot},
};

fn changed(before: &Value, time: &str) -> Value {
    later(before, time, json!({"configuration": {"changed": true}}))
}

fn role(time: &str, policies: &Value) -> Value {
    with(
        of(
            "AWS::IAM::Role",
            "AROA1",
            time,
            json!({"roleName": "r", "attachedManagedPolicies": policies}),
        ),
        json!({"awsRegion": "global"}),
    )
}

/// A global item as the recorder of `region` delivers it.
fn deliver_from(lake: &TestLake, region: &str, item: &Value) {
    let place = Place {
        region: region.to_owned(),
        ..place_of(item)
    };
    let time = item["configurationStateId"].to_string();
    lake.items(
        &place,
        &format!("{time}.json.gz"),
        std::slice::from_ref(item),
    );
}

#[test]
fn the_item_before_is_found_however_far_back() {
    let lake = TestLake::new();
    let (last_month, long_ago) = (
        item("a-last-month", "2024-10-31T23:59:59.999Z"),
        item("b-long-ago", "2021-02-03T04:05:06.000Z"),
    );
    let same_month = item("c-same-month", "2024-11-01T00:00:00.000Z");
    deliver(
        &lake,
        "f",
        &[last_month.clone(), long_ago.clone(), same_month.clone()],
    );
    deliver(
        &lake,
        "g",
        &[
            changed(&last_month, AFTER),
            later(&long_ago, AFTER, json!({})),
            changed(&same_month, AFTER),
        ],
    );
    assert_eq!(
        kinds(&lake, "2024-11"),
        [
            "a-last-month settings",
            "b-long-ago identical",
            "c-same-month unknown",
            "c-same-month settings"
        ]
    );
}

#[test]
fn a_snapshot_may_hold_the_state_before() {
    let lake = TestLake::new();
    let time = "2024-08-20T10:00:00.000Z";
    let (kept, moved, dead) = (
        item("a-kept", time),
        item("b-moved", time),
        item("c-dead", time),
    );
    snapshot(&lake, "s", &[kept.clone(), moved.clone(), dead.clone()]);
    deliver(
        &lake,
        "f",
        &[
            later(&kept, AFTER, json!({})),
            changed(&moved, AFTER),
            gone(&dead, AFTER),
        ],
    );
    let columns = [
        "--columns",
        "resource_id,capture_time,change_kind,resource_name",
    ];
    assert_eq!(
        lines(
            &ask(&lake, "2024-11", &columns),
            &["resource_id", "change_kind", "resource_name"]
        ),
        [
            "a-kept identical name of a-kept",
            "b-moved settings name of b-moved",
            "c-dead deleted name of c-dead"
        ]
    );
    // What only a snapshot holds is no change, and no item of its month.
    let items = ask(&lake, "2024-08", &["--measure", "items"]);
    assert!(
        items.code == 1 || items.json()["rows"][0]["items"] == 0,
        "{items:?}"
    );
}

#[test]
fn a_snapshot_after_the_item_is_not_the_state_before_it() {
    let lake = TestLake::new();
    let first = item("vpc-1", AFTER);
    deliver(&lake, "f", std::slice::from_ref(&first));
    snapshot(&lake, "s", &[changed(&first, "2024-11-20T10:00:00.000Z")]);
    assert_eq!(kinds(&lake, "2024-11"), ["vpc-1 unknown"]);
}

#[test]
fn the_same_id_elsewhere_is_another_resource() {
    let lake = TestLake::new();
    let before = item("vpc-1", "2024-10-20T10:00:00.000Z");
    deliver(&lake, "f", std::slice::from_ref(&before));
    deliver(
        &lake,
        "a",
        &[with(
            changed(&before, AFTER),
            json!({"awsRegion": "eu-west-1"}),
        )],
    );
    deliver(
        &lake,
        "b",
        &[with(
            changed(&before, AFTER),
            json!({"awsAccountId": "444455556666"}),
        )],
    );
    deliver(
        &lake,
        "c",
        &[with(
            changed(&before, AFTER),
            json!({"resourceType": "AWS::EC2::Subnet"}),
        )],
    );
    assert_eq!(kinds(&lake, "2024-11"), ["vpc-1 unknown"; 3]);
}

#[test]
fn of_several_recorders_the_first_reports_the_change() {
    let lake = TestLake::new();
    let administrator = json!([{"policyName": "AdministratorAccess"}]);
    deliver_from(
        &lake,
        "us-east-1",
        &role("2024-10-20T10:00:00.000Z", &json!([])),
    );
    deliver_from(
        &lake,
        "eu-west-1",
        &role("2024-10-20T10:01:00.000Z", &json!([])),
    );
    deliver_from(
        &lake,
        "eu-west-1",
        &role("2024-11-05T10:00:00.000Z", &administrator),
    );
    deliver_from(
        &lake,
        "us-east-1",
        &role("2024-11-05T10:00:40.000Z", &administrator),
    );
    // A third recorder meets the role for the first time.
    let found = with(
        role("2024-11-05T10:01:10.000Z", &administrator),
        json!({"configurationItemStatus": "ResourceDiscovered"}),
    );
    deliver_from(&lake, "ap-northeast-1", &found);
    assert_eq!(
        kinds(&lake, "2024-11"),
        ["AROA1 settings", "AROA1 identical", "AROA1 identical"]
    );
    // A deletion that all report is one deletion.
    deliver_from(
        &lake,
        "us-east-1",
        &gone(&found, "2024-11-09T10:00:00.000Z"),
    );
    deliver_from(
        &lake,
        "eu-west-1",
        &gone(&found, "2024-11-09T10:00:30.000Z"),
    );
    assert_eq!(
        kinds(&lake, "2024-11")[3..],
        ["AROA1 deleted", "AROA1 identical"]
    );
}

#[test]
fn a_global_creation_that_two_recorders_discover_is_one_creation() {
    let lake = TestLake::new();
    let born = json!({
        "configurationItemStatus": "ResourceDiscovered",
        "resourceCreationTime": "2024-11-05T09:59:00.000Z",
    });
    let time = |time| with(role(time, &json!([])), born.clone());
    deliver_from(&lake, "us-east-1", &time("2024-11-05T10:00:00.000Z"));
    deliver_from(&lake, "eu-west-1", &time("2024-11-05T10:00:30.000Z"));
    assert_eq!(
        kinds(&lake, "2024-11"),
        ["AROA1 created", "AROA1 identical"]
    );
}

#[test]
fn the_item_before_a_global_item_lies_in_any_regions_folder() {
    let lake = TestLake::new();
    let administrator = json!([{"policyName": "AdministratorAccess"}]);
    deliver_from(
        &lake,
        "eu-west-1",
        &role("2024-03-20T10:00:00.000Z", &json!([])),
    );
    deliver_from(&lake, "us-east-1", &role(AFTER, &administrator));
    assert_eq!(kinds(&lake, "2024-11"), ["AROA1 settings"]);
}

#[test]
fn a_file_delivered_again_changes_nothing() {
    let lake = TestLake::new();
    let before = item("vpc-1", "2024-10-20T10:00:00.000Z");
    let items = [
        changed(&before, AFTER),
        changed(&before, "2024-11-06T10:00:00.000Z"),
    ];
    deliver(&lake, "f", &[before]);
    deliver(&lake, "g", &items);
    let expected = ["vpc-1 settings", "vpc-1 identical"];
    assert_eq!(kinds(&lake, "2024-11"), expected);
    for day in ["2024/11/5", "2024/11/7"] {
        let place = Place::history(ACCOUNT, "us-east-1", day);
        lake.items(&place, "again.json.gz", &items);
        assert_eq!(kinds(&lake, "2024-11"), expected, "{day}");
    }
}

#[test]
fn a_damaged_file_of_an_earlier_month_is_named_and_stops_nothing() {
    let lake = TestLake::new();
    let (known, lost) = (
        item("a-known", "2024-10-20T10:00:00.000Z"),
        item("b-lost", "2024-10-21T10:00:00.000Z"),
    );
    deliver(&lake, "f", std::slice::from_ref(&known));
    let cut = truncated(gzip(&document(std::slice::from_ref(&lost))));
    lake.bytes(&place_of(&lost), "damaged.json.gz", &cut);
    deliver(&lake, "g", &[changed(&known, AFTER), changed(&lost, AFTER)]);
    let answer = ask(
        &lake,
        "2024-11",
        &["--columns", "resource_id,capture_time,change_kind"],
    );
    assert_eq!(answer.code, 3, "{answer:?}");
    assert!(answer.err.contains("damaged.json.gz"), "{}", answer.err);
    assert_eq!(
        lines(&answer, &["resource_id", "change_kind"]),
        ["a-known settings", "b-lost unknown"]
    );
}
