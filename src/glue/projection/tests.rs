use jiff::civil::date;

use super::*;
use crate::glue::GlueColumn;

const ITEMS: &str =
    "array<struct<resourcetype:string,configurationitemcapturetime:string,configuration:string>>";

/// A table with these partition keys, parameters and location.
fn table(keys: &[(&str, &str)], parameters: &[(&str, &str)], location: &str) -> GlueTable {
    let column = |(name, hive_type): &(&str, &str)| GlueColumn {
        name: (*name).to_owned(),
        hive_type: (*hive_type).to_owned(),
    };
    GlueTable {
        columns: vec![
            column(&("fileversion", "string")),
            column(&("items", ITEMS)),
        ],
        partition_keys: keys.iter().map(column).collect(),
        location: location.to_owned(),
        parameters: parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..GlueTable::default()
    }
}

fn article() -> GlueTable {
    table(
        &[
            ("acc", "string"),
            ("reg", "string"),
            ("y", "string"),
            ("m", "string"),
            ("d", "string"),
        ],
        &[
            ("projection.enabled", "true"),
            ("projection.acc.type", "enum"),
            ("projection.acc.values", "111122223333,444455556666"),
            ("projection.reg.type", "enum"),
            ("projection.reg.values", "us-east-1"),
            ("projection.y.type", "integer"),
            ("projection.y.range", "2021,2999"),
            ("projection.m.type", "integer"),
            ("projection.m.range", "1,12"),
            ("projection.d.type", "integer"),
            ("projection.d.range", "1,31"),
            (
                "storage.location.template",
                "s3://b/o-x/p/AWSLogs/${acc}/Config/${reg}/${y}/${m}/${d}/",
            ),
        ],
        "s3://b/o-x/p/AWSLogs/",
    )
}

#[test]
fn keys_mean_what_their_place_in_the_location_means() {
    let layout = TableLayout::of(&article()).unwrap();
    let roles: Vec<&KeyRole> = layout.keys.iter().map(|key| &key.role).collect();
    assert_eq!(
        roles,
        [
            &KeyRole::Account,
            &KeyRole::Region,
            &KeyRole::Year,
            &KeyRole::Month,
            &KeyRole::Day
        ]
    );
    assert_eq!(layout.items_column, "items");
    assert_eq!(layout.bucket, "b");
    assert_eq!(layout.path.roots, ["o-x/p/AWSLogs/"]);
    assert_eq!(layout.path.kind, None);
    assert!(!layout.path.padded);
    let day = date(2024, 11, 5);
    assert!(layout.admits("111122223333", "us-east-1", day, DeliveryKind::History));
    assert!(!layout.admits("777788889999", "us-east-1", day, DeliveryKind::History));
    assert!(!layout.admits("111122223333", "eu-west-1", day, DeliveryKind::History));
    let early = date(2020, 11, 5);
    assert!(!layout.admits("111122223333", "us-east-1", early, DeliveryKind::History));
}

#[test]
fn one_key_may_hold_the_whole_day_and_another_the_kind() {
    let layout = TableLayout::of(&table(
        &[("region", "string"), ("dt", "string"), ("type", "string")],
        &[
            ("projection.enabled", "TRUE"),
            ("projection.region.type", "enum"),
            ("projection.region.values", "us-east-1,eu-west-1"),
            ("projection.dt.type", "date"),
            ("projection.dt.format", "yyyy/M/d"),
            ("projection.dt.range", "2020/1/1,NOW"),
            ("projection.type.type", "enum"),
            ("projection.type.values", "ConfigHistory,ConfigSnapshot"),
            (
                "storage.location.template",
                "s3://b/AWSLogs/123456789012/Config/${region}/${dt}/${type}",
            ),
        ],
        "s3://b/AWSLogs/123456789012/Config/",
    ))
    .unwrap();
    let roles: Vec<&KeyRole> = layout.keys.iter().map(|key| &key.role).collect();
    let day = KeyRole::Date(DatePattern::parse("yyyy/M/d").unwrap());
    assert_eq!(roles, [&KeyRole::Region, &day, &KeyRole::Kind]);
    assert_eq!(layout.path.account.as_deref(), Some("123456789012"));
    assert_eq!(layout.path.region, None);
}

#[test]
fn registered_partitions_go_by_the_names_of_their_keys() {
    let layout = TableLayout::of(&table(
        &[
            ("account_id", "string"),
            ("year", "int"),
            ("month", "int"),
            ("day", "int"),
        ],
        &[],
        "s3://b/p",
    ))
    .unwrap();
    assert_eq!(layout.path.roots, ["p/AWSLogs/"]);
    let month = layout.key(&KeyRole::Month).unwrap();
    assert_eq!(month.literal, KeyLiteral::Number);
    assert_eq!(month.values, KeyValues::Registered);
    let forms: Vec<String> = month.forms_of(3).into_iter().collect();
    assert_eq!(forms, ["03", "3"]);
}

#[test]
fn a_table_by_months_is_read_by_months() {
    let mut monthly = article();
    monthly.partition_keys.pop();
    monthly.parameters.insert(
        "storage.location.template".into(),
        "s3://b/AWSLogs/${acc}/Config/${reg}/${y}/${m}/".into(),
    );
    let layout = TableLayout::of(&monthly).unwrap();
    assert_eq!(layout.keys[3].role, KeyRole::Month);
    let asked = (date(2024, 11, 5), date(2024, 12, 2));
    let read = (date(2024, 11, 1), date(2024, 12, 31));
    assert_eq!(layout.reads_days(asked), read);
    assert_eq!(
        TableLayout::of(&article()).unwrap().reads_days(asked),
        asked
    );
}

#[test]
fn leading_zeros_stand_where_the_projection_has_them() {
    let mut padded = article();
    padded
        .parameters
        .insert("projection.m.digits".into(), "2".into());
    let layout = TableLayout::of(&padded).unwrap();
    assert!(layout.path.padded);
    let month = layout.key(&KeyRole::Month).unwrap();
    assert_eq!(month.forms_of(3).first().unwrap(), "03");
}

#[test]
fn tables_that_cannot_serve_say_what_they_lack() {
    let mut no_items = article();
    no_items.columns.pop();
    let mut no_days = article();
    no_days.partition_keys.truncate(2);
    let mut no_range = article();
    no_range.parameters.remove("projection.m.range");
    let mut trail = article();
    trail.parameters.insert(
        "storage.location.template".into(),
        "s3://b/AWSLogs/${acc}/CloudTrail/${reg}/${y}/${m}/${d}/".into(),
    );
    let unpartitioned = table(&[], &[], "s3://b/");
    let mut odd = article();
    odd.partition_keys[0].hive_type = "double".into();
    for (wrong, word) in [
        (no_items, "array of configuration items"),
        (no_days, "day of delivery"),
        (no_range, "projection.m.range"),
        (trail, "deliveries of AWS Config"),
        (unpartitioned, "no partition keys"),
        (odd, "of the type double"),
    ] {
        let error = TableLayout::of(&wrong).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}
