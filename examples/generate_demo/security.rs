//! Bodies of who may do what and who watches: IAM, `CloudTrail`, Config, `CloudWatch`, `GuardDuty`.

use serde_json::{Value, json};

use super::places::Place;
use super::resource::Resource;
use super::text::{hex, unique_id, url_encode};
use super::time::{Millis, iso};

/// The resource id of a role.
pub(crate) fn role_id(place: Place, name: &str) -> String {
    unique_id("AROA", &format!("{} {name}", place.account))
}

/// A trust policy, URL-encoded as IAM gives it.
pub(crate) fn trust(principal: &Value) -> Value {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"},
    ]});
    json!(url_encode(&policy.to_string()))
}

/// An inline policy, its document URL-encoded.
pub(crate) fn inline(name: &str, actions: &[&str]) -> Value {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": "*"},
    ]});
    json!([{"policyName": name, "policyDocument": url_encode(&policy.to_string())}])
}

/// A list of one AWS managed policy.
pub(crate) fn managed(policy: &str) -> Value {
    json!([{"policyName": policy, "policyArn": format!("arn:aws:iam::aws:policy/{policy}")}])
}

/// A role that a principal may assume.
pub(crate) fn role(place: Place, name: &str, principal: &Value, created: Millis) -> Resource {
    let id = role_id(place, name);
    let arn = place.iam_arn(&format!("role/{name}"));
    let body = json!({
        "path": "/", "roleName": name, "roleId": id, "arn": arn, "createDate": iso(created),
        "assumeRolePolicyDocument": trust(principal), "instanceProfileList": [],
        "rolePolicyList": inline("inline", &["logs:PutLogEvents", "xray:PutTraceSegments"]),
        "attachedManagedPolicies": managed("ReadOnlyAccess"), "tags": [], "roleLastUsed": {},
    });
    Resource::new(place, "AWS::IAM::Role", &id, body)
        .named(name)
        .with_arn(arn)
        .born(created)
        .global()
}

/// A role that a service of AWS may assume.
pub(crate) fn service_role(place: Place, name: &str, service: &str, created: Millis) -> Resource {
    role(
        place,
        name,
        &json!({"Service": format!("{service}.amazonaws.com")}),
        created,
    )
}

/// A user.
pub(crate) fn user(place: Place, name: &str, policy: &str, created: Millis) -> Resource {
    let id = unique_id("AIDA", &format!("{} {name}", place.account));
    let arn = place.iam_arn(&format!("user/{name}"));
    let body = json!({
        "path": "/", "userName": name, "userId": id, "arn": arn, "createDate": iso(created),
        "userPolicyList": [], "groupList": [], "attachedManagedPolicies": managed(policy), "tags": [],
    });
    Resource::new(place, "AWS::IAM::User", &id, body)
        .named(name)
        .with_arn(arn)
        .born(created)
        .global()
}

/// A customer managed policy.
pub(crate) fn policy(place: Place, name: &str, actions: &[&str], created: Millis) -> Resource {
    let id = unique_id("ANPA", &format!("{} {name}", place.account));
    let arn = place.iam_arn(&format!("policy/{name}"));
    let body = json!({
        "policyName": name, "policyId": id, "arn": arn, "path": "/", "defaultVersionId": "v1",
        "attachmentCount": 1, "permissionsBoundaryUsageCount": 0, "isAttachable": true,
        "createDate": iso(created), "updateDate": iso(created),
        "policyVersionList": [version("v1", actions, created)],
    });
    Resource::new(place, "AWS::IAM::Policy", &id, body)
        .named(name)
        .with_arn(arn)
        .born(created)
        .global()
}

/// A version of a policy, its document URL-encoded.
pub(crate) fn version(name: &str, actions: &[&str], created: Millis) -> Value {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": "*"},
    ]});
    json!({
        "document": url_encode(&document.to_string()), "versionId": name, "isDefaultVersion": true,
        "createDate": iso(created),
    })
}

/// A trail that logs.
pub(crate) fn trail(place: Place, name: &str, bucket: &str) -> Resource {
    let arn = place.arn("cloudtrail", &format!("trail/{name}"));
    let body = json!({
        "name": name, "s3BucketName": bucket, "includeGlobalServiceEvents": true,
        "isMultiRegionTrail": true, "homeRegion": place.region, "trailARN": arn,
        "logFileValidationEnabled": true, "hasCustomEventSelectors": false,
        "hasInsightSelectors": false, "isOrganizationTrail": false,
    });
    Resource::new(place, "AWS::CloudTrail::Trail", name, body)
        .named(name)
        .with_arn(arn)
        .zone("Regional")
        .with_supplementary(json!({"Tags": [], "TrailStatus": {"isLogging": true}}))
}

/// Switches a trail's logging on or off.
pub(crate) fn logging(trail: &mut Resource, on: bool) {
    trail.supplement("/TrailStatus/isLogging", json!(on));
    trail.set("/logFileValidationEnabled", json!(on));
}

/// The configuration recorder of a region: no ARN and no zone.
pub(crate) fn recorder(place: Place, daily: &[&str]) -> Resource {
    let overrides: Vec<Value> = if daily.is_empty() {
        Vec::new()
    } else {
        vec![json!({"Description": "", "RecordingFrequency": "DAILY", "ResourceTypes": daily})]
    };
    let body = json!({
        "Id": "default", "Name": "default", "Recording": true,
        "RoleARN": place.iam_arn("role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"),
        "RecordingGroup": {"AllSupported": true, "IncludeGlobalResourceTypes": true, "ResourceTypes": [],
            "ExclusionByResourceTypes": {"ResourceTypes": []},
            "RecordingStrategy": {"UseOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}},
        "RecordingMode": {"RecordingFrequency": "CONTINUOUS", "RecordingModeOverrides": overrides},
        "RecordingScope": "PAID",
    });
    let mut recorder = Resource::new(place, "AWS::Config::ConfigurationRecorder", "default", body)
        .named("default");
    recorder.zone = None;
    recorder
}

/// An alarm; its state's moment is one of the things that AWS itself moves.
pub(crate) fn alarm(place: Place, name: &str, metric: &str, updated: Millis) -> Resource {
    let arn = place.arn("cloudwatch", &format!("alarm:{name}"));
    let body = json!({
        "alarmName": name, "alarmArn": arn, "alarmConfigurationUpdatedTimestamp": updated,
        "actionsEnabled": true, "okactions": [], "alarmActions": [place.arn("sns", "alerts")],
        "insufficientDataActions": [], "metricName": metric, "namespace": "CloudTrailMetrics",
        "statistic": "Sum", "dimensions": [], "period": 300, "evaluationPeriods": 1, "threshold": 1,
        "comparisonOperator": "GreaterThanOrEqualToThreshold", "stateTransitionedTimestamp": updated,
    });
    Resource::new(place, "AWS::CloudWatch::Alarm", name, body)
        .named(name)
        .with_arn(arn)
}

/// A `GuardDuty` detector (`PascalCase`).
pub(crate) fn detector(place: Place) -> Resource {
    let id = hex(&format!("detector {}", place.region), 32);
    let arn = place.arn("guardduty", &format!("detector/{id}"));
    let body = json!({
        "Id": id, "Enable": true, "FindingPublishingFrequency": "SIX_HOURS", "Tags": [],
        "DataSources": {"S3Logs": {"Enable": true}, "Kubernetes": {"AuditLogs": {"Enable": false}},
            "MalwareProtection": {"ScanEc2InstanceWithFindings": {"EbsVolumes": false}}},
    });
    Resource::new(place, "AWS::GuardDuty::Detector", &id, body)
        .with_arn(arn)
        .zone("Regional")
}

/// What a rule makes of a resource.
pub(crate) fn compliance(
    place: Place,
    kind: &str,
    id: &str,
    rule: &str,
    verdict: &str,
) -> Resource {
    let body = json!({
        "complianceType": verdict, "targetResourceId": id, "targetResourceType": kind,
        "configRuleList": [{
            "configRuleId": format!("config-rule-{}", hex(rule, 6)), "configRuleName": rule,
            "configRuleArn": place.arn("config", &format!("config-rule/config-rule-{}", hex(rule, 6))),
            "complianceType": verdict,
        }],
    });
    let mut compliance = Resource::new(
        place,
        "AWS::Config::ResourceCompliance",
        &format!("{kind}/{id}"),
        body,
    )
    .related(kind, id, "Is associated with ");
    compliance.zone = None;
    compliance
}
