//! Goes through the items of cached parts, in the order in which they were delivered: what decides
//! is read first, bodies only of the items that are wanted.

mod bodies;

use std::{collections::BTreeSet, sync::Arc};

use self::bodies::{Bodies, chunks_of};
use super::{
    cache::{
        CacheColumn as C, CacheError, Columns, Identities, ItemColumns, LakeParts, PlacedSegment,
        Row, Segment, SegmentKinds, Wanted, day_number, named_by, rows_named,
    },
    hashed::Hashed,
};
use crate::{
    domain::{ChangeKind, Column, ItemFields, ItemFilter, Period},
    source::Taken,
};

/// Which items, and what of them.
#[derive(Debug)]
pub(super) struct Walk {
    period: Period,
    filter: ItemFilter,
    /// Delivery days, both included.
    days: (i32, i32),
    /// Whether snapshots count as well, for items that no history file holds.
    snapshots: bool,
    /// Identities of resources; empty for all.
    resources: Vec<u128>,
    wanted: Wanted,
    /// What any wanted item is known by; `None` where nothing is named.
    named: Option<Hashed>,
    light: Vec<C>,
    bodies: Vec<C>,
    counts_files: bool,
    by_resource: bool,
}

/// Delivered files with wanted items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FileCount {
    pub(super) files: u64,
    /// As stored.
    pub(super) bytes: u64,
}

/// An item that was found.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) item: ItemFields<'a>,
    pub(super) identity: u128,
    /// What it means, where that is known.
    pub(super) kind: Option<ChangeKind>,
    /// Whether its file holds history.
    pub(super) history: bool,
    /// The item before it of the same resource.
    pub(super) before: Option<Row>,
    /// Its own row.
    pub(super) row: Row,
    /// Its place in the order of the part's files.
    pub(super) order: (u32, i32),
    segment: &'a Segment,
    /// Its file, among those of the segment.
    file: i32,
}

impl Found<'_> {
    /// Returns the key of the delivered file.
    pub(super) fn source(&self) -> Result<&str, CacheError> {
        self.segment.file_key(self.file)
    }
}

impl Walk {
    /// Returns the walk through the items of `period` that `filter` admits and that were delivered
    /// on these days; `columns` are read of them.
    pub(super) fn new(
        period: &Period,
        filter: &ItemFilter,
        days: (jiff::civil::Date, jiff::civil::Date),
        columns: &[Column],
    ) -> Self {
        let mut light = vec![
            C::CaptureMs,
            C::CaptureNs,
            C::Day,
            C::History,
            C::File,
            C::Ordinal,
            C::Identity,
        ];
        let mut bodies = Vec::new();
        for column in columns.iter().filter_map(|column| C::holding(*column)) {
            if column.is_body() {
                bodies.push(column);
                // Masking goes by it.
                light.extend([C::ResourceType, C::BodyBytes]);
            } else {
                light.push(column);
            }
        }
        light.extend(columns_of_filter(filter));
        light.sort_unstable();
        light.dedup();
        bodies.sort_unstable();
        bodies.dedup();
        let days = (day_number(days.0), day_number(days.1));
        Self {
            wanted: Wanted {
                captured: captured(period),
                days: Some(days),
                ..Wanted::default()
            },
            period: period.clone(),
            filter: filter.clone(),
            days,
            snapshots: false,
            resources: Vec::new(),
            named: named_by(filter),
            light,
            bodies,
            counts_files: false,
            by_resource: false,
        }
    }

    /// Takes items of snapshots as well that no history file holds.
    pub(super) fn with_snapshots(mut self) -> Self {
        self.snapshots = true;
        self
    }

    /// Counts the files that hold items of the wanted types and resources, whenever they were
    /// captured.
    pub(super) fn counting_files(mut self) -> Self {
        self.counts_files = true;
        self.wanted.captured = None;
        self
    }

    /// Hands out the items of each segment in the order of types, ids and times, as they lie there.
    pub(super) fn by_resource(mut self) -> Self {
        self.by_resource = true;
        self
    }

    /// Takes items of these resources only.
    pub(super) fn of_resources(mut self, resources: &[crate::domain::ResourceKey]) -> Self {
        self.resources = resources
            .iter()
            .map(crate::domain::ResourceKey::identity)
            .collect();
        self.wanted.types = resources
            .iter()
            .map(|key| key.resource_type.clone())
            .collect();
        self.wanted.ids = resources
            .iter()
            .map(|key| key.resource_id.clone())
            .collect();
        if !resources.is_empty() {
            self.named = Some(Hashed::of(self.wanted.ids.iter().map(|id| &**id)));
        }
        for column in [C::Account, C::Region, C::ResourceType, C::ResourceId] {
            if !self.light.contains(&column) {
                self.light.push(column);
            }
        }
        self
    }

    /// Returns the parts that can hold wanted items.
    pub(super) fn parts(&self, lake: &LakeParts) -> Vec<usize> {
        let overlaps = |part: &super::cache::Part| {
            part.id.days().is_some_and(|(first, last)| {
                day_number(first) <= self.days.1 && self.days.0 <= day_number(last)
            })
        };
        let parts = lake.parts.iter().enumerate();
        let parts = parts.filter(|(_, part)| overlaps(part));
        parts.map(|(at, _)| at).collect()
    }

    /// Hands the wanted items of a part to `take`, in the order of its files unless by resource.
    pub(super) fn part(
        &self,
        lake: &LakeParts,
        part: usize,
        take: &mut dyn FnMut(&Found<'_>) -> Result<Taken, CacheError>,
    ) -> Result<FileCount, CacheError> {
        let mut opened = Vec::new();
        let mut picked = Vec::new();
        let mut count = FileCount::default();
        for placed in lake.segments_of(part) {
            let place = opened.len();
            let segment = Opened::new(self, lake, placed)?;
            let mut files = BTreeSet::new();
            self.pick(lake, &segment, place, &mut picked, &mut files)?;
            for file in files {
                count.files += 1;
                count.bytes += segment.segment.file_bytes(file)?;
            }
            opened.push(segment);
        }
        if !self.by_resource {
            picked.sort_unstable_by_key(|picked| picked.order);
        }
        // Without bodies all rows are one share: they take no bytes.
        for picked in chunks_of(&picked) {
            let bodies = Bodies::read(&opened, picked, &self.bodies)?;
            if hand_out(&opened, picked, &bodies, take)?.is_break() {
                break;
            }
        }
        Ok(count)
    }

    /// Picks the wanted rows of a segment.
    fn pick(
        &self,
        lake: &LakeParts,
        opened: &Opened,
        place: usize,
        picked: &mut Vec<Picked>,
        counted: &mut BTreeSet<i32>,
    ) -> Result<(), CacheError> {
        let needs_tags = !self.filter.tags.is_empty();
        for (at, group) in opened.groups.iter().enumerate() {
            let columns = &group.columns;
            let items = ItemColumns::of(columns)?;
            let integers = |column| columns.integers(column);
            let (days, files, ordinals) =
                (integers(C::Day)?, integers(C::File)?, integers(C::Ordinal)?);
            let history = columns.truths(C::History)?;
            let bytes = (!self.bodies.is_empty())
                .then(|| integers(C::BodyBytes))
                .transpose()?;
            let named = self.rows_to_look_at(opened, group);
            for row in 0..columns.rows() {
                let of_segment = group.first_row + row;
                let in_days = (self.days.0..=self.days.1).contains(&days.value(row));
                let is_unit = if history.value(row) {
                    true
                } else {
                    let kinds = opened.kinds.as_ref();
                    self.snapshots && kinds.is_none_or(|kinds| !kinds.in_history(of_segment))
                };
                if !in_days || !is_unit {
                    continue;
                }
                let is_named = named
                    .as_ref()
                    .is_none_or(|named| named.get(row) == Some(&true));
                if self.counts_files
                    && (is_named || self.counts_others())
                    && self.is_of_types(&items.item(row, &[]))
                {
                    counted.insert(files.value(row));
                }
                if !is_named {
                    continue;
                }
                if !self.period.contains(items.captured(row)) {
                    continue;
                }
                let tags = if needs_tags {
                    items.tags(row)
                } else {
                    Vec::new()
                };
                let item = opened.completed(&items.item(row, &tags), of_segment);
                let kind = opened.kinds.as_ref().map(|kinds| kinds.kind(of_segment));
                if !self.is_of_resources(&item) || !self.filter.admits(&item, kind) {
                    continue;
                }
                let rank = lake.rank(&opened.placed, files.value(row));
                picked.push(Picked {
                    order: (rank, ordinals.value(row)),
                    segment: place,
                    group: at,
                    row,
                    bytes: bytes.map_or(0, |bytes| usize::try_from(bytes.value(row)).unwrap_or(0)),
                });
            }
        }
        Ok(())
    }

    /// Says whether files are counted by items that are not wanted: files of types are, by all their
    /// items, also of resources that are not named.
    fn counts_others(&self) -> bool {
        self.counts_files && self.resources.is_empty()
    }

    /// Returns the rows that may take a name or an ARN over that is named.
    fn rows_taking(&self, kinds: Option<&SegmentKinds>) -> Vec<usize> {
        let named = kinds.zip(self.named.as_ref());
        let taking = named.map(|(kinds, named)| kinds.rows_taking_over_any_of(named));
        taking.into_iter().flatten().collect()
    }

    /// Returns the row groups of a segment that may hold wanted items, or items by which files are
    /// counted.
    fn groups(&self, segment: &Segment, taking: &[usize]) -> Vec<(usize, usize)> {
        let mut groups = segment.groups(&self.wanted);
        let Some(named) = self.named.as_ref().filter(|_| !self.counts_others()) else {
            return groups;
        };
        // Looked at apart: other segments may bring another card, and this one stays as it is.
        groups.retain(|(group, first_row)| {
            let rows = *first_row..*first_row + segment.group_rows(*group);
            segment.may_have(*group, named) || taking.iter().any(|row| rows.contains(row))
        });
        groups
    }

    /// Says of each row of a group whether its item may be of what is named: few are, and to make an
    /// item of a row costs more than to look at its texts. `None` where nothing is named.
    fn rows_to_look_at(&self, opened: &Opened, group: &Group) -> Option<Vec<bool>> {
        let mut rows = rows_named(&group.columns, self.named.as_ref()?);
        for row in &opened.taking {
            let row = row.checked_sub(group.first_row);
            if let Some(is_named) = row.and_then(|row| rows.get_mut(row)) {
                *is_named = true;
            }
        }
        Some(rows)
    }

    fn is_of_resources(&self, item: &ItemFields<'_>) -> bool {
        self.resources.is_empty() || self.resources.contains(&item.resource_identity())
    }

    fn is_of_types(&self, item: &ItemFields<'_>) -> bool {
        let types = &self.filter.types;
        self.is_of_resources(item)
            && (types.is_empty() || types.iter().any(|of| of.matches(item.resource_type)))
    }
}

/// Returns capture times in milliseconds, both included; `None` for all time.
fn captured(period: &Period) -> Option<(i64, i64)> {
    (period.start() != jiff::Timestamp::MIN || period.end() != jiff::Timestamp::MAX).then(|| {
        (
            period.start().as_millisecond() - 1,
            period.end().as_millisecond(),
        )
    })
}

/// Returns the columns that a filter looks at.
fn columns_of_filter(filter: &ItemFilter) -> Vec<C> {
    let mut columns = Vec::new();
    let mut add = |is_asked: bool, more: &[C]| {
        if is_asked {
            columns.extend_from_slice(more);
        }
    };
    add(!filter.accounts.is_empty(), &[C::Account]);
    add(!filter.regions.is_empty(), &[C::Region]);
    add(!filter.types.is_empty(), &[C::ResourceType]);
    add(!filter.resources.is_empty(), &[C::ResourceId, C::Arn]);
    add(!filter.names.is_empty(), &[C::ResourceName]);
    add(!filter.statuses.is_empty(), &[C::Status]);
    add(!filter.tags.is_empty(), &[C::Tags]);
    add(
        filter.reference.is_some(),
        &[C::ResourceType, C::ResourceId, C::ResourceName, C::Arn],
    );
    columns
}

/// A wanted row.
#[derive(Debug, Clone, Copy)]
struct Picked {
    /// File and place in it.
    order: (u32, i32),
    segment: usize,
    group: usize,
    row: usize,
    /// Bytes of its bodies.
    bytes: usize,
}

/// A segment whose deciding columns are in memory.
struct Opened {
    placed: PlacedSegment,
    segment: Arc<Segment>,
    kinds: Option<Arc<SegmentKinds>>,
    groups: Vec<Group>,
    /// Rows that may take over what is named.
    taking: Vec<usize>,
    reads_tags: bool,
}

/// A row group in memory.
struct Group {
    first_row: usize,
    columns: Columns,
}

impl Opened {
    fn new(walk: &Walk, lake: &LakeParts, placed: PlacedSegment) -> Result<Self, CacheError> {
        let segment = lake.open(&placed)?;
        let kinds = lake.kinds(&placed)?;
        let taking = walk.rows_taking(kinds.as_deref());
        let wanted = walk.groups(&segment, &taking);
        let batches = segment.read_groups(&walk.light, &wanted)?;
        let groups = wanted.iter().zip(batches);
        let groups = groups.map(|((group, first_row), batch)| {
            let columns = Columns::new(batch);
            segment.note_names(*group, &columns);
            Group {
                first_row: *first_row,
                columns,
            }
        });
        Ok(Self {
            groups: groups.collect(),
            kinds,
            taking,
            reads_tags: walk.light.contains(&C::Tags),
            segment,
            placed,
        })
    }

    /// Gives a deleted item what it takes over from the item before it.
    fn completed<'a>(&'a self, item: &ItemFields<'a>, row: usize) -> ItemFields<'a> {
        let kinds = self.kinds.as_ref();
        match kinds.and_then(|kinds| kinds.card(row)) {
            Some(card) => card.complete(item),
            None => *item,
        }
    }
}

fn hand_out(
    opened: &[Opened],
    picked: &[Picked],
    bodies: &Bodies,
    take: &mut dyn FnMut(&Found<'_>) -> Result<Taken, CacheError>,
) -> Result<Taken, CacheError> {
    type Ready<'a> = (ItemColumns<'a>, Identities<'a>);
    let mut ready: Vec<Vec<Ready<'_>>> = Vec::with_capacity(opened.len());
    for segment in opened {
        let groups = segment.groups.iter().map(|group| {
            let columns = &group.columns;
            Ok((ItemColumns::of(columns)?, columns.identities()?))
        });
        ready.push(groups.collect::<Result<_, CacheError>>()?);
    }
    for (at, one) in picked.iter().enumerate() {
        let (Some(segment), Some((items, identities))) = (
            opened.get(one.segment),
            ready
                .get(one.segment)
                .and_then(|groups| groups.get(one.group)),
        ) else {
            continue;
        };
        let Some(group) = segment.groups.get(one.group) else {
            continue;
        };
        let of_segment = group.first_row + one.row;
        let tags = if segment.reads_tags {
            items.tags(one.row)
        } else {
            Vec::new()
        };
        let item = segment.completed(&items.item(one.row, &tags), of_segment);
        let item = bodies.of(at, &item);
        let kinds = segment.kinds.as_ref();
        let found = Found {
            item,
            identity: identities.get(one.row),
            kind: kinds.map(|kinds| kinds.kind(of_segment)),
            history: group.columns.truths(C::History)?.value(one.row),
            before: kinds.and_then(|kinds| kinds.before(of_segment)),
            row: Row::new(segment.placed.in_account, of_segment),
            order: one.order,
            segment: &segment.segment,
            file: group.columns.integers(C::File)?.value(one.row),
        };
        if take(&found)?.is_break() {
            return Ok(Taken::Break(()));
        }
    }
    Ok(Taken::Continue(()))
}
