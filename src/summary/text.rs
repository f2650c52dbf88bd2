//! The document for a terminal.

use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, presets};

use super::document::{Block, Line, ResourceTable, Span, Table, TypeRow, TypeTable};

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
        (Block::Heading(_) | Block::Part(..), Block::Types(_) | Block::Part(..))
        | (Block::Heading(_), _)
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
    let mut grid = grid();
    grid.set_header(table.columns.iter().map(|column| column.title.clone()));
    for row in &table.rows {
        grid.add_row(row.iter().map(|cell| plain(cell)));
    }
    let numbers: Vec<bool> = table.columns.iter().map(|c| c.is_number).collect();
    finish(&mut grid, &[], &numbers)
}

/// Two lines a resource: who it is, then where and when.
fn resources_text(table: &ResourceTable) -> String {
    let mut grid = grid();
    for row in &table.rows {
        let place = [&row.resource_type, &row.account, &row.region].map(Span::text);
        let [resource_type, account, region] = place;
        let resource = plain(&row.resource);
        let days = &row.days;
        grid.add_row([
            row.items.clone(),
            format!("{resource}\n{resource_type}  {account}  {region}  {days}"),
        ]);
    }
    finish(&mut grid, &[], &[true])
}

/// A line a type, and under it the resources, which may take all of the terminal's width.
fn types_text(table: &TypeTable) -> String {
    let mut grid = grid();
    // Each row is one line, whatever its width: the resources go between these lines.
    grid.set_content_arrangement(ContentArrangement::Disabled);
    let [resource_type, items, resources, regions, _] = table.titles;
    grid.set_header([resource_type, items, resources, regions]);
    for row in &table.rows {
        grid.add_row([
            row.resource_type.text().to_owned(),
            row.items.clone(),
            row.resources.clone(),
            plain(&row.regions),
        ]);
    }
    let lines = finish(&mut grid, &[2 * GAP], &[false, true, true]);
    let mut lines = lines.lines().map(str::to_owned);
    let mut text: Vec<String> = lines.next().into_iter().collect();
    for (line, row) in lines.zip(&table.rows) {
        text.extend([line, paragraph(&[which(row)], 3 * GAP)]);
    }
    let note = table.note.iter();
    text.extend(note.map(|note| paragraph(&[vec![Span::Own(note.clone())]], 2 * GAP)));
    text.join("\n")
}

/// Returns the resources of a type as one run of text that does not break before their numbers.
fn which(row: &TypeRow) -> Line {
    let unbroken = |text: &str| text.replace(' ', NO_BREAK);
    let resource = |line: &Line| {
        let parts = line.iter().map(|span| match span {
            Span::Own(text) => unbroken(text),
            _ => span.text().to_owned(),
        });
        parts.collect::<String>()
    };
    let mut text = row
        .which
        .iter()
        .map(resource)
        .collect::<Vec<_>>()
        .join(", ");
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
    line.iter().map(Span::text).collect()
}

impl Span {
    fn text(&self) -> &str {
        match self {
            Self::Own(text) | Self::Delivered(text) | Self::Message(text) => text,
        }
    }
}
