//! Items without their bodies.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    cache::{CacheError, LakeParts},
    changes::ReadReport,
    gather::{PartTaker, gather},
    identities::Seen,
    reading::Budget,
    scan::ScanPlan,
    walk::{Found, Walk},
};
use crate::{
    analysis::ItemRecord,
    domain::{ChangeKind, Column, Masker},
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
    let taker = RecordTaker {
        budget,
        tag: tag.map(Into::into),
        texts: Arc::default(),
        masker: plan.masker,
        records: Vec::new(),
    };
    let (found, _) = gather(plan, &lake, walk, |_| taker.clone()).await?;
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

/// Makes records, each with the identity of its item.
#[derive(Debug, Clone)]
struct RecordTaker {
    budget: Arc<Budget>,
    tag: Option<Arc<str>>,
    /// Those of all parts.
    texts: Arc<Mutex<Texts>>,
    masker: Masker,
    records: Vec<(u128, ItemRecord)>,
}

impl PartTaker for RecordTaker {
    type Made = (u128, ItemRecord);

    fn take(&mut self, found: &Found<'_>) -> Result<(), CacheError> {
        if !self.budget.take(size_of::<ItemRecord>() + 24) {
            return Err(self.budget.error().into());
        }
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let record = record_of(found, self.tag.as_deref(), &mut texts, self.masker);
        self.records.push((found.identity, record));
        Ok(())
    }

    fn finish(self) -> Result<Vec<Self::Made>, CacheError> {
        Ok(self.records)
    }
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
