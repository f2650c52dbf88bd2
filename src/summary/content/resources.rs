//! Lists of resources.

use super::{View, count};
use crate::{
    analysis::{ResourceLine, ResourceList},
    summary::{
        document::{Block, Line, ResourceRow, ResourceTable, Span, delivered, own},
        number::grouped,
    },
};

impl View<'_> {
    /// Each list that has resources.
    pub(super) fn resources(&self) -> Vec<Block> {
        let (digest, headings) = (self.digest, &self.words.headings);
        let lists = [
            (headings.most_changed, &digest.most_changed),
            (headings.created, &digest.created),
            (headings.recreated, &digest.recreated),
            (headings.first_seen, &digest.first_seen),
            (headings.deleted, &digest.deleted),
        ];
        let lists = lists
            .into_iter()
            .filter(|(_, list)| !list.resources.is_empty());
        lists
            .flat_map(|(heading, list)| self.list(heading(list.total), list))
            .collect()
    }

    fn list(&self, heading: String, list: &ResourceList) -> Vec<Block> {
        let labels = &self.words.labels;
        let mut blocks = vec![
            Block::Heading(heading),
            Block::Resources(ResourceTable {
                titles: [
                    labels.resource,
                    labels.resource_type,
                    labels.account,
                    labels.region,
                    labels.captured,
                    labels.real_changes,
                    labels.items,
                ],
                rows: list
                    .resources
                    .iter()
                    .map(|line| self.resource_row(line))
                    .collect(),
            }),
        ];
        let more = list.total.saturating_sub(count(list.resources.len()));
        if more > 0 {
            let more = (self.words.sentences.more_resources)(more);
            blocks.push(Block::Note(vec![own(more)]));
        }
        blocks
    }

    fn resource_row(&self, line: &ResourceLine) -> ResourceRow {
        ResourceRow {
            resource: self.resource(line),
            resource_type: Span::delivered(&line.resource_type),
            account: Span::delivered(&line.account),
            region: Span::delivered(&line.region),
            days: self.days(line.first, line.last),
            changes: grouped(line.changes),
            items: grouped(line.items),
            counted: (self.words.sentences.changes_of)(line.changes, line.items),
        }
    }

    /// Returns the name, and the id where that is another.
    fn resource(&self, line: &ResourceLine) -> Line {
        let id = &line.resource_id;
        match line.resource_name.as_ref().filter(|name| *name != id) {
            None => delivered(id),
            Some(name) => vec![
                Span::delivered(name),
                Span::Own(self.words.brackets.0.to_owned()),
                Span::delivered(id),
                Span::Own(self.words.brackets.1.to_owned()),
            ],
        }
    }
}
