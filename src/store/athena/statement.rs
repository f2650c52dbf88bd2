//! Questions that Athena answers itself: grouped, ordered and cut there.

use serde_json::Value;

use super::{
    Question, depth_of,
    execution::Finished,
    fetch::Depth,
    fetched::{FetchedNow, Wanted},
    kinds::Resolved,
    reading::Reading,
    relation::Relation,
    results::{Cells, ResultColumn, bytes_of, value},
    secrecy, shown,
};
use crate::{
    domain::{
        ChangeKind, Column, Direction, ItemFilter, ItemQuery, OrderBy, OrderKey, Period, Region,
        Shape,
    },
    store::{
        Answer, CallContext, Grouping, HistoryStore as _, ReadOnlySql, Rows, StoreError,
        StoreErrorKind, Tally, TallyDepth, sql::MAX_SQL_BYTES, tallies::TallyRows, typed,
    },
};

/// Columns beside those of an answer: how many items there are in all, and of unknown kind.
const ALL_OF_ITEMS: &str = "count(*) OVER () AS all_items";
const ALL_OF_GROUPS: &str = "sum(count(*)) OVER () AS all_items";
const UNKNOWN_OF_ITEMS: &str =
    "count(CASE WHEN changekind = 'unknown' THEN 1 END) OVER () AS all_unknown";
const UNKNOWN_OF_GROUPS: &str =
    "sum(count(CASE WHEN changekind = 'unknown' THEN 1 END)) OVER () AS all_unknown";

impl Question<'_> {
    /// Answers a typed question by one statement; with `compares`, kinds are told in SQL.
    pub(super) async fn typed_query(
        &self,
        query: &ItemQuery,
        compares: bool,
    ) -> Result<Answer<Rows>, StoreError> {
        let (period, filter) = (&query.period, &query.filter);
        let (reading, relation) = self.relation(period, filter, compares).await?;
        if reading.is_empty() {
            let nothing = self.of_nothing(period, filter, reading);
            let answer = nothing.store().query(query, self.cx).await?;
            return Ok(self.told_from_fetched(answer, &nothing));
        }
        if compares && !filter.kinds.is_empty() {
            // What is unknown would be left out without a word.
            let memory = self.store.settings.limits.memory_bytes >> 20;
            let message = format!(
                "the items of the period need more than {memory} MiB of memory, and without them \
                 some kinds cannot be told, so that they cannot be asked for"
            );
            return Err(StoreError::new(StoreErrorKind::MemoryLimit, message));
        }
        let kinds_told = compares && typed::columns_of(query).contains(&Column::ChangeKind);
        let width = width_of(&query.shape);
        let beside: Vec<&str> = match &query.shape {
            Shape::Items { .. } => vec![ALL_OF_ITEMS, "resourcetype AS of_type", UNKNOWN_OF_ITEMS],
            Shape::Groups { .. } => vec![ALL_OF_GROUPS, "NULL AS of_type", UNKNOWN_OF_GROUPS],
        };
        let sql = format!("{relation}{}", typed::render_query(query, &beside));
        let finished = self.run(&sql, reading.version).await?;
        let window = (query.offset, query.limit);
        let mut beside_first: Vec<Value> = Vec::new();
        let masker = self.store.settings.limits.masker;
        let mut rows = Rows::default();
        let columns = self
            .rows_of(&finished, |columns, cells| {
                let at = rows.total;
                rows.total += 1;
                let bytes = bytes_of(&cells);
                let mut values = values(columns, cells);
                let beside = values.split_off(width.min(values.len()));
                if beside_first.is_empty() {
                    beside_first.clone_from(&beside);
                }
                if !is_within(at, window) {
                    return Ok(0);
                }
                let of_type = beside.get(1).and_then(Value::as_str).unwrap_or_default();
                shown::typed_row(&query.shape, of_type, &mut values, masker);
                rows.rows.push(values);
                Ok(bytes)
            })
            .await?;
        rows.columns = columns.iter().take(width).map(|c| c.name.clone()).collect();
        let counted = |at: usize| beside_first.get(at).and_then(Value::as_u64).unwrap_or(0);
        if matches!(query.shape, Shape::Items { .. }) {
            rows.total = counted(0).max(rows.total);
        }
        let mut evidence = self.evidence(period, &reading, &[&finished]);
        evidence.items = Some(counted(0));
        evidence.unknown_items = if kinds_told { counted(2) } else { 0 };
        Ok(Answer {
            value: rows,
            evidence,
        })
    }

    /// Counts by one statement.
    pub(super) async fn tally(
        &self,
        period: &Period,
        filter: &ItemFilter,
        groupings: &[Grouping],
        depth: TallyDepth,
    ) -> Result<Answer<Vec<Tally>>, StoreError> {
        let compares = depth == TallyDepth::Changes || typed::needs_items_before(&[], filter);
        let (reading, relation) = self.relation(period, filter, compares).await?;
        if reading.is_empty() {
            let nothing = self.of_nothing(period, filter, reading);
            let store = nothing.store();
            let answer = store
                .tally(period, filter, groupings, depth, self.cx)
                .await?;
            return Ok(self.told_from_fetched(answer, &nothing));
        }
        let (statement, keys) = typed::render_tally(groupings, depth);
        let sql = format!("{relation}{statement}");
        let finished = self.run(&sql, reading.version).await?;
        let rows = self.all_rows(&finished).await?;
        let mut lines = TallyRows::new(groupings, keys);
        rows.rows.into_iter().for_each(|row| lines.take(row));
        let tallies = lines.finish().ok_or_else(|| {
            StoreError::internal("counting items", "Athena's rows have another shape")
        })?;
        let mut evidence = self.evidence(period, &reading, &[&finished]);
        let lines = || {
            tallies.iter().map(|tally| {
                tally.iter().fold((0, 0), |(items, unknown), line| {
                    (items + line.items, unknown + line.unknown)
                })
            })
        };
        evidence.items = Some(lines().map(|(items, _)| items).max().unwrap_or(0));
        evidence.unknown_items = lines().map(|(_, unknown)| unknown).max().unwrap_or(0);
        Ok(Answer {
            value: tallies,
            evidence,
        })
    }

    /// Answers a statement of the caller's over the relation.
    pub(super) async fn statement(
        &self,
        sql: &ReadOnlySql,
        period: &Period,
        filter: &ItemFilter,
        window: (u64, Option<u64>),
    ) -> Result<Answer<Rows>, StoreError> {
        let columns = sql.columns();
        let masker = self.store.settings.limits.masker;
        if secrecy::may_show_secrets(sql, &columns, masker) {
            return self
                .statement_here(sql, &columns, (period, filter), window)
                .await;
        }
        let compares = typed::needs_items_before(&columns, filter);
        let scans = sql.relation_count().max(1);
        let reading = self.reading_for(compares, period, filter, scans).await?;
        if reading.is_empty() {
            let nothing = self.of_nothing(period, filter, reading.clone());
            let store = nothing.store();
            let answer = store.run_sql(sql, period, filter, window, self.cx).await;
            match answer {
                Ok(answer) => return Ok(self.told_from_fetched(answer, &nothing)),
                // A form that only Athena knows: Athena says what it means, and reads nothing.
                Err(error) if is_about_the_statement(&error) => {}
                Err(error) => return Err(error),
            }
        }
        let mut statements: Vec<Finished> = Vec::new();
        let mut resolved = Resolved::default();
        let tells_kinds = columns.contains(&Column::ChangeKind);
        let mut kinds_incomplete = tells_kinds;
        if tells_kinds {
            let wanted = Wanted::new(period, filter, &[], Depth::Bodies);
            if let Some(fetched) = self.fetched(&wanted).await? {
                // What both engines read alike is answered from what was fetched: Athena would
                // scan it all again.
                let store = fetched.store();
                let answer = store.run_sql(sql, period, filter, window, self.cx).await;
                match answer {
                    Ok(answer) => return Ok(self.told_from_fetched(answer, &fetched)),
                    Err(error) if is_about_the_statement(&error) => {}
                    Err(error) => return Err(error),
                }
                resolved = resolve(&fetched, period, filter, self.cx).await?;
                kinds_incomplete = resolved.left_out > 0 || !self.has_bodies();
                statements.extend(fetched.finished().cloned());
            }
        }
        let relation = Relation {
            layout: &self.session.layout,
            table: &self.store.settings.table,
            period,
            filter,
            tags_as_json: false,
        };
        let relation = if compares {
            relation.compared(&reading.partitions, &resolved)
        } else {
            relation.plain(&reading.partitions)
        };
        let (sql, as_json) = shown::below_relation(&relation, sql);
        if sql.len() > MAX_SQL_BYTES {
            let message = "the statement and the relation below it are longer than Athena takes: \
                           ask for a shorter period";
            return Err(StoreError::new(StoreErrorKind::ScanLimit, message));
        }
        let shown = (as_json.as_slice(), window);
        let (finished, rows) = self.shown_rows(&sql, reading.version, shown).await?;
        statements.push(finished);
        let statements: Vec<&Finished> = statements.iter().collect();
        let mut evidence = self.evidence(period, &reading, &statements);
        if let Some(run) = &mut evidence.athena {
            run.kinds_incomplete = kinds_incomplete;
        }
        // Nothing was delivered: then there is no item. Else the answer alone does not tell.
        evidence.items = (evidence.files_read == 0).then_some(0);
        Ok(Answer {
            value: rows,
            evidence,
        })
    }

    /// Runs a statement and returns the rows that are asked for, masked; all are counted.
    async fn shown_rows(
        &self,
        sql: &str,
        version: u128,
        (as_json, window): (&[usize], (u64, Option<u64>)),
    ) -> Result<(Finished, Rows), StoreError> {
        let masker = self.store.settings.limits.masker;
        let finished = self.run(sql, version).await?;
        let mut rows = Rows::default();
        let columns = self
            .rows_of(&finished, |columns, cells| {
                let at = rows.total;
                rows.total += 1;
                if !is_within(at, window) {
                    return Ok(0);
                }
                let bytes = bytes_of(&cells);
                let mut values = values(columns, cells);
                shown::sql_row(&mut values, as_json, masker);
                rows.rows.push(values);
                Ok(bytes)
            })
            .await?;
        rows.columns = columns.into_iter().map(|column| column.name).collect();
        Ok((finished, rows))
    }

    /// Answers a statement from fetched items: what it reads can be masked only here.
    async fn statement_here(
        &self,
        sql: &ReadOnlySql,
        columns: &[Column],
        (period, filter): (&Period, &ItemFilter),
        window: (u64, Option<u64>),
    ) -> Result<Answer<Rows>, StoreError> {
        let tells_kinds = columns.contains(&Column::ChangeKind);
        let wanted = Wanted::new(period, filter, &[], depth_of(tells_kinds, columns));
        let fetched = self.fetch_all(&wanted).await?;
        let store = fetched.store();
        let answer = store.run_sql(sql, period, filter, window, self.cx).await;
        let answer = answer.map_err(|error| {
            let why = "the statement reads bodies or tags, whose secrets can be masked only by the \
                       embedded engine; --show-secrets lets Athena run it";
            StoreError::new(error.kind(), format!("{error} ({why})"))
        })?;
        Ok(self.told_from_fetched(answer, &fetched))
    }

    /// Returns what a typed question reads, and the relation over it.
    async fn relation(
        &self,
        period: &Period,
        filter: &ItemFilter,
        compares: bool,
    ) -> Result<(Reading, String), StoreError> {
        let relation = Relation {
            layout: &self.session.layout,
            table: &self.store.settings.table,
            period,
            filter,
            tags_as_json: true,
        };
        let reading = self.reading_for(compares, period, filter, 1).await?;
        let relation = if compares {
            relation.compared(&reading.partitions, &Resolved::default())
        } else {
            relation.plain(&reading.partitions)
        };
        Ok((reading, relation))
    }

    async fn reading_for(
        &self,
        compares: bool,
        period: &Period,
        filter: &ItemFilter,
        scans: u64,
    ) -> Result<Reading, StoreError> {
        if compares {
            self.reading_back(period, filter, scans).await
        } else {
            self.reading(period, filter, scans).await
        }
    }

    async fn all_rows(&self, finished: &Finished) -> Result<Rows, StoreError> {
        let mut rows = Rows::default();
        let take = |columns: &[ResultColumn], cells: Cells| {
            rows.total += 1;
            let bytes = bytes_of(&cells);
            rows.rows.push(values(columns, cells));
            Ok(bytes)
        };
        let columns = self.rows_of(finished, take).await?;
        rows.columns = columns.into_iter().map(|column| column.name).collect();
        Ok(rows)
    }

    fn has_bodies(&self) -> bool {
        self.session.layout.has_field("configuration")
    }
}

/// Returns the kinds of the items that SQL cannot tell.
async fn resolve(
    fetched: &FetchedNow,
    period: &Period,
    filter: &ItemFilter,
    cx: &CallContext,
) -> Result<Resolved, StoreError> {
    const COLUMNS: [Column; 7] = [
        Column::Account,
        Column::Region,
        Column::ResourceType,
        Column::ResourceId,
        Column::StateId,
        Column::CaptureTime,
        Column::ChangeKind,
    ];
    let query = ItemQuery {
        period: period.clone(),
        filter: filter.clone(),
        shape: Shape::Items {
            columns: COLUMNS.to_vec(),
        },
        order: vec![OrderBy {
            key: OrderKey::Column(Column::CaptureTime),
            direction: Direction::Descending,
        }],
        offset: 0,
        limit: None,
    };
    let answer = fetched.unmasked().query(&query, cx).await?;
    let mut resolved = Resolved::default();
    for row in &answer.value.rows {
        let text = |at: usize| row.get(at).and_then(Value::as_str).unwrap_or_default();
        let state = if text(4).is_empty() { text(5) } else { text(4) };
        let kind = text(6).parse::<ChangeKind>();
        if let Ok(kind) = kind
            && (told_by_structure(kind) || text(1) == Region::GLOBAL)
        {
            resolved.add([text(0), text(1), text(2), text(3), state], kind);
        }
    }
    if resolved.left_out > 0 {
        tracing::warn!(
            items = resolved.left_out,
            "kinds of these items found no room in the statement and are unknown in it"
        );
    }
    Ok(resolved)
}

/// Kinds that only the structure of bodies tells. (Of global resources any kind is one that several
/// recorders tell together.)
fn told_by_structure(kind: ChangeKind) -> bool {
    kind.is_echo() || matches!(kind, ChangeKind::Settings | ChangeKind::Tags)
}

fn is_about_the_statement(error: &StoreError) -> bool {
    matches!(
        error.kind(),
        StoreErrorKind::InvalidSql | StoreErrorKind::SqlNotAllowed
    )
}

fn width_of(shape: &Shape) -> usize {
    match shape {
        Shape::Groups { by, measures } => by.len() + measures.len(),
        Shape::Items { columns } => columns.len(),
    }
}

fn values(columns: &[ResultColumn], cells: Cells) -> Vec<Value> {
    let both = columns.iter().zip(cells);
    both.map(|(column, cell)| value(cell, &column.sql_type))
        .collect()
}

fn is_within(at: u64, (offset, limit): (u64, Option<u64>)) -> bool {
    at >= offset && limit.is_none_or(|limit| at < offset.saturating_add(limit))
}
