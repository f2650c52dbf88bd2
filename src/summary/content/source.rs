//! Where the numbers come from, and what could not be read.

use super::{View, count};
use crate::{
    domain::human_bytes,
    store::Evidence,
    summary::document::{Block, Line, Span, own},
};

/// Unreadable files that are named.
const FILES: usize = 10;

impl View<'_> {
    /// Unreadable files, then what was read.
    pub(super) fn source(&self, evidence: &Evidence) -> Vec<Block> {
        let mut blocks = Vec::new();
        if evidence.unreadable_files > 0 {
            blocks.extend(self.unreadable(evidence));
        }
        blocks.push(Block::Heading(self.words.headings.source.to_owned()));
        blocks.push(Block::Facts(self.evidence(evidence)));
        blocks
    }

    fn unreadable(&self, evidence: &Evidence) -> [Block; 3] {
        let sentences = &self.words.sentences;
        let named = evidence.unreadable.iter().take(FILES);
        let mut lines: Vec<Line> = named
            .map(|file| {
                vec![
                    Span::key(&file.key),
                    Span::Own(self.words.colon.to_owned()),
                    Span::message(&file.reason),
                ]
            })
            .collect();
        let more = evidence.unreadable_files.saturating_sub(count(lines.len()));
        if more > 0 {
            lines.push(own((sentences.more_files)(more)));
        }
        [
            Block::Heading((self.words.headings.unreadable)(evidence.unreadable_files)),
            Block::Note(vec![own(sentences.unreadable)]),
            Block::List(lines),
        ]
    }

    fn evidence(&self, evidence: &Evidence) -> Vec<(&'static str, Line)> {
        let (labels, sentences) = (&self.words.labels, &self.words.sentences);
        let partitions = &evidence.partitions;
        let size = human_bytes(evidence.bytes_scanned);
        let files = (sentences.files)(evidence.files_read, &size, partitions.folders);
        let mut facts = vec![(labels.files_read, own(files))];
        if let (Some(first), Some(last)) = (&partitions.first_day, &partitions.last_day) {
            facts.push((
                labels.delivery_days,
                own(format!("{first}{}{last}", self.words.to)),
            ));
        }
        if evidence.duplicate_items > 0 {
            let duplicates = (sentences.duplicates)(evidence.duplicate_items);
            facts.push((labels.duplicates, own(duplicates)));
        }
        if let Some(id) = &evidence.athena_query_id {
            facts.push((labels.athena_query, vec![Span::delivered(id)]));
        }
        if evidence.cost_estimate_usd > 0.0 {
            let cost = format!("{:.4} USD", evidence.cost_estimate_usd);
            facts.push((labels.cost, own(cost)));
        }
        facts
    }
}
