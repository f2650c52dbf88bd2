//! Reads that the SDK does not try again.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};

use super::{AwsClients, codes};

/// Times that a read is made at most.
pub(super) const ATTEMPTS: u32 = 3;
/// Longest wait before the second time; doubled before the third.
const WAIT: Duration = Duration::from_millis(250);

/// Makes a read, and makes it again where that can help and the SDK does not:
///
/// - up to three times, with a short wait, when the answer was cut short or cannot be read. The SDK
///   takes an answer that began for an answer; a proxy or a lost connection says otherwise.
/// - once more when AWS calls the credentials expired. Before that they are forgotten, so that the
///   second time uses what a login made since. The SDK keeps credentials without an expiry
///   (those of a file that another program renews) for fifteen minutes, and a server outlives
///   many logins. More than once would not help: what is found then is all there is.
///
/// `read` must change nothing in AWS: an answer that was lost does not mean that nothing was done.
pub async fn retry_read<T, E, R, F, Fut>(
    clients: &AwsClients,
    mut read: F,
) -> Result<T, SdkError<E, R>>
where
    E: ProvideErrorMetadata,
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, SdkError<E, R>>>,
{
    let mut unreadable = 0;
    let mut renewed = false;
    loop {
        let error = match read().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if matches!(error, SdkError::ResponseError(_)) {
            unreadable += 1;
            if unreadable >= ATTEMPTS {
                return Err(error);
            }
            tracing::debug!("the answer of AWS cannot be read; asking again");
            tokio::time::sleep(wait(unreadable)).await;
        } else if codes::is_expired(error.code()) && !renewed {
            renewed = true;
            tracing::debug!("AWS calls the credentials expired; looking for new ones");
            clients.forget_credentials();
        } else {
            return Err(error);
        }
    }
}

/// Returns half to all of the wait, at random: many readers that were cut off together should not
/// come back together.
pub(super) fn wait(tries: u32) -> Duration {
    let longest = WAIT * 2_u32.saturating_pow(tries.saturating_sub(1));
    let half = longest / 2;
    let random = RandomState::new().build_hasher().finish() % 1_000;
    let part = u32::try_from(random).unwrap_or_default();
    half + half * part / 1_000
}
