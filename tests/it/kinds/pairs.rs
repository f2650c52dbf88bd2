//! Successive items of real types, pair by pair as a careful person would call them.

mod compute;
mod stores;

use serde_json::{Value, json};

use super::{AFTER, BEFORE, kinds};
use crate::support::{
    lake::{TestLake, with},
    states::{deliver, later, of},
};

/// The item before, what differs in the next, and what that is.
struct Pair {
    id: &'static str,
    before: Value,
    fields: Value,
    kind: &'static str,
}

fn pair(
    id: &'static str,
    resource_type: &str,
    body: Value,
    fields: Value,
    kind: &'static str,
) -> Pair {
    let before = of(resource_type, id, BEFORE, body);
    Pair {
        id,
        before,
        fields,
        kind,
    }
}

/// A pair whose `configuration` differs at one JSON pointer.
fn moved(
    id: &'static str,
    resource_type: &str,
    body: &Value,
    (at, value): (&str, Value),
    kind: &'static str,
) -> Pair {
    let mut after = body.clone();
    *after.pointer_mut(at).unwrap() = value;
    pair(
        id,
        resource_type,
        body.clone(),
        json!({"configuration": after}),
        kind,
    )
}

fn policy(principal: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": ["sts:AssumeRole"]},
    ]})
}

/// Writes every character but letters and digits in percent encoding.
fn percent(text: &str, upper: bool) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ if upper => format!("%{byte:02X}"),
        _ => format!("%{byte:02x}"),
    };
    text.bytes().map(one).collect()
}

fn pretty(policy: &Value) -> String {
    serde_json::to_string_pretty(policy).unwrap()
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn network() -> Vec<Pair> {
    let (group_type, subnet_type) = ("AWS::EC2::SecurityGroup", "AWS::EC2::Subnet");
    let rule = |port: u16, cidrs: &[&str]| {
        let ranges: Vec<Value> = cidrs.iter().map(|cidr| json!({"cidrIp": cidr})).collect();
        json!({
            "fromPort": port, "toPort": port, "ipProtocol": "tcp", "ipRanges": cidrs,
            "ipv4Ranges": ranges, "ipv6Ranges": [], "prefixListIds": [], "userIdGroupPairs": [],
        })
    };
    let group = |rules: Value| {
        json!({
            "groupId": "sg-1", "groupName": "web", "description": "web", "ownerId": "111122223333",
            "ipPermissions": rules, "ipPermissionsEgress": [], "tags": [], "vpcId": "vpc-1",
        })
    };
    let (web, admin) = (
        rule(443, &["10.0.0.0/8", "192.168.0.0/16"]),
        rule(22, &["10.0.0.0/8"]),
    );
    let swapped = rule(443, &["192.168.0.0/16", "10.0.0.0/8"]);
    let open = rule(22, &["10.0.0.0/8", "0.0.0.0/0"]);
    let subnet = json!({
        "subnetId": "subnet-1", "availableIpAddressCount": 4051, "cidrBlock": "10.20.0.0/20",
        "mapPublicIpOnLaunch": false, "state": "available", "tags": [],
    });
    let both = json!({"configuration": with(
        subnet.clone(), json!({"availableIpAddressCount": 4050, "mapPublicIpOnLaunch": true}),
    )});
    let endpoint = json!({
        "vpcEndpointId": "vpce-1", "state": "pending", "dnsEntries": [], "serviceName": "s3",
        "policyDocument": policy("*").to_string(),
    });
    let up = json!({"configuration": with(endpoint.clone(), json!({
        "state": "available", "dnsEntries": [{"dnsName": "vpce-1.s3", "hostedZoneId": "Z1"}],
    }))});
    let endpoint_type = "AWS::EC2::VPCEndpoint";
    let narrowed = policy("arn:aws:iam::111122223333:root").to_string();
    let gateway = json!({"natGatewayId": "nat-1", "state": "pending", "createTime": 1_730_000_000_000_u64, "subnetId": "subnet-1"});
    let related = json!({"relationships": [
        {"resourceType": "AWS::EC2::NetworkInterface", "resourceId": "eni-1", "name": "Is associated with NetworkInterface"},
    ]});
    let without_nulls = json!({"configuration": {"groupId": "sg-1", "groupName": "web"}});
    let with_nulls = json!({"groupId": "sg-1", "groupName": "web", "vpcId": null});
    vec![
        pair(
            "sg-opened",
            group_type,
            group(json!([web, admin])),
            json!({"configuration": group(json!([web, open]))}),
            "settings",
        ),
        pair(
            "sg-reordered",
            group_type,
            group(json!([web, admin])),
            json!({"configuration": group(json!([admin, swapped]))}),
            "identical",
        ),
        pair(
            "sg-rule-gone",
            group_type,
            group(json!([web, admin])),
            json!({"configuration": group(json!([web]))}),
            "settings",
        ),
        pair(
            "sg-echo",
            group_type,
            group(json!([web])),
            related,
            "relationships",
        ),
        pair(
            "sg-null-is-absent",
            group_type,
            with_nulls,
            without_nulls,
            "identical",
        ),
        moved(
            "subnet-count",
            subnet_type,
            &subnet,
            ("/availableIpAddressCount", json!(4050)),
            "volatile",
        ),
        pair(
            "subnet-count-and-setting",
            subnet_type,
            subnet.clone(),
            both,
            "settings",
        ),
        pair(
            "endpoint-up",
            endpoint_type,
            endpoint.clone(),
            up,
            "volatile",
        ),
        moved(
            "endpoint-policy-spaced",
            endpoint_type,
            &endpoint,
            ("/policyDocument", json!(pretty(&policy("*")))),
            "identical",
        ),
        moved(
            "endpoint-policy-narrowed",
            endpoint_type,
            &endpoint,
            ("/policyDocument", json!(narrowed)),
            "settings",
        ),
        moved(
            "nat-up",
            "AWS::EC2::NatGateway",
            &gateway,
            ("/state", json!("available")),
            "volatile",
        ),
    ]
}

#[test]
fn each_pair_is_called_by_its_kind() {
    let lake = TestLake::new();
    let mut pairs: Vec<Pair> = [network(), compute::pairs(), stores::pairs()]
        .into_iter()
        .flatten()
        .collect();
    pairs.sort_by_key(|pair| pair.id);
    for pair in &pairs {
        let after = later(&pair.before, AFTER, pair.fields.clone());
        deliver(&lake, pair.id, &[pair.before.clone(), after]);
    }
    let expected: Vec<String> = pairs
        .iter()
        .map(|pair| format!("{} {}", pair.id, pair.kind))
        .collect();
    assert_eq!(kinds(&lake, "2024-11"), expected);
}
