//! One read-only statement over the relation: parsed, checked against what is allowed, and put
//! into the form that the engines read.

use std::{collections::BTreeSet, fmt, ops::ControlFlow};

use datafusion::sql::sqlparser::{
    ast::{
        Expr, GroupByExpr, Ident, ObjectName, ObjectNamePart, Query, Select, SelectFlavor,
        SelectItem, SetExpr, Statement, TableAlias, TableFactor, VisitMut, VisitorMut,
    },
    dialect::GenericDialect,
    keywords::Keyword,
    parser::Parser,
    tokenizer::{Token, Tokenizer},
};

use super::{StoreError, StoreErrorKind, scopes::Scopes};
use crate::domain::{Column, RELATION};

/// Begins the names of tables that an engine puts around the relation.
pub(super) const OWN_PREFIX: &str = "ch_";
/// Athena's own limit for a statement's text, in bytes.
pub(super) const MAX_SQL_BYTES: usize = 262_144;
/// Operators that a statement may have.
const MAX_LINKS: usize = 500;
/// Words that make chains.
const CHAINING: [Keyword; 14] = [
    Keyword::AND,
    Keyword::OR,
    Keyword::NOT,
    Keyword::UNION,
    Keyword::INTERSECT,
    Keyword::EXCEPT,
    Keyword::JOIN,
    Keyword::LIKE,
    Keyword::BETWEEN,
    Keyword::IS,
    Keyword::AT,
    Keyword::COLLATE,
    Keyword::CASE,
    Keyword::SELECT,
];

/// One `SELECT`, `WITH` or `VALUES` statement that reads nothing but the relation. It can be had
/// by parsing only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOnlySql {
    statement: Statement,
    relation_count: u64,
    columns: BTreeSet<Column>,
}

impl ReadOnlySql {
    /// Parses and checks a statement. Everything that is not known to be harmless is refused.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if text.len() > MAX_SQL_BYTES {
            return Err(refused(format!(
                "the statement is longer than {MAX_SQL_BYTES} bytes"
            )));
        }
        refuse_long_chains(text)?;
        let mut statements = Parser::parse_sql(&GenericDialect {}, text).map_err(|error| {
            // Statements that this grammar does not know may still be known to be refused.
            let first = text
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase();
            if matches!(first.as_str(), "SELECT" | "WITH" | "VALUES" | "(") {
                let message = format!("the statement does not parse: {error}");
                StoreError::new(StoreErrorKind::InvalidSql, message)
            } else {
                refused("only SELECT, WITH and VALUES are allowed")
            }
        })?;
        let (Some(mut statement), true) = (statements.pop(), statements.is_empty()) else {
            return Err(refused("there must be exactly one statement"));
        };
        if !matches!(statement, Statement::Query(_)) {
            let verb: String = statement.to_string();
            let verb: String = verb.chars().take_while(char::is_ascii_alphabetic).collect();
            return Err(refused(format!(
                "{verb} is not allowed: only SELECT, WITH and VALUES are"
            )));
        }
        let mut check = Check {
            scopes: Scopes::default(),
            columns: named_columns(text),
        };
        if let ControlFlow::Break(error) = statement.visit(&mut check) {
            return Err(*error);
        }
        refuse_what_is_written_otherwise(&statement)?;
        Ok(Self {
            relation_count: check.scopes.reads_of_all(),
            columns: check.columns,
            statement,
        })
    }

    /// Returns the statement's tree.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Says whether the statement reads the relation at all.
    pub fn reads_relation(&self) -> bool {
        self.relation_count > 0
    }

    /// Returns how often the statement reads the relation where every table of a `WITH` is made
    /// anew for each mention, as Athena does.
    pub fn relation_count(&self) -> u64 {
        self.relation_count
    }

    /// Returns the relation's columns that the statement may read: all that it names anywhere, and
    /// all there are where it has a `*`.
    pub fn columns(&self) -> Vec<Column> {
        self.columns.iter().copied().collect()
    }
}

impl fmt::Display for ReadOnlySql {
    /// Writes the statement, quoted names in lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.statement.fmt(f)
    }
}

/// Refuses chains of operators so long that walking their tree would overflow the stack: the
/// parser's own limit counts brackets only.
fn refuse_long_chains(text: &str) -> Result<(), StoreError> {
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, text).tokenize() else {
        // The parser says what is wrong, and where.
        return Ok(());
    };
    let links = tokens.iter().filter(|token| match token {
        Token::Word(word) => CHAINING.contains(&word.keyword),
        Token::Comma
        | Token::Whitespace(_)
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::Period
        | Token::LParen
        | Token::RParen => false,
        _ => true,
    });
    if links.count() > MAX_LINKS {
        return Err(refused(format!(
            "the statement has more than {MAX_LINKS} operators: use IN lists or ask in parts"
        )));
    }
    Ok(())
}

/// Finds the relation's columns among the words of a statement, wherever they stand.
fn named_columns(text: &str) -> BTreeSet<Column> {
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize();
    let tokens = tokens.unwrap_or_default();
    let mut columns = BTreeSet::new();
    for token in &tokens {
        let Token::Word(word) = token else { continue };
        if word.keyword == Keyword::NATURAL {
            columns.extend(Column::ALL);
        }
        let is_named = |column: &Column| column.sql_name().eq_ignore_ascii_case(&word.value);
        columns.extend(Column::ALL.into_iter().find(is_named));
    }
    columns
}

/// Refuses a statement that reads differently once it is written from its tree: what an engine gets
/// has to be what was checked. (The writer leaves a quote alone that follows a backslash.)
fn refuse_what_is_written_otherwise(statement: &Statement) -> Result<(), StoreError> {
    let again = Parser::parse_sql(&GenericDialect {}, &statement.to_string());
    match again.as_deref() {
        Ok([again]) if again == statement => Ok(()),
        _ => Err(refused(
            "the statement cannot be passed on as it is: write texts without quotes beside \
             backslashes or other quotes, names without quotes in them",
        )),
    }
}

fn refused(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::SqlNotAllowed, message)
}

fn stop<T>(message: impl Into<String>) -> ControlFlow<Box<StoreError>, T> {
    ControlFlow::Break(Box::new(refused(message)))
}

/// Walks the statement: refuses what is not allowed, lower-cases quoted names.
struct Check {
    scopes: Scopes,
    columns: BTreeSet<Column>,
}

impl VisitorMut for Check {
    type Break = Box<StoreError>;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        if !query.locks.is_empty()
            || query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
            || !query.pipe_operators.is_empty()
        {
            return stop("locks, FOR, SETTINGS, FORMAT and pipes are not allowed");
        }
        if let Some(with) = &mut query.with {
            if with.recursive {
                return stop("WITH RECURSIVE is not allowed");
            }
            for cte in &mut with.cte_tables {
                lower_alias(&mut cte.alias);
                let name = &cte.alias.name.value;
                if name == RELATION || name.starts_with(OWN_PREFIX) {
                    return stop(format!("WITH may not give the name {name}"));
                }
            }
        }
        self.scopes.enter(query);
        check_body(&query.body)
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        self.scopes.leave(query);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        if select.into.is_some()
            || select.top.is_some()
            || select.prewhere.is_some()
            || select.value_table_mode.is_some()
            || select.flavor != SelectFlavor::Standard
            || !select.lateral_views.is_empty()
            || !select.connect_by.is_empty()
            || !select.cluster_by.is_empty()
            || !select.distribute_by.is_empty()
            || !select.sort_by.is_empty()
            || matches!(&select.group_by, GroupByExpr::Expressions(_, modifiers) | GroupByExpr::All(modifiers) if !modifiers.is_empty())
        {
            return stop(
                "INTO, TOP, PREWHERE, LATERAL VIEW, CONNECT BY and the like are not allowed",
            );
        }
        for item in &mut select.projection {
            match item {
                SelectItem::ExprWithAlias { alias, .. } => lower(alias),
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                    self.columns.extend(Column::ALL);
                }
                _ => {}
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        match factor {
            TableFactor::Table {
                args: None,
                version: None,
                alias,
                ..
            }
            | TableFactor::Derived { alias, .. }
            | TableFactor::NestedJoin { alias, .. }
            | TableFactor::UNNEST { alias, .. } => {
                if let Some(alias) = alias {
                    lower_alias(alias);
                    if !alias.columns.is_empty() {
                        // Under other names any of them may be read.
                        self.columns.extend(Column::ALL);
                    }
                }
                ControlFlow::Continue(())
            }
            _ => stop(format!(
                "`{factor}` is not allowed in FROM: only {RELATION} is"
            )),
        }
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<Self::Break> {
        if let [ObjectNamePart::Identifier(name)] = relation.0.as_mut_slice() {
            let plain = name.value.to_lowercase();
            if self.scopes.read(&plain) {
                lower(name);
                return ControlFlow::Continue(());
            }
        }
        stop(format!(
            "the table `{relation}` is not allowed: only {RELATION} is"
        ))
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::Identifier(name) => lower(name),
            Expr::CompoundIdentifier(names) => names.iter_mut().for_each(lower),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn check_body(body: &SetExpr) -> ControlFlow<Box<StoreError>> {
    match body {
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => ControlFlow::Continue(()),
        SetExpr::SetOperation { left, right, .. } => {
            check_body(left)?;
            check_body(right)
        }
        SetExpr::Insert(_)
        | SetExpr::Update(_)
        | SetExpr::Delete(_)
        | SetExpr::Merge(_)
        | SetExpr::Table(_) => stop("only SELECT, WITH and VALUES are allowed"),
    }
}

/// Names in SQL know no case, quoted or not.
fn lower(name: &mut Ident) {
    name.value = name.value.to_lowercase();
}

fn lower_alias(alias: &mut TableAlias) {
    lower(&mut alias.name);
    for column in &mut alias.columns {
        lower(&mut column.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(sql: &str) -> Option<StoreErrorKind> {
        ReadOnlySql::parse(sql).err().map(|error| error.kind())
    }

    #[test]
    fn allowed() {
        for sql in [
            "SELECT count(*) FROM configuration_items",
            "select awsRegion, count(*) from Configuration_Items group by 1 order by 2 desc limit 3;",
            "SELECT replace(resourceName, 'Delete', 'x') FROM \"configuration_items\" WHERE resourceName = 'DROP TABLE x'",
            "WITH a AS (SELECT * FROM configuration_items) SELECT * FROM a JOIN a b USING (resourceId)",
            "VALUES (1), (2)",
            "SELECT 1 UNION ALL SELECT 2",
            "SELECT rank() OVER (PARTITION BY awsRegion ORDER BY day) FROM configuration_items",
            "(SELECT 1)",
            "SELECT 'O''Brien', 'a\\b' FROM configuration_items",
            "WITH a AS (SELECT 1 x), b AS (SELECT x FROM a) SELECT * FROM b WHERE x IN (SELECT x FROM a)",
        ] {
            assert_eq!(
                kind_of(sql),
                None,
                "{sql}: {:?}",
                ReadOnlySql::parse(sql).err()
            );
        }
    }

    #[test]
    fn refused() {
        for sql in [
            "DELETE FROM configuration_items",
            "INSERT INTO configuration_items VALUES (1)",
            "DROP TABLE configuration_items",
            "CREATE TABLE x AS SELECT * FROM configuration_items",
            "UNLOAD (SELECT 1) TO 's3://x'",
            "CALL x()",
            "EXPLAIN ANALYZE SELECT 1",
            "SET x = 1",
            "COPY configuration_items TO 'x.csv'",
            "SELECT 1; SELECT 2",
            "",
            "SELECT * FROM other",
            "SELECT * FROM information_schema.tables",
            "SELECT * FROM lake.configuration_items",
            "SELECT * FROM 'x.csv'",
            "SELECT * FROM generate_series(1, 10)",
            "SELECT * FROM TABLE(x(1))",
            "SELECT (SELECT max(a) FROM other)",
            "SELECT * FROM configuration_items WHERE resourceId IN (SELECT x FROM secret)",
            "WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT * FROM a) SELECT * FROM a",
            "WITH a AS (DELETE FROM configuration_items RETURNING *) SELECT * FROM a",
            "SELECT * INTO x FROM configuration_items",
            "SELECT * FROM configuration_items FOR UPDATE",
            "TABLE configuration_items",
            "FROM configuration_items",
            // Names of WITH hold where they were given, and not before.
            "WITH a AS (SELECT x FROM a) SELECT x FROM a",
            "WITH a AS (SELECT x FROM b), b AS (SELECT 1 x) SELECT x FROM a",
            "SELECT x FROM raw WHERE 1 IN (WITH raw AS (SELECT 1 x) SELECT x FROM raw)",
            "SELECT * FROM (WITH b AS (SELECT 1) SELECT * FROM b) c, b",
            "WITH configuration_items AS (SELECT 1) SELECT * FROM configuration_items",
            "WITH ch_delivered AS (SELECT 1) SELECT * FROM ch_delivered",
            // A text that would end elsewhere once it is written again.
            r"SELECT '\'' , 1 FROM other --' FROM configuration_items",
            r#"SELECT 1 AS "a\"" , 2 FROM other --" FROM configuration_items"#,
        ] {
            assert_eq!(kind_of(sql), Some(StoreErrorKind::SqlNotAllowed), "{sql}");
        }
        assert_eq!(kind_of("SELECT 1 +"), Some(StoreErrorKind::InvalidSql));
        let chain = format!("SELECT 1{}", "+1".repeat(3_000));
        assert_eq!(kind_of(&chain), Some(StoreErrorKind::SqlNotAllowed));
        let unions = format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(2_000));
        assert_eq!(kind_of(&unions), Some(StoreErrorKind::SqlNotAllowed));
        let deep = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
        assert!(kind_of(&deep).is_some());
    }

    #[test]
    fn names_lose_their_case() {
        let sql =
            ReadOnlySql::parse(r#"SELECT "awsRegion", 1 AS "Total" FROM configuration_items i"#);
        assert_eq!(
            sql.unwrap().to_string(),
            r#"SELECT "awsregion", 1 AS "total" FROM configuration_items i"#
        );
        assert!(!ReadOnlySql::parse("VALUES (1)").unwrap().reads_relation());
    }

    #[test]
    fn columns_under_other_names_are_all_columns() {
        let all = |sql| ReadOnlySql::parse(sql).unwrap().columns().len() == Column::ALL.len();
        assert!(all("SELECT * FROM configuration_items"));
        assert!(all("SELECT c2 FROM configuration_items AS t(c1, c2)"));
        assert!(!all("SELECT day FROM configuration_items AS t"));
    }

    #[test]
    fn reads_of_the_relation_are_counted_as_athena_makes_them() {
        for (sql, reads) in [
            ("VALUES (1)", 0),
            ("SELECT 1 FROM configuration_items", 1),
            (
                "SELECT 1 FROM configuration_items a JOIN \"Configuration_Items\" b ON true",
                2,
            ),
            (
                "SELECT 1 WHERE EXISTS (SELECT 1 FROM configuration_items)",
                1,
            ),
            (
                "WITH a AS (SELECT 1 FROM configuration_items) SELECT 1 FROM a x, a y, a z",
                3,
            ),
            (
                "WITH a AS (SELECT 1 FROM configuration_items), b AS (SELECT 1 FROM a, a c) \
                 SELECT 1 FROM b, b d, configuration_items",
                5,
            ),
        ] {
            let parsed = ReadOnlySql::parse(sql).unwrap();
            assert_eq!(parsed.relation_count(), reads, "{sql}");
        }
    }
}
