//! The command `doctor`: looks at everything that a question needs, and says what to do.

mod aws;

use clap::ArgMatches;
use serde::Serialize;

use super::{
    args::{DoctorFormat, GlobalArgs},
    commands::{CommandError, Outcome, ask},
    model::{self, Patience},
    output::{print_json, print_text},
    reading::Asker,
    source,
};
use crate::{
    config::env,
    domain::visible,
    service::{Finding, Health, HistoryService, ServiceError},
    store::CallContext,
};

#[derive(Serialize)]
struct Report<'a> {
    ok: bool,
    findings: &'a [Finding],
}

pub(super) async fn doctor(
    args: &GlobalArgs,
    given: &ArgMatches,
    format: DoctorFormat,
) -> Result<Outcome, CommandError> {
    let findings =
        ask(async |cx: CallContext| Ok::<_, ServiceError>(examine(args, given, &cx).await)).await?;
    let ok = findings
        .iter()
        .all(|finding| finding.status != Health::Fail);
    match format {
        DoctorFormat::Json => print_json(&Report {
            ok,
            findings: &findings,
        })?,
        DoctorFormat::Text => print_text(&text_of(&findings))?,
    }
    Ok(if ok { Outcome::Whole } else { Outcome::Refuted })
}

async fn examine(args: &GlobalArgs, given: &ArgMatches, cx: &CallContext) -> Vec<Finding> {
    let service = source::service(args, given, true, Asker::Nobody)
        .and_then(|service| source::with_glue_tables(service, args, false));
    let service = match service {
        Ok(service) => service,
        Err(error) => {
            let mut findings = vec![Finding::of_error("source", &error)];
            findings.extend(model(args).await);
            return findings;
        }
    };
    let bucket = source::named_s3_lake(args, given).unwrap_or_default();
    let through_athena = service.source().kind == "athena";
    let mut findings = aws::examine(args, through_athena, bucket.as_ref()).await;
    findings.push(service.examine_table(cx).await);
    if bucket.is_some() {
        // Months would have all of it read.
        findings.push(service.examine_reach(cx).await);
    } else {
        findings.extend(service.examine_source(cx).await);
    }
    service.close().await;
    findings.extend(model_of(service, args).await);
    findings
}

/// Looks at the model without a source.
async fn model(args: &GlobalArgs) -> Vec<Finding> {
    match source::demo(args) {
        Ok(service) => model_of(service, args).await,
        Err(error) => vec![Finding::of_error("model", &error)],
    }
}

async fn model_of(service: HistoryService, args: &GlobalArgs) -> Vec<Finding> {
    let service = match model::with_model(service, args, Patience::ToTheEnd) {
        Ok(service) => service,
        Err(error) => return vec![Finding::of_error("model", &error)],
    };
    let mut findings = service.examine_model().await;
    findings.push(limits(args));
    findings
}

/// Tells the limits that hold; they are those of all processes of the user.
fn limits(args: &GlobalArgs) -> Finding {
    let of = &args.model;
    let caps = format!(
        "at most {} tokens and ${:.2} a day (UTC)",
        of.tokens_per_day, of.usd_per_day
    );
    match model::cache_folder(of) {
        Some(folder) => Finding::ok(
            "model limits",
            format!("{caps}; kept in {}", folder.display()),
        ),
        None => Finding::warn(
            "model limits",
            format!("{caps}, for each process alone: there is no folder for them"),
            format!("Name one with --cache-dir or {}.", env::CACHE_DIR),
        ),
    }
}

fn text_of(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.check.len()).max();
    let width = width.unwrap_or(0);
    let mut text = String::new();
    for finding in findings {
        let (status, check) = (finding.status.as_str(), finding.check);
        let line = format!("{status:<4}  {check:<width$}  {}\n", visible(&finding.says));
        text.push_str(&line);
        if let Some(remedy) = &finding.remedy {
            let line = format!("{:<4}  {:<width$}  -> {}\n", "", "", visible(remedy));
            text.push_str(&line);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_a_line_and_what_to_do_the_next() {
        let findings = [
            Finding::ok("source", "demo: 13 month(s)"),
            Finding::fail("model key", "refused\u{1b}[0m", "Check it."),
        ];
        assert_eq!(
            text_of(&findings),
            "ok    source     demo: 13 month(s)\n\
             fail  model key  refused\u{fffd}[0m\n\
             \u{20}                -> Check it.\n"
        );
    }
}
