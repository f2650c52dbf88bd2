//! Deleted items no longer say their names, ARNs and tags. Where nothing but those has to be known of
//! the items before, they are looked for in the delivered files themselves: once the period's items
//! are read, all other files are searched for the resources of those that wait.

use std::{collections::HashMap, ops::Range, sync::Arc};

use datafusion::{
    error::{DataFusionError, Result},
    execution::memory_pool::MemoryReservation,
};
use futures::StreamExt as _;
use jiff::civil::Date;
use serde::Serialize;

use super::{DecodeFile, Direct};
use crate::{
    domain::{Column, ConfigurationItem, DeliveryKind, ItemFields, ItemFilter},
    source::{Bodies, Decoder, FileError, Object, Taken, WantedTags},
    store::{
        UnreadableFile,
        embedded::{
            batch::BatchBuilder,
            cache::Card,
            identities::Seen,
            lake::{Listed, is_history_of},
            reading::{FileReader, PlacedFile},
            scan::{Scan, cancelled},
            succession::{Turn, is_deleted, order, repeats, taken_over},
        },
    },
};

/// What is asked for of that which deleted items take over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CardParts {
    name: bool,
    arn: bool,
    tags: bool,
}

impl CardParts {
    /// Returns what these columns and this filter look at.
    fn of(columns: &[Column], filter: &ItemFilter) -> Self {
        let by_reference = filter.reference.is_some();
        let asked = |column, is_in_filter| columns.contains(&column) || is_in_filter;
        Self {
            name: asked(
                Column::ResourceName,
                by_reference || !filter.names.is_empty(),
            ),
            arn: asked(Column::Arn, by_reference || !filter.resources.is_empty()),
            tags: asked(Column::Tags, !filter.tags.is_empty()),
        }
    }

    /// Returns the tags that have to be read: an item that says nothing else may have some.
    pub(super) fn tags(self) -> WantedTags {
        if self.tags {
            WantedTags::All
        } else {
            WantedTags::One
        }
    }

    /// Says whether the item takes over anything that is asked for.
    pub(super) fn are_missing_in(self, item: &ItemFields<'_>) -> bool {
        let is_silent = self.name && item.resource_name.is_none()
            || self.arn && item.arn.is_none()
            || self.tags && item.tags.is_empty();
        is_silent && is_deleted(item)
    }

    /// Returns what later items take over from this one, as far as it is asked for.
    fn card<'a>(self, item: &ItemFields<'a>) -> Option<SaidCard<'a>> {
        Card::is_in(item).then_some(SaidCard {
            name: item.resource_name.filter(|_| self.name),
            arn: item.arn.filter(|_| self.arn),
            tags: if self.tags { item.tags } else { &[] },
        })
    }
}

/// A [`Card`], as an item says it.
#[derive(Serialize)]
struct SaidCard<'a> {
    name: Option<&'a str>,
    arn: Option<&'a str>,
    tags: &'a [(String, Option<String>)],
}

/// The search for what deleted items take over.
#[derive(Debug)]
pub(super) struct CardSearch {
    pub(super) parts: CardParts,
    /// All that lies in the lake.
    listed: Arc<Listed>,
    /// Places of the period's files among those, and of all others.
    inside: Vec<u32>,
    outside: Vec<u32>,
}

impl CardSearch {
    fn new(scan: &Scan, listed: Arc<Listed>) -> Self {
        let days = scan.plan.days;
        let files = (0..).zip(&listed.files);
        let (inside, outside): (Vec<_>, Vec<_>) =
            files.partition(|(_, (folder, _))| is_history_of(days, folder));
        let places = |files: Vec<(u32, _)>| files.into_iter().map(|(at, _)| at).collect();
        Self {
            parts: CardParts::of(&scan.columns, &scan.plan.filter),
            inside: places(inside),
            outside: places(outside),
            listed,
        }
    }

    /// Returns the place of one of the period's files among all of the lake.
    pub(super) fn place(&self, at: usize) -> u32 {
        self.inside.get(at).copied().unwrap_or(u32::MAX)
    }

    fn search_file(
        &self,
        decoder: &mut Decoder,
        at: usize,
        (file, object): (&PlacedFile, Object),
        wanted: &Seen,
        reader: &FileReader,
    ) -> std::result::Result<Beside, FileError> {
        let history = file.0.kind == DeliveryKind::History;
        let mut found = Beside::default();
        let place = self.outside.get(at).copied().unwrap_or(u32::MAX);
        let bodies = Bodies {
            texts: true,
            tags: self.parts.tags(),
            ..Bodies::default()
        };
        let mut on_item = |item: &ItemFields<'_>| {
            if reader.cx.cancel.is_cancelled() {
                return Taken::Break(());
            }
            let resource = item.resource_identity();
            if wanted.has(resource) {
                found.note(item, (resource, place), self.parts, history);
            }
            if is_deleted(item) {
                found.deleted.push(item.identity());
            }
            Taken::Continue(())
        };
        decoder.decode(object, &file.0, bodies, None, &mut on_item)?;
        Ok(found)
    }
}

/// What is kept of files beside the items that are handed out.
#[derive(Debug, Default)]
pub(super) struct Beside {
    waiting: Vec<Waiting>,
    seen: Vec<Occurrence>,
    /// What items say for later ones, one after the other: hundreds of thousands of small texts would
    /// each be allocated on one thread and freed on another.
    cards: Vec<u8>,
    /// Identities of deleted items outside of the period's files.
    deleted: Vec<u128>,
    unreadable: Vec<(Date, UnreadableFile)>,
}

/// A deleted item that waits for what it takes over.
#[derive(Debug)]
struct Waiting {
    item: ConfigurationItem,
    resource: u128,
    /// Place of the file.
    file: u32,
}

/// An item of any kind, as far as it decides what others take over.
#[derive(Debug)]
struct Occurrence {
    resource: u128,
    identity: u128,
    at_ms: i64,
    /// Place of the file, and of the item among those that are kept of it.
    place: (u32, u32),
    /// Where its card lies; empty where it has none.
    card: Range<usize>,
    history: bool,
    deleted: bool,
    waits: bool,
}

/// Bytes that are counted for an item that waits, and for what it takes over, besides its bodies.
const WAITING_BYTES: usize = 1_024;

impl Occurrence {
    fn turn(&self) -> Turn {
        Turn {
            identity: self.identity,
            history: self.history,
            deleted: self.deleted,
            has_card: !self.card.is_empty(),
        }
    }
}

impl Beside {
    /// Takes the next item of the file of history in this place, which may wait.
    pub(super) fn take(
        &mut self,
        item: &ItemFields<'_>,
        place: u32,
        cards: CardParts,
        waits: bool,
    ) {
        let resource = item.resource_identity();
        self.note(item, (resource, place), cards, true);
        if waits {
            if let Some(last) = self.seen.last_mut() {
                last.waits = true;
            }
            self.waiting.push(Waiting {
                item: item.to_item(),
                resource,
                file: place,
            });
        }
    }

    /// Notes the next item of the file in this place.
    fn note(
        &mut self,
        item: &ItemFields<'_>,
        (resource, file): (u128, u32),
        cards: CardParts,
        history: bool,
    ) {
        let start = self.cards.len();
        if let Some(card) = cards.card(item) {
            // Writing to memory cannot fail.
            let _infallible = serde_json::to_writer(&mut self.cards, &card);
        }
        let of_file = u32::try_from(self.seen.len()).unwrap_or(u32::MAX);
        self.seen.push(Occurrence {
            resource,
            identity: item.identity(),
            at_ms: item.capture_time.as_millisecond(),
            place: (file, of_file),
            card: start..self.cards.len(),
            history,
            deleted: is_deleted(item),
            waits: false,
        });
    }

    /// Notes a file that could not be read.
    pub(super) fn note_unreadable(&mut self, (folder, file): &PlacedFile, reason: String) {
        let key = file.key.to_string();
        let unreadable = UnreadableFile { key, reason };
        self.unreadable.push((folder.day, unreadable));
    }

    /// Adds what was kept of the next file, for which there may be no memory.
    pub(super) fn add(&mut self, mut next: Self, memory: &MemoryReservation) -> Result<()> {
        memory.try_grow(next.memory_bytes())?;
        for one in &mut next.seen {
            let card = &mut one.card;
            *card = card.start + self.cards.len()..card.end + self.cards.len();
        }
        self.waiting.append(&mut next.waiting);
        self.seen.append(&mut next.seen);
        self.cards.append(&mut next.cards);
        self.deleted.append(&mut next.deleted);
        self.unreadable.append(&mut next.unreadable);
        Ok(())
    }

    /// Forgets the items of other resources.
    fn keep_only(&mut self, wanted: &Seen, memory: &MemoryReservation) -> Result<()> {
        self.seen.retain(|one| wanted.has(one.resource));
        self.seen.shrink_to_fit();
        let all = std::mem::take(&mut self.cards);
        for one in &mut self.seen {
            let start = self.cards.len();
            let card = all.get(one.card.clone());
            self.cards.extend_from_slice(card.unwrap_or_default());
            one.card = start..self.cards.len();
        }
        memory.try_resize(self.memory_bytes())
    }

    fn memory_bytes(&self) -> usize {
        let bodies = |item: &ConfigurationItem| {
            let bodies = [
                &item.configuration,
                &item.supplementary_configuration,
                &item.relationships,
            ];
            bodies
                .into_iter()
                .flatten()
                .map(|body| body.len())
                .sum::<usize>()
        };
        let waiting = self.waiting.iter();
        let waiting = waiting.map(|one| WAITING_BYTES + bodies(&one.item));
        waiting.sum::<usize>()
            + size_of::<Occurrence>() * self.seen.len()
            + size_of::<u128>() * self.deleted.len()
            + self.cards.len()
    }

    /// Returns the identities of items that are of no deleted resource.
    fn others(&self) -> Seen {
        let mut others = Seen::default();
        for one in self.seen.iter().filter(|one| !one.deleted) {
            others.is_new(one.identity);
        }
        others
    }

    /// Says whether items of one identity are of a deleted resource and of one that is not, or say
    /// more and less. The first of them counts, and takes over or not; which one that is cannot be
    /// known while they are handed out.
    fn has_twins(&self, others: &Seen) -> bool {
        let mut waits = HashMap::new();
        let mut deleted = self.seen.iter().filter(|one| one.deleted);
        deleted.any(|one| {
            others.has(one.identity) || *waits.entry(one.identity).or_insert(one.waits) != one.waits
        })
    }
}

impl Direct {
    /// Reads all that lies in the lake, and hands out the items of the period: the deleted ones that
    /// take something over last. Fails where only the cached way knows the answer.
    pub(in crate::store::embedded) async fn read_with_cards(
        scan: &mut Scan,
        listed: Arc<Listed>,
    ) -> Result<()> {
        let cards = Arc::new(CardSearch::new(scan, listed));
        let this = Self {
            cards: Some(cards.clone()),
            ..Self::new(scan)
        };
        this.reader().progress.expect(&cards.listed.files);
        let mut beside = Beside::default();
        this.read_period(scan, &mut beside).await?;
        let others = beside.others();
        if beside.has_twins(&others) {
            return Err(unclear());
        }
        let mut wanted = Seen::default();
        for one in &beside.waiting {
            wanted.is_new(one.resource);
        }
        beside.keep_only(&wanted, &scan.memory_beside)?;
        this.search(&cards, wanted, scan, &mut beside).await?;
        if beside.deleted.iter().any(|one| others.has(*one)) {
            return Err(unclear());
        }
        this.plan.with_report(|report| {
            let unreadable = beside.unreadable.iter();
            report.note_lookback(&cards.listed, unreadable, this.plan.days.1);
        });
        this.hand_out_waiting(&beside, &cards.listed, scan).await?;
        this.note_files(scan);
        Ok(())
    }

    /// Searches the files outside of the period for what items of these resources have for others.
    async fn search(
        &self,
        cards: &Arc<CardSearch>,
        wanted: Seen,
        scan: &mut Scan,
        beside: &mut Beside,
    ) -> Result<()> {
        let (reader, of_decode) = (self.reader().clone(), cards.clone());
        let decode: DecodeFile<Beside> = Arc::new(move |decoder, at, file, object| {
            of_decode.search_file(decoder, at, (file, object?), &wanted, &reader)
        });
        let files = cards.outside.iter();
        let files = files.filter_map(|at| cards.listed.files.get(*at as usize).cloned());
        let files: Vec<PlacedFile> = files.collect();
        let mut outcomes = self.each_file(&files, decode).boxed();
        while let Some((_, run, outcomes)) = outcomes.next().await {
            for (file, outcome) in run.iter().zip(outcomes) {
                match outcome {
                    Ok(found) => beside.add(found, &scan.memory_beside)?,
                    Err(FileError::Stopped) => return Err(cancelled()),
                    Err(error) => beside.note_unreadable(file, error.to_string()),
                }
            }
        }
        Ok(())
    }

    /// Hands out the items that waited, each with what it takes over.
    async fn hand_out_waiting(
        &self,
        beside: &Beside,
        listed: &Listed,
        scan: &mut Scan,
    ) -> Result<()> {
        let cards = cards_of(beside, listed);
        let plan = &*self.plan;
        let mut builder = BatchBuilder::new(
            &self.columns,
            self.schema.clone(),
            plan.period.zone(),
            plan.masker,
        );
        for one in &beside.waiting {
            let file = listed.files.get(one.file as usize).ok_or_else(unclear)?;
            let (item, identity) = (one.item.fields(), one.item.fields().identity());
            let item = match cards.get(&(&*file.0.account, identity)) {
                Some(card) => card.complete(&item),
                None => item,
            };
            if !plan.filter.admits(&item, None) {
                continue;
            }
            if let Some(batch) = builder.push(&item, identity, None, &file.1.key)? {
                scan.hand_out(batch).await?;
            }
        }
        if let Some(batch) = builder.finish()? {
            scan.hand_out(batch).await?;
        }
        Ok(())
    }
}

/// The error of a question that only the cached way can answer.
fn unclear() -> DataFusionError {
    DataFusionError::Execution("items share an identity".to_owned())
}

/// Returns what deleted items take over, by the account that they were delivered for and their
/// identities.
fn cards_of<'a>(beside: &Beside, listed: &'a Listed) -> HashMap<(&'a str, u128), Card> {
    let account = |one: &Occurrence| {
        let file = listed.files.get(one.place.0 as usize);
        file.map_or("", |(folder, _)| &*folder.account)
    };
    let key = |one: &Occurrence| order(one.at_ms, one.history, one.place);
    let mut seen: Vec<&Occurrence> = beside.seen.iter().collect();
    seen.sort_unstable_by(|a, b| {
        let of_resource = (a.resource, account(a)).cmp(&(b.resource, account(b)));
        of_resource.then_with(|| key(a).cmp(&key(b)))
    });
    let same =
        |a: &&Occurrence, b: &&Occurrence| a.resource == b.resource && account(a) == account(b);
    let mut cards = HashMap::new();
    for resource in seen.chunk_by(same) {
        let turns: Vec<Turn> = resource.iter().map(|one| one.turn()).collect();
        let from = taken_over(&turns, &repeats(&turns));
        for (one, from) in resource.iter().zip(from) {
            let card = from.and_then(|from| beside.cards.get(resource.get(from)?.card.clone()));
            let card = card.and_then(|card| serde_json::from_slice(card).ok());
            cards.extend(card.map(|card| ((account(one), one.identity), card)));
        }
    }
    cards
}
