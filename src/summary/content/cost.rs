//! What recording cost, estimated.

use super::View;
use crate::{
    analysis::{CostLine, Saving},
    summary::{
        document::{Block, Line, Span, Table, delivered, number_column, own, text_column},
        number::{grouped, money},
        wording::cost::{SavingWords, Total, TotalBefore},
    },
};

/// Types of the table, and of those that would have saved something.
const TYPES: usize = 5;
const SAVINGS: usize = 3;

impl View<'_> {
    /// The total, the most expensive types, what would have been saved.
    pub(super) fn cost(&self) -> Vec<Block> {
        let (words, cost) = (&self.words.cost, &self.digest.cost);
        let estimate = own((words.estimate)(&cost.prices_as_of));
        let parts = [cost.real_changes, cost.echoes, cost.compliance];
        let [real, echoes, compliance] = parts.map(|line| money(line.usd));
        let mut blocks = vec![
            Block::Heading(words.heading.to_owned()),
            Block::Note(vec![
                own(self.total()),
                own((words.parts)(&real, &echoes, &compliance)),
                estimate,
            ]),
        ];
        if !cost.by_type.lines.is_empty() {
            blocks.push(Block::Table(self.expensive_types()));
        }
        let savings = self.savings();
        if !savings.is_empty() {
            blocks.push(Block::List(savings));
        }
        blocks
    }

    fn total(&self) -> String {
        let total = &self.digest.cost.total;
        let before = self.digest.previous.map(|before| before.month);
        let before = before.zip(total.previous_usd).map(|(month, usd)| {
            let rose = total.usd > usd;
            let difference = if rose {
                total.usd.minus(usd)
            } else {
                usd.minus(total.usd)
            };
            TotalBefore {
                month,
                usd: money(usd),
                difference: (total.usd != usd).then(|| (money(difference), rose)),
            }
        });
        (self.words.cost.total)(&Total {
            items: total.items,
            usd: &money(total.usd),
            before,
        })
    }

    fn expensive_types(&self) -> Table {
        let (words, list) = (self.words, &self.digest.cost.by_type);
        let list = list.first(TYPES);
        let before = self.digest.previous.map(|before| before.month);
        let mut columns = vec![
            text_column(words.labels.resource_type),
            number_column(words.labels.items),
            number_column(words.cost.amount),
            number_column(words.cost.echoes),
        ];
        columns.extend(before.map(|month| number_column(month.to_string())));
        let row = |name: Line, items, usd, echoes, previous: Option<_>| {
            let mut row = vec![
                name,
                own(grouped(items)),
                own(money(usd)),
                own(money(echoes)),
            ];
            if before.is_some() {
                row.push(own(previous.map_or_else(String::new, money)));
            }
            row
        };
        let name = |line: &CostLine| delivered(line.resource_type.as_deref().unwrap_or_default());
        let mut rows: Vec<Vec<Line>> = list
            .lines
            .iter()
            .map(|l| row(name(l), l.items, l.usd, l.echoes_usd, l.previous_usd))
            .collect();
        rows.extend(list.rest.map(|rest| {
            let more = own((words.sentences.more_keys)(rest.lines, 0));
            row(
                more,
                rest.items,
                rest.usd,
                rest.echoes_usd,
                rest.previous_usd,
            )
        }));
        Table { columns, rows }
    }

    fn savings(&self) -> Vec<Line> {
        let (words, savings) = (&self.words.cost, &self.digest.cost.savings);
        let shown = savings.lines.iter().take(SAVINGS);
        let mut lines: Vec<Line> = shown.map(|saving| self.saving(saving)).collect();
        if savings.daily_saves_lines > 0 {
            let usd = money(savings.daily_saves_usd);
            lines.push(own((words.all_daily)(savings.daily_saves_lines, &usd)));
        }
        lines
    }

    fn saving(&self, saving: &Saving) -> Line {
        let said = (self.words.cost.saving)(&SavingWords {
            items: saving.items,
            daily: saving.daily_saves_usd.map(money).zip(saving.daily_items),
            only_continuous: saving.continuous_only.is_some(),
            exclude: money(saving.exclude_saves_usd),
            lost: saving.real_changes_lost,
        });
        vec![
            Span::delivered(&saving.resource_type),
            Span::Own(self.words.colon.to_owned()),
            Span::Own(said),
        ]
    }
}
