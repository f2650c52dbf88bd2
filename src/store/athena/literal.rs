//! Values as literals of SQL: the one way by which a value gets into a statement.

use jiff::{Timestamp, tz::Offset};

/// Writes text as a literal. A quote is doubled; nothing else is special within a literal.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Writes texts as the members of an `IN` list, in the order given.
pub(super) fn texts<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> String {
    let literals: Vec<String> = values
        .into_iter()
        .map(|value| text(value.as_ref()))
        .collect();
    literals.join(", ")
}

/// Writes an instant as a timestamp in UTC, cut to milliseconds.
pub(super) fn timestamp(at: Timestamp) -> String {
    let at = Offset::UTC.to_datetime(at);
    format!("TIMESTAMP '{}'", at.strftime("%Y-%m-%d %H:%M:%S%.3f"))
}

/// Writes the name of a column or table.
pub(super) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_literal_but_its_own_quote() {
        assert_eq!(text("O'Brien"), "'O''Brien'");
        assert_eq!(text("x' OR '1'='1"), "'x'' OR ''1''=''1'");
        assert_eq!(text(r"a\'; --"), r"'a\''; --'");
        assert_eq!(texts(["a", "b"]), "'a', 'b'");
        assert_eq!(name("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn instants_have_milliseconds() {
        let at: Timestamp = "2024-10-31T15:00:00Z".parse().unwrap();
        assert_eq!(timestamp(at), "TIMESTAMP '2024-10-31 15:00:00.000'");
    }
}
