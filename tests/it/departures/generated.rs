//! Six ordinary months and one with three incidents, through delivered files.

use jiff::{Timestamp, civil::Date};
use serde_json::{Value, json};

use super::{is_about, list, ranked, report};
use crate::support::{
    lake::{TestLake, with},
    states::{gone, later, of, place_of},
};

const A: &str = "111122223333";
const B: &str = "444455556666";
const MONTHS: [&str; 7] = [
    "2024-05", "2024-06", "2024-07", "2024-08", "2024-09", "2024-10", "2024-11",
];

struct World {
    items: Vec<Value>,
    random: u64,
    silent: Option<(&'static str, &'static str)>,
}

impl World {
    /// Two accounts that are changed in office hours of working days, some resources each month.
    fn ordinary(seed: u64, silent: Option<(&'static str, &'static str)>) -> Self {
        let mut world = Self {
            items: Vec::new(),
            random: seed,
            silent,
        };
        for account in [A, B] {
            world.recorder(account, "2024-04-28T08:00:00.000Z", true);
            for (kind, count) in KINDS {
                for number in 0..count {
                    world.found(account, kind, number);
                }
            }
        }
        for month in MONTHS {
            let first: Date = format!("{month}-01").parse().unwrap();
            for day in 0..first.days_in_month() {
                let date = first.checked_add(jiff::Span::new().days(day)).unwrap();
                if date.weekday().to_monday_zero_offset() >= 5 {
                    continue;
                }
                for account in [A, B] {
                    for _ in 0..4 + world.below(4) {
                        world.ordinary_change(account, date);
                    }
                }
            }
        }
        world
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % bound
    }

    fn found(&mut self, account: &str, kind: &str, number: u64) {
        let id = id_of(kind, number);
        let region = if kind == "AWS::IAM::Role" {
            "global"
        } else {
            "us-east-1"
        };
        let fields = json!({
            "awsAccountId": account, "awsRegion": region, "resourceName": id,
            "configurationItemStatus": "ResourceDiscovered", "resourceCreationTime": "2022-01-01T00:00:00.000Z",
        });
        let body = json!({"version": 0});
        self.items.push(with(
            of(kind, &id, "2024-04-28T09:00:00.000Z", body),
            fields,
        ));
    }

    fn recorder(&mut self, account: &str, time: &str, on: bool) {
        let body = json!({"Id": "default", "Name": "default", "Recording": on, "RecordingGroup": {"AllSupported": true}});
        let fields = json!({"awsAccountId": account, "resourceName": "default"});
        let item = with(
            of("AWS::Config::ConfigurationRecorder", "default", time, body),
            fields,
        );
        let status = if time.starts_with("2024-04") {
            "ResourceDiscovered"
        } else {
            "OK"
        };
        self.items
            .push(with(item, json!({"configurationItemStatus": status})));
    }

    fn ordinary_change(&mut self, account: &str, date: Date) {
        // Groups change rarely, functions most.
        let (kind, count) =
            KINDS[[0, 0, 0, 0, 1, 1, 2, 2][usize::try_from(self.below(8)).unwrap()]];
        let number = self.below(count);
        let (hour, minute) = (9 + self.below(8), self.below(60));
        let time = format!(
            "{date}T{hour:02}:{minute:02}:{:02}.{:03}Z",
            self.below(60),
            self.below(1000)
        );
        if self
            .silent
            .is_none_or(|(from, to)| account == A || !(from..to).contains(&time.as_str()))
        {
            self.change(account, kind, number, &time);
        }
    }

    fn change(&mut self, account: &str, kind: &str, number: u64, time: &str) {
        let id = id_of(kind, number);
        let found = self
            .items
            .iter()
            .find(|item| item["awsAccountId"] == account && item["resourceId"] == id.as_str());
        let item = later(
            found.unwrap(),
            time,
            json!({"configuration": {"version": time}}),
        );
        self.items.push(item);
    }

    /// One file for each day and folder.
    fn written(mut self) -> TestLake {
        let lake = TestLake::new();
        let key = |item: &Value| {
            let place = place_of(item);
            (place.account, place.region, place.day)
        };
        self.items
            .sort_by_key(|item| (key(item), item["configurationItemCaptureTime"].to_string()));
        for items in self.items.chunk_by(|a, b| key(a) == key(b)) {
            lake.items(&place_of(&items[0]), "f.json.gz", items);
        }
        lake
    }
}

const KINDS: [(&str, u64); 4] = [
    ("AWS::Lambda::Function", 12),
    ("AWS::EC2::SecurityGroup", 8),
    ("AWS::IAM::Role", 8),
    ("AWS::SQS::Queue", 20),
];

fn id_of(kind: &str, number: u64) -> String {
    format!(
        "{}-{number}",
        kind.rsplit("::").next().unwrap().to_lowercase()
    )
}

fn instant(start: &str, minutes: i64) -> String {
    let start: Timestamp = start.parse().unwrap();
    let ms = start.as_millisecond() + minutes * 60_000;
    Timestamp::from_millisecond(ms)
        .unwrap()
        .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
        .to_string()
}

/// Ordinary months differ from seed to seed; what is said of the incidents must not.
const SEEDS: [u64; 5] = [1, 7, 2024, 20_241_124, 987_654_321];

#[test]
fn three_planted_incidents_come_first() {
    for seed in SEEDS {
        planted_come_first(seed);
    }
}

fn planted_come_first(seed: u64) {
    let mut world = World::ordinary(seed, None);
    // 18 queues of an account that has not deleted anything are gone within minutes.
    for number in 0..18 {
        let id = id_of("AWS::SQS::Queue", number);
        let queue = world
            .items
            .iter()
            .find(|item| item["awsAccountId"] == A && item["resourceId"] == id.as_str());
        let dead = gone(
            queue.unwrap(),
            &format!("2024-11-20T14:0{}:{:02}.000Z", number / 6, number),
        );
        world.items.push(dead);
    }
    // A role is changed on a Sunday at three in the morning.
    world.change(B, "AWS::IAM::Role", 3, "2024-11-24T03:07:11.000Z");
    // A function is released every four minutes for two hours and a half.
    for release in 0..38 {
        let time = instant("2024-11-12T10:00:00.000Z", 4 * release);
        world.change(A, "AWS::Lambda::Function", 5, &time);
    }
    assert!(world.items.len() < 4_000, "{}", world.items.len());
    let lake = world.written();
    let report = report(&["--lake", lake.arg()], "2024-11");
    let ranked = ranked(&report);
    let is_deletion = |entry: &Value| {
        entry["kind"] == "mass_deletion" && entry["account"] == A && entry["seen"] == 18
    };
    let is_role = |entry: &Value| entry["account"] == B && is_about(entry, "role-3");
    let is_burst = |entry: &Value| entry["account"] == A && is_about(entry, "function-5");
    let places = [
        ("deletion", ranked.iter().position(is_deletion)),
        ("role", ranked.iter().position(is_role)),
        ("burst", ranked.iter().position(is_burst)),
    ];
    for (what, place) in places {
        assert!(
            place.is_some_and(|place| place < 3),
            "seed {seed}: {what} is at {place:?}: {ranked:#?}"
        );
    }
}

#[test]
fn a_clean_month_with_a_recorder_gap_names_nothing() {
    for seed in SEEDS {
        gap_names_nothing(seed);
    }
}

fn gap_names_nothing(seed: u64) {
    let (from, to) = ("2024-11-10T08:00:00.000Z", "2024-11-19T08:00:00.000Z");
    let mut world = World::ordinary(seed, Some((from, to)));
    world.recorder(B, from, false);
    world.recorder(B, to, true);
    let lake = world.written();
    let report = report(&["--lake", lake.arg()], "2024-11");
    assert_eq!(ranked(&report), Vec::<Value>::new(), "seed {seed}");
    let gaps = list(&report["anomalies"]["recording_gaps"]);
    let stopped: Vec<&Value> = gaps
        .iter()
        .filter(|gap| gap["cause"] == "stopped")
        .collect();
    assert_eq!(stopped.len(), 1, "{gaps:#?}");
    assert_eq!(
        (&stopped[0]["account"], &stopped[0]["region"]),
        (&json!(B), &json!("us-east-1"))
    );
    assert!(
        stopped[0]["from"]
            .as_str()
            .unwrap()
            .starts_with("2024-11-10T08:00")
    );
    assert!(
        stopped[0]["to"]
            .as_str()
            .unwrap()
            .starts_with("2024-11-19T08:00")
    );
}

#[test]
fn days_without_any_delivery_are_no_drop() {
    // The recorder says nothing of it: its role may have lost the bucket.
    let lake = World::ordinary(7, Some(("2024-11-08", "2024-11-23"))).written();
    let report = report(&["--lake", lake.arg()], "2024-11");
    assert_eq!(ranked(&report), Vec::<Value>::new());
    let recorders = list(&report["coverage"]["recorders"]);
    let of_b = recorders.iter().find(|line| line["account"] == B).unwrap();
    assert_eq!(of_b["complete"], false, "{of_b}");
    let silence = of_b["longest_silence"].as_str().unwrap();
    assert!(
        silence.starts_with("2024-11-0") && silence.contains("/2024-11-2"),
        "{silence}"
    );
}

#[test]
fn a_switch_to_daily_recording_is_named_and_is_no_drop() {
    let mut world = World::ordinary(7, None);
    let is_daily = |item: &Value| {
        let time = item["configurationItemCaptureTime"].as_str().unwrap();
        item["awsAccountId"] == B
            && item["resourceType"] == "AWS::Lambda::Function"
            && time >= "2024-11-01"
    };
    // One item a day stands for all changes of the day: of five items one is left.
    let mut seen = 0;
    world.items.retain(|item| {
        seen += i32::from(is_daily(item));
        !is_daily(item) || seen % 5 == 0
    });
    for item in world.items.iter_mut().filter(|item| is_daily(item)) {
        item["recordingFrequency"] = json!("DAILY");
    }
    let lake = world.written();
    let report = report(&["--lake", lake.arg()], "2024-11");
    assert_eq!(ranked(&report), Vec::<Value>::new());
    let changes = list(&report["anomalies"]["recording_mode_changes"]);
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!(
        (&changes[0]["account"], &changes[0]["resource_type"]),
        (&json!(B), &json!("AWS::Lambda::Function"))
    );
}
