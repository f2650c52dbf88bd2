//! November 2024 of the production account: exactly the month of a published article.
//!
//! Four keyspaces with two items each, 32 functions, one service-linked role, one bucket, and
//! nothing else, whether the month is taken in UTC or in Tokyo.

use serde_json::json;

use super::compute::{release, touch};
use super::data::{bucket, keyspace};
use super::places::PRODUCTION;
use super::plan::Plan;
use super::production::{FUNCTIONS, HOME, function_key};
use super::resource::Resource;
use super::security::{managed, role_id, service_role};
use super::time::{MINUTE, Millis, at};

const COST_ROLE: &str = "AWSServiceRoleForCostOptimizationHub";

/// The releases, the first one reaching every function with five items or more, and so on.
const RELEASES: [&str; 5] = [
    "2024-11-05 02:20",
    "2024-11-12 02:30",
    "2024-11-14 08:10",
    "2024-11-19 02:25",
    "2024-11-26 02:40",
];

/// The resource id of the service-linked role.
pub(crate) fn cost_role_id() -> String {
    role_id(HOME, COST_ROLE)
}

/// Tells the month.
pub(crate) fn tell(plan: &mut Plan) {
    for (position, (name, ..)) in FUNCTIONS.into_iter().enumerate() {
        let items = items_of(position);
        let target = function_key(HOME, name);
        // A function of one item takes its turn in any of the releases.
        let turns = (0..items).map(|turn| (turn * 5 / items + position) % 5);
        for (number, turn) in turns.enumerate() {
            let start = RELEASES.get(turn).map_or(0, |moment| at(moment));
            plan.update(start, &target, move |function| {
                change(function, position, number);
            });
        }
    }
    keyspaces(plan);
    costs(plan);
}

/// 67 items over 32 functions.
fn items_of(position: usize) -> usize {
    match position {
        0 | 5 => 5,
        6 | 9 | 10 => 4,
        1 | 2 | 7 | 11 | 26 => 3,
        3 | 8 | 12 | 14 | 18 | 21 | 24 | 28 => 2,
        _ => 1,
    }
}

/// Mostly real settings; some that only Lambda itself moved.
fn change(function: &mut Resource, position: usize, number: usize) {
    match (position + 2 * number) % 6 {
        0 => {
            let runtime = function
                .configuration
                .get("runtime")
                .and_then(|value| value.as_str());
            let newer = match runtime {
                Some(runtime) if runtime.starts_with("python") => "python3.12",
                Some(runtime) if runtime.starts_with("java") => "java21",
                _ => "nodejs20.x",
            };
            function.set("/runtime", json!(newer));
            release(function);
        }
        1 => {
            function.add("/memorySize", 256);
            touch(function);
        }
        2 | 3 => release(function),
        4 if position.is_multiple_of(4) => {
            function.add("/timeout", 15);
            touch(function);
        }
        4 => touch(function),
        _ => {
            function.set("/architectures", json!(["arm64"]));
            release(function);
        }
    }
}

/// The recorder learns a type: what was always there is seen for the first time, and once more
/// when the type's description grows.
fn keyspaces(plan: &mut Plan) {
    let (first, second) = (at("2024-11-13 01:20"), at("2024-11-21 07:35"));
    for name in [
        "system",
        "system_multiregion_info",
        "system_schema",
        "system_schema_mcs",
    ] {
        let keyspace = plan.discover(first, keyspace(HOME, name));
        if matches!(name, "system" | "system_schema") {
            plan.same(second, &keyspace);
        } else {
            plan.update(second, &keyspace, |keyspace| {
                keyspace.set(
                    "/ReplicationSpecification",
                    json!({"ReplicationStrategy": "SINGLE_REGION"}),
                );
            });
        }
    }
}

/// The Cost Optimization Hub is enabled and a cost export set up.
fn costs(plan: &mut Plan) {
    let enabled: Millis = at("2024-11-20 05:10");
    let service = "cost-optimization-hub.bcm";
    let mut role = service_role(HOME, COST_ROLE, service, enabled - MINUTE);
    let path = format!("role/aws-service-role/{service}.amazonaws.com/{COST_ROLE}");
    role.arn = Some(HOME.iam_arn(&path));
    role.set("/arn", json!(HOME.iam_arn(&path)));
    role.set(
        "/path",
        json!(format!("/aws-service-role/{service}.amazonaws.com/")),
    );
    role.set("/rolePolicyList", json!([]));
    role.set(
        "/attachedManagedPolicies",
        managed("CostOptimizationHubServiceRolePolicy"),
    );
    plan.discover(enabled, role);
    let name = format!("example-cost-export-{PRODUCTION}");
    let made = at("2024-11-20 05:35");
    plan.discover(made, bucket(HOME, &name, made - MINUTE));
}
