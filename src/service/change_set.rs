//! The change set of a month: one line a resource, for the MCP resource of that month.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    AnswerSize, ChangeSet, ChangeSetRequest, DescribeRequest, ErrorCode, HistoryService,
    MAX_ANSWER_CHARS, QueryRequest, ServiceError, UNTRUSTED_DATA_NOTICE,
    fit::{chars_of, fit_rows},
    query::{RESOURCE_KEY, resources_cursor},
    scope::FilterArgs,
    warnings,
};
use crate::{
    analysis::{DeliveryCoverage, Warning},
    domain::{ChangeKind, Column, DeliveryKind, Period, hex},
    store::{CallContext, Grouping, TallyDepth, TallyLine},
};

/// Security events named beside the resources; the rest are counted.
const NAMED_EVENTS: usize = 20;
/// Source objects named beside the resources; the rest are counted.
const NAMED_SOURCES: usize = 60;

impl HistoryService {
    /// Makes the change set of a month (in UTC), bounded for a model.
    pub async fn change_set(
        &self,
        request: &ChangeSetRequest,
        cx: &CallContext,
    ) -> Result<ChangeSet, ServiceError> {
        let period = Period::of_month(request.month, jiff::tz::TimeZone::UTC)?;
        let (accounts, regions): (Vec<String>, Vec<String>) =
            request.partition.iter().cloned().unzip();
        let filter = FilterArgs {
            account: &accounts,
            region: &regions,
            ..FilterArgs::default()
        }
        .resolve()?;
        let by_kind = [&RESOURCE_KEY[..], &[Column::ChangeKind]].concat();
        let groupings = [Grouping(by_kind)];
        let answer = self
            .store
            .tally(&period, &filter, &groupings, TallyDepth::Changes, cx)
            .await?;
        self.refuse_unknown_month(&period, &answer.evidence, cx)
            .await?;
        if answer.evidence.partitions.folders == 0 {
            return Err(self.nothing_delivered(request, cx).await);
        }
        let lines = answer.value.into_iter().next().unwrap_or_default();
        let lines = resource_lines(&lines);
        let resources: Vec<Map<String, Value>> = lines.iter().map(ResourceSum::object).collect();
        let security = self.security_events(&period, &filter, cx).await?;

        let deliveries = self.store.deliveries(&period, &filter, cx).await?;
        let mut evidence = answer.evidence;
        evidence.add(security.evidence);
        let now = self.clock.now();
        evidence.coverage_gaps = DeliveryCoverage::of_period(&deliveries, &period, now).gaps();
        let sources: Vec<String> = deliveries
            .into_iter()
            .filter(|delivery| delivery.folder.kind == DeliveryKind::History)
            .flat_map(|delivery| delivery.keys)
            .map(|key| key.to_string())
            .collect();
        let mut warnings: Vec<Warning> = warnings::of_evidence(&evidence);
        let change_kinds = kinds_of(&lines);
        if change_kinds.contains_key(ChangeKind::Unknown.as_str()) {
            warnings.push(Warning::UnknownKinds);
        }
        let total = resources.len() as u64;
        let mut set = ChangeSet {
            month: request.month,
            account: accounts.first().cloned(),
            region: regions.first().cloned(),
            closed: period.settled_at() <= now,
            items: evidence.items.unwrap_or_default(),
            real_changes: lines.iter().map(|line| line.changes).sum(),
            change_kinds,
            security_total: security.value.len() as u64,
            security: security.value.into_iter().take(NAMED_EVENTS).collect(),
            returned: 0,
            total,
            truncated: false,
            next_cursor: Some(resources_cursor(question_of(request), 0, total)?),
            sha256: sha256_of(&resources),
            last_modified: evidence.watermark,
            warnings,
            notice: UNTRUSTED_DATA_NOTICE.to_owned(),
            evidence,
            resources: Vec::new(),
            source_objects_total: sources.len() as u64,
            source_objects: sources.into_iter().take(NAMED_SOURCES).collect(),
        };
        fit(&mut set, resources);
        set.next_cursor = if set.truncated {
            Some(resources_cursor(question_of(request), set.returned, total)?)
        } else {
            None
        };
        Ok(set)
    }

    /// The error for an account and Region of which nothing is known in the month: an empty change
    /// set would read as one in which nothing happened.
    async fn nothing_delivered(
        &self,
        request: &ChangeSetRequest,
        cx: &CallContext,
    ) -> ServiceError {
        let part = request.partition.as_ref();
        let of_whom = part.map_or_else(String::new, |(account, region)| {
            format!(" for account {account} and Region {region}")
        });
        let message = format!("nothing was delivered{of_whom} in {}", request.month);
        let known = self.describe(&DescribeRequest::default(), cx).await;
        let choices = known.map(|known| {
            let parts = known.accounts.into_iter();
            parts
                .map(|line| format!("{}/{}", line.account, line.region))
                .collect()
        });
        ServiceError::new(ErrorCode::UnknownResource, message)
            .with_choices(choices.unwrap_or_default())
    }
}

/// Fills in as many resources as fit; the names of sources make room for them.
fn fit(set: &mut ChangeSet, resources: Vec<Map<String, Value>>) {
    let limit = usize::try_from(MAX_ANSWER_CHARS).unwrap_or(usize::MAX);
    let wanted: usize = resources.iter().map(chars_of).sum();
    while set.source_objects.len() > 5 && chars_of(set) + wanted > limit {
        set.source_objects.truncate(set.source_objects.len() / 2);
    }
    let fitted = fit_rows(resources, AnswerSize::ForModel, chars_of(set) + 100);
    set.returned = fitted.rows.len() as u64;
    set.truncated = set.returned < set.total;
    set.resources = fitted.rows;
}

/// One resource of the month.
struct ResourceSum<'a> {
    key: &'a [Option<Arc<str>>],
    name: Option<&'a Arc<str>>,
    items: u64,
    changes: u64,
    first: Timestamp,
    last: Timestamp,
    /// Capture time of the newest item that has `name`.
    named_at: Timestamp,
    kinds: BTreeMap<&'a str, u64>,
}

/// Parts of a key, the missing ones last.
type Order<'a> = Vec<(bool, &'a Option<Arc<str>>)>;

/// Sums up the lines of each resource and kind: most real changes first, then most items. Missing
/// values come last, as the typed query has them: the cursor goes on from here.
fn resource_lines(tally: &[TallyLine]) -> Vec<ResourceSum<'_>> {
    let mut sums: BTreeMap<Order<'_>, ResourceSum<'_>> = BTreeMap::new();
    for line in tally {
        let Some((kind, key)) = line.key.split_last() else {
            continue;
        };
        let order = key.iter().map(|part| (part.is_none(), part)).collect();
        let sum = sums.entry(order).or_insert_with(|| ResourceSum {
            key,
            name: None,
            items: 0,
            changes: 0,
            first: line.first,
            last: line.last,
            named_at: Timestamp::MIN,
            kinds: BTreeMap::new(),
        });
        sum.items += line.items;
        sum.changes += line.changes;
        sum.first = sum.first.min(line.first);
        sum.last = sum.last.max(line.last);
        if line.name.is_some() && sum.named_at <= line.last {
            sum.name = line.name.as_ref();
            sum.named_at = line.last;
        }
        *sum.kinds
            .entry(kind.as_deref().unwrap_or_default())
            .or_default() += line.items;
    }
    let mut sums: Vec<ResourceSum<'_>> = sums.into_values().collect();
    // Stable: resources with as many stay in the order of their keys.
    sums.sort_by_key(|sum| Reverse((sum.changes, sum.items)));
    sums
}

impl ResourceSum<'_> {
    fn object(&self) -> Map<String, Value> {
        let mut object = Map::new();
        for (column, value) in RESOURCE_KEY.iter().zip(self.key) {
            object.insert(column.short_name().to_owned(), json!(value));
        }
        object.insert("resource_name".to_owned(), json!(self.name));
        object.insert("items".to_owned(), json!(self.items));
        object.insert("changes".to_owned(), json!(self.changes));
        object.insert("change_kinds".to_owned(), json!(self.kinds));
        object.insert("first".to_owned(), json!(self.first));
        object.insert("last".to_owned(), json!(self.last));
        object
    }
}

fn kinds_of(lines: &[ResourceSum<'_>]) -> BTreeMap<String, u64> {
    let mut kinds = BTreeMap::new();
    for (kind, items) in lines.iter().flat_map(|line| &line.kinds) {
        *kinds.entry((*kind).to_owned()).or_default() += items;
    }
    kinds
}

fn sha256_of(resources: &[Map<String, Value>]) -> String {
    let mut hash = Sha256::new();
    for resource in resources {
        hash.update(Value::Object(resource.clone()).to_string());
        hash.update("\n");
    }
    hex(hash.finalize())
}

fn question_of(request: &ChangeSetRequest) -> QueryRequest {
    let (account, region) = request.partition.iter().cloned().unzip();
    QueryRequest {
        month: Some(request.month),
        account,
        region,
        ..QueryRequest::default()
    }
}
