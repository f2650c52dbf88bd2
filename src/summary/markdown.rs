//! The document as Markdown. Delivered text cannot act as markup.

use super::document::{Block, Line, ResourceTable, Span, Table, TypeTable};

/// Writes the document.
pub(super) fn write(blocks: &[Block]) -> String {
    let blocks: Vec<String> = blocks.iter().map(block_text).collect();
    let mut text = blocks.join("\n\n");
    text.push('\n');
    text
}

fn block_text(block: &Block) -> String {
    match block {
        Block::Title(title) => format!("# {title}"),
        Block::Heading(title) => format!("## {title}"),
        Block::Paragraph(lines) | Block::Note(lines) => joined(lines, ""),
        Block::List(lines) => joined(lines, "- "),
        Block::Facts(facts) => {
            let lines: Vec<String> = facts
                .iter()
                .map(|(label, line)| format!("- **{label}**: {}", marked_up(line)))
                .collect();
            lines.join("\n")
        }
        Block::Table(table) => table_text(table),
        Block::Resources(table) => resources_text(table),
        Block::Part(title, about) => format!("### {}\n\n{about}", marked_up(title)),
        Block::Types(table) => types_text(table),
        Block::Chart(lines) => format!("```text\n{}\n```", lines.join("\n")),
    }
}

fn joined(lines: &[Line], before: &str) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{before}{}", marked_up(line)))
        .collect();
    lines.join("\n")
}

fn table_text(table: &Table) -> String {
    let columns = table.columns.iter();
    let mut lines = vec![
        row(columns.clone().map(|column| column.title.clone())),
        row(columns.map(|column| rule(column.is_number))),
    ];
    for cells in &table.rows {
        lines.push(row(cells.iter().map(|cell| marked_up(cell))));
    }
    lines.join("\n")
}

fn resources_text(table: &ResourceTable) -> String {
    let mut lines = vec![
        row(table.titles.iter().map(|title| (*title).to_owned())),
        row((0..table.titles.len()).map(|i| rule(i + 2 >= table.titles.len()))),
    ];
    for resource in &table.rows {
        lines.push(row([
            marked_up(&resource.resource),
            span_text(&resource.resource_type),
            span_text(&resource.account),
            span_text(&resource.region),
            resource.days.clone(),
            resource.changes.clone(),
            resource.items.clone(),
        ]));
    }
    lines.join("\n")
}

fn types_text(table: &TypeTable) -> String {
    let mut lines = vec![
        row(table.titles.iter().map(|title| (*title).to_owned())),
        row([false, true, true, true, false, false].map(rule)),
    ];
    for row_of_type in &table.rows {
        let which = row_of_type.which.iter().map(|line| marked_up(line));
        let mut which = which.collect::<Vec<_>>().join(", ");
        if let Some(more) = &row_of_type.more {
            which.extend([" ", more]);
        }
        lines.push(row([
            span_text(&row_of_type.resource_type),
            row_of_type.items.clone(),
            row_of_type.changes.clone(),
            row_of_type.resources.clone(),
            marked_up(&row_of_type.regions),
            which,
        ]));
    }
    if let Some(note) = &table.note {
        lines.extend([String::new(), note.clone()]);
    }
    lines.join("\n")
}

fn row(cells: impl IntoIterator<Item = String>) -> String {
    let mut line = String::from("|");
    for cell in cells {
        line.push(' ');
        line.push_str(&cell);
        line.push_str(" |");
    }
    line
}

fn rule(is_number: bool) -> String {
    if is_number { "---:" } else { "---" }.to_owned()
}

fn marked_up(line: &[Span]) -> String {
    line.iter().map(span_text).collect()
}

fn span_text(span: &Span) -> String {
    match span {
        Span::Own(text) => text.clone(),
        Span::Delivered(text) => code(text),
        Span::Message(text) => escaped(text, "\\[]*<>&|~"),
        Span::Claim { markdown, .. } => markdown.clone(),
    }
}

/// Returns delivered text as code, so that it can be copied as it is; text that could end the code
/// or a cell, or that a careless reader could take for HTML, has its marks escaped instead.
fn code(text: &str) -> String {
    if text.trim() != text || text.is_empty() || text.contains(['`', '|', '<', '>', '&', '\\']) {
        escaped(text, "\\`*_{}[]()#+!.:@<>&|~=-")
    } else {
        format!("`{text}`")
    }
}

fn escaped(text: &str, marks: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            c => {
                if marks.contains(c) {
                    safe.push('\\');
                }
                safe.push(c);
            }
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn delivered_text_is_code_or_escaped() {
        for (text, shown) in [
            ("i-0abc", "`i-0abc`"),
            ("[x](http://evil)", "`[x](http://evil)`"),
            ("a|b", "a\\|b"),
            ("a`b", "a\\`b"),
            ("<img src=x>", "&lt;img src\\=x&gt;"),
            ("a`[x](http://evil)", "a\\`\\[x\\]\\(http\\://evil\\)"),
        ] {
            assert_eq!(code(text), shown);
        }
    }

    proptest! {
        #[test]
        fn no_delivered_text_ends_its_cell(text in "[a-z`|<>&\\\\\\[\\]() ]{0,12}") {
            let shown = code(&text);
            prop_assert!(!shown.contains(['<', '>']));
            let mut escaped = false;
            for c in shown.chars() {
                prop_assert!(c != '|' || escaped, "{}", shown);
                escaped = c == '\\' && !escaped;
            }
        }
    }
}
