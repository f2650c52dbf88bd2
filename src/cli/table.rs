//! The command `table`: plans, applies and prints the Glue table.

use super::{
    args::{TableAction, TableArgs, TableForm},
    commands::{CommandError, Outcome, ask},
    output::{print_json, print_text, tell},
};
use crate::{
    domain::{InvalidValue, visible},
    glue::{Difference, DifferenceKind, TableStatus},
    service::{
        AnswerSize, GlueTableAnswer, GlueTableRequest, GlueTables, ServiceError, TableFormat,
    },
    store::CallContext,
};

pub(super) async fn table(tables: &GlueTables, args: TableArgs) -> Result<Outcome, CommandError> {
    let (action, form) = (args.action, args.format);
    let request = GlueTableRequest {
        table: None,
        location: args.location,
        layout: Some(args.layout),
        accounts: args.account,
        regions: args.region,
        first_year: args.first_year,
        adopt: args.adopt,
        apply: action == TableAction::Apply,
    };
    if action == TableAction::Ddl {
        let format = ddl_format(form)?;
        let text = ask(async |cx: CallContext| tables.print(&request, format, &cx).await).await?;
        print_text(&text)?;
        return Ok(Outcome::Whole);
    }
    let as_json = is_json(form)?;
    let size = AnswerSize::Unbounded;
    let answer = ask(async |cx: CallContext| tables.ensure(&request, size, &cx).await).await?;
    if as_json {
        print_json(&answer)?;
        return Ok(Outcome::Whole);
    }
    print_text(&plan_text(&answer))?;
    for warning in &answer.warnings {
        tell(&format!("note: {warning}"));
    }
    Ok(Outcome::Whole)
}

fn ddl_format(form: Option<TableForm>) -> Result<TableFormat, ServiceError> {
    match form {
        None | Some(TableForm::Sql) => Ok(TableFormat::Sql),
        Some(TableForm::CloudFormation) => Ok(TableFormat::CloudFormation),
        Some(TableForm::Text) => Err(wrong_form("text", ["sql", "cloudformation"])),
        Some(TableForm::Json) => Err(wrong_form("json", ["sql", "cloudformation"])),
    }
}

fn is_json(form: Option<TableForm>) -> Result<bool, ServiceError> {
    match form {
        None | Some(TableForm::Text) => Ok(false),
        Some(TableForm::Json) => Ok(true),
        Some(TableForm::Sql) => Err(wrong_form("sql", ["text", "json"])),
        Some(TableForm::CloudFormation) => Err(wrong_form("cloudformation", ["text", "json"])),
    }
}

fn wrong_form(form: &str, choices: [&'static str; 2]) -> ServiceError {
    InvalidValue::not_one_of("format", form, choices).into()
}

/// Renders a plan: what is wanted, then what is not so yet.
fn plan_text(answer: &GlueTableAnswer) -> String {
    let wanted = &answer.wanted;
    let mut lines = vec![
        format!(
            "{} ({} layout): {}",
            answer.table,
            wanted.layout,
            state(answer)
        ),
        format!("location  {}", wanted.location),
        format!("accounts  {}", listed(&wanted.accounts)),
        format!("Regions   {}", listed(&wanted.regions)),
        format!("years     {} to {}", wanted.first_year, wanted.last_year),
        format!(
            "folders   {} in all; a question about one month needs {}",
            wanted.prefixes, wanted.prefixes_of_a_month
        ),
    ];
    if !answer.differences.is_empty() {
        lines.push(String::new());
    }
    lines.extend(answer.differences.iter().map(difference_line));
    // The table may have been written by anybody.
    let shown: Vec<_> = lines.iter().map(|line| visible(line)).collect();
    shown.join("\n")
}

fn state(answer: &GlueTableAnswer) -> &'static str {
    match (answer.status, answer.applied) {
        (TableStatus::UpToDate, _) => "up to date, nothing to do",
        (TableStatus::Create, true) => "created",
        (TableStatus::Create, false) => "to be created",
        (TableStatus::Update, true) => "updated",
        (TableStatus::Update, false) => "to be updated",
        (TableStatus::Foreign, _) => "made by somebody else, left alone",
    }
}

fn listed(names: &[String]) -> String {
    format!("{} ({})", names.len(), names.join(", "))
}

fn difference_line(difference: &Difference) -> String {
    let Difference {
        kind,
        part,
        before,
        after,
    } = difference;
    let (before, after) = (
        before.as_deref().unwrap_or_default(),
        after.as_deref().unwrap_or_default(),
    );
    match kind {
        DifferenceKind::Added => format!("+ {part}: {after}"),
        DifferenceKind::Removed => format!("- {part}: {before}"),
        DifferenceKind::Changed => format!("~ {part}: {before} -> {after}"),
    }
}
