//! What happened to one resource, and what it looked like at a time.

mod states;

use serde_json::{Value, json};

use crate::support::{
    cli::{Run, run},
    lake::{TestLake, item, with},
    states::{deliver, gone, later, of, snapshot},
};

fn ask(lake: &TestLake, resource: &str, more: &[&str]) -> Run {
    let asked = [
        "resource",
        resource,
        "--lake",
        lake.arg(),
        "--format",
        "json",
    ];
    run(asked.iter().chain(more))
}

#[track_caller]
fn history(lake: &TestLake, resource: &str, more: &[&str]) -> Value {
    let answer = ask(lake, resource, more);
    assert_eq!(answer.code, 0, "{answer:?}");
    answer.json()
}

fn texts<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    let of = |entry: &'a Value| entry[member].as_str().unwrap();
    list.as_array().unwrap().iter().map(of).collect()
}

fn two_states(lake: &TestLake) {
    let before = with(
        item("vpc-1", "2024-10-20T10:00:00.000Z"),
        json!({"resourceName": "shop", "configuration": {"vpcId": "vpc-1", "isDefault": false}}),
    );
    let changed = json!({"configuration": {"vpcId": "vpc-1", "isDefault": true}});
    deliver(
        lake,
        "a",
        &[
            before.clone(),
            later(&before, "2024-11-05T10:00:00.000Z", changed),
        ],
    );
}

/// Its other items are in files that were gone through for the ARN already.
#[test]
fn a_resource_is_found_whole_by_an_arn_that_its_other_items_do_not_say() {
    let lake = TestLake::new();
    let arn = "arn:aws:iam::111122223333:role/admin";
    let named = |id: &str, time: &str| {
        let body = json!({"roleId": id});
        let role = of("AWS::IAM::Role", id, time, body);
        with(
            role,
            json!({"awsRegion": "global", "resourceName": "admin", "ARN": arn}),
        )
    };
    let first = named("AROA1FIRST", "2024-11-02T10:00:00.000Z");
    let second = named("AROA2SECOND", "2024-11-08T10:00:00.000Z");
    let reached = gone(&second, "2024-11-09T10:00:00.000Z");
    deliver(
        &lake,
        "a",
        &[
            first.clone(),
            gone(&first, "2024-11-05T10:00:00.000Z"),
            item("vpc-1", "2024-11-06T10:00:00.000Z"),
        ],
    );
    let whole = history(&lake, arn, &["--no-cache"]);
    assert_eq!(
        texts(&whole["timeline"], "status"),
        ["ResourceDeleted", "OK"]
    );
    assert_eq!(whole["resource"]["resource_id"], "AROA1FIRST");
    // Of two that had it both are named, with all of their items.
    deliver(&lake, "b", &[second, reached]);
    let both = history(&lake, arn, &["--no-cache"]);
    let items = both["matches"].as_array().unwrap().iter();
    let items: Vec<_> = items
        .map(|found| (&found["resource_id"], &found["items"]))
        .collect();
    assert_eq!(
        items,
        [
            (&json!("AROA1FIRST"), &json!(2)),
            (&json!("AROA2SECOND"), &json!(2))
        ]
    );
}

#[test]
fn a_resource_answers_to_id_arn_type_and_name() {
    let lake = TestLake::new();
    two_states(&lake);
    let arn = "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1";
    for reference in ["vpc-1", arn, "AWS::EC2::VPC/vpc-1", "shop"] {
        let found = history(&lake, reference, &[]);
        assert_eq!(
            found["resource"],
            json!({
                "account": "111122223333", "region": "us-east-1",
                "resource_type": "AWS::EC2::VPC", "resource_id": "vpc-1",
            }),
            "{reference}"
        );
        assert_eq!(
            (&found["resource_name"], &found["arn"]),
            (&json!("shop"), &json!(arn))
        );
        assert_eq!(
            (&found["items"], &found["real_changes"]),
            (&json!(2), &json!(1))
        );
        assert_eq!(texts(&found["timeline"], "kind"), ["settings", "unknown"]);
        let change = &found["timeline"][0]["changes"];
        assert_eq!(change.as_array().unwrap().len(), 1, "{change}");
        assert_eq!(
            (
                &change[0]["section"],
                &change[0]["path"],
                &change[0]["before"],
                &change[0]["after"]
            ),
            (
                &json!("configuration"),
                &json!("/isDefault"),
                &json!(false),
                &json!(true)
            )
        );
    }
}

#[test]
fn several_matches_are_listed_and_none_is_guessed() {
    let lake = TestLake::new();
    two_states(&lake);
    let twin = with(
        item("vpc-2", "2024-10-21T10:00:00.000Z"),
        json!({"resourceName": "shop"}),
    );
    deliver(&lake, "b", &[twin]);
    let found = history(&lake, "shop", &[]);
    let mut ids = texts(&found["matches"], "resource_id");
    ids.sort_unstable();
    assert_eq!(ids, ["vpc-1", "vpc-2"]);
    assert_eq!(found["timeline"], json!([]));
    assert!(
        found.get("resource").is_none() && found.get("state").is_none(),
        "{found}"
    );
    let narrowed = history(&lake, "AWS::EC2::VPC/vpc-2", &[]);
    assert_eq!(narrowed["items"], 1);
    let table = run(["resource", "shop", "--lake", lake.arg()]).ok();
    assert!(
        table.contains("vpc-1") && table.contains("vpc-2"),
        "{table}"
    );
}

#[test]
fn an_unknown_resource_is_refused_with_those_like_it() {
    let lake = TestLake::new();
    two_states(&lake);
    ask(&lake, "vpc-", &[]).refused(1, &["unknown_resource", "vpc-", "AWS::EC2::VPC/vpc-1"]);
    let name = ask(&lake, "sho", &[]);
    name.refused(1, &["unknown_resource", "AWS::EC2::VPC/vpc-1"]);
    ask(&lake, "nothing-like-it", &[]).refused(1, &["unknown_resource", "nothing-like-it"]);
}

#[test]
fn differences_are_paths_into_the_decoded_body() {
    let lake = TestLake::new();
    let rule = |port: u16, cidr: &str| {
        json!({
            "fromPort": port, "toPort": port, "ipProtocol": "tcp", "ipv4Ranges": [{"cidrIp": cidr}],
        })
    };
    let group = of(
        "AWS::EC2::SecurityGroup",
        "sg-1",
        "2024-10-20T10:00:00.000Z",
        json!({"groupId": "sg-1", "ipPermissions": [rule(443, "10.0.0.0/8")]}),
    );
    let opened = json!({"configuration": {
        "groupId": "sg-1", "ipPermissions": [rule(22, "0.0.0.0/0"), rule(443, "10.0.0.0/8")],
    }});
    let tagged = json!({"tags": {"team": "blue"}, "configuration": opened["configuration"]});
    let opened = later(&group, "2024-11-05T10:00:00.000Z", opened);
    let tagged = later(&opened, "2024-11-06T10:00:00.000Z", tagged);
    deliver(&lake, "f", &[group, opened, tagged]);
    let found = history(&lake, "sg-1", &[]);
    assert_eq!(
        texts(&found["timeline"], "kind"),
        ["tags", "settings", "unknown"]
    );
    let tag = &found["timeline"][0]["changes"][0];
    assert_eq!(
        (&tag["section"], &tag["path"], &tag["after"]),
        (&json!("tags"), &json!("/team"), &json!("blue"))
    );
    assert!(tag.get("before").is_none(), "{tag}");
    let changes = found["timeline"][1]["changes"].as_array().unwrap();
    assert_eq!(
        changes.len(),
        1,
        "the untouched rule is not named: {changes:?}"
    );
    let path = changes[0]["path"].as_str().unwrap();
    assert!(path.starts_with("/ipPermissions/"), "{path}");
    assert_eq!(changes[0]["after"], rule(22, "0.0.0.0/0"));
}

/// A subnet that AWS touches three times between two changes, the middle time with its instance.
fn with_echoes(lake: &TestLake) {
    let subnet = |time, free: u32, public: bool| {
        of(
            "AWS::EC2::Subnet",
            "subnet-1",
            time,
            json!({"subnetId": "subnet-1", "availableIpAddressCount": free, "mapPublicIpOnLaunch": public}),
        )
    };
    let related = json!({"relationships": [
        {"resourceType": "AWS::EC2::Instance", "resourceId": "i-1", "name": "Contains Instance"},
    ]});
    let instance = of(
        "AWS::EC2::Instance",
        "i-1",
        "2024-11-07T10:00:00.000Z",
        json!({"instanceId": "i-1"}),
    );
    let born = json!({
        "configurationItemStatus": "ResourceDiscovered", "resourceCreationTime": "2024-11-07T09:59:30.000Z",
    });
    deliver(lake, "instance", &[with(instance, born)]);
    deliver(
        lake,
        "subnet",
        &[
            subnet("2024-11-04T10:00:00.000Z", 250, false),
            subnet("2024-11-05T10:00:00.000Z", 250, true),
            subnet("2024-11-06T10:00:00.000Z", 249, true),
            with(
                subnet("2024-11-07T10:00:00.000Z", 249, true),
                related.clone(),
            ),
            with(
                subnet("2024-11-08T10:00:00.000Z", 248, true),
                related.clone(),
            ),
            with(subnet("2024-11-09T10:00:00.000Z", 248, false), related),
        ],
    );
}

#[test]
fn echoes_are_folded_and_counted_and_listed_when_asked() {
    let lake = TestLake::new();
    with_echoes(&lake);
    let folded = history(&lake, "subnet-1", &[]);
    assert_eq!(
        (&folded["items"], &folded["real_changes"], &folded["echoes"]),
        (&json!(6), &json!(2), &json!(3))
    );
    let entries = folded["timeline"].as_array().unwrap();
    let shape: Vec<(&Value, &Value)> = entries
        .iter()
        .map(|entry| (&entry["at"], &entry["items"]))
        .collect();
    assert_eq!(
        shape,
        [
            (&json!("2024-11-09T10:00:00Z"), &json!(1)),
            (&json!("2024-11-08T10:00:00Z"), &json!(3)),
            (&json!("2024-11-05T10:00:00Z"), &json!(1)),
            (&json!("2024-11-04T10:00:00Z"), &json!(1)),
        ]
    );
    assert_eq!(entries[1]["since"], "2024-11-06T10:00:00Z");
    let listed = history(&lake, "subnet-1", &["--echoes"]);
    assert_eq!(
        texts(&listed["timeline"], "kind"),
        [
            "settings",
            "volatile",
            "relationships",
            "volatile",
            "settings",
            "unknown"
        ]
    );
    assert_eq!(listed["echoes"], 3);
    let count = &listed["timeline"][3]["changes"][0];
    assert_eq!(
        (&count["path"], &count["before"], &count["after"]),
        (&json!("/availableIpAddressCount"), &json!(250), &json!(249))
    );
}

#[test]
fn an_echo_is_explained_by_what_changed_beside_it_at_the_moment() {
    let lake = TestLake::new();
    with_echoes(&lake);
    let listed = history(&lake, "subnet-1", &["--echoes"]);
    for (entry, causes) in [(1, 0), (2, 1), (3, 0)] {
        let because = listed["timeline"][entry]["because"]
            .as_array()
            .map_or(0, Vec::len);
        assert_eq!(because, causes, "{entry}: {listed}");
    }
    let cause = &listed["timeline"][2]["because"][0];
    assert_eq!(
        (&cause["resource_id"], &cause["kind"], &cause["at"]),
        (
            &json!("i-1"),
            &json!("created"),
            &json!("2024-11-07T10:00:00Z")
        )
    );
    let folded = history(&lake, "subnet-1", &[]);
    assert_eq!(folded["timeline"][1]["because"][0]["resource_id"], "i-1");
}

#[test]
fn a_resource_can_live_more_than_once() {
    let lake = TestLake::new();
    let found = json!({"configurationItemStatus": "ResourceDiscovered"});
    let first = with(
        item("vpc-1", "2024-09-05T10:00:00.000Z"),
        json!({
            "configurationItemStatus": "ResourceDiscovered",
            "resourceCreationTime": "2024-09-05T09:59:00.000Z",
        }),
    );
    deliver(
        &lake,
        "f",
        &[
            first.clone(),
            gone(&first, "2024-10-05T10:00:00.000Z"),
            later(&first, "2024-10-09T10:00:00.000Z", found.clone()),
            later(&first, "2024-11-09T10:00:00.000Z", found),
        ],
    );
    let lives = history(&lake, "vpc-1", &[])["lifetimes"].clone();
    assert_eq!(
        lives,
        json!([
            {"from": "2024-09-05T10:00:00Z", "began_as": "created", "until": "2024-10-05T10:00:00Z"},
            {"from": "2024-10-09T10:00:00Z", "began_as": "recreated", "until": "2024-11-09T10:00:00Z"},
            {"from": "2024-11-09T10:00:00Z", "began_as": "recreated"},
        ])
    );
}

#[test]
fn what_only_a_snapshot_knows_is_still_a_resource() {
    let lake = TestLake::new();
    snapshot(&lake, "only", &[item("vpc-9", "2024-08-20T10:00:00.000Z")]);
    let found = history(&lake, "vpc-9", &["--at", "2024-09-01T00:00:00Z"]);
    assert_eq!(
        (&found["items"], &found["timeline"]),
        (&json!(0), &json!([]))
    );
    let state = &found["state"];
    assert_eq!(
        (&state["existence"], &state["from_snapshot"]),
        (&json!("existed"), &json!(true))
    );
    let source = state["source"].as_str().unwrap();
    assert!(
        source.ends_with("2024/8/20/ConfigSnapshot/only.json.gz"),
        "{source}"
    );
    assert_eq!(state["configuration"], json!({"vpcId": "vpc-9"}));
}
