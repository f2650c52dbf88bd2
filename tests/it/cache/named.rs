//! A program that has gone through the cache for a resource knows whose items lie where, and finds
//! the same the next time, and for every other resource.

use std::sync::Arc;

use config_history::{
    domain::{Column, ItemFilter, Period},
    source::{FolderSource, Lake},
    store::{
        CacheFolder, CallContext, EmbeddedSettings, EmbeddedStore, Grouping, HistoryStore as _,
        TallyDepth,
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
    let period = Period::all_time(TimeZone::UTC);
    let by_id = [Grouping(vec![Column::ResourceId])];
    let cx = CallContext::default();
    let answer = store.tally(&period, filter, &by_id, TallyDepth::Changes, &cx);
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
