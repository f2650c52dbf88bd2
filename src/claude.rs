//! Anthropic's Messages API, at Anthropic or on Amazon Bedrock: the one place that talks to a model.
//!
//! Nothing is contacted before the first call. Keys are held as [`Secret`]s and never shown.

mod answer;
mod body;
mod call;
mod error;
mod failure;
mod governor;
mod headers;
mod message;
mod models;
mod outcome;
mod route;
mod settings;
#[cfg(test)]
mod tests;
mod tokens;
mod tries;
mod wire;

pub use body::request_body;
pub use error::{ClaudeError, ClaudeErrorKind};
pub use message::{GenerateStage, Generated, Lifecycle, ModelInfo, Prompt, Role, Turn, Usage};
pub use settings::{ClaudeSettings, Credential, GovernorSettings, Route, Secret};
pub use tokens::{REQUEST_TOKENS, estimate_tokens};

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::Value;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use call::{Request, forget_credentials, no_turn, seconds};
use governor::{Governor, Need, Reservation};
use tries::{Limits, Next, Tries};

/// Sends prompts to a model, within the limits that all processes of the user share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ClaudeClient {
    settings: Arc<ClaudeSettings>,
    /// As the route names it.
    model: Arc<str>,
    limits: Limits,
    http: reqwest::Client,
    governor: Governor,
}

impl ClaudeClient {
    /// Returns a client. Contacts nothing.
    pub fn new(settings: ClaudeSettings) -> Result<Self, ClaudeError> {
        Self::with_limits(settings, Limits::default())
    }

    fn with_limits(settings: ClaudeSettings, limits: Limits) -> Result<Self, ClaudeError> {
        route::check(&settings)?;
        Ok(Self {
            model: route::model_name(&settings).into(),
            http: call::http(&limits)?,
            governor: Governor::new(settings.governor.clone(), &route::account(&settings)),
            limits,
            settings: Arc::new(settings),
        })
    }

    /// Returns the model that is asked, as the route names it.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Has the model answer a prompt; the answer is JSON that fits `prompt.schema`. Waits for its
    /// turn where the limits say so, retries what may be retried. Dropping the future ends it.
    pub async fn generate(
        &self,
        prompt: &Prompt,
        on_stage: &(dyn Fn(GenerateStage) + Send + Sync),
    ) -> Result<Generated, ClaudeError> {
        let deadline = self.deadline();
        let request = Request {
            method: Method::POST,
            path: "messages".to_owned(),
            body: bytes_of(&request_body(&self.settings, prompt)),
        };
        let estimate = estimated_input(prompt);
        let need = self.need(prompt, estimate, deadline).await;
        let mut further = Tries::new(self.limits, deadline);
        loop {
            let turn = self.turn(&need, deadline, on_stage).await?;
            let tried = self
                .attempt(&request, &need, estimate, deadline, on_stage)
                .await;
            self.governor.settle(turn, tried.used).await;
            let failure = match tried.result {
                Ok(generated) => return Ok(generated),
                Err(failure) => failure,
            };
            if let (ClaudeErrorKind::RateLimited, Some(wait)) =
                (failure.error.kind(), failure.error.wait())
            {
                self.governor.pause(wait).await;
            }
            match further.next(failure)? {
                Next::After(wait) => {
                    on_stage(GenerateStage::Retrying(seconds(wait)));
                    tokio::time::sleep(wait).await;
                }
                Next::WithNewCredentials => forget_credentials(&self.settings),
            }
        }
    }

    /// Asks what the model is and how long it will be there; `None` where the route cannot tell.
    pub async fn model_info(&self) -> Result<Option<ModelInfo>, ClaudeError> {
        if route::is_bedrock(&self.settings) {
            return Ok(None);
        }
        let id = utf8_percent_encode(&self.model, MODEL_ID);
        let request = Request {
            method: Method::GET,
            path: format!("models/{id}"),
            body: Arc::default(),
        };
        let deadline = self.deadline();
        let model: wire::Model = self.ask(&request, deadline).await?;
        Ok(Some(model.into()))
    }

    /// Asks how many input tokens a prompt has.
    pub async fn count_tokens(&self, prompt: &Prompt) -> Result<u64, ClaudeError> {
        let deadline = self.deadline();
        self.count_until(prompt, deadline).await
    }

    /// Returns when a call that begins now ends.
    fn deadline(&self) -> Instant {
        let now = Instant::now();
        let far = now + Duration::from_hours(24);
        now.checked_add(self.settings.timeout).unwrap_or(far)
    }

    async fn count_until(&self, prompt: &Prompt, deadline: Instant) -> Result<u64, ClaudeError> {
        let request = Request {
            method: Method::POST,
            path: "messages/count_tokens".to_owned(),
            body: bytes_of(&body::count_body(&self.settings, prompt)),
        };
        let count: wire::Count = self.ask(&request, deadline).await?;
        Ok(count.input_tokens)
    }

    /// Returns what a call needs at most. The estimate is corrected by what others turned out to
    /// be; near a cap, where a wrong estimate would refuse or delay a call, the provider counts.
    async fn need(&self, prompt: &Prompt, estimate: u64, deadline: Instant) -> Need {
        let need = self.need_of(scaled(estimate, self.governor.correction()));
        if !self.governor.is_near_cap(&need) {
            return need;
        }
        let deadline = deadline.min(Instant::now() + self.limits.count);
        match self.count_until(prompt, deadline).await {
            Ok(counted) => self.need_of(counted),
            Err(error) => {
                tracing::debug!("the tokens of the prompt cannot be counted: {error}");
                need
            }
        }
    }

    fn need_of(&self, input_tokens: u64) -> Need {
        let output_tokens = self.settings.max_output_tokens.into();
        Need {
            input_tokens,
            output_tokens,
            micros: models::cost_micros_at_most(&self.model, input_tokens, output_tokens),
        }
    }

    /// Waits for a turn. One that comes after `deadline` is not waited for.
    async fn turn(
        &self,
        need: &Need,
        deadline: Instant,
        on_stage: &(dyn Fn(GenerateStage) + Send + Sync),
    ) -> Result<Reservation, ClaudeError> {
        let comes = Mutex::new(deadline);
        let too_late = Notify::new();
        let on_wait = |wait: Duration| {
            let turn = Instant::now() + wait;
            *comes.lock().unwrap_or_else(PoisonError::into_inner) = turn;
            if turn >= deadline {
                too_late.notify_one();
            } else {
                on_stage(GenerateStage::Waiting(seconds(wait)));
            }
        };
        tokio::select! {
            turn = self.governor.reserve(need, &on_wait) => return turn,
            () = too_late.notified() => {}
            () = sleep_until(deadline) => {}
        }
        let comes = *comes.lock().unwrap_or_else(PoisonError::into_inner);
        Err(no_turn(comes.saturating_duration_since(Instant::now())))
    }
}

/// Characters of an id that stand in a path as they are.
const MODEL_ID: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Returns how many input tokens a prompt has at most.
fn estimated_input(prompt: &Prompt) -> u64 {
    let turns = prompt.turns.iter().map(|turn| estimate_tokens(&turn.text));
    let texts = estimate_tokens(&prompt.system) + estimate_tokens(&prompt.schema.to_string());
    turns.fold(texts + REQUEST_TOKENS, u64::saturating_add)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tokens are few for an f64, and a cast of a float saturates"
)]
fn scaled(tokens: u64, factor: f64) -> u64 {
    (tokens as f64 * factor).ceil() as u64
}

fn bytes_of(body: &Value) -> Arc<[u8]> {
    body.to_string().into_bytes().into()
}

impl From<wire::Model> for ModelInfo {
    fn from(model: wire::Model) -> Self {
        let lifecycle = match model.lifecycle.unwrap_or_default().as_str() {
            "active" => Lifecycle::Active,
            "deprecated" => Lifecycle::Deprecated,
            "retired" => Lifecycle::Retired,
            word => Lifecycle::Other(word.to_owned()),
        };
        let structured = model.capabilities.and_then(|can| can.structured_outputs);
        Self {
            id: model.id,
            display_name: model.display_name,
            lifecycle,
            retires_at: model.retires_at,
            structured_outputs: structured.and_then(|can| can.supported),
        }
    }
}
