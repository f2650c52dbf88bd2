//! The change set of a month: one line a resource, for the MCP resource of that month.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    AnswerSize, ChangeSet, ChangeSetRequest, DescribeRequest, ErrorCode, HistoryService,
    MAX_ANSWER_CHARS, QueryRequest, ServiceError, UNTRUSTED_DATA_NOTICE,
    fit::{chars_of, fit_rows},
    query::{RESOURCE_KEY, resources_cursor},
    scope::FilterArgs,
};
use crate::{
    analysis::{DeliveryCoverage, Warning},
    domain::{DeliveryKind, Period},
    store::{CallContext, Grouping, TallyLine},
};

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
        let groupings = [Grouping(RESOURCE_KEY.to_vec())];
        let answer = self.store.tally(&period, &filter, &groupings, cx).await?;
        self.refuse_unknown_month(&period, &answer.evidence, cx)
            .await?;
        if answer.evidence.partitions.folders == 0 {
            return Err(self.nothing_delivered(request, cx).await);
        }
        let mut lines = answer.value.into_iter().next().unwrap_or_default();
        lines.sort_by(|a, b| {
            b.items
                .cmp(&a.items)
                .then_with(|| key_order(a).cmp(&key_order(b)))
        });
        let resources: Vec<Map<String, Value>> = lines.iter().map(resource_line).collect();

        let deliveries = self.store.deliveries(&period, &filter, cx).await?;
        let mut evidence = answer.evidence;
        let now = self.clock.now();
        evidence.coverage_gaps = DeliveryCoverage::of_period(&deliveries, &period, now).gaps();
        let sources: Vec<String> = deliveries
            .into_iter()
            .filter(|delivery| delivery.folder.kind == DeliveryKind::History)
            .flat_map(|delivery| delivery.keys)
            .collect();
        let mut warnings: Vec<Warning> = Warning::of_unreadable(evidence.unreadable_files)
            .into_iter()
            .collect();
        if lines.iter().any(|line| line.unknown > 0) {
            warnings.push(Warning::UnknownKinds);
        }
        let total = resources.len() as u64;
        let mut set = ChangeSet {
            month: request.month,
            account: accounts.first().cloned(),
            region: regions.first().cloned(),
            closed: period.settled_at() <= now,
            items: evidence.items,
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

fn key_order(line: &TallyLine) -> Vec<(bool, &Option<String>)> {
    // Missing values last, as the typed query has them: the cursor goes on from here.
    line.key.iter().map(|part| (part.is_none(), part)).collect()
}

fn resource_line(line: &TallyLine) -> Map<String, Value> {
    let mut object = Map::new();
    for (column, value) in RESOURCE_KEY.iter().zip(&line.key) {
        object.insert(column.short_name().to_owned(), json!(value));
    }
    object.insert("resource_name".to_owned(), json!(line.name));
    object.insert("items".to_owned(), json!(line.items));
    object.insert("changes".to_owned(), json!(line.changes));
    object.insert("unknown".to_owned(), json!(line.unknown));
    object.insert("first".to_owned(), json!(line.first));
    object.insert("last".to_owned(), json!(line.last));
    object
}

fn sha256_of(resources: &[Map<String, Value>]) -> String {
    let mut hash = Sha256::new();
    for resource in resources {
        hash.update(Value::Object(resource.clone()).to_string());
        hash.update("\n");
    }
    hash.finalize()
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            text.extend(char::from_digit(u32::from(byte >> 4), 16));
            text.extend(char::from_digit(u32::from(byte & 15), 16));
            text
        })
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
