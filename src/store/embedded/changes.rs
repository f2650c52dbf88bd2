//! Full items with the items before them, and items without their bodies.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::Date;

use super::{
    cache::{CacheColumn, CacheError, Columns, ItemColumns, LakeParts, Row},
    identities::Seen,
    reading::Budget,
    scan::ScanPlan,
    walk::{FileCount, Found, Walk},
};
use crate::{
    analysis::ItemRecord,
    domain::{ChangeKind, Column, ConfigurationItem, Masker, Section},
    source::Taken,
    store::{ChangesQuery, ItemChange, StoreError},
};

/// What was read for an answer.
#[derive(Debug, Default)]
pub(super) struct ReadReport {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) items: u64,
    pub(super) duplicates: u64,
    pub(super) unknown: u64,
}

/// A full item, found.
struct FoundItem {
    identity: u128,
    item: ConfigurationItem,
    kind: ChangeKind,
    /// Account of the recorder, with the item's row there.
    place: (Arc<str>, Row),
    before: Option<Row>,
    source: String,
    history: bool,
}

/// Reads the items that a question is about, each with the one before it.
pub(super) async fn read_changes(
    plan: &ScanPlan,
    lake: Arc<LakeParts>,
    query: &ChangesQuery,
    memory_bytes: usize,
) -> Result<(Vec<ItemChange>, ReadReport), CacheError> {
    let budget = Budget::new(memory_bytes);
    let of_resources = !query.resources.is_empty();
    // A resource is looked for in all that was delivered: its first items may have come late.
    let days = if of_resources {
        (Date::MIN, Date::MAX)
    } else {
        plan.days
    };
    let mut walk = Walk::new(&query.period, &query.filter, days, &Column::ALL);
    if of_resources {
        walk = walk.of_resources(&query.resources);
    }
    if of_resources || query.snapshots {
        walk = walk.with_snapshots();
    }
    if of_resources || !query.filter.types.is_empty() {
        walk = walk.counting_files();
    }
    let (masker, counted) = (plan.masker, budget.clone());
    let take = move |found: &Found<'_>, account: &Arc<str>, kept: &mut Vec<FoundItem>| {
        let mut item = found.item.to_item();
        if !counted.take(bytes_of(&item)) {
            return Err(counted.error().into());
        }
        mask(&mut item, masker);
        kept.push(FoundItem {
            identity: found.identity,
            item,
            kind: found.kind.unwrap_or(ChangeKind::Unknown),
            place: (account.clone(), found.row),
            before: found.before,
            source: found.source()?.to_owned(),
            history: found.history,
        });
        Ok(Taken::Continue(()))
    };
    let (found, count) = gather(plan, &lake, walk, take).await?;
    let mut report = ReadReport {
        files: count.files,
        bytes: count.bytes,
        ..ReadReport::default()
    };
    let mut seen = Seen::default();
    let mut states = States::new();
    let mut changes = Vec::with_capacity(found.len());
    for found in found {
        if !seen.is_new(found.identity) {
            report.duplicates += 1;
            continue;
        }
        let item = Arc::new(found.item);
        report.items += u64::from(found.history);
        report.unknown += u64::from(found.history && found.kind == ChangeKind::Unknown);
        let before = found.before.map(|row| (found.place.0.clone(), row));
        states.insert(found.place, item.clone());
        changes.push((
            before,
            ItemChange {
                item,
                kind: found.kind,
                source: found.source,
                snapshot_only: !found.history,
                before: None,
            },
        ));
    }
    let befores = changes.iter().filter_map(|(before, _)| before.clone());
    let missing = befores
        .filter(|place| !states.contains_key(place))
        .collect();
    let read = read_states(lake, missing, masker, budget).await?;
    states.extend(read);
    let mut changes: Vec<ItemChange> = changes
        .into_iter()
        .map(|(before, change)| ItemChange {
            before: before.and_then(|place| states.get(&place).cloned()),
            ..change
        })
        .collect();
    changes.sort_by(|a, b| order_of(a).cmp(&order_of(b)));
    Ok((changes, report))
}

/// Walks through all parts, several at once; what was taken of each comes in their order.
async fn gather<T, F>(
    plan: &ScanPlan,
    lake: &Arc<LakeParts>,
    walk: Walk,
    take: F,
) -> Result<(Vec<T>, FileCount), CacheError>
where
    T: Send + 'static,
    F: Fn(&Found<'_>, &Arc<str>, &mut Vec<T>) -> Result<Taken, CacheError> + Send + Sync + 'static,
{
    let (walk, take) = (Arc::new(walk), Arc::new(take));
    let mut walked = stream::iter(walk.parts(lake))
        .map(|part| {
            let (walk, lake, take) = (walk.clone(), lake.clone(), take.clone());
            let cancel = plan.access.reader.cx.cancel.clone();
            async move {
                let job = tokio::task::spawn_blocking(move || -> Result<_, CacheError> {
                    let mut taken = Vec::new();
                    let account: Arc<str> = lake
                        .parts
                        .get(part)
                        .map_or_else(|| "".into(), |part| (*part.id.account).into());
                    let count = walk.part(&lake, part, &mut |found| {
                        if cancel.is_cancelled() {
                            return Ok(Taken::Break(()));
                        }
                        take(found, &account, &mut taken)
                    })?;
                    Ok((taken, count))
                });
                let stopped = |stopped| StoreError::internal("reading the cache", stopped);
                job.await.map_err(stopped)?
            }
        })
        .buffered(plan.access.reader.files_at_once.max(1));
    let mut all = Vec::new();
    let mut count = FileCount::default();
    while let Some((taken, of_part)) = walked.try_next().await? {
        all.extend(taken);
        count.files += of_part.files;
        count.bytes += of_part.bytes;
    }
    Ok((all, count))
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

type States = HashMap<(Arc<str>, Row), Arc<ConfigurationItem>>;

/// Reads the items at these places.
async fn read_states(
    lake: Arc<LakeParts>,
    missing: HashSet<(Arc<str>, Row)>,
    masker: Masker,
    budget: Arc<Budget>,
) -> Result<States, CacheError> {
    if missing.is_empty() {
        return Ok(States::new());
    }
    let job = tokio::task::spawn_blocking(move || -> Result<States, CacheError> {
        let mut by_segment: BTreeMap<(Arc<str>, usize), Vec<usize>> = BTreeMap::new();
        for (account, Row { segment, row }) in missing {
            by_segment.entry((account, segment)).or_default().push(row);
        }
        let mut states = States::new();
        for ((account, segment), mut rows) in by_segment {
            rows.sort_unstable();
            let placed = lake.of_account(&account, segment);
            let placed = placed.ok_or_else(|| CacheError::Damaged("a lost segment".to_owned()))?;
            let batches = lake.open(&placed)?.read_rows(&CacheColumn::ALL, &rows)?;
            let mut next = rows.iter();
            for columns in batches.into_iter().map(Columns::new) {
                let items = ItemColumns::of(&columns)?;
                for (at, row) in (0..columns.rows()).zip(&mut next) {
                    let mut item = items.item(at, &items.tags(at)).to_item();
                    if !budget.take(bytes_of(&item)) {
                        return Err(budget.error().into());
                    }
                    mask(&mut item, masker);
                    let place = Row { segment, row: *row };
                    states.insert((account.clone(), place), Arc::new(item));
                }
            }
        }
        Ok(states)
    });
    let stopped = |stopped| StoreError::internal("reading the cache", stopped);
    job.await.map_err(stopped)?
}

/// The columns that a record has something of.
const OF_RECORDS: [Column; 6] = [
    Column::Account,
    Column::Region,
    Column::ResourceType,
    Column::ResourceId,
    Column::ResourceName,
    Column::RecordingFrequency,
];

/// Reads the items of a period without their bodies.
pub(super) async fn read_records(
    plan: &ScanPlan,
    lake: Arc<LakeParts>,
    tag: Option<String>,
    memory_bytes: usize,
) -> Result<(Vec<ItemRecord>, ReadReport), CacheError> {
    let budget = Budget::new(memory_bytes);
    let mut columns = OF_RECORDS.to_vec();
    columns.extend(tag.as_ref().map(|_| Column::Tags));
    let walk = Walk::new(&plan.period, &plan.filter, plan.days, &columns);
    let masker = plan.masker;
    let texts: Mutex<Texts> = Mutex::default();
    let take = move |found: &Found<'_>, _: &Arc<str>, kept: &mut Vec<(u128, ItemRecord)>| {
        if !budget.take(size_of::<ItemRecord>() + 24) {
            return Err(budget.error().into());
        }
        let mut texts = texts.lock().unwrap_or_else(PoisonError::into_inner);
        let record = record_of(found, tag.as_deref(), &mut texts, masker);
        kept.push((found.identity, record));
        Ok(Taken::Continue(()))
    };
    let (found, _) = gather(plan, &lake, walk, take).await?;
    let mut seen = Seen::default();
    let mut report = ReadReport::default();
    let mut records = Vec::with_capacity(found.len());
    for (identity, record) in found {
        if seen.is_new(identity) {
            report.unknown += u64::from(record.kind == ChangeKind::Unknown);
            records.push(record);
        } else {
            report.duplicates += 1;
        }
    }
    report.items = records.len() as u64;
    Ok((records, report))
}

fn record_of(
    found: &Found<'_>,
    tag: Option<&str>,
    texts: &mut Texts,
    masker: Masker,
) -> ItemRecord {
    let item = &found.item;
    let value = tag.and_then(|wanted| {
        let tag = item.tags.iter().find(|(key, _)| key == wanted)?;
        Some(masker.mask_tag(wanted, tag.1.as_deref().unwrap_or_default()))
    });
    let name = item.resource_name;
    ItemRecord {
        account: texts.shared(item.account),
        region: texts.shared(item.region),
        resource_type: texts.shared(item.resource_type),
        resource_id: texts.masked(item.resource_id, masker),
        resource_name: name.map(|name| texts.masked(name, masker)),
        tag: value.map(|value| texts.shared(&value)),
        at: item.capture_time,
        kind: found.kind.unwrap_or(ChangeKind::Unknown),
        daily: item
            .recording_frequency
            .is_some_and(|frequency| frequency.eq_ignore_ascii_case("DAILY")),
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
