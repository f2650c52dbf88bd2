//! Items on their way into a segment. Their texts lie one after the other in blocks of memory that
//! are used again: an item has sixteen texts, and no allocation for any.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::columns::{CacheColumn, tags_text};
use crate::domain::{ContentHashes, ItemFields};

use CacheColumn as C;

/// Bytes of a block. The texts of one item lie in one block, which may be larger for it.
const BLOCK_BYTES: usize = 1 << 20;

/// Items that are held.
#[derive(Debug)]
pub(super) struct HeldItems {
    blocks: Vec<String>,
    rows: Vec<HeldRow>,
    bytes: usize,
    spare: Spare,
}

/// Blocks that are not in use: to have all memory given back and taken anew costs as much as
/// hashing what is put into it. Clones are the same blocks.
#[derive(Debug, Clone, Default)]
pub(super) struct Spare(Arc<Mutex<Vec<String>>>);

/// An item that is held.
#[derive(Debug)]
pub(super) struct HeldRow {
    block: usize,
    spans: [Span; CacheColumn::TEXTS],
    pub(super) capture_time: Timestamp,
    pub(super) created: Option<Timestamp>,
    pub(super) identity: u128,
    pub(super) hashes: ContentHashes,
    pub(super) delivered: Delivered,
}

/// Where an item was delivered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delivered {
    /// Delivery day, in days since 1970.
    pub(super) day: i32,
    /// Whether the file holds history, not a snapshot.
    pub(super) history: bool,
    /// Place of the file in the segment's list.
    pub(super) file: i32,
    /// Place of the item in the file.
    pub(super) ordinal: i32,
}

/// Where a text lies in its block. An item is far smaller than 4 GiB.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    /// [`MISSING`] where there is none.
    length: u32,
}

const MISSING: u32 = u32::MAX;

/// A point up to which items are held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// Blocks in use, and how far the last of them is filled.
    blocks: (usize, usize),
    rows: usize,
    bytes: usize,
}

impl Mark {
    /// Says whether nothing was held at this point.
    pub(super) fn is_start(self) -> bool {
        self.rows == 0
    }

    /// Returns the bytes that the items up to there take.
    pub(super) fn bytes(self) -> usize {
        self.bytes
    }
}

impl HeldItems {
    /// Holds nothing yet.
    pub(super) fn new(spare: Spare) -> Self {
        Self {
            blocks: Vec::new(),
            rows: Vec::new(),
            bytes: 0,
            spare,
        }
    }

    /// Takes an item in.
    pub(super) fn push(
        &mut self,
        item: &ItemFields<'_>,
        identity: u128,
        hashes: ContentHashes,
        delivered: Delivered,
    ) {
        let tags = tags_text(item.tags);
        let texts = [
            Some(item.account),
            Some(item.region),
            item.availability_zone,
            Some(item.resource_type),
            Some(item.resource_id),
            item.resource_name,
            item.arn,
            item.status,
            item.creation_time,
            item.version,
            item.recording_frequency,
            tags.as_deref(),
            item.state_id,
            item.configuration,
            item.supplementary_configuration,
            item.relationships,
        ];
        let bytes = texts.iter().flatten().map(|text| text.len()).sum();
        let (at, block) = self.block_for(bytes);
        let number = |number: usize| u32::try_from(number).unwrap_or(MISSING);
        let spans = texts.map(|text| {
            let start = number(block.len());
            block.push_str(text.unwrap_or_default());
            Span {
                start,
                length: text.map_or(MISSING, |text| number(text.len())),
            }
        });
        self.bytes += bytes + size_of::<HeldRow>();
        self.rows.push(HeldRow {
            block: at,
            spans,
            capture_time: item.capture_time,
            created: item.created_at(),
            identity,
            hashes,
            delivered,
        });
    }

    /// Returns a block that has room for so many bytes, and its place.
    fn block_for(&mut self, bytes: usize) -> (usize, &mut String) {
        let has_room = |block: &String| block.capacity() - block.len() >= bytes;
        if !self.blocks.last().is_some_and(has_room) {
            let block = self.spare.block(bytes);
            self.blocks.push(block);
        }
        let at = self.blocks.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "there is one: it was pushed")]
        let block = &mut self.blocks[at];
        (at, block)
    }

    /// Returns a text of an item; `None` for what it does not say, and for columns without texts.
    pub(super) fn text(&self, row: &HeldRow, column: CacheColumn) -> Option<&str> {
        let Span { start, length } = *row.spans.get(column as usize)?;
        let end = start.checked_add(length).filter(|_| length != MISSING)?;
        let block = self.blocks.get(row.block)?;
        block.get(start as usize..end as usize)
    }

    /// Returns the items up to a point.
    pub(super) fn rows_before(&self, mark: Mark) -> &[HeldRow] {
        self.rows.get(..mark.rows).unwrap_or_default()
    }

    /// Returns the bytes that the items take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the point up to which items are held now.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            blocks: (self.blocks.len(), self.blocks.last().map_or(0, String::len)),
            rows: self.rows.len(),
            bytes: self.bytes,
        }
    }

    /// Lets go of the items after a point.
    pub(super) fn cut(&mut self, mark: Mark) {
        let (blocks, filled) = mark.blocks;
        let rest = self.blocks.drain(blocks.min(self.blocks.len())..);
        self.spare.give_back(rest);
        if let Some(last) = self.blocks.last_mut() {
            last.truncate(filled);
        }
        self.rows.truncate(mark.rows);
        self.bytes = mark.bytes;
    }

    /// Lets go of the items up to a point. Those after it stay, as those of the first file.
    pub(super) fn drop_before(&mut self, mark: Mark) {
        self.rows.drain(..mark.rows.min(self.rows.len()));
        let first = self.rows.first().map_or(self.blocks.len(), |row| row.block);
        let unused = self.blocks.drain(..first);
        self.spare.give_back(unused);
        for row in &mut self.rows {
            row.block -= first;
            row.delivered.file = 0;
        }
        self.bytes -= mark.bytes;
    }
}

impl Drop for HeldItems {
    fn drop(&mut self) {
        self.spare.give_back(self.blocks.drain(..));
    }
}

impl Spare {
    /// Returns an empty block for so many bytes.
    fn block(&self, bytes: usize) -> String {
        if bytes > BLOCK_BYTES {
            return String::with_capacity(bytes);
        }
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let block = spare.pop();
        block.unwrap_or_else(|| String::with_capacity(BLOCK_BYTES))
    }

    fn give_back(&self, blocks: impl Iterator<Item = String>) {
        let of_size = blocks.filter(|block| block.capacity() == BLOCK_BYTES);
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spare.extend(of_size.map(|mut block| {
            block.clear();
            block
        }));
    }
}

impl HeldRow {
    /// Returns the bytes of the three bodies.
    pub(super) fn body_bytes(&self) -> usize {
        let bodies = [
            C::Configuration,
            C::SupplementaryConfiguration,
            C::Relationships,
        ];
        let lengths = bodies.map(|body| match self.spans.get(body as usize) {
            Some(span) if span.length != MISSING => span.length as usize,
            _ => 0,
        });
        lengths.into_iter().sum()
    }

    /// Says whether the item says a name, an ARN or tags.
    pub(super) fn has_card(&self) -> bool {
        let says = |column: CacheColumn| {
            let span = self.spans.get(column as usize);
            span.is_some_and(|span| span.length != MISSING)
        };
        says(C::ResourceName) || says(C::Arn) || says(C::Tags)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, Copy)]
    enum Act {
        /// Takes an item with a body of so many bytes in.
        Push(usize),
        /// Remembers the point.
        Mark,
        /// Goes back to the point.
        Cut,
        /// Lets go of what is before the point.
        Drop,
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let small = (0..500_usize).prop_map(Act::Push);
        let large = (BLOCK_BYTES / 3..BLOCK_BYTES * 2).prop_map(Act::Push);
        let act = prop_oneof![
            4 => small,
            2 => large,
            1 => Just(Act::Mark),
            1 => Just(Act::Cut),
            1 => Just(Act::Drop),
        ];
        proptest::collection::vec(act, 1..30)
    }

    fn push(held: &mut HeldItems, body: &str, ordinal: i32) {
        let (tags, delivered) = (
            [("k".to_owned(), Some(body.len().to_string()))],
            Delivered {
                day: 1,
                history: true,
                file: 7,
                ordinal,
            },
        );
        let item = ItemFields {
            account: "1",
            region: "",
            availability_zone: None,
            resource_type: "T",
            resource_id: "id",
            resource_name: None,
            arn: None,
            status: None,
            capture_time: Timestamp::UNIX_EPOCH,
            state_id: None,
            creation_time: None,
            version: None,
            recording_frequency: None,
            tags: &tags,
            configuration: Some(body),
            supplementary_configuration: None,
            relationships: Some("[]"),
        };
        held.push(&item, 0, ContentHashes::default(), delivered);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_held_is_what_was_taken_in_and_not_let_go_of(acts in acts()) {
            let spare = Spare::default();
            let mut held = HeldItems::new(spare.clone());
            let mut expected: Vec<String> = Vec::new();
            let (mut mark, mut at) = (held.mark(), 0);
            for (ordinal, act) in (0..).zip(acts) {
                match act {
                    Act::Push(bytes) => {
                        let letter = char::from(b'a' + u8::try_from(ordinal % 26).unwrap());
                        let body = letter.to_string().repeat(bytes);
                        push(&mut held, &body, ordinal);
                        expected.push(body);
                    }
                    Act::Mark => (mark, at) = (held.mark(), expected.len()),
                    Act::Cut => {
                        held.cut(mark);
                        expected.truncate(at);
                    }
                    Act::Drop => {
                        held.drop_before(mark);
                        expected.drain(..at);
                        (mark, at) = (held.mark(), expected.len());
                    }
                }
                let rows = held.rows_before(held.mark());
                prop_assert_eq!(rows.len(), expected.len());
                for (row, body) in rows.iter().zip(&expected) {
                    prop_assert!(held.text(row, C::Configuration) == Some(body));
                    prop_assert_eq!(held.text(row, C::Region), Some(""));
                    prop_assert_eq!(held.text(row, C::Arn), None);
                    prop_assert_eq!(held.text(row, C::Relationships), Some("[]"));
                    prop_assert_eq!(held.text(row, C::Identity), None);
                    let tags = format!("[[\"k\",\"{}\"]]", body.len());
                    prop_assert_eq!(held.text(row, C::Tags), Some(&*tags));
                    prop_assert_eq!(row.body_bytes(), body.len() + 2);
                }
                let least: usize = expected.iter().map(String::len).sum();
                prop_assert!(held.bytes() >= least, "{} {}", held.bytes(), least);
            }
            drop(held);
            let spare = spare.0.lock().unwrap();
            prop_assert!(spare.iter().all(|block| block.is_empty() && block.capacity() == BLOCK_BYTES));
        }
    }
}
