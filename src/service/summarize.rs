//! The month's digest, in numbers and in words.

use super::{
    AnswerSize, HistoryService, MAX_ANSWER_CHARS, MonthSummary, QueryRequest, ServiceError,
    SummarizeRequest, UNTRUSTED_DATA_NOTICE,
    anomalies::DEFAULT_BASELINE,
    fit::chars_of,
    query::resources_cursor,
    scope::{self, FilterArgs, top},
    warnings,
};
use crate::{
    analysis::{
        Digest, DigestInput, ScopeInfo, Tallies, Warning, month_groupings, previous_groupings,
    },
    domain::{ItemFilter, Month, Period},
    store::{CallContext, Evidence, TallyDepth},
    summary::{self, Format, Language},
};

/// Parts of their length to which the lists beside the text are cut, one after the other; after the
/// last of them the text is cut as well.
const SHARES: [usize; 4] = [2, 3, 5, 1];
/// Lines of the lists by account, Region and type that are tried before they are cut further.
const LONGEST_LIST: usize = 128;

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

        // First, for it reads the most: a store that keeps what it read has the rest of it then.
        let observed = self
            .observe(request.month, &period, &filter, DEFAULT_BASELINE, cx)
            .await?;
        let groupings = month_groupings();
        let current = self
            .store
            .tally(&period, &filter, &groupings, TallyDepth::Changes, cx)
            .await?;
        let mut evidence = current.evidence;
        let (previous, evidence_before) = self
            .month_before(request.month, &period, &filter, cx)
            .await?;
        evidence.add(evidence_before);
        evidence.add(observed.evidence.clone());
        let mut input = DigestInput {
            month: request.month,
            now: observed.now,
            scope: scope_info(&filter),
            current: Tallies::new(groupings, current.value),
            previous,
            anomalies: observed.anomalies(top),
            bill: observed.bill(top),
            coverage: observed.coverage(),
            security: observed.security,
            period,
            top,
        };
        let whole = Digest::of(&input);
        evidence.coverage_gaps = whole.coverage.gaps();
        let mut warnings: Vec<Warning> = warnings::of_evidence(&evidence);
        if whole.totals.unknown > 0 {
            warnings.push(Warning::UnknownKinds);
        }
        let words = |digest: &Digest| {
            summary::render(digest, &evidence, &warnings, language, Format::Markdown)
        };
        let mut text = words(&whole);
        let mut digest = whole;
        // The text says in words what the numbers say again: where both do not fit, the lists of
        // the numbers are cut first.
        let mut shares = SHARES.into_iter().cycle();
        loop {
            let resources = digest.totals.resources;
            let listed = digest.most_changed.resources.len() as u64;
            let answer = MonthSummary {
                month: request.month,
                text: text.clone(),
                returned: listed,
                total: resources,
                truncated: listed < resources,
                next_cursor: (listed < resources)
                    .then(|| resources_cursor(question_of(request), 0, resources))
                    .transpose()?,
                warnings: warnings.clone(),
                notice: UNTRUSTED_DATA_NOTICE.to_owned(),
                evidence: evidence.clone(),
                digest,
            };
            let fits = size == AnswerSize::Unbounded
                || chars_of(&answer) as u64 <= MAX_ANSWER_CHARS
                || top == 1;
            if fits {
                return Ok(bounded(answer, size));
            }
            let share = shares.next().unwrap_or(1);
            if share == 1 {
                top = (top / 2).max(1);
                input.top = top;
                digest = Digest::of(&input);
                text = words(&digest);
            } else {
                input.top = top.div_ceil(share);
                digest = Digest::of(&input);
            }
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
        let answer = self
            .store
            .tally(&before, filter, &groupings, TallyDepth::Changes, cx)
            .await?;
        let delivered_in_it = answer.evidence.partitions.first_day.as_deref()
            < Some(month.first_day().to_string().as_str());
        let known =
            answer.evidence.items > Some(0) || (answer.evidence.files_read > 0 && delivered_in_it);
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
        digest.coverage.truncate(kept);
        digest.anomalies.recording_mode_changes.truncate(kept);
        evidence.unreadable.truncate(kept);
        evidence.partitions.accounts.truncate(kept);
        answer.truncated = true;
    }
    answer
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
