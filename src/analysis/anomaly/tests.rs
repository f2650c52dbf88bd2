//! Generated organisations with planted incidents, and clean ones.

mod generator;
mod random;
mod types;

use generator::{Incident, Organisation, Settings, generate};
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    analysis::{GapCause, RecordedResource, record::sharing},
    domain::ChangeKind,
};

/// A debug build takes minutes for all of them.
const SEEDS: u64 = if cfg!(debug_assertions) { 3 } else { 12 };

fn worlds() -> Vec<(&'static str, Settings)> {
    let base = Settings::default();
    vec![
        ("ordinary", base),
        (
            "few accounts",
            Settings {
                accounts: 3,
                resources: 300,
                ..base
            },
        ),
        (
            "busy",
            Settings {
                resources: 900,
                activity: 2.0,
                ..base
            },
        ),
        (
            "quiet",
            Settings {
                activity: 0.4,
                ..base
            },
        ),
        (
            "projects",
            Settings {
                projects: true,
                ..base
            },
        ),
        (
            "holidays",
            Settings {
                last_factor: 0.45,
                ..base
            },
        ),
        (
            "rush",
            Settings {
                last_factor: 1.7,
                ..base
            },
        ),
    ]
}

fn find(organisation: &Organisation) -> Anomalies {
    let months = organisation.periods.len() - 1;
    find_anomalies(&AnomalyInput {
        month: organisation.periods[months].month().unwrap(),
        period: &organisation.periods[months],
        baseline: &organisation.periods[..months],
        records: &organisation.records,
        gaps: &organisation.gaps,
        top: 1000,
    })
}

fn names(entry: &Anomaly, incident: &Incident) -> bool {
    let on = |wanted: &Option<String>, has: &Option<String>| {
        wanted.is_none() || has.is_none() || wanted == has
    };
    let resource = incident.resource.is_none()
        || entry.resource_id == incident.resource
        || entry
            .evidence
            .resources
            .iter()
            .any(|r| Some(&r.resource_id) == incident.resource.as_ref());
    let specific = incident.region.is_none() || entry.region.is_some();
    entry.account == incident.account
        && on(&incident.region, &entry.region)
        && on(&incident.resource_type, &entry.resource_type)
        && resource
        && (specific || incident.resource.is_some())
        && incident.from <= entry.last
        && entry.first < incident.to
        && incident.kinds.contains(&entry.kind)
}

/// Average precision, and the incidents that no entry names.
fn precision(found: &Anomalies, incidents: &[Incident]) -> (f64, Vec<String>) {
    let mut named = vec![false; incidents.len()];
    let (mut rank, mut hits, mut sum) = (0.0, 0.0, 0.0);
    for entry in &found.ranked {
        let of: Vec<usize> = (0..incidents.len())
            .filter(|i| names(entry, &incidents[*i]))
            .collect();
        if !of.is_empty() && of.iter().all(|i| named[*i]) {
            continue;
        }
        rank += 1.0;
        if let Some(new) = of.into_iter().find(|i| !named[*i]) {
            named[new] = true;
            hits += 1.0;
            sum += hits / rank;
        }
    }
    let missed = incidents.iter().zip(&named).filter(|(_, named)| !**named);
    let missed = missed
        .map(|(incident, _)| incident.what.to_owned())
        .collect();
    (
        sum / f64::from(u32::try_from(incidents.len()).unwrap()),
        missed,
    )
}

fn line(entry: &Anomaly) -> String {
    format!(
        "{:?} {} {} {:?} {:?} {:?} seen {} expected {:?} {:?}",
        entry.kind,
        entry.score,
        entry.account,
        entry.region,
        entry.resource_type,
        entry.resource_id,
        entry.seen,
        entry.expected,
        entry.evidence.baseline_counts
    )
}

#[test]
fn planted_incidents_are_named_and_rank_above_noise() {
    let mut all_missing = Vec::new();
    for (name, settings) in worlds() {
        let mut all = 0.0;
        let mut missing = Vec::new();
        for seed in 0..SEEDS {
            let organisation = generate(
                seed,
                Settings {
                    planted: true,
                    ..settings
                },
            );
            let found = find(&organisation);
            let (precision, missed) = precision(&found, &organisation.incidents);
            all += precision;
            missing.extend(missed.into_iter().map(|what| (seed, what)));
        }
        let mean = all / f64::from(u32::try_from(SEEDS).unwrap());
        println!("{name}: mean average precision {mean:.3}, missed {missing:?}");
        // Where people take up resources at random, a key that is taken up and a score of changes
        // on a calm resource are nothing special: two of nine incidents count as missed there.
        let projects = name == "projects";
        let least = if projects { 7.0 / 9.0 } else { 0.85 };
        assert!(mean >= least, "{name}: {mean}");
        missing.retain(|(_, what)| {
            !(projects && ["woken key", "ordinary burst"].contains(&what.as_str()))
        });
        all_missing.extend(
            missing
                .into_iter()
                .map(|(seed, what)| format!("{name} {seed} {what}")),
        );
    }
    // 756 incidents: of a resource with a change or two a month, a few bursts stay within what
    // resources of its type do.
    assert!(all_missing.len() <= 6, "{all_missing:#?}");
    assert!(
        all_missing
            .iter()
            .all(|line| line.ends_with("ordinary burst")),
        "{all_missing:#?}"
    );
}

#[test]
fn a_clean_month_with_a_gap_names_no_incident() {
    let mut named = Vec::new();
    for (name, settings) in worlds() {
        for seed in 100..100 + SEEDS {
            for gap in [false, true] {
                let organisation = generate(seed, Settings { gap, ..settings });
                let found = find(&organisation);
                assert_eq!(found.recording_gaps.len(), usize::from(gap));
                named.extend(
                    found
                        .ranked
                        .iter()
                        .map(|e| format!("{name} {seed} {gap}: {}", line(e))),
                );
            }
        }
    }
    let (projects, others): (Vec<_>, Vec<_>) = named
        .into_iter()
        .partition(|line| line.starts_with("projects"));
    // 144 months: chance may wake a quiet resource or two; each seed runs with and without the gap.
    assert!(
        others.len() <= 4,
        "{} entries:\n{}",
        others.len(),
        others.join("\n")
    );
    // Work on what was never worked on before is unusual, and it is rare.
    assert!(
        projects.len() <= 24,
        "{} entries:\n{}",
        projects.len(),
        projects.join("\n")
    );
}

#[test]
fn a_resource_is_observed_from_the_month_in_which_it_came() {
    let periods = ["2024-09", "2024-10", "2024-11"]
        .map(|month| Period::of_month(month.parse().unwrap(), jiff::tz::TimeZone::UTC).unwrap());
    let record = |id: &str, at: &str, kind| ItemRecord {
        of: RecordedResource {
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            resource_type: "AWS::EC2::VPC".into(),
            resource_id: id.into(),
            resource_name: None,
            tag: None,
        }
        .into(),
        at: format!("{at}T00:00:00Z").parse().unwrap(),
        kind,
        daily: false,
    };
    let records = [
        record("a", "2024-09-02", ChangeKind::Settings),
        record("b", "2024-10-02", ChangeKind::Created),
        record("c", "2024-10-03", ChangeKind::Settings),
        record("d", "2024-10-04", ChangeKind::FirstSeen),
        record("e", "2024-11-30", ChangeKind::Created),
    ];
    let world = World::of(&AnomalyInput {
        month: "2024-11".parse().unwrap(),
        period: &periods[2],
        baseline: &periods[..2],
        records: &records,
        gaps: &[],
        top: 1,
    });
    let observed: Vec<(&str, Vec<f64>)> = world
        .resources
        .iter()
        .map(|resource| (resource.id, resource.observed.to_vec()))
        .collect();
    let known = |id, days: [f64; 3]| (id, days.to_vec());
    assert_eq!(
        observed,
        [
            known("a", [30.0, 31.0, 30.0]),
            known("b", [0.0, 31.0, 30.0]),
            known("c", [30.0, 31.0, 30.0]),
            known("d", [0.0, 31.0, 30.0]),
            known("e", [0.0, 0.0, 30.0]),
        ]
    );
}

#[test]
fn neither_order_nor_echoes_nor_a_calm_account_change_what_is_named() {
    let organisation = generate(
        7,
        Settings {
            planted: true,
            ..Settings::default()
        },
    );
    let expected = find(&organisation);
    let mut other = organisation.clone();
    other.records.reverse();
    assert_eq!(find(&other), expected);
    other.records = sharing(&other.records);
    assert_eq!(find(&other), expected);
    let echoes: Vec<_> = other
        .records
        .iter()
        .filter(|r| matches!(r.kind, ChangeKind::Relationships | ChangeKind::Volatile))
        .cloned()
        .collect();
    other.records.extend(echoes);
    assert_eq!(find(&other), expected);
    let calm: Vec<_> = organisation
        .periods
        .iter()
        .flat_map(|period| {
            (0..20).map(|day| ItemRecord {
                of: RecordedResource {
                    account: "999999999999".into(),
                    region: "eu-west-1".into(),
                    resource_type: "AWS::EC2::Instance".into(),
                    resource_id: "i-calm".into(),
                    resource_name: None,
                    tag: None,
                }
                .into(),
                at: period.start() + SignedDuration::from_hours(24 * day + 12),
                kind: ChangeKind::Settings,
                daily: false,
            })
        })
        .collect();
    other.records.extend(calm);
    assert!(
        find(&other)
            .ranked
            .iter()
            .all(|entry| entry.account != "999999999999")
    );
}

#[test]
fn without_a_baseline_nothing_is_abnormal() {
    let organisation = generate(
        3,
        Settings {
            planted: true,
            gap: true,
            ..Settings::default()
        },
    );
    let month = organisation.periods.last().unwrap();
    let found = find_anomalies(&AnomalyInput {
        month: month.month().unwrap(),
        period: month,
        baseline: &[],
        records: &organisation.records,
        gaps: &organisation.gaps,
        top: 10,
    });
    assert_eq!((found.basis, found.total), (Basis::None, 0));
    assert!(found.ranked.is_empty() && found.lists.is_empty());
    assert_eq!(found.recording_gaps.len(), 1);
}

#[test]
fn a_switch_to_daily_recording_is_no_drop() {
    let mut organisation = generate(5, Settings::default());
    let month = organisation.periods.last().unwrap().clone();
    let mut days = std::collections::BTreeSet::new();
    organisation.records.sort_by_key(|record| record.at);
    organisation.records.retain_mut(|record| {
        if !month.contains(record.at) || &*record.of.account != "000000000001" {
            return true;
        }
        record.daily = true;
        let day = record.at.as_second() / 86_400;
        days.insert((record.of.resource_id.clone(), day))
    });
    let found = find(&organisation);
    assert!(!found.recording_mode_changes.is_empty());
    let first = &found.recording_mode_changes[0];
    assert_eq!(
        (first.from, first.to),
        (RecordingMode::Continuous, RecordingMode::Daily)
    );
    let lines: Vec<String> = found.ranked.iter().map(line).collect();
    assert!(lines.is_empty(), "{lines:#?}");
}

#[test]
fn hostile_input_is_survived() {
    let mut organisation = generate(
        5,
        Settings {
            resources: 50,
            ..Settings::default()
        },
    );
    organisation.records[0].at = Timestamp::MAX;
    organisation.records[1].at = Timestamp::MIN;
    organisation.gaps = vec![RecorderGap {
        account: "000000000001".into(),
        region: "us-east-1".into(),
        from: Timestamp::MIN,
        to: Timestamp::MAX,
        cause: GapCause::Silent,
    }];
    let _ = find(&organisation);
}
