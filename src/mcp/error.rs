//! The one place that turns failures into what MCP clients see: a service error into a tool result
//! or a protocol error, a bad argument into a service error.

use rmcp::{
    ErrorData,
    model::{CallToolResult, JsonObject},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::sanitize::{sanitize, sanitize_text};
use crate::service::{ErrorCode, ServiceError};

/// Parses the arguments of a call; the error names the argument.
pub(super) fn parse_arguments<T: DeserializeOwned>(
    arguments: Option<JsonObject>,
    known: impl FnOnce() -> Vec<String>,
) -> Result<T, ServiceError> {
    let arguments = arguments.unwrap_or_default();
    serde_json::from_value(Value::Object(arguments.clone())).map_err(|error| {
        let message = error.to_string();
        if message.starts_with("unknown field") || message.starts_with("missing field") {
            let message = message.replace("field", "argument");
            return ServiceError::new(ErrorCode::InvalidArgument, message).with_choices(known());
        }
        let message = match guilty_argument::<T>(&arguments, &message) {
            Some(name) => format!("argument `{name}`: {message}"),
            None => message,
        };
        ServiceError::new(ErrorCode::InvalidArgument, message)
    })
}

/// Returns the argument without which the error is another one.
fn guilty_argument<T: DeserializeOwned>(arguments: &JsonObject, message: &str) -> Option<String> {
    arguments.keys().find_map(|name| {
        let mut rest = arguments.clone();
        rest.shift_remove(name);
        let guilty = match serde_json::from_value::<T>(Value::Object(rest)) {
            Ok(_) => true,
            Err(error) => error.to_string() != message,
        };
        guilty.then(|| name.clone())
    })
}

/// Returns the JSON of an answer, free of hidden characters.
pub(super) fn to_answer<T: Serialize>(answer: &T) -> Result<Value, ServiceError> {
    let mut value = serde_json::to_value(answer).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        ServiceError::new(
            ErrorCode::Internal,
            "internal error while writing the answer",
        )
    })?;
    sanitize(&mut value);
    Ok(value)
}

/// Returns the result of a tool: the same JSON as structured content and as text, for an answer
/// and for an error alike, because clients show one or the other.
pub(super) fn tool_result(outcome: Result<Value, ServiceError>) -> CallToolResult {
    match outcome {
        Ok(answer) => CallToolResult::structured(answer),
        Err(error) => CallToolResult::structured_error(report_of(&error)),
    }
}

/// Returns the protocol error of a request that is no tool call: there is no `isError` for those.
pub(super) fn protocol_error(error: &ServiceError) -> ErrorData {
    let mut message = format!("{}. {}", error.message(), error.code().remedy());
    if !error.choices().is_empty() {
        message.push_str(" There are: ");
        message.push_str(&error.choices().join(", "));
    }
    sanitize_text(&mut message);
    let data = Some(report_of(error));
    match error.code() {
        ErrorCode::UnknownMonth | ErrorCode::UnknownResource | ErrorCode::LakeEmpty => {
            ErrorData::resource_not_found(message, data)
        }
        ErrorCode::InvalidArgument => ErrorData::invalid_params(message, data),
        _ => ErrorData::internal_error(message, data),
    }
}

/// Adds which resource was asked for: the protocol wants it beside the report.
pub(super) fn about_resource(mut error: ErrorData, uri: &str) -> ErrorData {
    if let Some(Value::Object(report)) = &mut error.data {
        let mut uri = uri.to_owned();
        sanitize_text(&mut uri);
        report.insert("uri".to_owned(), Value::String(uri));
    }
    error
}

fn report_of(error: &ServiceError) -> Value {
    // A report is plain text throughout: writing it as JSON cannot fail.
    let mut report = serde_json::to_value(error.report()).unwrap_or_default();
    sanitize(&mut report);
    report
}

#[cfg(test)]
mod tests {
    use rmcp::model::ErrorCode as ProtocolCode;
    use serde_json::json;

    use super::*;
    use crate::service::{QueryRequest, SummarizeRequest};

    fn refusal<T: DeserializeOwned + std::fmt::Debug>(arguments: &Value) -> ServiceError {
        let known = || vec!["month".to_owned()];
        parse_arguments::<T>(arguments.as_object().cloned(), known).unwrap_err()
    }

    #[test]
    fn a_bad_argument_is_named() {
        let unknown = refusal::<SummarizeRequest>(&json!({"month": "2024-11", "mnth": 1}));
        assert!(unknown.message().contains("unknown argument `mnth`"));
        assert_eq!(unknown.choices(), ["month"]);
        let missing = refusal::<SummarizeRequest>(&json!({}));
        assert!(missing.message().contains("missing argument `month`"));
        let bad = refusal::<SummarizeRequest>(&json!({"top": 3, "month": "11/2024"}));
        assert!(bad.message().starts_with("argument `month`: invalid month"));
        let of_wrong_type = refusal::<QueryRequest>(&json!({"month": "2024-11", "limit": "many"}));
        assert!(of_wrong_type.message().starts_with("argument `limit`: "));
        assert_eq!(of_wrong_type.code(), ErrorCode::InvalidArgument);
    }

    #[test]
    fn every_code_maps_to_a_tool_error_and_a_protocol_error() {
        for code in ErrorCode::ALL {
            let error = ServiceError::new(code, "it failed").with_choices(vec!["2024-11".into()]);
            let result = tool_result(Err(error.clone()));
            assert_eq!(result.is_error, Some(true));
            let report = result.structured_content.unwrap();
            assert_eq!(report["code"], code.as_str());
            assert_eq!(report["remedy"], code.remedy());
            assert_eq!(report["choices"], json!(["2024-11"]));
            let error = protocol_error(&error);
            assert!(error.message.contains("2024-11"), "{}", error.message);
            let expected = match code {
                ErrorCode::UnknownMonth | ErrorCode::UnknownResource | ErrorCode::LakeEmpty => {
                    ProtocolCode::RESOURCE_NOT_FOUND
                }
                ErrorCode::InvalidArgument => ProtocolCode::INVALID_PARAMS,
                _ => ProtocolCode::INTERNAL_ERROR,
            };
            assert_eq!(error.code, expected);
        }
    }
}
