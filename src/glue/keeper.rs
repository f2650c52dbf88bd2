//! Plans and writes a table: the one place that changes anything in an AWS account.

use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_glue::types::Table;

use super::{
    BucketLocation, GlueError, GlueErrorKind, GlueTable, Layout, TableName, TablePlan, TableSpec,
    TableStatus,
    catalogue::{Catalogue, GlueCatalogue, Written},
    convert::{from_catalogue, is_over_files, to_catalogue},
    discovery::{BucketFolders, Discovery, FIRST_YEAR, Folders, Places},
    plan::{first_year_of, is_ours, location_of, places_of},
};
use crate::{
    aws::AwsClients,
    domain::{AccountId, Region},
};

/// Years that are projected beyond the present one.
const YEARS_AHEAD: i16 = 3;
/// How often a table is read again because somebody else wrote in between.
const ATTEMPTS: u32 = 3;

/// What is wanted of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRequest {
    /// The table.
    pub table: TableName,
    /// Where the deliveries lie; `None` for where the table has them.
    pub location: Option<BucketLocation>,
    /// How they are described.
    pub layout: Layout,
    /// Accounts; none to look for them.
    pub accounts: BTreeSet<AccountId>,
    /// Regions; none to look for them.
    pub regions: BTreeSet<Region>,
    /// First year; `None` to look for it.
    pub first_year: Option<i16>,
    /// The present year.
    pub this_year: i16,
    /// The foreign table that may be changed: has to be `table`.
    pub adopt: Option<TableName>,
}

impl TableRequest {
    /// Returns what is wanted, if that can be told without asking AWS: the location, accounts and
    /// Regions are given. A first year that is not given is the first in which there was AWS
    /// Config.
    pub fn offline(&self) -> Option<TableSpec> {
        let location = self.location.clone()?;
        if self.accounts.is_empty() || self.regions.is_empty() {
            return None;
        }
        let places = Places {
            accounts: self.accounts.clone(),
            regions: self.regions.clone(),
        };
        Some(self.spec(location, places, self.first_year.unwrap_or(FIRST_YEAR)))
    }

    fn spec(&self, location: BucketLocation, places: Places, first_year: i16) -> TableSpec {
        let last = self.this_year.saturating_add(YEARS_AHEAD);
        TableSpec {
            layout: self.layout,
            location,
            accounts: places.accounts,
            regions: places.regions,
            years: (first_year.min(last), last),
        }
    }
}

/// Plans and writes tables. Contacts nothing before it is asked; cheap to clone.
#[derive(Debug, Clone)]
pub struct TableKeeper {
    catalogue: Arc<dyn Catalogue>,
    folders: Arc<dyn Folders>,
}

impl TableKeeper {
    /// Returns a keeper of the tables that these clients reach.
    pub fn new(clients: AwsClients) -> Self {
        Self {
            catalogue: Arc::new(GlueCatalogue(clients.clone())),
            folders: Arc::new(BucketFolders(clients)),
        }
    }

    /// Returns what the catalogue says of a table; `None` if it is not there.
    pub async fn read(&self, name: &TableName) -> Result<Option<GlueTable>, GlueError> {
        Ok(self
            .catalogue
            .table(name)
            .await?
            .as_ref()
            .map(from_catalogue))
    }

    /// Tells what would be done. Changes nothing.
    pub async fn plan(&self, request: &TableRequest) -> Result<TablePlan, GlueError> {
        Ok(self.look(request).await?.0)
    }

    /// Does it, and says whether anything was changed. A table that is as wanted is not written;
    /// one that somebody else writes meanwhile is read again.
    pub async fn apply(&self, request: &TableRequest) -> Result<(TablePlan, bool), GlueError> {
        for _ in 0..ATTEMPTS {
            let (plan, current) = self.look(request).await?;
            let name = &plan.name;
            let written = match plan.status {
                TableStatus::UpToDate => return Ok((plan, false)),
                TableStatus::Foreign => return Err(foreign(name)),
                TableStatus::Create => {
                    if plan.creates_database {
                        self.catalogue.create_database(name.database()).await?;
                    }
                    let input = to_catalogue(name, None, &plan.table())?;
                    self.catalogue.create_table(name.database(), input).await?
                }
                TableStatus::Update => {
                    let input = to_catalogue(name, current.as_ref(), &plan.table())?;
                    let version = current
                        .as_ref()
                        .and_then(|table| table.version_id.as_deref());
                    self.catalogue
                        .update_table(name.database(), input, version)
                        .await?
                }
            };
            if written == Written::Done {
                return Ok((plan, true));
            }
        }
        Err(GlueError::new(
            GlueErrorKind::Unavailable,
            format!("somebody else keeps changing {}", request.table),
        ))
    }

    /// Reads the table, looks for deliveries, and compares.
    async fn look(&self, request: &TableRequest) -> Result<(TablePlan, Option<Table>), GlueError> {
        let name = &request.table;
        refuse_wrong_adoption(request)?;
        let current = self.catalogue.table(name).await?;
        if let Some(table) = current.as_ref().filter(|table| !is_over_files(table)) {
            let kind = table.table_type.as_deref().unwrap_or("table");
            return Err(GlueError::new(
                GlueErrorKind::Foreign,
                format!("{name} is a {kind}, no table over files: name another table"),
            ));
        }
        let known = current.as_ref().map(from_catalogue);
        let said = || known.as_ref().and_then(location_of);
        let location = request.location.clone().or_else(said).ok_or_else(|| {
            let message = match &known {
                None => format!("{name} is not there, so the location has to be named"),
                Some(_) => {
                    format!("{name} does not say where the deliveries lie: name the location")
                }
            };
            let kind = match &known {
                None => GlueErrorKind::TableMissing,
                Some(_) => GlueErrorKind::Invalid,
            };
            GlueError::new(kind, message)
        })?;
        let (spec, warning) = self.wanted(request, location, known.as_ref()).await?;
        let adopted = request.adopt.is_some();
        let mut plan = TablePlan::of(name.clone(), spec, known.as_ref(), adopted);
        plan.warnings.extend(warning);
        if current.is_none() && !self.catalogue.has_database(name.database()).await? {
            plan.create_database();
        }
        Ok((plan, current))
    }

    async fn wanted(
        &self,
        request: &TableRequest,
        location: BucketLocation,
        known: Option<&GlueTable>,
    ) -> Result<(TableSpec, Option<String>), GlueError> {
        let given = Places {
            accounts: request.accounts.clone(),
            regions: request.regions.clone(),
        };
        let discovery = Discovery {
            folders: &self.folders,
            location: &location,
        };
        let mut places = discovery.places(&given).await?;
        let uri = location.deliveries_uri();
        let nothing = places.accounts.is_empty() || places.regions.is_empty();
        let known_places = known.map(places_of).unwrap_or_default();
        places.accounts.extend(known_places.accounts);
        places.regions.extend(known_places.regions);
        if places.accounts.is_empty() || places.regions.is_empty() {
            return Err(GlueError::new(
                GlueErrorKind::Invalid,
                format!(
                    "nothing is delivered below {uri}<account>/Config/<region>/: correct the \
                     location, or name accounts and Regions"
                ),
            ));
        }
        let first_year = match request.first_year {
            Some(year) => Some(year),
            // The article's table has years of its own.
            None if request.layout == Layout::Article => None,
            None => discovery.first_year(&places).await?,
        };
        let first_year = first_year
            .or_else(|| known.filter(|table| is_ours(table)).and_then(first_year_of))
            .unwrap_or(request.this_year);
        let warning = nothing.then(|| {
            format!("no delivery was found below {uri} for the accounts and Regions asked for")
        });
        Ok((request.spec(location, places, first_year), warning))
    }
}

/// A table is changed only under its own name: a slip must not cost somebody their table.
fn refuse_wrong_adoption(request: &TableRequest) -> Result<(), GlueError> {
    match &request.adopt {
        Some(named) if *named != request.table => Err(GlueError::new(
            GlueErrorKind::Invalid,
            format!("adopt names {named}, but the table is {}", request.table),
        )),
        _ => Ok(()),
    }
}

fn foreign(name: &TableName) -> GlueError {
    GlueError::new(
        GlueErrorKind::Foreign,
        format!("{name} was not made by this program and was left alone"),
    )
}

#[cfg(test)]
mod tests;
