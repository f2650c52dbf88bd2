//! The commands: arguments to a request, the service's answer to print.

use std::{io, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{
    args::{DigestFormat, MonthsArgs, Narrative, QueryArgs, RowFormat, SchemasArgs, SummarizeArgs},
    output::{print_csv, print_json, print_text, rows_of, table, tell, tell_unreadable},
    progress::TerminalProgress,
};
use crate::{
    service::{
        AnswerSize, DescribeRequest, HistoryDescription, HistoryService, QueryAnswer, QueryRequest,
        ServiceError, SqlRequest, SummarizeRequest,
    },
    store::{CallContext, Evidence},
    summary::{self, Format, Language},
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
}

/// Runs a question with a progress bar.
async fn ask<T, E>(question: impl AsyncFnOnce(CallContext) -> Result<T, E>) -> Result<T, E> {
    let progress = Arc::new(TerminalProgress::new());
    let cx = CallContext::new(CancellationToken::new(), progress.clone());
    let answer = question(cx).await;
    progress.clear();
    answer
}

fn outcome_of(evidence: &Evidence) -> Outcome {
    tell_unreadable(evidence);
    if evidence.unreadable_files == 0 {
        Outcome::Whole
    } else {
        Outcome::Partial
    }
}

pub(super) async fn summarize(
    service: &HistoryService,
    args: SummarizeArgs,
) -> Result<Outcome, CommandError> {
    let Narrative::None = args.narrative;
    let language: Language = args.language.parse().map_err(ServiceError::from)?;
    let request = SummarizeRequest {
        month: args.month,
        timezone: args.scope.timezone,
        account: args.scope.account,
        region: args.scope.region,
        resource_type: args.scope.resource_type,
        language: Some(args.language),
        top: args.top,
    };
    let answer = ask(async |cx: CallContext| {
        service
            .summarize_month(&request, AnswerSize::Unbounded, &cx)
            .await
    })
    .await?;
    match args.format {
        DigestFormat::Json => print_json(&answer)?,
        DigestFormat::Markdown => print_text(&answer.text)?,
        DigestFormat::Text => {
            let (digest, evidence) = (&answer.digest, &answer.evidence);
            let text = summary::render(digest, evidence, &answer.warnings, language, Format::Text);
            print_text(&text)?;
        }
    }
    Ok(outcome_of(&answer.evidence))
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
    for warning in answer
        .warnings
        .iter()
        .filter(|warning| !warning.is_about_files())
    {
        tell(&format!("note: {warning}"));
    }
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
