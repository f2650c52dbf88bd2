//! What an ordinary month does to the staging account.

use serde_json::json;

use super::compute::{deploy, function, release, revise, touch};
use super::data::{bucket, queue, table};
use super::network::{ec2_id, instance, interface};
use super::places::STAGING;
use super::plan::Plan;
use super::resource::{Resource, global_key, key_of};
use super::security::{compliance, inline, role_id, user};
use super::staging::{BIDI_NAME, FUNCTIONS, HOME, IRISH, SECOND, SITE, TALKING_NAME, THIRD};
use super::text::pick;
use super::time::{HOUR, MINUTE, MONTHS, on};

/// Tells every month.
pub(crate) fn tell(plan: &mut Plan) {
    for (number, month) in MONTHS.into_iter().enumerate() {
        deploys(plan, month, 2 * number + 2);
        rebuild(plan, month);
        workers(plan, month);
        upkeep(plan, month);
        abroad(plan, month);
    }
}

/// Two deployments a month to the functions and the two services.
fn deploys(plan: &mut Plan, month: (i16, u8), revision: usize) {
    for (turn, day, clock) in [(0, 9, "01:40"), (1, 24, "03:10")] {
        let label = format!("stage {month:?} {turn}");
        let start = on(month, day + pick(&label, 3), clock);
        for name in FUNCTIONS {
            let target = key_of(HOME, "AWS::Lambda::Function", name);
            match pick(&format!("{label} {name}"), 3) {
                0 => plan.update(start, &target, release),
                1 => plan.update(start, &target, touch),
                _ => {}
            }
        }
        let name = if turn == 0 {
            "stg-storefront"
        } else {
            "stg-checkout"
        };
        let task = key_of(HOME, "AWS::ECS::TaskDefinition", name);
        let arn = HOME.arn("ecs", &format!("service/main/{name}"));
        let service = key_of(HOME, "AWS::ECS::Service", &arn);
        plan.update(start + 5 * MINUTE, &task, move |task| {
            revise(task, revision + turn);
        });
        plan.update(start + 5 * MINUTE, &service, move |it| {
            deploy(it, revision + turn);
        });
        plan.same(start + 25 * MINUTE, &service);
    }
}

/// The preview stack is torn down and built again: some deletions are recorded, some are not.
fn rebuild(plan: &mut Plan, month: (i16, u8)) {
    let start = on(month, 16, "08:10");
    let again = start + 50 * MINUTE;
    let born = again - MINUTE;
    let table = table(HOME, "stg-preview-sessions", born);
    plan.delete(start, &table.key());
    plan.discover(again, table);
    plan.discover(again, queue(HOME, "stg-preview-events", born));
    if month.1 % 2 == 1 {
        let bucket = bucket(HOME, &format!("example-stg-preview-{STAGING}"), born)
            .tag("Environment", "staging")
            .tag("environment", "Staging");
        plan.delete(start, &bucket.key());
        plan.discover(again, bucket);
    } else {
        plan.discover(again, function(HOME, "mail-send", "python3.11", 256, again));
    }
}

/// A worker comes and goes; its interface, subnet, group and network echo it.
fn workers(plan: &mut Plan, month: (i16, u8)) {
    let name = format!("stg-worker-{}-{}", month.0, month.1);
    let up = on(month, 20 + pick(&name, 3), "13:40");
    let down = up + 4 * HOUR;
    let (id, eni) = (ec2_id("i", &name), ec2_id("eni", &name));
    let worker = plan.discover(up, instance(HOME, &name, "t3.large", SITE, up - MINUTE));
    let interface = plan.discover(up, interface(HOME, &name, SITE));
    plan.delete(down, &worker);
    plan.delete(down, &interface);
    let group = key_of(HOME, "AWS::EC2::SecurityGroup", &ec2_id("sg", "stg-app"));
    let subnet = key_of(HOME, "AWS::EC2::Subnet", &ec2_id("subnet", "stg-app-a"));
    let vpc = key_of(HOME, "AWS::EC2::VPC", &ec2_id("vpc", "stg-vpc"));
    for (moment, amount) in [(up, -1), (down, 1)] {
        let (near, far, eni) = (id.clone(), id.clone(), eni.clone());
        plan.update(moment, &group, move |group| {
            group.toggle("AWS::EC2::Instance", &near, "Is associated with Instance");
        });
        plan.update(moment, &subnet, move |subnet| {
            subnet.add("/availableIpAddressCount", amount);
            subnet.toggle(
                "AWS::EC2::NetworkInterface",
                &eni,
                "Contains NetworkInterface",
            );
        });
        plan.update(moment, &vpc, move |vpc| {
            vpc.toggle("AWS::EC2::Instance", &far, "Contains Instance");
        });
    }
    // Addresses come free later, and nothing else is different.
    plan.update(down + 20 * MINUTE, &subnet, |subnet| {
        subnet.add("/availableIpAddressCount", 2);
    });
}

/// Roles, users, tags, texts, rules.
fn upkeep(plan: &mut Plan, month: (i16, u8)) {
    let even = month.1.is_multiple_of(2);
    let start = on(month, 12 + pick(&format!("staging {month:?}"), 3), "06:20");
    let actions = if even {
        ["s3:*", "ecs:*"]
    } else {
        ["s3:*", "lambda:*"]
    };
    let role = global_key(HOME, "AWS::IAM::Role", &role_id(HOME, "developer"));
    plan.update(start, &role, move |role| {
        role.set("/rolePolicyList", inline("develop", &actions));
    });
    let review = format!("{}-{:02}", month.0, month.1);
    let uploads = key_of(
        HOME,
        "AWS::S3::Bucket",
        &format!("example-stg-uploads-{STAGING}"),
    );
    plan.update(start, &uploads, move |bucket| {
        bucket.retag("last-review", &review);
    });

    let judge = "s3-bucket-level-public-access-prohibited";
    for name in ["uploads", "artifacts"] {
        let id = format!("example-stg-{name}-{STAGING}");
        let verdict = if even || name == "uploads" {
            "COMPLIANT"
        } else {
            "NON_COMPLIANT"
        };
        let verdict = compliance(HOME, "AWS::S3::Bucket", &id, judge, verdict);
        if month == (2023, 11) {
            plan.discover(start + 10 * MINUTE, verdict);
        } else {
            let key = verdict.key();
            plan.update(start + 10 * MINUTE, &key, |it| {
                it.configuration = verdict.configuration;
            });
        }
    }
    if even {
        // Two recorders report one state of a user, a moment apart.
        let user = user(HOME, "ci-runner", "", 0).key();
        plan.update(start + 20 * MINUTE, &user, move |user| {
            user.retag("key-rotated", &format!("{}-{}", month.0, month.1));
        });
        plan.repeat(start + 21 * MINUTE, &user);
        let alarm = key_of(HOME, "AWS::CloudWatch::Alarm", BIDI_NAME);
        plan.update(start + 30 * MINUTE, &alarm, |alarm| {
            let now = alarm.now;
            alarm.set("/stateTransitionedTimestamp", json!(now));
        });
    } else {
        let snapshot = format!("stg-orders-before-{}-{}", month.0, month.1);
        let body = json!({});
        let unrecorded = Resource::new(HOME, "AWS::RDS::DBSnapshot", &snapshot, body);
        plan.not_recorded(start + 20 * MINUTE, unrecorded);
        let group = key_of(HOME, "AWS::EC2::SecurityGroup", &ec2_id("sg", TALKING_NAME));
        plan.update(start + 30 * MINUTE, &group, move |group| {
            group.set(
                "/description",
                json!(format!("reviewed {}-{:02}", month.0, month.1)),
            );
        });
    }
}

/// The second and the third region, which do little.
fn abroad(plan: &mut Plan, month: (i16, u8)) {
    let results = key_of(
        SECOND,
        "AWS::S3::Bucket",
        &format!("example-load-results-{STAGING}"),
    );
    plan.update(on(month, 13, "15:30"), &results, move |bucket| {
        bucket.retag("last-run", &format!("{}-{:02}", month.0, month.1));
    });
    let instance = key_of(THIRD, "AWS::EC2::Instance", &ec2_id("i", "stg-eu-1"));
    let subnet = key_of(THIRD, "AWS::EC2::Subnet", &ec2_id("subnet", IRISH.subnet));
    let start = on(month, 21, "10:15");
    let image = ec2_id("ami", &format!("{month:?}"));
    plan.update(start, &instance, move |instance| {
        instance.set("/imageId", json!(image));
    });
    let second = ec2_id("eni", &format!("eu {month:?}"));
    plan.update(start, &subnet, move |subnet| {
        subnet.toggle(
            "AWS::EC2::NetworkInterface",
            &second,
            "Contains NetworkInterface",
        );
    });
}
