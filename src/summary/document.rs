//! What a digest consists of, before it is text or Markdown.

use crate::domain::visible;

/// Characters of a delivered text that are shown.
const SHOWN_CHARS: usize = 60;

/// A part of the document.
#[derive(Debug)]
pub(super) enum Block {
    Title(String),
    Heading(String),
    /// Sentences, each on its own line.
    Paragraph(Vec<Line>),
    /// Sentences about what stands before or after them in their section.
    Note(Vec<Line>),
    List(Vec<Line>),
    /// Labels with what they stand for.
    Facts(Vec<(&'static str, Line)>),
    Table(Table),
    Resources(ResourceTable),
    /// The title of a part of a section, and a few words about that part.
    Part(Line, String),
    Types(TypeTable),
    /// Lines of characters that stand under one another.
    Chart(Vec<String>),
}

/// A table; a row has as many cells as there are columns.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Line>>,
}

/// A column of a table.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) title: String,
    pub(super) is_number: bool,
}

/// Resources, too wide for a table in a terminal.
#[derive(Debug)]
pub(super) struct ResourceTable {
    /// Titles: resource, type, account, Region, days, real changes, items.
    pub(super) titles: [&'static str; 7],
    pub(super) rows: Vec<ResourceRow>,
}

/// A resource.
#[derive(Debug)]
pub(super) struct ResourceRow {
    pub(super) resource: Line,
    pub(super) resource_type: Span,
    pub(super) account: Span,
    pub(super) region: Span,
    pub(super) days: String,
    pub(super) changes: String,
    pub(super) items: String,
    /// Real changes and items in words.
    pub(super) counted: String,
}

/// Resource types with the resources that matter most, too wide for a table in a terminal.
#[derive(Debug)]
pub(super) struct TypeTable {
    /// Titles: type, items, real changes, resources, Regions, which resources.
    pub(super) titles: [&'static str; 6],
    pub(super) rows: Vec<TypeRow>,
    /// What is left out.
    pub(super) note: Option<String>,
}

/// A resource type.
#[derive(Debug)]
pub(super) struct TypeRow {
    pub(super) resource_type: Span,
    pub(super) items: String,
    pub(super) changes: String,
    pub(super) resources: String,
    pub(super) regions: Line,
    /// Resources with their items.
    pub(super) which: Vec<Line>,
    /// How many more resources there are.
    pub(super) more: Option<String>,
}

/// A run of text, from parts of different trust.
pub(super) type Line = Vec<Span>;

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Span {
    /// Our own words and numbers.
    Own(String),
    /// A name, an id, a key: written by users of the accounts.
    Delivered(String),
    /// A message that may quote anything.
    Message(String),
    /// A proved claim: as plain text, and as Markdown in which it marked up names itself.
    Claim { plain: String, markdown: String },
}

impl Span {
    /// Takes delivered text, made safe to show and shortened in the middle.
    pub(super) fn delivered(text: &str) -> Self {
        Self::short(text, SHOWN_CHARS)
    }

    /// Takes delivered text of which no more than `most` characters are shown.
    pub(super) fn short(text: &str, most: usize) -> Self {
        Self::Delivered(shorten(&visible(text), most))
    }

    /// Takes a delivered file's key, whose length carries meaning.
    pub(super) fn key(text: &str) -> Self {
        Self::Delivered(visible(text).into_owned())
    }

    /// Takes a message, made safe to show.
    pub(super) fn message(text: &str) -> Self {
        Self::Message(visible(text).into_owned())
    }
}

/// Makes a line of our own words.
pub(super) fn own(text: impl Into<String>) -> Line {
    vec![Span::Own(text.into())]
}

/// Makes a line of delivered text.
pub(super) fn delivered(text: &str) -> Line {
    vec![Span::delivered(text)]
}

/// Makes a column of text.
pub(super) fn text_column(title: &str) -> Column {
    Column {
        title: title.to_owned(),
        is_number: false,
    }
}

/// Makes a column of numbers.
pub(super) fn number_column(title: impl Into<String>) -> Column {
    Column {
        title: title.into(),
        is_number: true,
    }
}

fn shorten(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let tail = (most - 1) / 2;
    let head = text.chars().take(most - 1 - tail);
    let tail = text.chars().skip(length - tail);
    head.chain(['…']).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_keeps_both_ends() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdefg", 6), "abc…fg");
        assert_eq!(shorten("日本語の名前", 5), "日本…名前");
        let Span::Delivered(id) = Span::delivered(&"x".repeat(2000)) else {
            panic!();
        };
        assert_eq!(id.chars().count(), SHOWN_CHARS);
    }
}
