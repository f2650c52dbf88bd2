//! A checked statement in Athena's dialect becomes one that `DataFusion` reads the same way.
//!
//! Only what both know under one name passes as it is. What `DataFusion` would answer differently
//! is rewritten, or refused by name: never another answer.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, Query, SelectItem, SetExpr, Statement, Subscript, Value, VisitMut, VisitorMut,
};

use crate::store::{ReadOnlySql, StoreError, StoreErrorKind};

/// Longest text that `lpad` and `rpad` may make: the memory pool does not see what they allocate.
const MAX_PADDED_CHARS: u64 = 10_000;

/// Letters of a `date_format` pattern that mean the same in Athena (as in `MySQL`) and here.
const SHARED_DATE_LETTERS: [char; 10] = ['Y', 'm', 'd', 'H', 'S', 'j', 'y', 'T', 'p', '%'];

/// Functions that exist here under Athena's name with another meaning.
const OTHER_MEANING: [(&str, &str); 4] = [
    ("greatest", "it treats NULL in another way here; use CASE"),
    ("least", "it treats NULL in another way here; use CASE"),
    ("from_unixtime", "it takes other arguments here"),
    (
        "contains",
        "it searches text here, not arrays; use array_has for arrays and strpos for text",
    ),
];

/// Renders a statement for the embedded engine.
pub(super) fn render(sql: &ReadOnlySql) -> Result<String, StoreError> {
    let mut statement = sql.statement().clone();
    if let ControlFlow::Break(error) = statement.visit(&mut Rewrite) {
        return Err(*error);
    }
    if let Statement::Query(query) = &mut statement {
        name_result_columns(&mut query.body);
    }
    let text = statement.to_string();
    let Statement::Query(query) = &statement else {
        return Ok(text);
    };
    let Some(width) = width_of_values(query) else {
        return Ok(text);
    };
    // The engine would name the columns of VALUES `column1`, Athena does not.
    let names: Vec<String> = (0..width).map(|at| format!("_col{at}")).collect();
    Ok(format!(
        "SELECT * FROM ({text}) AS rows_of_values ({})",
        names.join(", ")
    ))
}

/// Returns the number of columns of a statement that is a bare VALUES.
fn width_of_values(query: &Query) -> Option<usize> {
    match &*query.body {
        SetExpr::Values(values) if query.order_by.is_none() => {
            values.rows.first().map(|row| row.len())
        }
        _ => None,
    }
}

struct Rewrite;

impl VisitorMut for Rewrite {
    type Break = Box<StoreError>;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        let Expr::Function(function) = expr else {
            return ControlFlow::Continue(());
        };
        let name = function.name.to_string().to_lowercase();
        if let Some((_, why)) = OTHER_MEANING.iter().find(|(other, _)| *other == name) {
            return unsupported(&name, why);
        }
        match (name.as_str(), arguments(function).as_slice()) {
            ("element_at", [of, at]) => *expr = element(of, at),
            ("concat", [first, rest @ ..]) if !rest.is_empty() => {
                *expr = rest
                    .iter()
                    .fold((*first).clone(), |joined, next| concatenated(joined, next));
            }
            ("lpad" | "rpad", [_, length, ..]) if !is_small_number(length) => {
                let limit = format!("its length must be a number up to {MAX_PADDED_CHARS}");
                return unsupported(&name, &limit);
            }
            ("replace" | "regexp_replace" | "translate", [of, _, with, ..])
                if !is_short_text(with) || of.to_string().to_lowercase().contains("replace(") =>
            {
                let why = "what it puts in must be a text of up to 200 characters, and one may not stand in another";
                return unsupported(&name, why);
            }
            ("date_format" | "to_char", [_, pattern]) if !is_shared_pattern(pattern) => {
                let why =
                    "its pattern may hold %Y %m %d %H %S %T %j %y %p here; use extract for others";
                return unsupported(&name, why);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn unsupported(name: &str, why: &str) -> ControlFlow<Box<StoreError>> {
    let message = format!("the embedded engine does not offer {name} as Athena does: {why}");
    ControlFlow::Break(Box::new(StoreError::new(
        StoreErrorKind::InvalidSql,
        message,
    )))
}

/// Returns the plain arguments of a function; nothing where one is not plain.
fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else {
        return Vec::new();
    };
    let plain: Option<Vec<&Expr>> = list
        .args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect();
    plain.unwrap_or_default()
}

/// `element_at(x, k)` is NULL where there is no such element, and so is `x[k]` here.
fn element(of: &Expr, at: &Expr) -> Expr {
    Expr::CompoundFieldAccess {
        root: Box::new(of.clone()),
        access_chain: vec![AccessExpr::Subscript(Subscript::Index {
            index: at.clone(),
        })],
    }
}

/// `concat` of a NULL is NULL in Athena; here only `||` is.
fn concatenated(left: Expr, right: &Expr) -> Expr {
    Expr::Nested(Box::new(Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::StringConcat,
        right: Box::new(right.clone()),
    }))
}

fn is_small_number(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(&value.value, Value::Number(number, _)
        if number.parse::<u64>().is_ok_and(|number| number <= MAX_PADDED_CHARS)))
}

fn is_short_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(&value.value, Value::SingleQuotedString(text)
        if text.len() <= 200))
}

fn is_shared_pattern(expr: &Expr) -> bool {
    let Expr::Value(value) = expr else {
        return false;
    };
    let Value::SingleQuotedString(pattern) = &value.value else {
        return false;
    };
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter == '%'
            && !letters
                .next()
                .is_some_and(|next| SHARED_DATE_LETTERS.contains(&next))
        {
            return false;
        }
    }
    true
}

/// Gives unnamed columns of the result the names that Athena gives them: `_col0`, `_col1`, ….
fn name_result_columns(body: &mut SetExpr) {
    match body {
        SetExpr::Select(select) => {
            for (at, item) in select.projection.iter_mut().enumerate() {
                if let SelectItem::UnnamedExpr(expr) = item
                    && !matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
                {
                    let alias = Ident::new(format!("_col{at}"));
                    *item = SelectItem::ExprWithAlias {
                        expr: expr.clone(),
                        alias,
                    };
                }
            }
        }
        SetExpr::SetOperation { left, .. } => name_result_columns(left),
        SetExpr::Query(query) => name_result_columns(&mut query.body),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(sql: &str) -> Result<String, StoreErrorKind> {
        render(&ReadOnlySql::parse(sql).unwrap()).map_err(|error| error.kind())
    }

    #[test]
    fn what_means_the_same_passes() {
        for sql in [
            "SELECT a AS a, date_format(t, '%Y-%m-%d %H') AS b FROM configuration_items",
            "SELECT lpad(a, 12, '0') AS a FROM configuration_items",
        ] {
            assert_eq!(rendered(sql).unwrap(), sql);
        }
    }

    #[test]
    fn what_can_be_rewritten_is() {
        assert_eq!(
            rendered(
                "SELECT element_at(tags, 'Owner'), concat(a, 'x', b) AS c FROM configuration_items"
            ),
            Ok(
                "SELECT tags['Owner'] AS _col0, ((a || 'x') || b) AS c FROM configuration_items"
                    .into()
            )
        );
    }

    #[test]
    fn what_would_answer_differently_is_refused() {
        for sql in [
            "SELECT date_format(t, '%M %i') FROM configuration_items",
            "SELECT date_format(t, p) FROM configuration_items",
            "SELECT replace(replace(a, 'b', 'cc'), 'c', 'dd') FROM configuration_items",
            "SELECT replace(a, 'b', a) FROM configuration_items",
            "SELECT greatest(day, month) FROM configuration_items",
            "SELECT 1 FROM configuration_items WHERE lpad('x', 2000000000, 'x') = 'y'",
            "SELECT rpad('x', day, 'x') FROM configuration_items",
        ] {
            assert_eq!(rendered(sql), Err(StoreErrorKind::InvalidSql), "{sql}");
        }
    }
}
