//! Pairs of items as AWS writes them, with what a person would say about them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::*;
use crate::domain::{ChangeKind, ConfigurationItem};

/// Returns the content of an item with these bodies.
fn content(configuration: &Value, supplementary: &Value) -> Content {
    Content::of(&item(configuration, supplementary))
}

fn item(configuration: &Value, supplementary: &Value) -> ConfigurationItem {
    ConfigurationItem {
        account: "111122223333".into(),
        region: "ap-northeast-1".into(),
        availability_zone: None,
        resource_type: String::new(),
        resource_id: "r".into(),
        resource_name: None,
        arn: None,
        status: Some("OK".into()),
        capture_time: Timestamp::UNIX_EPOCH,
        state_id: None,
        creation_time: None,
        version: None,
        recording_frequency: None,
        tags: Vec::new(),
        configuration: Some(configuration.to_string().into()),
        supplementary_configuration: Some(supplementary.to_string().into()),
        relationships: None,
    }
}

fn kind(before: &Content, after: &Content, resource_type: &str) -> ChangeKind {
    kind_of_hashes(
        &ContentHashes::of(before, resource_type),
        &ContentHashes::of(after, resource_type),
    )
}

/// Returns what a difference says, without the typed parts.
fn lines(before: &Content, after: &Content, resource_type: &str) -> Value {
    json!(difference(before, after, resource_type))
}

fn url_encoded(document: &Value) -> String {
    let text = document.to_string();
    percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[test]
fn a_rule_that_opens_a_security_group() {
    let permission = |port: u16, ranges: &[(&str, Option<&str>)]| {
        let strings: Vec<_> = ranges.iter().map(|(cidr, _)| *cidr).collect();
        let objects: Vec<_> = ranges
            .iter()
            .map(|(cidr, text)| match text {
                Some(text) => json!({"cidrIp": cidr, "description": text}),
                None => json!({ "cidrIp": cidr }),
            })
            .collect();
        json!({"fromPort": port, "toPort": port, "ipProtocol": "tcp", "ipRanges": strings,
            "ipv4Ranges": objects, "ipv6Ranges": [], "prefixListIds": [], "userIdGroupPairs": []})
    };
    let group = |permissions: Value| {
        let all = json!({"ipProtocol": "-1", "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}]});
        content(
            &json!({"groupName": "web", "groupId": "sg-1", "vpcId": "vpc-1",
                "ipPermissions": permissions, "ipPermissionsEgress": [all]}),
            &json!({}),
        )
    };
    let office = ("10.0.0.0/8", Some("office"));
    let world = ("0.0.0.0/0", None);
    let before = group(json!([
        permission(443, &[office]),
        permission(22, &[office])
    ]));
    let after = group(json!([
        permission(22, &[world, office]),
        permission(443, &[office])
    ]));
    let resource_type = "AWS::EC2::SecurityGroup";
    assert_eq!(
        lines(&before, &after, resource_type),
        json!([
            {"section": "configuration", "operation": "added", "class": "setting",
             "path": "/ipPermissions/[ipProtocol=tcp,fromPort=22,toPort=22]/ipRanges/[0.0.0.0/0]",
             "after": "0.0.0.0/0"},
            {"section": "configuration", "operation": "added", "class": "setting",
             "path": "/ipPermissions/[ipProtocol=tcp,fromPort=22,toPort=22]/ipv4Ranges/[cidrIp=0.0.0.0/0]",
             "after": {"cidrIp": "0.0.0.0/0"}},
        ])
    );
    assert_eq!(kind(&before, &after, resource_type), ChangeKind::Settings);

    let closed = group(json!([permission(443, &[office])]));
    assert_eq!(
        lines(&before, &closed, resource_type),
        json!([{"section": "configuration", "operation": "removed", "class": "setting",
            "path": "/ipPermissions/[ipProtocol=tcp,fromPort=22,toPort=22]",
            "before": permission(22, &[office])}])
    );
}

#[test]
fn a_trust_policy_that_admits_one_more_principal() {
    let role = |principals: Value| {
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole"}]});
        content(
            &json!({"roleName": "deploy", "assumeRolePolicyDocument": url_encoded(&policy),
                "roleLastUsed": {}}),
            &json!({}),
        )
    };
    let own = "arn:aws:iam::111122223333:root";
    let other = "arn:aws:iam::444455556666:role/ci";
    let before = role(json!([own]));
    let after = role(json!([other, own]));
    assert_eq!(
        lines(&before, &after, "AWS::IAM::Role"),
        json!([{"section": "configuration", "operation": "added", "class": "setting",
            "path": "/assumeRolePolicyDocument/Statement/[]/Principal/AWS/[arn:aws:iam::444455556666:role/ci]",
            "after": other}])
    );
    let from_one = role(json!(own));
    assert_eq!(
        lines(&from_one, &after, "AWS::IAM::Role"),
        json!([{"section": "configuration", "operation": "changed", "class": "setting",
            "path": "/assumeRolePolicyDocument/Statement/[]/Principal/AWS",
            "before": own, "after": [other, own]}])
    );
}

#[test]
fn a_bucket_policy_in_a_text() {
    let bucket = |policy: Option<Value>| {
        let text = policy.map(|policy| policy.to_string());
        content(
            &json!({"name": "data"}),
            &json!({"BucketPolicy": {"policyText": text}, "IsRequesterPaysEnabled": false}),
        )
    };
    let tls = json!({"Sid": "tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*"});
    let public =
        json!({"Sid": "read", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"});
    let policy =
        |statements: Value| Some(json!({"Version": "2012-10-17", "Statement": statements}));
    let resource_type = "AWS::S3::Bucket";
    let before = bucket(policy(json!([tls])));
    let after = bucket(policy(json!([public, tls])));
    assert_eq!(
        lines(&before, &after, resource_type),
        json!([{"section": "supplementary_configuration", "operation": "added", "class": "setting",
            "path": "/BucketPolicy/policyText/Statement/[Sid=read]", "after": public}])
    );
    assert_eq!(
        lines(&bucket(None), &before, resource_type),
        json!([{"section": "supplementary_configuration", "operation": "added", "class": "setting",
            "path": "/BucketPolicy/policyText",
            "after": {"Version": "2012-10-17", "Statement": [tls]}}])
    );
    assert_eq!(kind(&before, &after, resource_type), ChangeKind::Settings);
}

#[test]
fn what_aws_moves_is_volatile() {
    let none = json!({});
    for (resource_type, before, after) in [
        (
            "AWS::Lambda::Function",
            json!({"functionName": "f", "runtime": "python3.13", "revisionId": "a",
                "lastModified": "2026-02-13T06:02:31.000+0000"}),
            json!({"functionName": "f", "runtime": "python3.13", "revisionId": "b",
                "lastModified": "2026-02-13T07:02:31.000+0000"}),
        ),
        (
            "AWS::EC2::Subnet",
            json!({"subnetId": "subnet-1", "availableIpAddressCount": 250}),
            json!({"subnetId": "subnet-1", "availableIpAddressCount": 249}),
        ),
        (
            "AWS::SQS::Queue",
            json!({"QueueName": "q", "ApproximateNumberOfMessages": 0}),
            json!({"QueueName": "q", "ApproximateNumberOfMessages": 9}),
        ),
        (
            "AWS::EC2::Volume",
            json!({"size": 8, "state": "in-use",
                "attachments": [{"instanceId": "i-1", "device": "/dev/sda1", "state": "attaching"}]}),
            json!({"size": 8, "state": "in-use",
                "attachments": [{"instanceId": "i-1", "device": "/dev/sda1", "state": "attached"}]}),
        ),
        (
            "AWS::EC2::VPCEndpoint",
            json!({"state": "pending", "vpcEndpointId": "vpce-1"}),
            json!({"state": "available", "vpcEndpointId": "vpce-1", "dnsEntries": [{"dnsName": "a"}]}),
        ),
        (
            "AWS::ECS::Service",
            json!({"DesiredCount": 2, "RunningCount": 1, "PendingCount": 1}),
            json!({"DesiredCount": 2, "RunningCount": 2, "PendingCount": 0}),
        ),
    ] {
        let (before, after) = (content(&before, &none), content(&after, &none));
        assert_eq!(
            kind(&before, &after, resource_type),
            ChangeKind::Volatile,
            "{resource_type}"
        );
        let changes = difference(&before, &after, resource_type);
        assert!(!changes.is_empty(), "{resource_type}");
        for change in changes {
            assert_eq!(change.class, PathClass::Volatile, "{resource_type}");
        }
    }
}

#[test]
fn what_somebody_did_is_a_setting() {
    let none = json!({});
    let status = |logging: bool, time: u64| json!({"TrailStatus": {"isLogging": logging, "latestDeliveryTime": time}});
    for (resource_type, before, after) in [
        (
            "AWS::EC2::Instance",
            (json!({"state": {"name": "running"}}), none.clone()),
            (json!({"state": {"name": "stopped"}}), none.clone()),
        ),
        (
            "AWS::ECS::Service",
            (json!({"DesiredCount": 2, "RunningCount": 2}), none.clone()),
            (json!({"DesiredCount": 0, "RunningCount": 2}), none.clone()),
        ),
        (
            "AWS::CloudTrail::Trail",
            (json!({"name": "t"}), status(true, 1)),
            (json!({"name": "t"}), status(false, 2)),
        ),
        (
            "AWS::ECS::TaskDefinition",
            (
                json!({"ContainerDefinitions": [{"Command": ["a", "b"]}]}),
                none.clone(),
            ),
            (
                json!({"ContainerDefinitions": [{"Command": ["b", "a"]}]}),
                none.clone(),
            ),
        ),
        (
            "AWS::WAFv2::WebACL",
            (json!({"DefaultAction": {"Block": {}}}), none.clone()),
            (json!({"DefaultAction": {"Allow": {}}}), none),
        ),
    ] {
        let before = content(&before.0, &before.1);
        let after = content(&after.0, &after.1);
        assert_eq!(
            kind(&before, &after, resource_type),
            ChangeKind::Settings,
            "{resource_type}"
        );
    }
    let before = content(&json!({"name": "t"}), &status(true, 1));
    let after = content(&json!({"name": "t"}), &status(true, 2));
    assert_eq!(
        kind(&before, &after, "AWS::CloudTrail::Trail"),
        ChangeKind::Volatile
    );
}

#[test]
fn a_tag_that_the_configuration_repeats() {
    let instance = |owner: &str| {
        let body = json!({"instanceId": "i-1", "tags": [{"key": "Owner", "value": owner}]});
        let mut item = item(&body, &json!({}));
        item.tags = vec![
            ("Owner".into(), Some(owner.into())),
            ("Cost/Center".into(), None),
        ];
        Content::of(&item)
    };
    let (before, after) = (instance("ada"), instance("bob"));
    assert_eq!(
        kind(&before, &after, "AWS::EC2::Instance"),
        ChangeKind::Tags
    );
    assert_eq!(
        lines(&before, &after, "AWS::EC2::Instance"),
        json!([
            {"section": "configuration", "operation": "changed", "class": "tag",
             "path": "/tags/[key=Owner]/value", "before": "ada", "after": "bob"},
            {"section": "tags", "operation": "changed", "class": "tag",
             "path": "/Owner", "before": "ada", "after": "bob"},
        ])
    );
    let mut bare = before.clone();
    *bare.section_mut(Section::Tags) = json!({"Owner": "ada"});
    assert_eq!(
        lines(&before, &bare, "AWS::EC2::Instance"),
        json!([{"section": "tags", "operation": "removed", "class": "tag",
            "path": "/Cost~1Center", "before": ""}])
    );
}

#[test]
fn the_tags_of_a_bucket_are_tags() {
    let bucket = |value: &str| {
        let sets = json!([{"tags": {"Owner": value}}]);
        content(
            &json!({"name": "data"}),
            &json!({"BucketTaggingConfiguration": {"tagSets": sets}}),
        )
    };
    let (before, after) = (bucket("ada"), bucket("bob"));
    assert_eq!(kind(&before, &after, "AWS::S3::Bucket"), ChangeKind::Tags);
    assert_eq!(
        kind(&before, &after, "AWS::SQS::Queue"),
        ChangeKind::Settings
    );
}

#[test]
fn a_masked_section_is_compared_as_it_is_masked() {
    let (mut before, mut after) = (
        content(&json!({"password": "a", "port": 1}), &json!({})),
        content(&json!({"password": "b", "port": 2}), &json!({})),
    );
    for content in [&mut before, &mut after] {
        content.section_mut(Section::Configuration)["password"] = json!("masked");
    }
    assert_eq!(
        lines(&before, &after, "t"),
        json!([{"section": "configuration", "operation": "changed", "class": "setting",
            "path": "/port", "before": 1, "after": 2}])
    );
}

#[test]
fn order_nulls_and_spellings_are_no_difference() {
    let mut before = item(
        &json!({"subnets": ["a", "b"], "rules": [{"x": 1}, {"x": 2}], "none": null, "n": 1}),
        &json!({}),
    );
    let mut after = item(
        &json!({"n": 1.0, "rules": [{"x": 2, "y": null}, {"x": 1}], "subnets": ["b", "a"]}),
        &json!({}),
    );
    before.relationships = Some(
        r#"[{"resourceType":"AWS::EC2::VPC","resourceId":"vpc-1","name":"Is contained in "},
            {"resourceType":"AWS::IAM::Role","resourceName":"r","name":"Is associated with "}]"#
            .into(),
    );
    after.relationships = Some(
        r#"[{"resourceType":"AWS::IAM::Role","resourceName":"r","resourceId":null,"relationshipName":"Is associated with"},
            {"resourceType":"AWS::EC2::VPC","resourceId":"vpc-1","resourceName":null,"relationshipName":"Is contained in"}]"#
            .into(),
    );
    after.supplementary_configuration = None;
    let (before, after) = (Content::of(&before), Content::of(&after));
    assert_eq!(difference(&before, &after, "AWS::Any::Type"), vec![]);
    assert_eq!(
        kind(&before, &after, "AWS::Any::Type"),
        ChangeKind::Identical
    );
}

#[test]
fn the_echo_of_an_interface_at_a_security_group() {
    let group = |ids: &[&str]| {
        let mut item = item(&json!({"groupId": "sg-1"}), &json!({}));
        let related: Vec<_> = ids
            .iter()
            .map(|id| {
                json!({"resourceType": "AWS::EC2::NetworkInterface", "resourceId": id,
                    "name": "Is associated with NetworkInterface"})
            })
            .collect();
        item.relationships = Some(json!(related).to_string().into());
        Content::of(&item)
    };
    let (before, after) = (
        group(&["eni-1", "eni-2"]),
        group(&["eni-3", "eni-1", "eni-2"]),
    );
    let resource_type = "AWS::EC2::SecurityGroup";
    assert_eq!(
        kind(&before, &after, resource_type),
        ChangeKind::Relationships
    );
    assert_eq!(
        lines(&before, &after, resource_type),
        json!([{"section": "relationships", "operation": "added", "class": "relationship",
            "path": "/[resourceType=AWS::EC2::NetworkInterface,resourceId=eni-3,name=Is associated with NetworkInterface]",
            "after": {"resourceType": "AWS::EC2::NetworkInterface", "resourceId": "eni-3",
                "name": "Is associated with NetworkInterface"}}])
    );
}

#[test]
fn a_configuration_on_one_side_only_is_unknown() {
    let mut deleted = item(&json!({}), &json!({}));
    deleted.configuration = None;
    let (before, after) = (content(&json!({"a": 1}), &json!({})), Content::of(&deleted));
    assert!(!after.has_configuration());
    assert_eq!(kind(&before, &after, "t"), ChangeKind::Unknown);
    assert_eq!(kind(&after, &before, "t"), ChangeKind::Unknown);
    assert_eq!(kind(&after, &after, "t"), ChangeKind::Identical);
    assert_eq!(
        lines(&after, &before, "t"),
        json!([{"section": "configuration", "operation": "added", "class": "setting",
            "path": "/a", "after": 1}])
    );
}

#[test]
fn a_whole_attachment_shows_its_state_apart() {
    let volume = |attachments: Value| content(&json!({"attachments": attachments}), &json!({}));
    let attachment = json!({"instanceId": "i-1", "device": "/dev/sdf", "state": "attached"});
    assert_eq!(
        lines(
            &volume(json!([])),
            &volume(json!([attachment])),
            "AWS::EC2::Volume"
        ),
        json!([
            {"section": "configuration", "operation": "added", "class": "setting",
             "path": "/attachments/[instanceId=i-1,device=/dev/sdf]",
             "after": {"instanceId": "i-1", "device": "/dev/sdf"}},
            {"section": "configuration", "operation": "added", "class": "volatile",
             "path": "/attachments/[instanceId=i-1,device=/dev/sdf]",
             "after": {"state": "attached"}},
        ])
    );
}

#[test]
fn hostile_items_are_compared_without_harm() {
    // Many elements without an identity, all of which differ.
    let many = |text: &str| {
        let elements: Vec<_> = (0..20_000)
            .map(|n| json!({"same": 1, "v": [text, n]}))
            .collect();
        content(&json!({ "rules": elements }), &json!({}))
    };
    assert_eq!(difference(&many("a"), &many("b"), "t").len(), 40_000);
    // Scalars of which half is the same.
    let scalars = |from: u32| {
        let all: Vec<_> = (from..from + 20_000).collect();
        content(&json!({ "numbers": all }), &json!({}))
    };
    assert_eq!(difference(&scalars(0), &scalars(10_000), "t").len(), 20_000);
    // A long key above many changes.
    let key = "k".repeat(300_000);
    let wide = |value: u32| {
        let members: serde_json::Map<_, _> =
            (0..10_000).map(|n| (n.to_string(), json!(value))).collect();
        content(&json!({ &key: members }), &json!({}))
    };
    let changes = difference(&wide(1), &wide(2), "t");
    assert_eq!(changes.len(), 10_000);
    assert!(changes.iter().all(|change| change.path.len() < 2_100));
    // As deep as documents in documents get.
    let deep = |leaf: &str| {
        let mut text = json!(leaf).to_string();
        for layer in 0..4 {
            if layer > 0 {
                text = json!(text).to_string();
            }
            text = format!("{}{text}{}", "[".repeat(100), "]".repeat(100));
        }
        let mut item = item(&json!({}), &json!({}));
        item.configuration = Some(text.into());
        Content::of(&item)
    };
    let (before, after) = (deep("a"), deep("b"));
    let changes = difference(&before, &after, "t");
    assert!(!changes.is_empty());
    assert_eq!(difference(&apply(&before, &changes), &after, "t"), vec![]);
}
