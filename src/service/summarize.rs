//! The month's digest, in numbers and in words.

use super::{
    AnswerSize, ErrorCode, HistoryService, MAX_ANSWER_CHARS, MonthSummary, QueryRequest,
    ServiceError, SummarizeRequest, UNTRUSTED_DATA_NOTICE,
    fit::chars_of,
    query::resources_cursor,
    scope::{self, FilterArgs},
};
use crate::{
    analysis::{
        Digest, DigestInput, ScopeInfo, Tallies, Warning, month_groupings, previous_groupings,
    },
    domain::{InvalidValue, ItemFilter, Month, Period},
    store::{CallContext, Evidence},
    summary::{self, Format, Language},
};

/// Resources listed in each list unless asked otherwise.
const DEFAULT_TOP: u64 = 10;
/// Lines of the lists by account, Region and type that are tried before they are cut further.
const LONGEST_LIST: usize = 128;
/// Resources listed in each list at most.
const MAX_TOP: u64 = 100;

impl HistoryService {
    /// Makes a month's digest.
    pub async fn summarize_month(
        &self,
        request: &SummarizeRequest,
        size: AnswerSize,
        cx: &CallContext,
    ) -> Result<MonthSummary, ServiceError> {
        let language: Language = request.language.as_deref().unwrap_or("en").parse()?;
        let mut top = top(request.top)?;
        let zone = scope::zone(request.timezone.as_deref())?;
        let period = Period::of_month(request.month, zone)?;
        let filter = FilterArgs {
            account: &request.account,
            region: &request.region,
            resource_type: &request.resource_type,
            ..FilterArgs::default()
        }
        .resolve()?;

        let groupings = month_groupings();
        let current = self.store.tally(&period, &filter, &groupings, cx).await?;
        self.refuse_unknown_month(&period, &current.evidence, cx)
            .await?;
        let mut evidence = current.evidence;
        let (previous, evidence_before) = self
            .month_before(request.month, &period, &filter, cx)
            .await?;
        evidence.note_unreadable(evidence_before);
        let mut input = DigestInput {
            month: request.month,
            now: self.clock.now(),
            scope: scope_info(&filter),
            current: Tallies::new(groupings, current.value),
            previous,
            deliveries: self.store.deliveries(&period, &filter, cx).await?,
            period,
            top,
        };
        loop {
            let digest = Digest::of(&input);
            evidence.coverage_gaps = digest.coverage.gaps();
            let mut warnings: Vec<Warning> = Warning::of_unreadable(evidence.unreadable_files)
                .into_iter()
                .collect();
            if digest.totals.unknown > 0 {
                warnings.push(Warning::UnknownKinds);
            }
            let text = summary::render(&digest, &evidence, &warnings, language, Format::Markdown);
            let resources = digest.totals.resources;
            let listed = digest.most_changed.resources.len() as u64;
            let question = question_of(request);
            let answer = MonthSummary {
                month: request.month,
                text,
                returned: listed,
                total: resources,
                truncated: listed < resources,
                next_cursor: (listed < resources)
                    .then(|| resources_cursor(question, 0, resources))
                    .transpose()?,
                warnings,
                notice: UNTRUSTED_DATA_NOTICE.to_owned(),
                evidence: evidence.clone(),
                digest,
            };
            let too_long = size == AnswerSize::ForModel
                && chars_of(&answer) as u64 > MAX_ANSWER_CHARS
                && top > 1;
            if !too_long {
                return Ok(bounded(answer, size));
            }
            top /= 2;
            input.top = top;
        }
    }

    /// Counts the month before; `None` where nothing was delivered for it, because a lake that
    /// began later is no drop.
    async fn month_before(
        &self,
        month: Month,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<(Option<Tallies>, Evidence), ServiceError> {
        let Some(before) = month.previous() else {
            return Ok((None, Evidence::default()));
        };
        let before = Period::of_month(before, period.zone().clone())?;
        let groupings = previous_groupings();
        let answer = self.store.tally(&before, filter, &groupings, cx).await?;
        let delivered_in_it = answer.evidence.partitions.first_day.as_deref()
            < Some(month.first_day().to_string().as_str());
        let known =
            answer.evidence.items > 0 || (answer.evidence.files_read > 0 && delivered_in_it);
        let tallies = known.then(|| Tallies::new(groupings, answer.value));
        Ok((tallies, answer.evidence))
    }
}

/// Cuts the lists that grow with the organisation and not with `top`. The totals stay whole.
fn bounded(mut answer: MonthSummary, size: AnswerSize) -> MonthSummary {
    let mut kept = LONGEST_LIST;
    while size == AnswerSize::ForModel && chars_of(&answer) as u64 > MAX_ANSWER_CHARS && kept > 1 {
        kept /= 2;
        let (digest, evidence) = (&mut answer.digest, &mut answer.evidence);
        digest.accounts.truncate(kept);
        digest.regions.truncate(kept);
        digest.resource_types.truncate(kept);
        digest.by_account.truncate(kept);
        digest.coverage.recorders.truncate(kept);
        evidence.unreadable.truncate(kept);
        evidence.partitions.accounts.truncate(kept);
        answer.truncated = true;
    }
    answer
}

fn top(asked: Option<u64>) -> Result<usize, ServiceError> {
    let top = asked.unwrap_or(DEFAULT_TOP);
    if !(1..=MAX_TOP).contains(&top) {
        let expected = format!("1 to {MAX_TOP}");
        return Err(InvalidValue::new("top", &top.to_string(), expected).into());
    }
    usize::try_from(top)
        .map_err(|_| ServiceError::new(ErrorCode::InvalidArgument, "top is too large"))
}

fn scope_info(filter: &ItemFilter) -> ScopeInfo {
    fn texts<T: ToString>(values: &[T]) -> Vec<String> {
        values.iter().map(T::to_string).collect()
    }
    ScopeInfo {
        accounts: texts(&filter.accounts),
        regions: texts(&filter.regions),
        resource_types: texts(&filter.types),
    }
}

fn question_of(request: &SummarizeRequest) -> QueryRequest {
    QueryRequest {
        month: Some(request.month),
        timezone: request.timezone.clone(),
        account: request.account.clone(),
        region: request.region.clone(),
        resource_type: request.resource_type.clone(),
        ..QueryRequest::default()
    }
}
