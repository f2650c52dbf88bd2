//! The command line: arguments in, exit code out.

mod args;
mod cache;
mod commands;
mod doctor;
mod http;
mod model;
mod output;
mod progress;
mod reading;
mod reports;
mod source;
mod summarize;
mod table;

use std::{ffi::OsString, process::ExitCode};

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};
use tokio_util::sync::CancellationToken;

use self::{
    args::{Cli, CliCommand, GlobalArgs, HttpArgs, LogFormat, ServeArgs},
    commands::{CommandError, Outcome},
    model::Patience,
    output::{tell, tell_error},
    reading::Asker,
};
use crate::{
    config, mcp,
    service::{HistoryService, ServiceError},
    telemetry::{self, LogSettings},
};

/// Exit codes; 0 is success.
mod exit {
    /// The question could not be answered, or what was to be checked does not hold.
    pub(super) const FAILED: u8 = 1;
    /// The command line was wrong.
    pub(super) const USAGE: u8 = 2;
    /// The question was answered, but some input was unreadable.
    pub(super) const PARTIAL: u8 = 3;
}

/// Stack of every thread, in bytes: a statement's tree is walked by recursion. Only what is used
/// takes memory.
const STACK_BYTES: usize = 64 << 20;

/// Bytes of a block just below the largest that moves the bounds of glibc's allocator
/// (`DEFAULT_MMAP_THRESHOLD_MAX`).
const LARGE_BLOCK: usize = 31 << 20;

/// Has the process keep most of the memory that it frees, until it ends. The allocator of glibc gives it
/// back above a bound that follows the largest block that was ever freed; the system then clears each page
/// of it anew, which is a tenth of filling the cache. Nothing for a server: it would hold for good what
/// its largest question took. Other allocators do not mind.
fn keep_freed_memory() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE_BLOCK)));
}

/// Runs the program with `args`, the first of which is its name.
pub fn run(args: Vec<OsString>) -> ExitCode {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    match thread
        .spawn(move || run_here(args))
        .map(std::thread::JoinHandle::join)
    {
        Ok(Ok(code)) => code,
        // A panic has been reported by the thread itself.
        Ok(Err(_)) => ExitCode::from(exit::FAILED),
        Err(error) => {
            tell(&format!("error: cannot start a thread: {error}"));
            ExitCode::from(exit::FAILED)
        }
    }
}

fn run_here(args: Vec<OsString>) -> ExitCode {
    match try_run(args) {
        Ok(Outcome::Whole) => ExitCode::SUCCESS,
        Ok(Outcome::Partial) => ExitCode::from(exit::PARTIAL),
        Ok(Outcome::Refuted) => ExitCode::from(exit::FAILED),
        Err(RunError::Usage(error)) => {
            // clap prints help to standard output and errors to standard error, and knows which.
            let code = u8::try_from(error.exit_code()).unwrap_or(exit::USAGE);
            drop(error.print());
            ExitCode::from(code)
        }
        Err(RunError::ConfigFile(error)) => {
            tell(&format!("error: {error}"));
            ExitCode::from(exit::USAGE)
        }
        Err(RunError::Command(CommandError::Service(error))) => {
            tell_error(&error);
            ExitCode::from(if error.code().is_usage() {
                exit::USAGE
            } else {
                exit::FAILED
            })
        }
        Err(RunError::Command(CommandError::Output(error)))
            if error.kind() == std::io::ErrorKind::BrokenPipe =>
        {
            // The reader has seen enough: `… | head`.
            ExitCode::SUCCESS
        }
        Err(RunError::Command(error)) => {
            tell(&format!("error: {error}"));
            ExitCode::from(exit::FAILED)
        }
        Err(error) => {
            tell(&format!("error: {error}"));
            ExitCode::from(exit::FAILED)
        }
    }
}

/// Why the program failed.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Usage(#[from] clap::Error),
    #[error(transparent)]
    ConfigFile(#[from] config::ConfigFileError),
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error(transparent)]
    Serve(#[from] mcp::ServeError),
    #[error(transparent)]
    Telemetry(#[from] telemetry::ExportError),
    #[cfg(feature = "lambda")]
    #[error(transparent)]
    Function(crate::lambda::FunctionError),
}

impl From<ServiceError> for RunError {
    fn from(error: ServiceError) -> Self {
        Self::Command(error.into())
    }
}

fn try_run(mut args: Vec<OsString>) -> Result<Outcome, RunError> {
    let is_function = is_function();
    if is_function && args.len() <= 1 {
        // AWS Lambda starts the program with no arguments: the environment has them.
        args.push("serve".into());
    }
    let mut command = Cli::command();
    if let Some(path) = config::config_path(&args) {
        command = config::apply_config_file(command, &path)?;
    }
    let matches = command.try_get_matches_from(args)?;
    let Cli { global, command } = Cli::from_arg_matches(&matches)?;
    let _telemetry = telemetry::start(&LogSettings {
        filter: &global.log,
        json: match global.log_format {
            LogFormat::Auto => is_function,
            LogFormat::Text => false,
            LogFormat::Json => true,
        },
        otlp_endpoint: global
            .otlp_endpoint
            .as_deref()
            .filter(|url| !url.is_empty()),
    })?;
    if !matches!(command, CliCommand::Serve(_)) {
        keep_freed_memory();
    }
    // The subcommand's matches know of the global flags wherever they stood.
    let (asked, given) = matches.subcommand().unwrap_or(("", &matches));
    let service = |sql| {
        let service = source::service(&global, given, sql, Asker::Person)?;
        model::with_model(service, &global, Patience::ToTheEnd).map_err(CommandError::from)
    };
    match command {
        CliCommand::Summarize(args) => {
            let service = service(true)?;
            let answered = summarize::summarize(&service, args);
            Ok(block_on(then_close(&service, asked, answered))?)
        }
        CliCommand::Months(args) => {
            let service = service(true)?;
            let answered = commands::months(&service, args);
            Ok(block_on(then_close(&service, asked, answered))?)
        }
        CliCommand::Query(args) => {
            let service = service(true)?;
            let answered = commands::query(&service, *args);
            Ok(block_on(then_close(&service, asked, answered))?)
        }
        CliCommand::Resource(args) => {
            let service = service(true)?;
            let answered = commands::resource(&service, args);
            Ok(block_on(then_close(&service, asked, answered))?)
        }
        CliCommand::Anomalies(args) => {
            let service = service(true)?;
            let answered = commands::anomalies(&service, args);
            Ok(block_on(then_close(&service, asked, answered))?)
        }
        CliCommand::Bill(args) => {
            let service = service(true)?;
            let answered = commands::bill(&service, args);
            Ok(block_on(then_close(&service, asked, answered))?)
        }
        CliCommand::Serve(args) => {
            let service = served(&global, given, &args)?;
            block_on(serve(service, &args.http, is_function))?;
            Ok(Outcome::Whole)
        }
        CliCommand::Table(args) => {
            // Whoever types `apply` has said that it may be written.
            let tables = source::glue_tables(&global, true).map_err(CommandError::from)?;
            Ok(block_on(table::table(&tables, args))?)
        }
        CliCommand::Cache(args) => Ok(block_on(cache::cache(&global, given, args))?),
        CliCommand::Doctor(args) => Ok(block_on(doctor::doctor(&global, given, args.format))?),
        CliCommand::Schemas(args) => Ok(commands::schemas(&args)?),
    }
}

/// Returns the service that MCP clients ask.
fn served(
    global: &GlobalArgs,
    given: &ArgMatches,
    args: &ServeArgs,
) -> Result<HistoryService, ServiceError> {
    let service = source::service(global, given, !args.no_sql, Asker::Nobody)?;
    let service = source::with_glue_tables(service, global, args.allow_writes)?;
    model::with_model(service, global, Patience::OfClients)
}

/// Answers, then ends what still runs elsewhere. An error is explained where that is wanted.
async fn then_close<T>(
    service: &HistoryService,
    asked: &str,
    answering: impl Future<Output = Result<T, CommandError>>,
) -> Result<T, CommandError> {
    let answered = match answering.await {
        Err(CommandError::Service(error)) => Err(service.explained(error, asked, &[]).await.into()),
        answered => answered,
    };
    service.close().await;
    answered
}

/// Says whether the program runs as an AWS Lambda function.
fn is_function() -> bool {
    config::env::is_set(config::env::AWS_LAMBDA_RUNTIME_API)
}

/// Serves in the way that flags and surroundings ask for.
async fn serve(
    service: HistoryService,
    args: &HttpArgs,
    is_function: bool,
) -> Result<(), RunError> {
    match args.http.as_deref().filter(|address| !address.is_empty()) {
        Some(address) => http::serve(service, address, args).await,
        #[cfg(feature = "lambda")]
        None if is_function => http::serve_function(service, args).await,
        #[cfg(not(feature = "lambda"))]
        None if is_function => Err(ServiceError::new(
            crate::service::ErrorCode::NotSupported,
            "this program was built without the feature `lambda`",
        )
        .into()),
        None => serve_stdio(service).await,
    }
}

async fn serve_stdio(service: HistoryService) -> Result<(), RunError> {
    let shutdown = CancellationToken::new();
    let on_signal = shutdown.clone();
    let closing = service.clone();
    let signal = async move {
        ended_by_signal().await;
        on_signal.cancel();
        // The serving ends by the token; this only starts it.
        std::future::pending::<()>().await;
    };
    let served = tokio::select! {
        served = mcp::serve_stdio(service, shutdown) => served,
        () = signal => Ok(()),
    };
    closing.close().await;
    Ok(served?)
}

/// Waits for the signals that ask a program to end.
async fn ended_by_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Runs a future on a runtime that is not waited for afterwards: a blocked read of standard input
/// must not keep the program alive.
fn block_on<T, E: From<CommandError>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build()
        .map_err(CommandError::Output)?;
    let answer = runtime.block_on(work);
    // Its threads end with the process. To shut it down detaches threads that are just ending, which
    // reads freed memory in glibc now and then (its bug 19951), and the process dies after its answer.
    std::mem::forget(runtime);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
