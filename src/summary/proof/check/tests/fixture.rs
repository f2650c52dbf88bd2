//! A November whose numbers are known by construction: see the rows.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    analysis::{
        Anomaly, AnomalyEvidence, AnomalyInput, AnomalyKind, Basis, Bill, BillInput, CostLine,
        DeliveryCoverage, DeliveryLine, Digest, DigestInput, Grouping, MoneyLine, NamedResource,
        ScopeInfo, Tallies, Tally, TallyLine, Usd, find_anomalies, month_groupings,
        previous_groupings,
        security::{EventKind, SecurityEvent, Severity},
    },
    domain::{ChangeKind, Column, Month, Period, Section},
    summary::facts::Facts,
};

pub(super) const A: &str = "111122223333";
pub(super) const B: &str = "444455556666";
/// Begins in November.
pub(super) const C: &str = "777788889999";
/// Ends with October.
pub(super) const D: &str = "000011112222";

const INSTANCE: &str = "AWS::EC2::Instance";
const GROUP: &str = "AWS::EC2::SecurityGroup";
const BUCKET: &str = "AWS::S3::Bucket";
const FUNCTION: &str = "AWS::Lambda::Function";
const ROLE: &str = "AWS::IAM::Role";
const TABLE: &str = "AWS::DynamoDB::Table";

const TOKYO: &str = "ap-northeast-1";
const VIRGINIA: &str = "us-east-1";

/// Items of one resource, of one kind, on one day.
#[derive(Clone, Copy)]
struct Row {
    account: &'static str,
    region: &'static str,
    resource_type: &'static str,
    id: &'static str,
    name: Option<&'static str>,
    kind: ChangeKind,
    day: u8,
    items: u64,
}

fn resource(
    (account, region, resource_type): (&'static str, &'static str, &'static str),
    (id, name): (&'static str, Option<&'static str>),
    kinds: &[(ChangeKind, u64)],
) -> Vec<Row> {
    let row = |(kind, items): &(ChangeKind, u64)| Row {
        account,
        region,
        resource_type,
        id,
        name,
        kind: *kind,
        day: match kind {
            ChangeKind::Relationships => 5,
            ChangeKind::Settings => 12,
            ChangeKind::Tags => 20,
            ChangeKind::Volatile | ChangeKind::Identical => 3,
            _ => 26,
        },
        items: *items,
    };
    kinds.iter().map(row).collect()
}

/// 76 items, 37 real changes, 12 resources.
fn november() -> Vec<Row> {
    use ChangeKind::{
        Created, Deleted, FirstSeen, Identical, Relationships, Settings, Tags, Volatile,
    };
    [
        // A: 42 items, 22 changes, 6 resources.
        resource(
            (A, TOKYO, INSTANCE),
            ("i-0a11aa11", Some("web-server")),
            &[(Settings, 7), (Relationships, 5)],
        ),
        resource(
            (A, TOKYO, INSTANCE),
            ("i-0a12aa12", Some("worker-1")),
            &[(Created, 1), (Settings, 2), (Volatile, 4)],
        ),
        resource(
            (A, TOKYO, BUCKET),
            ("orders-bucket", None),
            &[(Settings, 2), (Tags, 3)],
        ),
        resource(
            (A, VIRGINIA, GROUP),
            ("sg-0b21bb21", Some("edge")),
            &[(Settings, 4), (Relationships, 9)],
        ),
        resource(
            (A, VIRGINIA, FUNCTION),
            ("resize-image", None),
            &[(Settings, 1), (Identical, 1), (Deleted, 1)],
        ),
        resource(
            (A, "global", ROLE),
            ("AROA1EXAMPLE", Some("deploy")),
            &[(FirstSeen, 1), (Tags, 1)],
        ),
        // B: 29 items, 10 changes, 5 resources.
        resource(
            (B, TOKYO, INSTANCE),
            ("i-0c31cc31", Some("batch-1")),
            &[(Settings, 1), (Deleted, 1)],
        ),
        resource(
            (B, TOKYO, INSTANCE),
            ("i-0c32cc32", Some("batch-2")),
            &[(Deleted, 1)],
        ),
        resource(
            (B, VIRGINIA, BUCKET),
            ("logs", None),
            &[(Settings, 2), (Relationships, 17)],
        ),
        resource(
            (B, TOKYO, FUNCTION),
            ("order-batch", Some("注文処理")),
            &[(Created, 1), (Settings, 3), (Identical, 2)],
        ),
        resource(
            (B, "global", ROLE),
            ("AROA9EXAMPLE", Some("old-role")),
            &[(Deleted, 1)],
        ),
        // C: 5 items, 5 changes, 1 resource.
        resource(
            (C, "eu-west-1", TABLE),
            ("carts-table", None),
            &[(Created, 1), (Settings, 4)],
        ),
    ]
    .concat()
}

/// 82 items, 19 real changes, 5 resources.
fn october() -> Vec<Row> {
    use ChangeKind::{Relationships, Settings, Tags};
    [
        resource(
            (A, TOKYO, INSTANCE),
            ("i-0a11aa11", Some("web-server")),
            &[(Settings, 10), (Relationships, 20)],
        ),
        resource(
            (A, VIRGINIA, GROUP),
            ("sg-0b21bb21", Some("edge")),
            &[(Settings, 3), (Relationships, 17)],
        ),
        resource(
            (B, VIRGINIA, BUCKET),
            ("logs", None),
            &[(Settings, 1), (Tags, 4), (Relationships, 20)],
        ),
        resource(
            (B, TOKYO, INSTANCE),
            ("i-0c31cc31", Some("batch-1")),
            &[(Settings, 1), (Relationships, 3)],
        ),
        resource(
            (D, VIRGINIA, BUCKET),
            ("gone-bucket", None),
            &[(Relationships, 3)],
        ),
    ]
    .concat()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a key has values that may be missing"
)]
fn value(row: &Row, column: Column, month: Month) -> Option<String> {
    Some(match column {
        Column::Account => row.account.to_owned(),
        Column::Region => row.region.to_owned(),
        Column::ResourceType => row.resource_type.to_owned(),
        Column::ResourceId => row.id.to_owned(),
        Column::Status => "OK".to_owned(),
        Column::ChangeKind => row.kind.to_string(),
        Column::Year => month.year().to_string(),
        Column::Month => month.month().to_string(),
        Column::Day => row.day.to_string(),
        other => panic!("{other:?}"),
    })
}

/// Counts as a store does.
fn tallies(rows: &[Row], month: Month, groupings: Vec<Grouping>) -> Tallies {
    let tally = |grouping: &Grouping| -> Tally {
        let mut lines: BTreeMap<Vec<Option<Arc<str>>>, TallyLine> = BTreeMap::new();
        for row in rows {
            let key: Vec<_> = grouping
                .0
                .iter()
                .map(|column| value(row, *column, month).map(Into::into))
                .collect();
            let at: Timestamp = format!("{month}-{:02}T04:05:00Z", row.day).parse().unwrap();
            let line = lines.entry(key.clone()).or_insert(TallyLine {
                key,
                items: 0,
                changes: 0,
                unknown: 0,
                first: at,
                last: at,
                name: None,
            });
            line.items += row.items;
            if row.kind.is_real_change() {
                line.changes += row.items;
            }
            line.first = line.first.min(at);
            line.last = line.last.max(at);
            line.name = line.name.take().or_else(|| row.name.map(Into::into));
        }
        lines.into_values().collect()
    };
    let all = groupings.iter().map(tally).collect();
    Tallies::new(groupings, all)
}

fn departures() -> Vec<Anomaly> {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let burst = Anomaly {
        rank: 1,
        kind: AnomalyKind::ResourceBurst,
        account: A.into(),
        region: Some(TOKYO.into()),
        resource_type: Some(INSTANCE.into()),
        resource_id: Some("i-0a11aa11".into()),
        resource_name: Some("web-server".into()),
        expected: Some(2.1),
        seen: 7,
        baseline_months: 6,
        score: 50.0,
        first: at("2024-11-12T04:05:00Z"),
        last: at("2024-11-12T04:05:00Z"),
        evidence: AnomalyEvidence {
            resource_count: 1,
            ..AnomalyEvidence::default()
        },
    };
    let named = |id: &str, name: &str| NamedResource {
        region: TOKYO.into(),
        resource_type: INSTANCE.into(),
        resource_id: id.into(),
        resource_name: Some(name.into()),
        changes: 1,
    };
    let deletion = Anomaly {
        kind: AnomalyKind::MassDeletion,
        account: B.into(),
        resource_type: None,
        resource_id: None,
        resource_name: None,
        expected: None,
        seen: 2,
        evidence: AnomalyEvidence {
            largest_before: Some(1),
            resource_count: 2,
            resources: vec![
                named("i-0c31cc31", "batch-1"),
                named("i-0c32cc32", "batch-2"),
            ],
            ..AnomalyEvidence::default()
        },
        ..burst.clone()
    };
    vec![burst, deletion]
}

fn event(event: EventKind, at: &str) -> SecurityEvent {
    SecurityEvent {
        rule: "security_group_open_to_world",
        severity: Severity::High,
        event,
        subject: "tcp 22 from 0.0.0.0/0".into(),
        account: A.into(),
        region: VIRGINIA.into(),
        resource_type: GROUP.into(),
        resource_id: "sg-0b21bb21".into(),
        resource_name: Some("edge".into()),
        at: at.parse().unwrap(),
        section: Section::Configuration,
        path: String::new(),
        value: serde_json::Value::Null,
    }
}

/// Recorders: three; with complete deliveries all of them, or two.
pub(super) fn facts(is_complete: bool) -> Facts {
    facts_of(&november(), is_complete)
}

/// Nothing happened, and that is known.
pub(super) fn quiet() -> Facts {
    facts_of(&[], true)
}

fn facts_of(rows: &[Row], is_complete: bool) -> Facts {
    let month: Month = "2024-11".parse().unwrap();
    let period = Period::of_month(month, TimeZone::UTC).unwrap();
    let mut anomalies = find_anomalies(&AnomalyInput {
        month,
        period: &period,
        baseline: &[],
        records: &[],
        gaps: &[],
        top: 10,
    });
    let before = month.previous().unwrap();
    anomalies.baseline_months = vec![before];
    anomalies.basis = Basis::Full;
    let mut security = Vec::new();
    if !rows.is_empty() {
        anomalies.ranked = departures();
        anomalies.total = 5;
        security.push(event(EventKind::Began, "2024-11-12T09:10:00Z"));
        security.push(event(EventKind::Ended, "2024-11-12T15:30:00Z"));
    }
    let mut bill = Bill::of(&BillInput {
        month,
        period: &period,
        current: &[],
        previous: None,
        tag_key: None,
        top: 10,
    });
    let money = |items: u64, before: Option<u64>| {
        let usd = |items| Usd::from_micros(items * 3_000);
        MoneyLine {
            items,
            usd: usd(items),
            previous_items: before,
            previous_usd: before.map(usd),
            difference_usd: before.map(|before| usd(items).minus(usd(before))),
        }
    };
    if !rows.is_empty() {
        bill.total = money(76, Some(82));
        bill.real_changes = money(37, None);
        bill.echoes = money(38, None);
        bill.by_type.lines = [(BUCKET, 24), (INSTANCE, 22)]
            .map(|(name, items)| CostLine {
                resource_type: Some(name.into()),
                items,
                usd: Usd::from_micros(items * 3_000),
                ..CostLine::default()
            })
            .to_vec();
    }
    let recorder = |account: &str, complete| DeliveryLine {
        account: account.into(),
        region: TOKYO.into(),
        complete,
        ..DeliveryLine::default()
    };
    let input = DigestInput {
        month,
        period,
        now: "2024-12-05T00:00:00Z".parse().unwrap(),
        scope: ScopeInfo::default(),
        current: tallies(rows, month, month_groupings()),
        previous: Some(tallies(&october(), before, previous_groupings())),
        anomalies,
        security,
        bill,
        coverage: DeliveryCoverage {
            recorders: vec![
                recorder(A, true),
                recorder(B, is_complete),
                recorder(C, true),
            ],
            ..DeliveryCoverage::default()
        },
        top: 20,
    };
    Facts::of(&Digest::of(&input), &input)
}
