//! How statements are written for Athena, and what leaves its rows: secrets masked, tags and bodies
//! in the form of the relation.

use std::{convert::Infallible, ops::ControlFlow};

use datafusion::sql::sqlparser::{
    ast::{
        AccessExpr, Expr, Fetch, Ident, LimitClause, Query, Select, SelectItem, SetExpr, Statement,
        Subscript, TableFactor, VisitMut, VisitorMut,
    },
    dialect::GenericDialect,
    parser::Parser,
};
use serde_json::{Map, Value};

use crate::{
    domain::{Column, Masker, RELATION, Section, Shape},
    store::ReadOnlySql,
};

const TAGS: &str = "tags";

/// Masks a row of a typed answer. `of_type` is its resource type, where bodies are asked for.
pub(super) fn typed_row(shape: &Shape, of_type: &str, row: &mut [Value], masker: Masker) {
    let columns = match shape {
        Shape::Groups { by, .. } => by,
        Shape::Items { columns } => columns,
    };
    for (column, cell) in columns.iter().zip(row) {
        let Value::String(text) = &*cell else {
            continue;
        };
        let body = |section| masker.mask_body(of_type, section, text).into_owned().into();
        *cell = match column {
            Column::ResourceId | Column::ResourceName | Column::Arn => {
                masker.mask_text(text).into_owned().into()
            }
            Column::Tags => tags(text, masker),
            Column::Configuration => body(Section::Configuration),
            Column::SupplementaryConfiguration => body(Section::SupplementaryConfiguration),
            Column::Relationships => body(Section::Relationships),
            _ => continue,
        };
    }
}

/// Masks a row of a statement's answer, in which any cell may hold anything. Cells of the columns
/// in `as_json` hold JSON.
pub(super) fn sql_row(row: &mut [Value], as_json: &[usize], masker: Masker) {
    for (at, cell) in row.iter_mut().enumerate() {
        let Value::String(text) = &*cell else {
            continue;
        };
        *cell = if as_json.contains(&at) {
            json(text, masker)
        } else {
            masker.mask_text(text).into_owned().into()
        };
    }
}

/// Reads tags that were written as JSON.
fn tags(text: &str, masker: Masker) -> Value {
    match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(tags) => masked_tags(tags, masker),
        Err(_) => masker.mask_text(text).into_owned().into(),
    }
}

/// Reads a map or an array that was written as JSON. A map is taken for tags.
fn json(text: &str, masker: Masker) -> Value {
    fn masked(value: Value, masker: Masker) -> Value {
        match value {
            Value::String(text) => masker.mask_text(&text).into_owned().into(),
            Value::Array(elements) => elements
                .into_iter()
                .map(|element| masked(element, masker))
                .collect(),
            Value::Object(members) => masked_tags(members, masker),
            other => other,
        }
    }
    serde_json::from_str(text).map_or_else(
        |_| masker.mask_text(text).into_owned().into(),
        |value| masked(value, masker),
    )
}

fn masked_tags(tags: Map<String, Value>, masker: Masker) -> Value {
    let shown = tags.into_iter().map(|(key, value)| {
        let value = match value {
            Value::String(value) => masker.mask_tag(&key, &value).into_owned().into(),
            other => other,
        };
        (masker.mask_text(&key).into_owned(), value)
    });
    Value::Object(shown.collect())
}

/// Reads `tags[…]` and `t.tags[…]`: how the tags are written, and the key.
pub(super) fn tag_by_key(expr: &Expr) -> Option<(String, &Expr)> {
    let Expr::CompoundFieldAccess { root, access_chain } = expr else {
        return None;
    };
    let (AccessExpr::Subscript(Subscript::Index { index }), before) = access_chain.split_last()?
    else {
        return None;
    };
    match before {
        [] if is_tags(root) => Some((root.to_string(), index)),
        [AccessExpr::Dot(name)] if is_tags(name) => Some((format!("{root}.{name}"), index)),
        _ => None,
    }
}

pub(super) fn is_tags(expr: &Expr) -> bool {
    match expr {
        Expr::Identifier(name) => name.value.eq_ignore_ascii_case(TAGS),
        Expr::CompoundIdentifier(names) => names
            .last()
            .is_some_and(|name| name.value.eq_ignore_ascii_case(TAGS)),
        _ => false,
    }
}

/// Shows something else where a statement shows the relation's tags as they are. Returns the places
/// of these columns.
pub(super) fn replace_plain_tags(
    statement: &mut Statement,
    with: impl Fn(&Expr) -> Option<Expr>,
) -> Vec<usize> {
    replace_columns(statement, |select, expr| {
        (is_tags(expr) && reads_only_the_relation(select)).then(|| with(expr))?
    })
}

/// Shows maps and arrays as JSON: Athena writes them as text that nobody reads back.
fn show_as_json(statement: &mut Statement) -> Vec<usize> {
    name_all_columns(statement);
    replace_columns(statement, |select, expr| {
        let is_map = is_tags(expr) && reads_only_the_relation(select);
        (is_map || makes_a_list(expr)).then(|| as_json(expr))?
    })
}

/// Replaces columns of the outermost select; returns their places.
fn replace_columns(
    statement: &mut Statement,
    with: impl Fn(&Select, &Expr) -> Option<Expr>,
) -> Vec<usize> {
    let Statement::Query(query) = statement else {
        return Vec::new();
    };
    let SetExpr::Select(select) = &mut *query.body else {
        return Vec::new();
    };
    let whole = select.clone();
    let mut places = Vec::new();
    for (at, item) in select.projection.iter_mut().enumerate() {
        let (expr, alias) = match item {
            SelectItem::UnnamedExpr(expr) if is_tags(expr) => (&*expr, Ident::new(TAGS)),
            SelectItem::UnnamedExpr(expr) => (&*expr, Ident::new(format!("_col{at}"))),
            SelectItem::ExprWithAlias { expr, alias } => (&*expr, alias.clone()),
            // The place of what comes after a `*` is not known.
            _ => return places,
        };
        if let Some(expr) = with(&whole, expr) {
            *item = SelectItem::ExprWithAlias { expr, alias };
            places.push(at);
        }
    }
    places
}

/// Writes out a lone `*` over the relation, so that its tags can be shown as JSON.
fn name_all_columns(statement: &mut Statement) {
    if let Statement::Query(query) = statement
        && let SetExpr::Select(select) = &mut *query.body
        && matches!(select.projection.as_slice(), [SelectItem::Wildcard(_)])
        && matches!(select.from.as_slice(), [only] if only.joins.is_empty())
        && reads_only_the_relation(select)
    {
        let named = |column: Column| {
            let name = Ident::new(column.sql_name().to_ascii_lowercase());
            SelectItem::UnnamedExpr(Expr::Identifier(name))
        };
        select.projection = Column::ALL.map(named).to_vec();
    }
}

/// Says whether a select reads the relation itself and nothing that was made of it.
fn reads_only_the_relation(select: &Select) -> bool {
    let is_relation = |factor: &TableFactor| {
        matches!(factor, TableFactor::Table { name, .. }
            if name.to_string().replace('"', "").eq_ignore_ascii_case(RELATION))
    };
    select.from.iter().all(|from| {
        is_relation(&from.relation) && from.joins.iter().all(|join| is_relation(&join.relation))
    })
}

/// Says whether an expression is a function whose result is an array or a map.
fn makes_a_list(expr: &Expr) -> bool {
    let Expr::Function(function) = expr else {
        return false;
    };
    let name = function.name.to_string().to_lowercase();
    LISTS.contains(&name.as_str())
}

/// Functions whose results are arrays or maps.
const LISTS: [&str; 22] = [
    "array_agg",
    "array_distinct",
    "array_except",
    "array_intersect",
    "array_remove",
    "array_sort",
    "array_union",
    "filter",
    "flatten",
    "histogram",
    "map_agg",
    "map_concat",
    "map_filter",
    "map_keys",
    "map_values",
    "multimap_agg",
    "regexp_extract_all",
    "sequence",
    "slice",
    "split",
    "transform",
    "transform_values",
];

fn as_json(map: &Expr) -> Option<Expr> {
    parsed(&format!("json_format(CAST({map} AS json))"))
}

fn parsed(text: &str) -> Option<Expr> {
    let parser = Parser::new(&GenericDialect {}).try_with_sql(text);
    parser.ok()?.parse_expr().ok()
}

/// Writes a statement below the relation that it reads, and tells which columns it shows as JSON.
pub(super) fn below_relation(relation: &str, sql: &ReadOnlySql) -> (String, Vec<usize>) {
    let mut statement = sql.statement().clone();
    let as_json = show_as_json(&mut statement);
    let ControlFlow::Continue(()) = statement.visit(&mut AthenasWay);
    if !sql.reads_relation() {
        return (statement.to_string(), as_json);
    }
    let relation = relation.trim_end();
    let Statement::Query(query) = &mut statement else {
        return (format!("{relation}\n{statement}"), as_json);
    };
    let own = query.with.take().map_or_else(String::new, |with| {
        let tables: Vec<String> = with.cte_tables.iter().map(ToString::to_string).collect();
        format!(",\n{}", tables.join(",\n"))
    });
    (format!("{relation}{own}\n{query}"), as_json)
}

/// Writes what both engines know as Athena reads it.
struct AthenasWay;

impl VisitorMut for AthenasWay {
    type Break = Infallible;

    /// A tag that an item does not have is NULL on both engines; Athena's `tags['x']` would fail.
    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
        if let Some((tags, index)) = tag_by_key(expr)
            && let Some(element) = parsed(&format!("element_at({tags}, {index})"))
        {
            *expr = element;
        }
        ControlFlow::Continue(())
    }

    /// The offset stands before the limit.
    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Infallible> {
        if let Some(LimitClause::LimitOffset {
            limit: limit @ Some(_),
            offset: Some(_),
            ..
        }) = &mut query.limit_clause
        {
            query.fetch = Some(Fetch {
                with_ties: false,
                percent: false,
                quantity: limit.take(),
            });
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_stand_below_the_relation() {
        let sql = "WITH a AS (SELECT tags, 1 AS n FROM configuration_items LIMIT 5 OFFSET 2) \
                   SELECT tags, array_agg(n) FROM a LIMIT 3";
        let (text, as_json) = below_relation("WITH r AS (x)\n", &ReadOnlySql::parse(sql).unwrap());
        assert_eq!(
            text,
            "WITH r AS (x),\na AS (SELECT tags, 1 AS n FROM configuration_items OFFSET 2 FETCH \
             FIRST 5 ROWS ONLY)\nSELECT tags, json_format(CAST(array_agg(n) AS JSON)) AS _col1 FROM a LIMIT 3"
        );
        assert_eq!(as_json, [1]);
        let sql = "SELECT i.tags['Team'] FROM configuration_items AS i";
        let (text, _) = below_relation("WITH r", &ReadOnlySql::parse(sql).unwrap());
        assert_eq!(
            text,
            "WITH r\nSELECT element_at(i.tags, 'Team') FROM configuration_items AS i"
        );
        let sql = "SELECT day, tags FROM configuration_items";
        let (text, as_json) = below_relation("WITH r", &ReadOnlySql::parse(sql).unwrap());
        assert_eq!(
            text,
            "WITH r\nSELECT day, json_format(CAST(tags AS JSON)) AS tags FROM configuration_items"
        );
        assert_eq!(as_json, [1]);
        let (text, _) = below_relation("WITH r", &ReadOnlySql::parse("VALUES (1)").unwrap());
        assert_eq!(text, "VALUES (1)");
    }
}
