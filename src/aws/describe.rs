//! A failed call in words.

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::DispatchFailure};

use super::{AwsError, AwsErrorKind, chain, codes};

/// Describes a failed call; `doing` completes "cannot …". AWS's own message stands in it verbatim.
/// All causes go to the log at level `debug`.
pub fn describe<E>(doing: &str, error: &SdkError<E, HttpResponse>) -> AwsError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    tracing::debug!("cannot {doing}: {}", chain::texts(error));
    word(error).while_doing(doing)
}

fn word<E>(error: &SdkError<E, HttpResponse>) -> AwsError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    // Credentials are looked for within a call; why there are none was worded there.
    if let Some(known) = chain::find::<AwsError>(error) {
        return known.clone();
    }
    match error {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            codes::word(error.code(), error.message(), Some(status))
        }
        SdkError::TimeoutError(_) => unavailable("AWS did not answer in time"),
        SdkError::ResponseError(_) => {
            unavailable("the answer of AWS was cut short or cannot be read")
        }
        SdkError::DispatchFailure(context) => dispatch(context, error),
        _ => construction(error),
    }
}

fn dispatch(context: &DispatchFailure, error: &(dyn std::error::Error + 'static)) -> AwsError {
    if context.is_timeout() {
        unavailable("AWS cannot be connected to in time")
    } else if context.is_io() {
        unavailable(&format!(
            "AWS cannot be reached: {}",
            chain::innermost(error)
        ))
    } else {
        construction(error)
    }
}

fn construction(error: &(dyn std::error::Error + 'static)) -> AwsError {
    let text = chain::innermost(error);
    if text.contains("Missing Region") {
        return super::load::no_region();
    }
    AwsError::new(
        AwsErrorKind::Refused,
        format!("the request cannot be made: {text}"),
    )
}

fn unavailable(message: &str) -> AwsError {
    AwsError::new(AwsErrorKind::Unavailable, message)
        .with_remedy("check the network and the endpoint, and ask again")
}
