//! What was delivered, and what that does not prove.

use super::{View, count};
use crate::{
    analysis::DeliveryLine,
    summary::{
        document::{Block, Line, Table, delivered, number_column, own, text_column},
        number::grouped,
    },
};

/// Recorders that are named.
const ROWS: usize = 15;

impl View<'_> {
    /// Recorders with the fewest days first.
    pub(super) fn coverage(&self) -> Vec<Block> {
        let (coverage, words) = (&self.digest.coverage, self.words);
        let (labels, sentences) = (&words.labels, &words.sentences);
        let mut blocks = vec![Block::Heading(words.headings.coverage.to_owned())];
        if coverage.recorders.is_empty() {
            blocks.push(Block::Note(vec![own(sentences.no_recorders)]));
            return blocks;
        }
        let mut lines: Vec<&DeliveryLine> = coverage.recorders.iter().collect();
        lines.sort_by_key(|line| line.days_with_history);
        let recorders = (sentences.recorders)(count(lines.len()), coverage.gaps());
        let mut note = vec![own(recorders)];
        if coverage.gaps() > 0 {
            note.push(own(sentences.no_proof));
        }
        if let Some(at) = coverage.watermark {
            let newest = (sentences.watermark)(&self.minute(at), &self.digest.timezone);
            note.insert(0, own(newest));
        }
        blocks.push(Block::Note(note));
        blocks.push(Block::Table(Table {
            columns: vec![
                text_column(labels.account),
                text_column(labels.region),
                number_column(labels.history_files),
                number_column(labels.snapshot_files),
                number_column(labels.days),
                text_column(labels.longest_silence),
                text_column(labels.newest_delivery),
            ],
            rows: lines
                .iter()
                .take(ROWS)
                .map(|line| self.delivery_row(line))
                .collect(),
        }));
        let more = count(lines.len().saturating_sub(ROWS));
        if more > 0 {
            blocks.push(Block::Note(vec![own((sentences.more_recorders)(more))]));
        }
        blocks
    }

    fn delivery_row(&self, line: &DeliveryLine) -> Vec<Line> {
        let silence = line.longest_silence.as_ref().map(|days| {
            let (first, last) = days.split_once('/').unwrap_or((days, days));
            self.day_range(first, last)
        });
        vec![
            delivered(&line.account),
            delivered(&line.region),
            own(grouped(line.history_files)),
            own(grouped(line.snapshot_files)),
            own(format!("{}/{}", line.days_with_history, line.days)),
            own(silence.unwrap_or_default()),
            own(line
                .watermark
                .map_or_else(String::new, |at| self.minute(at))),
        ]
    }
}
