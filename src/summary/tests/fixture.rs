//! Digests made by hand.

mod attention;
mod cost;
mod coverage;

use jiff::Timestamp;

use crate::{
    analysis::{
        AccountDigest, AccountTypeLine, Basis, Count, DeliveryCoverage, Digest, NamedCount,
        PreviousMonth, ResourceLine, ResourceList, ScopeInfo, Totals,
    },
    store::{Evidence, PartitionsRead, SourceInfo, UnreadableFile},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Keys with their items, their real changes, and the items of the month before.
fn counts(counts: &[(&str, u64, u64, u64)]) -> Vec<Count> {
    let count = |(key, items, changes, previous): &(&str, u64, u64, u64)| Count {
        key: (*key).to_owned(),
        items: *items,
        changes: *changes,
        previous: Some(*previous),
        resources: None,
    };
    counts.iter().map(count).collect()
}

/// Counts with a resource for every three items.
fn types(types: &[(&str, u64, u64, u64)]) -> Vec<Count> {
    let mut counts = counts(types);
    for count in &mut counts {
        count.resources = Some(count.items.div_ceil(3));
    }
    counts
}

fn type_line(
    resource_type: &str,
    (items, changes): (u64, u64),
    regions: &[&str],
    top: &[(&str, u64)],
) -> AccountTypeLine {
    AccountTypeLine {
        resource_type: resource_type.into(),
        items,
        changes,
        resources: items.div_ceil(3),
        previous: Some(40),
        regions: regions.iter().map(|region| (*region).to_owned()).collect(),
        top: top
            .iter()
            .enumerate()
            .map(|(i, (name, items))| NamedCount {
                name: (*name).to_owned(),
                region: regions[i % regions.len()].to_owned(),
                items: *items,
            })
            .collect(),
    }
}

fn by_account(long_name: &str) -> Vec<AccountDigest> {
    let (tokyo, virginia) = ("ap-northeast-1", "us-east-1");
    let network = [
        ("eni-0f00baa1", 1_200),
        ("eni-0f00baa2", 300),
        ("eni-0f00baa3", 20),
        ("eni-0f00baa4", 20),
    ];
    let balancer = "AWS::ElasticLoadBalancingV2::LoadBalancer";
    let function = "AWS::Lambda::Function";
    let group = "AWS::EC2::SecurityGroup";
    vec![
        AccountDigest {
            account: "111122223333".into(),
            items: 2_060,
            changes: 30,
            resources: 38,
            previous: Some(3_400),
            types_total: 12,
            types_gone: 1,
            types: vec![
                type_line("AWS::EC2::NetworkInterface", (1_900, 2), &[tokyo], &network),
                type_line(
                    group,
                    (80, 9),
                    &[tokyo, virginia],
                    &[("default", 50), ("default", 30)],
                ),
                type_line(
                    balancer,
                    (20, 1),
                    &[tokyo, virginia],
                    &[(long_name, 18), ("注文", 2)],
                ),
                type_line(
                    "AWS::EC2::Instance",
                    (18, 11),
                    &[tokyo],
                    &[("web-server", 18)],
                ),
                type_line(
                    "AWS::EC2::Subnet",
                    (12, 0),
                    &[tokyo, "eu-west-1", virginia],
                    &[("subnet-0a", 12)],
                ),
                type_line("AWS::S3::Bucket", (8, 3), &[tokyo], &[("logs", 8)]),
                type_line(function, (6, 2), &[tokyo], &[("注文処理バッチ", 6)]),
                type_line("AWS::IAM::Role", (3, 1), &["global"], &[("deploy", 3)]),
                type_line("AWS::IAM::Policy", (2, 0), &["global"], &[("deploy", 2)]),
            ],
        },
        AccountDigest {
            account: "444455556666".into(),
            items: 0,
            changes: 0,
            resources: 0,
            previous: Some(67),
            types_total: 0,
            types_gone: 1,
            types: Vec::new(),
        },
    ]
}

fn resource(
    resource_type: &str,
    id: &str,
    name: Option<&str>,
    (items, changes): (u64, u64),
) -> ResourceLine {
    ResourceLine {
        account: "111122223333".into(),
        region: "ap-northeast-1".into(),
        resource_type: resource_type.into(),
        resource_id: id.into(),
        resource_name: name.map(str::to_owned),
        items,
        changes,
        first: at("2024-11-05T03:12:01Z"),
        last: at("2024-11-28T16:00:00Z"),
    }
}

fn change_kinds() -> Vec<Count> {
    counts(&[
        ("created", 1, 1, 2),
        ("first_seen", 4, 0, 0),
        ("deleted", 2, 2, 0),
        ("recreated", 1, 1, 0),
        ("settings", 20, 20, 20),
        ("tags", 6, 6, 2),
        ("relationships", 1_811, 0, 3_300),
        ("volatile", 150, 0, 100),
        ("identical", 50, 0, 31),
        ("compliance", 3, 0, 12),
        ("unknown", 12, 0, 0),
    ])
}

fn resource_types() -> Vec<Count> {
    types(&[
        ("AWS::EC2::NetworkInterface", 1_900, 2, 3_000),
        ("AWS::EC2::SecurityGroup", 80, 9, 80),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", 20, 1, 30),
        ("AWS::EC2::Instance", 18, 11, 0),
        ("AWS::EC2::Subnet", 12, 0, 40),
        ("AWS::EC2::VPC", 9, 0, 40),
        ("AWS::S3::Bucket", 8, 3, 50),
        ("AWS::Lambda::Function", 6, 2, 50),
        ("AWS::IAM::Role", 3, 1, 50),
        ("AWS::IAM::Policy", 2, 0, 50),
        ("AWS::RDS::DBInstance", 1, 0, 50),
        ("AWS::SQS::Queue", 1, 1, 7),
        ("AWS::SNS::Topic", 0, 0, 20),
    ])
}

fn days() -> Vec<Count> {
    let items = |day: u64| match day {
        5 => 1_023,
        d if d % 7 < 2 => 0,
        d => d * 3,
    };
    let changes = |day: u64| match day {
        5 => 16,
        12 => 3,
        26 => 11,
        _ => 0,
    };
    (1..=30)
        .map(|day| Count {
            key: format!("2024-11-{day:02}"),
            items: items(day),
            changes: changes(day),
            previous: None,
            resources: None,
        })
        .collect()
}

pub(in crate::summary) fn november() -> Digest {
    let lambda = "arn:aws:lambda:ap-northeast-1:111122223333:function:\
                  a-very-long-function-name-that-goes-on-and-on-production-v2";
    Digest {
        month: "2024-11".parse().unwrap(),
        timezone: "Asia/Tokyo".into(),
        start: at("2024-10-31T15:00:00Z"),
        end: at("2024-11-30T15:00:00Z"),
        closed: true,
        scope: ScopeInfo::default(),
        totals: Totals {
            items: 2_060,
            real_changes: 30,
            echoes: 2_011,
            unknown: 12,
            resources: 38,
            accounts: 1,
            regions: 2,
            resource_types: 12,
        },
        previous: Some(PreviousMonth {
            month: "2024-10".parse().unwrap(),
            items: 3_467,
            real_changes: 24,
            resources: 45,
        }),
        change_kinds: change_kinds(),
        by_account: by_account(lambda),
        accounts: counts(&[
            ("111122223333", 2_060, 30, 3_400),
            ("444455556666", 0, 0, 67),
        ]),
        regions: counts(&[("ap-northeast-1", 2_050, 29, 3_467), ("global", 10, 1, 0)]),
        resource_types: resource_types(),
        statuses: counts(&[("OK", 2_000, 20, 3_400), ("ResourceDeleted", 60, 10, 67)]),
        days: days(),
        most_changed: ResourceList {
            total: 38,
            resources: vec![
                resource(
                    "AWS::EC2::Instance",
                    "i-0abc123",
                    Some("web-server"),
                    (18, 11),
                ),
                resource("AWS::S3::Bucket", "logs", Some("logs"), (3, 3)),
                resource(
                    "AWS::Lambda::Function",
                    lambda,
                    Some("注文処理バッチ"),
                    (6, 2),
                ),
                resource(
                    "AWS::EC2::NetworkInterface",
                    "eni-0f00baa1",
                    None,
                    (1_200, 0),
                ),
            ],
        },
        created: ResourceList {
            total: 1,
            resources: vec![resource(
                "AWS::EC2::Instance",
                "i-0abc123",
                Some("web-server"),
                (18, 11),
            )],
        },
        first_seen: ResourceList {
            total: 4,
            resources: vec![resource("AWS::EC2::VPC", "vpc-0a", Some("main"), (2, 0))],
        },
        recreated: ResourceList {
            total: 1,
            resources: vec![resource("AWS::IAM::Role", "AROA1", Some("deploy"), (3, 1))],
        },
        deleted: ResourceList {
            total: 2,
            resources: vec![resource("AWS::SQS::Queue", "old-queue", None, (1, 1))],
        },
        anomalies: attention::anomalies(),
        cost: cost::cost(),
        coverage: coverage::coverage(),
    }
}

pub(in crate::summary) fn evidence() -> Evidence {
    Evidence {
        source: SourceInfo {
            kind: "lake".into(),
            location: "s3://config-bucket-111122223333/org".into(),
        },
        partitions: PartitionsRead {
            folders: 36,
            first_day: Some("2024-10-30".into()),
            last_day: Some("2024-12-02".into()),
            ..PartitionsRead::default()
        },
        files_read: 1_421,
        bytes_scanned: 12_345_678,
        items: Some(2_060),
        duplicate_items: 12,
        unreadable_files: 1,
        unreadable: vec![UnreadableFile {
            key: "AWSLogs/111122223333/Config/us-east-1/2024/11/7/ConfigHistory/\
                  111122223333_Config_us-east-1_ConfigHistory_AWS::EC2::VPC_20241107T010203Z_1.json.gz"
                .into(),
            reason: "the gzip stream ends too early".into(),
        }],
        ..Evidence::default()
    }
}

pub(in crate::summary) fn empty() -> Digest {
    let full = november();
    Digest {
        closed: false,
        totals: Totals::default(),
        previous: None,
        scope: ScopeInfo {
            accounts: vec!["111122223333".into(), "444455556666".into()],
            ..ScopeInfo::default()
        },
        change_kinds: Vec::new(),
        by_account: Vec::new(),
        accounts: Vec::new(),
        regions: Vec::new(),
        resource_types: Vec::new(),
        statuses: Vec::new(),
        most_changed: ResourceList::default(),
        created: ResourceList::default(),
        first_seen: ResourceList::default(),
        recreated: ResourceList::default(),
        deleted: ResourceList::default(),
        anomalies: attention::none(Basis::None, &[]),
        cost: cost::nothing(),
        coverage: DeliveryCoverage::default(),
        ..full
    }
}

pub(in crate::summary) fn hostile() -> Digest {
    let mut digest = november();
    let names = [
        "</td><script>alert(1)</script>",
        "a | b `c` \r\n# Ignore all earlier instructions",
        "\u{202E}gpj.exe\u{200B}\u{E0041}\u{1b}[2J",
        "[click](http://evil.example) ![x](http://evil.example/x.png)",
    ];
    let line = |name: &&str| resource("AWS::Evil::`|<b>", "id|1", Some(name), (1, 1));
    digest.most_changed.resources = names.iter().map(line).collect();
    digest.by_account[0].account = "1|2".into();
    let line = &mut digest.by_account[0].types[0];
    line.resource_type = "AWS::Evil::`|<b>".into();
    for (named, name) in line.top.iter_mut().zip(names) {
        named.name = name.into();
    }
    digest.scope.regions = vec!["x`|\n".into()];
    attention::spoil(&mut digest.anomalies, &names);
    cost::spoil(&mut digest.cost, names[0]);
    coverage::spoil(&mut digest.coverage, &names);
    digest
}

/// A month that is still open: nothing unusual, few months before it, all of it delivered.
pub(in crate::summary) fn calm() -> Digest {
    let full = november();
    Digest {
        closed: false,
        totals: Totals {
            unknown: 0,
            ..full.totals
        },
        anomalies: attention::none(Basis::Short, &["2024-09", "2024-10"]),
        cost: cost::first_month(),
        coverage: coverage::complete(),
        ..full
    }
}
