//! A delivered file is read once; what is new, changed or gone is noticed.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use config_history::{
    domain::{Column, ItemFilter, ItemQuery, Measure, Period, Shape},
    source::{Below, Lake, LakeFile, Listing, Object, ObjectSource, SourceError},
    store::{
        CacheFolder, CallContext, EmbeddedSettings, EmbeddedStore, HistoryStore as _,
        usage_of_cache,
    },
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::folder;
use crate::support::lake::{document, gzip, item, with};

/// A bucket whose objects are counted when they are opened.
#[derive(Debug, Default)]
struct Bucket {
    objects: Mutex<Vec<(LakeFile, Vec<u8>)>>,
    opened: AtomicUsize,
    /// Cancelled when so many are opened.
    gives_up_at: Mutex<Option<(usize, CancellationToken)>>,
}

const RECORDER: &str = "AWSLogs/111122223333/Config/us-east-1";

impl Bucket {
    fn put(&self, day: &str, name: &str, version: u64, items: &[Value]) {
        let content = gzip(&document(items));
        let file = LakeFile {
            key: format!("{RECORDER}/{day}/ConfigHistory/{name}").into(),
            size: content.len() as u64,
            version,
        };
        let mut objects = self.objects.lock().unwrap();
        objects.retain(|(known, _)| known.key != file.key);
        objects.push((file, content));
    }

    fn remove(&self, name: &str) {
        self.objects
            .lock()
            .unwrap()
            .retain(|(file, _)| !file.key.ends_with(name));
    }

    fn opened(&self) -> usize {
        self.opened.swap(0, Ordering::SeqCst)
    }
}

#[async_trait]
impl ObjectSource for Bucket {
    fn location(&self) -> String {
        "bucket".to_owned()
    }

    fn base(&self) -> &[String] {
        &[]
    }

    async fn list(&self, folder: &str) -> Result<Listing, SourceError> {
        let mut listing = Listing::default();
        for (file, _) in self.objects.lock().unwrap().iter() {
            let above = if folder.is_empty() {
                String::new()
            } else {
                format!("{folder}/")
            };
            if let Some((name, _)) = file
                .key
                .strip_prefix(&above)
                .and_then(|rest| rest.split_once('/'))
            {
                listing.folders.push(name.to_owned());
            }
        }
        listing.folders.sort();
        listing.folders.dedup();
        Ok(listing)
    }

    async fn list_below(&self, folder: &str, _: &[&[&str]]) -> Result<Below, SourceError> {
        let objects = self.objects.lock().unwrap();
        let files = objects.iter().map(|(file, _)| file.clone());
        Ok(Below {
            files: files
                .filter(|file| file.key.starts_with(&format!("{folder}/")))
                .collect(),
            unreadable: Vec::new(),
        })
    }

    async fn open(&self, file: &LakeFile) -> Result<Object, SourceError> {
        let opened = self.opened.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some((at, token)) = self.gives_up_at.lock().unwrap().as_ref()
            && opened == *at
        {
            token.cancel();
        }
        let objects = self.objects.lock().unwrap();
        let found = objects.iter().find(|(known, _)| known.key == file.key);
        Ok(Object::Bytes(found.unwrap().1.clone().into()))
    }
}

struct World {
    bucket: Arc<Bucket>,
    cache: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self {
            bucket: Arc::default(),
            cache: folder(),
        };
        for day in 1..=9 {
            let time = format!("2024-11-0{day}T01:00:00Z");
            let changing = with(
                item("changing", &time),
                json!({"configuration": {"day": day}}),
            );
            world
                .bucket
                .put(&format!("2024/11/{day}"), "a.json.gz", 7, &[changing]);
        }
        world
    }

    /// A program that has just been started.
    fn store(&self, most_bytes: u64) -> EmbeddedStore {
        let lake = Lake::new(self.bucket.clone());
        let cache = CacheFolder::kept(self.cache.path().to_owned(), most_bytes);
        EmbeddedStore::new(lake, "lake", EmbeddedSettings::default()).with_cache(&cache)
    }

    /// Items of November by kind, from a new program.
    async fn kinds(&self) -> Vec<(String, u64)> {
        self.counts(Column::ChangeKind).await
    }

    /// Items of November by a column, from a new program.
    async fn counts(&self, by: Column) -> Vec<(String, u64)> {
        let query = ItemQuery {
            period: Period::of_month("2024-11".parse().unwrap(), jiff::tz::TimeZone::UTC).unwrap(),
            filter: ItemFilter::default(),
            shape: Shape::Groups {
                by: vec![by],
                measures: vec![Measure::Items],
            },
            order: Vec::new(),
            limit: None,
            offset: 0,
        };
        let answer = self
            .store(u64::MAX)
            .query(&query, &CallContext::default())
            .await
            .unwrap();
        let mut kinds: Vec<(String, u64)> = answer
            .value
            .rows
            .iter()
            .map(|row| {
                (
                    row[0].as_str().unwrap().to_owned(),
                    row[1].as_u64().unwrap(),
                )
            })
            .collect();
        kinds.sort();
        kinds
    }
}

fn kinds(told: &[(&str, u64)]) -> Vec<(String, u64)> {
    told.iter()
        .map(|(kind, items)| ((*kind).to_owned(), *items))
        .collect()
}

#[tokio::test]
async fn a_file_is_read_once_and_a_new_one_costs_its_own_reading() {
    let world = World::new();
    assert_eq!(
        world.kinds().await,
        kinds(&[("settings", 8), ("unknown", 1)])
    );
    assert_eq!(world.bucket.opened(), 9);
    assert_eq!(
        world.kinds().await,
        kinds(&[("settings", 8), ("unknown", 1)])
    );
    assert_eq!(world.bucket.opened(), 0);
    // Many small deliveries, each by itself: they are put together, and none is read again.
    for hour in 10..24 {
        let time = format!("2024-11-09T{hour}:00:00Z");
        let name = format!("b{hour}.json.gz");
        let changing = with(
            item("changing", &time),
            json!({"configuration": {"hour": hour}}),
        );
        world.bucket.put("2024/11/9", &name, 7, &[changing]);
        assert_eq!(
            world.kinds().await,
            kinds(&[("settings", hour - 1), ("unknown", 1)])
        );
        assert_eq!(world.bucket.opened(), 1, "hour {hour}");
    }
    let folder = world.cache.path();
    let segments = super::files_below(folder).into_iter();
    let segments = segments.filter(|path| path.extension().is_some_and(|of| of == "parquet"));
    assert!(segments.count() <= 9);
}

/// Who asks but once has no use for a cache, and it takes twice as long.
#[tokio::test]
async fn the_first_question_by_name_keeps_nothing_unless_the_lake_is_large() {
    let world = World::new();
    let named = kinds(&[("name of changing", 9)]);
    let segments = |world: &World| {
        let files = super::files_below(world.cache.path()).into_iter();
        let segments = files.filter(|path| path.extension().is_some_and(|of| of == "parquet"));
        segments.count()
    };
    for (opened, keeps) in [(9, false), (9, true), (0, true)] {
        assert_eq!(world.counts(Column::ResourceName).await, named);
        assert_eq!(world.bucket.opened(), opened);
        assert_eq!(segments(&world) > 0, keeps);
    }
    let world = World::new();
    {
        let mut objects = world.bucket.objects.lock().unwrap();
        objects[0].0.size = 300 << 20;
    }
    for opened in [9, 0] {
        assert_eq!(world.counts(Column::ResourceName).await, named);
        assert_eq!(world.bucket.opened(), opened);
        assert!(segments(&world) > 0);
    }
    // Somebody has asked for kinds.
    let world = World::new();
    world.kinds().await;
    world.bucket.opened();
    assert_eq!(world.counts(Column::ResourceName).await, named);
    assert_eq!(world.bucket.opened(), 0);
}

#[tokio::test]
async fn what_has_changed_or_is_gone_is_noticed() {
    let world = World::new();
    world.kinds().await;
    // The same key and the same size: only the version tells.
    let same = with(
        item("changing", "2024-11-05T01:00:00Z"),
        json!({"configuration": {"day": 4}}),
    );
    world.bucket.put("2024/11/5", "a.json.gz", 9, &[same]);
    let told = world.kinds().await;
    assert_eq!(
        told,
        kinds(&[("identical", 1), ("settings", 7), ("unknown", 1)])
    );
    world.bucket.remove("2024/11/5/ConfigHistory/a.json.gz");
    assert_eq!(
        world.kinds().await,
        kinds(&[("settings", 7), ("unknown", 1)])
    );
    world.bucket.opened();
    world.kinds().await;
    assert_eq!(world.bucket.opened(), 0);
}

#[tokio::test]
async fn what_may_change_unnoticed_is_not_kept() {
    let world = World::new();
    let unsettled = with(item("new", "2024-11-09T02:00:00Z"), json!({}));
    world.bucket.put(
        "2024/11/9",
        "z.json.gz",
        LakeFile::unsettled(),
        &[unsettled],
    );
    let told = kinds(&[("settings", 8), ("unknown", 2)]);
    assert_eq!(world.kinds().await, told);
    world.bucket.opened();
    for _ in 0..3 {
        assert_eq!(world.kinds().await, told);
        // The others are kept all the same.
        assert_eq!(world.bucket.opened(), 1);
    }
}

#[tokio::test]
async fn a_file_that_could_not_be_read_is_tried_again_and_a_damaged_one_is_not() {
    let world = World::new();
    {
        let mut objects = world.bucket.objects.lock().unwrap();
        let (file, content) = objects.last_mut().unwrap();
        content.truncate(content.len() / 2);
        file.size /= 2;
    }
    assert_eq!(
        world.kinds().await,
        kinds(&[("settings", 7), ("unknown", 1)])
    );
    world.bucket.opened();
    assert_eq!(
        world.kinds().await,
        kinds(&[("settings", 7), ("unknown", 1)])
    );
    assert_eq!(
        world.bucket.opened(),
        0,
        "its content is damaged, that does not change"
    );
}

#[tokio::test]
async fn the_cache_takes_no_more_than_it_may() {
    let world = World::new();
    for month in 1..=9 {
        let time = format!("2024-0{month}-05T01:00:00Z");
        world.bucket.put(
            &format!("2024/{month}/5"),
            "a.json.gz",
            7,
            &[item("other", &time)],
        );
    }
    let cx = CallContext::default();
    world
        .store(u64::MAX)
        .warm(&ItemFilter::default(), &cx)
        .await
        .unwrap();
    let whole = usage_of_cache(world.cache.path()).unwrap();
    assert_eq!(
        (
            whole.lakes.len(),
            whole.lakes[0].parts,
            whole.lakes[0].items
        ),
        (1, 10, 18)
    );
    // The same place with other deliveries, and room for half of it all.
    let other = World {
        bucket: World::new().bucket,
        cache: world.cache,
    };
    other.bucket.put(
        "2024/12/1",
        "c.json.gz",
        7,
        &[item("more", "2024-12-01T01:00:00Z")],
    );
    let store = other.store(whole.bytes() / 2);
    store.warm(&ItemFilter::default(), &cx).await.unwrap();
    let after = usage_of_cache(other.cache.path()).unwrap();
    assert!(
        after.bytes() < whole.bytes(),
        "{} of {}",
        after.bytes(),
        whole.bytes()
    );
    assert_eq!(
        other.kinds().await,
        kinds(&[("settings", 8), ("unknown", 1)])
    );
}

/// Text that gzip makes half as long, as large files have it.
fn noise(bytes: usize, seed: u64) -> String {
    let next = |number: &u64| {
        Some(
            number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1),
        )
    };
    let numbers = std::iter::successors(Some(seed), next);
    let words: Vec<String> = numbers
        .take(bytes / 16)
        .map(|number| format!("{number:016x}"))
        .collect();
    words.concat()
}

#[tokio::test]
async fn a_part_that_was_given_up_halfway_is_gone_on_with() {
    let bucket = Arc::new(Bucket::default());
    for file in 1..=8 {
        let large = json!({"configuration": {"noise": noise(3 << 20, file)}});
        let large = with(item(&format!("vpc-{file}"), "2024-11-05T01:00:00Z"), large);
        bucket.put("2024/11/5", &format!("{file}.json.gz"), 7, &[large]);
    }
    let cache = folder();
    let kept = CacheFolder::kept(cache.path().to_owned(), u64::MAX);
    let settings = EmbeddedSettings {
        memory_bytes: 1 << 20,
        files_at_once: 1,
        ..EmbeddedSettings::default()
    };
    let lake = Lake::new(bucket.clone());
    let store = || EmbeddedStore::new(lake.clone(), "lake", settings).with_cache(&kept);
    let cx = CallContext::default();
    *bucket.gives_up_at.lock().unwrap() = Some((5, cx.cancel.clone()));
    store().warm(&ItemFilter::default(), &cx).await.unwrap_err();
    assert_eq!(bucket.opened(), 5);
    store()
        .warm(&ItemFilter::default(), &CallContext::default())
        .await
        .unwrap();
    assert_eq!(bucket.opened(), 4, "the first four are not read again");
}
