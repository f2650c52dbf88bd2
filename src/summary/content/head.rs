//! The title and the few sentences that matter most.

use super::View;
use crate::{
    analysis::Warning,
    store::{Evidence, SourceInfo},
    summary::{
        document::{Block, Line, Span, own},
        wording::{Compared, Pair},
    },
};

/// The kind of source that is in no place.
const DEMO: &str = "demo";

impl View<'_> {
    /// Title, conditions, headline, warnings.
    pub(super) fn head(&self, evidence: &Evidence, warnings: &[Warning]) -> Vec<Block> {
        let mut blocks = vec![
            Block::Title((self.words.headings.title)(self.digest.month)),
            Block::Facts(self.conditions(&evidence.source)),
            Block::Paragraph(self.headline().into_iter().map(own).collect()),
        ];
        // The headline tells of unknown kinds, what to look at first of the baseline.
        let told = [Warning::UnknownKinds, Warning::NoBaseline];
        let warnings = warnings.iter().filter(|warning| !told.contains(warning));
        let warnings: Vec<Line> = warnings
            .map(|warning| own((self.words.warning)(*warning)))
            .collect();
        if !warnings.is_empty() {
            blocks.push(Block::Heading(self.words.headings.warnings.to_owned()));
            blocks.push(Block::List(warnings));
        }
        blocks
    }

    fn conditions(&self, source: &SourceInfo) -> Vec<(&'static str, Line)> {
        let (digest, labels) = (self.digest, &self.words.labels);
        let [start, end] = [digest.start, digest.end].map(|instant| self.minute(instant));
        let period = (self.words.sentences.period)(&start, &end, &digest.timezone);
        let mut facts = vec![
            (labels.period, own(period)),
            (labels.source, self.source_line(source)),
        ];
        for (label, wanted) in [
            (labels.accounts, &digest.scope.accounts),
            (labels.regions, &digest.scope.regions),
            (labels.resource_types, &digest.scope.resource_types),
        ] {
            let mut line = Line::new();
            for value in wanted {
                if !line.is_empty() {
                    line.push(Span::Own(self.words.comma.to_owned()));
                }
                line.push(Span::delivered(value));
            }
            if !line.is_empty() {
                facts.push((label, line));
            }
        }
        facts
    }

    fn headline(&self) -> Vec<String> {
        let (digest, sentences) = (self.digest, &self.words.sentences);
        let totals = &digest.totals;
        let mut lines = vec![match totals.items {
            0 => (sentences.empty)(digest.month),
            _ => (sentences.headline)(digest.month, totals),
        }];
        lines.push(match &digest.previous {
            Some(before) => (sentences.compared)(&Compared {
                month: before.month,
                items: Pair {
                    now: totals.items,
                    before: before.items,
                },
                changes: Pair {
                    now: totals.real_changes,
                    before: before.real_changes,
                },
            }),
            None => (sentences.nothing_before)(digest.month.previous()),
        });
        if totals.items == 0 {
            let delivered = digest
                .coverage
                .recorders
                .iter()
                .any(|line| line.history_files > 0);
            let why = if delivered {
                sentences.empty_but_delivered
            } else {
                sentences.empty_and_silent
            };
            lines.push(why.to_owned());
        }
        if totals.echoes > 0 {
            lines.push((sentences.echoes)(totals.echoes));
        }
        if totals.unknown > 0 {
            lines.push((sentences.unknown)(totals.unknown));
        }
        if !digest.closed {
            lines.push(sentences.open_month.to_owned());
        }
        lines
    }

    /// Returns where the data lies: its kind, then the place where that says more.
    fn source_line(&self, source: &SourceInfo) -> Line {
        let kind = source.kind.as_str();
        let mut line = own((self.words.source)(kind).unwrap_or(kind));
        if kind != DEMO && !source.location.is_empty() {
            line.push(Span::Own(" ".to_owned()));
            line.push(Span::key(&source.location));
        }
        line
    }
}
