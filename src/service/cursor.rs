//! Cursors: a whole question and the row it goes on from, so that any server can answer.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{ErrorCode, QueryRequest, ResourceHistoryRequest, ServiceError, SqlRequest};

/// Bytes of SHA-256 that guard a cursor against editing and cutting. A cursor grants nothing that
/// the question itself would not, so this is no signature.
const CHECK_BYTES: usize = 12;

/// A question and where its next rows begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Cursor {
    pub(super) question: Question,
    /// Rows already seen.
    pub(super) offset: u64,
    /// Rows there were when the cursor was made.
    pub(super) total: u64,
}

/// The question that a cursor goes on with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Question {
    Query(QueryRequest),
    Sql(SqlRequest),
    Resource(ResourceHistoryRequest),
}

impl Cursor {
    /// Writes the cursor as text that is safe in URLs.
    pub(super) fn encode(&self) -> Result<String, ServiceError> {
        let mut bytes = serde_json::to_vec(self).map_err(|error| {
            tracing::error!(%error, "cannot write a cursor");
            ServiceError::new(ErrorCode::Internal, "internal error while writing a cursor")
        })?;
        let check = Sha256::digest(&bytes);
        bytes.extend(check.iter().take(CHECK_BYTES));
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads a cursor. Whatever [`Cursor::encode`] did not write is refused.
    pub(super) fn decode(text: &str) -> Result<Self, ServiceError> {
        let invalid = || {
            ServiceError::new(
                ErrorCode::InvalidCursor,
                "the cursor was edited, cut, or made by another version",
            )
        };
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| invalid())?;
        let at = bytes.len().checked_sub(CHECK_BYTES).ok_or_else(invalid)?;
        let (json, check) = bytes.split_at_checked(at).ok_or_else(invalid)?;
        if !Sha256::digest(json).iter().take(CHECK_BYTES).eq(check) {
            return Err(invalid());
        }
        serde_json::from_slice(json).map_err(|_| invalid())
    }
}

/// Says whether the arguments that are given beside a cursor are those of its question. What is
/// not given is taken from the question.
pub(super) fn agrees<T: Serialize>(beside: &T, question: &T) -> bool {
    let members = |request: &T| match serde_json::to_value(request) {
        Ok(serde_json::Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let question = members(question);
    members(beside)
        .into_iter()
        .filter(|(_, given)| given != "")
        .all(|(name, given)| question.get(&name) == Some(&given))
}

/// The error for arguments beside a cursor that contradict it.
pub(super) fn other_question() -> ServiceError {
    ServiceError::new(
        ErrorCode::InvalidCursor,
        "the cursor belongs to another question than the arguments beside it",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cursor(name: String, offset: u64, total: u64) -> Cursor {
        let question = Question::Query(QueryRequest {
            month: Some("2024-11".parse().unwrap()),
            name: vec![name],
            group_by: vec![crate::domain::Column::ResourceType],
            ..QueryRequest::default()
        });
        Cursor {
            question,
            offset,
            total,
        }
    }

    proptest! {
        #[test]
        fn a_cursor_reads_back(name in "\\PC{0,40}", offset: u64, total: u64) {
            let cursor = cursor(name, offset, total);
            prop_assert_eq!(Cursor::decode(&cursor.encode().unwrap()).unwrap(), cursor);
        }

        #[test]
        fn an_edited_cursor_is_refused(at: prop::sample::Index, with in "[A-Za-z0-9_-]") {
            let text = cursor("x".to_owned(), 100, 200).encode().unwrap();
            let mut edited: Vec<char> = text.chars().collect();
            let at = at.index(edited.len());
            edited[at] = with.chars().next().unwrap();
            let edited: String = edited.into_iter().collect();
            prop_assert!(edited == text || Cursor::decode(&edited).is_err());
            let cut: String = text.chars().take(at).collect();
            prop_assert!(Cursor::decode(&cut).is_err());
        }

        #[test]
        fn any_text_is_taken(text in "\\PC{0,80}") {
            prop_assert!(Cursor::decode(&text).is_err());
        }
    }
}
