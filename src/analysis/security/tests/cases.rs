//! For every rule a body of which it holds and one of which it does not.

use super::*;

/// Rule, type, a body where it holds, one where it does not, its subject. `s` is the
/// supplementary part, the rest the configuration.
#[expect(clippy::too_many_lines, reason = "a table: one entry a rule")]
pub(super) fn cases() -> Vec<(&'static str, &'static str, Value, Value, &'static str)> {
    let everyone = allow(&json!("*"), &json!({}));
    let own = allow(&root(OWN), &json!({}));
    let other = allow(&root(OTHER), &json!({}));
    let group = |port: i64, range: &str| {
        json!({"ipPermissions": [{"ipProtocol": "tcp", "fromPort": port, "toPort": port,
            "ipv4Ranges": [{"cidrIp": range}], "ipRanges": [range]}]})
    };
    let blocks = |on: bool| {
        json!({"blockPublicAcls": on, "ignorePublicAcls": true, "blockPublicPolicy": true,
            "restrictPublicBuckets": true})
    };
    let acl = |id: &str| {
        let list = json!({"grantList": [{"grantee": id, "permission": "Read"}]});
        json!({"s": {"AccessControlList": list.to_string()}})
    };
    let all = json!({"Statement": {"Effect": "Allow", "Action": ["*"], "Resource": "*"}});
    let few = json!({"Statement": {"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}});
    let inline = |document: &Value| json!({"userPolicyList": [{"policyName": "p", "policyDocument": [document]}]});
    let snapshot = |to: &str| json!({"s": {"DBSnapshotAttributes": [{"attributeName": "restore", "attributeValues": [to]}]}});
    let vpc =
        |subnets: Value| json!({"VPCOptions": {"SubnetIds": subnets}, "AccessPolicies": everyone});
    let logs = |on: &str| json!({"s": {"LoadBalancerAttributes": [{"key": "access_logs.s3.enabled", "value": on}]}});
    let recovery = |status: &str| {
        json!({"s": {"ContinuousBackupsDescription": {"pointInTimeRecoveryDescription":
            {"pointInTimeRecoveryStatus": status}}}})
    };
    let admin = json!({"attachedManagedPolicies": [{"policyName": "AdministratorAccess",
        "policyArn": "arn:aws-cn:iam::aws:policy/AdministratorAccess"}]});
    let endpoint = |cidr: &str| json!({"ResourcesVpcConfig": {"EndpointPublicAccess": true, "PublicAccessCidrs": [cidr]}});
    let bucket = "AWS::S3::Bucket";
    let trail = "AWS::CloudTrail::Trail";
    let (key, table) = ("AWS::KMS::Key", "AWS::DynamoDB::Table");
    let db = "AWS::RDS::DBInstance";
    let (role, user) = ("AWS::IAM::Role", "AWS::IAM::User");
    let sg = "AWS::EC2::SecurityGroup";
    vec![
        (
            "security_group_open_to_world",
            sg,
            group(22, "0.0.0.0/0"),
            group(22, "10.0.0.0/8"),
            "tcp 22 from 0.0.0.0/0",
        ),
        (
            "security_group_web_open_to_world",
            sg,
            group(443, "0.0.0.0/0"),
            group(443, "192.0.2.0/24"),
            "tcp 443 from 0.0.0.0/0",
        ),
        (
            "eks_endpoint_open_to_world",
            "AWS::EKS::Cluster",
            endpoint("0.0.0.0/0"),
            endpoint("192.0.2.0/24"),
            "public endpoint",
        ),
        (
            "instance_metadata_v1_allowed",
            "AWS::EC2::Instance",
            json!({"metadataOptions": {"httpTokens": "optional"}}),
            json!({"metadataOptions": {"httpTokens": "required"}}),
            "IMDSv1",
        ),
        (
            "notebook_direct_internet_access",
            "AWS::SageMaker::NotebookInstance",
            json!({"DirectInternetAccess": "Enabled"}),
            json!({"DirectInternetAccess": "Disabled"}),
            "direct internet access",
        ),
        (
            "s3_public_policy",
            bucket,
            json!({"s": {"BucketPolicy": {"policyText": everyone}}}),
            json!({"s": {"BucketPolicy": {"policyText": own}}}),
            "x:Get",
        ),
        (
            "s3_public_acl",
            bucket,
            acl("AllUsers"),
            acl("LogDelivery"),
            "Read to AllUsers",
        ),
        (
            "s3_public_access_block_off",
            bucket,
            json!({"s": {"other": 1}}),
            json!({"s": {"PublicAccessBlockConfiguration": blocks(true)}}),
            "public access block",
        ),
        (
            "s3_account_public_access_block_off",
            "AWS::S3::AccountPublicAccessBlock",
            blocks(false),
            blocks(true),
            "public access block",
        ),
        (
            "s3_encryption_off",
            bucket,
            json!({"s": {"other": 1}}),
            json!({"s": {"ServerSideEncryptionConfiguration": {"rules": [1]}}}),
            "default encryption",
        ),
        (
            "s3_versioning_suspended",
            bucket,
            json!({"s": {"BucketVersioningConfiguration": {"status": "Suspended"}}}),
            json!({"s": {"BucketVersioningConfiguration": {"status": "Enabled"}}}),
            "versioning",
        ),
        (
            "s3_logging_off",
            bucket,
            json!({"s": {"BucketLoggingConfiguration": {"destinationBucketName": null}}}),
            json!({"s": {"BucketLoggingConfiguration": {"destinationBucketName": "b"}}}),
            "access logging",
        ),
        (
            "iam_trust_admits_anyone",
            role,
            json!({"assumeRolePolicyDocument": everyone}),
            json!({"assumeRolePolicyDocument": own}),
            "x:Get",
        ),
        (
            "iam_trust_admits_other_account",
            role,
            json!({"assumeRolePolicyDocument": other}),
            json!({"assumeRolePolicyDocument": own}),
            OTHER,
        ),
        (
            "iam_policy_grants_everything",
            user,
            inline(&all),
            inline(&few),
            "p",
        ),
        (
            "iam_administrator_access_attached",
            user,
            admin,
            json!({"attachedManagedPolicies": []}),
            "AdministratorAccess",
        ),
        (
            "resource_policy_public",
            "AWS::SNS::Topic",
            json!({"Policy": everyone}),
            json!({"Policy": own}),
            "x:Get",
        ),
        (
            "resource_policy_admits_other_account",
            key,
            json!({"s": {"Policy": other}}),
            json!({"s": {"Policy": own}}),
            OTHER,
        ),
        (
            "search_domain_public",
            "AWS::OpenSearch::Domain",
            vpc(json!([])),
            vpc(json!(["subnet-1"])),
            "x:Get",
        ),
        (
            "cloudtrail_logging_off",
            trail,
            json!({"s": {"TrailStatus": {"isLogging": false}}}),
            json!({"s": {"TrailStatus": {"isLogging": true}}}),
            "logging",
        ),
        (
            "cloudtrail_log_validation_off",
            trail,
            json!({"logFileValidationEnabled": "false"}),
            json!({"logFileValidationEnabled": "true"}),
            "log file validation",
        ),
        (
            "cloudtrail_single_region",
            trail,
            json!({"IsMultiRegionTrail": false}),
            json!({"IsMultiRegionTrail": true}),
            "multi-Region",
        ),
        (
            "cloudtrail_global_events_off",
            trail,
            json!({"includeGlobalServiceEvents": false}),
            json!({"includeGlobalServiceEvents": true}),
            "global service events",
        ),
        (
            "config_recorder_stopped",
            "AWS::Config::ConfigurationRecorder",
            json!({"Recording": false}),
            json!({"recording": true}),
            "recording",
        ),
        (
            "guardduty_off",
            "AWS::GuardDuty::Detector",
            json!({"Enable": false}),
            json!({"Enable": true}),
            "detector",
        ),
        (
            "load_balancer_logging_off",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            logs("false"),
            logs("true"),
            "access logs",
        ),
        (
            "redshift_logging_off",
            "AWS::Redshift::Cluster",
            json!({"s": {"LoggingStatus": {"loggingEnabled": false}}}),
            json!({"s": {"LoggingStatus": {"loggingEnabled": true}}}),
            "audit logging",
        ),
        (
            "rds_log_exports_off",
            db,
            json!({"enabledCloudwatchLogsExports": []}),
            json!({"enabledCloudwatchLogsExports": ["error"]}),
            "log exports",
        ),
        (
            "kms_key_pending_deletion",
            key,
            json!({"keyState": "PendingDeletion"}),
            json!({"keyState": "Enabled"}),
            "deletion",
        ),
        (
            "kms_key_disabled",
            key,
            json!({"keyState": "Disabled"}),
            json!({"keyState": "Enabled"}),
            "disabled",
        ),
        (
            "kms_key_rotation_off",
            key,
            json!({"keyState": "Enabled", "s": {"KeyRotationStatus": false}}),
            json!({"keyState": "Enabled", "s": {"KeyRotationStatus": true}}),
            "rotation",
        ),
        (
            "cloudtrail_key_removed",
            trail,
            json!({"name": "t"}),
            json!({"name": "t", "kmsKeyId": "k"}),
            "KMS key",
        ),
        (
            "messages_key_removed",
            "AWS::SQS::Queue",
            json!({"QueueName": "q"}),
            json!({"KmsMasterKeyId": "k"}),
            "KMS key",
        ),
        (
            "dynamodb_key_removed",
            table,
            json!({"tableName": "t"}),
            json!({"sseDescription": {"status": "ENABLED"}}),
            "KMS key",
        ),
        (
            "volume_unencrypted",
            "AWS::EC2::Volume",
            json!({"encrypted": false}),
            json!({"encrypted": true}),
            "encryption",
        ),
        (
            "database_public",
            db,
            json!({"publiclyAccessible": "true"}),
            json!({"publiclyAccessible": false}),
            "publicly accessible",
        ),
        (
            "database_snapshot_public",
            "AWS::RDS::DBSnapshot",
            snapshot("all"),
            snapshot(OWN),
            "restore by all",
        ),
        (
            "database_snapshot_shared",
            "AWS::RDS::DBSnapshot",
            snapshot(OTHER),
            snapshot(OWN),
            OTHER,
        ),
        (
            "database_backups_off",
            db,
            json!({"backupRetentionPeriod": 0}),
            json!({"backupRetentionPeriod": "7"}),
            "automatic backups",
        ),
        (
            "dynamodb_point_in_time_recovery_off",
            table,
            recovery("DISABLED"),
            recovery("ENABLED"),
            "point-in-time recovery",
        ),
        (
            "database_deletion_protection_off",
            db,
            json!({"deletionProtection": false}),
            json!({"deletionProtection": true}),
            "deletion protection",
        ),
    ]
}
