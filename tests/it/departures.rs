//! What departs from the months before: the demo's planted incidents, and those of a small lake.

mod bill;
mod generated;

use serde_json::Value;

use crate::support::cli::{rows, run};

const PRODUCTION: &str = "111122223333";
const STAGING: &str = "444455556666";
const AUDIT: &str = "777788889999";

#[track_caller]
fn report(source: &[&str], month: &str) -> Value {
    let asked = ["anomalies", month, "--format", "json", "--top", "100"];
    let answer = run(asked.iter().chain(source));
    assert_eq!(answer.code, 0, "{answer:?}");
    answer.json()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn ranked(report: &Value) -> Vec<Value> {
    list(&report["anomalies"]["ranked"])
}

/// Says whether an entry is about a resource, by itself or among those it names.
fn is_about(entry: &Value, resource: &str) -> bool {
    let own = |of: &Value| of["resource_name"] == resource || of["resource_id"] == resource;
    own(entry) || list(&entry["evidence"]["resources"]).iter().any(own)
}

/// Asserts that an entry of either list has the account, the resource and the minute.
#[track_caller]
fn named(report: &Value, account: &str, resource: &str, minute: &str) {
    let moments = ["first", "last", "at"];
    let found = |entry: &Value| {
        let at_the_minute = |moment: &str| {
            entry[moment]
                .as_str()
                .is_some_and(|at| at.starts_with(minute))
        };
        entry["account"] == account
            && is_about(entry, resource)
            && moments.into_iter().any(at_the_minute)
    };
    let entries = || ranked(report).into_iter().chain(list(&report["security"]));
    assert!(
        entries().any(|entry| found(&entry)),
        "{resource} at {minute}: {:#?}",
        entries().collect::<Vec<_>>()
    );
}

#[track_caller]
fn ruled(report: &Value, account: &str, resource: &str, (rule, minute): (&str, &str)) {
    let found = |entry: &Value| {
        let at = entry["at"].as_str().unwrap();
        let name = entry["rule"].as_str().unwrap();
        entry["account"] == account
            && is_about(entry, resource)
            && name.contains(rule)
            && at.starts_with(minute)
    };
    let events = list(&report["security"]);
    assert!(
        events.iter().any(found),
        "{rule} of {resource} at {minute}: {events:#?}"
    );
}

fn entry_of<'a>(ranked: &'a [Value], kind: &str, account: &str) -> Option<&'a Value> {
    ranked
        .iter()
        .find(|entry| entry["kind"] == kind && entry["account"] == account)
}

#[test]
fn every_incident_of_november_is_named() {
    let report = report(&["--demo"], "2024-11");
    let bucket = "example-stg-artifacts-444455556666";
    for (account, resource, rule, minute) in [
        (STAGING, "stg-orders", "public", "2024-11-07T06:10"),
        (STAGING, "stg-orders", "public", "2024-11-08T02:00"),
        (STAGING, "stg-bastion", "open_to_world", "2024-11-12T14:20"),
        (STAGING, "stg-bastion", "open_to_world", "2024-11-14T09:05"),
        (STAGING, bucket, "public", "2024-11-19T11:10"),
        (STAGING, bucket, "policy", "2024-11-19T11:14"),
        (AUDIT, "OrgAuditReadOnly", "trust", "2024-11-21T18:05"),
        (AUDIT, "tmp-support", "administrator", "2024-11-21T18:10"),
        (AUDIT, "org-trail", "logging_off", "2024-11-21T18:20"),
        (AUDIT, "org-trail", "logging_off", "2024-11-21T19:02"),
        (
            STAGING,
            "stg-legacy-import",
            "administrator",
            "2024-11-23T18:30",
        ),
        (STAGING, "stg-experiments", "internet", "2024-11-28T04:45"),
    ] {
        ruled(&report, account, resource, (rule, minute));
    }
    let events = list(&report["security"]);
    let open = |entry: &Value| {
        entry["account"] == AUDIT
            && entry["region"] == "eu-west-1"
            && entry["rule"] == "security_group_open_to_world"
    };
    assert!(events.iter().any(open), "{events:#?}");
    let foreign = |entry: &Value| entry.to_string().contains("999900001111");
    assert!(
        events.iter().any(foreign),
        "the account that is let in: {events:#?}"
    );

    let ranked = ranked(&report);
    let deletion = entry_of(&ranked, "mass_deletion", STAGING).unwrap();
    assert_eq!(
        (&deletion["region"], &deletion["seen"]),
        (&"us-east-1".into(), &23.into())
    );
    assert!(
        deletion["first"]
            .as_str()
            .unwrap()
            .starts_with("2024-11-26T16:05")
    );
    let region = entry_of(&ranked, "first_seen_region", AUDIT).unwrap();
    assert_eq!(region["region"], "eu-west-1");
    assert!(
        region["first"]
            .as_str()
            .unwrap()
            .starts_with("2024-11-15T20:20")
    );
    named(&report, STAGING, "stg-checkout", "2024-11-18T02:00");
    named(&report, STAGING, "stg-experiments", "2024-11-28T04:45");
    for (account, role) in [(AUDIT, "OrgAuditReadOnly"), (STAGING, "stg-legacy-import")] {
        assert!(
            ranked
                .iter()
                .any(|entry| entry["account"] == account && is_about(entry, role)),
            "{role}"
        );
    }
}

#[test]
fn an_entry_shows_what_it_rests_on() {
    let report = report(&["--demo"], "2024-11");
    let months = [
        "2024-05", "2024-06", "2024-07", "2024-08", "2024-09", "2024-10",
    ];
    assert_eq!(
        report["anomalies"]["baseline_months"],
        serde_json::json!(months)
    );
    let ranked = ranked(&report);
    for (place, entry) in ranked.iter().enumerate() {
        assert_eq!(entry["rank"], place + 1);
        assert!(entry["seen"].as_u64().unwrap() > 0, "{entry}");
        assert!(entry["baseline_months"].as_u64().unwrap() <= 6, "{entry}");
        let before = place.checked_sub(1).and_then(|before| ranked.get(before));
        let score = |entry: &Value| entry["score"].as_f64().unwrap();
        assert!(
            before.is_none_or(|before| score(before) >= score(entry)),
            "{entry}"
        );
        for word in ["p_value", "p-value"] {
            assert!(!entry.to_string().contains(word), "{entry}");
        }
    }
    let burst = ranked
        .iter()
        .find(|entry| is_about(entry, "stg-checkout"))
        .unwrap();
    // 24 items in five hours; two in an ordinary month.
    assert!(burst["seen"].as_u64().unwrap() >= 24, "{burst}");
    let expected = burst["expected"].as_f64().unwrap();
    assert!((0.5..6.0).contains(&expected), "{burst}");
}

#[test]
fn the_incidents_of_other_months_are_named() {
    for (month, account, resource, minute) in [
        ("2024-01", STAGING, "stg-orders", "2024-01-23T04:10"),
        ("2024-02", PRODUCTION, "deploy-bot", "2024-02-20T17:50"),
        ("2024-03", PRODUCTION, "prod-db", "2024-03-14T07:25"),
        ("2024-07", PRODUCTION, "prod-trail", "2024-07-09T18:40"),
        (
            "2024-09",
            PRODUCTION,
            "example-invoices-111122223333",
            "2024-09-25T03:45",
        ),
        ("2024-10", PRODUCTION, "inventory-sync", "2024-10-08T08:00"),
    ] {
        named(&report(&["--demo"], month), account, resource, minute);
    }
    let key = report(&["--demo"], "2024-08");
    let dying = |entry: &Value| {
        entry["account"] == PRODUCTION
            && entry["resource_type"] == "AWS::KMS::Key"
            && entry["at"]
                .as_str()
                .unwrap()
                .starts_with("2024-08-18T15:05")
    };
    assert!(list(&key["security"]).iter().any(dying), "{key:#}");
    let woke = |entry: &Value| entry["kind"] == "woke" && entry["resource_type"] == "AWS::KMS::Key";
    assert!(
        ranked(&key).iter().any(woke),
        "quiet since November 2023: {:#?}",
        ranked(&key)
    );
}

#[test]
fn what_is_built_in_a_burst_is_named_by_its_account() {
    let report = report(&["--demo"], "2024-09");
    let built = |entry: &Value| {
        let first = entry["first"].as_str().unwrap();
        entry["account"] == STAGING && first.starts_with("2024-09-10T13:30")
    };
    assert!(ranked(&report).iter().any(built), "{:#?}", ranked(&report));
}

#[test]
fn a_stopped_recorder_is_named_and_is_no_drop() {
    let report = report(&["--demo"], "2024-06");
    let gaps = list(&report["anomalies"]["recording_gaps"]);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    let gap = &gaps[0];
    assert_eq!(
        (&gap["account"], &gap["region"], &gap["cause"]),
        (&STAGING.into(), &"eu-west-1".into(), &"stopped".into())
    );
    assert!(
        gap["from"]
            .as_str()
            .unwrap()
            .starts_with("2024-06-10T09:12"),
        "{gap}"
    );
    assert!(
        gap["to"].as_str().unwrap().starts_with("2024-06-17T09:40"),
        "{gap}"
    );
    let events = list(&report["coverage"]["recorder_events"]);
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["stopped", "started"]);
    for entry in ranked(&report) {
        assert_ne!(entry["kind"], "group_drop", "{entry}");
        assert!(
            entry["account"] != STAGING || entry["region"] != "eu-west-1",
            "{entry}"
        );
    }
    ruled(
        &report,
        STAGING,
        "default",
        ("recorder", "2024-06-10T09:12"),
    );
}

#[test]
fn a_type_that_is_recorded_no_more_is_named() {
    let report = report(&["--demo"], "2024-04");
    let events = list(&report["coverage"]["recorder_events"]);
    let ceased = |event: &Value| {
        let at = event["at"].as_str().unwrap();
        event["account"] == PRODUCTION
            && event["event"] == "types_ceased"
            && at.starts_with("2024-04-17T02:00")
    };
    assert!(events.iter().any(ceased), "{events:#?}");
    assert!(
        ranked(&report)
            .iter()
            .all(|entry| entry["kind"] != "group_drop")
    );
}

#[test]
fn without_a_baseline_nothing_is_abnormal() {
    let report = report(&["--demo"], "2023-11");
    assert_eq!(report["anomalies"]["basis"], "none");
    assert_eq!(
        (ranked(&report).len(), &report["anomalies"]["total"]),
        (0, &0.into())
    );
    assert!(!list(&report["warnings"]).is_empty(), "{report:#}");
    let text = run(["anomalies", "2023-11", "--demo"]).ok();
    assert!(text.contains("no earlier month"), "{text}");
}

#[test]
fn the_digest_counts_what_the_questions_count() {
    let digest = run(["summarize", "2024-11", "--demo", "--format", "json"]);
    let digest = &digest.json()["digest"];
    let asked = [
        "query", "--demo", "--month", "2024-11", "--limit", "0", "--format", "json",
    ];
    let count = |more: &[&str]| {
        let counted = rows(&run(asked.iter().chain(more)));
        let sum = |measure: &str| {
            counted
                .iter()
                .filter_map(|row| row[measure].as_u64())
                .sum::<u64>()
        };
        (counted.len() as u64, sum("items"), sum("changes"))
    };
    let measures = ["--measure", "items,changes"];
    let totals = &digest["totals"];
    let (_, items, changes) = count(&measures);
    assert_eq!(
        (&totals["items"], &totals["real_changes"]),
        (&items.into(), &changes.into())
    );
    let (_, echoes, _) = count(&[
        "--measure",
        "items",
        "--kind",
        "relationships,volatile,identical",
    ]);
    assert_eq!(totals["echoes"], echoes);
    let (_, unknown, _) = count(&["--measure", "items", "--kind", "unknown"]);
    assert_eq!(totals["unknown"], unknown);
    for (member, columns) in [
        ("accounts", "account"),
        ("regions", "region"),
        ("resource_types", "resource_type"),
        ("resources", "account,region,resource_type,resource_id"),
    ] {
        let (groups, ..) = count(&["--group-by", columns]);
        assert_eq!(totals[member], groups, "{member}");
    }
    for line in list(&digest["change_kinds"]) {
        let kind = line["key"].as_str().unwrap();
        let (_, items, changes) = count(&["--measure", "items,changes", "--kind", kind]);
        assert_eq!(
            (&line["items"], &line["changes"]),
            (&items.into(), &changes.into()),
            "{kind}"
        );
    }
}
