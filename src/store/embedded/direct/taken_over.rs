//! Deleted items no longer say their names, ARNs and tags. Where nothing but those has to be known of
//! the items before, they are looked for in the delivered files themselves: the period's files are
//! read once, all others are searched for the resources of which items wait.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use datafusion::error::Result;
use futures::StreamExt as _;
use jiff::civil::Date;

use super::{DecodeFile, Direct, cancelled};
use crate::{
    domain::{Column, ConfigurationItem, DeliveryKind, ItemFields, ItemFilter},
    source::{Bodies, Decoder, FileError, Object, Taken},
    store::{
        UnreadableFile,
        embedded::{
            batch::BatchBuilder,
            cache::Card,
            lake::Listed,
            reading::PlacedFile,
            scan::Scan,
            succession::{Turn, is_deleted, order, repeats, taken_over},
        },
    },
};

/// What has to be read of an item to know what later ones take over from it.
const OF_CARDS: Bodies = Bodies {
    texts: true,
    tags: true,
    configuration: false,
    supplementary_configuration: false,
    relationships: false,
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

    /// Says whether the item takes over anything that is asked for.
    pub(super) fn are_missing_in(self, item: &ItemFields<'_>) -> bool {
        let is_silent = self.name && item.resource_name.is_none()
            || self.arn && item.arn.is_none()
            || self.tags && item.tags.is_empty();
        is_silent && is_deleted(item)
    }

    /// Returns what later items take over from this one, as far as it is asked for.
    fn card(self, item: &ItemFields<'_>) -> Option<Box<Card>> {
        let text =
            |is_asked: bool, text: Option<&str>| text.filter(|_| is_asked).map(str::to_owned);
        Card::is_in(item).then(|| {
            Box::new(Card {
                name: text(self.name, item.resource_name),
                arn: text(self.arn, item.arn),
                tags: if self.tags {
                    item.tags.to_vec()
                } else {
                    Vec::new()
                },
            })
        })
    }
}

/// What is kept of files beside the items that are handed out.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Place of the file that is read.
    file: u32,
    items: u32,
    waiting: Vec<Waiting>,
    seen: Vec<Occurrence>,
    unreadable: Vec<(Date, UnreadableFile)>,
}

/// A deleted item that waits for what it takes over.
#[derive(Debug)]
struct Waiting {
    item: ConfigurationItem,
    resource: u128,
    file: u32,
}

/// An item of any kind, as far as it decides what others take over.
#[derive(Debug)]
struct Occurrence {
    resource: u128,
    turn: Turn,
    at_ms: i64,
    /// Place of the file, and of the item in it.
    place: (u32, u32),
    card: Option<Box<Card>>,
}

/// Bytes that are counted for the texts of an item.
const TEXT_BYTES: usize = 128;

impl Beside {
    /// Returns what is kept of the file in this place, of which nothing was read yet.
    pub(super) fn of_file(file: usize) -> Self {
        Self {
            file: u32::try_from(file).unwrap_or(u32::MAX),
            ..Self::default()
        }
    }

    /// Takes the next item of a file of history, which may wait.
    pub(super) fn take(&mut self, item: &ItemFields<'_>, cards: CardParts, waits: bool) {
        let occurrence = self.occurrence(item, cards, true);
        if waits {
            self.waiting.push(Waiting {
                item: item.to_item(),
                resource: occurrence.resource,
                file: self.file,
            });
        }
        self.seen.push(occurrence);
    }

    fn occurrence(&mut self, item: &ItemFields<'_>, cards: CardParts, history: bool) -> Occurrence {
        let place = (self.file, self.items);
        self.items += 1;
        let card = cards.card(item);
        Occurrence {
            resource: item.resource_identity(),
            turn: Turn {
                identity: item.identity(),
                history,
                deleted: is_deleted(item),
                has_card: card.is_some(),
            },
            at_ms: item.capture_time.as_millisecond(),
            place,
            card,
        }
    }

    /// Notes a file that could not be read.
    pub(super) fn note_unreadable(&mut self, (folder, file): &PlacedFile, reason: String) {
        let key = file.key.to_string();
        let unreadable = UnreadableFile { key, reason };
        self.unreadable.push((folder.day, unreadable));
    }

    /// Adds what was kept of the next file, for which there may be no memory.
    pub(super) fn add(&mut self, mut next: Self, scan: &mut Scan) -> Result<()> {
        let with = |one: usize, count: usize| (one + TEXT_BYTES) * count;
        let bytes = with(size_of::<Waiting>(), next.waiting.len())
            + with(size_of::<Occurrence>(), next.seen.len());
        scan.beside.try_grow(bytes)?;
        self.waiting.append(&mut next.waiting);
        self.seen.append(&mut next.seen);
        Ok(())
    }
}

impl Direct {
    /// Returns a reader that finds out what deleted items take over.
    pub(in crate::store::embedded) fn with_cards(scan: &Scan) -> Self {
        let cards = CardParts::of(&scan.columns, &scan.plan.filter);
        Self {
            cards: Some(cards),
            ..Self::new(scan)
        }
    }

    /// Reads all that was ever delivered, and hands out the items of the period: the deleted ones last.
    pub(in crate::store::embedded) async fn read_all(
        &self,
        scan: &mut Scan,
        listed: &Listed,
    ) -> Result<()> {
        let (first, last) = self.plan.days;
        let is_of_period = |(folder, _): &PlacedFile| {
            folder.kind == DeliveryKind::History && (first..=last).contains(&folder.day)
        };
        let places = (0..).zip(&listed.files);
        let (inside, outside): (Vec<_>, Vec<_>) = places.partition(|(_, file)| is_of_period(file));
        let places = |of: &[(u32, &PlacedFile)]| of.iter().map(|(at, _)| *at).collect();
        let (inside, places): (Vec<u32>, Vec<u32>) = (places(&inside), places(&outside));
        let outside: Vec<PlacedFile> = outside.into_iter().map(|(_, file)| file.clone()).collect();
        self.reader().progress.expect(&listed.files);

        let mut beside = Beside::default();
        self.read_period(scan, &mut beside).await?;
        let wanted: HashSet<u128> = beside.waiting.iter().map(|one| one.resource).collect();
        beside.seen.retain(|one| wanted.contains(&one.resource));
        beside.move_files(&inside);
        let mut behind = self.search(&outside, wanted, scan).await?;
        behind.move_files(&places);
        beside.seen.append(&mut behind.seen);
        beside.unreadable.append(&mut behind.unreadable);

        let unreadable = std::mem::take(&mut beside.unreadable);
        self.plan.with_report(|report| {
            report.note_lookback(listed, unreadable.iter(), last);
        });
        self.hand_out_waiting(beside, listed, scan).await?;
        if scan.owns_report {
            self.plan
                .with_report(|report| report.note_files(&self.plan.files));
        }
        Ok(())
    }

    /// Searches files for what items of these resources have for others.
    async fn search(
        &self,
        files: &[PlacedFile],
        wanted: HashSet<u128>,
        scan: &mut Scan,
    ) -> Result<Beside> {
        let (this, wanted) = (self.clone(), Arc::new(wanted));
        let decode: DecodeFile<Beside> = Arc::new(move |decoder, at, file, object| {
            this.search_file(decoder, at, file, object, &wanted)
        });
        let mut found = Beside::default();
        let mut outcomes = self.each_file(files, decode).boxed();
        while let Some((_, run, outcomes)) = outcomes.next().await {
            for (file, outcome) in run.iter().zip(outcomes) {
                match outcome {
                    Ok(of_file) => found.add(of_file, scan)?,
                    Err(FileError::Stopped) => return Err(cancelled()),
                    Err(error) => found.note_unreadable(file, error.to_string()),
                }
            }
        }
        Ok(found)
    }

    fn search_file(
        &self,
        decoder: &mut Decoder,
        at: usize,
        file: &PlacedFile,
        object: std::result::Result<Object, FileError>,
        wanted: &HashSet<u128>,
    ) -> std::result::Result<Beside, FileError> {
        let Some(cards) = self.cards else {
            return Ok(Beside::default());
        };
        let (cx, history) = (&self.reader().cx, file.0.kind == DeliveryKind::History);
        let mut found = Beside::of_file(at);
        let mut on_item = |item: &ItemFields<'_>| {
            if cx.cancel.is_cancelled() {
                return Taken::Break(());
            }
            if wanted.contains(&item.resource_identity()) {
                let occurrence = found.occurrence(item, cards, history);
                found.seen.push(occurrence);
            }
            Taken::Continue(())
        };
        decoder.decode(object?, &file.0, OF_CARDS, None, &mut on_item)?;
        self.reader().progress.file_read(cx, file.1.size);
        Ok(found)
    }

    /// Hands out the items that waited, each with what it takes over.
    async fn hand_out_waiting(
        &self,
        beside: Beside,
        listed: &Listed,
        scan: &mut Scan,
    ) -> Result<()> {
        let cards = cards_of(beside.seen, listed);
        let plan = &*self.plan;
        let mut builder = BatchBuilder::new(
            &self.columns,
            self.schema.clone(),
            plan.period.zone(),
            plan.masker,
        );
        for one in &beside.waiting {
            let Some(file) = listed.files.get(one.file as usize) else {
                continue;
            };
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

impl Beside {
    /// Gives files the places that they have among all.
    fn move_files(&mut self, places: &[u32]) {
        let place = |file: &mut u32| {
            *file = places.get(*file as usize).copied().unwrap_or(u32::MAX);
        };
        self.waiting.iter_mut().for_each(|one| place(&mut one.file));
        self.seen.iter_mut().for_each(|one| place(&mut one.place.0));
    }
}

/// Returns what deleted items take over, by the account that they were delivered for and their
/// identities.
fn cards_of(mut seen: Vec<Occurrence>, listed: &Listed) -> HashMap<(&str, u128), Box<Card>> {
    let account = |one: &Occurrence| {
        let file = listed.files.get(one.place.0 as usize);
        file.map_or("", |(folder, _)| &*folder.account)
    };
    let key = |one: &Occurrence| order(one.at_ms, one.turn.history, one.place);
    seen.sort_unstable_by(|a, b| {
        let of_resource = (a.resource, account(a)).cmp(&(b.resource, account(b)));
        of_resource.then_with(|| key(a).cmp(&key(b)))
    });
    let same =
        |a: &Occurrence, b: &Occurrence| a.resource == b.resource && account(a) == account(b);
    let mut cards = HashMap::new();
    for resource in seen.chunk_by(same) {
        let turns: Vec<Turn> = resource.iter().map(|one| one.turn).collect();
        let from = taken_over(&turns, &repeats(&turns));
        for (one, from) in resource.iter().zip(from) {
            let card = from.and_then(|from| resource.get(from)?.card.clone());
            cards.extend(card.map(|card| ((account(one), one.turn.identity), card)));
        }
    }
    cards
}
