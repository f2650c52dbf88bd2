//! The resources: the months, their change sets, and the relation's columns.

mod uri;

use std::time::Duration;

use jiff::Timestamp;
use rmcp::model::{
    Annotations, CacheScope, MetaObject, ReadResourceResult, Resource, ResourceContents,
    ResourceTemplate,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{directory::Directory, error::to_answer};
use crate::{
    analysis::Warning,
    service::{
        AnswerSize, ChangeSet, ChangeSetRequest, DescribeRequest, ErrorCode, HistoryDescription,
        HistoryService, MonthLine, ResourceHistoryRequest, ServiceError, relation,
    },
    store::{CallContext, Evidence},
};

pub use uri::{InvalidUri, ResourceUri};

/// How long a client may keep what can change.
pub(super) const RUNNING_TTL: Duration = Duration::from_mins(5);
/// How long it may keep a month for which no more deliveries are expected.
const CLOSED_TTL: Duration = Duration::from_hours(30 * 24);
/// How long it may keep what changes only with the program.
const SCHEMA_TTL: Duration = Duration::from_hours(24);

/// Lists the resources. Where the source cannot be read, the two that are always there: reading
/// the first tells what is wrong.
pub(super) async fn list(
    service: &HistoryService,
    directory: &Directory,
    cx: &CallContext,
) -> Vec<Resource> {
    let description = match directory.describe(service, cx).await {
        Ok(description) => Some(description),
        Err(error) => {
            tracing::warn!(code = error.code().as_str(), %error, "the months cannot be listed");
            None
        }
    };
    entries(description.as_deref())
}

fn entries(description: Option<&HistoryDescription>) -> Vec<Resource> {
    let watermark = description.and_then(|known| known.watermark);
    let mut resources = vec![
        entry(&ResourceUri::Months, "months", "Months with history")
            .with_description("Months there are, with their items and the URI of each change set.")
            .with_annotations(modified_at(watermark)),
        entry(
            &ResourceUri::Schema,
            "schema",
            "Columns of configuration_items",
        )
        .with_description("Columns of the relation: names in SQL and in typed questions, types."),
    ];
    let months = description
        .iter()
        .flat_map(|known| known.months.iter().rev());
    resources.extend(months.map(|line| {
        let name = format!("months/{}", line.month);
        let state = if line.closed {
            "closed"
        } else {
            "still growing"
        };
        entry(
            &ResourceUri::Month(line.month),
            &name,
            &format!("Changes of {}", line.month),
        )
        .with_description(format!(
            "Change set of {} ({state}): {} items, {} accounts, {} Regions, {} resource types.",
            line.month, line.items, line.accounts, line.regions, line.resource_types
        ))
    }));
    resources
}

/// Lists the templates.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new(ResourceUri::MONTH_TEMPLATE, "month")
            .with_title("Changes of a month")
            .with_description("Change set of a month (YYYY-MM, UTC): one line a resource.")
            .with_mime_type(JSON),
        ResourceTemplate::new(ResourceUri::PARTITION_TEMPLATE, "month_account_region")
            .with_title("Changes of a month in one account and Region")
            .with_description(
                "Change set of a month (YYYY-MM, UTC) in one account (12 digits) and Region \
                 (`global` for IAM and the like).",
            )
            .with_mime_type(JSON),
        ResourceTemplate::new(ResourceUri::RESOURCE_TEMPLATE, "resource")
            .with_title("History of a resource")
            .with_description(
                "Timeline of one resource (type such as AWS::EC2::SecurityGroup, id), newest \
                 first, with differences by path.",
            )
            .with_mime_type(JSON),
    ]
}

/// Reads a resource.
pub(super) async fn read(
    service: &HistoryService,
    directory: &Directory,
    uri: &str,
    cx: &CallContext,
) -> Result<ReadResourceResult, ServiceError> {
    let document = match uri.parse::<ResourceUri>() {
        Ok(ResourceUri::Months) => months(service, cx).await?,
        Ok(ResourceUri::Schema) => columns()?,
        Ok(ResourceUri::Month(month)) => {
            let request = ChangeSetRequest {
                month,
                partition: None,
            };
            change_set(service, &request, cx).await?
        }
        Ok(ResourceUri::Partition {
            month,
            account,
            region,
        }) => {
            let request = ChangeSetRequest {
                month,
                partition: Some((account.to_string(), region.to_string())),
            };
            change_set(service, &request, cx).await?
        }
        Ok(ResourceUri::Resource {
            resource_type,
            resource_id,
        }) => {
            let request = ResourceHistoryRequest {
                resource: format!("{resource_type}/{resource_id}"),
                ..ResourceHistoryRequest::default()
            };
            history(service, &request, cx).await?
        }
        Err(invalid) => return Err(unknown(&invalid, service, directory, cx).await),
    };
    Ok(document.into_result(uri))
}

/// A resource's content and what goes beside it.
struct Document {
    content: Value,
    ttl: Duration,
    facts: Vec<(&'static str, Value)>,
}

impl Document {
    fn into_result(self, uri: &str) -> ReadResourceResult {
        let text = self.content.to_string();
        let mut meta = MetaObject::default();
        let size = ("size", json!(text.len()));
        for (name, value) in self.facts.into_iter().chain([size]) {
            meta.0.insert(format!("config-history/{name}"), value);
        }
        let contents = ResourceContents::text(text, uri)
            .with_mime_type(JSON)
            .with_meta(meta);
        ReadResourceResult::new(vec![contents])
            .with_ttl_ms(millis(self.ttl))
            .with_cache_scope(CacheScope::Private)
    }
}

/// The months, as `config-history://months` shows them.
#[derive(Serialize)]
struct MonthIndex<'a> {
    months: Vec<IndexLine<'a>>,
    returned: u64,
    total: u64,
    truncated: bool,
    watermark: Option<Timestamp>,
    warnings: &'a [Warning],
    notice: &'a str,
    evidence: &'a Evidence,
}

#[derive(Serialize)]
struct IndexLine<'a> {
    uri: String,
    #[serde(flatten)]
    line: &'a MonthLine,
}

impl<'a> IndexLine<'a> {
    fn of(line: &'a MonthLine) -> Self {
        Self {
            uri: ResourceUri::Month(line.month).to_string(),
            line,
        }
    }
}

async fn months(service: &HistoryService, cx: &CallContext) -> Result<Document, ServiceError> {
    let description = service.describe(&DescribeRequest::default(), cx).await?;
    Ok(Document {
        content: to_answer(&index_of(&description))?,
        ttl: RUNNING_TTL,
        facts: modification(description.watermark),
    })
}

fn index_of(description: &HistoryDescription) -> MonthIndex<'_> {
    MonthIndex {
        months: description.months.iter().map(IndexLine::of).collect(),
        returned: description.returned,
        total: description.total,
        truncated: description.truncated,
        watermark: description.watermark,
        warnings: &description.warnings,
        notice: &description.notice,
        evidence: &description.evidence,
    }
}

fn columns() -> Result<Document, ServiceError> {
    Ok(Document {
        content: to_answer(&relation())?,
        ttl: SCHEMA_TTL,
        facts: Vec::new(),
    })
}

async fn change_set(
    service: &HistoryService,
    request: &ChangeSetRequest,
    cx: &CallContext,
) -> Result<Document, ServiceError> {
    document_of(&service.change_set(request, cx).await?)
}

fn document_of(set: &ChangeSet) -> Result<Document, ServiceError> {
    let mut facts = modification(set.last_modified);
    facts.push(("sha256", json!(set.sha256)));
    facts.push(("closed", json!(set.closed)));
    Ok(Document {
        content: to_answer(set)?,
        ttl: if set.closed { CLOSED_TTL } else { RUNNING_TTL },
        facts,
    })
}

async fn history(
    service: &HistoryService,
    request: &ResourceHistoryRequest,
    cx: &CallContext,
) -> Result<Document, ServiceError> {
    let size = AnswerSize::ForModel;
    let history = service.resource_history(request, size, cx).await?;
    Ok(Document {
        content: to_answer(&history)?,
        ttl: RUNNING_TTL,
        facts: modification(history.evidence.watermark),
    })
}

/// Says which resources there are instead.
async fn unknown(
    invalid: &InvalidUri,
    service: &HistoryService,
    directory: &Directory,
    cx: &CallContext,
) -> ServiceError {
    let mut choices = vec![
        ResourceUri::Months.to_string(),
        ResourceUri::Schema.to_string(),
    ];
    if let Ok(description) = directory.describe(service, cx).await {
        let months = description.months.iter().rev();
        choices.extend(months.map(|line| ResourceUri::Month(line.month).to_string()));
    }
    choices.push(ResourceUri::PARTITION_TEMPLATE.to_owned());
    choices.push(ResourceUri::RESOURCE_TEMPLATE.to_owned());
    ServiceError::new(ErrorCode::UnknownResource, invalid.to_string()).with_choices(choices)
}

fn entry(uri: &ResourceUri, name: &str, title: &str) -> Resource {
    Resource::new(uri.to_string(), name)
        .with_title(title)
        .with_mime_type(JSON)
}

fn modified_at(instant: Option<Timestamp>) -> Annotations {
    let mut annotations = Annotations::default();
    annotations.last_modified = instant.map(|instant| instant.to_string());
    annotations
}

fn modification(instant: Option<Timestamp>) -> Vec<(&'static str, Value)> {
    instant
        .map(|instant| ("lastModified", json!(instant)))
        .into_iter()
        .collect()
}

/// Returns a time to live as the protocol counts it.
pub(super) fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX)
}

const JSON: &str = "application/json";

#[cfg(test)]
mod tests;
