//! The keeper over a catalogue and a bucket that live in memory.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use aws_sdk_glue::types::{Column, TableInput};

use super::*;
use crate::{aws::AwsError, glue::DifferenceKind};

/// Keeps what it is given, and counts writes.
#[derive(Debug, Default)]
struct MemoryCatalogue {
    databases: Mutex<Vec<String>>,
    tables: Mutex<BTreeMap<String, Table>>,
    writes: AtomicU32,
    /// Comes between the reading of a table and the next write.
    intruder: Mutex<Option<Table>>,
}

impl MemoryCatalogue {
    fn put(&self, table: Table) {
        self.databases.lock().unwrap().push("lake".to_owned());
        self.tables
            .lock()
            .unwrap()
            .insert(table.name.clone(), table);
    }

    fn get(&self) -> Option<Table> {
        self.tables.lock().unwrap().get("awsconfig").cloned()
    }

    fn writes(&self) -> u32 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Lets the intruder write, and says whether there was one.
    fn is_overtaken(&self) -> bool {
        let intruder = self.intruder.lock().unwrap().take();
        let is_overtaken = intruder.is_some();
        if let Some(table) = intruder {
            self.put(table);
        }
        is_overtaken
    }

    fn write(&self, input: TableInput) -> Written {
        if self.is_overtaken() {
            return Written::Overtaken;
        }
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.put(table_of(input, &self.writes().to_string()));
        Written::Done
    }
}

fn table_of(input: TableInput, version: &str) -> Table {
    Table::builder()
        .name(input.name)
        .set_description(input.description)
        .set_owner(input.owner)
        .set_storage_descriptor(input.storage_descriptor)
        .set_partition_keys(input.partition_keys)
        .set_table_type(input.table_type)
        .set_parameters(input.parameters)
        .version_id(version)
        .build()
        .unwrap()
}

#[async_trait]
impl Catalogue for MemoryCatalogue {
    async fn table(&self, name: &TableName) -> Result<Option<Table>, AwsError> {
        Ok(self.tables.lock().unwrap().get(name.table()).cloned())
    }

    async fn has_database(&self, database: &str) -> Result<bool, AwsError> {
        Ok(self
            .databases
            .lock()
            .unwrap()
            .contains(&database.to_owned()))
    }

    async fn create_database(&self, database: &str) -> Result<(), AwsError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.databases.lock().unwrap().push(database.to_owned());
        Ok(())
    }

    async fn create_table(&self, database: &str, input: TableInput) -> Result<Written, AwsError> {
        assert!(self.has_database(database).await?, "no database");
        if self.get().is_some() {
            return Ok(Written::Overtaken);
        }
        Ok(self.write(input))
    }

    async fn update_table(
        &self,
        _: &str,
        input: TableInput,
        version: Option<&str>,
    ) -> Result<Written, AwsError> {
        let current = self.get().unwrap();
        assert_eq!(current.version_id.as_deref(), version);
        Ok(self.write(input))
    }
}

/// A bucket with these keys.
#[derive(Debug)]
struct MemoryFolders(Vec<&'static str>);

#[async_trait]
impl Folders for MemoryFolders {
    async fn below(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, AwsError> {
        assert_eq!(bucket, "bucket");
        let mut names: Vec<String> = self
            .0
            .iter()
            .filter_map(|key| key.strip_prefix(prefix)?.split_once('/'))
            .map(|(name, _)| name.to_owned())
            .collect();
        names.dedup();
        Ok(names)
    }
}

const DELIVERED: [&str; 7] = [
    "o-abc/AWSLogs/111122223333/CloudTrail/eu-west-1/2019/01/01/x",
    "o-abc/AWSLogs/111122223333/Config/ConfigWritabilityCheckFile",
    "o-abc/AWSLogs/111122223333/Config/eu-west-1/2023/9/1/ConfigHistory/x",
    "o-abc/AWSLogs/111122223333/Config/global/2020/9/1/OversizedChangeNotification/x",
    "o-abc/AWSLogs/111122223333/Config/us-east-1/2024/11/1/ConfigHistory/x",
    "o-abc/AWSLogs/444455556666/Config/us-east-1/2022/11/1/ConfigHistory/x",
    "o-abc/AWSLogs/777788889999/CloudTrail/eu-west-1/2019/01/01/x",
];

struct Set {
    catalogue: Arc<MemoryCatalogue>,
    keeper: TableKeeper,
}

fn set(keys: &[&'static str]) -> Set {
    let catalogue = Arc::new(MemoryCatalogue::default());
    let keeper = TableKeeper {
        catalogue: Arc::<MemoryCatalogue>::clone(&catalogue),
        folders: Arc::new(MemoryFolders(keys.to_vec())),
    };
    Set { catalogue, keeper }
}

fn request() -> TableRequest {
    TableRequest {
        table: "lake.awsconfig".parse().unwrap(),
        location: Some("s3://bucket/o-abc".parse().unwrap()),
        layout: Layout::Recommended,
        accounts: BTreeSet::new(),
        regions: BTreeSet::new(),
        first_year: None,
        this_year: 2026,
        adopt: None,
    }
}

/// The article's table as its author made it.
fn article(set: &Set) -> Table {
    let spec = TableSpec {
        layout: Layout::Article,
        location: "s3://bucket/o-abc".parse().unwrap(),
        accounts: ["999900001111".parse().unwrap()].into(),
        regions: ["ap-northeast-1".parse().unwrap()].into(),
        years: (2021, 2999),
    };
    let mut wanted = spec.table();
    wanted
        .parameters
        .retain(|name, _| !name.starts_with("config_history"));
    let ddl_time = "transient_lastDdlTime".to_owned();
    wanted.parameters.insert(ddl_time, "1731000000".to_owned());
    let input = to_catalogue(&request().table, None, &wanted).unwrap();
    let mut table = table_of(input, "7");
    table.description = Some("ours".to_owned());
    let columns: &mut Vec<Column> = table
        .storage_descriptor
        .as_mut()
        .unwrap()
        .columns
        .as_mut()
        .unwrap();
    columns[0].comment = Some("of the file".to_owned());
    set.catalogue.put(table.clone());
    table
}

#[tokio::test]
async fn what_is_delivered_is_found() {
    let plan = set(&DELIVERED).keeper.plan(&request()).await.unwrap();
    assert_eq!(plan.status, TableStatus::Create);
    assert!(plan.creates_database);
    let accounts: Vec<&str> = plan.spec.accounts.iter().map(AccountId::as_str).collect();
    assert_eq!(accounts, ["111122223333", "444455556666"]);
    let regions: Vec<&str> = plan.spec.regions.iter().map(Region::as_str).collect();
    assert_eq!(regions, ["eu-west-1", "us-east-1"]);
    assert_eq!(plan.spec.years, (2022, 2029));
    assert_eq!(plan.warnings, [""; 0]);
}

#[tokio::test]
async fn what_is_given_is_not_looked_for() {
    let mut request = request();
    request.accounts = ["111122223333".parse().unwrap()].into();
    let plan = set(&DELIVERED).keeper.plan(&request).await.unwrap();
    assert_eq!(plan.spec.accounts, request.accounts);
    assert_eq!(plan.spec.regions.len(), 2);
    assert_eq!(plan.spec.years.0, 2023);
    request.regions = ["sa-east-1".parse().unwrap()].into();
    let plan = set(&[]).keeper.plan(&request).await.unwrap();
    assert_eq!(plan.spec.regions, request.regions);
    assert_eq!(plan.spec.years, (2026, 2029), "nothing is delivered there");
    let offline = request.offline().unwrap();
    assert_eq!(offline.years, (2014, 2029));
    request.location = None;
    assert_eq!(request.offline(), None);
}

#[tokio::test]
async fn the_second_time_nothing_is_written() {
    for layout in Layout::ALL {
        let set = set(&DELIVERED);
        let request = TableRequest {
            layout,
            ..request()
        };
        let (plan, changed) = set.keeper.apply(&request).await.unwrap();
        assert!(changed && plan.creates_database);
        assert_eq!(set.catalogue.writes(), 2, "a database and a table");
        let (plan, changed) = set.keeper.apply(&request).await.unwrap();
        assert!(!changed);
        assert_eq!(plan.status, TableStatus::UpToDate);
        assert_eq!(plan.differences, []);
        // Where the files lie is known from the table by now.
        let unsaid = TableRequest {
            location: None,
            ..request
        };
        let (plan, _) = set.keeper.apply(&unsaid).await.unwrap();
        assert_eq!(plan.status, TableStatus::UpToDate);
        assert_eq!(set.catalogue.writes(), 2);
    }
}

#[tokio::test]
async fn what_was_projected_stays_projected() {
    let set = set(&DELIVERED);
    let other = TableRequest {
        accounts: ["999900001111".parse().unwrap()].into(),
        regions: ["ap-northeast-1".parse().unwrap()].into(),
        ..request()
    };
    set.keeper.apply(&other).await.unwrap();
    let (plan, changed) = set.keeper.apply(&request()).await.unwrap();
    assert!(changed);
    assert_eq!(plan.status, TableStatus::Update);
    assert_eq!((plan.spec.accounts.len(), plan.spec.regions.len()), (3, 3));
    let (plan, changed) = set.keeper.apply(&other).await.unwrap();
    assert!(!changed, "{:?}", plan.differences);
}

#[tokio::test]
async fn a_foreign_table_is_left_alone() {
    let set = set(&DELIVERED);
    let before = article(&set);
    let plan = set.keeper.plan(&request()).await.unwrap();
    assert_eq!(plan.status, TableStatus::Foreign);
    assert!(plan.warnings[0].contains("--adopt lake.awsconfig"));
    assert!(!plan.differences.is_empty());
    let refused = set.keeper.apply(&request()).await.unwrap_err();
    assert_eq!(refused.kind(), GlueErrorKind::Foreign);
    let misnamed = TableRequest {
        adopt: Some("lake.other".parse().unwrap()),
        ..request()
    };
    let refused = set.keeper.apply(&misnamed).await.unwrap_err();
    assert_eq!(refused.kind(), GlueErrorKind::Invalid);
    assert_eq!(set.catalogue.get(), Some(before));
    assert_eq!(set.catalogue.writes(), 0);
}

#[tokio::test]
async fn an_adopted_table_keeps_what_is_not_ours() {
    let set = set(&DELIVERED);
    article(&set);
    let adopting = TableRequest {
        adopt: Some("lake.awsconfig".parse().unwrap()),
        ..request()
    };
    let (plan, changed) = set.keeper.apply(&adopting).await.unwrap();
    assert!(changed);
    assert!(
        plan.warnings[0].contains("partition keys"),
        "{:?}",
        plan.warnings
    );
    let table = set.catalogue.get().unwrap();
    assert_eq!(table.description.as_deref(), Some("ours"));
    let parameters = table.parameters.as_ref().unwrap();
    assert_eq!(parameters["transient_lastDdlTime"], "1731000000");
    assert_eq!(parameters["config_history.managed"], "1");
    let accounts = &parameters["projection.account_id.values"];
    assert_eq!(accounts, "111122223333,444455556666,999900001111");
    let columns = table.storage_descriptor.as_ref().unwrap().columns();
    assert_eq!(columns[0].comment.as_deref(), Some("of the file"));
    assert_eq!(columns.len(), 3);
    let (plan, changed) = set.keeper.apply(&request()).await.unwrap();
    assert!(!changed, "{:?}", plan.differences);
}

#[tokio::test]
async fn a_table_that_appears_meanwhile_is_read_again() {
    let set = set(&DELIVERED);
    let wanted = set.keeper.plan(&request()).await.unwrap().table();
    let input = to_catalogue(&request().table, None, &wanted).unwrap();
    *set.catalogue.intruder.lock().unwrap() = Some(table_of(input, "1"));
    let (plan, changed) = set.keeper.apply(&request()).await.unwrap();
    assert_eq!((plan.status, changed), (TableStatus::UpToDate, false));
    assert_eq!(set.catalogue.writes(), 1, "the database only");
}

#[tokio::test]
async fn a_foreign_table_that_appears_meanwhile_is_left_alone() {
    let helper = set(&DELIVERED);
    let theirs = article(&helper);
    let set = set(&DELIVERED);
    *set.catalogue.intruder.lock().unwrap() = Some(theirs.clone());
    let refused = set.keeper.apply(&request()).await.unwrap_err();
    assert_eq!(refused.kind(), GlueErrorKind::Foreign);
    assert_eq!(set.catalogue.get(), Some(theirs));
}

#[tokio::test]
async fn a_view_is_never_replaced() {
    let set = set(&DELIVERED);
    let mut view = article(&set);
    view.table_type = Some("VIRTUAL_VIEW".to_owned());
    set.catalogue.put(view);
    let adopting = TableRequest {
        adopt: Some("lake.awsconfig".parse().unwrap()),
        ..request()
    };
    let refused = set.keeper.plan(&adopting).await.unwrap_err();
    assert_eq!(refused.kind(), GlueErrorKind::Foreign);
    assert!(refused.to_string().contains("VIRTUAL_VIEW"));
}

#[tokio::test]
async fn nothing_delivered_and_nothing_said() {
    let refused = set(&[]).keeper.plan(&request()).await.unwrap_err();
    assert_eq!(refused.kind(), GlueErrorKind::Invalid);
    assert!(refused.to_string().contains("s3://bucket/o-abc/AWSLogs/"));
    let nowhere = TableRequest {
        location: None,
        ..request()
    };
    let refused = set(&DELIVERED).keeper.plan(&nowhere).await.unwrap_err();
    assert_eq!(refused.kind(), GlueErrorKind::TableMissing);
    let below = ["o-abc/AWSLogs/o-exampleorg/111122223333/Config/eu-west-1/2024/1/1/x"];
    let refused = set(&below).keeper.plan(&request()).await.unwrap_err();
    assert!(refused.to_string().contains("o-exampleorg"), "{refused}");
}

#[tokio::test]
async fn accounts_and_regions_are_read_from_any_template() {
    let set = set(&[]);
    let mut table = article(&set);
    let parameters = table.parameters.as_mut().unwrap();
    parameters.insert(
        "storage.location.template".to_owned(),
        "s3://bucket/o-abc/AWSLogs/123456789012/Config/${r}/${day}".to_owned(),
    );
    parameters.insert(
        "projection.r.values".to_owned(),
        "eu-west-1, x y".to_owned(),
    );
    let known = places_of(&from_catalogue(&table));
    assert_eq!(known.accounts, ["123456789012".parse().unwrap()].into());
    assert_eq!(known.regions, ["eu-west-1".parse().unwrap()].into());
}

#[tokio::test]
async fn a_projection_too_wide_is_warned_of() {
    let request = TableRequest {
        layout: Layout::Article,
        ..request()
    };
    let plan = set(&DELIVERED).keeper.plan(&request).await.unwrap();
    assert!(plan.warnings[0].contains("1456752"), "{:?}", plan.warnings);
    assert!(
        plan.warnings[0].contains("needs 136"),
        "{:?}",
        plan.warnings
    );
    assert!(
        plan.differences
            .iter()
            .all(|d| d.kind == DifferenceKind::Added)
    );
}
