//! What every item of a lake means: each resource's items are put in order, over all the days that
//! were delivered, and classified against one another.

mod build;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use jiff::civil::Date;

use crate::{
    domain::{ChangeKind, ConfigurationItem, TypePattern},
    store::{Lookback, UnreadableFile},
};

pub(super) use build::IndexSource;

/// Indexes that are kept while a server runs.
const KEPT_INDEXES: usize = 3;
/// Stands for "none" where an entry refers to another.
const NONE: u32 = u32::MAX;

/// The meaning of the items of one lake, or of some accounts and Regions of it.
#[derive(Debug, Default)]
pub(super) struct HistoryIndex {
    /// In the order of their identities.
    entries: Vec<Entry>,
    /// Names, tags and ARNs of what was deleted.
    cards: Vec<Card>,
    /// Keys of the files, in the order in which they were read.
    files: Vec<Arc<str>>,
    /// Files by the resource types in them.
    types: BTreeMap<String, Vec<u32>>,
    pub(super) read: IndexReading,
}

/// What was read to make an index.
#[derive(Debug, Default)]
pub(super) struct IndexReading {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) first_day: Option<Date>,
    pub(super) last_day: Option<Date>,
    /// Files that could not be read, with their delivery days.
    pub(super) unreadable: Vec<(Date, UnreadableFile)>,
}

/// One item.
#[derive(Debug, Clone, Copy)]
struct Entry {
    identity: u128,
    resource: u128,
    /// Its file.
    file: u32,
    /// Entry of the item before it of the same resource.
    before: u32,
    /// What it takes over from the item before it.
    card: u32,
    kind: ChangeKind,
    /// Whether a history file holds it, and not snapshots alone.
    counts: bool,
}

/// What a deleted item no longer says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Card {
    name: Option<String>,
    arn: Option<String>,
    tags: Vec<(String, Option<String>)>,
}

/// What an index knows of an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meaning<'a> {
    pub(super) kind: ChangeKind,
    pub(super) card: Option<&'a Card>,
    /// Whether a history file holds it.
    pub(super) counts: bool,
    /// Identity and file of the item before it.
    pub(super) before: Option<(u128, &'a Arc<str>)>,
}

impl HistoryIndex {
    /// Returns what an item means; `None` for one whose file could not be read when the index was
    /// made.
    pub(super) fn meaning(&self, identity: u128) -> Option<Meaning<'_>> {
        let at = self
            .entries
            .binary_search_by_key(&identity, |entry| entry.identity)
            .ok()?;
        let entry = self.entries.get(at)?;
        let before = self.entries.get(entry.before as usize);
        Some(Meaning {
            kind: entry.kind,
            card: self.cards.get(entry.card as usize),
            counts: entry.counts,
            before: before.and_then(|before| {
                let file = self.files.get(before.file as usize)?;
                Some((before.identity, file))
            }),
        })
    }

    /// Returns the kind of an item.
    pub(super) fn kind(&self, identity: u128) -> ChangeKind {
        self.meaning(identity)
            .map_or(ChangeKind::Unknown, |meaning| meaning.kind)
    }

    /// Returns the kind of an item, and gives it what it takes over from the item before it.
    pub(super) fn told_of(&self, item: &mut ConfigurationItem, identity: u128) -> ChangeKind {
        self.complete(item, identity);
        self.kind(identity)
    }

    /// Returns what was read to make the index, as evidence.
    pub(super) fn lookback(&self) -> Lookback {
        Lookback {
            files_read: self.read.files,
            bytes_scanned: self.read.bytes,
            first_day: self.read.first_day.map(|day| day.to_string()),
            last_day: self.read.last_day.map(|day| day.to_string()),
        }
    }

    /// Gives a deleted item the name, tags and ARN of the item before it.
    pub(super) fn complete(&self, item: &mut ConfigurationItem, identity: u128) {
        let Some(card) = self.meaning(identity).and_then(|meaning| meaning.card) else {
            return;
        };
        if item.resource_name.is_none() {
            item.resource_name.clone_from(&card.name);
        }
        if item.arn.is_none() {
            item.arn.clone_from(&card.arn);
        }
        if item.tags.is_empty() {
            item.tags.clone_from(&card.tags);
        }
    }

    /// Returns the keys of the files that hold items of these resources.
    pub(super) fn files_of(&self, resources: &[u128]) -> BTreeSet<Arc<str>> {
        self.entries
            .iter()
            .filter(|entry| resources.contains(&entry.resource))
            .filter_map(|entry| self.files.get(entry.file as usize))
            .cloned()
            .collect()
    }

    /// Returns the keys of the files that hold items of the types.
    pub(super) fn files_of_types(&self, wanted: &[TypePattern]) -> HashSet<Arc<str>> {
        self.types
            .iter()
            .filter(|(of_type, _)| wanted.iter().any(|pattern| pattern.matches(of_type)))
            .flat_map(|(_, files)| files)
            .filter_map(|file| self.files.get(*file as usize))
            .cloned()
            .collect()
    }
}

/// What an index was made of: accounts and Regions, and a hash over the keys and sizes of the
/// files.
#[derive(Debug, Clone, PartialEq, Eq)]
struct IndexKey {
    accounts: Vec<String>,
    regions: Vec<String>,
    files: u128,
}

/// The indexes made last.
#[derive(Debug, Clone, Default)]
pub(super) struct IndexCache(Arc<Mutex<Vec<KeyedIndex>>>);

type KeyedIndex = (IndexKey, Arc<HistoryIndex>, Instant);

/// How long an index is kept in which files are missing: they may be readable again, and nothing
/// about them has changed then.
const BROKEN_KEPT: Duration = Duration::from_mins(5);

impl IndexCache {
    fn get(&self, key: &IndexKey) -> Option<Arc<HistoryIndex>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter()
            .find(|(of, index, made)| {
                of == key && (index.read.unreadable.is_empty() || made.elapsed() < BROKEN_KEPT)
            })
            .map(|(_, index, _)| index.clone())
    }

    fn put(&self, key: IndexKey, index: Arc<HistoryIndex>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|(of, ..)| {
            *of != key && (of.accounts != key.accounts || of.regions != key.regions)
        });
        held.insert(0, (key, index, Instant::now()));
        held.truncate(KEPT_INDEXES);
    }
}
