//! The first question by name is answered from the delivered files, past the cache; the second one
//! fills the cache. Nobody sees it by the answer.

mod drawn;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use config_history::{
    domain::{Column, ItemFilter, ItemQuery, Period, Shape},
    source::{Lake, MemorySource},
    store::{
        CallContext, EmbeddedSettings, EmbeddedStore, HistoryStore as _, Progress, ProgressSink,
        StoreErrorKind,
    },
};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{ask, ask_uncached, files_below, folder, settle};
use crate::support::{
    cli::rows,
    lake::{Place, TestLake, document, gzip, item, truncated, with},
    states::{ACCOUNT, deliver, gone, snapshot},
};

const BY_NAME: &[&str] = &[
    "query",
    "--month",
    "2024-11",
    "--columns",
    "resource_id,resource_name,status",
    "--limit",
    "0",
    "--format",
    "json",
];

/// A resource of November that is deleted; whatever it was called is in `before`.
fn deleted(id: &str) -> Value {
    gone(&item(id, "2024-10-01T00:00:00Z"), "2024-11-20T10:00:00Z")
}

fn named(id: &str, name: &str, time: &str) -> Value {
    with(item(id, time), json!({"resourceName": name}))
}

/// Deletions that take over from wherever items may lie.
fn from_everywhere() -> TestLake {
    let lake = TestLake::new();
    let other_account = with(
        named("vpc-account", "other", "2024-11-02T10:00:00Z"),
        json!({"awsAccountId": "444455556666"}),
    );
    let silent = with(
        item("vpc-silent", "2024-11-19T10:00:00Z"),
        json!({"resourceName": null, "ARN": null}),
    );
    let nameless = with(
        item("vpc-nameless", "2024-11-19T10:00:00Z"),
        json!({"resourceName": null}),
    );
    let before = [
        named("vpc-month", "old", "2024-11-02T10:00:00Z"),
        named("vpc-month", "new", "2024-11-19T10:00:00Z"),
        named("vpc-before", "october", "2024-10-02T10:00:00Z"),
        named("vpc-twice", "twice", "2024-10-03T10:00:00Z"),
        gone(
            &item("vpc-twice", "2024-10-03T10:00:00Z"),
            "2024-11-05T10:00:00Z",
        ),
        named("vpc-after", "too late", "2024-11-21T10:00:00Z"),
        named("vpc-silent", "said", "2024-11-18T10:00:00Z"),
        silent,
        // It says an ARN, so that the name is known to be none.
        named("vpc-nameless", "once", "2024-11-18T10:00:00Z"),
        nameless,
        other_account,
    ];
    deliver(&lake, "a", &before);
    snapshot(
        &lake,
        "s",
        &[named("vpc-snapshot", "seen", "2024-10-04T10:00:00Z")],
    );
    // Tags alone are something to say as well: the name is known to be none then.
    let tagged = with(
        item("vpc-tagged", "2024-11-19T10:00:00Z"),
        json!({"resourceName": null, "ARN": null, "tags": {"team": "a", "stage": "b"}}),
    );
    let named_before = named("vpc-tagged", "before", "2024-11-18T10:00:00Z");
    deliver(&lake, "t", &[named_before, tagged]);
    // What is delivered after the month may have been captured before.
    let place = Place::history(ACCOUNT, "us-east-1", "2024/12/30").of_kind("ConfigSnapshot");
    let delivered_late = named("vpc-late", "late", "2024-10-05T10:00:00Z");
    lake.items(&place, "late.json.gz", &[delivered_late]);
    let ids = [
        "vpc-month",
        "vpc-before",
        "vpc-twice",
        "vpc-snapshot",
        "vpc-late",
        "vpc-after",
        "vpc-silent",
        "vpc-tagged",
        "vpc-nameless",
        "vpc-account",
        "vpc-never",
    ];
    let all: Vec<Value> = ids.iter().map(|id| deleted(id)).collect();
    let place = Place::history(ACCOUNT, "us-east-1", "2024/11/20");
    lake.items(&place, "gone.json.gz", &all);
    // Delivered once more.
    lake.items(&place, "gone-again.json.gz", &all[..2]);
    settle(lake.path());
    lake
}

#[test]
fn deleted_items_take_over_from_wherever_the_items_before_them_lie() {
    let (lake, cache) = (from_everywhere(), folder());
    let question = [BY_NAME, &["--status", "ResourceDeleted"]].concat();
    let first = ask(lake.arg(), cache.path(), &question);
    assert_eq!(first.code, 0, "{}", first.err);
    let told: Vec<(String, Option<String>)> = rows(&first)
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().map(str::to_owned);
            (text("resource_id").unwrap(), text("resource_name"))
        })
        .collect();
    let told = told.iter().map(|(id, name)| (&**id, name.as_deref()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("vpc-twice", Some("twice")),
            ("vpc-account", None),
            ("vpc-after", None),
            ("vpc-before", Some("october")),
            ("vpc-late", Some("late")),
            ("vpc-month", Some("new")),
            ("vpc-nameless", None),
            ("vpc-never", None),
            ("vpc-silent", Some("said")),
            ("vpc-snapshot", Some("seen")),
            ("vpc-tagged", None),
            ("vpc-twice", Some("twice")),
        ]
    );
    // Nothing was kept but that somebody asked.
    let kept = files_below(cache.path());
    assert_eq!(kept.len(), 1, "{kept:?}");
    for _ in 0..2 {
        assert_eq!(ask(lake.arg(), cache.path(), &question).out, first.out);
    }
    assert!(files_below(cache.path()).len() > 10);
    assert_eq!(ask_uncached(lake.arg(), &question).out, first.out);
}

#[test]
fn names_and_tags_are_looked_for_in_what_deleted_items_took_over() {
    let lake = TestLake::new();
    let tagged = with(
        named("vpc-1", "shop", "2024-10-02T10:00:00Z"),
        json!({"tags": {"team": "checkout"}}),
    );
    let other = named("vpc-2", "other", "2024-11-03T10:00:00Z");
    let ends = [
        gone(&tagged, "2024-11-05T10:00:00Z"),
        gone(&other, "2024-11-06T10:00:00Z"),
    ];
    deliver(&lake, "a", &[tagged, other]);
    deliver(&lake, "b", &ends);
    settle(lake.path());
    let arn = format!("arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/vpc-1");
    for filter in [
        &["--name", "shop"][..],
        &["--tag", "team=checkout"],
        &["--tag", "team"],
        &["--type", "AWS::EC2::*", "--resource", &arn],
    ] {
        let cache = folder();
        let question = [BY_NAME, filter].concat();
        let first = ask(lake.arg(), cache.path(), &question);
        let told = rows(&first);
        assert_eq!(told.len(), 1, "{filter:?} {}", first.out);
        assert_eq!(told[0]["resource_name"], "shop");
        assert_eq!(ask(lake.arg(), cache.path(), &question).out, first.out);
        let by_status = ["query", "--month", "2024-11", "--group-by", "status"];
        let question = [&by_status[..], &["--format", "json"], filter].concat();
        let first = ask(lake.arg(), folder().path(), &question);
        let told = rows(&first);
        assert_eq!(
            (told.len(), &told[0]["items"]),
            (1, &json!(1)),
            "{filter:?}"
        );
        assert_eq!(ask(lake.arg(), cache.path(), &question).out, first.out);
    }
}

#[test]
fn a_damaged_file_is_told_of_wherever_it_lies() {
    let lake = from_everywhere();
    let cut = truncated(gzip(&document(&[item("lost", "2024-11-01T00:00:00Z")])));
    let in_history = |day| Place::history(ACCOUNT, "us-east-1", day);
    for (place, told) in [
        (in_history("2024/10/2"), true),
        (in_history("2024/11/20"), true),
        (in_history("2024/10/4").of_kind("ConfigSnapshot"), true),
        // Nothing of it comes before anything in November.
        (in_history("2024/12/30"), false),
    ] {
        let damaged = lake.bytes(&place, "cut.json.gz", &cut);
        settle(lake.path());
        let cache = folder();
        let first = ask(lake.arg(), cache.path(), BY_NAME);
        assert_eq!(
            first.code,
            if told { 3 } else { 0 },
            "{place:?} {}",
            first.err
        );
        assert_eq!(first.err.contains("cut.json.gz"), told, "{}", first.err);
        let second = ask(lake.arg(), cache.path(), BY_NAME);
        assert_eq!((second.code, second.out), (first.code, first.out));
        assert_eq!(second.err, first.err);
        std::fs::remove_file(damaged).unwrap();
    }
}

/// The order of rows is that of delivery there.
#[test]
fn a_statement_and_kinds_are_answered_by_way_of_the_cache() {
    let lake = from_everywhere();
    let sql = "SELECT resourceName FROM configuration_items LIMIT 3";
    for question in [
        &["query", "--month", "2024-11", "--sql", sql][..],
        &[BY_NAME, &["--kind", "deleted"]].concat(),
    ] {
        let cache = folder();
        let first = ask(lake.arg(), cache.path(), question);
        assert_eq!(first.code, 0, "{}", first.err);
        assert!(files_below(cache.path()).len() > 10);
        assert_eq!(ask(lake.arg(), cache.path(), question).out, first.out);
    }
}

/// What is reported; the question is cancelled once so much is done.
#[derive(Debug, Default)]
struct Reports {
    told: Mutex<Vec<(u64, Option<u64>)>>,
    cancels_at: Option<(u64, CancellationToken)>,
}

impl ProgressSink for Reports {
    fn report(&self, progress: Progress) {
        let report = (progress.done, progress.total);
        self.told.lock().unwrap().push(report);
        if let Some((at, token)) = &self.cancels_at
            && progress.done >= *at
        {
            token.cancel();
        }
    }
}

/// Files of October and November, all of one resource but for the last: it is of two that are deleted.
fn many_files(count: usize) -> BTreeMap<String, Vec<u8>> {
    let file = |n: usize, items: &[Value]| {
        let (month, day) = (10 + 2 * n / count, 1 + n % 28);
        let key = format!("{RECORDER}/2024/{month}/{day}/ConfigHistory/{n:04}.json.gz");
        (key, gzip(&document(items)))
    };
    let mut files: BTreeMap<_, _> = (0..count)
        .map(|n| {
            let (month, day) = (10 + 2 * n / count, 1 + n % 28);
            let time = format!("2024-{month}-{day:02}T10:00:00.{n:03}Z");
            file(n, &[item("vpc-1", &time)])
        })
        .collect();
    let day = 1 + (count - 1) % 28;
    let gone = ["vpc-1", "vpc-2"].map(|id| {
        let time = format!("2024-11-{day:02}T20:00:00Z");
        gone(&item(id, "2024-10-01T00:00:00Z"), &time)
    });
    files.extend([file(count - 1, &gone)]);
    files
}

#[tokio::test]
async fn it_is_told_how_far_the_reading_has_come_of_damaged_files_as_well() {
    let mut files = many_files(64);
    for content in files.values_mut().skip(20).step_by(20) {
        content.truncate(30);
    }
    let reports = Arc::new(Reports::default());
    let cx = CallContext::new(CancellationToken::new(), reports.clone());
    let asked = november(ItemFilter::default());
    store_of(files).query(&asked, &cx).await.unwrap();
    let told = reports.told.lock().unwrap();
    assert_eq!(told.last(), Some(&(64, Some(64))));
    assert!(told.is_sorted(), "{told:?}");
}

#[tokio::test]
async fn whoever_gives_up_gets_no_answer_wherever_the_reading_was() {
    for at in [16, 112] {
        let token = CancellationToken::new();
        let reports = Reports {
            cancels_at: Some((at, token.clone())),
            ..Reports::default()
        };
        let cx = CallContext::new(token, Arc::new(reports));
        let asked = november(ItemFilter::default());
        let answer = store_of(many_files(128)).query(&asked, &cx).await;
        assert_eq!(answer.unwrap_err().kind(), StoreErrorKind::Cancelled);
    }
}

#[tokio::test]
async fn of_many_files_each_deletion_is_told_with_its_own() {
    let cx = CallContext::default();
    let asked = november(ItemFilter {
        statuses: vec!["ResourceDeleted".to_owned()],
        ..ItemFilter::default()
    });
    let answer = store_of(many_files(300)).query(&asked, &cx).await.unwrap();
    let told = |row: &Vec<Value>| {
        let text = |at: usize| row[at].as_str().map(str::to_owned);
        (text(1).unwrap(), text(2), text(6).unwrap())
    };
    let source = format!("{RECORDER}/2024/11/20/ConfigHistory/0299.json.gz");
    assert_eq!(
        answer.value.rows.iter().map(told).collect::<Vec<_>>(),
        [
            (
                "vpc-1".to_owned(),
                Some("name of vpc-1".to_owned()),
                source.clone()
            ),
            ("vpc-2".to_owned(), None, source),
        ]
    );
}

/// More of one file than waits in memory: its items are read once more, as a stream.
#[tokio::test]
async fn of_a_large_file_each_item_is_told_once_and_deleted_ones_with_their_names() {
    let large = "x".repeat(1 << 20);
    let mut items: Vec<Value> = (0..20)
        .map(|n| {
            let item = item(&format!("vpc-{n}"), &format!("2024-11-05T10:00:{n:02}Z"));
            with(item, json!({"configuration": {"large": large}}))
        })
        .collect();
    items.insert(3, gone(&items[0], "2024-11-06T10:00:00Z"));
    items.push(gone(&items[1], "2024-11-06T11:00:00Z"));
    let key = format!("{RECORDER}/2024/11/6/ConfigHistory/a.json.gz");
    let store = store_of([(key, gzip(&document(&items)))]);
    let mut asked = november(ItemFilter::default());
    asked.shape = Shape::Items {
        columns: vec![
            Column::ResourceId,
            Column::ResourceName,
            Column::Configuration,
        ],
    };
    let cx = CallContext::default();
    let first = store.query(&asked, &cx).await.unwrap();
    assert_eq!((first.value.total, first.value.rows.len()), (22, 22));
    let told = first.value.rows.iter().filter(|row| row[2].is_null());
    let told: Vec<_> = told.map(|row| (&row[0], &row[1])).collect();
    let names = ["vpc-0", "vpc-1"].map(|id| (json!(id), json!(format!("name of {id}"))));
    assert_eq!(told, names.each_ref().map(|(id, name)| (id, name)));
    assert_eq!(
        store.query(&asked, &cx).await.unwrap().value.rows,
        first.value.rows
    );
}

/// Two items that say by account, type, id and state that they are one: the first counts.
#[tokio::test]
async fn of_items_that_share_an_identity_the_first_delivered_is_told() {
    let old = named("vpc-1", "old", "2024-10-01T10:00:00Z");
    let deleted = gone(&old, "2024-11-10T10:00:00Z");
    let state = json!({"configurationStateId": 7});
    let deleted = with(deleted, state.clone());
    let twin = with(named("vpc-1", "new", "2024-11-10T10:00:00Z"), state);
    let nameless = with(twin.clone(), json!({"resourceName": null}));
    let key = |day: &str| format!("{RECORDER}/2024/{day}/ConfigHistory/a.json.gz");
    let cx = CallContext::default();
    for (first, (day, second), told) in [
        (&deleted, ("11/12", &twin), "old"),
        (&twin, ("11/12", &deleted), "new"),
        // The deleted one comes first where both were captured, and is delivered long after.
        (
            &nameless,
            (
                "12/30",
                &with(
                    deleted.clone(),
                    json!({"configurationItemCaptureTime": "2024-11-09T10:00:00Z"}),
                ),
            ),
            "old",
        ),
    ] {
        let files = [("10/1", &old), ("11/11", first), (day, second)];
        let file = |(day, item)| (key(day), gzip(&document(std::slice::from_ref(item))));
        let files = files.map(file);
        for names in [vec![], vec![told.to_owned()]] {
            let asked = november(ItemFilter {
                names,
                ..ItemFilter::default()
            });
            let store = store_of(files.clone());
            for _ in 0..2 {
                let rows = store.query(&asked, &cx).await.unwrap().value.rows;
                assert_eq!(rows.len(), 1);
                assert_eq!(rows[0][2], told);
            }
        }
    }
}

/// What it keeps beside is more than it may, what the cached way keeps is not.
#[tokio::test]
async fn what_takes_too_much_memory_is_answered_by_way_of_the_cache() {
    let long = "n".repeat(2_000);
    let items = (0..10_000).map(|n| {
        let time = format!("2024-11-05T10:00:00.{:03}Z", n % 1_000);
        named(&format!("vpc-{n}"), &format!("{long}{n}"), &time)
    });
    let mut files = many_files(30);
    let key = format!("{RECORDER}/2024/11/5/ConfigHistory/many.json.gz");
    files.insert(key, gzip(&document(&items.collect::<Vec<_>>())));
    let settings = EmbeddedSettings {
        memory_bytes: 16 << 20,
        ..EmbeddedSettings::default()
    };
    let asked = november(ItemFilter {
        names: vec!["name of vpc-1".to_owned()],
        ..ItemFilter::default()
    });
    let cx = CallContext::default();
    let small = store_with(settings, files.clone()).query(&asked, &cx).await;
    let large = store_of(files).query(&asked, &cx).await.unwrap();
    assert_eq!(small.unwrap().value.rows, large.value.rows);
    assert!(large.value.rows.len() > 10);
}

const RECORDER: &str = "AWSLogs/111122223333/Config/us-east-1";

fn store_of(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> EmbeddedStore {
    let settings = EmbeddedSettings {
        files_at_once: 2,
        ..EmbeddedSettings::default()
    };
    store_with(settings, files)
}

fn store_with(
    settings: EmbeddedSettings,
    files: impl IntoIterator<Item = (String, Vec<u8>)>,
) -> EmbeddedStore {
    let files = files.into_iter().map(|(key, content)| {
        let size = content.len() as u64;
        (key, (content.into(), size))
    });
    let files: BTreeMap<String, (Arc<[u8]>, u64)> = files.collect();
    let source = MemorySource::new("made up", files, []);
    EmbeddedStore::new(Lake::new(Arc::new(source)), "lake", settings)
}

/// All that deleted items may take over, of November.
fn november(filter: ItemFilter) -> ItemQuery {
    let columns = vec![
        Column::CaptureTime,
        Column::ResourceId,
        Column::ResourceName,
        Column::Arn,
        Column::Tags,
        Column::Status,
        Column::Source,
    ];
    ItemQuery {
        period: Period::of_month("2024-11".parse().unwrap(), TimeZone::UTC).unwrap(),
        filter,
        shape: Shape::Items { columns },
        order: Vec::new(),
        limit: None,
        offset: 0,
    }
}
