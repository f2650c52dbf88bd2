//! Documents inside of texts: policies and the like come as JSON in a string, URL-encoded, or
//! encoded several times over.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Documents inside of documents that are followed.
pub(crate) const MOST_LAYERS: usize = 4;

/// Parses a body and decodes the documents in its texts. What does not parse is a text.
pub fn decoded(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(mut value) => {
            decode_texts(&mut value, MOST_LAYERS);
            value
        }
        Err(_) => Value::String(text.to_owned()),
    }
}

/// Parses a text that holds a JSON object or array, plain or URL-encoded.
pub fn embedded_document(text: &str) -> Option<Value> {
    let document = |value: &Value| value.is_object() || value.is_array();
    serde_json::from_str(&document_text(text)?)
        .ok()
        .filter(document)
}

/// Returns the text of the document that a text holds, if it is one: that has to be seen yet.
pub(crate) fn document_text(text: &str) -> Option<Cow<'_, str>> {
    let start = text.trim_start();
    if start.starts_with(['{', '[']) {
        return Some(start.into());
    }
    is_encoded(start)
        .then(|| percent_decode_str(start).decode_utf8().ok())
        .flatten()
}

/// Says whether a text may hold a document.
pub(crate) fn may_hold_document(text: &str) -> bool {
    let start = text.trim_start();
    start.starts_with(['{', '[']) || is_encoded(start)
}

fn is_encoded(start: &str) -> bool {
    start
        .get(..3)
        .is_some_and(|head| head.eq_ignore_ascii_case("%7b") || head.eq_ignore_ascii_case("%5b"))
}

fn decode_texts(value: &mut Value, layers: usize) {
    match value {
        Value::String(text) => {
            if layers > 0
                && let Some(mut document) = embedded_document(text)
            {
                decode_texts(&mut document, layers - 1);
                *value = document;
            }
        }
        Value::Array(elements) => {
            for element in elements {
                decode_texts(element, layers);
            }
        }
        Value::Object(members) => {
            for (_, member) in members.iter_mut() {
                decode_texts(member, layers);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn policies_in_all_four_encodings_are_one() {
        let plain = json!({"p": {"Statement": [{"Effect": "Allow"}]}});
        let policy = plain["p"].to_string();
        let url: String =
            percent_encoding::utf8_percent_encode(&policy, percent_encoding::NON_ALPHANUMERIC)
                .to_string();
        for body in [
            plain.clone(),
            json!({ "p": policy }),
            json!({ "p": url }),
            json!({ "p": {"Statement": json!([{"Effect": "Allow"}]).to_string()} }),
        ] {
            assert_eq!(decoded(&body.to_string()), plain, "{body}");
        }
    }

    #[test]
    fn other_texts_stay() {
        for text in ["{broken", "%7Bbroken", "42", "true", "", "あ", "%7"] {
            let body = json!({ "p": text });
            assert_eq!(decoded(&body.to_string()), body);
        }
        assert_eq!(decoded("not json"), json!("not json"));
    }
}
