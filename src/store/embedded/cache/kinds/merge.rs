//! Puts the items of each resource in order, over all parts of an account, and classifies them.
//! Segments are sorted by resource, so they are gone through side by side: of an account's history
//! a few row groups are in memory at a time.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

use datafusion::arrow::array::Array as _;

use super::{Card, Row, SegmentKinds};
use crate::{
    analysis::{Sighting, Verdict, classify},
    domain::{ConfigurationItem, ItemStatus, Region},
    store::{
        StoreError,
        embedded::{
            cache::{
                CacheColumn as C, CacheError,
                columns::tags_of,
                manifest::Ranks,
                part::Part,
                rows::{Columns, ItemColumns, hashes_of},
                segment::{Segment, Wanted},
            },
            succession::{Turn, order, repeats, taken_over},
        },
    },
};

/// What has to be read of an item to tell what it means.
const COLUMNS: [C; 20] = [
    C::Account,
    C::Region,
    C::ResourceType,
    C::ResourceId,
    C::Status,
    C::RecordingFrequency,
    C::CaptureMs,
    C::CaptureNs,
    C::History,
    C::File,
    C::Ordinal,
    C::Identity,
    C::SettingsHash,
    C::VolatileHash,
    C::TagsHash,
    C::RelationshipsHash,
    C::HasConfiguration,
    C::HasCard,
    C::CreatedMs,
    C::Day,
];

/// What a deleted item takes over from the item before it.
const OF_CARDS: [C; 5] = [C::ResourceName, C::Arn, C::Tags, C::CaptureMs, C::CaptureNs];

/// Type and id: what segments are sorted by.
type Name = (String, String);

/// Classifies the items of an account's parts; one answer a segment, in their order.
pub(in crate::store::embedded::cache) fn classified(
    parts: &[Arc<Part>],
    is_cancelled: &dyn Fn() -> bool,
) -> Result<Vec<SegmentKinds>, CacheError> {
    let mut recorders: Vec<&str> = Vec::new();
    let mut cursors = Vec::new();
    for (place, part) in (0..).zip(parts) {
        let known = recorders.iter().position(|known| *known == part.id.region);
        let recorder = known.unwrap_or_else(|| {
            recorders.push(&part.id.region);
            recorders.len() - 1
        });
        for segment in &part.segments {
            let recorder = u32::try_from(recorder).unwrap_or(u32::MAX);
            let ranks = segment.ranks.clone();
            cursors.push(Cursor::new(segment.open()?, ranks, place, recorder)?);
        }
    }
    let mut told: Vec<SegmentKinds> = cursors
        .iter()
        .map(|cursor| SegmentKinds::of_rows(cursor.segment.rows()))
        .collect();
    let mut next: BinaryHeap<Reverse<(Name, usize)>> = BinaryHeap::new();
    for (at, cursor) in cursors.iter().enumerate() {
        next.extend(cursor.name().map(|name| Reverse((name, at))));
    }
    let (mut members, mut cards) = (Vec::new(), Cards::new());
    while let Some(Reverse((name, at))) = next.pop() {
        if is_cancelled() {
            return Err(StoreError::cancelled().into());
        }
        members.clear();
        let mut of_name = vec![at];
        while let Some(Reverse((other, at))) = next.peek()
            && *other == name
        {
            of_name.push(*at);
            next.pop();
        }
        for at in of_name {
            if let Some(cursor) = cursors.get_mut(at) {
                cursor.take_all(&name, at, &mut members)?;
                next.extend(cursor.name().map(|name| Reverse((name, at))));
            }
        }
        tell(&mut members, &mut told, &mut cards);
    }
    let segments = cursors.into_iter().map(|cursor| cursor.segment);
    read_cards(&segments.collect::<Vec<_>>(), cards, &mut told)?;
    Ok(told)
}

/// Items that take over what an item before them said: where that one is, and where they are.
type Cards = Vec<(Row, Row)>;

/// Reads what deleted items take over. They are few: their columns are not gone through for them.
fn read_cards(
    segments: &[Arc<Segment>],
    mut cards: Cards,
    told: &mut [SegmentKinds],
) -> Result<(), CacheError> {
    cards.sort_unstable();
    for of_segment in cards.chunk_by(|(a, _), (b, _)| a.segment() == b.segment()) {
        let Some(segment) = of_segment
            .first()
            .and_then(|(from, _)| segments.get(from.segment()))
        else {
            continue;
        };
        let mut rows: Vec<usize> = of_segment.iter().map(|(from, _)| from.row()).collect();
        rows.dedup();
        let mut takers = of_segment.iter().peekable();
        let mut next = rows.iter();
        for columns in segment
            .read_rows(&OF_CARDS, &rows)?
            .into_iter()
            .map(Columns::new)
        {
            for (at, row) in (0..columns.rows()).zip(&mut next) {
                let text = |column| columns.texts(column).get(at);
                let card = Card {
                    name: text(C::ResourceName).map(str::to_owned),
                    arn: text(C::Arn).map(str::to_owned),
                    tags: tags_of(text(C::Tags)),
                };
                while let Some((_, to)) = takers.next_if(|(from, _)| from.row() == *row) {
                    if let Some(told) = told.get_mut(to.segment()) {
                        told.cards.push((to.row(), card.clone()));
                    }
                }
            }
        }
    }
    // They came in the order of what they are from.
    for told in told {
        told.cards.sort_unstable_by_key(|(row, _)| *row);
    }
    Ok(())
}

/// Goes through a segment.
struct Cursor {
    segment: Arc<Segment>,
    ranks: Ranks,
    /// Place of the part among those of the account.
    part: u32,
    recorder: u32,
    /// Row groups to come.
    groups: std::vec::IntoIter<(usize, usize)>,
    loaded: Option<Loaded>,
    /// Row of the loaded group that comes next.
    at: usize,
}

/// A row group in memory.
struct Loaded {
    columns: Columns,
    first_row: usize,
}

/// One item of a resource.
struct Member {
    row: Row,
    place: (u32, u32, i32),
    identity: u128,
    history: bool,
    account: String,
    region: String,
    sighting: Sighting,
    /// Whether later items can take something over from it.
    has_card: bool,
}

impl Member {
    fn turn(&self) -> Turn {
        Turn {
            identity: self.identity,
            history: self.history,
            deleted: self.sighting.status == Some(ItemStatus::ResourceDeleted),
            has_card: self.has_card,
        }
    }
}

impl Cursor {
    fn new(
        segment: Arc<Segment>,
        ranks: Ranks,
        part: u32,
        recorder: u32,
    ) -> Result<Self, CacheError> {
        let groups = segment.groups(&Wanted::default()).into_iter();
        let mut cursor = Self {
            segment,
            ranks,
            part,
            recorder,
            groups,
            loaded: None,
            at: 0,
        };
        cursor.load()?;
        Ok(cursor)
    }

    /// Goes on to the next row group.
    fn load(&mut self) -> Result<(), CacheError> {
        self.loaded = None;
        self.at = 0;
        if let Some((group, first_row)) = self.groups.next() {
            let mut batches = self.segment.read_groups(&COLUMNS, &[(group, first_row)])?;
            self.loaded = batches.pop().map(|batch| Loaded {
                columns: Columns::new(batch),
                first_row,
            });
        }
        Ok(())
    }

    /// Returns type and id of the row that comes next.
    fn name(&self) -> Option<Name> {
        let loaded = self.loaded.as_ref()?;
        let text = |column| {
            loaded
                .columns
                .texts(column)
                .get(self.at)
                .unwrap_or_default()
                .to_owned()
        };
        Some((text(C::ResourceType), text(C::ResourceId)))
    }

    /// Takes all rows of a type and id.
    fn take_all(
        &mut self,
        name: &Name,
        segment: usize,
        members: &mut Vec<Member>,
    ) -> Result<(), CacheError> {
        while let Some(loaded) = self.loaded.take() {
            let columns = &loaded.columns;
            let types = columns.texts(C::ResourceType);
            let ids = columns.texts(C::ResourceId);
            let of_name = |row: usize| {
                ids.get(row).unwrap_or_default() == name.1
                    && types.get(row).unwrap_or_default() == name.0
            };
            let mut end = self.at;
            while end < columns.rows() && of_name(end) {
                end += 1;
            }
            self.take(&loaded, segment, self.at..end, members)?;
            self.at = end;
            if end < columns.rows() {
                self.loaded = Some(loaded);
                return Ok(());
            }
            self.load()?;
        }
        Ok(())
    }

    fn take(
        &self,
        loaded: &Loaded,
        segment: usize,
        rows: std::ops::Range<usize>,
        members: &mut Vec<Member>,
    ) -> Result<(), CacheError> {
        let columns = &loaded.columns;
        let (items, identities) = (ItemColumns::of(columns)?, columns.identities()?);
        let hashes = hashes_of(columns)?;
        let (files, ordinals) = (columns.integers(C::File)?, columns.integers(C::Ordinal)?);
        let (history, created) = (columns.truths(C::History)?, columns.longs(C::CreatedMs)?);
        let has_card = columns.truths(C::HasCard)?;
        for row in rows {
            let item = items.item(row, &[]);
            let daily = item.recording_frequency;
            members.push(Member {
                row: Row::new(segment, loaded.first_row + row),
                place: (
                    self.part,
                    self.ranks.rank(files.value(row)),
                    ordinals.value(row),
                ),
                identity: identities.get(row),
                history: history.value(row),
                account: item.account.to_owned(),
                region: item.region.to_owned(),
                sighting: Sighting {
                    at_ms: item.capture_time.as_millisecond(),
                    status: item.status.and_then(ItemStatus::parse),
                    compliance: ConfigurationItem::is_compliance_type(item.resource_type),
                    recorder: self.recorder,
                    hashes: hashes(row),
                    created_ms: (!created.is_null(row)).then(|| created.value(row)),
                    daily: daily.is_some_and(|daily| daily.eq_ignore_ascii_case("DAILY")),
                    repeated: false,
                },
                has_card: has_card.value(row),
            });
        }
        Ok(())
    }
}

/// Tells what the items of one type and id mean, each resource for itself.
fn tell(members: &mut [Member], told: &mut [SegmentKinds], cards: &mut Cards) {
    members.sort_unstable_by(|a, b| {
        let key = |m: &Member| order(m.sighting.at_ms, m.history, m.place);
        (&a.account, &a.region)
            .cmp(&(&b.account, &b.region))
            .then_with(|| key(a).cmp(&key(b)))
    });
    for resource in members.chunk_by_mut(|a, b| a.account == b.account && a.region == b.region) {
        let turns: Vec<Turn> = resource.iter().map(Member::turn).collect();
        let repeats = repeats(&turns);
        for (member, repeated) in resource.iter_mut().zip(&repeats) {
            member.sighting.repeated = *repeated;
        }
        let sightings: Vec<Sighting> = resource.iter().map(|member| member.sighting).collect();
        let global = resource
            .first()
            .is_some_and(|member| member.region == Region::GLOBAL);
        let verdicts = classify(global, &sightings);
        let from = taken_over(&turns, &repeats);
        note(resource, &verdicts, &from, told, cards);
    }
}

/// What an item means, to be noted at each row that has it.
struct Told {
    verdict: Verdict,
    /// Where the card is that it takes over.
    card: Option<Row>,
    history: bool,
}

fn note(
    members: &[Member],
    verdicts: &[Verdict],
    from: &[Option<usize>],
    told: &mut [SegmentKinds],
    cards: &mut Cards,
) {
    let mut meanings: HashMap<u128, Told> = HashMap::with_capacity(members.len());
    for ((member, verdict), from) in members.iter().zip(verdicts).zip(from) {
        if member.sighting.repeated {
            continue;
        }
        let from = from.and_then(|from| members.get(from));
        let meaning = Told {
            verdict: *verdict,
            card: from.map(|from| from.row),
            history: member.history,
        };
        meanings.insert(member.identity, meaning);
    }
    for member in members {
        let Some(meaning) = meanings.get(&member.identity) else {
            continue;
        };
        let row = member.row.row();
        let Some(told) = told.get_mut(member.row.segment()) else {
            continue;
        };
        let before = meaning
            .verdict
            .before
            .and_then(|before| members.get(before));
        if let Some(kind) = told.kinds.get_mut(row) {
            *kind = meaning.verdict.kind;
        }
        if let Some(before_row) = told.befores.get_mut(row) {
            *before_row = before.map(|before| before.row);
        }
        if let Some(in_history) = told.in_history.get_mut(row) {
            *in_history = meaning.history;
        }
        cards.extend(meaning.card.map(|from| (from, member.row)));
    }
}
