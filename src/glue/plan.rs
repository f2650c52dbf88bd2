//! What would be done to a table, and what a table already knows. Pure.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    BucketLocation, Difference, DifferenceKind, GlueTable, TableName, TableSpec, differences,
    discovery::Places,
    wanted::{MANAGED, TEMPLATE},
};

/// Folders that Athena reads for one question at most.
const MAX_PREFIXES: u64 = 1_000_000;

/// How a table stands to what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum TableStatus {
    /// It is as wanted.
    UpToDate,
    /// It is not there.
    Create,
    /// It is ours, and not as wanted.
    Update,
    /// It was made by somebody else, and is left alone.
    Foreign,
}

/// What would be done to a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePlan {
    /// The table.
    pub name: TableName,
    /// What is wanted.
    pub spec: TableSpec,
    /// How the table stands to that.
    pub status: TableStatus,
    /// Whether the database has to be created too.
    pub creates_database: bool,
    /// What is not as wanted.
    pub differences: Vec<Difference>,
    /// What to know before it is done.
    pub warnings: Vec<String>,
}

impl TablePlan {
    /// Compares a table, if there is one, with what is wanted. `adopted` makes a table of
    /// somebody else ours.
    pub(super) fn of(
        name: TableName,
        spec: TableSpec,
        current: Option<&GlueTable>,
        adopted: bool,
    ) -> Self {
        let differences = differences(current, &spec.table());
        let status = match current {
            None => TableStatus::Create,
            Some(table) if !adopted && !is_ours(table) => TableStatus::Foreign,
            Some(_) if differences.is_empty() => TableStatus::UpToDate,
            Some(_) => TableStatus::Update,
        };
        let mut plan = Self {
            name,
            spec,
            status,
            creates_database: false,
            differences,
            warnings: Vec::new(),
        };
        plan.warn();
        plan
    }

    /// Returns the table that is wanted.
    pub fn table(&self) -> GlueTable {
        self.spec.table()
    }

    /// Adds that the database is missing too.
    pub(super) fn create_database(&mut self) {
        self.creates_database = true;
        let database = Difference {
            kind: DifferenceKind::Added,
            part: "database".to_owned(),
            before: None,
            after: Some(self.name.database().to_owned()),
        };
        self.differences.insert(0, database);
    }

    fn warn(&mut self) {
        let prefixes = self.spec.prefixes();
        if prefixes > MAX_PREFIXES {
            self.warnings.push(format!(
                "the projection spans {prefixes} folders, and Athena fails a question that leaves \
                 more than {MAX_PREFIXES} of them open; a question about one month needs {}, as \
                 long as it names year, month and day",
                self.spec.prefixes_of_a_month()
            ));
        }
        if self.status == TableStatus::Foreign {
            self.warnings.push(format!(
                "{0} was not made by this program and is left alone; to have it changed as shown, \
                 adopt it by name: --adopt {0}, or the argument adopt",
                self.name
            ));
        }
        let touches_keys = |found: &Difference| found.part.contains("partition key");
        if self.status == TableStatus::Update && self.differences.iter().any(touches_keys) {
            self.warnings.push(
                "the partition keys change, which AWS Glue may refuse where partitions have been \
                 registered; a table of another name can always be created"
                    .to_owned(),
            );
        }
    }
}

/// Says whether a table carries the mark of those made here.
pub(super) fn is_ours(table: &GlueTable) -> bool {
    table.parameters.get(MANAGED).map(String::as_str) == Some("1")
}

/// Returns where a table says that its deliveries lie.
pub(super) fn location_of(table: &GlueTable) -> Option<BucketLocation> {
    let template = table.parameters.get(TEMPLATE);
    let mut said = template.into_iter().chain([&table.location]);
    said.find_map(|text| text.parse().ok())
}

/// Returns the accounts and Regions that a table projects, whatever it calls its keys.
pub(super) fn places_of(table: &GlueTable) -> Places {
    let Some((_, below)) = table
        .parameters
        .get(TEMPLATE)
        .and_then(|template| template.split_once("AWSLogs/"))
    else {
        return Places::default();
    };
    let folders: Vec<&str> = below.split('/').collect();
    let values = |at: usize| values_of(table, folders.get(at).copied().unwrap_or_default());
    Places {
        accounts: values(0).filter_map(|value| value.parse().ok()).collect(),
        regions: values(2).filter_map(|value| value.parse().ok()).collect(),
    }
}

/// Returns the first year that a table projects.
pub(super) fn first_year_of(table: &GlueTable) -> Option<i16> {
    let range = table.parameters.get("projection.year.range")?;
    range.split(',').next()?.trim().parse().ok()
}

/// Returns the values that a folder of a template stands for: those of its key, or itself.
fn values_of<'a>(table: &'a GlueTable, folder: &'a str) -> impl Iterator<Item = &'a str> {
    let key = folder
        .strip_prefix("${")
        .and_then(|folder| folder.strip_suffix('}'));
    let values = match key {
        None => folder,
        Some(key) => table
            .parameters
            .get(&format!("projection.{key}.values"))
            .map_or("", String::as_str),
    };
    values.split(',').map(str::trim)
}
