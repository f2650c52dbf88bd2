//! The closed list of error codes, each with its fixed remedy; the same on every front.

use std::any::Any;

use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::{domain::InvalidValue, store::StoreError};

/// What went wrong, as a code that scripts may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// An argument has a value that it cannot have.
    InvalidArgument,
    /// The month has no items.
    UnknownMonth,
    /// The cursor was edited, cut, or made by another version.
    InvalidCursor,
    /// The SQL does not parse or does not fit the relation.
    InvalidSql,
    /// The SQL is not one read-only statement over the relation.
    SqlNotAllowed,
    /// The server was started without SQL.
    SqlDisabled,
    /// The resource is not one that this server has.
    UnknownResource,
    /// No source was named, or more than one.
    NoSource,
    /// This version cannot do it.
    NotSupported,
    /// The lake cannot be read at all.
    LakeUnreadable,
    /// The lake holds no AWS Config delivery.
    LakeEmpty,
    /// AWS was not asked: there are no credentials or no Region, or they are of no use.
    AwsCredentials,
    /// AWS does not let these credentials do it.
    AwsAccessDenied,
    /// AWS did not answer, or asked to be asked less.
    AwsUnavailable,
    /// AWS refused the request.
    AwsRefused,
    /// The Glue table is not there.
    TableNotFound,
    /// The Glue table was made by somebody else.
    TableForeign,
    /// The server was started without leave to write.
    WritesNotAllowed,
    /// The question would read more than it may.
    ScanLimit,
    /// Amazon Athena could not answer the question.
    QueryFailed,
    /// The Athena workgroup cannot be used.
    Workgroup,
    /// The question needs more memory than it may use.
    MemoryLimit,
    /// The question took longer than it may.
    TimeLimit,
    /// The caller of the HTTP server did not say who it is, or is not known.
    Unauthorized,
    /// The caller is known and may not do it.
    Forbidden,
    /// The HTTP server was asked under a name that is not its own.
    HostNotAllowed,
    /// A page in a browser asked that may not.
    OriginNotAllowed,
    /// The caller asks too often.
    RateLimited,
    /// The server works on as many requests as it may.
    Busy,
    /// The request is larger than the server reads.
    PayloadTooLarge,
    /// The request is not JSON by its own account.
    UnsupportedMediaType,
    /// Nothing is served under the path.
    NoSuchPath,
    /// The path is not asked in this way.
    MethodNotAllowed,
    /// The caller cancelled.
    Cancelled,
    /// A defect of this program.
    Internal,
}

impl ErrorCode {
    /// All codes.
    pub const ALL: [Self; 35] = [
        Self::InvalidArgument,
        Self::UnknownMonth,
        Self::InvalidCursor,
        Self::InvalidSql,
        Self::SqlNotAllowed,
        Self::SqlDisabled,
        Self::UnknownResource,
        Self::NoSource,
        Self::NotSupported,
        Self::LakeUnreadable,
        Self::LakeEmpty,
        Self::AwsCredentials,
        Self::AwsAccessDenied,
        Self::AwsUnavailable,
        Self::AwsRefused,
        Self::TableNotFound,
        Self::TableForeign,
        Self::WritesNotAllowed,
        Self::ScanLimit,
        Self::QueryFailed,
        Self::Workgroup,
        Self::MemoryLimit,
        Self::TimeLimit,
        Self::Unauthorized,
        Self::Forbidden,
        Self::HostNotAllowed,
        Self::OriginNotAllowed,
        Self::RateLimited,
        Self::Busy,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::NoSuchPath,
        Self::MethodNotAllowed,
        Self::Cancelled,
        Self::Internal,
    ];

    /// Returns the code as text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid_argument",
            Self::UnknownMonth => "unknown_month",
            Self::InvalidCursor => "invalid_cursor",
            Self::InvalidSql => "invalid_sql",
            Self::SqlNotAllowed => "sql_not_allowed",
            Self::SqlDisabled => "sql_disabled",
            Self::UnknownResource => "unknown_resource",
            Self::NoSource => "no_source",
            Self::NotSupported => "not_supported",
            Self::LakeUnreadable => "lake_unreadable",
            Self::LakeEmpty => "lake_empty",
            Self::AwsCredentials => "aws_credentials",
            Self::AwsAccessDenied => "aws_access_denied",
            Self::AwsUnavailable => "aws_unavailable",
            Self::AwsRefused => "aws_refused",
            Self::TableNotFound => "table_not_found",
            Self::TableForeign => "table_foreign",
            Self::WritesNotAllowed => "writes_not_allowed",
            Self::ScanLimit => "scan_limit",
            Self::QueryFailed => "query_failed",
            Self::Workgroup => "workgroup",
            Self::MemoryLimit => "memory_limit",
            Self::TimeLimit => "time_limit",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::HostNotAllowed => "host_not_allowed",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::RateLimited => "rate_limited",
            Self::Busy => "busy",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::NoSuchPath => "no_such_path",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }

    /// Returns what the caller can do about it.
    #[expect(clippy::too_many_lines, reason = "a table: one row a code")]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::InvalidArgument => "Correct the argument as the message says and ask again.",
            Self::UnknownMonth => {
                "Ask for one of the months listed, or check the account, region, type and time zone \
                 of the question."
            }
            Self::InvalidCursor => {
                "Ask the question again without a cursor, then pass `next_cursor` exactly as returned."
            }
            Self::InvalidSql => {
                "Correct the statement; the relation's columns are in `describe_history` and in \
                 `config-history://schema`."
            }
            Self::SqlNotAllowed => {
                "Send one SELECT, WITH or VALUES statement over configuration_items and nothing else; \
                 period, accounts, regions and types are arguments."
            }
            Self::SqlDisabled => {
                "Use the typed query, or have the operator start the server without --no-sql."
            }
            Self::UnknownResource => {
                "Use an ARN, id, type/id or name as `query_changes` grouped by resource_id lists them, \
                 or a URI from the resource list or one of its templates."
            }
            Self::NoSource => {
                "Name exactly one source: --demo, --lake PATH or --athena DATABASE.TABLE."
            }
            Self::NotSupported => {
                "Use --demo or --lake PATH; CHANGELOG.md tells what each version can do."
            }
            Self::LakeUnreadable => {
                "Check that the folder or bucket exists and may be read, then ask again; nothing was \
                 changed."
            }
            Self::LakeEmpty => {
                "Point --lake at the folder or prefix (or any above it) that holds \
                 AWSLogs/<account>/Config/<region>/<year>/<month>/<day>/ConfigHistory."
            }
            Self::AwsCredentials => {
                "Give credentials and a Region that work (--profile, --aws-region, or \
                 AWS_PROFILE, AWS_REGION and the like), and sign in again if a session has ended."
            }
            Self::AwsAccessDenied => {
                "Have the action that the message names allowed for these credentials, or use \
                 others with --profile or --role-arn."
            }
            Self::AwsUnavailable => {
                "Ask again in a while; check the network and --endpoint-url if it goes on."
            }
            Self::AwsRefused => {
                "Read AWS's message; check the names, the Region and the account it was asked in."
            }
            Self::TableNotFound => {
                "Check DATABASE.TABLE and the Region, or create the table: `config-history table \
                 apply --athena DATABASE.TABLE --location s3://BUCKET/PREFIX`."
            }
            Self::TableForeign => {
                "Name another table, or look at the plan and adopt this one by its name: --adopt \
                 DATABASE.TABLE, or the argument `adopt`."
            }
            Self::WritesNotAllowed => {
                "Show the plan to the operator, who can run `config-history table apply` or start \
                 the server with --allow-writes."
            }
            Self::ScanLimit => {
                "Narrow the question (shorter period, fewer accounts or Regions), or let it read as \
                 much: --max-scan for Athena, --yes for a lake on S3."
            }
            Self::QueryFailed => {
                "Read Athena's message; `config-history table plan` tells whether the table is as \
                 it should be."
            }
            Self::Workgroup => {
                "Have the workgroup enabled and give it an output location, or name another with \
                 --workgroup."
            }
            Self::MemoryLimit => {
                "Narrow the question (a shorter period, fewer accounts or types, no body columns), or \
                 raise --memory-limit."
            }
            Self::TimeLimit => {
                "Narrow the question (a shorter period, fewer accounts or types), or raise --timeout."
            }
            Self::Unauthorized => {
                "Send `Authorization: Bearer TOKEN` with a token that the operator of this server gave you, or do what the message says."
            }
            Self::Forbidden => "Have the operator grant the scope that the message names.",
            Self::HostNotAllowed => {
                "Ask under a name that the server knows, or have the operator add this one: --allowed-host NAME."
            }
            Self::OriginNotAllowed => {
                "Have the operator add the page's origin: --allowed-origin SCHEME://HOST[:PORT]."
            }
            Self::RateLimited => {
                "Wait as long as the Retry-After header says, then ask again; the operator sets --rate-limit."
            }
            Self::Busy => "Ask again in a while; the operator sets --max-concurrent.",
            Self::PayloadTooLarge => {
                "Send a smaller request: a question fits into a few kilobytes."
            }
            Self::UnsupportedMediaType => {
                "Send JSON with the header Content-Type: application/json."
            }
            Self::NoSuchPath => {
                "POST / with target_year and target_month, or connect an MCP client to /mcp."
            }
            Self::MethodNotAllowed => "Use the method that the Allow header names.",
            Self::Cancelled => "Nothing to mend; ask again when the answer is wanted.",
            Self::Internal => {
                "Report this with the log from standard error; the server goes on working."
            }
        }
    }

    /// Says whether the caller's own words were at fault (exit code 2 on the command line).
    pub fn is_usage(self) -> bool {
        matches!(
            self,
            Self::NoSource | Self::InvalidArgument | Self::InvalidCursor | Self::SqlNotAllowed
        )
    }
}

/// Characters of a message at most; an engine's own words about a statement fit.
const MAX_MESSAGE_CHARS: usize = 3_000;

/// Values named beside an error at most.
const MAX_CHOICES: usize = 60;

/// A failed use case, in words that any front may show.
#[derive(Debug, Clone, Error)]
#[error("{message}")]
pub struct ServiceError {
    code: ErrorCode,
    message: String,
    choices: Vec<String>,
    explanation: Option<String>,
}

impl ServiceError {
    /// Describes a failure. A message that quotes what was asked is as long as the asker likes:
    /// what is too long for an answer is cut.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE_CHARS) {
            message.truncate(end);
            message.push('…');
        }
        Self {
            code,
            message,
            choices: Vec::new(),
            explanation: None,
        }
    }

    /// Describes a panic while `what` was answered. It is logged here: what the caller sees must not
    /// carry our insides.
    pub fn after_panic(what: &str, panic: &(dyn Any + Send)) -> Self {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        tracing::error!(what, panic = message, "a request panicked");
        let message = format!("internal error while answering {what}");
        Self::new(ErrorCode::Internal, message)
    }

    /// Adds the values that would have been right.
    #[must_use]
    pub fn with_choices(mut self, choices: Vec<String>) -> Self {
        self.choices = choices;
        self.choices.truncate(MAX_CHOICES);
        self
    }

    /// Adds what a model says of it.
    #[must_use]
    pub fn with_explanation(mut self, text: String) -> Self {
        self.explanation = Some(text);
        self
    }

    /// Returns what a model says of it.
    pub fn explanation(&self) -> Option<&str> {
        self.explanation.as_deref()
    }

    /// Returns the code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Returns the message, a sentence without its full stop.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the values that would have been right, where the set is known.
    pub fn choices(&self) -> &[String] {
        &self.choices
    }

    /// Returns the body that every front shows.
    pub fn report(&self) -> ErrorReport {
        ErrorReport {
            code: self.code,
            message: self.message.clone(),
            remedy: self.code.remedy().to_owned(),
            choices: self.choices.clone(),
            explanation: self.explanation.clone(),
        }
    }
}

/// An error as clients see it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ErrorReport {
    /// One of the closed list of codes.
    pub code: ErrorCode,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// The values there are, where a value was not among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// The error in a model's words, beside the remedy and never instead of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

impl From<InvalidValue> for ServiceError {
    fn from(invalid: InvalidValue) -> Self {
        Self::new(ErrorCode::InvalidArgument, invalid.to_string()).with_choices(invalid.choices)
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        use crate::store::StoreErrorKind as Kind;
        let code = match error.kind() {
            Kind::InvalidSql => ErrorCode::InvalidSql,
            Kind::SqlNotAllowed => ErrorCode::SqlNotAllowed,
            Kind::SourceUnreadable => ErrorCode::LakeUnreadable,
            Kind::SourceEmpty => ErrorCode::LakeEmpty,
            Kind::MemoryLimit => ErrorCode::MemoryLimit,
            Kind::TimeLimit => ErrorCode::TimeLimit,
            Kind::Cancelled => ErrorCode::Cancelled,
            Kind::CacheDamaged | Kind::Internal => ErrorCode::Internal,
            Kind::TableUnusable => ErrorCode::TableNotFound,
            Kind::AwsCredentials => ErrorCode::AwsCredentials,
            Kind::AwsAccessDenied => ErrorCode::AwsAccessDenied,
            Kind::AwsUnavailable => ErrorCode::AwsUnavailable,
            Kind::AwsRefused => ErrorCode::AwsRefused,
            Kind::Workgroup => ErrorCode::Workgroup,
            Kind::ScanLimit => ErrorCode::ScanLimit,
            Kind::QueryFailed => ErrorCode::QueryFailed,
        };
        if code == ErrorCode::Internal {
            // Logged here, once: what the caller sees must not carry our insides.
            tracing::error!(error = ?error, "internal error");
        }
        Self::new(code, error.to_string())
    }
}
