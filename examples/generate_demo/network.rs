//! Bodies of EC2 resources.

use serde_json::{Value, json};

use super::places::Place;
use super::resource::Resource;
use super::text::{hex, pick};
use super::time::{Millis, iso};

/// The id of an EC2 resource known by a label.
pub(crate) fn ec2_id(prefix: &str, label: &str) -> String {
    format!("{prefix}-{}", hex(label, 17))
}

/// A VPC.
pub(crate) fn vpc(place: Place, label: &str, cidr: &str) -> Resource {
    let id = ec2_id("vpc", label);
    let body = json!({
        "vpcId": id, "state": "available", "cidrBlock": cidr, "dhcpOptionsId": ec2_id("dopt", label),
        "instanceTenancy": "default", "isDefault": false, "ownerId": place.account,
        "cidrBlockAssociationSet": [{
            "associationId": ec2_id("vpc-cidr-assoc", label), "cidrBlock": cidr,
            "cidrBlockState": {"state": "associated"},
        }],
        "ipv6CidrBlockAssociationSet": [], "tags": [{"key": "Name", "value": label}],
    });
    Resource::new(place, "AWS::EC2::VPC", &id, body)
        .with_arn(place.arn("ec2", &format!("vpc/{id}")))
        .zone("Multiple Availability Zones")
        .tag("Name", label)
}

/// A subnet in the region's zone `letter`.
pub(crate) fn subnet(place: Place, label: &str, vpc: &str, letter: char, cidr: &str) -> Resource {
    let id = ec2_id("subnet", label);
    let zone = format!("{}{letter}", place.region);
    let body = json!({
        "availabilityZone": zone, "availableIpAddressCount": 4089 - pick(label, 60),
        "cidrBlock": cidr, "defaultForAz": false, "mapPublicIpOnLaunch": false,
        "assignIpv6AddressOnCreation": false, "state": "available", "subnetId": id,
        "vpcId": ec2_id("vpc", vpc), "ownerId": place.account, "ipv6CidrBlockAssociationSet": [],
        "subnetArn": place.arn("ec2", &format!("subnet/{id}")),
        "tags": [{"key": "Name", "value": label}],
    });
    Resource::new(place, "AWS::EC2::Subnet", &id, body)
        .with_arn(place.arn("ec2", &format!("subnet/{id}")))
        .zone(&zone)
        .tag("Name", label)
        .related("AWS::EC2::VPC", &ec2_id("vpc", vpc), "Is contained in Vpc")
}

/// One ingress or egress rule, in both of the forms in which Config gives its ranges.
pub(crate) fn rule(protocol: &str, port: Option<u16>, cidr: &str, description: &str) -> Value {
    let mut rule = json!({
        "ipProtocol": protocol, "ipv6Ranges": [], "prefixListIds": [], "userIdGroupPairs": [],
        "ipv4Ranges": [{"cidrIp": cidr, "description": description}], "ipRanges": [cidr],
    });
    if let (Some(port), Some(members)) = (port, rule.as_object_mut()) {
        members.insert("fromPort".to_owned(), json!(port));
        members.insert("toPort".to_owned(), json!(port));
    }
    rule
}

/// A security group that admits what `ingress` says.
pub(crate) fn group(place: Place, name: &str, vpc: &str, ingress: &[Value]) -> Resource {
    let id = ec2_id("sg", name);
    let body = json!({
        "description": name, "groupName": name, "ipPermissions": ingress, "ownerId": place.account,
        "groupId": id, "ipPermissionsEgress": [rule("-1", None, "0.0.0.0/0", "all")],
        "tags": [], "vpcId": ec2_id("vpc", vpc),
    });
    Resource::new(place, "AWS::EC2::SecurityGroup", &id, body)
        .named(name)
        .with_arn(place.arn("ec2", &format!("security-group/{id}")))
        .related("AWS::EC2::VPC", &ec2_id("vpc", vpc), "Is contained in Vpc")
}

/// Where an instance stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    /// Label of the VPC.
    pub(crate) vpc: &'static str,
    /// Label of the subnet.
    pub(crate) subnet: &'static str,
    /// Name of the security group.
    pub(crate) group: &'static str,
}

/// A running instance.
pub(crate) fn instance(
    place: Place,
    label: &str,
    class: &str,
    site: Site,
    launched: Millis,
) -> Resource {
    let id = ec2_id("i", label);
    let zone = format!("{}a", place.region);
    let volume = ec2_id("vol", label);
    let body = json!({
        "amiLaunchIndex": 0, "imageId": ec2_id("ami", place.region), "instanceId": id,
        "instanceType": class, "keyName": "ops", "launchTime": iso(launched),
        "monitoring": {"state": "disabled"},
        "placement": {"availabilityZone": zone, "groupName": "", "tenancy": "default"},
        "privateIpAddress": format!("10.20.1.{}", 10 + pick(label, 200)), "publicDnsName": "",
        "state": {"code": 16, "name": "running"}, "stateTransitionReason": "",
        "subnetId": ec2_id("subnet", site.subnet), "vpcId": ec2_id("vpc", site.vpc),
        "architecture": "x86_64",
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {
            "attachTime": iso(launched), "deleteOnTermination": true, "status": "attached",
            "volumeId": volume,
        }}],
        "ebsOptimized": true, "hypervisor": "xen", "rootDeviceName": "/dev/xvda",
        "securityGroups": [{"groupName": site.group, "groupId": ec2_id("sg", site.group)}],
        "sourceDestCheck": true,
        "metadataOptions": {"state": "applied", "httpTokens": "required", "httpPutResponseHopLimit": 2, "httpEndpoint": "enabled"},
    });
    Resource::new(place, "AWS::EC2::Instance", &id, body)
        .with_arn(place.arn("ec2", &format!("instance/{id}")))
        .zone(&zone)
        .born(launched)
        .tag("Name", label)
        .related(
            "AWS::EC2::SecurityGroup",
            &ec2_id("sg", site.group),
            "Is associated with SecurityGroup",
        )
        .related(
            "AWS::EC2::Subnet",
            &ec2_id("subnet", site.subnet),
            "Is contained in Subnet",
        )
        .related("AWS::EC2::Volume", &volume, "Is attached to Volume")
        .related(
            "AWS::EC2::VPC",
            &ec2_id("vpc", site.vpc),
            "Is contained in Vpc",
        )
}

/// The root volume of the instance with the same label.
pub(crate) fn volume(place: Place, label: &str, size: u32, created: Millis) -> Resource {
    let id = ec2_id("vol", label);
    let zone = format!("{}a", place.region);
    let body = json!({
        "attachments": [{
            "attachTime": iso(created), "device": "/dev/xvda", "instanceId": ec2_id("i", label),
            "state": "attached", "volumeId": id, "deleteOnTermination": true,
        }],
        "availabilityZone": zone, "createTime": iso(created), "encrypted": true, "size": size,
        "snapshotId": ec2_id("snap", place.region), "state": "in-use", "volumeId": id,
        "iops": 3000, "tags": [], "volumeType": "gp3", "multiAttachEnabled": false, "throughput": 125,
    });
    Resource::new(place, "AWS::EC2::Volume", &id, body)
        .with_arn(place.arn("ec2", &format!("volume/{id}")))
        .zone(&zone)
        .born(created)
        .related(
            "AWS::EC2::Instance",
            &ec2_id("i", label),
            "Is attached to Instance",
        )
}

/// A network interface in a subnet.
pub(crate) fn interface(place: Place, label: &str, site: Site) -> Resource {
    let id = ec2_id("eni", label);
    let body = json!({
        "availabilityZone": format!("{}a", place.region), "description": "", "groups": [
            {"groupName": site.group, "groupId": ec2_id("sg", site.group)},
        ],
        "interfaceType": "interface", "ipv6Addresses": [], "networkInterfaceId": id,
        "ownerId": place.account, "privateIpAddress": format!("10.20.1.{}", 10 + pick(label, 200)),
        "requesterManaged": false, "sourceDestCheck": true, "status": "in-use",
        "subnetId": ec2_id("subnet", site.subnet), "vpcId": ec2_id("vpc", site.vpc), "tagSet": [],
    });
    Resource::new(place, "AWS::EC2::NetworkInterface", &id, body)
        .with_arn(place.arn("ec2", &format!("network-interface/{id}")))
        .zone(&format!("{}a", place.region))
        .related(
            "AWS::EC2::Subnet",
            &ec2_id("subnet", site.subnet),
            "Is contained in Subnet",
        )
}

/// A launch template (`PascalCase`) whose user data is base64 text in the clear.
pub(crate) fn launch_template(place: Place, name: &str, size: &str, user_data: &str) -> Resource {
    let id = ec2_id("lt", name);
    let body = json!({
        "LaunchTemplateName": name, "Id": id,
        "LaunchTemplateData": {
            "ImageId": ec2_id("ami", place.region), "InstanceType": size, "UserData": user_data,
            "BlockDeviceMappings": [], "NetworkInterfaces": [], "TagSpecifications": [],
            "SecurityGroupIds": [], "SecurityGroups": [], "LicenseSpecifications": [],
        },
        "DefaultVersionNumber": "1", "LatestVersionNumber": "1", "TagSpecifications": [],
    });
    Resource::new(place, "AWS::EC2::LaunchTemplate", &id, body)
        .named(name)
        .with_arn(place.arn("ec2", &format!("launch-template/{id}")))
        .zone("Regional")
}
