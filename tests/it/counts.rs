//! The counts agree with counts made without this program.

use std::{collections::BTreeMap, path::Path, process::Command};

use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;

use crate::support::{
    cli::{Run, november, run},
    lake::{Place, TestLake, document, gzip, item, truncated},
    left_out,
    organisation::{Made, organisation},
};

const COLUMNS: &str = "resource_type,resource_name,account,region";
const ZONES: [&str; 3] = ["UTC", "Asia/Tokyo", "America/New_York"];
const DEMO_MONTHS: [&str; 13] = [
    "2023-11", "2023-12", "2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06",
    "2024-07", "2024-08", "2024-09", "2024-10", "2024-11",
];

/// The program's counts, as sorted lines.
fn counted(source: &[&str], month: &str, zone: &str) -> (Vec<String>, i32) {
    let asked = [
        "query",
        "--month",
        month,
        "--timezone",
        zone,
        "--group-by",
        COLUMNS,
        "--measure",
        "items",
        "--format",
        "csv",
        "--limit",
        "0",
    ];
    let answer = run(source.iter().chain(&asked));
    assert!([0, 3].contains(&answer.code), "{answer:?}");
    (lines_of(&answer.out), answer.code)
}

/// The counts of `examples/lake_counts.py`; `None` where there is no Python.
pub(crate) fn counted_by_script(
    lake: &Path,
    month: &str,
    zone: &str,
) -> Option<(Vec<String>, i32)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/lake_counts.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(lake)
        .args(["--month", month, "--timezone", zone])
        .output();
    match output {
        Ok(output) => {
            let run = Run::of(output);
            assert!([0, 3].contains(&run.code), "{run:?}");
            Some((lines_of(&run.out), run.code))
        }
        Err(error) => {
            left_out(&format!("there is no python3 ({error})"));
            None
        }
    }
}

/// The lines after the header, sorted: both write the same columns, each in its own order.
fn lines_of(csv: &str) -> Vec<String> {
    let mut lines: Vec<String> = csv.lines().skip(1).map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// The counts of what was generated, from the list alone.
fn expected(made: &[Made], month: &str, zone: &str) -> Vec<String> {
    let zone = TimeZone::get(zone).unwrap();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for made in made {
        let time: Timestamp = made.time.parse().unwrap();
        if zone.to_datetime(time).strftime("%Y-%m").to_string() == month {
            let Made {
                kind,
                name,
                account,
                region,
                ..
            } = made;
            *counts
                .entry(format!("{kind},{name},{account},{region}"))
                .or_default() += 1;
        }
    }
    counts
        .into_iter()
        .map(|(key, count)| format!("{key},{count}"))
        .collect()
}

#[test]
fn a_generated_lake_is_counted_as_it_was_made() {
    let lake = TestLake::under("o-exampleorg1/");
    let made = organisation(&lake);
    assert!(made.len() > 1_900, "{}", made.len());
    for zone in ZONES {
        for month in ["2024-10", "2024-11", "2024-12"] {
            let expected = expected(&made, month, zone);
            assert!(expected.is_empty() == (month == "2024-12" && zone == "America/New_York"));
            if expected.is_empty() {
                continue;
            }
            let (counts, code) = counted(&["--lake", lake.arg()], month, zone);
            assert_eq!(counts, expected, "{month} {zone}");
            if let Some(script) = counted_by_script(lake.path(), month, zone) {
                assert_eq!((counts, code), script, "{month} {zone}");
            }
        }
    }
}

#[test]
fn the_demo_is_counted_as_the_script_counts_it() {
    let lake = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/lake");
    let zones = DEMO_MONTHS.iter().map(|month| (month, "UTC"));
    for (month, zone) in zones.chain([(&"2024-11", "Asia/Tokyo"), (&"2024-11", "America/New_York")])
    {
        let bundled = counted(&["--demo"], month, zone);
        assert!(!bundled.0.is_empty(), "{month}");
        assert_eq!(
            bundled,
            counted(&["--lake", lake.to_str().unwrap()], month, zone),
            "{month}"
        );
        if let Some(script) = counted_by_script(&lake, month, zone) {
            assert_eq!(bundled, script, "{month} {zone}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// However the same items are split into files, parts and days, and redelivered, the counts
    /// stay the same.
    #[test]
    fn no_split_changes_the_counts(
        // For each item: its file, and the file it is delivered to again.
        splits in proptest::collection::vec((0usize..6, proptest::option::of(0usize..6)), 1..40),
        damaged in any::<bool>(),
    ) {
        let lake = TestLake::new();
        let mut files = vec![Vec::new(); 6];
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        for (n, (first, again)) in splits.iter().enumerate() {
            let id = format!("r-{}", n % 7);
            let item = item(&id, &format!("2024-11-{:02}T{:02}:00:00.000Z", 1 + n % 28, n % 24));
            files[*first].push(item.clone());
            if let Some(again) = again {
                files[*again].push(item);
            }
            *expected.entry(id).or_default() += 1;
        }
        for (n, items) in files.iter().enumerate().filter(|(_, items)| !items.is_empty()) {
            let day = format!("2024/11/{}", 10 + n / 2);
            let place = Place::history("111122223333", "us-east-1", &day);
            lake.items(&place, &format!("f_{}.json.gz", n % 2 + 1), items);
            if damaged {
                lake.bytes(&place, "cut.json.gz", &truncated(gzip(&document(items))));
            }
        }
        let answer = november(
            lake.arg(),
            &["--group-by", "resource_id", "--order-by", "resource_id", "--format", "csv"],
        );
        let lines: Vec<String> = expected.iter().map(|(id, count)| format!("{id},{count}")).collect();
        prop_assert_eq!(lines_of(&answer.out), lines);
        prop_assert_eq!(answer.code, if damaged { 3 } else { 0 });
    }
}
