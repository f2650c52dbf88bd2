//! Bills of items made by hand.

use std::sync::Arc;

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::analysis::{RecordedResource, record::sharing};

const ENI: &str = "AWS::EC2::NetworkInterface";
const COMPLIANCE: &str = "AWS::Config::ResourceCompliance";

fn record(resource_type: &str, id: &str, at: &str, kind: ChangeKind) -> ItemRecord {
    ItemRecord {
        of: RecordedResource {
            account: "111122223333".into(),
            region: "us-east-1".into(),
            resource_type: resource_type.into(),
            resource_id: id.into(),
            resource_name: None,
            tag: None,
        }
        .into(),
        at: at.parse().unwrap(),
        kind,
        daily: false,
    }
}

fn on(day: u8, hour: u8) -> String {
    format!("2024-11-{day:02}T{hour:02}:00:00Z")
}

fn bill(current: &[ItemRecord], previous: Option<&[ItemRecord]>, top: usize) -> Bill {
    let month = "2024-11".parse().unwrap();
    let previous: Option<Vec<_>> = previous.map(|records| records.iter().collect());
    Bill::of(&BillInput {
        month,
        period: &Period::of_month(month, TimeZone::UTC).unwrap(),
        current: &current.iter().collect::<Vec<_>>(),
        previous: previous.as_deref(),
        tag_key: Some("team"),
        top,
    })
}

fn usd(micros: u64) -> Usd {
    Usd::from_micros(micros)
}

/// One network interface with six items on each of two days, a queue with one settings change, a
/// daily table, two compliance items, a free one, and one item of the month before.
fn november() -> Vec<ItemRecord> {
    use ChangeKind::{Compliance, Created, NotRecorded, Relationships, Settings, Volatile};
    let mut items = Vec::new();
    for day in [3, 4] {
        items.push(record(ENI, "eni-1", &on(day, 0), Settings));
        items.extend((1..6).map(|hour| record(ENI, "eni-1", &on(day, hour), Relationships)));
    }
    let mut orders = record("AWS::SQS::Queue", "q", &on(9, 1), Created);
    let of = Arc::make_mut(&mut orders.of);
    (of.tag, of.resource_name) = (Some("pay".into()), Some("orders".into()));
    let mut table = record("AWS::DynamoDB::Table", "t", &on(9, 2), Volatile);
    table.daily = true;
    Arc::make_mut(&mut table.of).region = "eu-west-1".into();
    items.extend([orders, table]);
    items.push(record(COMPLIANCE, "c", &on(1, 0), Compliance));
    items.push(record(COMPLIANCE, "c", &on(1, 1), Compliance));
    items.push(record("AWS::SQS::Queue", "hidden", &on(2, 1), NotRecorded));
    items.push(record(ENI, "eni-1", "2024-10-31T23:59:59Z", Settings));
    items
}

#[test]
fn the_bill_of_november() {
    let october = [
        record(ENI, "eni-1", "2024-10-02T00:00:00Z", ChangeKind::Settings),
        record(
            "AWS::KMS::Key",
            "k",
            "2024-10-02T00:00:00Z",
            ChangeKind::Tags,
        ),
        record(
            "AWS::KMS::Key",
            "k",
            "2024-10-03T00:00:00Z",
            ChangeKind::Tags,
        ),
    ];
    let bill = bill(&november(), Some(&october), 2);
    // 15 continuous items and one daily: 0.045 + 0.012. October: three items.
    let total = MoneyLine {
        items: 17,
        usd: usd(57_000),
        previous_items: Some(3),
        previous_usd: Some(usd(9_000)),
        difference_usd: Some(usd(48_000)),
    };
    assert_eq!(bill.total, total);
    let of = |line: MoneyLine| (line.items, line.usd.micros());
    assert_eq!(of(bill.real_changes), (3, 9_000));
    assert_eq!(of(bill.echoes), (11, 42_000));
    assert_eq!(of(bill.compliance), (2, 6_000));
    assert_eq!(of(bill.not_recorded), (1, 0));
    assert_eq!(of(bill.first_seen), (0, 0));
    assert_eq!(of(bill.unknown), (0, 0));
    let kinds: Vec<_> = bill.by_kind.iter().map(|l| l.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "created",
            "settings",
            "tags",
            "relationships",
            "volatile",
            "not_recorded",
            "compliance"
        ]
    );

    let [eni, table] = bill.by_type.lines.as_slice() else {
        panic!("{:?}", bill.by_type);
    };
    assert_eq!(eni.resource_type.as_deref(), Some(ENI));
    assert_eq!(
        (eni.items, eni.usd, eni.echoes_usd),
        (12, usd(36_000), usd(30_000))
    );
    assert_eq!(eni.previous_usd, Some(usd(3_000)));
    assert_eq!((table.items, table.usd), (1, usd(12_000)));
    assert_eq!(bill.by_type.total_lines, 5);
    let rest = CostRest {
        lines: 3,
        items: 4,
        usd: usd(9_000),
        previous_usd: Some(usd(6_000)),
        echoes_usd: usd(0),
    };
    assert_eq!(bill.by_type.rest, Some(rest));
    let tags: Vec<_> = bill
        .by_tag
        .as_ref()
        .unwrap()
        .lines
        .iter()
        .map(|l| l.tag.as_deref())
        .collect();
    assert_eq!(tags, [None, Some("pay")]);

    let movers = bill.movers.unwrap();
    let [first, second] = movers.increases.lines.as_slice() else {
        panic!("{movers:?}");
    };
    assert_eq!(
        (&*first.resource_type, first.difference_usd),
        (ENI, usd(33_000))
    );
    assert_eq!(second.difference_usd, usd(12_000));
    assert_eq!(movers.increases.total_lines, 4);
    assert_eq!(movers.increases.total_difference_usd, usd(54_000));
    assert_eq!(movers.decreases.lines[0].resource_type, "AWS::KMS::Key");
    assert_eq!(movers.decreases.total_difference_usd.micros(), -6_000);
}

#[test]
fn savings_of_november() {
    let bill = bill(&november(), None, 10);
    assert_eq!(bill.movers, None);
    let line = |resource_type: &str| {
        let mut lines = bill.savings.lines.iter();
        lines.find(|l| l.resource_type == resource_type).unwrap()
    };
    // Twelve items at 0.003 against two days at 0.012.
    let eni = line(ENI);
    assert_eq!(eni.exclude_saves_usd, usd(36_000));
    assert_eq!(eni.real_changes_lost, 2);
    assert_eq!(
        (eni.daily_items, eni.daily_saves_usd),
        (Some(2), Some(usd(12_000)))
    );
    // One item a day is dearer, and what is daily already saves nothing.
    let queue = line("AWS::SQS::Queue");
    assert_eq!(
        (queue.items, queue.daily_items, queue.daily_saves_usd),
        (1, Some(1), None)
    );
    assert_eq!(line("AWS::DynamoDB::Table").daily_saves_usd, None);
    let compliance = line(COMPLIANCE);
    assert_eq!(
        (compliance.daily_items, compliance.daily_saves_usd),
        (None, None)
    );
    assert!(compliance.continuous_only.is_some());
    assert_eq!(bill.savings.daily_saves_usd, usd(12_000));
    assert_eq!(bill.savings.daily_saves_lines, 1);
    assert_eq!(bill.savings.lines[0].account, None);
    let by_account = &bill.savings_by_account.lines[0];
    assert_eq!(by_account.region.as_deref(), Some("us-east-1"));
}

#[test]
fn each_regions_recorder_makes_a_daily_item_of_a_role() {
    let role = |hour, kind| {
        let mut role = record("AWS::IAM::Role", "AROA", &on(7, hour), kind);
        Arc::make_mut(&mut role.of).region = "global".into();
        role
    };
    // Five changes on a day, each reported by two recorders.
    let items: Vec<_> = (0..5)
        .flat_map(|hour| {
            [
                role(hour, ChangeKind::Settings),
                role(hour, ChangeKind::Identical),
            ]
        })
        .collect();
    let saving = &bill(&items, None, 5).savings.lines[0];
    assert_eq!((saving.items, saving.daily_items), (10, Some(2)));
    assert_eq!(saving.daily_saves_usd, Some(usd(6_000)));
    // Of unknown kinds nobody can tell how many recorders there were: nothing is promised.
    let items: Vec<_> = (0..10)
        .map(|hour| role(hour, ChangeKind::Unknown))
        .collect();
    let saving = &bill(&items, None, 5).savings.lines[0];
    assert_eq!(
        (saving.daily_items, saving.daily_saves_usd),
        (Some(10), None)
    );
}

#[test]
fn an_empty_month_costs_nothing() {
    let bill = bill(&[], Some(&[]), 3);
    assert_eq!(bill.total.difference_usd, Some(usd(0)));
    assert_eq!(bill.by_type, CostList::default());
    let json = serde_json::to_value(&bill).unwrap();
    assert_eq!(json["total"]["usd"], 0.0);
    assert_eq!(json["prices"]["continuous_usd"], 0.003);
    assert_eq!(json["currency"], "USD");
    assert_eq!(json["estimate"], true);
}

prop_compose! {
    fn any_record()(
        kind in 0..ChangeKind::ALL.len(), account in 0..3, region in 0..2, of_type in 0..3,
        id in 0..4, tag in proptest::option::of(0..2), name in proptest::option::of(0..3),
        second in 0i64..30 * 86_400, daily: bool,
    ) -> ItemRecord {
        let types = [ENI, "AWS::IAM::Role", COMPLIANCE];
        ItemRecord {
            of: RecordedResource {
                account: format!("11112222333{account}").into(),
                region: format!("eu-west-{region}").into(),
                resource_type: types[usize::try_from(of_type).unwrap()].into(),
                resource_id: format!("r-{id}").into(),
                resource_name: name.map(|n| format!("n{n}").into()),
                tag: tag.map(|t| format!("t{t}").into()),
            }
            .into(),
            at: jiff::Timestamp::from_second(1_730_419_200 + second).unwrap(),
            kind: ChangeKind::ALL[kind],
            daily,
        }
    }
}

fn sums(list: &CostList) -> (u64, Usd, Usd, Usd) {
    let lines = list.lines.iter();
    let rest = list.rest.unwrap_or_default();
    (
        lines.clone().map(|l| l.items).sum::<u64>() + rest.items,
        lines.clone().map(|l| l.usd).chain([rest.usd]).sum(),
        lines
            .clone()
            .filter_map(|l| l.previous_usd)
            .chain(rest.previous_usd)
            .sum(),
        lines.map(|l| l.echoes_usd).chain([rest.echoes_usd]).sum(),
    )
}

proptest! {
    #[test]
    fn parts_add_up_to_the_total_whatever_is_cut(
        current in proptest::collection::vec(any_record(), 0..60),
        previous in proptest::collection::vec(any_record(), 0..30),
        top in 0usize..6,
    ) {
        let bill = bill(&current, Some(&previous), top);
        let total = (
            count(current.len()), bill.total.usd, bill.total.previous_usd.unwrap(), bill.echoes.usd,
        );
        let by_tag = bill.by_tag.as_ref().unwrap();
        for list in [&bill.by_type, &bill.by_account, &bill.by_region, &bill.by_resource, by_tag] {
            prop_assert_eq!(sums(list), total);
            prop_assert!(list.lines.len() <= top);
            prop_assert!(list.lines.is_sorted_by(|a, b| a.usd >= b.usd));
        }
        let parts = [
            bill.real_changes, bill.echoes, bill.compliance, bill.first_seen, bill.not_recorded,
            bill.unknown,
        ];
        prop_assert_eq!(parts.iter().map(|p| p.usd).sum::<Usd>(), bill.total.usd);
        prop_assert_eq!(parts.iter().map(|p| p.items).sum::<u64>(), bill.total.items);
        let kinds = || bill.by_kind.iter().map(|l| l.money);
        prop_assert_eq!(kinds().map(|m| m.usd).sum::<Usd>(), bill.total.usd);
        prop_assert_eq!(kinds().filter_map(|m| m.previous_usd).sum::<Usd>(), total.2);
        let movers = bill.movers.unwrap();
        let moved = movers.increases.total_difference_usd.plus(movers.decreases.total_difference_usd);
        prop_assert_eq!(Some(moved), bill.total.difference_usd);
    }

    #[test]
    fn the_order_of_items_makes_no_difference(
        (current, shuffled) in proptest::collection::vec(any_record(), 0..40)
            .prop_flat_map(|items| (Just(items.clone()), Just(items).prop_shuffle())),
    ) {
        prop_assert_eq!(bill(&current, Some(&current), 4), bill(&shuffled, Some(&shuffled), 4));
    }

    #[test]
    fn it_is_the_same_where_items_share_what_they_say(
        current in proptest::collection::vec(any_record(), 0..60),
        previous in proptest::collection::vec(any_record(), 0..30),
    ) {
        let mut both = sharing(&[&*current, &*previous].concat());
        let before = both.split_off(current.len());
        prop_assert_eq!(bill(&both, Some(&before), 9), bill(&current, Some(&previous), 9));
        prop_assert_eq!(bill(&both, None, 9), bill(&current, None, 9));
    }

    #[test]
    fn excluding_every_type_saves_the_whole_bill(
        current in proptest::collection::vec(any_record(), 0..40),
    ) {
        let bill = bill(&current, None, usize::MAX);
        for list in [&bill.savings, &bill.savings_by_account] {
            let saved: Usd = list.lines.iter().map(|l| l.exclude_saves_usd).sum();
            prop_assert_eq!(saved, bill.total.usd);
            let lost: u64 = list.lines.iter().map(|l| l.real_changes_lost).sum();
            prop_assert_eq!(lost, bill.real_changes.items);
            prop_assert!(list.lines.iter().all(|l| l.daily_saves_usd.is_none_or(
                |usd| usd > Usd::default() && usd < l.exclude_saves_usd)));
        }
    }
}
