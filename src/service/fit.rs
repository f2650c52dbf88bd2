//! Cuts an answer to the size that its reader can take.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{AnswerSize, MAX_ANSWER_CHARS};

/// Characters kept of a cell where one row alone is too long for an answer.
const CUT_CELL_CHARS: usize = 1_500;

/// What of the rows goes into an answer.
#[derive(Debug, PartialEq)]
pub(super) struct Fitted {
    pub(super) rows: Vec<Map<String, Value>>,
    /// Whether texts inside the rows were cut.
    pub(super) cells_cut: bool,
}

/// Keeps as many rows from the first on as fit beside `envelope_chars` of other content. The
/// first row is always kept, its longest texts cut if need be: an answer goes on at least a row.
pub(super) fn fit_rows(
    rows: Vec<Map<String, Value>>,
    size: AnswerSize,
    envelope_chars: usize,
) -> Fitted {
    if size == AnswerSize::Unbounded {
        return Fitted {
            rows,
            cells_cut: false,
        };
    }
    let limit = usize::try_from(MAX_ANSWER_CHARS).unwrap_or(usize::MAX);
    let mut left = limit.saturating_sub(envelope_chars);
    let mut kept = Vec::new();
    let mut cells_cut = false;
    for mut row in rows {
        let mut chars = chars_of(&row);
        if kept.is_empty() && chars > left {
            cells_cut = row.values_mut().fold(cells_cut, |cut, cell| {
                cut_value(cell, CUT_CELL_CHARS) || cut
            });
            chars = chars_of(&row);
        } else if chars > left {
            break;
        }
        left = left.saturating_sub(chars);
        kept.push(row);
    }
    Fitted {
        rows: kept,
        cells_cut,
    }
}

/// Returns the length of a value as JSON, in characters.
pub(super) fn chars_of(value: &impl serde::Serialize) -> usize {
    serde_json::to_string(value).map_or(0, |text| text.chars().count() + 1)
}

/// Cuts a value that is longer than `most` characters: what is left of it is text. Says whether it
/// was.
pub(super) fn cut_value(value: &mut Value, most: usize) -> bool {
    let text = match value {
        Value::String(text) => Cow::Borrowed(text.as_str()),
        Value::Object(_) | Value::Array(_) => Cow::Owned(value.to_string()),
        _ => return false,
    };
    let Some((end, _)) = text.char_indices().nth(most) else {
        return false;
    };
    let (head, rest) = text.split_at_checked(end).unwrap_or((&text, ""));
    let cut = format!("{head}… ({} more characters)", rest.chars().count());
    *value = Value::String(cut);
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(text: &str) -> Map<String, Value> {
        json!({ "text": text }).as_object().unwrap().clone()
    }

    #[test]
    fn keeps_what_fits() {
        let rows: Vec<_> = (0..100).map(|_| row(&"x".repeat(1_000))).collect();
        let fitted = fit_rows(rows.clone(), AnswerSize::ForModel, 5_000);
        assert_eq!(fitted.rows.len(), 34);
        assert!(!fitted.cells_cut);
        assert_eq!(fit_rows(rows, AnswerSize::Unbounded, 5_000).rows.len(), 100);
    }

    #[test]
    fn a_row_too_long_is_cut_and_kept() {
        let fitted = fit_rows(
            vec![row(&"あ".repeat(90_000)), row("b")],
            AnswerSize::ForModel,
            0,
        );
        assert_eq!(fitted.rows.len(), 2);
        assert!(fitted.cells_cut);
        assert!(
            fitted.rows[0]["text"]
                .as_str()
                .unwrap()
                .ends_with("(88500 more characters)")
        );
        assert_eq!(fitted.rows[1], row("b"));
    }
}
