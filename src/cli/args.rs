//! What can be typed: flags, their environment variables, their help. No meaning is given here.

mod lake;
mod model;
mod serve;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, builder::FalseyValueParser};

use crate::{
    config::env,
    domain::{Column, Measure, Month},
    glue::Layout,
};

pub(super) use lake::LakeArgs;
pub(super) use model::{ModelArgs, Provider};
pub(super) use serve::{HttpArgs, LogFormat, ServeArgs};

/// Asks what happened in your AWS accounts, from the files that AWS Config delivers.
#[derive(Debug, Parser)]
#[command(name = "config-history", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: GlobalArgs,
    #[command(subcommand)]
    pub(super) command: CliCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum CliCommand {
    /// Prints a month's digest: totals, movers, what came and went, where it comes from.
    Summarize(SummarizeArgs),
    /// Lists the months, accounts, Regions and resource types there are, and the newest delivery.
    Months(MonthsArgs),
    /// Asks a typed question, or one in SQL.
    Query(Box<QueryArgs>),
    /// Tells what happened to one resource, property by property, or what it looked like at a time.
    Resource(ResourceArgs),
    /// Names what departs from the months before, and what matters for security.
    Anomalies(AnomaliesArgs),
    /// Estimates what recording a month cost, and what would have saved.
    Bill(BillArgs),
    /// Plans, applies or prints the Glue table over the deliveries, which Athena reads.
    Table(TableArgs),
    /// Shows, fills or empties the cache of decoded deliveries.
    Cache(CacheArgs),
    /// Checks source, credentials, table, workgroup and model, and says what to do about each.
    Doctor(DoctorArgs),
    /// Serves the Model Context Protocol on standard input and output, or over HTTP.
    Serve(Box<ServeArgs>),
    /// Compares the JSON Schemas under schemas/ with those of this program, or writes them.
    Schemas(SchemasArgs),
}

/// Flags that go with any command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Source and limits")]
pub(super) struct GlobalArgs {
    /// Answer from the demo organisation built into this program.
    #[arg(long, global = true, env = env::DEMO, action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(super) demo: bool,
    /// Answer from the AWS Config deliveries in this folder, or under this prefix on Amazon S3
    /// (`s3://BUCKET/PREFIX`), or in any folder below it.
    #[arg(long, global = true, env = env::LAKE, value_name = "PATH")]
    pub(super) lake: Option<String>,
    /// Answer from this Glue table through Amazon Athena.
    #[arg(long, global = true, env = env::ATHENA, value_name = "DATABASE.TABLE")]
    pub(super) athena: Option<String>,
    #[command(flatten)]
    pub(super) athena_settings: AthenaArgs,
    #[command(flatten)]
    pub(super) lake_settings: LakeArgs,
    /// Read defaults of flags from this TOML file.
    #[arg(long, global = true, env = env::CONFIG, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Memory for sorting, grouping and the rows of an answer, in MiB.
    #[arg(long, global = true, env = env::MEMORY_LIMIT, value_name = "MIB", default_value_t = 512, value_parser = clap::value_parser!(u32).range(16..))]
    pub(super) memory_limit: u32,
    /// Longest time for one question, in seconds.
    #[arg(long, global = true, env = env::TIMEOUT, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) timeout: u32,
    /// Largest delivered file once inflated, in MiB; a larger one counts as unreadable.
    #[arg(long, global = true, env = env::MAX_FILE_SIZE, value_name = "MIB", default_value_t = 2048, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_file_size: u32,
    /// Do not keep decoded deliveries: read them again each time.
    #[arg(long, global = true, env = env::NO_CACHE, action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(super) no_cache: bool,
    /// GB that the cache of decoded deliveries may take; what was used longest ago goes first.
    #[arg(long, global = true, env = env::CACHE_SIZE, value_name = "GB", default_value_t = 10.0, value_parser = gigabytes)]
    pub(super) cache_size: f64,
    /// Profile of the shared AWS configuration.
    #[arg(long, global = true, env = env::PROFILE, value_name = "NAME", help_heading = "AWS")]
    pub(super) profile: Option<String>,
    /// Region that AWS is asked in [default: as with the AWS CLI].
    #[arg(long, global = true, env = env::AWS_REGION, value_name = "REGION", help_heading = "AWS")]
    pub(super) aws_region: Option<String>,
    /// Endpoint of all AWS services.
    #[arg(long, global = true, env = env::ENDPOINT_URL, value_name = "URL", help_heading = "AWS")]
    pub(super) endpoint_url: Option<String>,
    /// Role to assume with the credentials found.
    #[arg(long, global = true, env = env::ROLE_ARN, value_name = "ARN", help_heading = "AWS")]
    pub(super) role_arn: Option<String>,
    /// External id that the role asks for.
    #[arg(long, global = true, env = env::EXTERNAL_ID, value_name = "ID", help_heading = "AWS")]
    pub(super) external_id: Option<String>,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    /// Show secrets in answers instead of masking them.
    #[arg(long, global = true, env = env::SHOW_SECRETS, action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(super) show_secrets: bool,
    /// What goes to the log on standard error, e.g. info or `config_history=debug`.
    #[arg(long, global = true, env = env::LOG, value_name = "FILTER", default_value = "warn,config_history::request=info,rmcp=error,aws_config=error,aws_runtime=error,aws_smithy_runtime=error")]
    pub(super) log: String,
    /// Form of the log.
    #[arg(long, global = true, env = env::LOG_FORMAT, value_enum, default_value_t)]
    pub(super) log_format: LogFormat,
    /// Send spans of HTTP requests to this OpenTelemetry collector, `http://HOST:4318`.
    #[arg(long, global = true, env = env::OTLP_ENDPOINT, value_name = "URL")]
    pub(super) otlp_endpoint: Option<String>,
}

/// How Athena is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Amazon Athena")]
pub(super) struct AthenaArgs {
    /// Workgroup that statements run in.
    #[arg(long, global = true, env = env::WORKGROUP, value_name = "NAME", default_value = "primary")]
    pub(super) workgroup: String,
    /// Where results go; where this is not given the workgroup decides.
    #[arg(long, global = true, env = env::OUTPUT, value_name = "S3-LOCATION")]
    pub(super) output: Option<String>,
    /// Data catalogue of the table [default: that of the account].
    #[arg(long, global = true, env = env::CATALOG, value_name = "NAME")]
    pub(super) catalog: Option<String>,
    /// GB that one question may scan; the price is told before anything runs.
    #[arg(long, global = true, env = env::MAX_SCAN, value_name = "GB", default_value_t = 10.0, value_parser = gigabytes)]
    pub(super) max_scan: f64,
    /// Days before a period in which the items before its items are looked for [default: all].
    #[arg(long, global = true, env = env::LOOKBACK, value_name = "DAYS")]
    pub(super) lookback: Option<u32>,
    /// Let Athena give a result again that is not older than this.
    #[arg(long, global = true, env = env::REUSE_RESULTS, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=10_080))]
    pub(super) reuse_results: Option<u32>,
}

fn gigabytes(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(gb) if gb.is_finite() && gb > 0.0 => Ok(gb),
        _ => Err("a number of GB above 0".to_owned()),
    }
}

fn dollars(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(usd) if usd.is_finite() && usd >= 0.0 => Ok(usd),
        _ => Err("a number of US dollars, 0 or more".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(super) struct SummarizeArgs {
    /// The month, YYYY-MM.
    pub(super) month: Month,
    #[command(flatten)]
    pub(super) scope: ScopeArgs,
    /// Language: en or ja, of a narrative any BCP 47 tag such as fr or pt-BR [default: en].
    #[arg(long, env = env::LANGUAGE, value_name = "TAG")]
    pub(super) language: Option<String>,
    /// Who words the month above its digest.
    #[arg(long, env = env::NARRATIVE, value_enum, default_value_t)]
    pub(super) narrative: Narrative,
    /// Check a text about the month, from a file or from `-`, standard input: prints a verdict for
    /// each sentence; exit code 1 if one is contradicted or unproved.
    #[arg(long, env = env::VERIFY, value_name = "FILE")]
    pub(super) verify: Option<PathBuf>,
    /// Resources in each list.
    #[arg(long, env = env::TOP, value_name = "N")]
    pub(super) top: Option<u64>,
    /// Form of the digest.
    #[arg(long, env = env::FORMAT, value_enum, default_value_t)]
    pub(super) format: DigestFormat,
}

#[derive(Debug, Args)]
pub(super) struct CacheArgs {
    #[command(subcommand)]
    pub(super) command: CacheCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum CacheCommand {
    /// Lists the lakes in the cache and what they take.
    Status(CacheStatusArgs),
    /// Brings the cache up to date with all that is delivered.
    Warm(CacheWarmArgs),
    /// Empties the cache: of the lake that is named with --lake, else of all.
    Clear(CacheStatusArgs),
}

#[derive(Debug, Args)]
pub(super) struct CacheStatusArgs {
    /// Form of the list.
    #[arg(long, env = env::FORMAT, value_enum, default_value_t)]
    pub(super) format: RowFormat,
}

#[derive(Debug, Args)]
pub(super) struct CacheWarmArgs {
    /// Only these accounts.
    #[arg(long, env = env::ACCOUNT, value_name = "ID,…", value_delimiter = ',')]
    pub(super) account: Vec<String>,
    /// Only these Regions' recorders.
    #[arg(long, env = env::REGION, value_name = "REGION,…", value_delimiter = ',')]
    pub(super) region: Vec<String>,
    /// Form of what is told.
    #[arg(long, env = env::FORMAT, value_enum, default_value_t)]
    pub(super) format: RowFormat,
}

#[derive(Debug, Args)]
pub(super) struct MonthsArgs {
    /// Time zone that bounds the months, e.g. Asia/Tokyo.
    #[arg(long, env = env::TIMEZONE, value_name = "ZONE")]
    pub(super) timezone: Option<String>,
    /// Form of the lists; csv has the months only.
    #[arg(long, env = env::FORMAT, value_enum, default_value_t)]
    pub(super) format: RowFormat,
}

#[derive(Debug, Args)]
pub(super) struct QueryArgs {
    /// The month, YYYY-MM.
    #[arg(long, env = env::MONTH, value_name = "YYYY-MM")]
    pub(super) month: Option<Month>,
    /// First day (YYYY-MM-DD) or instant (RFC 3339).
    #[arg(long, env = env::FROM, value_name = "DAY")]
    pub(super) from: Option<String>,
    /// Last day (included) or instant (excluded).
    #[arg(long, env = env::TO, value_name = "DAY")]
    pub(super) to: Option<String>,
    #[command(flatten)]
    pub(super) scope: ScopeArgs,
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    /// Count per group of these columns.
    #[arg(long, env = env::GROUP_BY, value_name = "COLUMN,…", value_delimiter = ',')]
    pub(super) group_by: Vec<Column>,
    /// What to count: items, changes, cost.
    #[arg(long, env = env::MEASURE, value_name = "MEASURE,…", value_delimiter = ',')]
    pub(super) measure: Vec<Measure>,
    /// Columns to list, one row an item.
    #[arg(long, env = env::COLUMNS, value_name = "COLUMN,…", value_delimiter = ',')]
    pub(super) columns: Vec<Column>,
    /// Order of the rows, e.g. `items desc,resource_type`.
    #[arg(long, env = env::ORDER_BY, value_name = "COLUMN [asc|desc],…", value_delimiter = ',')]
    pub(super) order_by: Vec<String>,
    /// Ask in SQL: one SELECT, WITH or VALUES over `configuration_items`.
    #[arg(long, env = env::SQL, value_name = "STATEMENT", conflicts_with_all = ["group_by", "measure", "columns", "order_by", "resource", "name", "tag", "status", "kind"])]
    pub(super) sql: Option<String>,
    /// Rows at most; 0 for all.
    #[arg(long, env = env::LIMIT, value_name = "N")]
    pub(super) limit: Option<u64>,
    /// `next_cursor` of the answer before; nothing else is needed beside it.
    #[arg(long, env = env::CURSOR)]
    pub(super) cursor: Option<String>,
    /// Form of the rows.
    #[arg(long, env = env::FORMAT, value_enum, default_value_t)]
    pub(super) format: RowFormat,
}

#[derive(Debug, Args)]
pub(super) struct ResourceArgs {
    /// The resource: ARN, id, type/id or name.
    pub(super) resource: String,
    /// Show its whole state at this instant (RFC 3339), or at the end of this day.
    #[arg(long, env = env::AT, value_name = "TIME")]
    pub(super) at: Option<String>,
    /// Only in this month, YYYY-MM.
    #[arg(long, env = env::MONTH, value_name = "YYYY-MM")]
    pub(super) month: Option<Month>,
    /// Only from this day (YYYY-MM-DD) or instant (RFC 3339).
    #[arg(long, env = env::FROM, value_name = "DAY")]
    pub(super) from: Option<String>,
    /// Only to this day (included) or instant (excluded).
    #[arg(long, env = env::TO, value_name = "DAY")]
    pub(super) to: Option<String>,
    #[command(flatten)]
    pub(super) scope: ScopeArgs,
    /// List echoes one by one instead of folding them.
    #[arg(long, env = env::ECHOES, action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(super) echoes: bool,
    /// Entries at most; 0 for all.
    #[arg(long, env = env::LIMIT, value_name = "N")]
    pub(super) limit: Option<u64>,
    /// `next_cursor` of the answer before.
    #[arg(long, env = env::CURSOR)]
    pub(super) cursor: Option<String>,
    /// Form of the timeline; csv has one row a difference.
    #[arg(long, env = env::FORMAT, value_enum, default_value_t)]
    pub(super) format: RowFormat,
}

#[derive(Debug, Args)]
pub(super) struct AnomaliesArgs {
    /// The month, YYYY-MM.
    pub(super) month: Month,
    #[command(flatten)]
    pub(super) scope: ScopeArgs,
    /// Earlier months to compare with [default: 6].
    #[arg(long, env = env::BASELINE, value_name = "MONTHS")]
    pub(super) baseline: Option<u64>,
    /// Entries in each list.
    #[arg(long, env = env::TOP, value_name = "N")]
    pub(super) top: Option<u64>,
    /// Form of the lists; csv has the ranked list only.
    #[arg(long, env = env::FORMAT, value_enum, default_value_t)]
    pub(super) format: RowFormat,
}

#[derive(Debug, Args)]
pub(super) struct BillArgs {
    /// The month, YYYY-MM.
    pub(super) month: Month,
    #[command(flatten)]
    pub(super) scope: ScopeArgs,
    /// Break the cost down by the values of this tag as well.
    #[arg(long, env = env::BY_TAG, value_name = "KEY")]
    pub(super) by_tag: Option<String>,
    /// Lines in each list.
    #[arg(long, env = env::TOP, value_name = "N")]
    pub(super) top: Option<u64>,
    /// Form of the lists; csv has the cost by type only.
    #[arg(long, env = env::FORMAT, value_enum, default_value_t)]
    pub(super) format: RowFormat,
}

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Form of the findings.
    #[arg(long, env = env::FORMAT, value_enum, default_value_t)]
    pub(super) format: DoctorFormat,
}

/// Forms of findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum DoctorFormat {
    /// For a terminal.
    #[default]
    Text,
    /// For a program.
    Json,
}

#[derive(Debug, Args)]
pub(super) struct TableArgs {
    /// What to do with the table that --athena names.
    #[arg(value_enum)]
    pub(super) action: TableAction,
    /// Where the deliveries lie, `s3://bucket/prefix`: what stands above `AWSLogs/`
    /// [default: where the table has them].
    #[arg(long, env = env::LOCATION, value_name = "S3-URI")]
    pub(super) location: Option<String>,
    /// How the table describes the delivered files: recommended or article.
    #[arg(long, env = env::LAYOUT, default_value_t)]
    pub(super) layout: Layout,
    /// Accounts to project, beside those of the table [default: those in the bucket].
    #[arg(long, env = env::ACCOUNT, value_name = "ID,…", value_delimiter = ',')]
    pub(super) account: Vec<String>,
    /// Regions to project, beside those of the table [default: those in the bucket].
    #[arg(long, env = env::REGION, value_name = "REGION,…", value_delimiter = ',')]
    pub(super) region: Vec<String>,
    /// First year to project [default: the first in the bucket; 2014 where nothing is looked up].
    #[arg(long, env = env::FIRST_YEAR, value_name = "YEAR", value_parser = clap::value_parser!(i16).range(2014..=2999))]
    pub(super) first_year: Option<i16>,
    /// Change this table although it was made by somebody else: the table's own name again.
    #[arg(long, env = env::ADOPT, value_name = "DATABASE.TABLE")]
    pub(super) adopt: Option<String>,
    /// Form: text or json for plan and apply, sql or cloudformation for ddl.
    #[arg(long, env = env::FORMAT, value_enum)]
    pub(super) format: Option<TableForm>,
}

/// What is done with a Glue table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TableAction {
    /// Tells how the table differs from what is wanted.
    Plan,
    /// Creates or updates the table.
    Apply,
    /// Prints the table that is wanted.
    Ddl,
}

/// Forms of a Glue table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TableForm {
    /// For a terminal.
    Text,
    /// For a program.
    Json,
    /// The statement that creates it in Athena.
    Sql,
    /// A template in YAML.
    #[value(name = "cloudformation")]
    CloudFormation,
}

#[derive(Debug, Args)]
pub(super) struct SchemasArgs {
    /// Write the schemas instead of comparing them.
    #[arg(long, env = env::WRITE, action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(super) write: bool,
    /// Folder of the schemas.
    #[arg(long, env = env::DIR, default_value = "schemas")]
    pub(super) dir: PathBuf,
}

/// Which part of the organisation, and whose calendar.
#[derive(Debug, Args)]
pub(super) struct ScopeArgs {
    /// Time zone that bounds months and days, e.g. Asia/Tokyo [default: UTC].
    #[arg(long, env = env::TIMEZONE, value_name = "ZONE")]
    pub(super) timezone: Option<String>,
    /// Only these accounts.
    #[arg(long, env = env::ACCOUNT, value_name = "ID,…", value_delimiter = ',')]
    pub(super) account: Vec<String>,
    /// Only these Regions; `global` for IAM and the like.
    #[arg(long, env = env::REGION, value_name = "REGION,…", value_delimiter = ',')]
    pub(super) region: Vec<String>,
    /// Only these resource types, exact or as a prefix `AWS::EC2::*`.
    #[arg(long = "type", id = "type", env = env::TYPE, value_name = "TYPE,…", value_delimiter = ',')]
    pub(super) resource_type: Vec<String>,
}

/// Which items.
#[derive(Debug, Args)]
pub(super) struct FilterArgs {
    /// Only this resource, by id or ARN; may be repeated.
    #[arg(long, env = env::RESOURCE, value_name = "ID")]
    pub(super) resource: Vec<String>,
    /// Only resources of this name; may be repeated.
    #[arg(long, env = env::NAME)]
    pub(super) name: Vec<String>,
    /// Only resources with this tag, KEY or KEY=VALUE; may be repeated.
    #[arg(long, env = env::TAG)]
    pub(super) tag: Vec<String>,
    /// Only items with these statuses, e.g. `ResourceDeleted`.
    #[arg(long, env = env::STATUS, value_name = "STATUS,…", value_delimiter = ',')]
    pub(super) status: Vec<String>,
    /// Only items of these change kinds, e.g. deleted.
    #[arg(long, env = env::KIND, value_name = "KIND,…", value_delimiter = ',')]
    pub(super) kind: Vec<String>,
}

/// Forms of a digest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum DigestFormat {
    /// For a terminal.
    #[default]
    Text,
    /// For a document.
    Markdown,
    /// For a program.
    Json,
}

/// Forms of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum RowFormat {
    /// For a terminal.
    #[default]
    Table,
    /// For a spreadsheet.
    Csv,
    /// For a program, with the evidence.
    Json,
}

/// Who words a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Narrative {
    /// Nobody: the digest stands alone.
    #[default]
    None,
    /// Claude, every claim proved; the digest stands below.
    Claude,
}
