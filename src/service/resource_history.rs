//! What happened to one resource, item by item, and what it looked like at a time.

mod causes;
mod state;
mod timeline;

use jiff::tz::TimeZone;

use super::{
    AnswerSize, ErrorCode, HistoryService, ResourceHistory, ResourceHistoryRequest, ResourceMatch,
    ServiceError,
    cursor::{self, Cursor, Question, other_question},
    query::{RESOURCE_KEY, row_limit},
    scope::{FilterArgs, PeriodArgs, instant_of, zone},
    warnings,
};
use crate::{
    analysis::Warning,
    domain::{ItemFilter, Period, ResourceKey},
    store::{
        Answer, CallContext, ChangesQuery, Evidence, Grouping, ItemChange, TallyDepth, TallyLine,
    },
};

/// Resources that are named where several match, or where none does.
const NAMED: usize = 50;

/// The resources that answer to a reference, with what was read to find them.
struct Found {
    matches: Vec<ResourceMatch>,
    evidence: Evidence,
}

impl HistoryService {
    /// Answers what happened to one resource.
    pub async fn resource_history(
        &self,
        request: &ResourceHistoryRequest,
        size: AnswerSize,
        cx: &CallContext,
    ) -> Result<ResourceHistory, ServiceError> {
        let (question, offset, expected) = match &request.cursor {
            None => (request.clone(), 0, None),
            Some(cursor) => continue_history(request, cursor)?,
        };
        let limit = row_limit(request.limit, size)?;
        let zone = zone(question.timezone.as_deref())?;
        let period = period_of(&question, &zone)?;
        let at = question
            .at
            .as_deref()
            .map(|text| instant_of("at", text, &zone))
            .transpose()?;
        let filter = ItemFilter {
            reference: Some(question.resource.parse()?),
            ..FilterArgs {
                account: &question.account,
                region: &question.region,
                resource_type: &question.resource_type,
                ..FilterArgs::default()
            }
            .resolve()?
        };
        let found = self.find_resources(&filter, cx).await?;
        let resource = match found.matches.as_slice() {
            [] => return Err(self.no_such_resource(&question, &filter, cx).await),
            [only] => only.resource.clone(),
            _ => return Ok(several(found, size)),
        };
        let changes = self.items_of(&resource, cx).await?;
        let (mut history, entries) =
            timeline::history(&resource, &changes.value, &period, question.echoes);
        if let Some(at) = at {
            history.state = Some(state::state_at(&changes.value, at));
        }
        history.evidence = changes.evidence;
        history.evidence.period = found.evidence.period;
        history
            .warnings
            .extend(warnings::of_evidence(&history.evidence));
        let total = history.total;
        if expected.is_some_and(|expected| expected != total) {
            history.warnings.push(Warning::HistoryChanged);
        }
        timeline::show(&mut history, entries, (offset, limit), size);
        self.explain_echoes(&mut history, &changes.value, cx)
            .await?;
        let seen = offset + history.returned;
        if seen < total {
            history.next_cursor = Some(cursor_of(question, seen, total)?);
        }
        history.truncated |= seen < total || offset > 0;
        Ok(history)
    }

    /// Finds the resources that the filter's reference means: by their items, else by the states
    /// that only snapshots hold.
    async fn find_resources(
        &self,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Found, ServiceError> {
        let period = Period::all_time(TimeZone::UTC);
        let groupings = [Grouping(RESOURCE_KEY.to_vec())];
        let depth = TallyDepth::Changes;
        let answer = self
            .store
            .tally(&period, filter, &groupings, depth, cx)
            .await?;
        let lines = answer.value.into_iter().next().unwrap_or_default();
        let mut matches: Vec<ResourceMatch> = lines.iter().filter_map(match_of).collect();
        if matches.is_empty() {
            let query = ChangesQuery {
                period,
                filter: filter.clone(),
                resources: Vec::new(),
                snapshots: true,
            };
            let states = self.store.changes(&query, cx).await?;
            matches = matches_of_states(&states.value);
        }
        Ok(Found {
            matches,
            evidence: answer.evidence,
        })
    }

    /// Returns all items and snapshot states of one resource, oldest first.
    async fn items_of(
        &self,
        resource: &ResourceKey,
        cx: &CallContext,
    ) -> Result<Answer<Vec<ItemChange>>, ServiceError> {
        let filter = FilterArgs {
            account: std::slice::from_ref(&resource.account),
            region: std::slice::from_ref(&resource.region),
            ..FilterArgs::default()
        };
        let query = ChangesQuery {
            period: Period::all_time(TimeZone::UTC),
            // An account or Region of a form that is not known cannot be asked for: all are read.
            filter: filter.resolve().unwrap_or_default(),
            resources: vec![resource.clone()],
            snapshots: true,
        };
        Ok(self.store.changes(&query, cx).await?)
    }

    /// The error for a reference that nothing answers to, with what looks like it.
    async fn no_such_resource(
        &self,
        question: &ResourceHistoryRequest,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> ServiceError {
        let message = format!(
            "no resource has the ARN, id, type/id or name `{}` here",
            question.resource
        );
        let all = ItemFilter {
            reference: None,
            ..filter.clone()
        };
        let period = Period::all_time(TimeZone::UTC);
        let groupings = [Grouping(RESOURCE_KEY.to_vec())];
        let depth = TallyDepth::Changes;
        let known = self
            .store
            .tally(&period, &all, &groupings, depth, cx)
            .await
            .map(|answer| answer.value.into_iter().next().unwrap_or_default())
            .unwrap_or_default();
        let wanted = question.resource.to_lowercase();
        let similar = known
            .iter()
            .filter_map(match_of)
            .filter(|known| {
                let like = |text: &str| {
                    let text = text.to_lowercase();
                    text.contains(&wanted) || (text.len() > 3 && wanted.contains(&text))
                };
                like(&known.resource.resource_id)
                    || known.resource_name.as_deref().is_some_and(like)
            })
            .take(NAMED)
            .map(|known| {
                format!(
                    "{}/{}",
                    known.resource.resource_type, known.resource.resource_id
                )
            })
            .collect();
        ServiceError::new(ErrorCode::UnknownResource, message).with_choices(similar)
    }
}

/// The answer where several resources match: they are listed, not guessed.
fn several(found: Found, size: AnswerSize) -> ResourceHistory {
    let total = found.matches.len() as u64;
    let mut matches = found.matches;
    if size == AnswerSize::ForModel {
        matches.truncate(NAMED);
    }
    let returned = matches.len() as u64;
    ResourceHistory {
        matches,
        returned,
        total,
        truncated: returned < total,
        warnings: vec![Warning::SeveralResources(total)],
        evidence: found.evidence,
        ..timeline::nothing()
    }
}

fn match_of(line: &TallyLine) -> Option<ResourceMatch> {
    let mut parts = line.key.iter().map(Option::as_deref);
    let mut part = || parts.next().map(|part| part.unwrap_or_default().to_owned());
    Some(ResourceMatch {
        resource: ResourceKey {
            account: part()?,
            region: part()?,
            resource_type: part()?,
            resource_id: part()?,
        },
        resource_name: line.name.as_deref().map(str::to_owned),
        items: line.items,
        last: line.last,
    })
}

fn matches_of_states(states: &[ItemChange]) -> Vec<ResourceMatch> {
    let mut matches = std::collections::BTreeMap::new();
    for state in states {
        let entry = ResourceMatch {
            resource: state.item.resource_key(),
            resource_name: state.item.resource_name.clone(),
            items: 0,
            last: state.item.capture_time,
        };
        matches.insert(state.item.resource_key(), entry);
    }
    matches.into_values().collect()
}

fn period_of(question: &ResourceHistoryRequest, zone: &TimeZone) -> Result<Period, ServiceError> {
    if question.month.is_none() && question.from.is_none() && question.to.is_none() {
        return Ok(Period::all_time(zone.clone()));
    }
    PeriodArgs {
        month: question.month,
        from: question.from.as_deref(),
        to: question.to.as_deref(),
        timezone: question.timezone.as_deref(),
    }
    .resolve()
}

fn continue_history(
    request: &ResourceHistoryRequest,
    cursor: &str,
) -> Result<(ResourceHistoryRequest, u64, Option<u64>), ServiceError> {
    let Cursor {
        question: Question::Resource(question),
        offset,
        total,
    } = Cursor::decode(cursor)?
    else {
        return Err(other_question());
    };
    let beside = ResourceHistoryRequest {
        cursor: None,
        limit: None,
        ..request.clone()
    };
    if !cursor::agrees(&beside, &question) {
        return Err(other_question());
    }
    Ok((question, offset, Some(total)))
}

fn cursor_of(
    question: ResourceHistoryRequest,
    offset: u64,
    total: u64,
) -> Result<String, ServiceError> {
    let question = ResourceHistoryRequest {
        limit: None,
        cursor: None,
        ..question
    };
    Cursor {
        question: Question::Resource(question),
        offset,
        total,
    }
    .encode()
}
