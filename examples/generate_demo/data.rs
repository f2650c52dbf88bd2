//! Bodies of what keeps or carries data: S3, RDS, `DynamoDB`, SQS, SNS, KMS, Cassandra.

use serde_json::{Value, json};

use super::places::Place;
use super::resource::Resource;
use super::text::{hex, pick, uuid};
use super::time::{Millis, iso};

/// A private, encrypted bucket. Its access control list is a string of JSON among objects.
pub(crate) fn bucket(place: Place, name: &str, created: Millis) -> Resource {
    let owner = hex(place.account, 64);
    let body = json!({
        "name": name, "owner": {"displayName": null, "id": owner}, "creationDate": iso(created),
        "region": place.region,
    });
    let grants = json!({
        "grantSet": null, "requesterCharged": false, "owner": {"displayName": null, "id": owner},
        "grantList": [{"grantee": {"id": owner, "displayName": null}, "permission": "FullControl"}],
    });
    let supplementary = json!({
        "AccessControlList": grants.to_string(),
        "BucketLoggingConfiguration": {"destinationBucketName": null, "logFilePrefix": null},
        "BucketNotificationConfiguration": {"configurations": {}},
        "BucketPolicy": {"policyText": bucket_policy(name, "Deny", "s3:*")},
        "BucketVersioningConfiguration": {"status": "Enabled", "isMfaDeleteEnabled": null},
        "IsRequesterPaysEnabled": false,
        "PublicAccessBlockConfiguration": {"blockPublicAcls": true, "ignorePublicAcls": true,
            "blockPublicPolicy": true, "restrictPublicBuckets": true},
        "ServerSideEncryptionConfiguration": {"rules": [{
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256", "kmsMasterKeyID": null},
            "bucketKeyEnabled": true,
        }]},
    });
    // Config drops nulls from `configuration`, and keeps those of its supplement.
    let mut bucket = Resource::new(place, "AWS::S3::Bucket", name, without_nulls(body))
        .named(name)
        .with_arn(format!("arn:aws:s3:::{name}"))
        .zone("Regional")
        .born(created)
        .with_supplementary(supplementary);
    bucket.retag("data-class", "internal");
    bucket
}

/// The text of a bucket policy: insecure transport denied, or something allowed to everyone.
pub(crate) fn bucket_policy(bucket: &str, effect: &str, action: &str) -> String {
    let mut statement = json!({
        "Sid": format!("{effect}All"), "Effect": effect, "Principal": "*", "Action": action,
        "Resource": format!("arn:aws:s3:::{bucket}/*"),
    });
    if let (Some(members), "Deny") = (statement.as_object_mut(), effect) {
        members.insert(
            "Condition".to_owned(),
            json!({"Bool": {"aws:SecureTransport": "false"}}),
        );
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name, without_nulls(member)))
            .collect(),
        other => other,
    }
}

/// A database instance.
pub(crate) fn database(place: Place, name: &str, class: &str, created: Millis) -> Resource {
    let id = format!("db-{}", hex(name, 26).to_uppercase());
    let group = format!("sg-{}", hex(&format!("{name}-db"), 17));
    let body = json!({
        "dBInstanceIdentifier": name, "dBInstanceClass": class, "engine": "postgres",
        "dBInstanceStatus": "available", "masterUsername": "app", "dBName": "app",
        "endpoint": {"address": format!("{name}.{}.{}.rds.amazonaws.com", hex(name, 12), place.region), "port": 5432},
        "allocatedStorage": 100, "instanceCreateTime": iso(created),
        "preferredBackupWindow": "17:00-17:30", "backupRetentionPeriod": 7,
        "vpcSecurityGroups": [{"vpcSecurityGroupId": group, "status": "active"}],
        "dBParameterGroups": [{"dBParameterGroupName": "default.postgres15", "parameterApplyStatus": "in-sync"}],
        "availabilityZone": format!("{}a", place.region), "multiAZ": false, "engineVersion": "15.4",
        "preferredMaintenanceWindow": "sun:18:00-sun:18:30", "pendingModifiedValues": {},
        "autoMinorVersionUpgrade": true, "licenseModel": "postgresql-license",
        "publiclyAccessible": false, "storageType": "gp3", "storageEncrypted": true,
        "kmsKeyId": place.arn("kms", &format!("key/{}", uuid(place.account))),
        "dbiResourceId": id, "cACertificateIdentifier": "rds-ca-rsa2048-g1",
        "copyTagsToSnapshot": true, "deletionProtection": true, "dBInstanceArn": place.arn("rds", &format!("db:{name}")),
    });
    Resource::new(place, "AWS::RDS::DBInstance", &id, body)
        .named(name)
        .with_arn(place.arn("rds", &format!("db:{name}")))
        .zone(&format!("{}a", place.region))
        .born(created)
        .tag("owner", "data-platform")
        .related(
            "AWS::EC2::SecurityGroup",
            &group,
            "Is associated with SecurityGroup",
        )
}

/// A table.
pub(crate) fn table(place: Place, name: &str, created: Millis) -> Resource {
    let arn = place.arn("dynamodb", &format!("table/{name}"));
    let body = json!({
        "attributeDefinitions": [{"attributeName": "pk", "attributeType": "S"}],
        "tableName": name, "keySchema": [{"attributeName": "pk", "keyType": "HASH"}],
        "tableStatus": "ACTIVE", "creationDateTime": created,
        "provisionedThroughput": {"numberOfDecreasesToday": 0, "readCapacityUnits": 10, "writeCapacityUnits": 5},
        "tableArn": arn, "tableId": uuid(&format!("{name}{created}")),
        "deletionProtectionEnabled": false,
    });
    Resource::new(place, "AWS::DynamoDB::Table", name, body)
        .named(name)
        .with_arn(arn)
        .born(created)
        .with_supplementary(json!({
            "ContinuousBackupsDescription": {"continuousBackupsStatus": "ENABLED",
                "pointInTimeRecoveryDescription": {"pointInTimeRecoveryStatus": "ENABLED"}},
            "Tags": [],
        }))
}

/// A queue, whose id is its URL and whose numbers are strings.
pub(crate) fn queue(place: Place, name: &str, created: Millis) -> Resource {
    let url = format!(
        "https://sqs.{}.amazonaws.com/{}/{name}",
        place.region, place.account
    );
    let arn = place.arn("sqs", name);
    let body = json!({
        "QueueName": name, "QueueUrl": url, "Arn": arn, "DelaySeconds": "0",
        "MaximumMessageSize": "262144", "MessageRetentionPeriod": "345600",
        "ReceiveMessageWaitTimeSeconds": "0", "VisibilityTimeout": "30", "SqsManagedSseEnabled": "true",
        "CreatedTimestamp": (created / 1000).to_string(),
        "Policy": json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{}:root", place.account)},
            "Action": "SQS:*", "Resource": arn}]}).to_string(),
    });
    Resource::new(place, "AWS::SQS::Queue", &url, body)
        .named(name)
        .with_arn(arn)
}

/// A topic (`PascalCase`), whose policy is a string of JSON.
pub(crate) fn topic(place: Place, name: &str) -> Resource {
    let arn = place.arn("sns", name);
    let policy = topic_policy(&arn, &format!("arn:aws:iam::{}:root", place.account));
    let body = json!({
        "Policy": policy, "Owner": place.account, "TopicArn": arn, "DisplayName": "",
        "EffectiveDeliveryPolicy": json!({"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3}}}).to_string(),
    });
    Resource::new(place, "AWS::SNS::Topic", &arn, body)
        .named(name)
        .with_arn(arn.clone())
}

/// The policy text of a topic to which a principal may publish.
pub(crate) fn topic_policy(arn: &str, principal: &str) -> String {
    json!({"Version": "2008-10-17", "Statement": [{"Sid": "publish", "Effect": "Allow",
        "Principal": {"AWS": principal}, "Action": "SNS:Publish", "Resource": arn}]})
    .to_string()
}

/// A customer's KMS key, created at an epoch in milliseconds.
pub(crate) fn key(place: Place, label: &str, created: Millis) -> Resource {
    let id = uuid(&format!("{} {label}", place.account));
    let arn = place.arn("kms", &format!("key/{id}"));
    let policy = json!({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [{
        "Sid": "Enable IAM User Permissions", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Principal": {"AWS": format!("arn:aws:iam::{}:root", place.account)}}]});
    let body = json!({
        "awsaccountId": place.account, "keyId": id, "arn": arn, "creationDate": created,
        "enabled": true, "description": label, "keyUsage": "ENCRYPT_DECRYPT", "keyState": "Enabled",
        "origin": "AWS_KMS", "keyManager": "CUSTOMER", "keySpec": "SYMMETRIC_DEFAULT",
        "encryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "multiRegion": false,
    });
    Resource::new(place, "AWS::KMS::Key", &id, body)
        .with_arn(arn)
        .born(created)
        .with_supplementary(
            json!({"KeyRotationStatus": true, "Policy": policy.to_string(), "Tags": []}),
        )
}

/// A keyspace (`PascalCase`).
pub(crate) fn keyspace(place: Place, name: &str) -> Resource {
    Resource::new(
        place,
        "AWS::Cassandra::Keyspace",
        name,
        json!({"KeyspaceName": name, "Tags": []}),
    )
    .named(name)
    .with_arn(place.arn("cassandra", &format!("/keyspace/{name}/")))
    .zone("Regional")
}

/// A certificate.
pub(crate) fn certificate(place: Place, domain: &str, created: Millis) -> Resource {
    let arn = place.arn("acm", &format!("certificate/{}", uuid(domain)));
    let body = json!({
        "certificateArn": arn, "domainName": domain, "subjectAlternativeNames": [domain],
        "createdAt": created, "status": "ISSUED", "issuer": "Amazon", "keyAlgorithm": "RSA-2048",
        "type": "AMAZON_ISSUED", "renewalEligibility": "ELIGIBLE", "inUseBy": [],
        "serial": hex(domain, 32), "extendedKeyUsages": [{"name": "TLS_WEB_SERVER_AUTHENTICATION", "oID": "1.3.6.1.5.5.7.3.1"}],
        "renewalCount": pick(domain, 3),
    });
    Resource::new(place, "AWS::ACM::Certificate", &arn, body)
        .with_arn(arn.clone())
        .zone("Regional")
        .born(created)
}
