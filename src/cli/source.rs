//! Which source was named, and the service over it.

use std::{path::Path, sync::Arc, time::Duration};

use clap::{ArgMatches, parser::ValueSource};

use super::args::{AthenaArgs, GlobalArgs};
use crate::{
    aws::{AwsClients, AwsEnvironment, AwsSettings},
    config::env,
    domain::Masker,
    glue::TableKeeper,
    service::{
        DEFAULT_ROWS, ErrorCode, GlueTables, HistoryService, LimitsInfo, MAX_ANSWER_CHARS,
        MAX_ROWS, ServiceError, SystemClock,
    },
    source::{BundledSource, FolderSource, Lake, ReadLimits},
    store::{AthenaSettings, AthenaStore, EmbeddedSettings, EmbeddedStore, HistoryStore},
};

/// The one source that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    Demo,
    Lake(String),
    Athena(String),
}

/// Returns the service over the source that the arguments name.
pub(super) fn service(
    args: &GlobalArgs,
    matches: &ArgMatches,
    sql_allowed: bool,
) -> Result<HistoryService, ServiceError> {
    service_over(named_source(args, matches)?, args, sql_allowed)
}

/// Returns the service over the demo, for what needs no source of its own.
pub(super) fn demo(args: &GlobalArgs) -> Result<HistoryService, ServiceError> {
    service_over(Named::Demo, args, true)
}

fn service_over(
    named: Named,
    args: &GlobalArgs,
    sql_allowed: bool,
) -> Result<HistoryService, ServiceError> {
    let timeout_seconds = u64::from(args.timeout);
    let memory_bytes = u64::from(args.memory_limit) << 20;
    let settings = EmbeddedSettings {
        memory_bytes: usize::try_from(memory_bytes).unwrap_or(usize::MAX),
        timeout: Duration::from_secs(timeout_seconds),
        read_limits: ReadLimits {
            file_bytes: u64::from(args.max_file_size) << 20,
            ..ReadLimits::default()
        },
        masker: if args.show_secrets {
            Masker::off()
        } else {
            Masker::on()
        },
        ..EmbeddedSettings::default()
    };
    let limits = LimitsInfo {
        default_rows: DEFAULT_ROWS,
        max_rows: MAX_ROWS,
        max_answer_chars: MAX_ANSWER_CHARS,
        timeout_seconds,
        memory_limit_bytes: memory_bytes,
        sql_allowed,
        max_scan_bytes: matches!(named, Named::Athena(_))
            .then(|| max_scan_bytes(&args.athena_settings)),
    };
    let embedded = |kind, source| EmbeddedStore::new(Lake::new(source), kind, settings);
    let store: Arc<dyn HistoryStore> = match named {
        Named::Demo => Arc::new(embedded("demo", Arc::new(BundledSource))),
        Named::Lake(path) => Arc::new(embedded("lake", Arc::new(open_lake(&path)?))),
        Named::Athena(table) => {
            let clients = aws_clients(args);
            Arc::new(athena(&args.athena_settings, clients, &table, settings)?)
        }
    };
    Ok(HistoryService::new(store, Arc::new(SystemClock), limits))
}

/// Returns the store over a Glue table. Contacts nothing.
fn athena(
    args: &AthenaArgs,
    clients: AwsClients,
    table: &str,
    limits: EmbeddedSettings,
) -> Result<AthenaStore, ServiceError> {
    let settings = AthenaSettings {
        table: table.parse()?,
        catalog: args.catalog.clone(),
        workgroup: args.workgroup.clone(),
        output: args.output.clone(),
        max_scan_bytes: max_scan_bytes(args),
        lookback_days: args.lookback,
        reuse_minutes: args.reuse_results,
        limits,
    };
    Ok(AthenaStore::new(settings, clients))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number of bytes; what is too large is no limit"
)]
fn max_scan_bytes(args: &AthenaArgs) -> u64 {
    (args.max_scan * 1e9) as u64
}

/// Returns what keeps the Glue table that `--athena` names. Contacts nothing.
pub(super) fn glue_tables(
    args: &GlobalArgs,
    writes_allowed: bool,
) -> Result<GlueTables, ServiceError> {
    let named = args.athena.as_deref().filter(|table| !table.is_empty());
    let table = named.map(str::parse).transpose()?;
    let keeper = TableKeeper::new(aws_clients(args));
    let clock = Arc::new(SystemClock);
    Ok(GlueTables::new(keeper, clock, table, writes_allowed))
}

/// Adds the Glue table to a service that reads through one.
pub(super) fn with_glue_tables(
    service: HistoryService,
    args: &GlobalArgs,
    writes_allowed: bool,
) -> Result<HistoryService, ServiceError> {
    if service.source().kind != "athena" {
        return Ok(service);
    }
    Ok(service.with_glue_tables(glue_tables(args, writes_allowed)?))
}

/// Returns what makes clients of AWS services. Contacts nothing.
pub(super) fn aws_clients(args: &GlobalArgs) -> AwsClients {
    let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    AwsClients::new(AwsSettings {
        profile: said(&args.profile),
        region: said(&args.aws_region),
        endpoint_url: said(&args.endpoint_url),
        role_arn: said(&args.role_arn),
        external_id: said(&args.external_id),
        role_session_name: None,
        environment: AwsEnvironment::read(env::read),
    })
}

fn open_lake(path: &str) -> Result<FolderSource, ServiceError> {
    if path.starts_with("s3://") {
        return Err(ServiceError::new(
            ErrorCode::NotSupported,
            format!("this version cannot read {path}: copy the deliveries to a folder"),
        ));
    }
    FolderSource::open(Path::new(path))
        .map_err(|error| ServiceError::new(ErrorCode::LakeUnreadable, error.to_string()))
}

/// Picks the source. A flag beats the environment, which beats the configuration file; two on the
/// same level are one too many.
fn named_source(args: &GlobalArgs, matches: &ArgMatches) -> Result<Named, ServiceError> {
    let level = |id: &str| match matches.value_source(id) {
        Some(ValueSource::CommandLine) => 2,
        Some(ValueSource::EnvVariable) => 1,
        _ => 0,
    };
    let mut named: Vec<(u8, Named)> = Vec::new();
    if args.demo {
        named.push((level("demo"), Named::Demo));
    }
    if let Some(path) = args.lake.as_ref().filter(|path| !path.is_empty()) {
        named.push((level("lake"), Named::Lake(path.clone())));
    }
    if let Some(table) = args.athena.as_ref().filter(|table| !table.is_empty()) {
        named.push((level("athena"), Named::Athena(table.clone())));
    }
    let highest = named.iter().map(|(level, _)| *level).max();
    named.retain(|(level, _)| Some(*level) == highest);
    match named.as_slice() {
        [(_, only)] => Ok(only.clone()),
        [] => Err(ServiceError::new(ErrorCode::NoSource, "no source is named")),
        _ => Err(ServiceError::new(
            ErrorCode::NoSource,
            "more than one source is named",
        )),
    }
}
