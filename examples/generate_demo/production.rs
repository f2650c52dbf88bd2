//! The production account: what it has, and what an ordinary month does to it.

use serde_json::json;

use super::compute::{deploy, function, release, revise, service_of, task_definition, touch};
use super::data::{bucket, certificate, database, key, queue, table, topic};
use super::network::{Site, ec2_id, group, instance, interface, rule, subnet, volume, vpc};
use super::places::{PRODUCTION, Place, TOKYO, VIRGINIA};
use super::plan::Plan;
use super::resource::{Key, global_key, key_of};
use super::security::{inline, policy, recorder, role_id, service_role, trail, user};
use super::text::pick;
use super::time::{HOUR, MINUTE, MONTHS, at, on};

/// Production in its home region.
pub(crate) const HOME: Place = Place::new(PRODUCTION, TOKYO);
/// Production's second region.
pub(crate) const SECOND: Place = Place::new(PRODUCTION, VIRGINIA);
/// Where its instances stand.
pub(crate) const SITE: Site = Site {
    vpc: "prod-vpc",
    subnet: "prod-app-a",
    group: "prod-app",
};

/// Its functions: name, runtime at first, memory.
pub(crate) const FUNCTIONS: [(&str, &str, u32); 32] = [
    ("orders-create", "python3.8", 512),
    ("orders-cancel", "python3.8", 256),
    ("orders-status", "python3.8", 256),
    ("orders-export", "python3.9", 1024),
    ("orders-archive", "python3.9", 512),
    ("payments-authorize", "java11", 1024),
    ("payments-capture", "java11", 1024),
    ("payments-refund", "java11", 1024),
    ("payments-webhook", "nodejs16.x", 256),
    ("payments-reconcile", "python3.9", 2048),
    ("catalog-search", "nodejs16.x", 512),
    ("catalog-index", "nodejs16.x", 1024),
    ("catalog-images", "python3.9", 2048),
    ("catalog-prices", "nodejs18.x", 256),
    ("customers-signup", "nodejs18.x", 256),
    ("customers-profile", "nodejs18.x", 256),
    ("customers-erase", "python3.9", 512),
    ("customers-export", "python3.9", 1024),
    ("shipping-labels", "python3.9", 512),
    ("shipping-rates", "python3.9", 256),
    ("shipping-tracking", "nodejs18.x", 256),
    ("inventory-sync", "python3.9", 512),
    ("inventory-alerts", "python3.9", 128),
    ("mail-templates", "nodejs18.x", 256),
    ("mail-send", "nodejs18.x", 256),
    ("mail-bounces", "nodejs18.x", 128),
    ("reports-daily", "python3.9", 1024),
    ("reports-monthly", "python3.9", 2048),
    ("auth-token", "nodejs18.x", 256),
    ("auth-refresh", "nodejs18.x", 256),
    ("edge-redirects", "nodejs18.x", 128),
    ("ops-cleanup", "python3.9", 128),
];

/// The key of a function.
pub(crate) fn function_key(place: Place, name: &str) -> Key {
    key_of(place, "AWS::Lambda::Function", name)
}

/// Tells the account's story, but for November 2024 and the incidents.
pub(crate) fn tell(plan: &mut Plan) {
    begin(plan);
    for month in MONTHS {
        if month != (2023, 11) && month != (2024, 11) {
            releases(plan, month);
            network(plan, month);
            upkeep(plan, month);
        }
    }
    plan.snapshot(at("2023-11-30 18:00"), HOME);
    plan.snapshot(at("2024-05-31 18:00"), HOME);
    plan.snapshot(at("2024-10-31 18:00"), HOME);
}

/// The recorders are switched on and see everything at once.
fn begin(plan: &mut Plan) {
    let (start, old) = (at("2023-11-06 09:15"), at("2022-04-11 02:30"));
    plan.discover(start, recorder(HOME, &[]));
    plan.discover(start, vpc(HOME, "prod-vpc", "10.20.0.0/16"));
    for (label, letter, cidr) in [
        ("prod-app-a", 'a', "10.20.0.0/20"),
        ("prod-app-c", 'c', "10.20.16.0/20"),
        ("prod-db-a", 'a', "10.20.32.0/20"),
    ] {
        plan.discover(start, subnet(HOME, label, "prod-vpc", letter, cidr));
    }
    for (name, port, cidr) in [
        ("prod-web", 443, "0.0.0.0/0"),
        ("prod-app", 8080, "10.20.0.0/16"),
        ("prod-db", 5432, "10.20.0.0/19"),
    ] {
        let ingress = [rule("tcp", Some(port), cidr, "service")];
        plan.discover(start, group(HOME, name, "prod-vpc", &ingress));
    }
    for label in ["prod-app-1", "prod-batch-1"] {
        plan.discover(start, instance(HOME, label, "m5.large", SITE, old));
        plan.discover(start, volume(HOME, label, 100, old));
    }
    for (name, runtime, memory) in FUNCTIONS {
        plan.discover(start + MINUTE, function(HOME, name, runtime, memory, old));
        let role = service_role(HOME, &format!("{name}-role"), "lambda", old);
        if matches!(
            name,
            "orders-create" | "payments-capture" | "auth-token" | "ops-cleanup"
        ) {
            plan.discover(start + MINUTE, role);
        }
    }
    for name in ["orders", "invoices", "catalog-images", "archive"] {
        plan.discover(
            start,
            bucket(HOME, &format!("example-{name}-{PRODUCTION}"), old),
        );
    }
    for name in ["prod-orders", "prod-customers"] {
        plan.discover(start, database(HOME, name, "db.m6g.large", old));
        plan.discover(start, table(HOME, &format!("{name}-sessions"), old));
    }
    plan.discover(start, queue(HOME, "orders-events", old));
    plan.discover(start, topic(HOME, "alerts"));
    plan.discover(start, key(HOME, "prod data", old));
    plan.discover(start, key(HOME, "archive", old));
    plan.discover(
        start,
        trail(HOME, "prod-trail", "example-org-trail-777788889999"),
    );
    plan.discover(start, task_definition(HOME, "storefront", None));
    let subnet = ec2_id("subnet", "prod-app-a");
    plan.discover(
        start,
        service_of(HOME, "storefront", &subnet, &ec2_id("sg", "prod-app")),
    );
    plan.discover(start, user(HOME, "deploy-bot", "PowerUserAccess", old));
    plan.discover(
        start,
        policy(HOME, "deploy-boundary", &["s3:*", "lambda:*", "ecs:*"], old),
    );
    for name in ["deployer", "break-glass"] {
        plan.discover(start, service_role(HOME, name, "codebuild", old));
    }
    let start = at("2023-11-06 09:45");
    plan.discover(start, recorder(SECOND, &[]));
    plan.discover(start, certificate(SECOND, "shop.example.com", old));
    plan.discover(
        start,
        bucket(SECOND, &format!("example-edge-logs-{PRODUCTION}"), old),
    );
}

/// Two releases a month: some functions, and the storefront with its task definition.
fn releases(plan: &mut Plan, month: (i16, u8)) {
    let months = usize::from(month.1) + if month.0 == 2024 { 12 } else { 0 };
    for (turn, first, clock) in [(0, 4, "02:20"), (1, 17, "04:40")] {
        let label = format!("release {month:?} {turn}");
        let start = on(month, first + pick(&label, 5), clock);
        for (name, ..) in FUNCTIONS {
            let target = function_key(HOME, name);
            match pick(&format!("{label} {name}"), 7) {
                0 => plan.update(start, &target, release),
                1 if turn == 1 => plan.update(start, &target, touch),
                _ => {}
            }
        }
        let revision = 2 * months + turn;
        let task = key_of(HOME, "AWS::ECS::TaskDefinition", "storefront");
        plan.update(start + 6 * MINUTE, &task, move |task| {
            revise(task, revision);
        });
        let arn = HOME.arn("ecs", "service/main/storefront");
        let service = key_of(HOME, "AWS::ECS::Service", &arn);
        plan.update(start + 6 * MINUTE, &service, move |service| {
            deploy(service, revision);
        });
    }
}

/// An instance is patched and another comes and goes; the network echoes both.
fn network(plan: &mut Plan, month: (i16, u8)) {
    let label = format!("patch {month:?}");
    let start = on(month, 10 + pick(&label, 4), "13:20");
    let patched = key_of(HOME, "AWS::EC2::Instance", &ec2_id("i", "prod-app-1"));
    let group = key_of(HOME, "AWS::EC2::SecurityGroup", &ec2_id("sg", "prod-app"));
    let subnet = key_of(HOME, "AWS::EC2::Subnet", &ec2_id("subnet", "prod-app-a"));
    let vpc = key_of(HOME, "AWS::EC2::VPC", &ec2_id("vpc", "prod-vpc"));
    let image = ec2_id("ami", &label);
    plan.update(start, &patched, move |instance| {
        instance.set("/imageId", json!(image));
    });

    let name = format!("prod-batch-{}-{}", month.0, month.1);
    let (id, eni) = (ec2_id("i", &name), ec2_id("eni", &name));
    let (up, down) = (start + 20 * MINUTE, start + 3 * HOUR);
    let worker = plan.discover(up, instance(HOME, &name, "c5.xlarge", SITE, up - MINUTE));
    let interface = plan.discover(up, interface(HOME, &name, SITE));
    plan.delete(down, &worker);
    plan.delete(down, &interface);
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
}

/// What is done now and then: roles, tags, capacity, database settings, certificates.
fn upkeep(plan: &mut Plan, month: (i16, u8)) {
    let even = month.1.is_multiple_of(2);
    let day = 14 + pick(&format!("upkeep {month:?}"), 3);
    let start = on(month, day, "05:30");
    let actions = if even {
        ["s3:GetObject", "s3:PutObject"]
    } else {
        ["s3:GetObject", "sqs:SendMessage"]
    };
    let role = global_key(HOME, "AWS::IAM::Role", &role_id(HOME, "deployer"));
    plan.update(start, &role, move |role| {
        role.set("/rolePolicyList", inline("deploy", &actions));
    });
    let bucket = key_of(
        HOME,
        "AWS::S3::Bucket",
        &format!("example-orders-{PRODUCTION}"),
    );
    let review = format!("{}-{:02}", month.0, month.1);
    plan.update(start, &bucket, move |bucket| {
        bucket.retag("last-review", &review);
    });

    let sessions = key_of(HOME, "AWS::DynamoDB::Table", "prod-orders-sessions");
    let units = if even { 40 } else { 10 };
    plan.update(start, &sessions, move |table| {
        table.set("/provisionedThroughput/readCapacityUnits", json!(units));
    });
    plan.same(start + 30 * MINUTE, &sessions);

    let name = if even {
        "prod-orders"
    } else {
        "prod-customers"
    };
    let database = database(HOME, name, "", 0).key();
    let minor = 4 + month.1 / 3;
    plan.update(on(month, day, "06:40"), &database, move |database| {
        database.set("/engineVersion", json!(format!("15.{minor}")));
        database.set("/allocatedStorage", json!(100 + 10 * u32::from(minor)));
    });
    if even {
        let certificate = certificate(SECOND, "shop.example.com", 0).key();
        plan.update(on(month, 20, "11:00"), &certificate, move |certificate| {
            certificate.add("/renewalCount", 1);
        });
    }
}
