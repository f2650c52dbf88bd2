//! Bodies of the rows that a walk has picked, a share of them in memory at a time.

use super::{Opened, Picked};
use crate::{
    domain::ItemFields,
    store::embedded::cache::{CacheColumn as C, CacheError, Columns},
};

/// Bytes of bodies that are held at once.
const HELD_BODIES: usize = 16 << 20;

/// Divides rows so that the bodies of each share fit into memory.
pub(super) fn chunks_of(picked: &[Picked]) -> Vec<&[Picked]> {
    let mut chunks = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, one) in picked.iter().enumerate() {
        if at > start && bytes + one.bytes > HELD_BODIES {
            chunks.extend(picked.get(start..at));
            (start, bytes) = (at, 0);
        }
        bytes += one.bytes;
    }
    chunks.extend(picked.get(start..).filter(|rest| !rest.is_empty()));
    chunks
}

/// Bodies of picked rows; nothing where none are wanted.
#[derive(Default)]
pub(super) struct Bodies {
    /// By segment: what was read, in the order of the rows.
    read: Vec<Vec<Columns>>,
    /// For each picked row: its segment, batch and row there.
    places: Vec<(usize, usize, usize)>,
}

impl Bodies {
    pub(super) fn read(
        opened: &[Opened],
        picked: &[Picked],
        columns: &[C],
    ) -> Result<Self, CacheError> {
        let mut bodies = Self::default();
        if columns.is_empty() {
            return Ok(bodies);
        }
        bodies.places = vec![(0, 0, 0); picked.len()];
        for (place, segment) in opened.iter().enumerate() {
            let mut rows: Vec<(usize, usize)> = Vec::new();
            for (at, one) in picked
                .iter()
                .enumerate()
                .filter(|(_, one)| one.segment == place)
            {
                if let Some(group) = segment.groups.get(one.group) {
                    rows.push((group.first_row + one.row, at));
                }
            }
            rows.sort_unstable();
            let of_segment: Vec<usize> = rows.iter().map(|(row, _)| *row).collect();
            let batches = segment.segment.read_rows(columns, &of_segment)?;
            let read: Vec<Columns> = batches.into_iter().map(Columns::new).collect();
            let places = read.iter().enumerate();
            let places =
                places.flat_map(|(batch, read)| (0..read.rows()).map(move |row| (batch, row)));
            for ((_, at), (batch, row)) in rows.iter().zip(places) {
                if let Some(found) = bodies.places.get_mut(*at) {
                    *found = (place, batch, row);
                }
            }
            bodies.read.push(read);
        }
        Ok(bodies)
    }

    pub(super) fn of<'a>(&'a self, at: usize, item: &ItemFields<'a>) -> ItemFields<'a> {
        let place = self.places.get(at);
        let read = place
            .and_then(|(segment, batch, row)| Some((self.read.get(*segment)?.get(*batch)?, *row)));
        let Some((columns, row)) = read else {
            return *item;
        };
        let text = |column| columns.texts(column).get(row);
        ItemFields {
            configuration: text(C::Configuration),
            supplementary_configuration: text(C::SupplementaryConfiguration),
            relationships: text(C::Relationships),
            ..*item
        }
    }
}
