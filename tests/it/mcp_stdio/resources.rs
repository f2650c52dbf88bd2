//! Resources of the running program.

use rmcp::model::ReadResourceRequestParams;
use serde_json::{Value, json};

use crate::support::{
    process::{SdkClient, protocol_error},
    wire::Era,
};

const MINUTE: u64 = 60 * 1000;
const DAY: u64 = 24 * 60 * MINUTE;

/// A client of the modern era is told for how long the content is good.
fn check_ttl(era: Era, result: &Value, expected: u64) {
    if era == Era::Modern {
        assert_eq!(result["ttlMs"], expected);
        assert_eq!(result["cacheScope"], "private");
    }
}

#[tokio::test]
async fn the_index_names_every_month() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let (result, index) = sdk.read("config-history://months").await;
        check_ttl(era, &result, 5 * MINUTE);
        assert_eq!(index["months"].as_array().unwrap().len(), 13);
        let november = &index["months"][12];
        assert_eq!(november["uri"], "config-history://months/2024-11");
        assert_eq!(
            (&november["items"], &november["closed"]),
            (&json!(206), &json!(true))
        );
        for member in [
            "returned",
            "total",
            "truncated",
            "watermark",
            "notice",
            "evidence",
        ] {
            assert!(!index[member].is_null(), "{member}");
        }
        // What the index names can be read.
        for line in index["months"].as_array().unwrap() {
            let (_, month) = sdk.read(line["uri"].as_str().unwrap()).await;
            assert_eq!(month["items"], line["items"], "{}", line["uri"]);
        }
    }
}

#[tokio::test]
async fn a_closed_month_may_be_kept() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let (result, set) = sdk.read("config-history://months/2024-11").await;
        check_ttl(era, &result, 30 * DAY);
        assert_eq!((&set["items"], &set["total"]), (&json!(206), &json!(119)));
        assert_eq!(set["closed"], true);
        let meta = &result["contents"][0]["_meta"];
        assert_eq!(meta["config-history/lastModified"], "2024-11-30T23:52:11Z");
        assert_eq!(meta["config-history/sha256"], set["sha256"]);
        assert_eq!(set["sha256"].as_str().unwrap().len(), 64);
        assert_eq!(meta["config-history/closed"], true);
        assert!(
            set["source_objects"][0]
                .as_str()
                .unwrap()
                .contains("/ConfigHistory/")
        );
        let (_, again) = sdk.read("config-history://months/2024-11").await;
        assert_eq!(again["sha256"], set["sha256"]);
    }
}

#[tokio::test]
async fn a_month_of_one_account_and_region() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let uri = "config-history://months/2024-11/111122223333/ap-northeast-1";
        let (result, set) = sdk.read(uri).await;
        check_ttl(era, &result, 30 * DAY);
        assert_eq!((&set["items"], &set["total"]), (&json!(76), &json!(37)));
        let uri = "config-history://months/2024-11/111122223333/global";
        let (_, set) = sdk.read(uri).await;
        assert_eq!(
            set["resources"][0]["resource_name"],
            "AWSServiceRoleForCostOptimizationHub"
        );
        assert_eq!((&set["items"], &set["total"]), (&json!(1), &json!(1)));
    }
}

#[tokio::test]
async fn the_schema_has_the_columns() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let (result, schema) = sdk.read("config-history://schema").await;
        check_ttl(era, &result, DAY);
        assert_eq!(schema["relation"], "configuration_items");
        let described = sdk.answer("describe_history", json!({})).await;
        assert_eq!(schema["columns"], described["columns"]);
    }
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    for (era, code) in [(Era::Legacy, -32002), (Era::Modern, -32602)] {
        let sdk = SdkClient::of_demo(era).await;
        for uri in [
            "config-history://months/2031-01",
            "config-history://months/2024-13",
            "config-history://months/2024-11/111122223333/us-west-2",
            "config-history://months/2024-11/1111/ap-northeast-1",
            "config-history://../../etc/passwd",
        ] {
            let request = ReadResourceRequestParams::new(uri);
            let error = sdk.client.read_resource(request).await.unwrap_err();
            let error = protocol_error(error);
            assert_eq!(error["code"], code, "{uri}: {error}");
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("2024-11"), "names the months: {message}");
        }
        sdk.read("config-history://schema").await;
    }
}
