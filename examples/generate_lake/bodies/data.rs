//! Bodies of what keeps data: S3, RDS, `DynamoDB`, SQS.

use serde_json::{Value, json};

use super::super::item::{related, tag_list};
use super::super::kind::Kind;
use super::super::random::{hash, hex, uuid, word};
use super::super::time::{MINUTE, SECOND, iso};
use super::{Body, Subject};

/// A bucket. Its access control list is a text of JSON among objects.
pub(super) fn bucket(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let owner = hex(place.seed, 64);
    let body = json!({
        "name": subject.id, "owner": {"id": owner}, "creationDate": iso(resource.born),
        "region": place.region,
    });
    let grants = json!({
        "grantSet": null, "grantList": [{"grantee": {"id": owner, "displayName": null}, "permission": "FullControl"}],
        "owner": {"displayName": null, "id": owner}, "isRequesterCharged": false,
    });
    let readers: Vec<String> = (0..=resource.turns(0, 4) % 5)
        .map(|role| place.iam_arn(&format!("role/reader-{}", hash(&[seed, role]) % 90)))
        .collect();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": [subject.arn, format!("{}/*", subject.arn)],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Sid": "Readers", "Effect": "Allow", "Principal": {"AWS": readers},
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": [subject.arn, format!("{}/*", subject.arn)]},
    ]});
    let blocked = resource.turns(1, 4) % 2 == 0;
    let rules: Vec<Value> = (0..2_u64)
        .map(|rule| {
            let turns = if rule == 0 { resource.turns(2, 4) } else { 0 };
            json!({
                "id": format!("expire-{rule}"), "status": "Enabled", "prefix": null,
                "expirationInDays": 30 + (seed >> rule) % 300 + turns, "expiredObjectDeleteMarker": false,
                "noncurrentVersionExpirationInDays": 7, "transitions": null,
                "filter": {"predicate": {"type": "LifecyclePrefixPredicate", "prefix": format!("tmp{rule}/")}},
                "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3},
            })
        })
        .collect();
    let supplement = json!({
        "AccessControlList": grants.to_string(),
        "BucketAccelerateConfiguration": {"status": null},
        "BucketLifecycleConfiguration": {"rules": rules},
        "BucketLoggingConfiguration": {"destinationBucketName": format!("logs-{}", place.account), "logFilePrefix": format!("s3/{}/", subject.id)},
        "BucketNotificationConfiguration": {"configurations": {}},
        "BucketPolicy": {"policyText": policy.to_string()},
        "BucketTaggingConfiguration": {"tagSets": [{"tags": subject.tags}]},
        "BucketVersioningConfiguration": {"status": word(&["Enabled", "Suspended"], resource.turns(3, 4)), "isMfaDeleteEnabled": null},
        "IsRequesterPaysEnabled": false,
        "PublicAccessBlockConfiguration": {"blockPublicAcls": blocked, "ignorePublicAcls": blocked,
            "blockPublicPolicy": true, "restrictPublicBuckets": true},
        "ServerSideEncryptionConfiguration": {"rules": [{
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms",
                "kmsMasterKeyID": place.arn("kms", &format!("key/{}", uuid(place.seed)))},
            "bucketKeyEnabled": true,
        }]},
    });
    let (name, created) = (subject.id.clone(), resource.born);
    Body::new(subject, body)
        .named(&name)
        .created(created)
        .supplemented(supplement)
}

const CLASSES: [&str; 5] = [
    "db.t4g.medium",
    "db.m6g.large",
    "db.r6g.large",
    "db.r6g.xlarge",
    "db.m6g.xlarge",
];

/// A database. AWS moves the time to which it can be restored all day long.
pub(super) fn database(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let group = place.home(Kind::Group, seed);
    let vpc = place.id(place.home(Kind::Vpc, 0));
    let restorable = resource.born + i64::from(resource.volatile) * 5 * MINUTE;
    let subnets: Vec<Value> = (0..3)
        .map(|subnet| {
            json!({"subnetIdentifier": place.home_id(Kind::Subnet, hash(&[seed, subnet])),
                "subnetAvailabilityZone": {"name": place.zone(subnet << 20)},
                "subnetOutpost": {}, "subnetStatus": "Active"})
        })
        .collect();
    let host = format!(
        "{}.c{}.{}.rds.amazonaws.com",
        subject.name,
        hex(seed, 11),
        place.region
    );
    let mut body = json!({
        "dBInstanceIdentifier": subject.name, "dBInstanceClass": word(&CLASSES, seed + resource.turns(0, 4)),
        "engine": "postgres", "dBInstanceStatus": "available", "masterUsername": "app", "dBName": "app",
        "endpoint": {"address": host, "port": 5432, "hostedZoneId": format!("Z{}", hex(seed >> 60, 12).to_uppercase())},
        "allocatedStorage": 100 + resource.turns(1, 4) * 50, "instanceCreateTime": iso(resource.born),
        "preferredBackupWindow": "17:00-17:30", "backupRetentionPeriod": 7 + resource.turns(2, 4) % 28,
        "dBSecurityGroups": [], "vpcSecurityGroups": [{"vpcSecurityGroupId": place.id(group), "status": "active"}],
        "dBParameterGroups": [{"dBParameterGroupName": "default.postgres15", "parameterApplyStatus": "in-sync"}],
        "availabilityZone": place.zone(seed),
        "dBSubnetGroup": {"dBSubnetGroupName": "data", "dBSubnetGroupDescription": "Subnets of databases",
            "vpcId": vpc, "subnetGroupStatus": "Complete", "subnets": subnets, "supportedNetworkTypes": []},
        "preferredMaintenanceWindow": "sun:18:00-sun:18:30", "pendingModifiedValues": {"processorFeatures": []},
        "latestRestorableTime": iso(restorable),
    });
    let rest = json!({
        "multiAZ": seed.is_multiple_of(2), "engineVersion": format!("15.{}", 4 + resource.turns(3, 4)),
        "autoMinorVersionUpgrade": true, "readReplicaDBInstanceIdentifiers": [],
        "readReplicaDBClusterIdentifiers": [], "licenseModel": "postgresql-license", "iops": 3_000,
        "optionGroupMemberships": [{"optionGroupName": "default:postgres-15", "status": "in-sync"}],
        "publiclyAccessible": false, "statusInfos": [], "storageType": "gp3", "dbInstancePort": 0,
        "storageEncrypted": true, "kmsKeyId": place.arn("kms", &format!("key/{}", uuid(place.seed))),
        "dbiResourceId": subject.id, "cACertificateIdentifier": "rds-ca-rsa2048-g1",
        "domainMemberships": [], "copyTagsToSnapshot": true, "monitoringInterval": 60,
        "enhancedMonitoringResourceArn": place.arn("logs", "log-group:RDSOSMetrics:log-stream"),
        "monitoringRoleArn": place.iam_arn("role/rds-monitoring"), "dBInstanceArn": subject.arn,
        "iAMDatabaseAuthenticationEnabled": true, "performanceInsightsEnabled": true,
        "performanceInsightsRetentionPeriod": 7, "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
        "processorFeatures": [], "deletionProtection": true, "associatedRoles": [],
        "maxAllocatedStorage": 1_000, "tagList": tag_list(&subject.tags),
        "dBInstanceAutomatedBackupsReplications": [], "customerOwnedIpEnabled": false,
        "activityStreamStatus": "stopped", "backupTarget": "region", "networkType": "IPV4",
        "storageThroughput": 125, "certificateDetails": {"cAIdentifier": "rds-ca-rsa2048-g1"},
    });
    super::compute::append(&mut body, rest);
    let lasting = vec![related(place, group, "Is associated with SecurityGroup")];
    let (name, created, zone) = (subject.name.clone(), resource.born, place.zone(seed));
    Body::new(subject, body)
        .named(&name)
        .zoned(&zone)
        .created(created)
        .related(lasting)
}

/// A table, whose contents are counted in its configuration.
pub(super) fn table(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let rows = seed % 1_000_000 + u64::from(resource.volatile) * 1_013;
    let indexes: Vec<Value> = (0..2_u32)
        .map(|index| {
            json!({
                "indexName": format!("by-attribute-{index}"), "indexStatus": "ACTIVE", "itemCount": rows,
                "indexSizeBytes": rows * 90, "indexArn": format!("{}/index/by-attribute-{index}", subject.arn),
                "keySchema": [{"attributeName": format!("a{index}"), "keyType": "HASH"}],
                "projection": {"projectionType": "ALL"},
                "provisionedThroughput": {"numberOfDecreasesToday": 0,
                    "readCapacityUnits": 10 + resource.turns(index, 4), "writeCapacityUnits": 5},
            })
        })
        .collect();
    let attribute = |name: &str| json!({"attributeName": name, "attributeType": "S"});
    let body = json!({
        "attributeDefinitions": [attribute("pk"), attribute("sk"), attribute("a0"), attribute("a1")],
        "tableName": subject.name,
        "keySchema": [{"attributeName": "pk", "keyType": "HASH"}, {"attributeName": "sk", "keyType": "RANGE"}],
        "tableStatus": "ACTIVE", "creationDateTime": resource.born,
        "provisionedThroughput": {"numberOfDecreasesToday": 0,
            "readCapacityUnits": 20 + resource.turns(2, 4) * 5, "writeCapacityUnits": 10},
        "tableSizeBytes": rows * 240, "itemCount": rows, "tableArn": subject.arn,
        "tableId": uuid(hash(&[seed, resource.born.unsigned_abs()])), "globalSecondaryIndexes": indexes,
        "streamSpecification": {"streamEnabled": true, "streamViewType": "NEW_AND_OLD_IMAGES"},
        "latestStreamLabel": iso(resource.born), "latestStreamArn": format!("{}/stream/{}", subject.arn, iso(resource.born)),
        "sSEDescription": {"status": "ENABLED", "sSEType": "KMS",
            "kMSMasterKeyArn": place.arn("kms", &format!("key/{}", uuid(place.seed)))},
        "deletionProtectionEnabled": resource.turns(3, 4) % 2 == 0,
    });
    let supplement = json!({
        "ContinuousBackupsDescription": {"continuousBackupsStatus": "ENABLED",
            "pointInTimeRecoveryDescription": {"pointInTimeRecoveryStatus": "ENABLED"}},
        "Tags": tag_list(&subject.tags),
    });
    let (name, created) = (subject.name.clone(), resource.born);
    Body::new(subject, body)
        .named(&name)
        .zoned("Not Applicable")
        .created(created)
        .supplemented(supplement)
}

/// A queue, whose id is its URL and whose numbers are texts.
pub(super) fn queue(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let policy = json!({"Version": "2012-10-17", "Id": "__default_policy_ID", "Statement": [
        {"Sid": "__owner_statement", "Effect": "Allow", "Principal": {"AWS": place.iam_arn("root")},
            "Action": "SQS:*", "Resource": subject.arn},
        {"Sid": "FromEvents", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
            "Action": "SQS:SendMessage", "Resource": subject.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": place.arn("events", &format!("rule/{}-{}", subject.name, resource.turns(0, 3)))}}},
    ]});
    let redrive = json!({"deadLetterTargetArn": format!("{}-dead", subject.arn),
        "maxReceiveCount": 3 + resource.turns(1, 3) % 9});
    let body = json!({
        "QueueArn": subject.arn, "QueueName": subject.name, "QueueUrl": subject.id,
        "ApproximateNumberOfMessages": ((seed >> 3) % 100 + u64::from(resource.volatile)).to_string(),
        "ApproximateNumberOfMessagesDelayed": "0", "ApproximateNumberOfMessagesNotVisible": "0",
        "CreatedTimestamp": (resource.born / SECOND).to_string(),
        "LastModifiedTimestamp": (resource.modified / SECOND).to_string(),
        "DelaySeconds": "0", "MaximumMessageSize": "262144",
        "MessageRetentionPeriod": (86_400 + resource.turns(2, 3) % 13 * 86_400).to_string(),
        "Policy": policy.to_string(), "ReceiveMessageWaitTimeSeconds": "20",
        "RedrivePolicy": redrive.to_string(), "SqsManagedSseEnabled": "true", "VisibilityTimeout": "60",
        "FifoQueue": "false", "KmsDataKeyReusePeriodSeconds": "300", "Tags": tag_list(&subject.tags),
    });
    let name = subject.name.clone();
    Body::new(subject, body).named(&name)
}
