//! Bodies of IAM and KMS, whose policies come URL-encoded, or as JSON in a text.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::super::item::{related, tag_list};
use super::super::kind::Kind;
use super::super::random::{hash, hex, word};
use super::super::time::{DAY, iso};
use super::{Body, Subject};

/// IAM leaves these as they are.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

const ACTIONS: [&str; 12] = [
    "s3:GetObject",
    "s3:PutObject",
    "dynamodb:Query",
    "dynamodb:PutItem",
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "kms:Decrypt",
    "logs:PutLogEvents",
    "ssm:GetParameter",
    "sns:Publish",
    "events:PutEvents",
    "states:StartExecution",
];

fn url_encoded(document: &Value) -> String {
    utf8_percent_encode(&document.to_string(), ENCODED).to_string()
}

/// A policy that grants a few actions; `turns` says which.
fn policy_document(account: &str, seed: u64, statements: u64, turns: u64) -> Value {
    let statements: Vec<Value> = (0..statements)
        .map(|statement| {
            let own = hash(&[seed, statement]);
            let shift = if statement == 0 { turns } else { 0 };
            let actions: Vec<&str> = (0..3)
                .map(|action| word(&ACTIONS, own + action * 5 + shift))
                .collect();
            json!({
                "Sid": format!("Statement{statement}"), "Effect": "Allow", "Action": actions,
                "Resource": format!("arn:aws:s3:::data-{account}-{}/*", hex(own, 4)),
            })
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// A role.
pub(super) fn role(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let policies = [
        place.home(Kind::Policy, seed),
        place.home(Kind::Policy, !seed),
    ];
    let services = ["lambda", "ec2", "ecs-tasks", "states", "events"];
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "", "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": format!("{}.amazonaws.com", word(&services, seed + resource.turns(0, 3)))},
    }]});
    let inline: Vec<Value> = (0..2)
        .map(|policy| {
            let turns = resource.turns(1 + policy, 3);
            let document = policy_document(&place.account, seed + u64::from(policy), 3, turns);
            json!({"policyName": format!("inline-{policy}"), "policyDocument": url_encoded(&document)})
        })
        .collect();
    let attached: Vec<Value> = policies
        .iter()
        .map(|policy| {
            json!({"policyName": place.given_name(*policy), "policyArn": place.arn_of(*policy)})
        })
        .collect();
    let used = resource.born + i64::from(resource.volatile) * DAY;
    let body = json!({
        "path": "/", "roleName": subject.name, "roleId": subject.id, "arn": subject.arn,
        "createDate": iso(resource.born), "assumeRolePolicyDocument": url_encoded(&trust),
        "instanceProfileList": [], "rolePolicyList": inline, "attachedManagedPolicies": attached,
        "tags": tag_list(&subject.tags),
        "roleLastUsed": {"lastUsedDate": iso(used), "region": place.region},
    });
    let lasting = policies
        .iter()
        .map(|policy| related(place, *policy, "Is attached to CustomerManagedPolicy"))
        .collect();
    let (name, created) = (subject.name.clone(), resource.born);
    Body::new(subject, body)
        .named(&name)
        .zoned("Not Applicable")
        .created(created)
        .related(lasting)
}

/// A managed policy with its versions.
pub(super) fn policy(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let latest = u64::from(resource.settings);
    let versions: Vec<Value> = (latest.saturating_sub(2)..=latest)
        .rev()
        .map(|version| {
            let document = policy_document(&place.account, seed, 3, version);
            let created = i64::try_from(version).unwrap_or(0) * DAY + resource.born;
            json!({"document": url_encoded(&document), "versionId": format!("v{}", version + 1),
                "isDefaultVersion": version == latest, "createDate": iso(created)})
        })
        .collect();
    let body = json!({
        "policyName": subject.name, "policyId": subject.id, "arn": subject.arn, "path": "/",
        "defaultVersionId": format!("v{}", latest + 1),
        "attachmentCount": 1 + (seed + u64::from(resource.volatile)) % 9,
        "permissionsBoundaryUsageCount": 0, "isAttachable": true,
        "description": "What its name says", "createDate": iso(resource.born),
        "updateDate": iso(resource.modified), "policyVersionList": versions,
    });
    let lasting = vec![related(
        place,
        place.home(Kind::Role, seed),
        "Is attached to Role",
    )];
    let (name, created) = (subject.name.clone(), resource.born);
    Body::new(subject, body)
        .named(&name)
        .zoned("Not Applicable")
        .created(created)
        .related(lasting)
}

/// A user.
pub(super) fn user(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let policy = place.home(Kind::Policy, seed);
    let document = policy_document(&place.account, seed, 2, resource.turns(0, 2));
    let used = resource.born + i64::from(resource.volatile) * DAY;
    let body = json!({
        "path": "/", "userName": subject.name, "userId": subject.id, "arn": subject.arn,
        "createDate": iso(resource.born), "passwordLastUsed": iso(used),
        "userPolicyList": [{"policyName": "own", "policyDocument": url_encoded(&document)}],
        "groupList": [word(&["developers", "operators", "auditors"], seed + resource.turns(1, 2))],
        "attachedManagedPolicies": [{"policyName": place.given_name(policy), "policyArn": place.arn_of(policy)}],
        "tags": tag_list(&subject.tags),
    });
    let lasting = vec![related(
        place,
        policy,
        "Is attached to CustomerManagedPolicy",
    )];
    let (name, created) = (subject.name.clone(), resource.born);
    Body::new(subject, body)
        .named(&name)
        .zoned("Not Applicable")
        .created(created)
        .related(lasting)
}

/// A KMS key, whose policy is JSON in a text and whose times are numbers.
pub(super) fn key(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let administrators: Vec<String> = (0..3 + resource.turns(0, 2) % 4)
        .map(|role| place.iam_arn(&format!("role/administrator-{}", hash(&[seed, role]) % 90)))
        .collect();
    let own = json!({
        "Version": "2012-10-17", "Id": "key-default-1", "Statement": [
            {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Action": "kms:*",
                "Principal": {"AWS": place.iam_arn("root")}, "Resource": "*"},
            {"Sid": "Allow administration", "Effect": "Allow", "Resource": "*",
                "Action": ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*",
                    "kms:Update*", "kms:Revoke*", "kms:Disable*", "kms:Get*", "kms:Delete*"],
                "Principal": {"AWS": administrators}},
            {"Sid": "Allow use", "Effect": "Allow", "Resource": "*",
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
                "Principal": {"AWS": place.iam_arn("role/application")}},
        ],
    });
    let body = json!({
        "aWSAccountId": place.account, "keyId": subject.id, "arn": subject.arn,
        "creationDate": resource.born, "enabled": resource.turns(1, 2) % 2 == 0,
        "description": format!("Key of {}", subject.name), "keyUsage": "ENCRYPT_DECRYPT",
        "keyState": if resource.turns(1, 2) % 2 == 0 { "Enabled" } else { "Disabled" },
        "origin": "AWS_KMS", "keyManager": "CUSTOMER", "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "keySpec": "SYMMETRIC_DEFAULT", "encryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "multiRegion": false,
    });
    let supplement = json!({
        "Policy": own.to_string(), "KeyRotationStatus": true, "Tags": tag_list(&subject.tags),
    });
    Body::new(subject, body).supplemented(supplement)
}
