//! What counts, and what counts once: redeliveries, global resources, the edges of months.

use serde_json::{Value, json};

use crate::support::{
    cli::{ids, november, rows},
    lake::{Place, TestLake, item, with},
};

const TIME: &str = "2024-11-05T01:02:03.456Z";

fn vpc(id: &str) -> Value {
    item(id, TIME)
}

#[test]
fn an_item_delivered_twice_counts_once() {
    let lake = TestLake::new();
    let place = Place::default();
    lake.items(
        &place,
        "first_1.json.gz",
        &[vpc("vpc-1"), vpc("vpc-2"), vpc("vpc-1")],
    );
    lake.items(&place, "first_2.json.gz", &[vpc("vpc-3")]);
    let later = Place::history("111122223333", "us-east-1", "2024/11/6");
    // The same state once more, its id as text this time.
    let text_id = vpc("vpc-1")["configurationStateId"].to_string();
    let again = with(vpc("vpc-1"), json!({"configurationStateId": text_id}));
    lake.items(&later, "again.json.gz", &[again, vpc("vpc-3")]);
    assert_eq!(ids(lake.arg()), ["vpc-1", "vpc-2", "vpc-3"]);
    let evidence = november(lake.arg(), &["--format", "json"]).json()["evidence"].clone();
    assert_eq!(
        (&evidence["items"], &evidence["duplicate_items"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(evidence["files_read"], 3);
}

#[test]
fn a_global_resource_counts_once_whichever_recorders_deliver_it() {
    let lake = TestLake::new();
    let role = |fields| {
        with(
            with(vpc("AROA1"), json!({"resourceType": "AWS::IAM::Role"})),
            fields,
        )
    };
    for region in ["us-east-1", "eu-west-1", "ap-northeast-1"] {
        let place = Place::history("111122223333", region, "2024/11/5");
        // Old items name the recorder's Region instead of `global`.
        let named = if region == "eu-west-1" {
            region
        } else {
            "global"
        };
        lake.items(&place, "f.json.gz", &[role(json!({"awsRegion": named}))]);
    }
    let repeated = role(json!({
        "awsRegion": "global",
        "configurationItemCaptureTime": "2024-11-05T01:02:04.000Z",
        "configurationStateId": 1_730_768_524_000_i64,
    }));
    let place = Place::history("111122223333", "sa-east-1", "2024/11/5");
    lake.items(&place, "f.json.gz", &[repeated]);
    let answer = november(
        lake.arg(),
        &["--group-by", "region,resource_id", "--format", "csv"],
    );
    // Two states: the one that four reported, and the one captured a moment later.
    assert_eq!(answer.ok(), "region,resource_id,items\nglobal,AROA1,2\n");
    let answer = november(lake.arg(), &["--region", "global", "--format", "json"]);
    assert_eq!(rows(&answer).len(), 2);
}

#[test]
fn months_go_by_capture_time_not_by_folder() {
    let lake = TestLake::new();
    let folder = |day| Place::history("111122223333", "us-east-1", day);
    lake.items(
        &folder("2024/12/1"),
        "f.json.gz",
        &[
            item("last", "2024-11-30T23:59:59.999Z"),
            item("next", "2024-12-01T00:00:00.000Z"),
        ],
    );
    lake.items(
        &folder("2024/12/2"),
        "f.json.gz",
        &[item("daily", "2024-11-30T12:00:00.000Z")],
    );
    lake.items(
        &folder("2024/10/31"),
        "f.json.gz",
        &[item("tokyo", "2024-10-31T15:00:00.000Z")],
    );
    lake.items(
        &folder("2024/11/1"),
        "f.json.gz",
        &[item("first", "2024-11-01T00:00:00.000Z")],
    );
    assert_eq!(ids(lake.arg()), ["daily", "first", "last"]);
    let answer = november(
        lake.arg(),
        &[
            "--timezone",
            "Asia/Tokyo",
            "--columns",
            "resource_id,year,month,day",
            "--format",
            "csv",
        ],
    );
    assert_eq!(
        answer.ok(),
        "resource_id,year,month,day\ntokyo,2024,11,1\nfirst,2024,11,1\ndaily,2024,11,30\n"
    );
}
