//! The fields of an item in every spelling that S3 files, notifications and the API use.

use serde_json::{Value, json};

use crate::support::{
    cli::{november, rows},
    lake::{Place, TestLake, item, with, without},
};

const TIME: &str = "2024-11-05T01:02:03.456Z";
const STATE: &str = "1730768523456";

/// Delivers one item; returns its row.
#[track_caller]
fn read(delivered: &Value) -> Value {
    read_text(&delivered.to_string())
}

/// Delivers one item as this text; returns its row under AWS's names.
#[track_caller]
fn read_text(item: &str) -> Value {
    let lake = TestLake::new();
    let text = format!(r#"{{"fileVersion":"1.0","configurationItems":[{item}]}}"#);
    lake.bytes(&Place::default(), "f.json", text.as_bytes());
    let answer = november(
        lake.arg(),
        &[
            "--format",
            "json",
            "--sql",
            "SELECT * FROM configuration_items",
        ],
    );
    let rows = rows(&answer);
    assert_eq!(rows.len(), 1, "{answer:?}");
    rows[0].clone()
}

fn same_fields(row: &Value) {
    let expected = json!({
        "awsAccountId": "111122223333",
        "awsRegion": "us-east-1",
        "availabilityZone": "Multiple Availability Zones",
        "resourceType": "AWS::EC2::VPC",
        "resourceId": "vpc-1",
        "resourceName": "name of vpc-1",
        "arn": "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1",
        "configurationItemStatus": "OK",
        "configurationItemCaptureTime": TIME,
        "configurationStateId": STATE,
        "resourceCreationTime": null,
        "configurationItemVersion": "1.3",
        "recordingFrequency": null,
        "tags": {"Team": "a", "team": "b"},
        "configuration": "{\"vpcId\":\"vpc-1\"}",
        "supplementaryConfiguration": "{}",
        "relationships": "[]",
        "changeKind": "unknown",
        "source": "AWSLogs/111122223333/Config/us-east-1/2024/11/5/ConfigHistory/f.json",
        "year": 2024,
        "month": 11,
        "day": 5,
    });
    assert_eq!(*row, expected);
}

fn tagged() -> Value {
    with(
        item("vpc-1", TIME),
        json!({"tags": {"Team": "a", "team": "b"}}),
    )
}

#[test]
fn the_spelling_of_s3_files() {
    same_fields(&read(&tagged()));
}

#[test]
fn the_spelling_of_the_api() {
    let api = without(
        tagged(),
        &[
            "ARN",
            "awsAccountId",
            "configurationItemVersion",
            "configurationStateMd5Hash",
        ],
    );
    let api = with(
        api,
        json!({
            "arn": "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1",
            "accountId": "111122223333",
            "version": "1.3",
            "configurationItemMD5Hash": "",
            "configurationStateId": STATE,
            "configurationItemCaptureTime": 1_730_768_523.456,
            "configuration": "{\"vpcId\":\"vpc-1\"}",
            "tags": [{"key": "Team", "value": "a"}, {"tagName": "team", "tagValue": "b"}],
        }),
    );
    same_fields(&read(&api));
}

#[test]
fn the_spelling_of_2014() {
    let old = without(tagged(), &["availabilityZone", "ARN", "awsAccountId"]);
    let old = with(
        old,
        json!({
            "availibilityZone": "Multiple Availability Zones",
            "arn": "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1",
            "accountId": "111122223333",
        }),
    );
    let old = without(old, &["configurationStateId"]);
    let row = read(&with(old, json!({"configurationStateID": "5e6f-uuid"})));
    assert_eq!(row["configurationStateId"], "5e6f-uuid");
    same_fields(&with(row, json!({"configurationStateId": STATE})));
}

#[test]
fn keys_that_nobody_knows_are_passed_over() {
    let unknown = json!({
        "resourceTransitionStatus": "None",
        "someday": {"configurationItems": [{"resourceId": "no"}], "tags": [1, [2, {"x": null}]]},
    });
    same_fields(&read(&with(tagged(), unknown)));
}

#[test]
fn an_explicit_null_is_an_absent_key() {
    let optional = [
        "availabilityZone",
        "resourceName",
        "ARN",
        "configuration",
        "supplementaryConfiguration",
        "relationships",
        "tags",
        "relatedEvents",
        "configurationItemVersion",
        "configurationItemStatus",
    ];
    let mut nulls = tagged();
    for key in optional {
        nulls[key] = Value::Null;
    }
    let row = read(&nulls);
    assert_eq!(row, read(&without(tagged(), &optional)));
    assert_eq!(row["resourceName"], Value::Null);
    assert_eq!(row["configuration"], Value::Null);
    assert_eq!(row["tags"], json!({}));
    assert_eq!(row["resourceId"], "vpc-1");
}

#[test]
fn what_an_item_does_not_say_its_folder_says() {
    let bare = without(
        tagged(),
        &["awsAccountId", "awsRegion", "configurationItemCaptureTime"],
    );
    same_fields(&read(&bare));
    let empty = json!({"awsAccountId": "", "awsRegion": ""});
    same_fields(&read(&with(tagged(), empty)));
}

#[test]
fn account_ids_keep_their_leading_zeros() {
    let row = read(&with(tagged(), json!({"awsAccountId": "000011112222"})));
    assert_eq!(row["awsAccountId"], "000011112222");
    let row = read(&with(tagged(), json!({"awsAccountId": 11_112_222})));
    assert_eq!(row["awsAccountId"], "000011112222");
}

#[test]
fn capture_times_in_every_notation() {
    for time in [
        json!("2024-11-05T01:02:03.456Z"),
        json!("2024-11-05T10:02:03.456+09:00"),
        json!("2024-11-05T01:02:03.456+0000"),
        json!("2024-11-05T01:02:03.456123Z"),
        json!(1_730_768_523.456),
        json!(1_730_768_523_456_i64),
        json!("1730768523456"),
    ] {
        let row = read(&with(
            tagged(),
            json!({"configurationItemCaptureTime": time}),
        ));
        assert_eq!(row["configurationItemCaptureTime"], TIME, "{time}");
    }
    let row = read(&with(
        tagged(),
        json!({"configurationItemCaptureTime": "2024-11-05T01:02:03Z"}),
    ));
    assert_eq!(
        row["configurationItemCaptureTime"],
        "2024-11-05T01:02:03.000Z"
    );
}

#[test]
fn bodies_keep_the_very_text_that_was_delivered() {
    let configuration =
        r#"{ "b":1.50,"a":[ 1,1e3 ],"big":12345678901234567890123,"é":"\u00e9\/","a":"twice" }"#;
    let supplementary = r#"{"Policy":"{\"Version\":\"2012-10-17\"}","Empty": {}}"#;
    let relationships = r#"[{"resourceId":"subnet-1","name":"Is contained in "}]"#;
    let row = read_text(&format!(
        r#"{{"resourceType":"AWS::EC2::VPC","resourceId":"vpc-1","configurationItemCaptureTime":"{TIME}",
        "configuration":{configuration},"supplementaryConfiguration":{supplementary},"relationships":{relationships}}}"#
    ));
    assert_eq!(row["configuration"], configuration);
    assert_eq!(row["supplementaryConfiguration"], supplementary);
    assert_eq!(row["relationships"], relationships);
}

#[test]
fn a_configuration_that_is_text_is_the_json_it_holds() {
    let row = read(&with(tagged(), json!({"configuration": "{\"a\": [1]}"})));
    assert_eq!(row["configuration"], "{\"a\": [1]}");
    // Text that is no JSON object stays the JSON text it is.
    let row = read(&with(tagged(), json!({"configuration": "{no json"})));
    assert_eq!(row["configuration"], "\"{no json\"");
}

#[test]
fn tags_in_every_form() {
    for (delivered, expected) in [
        (json!({}), json!({})),
        (json!(null), json!({})),
        (json!([]), json!({})),
        (json!({"a": ""}), json!({"a": ""})),
        (json!([{"Key": "a", "Value": "1"}]), json!({"a": "1"})),
        (json!([{"key": "a", "value": null}]), json!({"a": null})),
        (
            json!({"a=b": "x,y", "日本": "値"}),
            json!({"a=b": "x,y", "日本": "値"}),
        ),
    ] {
        let row = read(&with(tagged(), json!({"tags": delivered})));
        assert_eq!(row["tags"], expected, "{delivered}");
    }
}

#[test]
fn deletions_and_daily_items() {
    let deleted = without(
        with(
            tagged(),
            json!({"configurationItemStatus": "ResourceDeleted"}),
        ),
        &[
            "configuration",
            "supplementaryConfiguration",
            "resourceName",
            "tags",
        ],
    );
    let row = read(&deleted);
    assert_eq!(row["configurationItemStatus"], "ResourceDeleted");
    assert_eq!(row["changeKind"], "deleted");
    let daily = json!({
        "recordingFrequency": "DAILY",
        "configurationItemDeliveryTime": "2024-11-06T01:00:00.000Z",
        "resourceCreationTime": "2024-11-01T00:00:00.000Z",
    });
    let row = read(&with(tagged(), daily));
    assert_eq!(row["recordingFrequency"], "DAILY");
    assert_eq!(row["resourceCreationTime"], "2024-11-01T00:00:00.000Z");
}
