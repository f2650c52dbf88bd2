//! Divides a text into sentences, whatever Markdown it has.

/// A sentence, or a row of a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) shape: Shape,
    pub(super) text: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Its level.
    Heading(usize),
    /// What stands between fences, and is no text: a chart, a command.
    Code,
    Row {
        cells: Vec<String>,
        is_header: bool,
    },
    Text,
}

/// Returns the sentences of a text in order.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let text = plain(text);
    let mut blocks = Vec::new();
    let mut paragraph = String::new();
    let mut lines = text.lines().peekable();
    let mut in_table = false;
    while let Some(line) = lines.next() {
        let line = line.trim();
        if let Some(language) = line.strip_prefix("```") {
            flush(&mut paragraph, &mut blocks);
            // A whole report may stand between fences.
            if !["", "markdown", "md"].contains(&language.trim()) {
                let code = lines
                    .by_ref()
                    .take_while(|line| !line.trim().starts_with("```"));
                blocks.push(Block {
                    shape: Shape::Code,
                    text: code.collect::<Vec<_>>().join(" "),
                });
            }
            continue;
        }
        let is_row = line.starts_with('|');
        let (mark, body) = marked(line);
        if mark != Mark::None || line.is_empty() || is_row {
            flush(&mut paragraph, &mut blocks);
        }
        if is_row {
            if !is_rule(line) {
                let is_header = !in_table && lines.peek().is_some_and(|next| is_rule(next.trim()));
                blocks.push(row(line, is_header));
            }
            in_table = true;
            continue;
        }
        in_table = false;
        match mark {
            Mark::Heading(level) => blocks.push(Block {
                shape: Shape::Heading(level),
                text: emphasis_off(body),
            }),
            Mark::Item | Mark::None => {
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(body);
            }
        }
    }
    flush(&mut paragraph, &mut blocks);
    blocks.retain(|block| block.text.chars().any(char::is_alphanumeric));
    blocks
}

/// One width for letters, digits and marks, one kind of space and of minus; no control characters.
pub(super) fn plain(text: &str) -> String {
    let mut before = '\n';
    let mut chars = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        let is_number = chars.peek().is_some_and(char::is_ascii_digit);
        let c = match c {
            // "(–6)": a dash that nothing stands before is meant as a minus.
            '\u{2013}' if is_number && "(（|:：\n".contains(before) => '-',
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            '\u{2212}' | '\u{2011}' | '\u{2010}' => '-',
            '\n' => '\n',
            c if c.is_whitespace() || c.is_control() => ' ',
            c => c,
        };
        if c != ' ' {
            before = c;
        }
        out.push(c);
    }
    out
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Mark {
    None,
    Heading(usize),
    Item,
}

/// Takes the mark of a heading, an item or a quotation off a line.
fn marked(line: &str) -> (Mark, &str) {
    let line = line.trim_start_matches(['>', ' ']);
    let level = line.chars().take_while(|c| *c == '#').count();
    if (1..=6).contains(&level) {
        let body = line.trim_start_matches('#');
        if body.is_empty() || body.starts_with(' ') {
            return (
                Mark::Heading(level),
                body.trim().trim_end_matches('#').trim_end(),
            );
        }
    }
    for mark in ["- ", "* ", "+ ", "• ", "・"] {
        if let Some(body) = line.strip_prefix(mark) {
            let body = body.trim_start();
            let body = body
                .strip_prefix("[ ] ")
                .or_else(|| body.strip_prefix("[x] "));
            let whole = line.strip_prefix(mark).unwrap_or(line);
            return (Mark::Item, body.unwrap_or(whole).trim_start());
        }
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    if (1..=2).contains(&digits)
        && let Some(body) = line.get(digits..)
        && let Some(body) = body.strip_prefix(". ").or_else(|| body.strip_prefix(") "))
    {
        return (Mark::Item, body.trim_start());
    }
    (Mark::None, line)
}

fn is_rule(line: &str) -> bool {
    line.starts_with('|')
        && line.contains('-')
        && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

fn row(line: &str, is_header: bool) -> Block {
    let inner = line.trim_start_matches('|');
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let cells = inner.split('|').map(|cell| emphasis_off(cell.trim()));
    Block {
        text: line.to_owned(),
        shape: Shape::Row {
            cells: cells.collect(),
            is_header,
        },
    }
}

fn flush(paragraph: &mut String, blocks: &mut Vec<Block>) {
    let text = emphasis_off(&std::mem::take(paragraph));
    for sentence in sentences(&text) {
        blocks.push(Block {
            shape: Shape::Text,
            text: sentence.to_owned(),
        });
    }
}

/// Takes the marks of emphasis off: stars, and underscores that begin or end a word. Code spans
/// stay as they are.
fn emphasis_off(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '`' {
            in_code = !in_code;
        }
        let after = chars.peek().copied().unwrap_or(' ');
        let is_edge = !before.is_alphanumeric() || !after.is_alphanumeric();
        if !in_code && (c == '*' || (c == '_' && is_edge)) {
            continue;
        }
        out.push(c);
        before = c;
    }
    out.trim().to_owned()
}

/// Divides at the ends of sentences: not within quotes and code, and not at a point within a
/// number or a name.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut in_code = false;
    let mut chars = text.char_indices().peekable();
    let mut word = String::new();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        if c == '`' {
            in_code = !in_code;
        }
        let ends = match c {
            _ if in_code => false,
            '。' | '！' | '？' => true,
            '.' => next.is_none_or(char::is_whitespace) && !is_short(&word),
            '!' | '?' => next.is_none_or(|c| c.is_whitespace() || !c.is_ascii()),
            _ => false,
        };
        if c.is_whitespace() {
            word.clear();
        } else {
            word.push(c);
        }
        if ends {
            let end = at + c.len_utf8();
            found.push(text.get(start..end).unwrap_or_default().trim());
            start = end;
            // A code span that is never closed ends with its sentence.
            word.clear();
        }
    }
    found.push(text.get(start..).unwrap_or_default().trim());
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// Says whether a point after the word is no end of a sentence.
fn is_short(word: &str) -> bool {
    const SHORT: &[&str] = &[
        "vs", "no", "e.g", "i.e", "etc", "approx", "ca", "nov", "oct", "sep", "sept", "aug", "jul",
        "jun", "apr", "mar", "feb", "jan", "dec", "incl",
    ];
    let word = word.trim_start_matches(['(', '"', '\'']);
    SHORT.iter().any(|short| short.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        blocks(text).into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn sentences_end_at_points_that_end_them() {
        assert_eq!(
            texts("Items rose by 1.5 %. There were 77 vs. 41.\nAnd `a. b` too! Yes"),
            [
                "Items rose by 1.5 %.",
                "There were 77 vs. 41.",
                "And `a. b` too!",
                "Yes"
            ]
        );
        assert_eq!(
            texts("増えました。７７件です"),
            ["増えました。", "77件です"]
        );
    }

    #[test]
    fn marks_are_taken_off() {
        let read = blocks("## Account 1\n\n- **77** items\n* _64_ changes\n3. snake_case\n> said");
        let shapes: Vec<_> = read.iter().map(|b| (&b.shape, b.text.as_str())).collect();
        assert_eq!(
            shapes,
            [
                (&Shape::Heading(2), "Account 1"),
                (&Shape::Text, "77 items"),
                (&Shape::Text, "64 changes"),
                (&Shape::Text, "snake_case said"),
            ]
        );
    }

    #[test]
    fn tables_have_a_header_and_rows() {
        let read = blocks("| Account | Items |\n|---|--:|\n| 1 | 77 |\n| 2 | 64 |");
        let rows: Vec<_> = read
            .iter()
            .map(|block| match &block.shape {
                Shape::Row { cells, is_header } => (cells.join("/"), *is_header),
                other => panic!("{other:?}"),
            })
            .collect();
        let row = |text: &str, is_header| (text.to_owned(), is_header);
        assert_eq!(
            rows,
            [
                row("Account/Items", true),
                row("1/77", false),
                row("2/64", false)
            ]
        );
    }
}
