//! The month's digest, in numbers and in words.

use std::sync::Arc;

use tokio::time::Instant;

use super::{
    AnswerSize, ErrorCode, HistoryService, MAX_ANSWER_CHARS, MonthSummary, NarrativeMode,
    QueryRequest, ServiceError, SummarizeRequest, UNTRUSTED_DATA_NOTICE,
    anomalies::DEFAULT_BASELINE,
    fit::chars_of,
    kept_months::{CountedMonth, MonthKey, StoredMonth, is_whole},
    narrate::{Languages, Told},
    query::resources_cursor,
    scope::{self, FilterArgs, top},
    stored::{keep, recall},
    warnings,
};
use crate::{
    analysis::{
        Digest, DigestInput, ScopeInfo, Tallies, Warning, month_groupings, previous_groupings,
    },
    domain::{ItemFilter, Month, Period, Region},
    store::{CallContext, Evidence, KeptName, Progress, Revision, TallyDepth},
    summary::{self, Facts, Format, Language, MAX_TEXT_CHARS, Narrative, TextCheck},
};

/// Entries of each list from which facts are gathered.
const FACTS_TOP: usize = 2_000;
/// Characters that are kept free for a narrative that comes later.
const NARRATIVE_CHARS: u64 = 12_000;
/// Parts of their length to which the lists beside the text are cut, one after the other; after the
/// last of them the text is cut as well.
const SHARES: [usize; 4] = [2, 3, 5, 1];
/// Lines of the lists by account, Region and type that are tried before they are cut further.
const LONGEST_LIST: usize = 128;

impl HistoryService {
    /// Makes a month's digest; beside it, where asked for, a narrative and the check of a text.
    pub async fn summarize_month(
        &self,
        request: &SummarizeRequest,
        size: AnswerSize,
        cx: &CallContext,
    ) -> Result<MonthSummary, ServiceError> {
        let begun = Instant::now();
        let languages = Languages::of(request)?;
        let text = text_to_check(request)?;
        if let Some(handle) = &request.handle {
            return self.resume(handle, request, size, cx).await;
        }
        let wants_narrative = request.narrative == NarrativeMode::Claude;
        let wants_facts = wants_narrative || text.is_some();
        let counted = self.counted(request, wants_facts, cx).await?;
        let draft = || Draft {
            request,
            language: languages.digest,
            size,
            input: counted.input.clone(),
            evidence: counted.evidence.clone(),
        };
        if !wants_facts {
            let question = format!("{size:?} {}", question_text(request)?);
            return counted.answer(question, || draft().fit(None, None, MAX_ANSWER_CHARS));
        }
        let mut draft = draft();
        let facts = wants_facts.then(|| draft.facts(cx));
        let check = facts.as_ref().zip(text).map(|(facts, text)| {
            let language = languages.check.map(Language::as_str);
            summary::check_text(facts, text, language)
        });
        let Some(facts) = facts.filter(|_| wants_narrative) else {
            return draft.fit(None, check.as_ref(), MAX_ANSWER_CHARS);
        };
        let until = self.narrator.deadline(begun);
        let told = self
            .narrator
            .tell(facts, &languages.narrative, until, cx)
            .await?;
        match told {
            Told::Now(narrative) => draft.fit(Some(&narrative), check.as_ref(), MAX_ANSWER_CHARS),
            Told::Later(promise) => {
                let handle = self.narrator.handle_of(request);
                let pending = Narrative::pending(languages.narrative, &handle);
                // What comes later has to find its room.
                let room = MAX_ANSWER_CHARS - NARRATIVE_CHARS;
                let answer = draft.fit(Some(&pending), check.as_ref(), room)?;
                let kept = answer.clone();
                self.narrator.keep(handle, kept, languages.digest, promise);
                Ok(answer)
            }
        }
    }

    /// Returns what a month's answer is made from: kept, or counted now.
    async fn counted(
        &self,
        request: &SummarizeRequest,
        wants_facts: bool,
        cx: &CallContext,
    ) -> Result<Arc<CountedMonth>, ServiceError> {
        let top = top(request.top)?;
        let zone = scope::zone(request.timezone.as_deref())?;
        let period = Period::of_month(request.month, zone)?;
        let filter = FilterArgs {
            account: &request.account,
            region: &request.region,
            resource_type: &request.resource_type,
            ..FilterArgs::default()
        }
        .resolve()?;

        // Facts are of more than a digest names.
        let gathered = if wants_facts { FACTS_TOP } else { top };
        let counting = Box::pin(self.count(request.month, &period, &filter, (top, gathered), cx));
        match self.revision_of(&period, &filter, cx).await? {
            None => counting.await.map(Arc::new),
            Some(revision) => {
                let key = MonthKey {
                    revision,
                    month: request.month,
                    timezone: request.timezone.clone(),
                    filter: filter.clone(),
                    top,
                    gathered,
                };
                let counting = Box::pin(self.recalled_or(counting, &key, &period, cx));
                self.months.get(key.clone(), &cx.cancel, counting).await
            }
        }
    }

    /// Returns a month as it was counted for the same files before, by whatever process; else counts
    /// it, for the next one as well.
    async fn recalled_or(
        &self,
        counting: impl Future<Output = Result<CountedMonth, ServiceError>>,
        key: &MonthKey,
        period: &Period,
        cx: &CallContext,
    ) -> Result<CountedMonth, ServiceError> {
        let store = self.store.as_ref();
        let question = key.question(period);
        let name = KeptName {
            question: &question,
            revision: key.revision,
            filter: &key.filter,
        };
        // Recorders of all Regions are asked about what is global: more files than those named.
        let is_kept_at_all = !key.filter.regions.iter().any(Region::is_global);
        if is_kept_at_all && let Some(kept) = recall::<StoredMonth>(store, &name).await {
            return Ok(kept.counted(key, period, self.clock.now(), store.source()));
        }
        let counted = counting.await?;
        if is_kept_at_all && is_whole(&counted) {
            keep(store, &name, &StoredMonth::of(&counted), cx).await;
        }
        Ok(counted)
    }

    /// Returns the state of the files that a closed month's answer rests on; `None` where it is not
    /// closed, or the store cannot tell.
    async fn revision_of(
        &self,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Option<Revision>, ServiceError> {
        if period.settled_at() > self.clock.now() {
            return Ok(None);
        }
        Ok(self.store.revision(filter, cx).await?)
    }

    /// Counts a month, with `top` resources to be named and as many entries gathered.
    async fn count(
        &self,
        month: Month,
        period: &Period,
        filter: &ItemFilter,
        (top, gathered): (usize, usize),
        cx: &CallContext,
    ) -> Result<CountedMonth, ServiceError> {
        // First, for it reads the most: a store that keeps what it read has the rest of it then.
        let mut observed = self
            .observe(month, period, filter, DEFAULT_BASELINE, cx)
            .await?;
        let (anomalies, bill) = (observed.anomalies(gathered), observed.bill(gathered));
        let coverage = observed.coverage();
        // Items of half a year and the counts of two months need not be in memory together.
        observed.records = Vec::new();
        let groupings = month_groupings();
        let current = self
            .store
            .tally(period, filter, &groupings, TallyDepth::Changes, cx)
            .await?;
        let mut evidence = current.evidence;
        let (previous, evidence_before) = self.month_before(month, period, filter, cx).await?;
        evidence.add(evidence_before);
        evidence.add(observed.evidence);
        let input = DigestInput {
            month,
            now: observed.now,
            scope: scope_info(filter),
            current: Tallies::new(groupings, current.value),
            previous,
            anomalies,
            bill,
            coverage,
            security: observed.security,
            period: period.clone(),
            top,
        };
        Ok(CountedMonth::new(input, evidence))
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

/// All that a month's answer is made from.
struct Draft<'a> {
    request: &'a SummarizeRequest,
    language: Language,
    size: AnswerSize,
    input: DigestInput,
    evidence: Evidence,
}

impl Draft<'_> {
    /// Gathers the facts that claims and texts are held against.
    fn facts(&mut self, cx: &CallContext) -> Facts {
        cx.progress.report(Progress {
            done: 0,
            total: None,
            message: "facts: gathering what may be said".to_owned(),
        });
        let named = std::mem::replace(&mut self.input.top, FACTS_TOP);
        let facts = Facts::of(&Digest::of(&self.input), &self.input);
        self.input.top = named;
        facts
    }

    /// Makes the answer, as long as it may be.
    fn fit(
        &mut self,
        narrative: Option<&Narrative>,
        check: Option<&TextCheck>,
        room: u64,
    ) -> Result<MonthSummary, ServiceError> {
        let whole = Digest::of(&self.input);
        self.evidence.coverage_gaps = whole.coverage.gaps();
        let mut warnings: Vec<Warning> = warnings::of_evidence(&self.evidence);
        if whole.totals.unknown > 0 {
            warnings.push(Warning::UnknownKinds);
        }
        let words = |digest: &Digest| {
            let (evidence, language) = (&self.evidence, self.language);
            summary::render_with(
                digest,
                evidence,
                &warnings,
                narrative,
                language,
                Format::Markdown,
            )
        };
        let mut text = words(&whole);
        let mut digest = whole;
        let mut top = self.input.top;
        // The text says in words what the numbers say again: where both do not fit, the lists of
        // the numbers are cut first.
        let mut shares = SHARES.into_iter().cycle();
        loop {
            let resources = digest.totals.resources;
            let listed = digest.most_changed.resources.len() as u64;
            let answer = MonthSummary {
                month: self.request.month,
                check: check.cloned(),
                narrative: narrative.cloned(),
                text: text.clone(),
                returned: listed,
                total: resources,
                truncated: listed < resources,
                next_cursor: (listed < resources)
                    .then(|| resources_cursor(question_of(self.request), 0, resources))
                    .transpose()?,
                warnings: warnings.clone(),
                notice: UNTRUSTED_DATA_NOTICE.to_owned(),
                evidence: self.evidence.clone(),
                digest,
            };
            let fits =
                self.size == AnswerSize::Unbounded || chars_of(&answer) as u64 <= room || top == 1;
            if fits {
                return Ok(bounded(answer, self.size));
            }
            let share = shares.next().unwrap_or(1);
            if share == 1 {
                top = (top / 2).max(1);
                self.input.top = top;
                digest = Digest::of(&self.input);
                text = words(&digest);
            } else {
                self.input.top = top.div_ceil(share);
                digest = Digest::of(&self.input);
            }
        }
    }
}

/// Returns a question as text, to know it by.
fn question_text(request: &SummarizeRequest) -> Result<String, ServiceError> {
    serde_json::to_string(request).map_err(|error| {
        tracing::error!(%error, "a question cannot be written");
        ServiceError::new(
            ErrorCode::Internal,
            "internal error while reading the question",
        )
    })
}

/// Returns the text to check, if there is one.
fn text_to_check(request: &SummarizeRequest) -> Result<Option<&str>, ServiceError> {
    let refused = |message: String| Err(ServiceError::new(ErrorCode::InvalidArgument, message));
    let Some(text) = request.verify.as_deref() else {
        return Ok(None);
    };
    let chars = text.chars().count();
    if request.handle.is_some() {
        return refused("pass either handle or verify, not both".to_owned());
    }
    if text.trim().is_empty() {
        return refused("verify is empty: pass the text to be checked".to_owned());
    }
    if chars > MAX_TEXT_CHARS {
        return refused(format!(
            "verify has {chars} characters: at most {MAX_TEXT_CHARS} are checked at once, pass \
             the text in parts"
        ));
    }
    Ok(Some(text))
}

/// Cuts the lists that grow with the organisation and not with `top`. The totals stay whole. What
/// was asked about a text is cut last.
pub(super) fn bounded(mut answer: MonthSummary, size: AnswerSize) -> MonthSummary {
    let too_long = |answer: &MonthSummary| {
        size == AnswerSize::ForModel && chars_of(answer) as u64 > MAX_ANSWER_CHARS
    };
    let mut kept = LONGEST_LIST;
    while too_long(&answer) && kept > 1 {
        kept /= 2;
        let (digest, evidence) = (&mut answer.digest, &mut answer.evidence);
        digest.accounts.truncate(kept);
        digest.regions.truncate(kept);
        digest.resource_types.truncate(kept);
        digest.by_account.truncate(kept);
        digest.coverage.truncate(kept);
        digest.anomalies.recording_mode_changes.truncate(kept);
        for list in [
            &mut digest.most_changed,
            &mut digest.created,
            &mut digest.first_seen,
            &mut digest.recreated,
            &mut digest.deleted,
        ] {
            list.resources.truncate(kept);
        }
        digest.anomalies.ranked.truncate(kept);
        digest.anomalies.security.truncate(kept);
        evidence.unreadable.truncate(kept);
        evidence.partitions.accounts.truncate(kept);
        answer.truncated = true;
    }
    if too_long(&answer) {
        let claims = answer
            .narrative
            .iter_mut()
            .flat_map(|told| &mut told.claims);
        claims.for_each(|claim| claim.facts.clear());
    }
    if too_long(&answer)
        && let Some(check) = &mut answer.check
    {
        // What is wrong has to be mended: what holds need not be read again.
        check
            .sentences
            .retain(|sentence| !sentence.findings.is_empty());
    }
    while too_long(&answer)
        && let Some(check) = &mut answer.check
        && check.sentences.len() > 1
    {
        check.sentences.truncate(check.sentences.len() / 2);
    }
    answer.returned = answer.digest.most_changed.resources.len() as u64;
    answer
}

pub(super) fn scope_info(filter: &ItemFilter) -> ScopeInfo {
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
