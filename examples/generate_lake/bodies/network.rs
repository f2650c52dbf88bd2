//! Bodies of networks: interfaces, security groups, subnets, VPCs.

use serde_json::{Value, json};

use super::super::item::{related, tag_list};
use super::super::kind::Kind;
use super::super::random::{hash, hex, word};
use super::super::time::{SECOND, iso};
use super::{Body, Subject};

/// An address in the private range of a place.
pub(super) fn address(seed: u64) -> String {
    format!(
        "10.{}.{}.{}",
        seed >> 32 & 15,
        seed >> 40 & 255,
        seed >> 48 & 255
    )
}

/// A network interface.
pub(super) fn interface(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let (group, subnet) = (
        place.home(Kind::Group, seed),
        place.home(Kind::Subnet, seed),
    );
    let (instance, vpc) = (place.home(Kind::Instance, seed), place.home(Kind::Vpc, 0));
    let address = address(seed);
    let dns = format!(
        "ip-{}.{}.compute.internal",
        address.replace('.', "-"),
        place.region
    );
    let attachment = format!(
        "eni-attach-0{}",
        hex(hash(&[seed, resource.turns(2, 3)]), 16)
    );
    let body = json!({
        "association": null_free(seed, place.account.as_str()),
        "attachment": {
            "attachTime": iso(resource.born + 2 * SECOND),
            "attachmentId": attachment, "deleteOnTermination": resource.turns(0, 3) % 2 == 0,
            "deviceIndex": 0, "networkCardIndex": 0, "instanceId": place.id(instance),
            "instanceOwnerId": place.account,
            "status": word(&["attached", "attaching"], u64::from(resource.volatile)),
        },
        "availabilityZone": place.zone(seed),
        "description": format!("primary interface, revision {}", resource.turns(1, 3)),
        "groups": [{"groupName": place.given_name(group), "groupId": place.id(group)}],
        "interfaceType": "interface", "ipv6Addresses": [], "macAddress": mac(seed),
        "networkInterfaceId": subject.id, "ownerId": place.account,
        "privateDnsName": dns, "privateIpAddress": address, "ipv4Prefixes": [], "ipv6Prefixes": [],
        "privateIpAddresses": [{"primary": true, "privateDnsName": dns, "privateIpAddress": address}],
        "requesterId": format!("AROA{}:autoscaling", hex(seed, 12).to_uppercase()),
        "requesterManaged": false, "sourceDestCheck": true,
        "status": word(&["in-use", "available"], u64::from(resource.volatile)),
        "subnetId": place.id(subnet), "vpcId": place.id(vpc),
        "tagSet": tag_list(&subject.tags), "denyAllIgwTraffic": false,
    });
    let lasting = vec![
        related(place, subnet, "Is contained in Subnet"),
        related(place, vpc, "Is contained in Vpc"),
        related(place, group, "Is associated with SecurityGroup"),
    ];
    let zone = place.zone(seed);
    Body::new(subject, body).zoned(&zone).related(lasting)
}

fn null_free(seed: u64, account: &str) -> Value {
    if seed.is_multiple_of(3) {
        json!({"ipOwnerId": account, "publicIp": format!("203.0.113.{}", seed >> 5 & 255), "publicDnsName": ""})
    } else {
        json!({})
    }
}

fn mac(seed: u64) -> String {
    let digits: Vec<char> = hex(seed, 10).chars().collect();
    let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect()).collect();
    format!("0e:{}", pairs.join(":"))
}

/// A security group: its ranges stand twice in each rule, as texts and as objects.
pub(super) fn group(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let vpc = place.home(Kind::Vpc, 0);
    let rules = 4 + seed % 4;
    let ingress: Vec<Value> = (0..rules)
        .map(|rule| {
            let turns = resource.turns(u32::try_from(rule).unwrap_or(0), 8);
            permission(hash(&[seed, rule]), 1_000 + rule * 443, turns)
        })
        .collect();
    let turns: u64 = (4..8).map(|which| resource.turns(which, 8)).sum();
    let body = json!({
        "description": format!("Allows what {} needs, ticket {}", subject.name, 4_000 + turns),
        "groupName": subject.name, "ipPermissions": ingress, "ownerId": place.account,
        "groupId": subject.id,
        "ipPermissionsEgress": [{
            "ipProtocol": "-1", "ipv6Ranges": [], "prefixListIds": [], "userIdGroupPairs": [],
            "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}], "ipRanges": ["0.0.0.0/0"],
        }],
        "tags": tag_list(&subject.tags), "vpcId": place.id(vpc),
    });
    let lasting = vec![related(place, vpc, "Is contained in Vpc")];
    let name = subject.name.clone();
    Body::new(subject, body)
        .named(&name)
        .zoned("Not Applicable")
        .related(lasting)
}

fn permission(seed: u64, port: u64, turns: u64) -> Value {
    let ranges: Vec<String> = (0..2 + (seed + turns) % 3)
        .map(|range| {
            let mask = 16 + (seed + range) % 12;
            format!("10.{}.{}.0/{mask}", (seed >> 8 & 127) + turns % 97, range)
        })
        .collect();
    let described: Vec<Value> = ranges
        .iter()
        .map(|range| json!({"cidrIp": range, "description": format!("from {range}")}))
        .collect();
    json!({
        "fromPort": port, "ipProtocol": "tcp", "ipv6Ranges": [], "prefixListIds": [],
        "toPort": port, "userIdGroupPairs": [], "ipv4Ranges": described, "ipRanges": ranges,
    })
}

/// A subnet, whose count of free addresses follows what is in it.
pub(super) fn subnet(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let vpc = place.home(Kind::Vpc, 0);
    let free = 251 - (seed + u64::from(resource.volatile) * 7) % 200;
    let body = json!({
        "availabilityZone": place.zone(seed), "availabilityZoneId": format!("use1-az{}", seed % 6),
        "availableIpAddressCount": free, "cidrBlock": format!("10.{}.{}.0/24", seed & 15, seed >> 4 & 255),
        "defaultForAz": false, "enableLniAtDeviceIndex": 0, "mapPublicIpOnLaunch": resource.turns(0, 1) % 2 == 1,
        "mapCustomerOwnedIpOnLaunch": false, "state": "available", "subnetId": subject.id,
        "vpcId": place.id(vpc), "ownerId": place.account, "assignIpv6AddressOnCreation": false,
        "ipv6CidrBlockAssociationSet": [], "tags": tag_list(&subject.tags), "subnetArn": subject.arn,
        "enableDns64": false, "ipv6Native": false,
        "privateDnsNameOptionsOnLaunch": {"hostnameType": "ip-name",
            "enableResourceNameDnsARecord": false, "enableResourceNameDnsAAAARecord": false},
    });
    let lasting = vec![
        related(place, vpc, "Is contained in Vpc"),
        related(
            place,
            place.home(Kind::RouteTable, seed),
            "Is attached to RouteTable",
        ),
    ];
    let zone = place.zone(seed);
    Body::new(subject, body).zoned(&zone).related(lasting)
}

/// A VPC.
pub(super) fn vpc(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let options = format!("dopt-0{}", hex(hash(&[seed, resource.turns(0, 1)]), 16));
    let block = format!("10.{}.0.0/16", seed & 15);
    let body = json!({
        "cidrBlock": block, "dhcpOptionsId": options, "state": "available", "vpcId": subject.id,
        "ownerId": place.account, "instanceTenancy": "default", "ipv6CidrBlockAssociationSet": [],
        "cidrBlockAssociationSet": [{
            "associationId": format!("vpc-cidr-assoc-0{}", hex(seed, 16)), "cidrBlock": block,
            "cidrBlockState": {"state": "associated"},
        }],
        "isDefault": false, "tags": tag_list(&subject.tags),
    });
    let lasting = (0..4)
        .map(|subnet| place.home(Kind::Subnet, hash(&[seed, subnet])))
        .map(|subnet| related(place, subnet, "Contains Subnet"))
        .collect();
    Body::new(subject, body)
        .zoned("Multiple Availability Zones")
        .related(lasting)
}
