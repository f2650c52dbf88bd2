//! What each account's items are about.

use super::{View, count};
use crate::{
    analysis::{AccountDigest, AccountTypeLine, NamedCount},
    summary::{
        document::{Block, Line, Span, TypeRow, TypeTable, delivered, own},
        number::grouped,
        wording::AccountWords,
    },
};

/// Accounts that are described, and accounts of the month before that are named.
const ACCOUNTS: usize = 10;
/// Types of an account.
const TYPES: usize = 8;
/// Characters of a type, so that a row is one line of a terminal.
const TYPE_CHARS: usize = 44;
/// Characters of a Region.
const REGION_CHARS: usize = 20;
/// Characters of a resource's name.
const NAME_CHARS: usize = 40;

impl View<'_> {
    /// Accounts with the most items, each with its types and the resources behind them.
    pub(super) fn accounts(&self) -> Vec<Block> {
        let (digest, sentences) = (self.digest, &self.words.sentences);
        let with_items = digest.by_account.iter().filter(|a| a.items > 0);
        let shown: Vec<&AccountDigest> = with_items.take(ACCOUNTS).collect();
        if shown.is_empty() {
            return Vec::new();
        }
        let mut blocks = vec![Block::Heading(self.words.headings.by_account.to_owned())];
        blocks.extend(shown.iter().flat_map(|account| self.account(account)));
        let mut notes: Vec<Line> = Vec::new();
        let more = digest.totals.accounts.saturating_sub(count(shown.len()));
        if more > 0 {
            let items: u64 = shown.iter().map(|account| account.items).sum();
            let items = digest.totals.items.saturating_sub(items);
            notes.push(own((sentences.more_accounts)(more, items)));
        }
        notes.extend(self.gone_accounts());
        if !notes.is_empty() {
            blocks.push(Block::Note(notes));
        }
        blocks
    }

    /// Names the accounts with items in the month before only.
    fn gone_accounts(&self) -> Option<Line> {
        let (digest, words) = (self.digest, self.words);
        let gone = || digest.accounts.iter().filter(|c| c.items == 0);
        let before = digest.previous?;
        gone().next()?;
        let mut line = own((words.sentences.gone_accounts)(before.month));
        for (i, account) in gone().take(ACCOUNTS).enumerate() {
            if i > 0 {
                line.extend(own(", "));
            }
            line.push(Span::delivered(&account.key));
            line.extend(own(format!(
                " ({})",
                grouped(account.previous.unwrap_or(0))
            )));
        }
        let more = count(gone().skip(ACCOUNTS).count());
        if more > 0 {
            line.extend(own(format!(" {}", (words.sentences.more_resources)(more))));
        }
        Some(line)
    }

    fn account(&self, account: &AccountDigest) -> [Block; 2] {
        let labels = &self.words.labels;
        let month = self.digest.previous.map(|before| before.month);
        let about = (self.words.sentences.account)(&AccountWords {
            items: account.items,
            changes: account.changes,
            resources: account.resources,
            before: month.zip(account.previous),
        });
        let with_items = account.types.iter().filter(|line| line.items > 0);
        let shown: Vec<&AccountTypeLine> = with_items.take(TYPES).collect();
        [
            Block::Part(delivered(&account.account), about),
            Block::Types(TypeTable {
                titles: [
                    labels.resource_type,
                    labels.items,
                    labels.real_changes,
                    labels.resources,
                    labels.regions,
                    labels.which,
                ],
                note: self.types_left_out(account, &shown),
                rows: shown.into_iter().map(|line| self.type_row(line)).collect(),
            }),
        ]
    }

    fn types_left_out(
        &self,
        account: &AccountDigest,
        shown: &[&AccountTypeLine],
    ) -> Option<String> {
        let sentences = &self.words.sentences;
        let mut parts = Vec::new();
        let more = account.types_total.saturating_sub(count(shown.len()));
        if more > 0 {
            let items: u64 = shown.iter().map(|line| line.items).sum();
            parts.push((sentences.more_types)(
                more,
                account.items.saturating_sub(items),
            ));
        }
        if let Some(before) = self.digest.previous.filter(|_| account.types_gone > 0) {
            parts.push((sentences.gone_types)(account.types_gone, before.month));
        }
        (!parts.is_empty()).then(|| parts.join(self.words.semicolon))
    }

    fn type_row(&self, line: &AccountTypeLine) -> TypeRow {
        let more_of = self.words.sentences.more_resources;
        let more = line.resources.saturating_sub(count(line.top.len()));
        TypeRow {
            resource_type: Span::short(&line.resource_type, TYPE_CHARS),
            items: grouped(line.items),
            changes: grouped(line.changes),
            resources: grouped(line.resources),
            regions: self.regions_of(line),
            which: line.top.iter().map(|named| which(named, line)).collect(),
            more: (more > 0).then(|| more_of(more)),
        }
    }

    /// Names one or two Regions, of more the first.
    fn regions_of(&self, line: &AccountTypeLine) -> Line {
        let region = |name: &String| Span::short(name, REGION_CHARS);
        match line.regions.as_slice() {
            [] => Line::new(),
            [one] => vec![region(one)],
            [one, other] => vec![region(one), Span::Own(", ".to_owned()), region(other)],
            [first, more @ ..] => {
                let more = (self.words.sentences.more_resources)(count(more.len()));
                vec![region(first), Span::Own(format!(" {more}"))]
            }
        }
    }
}

/// Returns a resource with its items, with its Region where another listed one has its name.
fn which(named: &NamedCount, line: &AccountTypeLine) -> Line {
    let same = line.top.iter().filter(|other| other.name == named.name);
    let mut text = vec![Span::short(&named.name, NAME_CHARS)];
    if same.count() > 1 {
        text.push(Span::Own(" ".to_owned()));
        text.push(Span::short(&named.region, REGION_CHARS));
    }
    text.push(Span::Own(format!(" ({})", grouped(named.items))));
    text
}
