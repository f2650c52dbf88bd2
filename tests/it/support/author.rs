//! A model that is none: it does as it is told and remembers what it was asked.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use config_history::{
    claude::{ClaudeError, ClaudeErrorKind, GenerateStage, Generated, ModelInfo, Prompt, Usage},
    domain::Masker,
    service::{
        Author, Clock, DEFAULT_ROWS, HistoryService, LimitsInfo, MAX_ANSWER_CHARS, MAX_ROWS,
        Narrator, NarratorSettings,
    },
    source::{BundledSource, Lake},
    store::{EmbeddedSettings, EmbeddedStore},
};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::Semaphore;

/// What the model does when it is asked.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Words the first accounts of the brief, truly.
    Truly,
    /// Words one account truly, and beside it this.
    With(&'static str),
    /// Answers this.
    Text(String),
    /// Fails.
    Fail(ClaudeErrorKind),
}

#[derive(Debug)]
pub(crate) struct FakeAuthor {
    steps: Mutex<VecDeque<Step>>,
    prompts: Mutex<Vec<Prompt>>,
    /// One permit for each answer that may go out.
    gate: Semaphore,
    given_up: AtomicUsize,
}

impl FakeAuthor {
    /// Answers at once with these steps, the last of them again and again.
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        let author = Self::gated(steps);
        author.open();
        author
    }

    /// Answers nothing before it is opened.
    pub(crate) fn gated(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        Arc::new(Self {
            steps: Mutex::new(steps.into_iter().collect()),
            prompts: Mutex::default(),
            gate: Semaphore::new(0),
            given_up: AtomicUsize::new(0),
        })
    }

    pub(crate) fn open(&self) {
        self.gate.add_permits(1_000);
    }

    pub(crate) fn prompts(&self) -> Vec<Prompt> {
        self.prompts.lock().unwrap().clone()
    }

    pub(crate) fn calls(&self) -> usize {
        self.prompts.lock().unwrap().len()
    }

    /// Returns how many calls were dropped before they were answered.
    pub(crate) fn given_up(&self) -> usize {
        self.given_up.load(Ordering::SeqCst)
    }

    fn step(&self) -> Step {
        let mut steps = self.steps.lock().unwrap();
        let step = steps.pop_front().expect("a step");
        if steps.is_empty() {
            steps.push_back(step.clone());
        }
        step
    }
}

/// Counts a call that ends without an answer.
struct GivenUp<'a>(Option<&'a AtomicUsize>);

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.0 {
            count.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[async_trait]
impl Author for FakeAuthor {
    fn model(&self) -> &'static str {
        "fake-model-1"
    }

    async fn generate(
        &self,
        prompt: &Prompt,
        on_stage: &(dyn Fn(GenerateStage) + Send + Sync),
    ) -> Result<Generated, ClaudeError> {
        self.prompts.lock().unwrap().push(prompt.clone());
        on_stage(GenerateStage::Sent);
        let mut given_up = GivenUp(Some(&self.given_up));
        self.gate.acquire().await.unwrap().forget();
        given_up.0 = None;
        let text = match self.step() {
            Step::Fail(kind) => {
                let error = ClaudeError::new(kind, "the fake model was told to fail");
                return Err(error.with_wait(Duration::from_secs(252)));
            }
            Step::Text(text) => text,
            Step::Truly => json!({"claims": true_claims(prompt)}).to_string(),
            Step::With(other) => {
                let mut claims = true_claims(prompt);
                claims.truncate(1);
                claims.insert(0, other.to_owned());
                json!({"claims": claims}).to_string()
            }
        };
        on_stage(GenerateStage::Receiving(text.len() as u64));
        Ok(Generated {
            text,
            model: self.model().to_owned(),
            usage: Usage {
                input_tokens: 3_512,
                output_tokens: 640,
            },
            cost_micros: Some(671),
            request_id: None,
        })
    }

    async fn model_info(&self) -> Result<Option<ModelInfo>, ClaudeError> {
        Ok(None)
    }
}

/// Returns claims about the first accounts that the brief tells of: `f12 a1: items=67 …`.
fn true_claims(prompt: &Prompt) -> Vec<String> {
    let brief = &prompt.turns[0].text;
    let is_japanese = prompt.system.contains("language ja");
    let accounts = brief.split("# account\n").nth(1).expect("accounts");
    let facts = accounts.lines().take_while(|line| !line.starts_with('#'));
    facts
        .filter_map(|line| {
            let (head, fields) = line.split_once(':')?;
            let mut head = head.split(' ');
            let (id, alias) = (head.next()?, head.next()?);
            fields.contains(" items=").then(|| {
                if is_japanese {
                    format!("{{{alias}}} は{{{id}.items}}でした。")
                } else {
                    format!("In {{{alias}}}, {{{id}.items}} came in.")
                }
            })
        })
        .take(3)
        .collect()
}

/// Returns the demo's history, worded by `author`.
pub(crate) fn demo(author: &Arc<FakeAuthor>, settings: &NarratorSettings) -> HistoryService {
    let author: Arc<dyn Author> = Arc::<FakeAuthor>::clone(author);
    bare_demo().with_narrator(Narrator::new(Ok(author), settings))
}

/// Returns the demo's history without a model.
pub(crate) fn bare_demo() -> HistoryService {
    let settings = EmbeddedSettings {
        masker: Masker::on(),
        ..EmbeddedSettings::default()
    };
    let store = EmbeddedStore::new(Lake::new(Arc::new(BundledSource)), "demo", settings);
    let limits = LimitsInfo {
        default_rows: DEFAULT_ROWS,
        max_rows: MAX_ROWS,
        max_answer_chars: MAX_ANSWER_CHARS,
        timeout_seconds: 300,
        memory_limit_bytes: 1 << 29,
        sql_allowed: true,
        max_scan_bytes: None,
    };
    HistoryService::new(Arc::new(store), Arc::new(AfterTheDemo), limits)
}

#[derive(Debug)]
struct AfterTheDemo;

impl Clock for AfterTheDemo {
    fn now(&self) -> Timestamp {
        "2025-01-15T00:00:00Z".parse().unwrap()
    }
}
