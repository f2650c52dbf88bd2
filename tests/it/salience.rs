//! What matters in a month is named by its digest: what was planted in the demo, and what moved
//! most by another program's count.

use std::path::Path;

use crate::{counts::counted_by_script, support::cli::run};

/// Incidents as `examples/lake/README.md` has them: the month, and what a reader must find of each.
const PLANTED: [(&str, &[&str]); 22] = [
    ("2024-01", &["backups are off", "stg-orders", "01-23"]),
    (
        "2024-02",
        &[
            "AdministratorAccess",
            "deploy-bot",
            "02-20 17:50",
            "02-22 01:15",
        ],
    ),
    (
        "2024-03",
        &["whole internet", "tcp 5432", "prod-db", "03-14 07:25"],
    ),
    (
        "2024-04",
        &["ConfigurationRecorder", "111122223333", "04-17"],
    ),
    (
        "2024-05",
        &["AWS::EC2::Instance  444455556666  us-east-1  05-11"],
    ),
    (
        "2024-06",
        &[
            "recorder is stopped",
            "444455556666",
            "eu-west-1",
            "06-10 09:12",
            "06-17 09:40",
        ],
    ),
    (
        "2024-07",
        &["Trail does not log", "prod-trail", "07-09 18:40"],
    ),
    (
        "2024-08",
        &[
            "scheduled for deletion",
            "AWS::KMS::Key",
            "08-18 15:05",
            "08-20 00:30",
        ],
    ),
    ("2024-09", &["AWS::EC2::Volume", "444455556666", "09-10"]),
    (
        "2024-09",
        &[
            "versioning is suspended",
            "example-invoices-111122223333",
            "09-25",
        ],
    ),
    (
        "2024-10",
        &["Burst", "inventory-sync", "14 real changes", "10-08"],
    ),
    (
        "2024-11",
        &[
            "publicly accessible",
            "stg-orders",
            "11-07 06:10",
            "11-08 02:00",
        ],
    ),
    (
        "2024-11",
        &[
            "tcp 22 from 0.0.0.0/0",
            "stg-bastion",
            "11-12 14:20",
            "11-14 09:05",
        ],
    ),
    (
        "2024-11",
        &["New Region: eu-west-1", "777788889999", "11-15 20:20"],
    ),
    ("2024-11", &["launch-wizard-1", "777788889999", "eu-west-1"]),
    ("2024-11", &["Burst", "stg-checkout", "11-18"]),
    (
        "2024-11",
        &[
            "example-stg-artifacts-444455556666",
            "public access block is off",
            "policy admits everyone",
            "11-19 11:10",
            "11-19 11:14",
        ],
    ),
    (
        "2024-11",
        &[
            "trust policy admits another account",
            "999900001111",
            "OrgAuditReadOnly",
            "11-21 18:05",
        ],
    ),
    ("2024-11", &["tmp-support", "11-21 18:10", "11-21 18:52"]),
    (
        "2024-11",
        &[
            "Trail does not log",
            "org-trail",
            "11-21 18:20",
            "11-21 19:02",
        ],
    ),
    (
        "2024-11",
        &["Mass deletion", "us-east-1", "23 deletions", "11-26 16:05"],
    ),
    (
        "2024-11",
        &[
            "stg-legacy-import",
            "Unusual hours",
            "11-23 18:30",
            "stg-experiments",
            "11-28 04:45",
        ],
    ),
];

fn digest(month: &str) -> String {
    let answer = run(["summarize", month, "--demo"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    // Lines are folded for a terminal: what belongs together stands in one line here.
    answer.out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_planted_incident_is_named() {
    for (month, parts) in PLANTED {
        let text = digest(month);
        for part in parts {
            let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(&part), "{month}: {part}\n{text}");
        }
    }
    // Three machines came and went within hours: each stands among what was created and deleted.
    let machines = digest("2024-05")
        .matches("AWS::EC2::Instance 444455556666 us-east-1 05-11")
        .count();
    assert!(machines >= 6, "{machines}");
}

#[test]
fn the_top_five_movers_are_named() {
    let lake = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/lake");
    for month in ["2024-09", "2024-10", "2024-11"] {
        let Some((lines, _)) = counted_by_script(&lake, month, "UTC") else {
            return;
        };
        let mut movers: Vec<(u64, &str)> = lines
            .iter()
            .filter_map(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                Some((cells.last()?.parse().ok()?, *cells.get(1)?))
            })
            .filter(|(_, name)| !name.is_empty())
            .collect();
        movers.sort_unstable_by(|a, b| b.cmp(a));
        // As many as the fifth has: of those any may stand fifth.
        let fifth = movers.get(4).map_or(0, |(items, _)| *items);
        let text = digest(month);
        for (items, name) in movers.iter().filter(|(items, _)| *items > fifth) {
            assert!(text.contains(name), "{month}: {name} with {items}\n{text}");
        }
        let named = movers
            .iter()
            .filter(|(items, name)| *items >= fifth && text.contains(name));
        assert!(named.count() >= 5, "{month}");
    }
}
