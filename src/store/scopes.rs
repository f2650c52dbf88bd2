//! Which names of `WITH` hold where in a statement, and how often each reads the relation.

use std::collections::HashMap;

use datafusion::sql::sqlparser::ast::Query;

use crate::domain::RELATION;

/// The queries that a walk is in, outermost first.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    open: Vec<Scope>,
    reads: u64,
}

/// A query of a statement.
#[derive(Debug, Default)]
struct Scope {
    /// Tables of its `WITH` that are still to be walked, the next one last: where their queries lie
    /// in memory, and their names.
    coming: Vec<(usize, String)>,
    /// Tables of its `WITH` by name: how often each reads the relation.
    tables: HashMap<String, u64>,
    /// How often the query reads the relation, its tables made anew for each mention.
    reads: u64,
}

impl Scopes {
    /// Enters a query. Its `WITH` is walked first.
    pub(super) fn enter(&mut self, query: &Query) {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        let coming = tables.map(|table| (place(&table.query), table.alias.name.value.clone()));
        let mut coming: Vec<(usize, String)> = coming.collect();
        coming.reverse();
        self.open.push(Scope {
            coming,
            ..Scope::default()
        });
    }

    /// Leaves a query. The name of a table holds from here on.
    pub(super) fn leave(&mut self, query: &Query) {
        let Some(left) = self.open.pop() else { return };
        let Some(around) = self.open.last_mut() else {
            self.reads = left.reads;
            return;
        };
        match around.coming.pop() {
            Some((at, name)) if at == place(query) => {
                around.tables.insert(name, left.reads);
            }
            other => {
                around.coming.extend(other);
                around.reads = around.reads.saturating_add(left.reads);
            }
        }
    }

    /// Notes that a table is read; says whether it is the relation or a table of a `WITH` whose
    /// name holds here.
    pub(super) fn read(&mut self, name: &str) -> bool {
        let of_with = self
            .open
            .iter()
            .rev()
            .find_map(|scope| scope.tables.get(name));
        let reads = match of_with {
            Some(reads) => *reads,
            None if name == RELATION => 1,
            None => return false,
        };
        if let Some(scope) = self.open.last_mut() {
            scope.reads = scope.reads.saturating_add(reads);
        }
        true
    }

    /// Returns how often the whole statement reads the relation.
    pub(super) fn reads_of_all(&self) -> u64 {
        self.reads
    }
}

/// Where a query lies in memory: a walk does not move it.
fn place(query: &Query) -> usize {
    std::ptr::from_ref(query).addr()
}
