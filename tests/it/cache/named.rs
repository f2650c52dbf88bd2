//! A program that has gone through the cache for a resource knows whose items lie where, and finds
//! the same the next time, and for every other resource.

use std::sync::Arc;

use config_history::{
    domain::{Column, ItemFilter, Period, ResourceKey},
    source::{FolderSource, Lake},
    store::{
        CacheFolder, CallContext, ChangesQuery, EmbeddedSettings, EmbeddedStore, Grouping,
        HistoryStore as _, TallyDepth,
    },
};
use jiff::tz::TimeZone;
use serde_json::json;

use super::{folder, settle};
use crate::support::{
    lake::{TestLake, item, with},
    states::{deliver, gone, later, of, snapshot},
};

struct World {
    lake: TestLake,
    cache: tempfile::TempDir,
}

impl World {
    /// A program that has just been started.
    fn store(&self) -> EmbeddedStore {
        let lake = Lake::new(Arc::new(FolderSource::open(self.lake.path()).unwrap()));
        let cache = CacheFolder::kept(self.cache.path().to_owned(), u64::MAX);
        EmbeddedStore::new(lake, "lake", EmbeddedSettings::default()).with_cache(&cache)
    }
}

/// Says what answers to a filter: ids with the number of their items.
async fn found(store: &EmbeddedStore, filter: &ItemFilter) -> Vec<(String, u64)> {
    found_in(store, &Period::all_time(TimeZone::UTC), filter).await
}

async fn found_in(
    store: &EmbeddedStore,
    period: &Period,
    filter: &ItemFilter,
) -> Vec<(String, u64)> {
    let by_id = [Grouping(vec![Column::ResourceId])];
    let cx = CallContext::default();
    let answer = store.tally(period, filter, &by_id, TallyDepth::Changes, &cx);
    let lines = answer.await.unwrap().value.remove(0).into_iter();
    lines
        .map(|line| (line.key[0].as_deref().unwrap().to_owned(), line.items))
        .collect()
}

fn reference(text: &str) -> ItemFilter {
    ItemFilter {
        reference: Some(text.parse().unwrap()),
        ..ItemFilter::default()
    }
}

fn resources(texts: &[&str]) -> ItemFilter {
    ItemFilter {
        resources: texts.iter().map(|text| (*text).to_owned()).collect(),
        ..ItemFilter::default()
    }
}

fn ids(told: &[(&str, u64)]) -> Vec<(String, u64)> {
    let told = told.iter();
    told.map(|(id, items)| ((*id).to_owned(), *items)).collect()
}

/// Two months: what is deleted in the second one has its name and its ARN in the first.
fn two_months() -> World {
    let lake = TestLake::new();
    let shop = item("vpc-1", "2024-10-20T10:00:00.000Z");
    let bucket = of(
        "AWS::S3::Bucket",
        "logs/of/shop",
        "2024-10-21T10:00:00.000Z",
        json!({}),
    );
    let nameless = gone(
        &item("vpc-9", "2024-11-01T10:00:00.000Z"),
        "2024-11-06T10:00:00.000Z",
    );
    deliver(
        &lake,
        "a",
        &[
            shop.clone(),
            bucket.clone(),
            later(&bucket, "2024-11-03T10:00:00.000Z", json!({})),
            gone(&shop, "2024-11-05T10:00:00.000Z"),
            nameless,
        ],
    );
    settle(lake.path());
    World {
        lake,
        cache: folder(),
    }
}

#[tokio::test]
async fn the_same_is_found_however_often_it_is_asked_and_whatever_was_asked_before() {
    let world = two_months();
    // Fills the cache.
    let all = found(&world.store(), &ItemFilter::default()).await;
    assert_eq!(all, ids(&[("logs/of/shop", 2), ("vpc-1", 2), ("vpc-9", 1)]));
    let arn = "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1";
    let asked = [
        (reference("vpc-1"), vec![("vpc-1", 2)]),
        (reference("name of vpc-1"), vec![("vpc-1", 2)]),
        (reference(arn), vec![("vpc-1", 2)]),
        (reference("aws::ec2::vpc/vpc-1"), vec![("vpc-1", 2)]),
        (reference("logs/of/shop"), vec![("logs/of/shop", 2)]),
        (
            reference("AWS::S3::Bucket/logs/of/shop"),
            vec![("logs/of/shop", 2)],
        ),
        (reference("vpc-9"), vec![("vpc-9", 1)]),
        (reference("name of vpc-9"), vec![]),
        (reference("vpc"), vec![]),
        (resources(&[arn]), vec![("vpc-1", 2)]),
        (
            resources(&["vpc-9", "nothing", "logs/of/shop"]),
            vec![("logs/of/shop", 2), ("vpc-9", 1)],
        ),
        (resources(&["nothing"]), vec![]),
    ];
    let store = world.store();
    for _ in 0..3 {
        for (filter, told) in &asked {
            assert_eq!(found(&store, filter).await, ids(told), "{filter:?}");
        }
    }
}

/// The segment with the deletion stays as it is; what the deletion takes over does not.
#[tokio::test]
async fn what_a_deletion_takes_over_is_found_by_when_it_was_delivered_late() {
    let world = two_months();
    let store = world.store();
    found(&store, &ItemFilter::default()).await;
    let late = reference("late");
    for _ in 0..2 {
        assert_eq!(found(&store, &late).await, []);
    }
    let before = with(
        item("vpc-9", "2024-10-30T10:00:00.000Z"),
        json!({"resourceName": "late"}),
    );
    snapshot(&world.lake, "b", &[before]);
    settle(world.lake.path());
    for _ in 0..2 {
        assert_eq!(found(&store, &late).await, ids(&[("vpc-9", 1)]));
        assert_eq!(
            found(&store, &reference("vpc-9")).await,
            ids(&[("vpc-9", 1)])
        );
    }
    assert_eq!(found(&world.store(), &late).await, ids(&[("vpc-9", 1)]));
}

/// Deletions take over from two months, the later of which has what comes first in their own.
#[tokio::test]
async fn several_deletions_of_a_month_take_over_from_different_months() {
    let lake = TestLake::new();
    let b = item("vpc-b", "2024-09-20T10:00:00.000Z");
    let a = item("vpc-a", "2024-10-20T10:00:00.000Z");
    let c = item("vpc-c", "2024-09-21T10:00:00.000Z");
    let gone = [&a, &b, &c].map(|item| gone(item, "2024-11-05T10:00:00.000Z"));
    deliver(&lake, "a", &[b, a, c]);
    deliver(&lake, "b", &gone);
    settle(lake.path());
    let world = World {
        lake,
        cache: folder(),
    };
    for store in [world.store(), world.store()] {
        found(&store, &ItemFilter::default()).await;
        for id in ["vpc-a", "vpc-b", "vpc-c"] {
            let name = format!("name of {id}");
            assert_eq!(found(&store, &reference(&name)).await, ids(&[(id, 2)]));
        }
    }
}

/// A month of three row groups, and one before it.
fn large_month() -> World {
    let lake = TestLake::new();
    let id = |n: usize| format!("vpc-{n:05}");
    let small = |n: usize| {
        let time = if n < 4_096 {
            "2024-11-02"
        } else {
            "2024-11-20"
        };
        let time = format!("{time}T10:00:{:02}.{:03}Z", n % 60, n % 1_000);
        let bodies = json!({"configuration": {"n": n}, "relationships": [], "tags": {}});
        with(item(&id(n), &time), bodies)
    };
    let deleted = [(3, "03"), (8_500, "21")].map(|(n, day)| {
        let before = with(
            item(&id(n), "2024-10-05T10:00:00.000Z"),
            json!({"resourceName": format!("gone {n}")}),
        );
        let after = gone(&before, &format!("2024-11-{day}T10:00:00.000Z"));
        (before, after)
    });
    let [(a, a_gone), (b, b_gone)] = deleted;
    deliver(&lake, "a", &[a, b]);
    let mut items: Vec<_> = (0..9_000).map(small).collect();
    (items[3], items[8_500]) = (a_gone, b_gone);
    let place = crate::support::lake::Place::history("111122223333", "us-east-1", "2024/11/22");
    lake.items(&place, "b.json.gz", &items);
    settle(lake.path());
    World {
        lake,
        cache: folder(),
    }
}

#[tokio::test]
async fn every_row_group_of_a_large_month_is_known_by_its_own_names() {
    let world = large_month();
    found(&world.store(), &ItemFilter::default()).await;
    let store = world.store();
    let end_of_month = Period::new(
        "2024-11-15T00:00:00Z".parse().unwrap(),
        "2024-12-01T00:00:00Z".parse().unwrap(),
        TimeZone::UTC,
    )
    .unwrap();
    // The first row group has nothing of these days and is not read.
    let last = reference("vpc-08999");
    assert_eq!(
        found_in(&store, &end_of_month, &last).await,
        ids(&[("vpc-08999", 1)])
    );
    for _ in 0..2 {
        for (text, told) in [
            ("vpc-00000", ("vpc-00000", 1)),
            ("name of vpc-04095", ("vpc-04095", 1)),
            ("vpc-04096", ("vpc-04096", 1)),
            ("name of vpc-08191", ("vpc-08191", 1)),
            ("vpc-08192", ("vpc-08192", 1)),
            ("vpc-08999", ("vpc-08999", 1)),
            ("gone 3", ("vpc-00003", 2)),
            ("gone 8500", ("vpc-08500", 2)),
            ("vpc-08500", ("vpc-08500", 2)),
        ] {
            assert_eq!(
                found(&store, &reference(text)).await,
                ids(&[told]),
                "{text}"
            );
        }
        let several = resources(&["vpc-00001", "vpc-05000", "vpc-08999", "vpc-09000"]);
        let told = [("vpc-00001", 1), ("vpc-05000", 1), ("vpc-08999", 1)];
        assert_eq!(found(&store, &several).await, ids(&told));
    }
}

#[tokio::test]
async fn files_of_a_type_are_counted_by_all_their_items_whoever_is_named() {
    let lake = TestLake::new();
    let vpc = |id| item(id, "2024-11-02T10:00:00.000Z");
    let bucket = |id| of("AWS::S3::Bucket", id, "2024-11-02T10:00:00.000Z", json!({}));
    let items = ["vpc-1", "vpc-2", "vpc-3"].map(vpc);
    deliver(&lake, "a", &items);
    deliver(&lake, "b", &["shop", "logs"].map(bucket));
    settle(lake.path());
    let world = World {
        lake,
        cache: folder(),
    };
    let store = world.store();
    for (id, items) in [("vpc-1", 1), ("vpc-2", 1), ("shop", 0), ("nothing", 0)] {
        let query = ChangesQuery {
            period: Period::all_time(TimeZone::UTC),
            filter: ItemFilter {
                types: vec!["AWS::EC2::VPC".parse().unwrap()],
                ..resources(&[id])
            },
            resources: Vec::new(),
            snapshots: false,
        };
        for _ in 0..2 {
            let answer = store
                .changes(&query, &CallContext::default())
                .await
                .unwrap();
            assert_eq!(answer.value.len(), items, "{id}");
            // Each item lies in a file of its own, and three of them are of the type.
            assert_eq!(answer.evidence.files_read, 3, "{id}");
        }
    }
}

/// What was read is counted by types as well, whoever is named.
#[tokio::test]
async fn items_and_evidence_are_those_of_a_new_program() {
    let world = two_months();
    snapshot(
        &world.lake,
        "s",
        &[item("vpc-1", "2024-10-22T10:00:00.000Z")],
    );
    settle(world.lake.path());
    found(&world.store(), &ItemFilter::default()).await;
    let used = world.store();
    let cx = CallContext::default();
    for text in ["vpc-1", "logs/of/shop", "nothing"] {
        found(&used, &reference(text)).await;
    }
    let vpc: Vec<_> = vec!["AWS::EC2::VPC".parse().unwrap()];
    let bucket: Vec<_> = vec!["AWS::S3::Bucket".parse().unwrap()];
    let key = |resource_type: &str, id: &str| ResourceKey {
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        resource_type: resource_type.to_owned(),
        resource_id: id.to_owned(),
    };
    let asked = [
        (reference("vpc-1"), vec![], true),
        (
            ItemFilter {
                types: vpc.clone(),
                ..reference("vpc-1")
            },
            vec![],
            true,
        ),
        (
            ItemFilter {
                types: vpc.clone(),
                ..reference("nothing")
            },
            vec![],
            false,
        ),
        (
            ItemFilter {
                types: bucket,
                ..resources(&["vpc-1"])
            },
            vec![],
            false,
        ),
        (
            ItemFilter {
                types: vpc,
                ..resources(&["vpc-9"])
            },
            vec![],
            true,
        ),
        (
            ItemFilter::default(),
            vec![key("AWS::EC2::VPC", "vpc-1")],
            true,
        ),
        (
            ItemFilter::default(),
            vec![key("AWS::S3::Bucket", "logs/of/shop")],
            false,
        ),
        (
            ItemFilter::default(),
            vec![key("AWS::S3::Bucket", "vpc-1")],
            true,
        ),
    ];
    for (filter, resources, snapshots) in asked {
        let query = ChangesQuery {
            period: Period::all_time(TimeZone::UTC),
            filter,
            resources,
            snapshots,
        };
        let new = world.store();
        let changes = used.changes(&query, &cx).await.unwrap();
        assert_eq!(
            format!("{changes:?}"),
            format!("{:?}", new.changes(&query, &cx).await.unwrap()),
            "{query:?}"
        );
        let events = used.security_events(&query, &cx).await.unwrap();
        assert_eq!(
            format!("{events:?}"),
            format!("{:?}", new.security_events(&query, &cx).await.unwrap()),
            "{query:?}"
        );
    }
}
