//! Coverage of deliveries made by hand.

use jiff::{civil::date, tz::TimeZone};
use proptest::prelude::*;

use super::*;
use crate::domain::DeliveryFolder;

fn delivery(region: &str, day: Date, kind: DeliveryKind, files: usize) -> Delivery {
    Delivery {
        bytes: 0,
        folder: DeliveryFolder {
            account: "111122223333".into(),
            region: region.into(),
            day,
            kind,
        },
        keys: (0..files)
            .map(|n| format!("{day}/{n}.json.gz").into())
            .collect(),
        newest: Offset::UTC.to_timestamp(day.at(12, 0, 0, 0)).unwrap(),
    }
}

fn november(day: i8) -> Date {
    date(2024, 11, day)
}

#[test]
fn margin_folders_make_no_day() {
    use DeliveryKind::{History, Oversized, Snapshot};
    let deliveries = [
        delivery("us-east-1", date(2024, 10, 31), History, 1),
        delivery("us-east-1", november(1), History, 2),
        delivery("us-east-1", november(2), Snapshot, 1),
        delivery("us-east-1", november(9), History, 3),
        delivery("us-east-1", november(30), Oversized, 1),
        delivery("us-east-1", date(2024, 12, 2), History, 1),
        delivery("eu-west-1", date(2024, 12, 1), History, 4),
    ];
    let coverage = DeliveryCoverage::of(&deliveries, november(1), november(30));
    let [eu, us] = coverage.recorders.as_slice() else {
        panic!("{coverage:?}");
    };
    assert_eq!(
        (eu.history_files, eu.days_with_history, eu.days),
        (0, 0, 30)
    );
    assert_eq!(eu.longest_silence.as_deref(), Some("2024-11-01/2024-11-30"));
    assert_eq!(eu.watermark.unwrap().to_string(), "2024-12-01T12:00:00Z");
    assert_eq!((us.history_files, us.snapshot_files), (5, 1));
    assert_eq!((us.days_with_history, us.days), (2, 30));
    assert_eq!(us.longest_silence.as_deref(), Some("2024-11-10/2024-11-30"));
    assert_eq!(
        coverage.watermark.unwrap().to_string(),
        "2024-12-02T12:00:00Z"
    );
    assert_eq!(coverage.gaps(), 2);
}

#[test]
fn of_silences_of_one_length_the_first_is_named_and_none_without() {
    let days = |days: &[i8]| -> Option<String> {
        let with_history = days.iter().map(|day| november(*day)).collect();
        longest_silence(&with_history, (november(1), november(5)))
            .map(|(from, to)| format!("{}-{}", from.day(), to.day()))
    };
    assert_eq!(days(&[3]).as_deref(), Some("1-2"));
    assert_eq!(days(&[1, 5]).as_deref(), Some("2-4"));
    assert_eq!(days(&[1, 2, 3, 4]).as_deref(), Some("5-5"));
    assert_eq!(days(&[1, 2, 3, 4, 5]), None);
}

#[test]
fn days_to_come_are_no_silence() {
    let period = Period::of_month("2024-11".parse().unwrap(), TimeZone::UTC).unwrap();
    let deliveries = [delivery("us-east-1", november(1), DeliveryKind::History, 1)];
    let at = |now: &str| DeliveryCoverage::of_period(&deliveries, &period, now.parse().unwrap());
    let running = at("2024-11-03T01:00:00Z");
    assert_eq!(running.recorders[0].days, 3);
    assert_eq!(
        running.recorders[0].longest_silence.as_deref(),
        Some("2024-11-02/2024-11-03")
    );
    assert_eq!(at("2025-01-01T00:00:00Z").recorders[0].days, 30);
    let before = at("2024-10-20T00:00:00Z");
    assert_eq!((before.recorders[0].days, before.gaps()), (0, 0));
    assert_eq!(before.recorders[0].longest_silence, None);
}

#[test]
fn all_time_is_from_the_first_delivery_to_the_last() {
    let deliveries = [
        delivery("us-east-1", november(3), DeliveryKind::History, 1),
        delivery("us-east-1", november(12), DeliveryKind::History, 1),
    ];
    let now = "2025-01-01T00:00:00Z".parse().unwrap();
    let all_time = Period::all_time(TimeZone::UTC);
    let coverage = DeliveryCoverage::of_period(&deliveries, &all_time, now);
    assert_eq!(coverage.recorders[0].days, 10);
    assert_eq!(
        DeliveryCoverage::of_period(&[], &all_time, now),
        DeliveryCoverage::default()
    );
}

proptest! {
    #[test]
    fn silence_and_history_fit_into_the_days(
        days in proptest::collection::btree_set(1i8..=30, 0..30),
    ) {
        let deliveries: Vec<_> = days
            .iter()
            .map(|day| delivery("us-east-1", november(*day), DeliveryKind::History, 1))
            .collect();
        let with_history = days.iter().map(|day| november(*day)).collect();
        let silence = longest_silence(&with_history, (november(1), november(30)));
        let silent_days = silence.map_or(0, |(from, to)| days_between(from, to) + 1);
        prop_assert_eq!(silence.is_none(), days.len() == 30);
        prop_assert!(silent_days + i64::try_from(days.len()).unwrap() <= 30);
        if let Some((from, to)) = silence {
            prop_assert!(!with_history.iter().any(|day| from <= *day && *day <= to));
        }
        let coverage = DeliveryCoverage::of(&deliveries, november(1), november(30));
        prop_assert_eq!(coverage.gaps(), u64::from((1..30).contains(&days.len())));
    }
}
