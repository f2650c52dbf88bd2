//! A failed try: in words, and whether another can help.

use std::time::Duration;

use reqwest::{StatusCode, header::HeaderMap};

use super::{
    ClaudeError, ClaudeErrorKind, ClaudeSettings, Secret, headers, route,
    wire::{Failed, FailedBody},
};
use crate::aws;

/// Characters of the provider's own message at most.
const LONGEST_MESSAGE: usize = 300;

/// A failed try.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: ClaudeError,
    pub(super) again: Again,
    /// The provider may have worked, and charged, without having said so.
    pub(super) may_cost: bool,
}

/// Whether another try can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It cannot.
    Never,
    /// It can, after the time that the provider gave, where it gave one.
    After(Option<Duration>),
    /// Once, when the AWS credentials were looked for anew.
    WithNewCredentials,
}

impl Failure {
    fn new(kind: ClaudeErrorKind, message: impl Into<String>, again: Again) -> Self {
        Self {
            error: ClaudeError::new(kind, message),
            again,
            may_cost: false,
        }
    }

    /// What no other try can help.
    pub(super) fn for_good(error: ClaudeError) -> Self {
        Self {
            error,
            again: Again::Never,
            may_cost: false,
        }
    }

    /// An answer that is none.
    pub(super) fn malformed(why: &str) -> Self {
        let message = format!("the model's answer is not as the API describes: {why}");
        Self::new(ClaudeErrorKind::Malformed, message, Again::Never).maybe_charged()
    }

    /// An answer that ends too early.
    pub(super) fn broke_off(how: &str) -> Self {
        let message = format!("the model's answer broke off {how}");
        Self::new(ClaudeErrorKind::Network, message, Again::After(None)).maybe_charged()
    }

    /// An answer that does not go on.
    pub(super) fn silent(idle: Duration) -> Self {
        let seconds = idle.as_secs_f32();
        Self::broke_off(&format!("with a silence of {seconds} s"))
    }

    /// A call that took all its time.
    pub(super) fn too_late(timeout: Duration) -> Self {
        let seconds = timeout.as_secs_f32();
        let message = format!("the model did not answer within {seconds} s");
        Self::new(ClaudeErrorKind::Timeout, message, Again::Never).maybe_charged()
    }

    /// What the network did. The address is left out: it may hold a password.
    pub(super) fn lost(error: reqwest::Error) -> Self {
        let connecting = error.is_connect();
        let error = error.without_url();
        if !connecting && !error.is_builder() && !error.is_request() {
            return Self::broke_off(&format!("({})", innermost(&error)));
        }
        let message = if error.is_timeout() {
            "the model cannot be connected to in time".to_owned()
        } else {
            format!("the model cannot be reached: {}", innermost(&error))
        };
        let failure = Self::new(ClaudeErrorKind::Network, message, Again::After(None));
        if connecting {
            failure
        } else {
            failure.maybe_charged()
        }
    }

    /// What the provider said in place of an answer.
    pub(super) fn answered(
        settings: &ClaudeSettings,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Self {
        let failed: Failed = serde_json::from_slice(body).unwrap_or_default();
        let aws_code = headers::aws_code(headers).or(failed.aws_code.as_deref());
        let expired = route::signer(settings).is_some()
            && (status == StatusCode::UNAUTHORIZED || aws::is_expired(aws_code));
        let wait = headers::wait(headers);
        let kind = match kind(failed.error.as_ref(), Some(status)) {
            _ if expired => ClaudeErrorKind::Authentication,
            kind => kind,
        };
        let again = if expired {
            Again::WithNewCredentials
        } else if kind == ClaudeErrorKind::SpendLimit {
            Again::Never
        } else {
            match headers::should_retry(headers) {
                Some(true) => Again::After(wait),
                None if can_pass(status) => Again::After(wait),
                _ => Again::Never,
            }
        };
        let mut error = ClaudeError::new(
            kind,
            word(settings, kind, &failed, status.as_str(), aws_code),
        );
        if let Some(wait) = wait {
            error = error.with_wait(wait);
        }
        let id = headers::request_id(headers).or(failed.request_id);
        Self {
            error: error.with_request_id(id),
            again,
            may_cost: false,
        }
    }

    /// What the provider said in the middle of an answer, where there is no status.
    pub(super) fn in_answer(failed: Failed) -> Self {
        let kind = kind(failed.error.as_ref(), None);
        let again = match kind {
            ClaudeErrorKind::Unavailable | ClaudeErrorKind::RateLimited => Again::After(None),
            _ => Again::Never,
        };
        let said = said(&failed, None, None);
        let message = format!("the model broke its answer off: {said}");
        let mut failure = Self::new(kind, message, again).maybe_charged();
        failure.error = failure.error.with_request_id(failed.request_id);
        failure
    }

    /// Gives the error the id of its request, where it has none.
    pub(super) fn of_request(mut self, id: Option<&str>) -> Self {
        if self.error.request_id().is_none() {
            self.error = self.error.with_request_id(id.map(str::to_owned));
        }
        self
    }

    /// Says that the provider may have charged for it.
    pub(super) fn maybe_charged(mut self) -> Self {
        self.may_cost = true;
        self
    }
}

/// Says whether a status may be another in a moment.
fn can_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 409 | 429 | 500..)
}

/// Returns the kind: by the type and the code, which are words of the API, and by the status where
/// they are new. Never by the message.
fn kind(body: Option<&FailedBody>, status: Option<StatusCode>) -> ClaudeErrorKind {
    let code = body
        .and_then(|body| body.details.as_ref())
        .and_then(|details| details.error_code.as_deref());
    // `enforced_…`, `contract_…`, `linked_organization_…`: whatever the status.
    let spent = code.is_some_and(|code| code.ends_with("spend_limit_reached"));
    if spent || status == Some(StatusCode::PAYMENT_REQUIRED) {
        return ClaudeErrorKind::SpendLimit;
    }
    match body.map_or("", |body| body.r#type.as_str()) {
        "invalid_request_error" => ClaudeErrorKind::InvalidRequest,
        "authentication_error" => ClaudeErrorKind::Authentication,
        "billing_error" => ClaudeErrorKind::SpendLimit,
        "permission_error" => ClaudeErrorKind::Permission,
        "not_found_error" => ClaudeErrorKind::ModelNotFound,
        "request_too_large" => ClaudeErrorKind::TooLarge,
        "rate_limit_error" => ClaudeErrorKind::RateLimited,
        "api_error" | "timeout_error" | "overloaded_error" | "conflict_error" => {
            ClaudeErrorKind::Unavailable
        }
        _ => status.map_or(ClaudeErrorKind::Malformed, kind_of_status),
    }
}

fn kind_of_status(status: StatusCode) -> ClaudeErrorKind {
    match status.as_u16() {
        401 => ClaudeErrorKind::Authentication,
        403 => ClaudeErrorKind::Permission,
        404 => ClaudeErrorKind::ModelNotFound,
        408 | 409 | 500.. => ClaudeErrorKind::Unavailable,
        413 => ClaudeErrorKind::TooLarge,
        429 => ClaudeErrorKind::RateLimited,
        400..500 => ClaudeErrorKind::InvalidRequest,
        _ => ClaudeErrorKind::Malformed,
    }
}

/// Words what the provider said, with what it said.
fn word(
    settings: &ClaudeSettings,
    kind: ClaudeErrorKind,
    failed: &Failed,
    status: &str,
    aws_code: Option<&str>,
) -> String {
    let model = one_line(&route::model_name(settings), None);
    let bedrock = route::is_bedrock(settings);
    let said = said(failed, Some((status, aws_code)), route::secret(settings));
    let what = match kind {
        ClaudeErrorKind::Permission if bedrock => {
            return format!(
                "the model {model} may not be used on Amazon Bedrock: {said}; ask for it in the \
                 Bedrock console, Model access, and have bedrock-mantle:CreateInference allowed"
            );
        }
        ClaudeErrorKind::Authentication if bedrock => "Amazon Bedrock refuses the credentials",
        ClaudeErrorKind::Authentication => "the key for the model is refused",
        ClaudeErrorKind::Permission => &format!("the key may not use the model {model}"),
        ClaudeErrorKind::SpendLimit => "a limit of money at the model's provider is reached",
        ClaudeErrorKind::RateLimited => "the model's provider asks to be asked less",
        ClaudeErrorKind::ModelNotFound => &format!("there is no model {model}"),
        ClaudeErrorKind::TooLarge => "the request to the model is too large",
        ClaudeErrorKind::Unavailable => "the model is not available now",
        _ => &format!("the request to the model {model} is refused"),
    };
    format!("{what}: {said}")
}

/// Returns the provider's own words, with what they were said with.
fn said(
    failed: &Failed,
    answered: Option<(&str, Option<&str>)>,
    secret: Option<&Secret>,
) -> String {
    let (status, aws_code) = answered.unzip();
    let body = failed.error.as_ref();
    let code = body.and_then(|body| body.details.as_ref()?.error_code.as_deref());
    let r#type = body.map(|body| body.r#type.as_str());
    let labels: Vec<String> = [status, r#type, code, aws_code.flatten()]
        .into_iter()
        .flatten()
        .filter(|label| !label.is_empty())
        .map(|label| one_line(label, secret))
        .collect();
    let message = body
        .map(|body| body.message.as_str())
        .or(failed.message.as_deref());
    let message = message
        .map(|message| one_line(message, secret))
        .unwrap_or_default();
    match (message.is_empty(), labels.is_empty()) {
        (false, false) => format!("{message} ({})", labels.join(" ")),
        (false, true) => message,
        (true, false) => format!("no reason is given but {}", labels.join(" ")),
        (true, true) => "no reason is given".to_owned(),
    }
}

/// Makes foreign words fit for a line: bounded, without control characters, and without the key,
/// which a gateway might repeat.
fn one_line(text: &str, secret: Option<&Secret>) -> String {
    let text = match secret {
        Some(secret) => text.replace(secret.expose(), "…"),
        None => text.to_owned(),
    };
    let mut line: String = text
        .trim()
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .take(LONGEST_MESSAGE)
        .collect();
    line.truncate(line.trim_end().len());
    line
}

fn innermost(error: &reqwest::Error) -> String {
    let outermost: &(dyn std::error::Error + 'static) = error;
    let last = std::iter::successors(Some(outermost), |error| error.source()).last();
    one_line(&last.unwrap_or(outermost).to_string(), None)
}
