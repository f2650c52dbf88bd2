//! Tests of the resources over answers as the service gives them.

use std::collections::BTreeMap;

use super::*;
use crate::{
    analysis::DeliveryCoverage,
    service::{AccountLine, LimitsInfo, TypeLine, UNTRUSTED_DATA_NOTICE},
};

fn description() -> HistoryDescription {
    let line = |month: &str, closed| MonthLine {
        month: month.parse().unwrap(),
        items: 7,
        accounts: 2,
        regions: 3,
        resource_types: 4,
        closed,
    };
    HistoryDescription {
        months: vec![line("2024-11", true), line("2024-12", false)],
        returned: 2,
        total: 2,
        truncated: false,
        next_cursor: None,
        accounts: vec![AccountLine {
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            items: 7,
            watermark: None,
        }],
        resource_types: vec![TypeLine {
            resource_type: "AWS::EC2::VPC".to_owned(),
            items: 7,
        }],
        watermark: Some("2024-12-24T00:00:00Z".parse().unwrap()),
        limits: LimitsInfo {
            default_rows: 100,
            max_rows: 1000,
            max_answer_chars: 40_000,
            timeout_seconds: 60,
            memory_limit_bytes: 1,
            sql_allowed: true,
            max_scan_bytes: None,
        },
        columns: Vec::new(),
        coverage: DeliveryCoverage::default(),
        warnings: Vec::new(),
        notice: UNTRUSTED_DATA_NOTICE.to_owned(),
        evidence: Evidence::default(),
    }
}

fn change_set(closed: bool) -> ChangeSet {
    ChangeSet {
        month: "2024-11".parse().unwrap(),
        account: None,
        region: None,
        closed,
        items: 1,
        real_changes: 0,
        change_kinds: BTreeMap::new(),
        security: Vec::new(),
        security_total: 0,
        returned: 1,
        total: 1,
        truncated: false,
        next_cursor: None,
        sha256: "ab12".to_owned(),
        last_modified: Some("2024-12-01T03:00:00Z".parse().unwrap()),
        warnings: Vec::new(),
        notice: UNTRUSTED_DATA_NOTICE.to_owned(),
        evidence: Evidence::default(),
        resources: vec![
            json!({"resource_name": "web\u{202e}"})
                .as_object()
                .cloned()
                .unwrap(),
        ],
        source_objects: Vec::new(),
        source_objects_total: 0,
    }
}

#[test]
fn every_month_is_listed_newest_first() {
    let listed = serde_json::to_value(entries(Some(&description()))).unwrap();
    let uris: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["uri"].as_str().unwrap())
        .collect();
    assert_eq!(
        uris,
        [
            "config-history://months",
            "config-history://schema",
            "config-history://months/2024-12",
            "config-history://months/2024-11",
        ]
    );
    assert_eq!(
        listed[0]["annotations"]["lastModified"],
        "2024-12-24T00:00:00Z"
    );
    assert!(
        listed[2]["description"]
            .as_str()
            .unwrap()
            .contains("still growing")
    );
    assert_eq!(listed[3]["mimeType"], "application/json");
    assert_eq!(entries(None).len(), 2, "what is there without a source");
}

#[test]
fn the_index_links_the_change_sets() {
    let index = to_answer(&index_of(&description())).unwrap();
    assert_eq!(index["months"][0]["uri"], "config-history://months/2024-11");
    assert_eq!(index["months"][0]["items"], 7);
    assert_eq!(index["total"], 2);
    assert_eq!(index["notice"], UNTRUSTED_DATA_NOTICE);
}

#[test]
fn a_closed_month_may_be_kept_a_running_one_not_for_long() {
    let uri = "config-history://months/2024-11";
    for (closed, ttl) in [(true, 30 * 24 * 60 * 60 * 1000_u64), (false, 5 * 60 * 1000)] {
        let document = document_of(&change_set(closed)).unwrap();
        let result = serde_json::to_value(document.into_result(uri)).unwrap();
        assert_eq!(result["ttlMs"], ttl);
        assert_eq!(result["cacheScope"], "private");
        let contents = &result["contents"][0];
        let text = contents["text"].as_str().unwrap();
        assert!(text.contains("web\u{fffd}"), "{text}");
        let meta = &contents["_meta"];
        assert_eq!(meta["config-history/sha256"], "ab12");
        assert_eq!(meta["config-history/lastModified"], "2024-12-01T03:00:00Z");
        assert_eq!(meta["config-history/closed"], closed);
        assert_eq!(meta["config-history/size"], text.len());
    }
}
