//! What the demo is there to be asked about. The lake's README lists it for readers.

use serde_json::json;

use super::audit::{HOME as AUDIT_HOME, SECOND as AUDIT_SECOND, THIRD as AUDIT_IRELAND};
use super::compute::release;
use super::data::{bucket_policy, database};
use super::earlier::{self, group_key, open};
use super::network::{Site, ec2_id, group, instance, interface, rule, subnet, volume, vpc};
use super::places::{AUDIT, STAGING, STRANGER};
use super::plan::Plan;
use super::production::{HOME as PROD, function_key};
use super::resource::{Resource, global_key, key_of};
use super::security::{logging, managed, recorder, role_id, trust, user};
use super::staging::HOME as STAGE;
use super::time::{MINUTE, Millis, at, iso};

/// Plants every incident.
pub(crate) fn tell(plan: &mut Plan) {
    earlier::tell(plan);
    staging_november(plan);
    audit_november(plan);
    month_ends(plan);
}

fn staging_november(plan: &mut Plan) {
    let orders = database(STAGE, "stg-orders", "", 0).key();
    for (moment, public) in [("2024-11-07 06:10", true), ("2024-11-08 02:00", false)] {
        plan.update(at(moment), &orders, move |database| {
            database.set("/publiclyAccessible", json!(public));
        });
    }
    let bastion = group_key(STAGE, "stg-bastion");
    open(
        plan,
        &bastion,
        22,
        at("2024-11-12 14:20"),
        at("2024-11-14 09:05"),
    );

    let arn = STAGE.arn("ecs", "service/main/stg-checkout");
    let checkout = key_of(STAGE, "AWS::ECS::Service", &arn);
    for turn in 0..24 {
        plan.update(
            at("2024-11-18 02:00") + turn * 12 * MINUTE,
            &checkout,
            move |service| {
                service.set("/DesiredCount", json!(if turn % 2 == 0 { 6 } else { 2 }));
            },
        );
    }
    let name = format!("example-stg-artifacts-{STAGING}");
    let artifacts = key_of(STAGE, "AWS::S3::Bucket", &name);
    plan.update(at("2024-11-19 11:10"), &artifacts, |bucket| {
        bucket.unsupplement("PublicAccessBlockConfiguration");
    });
    plan.update(at("2024-11-19 11:14"), &artifacts, move |bucket| {
        let policy = bucket_policy(&name, "Allow", "s3:GetObject");
        bucket.supplement("/BucketPolicy/policyText", json!(policy));
    });
    let workers = key_of(
        STAGE,
        "AWS::EC2::LaunchTemplate",
        &ec2_id("lt", "stg-workers"),
    );
    plan.update(at("2024-11-20 06:30"), &workers, |template| {
        template.set("/LatestVersionNumber", json!("2"));
        template.set("/LaunchTemplateData/InstanceType", json!("t3.xlarge"));
    });
    let import = global_key(
        STAGE,
        "AWS::IAM::Role",
        &role_id(STAGE, "stg-legacy-import"),
    );
    plan.update(at("2024-11-23 18:30"), &import, |role| {
        role.set("/attachedManagedPolicies", managed("AdministratorAccess"));
    });
    let talking = key_of(STAGE, "AWS::EC2::Instance", &ec2_id("i", "stg-legacy-1"));
    plan.update(at("2024-11-27 05:10"), &talking, |instance| {
        instance.set("/instanceType", json!("t3.medium"));
    });
    plan.discover(at("2024-11-28 04:45"), notebook());
}

/// The first resource of its type in the organisation.
fn notebook() -> Resource {
    let name = "stg-experiments";
    let arn = STAGE.arn("sagemaker", &format!("notebook-instance/{name}"));
    let body = json!({
        "NotebookInstanceName": name, "Id": arn, "InstanceType": "ml.t3.medium",
        "DirectInternetAccess": "Enabled", "RootAccess": "Enabled", "VolumeSizeInGB": 20,
        "PlatformIdentifier": "notebook-al2-v2", "Tags": [],
        "RoleArn": STAGE.iam_arn("role/developer"),
    });
    Resource::new(STAGE, "AWS::SageMaker::NotebookInstance", &arn, body)
        .named(name)
        .with_arn(arn.clone())
        .zone("Regional")
}

fn audit_november(plan: &mut Plan) {
    ireland(plan, at("2024-11-15 20:30"));
    // One night, from 03:05 in Tokyo.
    let auditor = global_key(
        AUDIT_HOME,
        "AWS::IAM::Role",
        &role_id(AUDIT_HOME, "OrgAuditReadOnly"),
    );
    plan.update(at("2024-11-21 18:05"), &auditor, |role| {
        let principals = json!({"AWS": [
            format!("arn:aws:iam::{AUDIT}:root"), format!("arn:aws:iam::{STRANGER}:root"),
        ]});
        role.set("/assumeRolePolicyDocument", trust(&principals));
    });
    let made = at("2024-11-21 18:10");
    let helper = user(
        AUDIT_HOME,
        "tmp-support",
        "AdministratorAccess",
        made - MINUTE,
    );
    let helper = plan.discover(made, helper);
    plan.delete(at("2024-11-21 18:52"), &helper);
    let trail = key_of(AUDIT_HOME, "AWS::CloudTrail::Trail", "org-trail");
    plan.update(at("2024-11-21 18:20"), &trail, |trail| {
        logging(trail, false);
    });
    plan.update(at("2024-11-21 19:02"), &trail, |trail| logging(trail, true));
}

/// The audit account's first steps in Ireland, where nothing should ever happen.
fn ireland(plan: &mut Plan, start: Millis) {
    let place = AUDIT_IRELAND;
    let site = Site {
        vpc: "audit-eu-vpc",
        subnet: "audit-eu-a",
        group: "launch-wizard-1",
    };
    let started = start - MINUTE;
    plan.discover(start - 10 * MINUTE, recorder(place, &[]));
    plan.discover(start, vpc(place, site.vpc, "172.31.0.0/16"));
    plan.discover(
        start,
        subnet(place, site.subnet, site.vpc, 'a', "172.31.0.0/20"),
    );
    let ingress = [rule("tcp", Some(22), "0.0.0.0/0", "")];
    plan.discover(start, group(place, site.group, site.vpc, &ingress));
    for label in ["audit-eu-1", "audit-eu-2"] {
        plan.discover(start, instance(place, label, "g5.2xlarge", site, started));
        plan.discover(start, volume(place, label, 200, started));
        plan.discover(start, interface(place, label, site));
    }
}

/// Items captured just before midnight UTC of a month's last day: they are delivered on the first
/// of the next month, and belong to that month in Tokyo.
fn month_ends(plan: &mut Plan) {
    let trail = key_of(
        AUDIT_HOME,
        "AWS::S3::Bucket",
        &format!("example-org-trail-{AUDIT}"),
    );
    for moment in ["2023-12-31 23:55", "2024-10-31 23:47"] {
        let moment = at(moment);
        plan.update(moment, &trail, move |bucket| {
            bucket.retag("rotated", &iso(moment));
        });
    }
    for (moment, name) in [
        ("2024-02-29 23:50", "orders-create"),
        ("2024-06-30 16:10", "orders-status"),
        ("2024-11-30 23:52", "orders-create"),
    ] {
        plan.update(
            at(moment),
            &key_of(STAGE, "AWS::Lambda::Function", name),
            release,
        );
    }
    plan.update(
        at("2024-08-31 20:05"),
        &function_key(PROD, "ops-cleanup"),
        release,
    );
    plan.same(
        at("2024-11-30 22:40"),
        &super::security::detector(AUDIT_SECOND).key(),
    );
}
