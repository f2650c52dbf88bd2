//! The month's digest, in numbers and in words.

mod counts;

use tokio::time::Instant;

pub(super) use self::counts::scope_info;
use self::counts::{Asked, Origin};
use super::{
    AnswerSize, ErrorCode, HistoryService, MAX_ANSWER_CHARS, MonthSummary, NarrativeMode,
    QueryRequest, ServiceError, SummarizeRequest, UNTRUSTED_DATA_NOTICE,
    fit::chars_of,
    kept_months::{CountedMonth, StoredAnswer, is_whole},
    narrate::{Languages, Told},
    query::resources_cursor,
    stored::{keep, recall},
    warnings,
};
use crate::{
    analysis::{Digest, DigestInput, Warning},
    store::{CallContext, Evidence, Progress, Revision},
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
        let asked = Asked::of(request)?;
        let revision = self.revision_of(&asked, cx).await?;
        let wants_narrative = request.narrative == NarrativeMode::Claude;
        if !wants_narrative && text.is_none() {
            let digest = self.digest_alone(request, &asked, revision, (size, languages.digest), cx);
            return digest.await;
        }
        let (counted, _) = self.counted(&asked, FACTS_TOP, revision, cx).await?;
        let mut draft = Draft::of(request, &counted, (size, languages.digest));
        let facts = draft.facts(cx);
        let check = text.map(|text| {
            let language = languages.check.map(Language::as_str);
            summary::check_text(&facts, text, language)
        });
        if !wants_narrative {
            return draft.fit(None, check.as_ref(), MAX_ANSWER_CHARS);
        }
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

    /// Answers with the digest alone: as it was made for the same files before, by whatever process.
    async fn digest_alone(
        &self,
        request: &SummarizeRequest,
        asked: &Asked,
        revision: Option<Revision>,
        form: (AnswerSize, Language),
        cx: &CallContext,
    ) -> Result<MonthSummary, ServiceError> {
        let store = self.store.as_ref();
        let question = format!("{form:?} {}", question_text(request)?);
        // The text says what the source is called.
        let (source, period) = (store.source(), &asked.period);
        let bounds = (period.start(), period.end());
        let kept_as = format!("answer {question} {bounds:?} {source:?}");
        let name = asked.kept_as(&kept_as, revision);
        let make = |counted: &CountedMonth| {
            let draft = || Draft::of(request, counted, form).fit(None, None, MAX_ANSWER_CHARS);
            counted.answer(question.clone(), draft)
        };
        let in_memory = revision.map(|revision| asked.key(asked.top, revision));
        if let Some(counted) = in_memory.and_then(|key| self.months.at_hand(&key)) {
            return make(&counted);
        }
        if let Some(name) = &name
            && let Some(kept) = recall::<StoredAnswer<'_>>(store, name).await
        {
            return Ok(kept.answer(request.month));
        }
        let (counted, origin) = self.counted(asked, asked.top, revision, cx).await?;
        let answer = make(&counted)?;
        // What another call has counted may be of another moment.
        if let Some(name) = name.filter(|_| origin == Origin::ThisCall && is_whole(&counted)) {
            keep(store, &name, &StoredAnswer::of(&answer), cx).await;
        }
        Ok(answer)
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

impl<'a> Draft<'a> {
    fn of(
        request: &'a SummarizeRequest,
        counted: &CountedMonth,
        (size, language): (AnswerSize, Language),
    ) -> Self {
        Self {
            request,
            language,
            size,
            input: counted.input.clone(),
            evidence: counted.evidence.clone(),
        }
    }

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
        let warnings = warnings_of(&whole, &self.evidence);
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

/// Returns what to know before relying on a digest.
pub(super) fn warnings_of(digest: &Digest, evidence: &Evidence) -> Vec<Warning> {
    let mut warnings = warnings::of_evidence(evidence);
    if digest.totals.unknown > 0 {
        warnings.push(Warning::UnknownKinds);
    }
    warnings
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
