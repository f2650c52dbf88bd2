//! What the codes of AWS services mean. Codes are compared as text: what a service's model does
//! not name, such as `ThrottlingException` of Athena, has no variant in the SDK.

use aws_runtime::retries::classifiers::{THROTTLING_ERRORS, TRANSIENT_ERRORS};

use super::{AwsError, AwsErrorKind};

const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"];

const NOT_ACCEPTED: [&str; 11] = [
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "InvalidAccessKeyId",
    "InvalidToken",
    "AuthFailure",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
];

const DENIED: [&str; 6] = [
    "AccessDenied",
    "AccessDeniedException",
    "AllAccessDisabled",
    "NotAuthorized",
    "UnauthorizedOperation",
    "AuthorizationError",
];

const NOT_FOUND: [&str; 8] = [
    "EntityNotFoundException",
    "ResourceNotFoundException",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchEntity",
    "NoSuchVersion",
    "NotFound",
    "NotFoundException",
];

const WRONG_REGION: [&str; 4] = [
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "RegionDisabledException",
];

const UNAVAILABLE: [&str; 7] = [
    "InternalError",
    "InternalFailure",
    "InternalServerException",
    "InternalServiceException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Unavailable",
];

/// Refusals that are no denials, although HTTP's status says so.
const REFUSED: [&str; 1] = ["InvalidObjectState"];

/// Says whether a service called the credentials expired.
pub fn is_expired(code: Option<&str>) -> bool {
    code.is_some_and(|code| EXPIRED.contains(&code))
}

/// Words what a service said. Its own message stands there verbatim; `status` is HTTP's, for
/// answers without a body (`HeadObject`).
pub(super) fn word(code: Option<&str>, message: Option<&str>, status: Option<u16>) -> AwsError {
    let kind = kind(code, message, status);
    let text = match (message, code) {
        (Some(message), Some(code)) => format!("{message} ({code})"),
        (Some(message), None) => message.to_owned(),
        (None, Some(code)) => format!("AWS gives no reason but {code}"),
        (None, None) => match status {
            Some(status) => format!("AWS gives no reason but HTTP status {status}"),
            None => "AWS gives no reason".to_owned(),
        },
    };
    let text = if is_expired(code) {
        format!("the AWS credentials have expired: {text}")
    } else {
        text
    };
    let error = AwsError::new(kind, text);
    let error = match code {
        Some(code) => error.with_code(code),
        None => error,
    };
    match remedy(kind, code, message) {
        Some(remedy) => error.with_remedy(remedy),
        None => error,
    }
}

fn kind(code: Option<&str>, message: Option<&str>, status: Option<u16>) -> AwsErrorKind {
    let inner = message.and_then(quoted_code);
    // Athena hands on what the catalog said in a code of its own.
    let told = if code == Some("MetadataException") {
        inner.or(code)
    } else {
        code
    };
    told.and_then(kind_of_code)
        .or_else(|| status.and_then(kind_of_status))
        .unwrap_or(AwsErrorKind::Refused)
}

/// Returns the code that a message quotes: `… (Service: AWSGlue; Status Code: 400; Error Code:
/// EntityNotFoundException; Request ID: …)`.
fn quoted_code(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Error Code: ")?;
    rest.split([';', ')', ' ']).next()
}

fn kind_of_code(code: &str) -> Option<AwsErrorKind> {
    let known: [(&[&str], AwsErrorKind); 9] = [
        (&EXPIRED, AwsErrorKind::Credentials),
        (&NOT_ACCEPTED, AwsErrorKind::Credentials),
        (&DENIED, AwsErrorKind::AccessDenied),
        (&NOT_FOUND, AwsErrorKind::NotFound),
        (&REFUSED, AwsErrorKind::Refused),
        (&WRONG_REGION, AwsErrorKind::Region),
        (THROTTLING_ERRORS, AwsErrorKind::Throttled),
        (TRANSIENT_ERRORS, AwsErrorKind::Unavailable),
        (&UNAVAILABLE, AwsErrorKind::Unavailable),
    ];
    known
        .iter()
        .find(|(codes, _)| codes.contains(&code))
        .map(|(_, kind)| *kind)
}

fn kind_of_status(status: u16) -> Option<AwsErrorKind> {
    match status {
        301 => Some(AwsErrorKind::Region),
        401 => Some(AwsErrorKind::Credentials),
        403 => Some(AwsErrorKind::AccessDenied),
        404 => Some(AwsErrorKind::NotFound),
        429 => Some(AwsErrorKind::Throttled),
        500.. => Some(AwsErrorKind::Unavailable),
        _ => None,
    }
}

fn remedy(kind: AwsErrorKind, code: Option<&str>, message: Option<&str>) -> Option<&'static str> {
    match kind {
        _ if code.is_some_and(|code| code.starts_with("KMS.")) => Some(
            "have the owner of the key that the objects are encrypted with enable it again, and \
             see that it lies in the bucket's Region",
        ),
        _ if code == Some("InvalidObjectState") => Some(
            "it lies in an archive: restore it (`aws s3api restore-object`), or ask about other \
             months",
        ),
        _ if code == Some("NoSuchBucket") => {
            Some("check the bucket's name; `aws s3 ls` lists those of the account")
        }
        AwsErrorKind::AccessDenied if message.is_some_and(|said| said.contains("kms:")) => Some(
            "have kms:Decrypt on the key that the objects are encrypted with allowed, in the key's \
             own policy too where it lies in another account",
        ),
        _ if is_expired(code) => Some(
            "renew them (`aws sso login`, or the command that made them) and ask again; if they \
             are new, check this machine's clock",
        ),
        AwsErrorKind::Credentials => Some(
            "check the access key and its secret, and that the account uses this Region; `aws sts \
             get-caller-identity` tells whose they are",
        ),
        AwsErrorKind::Region => Some("pass --aws-region with the Region that it lies in"),
        AwsErrorKind::AccessDenied => {
            Some("have the action that the message names allowed, or use another profile or role")
        }
        AwsErrorKind::Throttled => Some("wait a little and ask again"),
        AwsErrorKind::Unavailable => Some("ask again"),
        AwsErrorKind::NotFound | AwsErrorKind::Refused => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_quoted_by_athena_decides() {
        let said = "Unable to look up table (Service: AWSGlue; Status Code: 400; Error Code: \
                    EntityNotFoundException; Request ID: 1)";
        let error = word(Some("MetadataException"), Some(said), Some(400));
        assert_eq!(error.kind(), AwsErrorKind::NotFound);
        assert_eq!(error.code(), Some("MetadataException"));
        let plain = word(
            Some("MetadataException"),
            Some("Denied by nobody"),
            Some(400),
        );
        assert_eq!(plain.kind(), AwsErrorKind::Refused);
    }

    #[test]
    fn a_status_decides_where_there_is_no_code() {
        assert_eq!(
            word(None, None, Some(403)).kind(),
            AwsErrorKind::AccessDenied
        );
        assert_eq!(
            word(None, None, Some(503)).kind(),
            AwsErrorKind::Unavailable
        );
        assert_eq!(word(None, None, Some(400)).kind(), AwsErrorKind::Refused);
    }

    #[test]
    fn codes_of_other_regions_are_about_the_region() {
        let said = "the region 'us-east-1' is wrong; expecting 'eu-west-1'";
        let error = word(Some("AuthorizationHeaderMalformed"), Some(said), Some(400));
        assert_eq!(error.kind(), AwsErrorKind::Region);
        assert!(error.to_string().contains("--aws-region"), "{error}");
    }
}
