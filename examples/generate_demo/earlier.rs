//! The incidents before November 2024, and the stack that November takes away.

use serde_json::json;

use super::compute::{function, release};
use super::data::{database, key, queue, table};
use super::network::{Site, ec2_id, group, instance, rule, subnet, volume, vpc};
use super::places::{PRODUCTION, Place};
use super::plan::Plan;
use super::production::{HOME as PROD, function_key};
use super::resource::{Key, key_of};
use super::security::{logging, managed, recorder, user};
use super::staging::{HOME as STAGE, SECOND as STAGE_VIRGINIA, SITE};
use super::time::{HOUR, MINUTE, Millis, at};

/// Plants them.
pub(crate) fn tell(plan: &mut Plan) {
    production(plan);
    staging(plan);
}

fn production(plan: &mut Plan) {
    let bot = user(PROD, "deploy-bot", "", 0).key();
    plan.update(at("2024-02-20 17:50"), &bot, |user| {
        user.set("/attachedManagedPolicies", managed("AdministratorAccess"));
    });
    plan.update(at("2024-02-22 01:15"), &bot, |user| {
        user.set("/attachedManagedPolicies", managed("PowerUserAccess"));
    });
    open(
        plan,
        &group_key(PROD, "prod-db"),
        5432,
        at("2024-03-14 07:25"),
        at("2024-03-14 09:40"),
    );
    plan.update(
        at("2024-04-17 02:00"),
        &recorder(PROD, &[]).key(),
        |recorder| {
            let excluded = json!(["AWS::SSM::ManagedInstanceInventory"]);
            recorder.set(
                "/RecordingGroup/ExclusionByResourceTypes/ResourceTypes",
                excluded,
            );
            recorder.set("/RecordingGroup/AllSupported", json!(false));
            let strategy = json!("EXCLUSION_BY_RESOURCE_TYPES");
            recorder.set("/RecordingGroup/RecordingStrategy/UseOnly", strategy);
        },
    );
    let trail = key_of(PROD, "AWS::CloudTrail::Trail", "prod-trail");
    plan.update(at("2024-07-09 18:40"), &trail, |trail| {
        logging(trail, false);
    });
    plan.update(at("2024-07-09 19:20"), &trail, |trail| logging(trail, true));
    let archive = key(PROD, "archive", 0).key();
    plan.update(at("2024-08-18 15:05"), &archive, |key| {
        key.set("/keyState", json!("PendingDeletion"));
        key.set("/enabled", json!(false));
        let deletion = key.now + 7 * 24 * HOUR;
        key.set("/deletionDate", json!(deletion));
    });
    plan.update(at("2024-08-20 00:30"), &archive, |key| {
        key.set("/keyState", json!("Enabled"));
        key.set("/enabled", json!(true));
        key.unset("deletionDate");
    });
    let invoices = key_of(
        PROD,
        "AWS::S3::Bucket",
        &format!("example-invoices-{PRODUCTION}"),
    );
    plan.update(at("2024-09-25 03:45"), &invoices, |bucket| {
        bucket.supplement("/BucketVersioningConfiguration/status", json!("Suspended"));
    });
    let sync = function_key(PROD, "inventory-sync");
    for turn in 0..14 {
        plan.update(at("2024-10-08 08:00") + turn * 20 * MINUTE, &sync, release);
    }
}

fn staging(plan: &mut Plan) {
    let orders = database(STAGE, "stg-orders", "", 0).key();
    plan.update(at("2024-01-23 04:10"), &orders, |database| {
        database.set("/backupRetentionPeriod", json!(0));
    });
    // Costly instances in a region for load tests, for five hours of a Saturday night.
    let start = at("2024-05-11 15:30");
    for number in 1..=3 {
        let label = format!("gpu-{number}");
        let started = start - MINUTE;
        let gpu = plan.discover(
            start,
            instance(STAGE_VIRGINIA, &label, "p3.8xlarge", SITE, started),
        );
        plan.delete(start + 5 * HOUR, &gpu);
    }
    // The load test's stack, built in September and gone at once in November.
    let (built, gone) = (at("2024-09-10 13:30"), at("2024-11-26 16:05"));
    let born = built - MINUTE;
    let site = Site {
        vpc: "load-vpc",
        subnet: "load-a",
        group: "load-workers",
    };
    let place = STAGE_VIRGINIA;
    let mut stack = vec![
        vpc(place, "load-vpc", "10.80.0.0/16"),
        subnet(place, "load-a", "load-vpc", 'a', "10.80.0.0/20"),
        group(
            place,
            "load-workers",
            "load-vpc",
            &[rule("tcp", Some(8089), "10.80.0.0/16", "load")],
        ),
        group(
            place,
            "load-targets",
            "load-vpc",
            &[rule("tcp", Some(443), "10.80.0.0/16", "load")],
        ),
        table(place, "load-results", born),
        table(place, "load-scenarios", born),
        queue(place, "load-jobs", born),
        queue(place, "load-failures", born),
    ];
    for number in 1..=6 {
        let label = format!("load-{number}");
        stack.push(instance(place, &label, "c5.2xlarge", site, born));
        stack.push(volume(place, &label, 50, born));
    }
    for name in ["load-start", "load-collect", "load-stop"] {
        stack.push(function(place, name, "python3.11", 256, built));
    }
    for resource in stack {
        let key = plan.discover(built, resource);
        plan.delete(gone, &key);
    }
}

/// The key of a security group known by its name.
pub(crate) fn group_key(place: Place, name: &str) -> Key {
    key_of(place, "AWS::EC2::SecurityGroup", &ec2_id("sg", name))
}

/// A port of a group is open to the world for a while.
pub(crate) fn open(plan: &mut Plan, group: &Key, port: u16, from: Millis, to: Millis) {
    plan.update(from, group, move |group| {
        let before = group.configuration.pointer("/ipPermissions/0").cloned();
        let world = rule("tcp", Some(port), "0.0.0.0/0", "temporary");
        group.set("/ipPermissions", json!([before, world]));
    });
    plan.update(to, group, |group| {
        let before = group.configuration.pointer("/ipPermissions/0").cloned();
        group.set("/ipPermissions", json!([before]));
    });
}
