//! Bodies of machines: instances, their volumes, and the inventory of what runs on them.

use serde_json::{Value, json};

use super::super::item::{related, tag_list};
use super::super::kind::Kind;
use super::super::place::{Name, Place};
use super::super::random::{hash, hex, uuid, word};
use super::super::time::{MINUTE, SECOND, iso};
use super::network::address;
use super::{Body, Subject};

const SIZES: [&str; 7] = [
    "t3.medium",
    "m6i.large",
    "m6i.xlarge",
    "c6i.large",
    "r6i.large",
    "m7g.large",
    "t3.large",
];

/// An instance, which has its name in a tag only.
pub(super) fn instance(subject: Subject<'_>) -> Body {
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
    let (interface, vpc) = (place.home(Kind::Interface, seed), place.home(Kind::Vpc, 0));
    let volumes = [
        place.home(Kind::Volume, seed),
        place.home(Kind::Volume, !seed),
    ];
    let address = address(seed);
    let dns = format!(
        "ip-{}.{}.compute.internal",
        address.replace('.', "-"),
        place.region
    );
    let stopped = resource.turns(0, 5) % 2 == 1;
    let mut body = json!({
        "amiLaunchIndex": 0, "imageId": format!("ami-0{}", hex(seed >> 50, 16)),
        "instanceId": subject.id, "instanceType": word(&SIZES, seed + resource.turns(1, 5)),
        "kernelId": "", "keyName": format!("ops-{}", resource.turns(2, 5)),
        "launchTime": iso(resource.born),
        "monitoring": {"state": word(&["disabled", "enabled"], resource.turns(3, 5))},
        "placement": {"availabilityZone": place.zone(seed), "affinity": "", "groupName": "",
            "partitionNumber": 0, "hostId": "", "tenancy": "default", "spreadDomain": ""},
        "platform": "", "privateDnsName": dns, "privateIpAddress": address, "productCodes": [],
        "publicDnsName": "", "publicIpAddress": "", "ramdiskId": "",
        "state": {"code": if stopped { 80 } else { 16 }, "name": if stopped { "stopped" } else { "running" }},
        "stateTransitionReason": if stopped { "User initiated" } else { "" },
        "subnetId": place.id(subnet), "vpcId": place.id(vpc), "architecture": "x86_64",
    });
    append(&mut body, attachments(&subject, volumes, (&address, &dns)));
    append(&mut body, options(&subject));
    let mut lasting = vec![
        related(place, interface, "Contains NetworkInterface"),
        related(place, group, "Is associated with SecurityGroup"),
        related(place, subnet, "Is contained in Subnet"),
        related(place, vpc, "Is contained in Vpc"),
    ];
    lasting.extend(volumes.map(|volume| related(place, volume, "Is attached to Volume")));
    let zone = place.zone(seed);
    let created = resource.born;
    Body::new(subject, body)
        .zoned(&zone)
        .created(created)
        .related(lasting)
}

/// The volumes and the interface of an instance.
fn attachments(subject: &Subject<'_>, volumes: [Name; 2], address: (&str, &str)) -> Value {
    let Subject { place, seed, .. } = *subject;
    let (address, dns) = address;
    let group = place.home(Kind::Group, seed);
    let groups = json!([{"groupName": place.given_name(group), "groupId": place.id(group)}]);
    let attached = iso(subject.resource.born + 2 * SECOND);
    let mappings: Vec<Value> = ["/dev/xvda", "/dev/sdf"]
        .iter()
        .zip(volumes)
        .map(|(device, volume)| {
            json!({"deviceName": device, "ebs": {"attachTime": attached,
                "deleteOnTermination": true, "status": "attached", "volumeId": place.id(volume)}})
        })
        .collect();
    json!({
        "blockDeviceMappings": mappings, "securityGroups": groups,
        "networkInterfaces": [{
            "attachment": {"attachTime": attached, "attachmentId": format!("eni-attach-0{}", hex(seed, 16)),
                "deleteOnTermination": true, "deviceIndex": 0, "networkCardIndex": 0, "status": "attached"},
            "description": "", "groups": groups, "interfaceType": "interface", "ipv6Addresses": [],
            "macAddress": format!("0e:{}", hex(seed, 2)),
            "networkInterfaceId": place.home_id(Kind::Interface, seed),
            "ownerId": place.account, "privateDnsName": dns, "privateIpAddress": address,
            "privateIpAddresses": [{"primary": true, "privateDnsName": dns, "privateIpAddress": address}],
            "sourceDestCheck": true, "status": "in-use", "subnetId": place.home_id(Kind::Subnet, seed),
            "vpcId": place.home_id(Kind::Vpc, 0),
        }],
    })
}

/// What an instance says beside that.
fn options(subject: &Subject<'_>) -> Value {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = *subject;
    json!({
        "clientToken": uuid(seed), "ebsOptimized": true, "enaSupport": true, "hypervisor": "xen",
        "iamInstanceProfile": {"id": format!("AIPA{}", hex(seed, 17).to_uppercase()),
            "arn": place.iam_arn(&format!("instance-profile/{}", subject.name))},
        "instanceLifecycle": "", "elasticGpuAssociations": [],
        "elasticInferenceAcceleratorAssociations": [],
        "rootDeviceName": "/dev/xvda", "rootDeviceType": "ebs",
        "sourceDestCheck": true, "tags": tag_list(&subject.tags), "virtualizationType": "hvm",
        "cpuOptions": {"coreCount": 1, "threadsPerCore": 2},
        "capacityReservationSpecification": {"capacityReservationPreference": "open"},
        "hibernationOptions": {"configured": false}, "licenses": [],
        "metadataOptions": {"state": "applied",
            "httpTokens": word(&["required", "optional"], resource.turns(4, 5)),
            "httpPutResponseHopLimit": 2, "httpEndpoint": "enabled", "httpProtocolIpv6": "disabled",
            "instanceMetadataTags": "disabled"},
        "enclaveOptions": {"enabled": false}, "bootMode": "", "platformDetails": "Linux/UNIX",
        "usageOperation": "RunInstances", "usageOperationUpdateTime": iso(resource.born),
        "maintenanceOptions": {"autoRecovery": "default"},
    })
}

/// Adds the members of an object to those of another.
pub(super) fn append(body: &mut Value, rest: Value) {
    if let (Value::Object(members), Value::Object(rest)) = (body, rest) {
        members.extend(rest);
    }
}

/// A volume.
pub(super) fn volume(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let instance = place.home(Kind::Instance, seed);
    let state = word(&["in-use", "available"], u64::from(resource.volatile));
    let body = json!({
        "attachments": [{
            "attachTime": iso(resource.born + MINUTE), "device": "/dev/xvda",
            "instanceId": place.id(instance), "volumeId": subject.id,
            "state": word(&["attached", "detaching"], u64::from(resource.volatile)),
            "deleteOnTermination": true,
        }],
        "availabilityZone": place.zone(seed), "createTime": iso(resource.born), "encrypted": true,
        "kmsKeyId": place.arn("kms", &format!("key/{}", uuid(place.seed))),
        "outpostArn": "", "size": 20 + seed % 8 * 20 + resource.turns(0, 3) * 10,
        "snapshotId": format!("snap-0{}", hex(seed >> 48, 16)), "state": state, "volumeId": subject.id,
        "iops": 3_000 + resource.turns(1, 3) * 500, "tags": tag_list(&subject.tags),
        "volumeType": "gp3", "fastRestored": false, "multiAttachEnabled": false,
        "throughput": 125 + resource.turns(2, 3) * 25, "sseType": "",
    });
    let supplement = json!({
        "VolumeStatus": {"status": "ok", "details": [{"name": "io-enabled", "status": "passed"},
            {"name": "io-performance", "status": "not-applicable"}]},
        "AutoEnableIO": {"value": false},
    });
    let lasting = vec![related(place, instance, "Is attached to Instance")];
    let (zone, created) = (place.zone(seed), resource.born);
    Body::new(subject, body)
        .zoned(&zone)
        .created(created)
        .related(lasting)
        .supplemented(supplement)
}

/// Packages on a machine.
const PACKAGES: u64 = 236;

/// What is installed on a machine: by far the largest body, of which next to nothing changes.
pub(super) fn inventory(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let instance = Place::inventoried(resource.name);
    let applications: serde_json::Map<String, Value> = (0..PACKAGES)
        .map(|package| {
            let name = format!("lib{}{package}", hex(package, 4));
            let updates = u64::from(u64::from(resource.settings) % PACKAGES > package);
            let updates = updates + u64::from(resource.settings) / PACKAGES;
            let age = i64::try_from(hash(&[seed, package]) % 4_000_000_000).unwrap_or(0);
            let content = json!({
                "ApplicationType": "System Environment/Libraries", "Publisher": "Amazon Linux",
                "Version": format!("{}.{}.{updates}", 1 + package % 7, hash(&[seed >> 60, package]) % 40),
                "Release": "1.amzn2023", "Architecture": "x86_64", "InstalledTime": iso(resource.born - age),
                "Name": name,
            });
            (name, content)
        })
        .collect();
    let captured = iso(resource.modified);
    let body = json!({
        "AWS:InstanceInformation": {
            "CaptureTime": captured, "SchemaVersion": "1.0",
            "Content": {subject.id.clone(): {
                "AgentName": "amazon-ssm-agent", "AgentVersion": "3.3.987.0", "AgentType": "amazon-ssm-agent",
                "ComputerName": format!("ip-{}", address(seed).replace('.', "-")), "InstanceId": subject.id,
                "IpAddress": address(seed), "PlatformName": "Amazon Linux", "PlatformType": "Linux",
                "PlatformVersion": "2023", "ResourceType": "EC2Instance",
            }},
        },
        "AWS:Application": {"CaptureTime": captured, "SchemaVersion": "1.1", "Content": applications},
        "AWS:ComplianceSummary": {"Content": {}, "SchemaVersion": "1.0"},
    });
    let lasting = vec![related(place, instance, "Is associated with ")];
    Body::new(subject, body)
        .zoned("Not Applicable")
        .related(lasting)
        .untagged()
}
