//! Counts under several groupings at once, from the cache. The engine would hold every group of every
//! grouping as rows of text; a summary has as many as a month has resources.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::FutureExt as _;
use jiff::Timestamp;

use super::{
    EmbeddedStore,
    batch::{Row, calendar_part},
    cache::{CacheError, LakeParts},
    gather::{Made, PartTaker, gather},
    reading::Budget,
    report::ReadReport,
    scan::ScanPlan,
    walk::{Found, Walk},
};
use crate::{
    domain::{ChangeKind, Column, ItemFilter, Period},
    store::{Answer, CallContext, Grouping, StoreError, Tally, TallyDepth, TallyLine, typed},
};

/// Columns of all groupings together, at most; of more the engine counts.
const MOST_COLUMNS: usize = 12;
/// Columns of one grouping, at most.
const MOST_KEYS: usize = 6;
/// Bytes that are counted for a line, without its texts.
const LINE_BYTES: usize = 4 * size_of::<(Key, Line)>();
/// Bytes that are counted for an item: its cells until they are counted, and its identity.
const CELLS_BYTES: usize = size_of::<Made<Cells>>();
const IDENTITY_BYTES: usize = 2 * size_of::<u128>();

/// A text, by its place among those of the answer.
type Symbol = u32;
/// The symbol of a cell that has no text, and of what a key does not have.
const NO_TEXT: Symbol = Symbol::MAX;
/// The values of a grouping's columns.
type Key = [Symbol; MOST_KEYS];

/// Says whether these groupings can be counted here: their cells are short texts and few.
pub(super) fn can_count(groupings: &[Grouping], columns: &[Column]) -> bool {
    columns.len() <= MOST_COLUMNS
        && groupings.iter().all(|of| of.0.len() <= MOST_KEYS)
        && !columns.iter().any(|column| {
            matches!(
                column,
                Column::CaptureTime
                    | Column::Tags
                    | Column::Configuration
                    | Column::SupplementaryConfiguration
                    | Column::Relationships
            )
        })
}

impl EmbeddedStore {
    /// Counts the items of a period from the cache, with what they mean: `columns` are those of all
    /// groupings.
    pub(super) async fn tally_of_cache(
        &self,
        question: (&Period, &ItemFilter),
        (groupings, columns): (&[Grouping], &[Column]),
        depth: TallyDepth,
        cx: &CallContext,
    ) -> Result<Answer<Vec<Tally>>, StoreError> {
        let memory = self.settings.memory_bytes;
        let (groupings, columns) = (groupings.to_vec(), Arc::<[Column]>::from(columns));
        let work = move |plan: Arc<ScanPlan>, lake| {
            let (groupings, columns) = (groupings.clone(), columns.clone());
            let counts = Counts::new(&groupings, &columns, depth, Budget::new(memory));
            async move { read_tallies(&plan, lake, columns, counts).await }.boxed()
        };
        let (period, filter) = question;
        self.read((period, filter, &[]), true, cx, &work).await
    }
}

async fn read_tallies(
    plan: &ScanPlan,
    lake: Arc<LakeParts>,
    columns: Arc<[Column]>,
    mut counts: Counts,
) -> Result<(Vec<Tally>, ReadReport), CacheError> {
    let mut read = columns.to_vec();
    read.extend(counts.compares.then_some(Column::ResourceName));
    // Items of one resource lie together then.
    let walk = Walk::new(&plan.period, &plan.filter, plan.days, &read).by_resource();
    let taker = CellTaker {
        budget: counts.budget.clone(),
        symbols: counts.symbols.clone(),
        last: vec![None; columns.len()],
        last_name: None,
        columns,
        zone: plan.period.zone().clone(),
        masker: plan.masker,
        cells: Vec::new(),
    };
    let tells_kinds = counts.compares || typed::tells_kinds(&taker.columns, &plan.filter);
    let mut within = Ok(());
    let each = |cells| {
        if within.is_ok() {
            within = counts.add(&cells);
        }
    };
    let mut report = gather(plan, &lake, walk, |_| taker.clone(), each).await?;
    within?;
    if !tells_kinds {
        report.unknown = 0;
    }
    Ok((counts.finish(), report))
}

/// What is counted of an item.
#[derive(Debug, Clone)]
struct Cells {
    /// Of each column.
    of_columns: [Symbol; MOST_COLUMNS],
    name: Symbol,
    /// Capture time in milliseconds, as answers show it.
    at: i64,
    kind: ChangeKind,
}

/// The texts of an answer, each once.
#[derive(Debug, Default)]
struct Symbols {
    known: HashMap<Arc<str>, Symbol>,
    texts: Vec<Arc<str>>,
    bytes: usize,
}

impl Symbols {
    fn of(&mut self, text: &str) -> Symbol {
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let symbol = Symbol::try_from(self.texts.len()).unwrap_or(NO_TEXT);
        let text: Arc<str> = text.into();
        self.bytes += 64 + text.len();
        self.texts.push(text.clone());
        self.known.insert(text, symbol);
        symbol
    }

    fn text(&self, symbol: Symbol) -> Option<&Arc<str>> {
        self.texts.get(symbol as usize)
    }
}

/// A text as it was delivered, with its symbol.
type LastText = Option<(Box<str>, Symbol)>;

/// Takes the cells of a part's items.
#[derive(Debug, Clone)]
struct CellTaker {
    columns: Arc<[Column]>,
    budget: Arc<Budget>,
    /// Those of all parts.
    symbols: Arc<Mutex<Symbols>>,
    /// What stood in each column of the item before: mostly the same.
    last: Vec<LastText>,
    last_name: LastText,
    zone: jiff::tz::TimeZone,
    masker: crate::domain::Masker,
    cells: Vec<Made<Cells>>,
}

impl PartTaker for CellTaker {
    type Value = Cells;

    fn take(&mut self, found: &Found<'_>) -> Result<(), CacheError> {
        self.budget.take(CELLS_BYTES + IDENTITY_BYTES)?;
        let wants_source = self.columns.contains(&Column::Source);
        let row = Row {
            item: &found.item,
            kind: found.kind.unwrap_or(ChangeKind::Unknown),
            source: if wants_source { found.source()? } else { "" },
            masker: self.masker,
        };
        let mut of_columns = [NO_TEXT; MOST_COLUMNS];
        let columns = self.columns.iter().zip(&mut self.last);
        for (cell, (column, last)) in of_columns.iter_mut().zip(columns) {
            *cell = match column {
                Column::Year | Column::Month | Column::Day => {
                    let part = calendar_part(row.item.capture_time, *column, &self.zone);
                    symbol_of(&self.symbols, last, &row, *column, Some(&part.to_string()))
                }
                _ => symbol_of(&self.symbols, last, &row, *column, row.delivered(*column)),
            };
        }
        let name = Column::ResourceName;
        let name_text = row.delivered(name);
        let cells = Cells {
            of_columns,
            name: symbol_of(&self.symbols, &mut self.last_name, &row, name, name_text),
            at: row.item.capture_time.as_millisecond(),
            kind: row.kind,
        };
        self.cells.push(Made::of(found, cells));
        Ok(())
    }

    fn finish(self) -> Result<Vec<Made<Cells>>, CacheError> {
        Ok(self.cells)
    }
}

/// Returns the symbol of a delivered text, as it is shown.
fn symbol_of(
    symbols: &Mutex<Symbols>,
    last: &mut LastText,
    row: &Row<'_>,
    column: Column,
    text: Option<&str>,
) -> Symbol {
    let Some(text) = text else {
        return NO_TEXT;
    };
    if let Some((known, symbol)) = last
        && **known == *text
    {
        return *symbol;
    }
    let shown = row.shown(column, text);
    let mut symbols = symbols.lock().unwrap_or_else(PoisonError::into_inner);
    let symbol = symbols.of(&shown);
    *last = Some((text.into(), symbol));
    symbol
}

/// Counts under each grouping.
struct Counts {
    /// For each grouping the places of its columns, and its lines.
    groupings: Vec<(Vec<usize>, HashMap<Key, Line>)>,
    /// Whether kinds and names are counted as well.
    compares: bool,
    symbols: Arc<Mutex<Symbols>>,
    budget: Arc<Budget>,
    /// Bytes of texts that are counted already.
    bytes: usize,
}

/// Counts under one key.
#[derive(Debug, Clone, Copy)]
struct Line {
    items: u64,
    changes: u64,
    unknown: u64,
    first: i64,
    last: i64,
    name: Symbol,
}

impl Counts {
    fn new(
        groupings: &[Grouping],
        columns: &[Column],
        depth: TallyDepth,
        budget: Arc<Budget>,
    ) -> Self {
        let place = |wanted: &Column| columns.iter().position(|column| column == wanted);
        let places = |of: &Grouping| of.0.iter().filter_map(place).collect();
        Self {
            groupings: groupings
                .iter()
                .map(|of| (places(of), HashMap::new()))
                .collect(),
            compares: depth == TallyDepth::Changes,
            symbols: Arc::default(),
            budget,
            bytes: 0,
        }
    }

    /// Counts an item, for which there may be no memory.
    fn add(&mut self, cells: &Cells) -> Result<(), StoreError> {
        self.budget.give_back(CELLS_BYTES);
        let compares = self.compares;
        let symbols = self.symbols.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = symbols.bytes - std::mem::replace(&mut self.bytes, symbols.bytes);
        for (places, lines) in &mut self.groupings {
            let mut key = [NO_TEXT; MOST_KEYS];
            for (part, place) in key.iter_mut().zip(places.iter()) {
                *part = cells.of_columns.get(*place).copied().unwrap_or(NO_TEXT);
            }
            let line = lines.entry(key).or_insert_with(|| {
                bytes += LINE_BYTES;
                Line {
                    items: 0,
                    changes: 0,
                    unknown: 0,
                    first: i64::MAX,
                    last: i64::MIN,
                    name: NO_TEXT,
                }
            });
            line.items += 1;
            line.first = line.first.min(cells.at);
            line.last = line.last.max(cells.at);
            if compares {
                line.changes += u64::from(cells.kind.is_real_change());
                line.unknown += u64::from(cells.kind == ChangeKind::Unknown);
                if cells.name != line.name && symbols.text(line.name) < symbols.text(cells.name) {
                    line.name = cells.name;
                }
            }
        }
        self.budget.take(bytes)
    }

    fn finish(self) -> Vec<Tally> {
        let symbols = self.symbols.lock().unwrap_or_else(PoisonError::into_inner);
        let text = |symbol: &Symbol| symbols.text(*symbol).cloned();
        let time = |millis| Timestamp::from_millisecond(millis).unwrap_or_default();
        let tally_of = |(places, lines): (Vec<usize>, HashMap<Key, Line>)| {
            let lines = lines.into_iter().map(|(key, line)| TallyLine {
                key: key.iter().take(places.len()).map(text).collect(),
                items: line.items,
                changes: line.changes,
                unknown: line.unknown,
                first: time(line.first),
                last: time(line.last),
                name: text(&line.name),
            });
            let mut tally: Tally = lines.collect();
            tally.sort_unstable_by(|a, b| a.key.cmp(&b.key));
            tally
        };
        self.groupings.into_iter().map(tally_of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Month,
        source::{BundledSource, Lake},
        store::EmbeddedSettings,
    };

    fn store() -> EmbeddedStore {
        let lake = Lake::new(Arc::new(BundledSource));
        EmbeddedStore::new(lake, "demo", EmbeddedSettings::default())
    }

    /// The engine's statement and the counts here are two ways to one answer.
    #[tokio::test]
    async fn counts_are_those_of_the_statement() {
        use Column as C;
        let store = store();
        let month: Month = "2024-11".parse().unwrap();
        let tokyo = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
        let cx = CallContext::default();
        let groupings = [
            vec![],
            vec![C::Account],
            vec![C::Region, C::Status],
            vec![C::ChangeKind],
            vec![C::Year, C::Month, C::Day],
            vec![C::ResourceName],
            vec![
                C::Account,
                C::Region,
                C::ResourceType,
                C::ResourceId,
                C::ChangeKind,
            ],
            vec![C::Arn, C::RecordingFrequency],
        ]
        .map(Grouping);
        let filters = [
            ItemFilter::default(),
            ItemFilter {
                types: vec!["AWS::EC2::*".parse().unwrap()],
                kinds: vec![ChangeKind::Settings, ChangeKind::Deleted],
                ..ItemFilter::default()
            },
        ];
        for zone in [jiff::tz::TimeZone::UTC, tokyo] {
            let period = Period::of_month(month, zone).unwrap();
            for filter in &filters {
                for depth in [TallyDepth::Changes, TallyDepth::Items] {
                    let question = (&period, filter);
                    let columns = typed::keys_of(&groupings);
                    assert!(can_count(&groupings, &columns));
                    let here = store.tally_of_cache(question, (&groupings, &columns), depth, &cx);
                    let there = store.tally_by_statement(question, &groupings, depth, &cx);
                    let (here, there) = (here.await.unwrap(), there.await.unwrap());
                    assert!(here.value.iter().all(|tally| !tally.is_empty()));
                    for (at, (here, there)) in here.value.iter().zip(&there.value).enumerate() {
                        assert_eq!(here, there, "grouping {at}");
                    }
                    assert_eq!(here.evidence.items, there.evidence.items);
                    assert_eq!(
                        here.evidence.duplicate_items,
                        there.evidence.duplicate_items
                    );
                    assert_eq!(here.evidence.unknown_items, there.evidence.unknown_items);
                }
            }
        }
    }

    #[tokio::test]
    async fn counts_that_need_more_memory_than_there_is_are_refused() {
        let columns = [Column::Account, Column::ResourceId];
        let groupings = [Grouping(columns.to_vec())];
        let settings = EmbeddedSettings {
            memory_bytes: 1 << 14,
            ..EmbeddedSettings::default()
        };
        let store = EmbeddedStore::new(Lake::new(Arc::new(BundledSource)), "demo", settings);
        let period = Period::all_time(jiff::tz::TimeZone::UTC);
        let (filter, cx) = (ItemFilter::default(), CallContext::default());
        let counting = store.tally_of_cache(
            (&period, &filter),
            (&groupings, &columns),
            TallyDepth::Changes,
            &cx,
        );
        let refused = counting.await.unwrap_err();
        assert_eq!(refused.kind(), crate::store::StoreErrorKind::MemoryLimit);
    }
}
