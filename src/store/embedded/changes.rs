//! Full items with the items before them, and items without their bodies.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{
    index::HistoryIndex,
    reading::{Budget, FileReader, PlacedFile},
};
use crate::{
    analysis::ItemRecord,
    domain::{ChangeKind, ConfigurationItem, DeliveryKind, ItemFilter, Masker, Period, Section},
    source::{Bodies, FileError, Taken},
    store::{ChangesQuery, ItemChange, StoreError},
};

/// A read file that is to be told of.
pub(super) type Unreadable = (String, String);

const ALL_BODIES: Bodies = Bodies {
    tags: true,
    configuration: true,
    supplementary_configuration: true,
    relationships: true,
};

/// What was read for an answer.
#[derive(Debug, Default)]
pub(super) struct ReadReport {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) items: u64,
    pub(super) duplicates: u64,
    pub(super) unknown: u64,
    pub(super) unreadable: Vec<Unreadable>,
}

impl ReadReport {
    fn read(&mut self, file: &PlacedFile) {
        self.files += 1;
        self.bytes += file.1.size;
    }

    fn failed(&mut self, file: &PlacedFile, error: &FileError) {
        self.unreadable
            .push((file.1.key.clone(), error.to_string()));
    }
}

/// Reads the items that a question is about, each with the one before it.
pub(super) async fn read_changes(
    reader: &FileReader,
    files: &[PlacedFile],
    index: &Arc<HistoryIndex>,
    query: &ChangesQuery,
    masker: Masker,
    memory_bytes: usize,
) -> Result<(Vec<ItemChange>, ReadReport), StoreError> {
    let budget = Budget::new(memory_bytes);
    let mut report = ReadReport::default();
    let mut found: Vec<(u128, ConfigurationItem, String, bool)> = Vec::new();
    let mut seen = HashSet::new();
    let wanted: BTreeSet<u128> = query
        .resources
        .iter()
        .map(crate::domain::ResourceKey::identity)
        .collect();
    let (counted, known) = (budget.clone(), index.clone());
    let (period, filter) = (query.period.clone(), query.filter.clone());
    let fold = move |kept: &mut Vec<(u128, ConfigurationItem)>,
                     file: &PlacedFile,
                     mut item: ConfigurationItem| {
        if !period.contains(item.capture_time)
            || (!wanted.is_empty() && !wanted.contains(&item.resource_identity()))
        {
            return Taken::Continue(());
        }
        let identity = item.identity();
        let meaning = known.meaning(identity);
        // What a history file holds is taken from there.
        let in_history = meaning.is_none_or(|meaning| meaning.counts);
        if in_history != (file.0.kind == DeliveryKind::History) {
            return Taken::Continue(());
        }
        let kind = known.told_of(&mut item, identity);
        if !filter.admits(&item, Some(kind)) {
            return Taken::Continue(());
        }
        keep(kept, identity, item, &counted)
    };
    let take = |at: usize, kept: Result<Vec<(u128, ConfigurationItem)>, FileError>| {
        if budget.is_overdrawn() {
            return Err(budget.error());
        }
        let Some(file) = files.get(at) else {
            return Ok(());
        };
        match kept {
            Ok(kept) => {
                report.read(file);
                for (identity, item) in kept {
                    if seen.insert(identity) {
                        let snapshot = file.0.kind != DeliveryKind::History;
                        found.push((identity, item, file.1.key.clone(), snapshot));
                    } else {
                        report.duplicates += 1;
                    }
                }
            }
            Err(error) => report.failed(file, &error),
        }
        Ok(())
    };
    reader.fold(files, ALL_BODIES, "read", fold, take).await?;
    report.items = found.iter().filter(|(_, _, _, snapshot)| !snapshot).count() as u64;

    let mut states: HashMap<u128, Arc<ConfigurationItem>> = HashMap::new();
    let mut changes = Vec::with_capacity(found.len());
    for (identity, mut item, source, snapshot_only) in found {
        mask(&mut item, masker);
        let item = Arc::new(item);
        states.insert(identity, item.clone());
        changes.push((identity, item, source, snapshot_only));
    }
    let missing = missing_befores(&changes, &states, index);
    read_states(reader, &missing, masker, &budget, &mut states).await?;
    let mut changes: Vec<ItemChange> = changes
        .into_iter()
        .map(|(identity, item, source, snapshot_only)| {
            let meaning = index.meaning(identity);
            ItemChange {
                item,
                kind: meaning.map_or(ChangeKind::Unknown, |meaning| meaning.kind),
                source,
                snapshot_only,
                before: meaning
                    .and_then(|meaning| meaning.before)
                    .and_then(|(before, _)| states.get(&before).cloned()),
            }
        })
        .collect();
    let unknown =
        |change: &&ItemChange| change.kind == ChangeKind::Unknown && !change.snapshot_only;
    report.unknown = changes.iter().filter(unknown).count() as u64;
    changes.sort_by(|a, b| order_of(a).cmp(&order_of(b)));
    Ok((changes, report))
}

fn order_of(change: &ItemChange) -> (jiff::Timestamp, &str, &str, &str, &str, Option<&str>) {
    let item = &change.item;
    (
        item.capture_time,
        &item.account,
        &item.region,
        &item.resource_type,
        &item.resource_id,
        item.state_id.as_deref(),
    )
}

fn keep(
    kept: &mut Vec<(u128, ConfigurationItem)>,
    identity: u128,
    item: ConfigurationItem,
    budget: &Budget,
) -> Taken {
    if !budget.take(bytes_of(&item)) {
        return Taken::Break(());
    }
    kept.push((identity, item));
    Taken::Continue(())
}

fn bytes_of(item: &ConfigurationItem) -> usize {
    let bodies = [
        &item.configuration,
        &item.supplementary_configuration,
        &item.relationships,
    ];
    let bodies = bodies
        .iter()
        .map(|body| body.as_ref().map_or(0, |body| body.len()));
    size_of::<ConfigurationItem>() + 512 + bodies.sum::<usize>()
}

/// Replaces the secrets of an item by marks.
fn mask(item: &mut ConfigurationItem, masker: Masker) {
    let of_type = item.resource_type.clone();
    let bodies = [
        (Section::Configuration, &mut item.configuration),
        (
            Section::SupplementaryConfiguration,
            &mut item.supplementary_configuration,
        ),
        (Section::Relationships, &mut item.relationships),
    ];
    for (section, body) in bodies {
        if let Some(text) = body {
            let shown = masker.mask_body(&of_type, section, text);
            if let std::borrow::Cow::Owned(shown) = shown {
                *body = Some(shown.into());
            }
        }
    }
    for (key, value) in &mut item.tags {
        if let Some(text) = value {
            *value = Some(masker.mask_tag(key, text).into_owned());
        }
        *key = masker.mask_text(key).into_owned();
    }
    for text in [&mut item.resource_name, &mut item.arn]
        .into_iter()
        .flatten()
    {
        *text = masker.mask_text(text).into_owned();
    }
    item.resource_id = masker.mask_text(&item.resource_id).into_owned();
}

/// Returns the items before that are still to be read, by file.
fn missing_befores(
    changes: &[(u128, Arc<ConfigurationItem>, String, bool)],
    states: &HashMap<u128, Arc<ConfigurationItem>>,
    index: &HistoryIndex,
) -> BTreeMap<Arc<str>, HashSet<u128>> {
    let mut missing: BTreeMap<Arc<str>, HashSet<u128>> = BTreeMap::new();
    for (identity, ..) in changes {
        if let Some((before, file)) = index.meaning(*identity).and_then(|meaning| meaning.before)
            && !states.contains_key(&before)
        {
            missing.entry(file.clone()).or_default().insert(before);
        }
    }
    missing
}

async fn read_states(
    reader: &FileReader,
    missing: &BTreeMap<Arc<str>, HashSet<u128>>,
    masker: Masker,
    budget: &Arc<Budget>,
    states: &mut HashMap<u128, Arc<ConfigurationItem>>,
) -> Result<(), StoreError> {
    let files = placed(missing.keys());
    let wanted: HashSet<u128> = missing.values().flatten().copied().collect();
    let counted = budget.clone();
    let fold = move |kept: &mut Vec<(u128, ConfigurationItem)>,
                     _: &PlacedFile,
                     mut item: ConfigurationItem| {
        let identity = item.identity();
        if !wanted.contains(&identity) {
            return Taken::Continue(());
        }
        mask(&mut item, masker);
        keep(kept, identity, item, &counted)
    };
    let take = |_: usize, kept: Result<Vec<(u128, ConfigurationItem)>, FileError>| {
        if budget.is_overdrawn() {
            return Err(budget.error());
        }
        // A file that cannot be read now could be when the index was made: its items are missing
        // from the answer as an item before is that was never delivered.
        for (identity, item) in kept.unwrap_or_default() {
            states.entry(identity).or_insert_with(|| Arc::new(item));
        }
        Ok(())
    };
    reader.fold(&files, ALL_BODIES, "read", fold, take).await
}

/// Returns files by their keys, with the folders that the keys name.
pub(super) fn placed<'k>(keys: impl IntoIterator<Item = &'k Arc<str>>) -> Vec<PlacedFile> {
    let place = |key: &Arc<str>| {
        let folder = crate::domain::partition_of(key)?;
        let file = crate::source::LakeFile {
            key: key.to_string(),
            size: 0,
        };
        Some((Arc::new(folder), file))
    };
    keys.into_iter().filter_map(place).collect()
}

/// Reads the items of a period without their bodies.
pub(super) async fn read_records(
    reader: &FileReader,
    files: &[PlacedFile],
    index: &Arc<HistoryIndex>,
    (period, filter): (&Period, &ItemFilter),
    tag: Option<&str>,
    (masker, memory_bytes): (Masker, usize),
) -> Result<(Vec<ItemRecord>, ReadReport), StoreError> {
    let budget = Budget::new(memory_bytes);
    let mut report = ReadReport::default();
    let mut records: Vec<ItemRecord> = Vec::new();
    let mut seen = HashSet::new();
    let mut texts = Texts::default();
    let (counted, known) = (budget.clone(), index.clone());
    let (period, filter) = (period.clone(), filter.clone());
    let bodies = Bodies {
        tags: tag.is_some() || !filter.tags.is_empty(),
        ..Bodies::default()
    };
    let fold = move |kept: &mut Vec<(u128, ChangeKind, ConfigurationItem)>,
                     _: &PlacedFile,
                     mut item: ConfigurationItem| {
        if !period.contains(item.capture_time) {
            return Taken::Continue(());
        }
        let identity = item.identity();
        let kind = known.told_of(&mut item, identity);
        if !filter.admits(&item, Some(kind)) {
            return Taken::Continue(());
        }
        if !counted.take(size_of::<ItemRecord>() + 24) {
            return Taken::Break(());
        }
        kept.push((identity, kind, item));
        Taken::Continue(())
    };
    let take = |at: usize, kept: Result<Vec<(u128, ChangeKind, ConfigurationItem)>, FileError>| {
        if budget.is_overdrawn() {
            return Err(budget.error());
        }
        let Some(file) = files.get(at) else {
            return Ok(());
        };
        match kept {
            Ok(kept) => {
                report.read(file);
                for (identity, kind, item) in kept {
                    if seen.insert(identity) {
                        records.push(record_of(&item, kind, tag, &mut texts, masker));
                    } else {
                        report.duplicates += 1;
                    }
                }
            }
            Err(error) => report.failed(file, &error),
        }
        Ok(())
    };
    reader.fold(files, bodies, "read", fold, take).await?;
    report.items = records.len() as u64;
    let unknown = records
        .iter()
        .filter(|record| record.kind == ChangeKind::Unknown);
    report.unknown = unknown.count() as u64;
    Ok((records, report))
}

fn record_of(
    item: &ConfigurationItem,
    kind: ChangeKind,
    tag: Option<&str>,
    texts: &mut Texts,
    masker: Masker,
) -> ItemRecord {
    let value = tag.and_then(|wanted| {
        let tag = item.tags.iter().find(|(key, _)| key == wanted)?;
        Some(masker.mask_tag(wanted, tag.1.as_deref().unwrap_or_default()))
    });
    let name = item.resource_name.as_deref();
    ItemRecord {
        account: texts.shared(&item.account),
        region: texts.shared(&item.region),
        resource_type: texts.shared(&item.resource_type),
        resource_id: texts.masked(&item.resource_id, masker),
        resource_name: name.map(|name| texts.masked(name, masker)),
        tag: value.map(|value| texts.shared(&value)),
        at: item.capture_time,
        kind,
        daily: item.is_daily(),
    }
}

/// Texts that many records share.
#[derive(Debug, Default)]
struct Texts {
    plain: HashSet<Arc<str>>,
    masked: HashMap<Arc<str>, Arc<str>>,
}

impl Texts {
    fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.plain.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.plain.insert(new.clone());
        new
    }

    fn masked(&mut self, text: &str, masker: Masker) -> Arc<str> {
        if let Some(known) = self.masked.get(text) {
            return known.clone();
        }
        let shown = self.shared(&masker.mask_text(text));
        self.masked.insert(text.into(), shown.clone());
        shown
    }
}
