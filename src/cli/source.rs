//! Which source was named, and the service over it.

use std::{path::Path, sync::Arc, time::Duration};

use clap::{ArgMatches, parser::ValueSource};

use super::{
    args::{AthenaArgs, GlobalArgs},
    model,
    reading::{Asker, S3Guard},
};
use crate::{
    aws::{AwsClients, AwsEnvironment, AwsSettings},
    config::env,
    domain::{ItemFilter, Masker},
    glue::TableKeeper,
    service::{
        DEFAULT_ROWS, ErrorCode, GlueTables, HistoryService, LimitsInfo, MAX_ANSWER_CHARS,
        MAX_ROWS, ServiceError, SystemClock,
    },
    source::{BundledSource, FolderSource, Lake, ObjectSource as _, ReadLimits, S3Source},
    store::{
        AthenaSettings, AthenaStore, CacheFolder, EmbeddedSettings, EmbeddedStore, HistoryStore,
    },
};

/// The one source that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    Demo,
    Lake(String),
    Athena(String),
}

/// Returns the service over the source that the arguments name. `asker` is who can be asked before
/// reading costs much.
pub(super) fn service(
    args: &GlobalArgs,
    matches: &ArgMatches,
    sql_allowed: bool,
    asker: Asker,
) -> Result<HistoryService, ServiceError> {
    service_over(named_source(args, matches)?, args, sql_allowed, asker)
}

/// Returns the service over the demo, for what needs no source of its own.
pub(super) fn demo(args: &GlobalArgs) -> Result<HistoryService, ServiceError> {
    service_over(Named::Demo, args, true, Asker::Nobody)
}

fn service_over(
    named: Named,
    args: &GlobalArgs,
    sql_allowed: bool,
    asker: Asker,
) -> Result<HistoryService, ServiceError> {
    let settings = embedded_settings(args);
    let limits = LimitsInfo {
        default_rows: DEFAULT_ROWS,
        max_rows: MAX_ROWS,
        max_answer_chars: MAX_ANSWER_CHARS,
        timeout_seconds: settings.timeout.as_secs(),
        memory_limit_bytes: settings.memory_bytes as u64,
        sql_allowed,
        max_scan_bytes: matches!(named, Named::Athena(_))
            .then(|| max_scan_bytes(&args.athena_settings)),
    };
    let store: Arc<dyn HistoryStore> = match named {
        Named::Demo => {
            let demo = Lake::new(Arc::new(BundledSource));
            Arc::new(EmbeddedStore::new(demo, "demo", settings))
        }
        Named::Lake(path) => Arc::new(store_over(&path, args, asker)?),
        Named::Athena(table) => {
            let clients = aws_clients(args);
            Arc::new(athena(&args.athena_settings, clients, &table, settings)?)
        }
    };
    Ok(HistoryService::new(store, Arc::new(SystemClock), limits))
}

fn embedded_settings(args: &GlobalArgs) -> EmbeddedSettings {
    let memory_bytes = u64::from(args.memory_limit) << 20;
    EmbeddedSettings {
        memory_bytes: usize::try_from(memory_bytes).unwrap_or(usize::MAX),
        timeout: Duration::from_secs(u64::from(args.timeout)),
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
    }
}

/// Returns the store over a lake, with its cache.
fn store_over(lake: &str, args: &GlobalArgs, asker: Asker) -> Result<EmbeddedStore, ServiceError> {
    let over = |source| EmbeddedStore::new(Lake::new(source), "lake", embedded_settings(args));
    let store = match open_lake(lake, args)? {
        Opened::Folder(folder) => over(Arc::new(folder)),
        Opened::S3(bucket) => {
            let guard = S3Guard::new(bucket.clone(), &args.lake_settings, asker);
            over(bucket).with_guard(Arc::new(guard))
        }
    };
    let most_bytes = bytes_of(args.cache_size);
    if args.no_cache {
        return Ok(store.with_cache(&CacheFolder::temporary()));
    }
    Ok(match model::cache_folder(&args.model) {
        Some(folder) => store.with_cache(&CacheFolder::kept(folder, most_bytes)),
        // Without a place to keep anything there is memory.
        None => store,
    })
}

/// Returns the store over the lake that is named, for what is about its cache.
pub(super) fn lake_store(
    args: &GlobalArgs,
    matches: &ArgMatches,
) -> Result<EmbeddedStore, ServiceError> {
    match named_source(args, matches)? {
        Named::Lake(path) => store_over(&path, args, Asker::Person),
        Named::Demo | Named::Athena(_) => Err(ServiceError::new(
            ErrorCode::NotSupported,
            "there is a cache of lakes only: name one with --lake",
        )),
    }
}

/// Returns the lake that is named, as the cache names it; `None` where no source is named.
pub(super) fn named_lake(
    args: &GlobalArgs,
    matches: &ArgMatches,
) -> Result<Option<String>, ServiceError> {
    match named_source(args, matches) {
        Ok(Named::Lake(path)) => Ok(Some(match open_lake(&path, args)? {
            Opened::Folder(folder) => folder.identity(),
            Opened::S3(bucket) => bucket.identity(),
        })),
        Ok(Named::Demo | Named::Athena(_)) => Err(ServiceError::new(
            ErrorCode::NotSupported,
            "there is a cache of lakes only: name one with --lake, or none for all",
        )),
        Err(error) if error.code() == ErrorCode::NoSource => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the accounts and Regions that are named.
pub(super) fn scope(accounts: &[String], regions: &[String]) -> Result<ItemFilter, ServiceError> {
    let named = |texts: &[String]| -> Vec<String> {
        let named = texts.iter().filter(|text| !text.is_empty());
        named.cloned().collect()
    };
    Ok(ItemFilter {
        accounts: named(accounts)
            .iter()
            .map(|account| account.parse())
            .collect::<Result<_, _>>()?,
        regions: named(regions)
            .iter()
            .map(|region| region.parse())
            .collect::<Result<_, _>>()?,
        ..ItemFilter::default()
    })
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
fn bytes_of(gigabytes: f64) -> u64 {
    (gigabytes * 1e9) as u64
}

fn max_scan_bytes(args: &AthenaArgs) -> u64 {
    bytes_of(args.max_scan)
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

/// A lake that was named.
enum Opened {
    Folder(FolderSource),
    S3(Arc<S3Source>),
}

/// Opens a lake. AWS is not asked.
fn open_lake(path: &str, args: &GlobalArgs) -> Result<Opened, ServiceError> {
    if path.starts_with(S3Source::SCHEME) {
        return Ok(Opened::S3(Arc::new(s3_lake(path, args)?)));
    }
    let folder = FolderSource::open(Path::new(path));
    folder
        .map(Opened::Folder)
        .map_err(|error| ServiceError::new(ErrorCode::LakeUnreadable, error.to_string()))
}

fn s3_lake(address: &str, args: &GlobalArgs) -> Result<S3Source, ServiceError> {
    let said = args.endpoint_url.clone().filter(|url| !url.is_empty());
    let endpoint = said
        .or_else(|| env::read(env::AWS_ENDPOINT_URL_S3))
        .or_else(|| env::read(env::AWS_ENDPOINT_URL));
    let lake = S3Source::new(address, aws_clients(args), endpoint);
    let lake =
        lake.map_err(|error| ServiceError::new(ErrorCode::InvalidArgument, error.to_string()))?;
    Ok(lake.with_requester_pays(args.lake_settings.requester_pays))
}

/// Returns the lake on S3 that is named, if one is.
pub(super) fn named_s3_lake(
    args: &GlobalArgs,
    matches: &ArgMatches,
) -> Result<Option<S3Source>, ServiceError> {
    match named_source(args, matches)? {
        Named::Lake(path) if path.starts_with(S3Source::SCHEME) => s3_lake(&path, args).map(Some),
        _ => Ok(None),
    }
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
