//! `POST /`: the published article's request and answer, to the letter.

use axum::{
    Json,
    body::Bytes,
    extract::{Extension, State},
    http::{HeaderMap, header},
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

use super::{Front, HttpError};
use crate::{
    domain::Month,
    service::{
        AnswerSize, ErrorCode, HistoryService, MonthSummary, NarrativeMode, NarrativeStatus,
        RequestNotes, ServiceError, SummarizeRequest,
    },
    store::{CallContext, SilentProgress},
};

/// The language of an answer unless asked otherwise: the article's.
const DEFAULT_LANGUAGE: &str = "ja";

/// Asks for a month in words, as the article does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArticleRequest {
    /// Year, as text or number.
    #[serde(deserialize_with = "text_or_number")]
    #[schemars(with = "TextOrNumber")]
    pub target_year: i64,
    /// Month, 1 to 12, as text or number.
    #[serde(deserialize_with = "text_or_number")]
    #[schemars(with = "TextOrNumber")]
    pub target_month: i64,
    /// Language of the text, default ja: en or ja, with a model any BCP 47 tag.
    #[serde(default)]
    pub language: Option<String>,
    /// IANA time zone that bounds the month, e.g. Asia/Tokyo. Default UTC.
    #[serde(default)]
    pub timezone: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum TextOrNumber {
    Number(i64),
    Text(String),
}

/// A month in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ArticleAnswer {
    /// Always `SUCCEEDED`.
    pub status: &'static str,
    /// The text, in one part.
    pub body: Vec<ArticlePart>,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ArticlePart {
    /// The text.
    pub text: String,
    /// Always `text`.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// Answers with a month in words: by the model where there is one, its digest in any case.
pub(super) async fn answer(
    State(front): State<Front>,
    Extension(notes): Extension<RequestNotes>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<ArticleAnswer>, HttpError> {
    notes.asked("article");
    let asked = parse(&headers, &body)?;
    let service = &front.0.service;
    let request = SummarizeRequest {
        timezone: asked.timezone.clone(),
        language: Some(
            asked
                .language
                .clone()
                .unwrap_or_else(|| DEFAULT_LANGUAGE.to_owned()),
        ),
        narrative: match service.narrator().author() {
            Ok(_) => NarrativeMode::Claude,
            Err(_) => NarrativeMode::None,
        },
        ..SummarizeRequest::of(month_of(&asked)?)
    };
    // Whoever has gone away is not worked for: dropping this cancels.
    let cancel = front.0.stop.child_token();
    let _gone = cancel.clone().drop_guard();
    let cx = CallContext::new(cancel, std::sync::Arc::new(SilentProgress));
    let answered = told(service, request, &cx).await;
    let summary = match answered {
        Ok(summary) => summary,
        Err(error) => {
            let given = ["target_year".to_owned(), "target_month".to_owned()];
            return Err(Box::pin(service.explained(error, "article", &given))
                .await
                .into());
        }
    };
    notes.took(&summary.evidence);
    Ok(Json(ArticleAnswer {
        status: "SUCCEEDED",
        body: vec![ArticlePart {
            text: summary.text,
            kind: "text",
        }],
    }))
}

/// Returns the month in words. A narrative that comes too late is left out: who asks with two
/// numbers cannot ask with a handle; asked again, it comes from the cache.
async fn told(
    service: &HistoryService,
    request: SummarizeRequest,
    cx: &CallContext,
) -> Result<MonthSummary, ServiceError> {
    // Only the text goes out: as long as on the command line.
    let size = AnswerSize::Unbounded;
    let summary = service.summarize_month(&request, size, cx).await?;
    let is_late = summary
        .narrative
        .as_ref()
        .is_some_and(|narrative| narrative.status == NarrativeStatus::Pending);
    if !is_late {
        return Ok(summary);
    }
    let digest = SummarizeRequest {
        narrative: NarrativeMode::None,
        ..request
    };
    match service.summarize_month(&digest, size, cx).await {
        // A digest has two languages; others are a narrative's.
        Err(error) if error.code() == ErrorCode::InvalidArgument => {
            let language = None;
            let digest = SummarizeRequest { language, ..digest };
            service.summarize_month(&digest, size, cx).await
        }
        told => told,
    }
}

fn parse(headers: &HeaderMap, body: &[u8]) -> Result<ArticleRequest, HttpError> {
    let content_type = headers.get(header::CONTENT_TYPE);
    if !content_type.is_some_and(|value| is_json(value.as_bytes())) {
        let given = content_type.map_or("none", |value| value.to_str().unwrap_or("unreadable"));
        let message = format!("the body has to be JSON; the header Content-Type is {given}");
        return Err(HttpError::new(ErrorCode::UnsupportedMediaType, message));
    }
    // An object: serde would take a list as well, by order.
    let object = serde_json::from_slice::<Map<String, Value>>(body);
    let asked = object.and_then(|object| serde_json::from_value(Value::Object(object)));
    asked.map_err(|error| {
        let message = format!("the body is not as it has to be: {error}");
        ServiceError::new(ErrorCode::InvalidArgument, message)
            .with_choices(FIELDS.map(str::to_owned).to_vec())
            .into()
    })
}

const FIELDS: [&str; 4] = ["target_year", "target_month", "language", "timezone"];

fn is_json(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next();
    essence.is_some_and(|essence| {
        essence
            .trim_ascii()
            .eq_ignore_ascii_case(b"application/json")
    })
}

fn month_of(asked: &ArticleRequest) -> Result<Month, ServiceError> {
    let refused = |message: String| Err(ServiceError::new(ErrorCode::InvalidArgument, message));
    let (year, month) = (asked.target_year, asked.target_month);
    if !(1..=12).contains(&month) {
        return refused(format!("target_month is {month}: it has to be 1 to 12"));
    }
    if !(1..=9999).contains(&year) {
        return refused(format!(
            "target_year is {year}: it has to be a year such as 2024"
        ));
    }
    Ok(format!("{year:04}-{month:02}").parse()?)
}

/// Reads a number that may stand in quotes, as the article has it.
fn text_or_number<'de, D: Deserializer<'de>>(input: D) -> Result<i64, D::Error> {
    let expected = || de::Error::custom("a year and a month are whole numbers, in quotes or not");
    match TextOrNumber::deserialize(input).map_err(|_| expected())? {
        TextOrNumber::Number(number) => Ok(number),
        TextOrNumber::Text(text) => text.trim().parse().map_err(|_| expected()),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, StatusCode};
    use axum::response::IntoResponse as _;

    use super::*;

    fn asked(content_type: &'static str, body: &str) -> Result<Month, StatusCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        let status = |error: HttpError| error.into_response().status();
        let asked = parse(&headers, body.as_bytes()).map_err(status)?;
        month_of(&asked).map_err(|error| status(error.into()))
    }

    #[test]
    fn texts_and_numbers_name_a_month() {
        let november: Month = "2024-11".parse().unwrap();
        for body in [
            r#"{"target_year": "2024", "target_month": "11"}"#,
            r#"{"target_year": 2024, "target_month": 11}"#,
            r#"{"target_year": " 2024", "target_month": "11 ", "language": "en"}"#,
        ] {
            assert_eq!(asked("application/json", body), Ok(november), "{body}");
        }
        let january = r#"{"target_year": "2024", "target_month": "01"}"#;
        let of_charset = asked("Application/JSON; charset=utf-8", january);
        assert_eq!(of_charset, Ok("2024-01".parse().unwrap()));
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for body in [
            r#"{"target_year": "2024", "target_month": 13}"#,
            r#"{"target_year": "2024", "target_month": 0}"#,
            r#"{"target_year": "2024", "target_month": -1}"#,
            r#"{"target_year": "2024", "target_month": 11.5}"#,
            r#"{"target_year": "2024", "target_month": null}"#,
            r#"{"target_year": 0, "target_month": 11}"#,
            r#"{"target_year": 99999, "target_month": 11}"#,
            r#"{"target_month": 13}"#,
            r#"{"target_year": "2024"}"#,
            r#"{"target_year": "2024", "target_month": "11", "x": 1}"#,
            r#"["2024", "11"]"#,
            "",
            "{",
        ] {
            let answered = asked("application/json", body);
            assert_eq!(answered, Err(StatusCode::BAD_REQUEST), "{body}");
        }
    }

    #[test]
    fn only_json_is_read() {
        let body = r#"{"target_year": "2024", "target_month": "11"}"#;
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonx",
        ] {
            let answered = asked(content_type, body);
            assert_eq!(answered, Err(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
    }
}
