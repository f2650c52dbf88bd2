//! Items without their bodies.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    cache::{CacheError, LakeParts},
    gather::{Made, PartTaker, gather},
    reading::Budget,
    report::ReadReport,
    scan::ScanPlan,
    walk::{Found, Walk},
};
use crate::{
    analysis::{ItemRecord, RecordedResource},
    domain::{ChangeKind, Column, ItemFields, Masker},
};

/// The columns that a record has something of.
const OF_RECORDS: [Column; 6] = [
    Column::Account,
    Column::Region,
    Column::ResourceType,
    Column::ResourceId,
    Column::ResourceName,
    Column::RecordingFrequency,
];

/// Bytes that are counted for an item: its record, and what is worked out from it.
const RECORD_BYTES: usize = 2 * size_of::<Made<ItemRecord>>();
/// Bytes that are counted for what items say of a resource, without the texts.
const RESOURCE_BYTES: usize = 2 * size_of::<RecordedResource>();

/// Reads the items of a period without their bodies.
pub(super) async fn read_records(
    plan: &ScanPlan,
    lake: Arc<LakeParts>,
    tag: Option<String>,
    memory_bytes: usize,
) -> Result<(Vec<ItemRecord>, ReadReport), CacheError> {
    let mut columns = OF_RECORDS.to_vec();
    columns.extend(tag.as_ref().map(|_| Column::Tags));
    // Items of one resource lie together then.
    let walk = Walk::new(&plan.period, &plan.filter, plan.days, &columns).by_resource();
    let budget = Budget::new(memory_bytes);
    let taker = RecordTaker {
        resources: Resources::new(tag, plan.masker, budget.clone()),
        budget,
        last: None,
        records: Vec::new(),
    };
    let mut records = Vec::new();
    let each = |record| records.push(record);
    let report = gather(plan, &lake, walk, |_| taker.clone(), each).await?;
    Ok((records, report))
}

/// Makes the records of a part.
#[derive(Debug, Clone)]
struct RecordTaker {
    budget: Arc<Budget>,
    /// Those of all parts.
    resources: Arc<Resources>,
    /// That of the item before, if it reads as it was delivered.
    last: Option<Arc<RecordedResource>>,
    records: Vec<Made<ItemRecord>>,
}

impl PartTaker for RecordTaker {
    type Value = ItemRecord;

    fn take(&mut self, found: &Found<'_>) -> Result<(), CacheError> {
        self.budget.take(RECORD_BYTES)?;
        let item = &found.item;
        let tag = self.resources.tag_of(item);
        let of = match &self.last {
            Some(last) if is_of(item, tag, last) => last.clone(),
            _ => {
                let (of, is_plain) = self.resources.shared(item, tag)?;
                self.last = is_plain.then(|| of.clone());
                of
            }
        };
        let record = ItemRecord {
            of,
            at: item.capture_time,
            kind: found.kind.unwrap_or(ChangeKind::Unknown),
            daily: item
                .recording_frequency
                .is_some_and(|frequency| frequency.eq_ignore_ascii_case("DAILY")),
        };
        self.records.push(Made::of(found, record));
        Ok(())
    }

    fn finish(self) -> Result<Vec<Made<ItemRecord>>, CacheError> {
        Ok(self.records)
    }
}

/// Says whether an item says just this of its resource.
fn is_of(item: &ItemFields<'_>, tag: Option<&str>, of: &RecordedResource) -> bool {
    *of.resource_id == *item.resource_id
        && *of.resource_type == *item.resource_type
        && of.resource_name.as_deref() == item.resource_name
        && *of.region == *item.region
        && *of.account == *item.account
        && of.tag.as_deref() == tag
}

/// What the items of a lake say of their resources, each once, with secrets masked.
#[derive(Debug)]
struct Resources {
    /// The tag that is asked for.
    tag: Option<String>,
    masker: Masker,
    budget: Arc<Budget>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Accounts, Regions, types and values of tags.
    texts: HashSet<Arc<str>>,
    resources: HashSet<Arc<RecordedResource>>,
}

impl Resources {
    fn new(tag: Option<String>, masker: Masker, budget: Arc<Budget>) -> Arc<Self> {
        Arc::new(Self {
            tag,
            masker,
            budget,
            known: Mutex::default(),
        })
    }

    /// Returns an item's value of the tag, as it was delivered.
    fn tag_of<'a>(&self, item: &ItemFields<'a>) -> Option<&'a str> {
        let wanted = self.tag.as_deref()?;
        let (_, value) = item.tags.iter().find(|(key, _)| key == wanted)?;
        Some(value.as_deref().unwrap_or_default())
    }

    /// Returns what an item says of its resource, and whether no secret was masked in it.
    fn shared(
        &self,
        item: &ItemFields<'_>,
        tag: Option<&str>,
    ) -> Result<(Arc<RecordedResource>, bool), CacheError> {
        let id = self.masker.mask_text(item.resource_id);
        let name = item.resource_name.map(|name| self.masker.mask_text(name));
        let value = tag.map(|value| {
            let key = self.tag.as_deref().unwrap_or_default();
            self.masker.mask_tag(key, value)
        });
        let is_plain = *id == *item.resource_id
            && name.as_deref() == item.resource_name
            && value.as_deref() == tag;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let of = RecordedResource {
            account: known.text(item.account),
            region: known.text(item.region),
            resource_type: known.text(item.resource_type),
            resource_id: id.into(),
            resource_name: name.map(Into::into),
            tag: value.map(|value| known.text(&value)),
        };
        if let Some(known) = known.resources.get(&of) {
            return Ok((known.clone(), is_plain));
        }
        let texts = of.resource_id.len() + of.resource_name.as_ref().map_or(0, |name| name.len());
        self.budget.take(RESOURCE_BYTES + texts)?;
        let of = Arc::new(of);
        known.resources.insert(of.clone());
        Ok((of, is_plain))
    }
}

impl Known {
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.texts.insert(new.clone());
        new
    }
}
