//! The HTTP front as an AWS Lambda function, behind a function URL or an API Gateway.

use std::{
    convert::Infallible,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, Uri},
};
use lambda_http::{RequestExt as _, request::RequestContext, service_fn};
use thiserror::Error;
use tokio::time::Instant;
use tower::ServiceExt as _;

use crate::http::{Caller, Deadline, Peer, TrustedHost};

/// The stage that has no name in the path; that of every function URL.
const DEFAULT_STAGE: &str = "$default";

/// Why serving as a function ended.
#[derive(Debug, Error)]
#[error("the AWS Lambda runtime cannot be used: {0}")]
pub struct FunctionError(String);

/// Answers the events that AWS Lambda hands out, for as long as it does.
pub async fn run(router: Router) -> Result<(), FunctionError> {
    let handler = service_fn(move |event: lambda_http::Request| {
        let router = router.clone();
        async move {
            let Ok(response) = router.oneshot(request_of(event)).await;
            Ok::<_, Infallible>(response)
        }
    });
    let ran = lambda_http::run(handler).await;
    ran.map_err(|error| FunctionError(error.to_string()))
}

/// Returns an event as a request, with what AWS says of it: that part no caller can make up.
fn request_of(event: lambda_http::Request) -> Request<Body> {
    let told = event
        .request_context_ref()
        .map(Told::of)
        .unwrap_or_default();
    let invocation = event.lambda_context_ref();
    let deadline = invocation.map(|context| deadline_of(context.deadline));
    let id = invocation.and_then(|context| HeaderValue::try_from(&context.request_id).ok());
    let mut request = event.map(|body| Body::from(body.to_vec()));
    if let Some(path) = told
        .stage
        .and_then(|stage| without_stage(request.uri(), &stage))
    {
        *request.uri_mut() = path;
    }
    if let Some(id) = id {
        // So that the lines of this program and those of AWS are found together.
        request.headers_mut().insert("x-request-id", id);
    }
    let extensions = request.extensions_mut();
    if let Some(deadline) = deadline {
        extensions.insert(deadline);
    }
    if let Some(host) = told.host {
        extensions.insert(TrustedHost(host));
    }
    if let Some(ip) = told.peer.and_then(|ip| ip.parse().ok()) {
        extensions.insert(Peer(ip));
    }
    if let Some(arn) = told.signer {
        extensions.insert(Caller::named(&arn));
    }
    request
}

/// What AWS says of a request.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    /// Name of the function URL or API.
    host: Option<String>,
    /// Address of the caller.
    peer: Option<String>,
    /// Who signed the request, where IAM checked the signature.
    signer: Option<String>,
    /// Stage of the API, where it has one with a name.
    stage: Option<String>,
}

impl Told {
    fn of(context: &RequestContext) -> Self {
        let mut told = match context {
            RequestContext::ApiGatewayV2(context) => {
                let authorizer = context.authorizer.as_ref();
                let iam = authorizer.and_then(|authorizer| authorizer.iam.as_ref());
                Self {
                    host: context.domain_name.clone(),
                    peer: context.http.source_ip.clone(),
                    signer: iam.and_then(|iam| iam.user_arn.clone()),
                    stage: context.stage.clone(),
                }
            }
            RequestContext::ApiGatewayV1(context) => Self {
                host: context.domain_name.clone(),
                peer: context.identity.source_ip.clone(),
                signer: context.identity.user_arn.clone(),
                stage: context.stage.clone(),
            },
            _ => Self::default(),
        };
        told.signer = told.signer.filter(|arn| !arn.is_empty());
        told.stage = told.stage.filter(|stage| stage != DEFAULT_STAGE);
        told
    }
}

/// Returns an address without the stage of the API, which callers have in their path: what is
/// served does not know under which it is.
fn without_stage(uri: &Uri, stage: &str) -> Option<Uri> {
    let path = uri.path().strip_prefix('/')?.strip_prefix(stage)?;
    let path = match path {
        "" => "/",
        path => path,
    };
    if !path.starts_with('/') {
        return None;
    }
    let mut parts = uri.clone().into_parts();
    let shown = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    parts.path_and_query = Some(shown.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// Returns when a function is ended that runs until `millis` after the epoch.
fn deadline_of(millis: u64) -> Deadline {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let left = Duration::from_millis(millis).saturating_sub(now);
    Deadline(Instant::now() + left)
}
