mod cases;

use std::{collections::BTreeSet, sync::Arc};

use cases::cases;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::ChangeKind;

const OWN: &str = "111122223333";
const OTHER: &str = "999900001111";

fn item(resource_type: &str, configuration: &Value, supplementary: &Value) -> ConfigurationItem {
    ConfigurationItem {
        account: OWN.to_owned(),
        region: "eu-west-1".to_owned(),
        availability_zone: None,
        resource_type: resource_type.to_owned(),
        resource_id: "id".to_owned(),
        resource_name: None,
        arn: None,
        status: Some("OK".to_owned()),
        capture_time: "2024-11-01T00:00:00Z".parse().unwrap(),
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

fn deleted(resource_type: &str) -> ConfigurationItem {
    let mut item = item(resource_type, &json!({}), &json!({}));
    item.configuration = None;
    item.supplementary_configuration = None;
    item.status = Some("ResourceDeleted".to_owned());
    item
}

fn allow(principal: &Value, condition: &Value) -> String {
    json!({"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "x:Get",
        "Resource": "*", "Condition": condition}]})
    .to_string()
}

fn root(account: &str) -> Value {
    json!({"AWS": format!("arn:aws:iam::{account}:root")})
}

fn of_case(resource_type: &str, body: &Value) -> ConfigurationItem {
    let mut configuration = body.clone();
    let supplementary = configuration.as_object_mut().unwrap().remove("s");
    item(
        resource_type,
        &configuration,
        &supplementary.unwrap_or(json!({})),
    )
}

fn told(found: &[SecurityEvent], rule: &str) -> Vec<EventKind> {
    let own = found.iter().filter(|event| event.rule == rule);
    own.map(|event| event.event).collect()
}

#[test]
fn every_rule_holds_where_it_should_and_only_there() {
    for (rule, of_type, on, off, subject) in cases() {
        let facts = |body| {
            let facts = facts_of(&of_case(of_type, body)).into_iter();
            facts
                .filter(|fact| fact.rule == rule)
                .map(|fact| fact.subject)
                .collect::<Vec<_>>()
        };
        assert_eq!(facts(&on), [subject], "{rule}");
        assert_eq!(facts(&off), Vec::<String>::new(), "{rule}");
    }
}

#[test]
fn facts_begin_end_and_are_there_from_the_beginning() {
    use EventKind::{Began, CreatedSo, Ended, FirstSeenSo};
    for (id, of_type, on, off, _) in cases() {
        let rule = rules().iter().find(|rule| rule.id == id).unwrap();
        let (on, off) = (of_case(of_type, &on), of_case(of_type, &off));
        let run = |before, after, kind| told(&events(before, after, kind), id);
        let only = |reports: &[Reports], event| {
            if reports.contains(&rule.reports) {
                vec![event]
            } else {
                vec![]
            }
        };
        let (always, changes) = (Reports::Always, Reports::OnlyChanges);
        let settings = ChangeKind::Settings;
        assert_eq!(
            run(Some(&off), &on, settings),
            only(&[always, changes], Began),
            "{id}"
        );
        assert_eq!(
            run(Some(&on), &off, settings),
            only(&[always, changes], Ended),
            "{id}"
        );
        assert_eq!(run(Some(&on), &on, settings), [], "{id}");
        let created = only(&[always, Reports::OnlyCreation], CreatedSo);
        assert_eq!(run(None, &on, ChangeKind::Created), created, "{id}");
        assert_eq!(run(Some(&on), &on, ChangeKind::Recreated), created, "{id}");
        assert_eq!(
            run(None, &on, ChangeKind::FirstSeen),
            only(&[always], FirstSeenSo),
            "{id}"
        );
        let gone = deleted(of_type);
        assert_eq!(
            run(Some(&on), &gone, ChangeKind::Deleted),
            only(&[always], Ended),
            "{id}"
        );
        assert_eq!(run(Some(&on), &gone, ChangeKind::NotRecorded), [], "{id}");
    }
}

proptest! {
    /// Items follow one another, come after others, come back, and are the first.
    #[test]
    fn what_is_told_of_one_item_after_the_other_is_what_each_two_say(
        steps in prop::collection::vec(
            (0..3usize, 0..3usize, 0..4usize, 0..ChangeKind::ALL.len()),
            1..12,
        ),
        first in 0..cases().len() - 2,
    ) {
        let cases = cases();
        let mut said = Successive::default();
        let mut items: Vec<Arc<ConfigurationItem>> = Vec::new();
        for (case, state, back, kind) in steps {
            let (_, of_type, on, off, _) = &cases[first + case];
            let item = match state {
                0 => of_case(of_type, on),
                1 => of_case(of_type, off),
                _ => deleted(of_type),
            };
            let item = Arc::new(item);
            // The one just before, another one, or none.
            let before = (back < 3).then(|| items.iter().rev().nth(back)).flatten();
            let kind = ChangeKind::ALL[kind];
            let each = events(before.map(Arc::as_ref), &item, kind);
            prop_assert_eq!(said.events(before, &item, kind), each);
            items.push(item);
        }
    }
}

#[test]
fn the_table_is_sound_and_every_rule_is_tested() {
    let tested: BTreeSet<_> = cases().iter().map(|case| case.0).collect();
    let mut ids = BTreeSet::new();
    for rule in rules() {
        assert!(ids.insert(rule.id), "{} twice", rule.id);
        assert!(!rule.types.is_empty() && !rule.title.is_empty() && !rule.title_ja.is_empty());
        let is_deletion = rule.reports == Reports::OnlyDeletion;
        assert!(
            is_deletion || tested.contains(rule.id),
            "{} untested",
            rule.id
        );
    }
    assert!(ruled_types().is_sorted());
    assert!(Severity::Low < Severity::Medium && Severity::Medium < Severity::High);
}

#[test]
fn deletions_of_watchers_are_told_once() {
    for (of_type, id) in [
        ("AWS::CloudTrail::Trail", "cloudtrail_deleted"),
        ("AWS::EC2::FlowLog", "flow_log_deleted"),
        ("AWS::GuardDuty::Detector", "guardduty_detector_deleted"),
        (
            "AWS::Config::ConfigurationRecorder",
            "config_recorder_deleted",
        ),
        (
            "AWS::S3::AccountPublicAccessBlock",
            "s3_account_public_access_block_deleted",
        ),
    ] {
        let (alive, gone) = (item(of_type, &json!({}), &json!({})), deleted(of_type));
        let run = |before, after, kind| told(&events(before, after, kind), id);
        assert_eq!(
            run(Some(&alive), &gone, ChangeKind::Deleted),
            [EventKind::Began]
        );
        assert_eq!(run(None, &gone, ChangeKind::Deleted), [EventKind::Began]);
        assert_eq!(run(Some(&gone), &gone, ChangeKind::Deleted), []);
        assert_eq!(run(Some(&alive), &alive, ChangeKind::Settings), []);
    }
}

#[test]
fn conditions_that_tell_callers_apart_close_a_policy() {
    let public = |condition: Value| {
        let policy = allow(&json!({"AWS": ["*"]}), &condition);
        let topic = item("AWS::SNS::Topic", &json!({ "Policy": policy }), &json!({}));
        facts_of(&topic)
            .iter()
            .any(|fact| fact.rule == "resource_policy_public")
    };
    for closed in [
        json!({"StringEquals": {"AWS:SourceOwner": "111122223333"}}),
        json!({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}),
        json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}),
    ] {
        assert!(!public(closed.clone()), "{closed}");
    }
    for open in [
        json!({"Bool": {"aws:SecureTransport": "true"}}),
        json!({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "0.0.0.0/0"]}}),
        json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
        json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}),
        json!({"StringLike": {"aws:PrincipalOrgID": "*"}}),
        json!({"StringEquals": {"aws:SourceVpce": []}}),
    ] {
        assert!(public(open.clone()), "{open}");
    }
}

#[test]
fn policies_in_texts_of_texts_are_read() {
    let policy = allow(&json!("*"), &json!({}));
    let twice = Value::String(policy).to_string();
    let function = item(
        "AWS::Lambda::Function",
        &json!({}),
        &json!({ "Policy": twice }),
    );
    assert_eq!(facts_of(&function)[0].rule, "resource_policy_public");
}

#[test]
fn what_was_not_delivered_is_not_a_change() {
    let bucket = "AWS::S3::Bucket";
    let on = json!({"PublicAccessBlockConfiguration": {"blockPublicAcls": true,
        "ignorePublicAcls": true, "blockPublicPolicy": true, "restrictPublicBuckets": true}});
    let before = item(bucket, &json!({}), &on);
    let empty = item(bucket, &json!({}), &json!({}));
    assert_eq!(events(Some(&before), &empty, ChangeKind::Settings), []);
}

#[test]
fn huge_and_broken_bodies_are_survived_with_small_evidence() {
    let text = "x".repeat(100_000);
    let ids: Vec<String> = (0..10_000).map(|n| format!("{n:012}")).collect();
    let trust = json!({"Statement": [{"Effect": "Allow", "Sid": text, "Principal": {"AWS": ids}}]});
    let role = item(
        "AWS::IAM::Role",
        &json!({ "assumeRolePolicyDocument": trust }),
        &json!({}),
    );
    let facts = facts_of(&role);
    assert_eq!(facts.len(), 10_000);
    let policy = json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": text,
        "Resource": ids}]});
    let topic = item("AWS::SNS::Topic", &json!({ "Policy": policy }), &json!({}));
    for fact in facts_of(&topic) {
        assert!(fact.value.to_string().len() < 10_000 && fact.subject.len() < 1_000);
    }
    for broken in ["{", "%7B", "[]", "null", "7", "\"{\\\"Statement\\\":"] {
        for of_type in ruled_types() {
            let mut item = deleted(of_type);
            item.configuration = Some(broken.into());
            item.supplementary_configuration = Some(broken.into());
            facts_of(&item);
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        Just(json!("0.0.0.0/0")),
        Just(json!("*")),
        Just(json!("Allow")),
    ];
    let keys = prop::sample::select(vec![
        "ipPermissions",
        "ipRanges",
        "Statement",
        "Effect",
        "Principal",
        "AWS",
        "Action",
        "Policy",
        "BucketPolicy",
        "Condition",
        "StringEquals",
        "aws:SourceIp",
        "assumeRolePolicyDocument",
        "TrailStatus",
        "AccessControlList",
        "grantList",
        "grantee",
        "a/b~c",
    ]);
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..5).prop_map(|members| members
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_bodies_never_panic_nor_differ_from_themselves(first in any_json(), second in any_json()) {
        for of_type in ruled_types() {
            let (one, two) = (item(of_type, &first, &second), item(of_type, &second, &first));
            for fact in facts_of(&one) {
                prop_assert!(fact.path.is_empty() || fact.path.starts_with('/'));
            }
            prop_assert_eq!(events(Some(&one), &one, ChangeKind::Settings), vec![]);
            events(Some(&one), &two, ChangeKind::Settings);
        }
    }
}
