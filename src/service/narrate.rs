//! A month in a model's words, beside the digest and never instead of it: each claim is proved, what
//! takes long is fetched later, and whatever goes wrong is told in a sentence.

mod author;
mod cache;
mod jobs;
mod kept;
mod language;
mod reason;
mod write;

use std::{path::PathBuf, sync::Arc, time::Duration};

use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use self::{
    cache::{Cache, Entry},
    jobs::{Jobs, Promise, Reporter, Waited},
    kept::KeptAnswers,
    reason::{BUSY, EMPTY},
};
use super::{AnswerSize, ErrorCode, HistoryService, MonthSummary, ServiceError, SummarizeRequest};
use crate::{
    domain::hex,
    store::{CallContext, Progress},
    summary::{Facts, Language, Narrative, PROMPT_VERSION},
};

pub use author::Author;
pub(super) use language::Languages;
pub(crate) use reason::remedy as remedy_of;

/// Input tokens of a narrative's call unless asked otherwise.
pub const DEFAULT_TOKEN_BUDGET: u64 = 4_000;
/// How long a caller over MCP waits for a narrative: clients give up after a minute.
pub const SOFT_DEADLINE: Duration = Duration::from_secs(45);

/// Said where no model is configured at all.
const NOT_CONFIGURED: &str = "No model is configured. Have the operator set ANTHROPIC_API_KEY, or use \
     --provider bedrock with AWS credentials.";

/// How narratives are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NarratorSettings {
    /// Input tokens of a call, by the estimate.
    pub token_budget: u64,
    /// How long a caller waits before the narrative is left for later; `None`: to the end.
    pub soft_deadline: Option<Duration>,
    /// Folder of the cache; `None`: in memory.
    pub cache_folder: Option<PathBuf>,
}

impl Default for NarratorSettings {
    fn default() -> Self {
        Self {
            token_budget: DEFAULT_TOKEN_BUDGET,
            soft_deadline: Some(SOFT_DEADLINE),
            cache_folder: None,
        }
    }
}

/// Makes narratives. Cheap to clone; clones share jobs, answers kept, and the cache.
#[derive(Debug, Clone)]
pub struct Narrator {
    /// Who words a month, or why there is nobody.
    author: Result<Arc<dyn Author>, String>,
    token_budget: u64,
    soft_deadline: Option<Duration>,
    cache: Cache,
    jobs: Jobs,
    kept: KeptAnswers,
}

/// A narrative, now or later.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, taken apart at once"
)]
pub(super) enum Told {
    Now(Narrative),
    Later(Promise),
}

impl Default for Narrator {
    fn default() -> Self {
        let nobody = Err(NOT_CONFIGURED.to_owned());
        Self::new(nobody, &NarratorSettings::default())
    }
}

impl Narrator {
    /// Returns a narrator over `author`, or over the reason why there is none: a sentence and what to
    /// do. Contacts nothing.
    pub fn new(author: Result<Arc<dyn Author>, String>, settings: &NarratorSettings) -> Self {
        Self {
            author,
            token_budget: settings.token_budget,
            soft_deadline: settings.soft_deadline,
            cache: Cache::new(settings.cache_folder.as_deref()),
            jobs: Jobs::default(),
            kept: KeptAnswers::default(),
        }
    }

    /// Returns who words a month, or why there is nobody.
    pub fn author(&self) -> Result<&Arc<dyn Author>, &str> {
        self.author.as_ref().map_err(String::as_str)
    }

    /// Returns until when a caller waits who began to wait at `begun`.
    pub(super) fn deadline(&self, begun: Instant) -> Option<Instant> {
        self.soft_deadline.map(|patience| begun + patience)
    }

    /// Has a month's facts worded, waiting `until` then.
    pub(super) async fn tell(
        &self,
        facts: Facts,
        language: &str,
        until: Option<Instant>,
        cx: &CallContext,
    ) -> Result<Told, ServiceError> {
        let unavailable = |why: &str| Ok(Told::Now(Narrative::unavailable(language, why)));
        if facts.is_empty() {
            return unavailable(EMPTY);
        }
        let author = match &self.author {
            Ok(author) => Arc::clone(author),
            Err(why) => return unavailable(why),
        };
        let key = self.key(&facts, author.model(), language);
        if let Some(told) = self.cached(&key, &facts, language) {
            return Ok(Told::Now(told));
        }
        let work = |reporter| self.work(author, key.clone(), facts, language, reporter);
        let Some(ticket) = self.jobs.join(&key, language, work) else {
            return unavailable(BUSY);
        };
        match ticket.wait(cx, until).await {
            Waited::Done(narrative) => Ok(Told::Now(narrative)),
            Waited::Late => Ok(Told::Later(ticket.promise())),
            Waited::Cancelled => Err(cancelled()),
        }
    }

    fn work(
        &self,
        author: Arc<dyn Author>,
        key: String,
        facts: Facts,
        language: &str,
        reporter: Reporter,
    ) -> impl Future<Output = Narrative> + Send + 'static {
        let (cache, budget, language) =
            (self.cache.clone(), self.token_budget, language.to_owned());
        async move {
            match write::write(author.as_ref(), &facts, &language, budget, &reporter).await {
                Ok(written) => {
                    let (model, usage) = (written.model, written.usage);
                    cache.write(Entry::new(&key, model, written.answers, usage));
                    written.narrative
                }
                Err(why) => Narrative::unavailable(language, why),
            }
        }
    }

    /// Returns a narrative that was proved before and is proved again.
    fn cached(&self, key: &str, facts: &Facts, language: &str) -> Option<Narrative> {
        let entry = self.cache.read(key)?;
        let mut told =
            write::narrative(facts, language, &entry.model, &entry.answers, entry.usage)?;
        told.cached = true;
        Some(told)
    }

    /// Returns what tells one question from another: all that goes into the prompt.
    fn key(&self, facts: &Facts, model: &str, language: &str) -> String {
        let facts = facts.sha256();
        let budget = self.token_budget;
        sha256(&format!(
            "{facts}\n{model}\n{PROMPT_VERSION}\n{language}\n{budget}"
        ))
    }

    /// Keeps an answer whose narrative is still being written; its handle stands in it.
    pub(super) fn keep(
        &self,
        handle: String,
        answer: MonthSummary,
        words: Language,
        promise: Promise,
    ) {
        self.kept.keep(handle, answer, words, promise);
    }

    /// Returns the handle under which the answer to a question is kept. The same question has the
    /// same one, which nobody can guess who did not ask it here.
    pub(super) fn handle_of(&self, request: &SummarizeRequest) -> String {
        self.kept.handle_of(request)
    }

    /// Returns the answer of a handle with its narrative, waiting for it once more.
    async fn resume(
        &self,
        handle: &str,
        request: &SummarizeRequest,
        size: AnswerSize,
        cx: &CallContext,
    ) -> Result<MonthSummary, ServiceError> {
        let kept = self
            .kept
            .find(handle)
            .filter(|kept| kept.answer.month == request.month);
        let kept = kept.ok_or_else(|| {
            let message = "there is no answer under this handle and month: ask again without handle; \
                 a narrative that is written comes at once";
            ServiceError::new(ErrorCode::InvalidArgument, message)
        })?;
        let until = self.deadline(Instant::now());
        match kept.promise.wait(cx, until).await {
            Waited::Done(narrative) => Ok(kept.filled(narrative, size)),
            Waited::Late => Ok(kept.answer),
            Waited::Cancelled => Err(cancelled()),
        }
    }
}

impl HistoryService {
    /// Adds who words months.
    #[must_use]
    pub fn with_narrator(mut self, narrator: Narrator) -> Self {
        self.narrator = narrator;
        self
    }

    /// Returns who words months.
    pub fn narrator(&self) -> &Narrator {
        &self.narrator
    }

    /// Returns the answer that a handle stands for.
    pub(super) async fn resume(
        &self,
        handle: &str,
        request: &SummarizeRequest,
        size: AnswerSize,
        cx: &CallContext,
    ) -> Result<MonthSummary, ServiceError> {
        cx.progress.report(Progress {
            done: 0,
            total: None,
            message: "generate: waiting for the narrative".to_owned(),
        });
        self.narrator.resume(handle, request, size, cx).await
    }

    /// Ends the narratives that are being written.
    pub(super) fn end_narratives(&self) {
        self.narrator.jobs.abort_all();
    }
}

fn cancelled() -> ServiceError {
    ServiceError::new(ErrorCode::Cancelled, "the question was cancelled")
}

/// Returns SHA-256 of a text, in hexadecimal.
fn sha256(text: &str) -> String {
    hex(Sha256::digest(text))
}
