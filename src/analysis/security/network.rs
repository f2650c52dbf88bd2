//! What is reachable from the internet.

use serde_json::json;

use super::{
    policy::is_world,
    rule::{Reports, Rule, Severity},
    state::{Found, Node, State, short, shown},
};

const GROUPS: &[&str] = &["AWS::EC2::SecurityGroup"];

/// Ports that are meant for everyone.
const WEB_PORTS: [i64; 2] = [80, 443];

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "security_group_open_to_world",
        Severity::High,
        GROUPS,
        "Security group admits the whole internet to other than web ports",
        "セキュリティグループがウェブ以外のポートをインターネット全体に開放",
        |state| open_to_world(state, |permission| !is_harmless(permission)),
    ),
    Rule::new(
        "security_group_web_open_to_world",
        Severity::Low,
        GROUPS,
        "Security group admits the whole internet to web ports or ICMP",
        "セキュリティグループがウェブのポートまたは ICMP をインターネット全体に開放",
        |state| open_to_world(state, is_harmless),
    ),
    Rule::new(
        "eks_endpoint_open_to_world",
        Severity::Medium,
        &["AWS::EKS::Cluster"],
        "Kubernetes API endpoint is open to the whole internet",
        "Kubernetes API エンドポイントがインターネット全体に公開",
        eks_endpoint,
    ),
    Rule::new(
        "instance_metadata_v1_allowed",
        Severity::Medium,
        &["AWS::EC2::Instance"],
        "Instance metadata no longer requires session tokens (IMDSv2)",
        "インスタンスメタデータでセッショントークン (IMDSv2) が必須でなくなった",
        |state| {
            let tokens = state.configuration().at(&["metadataOptions", "httpTokens"]);
            tokens.map_or_else(Vec::new, |node| node.switch("IMDSv1", node.is("optional")))
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "notebook_direct_internet_access",
        Severity::Medium,
        &["AWS::SageMaker::NotebookInstance"],
        "Notebook has direct internet access",
        "ノートブックがインターネットに直接アクセス可能",
        |state| {
            let access = state.configuration().get("directInternetAccess");
            access.map_or_else(Vec::new, |node| {
                node.switch("direct internet access", node.is("Enabled"))
            })
        },
    ),
];

/// Ranges as wide as the world in the permissions of one kind, in the shape of the EC2 API and in
/// that of `CloudFormation`.
fn open_to_world(state: &State, of_kind: fn(&Node) -> bool) -> Vec<Found> {
    let configuration = state.configuration();
    let mut found = Vec::new();
    for key in ["ipPermissions", "SecurityGroupIngress"] {
        for permission in configuration.each_of(key) {
            if !of_kind(&permission) {
                continue;
            }
            let traffic = traffic(&permission);
            for (range, node) in world_ranges(&permission) {
                let evidence = evidence(&permission, range);
                found.push(node.found_by(&format!("{traffic} from {range}"), evidence));
            }
        }
    }
    found
}

/// The ranges of a permission that are as wide as the world. `ipRanges` repeats `ipv4Ranges` as
/// plain texts; older items have only the former.
fn world_ranges<'a>(permission: &Node<'a>) -> Vec<(&'a str, Node<'a>)> {
    let mut ranges: Vec<Node> = Vec::new();
    for (list, key) in [("ipv4Ranges", "cidrIp"), ("ipv6Ranges", "cidrIpv6")] {
        let elements = permission.each_of(list).into_iter();
        ranges.extend(elements.filter_map(|element| element.get(key)));
    }
    for element in permission.each_of("ipRanges") {
        ranges.push(element.get("cidrIp").unwrap_or(element));
    }
    ranges.extend(
        ["CidrIp", "CidrIpv6"]
            .iter()
            .filter_map(|key| permission.get(key)),
    );
    ranges
        .into_iter()
        .filter_map(|node| Some((node.text()?, node)))
        .filter(|(range, _)| is_world(range))
        .collect()
}

fn protocol_of(permission: &Node) -> String {
    let Some(node) = permission.get("ipProtocol") else {
        return "all".to_owned();
    };
    let number = node.number();
    match (number, node.text()) {
        (Some(-1), _) | (None, None) => "all".to_owned(),
        (Some(6), _) => "tcp".to_owned(),
        (Some(17), _) => "udp".to_owned(),
        (Some(1), _) => "icmp".to_owned(),
        (Some(58), _) => "icmpv6".to_owned(),
        (Some(number), _) => format!("protocol {number}"),
        (None, Some(name)) => short(&name.to_ascii_lowercase()),
    }
}

fn ports_of(permission: &Node) -> Option<(i64, i64)> {
    let port = |key| permission.get(key).and_then(|node| node.number());
    let (from, to) = (port("fromPort")?, port("toPort")?);
    (from >= 0 && to >= 0).then_some((from, to))
}

fn is_harmless(permission: &Node) -> bool {
    match protocol_of(permission).as_str() {
        "icmp" | "icmpv6" => true,
        "tcp" | "udp" => {
            ports_of(permission).is_some_and(|(from, to)| from == to && WEB_PORTS.contains(&from))
        }
        _ => false,
    }
}

/// For example `tcp 22`, `udp 1000-2000`, `all traffic`.
fn traffic(permission: &Node) -> String {
    let protocol = protocol_of(permission);
    match (protocol.as_str(), ports_of(permission)) {
        ("all", _) => "all traffic".to_owned(),
        ("tcp" | "udp", Some((0, 65535)) | None) => format!("{protocol} all ports"),
        ("tcp" | "udp", Some((from, to))) if from == to => format!("{protocol} {from}"),
        ("tcp" | "udp", Some((from, to))) => format!("{protocol} {from}-{to}"),
        _ => protocol,
    }
}

fn evidence(permission: &Node, range: &str) -> serde_json::Value {
    let part = |key| permission.get(key).map(|node| shown(node.value()));
    json!({
        "ipProtocol": part("ipProtocol"),
        "fromPort": part("fromPort"),
        "toPort": part("toPort"),
        "range": short(range),
    })
}

/// The public endpoint admits everyone unless ranges narrow it.
fn eks_endpoint(state: &State) -> Vec<Found> {
    let Some(network) = state.configuration().get("resourcesVpcConfig") else {
        return Vec::new();
    };
    let Some(public) = network.get("endpointPublicAccess") else {
        return Vec::new();
    };
    let ranges = network.each_of("publicAccessCidrs");
    let to_world = ranges.is_empty()
        || ranges
            .iter()
            .any(|range| range.text().is_some_and(is_world));
    public.flag().map_or_else(Vec::new, |flag| {
        public.switch("public endpoint", flag && to_world)
    })
}
