//! Which statements Athena may see: it knows of no masking.

use std::{convert::Infallible, ops::ControlFlow};

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Statement,
    Value as SqlValue, VisitMut, VisitorMut, visit_expressions_mut,
};

use super::shown::{is_tags, replace_plain_tags, tag_by_key};
use crate::{
    domain::{Column, Masker},
    store::ReadOnlySql,
};

/// Says whether a statement may show what masking hides: it reads bodies, whose secrets are known
/// by their place; it makes other texts of names or tags, in which a secret is no longer known by
/// its looks; or it reads tags other than by the name of a harmless one.
pub(super) fn may_show_secrets(sql: &ReadOnlySql, columns: &[Column], masker: Masker) -> bool {
    let bodies = [
        Column::Configuration,
        Column::SupplementaryConfiguration,
        Column::Relationships,
    ];
    if !masker.is_on() {
        return false;
    }
    let names = [
        Column::ResourceId,
        Column::ResourceName,
        Column::Arn,
        Column::Tags,
    ];
    if columns.iter().any(|column| bodies.contains(column)) {
        return true;
    }
    if !columns.iter().any(|column| names.contains(column)) {
        return false;
    }
    if makes_other_texts(sql.statement()) {
        return true;
    }
    let mut statement = sql.statement().clone();
    // What is shown as tags is masked as tags; what is left of them must be of harmless names.
    replace_plain_tags(&mut statement, |_| Some(Expr::value(SqlValue::Null)));
    let mut uses = TagUses {
        masker,
        open: false,
    };
    let ControlFlow::Continue(()) = statement.visit(&mut uses);
    uses.open
}

/// Looks for tags that are used as a whole.
struct TagUses {
    masker: Masker,
    open: bool,
}

impl VisitorMut for TagUses {
    type Break = Infallible;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
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
                    ("cardinality", [FunctionArg::Unnamed(FunctionArgExpr::Expr(of))]) => {
                        is_tags(of)
                    }
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

/// Functions after which a text is what it was, or no text any more.
const FAITHFUL: [&str; 41] = [
    "abs",
    "any_value",
    "approx_distinct",
    "arbitrary",
    "avg",
    "cardinality",
    "ceil",
    "coalesce",
    "count",
    "count_if",
    "date_add",
    "date_diff",
    "date_format",
    "date_trunc",
    "day",
    "day_of_week",
    "dense_rank",
    "element_at",
    "first_value",
    "floor",
    "from_iso8601_timestamp",
    "grouping",
    "hour",
    "if",
    "lag",
    "last_value",
    "lead",
    "length",
    "max",
    "max_by",
    "min",
    "min_by",
    "month",
    "now",
    "nullif",
    "rank",
    "round",
    "row_number",
    "sum",
    "to_unixtime",
    "year",
];

/// Says whether a statement makes texts of other texts anywhere.
fn makes_other_texts(statement: &Statement) -> bool {
    let mut statement = statement.clone();
    let made: ControlFlow<()> = visit_expressions_mut(&mut statement, |expr| {
        let makes = match &*expr {
            Expr::Function(function) => {
                let name = function.name.to_string().to_lowercase();
                !FAITHFUL.contains(&name.as_str())
            }
            Expr::Cast { data_type, .. } => {
                let of = data_type.to_string().to_lowercase();
                let text = [
                    "varchar(",
                    "char",
                    "json",
                    "array",
                    "map",
                    "row",
                    "varbinary",
                ];
                text.iter().any(|text| of.starts_with(text))
            }
            Expr::Substring { .. } | Expr::Trim { .. } | Expr::Overlay { .. } => true,
            Expr::BinaryOp { op, .. } => *op == BinaryOperator::StringConcat,
            _ => false,
        };
        if makes {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    made.is_break()
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
            "SELECT max(resourceName), min_by(arn, day) FROM configuration_items WHERE resourceName LIKE 'x%'",
            "SELECT upper(awsRegion) FROM configuration_items",
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
            "SELECT map_keys(tags) FROM configuration_items",
            "SELECT substr(resourceName, 2) FROM configuration_items",
            "WITH a AS (SELECT resourceName AS n FROM configuration_items) SELECT reverse(n) FROM a",
            "SELECT arn || 'x' FROM configuration_items",
            "SELECT CAST(resourceId AS varchar(3)) FROM configuration_items",
            "SELECT v FROM configuration_items CROSS JOIN UNNEST(tags) AS t(k, v)",
            "WITH a AS (SELECT tags AS t FROM configuration_items) SELECT t['Secret'] FROM a",
        ] {
            assert!(opens(sql), "{sql}");
        }
    }
}
