//! What keeps data or grants access to it: databases, buckets, keys, roles, queues.

use serde_json::json;

use super::{Pair, moved, pair, percent, policy, pretty};
use crate::support::lake::with;

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn pairs() -> Vec<Pair> {
    let database_type = "AWS::RDS::DBInstance";
    let database = json!({
        "dBInstanceIdentifier": "orders", "backupRetentionPeriod": 7, "publiclyAccessible": false,
        "latestRestorableTime": "2024-10-20T09:55:00.000Z", "engine": "postgres",
    });
    let bucket_type = "AWS::S3::Bucket";
    let bucket = json!({"name": "b", "creationDate": "2022-04-11T02:30:00.000Z"});
    let grants = json!({"grantSet": null, "grantList": [{"grantee": {"id": "1"}, "permission": "FullControl"}]});
    let extra = |status: &str, grants: &str, policy: &str| {
        json!({"supplementaryConfiguration": {
            "AccessControlList": grants, "BucketPolicy": {"policyText": policy},
            "BucketVersioningConfiguration": {"status": status, "isMfaDeleteEnabled": null},
        }})
    };
    let (plain, closed) = (grants.to_string(), policy("arn:aws:iam::111122223333:root"));
    let kept = extra("Enabled", &plain, &closed.to_string());
    let bucket_pair = |id, fields, kind| {
        let mut made = pair(id, bucket_type, bucket.clone(), fields, kind);
        made.before = with(made.before, kept.clone());
        made
    };
    let key_type = "AWS::KMS::Key";
    let key = json!({"keyId": "k", "keyState": "Enabled", "enabled": true, "creationDate": 1_649_644_200_000_u64});
    let rotation = |on: bool, policy: String| {
        json!({
            "supplementaryConfiguration": {"KeyRotationStatus": on, "Policy": policy, "Tags": []},
        })
    };
    let key_pair = |id, fields, kind| {
        let mut made = pair(id, key_type, key.clone(), fields, kind);
        made.before = with(made.before, rotation(true, closed.to_string()));
        made
    };
    let role = |trust: String| {
        json!({
            "roleName": "r", "assumeRolePolicyDocument": trust, "tags": [],
            "rolePolicyList": [{"policyName": "inline", "policyDocument": percent(&policy("*").to_string(), true)}],
        })
    };
    let role_type = "AWS::IAM::Role";
    let encoded = role(percent(&closed.to_string(), true));
    let other = policy("arn:aws:iam::999900001111:root").to_string();
    let mut roles = vec![
        pair(
            "role-encoded-otherwise",
            role_type,
            encoded.clone(),
            json!({"configuration": role(percent(&pretty(&closed), false))}),
            "identical",
        ),
        pair(
            "role-not-encoded",
            role_type,
            encoded.clone(),
            json!({"configuration": role(closed.to_string())}),
            "identical",
        ),
        pair(
            "role-other-account",
            role_type,
            encoded,
            json!({"configuration": role(percent(&other, true))}),
            "settings",
        ),
    ];
    for role in &mut roles {
        role.before["awsRegion"] = json!("global");
    }
    let queue = json!({"QueueName": "q", "VisibilityTimeout": "30", "Tags": []});
    let mut pairs = vec![
        moved(
            "database-retention",
            database_type,
            &database,
            ("/backupRetentionPeriod", json!(0)),
            "settings",
        ),
        moved(
            "database-restorable",
            database_type,
            &database,
            ("/latestRestorableTime", json!("2024-11-05T09:55:00.000Z")),
            "volatile",
        ),
        bucket_pair(
            "bucket-suspended",
            extra("Suspended", &plain, &closed.to_string()),
            "settings",
        ),
        bucket_pair(
            "bucket-grants-spaced",
            extra("Enabled", &pretty(&grants), &pretty(&closed)),
            "identical",
        ),
        bucket_pair(
            "bucket-public",
            extra("Enabled", &plain, &policy("*").to_string()),
            "settings",
        ),
        key_pair(
            "key-policy-spaced",
            rotation(true, pretty(&closed)),
            "identical",
        ),
        key_pair(
            "key-rotation-off",
            rotation(false, closed.to_string()),
            "settings",
        ),
        key_pair(
            "key-dying",
            json!({"configuration": with(key.clone(), json!({"keyState": "PendingDeletion", "enabled": false}))}),
            "settings",
        ),
        moved(
            "queue-timeout",
            "AWS::SQS::Queue",
            &queue,
            ("/VisibilityTimeout", json!("60")),
            "settings",
        ),
    ];
    pairs.extend(roles);
    pairs
}
