//! Items on their way into a segment. Their texts lie one after the other in blocks of memory that
//! are used again: to allocate sixteen texts of each item costs as much as to hash them.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::columns::{CacheColumn, tags_text};
use crate::domain::{ContentHashes, ItemFields};

use CacheColumn as C;

/// Bytes of a block. The texts of one item lie in one block.
const BLOCK_BYTES: usize = 1 << 20;
/// Bytes of an item's texts up to which it shares a block with others; so little of one is left empty.
const SHARED_BYTES: usize = BLOCK_BYTES / 8;

/// Items that are held.
#[derive(Debug)]
pub(super) struct HeldItems {
    blocks: Vec<String>,
    /// The block that is shared by the items to come.
    open: Option<usize>,
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
    /// Blocks in use.
    blocks: usize,
    /// The shared block, and how far it is filled.
    open: Option<(usize, usize)>,
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
            open: None,
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
        let has_room = |at: &usize| {
            let block = self.blocks.get(*at);
            block.is_some_and(|block| block.capacity() - block.len() >= bytes)
        };
        let at = if bytes > SHARED_BYTES {
            // An odd number: never the size of those that are shared.
            self.blocks.push(String::with_capacity(bytes | 1));
            self.blocks.len() - 1
        } else if let Some(open) = self.open.filter(has_room) {
            open
        } else {
            self.blocks.push(self.spare.block());
            *self.open.insert(self.blocks.len() - 1)
        };
        #[expect(
            clippy::indexing_slicing,
            reason = "there is one: it was found or pushed"
        )]
        let block = &mut self.blocks[at];
        (at, block)
    }

    /// Returns a text of an item; `None` for what it does not say, and for columns without texts.
    pub(super) fn text(&self, row: &HeldRow, column: CacheColumn) -> Option<&str> {
        let Span { start, length } = row.span(column)?;
        let end = start.checked_add(length)?;
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
            blocks: self.blocks.len(),
            open: self
                .open
                .and_then(|at| Some((at, self.blocks.get(at)?.len()))),
            rows: self.rows.len(),
            bytes: self.bytes,
        }
    }

    /// Lets go of the items after a point.
    pub(super) fn cut(&mut self, mark: Mark) {
        let rest = self.blocks.drain(mark.blocks.min(self.blocks.len())..);
        self.spare.give_back(rest);
        self.open = mark.open.map(|(at, _)| at);
        if let Some((at, filled)) = mark.open
            && let Some(block) = self.blocks.get_mut(at)
        {
            block.truncate(filled);
        }
        self.rows.truncate(mark.rows);
        self.bytes = mark.bytes;
    }

    /// Lets go of the items up to a point. Those after it stay, as those of the first file.
    pub(super) fn drop_before(&mut self, mark: Mark) {
        self.rows.drain(..mark.rows.min(self.rows.len()));
        let mut is_used = vec![false; self.blocks.len()];
        for row in &self.rows {
            if let Some(is_used) = is_used.get_mut(row.block) {
                *is_used = true;
            }
        }
        let unused = self.blocks.iter_mut().zip(&is_used);
        let unused = unused.filter(|(_, is_used)| !**is_used);
        self.spare
            .give_back(unused.map(|(block, _)| std::mem::take(block)));
        let first = is_used.iter().position(|is_used| *is_used);
        let first = first.unwrap_or(self.blocks.len());
        self.blocks.drain(..first);
        let open = self.open.filter(|at| is_used.get(*at) == Some(&true));
        self.open = open.and_then(|at| at.checked_sub(first));
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
    /// Returns blocks for so many bytes of items; more are made when they are needed. They lie beside one
    /// another: made one by one, they would lie among memory that is given back, and keep holes of it
    /// apart. Of one that is not used next to nothing is in memory.
    pub(super) fn with_room_for(bytes: usize) -> Self {
        let blocks = std::iter::repeat_with(new_block).take(bytes.div_ceil(BLOCK_BYTES));
        Self(Arc::new(Mutex::new(blocks.collect())))
    }

    /// Returns an empty block.
    fn block(&self) -> String {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let block = spare.pop();
        block.unwrap_or_else(new_block)
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

fn new_block() -> String {
    String::with_capacity(BLOCK_BYTES)
}

impl HeldRow {
    /// Returns where a text lies; `None` for what the item does not say.
    fn span(&self, column: CacheColumn) -> Option<Span> {
        let span = self.spans.get(column as usize).copied();
        span.filter(|span| span.length != MISSING)
    }

    /// Returns the bytes of the three bodies.
    pub(super) fn body_bytes(&self) -> usize {
        let bodies = CacheColumn::ALL.into_iter().filter(|one| one.is_body());
        let spans = bodies.filter_map(|body| self.span(body));
        spans.map(|span| span.length as usize).sum()
    }

    /// Says whether the item says a name, an ARN or tags.
    pub(super) fn has_card(&self) -> bool {
        let of_card = [C::ResourceName, C::Arn, C::Tags];
        of_card.into_iter().any(|text| self.span(text).is_some())
    }
}

#[cfg(test)]
pub(super) mod tests {
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

    /// Takes an item with that body in.
    pub(in super::super) fn push(held: &mut HeldItems, body: &str, ordinal: i32) {
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
            availability_zone: Some("zone"),
            resource_type: "T",
            resource_id: "id",
            resource_name: Some("name"),
            arn: Some("arn"),
            status: Some("OK"),
            capture_time: Timestamp::UNIX_EPOCH,
            state_id: Some("state"),
            creation_time: Some("created"),
            version: Some("1.3"),
            recording_frequency: Some("DAILY"),
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
            // Body, place of the file, place in it.
            let mut expected: Vec<(String, i32, i32)> = Vec::new();
            let (mut mark, mut at) = (held.mark(), 0);
            for (ordinal, act) in (0..).zip(acts) {
                match act {
                    Act::Push(bytes) => {
                        let letter = char::from(b'a' + u8::try_from(ordinal % 26).unwrap());
                        let body = letter.to_string().repeat(bytes);
                        push(&mut held, &body, ordinal);
                        expected.push((body, 7, ordinal));
                    }
                    Act::Mark => (mark, at) = (held.mark(), expected.len()),
                    Act::Cut => {
                        held.cut(mark);
                        expected.truncate(at);
                    }
                    Act::Drop => {
                        held.drop_before(mark);
                        expected.drain(..at);
                        for (_, file, _) in &mut expected {
                            *file = 0;
                        }
                        (mark, at) = (held.mark(), expected.len());
                    }
                }
                let rows = held.rows_before(held.mark());
                prop_assert_eq!(rows.len(), expected.len());
                let mut bytes = 0;
                for (row, (body, file, ordinal)) in rows.iter().zip(&expected) {
                    prop_assert!(held.text(row, C::Configuration) == Some(body));
                    let tags = format!("[[\"k\",\"{}\"]]", body.len());
                    let texts = CacheColumn::ALL.map(|column| held.text(row, column));
                    let said = [
                        Some("1"), Some(""), Some("zone"), Some("T"), Some("id"), Some("name"),
                        Some("arn"), Some("OK"), Some("created"), Some("1.3"), Some("DAILY"),
                        Some(&*tags), Some("state"), Some(&**body), None, Some("[]"),
                    ];
                    prop_assert!(texts[..CacheColumn::TEXTS] == said);
                    prop_assert!(texts[CacheColumn::TEXTS..].iter().all(Option::is_none));
                    prop_assert_eq!(row.body_bytes(), body.len() + 2);
                    prop_assert_eq!(row.delivered.file, *file);
                    prop_assert_eq!(row.delivered.ordinal, *ordinal);
                    bytes += said.into_iter().flatten().map(str::len).sum::<usize>();
                    bytes += size_of::<HeldRow>();
                }
                prop_assert_eq!(held.bytes(), bytes);
                let room: usize = held.blocks.iter().map(String::capacity).sum();
                prop_assert!(room <= 2 * BLOCK_BYTES + bytes * 8 / 7, "{room} for {bytes}");
            }
            let whole = held.blocks.iter().filter(|block| block.capacity() == BLOCK_BYTES);
            let before = spare.0.lock().unwrap().len() + whole.count();
            drop(held);
            let spare = spare.0.lock().unwrap();
            prop_assert_eq!(spare.len(), before);
            prop_assert!(spare.iter().all(String::is_empty));
        }
    }

    #[test]
    fn blocks_are_used_again() {
        let spare = Spare::default();
        for _ in 0..3 {
            let mut held = HeldItems::new(spare.clone());
            let body = "x".repeat(SHARED_BYTES / 2);
            for ordinal in 0..40 {
                push(&mut held, &body, ordinal);
            }
        }
        assert_eq!(spare.0.lock().unwrap().len(), 3);
    }
}
