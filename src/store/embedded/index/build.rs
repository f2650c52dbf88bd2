//! Makes the index: reads every delivered file once, history and snapshots.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use jiff::civil::Date;
use xxhash_rust::xxh3::Xxh3;

use super::{Card, Entry, HistoryIndex, IndexCache, IndexKey, IndexReading, NONE};
use crate::{
    analysis::{Sighting, classify},
    domain::{ConfigurationItem, Content, ContentHashes, DeliveryKind, ItemFilter, Region},
    source::{Bodies, FileError, LakeListing, Taken},
    store::{
        StoreError, StoreErrorKind, UnreadableFile,
        embedded::reading::{Budget, FileReader, PlacedFile},
    },
};

/// Everything that tells what an item means.
const ALL_BODIES: Bodies = Bodies {
    tags: true,
    configuration: true,
    supplementary_configuration: true,
    relationships: true,
};

/// Where the index of a question comes from: the cache, or all files of its accounts and Regions.
#[derive(Debug, Clone)]
pub(in crate::store::embedded) struct IndexSource {
    pub(in crate::store::embedded) reader: FileReader,
    pub(in crate::store::embedded) scope: ItemFilter,
    pub(in crate::store::embedded) memory_bytes: usize,
    pub(in crate::store::embedded) cache: IndexCache,
    /// Indexes are made one after the other: two questions at once would read everything twice.
    pub(in crate::store::embedded) making: Arc<tokio::sync::Mutex<()>>,
}

impl IndexSource {
    /// Returns the index of the lake as it is now.
    pub(in crate::store::embedded) async fn get(&self) -> Result<Arc<HistoryIndex>, StoreError> {
        let (key, listing) = self.listed().await?;
        if let Some(index) = self.cache.get(&key) {
            return Ok(index);
        }
        let _making = self.making.lock().await;
        if let Some(index) = self.cache.get(&key) {
            return Ok(index);
        }
        let index = Arc::new(self.make(listing).await?);
        self.cache.put(key, index.clone());
        Ok(index)
    }

    /// Names the state of the lake as it is now.
    pub(in crate::store::embedded) async fn revision(&self) -> Result<u128, StoreError> {
        Ok(self.listed().await?.0.files)
    }

    async fn listed(&self) -> Result<(IndexKey, LakeListing), StoreError> {
        let scope = ItemFilter {
            accounts: self.scope.accounts.clone(),
            regions: self.scope.regions.clone(),
            ..ItemFilter::default()
        };
        let listed = self.reader.lake.list(Date::MIN, Date::MAX, &scope).await;
        let listing = listed.map_err(|error| {
            StoreError::new(StoreErrorKind::SourceUnreadable, error.to_string()).because(error)
        })?;
        Ok((key_of(&scope, &listing), listing))
    }

    async fn make(&self, listing: LakeListing) -> Result<HistoryIndex, StoreError> {
        let budget = Budget::new(self.memory_bytes);
        let mut read = IndexReading::default();
        let files: Vec<PlacedFile> = listing
            .folders
            .into_iter()
            .flat_map(|folder| {
                let shared = Arc::new(folder.folder);
                folder
                    .files
                    .into_iter()
                    .map(move |file| (shared.clone(), file))
            })
            .collect();
        let mut gathered = Gathered::default();
        let counted = budget.clone();
        let fold = move |seen: &mut SeenFile, _: &PlacedFile, item: ConfigurationItem| {
            if !seen.types.contains(&item.resource_type) {
                seen.types.insert(item.resource_type.clone());
            }
            let item = Seen::of(item);
            if counted.take(size_of::<Sorted>() + item.card.as_ref().map_or(0, Card::bytes)) {
                seen.items.push(item);
                Taken::Continue(())
            } else {
                Taken::Break(())
            }
        };
        let take = |at: usize, seen: Result<SeenFile, FileError>| {
            if budget.is_overdrawn() {
                return Err(budget.error());
            }
            let Some((folder, file)) = files.get(at) else {
                return Ok(());
            };
            match seen {
                Ok(seen) => {
                    read.files += 1;
                    read.bytes += file.size;
                    read.first_day = Some(read.first_day.map_or(folder.day, |d| d.min(folder.day)));
                    read.last_day = Some(read.last_day.map_or(folder.day, |d| d.max(folder.day)));
                    gathered.add(
                        at,
                        folder.kind == DeliveryKind::History,
                        &folder.region,
                        seen,
                    );
                }
                Err(error) => read.unreadable.push((
                    folder.day,
                    UnreadableFile {
                        key: file.key.clone(),
                        reason: error.to_string(),
                    },
                )),
            }
            Ok(())
        };
        self.reader
            .fold(&files, ALL_BODIES, "compared", fold, take)
            .await?;
        let job = tokio::task::spawn_blocking(move || gathered.classified());
        let classified = job
            .await
            .map_err(|stopped| StoreError::internal("classifying items", stopped))?;
        Ok(HistoryIndex {
            files: files
                .iter()
                .map(|(_, file)| Arc::from(&*file.key))
                .collect(),
            read,
            ..classified
        })
    }
}

fn key_of(scope: &ItemFilter, listing: &LakeListing) -> IndexKey {
    let mut hash = Xxh3::new();
    for file in listing.folders.iter().flat_map(|folder| &folder.files) {
        // A file that was delivered again whole has its key from before, seldom its size.
        hash.update(&file.size.to_le_bytes());
        hash.update(&file.key.len().to_le_bytes());
        hash.update(file.key.as_bytes());
    }
    IndexKey {
        accounts: scope.accounts.iter().map(ToString::to_string).collect(),
        regions: scope.regions.iter().map(ToString::to_string).collect(),
        files: hash.digest128(),
    }
}

/// What a file shows.
#[derive(Debug, Default)]
struct SeenFile {
    items: Vec<Seen>,
    types: BTreeSet<String>,
}

/// An item as a file shows it.
#[derive(Debug)]
struct Seen {
    identity: u128,
    resource: u128,
    global: bool,
    sighting: Sighting,
    card: Option<Card>,
}

impl Seen {
    fn of(item: ConfigurationItem) -> Self {
        let content = Content::of(&item);
        let hashes = ContentHashes::of(&content, &item.resource_type);
        Self {
            identity: item.identity(),
            resource: item.resource_identity(),
            global: item.region == Region::GLOBAL,
            sighting: Sighting {
                at_ms: item.capture_time.as_millisecond(),
                status: item.item_status(),
                compliance: ConfigurationItem::is_compliance_type(&item.resource_type),
                recorder: 0,
                hashes,
                created_ms: item.created_at().map(jiff::Timestamp::as_millisecond),
                daily: item.is_daily(),
                repeated: false,
            },
            card: Card::of(item),
        }
    }
}

impl Card {
    fn of(item: ConfigurationItem) -> Option<Self> {
        let card = Self {
            name: item.resource_name,
            arn: item.arn,
            tags: item.tags,
        };
        (card != Self::default()).then_some(card)
    }

    fn bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let tags = self
            .tags
            .iter()
            .map(|(key, value)| 64 + key.len() + text(value));
        size_of::<Self>() + text(&self.name) + text(&self.arn) + tags.sum::<usize>()
    }
}

/// An item on its way into the order of its resource.
#[derive(Debug, Clone, Copy)]
struct Sorted {
    identity: u128,
    resource: u128,
    file: u32,
    card: u32,
    sighting: Sighting,
    global: bool,
    history: bool,
}

/// What all files show.
#[derive(Debug, Default)]
struct Gathered {
    items: Vec<Sorted>,
    cards: Vec<Card>,
    /// Cards by their hash: those of a resource's items are mostly one.
    known_cards: HashMap<u64, u32>,
    hasher: RandomState,
    recorders: Vec<String>,
    types: BTreeMap<String, Vec<u32>>,
}

impl Gathered {
    fn add(&mut self, file: usize, history: bool, recorder: &str, seen: SeenFile) {
        let recorder = self.recorder(recorder);
        let file = u32::try_from(file).unwrap_or(NONE);
        for of_type in seen.types {
            self.types.entry(of_type).or_default().push(file);
        }
        for Seen {
            identity,
            resource,
            global,
            mut sighting,
            card,
        } in seen.items
        {
            sighting.recorder = recorder;
            let card = card.map_or(NONE, |card| self.card(card));
            self.items.push(Sorted {
                identity,
                resource,
                file,
                card,
                sighting,
                global,
                history,
            });
        }
    }

    fn recorder(&mut self, name: &str) -> u32 {
        let known = self.recorders.iter().position(|known| known == name);
        let at = known.unwrap_or_else(|| {
            self.recorders.push(name.to_owned());
            self.recorders.len() - 1
        });
        u32::try_from(at).unwrap_or(NONE)
    }

    fn card(&mut self, card: Card) -> u32 {
        let hash = self.hasher.hash_one((&card.name, &card.arn, &card.tags));
        if let Some(at) = self.known_cards.get(&hash)
            && self.cards.get(*at as usize) == Some(&card)
        {
            return *at;
        }
        let at = u32::try_from(self.cards.len()).unwrap_or(NONE);
        self.cards.push(card);
        self.known_cards.insert(hash, at);
        at
    }

    /// Puts the items of each resource in order and classifies them.
    fn classified(mut self) -> HistoryIndex {
        // Stable: what was captured at one moment stays in the order of the files.
        self.items
            .sort_by_key(|item| (item.resource, item.sighting.at_ms, !item.history));
        let mut entries = Vec::with_capacity(self.items.len());
        let mut used_cards = Vec::new();
        let mut places: HashMap<u32, u32> = HashMap::new();
        for items in self.items.chunk_by_mut(|a, b| a.resource == b.resource) {
            mark_repeats(items);
            classify_resource(items, &mut entries, &mut |card| {
                *places.entry(card).or_insert_with(|| {
                    used_cards.extend(self.cards.get(card as usize).cloned());
                    u32::try_from(used_cards.len() - 1).unwrap_or(NONE)
                })
            });
        }
        HistoryIndex {
            entries: in_order_of_identity(&entries),
            cards: used_cards,
            types: self.types,
            ..HistoryIndex::default()
        }
    }
}

/// Marks the items that stand in the list before: of several, the first in a history file counts.
fn mark_repeats(items: &mut [Sorted]) {
    let in_history: BTreeSet<u128> = items
        .iter()
        .filter(|item| item.history)
        .map(|item| item.identity)
        .collect();
    let mut seen = BTreeSet::new();
    for item in items {
        let elsewhere = !item.history && in_history.contains(&item.identity);
        item.sighting.repeated = elsewhere || !seen.insert(item.identity);
    }
}

/// Classifies the items of one resource.
fn classify_resource(
    items: &[Sorted],
    entries: &mut Vec<Entry>,
    keep_card: &mut dyn FnMut(u32) -> u32,
) {
    let sightings: Vec<Sighting> = items.iter().map(|item| item.sighting).collect();
    let global = items.first().is_some_and(|item| item.global);
    let verdicts = classify(global, &sightings);
    let mut places = vec![NONE; items.len()];
    let mut card = NONE;
    for (at, (item, verdict)) in items.iter().zip(verdicts).enumerate() {
        if item.sighting.repeated {
            continue;
        }
        let deleted = item.sighting.status == Some(crate::domain::ItemStatus::ResourceDeleted);
        if let Some(place) = places.get_mut(at) {
            *place = u32::try_from(entries.len()).unwrap_or(NONE);
        }
        let before = verdict
            .before
            .and_then(|before| places.get(before).copied());
        entries.push(Entry {
            identity: item.identity,
            resource: item.resource,
            file: item.file,
            before: before.unwrap_or(NONE),
            card: if deleted && card != NONE {
                keep_card(card)
            } else {
                NONE
            },
            kind: verdict.kind,
            counts: item.history,
        });
        if !deleted && item.card != NONE {
            card = item.card;
        }
    }
}

/// Sorts the entries by identity; references to one another follow.
fn in_order_of_identity(entries: &[Entry]) -> Vec<Entry> {
    let mut order: Vec<u32> = (0..u32::try_from(entries.len()).unwrap_or(NONE)).collect();
    let identity = |at: &u32| entries.get(*at as usize).map(|entry| entry.identity);
    order.sort_unstable_by_key(identity);
    let mut moved = vec![NONE; entries.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(place) = moved.get_mut(*old as usize) {
            *place = u32::try_from(new).unwrap_or(NONE);
        }
    }
    order
        .iter()
        .filter_map(|old| {
            let mut entry = *entries.get(*old as usize)?;
            entry.before = moved.get(entry.before as usize).copied().unwrap_or(NONE);
            Some(entry)
        })
        .collect()
}
