//! The commands: arguments to a request, the service's answer to print.

use std::{io, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{
    args::{AnomaliesArgs, BillArgs, MonthsArgs, QueryArgs, ResourceArgs, RowFormat, SchemasArgs},
    ended_by_signal,
    output::{print_csv, print_json, print_text, rows_of, table, tell, tell_cost, tell_unreadable},
    progress::TerminalProgress,
    reports::{anomalies_text, anomaly_rows, bill_text, history_rows, history_text},
};
use crate::{
    service::{
        AnomaliesRequest, AnswerSize, BillRequest, DescribeRequest, ErrorCode, HistoryDescription,
        HistoryService, QueryAnswer, QueryRequest, ResourceHistoryRequest, ServiceError,
        SqlRequest, Warning,
    },
    store::{CallContext, Evidence},
};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandError {
    /// The question could not be answered.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The answer could not be printed.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
    /// The schemas are not those of this program.
    #[error("{0}")]
    StaleSchemas(String),
}

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// All input was read.
    Whole,
    /// Some delivered files could not be read.
    Partial,
    /// What was to be checked does not hold.
    Refuted,
}

/// How long a question may take to end that the user has given up.
const GIVE_UP: Duration = Duration::from_secs(15);

/// Runs a question with a progress bar. A signal cancels it, so that nothing goes on elsewhere.
pub(super) async fn ask<T, E: From<ServiceError>>(
    question: impl AsyncFnOnce(CallContext) -> Result<T, E>,
) -> Result<T, E> {
    let progress = Arc::new(TerminalProgress::new());
    let cx = CallContext::new(CancellationToken::new(), progress.clone());
    let cancel = cx.cancel.clone();
    let answering = question(cx);
    tokio::pin!(answering);
    let answer = tokio::select! {
        answer = &mut answering => answer,
        () = ended_by_signal() => {
            cancel.cancel();
            let ended = tokio::time::timeout(GIVE_UP, answering).await;
            let cancelled = || ServiceError::new(ErrorCode::Cancelled, "the question was cancelled");
            ended.unwrap_or_else(|_| Err(cancelled().into()))
        }
    };
    progress.clear();
    answer
}

pub(super) fn outcome_of(evidence: &Evidence) -> Outcome {
    tell_cost(evidence);
    tell_unreadable(evidence);
    if evidence.unreadable_files == 0 {
        Outcome::Whole
    } else {
        Outcome::Partial
    }
}

pub(super) async fn months(
    service: &HistoryService,
    args: MonthsArgs,
) -> Result<Outcome, CommandError> {
    let request = DescribeRequest {
        timezone: args.timezone,
    };
    let answer = ask(async |cx: CallContext| service.describe(&request, &cx).await).await?;
    match args.format {
        RowFormat::Json => print_json(&answer)?,
        RowFormat::Csv => {
            let (columns, rows) = rows_of(&answer.months);
            print_csv(&columns, &rows)?;
        }
        RowFormat::Table => print_text(&months_text(&answer))?,
    }
    Ok(outcome_of(&answer.evidence))
}

fn months_text(answer: &HistoryDescription) -> String {
    let section = |(columns, rows): (Vec<String>, Vec<_>)| table(&columns, &rows);
    let watermark = answer
        .watermark
        .map_or_else(|| "none".to_owned(), |time| time.to_string());
    format!(
        "{}\n\n{}\n\n{}\n\nNewest delivery: {watermark}\n",
        section(rows_of(&answer.months)),
        section(rows_of(&answer.accounts)),
        section(rows_of(&answer.resource_types)),
    )
}

pub(super) async fn query(
    service: &HistoryService,
    args: QueryArgs,
) -> Result<Outcome, CommandError> {
    let format = args.format;
    let answer = if args.sql.is_some() {
        let request = sql_request(args);
        ask(async |cx: CallContext| service.run_sql(&request, AnswerSize::Unbounded, &cx).await)
            .await?
    } else {
        let request = typed_request(args);
        ask(async |cx: CallContext| service.query(&request, AnswerSize::Unbounded, &cx).await)
            .await?
    };
    print_rows(&answer, format)?;
    Ok(outcome_of(&answer.evidence))
}

fn sql_request(args: QueryArgs) -> SqlRequest {
    SqlRequest {
        sql: args.sql.unwrap_or_default(),
        month: args.month,
        from: args.from,
        to: args.to,
        timezone: args.scope.timezone,
        account: args.scope.account,
        region: args.scope.region,
        resource_type: args.scope.resource_type,
        limit: args.limit,
        cursor: args.cursor,
    }
}

fn typed_request(args: QueryArgs) -> QueryRequest {
    QueryRequest {
        month: args.month,
        from: args.from,
        to: args.to,
        timezone: args.scope.timezone,
        account: args.scope.account,
        region: args.scope.region,
        resource_type: args.scope.resource_type,
        resource: args.filter.resource,
        name: args.filter.name,
        tag: args.filter.tag,
        status: args.filter.status,
        kind: args.filter.kind,
        group_by: args.group_by,
        measure: args.measure,
        columns: args.columns,
        order_by: args.order_by,
        limit: args.limit,
        cursor: args.cursor,
    }
}

fn print_rows(answer: &QueryAnswer, format: RowFormat) -> io::Result<()> {
    match format {
        RowFormat::Json => return print_json(answer),
        RowFormat::Csv => print_csv(&answer.columns, &answer.rows)?,
        RowFormat::Table => print_text(&table(&answer.columns, &answer.rows))?,
    }
    tell_warnings(&answer.warnings);
    match &answer.next_cursor {
        Some(cursor) => tell(&format!(
            "{} of {} rows; --limit 0 prints all, the next ones come with --cursor {cursor}",
            answer.returned, answer.total
        )),
        None if answer.truncated => {
            tell(&format!(
                "the last {} of {} rows",
                answer.returned, answer.total
            ));
        }
        None => {}
    }
    Ok(())
}

pub(super) async fn resource(
    service: &HistoryService,
    args: ResourceArgs,
) -> Result<Outcome, CommandError> {
    let request = ResourceHistoryRequest {
        resource: args.resource,
        at: args.at,
        month: args.month,
        from: args.from,
        to: args.to,
        timezone: args.scope.timezone,
        account: args.scope.account,
        region: args.scope.region,
        resource_type: args.scope.resource_type,
        echoes: args.echoes,
        limit: args.limit,
        cursor: args.cursor,
    };
    let size = AnswerSize::Unbounded;
    let answer =
        ask(async |cx: CallContext| service.resource_history(&request, size, &cx).await).await?;
    match args.format {
        RowFormat::Json => print_json(&answer)?,
        RowFormat::Csv => {
            let (columns, rows) = history_rows(&answer);
            print_csv(&columns, &rows)?;
        }
        RowFormat::Table => print_text(&history_text(&answer))?,
    }
    tell_warnings(&answer.warnings);
    if let Some(cursor) = &answer.next_cursor {
        tell(&format!(
            "{} of {} entries; --limit 0 prints all, the next ones come with --cursor {cursor}",
            answer.returned, answer.total
        ));
    }
    Ok(outcome_of(&answer.evidence))
}

pub(super) async fn anomalies(
    service: &HistoryService,
    args: AnomaliesArgs,
) -> Result<Outcome, CommandError> {
    let request = AnomaliesRequest {
        month: args.month,
        timezone: args.scope.timezone,
        account: args.scope.account,
        region: args.scope.region,
        resource_type: args.scope.resource_type,
        baseline: args.baseline,
        top: args.top,
    };
    let size = AnswerSize::Unbounded;
    let answer =
        ask(async |cx: CallContext| service.find_anomalies(&request, size, &cx).await).await?;
    match args.format {
        RowFormat::Json => print_json(&answer)?,
        RowFormat::Csv => {
            let (columns, rows) = anomaly_rows(&answer);
            print_csv(&columns, &rows)?;
        }
        RowFormat::Table => print_text(&anomalies_text(&answer))?,
    }
    tell_warnings(&answer.warnings);
    Ok(outcome_of(&answer.evidence))
}

pub(super) async fn bill(
    service: &HistoryService,
    args: BillArgs,
) -> Result<Outcome, CommandError> {
    let request = BillRequest {
        month: args.month,
        timezone: args.scope.timezone,
        account: args.scope.account,
        region: args.scope.region,
        resource_type: args.scope.resource_type,
        by_tag: args.by_tag,
        top: args.top,
    };
    let size = AnswerSize::Unbounded;
    let answer =
        ask(async |cx: CallContext| service.config_bill(&request, size, &cx).await).await?;
    match args.format {
        RowFormat::Json => print_json(&answer)?,
        RowFormat::Csv => {
            let (columns, rows) = rows_of(&answer.bill.by_type.lines);
            print_csv(&columns, &rows)?;
        }
        RowFormat::Table => print_text(&bill_text(&answer))?,
    }
    tell_warnings(&answer.warnings);
    Ok(outcome_of(&answer.evidence))
}

fn tell_warnings(warnings: &[Warning]) {
    for warning in warnings.iter().filter(|warning| !warning.is_about_files()) {
        tell(&format!("note: {warning}"));
    }
}

pub(super) fn schemas(args: &SchemasArgs) -> Result<Outcome, CommandError> {
    let mut stale = Vec::new();
    for (name, text) in crate::schema::generated() {
        let path = args.dir.join(name);
        if args.write {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&path, text)?;
            tell(&format!("wrote {}", path.display()));
        } else if std::fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            stale.push(path.display().to_string());
        }
    }
    if stale.is_empty() {
        return Ok(Outcome::Whole);
    }
    Err(CommandError::StaleSchemas(format!(
        "these schemas are not those of this program: {}\n\nhint: run `config-history schemas --write`",
        stale.join(", ")
    )))
}
