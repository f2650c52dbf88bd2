//! Typed questions as SQL that every engine reads. Only names from closed sets get into the text:
//! a caller's values are conditions of the relation, never part of these statements.

use crate::{
    analysis::price_micros,
    domain::{
        ChangeKind, Column, Direction, ItemFilter, ItemQuery, Measure, OrderBy, OrderKey, RELATION,
        Shape,
    },
    store::{Grouping, TallyDepth},
};

/// Renders a typed question. `limit` is applied by the caller for groups, which are all counted,
/// and by the engine for items, which may be many and large. `beside` are further expressions
/// that the caller wants selected after the columns of the answer.
pub(super) fn render_query(query: &ItemQuery, beside: &[&str]) -> String {
    match &query.shape {
        Shape::Groups { by, measures } => {
            let mut selected: Vec<String> = by.iter().map(|c| column(*c)).collect();
            selected.extend(
                measures
                    .iter()
                    .map(|m| format!("{} AS {}", measure(*m), m.as_str())),
            );
            selected.extend(beside.iter().copied().map(str::to_owned));
            let keys = by.iter().map(|c| column(*c)).collect::<Vec<_>>().join(", ");
            let group = if by.is_empty() {
                String::new()
            } else {
                format!(" GROUP BY {keys}")
            };
            let order = order_of_groups(&query.order, by, measures);
            format!(
                "SELECT {} FROM {RELATION}{group}{order}",
                selected.join(", ")
            )
        }
        Shape::Items { columns } => {
            let mut selected: Vec<String> = columns.iter().map(|c| column(*c)).collect();
            selected.extend(beside.iter().copied().map(str::to_owned));
            let selected = selected.join(", ");
            let order = order_of_items(&query.order);
            let fetch = query.limit.map_or_else(String::new, |limit| {
                format!(" LIMIT {}", limit.saturating_add(query.offset))
            });
            format!("SELECT {selected} FROM {RELATION}{order}{fetch}")
        }
    }
}

/// Says whether these columns of these items can be told only with the items before them: kinds,
/// and what deleted items take over.
pub(super) fn needs_items_before(columns: &[Column], filter: &ItemFilter) -> bool {
    let told = [
        Column::ChangeKind,
        Column::ResourceName,
        Column::Arn,
        Column::Tags,
    ];
    columns.iter().any(|column| told.contains(column))
        || !filter.kinds.is_empty()
        || !filter.names.is_empty()
        || !filter.tags.is_empty()
        || !filter.resources.is_empty()
        || filter.reference.is_some()
}

/// Says whether these columns of these items are told from kinds.
pub(super) fn tells_kinds(columns: &[Column], filter: &ItemFilter) -> bool {
    columns.contains(&Column::ChangeKind) || !filter.kinds.is_empty()
}

/// Returns the columns of all groupings.
pub(super) fn keys_of(groupings: &[Grouping]) -> Vec<Column> {
    let mut keys: Vec<Column> = groupings.iter().flat_map(|g| g.0.iter().copied()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Renders several groupings as one pass over the items. The last column tells which grouping a
/// row is of; the columns before it are the grouping columns in the order that is returned.
pub(super) fn render_tally(groupings: &[Grouping], depth: TallyDepth) -> (String, Vec<Column>) {
    let keys = keys_of(groupings);
    let named = |columns: &[Column]| {
        columns
            .iter()
            .map(|c| column(*c))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let sets: Vec<String> = groupings
        .iter()
        .map(|g| format!("({})", named(&g.0)))
        .collect();
    let mut selected: Vec<String> = keys.iter().map(|c| column(*c)).collect();
    selected.push("count(*) AS items".to_owned());
    let (changes, unknown, name) = match depth {
        TallyDepth::Items => (
            "0".to_owned(),
            "0".to_owned(),
            "CAST(NULL AS varchar)".to_owned(),
        ),
        TallyDepth::Changes => (
            measure(Measure::Changes),
            count_of_kinds(&[ChangeKind::Unknown]),
            format!("max({})", column(Column::ResourceName)),
        ),
    };
    selected.push(format!("{changes} AS changes"));
    selected.push(format!("{unknown} AS unknown"));
    let time = column(Column::CaptureTime);
    selected.push(format!("min({time}) AS first_time"));
    selected.push(format!("max({time}) AS last_time"));
    selected.push(format!("{name} AS any_name"));
    if keys.is_empty() {
        return (
            format!("SELECT {} FROM {RELATION}", selected.join(", ")),
            keys,
        );
    }
    selected.extend(
        keys.iter()
            .map(|c| format!("grouping({0}) AS without_{0}", column(*c))),
    );
    let statement = format!(
        "SELECT {} FROM {RELATION} GROUP BY GROUPING SETS ({})",
        selected.join(", "),
        sets.join(", ")
    );
    (statement, keys)
}

/// Returns the columns that a typed question reads.
pub(super) fn columns_of(query: &ItemQuery) -> Vec<Column> {
    let mut columns: Vec<Column> = match &query.shape {
        Shape::Groups { by, measures } => {
            let kind = measures.contains(&Measure::Changes);
            by.iter()
                .copied()
                .chain(kind.then_some(Column::ChangeKind))
                .collect()
        }
        Shape::Items { columns } => columns.clone(),
    };
    columns.extend(query.order.iter().filter_map(|order| match order.key {
        OrderKey::Column(column) => Some(column),
        OrderKey::Measure(_) => None,
    }));
    columns
}

fn column(column: Column) -> String {
    column.sql_name().to_ascii_lowercase()
}

fn measure(measure: Measure) -> String {
    match measure {
        Measure::Items => "count(*)".to_owned(),
        Measure::Changes => {
            let real: Vec<ChangeKind> = ChangeKind::ALL
                .into_iter()
                .filter(|kind| kind.is_real_change())
                .collect();
            count_of_kinds(&real)
        }
        Measure::Cost => cost(),
    }
}

/// The estimated cost of recording in US dollars: whole micro-dollars are added up, so that the
/// parts of a sum are the sum.
fn cost() -> String {
    format!(
        "CAST(coalesce(sum(CASE WHEN {status} IN ('ResourceNotRecorded', \
         'ResourceDeletedNotRecorded') THEN 0 WHEN upper({frequency}) = 'DAILY' THEN {daily} ELSE \
         {continuous} END), 0) AS DOUBLE) / 1000000",
        status = column(Column::Status),
        frequency = column(Column::RecordingFrequency),
        daily = price_micros(true),
        continuous = price_micros(false),
    )
}

fn count_of_kinds(kinds: &[ChangeKind]) -> String {
    let listed: Vec<String> = kinds.iter().map(|kind| format!("'{kind}'")).collect();
    let kind = column(Column::ChangeKind);
    format!(
        "count(CASE WHEN {kind} IN ({}) THEN 1 END)",
        listed.join(", ")
    )
}

/// Most of the first measure first unless told otherwise; the keys make the order total.
fn order_of_groups(order: &[OrderBy], by: &[Column], measures: &[Measure]) -> String {
    let mut terms: Vec<String> = order.iter().map(term).collect();
    if order.is_empty() {
        terms.extend(
            measures
                .first()
                .map(|first| format!("{} DESC", first.as_str())),
        );
    }
    terms.extend(by.iter().map(|c| format!("{} ASC NULLS LAST", column(*c))));
    if by.is_empty() {
        String::new()
    } else {
        format!(" ORDER BY {}", terms.join(", "))
    }
}

/// Oldest first unless told otherwise; an item's identity makes the order total.
fn order_of_items(order: &[OrderBy]) -> String {
    let mut terms: Vec<String> = order.iter().map(term).collect();
    let tie_breakers = [
        Column::CaptureTime,
        Column::Account,
        Column::Region,
        Column::ResourceType,
        Column::ResourceId,
        Column::StateId,
    ];
    terms.extend(tie_breakers.map(|c| format!("{} ASC NULLS LAST", column(c))));
    format!(" ORDER BY {}", terms.join(", "))
}

fn term(order: &OrderBy) -> String {
    let key = match order.key {
        OrderKey::Column(key) => column(key),
        OrderKey::Measure(key) => key.as_str().to_owned(),
    };
    let direction = match order.direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    };
    format!("{key} {direction} NULLS LAST")
}
