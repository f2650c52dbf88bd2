//! What there is to ask about: months, accounts, types, coverage.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::{
    AccountLine, DescribeRequest, ErrorCode, HistoryDescription, HistoryService, MAX_ANSWER_CHARS,
    MonthLine, ServiceError, TypeLine, UNTRUSTED_DATA_NOTICE,
    fit::chars_of,
    relation, scope,
    stored::{keep, recall},
};
use crate::{
    analysis::{DeliveryCoverage, Tallies, Tally, Warning},
    domain::{Column, Delivery, ItemFilter, Month, Period, zone_name},
    store::{CallContext, Evidence, Grouping, KeptName, Revision, StoreErrorKind, TallyDepth},
};

/// Months before the latest that are counted where all are too many, most first.
const LATEST_MONTHS: [i64; 5] = [24, 12, 6, 2, 0];
/// Months named in an error.
const MONTHS_NAMED: usize = 36;

/// The last outline made, valid as long as nothing further is delivered.
#[derive(Debug, Clone, Default)]
pub(super) struct OutlineCache(Arc<Mutex<Option<CachedOutline>>>);

type CachedOutline = (OutlineKey, Arc<Outline>);

/// Time zone, and the state of everything delivered.
type OutlineKey = (String, u128);

/// Counts over all time.
#[derive(Debug)]
struct Outline {
    tallies: Tallies,
    deliveries: Vec<Delivery>,
    evidence: Evidence,
    /// Whether months before these had to be left out.
    is_cut: bool,
}

/// What is kept of them for the processes to come.
#[derive(Debug, Serialize, Deserialize)]
struct StoredOutline {
    tallies: Vec<Tally>,
    evidence: Evidence,
}

impl HistoryService {
    /// Says what there is to ask about.
    pub async fn describe(
        &self,
        request: &DescribeRequest,
        cx: &CallContext,
    ) -> Result<HistoryDescription, ServiceError> {
        let zone = scope::zone(request.timezone.as_deref())?;
        let period = Period::all_time(zone);
        let outline = self.outline(&period, cx).await?;
        let now = self.clock.now();
        let coverage = DeliveryCoverage::of_period(&outline.deliveries, &period, now);
        let mut evidence = outline.evidence.clone();
        evidence.coverage_gaps = coverage.gaps();
        let months = month_lines(&outline.tallies, &period, now)?;
        Ok(HistoryDescription {
            returned: months.len() as u64,
            total: months.len() as u64,
            months,
            truncated: outline.is_cut,
            next_cursor: None,
            accounts: account_lines(&outline.tallies, &coverage),
            resource_types: type_lines(&outline.tallies),
            watermark: coverage.watermark,
            limits: self.limits.clone(),
            columns: relation().columns,
            coverage,
            warnings: Warning::of_unreadable(evidence.unreadable_files)
                .into_iter()
                .chain(outline.is_cut.then_some(Warning::OlderMonthsLeftOut))
                .collect(),
            notice: UNTRUSTED_DATA_NOTICE.to_owned(),
            evidence,
        })
    }

    /// Fails with the months there are if an answer found no items because `period` is a month
    /// that the history does not have. Where files of it could not be read, nobody knows: then
    /// the answer stands, with these files named.
    pub(super) async fn refuse_unknown_month(
        &self,
        period: &Period,
        evidence: &Evidence,
        cx: &CallContext,
    ) -> Result<(), ServiceError> {
        if evidence.items != Some(0) || evidence.unreadable_files > 0 {
            return Ok(());
        }
        let Some(month) = period.month() else {
            return Ok(());
        };
        if evidence.athena.is_some() {
            return self.refuse_undelivered_month(month, period, cx).await;
        }
        let all_time = Period::all_time(period.zone().clone());
        let outline = self.outline(&all_time, cx).await?;
        let months = month_lines(&outline.tallies, &all_time, self.clock.now())?;
        if months.iter().any(|line| line.month == month) {
            return Ok(());
        }
        let message = match (months.first(), months.last()) {
            (Some(first), Some(last)) => format!(
                "there are no items of {month} ({}): the history has {} months from {} to {}",
                zone_name(period.zone()),
                months.len(),
                first.month,
                last.month
            ),
            _ => format!("there are no items of {month}: the history holds no items at all"),
        };
        let latest = months.len().saturating_sub(MONTHS_NAMED);
        let named = months
            .iter()
            .skip(latest)
            .map(|line| line.month.to_string())
            .collect();
        Err(ServiceError::new(ErrorCode::UnknownMonth, message).with_choices(named))
    }

    /// The same where counting over all time costs: told from the days of delivery alone.
    async fn refuse_undelivered_month(
        &self,
        month: Month,
        period: &Period,
        cx: &CallContext,
    ) -> Result<(), ServiceError> {
        let all_time = Period::all_time(period.zone().clone());
        let deliveries = self
            .store
            .deliveries(&all_time, &ItemFilter::default(), cx)
            .await?;
        let months: BTreeSet<Month> = deliveries
            .iter()
            .filter_map(|delivery| Month::of_date(delivery.folder.day).ok())
            .collect();
        if months.contains(&month) {
            return Ok(());
        }
        let named = months.iter().rev().take(MONTHS_NAMED).rev();
        let message = format!("nothing was delivered in {month}");
        Err(ServiceError::new(ErrorCode::UnknownMonth, message)
            .with_choices(named.map(ToString::to_string).collect()))
    }

    /// Counts over all time, again only if something was delivered since.
    async fn outline(
        &self,
        period: &Period,
        cx: &CallContext,
    ) -> Result<Arc<Outline>, ServiceError> {
        let all = ItemFilter::default();
        // First, for it lists all there is: the deliveries are told from the same listing then.
        let revision = self.store.revision(&all, cx).await?;
        let deliveries = self.store.deliveries(period, &all, cx).await?;
        let state = revision.map_or_else(|| fingerprint(&deliveries), |revision| revision.state);
        let key = (zone_name(period.zone()), state);
        let cached = |cache: &OutlineCache| {
            let cache = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
            cache
                .as_ref()
                .filter(|(held, _)| *held == key)
                .map(|(_, outline)| outline.clone())
        };
        if let Some(outline) = cached(&self.outlines) {
            return Ok(outline);
        }
        let outline = match revision {
            Some(revision) => {
                self.recalled_or_outlined(revision, period, deliveries, cx)
                    .await?
            }
            None => self.outlined(period, deliveries, cx).await?,
        };
        let outline = Arc::new(outline);
        let mut cache = self
            .outlines
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *cache = Some((key, outline.clone()));
        Ok(outline)
    }

    /// Returns the counts over all time as some process made them for the same files; else makes
    /// them.
    async fn recalled_or_outlined(
        &self,
        revision: Revision,
        period: &Period,
        deliveries: Vec<Delivery>,
        cx: &CallContext,
    ) -> Result<Outline, ServiceError> {
        let (store, all) = (self.store.as_ref(), ItemFilter::default());
        let question = format!("outline {}", zone_name(period.zone()));
        let name = KeptName {
            question: &question,
            revision,
            filter: &all,
        };
        if let Some(kept) = recall::<StoredOutline>(store, &name).await {
            return Ok(Outline {
                tallies: Tallies::new(groupings(), kept.tallies),
                deliveries,
                evidence: Evidence {
                    source: store.source(),
                    ..kept.evidence
                },
                is_cut: false,
            });
        }
        let outline = self.outlined(period, deliveries, cx).await?;
        // What cut it, or could not be read, may be otherwise the next time.
        if outline.evidence.unreadable_files == 0 && !outline.is_cut {
            let stored = StoredOutline {
                tallies: outline.tallies.all().cloned().collect(),
                evidence: outline.evidence.clone(),
            };
            keep(store, &name, &stored, cx).await;
        }
        Ok(outline)
    }

    /// Counts over all time; where that would scan more than is allowed, over the latest months for
    /// which it does not.
    async fn outlined(
        &self,
        period: &Period,
        deliveries: Vec<Delivery>,
        cx: &CallContext,
    ) -> Result<Outline, ServiceError> {
        let newest = deliveries.iter().map(|delivery| delivery.folder.day).max();
        let mut spans = newest.into_iter().flat_map(|newest| {
            LATEST_MONTHS.into_iter().filter_map(move |months| {
                let first = newest.first_of_month().checked_sub(months.months()).ok()?;
                Some((first, newest.checked_add(1.day()).ok()?))
            })
        });
        let (all, groupings) = (ItemFilter::default(), groupings());
        let mut counted = period.clone();
        loop {
            let answer = self
                .store
                .tally(&counted, &all, &groupings, TallyDepth::Items, cx)
                .await;
            match answer {
                Ok(answer) => {
                    return Ok(Outline {
                        tallies: Tallies::new(groupings, answer.value),
                        deliveries,
                        evidence: answer.evidence,
                        is_cut: counted != *period,
                    });
                }
                Err(error) if error.kind() == StoreErrorKind::ScanLimit => {
                    let Some((first, end)) = spans.next() else {
                        return Err(error.into());
                    };
                    counted = Period::between(first, end, period.zone().clone())?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Adds to an answer's evidence where nothing was delivered.
    pub(super) async fn with_coverage(
        &self,
        mut evidence: Evidence,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Evidence, ServiceError> {
        match self.store.deliveries(period, filter, cx).await {
            Ok(deliveries) => {
                let now = self.clock.now();
                evidence.coverage_gaps =
                    DeliveryCoverage::of_period(&deliveries, period, now).gaps();
                Ok(evidence)
            }
            Err(error) if error.kind() == StoreErrorKind::SourceEmpty => Ok(evidence),
            Err(error) => Err(error.into()),
        }
    }
}

impl HistoryDescription {
    /// Cuts the lists that grow with the organisation until the answer fits a model's window. The
    /// most recent months stay.
    #[must_use]
    pub fn for_model(mut self) -> Self {
        let mut kept = LONGEST_LIST;
        while chars_of(&self) as u64 > MAX_ANSWER_CHARS && kept > 1 {
            kept /= 2;
            let surplus = self.months.len().saturating_sub(kept);
            self.months.drain(..surplus);
            self.accounts.truncate(kept);
            self.resource_types.truncate(kept);
            self.coverage.recorders.truncate(kept);
            self.evidence.unreadable.truncate(kept);
            self.evidence.partitions.accounts.truncate(kept);
            self.truncated = true;
        }
        self.returned = self.months.len() as u64;
        self
    }
}

/// Lines of a list that are tried before it is cut further.
const LONGEST_LIST: usize = 512;

const MONTH: [Column; 2] = [Column::Year, Column::Month];

fn groupings() -> Vec<Grouping> {
    let by_month = |column| Grouping([&MONTH[..], &[column]].concat());
    vec![
        Grouping(MONTH.to_vec()),
        by_month(Column::Account),
        by_month(Column::Region),
        by_month(Column::ResourceType),
        Grouping(vec![Column::Account, Column::Region]),
        Grouping(vec![Column::ResourceType]),
    ]
}

fn fingerprint(deliveries: &[Delivery]) -> u128 {
    let mut hash = Xxh3::new();
    for delivery in deliveries {
        // A file that was delivered again whole has its key from before, seldom its size.
        hash.update(&delivery.bytes.to_le_bytes());
    }
    for key in deliveries.iter().flat_map(|delivery| &delivery.keys) {
        hash.update(&key.len().to_le_bytes());
        hash.update(key.as_bytes());
    }
    hash.digest128()
}

fn month_lines(
    tallies: &Tallies,
    period: &Period,
    now: Timestamp,
) -> Result<Vec<MonthLine>, ServiceError> {
    let month_of = |key: &[Option<Arc<str>>]| -> Option<Month> {
        let [Some(year), Some(month), ..] = key else {
            return None;
        };
        Month::new(year.parse().ok()?, month.parse().ok()?).ok()
    };
    let keys_by_month = |column| {
        let mut counts: BTreeMap<Month, u64> = BTreeMap::new();
        for line in tallies.by(&[&MONTH[..], &[column]].concat()) {
            if let Some(month) = month_of(&line.key) {
                *counts.entry(month).or_default() += 1;
            }
        }
        counts
    };
    let accounts = keys_by_month(Column::Account);
    let regions = keys_by_month(Column::Region);
    let types = keys_by_month(Column::ResourceType);
    let of = |counts: &BTreeMap<Month, u64>, month| counts.get(&month).copied().unwrap_or(0);
    let mut lines = Vec::new();
    for line in tallies.by(&MONTH) {
        let Some(month) = month_of(&line.key) else {
            continue;
        };
        lines.push(MonthLine {
            month,
            items: line.items,
            accounts: of(&accounts, month),
            regions: of(&regions, month),
            resource_types: of(&types, month),
            closed: Period::of_month(month, period.zone().clone())?.settled_at() <= now,
        });
    }
    lines.sort_unstable_by_key(|line| line.month);
    Ok(lines)
}

fn account_lines(tallies: &Tallies, coverage: &DeliveryCoverage) -> Vec<AccountLine> {
    let mut lines: BTreeMap<(String, String), AccountLine> = BTreeMap::new();
    let mut line_of = |account: &str, region: &str, change: &dyn Fn(&mut AccountLine)| {
        let key = (account.to_owned(), region.to_owned());
        let (account, region) = key.clone();
        change(lines.entry(key).or_insert(AccountLine {
            account,
            region,
            items: 0,
            watermark: None,
        }));
    };
    for line in tallies.by(&[Column::Account, Column::Region]) {
        if let [account, region] = line.key.as_slice() {
            let text = |part: &Option<Arc<str>>| part.clone().unwrap_or_default();
            line_of(&text(account), &text(region), &|found| {
                found.items = line.items;
            });
        }
    }
    // A recorder that has delivered nothing but snapshots is one to know of as well.
    for recorder in &coverage.recorders {
        let watermark = recorder.watermark;
        line_of(&recorder.account, &recorder.region, &|found| {
            found.watermark = watermark;
        });
    }
    lines.into_values().collect()
}

fn type_lines(tallies: &Tallies) -> Vec<TypeLine> {
    let mut lines: Vec<TypeLine> = tallies
        .by(&[Column::ResourceType])
        .iter()
        .map(|line| TypeLine {
            resource_type: line
                .key
                .iter()
                .flatten()
                .next()
                .map(ToString::to_string)
                .unwrap_or_default(),
            items: line.items,
        })
        .collect();
    lines.sort_by(|a, b| {
        b.items
            .cmp(&a.items)
            .then_with(|| a.resource_type.cmp(&b.resource_type))
    });
    lines
}
