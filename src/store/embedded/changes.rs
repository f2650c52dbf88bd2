//! Full items with the items before them, and what security rules say of them. The bodies of a share
//! of a part are in memory at once, and no more unless they are the answer.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::civil::Date;

use super::{
    cache::{CacheColumn, CacheError, Columns, ItemColumns, LakeParts, Row},
    gather::{Made, PartTaker, gather},
    reading::Budget,
    report::ReadReport,
    scan::ScanPlan,
    walk::{Found, Walk},
};
use crate::{
    analysis::security::{self, SecurityEvent},
    domain::{ChangeKind, Column, ConfigurationItem, JsonText, Masker, Section},
    store::{ChangesQuery, ItemChange},
};

/// Bytes of items that are looked at together, at most: and no more of the memory there is than a
/// fourth of what each core may have.
const SHARE_BYTES: usize = 16 << 20;
const SHARE_OF_MEMORY: usize = 4;
/// Largest body that is remembered as it was masked.
const REMEMBERED_BYTES: usize = 64 << 10;
/// What no security rule looks at.
const NOT_OF_RULES: [Column; 3] = [Column::Tags, Column::Relationships, Column::Arn];

/// Reads the items that a question is about, each with the one before it, oldest first.
pub(super) async fn read_changes(
    plan: &ScanPlan,
    lake: Arc<LakeParts>,
    query: &ChangesQuery,
    memory_bytes: usize,
) -> Result<(Vec<ItemChange>, ReadReport), CacheError> {
    let reading = Reading {
        columns: Column::ALL.to_vec(),
        masker: plan.masker,
        budget: Budget::new(memory_bytes),
        share_bytes: share_bytes(plan, memory_bytes),
        are_held: true,
    };
    let (mut changes, report) = read_each(plan, lake, query, reading, Some).await?;
    changes.sort_by(|a, b| order_of(a).cmp(&order_of(b)));
    Ok((changes, report))
}

/// Reads what security rules say of the items that a question is about, oldest first.
pub(super) async fn read_events(
    plan: &ScanPlan,
    lake: Arc<LakeParts>,
    query: &ChangesQuery,
    memory_bytes: usize,
) -> Result<(Vec<SecurityEvent>, ReadReport), CacheError> {
    let columns = Column::ALL.into_iter();
    let reading = Reading {
        columns: columns
            .filter(|column| !NOT_OF_RULES.contains(column))
            .collect(),
        masker: Masker::off(),
        budget: Budget::new(memory_bytes),
        share_bytes: share_bytes(plan, memory_bytes),
        are_held: false,
    };
    let masker = plan.masker;
    let mut rules = security::Successive::default();
    let tell = move |change| told(change, &mut rules, masker);
    let (mut told, report) = read_each(plan, lake, query, reading, tell).await?;
    told.sort_by(|a, b| order_of(&a.0).cmp(&order_of(&b.0)));
    let events = told.into_iter().flat_map(|told| told.1);
    Ok((events.collect(), report))
}

fn share_bytes(plan: &ScanPlan, memory_bytes: usize) -> usize {
    let threads = plan.access.reader.files_at_once.max(1);
    SHARE_BYTES.min(memory_bytes / threads / SHARE_OF_MEMORY)
}

/// What rules say of a change, with the change.
type ToldChange = Box<(ItemChange, Vec<SecurityEvent>)>;

/// Returns what rules say of a change, with the change without its bodies. Most changes are of
/// nothing that a rule names: only the others are masked, and looked at again then.
fn told(
    mut change: ItemChange,
    rules: &mut security::Successive,
    masker: Masker,
) -> Option<ToldChange> {
    let events = rules.events(change.before.as_ref(), &change.item, change.kind);
    if events.is_empty() {
        return None;
    }
    let mut bodies = MaskedBodies::default();
    bodies.mask(Arc::make_mut(&mut change.item), masker);
    if let Some(before) = &mut change.before {
        bodies.mask(Arc::make_mut(before), masker);
    }
    let events = security::events(change.before.as_deref(), &change.item, change.kind);
    change.before = None;
    let item = Arc::make_mut(&mut change.item);
    (item.configuration, item.supplementary_configuration) = (None, None);
    (!events.is_empty()).then(|| Box::new((change, events)))
}

/// How items are read.
struct Reading {
    columns: Vec<Column>,
    /// Replaces secrets.
    masker: Masker,
    budget: Arc<Budget>,
    share_bytes: usize,
    /// Whether what is made of items holds their bodies.
    are_held: bool,
}

/// Reads the items that a question is about, each with the one before it, and returns what `make`
/// makes of them, in the order of delivery.
async fn read_each<T, F>(
    plan: &ScanPlan,
    lake: Arc<LakeParts>,
    query: &ChangesQuery,
    reading: Reading,
    make: F,
) -> Result<(Vec<T>, ReadReport), CacheError>
where
    T: Send + 'static,
    F: FnMut(ItemChange) -> Option<T> + Clone + Send + 'static,
{
    let of_resources = !query.resources.is_empty();
    // A resource is looked for in all that was delivered: its first items may have come late.
    let days = if of_resources {
        (Date::MIN, Date::MAX)
    } else {
        plan.days
    };
    // What is compared lies together then.
    let mut walk = Walk::new(&query.period, &query.filter, days, &reading.columns).by_resource();
    if of_resources {
        walk = walk.of_resources(&query.resources);
    }
    if of_resources || query.snapshots {
        walk = walk.with_snapshots();
    }
    if of_resources || !query.filter.types.is_empty() {
        walk = walk.counting_files();
    }
    let reading = Arc::new(reading);
    let taker = |account| ChangeTaker {
        lake: lake.clone(),
        account,
        reading: reading.clone(),
        make: make.clone(),
        masked: MaskedBodies::default(),
        share: Vec::new(),
        share_bytes: 0,
        made: Vec::new(),
    };
    let mut all = Vec::new();
    let report = gather(plan, &lake, walk, taker, |made| all.extend(made)).await?;
    Ok((all, report))
}

/// A full item, found.
struct FoundItem {
    item: Arc<ConfigurationItem>,
    kind: ChangeKind,
    row: Row,
    before: Option<Row>,
    source: String,
    history: bool,
}

/// Gathers items of a part until they are a share, and then makes something of each.
struct ChangeTaker<T, F> {
    lake: Arc<LakeParts>,
    account: Arc<str>,
    reading: Arc<Reading>,
    make: F,
    masked: MaskedBodies,
    share: Vec<Made<FoundItem>>,
    share_bytes: usize,
    made: Vec<Made<Option<T>>>,
}

impl<T, F> PartTaker for ChangeTaker<T, F>
where
    T: Send + 'static,
    F: FnMut(ItemChange) -> Option<T> + Send + 'static,
{
    type Value = Option<T>;

    fn take(&mut self, found: &Found<'_>) -> Result<(), CacheError> {
        let mut item = found.item.to_item();
        self.share_bytes += self.reading.count(&item)?;
        // What is made of it stays.
        self.reading.take(size_of::<Made<Option<T>>>())?;
        self.masked.mask(&mut item, self.reading.masker);
        let item = FoundItem {
            item: Arc::new(item),
            kind: found.kind.unwrap_or(ChangeKind::Unknown),
            row: found.row,
            before: found.before,
            source: found.source()?.to_owned(),
            history: found.history,
        };
        self.share.push(Made::of(found, item));
        if self.share_bytes > self.reading.share_bytes {
            self.end_share()?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Made<Option<T>>>, CacheError> {
        self.end_share()?;
        Ok(self.made)
    }
}

impl<T, F: FnMut(ItemChange) -> Option<T>> ChangeTaker<T, F> {
    fn end_share(&mut self) -> Result<(), CacheError> {
        let share = std::mem::take(&mut self.share);
        let mut states: States = share
            .iter()
            .map(Made::value)
            .map(|found| (found.row, found.item.clone()))
            .collect();
        let befores = share.iter().filter_map(|found| found.value().before);
        let missing: Vec<Row> = befores.filter(|row| !states.contains_key(row)).collect();
        let bytes = self.read_states(missing, &mut states)?;
        let mut make = |found: FoundItem| {
            (self.make)(ItemChange {
                item: found.item,
                kind: found.kind,
                source: found.source,
                snapshot_only: !found.history,
                before: found.before.and_then(|row| states.get(&row).cloned()),
            })
        };
        self.made
            .extend(share.into_iter().map(|found| found.map(&mut make)));
        let bytes = bytes + std::mem::take(&mut self.share_bytes);
        if !self.reading.are_held {
            self.reading.budget.give_back(bytes);
        }
        Ok(())
    }

    /// Reads the items at these places of the account; returns the bytes they take.
    fn read_states(&mut self, missing: Vec<Row>, states: &mut States) -> Result<usize, CacheError> {
        let mut by_segment: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for row in missing {
            by_segment.entry(row.segment()).or_default().push(row.row());
        }
        let columns = self.reading.cache_columns();
        let mut bytes = 0;
        for (segment, mut rows) in by_segment {
            rows.sort_unstable();
            rows.dedup();
            let placed = self.lake.of_account(&self.account, segment);
            let placed = placed.ok_or_else(|| CacheError::Damaged("a lost segment".to_owned()))?;
            let batches = self.lake.open(&placed)?.read_rows(&columns, &rows)?;
            let kinds = self.lake.kinds(&placed)?;
            let mut next = rows.iter();
            for columns in batches.into_iter().map(Columns::new) {
                let items = ItemColumns::of(&columns)?;
                for (at, row) in (0..columns.rows()).zip(&mut next) {
                    let tags = items.tags(at);
                    let item = items.item(at, &tags);
                    let card = kinds.as_ref().and_then(|kinds| kinds.card(*row));
                    let mut item = card.map_or(item, |card| card.complete(&item)).to_item();
                    bytes += self.reading.count(&item)?;
                    self.masked.mask(&mut item, self.reading.masker);
                    let place = Row::new(segment, *row);
                    states.insert(place, Arc::new(item));
                }
            }
        }
        Ok(bytes)
    }
}

impl Reading {
    /// Counts an item's bytes against the memory there is, and returns them.
    fn count(&self, item: &ConfigurationItem) -> Result<usize, CacheError> {
        let bytes = bytes_of(item);
        self.take(bytes)?;
        Ok(bytes)
    }

    fn take(&self, bytes: usize) -> Result<(), CacheError> {
        Ok(self.budget.take(bytes)?)
    }

    fn cache_columns(&self) -> Vec<CacheColumn> {
        let columns = self.columns.iter();
        let mut columns: Vec<CacheColumn> = columns
            .filter_map(|column| CacheColumn::holding(*column))
            .chain([CacheColumn::CaptureMs, CacheColumn::CaptureNs])
            .collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}

/// Items of an account, by their places.
type States = HashMap<Row, Arc<ConfigurationItem>>;

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

/// The bodies that were masked last. The items of a resource come one after the other, and most of
/// them say what the one before says, word for word, in one body at least.
#[derive(Debug, Default)]
struct MaskedBodies {
    of_type: String,
    /// By section: a body as it was delivered, and as it is shown where that is another one.
    last: [Option<(JsonText, Option<JsonText>)>; 3],
}

impl MaskedBodies {
    /// Replaces the secrets of an item by marks.
    fn mask(&mut self, item: &mut ConfigurationItem, masker: Masker) {
        if !masker.is_on() {
            return;
        }
        if self.of_type != item.resource_type {
            self.of_type.clone_from(&item.resource_type);
            self.last = Default::default();
        }
        let bodies = [
            (Section::Configuration, &mut item.configuration),
            (
                Section::SupplementaryConfiguration,
                &mut item.supplementary_configuration,
            ),
            (Section::Relationships, &mut item.relationships),
        ];
        for ((section, body), last) in bodies.into_iter().zip(&mut self.last) {
            let Some(body) = body else {
                continue;
            };
            if let Some((_, shown)) = last.as_ref().filter(|(delivered, _)| delivered == body) {
                if let Some(shown) = shown {
                    body.clone_from(shown);
                }
                continue;
            }
            let shown: Option<JsonText> = match masker.mask_body(&self.of_type, section, body) {
                Cow::Borrowed(_) => None,
                Cow::Owned(shown) => Some(shown.into()),
            };
            let is_short = body.len() <= REMEMBERED_BYTES;
            *last = is_short.then(|| (body.clone(), shown.clone()));
            if let Some(shown) = shown {
                *body = shown;
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ItemFields;

    /// Items of types with other rules, with bodies that are masked, the same and others.
    fn items() -> Vec<ConfigurationItem> {
        let bodies = [
            None,
            Some(r#"{"parameters":{"mode":"start"}}"#),
            Some(r#"{"parameters":{"mode":"stop"}}"#),
            Some(r#"{"size":"large"}"#),
        ];
        let mut items = Vec::new();
        for resource_type in ["AWS::Batch::JobDefinition", "AWS::S3::Bucket"] {
            for body in bodies {
                let fields = ItemFields {
                    resource_type,
                    configuration: body,
                    supplementary_configuration: body,
                    relationships: body,
                    ..ItemFields::BARE
                };
                items.push(fields.to_item());
            }
        }
        items
    }

    #[test]
    fn an_item_is_masked_whatever_came_before_it() {
        let items = items();
        let alone: Vec<ConfigurationItem> = items
            .iter()
            .map(|item| {
                let mut item = item.clone();
                MaskedBodies::default().mask(&mut item, Masker::on());
                item
            })
            .collect();
        let shown = |at: usize| alone[at].configuration.as_deref().unwrap();
        assert!(shown(1).contains("«masked:") && shown(1) != shown(2));
        assert_eq!(alone[1].supplementary_configuration, alone[1].configuration);
        assert_eq!(alone[1].relationships, items[1].relationships);
        assert_eq!(alone[5].configuration, items[5].configuration);
        for first in 0..items.len() {
            for second in 0..items.len() {
                let mut masked = MaskedBodies::default();
                for at in [first, second, first, first] {
                    let mut item = items[at].clone();
                    masked.mask(&mut item, Masker::on());
                    assert_eq!(item, alone[at], "{first} {second}");
                }
            }
        }
        let mut plain = items[1].clone();
        MaskedBodies::default().mask(&mut plain, Masker::off());
        assert_eq!(plain, items[1]);
    }
}
