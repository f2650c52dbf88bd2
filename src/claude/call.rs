//! One request, and what comes of it.

use std::sync::Arc;

use reqwest::{Method, Response, redirect::Policy};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use super::{
    ClaudeClient, ClaudeError, ClaudeErrorKind, ClaudeSettings, GenerateStage, Generated,
    answer::{self, Answer},
    failure::Failure,
    governor::{Need, Used},
    headers, models, outcome, route,
    tokens::estimate_tokens,
    tries::{Limits, Next, Tries},
};

/// A request below `/v1/`.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    /// Nothing for a request without one.
    pub(super) body: Arc<[u8]>,
}

/// A try to have a prompt answered.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) result: Result<Generated, Failure>,
    /// What it used; `None` where nothing was.
    pub(super) used: Option<Used>,
}

/// Returns what makes requests. No redirect is followed: it would carry the key elsewhere.
pub(super) fn http(limits: &Limits) -> Result<reqwest::Client, ClaudeError> {
    reqwest::Client::builder()
        .connect_timeout(limits.connect)
        .redirect(Policy::none())
        .user_agent(concat!("config-history/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| Failure::lost(error).error)
}

impl ClaudeClient {
    /// Tries once, until `deadline`.
    pub(super) async fn attempt(
        &self,
        request: &Request,
        need: &Need,
        estimated_input: u64,
        deadline: Instant,
        on_stage: &(dyn Fn(GenerateStage) + Send + Sync),
    ) -> Tried {
        let mut answer = Answer::default();
        let mut id = None;
        let exchange = self.exchange(request, &mut answer, &mut id, on_stage);
        let result = match timeout_at(deadline, exchange).await {
            Ok(result) => result,
            Err(_) => Err(Failure::too_late(self.settings.timeout)),
        };
        let result = result
            .and_then(|()| outcome::generated(&answer, &self.model))
            .map_err(|failure| failure.of_request(id.as_deref()));
        let used = self.used(&answer, result.as_ref().err(), need, estimated_input);
        let result = result.map(|mut generated| {
            generated.request_id = id;
            generated
        });
        Tried { result, used }
    }

    async fn exchange(
        &self,
        request: &Request,
        answer: &mut Answer,
        id: &mut Option<String>,
        on_stage: &(dyn Fn(GenerateStage) + Send + Sync),
    ) -> Result<(), Failure> {
        let response = self.send(request, || on_stage(GenerateStage::Sent)).await?;
        *id = headers::request_id(response.headers());
        self.governor
            .learn(&headers::learned(response.headers()))
            .await;
        let response = self.checked(response).await?;
        let on_text = |characters| on_stage(GenerateStage::Receiving(characters));
        answer.read(response, self.limits.idle, &on_text).await
    }

    /// Returns what a try used: what the provider said, and where it said nothing but may have
    /// worked, what was reserved.
    fn used(
        &self,
        answer: &Answer,
        failure: Option<&Failure>,
        need: &Need,
        estimated_input: u64,
    ) -> Option<Used> {
        let said = answer.usage.input().filter(|input| *input > 0);
        if said.is_none() && failure.is_some_and(|failure| !failure.may_cost) {
            return None;
        }
        let input_tokens = said.unwrap_or(need.input_tokens);
        let output = answer.usage.output.unwrap_or_default();
        let output_tokens = if answer.complete && output > 0 {
            output
        } else {
            output.max(estimate_tokens(&answer.text))
        };
        Some(Used {
            input_tokens,
            output_tokens,
            micros: models::cost_micros_at_most(&self.model, input_tokens, output_tokens),
            estimated_input,
        })
    }

    /// Asks for a small answer in JSON, and again where that can help.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        request: &Request,
        deadline: Instant,
    ) -> Result<T, ClaudeError> {
        let mut tries = Tries::new(self.limits, deadline);
        loop {
            let asked = timeout_at(deadline, self.ask_once(request)).await;
            let asked = asked.unwrap_or_else(|_| Err(Failure::too_late(self.settings.timeout)));
            let failure = match asked {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            match tries.next(failure)? {
                Next::After(wait) => tokio::time::sleep(wait).await,
                Next::WithNewCredentials => forget_credentials(&self.settings),
            }
        }
    }

    async fn ask_once<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Failure> {
        let response = self.send(request, || ()).await?;
        let response = self.checked(response).await?;
        let id = headers::request_id(response.headers());
        let body = answer::body(response, self.limits.idle).await?;
        serde_json::from_slice(&body)
            .map_err(|_| Failure::malformed("it is not the JSON that was asked for"))
            .map_err(|failure| failure.of_request(id.as_deref()))
    }

    async fn send(&self, request: &Request, on_sent: impl Fn()) -> Result<Response, Failure> {
        let settings = &self.settings;
        let url = route::address(settings, &request.path)
            .await
            .map_err(Failure::for_good)?;
        let headers = route::headers(settings, request.method.as_str(), &url, &request.body)
            .await
            .map_err(Failure::for_good)?;
        let sent = self
            .http
            .request(request.method.clone(), url)
            .headers(headers)
            .body(request.body.to_vec());
        on_sent();
        sent.send().await.map_err(Failure::lost)
    }

    /// Returns the response, or what the provider said in place of an answer.
    async fn checked(&self, response: Response) -> Result<Response, Failure> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        // The status says enough where the words are lost.
        let body = answer::body(response, self.limits.idle).await;
        let body = body.unwrap_or_default();
        Err(Failure::answered(&self.settings, status, &headers, &body))
    }
}

/// Drops what is known of the credentials that sign.
pub(super) fn forget_credentials(settings: &ClaudeSettings) {
    if let Some(aws) = route::signer(settings) {
        tracing::debug!("the AWS credentials are refused; looking for new ones");
        aws.forget_credentials();
    }
}

/// Words that a turn comes later than the call may take.
pub(super) fn no_turn(wait: std::time::Duration) -> ClaudeError {
    ClaudeError::new(
        ClaudeErrorKind::MustWait,
        format!(
            "the limits per minute leave no room for this call for {} s",
            seconds(wait)
        ),
    )
    .with_wait(wait)
}

/// Returns whole seconds, rounded up.
pub(super) fn seconds(wait: std::time::Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
