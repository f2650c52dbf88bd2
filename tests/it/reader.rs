//! Where deliveries lie and how their bytes come, against what Config and copying tools do.

use serde_json::{Value, json};

use crate::support::{
    cli::{ids, november, rows, run},
    lake::{Place, TestLake, document, gzip, gzip_cut_in_two, item, pretty_with_bom, with},
};

const TIME: &str = "2024-11-05T01:02:03.456Z";

fn vpc(id: &str) -> Value {
    item(id, TIME)
}

#[test]
fn a_lake_is_found_under_any_prefix() {
    for prefix in [
        "",
        "o-exampleorg1/",
        "a/b/c/d/",
        "AWSLogs/",
        "AWSLogs/o-exampleorg1/backup/",
        "111122223333/",
    ] {
        let lake = TestLake::under(prefix);
        lake.items(&Place::default(), "f.json.gz", &[vpc("vpc-1")]);
        assert_eq!(ids(lake.arg()), ["vpc-1"], "prefix `{prefix}`");
    }
}

#[test]
fn several_prefixes_in_one_folder_are_one_lake() {
    let lake = TestLake::new();
    let place = "AWSLogs/111122223333/Config/us-east-1/2024/11/5/ConfigHistory/f.json.gz";
    lake.raw(&format!("one/{place}"), &gzip(&document(&[vpc("vpc-1")])));
    lake.raw(
        &format!("two/deep/{place}"),
        &gzip(&document(&[vpc("vpc-2")])),
    );
    assert_eq!(ids(lake.arg()), ["vpc-1", "vpc-2"]);
}

#[test]
fn a_lake_may_be_named_from_inside() {
    let lake = TestLake::under("o-exampleorg1/");
    lake.items(&Place::default(), "f.json.gz", &[vpc("vpc-1")]);
    let other = Place::history("444455556666", "us-east-1", "2024/11/5");
    let foreign = with(vpc("vpc-2"), json!({"awsAccountId": "444455556666"}));
    lake.items(&other, "f.json.gz", &[foreign]);
    let inside = |path: &str| {
        let path = lake.path().join("o-exampleorg1").join(path);
        ids(path.to_str().unwrap())
    };
    assert_eq!(inside(""), ["vpc-1", "vpc-2"]);
    assert_eq!(inside("AWSLogs"), ["vpc-1", "vpc-2"]);
    assert_eq!(inside("AWSLogs/"), ["vpc-1", "vpc-2"]);
    assert_eq!(inside("AWSLogs/111122223333"), ["vpc-1"]);
    assert_eq!(inside("AWSLogs/444455556666/Config"), ["vpc-2"]);
    assert_eq!(inside("AWSLogs/111122223333/Config/us-east-1"), ["vpc-1"]);
    assert_eq!(
        inside("AWSLogs/111122223333/Config/us-east-1/2024/11/5"),
        ["vpc-1"]
    );
}

#[test]
fn a_lake_may_lie_inside_a_folder_named_as_its_own_top() {
    for prefix in ["AWSLogs/", "AWSLogs/mine/"] {
        let lake = TestLake::under(prefix);
        lake.items(&Place::default(), "f.json.gz", &[vpc("vpc-1")]);
        for part in ["AWSLogs", prefix, &format!("{prefix}AWSLogs")] {
            let path = lake.path().join(part);
            assert_eq!(ids(path.to_str().unwrap()), ["vpc-1"], "{}", path.display());
        }
    }
}

#[test]
fn only_history_counts_and_the_path_says_what_is_history() {
    let lake = TestLake::new();
    let place = Place::default();
    // Names that lie about their folder, as copies and services named `Config…` have them.
    lake.items(&place, "x_ConfigSnapshot_x.json.gz", &[vpc("vpc-1")]);
    let snapshot = place.clone().of_kind("ConfigSnapshot");
    lake.items(
        &snapshot,
        "x_ConfigHistory_x.json.gz",
        &[vpc("vpc-snapshot")],
    );
    let oversized = place.of_kind("OversizedChangeNotification/AWS::EC2::VPC/vpc-large");
    let notification = json!({"configurationItem": vpc("vpc-large"), "messageType": "x"});
    lake.bytes(
        &oversized,
        "n.json.gz",
        &gzip(notification.to_string().as_bytes()),
    );
    lake.raw(
        "AWSLogs/111122223333/Config/ConfigWritabilityCheckFile",
        b"",
    );
    lake.raw(
        "AWSLogs/111122223333/CloudTrail/us-east-1/2024/11/05/t.json.gz",
        b"no item",
    );
    assert_eq!(ids(lake.arg()), ["vpc-1"]);
}

#[test]
fn files_that_are_no_deliveries_are_passed_over() {
    let lake = TestLake::new();
    let place = Place::default();
    lake.items(&place, "f.json.gz", &[vpc("vpc-1")]);
    for name in [
        ".DS_Store",
        "._f.json.gz",
        "_SUCCESS",
        "ConfigWritabilityCheckFile",
    ] {
        lake.bytes(&place, name, b"no delivery");
    }
    assert_eq!(ids(lake.arg()), ["vpc-1"]);
    assert_eq!(november(lake.arg(), &[]).code, 0);
}

#[test]
fn a_file_is_what_its_bytes_are_whatever_its_name_says() {
    let lake = TestLake::new();
    let place = Place::default();
    let mut expected = Vec::new();
    let mut deliver = |name: &str, encode: &dyn Fn(&[Value]) -> Vec<u8>| {
        let id = format!("vpc-{:02}", expected.len());
        lake.bytes(&place, name, &encode(&[vpc(&id)]));
        expected.push(id);
    };
    deliver("a.json.gz", &|items| gzip(&document(items)));
    deliver("plain.json.gz", &document);
    deliver("plain.json", &document);
    deliver("gzip.json", &|items| gzip(&document(items)));
    deliver("no-extension", &|items| gzip(&document(items)));
    deliver("pretty.json", &pretty_with_bom);
    deliver("pretty.json.gz", &|items| gzip(&pretty_with_bom(items)));
    deliver("two-members.json.gz", &|items| {
        gzip_cut_in_two(&document(items))
    });
    deliver("line-end.json.gz", &|items| {
        gzip(&[document(items), b"\r\n".to_vec()].concat())
    });
    assert_eq!(ids(lake.arg()), expected);
}

#[test]
fn two_documents_in_one_file_both_count() {
    let lake = TestLake::new();
    let (first, second) = (document(&[vpc("vpc-1")]), document(&[vpc("vpc-2")]));
    let both = [gzip(&first), gzip(&second)].concat();
    lake.bytes(&Place::default(), "members.json.gz", &both);
    let (first, second) = (document(&[vpc("vpc-3")]), document(&[vpc("vpc-4")]));
    let lines = [first, b"\n".to_vec(), second].concat();
    lake.bytes(&Place::default(), "lines.json", &lines);
    assert_eq!(ids(lake.arg()), ["vpc-1", "vpc-2", "vpc-3", "vpc-4"]);
}

#[test]
fn names_of_every_make_are_read() {
    let lake = TestLake::new();
    let stamps = "20241105T010203Z_20241105T020304Z";
    let mut expected = Vec::new();
    for (at, kind) in [
        "AWS::EC2::VPC",
        "AWS%3A%3AEC2%3A%3AVPC",
        "AWS__EC2__VPC",
        "AWS--EC2--VPC",
    ]
    .into_iter()
    .filter(|kind| !(cfg!(windows) && kind.contains(':')))
    .enumerate()
    {
        for part in 1..=2 {
            let id = format!("vpc-{at}-{part}");
            let name = format!(
                "111122223333_Config_us-east-1_ConfigHistory_{kind}_{stamps}_{part}.json.gz"
            );
            lake.items(&Place::default(), &name, &[vpc(&id)]);
            expected.push(id);
        }
    }
    assert_eq!(ids(lake.arg()), expected);
}

#[test]
fn folders_of_padded_months_and_days_are_read() {
    let lake = TestLake::new();
    for (at, day) in ["2024/11/5", "2024/11/05", "2024/11/6"]
        .into_iter()
        .enumerate()
    {
        let place = Place::history("111122223333", "us-east-1", day);
        lake.items(&place, "f.json.gz", &[vpc(&format!("vpc-{at}"))]);
    }
    assert_eq!(ids(lake.arg()), ["vpc-0", "vpc-1", "vpc-2"]);
    let lake = TestLake::new();
    let place = Place::history("111122223333", "us-east-1", "2024/03/07");
    lake.items(
        &place,
        "f.json.gz",
        &[item("vpc-1", "2024-03-07T00:00:00.000Z")],
    );
    let asked = [
        "query",
        "--lake",
        lake.arg(),
        "--month",
        "2024-03",
        "--format",
        "json",
    ];
    assert_eq!(rows(&run(asked)).len(), 1);
}

#[test]
fn regions_of_every_partition_are_read() {
    let regions = [
        "us-gov-west-1",
        "cn-north-1",
        "eusc-de-east-1",
        "us-isob-east-1",
        "xx-new-9",
    ];
    let lake = TestLake::new();
    for region in regions {
        let place = Place::history("111122223333", region, "2024/11/5");
        let there = with(vpc(region), json!({"awsRegion": region}));
        lake.items(&place, "f.json.gz", &[there]);
    }
    let answer = november(lake.arg(), &["--group-by", "region", "--format", "csv"]);
    let mut lines: Vec<String> = regions.map(|region| format!("{region},1")).to_vec();
    lines.sort_unstable();
    assert_eq!(answer.ok(), format!("region,items\n{}\n", lines.join("\n")));
    for region in regions {
        let answer = november(lake.arg(), &["--region", region, "--format", "json"]);
        assert_eq!(rows(&answer).len(), 1, "{region}");
    }
}
