//! What is not known: where deliveries are missing, and how recording changed.

use super::{View, count};
use crate::{
    analysis::{
        DeliveryLine, GapCause, RecorderEvent, RecorderEventKind, RecorderGap, RecordingModeChange,
    },
    store::Evidence,
    summary::{
        document::{Block, Line, Span, Table, delivered, number_column, own, text_column},
        number::grouped,
        wording::known::Completeness,
    },
};

/// Recorders that are named.
const ROWS: usize = 15;
/// Gaps, events and switches that are told, of each.
const ENTRIES: usize = 8;
/// Types that one line names.
const TYPES: usize = 4;

impl View<'_> {
    /// How complete the deliveries are, what is missing, then the recorders.
    pub(super) fn coverage(&self, evidence: &Evidence) -> Vec<Block> {
        let (coverage, words) = (&self.digest.coverage, &self.words.known);
        let mut blocks = vec![Block::Heading(words.heading.to_owned())];
        if coverage.recorders.is_empty() {
            blocks.push(Block::Note(vec![own(words.no_recorders)]));
        } else {
            blocks.push(Block::Note(self.completeness(evidence)));
        }
        let missing = self.missing();
        if !missing.is_empty() {
            blocks.push(Block::List(missing));
        }
        if !coverage.recorders.is_empty() {
            blocks.extend(self.recorders());
        }
        blocks
    }

    fn completeness(&self, evidence: &Evidence) -> Vec<Line> {
        let coverage = &self.digest.coverage;
        let complete = coverage.recorders.iter().filter(|line| line.complete);
        let said = (self.words.known.complete)(&Completeness {
            recorders: count(coverage.recorders.len()),
            complete: count(complete.count()),
            unreadable: evidence.unreadable_files > 0,
        });
        let newest = coverage.watermark.map(|at| {
            let words = &self.words.sentences;
            own((words.watermark)(&self.minute(at), &self.digest.timezone))
        });
        newest.into_iter().chain(said.lines().map(own)).collect()
    }

    /// Gaps, changes of what is recorded, and what is recorded daily.
    fn missing(&self) -> Vec<Line> {
        let coverage = &self.digest.coverage;
        let words = &self.words.known;
        let (gaps, before): (Vec<&RecorderGap>, Vec<&RecorderGap>) = coverage
            .gaps
            .iter()
            .filter(|gap| gap.from < self.digest.end)
            .partition(|gap| gap.to > self.digest.start);
        let told = |event: &&RecorderEvent| !gaps.iter().any(|gap| tells(gap, event));
        let events = coverage.recorder_events.iter().filter(told);
        let mut lines = self.some(gaps.iter().map(|gap| self.gap(gap)).collect());
        if !before.is_empty() {
            lines.push(own((words.gaps_before)(count(before.len()))));
        }
        lines.extend(self.some(events.map(|event| self.recorder_event(event)).collect()));
        let switches = &self.digest.anomalies.recording_mode_changes;
        lines.extend(self.some(switches.iter().map(|mode| self.switched(mode)).collect()));
        lines.extend(self.daily());
        lines
    }

    /// Keeps the first entries, and says how many more there are.
    fn some(&self, mut lines: Vec<Line>) -> Vec<Line> {
        let more = count(lines.len().saturating_sub(ENTRIES));
        lines.truncate(ENTRIES);
        if more > 0 {
            lines.push(own((self.words.known.more)(more)));
        }
        lines
    }

    fn gap(&self, gap: &RecorderGap) -> Line {
        let from = self.short_minute(gap.from);
        let to = (gap.to < self.digest.end).then(|| self.short_minute(gap.to));
        let mut line = self.place(&gap.account, &gap.region);
        let said = (self.words.known.gap)(gap.cause, &from, to.as_deref());
        line.extend(own(said));
        line
    }

    fn recorder_event(&self, event: &RecorderEvent) -> Line {
        let mut line = self.place(&event.account, &event.region);
        let all = event.resource_types.is_empty();
        line.extend(own(self.short_minute(event.at)));
        line.extend(own(" "));
        line.extend(own((self.words.known.event)(event.event, all)));
        if !all {
            line.extend(own(self.words.colon));
            line.extend(self.types(event.resource_types.iter().map(String::as_str)));
        }
        line
    }

    fn switched(&self, mode: &RecordingModeChange) -> Line {
        let mut line = vec![Span::delivered(&mode.resource_type)];
        let (open, close) = self.words.brackets;
        line.extend(own(open));
        line.push(Span::delivered(&mode.account));
        line.extend(own(self.words.comma));
        line.push(Span::delivered(&mode.region));
        line.extend(own(close));
        line.extend(own(self.words.colon));
        let since = self.short_minute(mode.since);
        let said =
            (self.words.known.switched)(mode.to, &since, mode.items_before, mode.items_after);
        line.extend(own(said));
        line
    }

    /// Names the types that are recorded daily somewhere, without those that were switched.
    fn daily(&self) -> Option<Line> {
        let switched = &self.digest.anomalies.recording_mode_changes;
        let is_told = |name: &str| switched.iter().any(|mode| mode.resource_type == name);
        let modes = self.digest.coverage.recording_modes.iter();
        let daily = modes.filter(|mode| mode.daily > 0 && !is_told(&mode.resource_type));
        let mut types: Vec<&str> = daily.map(|mode| mode.resource_type.as_str()).collect();
        types.sort_unstable();
        types.dedup();
        if types.is_empty() {
            return None;
        }
        let mut line = own(self.words.known.daily);
        line.extend(self.types(types.into_iter()));
        Some(line)
    }

    fn types<'a>(&self, types: impl ExactSizeIterator<Item = &'a str>) -> Line {
        let more = count(types.len().saturating_sub(TYPES));
        let mut line = Line::new();
        for name in types.take(TYPES) {
            if !line.is_empty() {
                line.extend(own(self.words.comma));
            }
            line.push(Span::delivered(name));
        }
        if more > 0 {
            line.extend(own(format!(" {}", (self.words.known.more)(more))));
        }
        line
    }

    fn place(&self, account: &str, region: &str) -> Line {
        let mut line = delivered(account);
        line.extend(own(" "));
        line.push(Span::delivered(region));
        line.extend(own(self.words.colon));
        line
    }

    /// Recorders with the fewest days first.
    fn recorders(&self) -> Vec<Block> {
        let (labels, sentences) = (&self.words.labels, &self.words.sentences);
        let mut lines: Vec<&DeliveryLine> = self.digest.coverage.recorders.iter().collect();
        lines.sort_by_key(|line| line.days_with_history);
        let mut blocks = vec![Block::Table(Table {
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
        })];
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

/// Says whether the gap already tells of a recorder's stop or start.
fn tells(gap: &RecorderGap, event: &RecorderEvent) -> bool {
    let is_turn = matches!(
        event.event,
        RecorderEventKind::Started | RecorderEventKind::Stopped
    );
    is_turn
        && gap.cause == GapCause::Stopped
        && (&gap.account, &gap.region) == (&event.account, &event.region)
        && gap.from <= event.at
        && event.at <= gap.to
}
