//! The document for a terminal.

use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, presets};

use super::document::{Block, Column, Line, ResourceTable, Span, Table, TypeRow, TypeTable};

/// Columns of the terminal that the text is made for.
const WIDTH: u16 = 100;
/// Columns between two cells, and before the first.
const GAP: u16 = 2;
/// Stands for a blank at which no line may break, until the lines are made.
const NO_BREAK: &str = "\u{a0}";

/// Writes the document.
pub(super) fn write(blocks: &[Block]) -> String {
    let mut text = String::new();
    let mut before = None;
    for block in blocks {
        if before.is_some_and(|before| is_apart(before, block)) {
            text.push('\n');
        }
        before = Some(block);
        text.push_str(&block_text(block));
        text.push('\n');
    }
    text
}

/// Says whether an empty line stands between two blocks.
fn is_apart(before: &Block, block: &Block) -> bool {
    match (before, block) {
        (_, Block::Heading(_)) => true,
        (Block::Part(..), Block::Types(_))
        | (Block::Heading(_), _)
        | (Block::Note(_), Block::List(_))
        | (Block::Resources(_) | Block::Table(_), Block::Note(_)) => false,
        _ => true,
    }
}

fn block_text(block: &Block) -> String {
    match block {
        Block::Title(title) | Block::Heading(title) => title.clone(),
        Block::Paragraph(lines) => paragraph(lines, 0),
        Block::Note(lines) => paragraph(lines, GAP),
        Block::List(lines) => list(lines),
        Block::Facts(facts) => {
            let mut grid = grid();
            for (label, line) in facts {
                grid.add_row([(*label).to_owned(), plain(line)]);
            }
            finish(&mut grid, &[], &[])
        }
        Block::Table(table) => table_text(table),
        Block::Resources(table) => resources_text(table),
        Block::Part(title, about) => format!("  {}   {about}", plain(title)),
        Block::Types(table) => types_text(table),
        Block::Chart(lines) => {
            let lines: Vec<String> = lines.iter().map(|line| format!("  {line}")).collect();
            lines.join("\n")
        }
    }
}

fn paragraph(lines: &[Line], indent: u16) -> String {
    let mut grid = grid();
    for line in lines {
        grid.add_row([plain(line)]);
    }
    finish(&mut grid, &[indent], &[])
}

fn list(lines: &[Line]) -> String {
    let mut grid = grid();
    for line in lines {
        grid.add_row(["-".to_owned(), plain(line)]);
    }
    finish(&mut grid, &[GAP, 1], &[])
}

fn table_text(table: &Table) -> String {
    let titles: Vec<String> = table.columns.iter().map(|c| c.title.clone()).collect();
    let text = rows_text(table, &titles);
    let is_long = |c: &Column| c.is_number && c.title.contains(' ');
    if text.lines().count() == table.rows.len() + 1 || !table.columns.iter().any(is_long) {
        return text;
    }
    // Too wide: titles of numbers take two lines, so that each row takes one.
    let titles = table.columns.iter().map(|column| {
        let title = &column.title;
        match title.split_once(' ').filter(|_| column.is_number) {
            Some((first, second)) => format!("{first}\n{second}"),
            None => format!("\n{title}"),
        }
    });
    rows_text(table, &titles.collect::<Vec<_>>())
}

fn rows_text(table: &Table, titles: &[String]) -> String {
    let mut grid = grid();
    grid.set_header(titles);
    for row in &table.rows {
        grid.add_row(row.iter().map(|cell| plain(cell)));
    }
    let numbers: Vec<bool> = table.columns.iter().map(|c| c.is_number).collect();
    finish(&mut grid, &[], &numbers)
}

/// Two lines a resource: who it is and how many changes, then where and when.
fn resources_text(table: &ResourceTable) -> String {
    let mut grid = grid();
    for row in &table.rows {
        let place = [&row.resource_type, &row.account, &row.region].map(Span::text);
        let [resource_type, account, region] = place;
        let (resource, counted, days) = (plain(&row.resource), &row.counted, &row.days);
        grid.add_row([format!(
            "{resource}: {counted}\n  {resource_type}  {account}  {region}  {days}"
        )]);
    }
    finish(&mut grid, &[], &[])
}

/// A line a type, and under it the resources, which may take all of the terminal's width.
fn types_text(table: &TypeTable) -> String {
    let mut grid = grid();
    // Each row is one line, whatever its width: the resources go between these lines.
    grid.set_content_arrangement(ContentArrangement::Disabled);
    let [resource_type, items, changes, resources, ..] = table.titles;
    grid.set_header([resource_type, items, changes, resources]);
    for row in &table.rows {
        grid.add_row([
            row.resource_type.text().to_owned(),
            row.items.clone(),
            row.changes.clone(),
            row.resources.clone(),
        ]);
    }
    let lines = finish(&mut grid, &[2 * GAP], &[false, true, true, true]);
    let mut lines = lines.lines().map(str::to_owned);
    let mut text: Vec<String> = lines.next().into_iter().collect();
    for (line, row) in lines.zip(&table.rows) {
        text.extend([line, paragraph(&[which(row)], 3 * GAP)]);
    }
    let note = table.note.iter();
    text.extend(note.map(|note| paragraph(&[vec![Span::Own(note.clone())]], 2 * GAP)));
    text.join("\n")
}

/// Returns the Regions of a type, then its resources, as one run of text that does not break before
/// their numbers.
fn which(row: &TypeRow) -> Line {
    let unbroken = |text: &str| text.replace(' ', NO_BREAK);
    let resource = |line: &Line| {
        let parts = line.iter().map(|span| match span {
            Span::Own(text) => unbroken(text),
            _ => span.text().to_owned(),
        });
        parts.collect::<String>()
    };
    let resources = row
        .which
        .iter()
        .map(resource)
        .collect::<Vec<_>>()
        .join(", ");
    let mut text = match row.regions.as_slice() {
        [] => resources,
        regions => format!("{}: {resources}", plain(regions)),
    };
    if let Some(more) = &row.more {
        text.extend([" ", unbroken(more).as_str()]);
    }
    vec![Span::Own(text)]
}

fn grid() -> Grid {
    let mut grid = Grid::new();
    grid.load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    grid
}

/// Formats the grid; `before` gives the blanks before each column, [`GAP`] where it gives none.
fn finish(grid: &mut Grid, before: &[u16], numbers: &[bool]) -> String {
    for (i, column) in grid.column_iter_mut().enumerate() {
        column.set_padding((before.get(i).copied().unwrap_or(GAP), 0));
        if numbers.get(i) == Some(&true) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    grid.trim_fmt().replace(NO_BREAK, " ")
}

fn plain(line: &[Span]) -> String {
    let text = |span: &Span| match span {
        Span::Own(text) => counted(text),
        _ => span.text().to_owned(),
    };
    line.iter().map(text).collect()
}

/// Keeps on one line what belongs to a number: the time of a day, and in Japanese what it counts.
fn counted(text: &str) -> String {
    let is_wide = |c: &char| *c > '\u{2FFF}';
    let mut joined = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut last = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek();
        let is_number = next.is_some_and(char::is_ascii_digit);
        let counts = last.is_ascii_digit() && (is_number || next.is_some_and(is_wide))
            || is_wide(&last) && is_number;
        if c == ' ' && counts {
            joined.push_str(NO_BREAK);
        } else {
            joined.push(c);
        }
        last = c;
    }
    joined
}

impl Span {
    fn text(&self) -> &str {
        match self {
            Self::Own(text)
            | Self::Delivered(text)
            | Self::Message(text)
            | Self::Claim { plain: text, .. } => text,
        }
    }
}
