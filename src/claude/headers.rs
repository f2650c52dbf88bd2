//! What the headers of an answer say.

use std::time::{Duration, SystemTime};

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::governor::{Bucket, Learned};

/// Returns the provider's id of the request.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = text(headers, "request-id").or_else(|| text(headers, "x-amzn-requestid"))?;
    Some(id.to_owned())
}

/// Returns the code that AWS gives a failure, e.g. `ExpiredTokenException:http://…`.
pub(super) fn aws_code(headers: &HeaderMap) -> Option<&str> {
    text(headers, "x-amzn-errortype")?.split(':').next()
}

/// Says whether the provider wants the request repeated, where it says so.
pub(super) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    text(headers, "x-should-retry")?.parse().ok()
}

/// Returns how long the provider wants to be left alone.
pub(super) fn wait(headers: &HeaderMap) -> Option<Duration> {
    wait_at(headers, SystemTime::now())
}

fn wait_at(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    if let Some(millis) =
        text(headers, "retry-after-ms").and_then(|value| value.parse::<f64>().ok())
    {
        return seconds(millis / 1_000.0);
    }
    let value = text(headers, RETRY_AFTER.as_str())?;
    match value.parse::<f64>() {
        Ok(value) => seconds(value),
        Err(_) => until(value, now),
    }
}

fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok()
}

/// Reads a date as HTTP writes it.
fn until(date: &str, now: SystemTime) -> Option<Duration> {
    let then = rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    SystemTime::try_from(then).ok()?.duration_since(now).ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Returns what the provider says of the caller's limits.
pub(super) fn learned(headers: &HeaderMap) -> Learned {
    Learned {
        requests: bucket(headers, "requests"),
        input_tokens: bucket(headers, "input-tokens"),
        output_tokens: bucket(headers, "output-tokens"),
        tokens: bucket(headers, "tokens"),
    }
}

fn bucket(headers: &HeaderMap, name: &str) -> Bucket {
    let value = |what: &str| text(headers, &format!("anthropic-ratelimit-{name}-{what}"));
    Bucket {
        limit: value("limit").and_then(|limit| limit.parse().ok()),
        remaining: value("remaining").and_then(|remaining| remaining.parse().ok()),
        reset: value("reset")
            .and_then(|reset| reset.parse::<Timestamp>().ok())
            .and_then(|reset| reset.try_into().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(given: &[(&'static str, &'static str)]) -> HeaderMap {
        given
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_wait_is_read_in_all_its_forms() {
        // 1994-11-06T08:49:37Z, the date of the standard's examples, less ten seconds.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_767);
        for (name, value, wanted) in [
            ("retry-after", "3", Some(3_000)),
            ("retry-after", "0.25", Some(250)),
            ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT", Some(10_000)),
            ("retry-after", "Sun, 06 Nov 1994 08:49:07 GMT", None),
            ("retry-after", "-1", None),
            ("retry-after", "NaN", None),
            ("retry-after", "1e300", None),
            ("retry-after", "soon", None),
            ("retry-after-ms", "1500", Some(1_500)),
        ] {
            let waits = wait_at(&headers(&[(name, value)]), now);
            assert_eq!(waits, wanted.map(Duration::from_millis), "{name}: {value}");
        }
        let both = headers(&[("retry-after", "9"), ("retry-after-ms", "20")]);
        assert_eq!(wait_at(&both, now), Some(Duration::from_millis(20)));
        assert_eq!(wait_at(&HeaderMap::new(), now), None);
    }

    #[test]
    fn limits_are_read_each_under_its_name() {
        let given = headers(&[
            ("anthropic-ratelimit-requests-limit", "1000"),
            ("anthropic-ratelimit-requests-remaining", "999"),
            ("anthropic-ratelimit-input-tokens-limit", "500000"),
            (
                "anthropic-ratelimit-input-tokens-reset",
                "1994-11-06T08:49:37Z",
            ),
            ("anthropic-ratelimit-output-tokens-remaining", "many"),
            ("anthropic-ratelimit-tokens-limit", "600000"),
        ]);
        let learned = learned(&given);
        assert_eq!(learned.requests.limit, Some(1_000));
        assert_eq!(learned.requests.remaining, Some(999));
        assert_eq!(learned.input_tokens.limit, Some(500_000));
        let reset = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(learned.input_tokens.reset, Some(reset));
        assert_eq!(learned.output_tokens.remaining, None);
        assert_eq!(learned.tokens.limit, Some(600_000));
    }
}
