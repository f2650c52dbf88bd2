//! Totals and counts, beside those of the month before.

use std::cmp::Reverse;

use super::{View, count, short_day};
use crate::{
    analysis::Count,
    domain::ChangeKind,
    summary::{
        document::{Block, Column, Line, Table, delivered, number_column, own, text_column},
        number::{grouped, percent, signed_difference},
    },
};

/// Rows of a table of counts.
const ROWS: usize = 10;
/// Days named as those with the most items.
const PEAK_DAYS: usize = 3;
/// Days between two marks under the chart.
const MARK_EVERY: usize = 7;

impl View<'_> {
    /// Totals.
    pub(super) fn totals(&self) -> [Block; 2] {
        [
            Block::Heading(self.words.headings.totals.to_owned()),
            Block::Table(self.totals_table()),
        ]
    }

    /// Each list of counts.
    pub(super) fn counts(&self) -> Vec<Block> {
        let (digest, words) = (self.digest, self.words);
        let (labels, headings) = (&words.labels, &words.headings);
        let mut blocks = self.accounts();
        blocks.extend([
            Block::Heading(headings.kinds.to_owned()),
            Block::Table(self.kinds()),
        ]);
        for (heading, label, counts) in [
            (
                headings.resource_types,
                labels.resource_type,
                &digest.resource_types,
            ),
            (headings.regions, labels.region, &digest.regions),
            (headings.statuses, labels.status, &digest.statuses),
        ] {
            blocks.push(Block::Heading(heading.to_owned()));
            blocks.push(Block::Table(self.table(label, counts)));
        }
        blocks.extend(self.day_chart());
        blocks
    }

    fn totals_table(&self) -> Table {
        let (digest, labels) = (self.digest, &self.words.labels);
        let (totals, before) = (&digest.totals, digest.previous.as_ref());
        let plain = |label, n| (label, n, None);
        let mut rows = vec![
            (
                labels.items,
                totals.items,
                before.map(|before| before.items),
            ),
            (
                labels.real_changes,
                totals.real_changes,
                before.map(|before| before.real_changes),
            ),
            plain(labels.echoes, totals.echoes),
        ];
        if totals.unknown > 0 {
            rows.push(plain(labels.unknown, totals.unknown));
        }
        rows.extend([
            (
                labels.resources,
                totals.resources,
                before.map(|before| before.resources),
            ),
            plain(labels.created, digest.created.total),
            plain(labels.recreated, digest.recreated.total),
            plain(labels.first_seen, digest.first_seen.total),
            plain(labels.deleted, digest.deleted.total),
            plain(labels.resource_types, totals.resource_types),
            plain(labels.accounts, totals.accounts),
            plain(labels.regions, totals.regions),
        ]);
        Table {
            columns: self.columns(vec![text_column("")], &digest.month.to_string(), false),
            rows: rows
                .into_iter()
                .map(|(label, now, before)| self.row(vec![own(label)], now, None, before))
                .collect(),
        }
    }

    fn kinds(&self) -> Table {
        let labels = &self.words.labels;
        let meaning = |key: &str| {
            let kind = ChangeKind::ALL
                .into_iter()
                .find(|kind| kind.as_str() == key);
            own(kind.map_or("", self.words.kind))
        };
        let names = vec![text_column(labels.kind), text_column(labels.meaning)];
        let counts = self.digest.change_kinds.iter();
        Table {
            columns: self.columns(names, labels.items, true),
            rows: counts
                .map(|c| {
                    self.row(
                        vec![delivered(&c.key), meaning(&c.key)],
                        c.items,
                        Some(c.changes),
                        c.previous,
                    )
                })
                .collect(),
        }
    }

    fn table(&self, label: &str, counts: &[Count]) -> Table {
        let mut rows: Vec<Vec<Line>> = counts
            .iter()
            .take(ROWS)
            .map(|c| {
                let row = self.row(
                    vec![delivered(&c.key)],
                    c.items,
                    Some(c.changes),
                    c.previous,
                );
                with_resources(row, c.resources)
            })
            .collect();
        let left_out = || counts.iter().skip(ROWS);
        if left_out().next().is_some() {
            let gone = left_out().filter(|c| c.items == 0).count();
            let more = (self.words.sentences.more_keys)(count(left_out().count()), count(gone));
            let previous = left_out().filter_map(|c| c.previous).sum();
            let previous = self.digest.previous.map(|_| previous);
            let items = left_out().map(|c| c.items).sum();
            let changes = left_out().map(|c| c.changes).sum();
            let row = self.row(vec![own(more)], items, Some(changes), previous);
            // Where one count tells of resources, all do.
            let resources = left_out().map(|c| c.resources).sum();
            rows.push(with_resources(row, resources));
        }
        let mut columns = self.columns(vec![text_column(label)], self.words.labels.items, true);
        if counts.iter().any(|c| c.resources.is_some()) {
            columns.push(number_column(self.words.labels.resources));
        }
        Table { columns, rows }
    }

    /// Appends the columns of numbers.
    fn columns(&self, mut columns: Vec<Column>, items: &str, changes: bool) -> Vec<Column> {
        columns.push(number_column(items));
        if changes {
            columns.push(number_column(self.words.labels.real_changes));
        }
        if let Some(before) = &self.digest.previous {
            columns.push(number_column(before.month.to_string()));
            columns.push(number_column(self.words.labels.difference));
        }
        columns
    }

    /// Appends the cells of numbers.
    fn row(
        &self,
        mut cells: Vec<Line>,
        now: u64,
        changes: Option<u64>,
        before: Option<u64>,
    ) -> Vec<Line> {
        cells.push(own(grouped(now)));
        cells.extend(changes.map(|changes| own(grouped(changes))));
        if self.digest.previous.is_some() {
            cells.push(own(before.map_or_else(String::new, grouped)));
            cells.push(own(
                before.map_or_else(String::new, |before| self.difference(now, before))
            ));
        }
        cells
    }

    fn difference(&self, now: u64, before: u64) -> String {
        let difference = signed_difference(now, before);
        let note = match (now, before) {
            (now, before) if now == before => return difference,
            (_, 0) => self.words.new.to_owned(),
            (0, _) => self.words.gone.to_owned(),
            _ => percent(now, before).unwrap_or_default(),
        };
        format!("{difference} ({note})")
    }

    fn day_chart(&self) -> Vec<Block> {
        let (digest, words) = (self.digest, self.words);
        let (labels, sentences) = (&words.labels, &words.sentences);
        let marks: Vec<String> = (1..=digest.days.len())
            .step_by(MARK_EVERY)
            .map(|day| format!("{day:<MARK_EVERY$}"))
            .collect();
        let active = count(digest.days.iter().filter(|day| day.items > 0).count());
        let mut note = vec![own((sentences.active_days)(
            active,
            count(digest.days.len()),
        ))];
        note.push(own((sentences.peak_days)(&self.peaks(|day| day.items))));
        let mut chart = vec![self.bars(labels.items, |day| day.items)];
        if digest.totals.real_changes > 0 {
            chart.push(self.bars(labels.real_changes, |day| day.changes));
            let peaks = self.peaks(|day| day.changes);
            note.push(own((sentences.peak_changes)(&peaks)));
        }
        chart.push(marks.concat().trim_end().to_owned());
        vec![
            Block::Heading(words.headings.days.to_owned()),
            Block::Chart(chart),
            Block::Note(note),
        ]
    }

    /// Returns a bar for each day, then what it counts.
    fn bars(&self, label: &str, of: impl Fn(&Count) -> u64) -> String {
        let days = &self.digest.days;
        let most = days.iter().map(&of).max().unwrap_or(0);
        let bars: String = days.iter().map(|day| bar(of(day), most)).collect();
        format!("{bars}  {label}")
    }

    /// Returns the days with the most.
    fn peaks(&self, of: impl Fn(&Count) -> u64) -> String {
        let days = self.digest.days.iter();
        let mut peaks: Vec<&Count> = days.filter(|day| of(day) > 0).collect();
        peaks.sort_by_key(|day| Reverse(of(day)));
        let peak = |day: &Count| {
            let name = short_day(self.digest.month, &day.key);
            (self.words.sentences.peak)(name, &grouped(of(day)))
        };
        let peaks = peaks.into_iter().take(PEAK_DAYS).map(peak);
        peaks.collect::<Vec<_>>().join(self.words.comma)
    }
}

/// Appends the cell of resources, where they are counted.
fn with_resources(mut row: Vec<Line>, resources: Option<u64>) -> Vec<Line> {
    row.extend(resources.map(|n| own(grouped(n))));
    row
}

/// Returns a bar from ▁ to █, for nothing a dot.
fn bar(items: u64, most: u64) -> char {
    let Some(step) = (items.saturating_mul(8))
        .div_ceil(most.max(1))
        .checked_sub(1)
    else {
        return '.';
    };
    let bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'];
    let step = usize::try_from(step).unwrap_or(bars.len());
    bars.get(step).copied().unwrap_or('█')
}
