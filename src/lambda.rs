//! The HTTP front as an AWS Lambda function, behind a function URL or an API Gateway.

use std::{
    convert::Infallible,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{Router, body::Body, http::Request};
use lambda_http::{RequestExt as _, request::RequestContext, service_fn};
use thiserror::Error;
use tokio::time::Instant;
use tower::ServiceExt as _;

use crate::http::{Caller, Deadline, Peer, TrustedHost};

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
    let deadline = event.lambda_context_ref().map(|context| context.deadline);
    let mut request = event.map(|body| Body::from(body.to_vec()));
    let extensions = request.extensions_mut();
    if let Some(millis) = deadline {
        extensions.insert(deadline_of(millis));
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
}

impl Told {
    fn of(context: &RequestContext) -> Self {
        match context {
            RequestContext::ApiGatewayV2(context) => {
                let authorizer = context.authorizer.as_ref();
                let iam = authorizer.and_then(|authorizer| authorizer.iam.as_ref());
                Self {
                    host: context.domain_name.clone(),
                    peer: context.http.source_ip.clone(),
                    signer: iam.and_then(|iam| iam.user_arn.clone()),
                }
            }
            RequestContext::ApiGatewayV1(context) => Self {
                host: context.domain_name.clone(),
                peer: context.identity.source_ip.clone(),
                signer: context.identity.user_arn.clone(),
            },
            _ => Self::default(),
        }
    }
}

/// Returns when a function is ended that runs until `millis` after the epoch.
fn deadline_of(millis: u64) -> Deadline {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let left = Duration::from_millis(millis).saturating_sub(now);
    Deadline(Instant::now() + left)
}
