//! Recorders whose items and deliveries are made by hand.

use std::iter;

use jiff::{civil::date, tz::TimeZone};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    analysis::RecordedResource,
    domain::{ChangeKind, DeliveryFolder},
};

fn delivery(region: &str, day: Date) -> Delivery {
    Delivery {
        bytes: 0,
        folder: DeliveryFolder {
            account: "111122223333".into(),
            region: region.into(),
            day,
            kind: DeliveryKind::History,
        },
        keys: vec!["a.json.gz".into()],
        newest: Offset::UTC.to_timestamp(day.at(12, 0, 0, 0)).unwrap(),
    }
}

fn item(at: &str, status: &str, body: Option<Value>) -> ConfigurationItem {
    ConfigurationItem {
        account: "111122223333".into(),
        region: "us-east-1".into(),
        availability_zone: None,
        resource_type: "AWS::Config::ConfigurationRecorder".into(),
        resource_id: "default".into(),
        resource_name: None,
        arn: None,
        status: Some(status.into()),
        capture_time: at.parse().unwrap(),
        state_id: None,
        creation_time: None,
        version: None,
        recording_frequency: None,
        tags: Vec::new(),
        configuration: body.map(|body| body.to_string().into()),
        supplementary_configuration: None,
        relationships: None,
    }
}

fn recording(recording: bool) -> Value {
    json!({"Name": "default", "Recording": recording,
        "RecordingGroup": {"AllSupported": true, "IncludeGlobalResourceTypes": true}})
}

fn november() -> Period {
    Period::of_month("2024-11".parse().unwrap(), TimeZone::UTC).unwrap()
}

fn now() -> Timestamp {
    "2025-02-01T00:00:00Z".parse().unwrap()
}

/// Events as `MM-DDTHH kind types`.
fn events(items: &[ConfigurationItem]) -> Vec<String> {
    let events = recorder_events(items, &november());
    let text = |event: &RecorderEvent| {
        let kind = serde_json::to_value(event.event).unwrap();
        let at = event.at.to_string();
        let types = event.resource_types.join(",");
        format!(
            "{} {} {types}",
            at.get(5..13).unwrap(),
            kind.as_str().unwrap()
        )
        .trim()
        .to_owned()
    };
    events.iter().map(text).collect()
}

/// Gaps as `cause from/to`.
fn gaps(items: &[ConfigurationItem], deliveries: &[Delivery]) -> Vec<String> {
    let gaps = recorder_gaps(items, deliveries, &november(), None, now());
    let text =
        |gap: &RecorderGap| format!("{:?} {} {}/{}", gap.cause, gap.region, gap.from, gap.to);
    gaps.iter().map(text).collect()
}

/// Every day from the first of September to the tenth of December but some of November's.
fn days_without(silent: impl Fn(Date) -> bool) -> Vec<Date> {
    let days = iter::successors(Some(date(2024, 9, 1)), |day| day.tomorrow().ok());
    days.take(101).filter(|day| !silent(*day)).collect()
}

#[test]
fn starts_and_stops_only_where_recording_changes() {
    let items = [
        item("2024-11-20T08:00:00Z", "OK", Some(recording(true))),
        item(
            "2024-11-01T08:00:00Z",
            "ResourceDiscovered",
            Some(recording(true)),
        ),
        item("2024-11-12T08:00:00Z", "OK", Some(recording(false))),
        item("2024-11-13T08:00:00Z", "OK", Some(recording(false))),
        item("2024-11-25T08:00:00Z", "ResourceDeleted", None),
        item(
            "2024-11-02T08:00:00Z",
            "OK",
            Some(json!({"status": {"recording": true}})),
        ),
    ];
    assert_eq!(
        events(&items),
        [
            "11-01T08 started",
            "11-12T08 stopped",
            "11-20T08 started",
            "11-25T08 stopped"
        ]
    );
    assert_eq!(
        gaps(&items, &[]),
        [
            "Stopped us-east-1 2024-11-12T08:00:00Z/2024-11-20T08:00:00Z",
            "Stopped us-east-1 2024-11-25T08:00:00Z/2024-12-01T00:00:00Z",
        ]
    );
    // First known by an update: it had started before.
    assert_eq!(
        events(&[item("2024-11-20T08:00:00Z", "OK", Some(recording(true)))]),
        [""; 0]
    );
}

#[test]
fn types_and_frequencies_by_name() {
    let body = |group: Value, mode: Value| {
        Some(json!({"recording": true, "recordingGroup": group, "recordingMode": mode}))
    };
    let exclude = |types: Value| {
        json!({"allSupported": false, "exclusionByResourceTypes": {"resourceTypes": types},
            "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}})
    };
    let continuous = json!({"recordingFrequency": "CONTINUOUS"});
    let daily = json!({"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": [
        {"recordingFrequency": "DAILY", "resourceTypes": ["T::B", "T::A"]}]});
    let items = [
        item(
            "2024-10-01T08:00:00Z",
            "OK",
            body(exclude(json!(["T::X", "T::Y"])), continuous.clone()),
        ),
        item(
            "2024-11-02T08:00:00Z",
            "OK",
            body(exclude(json!(["T::Y", "T::Z"])), continuous),
        ),
        item(
            "2024-11-03T08:00:00Z",
            "OK",
            body(exclude(json!(["T::Y", "T::Z"])), daily.clone()),
        ),
        item(
            "2024-11-04T08:00:00Z",
            "OK",
            body(json!({"resourceTypes": ["T::Z"]}), daily),
        ),
        item(
            "2024-11-05T08:00:00Z",
            "OK",
            body(
                json!({"resourceTypes": ["T::Z"]}),
                json!({"recordingFrequency": "DAILY"}),
            ),
        ),
    ];
    assert_eq!(
        events(&items),
        [
            "11-02T08 types_began T::X",
            "11-02T08 types_ceased T::Z",
            "11-03T08 daily_began T::A,T::B",
            "11-04T08 types_began T::Z",
            "11-04T08 scope_changed",
            "11-05T08 daily_began",
        ]
    );
    let period = november();
    let coverage = DeliveryCoverage::of_input(&CoverageInput {
        deliveries: &[],
        period: &period,
        baseline: None,
        now: now(),
        recorder_items: &items,
        current: &[],
        previous: None,
    });
    let names = |types: &[RecordedType]| -> Vec<String> {
        types
            .iter()
            .map(|line| line.resource_type.clone())
            .collect()
    };
    assert_eq!(names(&coverage.types_began), ["T::X", "T::Z"]);
    assert_eq!(names(&coverage.types_ceased), ["T::Z"]);
}

#[test]
fn recorders_of_other_services_tell_nothing() {
    let body = json!({"Name": "AWSConfigurationRecorderForX_y", "Recording": false});
    let mut other = item("2024-11-05T00:00:00Z", "OK", Some(body));
    other.resource_id = "AWSConfigurationRecorderForX_y".into();
    let mut internal = recording(false);
    internal["RecordingScope"] = json!("INTERNAL");
    let internal = item("2024-11-06T00:00:00Z", "OK", Some(internal));
    assert_eq!(events(&[other.clone(), internal.clone()]), [""; 0]);
    assert_eq!(gaps(&[other, internal], &[]), [""; 0]);
}

#[test]
fn a_silence_unlike_any_before_is_a_gap() {
    let silent = |day: Date| (date(2024, 11, 10)..date(2024, 11, 14)).contains(&day);
    let of_day = |day: &Date| delivery("us-east-1", *day);
    let deliveries: Vec<_> = days_without(silent).iter().map(of_day).collect();
    assert_eq!(
        gaps(&[], &deliveries),
        ["Silent us-east-1 2024-11-10T00:00:00Z/2024-11-14T00:00:00Z"]
    );
    // Fewer than twenty days before it make no habit, a gap of another month is not November's.
    let since = |first| -> Vec<_> {
        deliveries
            .iter()
            .filter(|d| d.folder.day >= first)
            .cloned()
            .collect()
    };
    assert_eq!(gaps(&[], &since(date(2024, 10, 25))), [""; 0]);
    let december = Period::of_month("2024-12".parse().unwrap(), TimeZone::UTC).unwrap();
    assert_eq!(recorder_gaps(&[], &deliveries, &december, None, now()), []);
    let base = november();
    assert_eq!(
        recorder_gaps(&[], &deliveries, &december, Some(&base), now()),
        []
    );
    let base = Period::between(date(2024, 9, 1), date(2024, 12, 1), TimeZone::UTC).unwrap();
    assert_eq!(
        recorder_gaps(&[], &deliveries, &december, Some(&base), now()).len(),
        1
    );
}

#[test]
fn quiet_accounts_have_no_gaps() {
    // Nothing at weekends, and on four further days about a holiday.
    let weekdays = days_without(|day| {
        day.weekday().to_monday_zero_offset() > 4
            || (date(2024, 11, 26)..date(2024, 11, 30)).contains(&day)
    });
    // Something each ninth day.
    let rare = days_without(|day| days_between(date(2024, 9, 1), day) % 9 != 0);
    for days in [weekdays, rare] {
        let of_day = |day: &Date| delivery("us-east-1", *day);
        let mut deliveries: Vec<_> = days.iter().map(of_day).collect();
        assert_eq!(gaps(&[], &deliveries), [""; 0]);
        deliveries.push(delivery("eu-west-1", date(2024, 12, 10)));
        assert_eq!(gaps(&[], &deliveries), [""; 0]);
    }
}

#[test]
fn a_silence_to_the_end_counts_only_if_others_deliver() {
    let days = days_without(|day| day > date(2024, 11, 20));
    let mut deliveries: Vec<_> = days.iter().map(|day| delivery("us-east-1", *day)).collect();
    assert_eq!(gaps(&[], &deliveries), [""; 0]);
    deliveries.push(delivery("eu-west-1", date(2024, 11, 27)));
    assert_eq!(
        gaps(&[], &deliveries),
        ["Silent us-east-1 2024-11-21T00:00:00Z/2024-11-27T12:00:00Z"]
    );
}

#[test]
fn a_silence_of_a_stopped_recorder_is_one_gap() {
    let silent = |day: Date| (date(2024, 11, 11)..date(2024, 11, 16)).contains(&day);
    let deliveries: Vec<_> = days_without(silent)
        .iter()
        .map(|day| delivery("us-east-1", *day))
        .collect();
    let items = [
        item("2024-10-01T08:00:00Z", "OK", Some(recording(true))),
        item("2024-11-10T08:00:00Z", "OK", Some(recording(false))),
        item("2024-11-15T08:00:00Z", "OK", Some(recording(true))),
    ];
    assert_eq!(
        gaps(&items, &deliveries),
        ["Stopped us-east-1 2024-11-10T08:00:00Z/2024-11-16T00:00:00Z"]
    );
}

#[test]
fn complete_is_every_day_past_the_end_and_never_stopped() {
    let period = november();
    let complete = |deliveries: &[Delivery], items: &[ConfigurationItem]| {
        let input = CoverageInput {
            deliveries,
            period: &period,
            baseline: None,
            now: now(),
            recorder_items: items,
            current: &[],
            previous: None,
        };
        let coverage = DeliveryCoverage::of_input(&input);
        coverage.recorders[0].complete
    };
    let all: Vec<_> = days_without(|_| false)
        .iter()
        .map(|day| delivery("us-east-1", *day))
        .collect();
    assert!(complete(&all, &[]));
    let without = |skip: Date| -> Vec<_> {
        all.iter()
            .filter(|d| d.folder.day != skip)
            .cloned()
            .collect()
    };
    assert!(!complete(&without(date(2024, 11, 30)), &[]));
    assert!(complete(&without(date(2024, 10, 31)), &[]));
    let ended: Vec<_> = all
        .iter()
        .filter(|d| d.newest < period.end())
        .cloned()
        .collect();
    assert!(!complete(&ended, &[]));
    let at = |at| item(at, "OK", Some(recording(true)));
    let stop = item("2024-11-10T08:00:00Z", "OK", Some(recording(false)));
    let stopped = [at("2024-10-01T08:00:00Z"), stop, at("2024-11-10T08:05:00Z")];
    assert!(!complete(&all, &stopped));
    assert!(complete(&all, &stopped[..1]));
}

#[test]
fn at_most_twelve_silences_are_named() {
    // Every second day of November is silent: the even ones.
    let days = days_without(|day| day.month() == 11 && day.day() % 2 == 0);
    let deliveries: Vec<_> = days.iter().map(|day| delivery("us-east-1", *day)).collect();
    let coverage = DeliveryCoverage::of_period(&deliveries, &november(), now());
    let line = &coverage.recorders[0];
    assert_eq!(line.silent_days.len(), 12);
    assert_eq!(line.silent_days[11], "2024-11-24");
    assert_eq!(line.more_silent_ranges, 3);
}

#[test]
fn modes_only_of_types_that_are_or_were_daily() {
    let record = |resource_type: &str, daily| ItemRecord {
        of: RecordedResource {
            account: "111122223333".into(),
            region: "us-east-1".into(),
            resource_type: resource_type.into(),
            resource_id: "r".into(),
            resource_name: None,
            tag: None,
        }
        .into(),
        at: now(),
        kind: ChangeKind::Settings,
        daily,
    };
    let current = [
        record("T::A", true),
        record("T::B", false),
        record("T::C", false),
    ];
    let previous = [
        record("T::A", false),
        record("T::A", false),
        record("T::B", true),
    ];
    let [current, previous] =
        [&current, &previous].map(|records| records.iter().collect::<Vec<_>>());
    let text = |previous| -> Vec<String> {
        let lines = modes::modes(&current, previous).into_iter();
        let text = |line: ModeLine| {
            let before = line.previous.map(|p| (p.daily, p.continuous));
            format!(
                "{} {} {} {before:?}",
                line.resource_type, line.daily, line.continuous
            )
        };
        lines.map(text).collect()
    };
    assert_eq!(
        text(Some(&previous)),
        ["T::A 1 0 Some((0, 2))", "T::B 0 1 Some((1, 0))"]
    );
    assert_eq!(text(None), ["T::A 1 0 None"]);
}

proptest! {
    #[test]
    fn any_body_is_read_without_panic_in_any_order(
        bodies in proptest::collection::vec(("\\PC{0,40}", 0i64..5), 0..8),
    ) {
        let at = |n: i64| Timestamp::from_second(1_731_000_000 + n).unwrap().to_string();
        let mut items: Vec<_> = bodies
            .iter()
            .map(|(text, n)| item(&at(*n), "OK", Some(json!({"recording": text, "x": text}))))
            .chain([item(&at(3), "OK", Some(recording(true))), item(&at(4), "OK", Some(recording(false)))])
            .collect();
        let forward = events(&items);
        items.reverse();
        prop_assert_eq!(events(&items), forward);
    }
}
