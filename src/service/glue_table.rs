//! The Glue table: planned for anybody who asks, written only where that is allowed.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::{
    AnswerSize, Clock, ErrorCode, GlueTableAnswer, GlueTableRequest, HistoryService,
    MAX_ANSWER_CHARS, ServiceError, UNTRUSTED_DATA_NOTICE, WantedTable, fit::chars_of,
};
use crate::{
    domain::InvalidValue,
    glue::{
        BucketLocation, Difference, GlueError, GlueErrorKind, TableKeeper, TableName, TablePlan,
        TableRequest, TableSpec, cloudformation, ddl,
    },
    store::{CallContext, Evidence, Progress, SourceInfo},
};

/// Characters of a value in a difference for a model: lists of accounts have no end.
const VALUE_CHARS: usize = 400;
/// Accounts and Regions named to a model.
const PLACES_NAMED: usize = 200;

/// Plans, writes and prints Glue tables.
#[derive(Debug, Clone)]
pub struct GlueTables {
    keeper: TableKeeper,
    clock: Arc<dyn Clock>,
    /// The table that is meant where none is named.
    table: Option<TableName>,
    writes_allowed: bool,
}

/// A form in which a table is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// The statement that creates it in Athena.
    Sql,
    /// A `CloudFormation` template in YAML.
    CloudFormation,
}

impl GlueTables {
    /// Returns the use cases over `keeper`. Contacts nothing.
    pub fn new(
        keeper: TableKeeper,
        clock: Arc<dyn Clock>,
        table: Option<TableName>,
        writes_allowed: bool,
    ) -> Self {
        Self {
            keeper,
            clock,
            table,
            writes_allowed,
        }
    }

    /// Compares the table with what is wanted, and makes it so if that is asked for and allowed.
    pub async fn ensure(
        &self,
        request: &GlueTableRequest,
        size: AnswerSize,
        cx: &CallContext,
    ) -> Result<GlueTableAnswer, ServiceError> {
        let wanted = self.resolve(request)?;
        if request.apply && !self.writes_allowed {
            return Err(ServiceError::new(
                ErrorCode::WritesNotAllowed,
                format!("{} is not changed: writing is not allowed", wanted.table),
            ));
        }
        let work = async {
            if request.apply {
                self.keeper.apply(&wanted).await
            } else {
                Ok((self.keeper.plan(&wanted).await?, false))
            }
        };
        let (plan, applied) = until_cancelled(cx, work).await?;
        Ok(answer(plan, applied, size))
    }

    /// Returns the table in words of Athena or `CloudFormation`. AWS is asked only for what the
    /// request does not say.
    pub async fn print(
        &self,
        request: &GlueTableRequest,
        format: TableFormat,
        cx: &CallContext,
    ) -> Result<String, ServiceError> {
        let wanted = self.resolve(request)?;
        let spec = match wanted.offline() {
            Some(spec) => spec,
            None => until_cancelled(cx, self.keeper.plan(&wanted)).await?.spec,
        };
        Ok(printed(&wanted.table, &spec, format))
    }

    fn resolve(&self, request: &GlueTableRequest) -> Result<TableRequest, ServiceError> {
        let table = match &request.table {
            Some(table) => table.parse()?,
            None => self.table.clone().ok_or_else(|| {
                let message = "no table is named: give DATABASE.TABLE (--athena)";
                ServiceError::new(ErrorCode::InvalidArgument, message)
            })?,
        };
        let location = request
            .location
            .as_deref()
            .map(str::parse::<BucketLocation>);
        let adopt = request.adopt.as_deref().map(str::parse::<TableName>);
        Ok(TableRequest {
            table,
            location: location.transpose()?,
            layout: request.layout.unwrap_or_default(),
            accounts: parsed(&request.accounts)?,
            regions: parsed(&request.regions)?,
            first_year: request.first_year,
            this_year: TimeZone::UTC.to_datetime(self.clock.now()).year(),
            adopt: adopt.transpose()?,
        })
    }
}

impl HistoryService {
    /// Adds the table that the history is read through.
    #[must_use]
    pub fn with_glue_tables(mut self, tables: GlueTables) -> Self {
        self.tables = Some(tables);
        self
    }

    /// Returns what keeps the table, where there is one.
    pub fn glue_tables(&self) -> Option<&GlueTables> {
        self.tables.as_ref()
    }
}

/// Returns the tables that are published beside the schemas, by path below `glue/`.
pub fn example_tables() -> Result<Vec<(&'static str, String)>, InvalidValue> {
    use crate::glue::Layout::{Article, Recommended};
    use TableFormat::{CloudFormation, Sql};
    let name: TableName = "config_history.deliveries".parse()?;
    let files = [
        ("glue/recommended.sql", Recommended, Sql),
        ("glue/recommended.yaml", Recommended, CloudFormation),
        ("glue/article.sql", Article, Sql),
        ("glue/article.yaml", Article, CloudFormation),
    ];
    let file = |(path, layout, format)| {
        let spec = TableSpec {
            layout,
            location: "s3://example-config-bucket/o-exampleorgid".parse()?,
            accounts: ["111122223333".parse()?, "444455556666".parse()?].into(),
            regions: ["ap-northeast-1".parse()?, "us-east-1".parse()?].into(),
            years: (2021, 2029),
        };
        Ok((path, printed(&name, &spec, format)))
    };
    files.into_iter().map(file).collect()
}

fn printed(name: &TableName, spec: &TableSpec, format: TableFormat) -> String {
    match format {
        TableFormat::Sql => ddl(name, &spec.table()),
        TableFormat::CloudFormation => cloudformation(name, &spec.table()),
    }
}

fn parsed<T>(texts: &[String]) -> Result<std::collections::BTreeSet<T>, InvalidValue>
where
    T: std::str::FromStr<Err = InvalidValue> + Ord,
{
    texts.iter().map(|text| text.parse()).collect()
}

/// Stops waiting when the caller does. A write under way is done or not; asking again tells.
async fn until_cancelled<T>(
    cx: &CallContext,
    work: impl Future<Output = Result<T, GlueError>>,
) -> Result<T, ServiceError> {
    cx.progress.report(Progress {
        done: 0,
        total: None,
        message: "reading the table and the names of the bucket's folders".to_owned(),
    });
    tokio::select! {
        () = cx.cancel.cancelled() => Err(ServiceError::new(ErrorCode::Cancelled, "cancelled")),
        done = work => Ok(done?),
    }
}

fn answer(plan: TablePlan, applied: bool, size: AnswerSize) -> GlueTableAnswer {
    let total = plan.differences.len() as u64;
    let mut answer = GlueTableAnswer {
        table: plan.name.to_string(),
        status: plan.status,
        applied,
        wanted: wanted(&plan.spec),
        returned: total,
        total,
        truncated: false,
        next_cursor: None,
        warnings: plan.warnings,
        notice: UNTRUSTED_DATA_NOTICE.to_owned(),
        evidence: Evidence {
            source: SourceInfo {
                kind: "athena".to_owned(),
                location: plan.name.to_string(),
            },
            ..Evidence::default()
        },
        differences: plan.differences,
    };
    if size == AnswerSize::ForModel {
        shorten(&mut answer);
    }
    answer
}

fn wanted(spec: &TableSpec) -> WantedTable {
    let (first_year, last_year) = spec.projected_years();
    WantedTable {
        layout: spec.layout,
        location: spec.location.to_string(),
        accounts: spec.accounts.iter().map(ToString::to_string).collect(),
        regions: spec.regions.iter().map(ToString::to_string).collect(),
        first_year,
        last_year,
        prefixes: spec.prefixes(),
        prefixes_of_a_month: spec.prefixes_of_a_month(),
    }
}

/// Cuts what has no end: lists of accounts, and the columns of a foreign table.
fn shorten(answer: &mut GlueTableAnswer) {
    for values in [&mut answer.wanted.accounts, &mut answer.wanted.regions] {
        answer.truncated |= values.len() > PLACES_NAMED;
        values.truncate(PLACES_NAMED);
    }
    for Difference { before, after, .. } in &mut answer.differences {
        for value in [before, after].into_iter().flatten() {
            if let Some((end, _)) = value.char_indices().nth(VALUE_CHARS) {
                value.truncate(end);
                value.push('…');
                answer.truncated = true;
            }
        }
    }
    while chars_of(answer) as u64 > MAX_ANSWER_CHARS && !answer.differences.is_empty() {
        answer.differences.truncate(answer.differences.len() / 2);
        answer.truncated = true;
    }
    answer.returned = answer.differences.len() as u64;
}

impl From<GlueError> for ServiceError {
    fn from(error: GlueError) -> Self {
        let code = match error.kind() {
            GlueErrorKind::Credentials => ErrorCode::AwsCredentials,
            GlueErrorKind::AccessDenied => ErrorCode::AwsAccessDenied,
            GlueErrorKind::Refused => ErrorCode::AwsRefused,
            GlueErrorKind::Unavailable => ErrorCode::AwsUnavailable,
            GlueErrorKind::Invalid => ErrorCode::InvalidArgument,
            GlueErrorKind::TableMissing => ErrorCode::TableNotFound,
            GlueErrorKind::Foreign => ErrorCode::TableForeign,
        };
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glue::{DifferenceKind, Layout, TableStatus};

    fn wide_plan() -> TablePlan {
        let accounts = (0..3_000_u64).map(|id| format!("{id:012}").parse().unwrap());
        let difference = |at: u32| Difference {
            kind: DifferenceKind::Removed,
            part: format!("column c{at}"),
            before: Some("x".repeat(2_000)),
            after: None,
        };
        TablePlan {
            name: "lake.awsconfig".parse().unwrap(),
            spec: TableSpec {
                layout: Layout::Article,
                location: "s3://bucket".parse().unwrap(),
                accounts: accounts.collect(),
                regions: ["eu-west-1".parse().unwrap()].into(),
                years: (2021, 2029),
            },
            status: TableStatus::Foreign,
            creates_database: false,
            differences: (0..1_000).map(difference).collect(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn an_answer_to_a_model_is_short_and_says_so() {
        let short = answer(wide_plan(), false, AnswerSize::ForModel);
        assert!(chars_of(&short) as u64 <= MAX_ANSWER_CHARS);
        assert!(short.truncated && !short.differences.is_empty());
        assert_eq!(short.returned, short.differences.len() as u64);
        assert_eq!(short.total, 1_000);
        assert_eq!(short.wanted.accounts.len(), PLACES_NAMED);
        let whole = answer(wide_plan(), false, AnswerSize::Unbounded);
        assert!(!whole.truncated);
        assert_eq!(
            (whole.returned, whole.wanted.accounts.len()),
            (1_000, 3_000)
        );
    }

    #[test]
    fn every_kind_of_failure_has_its_code() {
        use GlueErrorKind as Kind;
        for (kind, code) in [
            (Kind::Credentials, "aws_credentials"),
            (Kind::AccessDenied, "aws_access_denied"),
            (Kind::Refused, "aws_refused"),
            (Kind::Unavailable, "aws_unavailable"),
            (Kind::Invalid, "invalid_argument"),
            (Kind::TableMissing, "table_not_found"),
            (Kind::Foreign, "table_foreign"),
        ] {
            let error = ServiceError::from(GlueError::new(kind, "it failed"));
            assert_eq!(error.code().as_str(), code);
            assert_eq!(error.message(), "it failed");
        }
    }

    #[test]
    fn published_tables_have_example_values() {
        let files = example_tables().unwrap();
        assert_eq!(files.len(), 4);
        for (path, text) in files {
            assert!(text.contains("111122223333,444455556666"), "{path}");
        }
    }
}
