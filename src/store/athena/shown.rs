//! What leaves Athena's rows: secrets masked, tags and bodies in the form of the relation. And
//! which statements Athena may see at all, for it knows of no masking.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Fetch, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, LimitClause,
    Query, SelectItem, SetExpr, Statement, Subscript, Value as SqlValue, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::{dialect::GenericDialect, parser::Parser};
use serde_json::{Map, Value};

use crate::{
    domain::{Column, Masker, Section, Shape},
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
/// in `tags_at` hold tags.
pub(super) fn sql_row(row: &mut [Value], tags_at: &[usize], masker: Masker) {
    for (at, cell) in row.iter_mut().enumerate() {
        let Value::String(text) = &*cell else {
            continue;
        };
        *cell = if tags_at.contains(&at) {
            tags(text, masker)
        } else {
            masker.mask_text(text).into_owned().into()
        };
    }
}

/// Reads tags that were written as JSON.
fn tags(text: &str, masker: Masker) -> Value {
    let Ok(tags) = serde_json::from_str::<Map<String, Value>>(text) else {
        return masker.mask_text(text).into_owned().into();
    };
    let shown = tags.into_iter().map(|(key, value)| {
        let value = match value {
            Value::String(value) => masker.mask_tag(&key, &value).into_owned().into(),
            other => other,
        };
        (masker.mask_text(&key).into_owned(), value)
    });
    Value::Object(shown.collect())
}

/// Says whether a statement may show what masking hides: it reads bodies, whose secrets are known
/// by their place, or tags other than by the name of a harmless one.
pub(super) fn may_show_secrets(sql: &ReadOnlySql, columns: &[Column], masker: Masker) -> bool {
    let bodies = [
        Column::Configuration,
        Column::SupplementaryConfiguration,
        Column::Relationships,
    ];
    if !masker.is_on() {
        return false;
    }
    if columns.iter().any(|column| bodies.contains(column)) {
        return true;
    }
    if !columns.contains(&Column::Tags) {
        return false;
    }
    let mut statement = sql.statement().clone();
    // What is shown as tags is masked as tags; what is left of them must be of harmless names.
    replace_plain_tags(&mut statement, |_| Some(Expr::value(SqlValue::Null)));
    let mut uses = TagUses {
        masker,
        open: false,
    };
    let _: ControlFlow<()> = statement.visit(&mut uses);
    uses.open
}

/// Looks for tags that are used as a whole.
struct TagUses {
    masker: Masker,
    open: bool,
}

impl VisitorMut for TagUses {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        // What is harmless is taken out, so that the visit does not come to the tags in it.
        let harmless = match &*expr {
            Expr::CompoundFieldAccess { .. } => {
                tag_by_key(expr).is_some_and(|(_, key)| self.is_harmless(key))
            }
            Expr::Function(function) => {
                let FunctionArguments::List(list) = &function.args else {
                    return ControlFlow::Continue(());
                };
                let name = function.name.to_string().to_lowercase();
                match (name.as_str(), list.args.as_slice()) {
                    (
                        "element_at",
                        [
                            FunctionArg::Unnamed(FunctionArgExpr::Expr(of)),
                            FunctionArg::Unnamed(FunctionArgExpr::Expr(key)),
                        ],
                    ) => is_tags(of) && self.is_harmless(key),
                    (
                        "cardinality" | "map_keys",
                        [FunctionArg::Unnamed(FunctionArgExpr::Expr(of))],
                    ) => is_tags(of),
                    _ => false,
                }
            }
            other => {
                self.open |= is_tags(other);
                false
            }
        };
        if harmless {
            *expr = Expr::value(SqlValue::Null);
        }
        ControlFlow::Continue(())
    }
}

impl TagUses {
    fn is_harmless(&self, key: &Expr) -> bool {
        match key {
            Expr::Value(value) => match &value.value {
                SqlValue::SingleQuotedString(key) => {
                    // A value that is no setting and looks like nothing.
                    self.masker.mask_tag(key, "x9") == "x9"
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// Reads `tags[…]` and `t.tags[…]`: how the tags are written, and the key.
fn tag_by_key(expr: &Expr) -> Option<(String, &Expr)> {
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

fn is_tags(expr: &Expr) -> bool {
    match expr {
        Expr::Identifier(name) => name.value.eq_ignore_ascii_case(TAGS),
        Expr::CompoundIdentifier(names) => names
            .last()
            .is_some_and(|name| name.value.eq_ignore_ascii_case(TAGS)),
        _ => false,
    }
}

/// Shows something else where a statement shows plain tags. Returns the places of these columns.
fn replace_plain_tags(
    statement: &mut Statement,
    with: impl Fn(&Expr) -> Option<Expr>,
) -> Vec<usize> {
    let Statement::Query(query) = statement else {
        return Vec::new();
    };
    let SetExpr::Select(select) = &mut *query.body else {
        return Vec::new();
    };
    let mut places = Vec::new();
    for (at, item) in select.projection.iter_mut().enumerate() {
        let (expr, alias) = match item {
            SelectItem::UnnamedExpr(expr) => (expr.clone(), Ident::new(TAGS)),
            SelectItem::ExprWithAlias { expr, alias } => (expr.clone(), alias.clone()),
            // The place of what comes after a `*` is not known.
            _ => return places,
        };
        if is_tags(&expr)
            && let Some(expr) = with(&expr)
        {
            *item = SelectItem::ExprWithAlias { expr, alias };
            places.push(at);
        }
    }
    places
}

fn as_json(map: &Expr) -> Option<Expr> {
    parsed(&format!("json_format(CAST({map} AS json))"))
}

fn parsed(text: &str) -> Option<Expr> {
    let parser = Parser::new(&GenericDialect {}).try_with_sql(text);
    parser.ok()?.parse_expr().ok()
}

/// Writes a statement below the relation that it reads, and tells where it shows tags.
pub(super) fn below_relation(relation: &str, sql: &ReadOnlySql) -> (String, Vec<usize>) {
    let mut statement = sql.statement().clone();
    // Athena writes maps as text that nobody reads back.
    let tags_at = replace_plain_tags(&mut statement, as_json);
    let _: ControlFlow<()> = statement.visit(&mut AthenasWay);
    if !sql.reads_relation() {
        return (statement.to_string(), tags_at);
    }
    let relation = relation.trim_end();
    let Statement::Query(query) = &mut statement else {
        return (format!("{relation}\n{statement}"), tags_at);
    };
    let own = query.with.take().map_or_else(String::new, |with| {
        let tables: Vec<String> = with.cte_tables.iter().map(ToString::to_string).collect();
        format!(",\n{}", tables.join(",\n"))
    });
    (format!("{relation}{own}\n{query}"), tags_at)
}

/// Writes what both engines know as Athena reads it.
struct AthenasWay;

impl VisitorMut for AthenasWay {
    type Break = ();

    /// A tag that an item does not have is NULL on both engines; Athena's `tags['x']` would fail.
    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Some((tags, index)) = tag_by_key(expr)
            && let Some(element) = parsed(&format!("element_at({tags}, {index})"))
        {
            *expr = element;
        }
        ControlFlow::Continue(())
    }

    /// The offset stands before the limit.
    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
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

    fn opens(sql: &str) -> bool {
        let sql = ReadOnlySql::parse(sql).unwrap();
        may_show_secrets(&sql, &sql.columns(), Masker::on())
    }

    #[test]
    fn athena_sees_what_cannot_show_secrets() {
        for sql in [
            "SELECT count(*) FROM configuration_items",
            "SELECT tags['Environment'], count(*) FROM configuration_items GROUP BY 1",
            "SELECT resourceName FROM configuration_items WHERE element_at(tags, 'Team') = 'x'",
            "SELECT tags FROM configuration_items WHERE cardinality(tags) > 2",
            "SELECT i.tags AS t FROM configuration_items i",
        ] {
            assert!(!opens(sql), "{sql}");
        }
    }

    #[test]
    fn what_could_show_secrets_stays_here() {
        for sql in [
            "SELECT configuration FROM configuration_items",
            "SELECT * FROM configuration_items",
            "SELECT json_extract_scalar(supplementaryConfiguration, '$.x') FROM configuration_items",
            "SELECT tags['DBPassword'] FROM configuration_items",
            "SELECT map_values(tags) FROM configuration_items",
            "SELECT 1 FROM configuration_items WHERE tags[resourceName] = 'x'",
            "SELECT v FROM configuration_items CROSS JOIN UNNEST(tags) AS t(k, v)",
            "WITH a AS (SELECT tags AS t FROM configuration_items) SELECT t['Secret'] FROM a",
        ] {
            assert!(opens(sql), "{sql}");
        }
    }

    #[test]
    fn statements_stand_below_the_relation() {
        let sql = "WITH a AS (SELECT tags, 1 AS n FROM configuration_items LIMIT 5 OFFSET 2) \
                   SELECT tags, n FROM a LIMIT 3";
        let (text, tags_at) = below_relation("WITH r AS (x)\n", &ReadOnlySql::parse(sql).unwrap());
        assert_eq!(
            text,
            "WITH r AS (x),\na AS (SELECT tags, 1 AS n FROM configuration_items OFFSET 2 FETCH \
             FIRST 5 ROWS ONLY)\nSELECT json_format(CAST(tags AS JSON)) AS tags, n FROM a LIMIT 3"
        );
        assert_eq!(tags_at, [0]);
        let sql = "SELECT i.tags['Team'] FROM configuration_items AS i";
        let (text, _) = below_relation("WITH r", &ReadOnlySql::parse(sql).unwrap());
        assert_eq!(
            text,
            "WITH r\nSELECT element_at(i.tags, 'Team') FROM configuration_items AS i"
        );
        let (text, _) = below_relation("WITH r", &ReadOnlySql::parse("VALUES (1)").unwrap());
        assert_eq!(text, "VALUES (1)");
    }
}
