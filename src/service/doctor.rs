//! What can be told of the set-up without changing anything: the source, its table, the model. Each
//! finding says what to do.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;

use super::{
    AnswerSize, DescribeRequest, GlueTableRequest, HistoryDescription, HistoryService,
    ServiceError, narrate::remedy_of,
};
use crate::{
    claude::{ClaudeError, ClaudeErrorKind, Lifecycle, ModelInfo},
    domain::{ItemFilter, Period},
    glue::TableStatus,
    store::CallContext,
};

/// Days without a delivery after which deliveries may have stopped.
const QUIET_DAYS: i64 = 2;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Works, and may not for long or not as wanted.
    Warn,
    /// Does not work.
    Fail,
    /// Could not be looked at, or need not be.
    Skip,
}

impl Health {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// What was found of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub status: Health,
    /// What was found.
    pub says: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    /// Finds something as it should be.
    pub fn ok(check: &'static str, says: impl Into<String>) -> Self {
        Self::new(check, Health::Ok, says, None)
    }

    /// Finds something that works and should be looked after.
    pub fn warn(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(check, Health::Warn, says, Some(remedy.into()))
    }

    /// Finds something that does not work.
    pub fn fail(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(check, Health::Fail, says, Some(remedy.into()))
    }

    /// Says why something was not looked at.
    pub fn skip(check: &'static str, says: impl Into<String>) -> Self {
        Self::new(check, Health::Skip, says, None)
    }

    /// Finds that something failed.
    pub fn of_error(check: &'static str, error: &ServiceError) -> Self {
        Self::fail(check, error.message(), error.code().remedy())
    }

    fn new(
        check: &'static str,
        status: Health,
        says: impl Into<String>,
        remedy: Option<String>,
    ) -> Self {
        Self {
            check,
            status,
            says: says.into(),
            remedy,
        }
    }
}

impl HistoryService {
    /// Looks whether the source can be reached: lists the folders of the last two days, opens no
    /// file and asks no engine.
    pub async fn reach(&self, cx: &CallContext) -> Result<(), ServiceError> {
        let today = TimeZone::UTC.to_datetime(self.clock.now()).date();
        let yesterday = today.yesterday().unwrap_or(today);
        let period = Period::between(yesterday, today, TimeZone::UTC)?;
        let filter = ItemFilter::default();
        self.store.deliveries(&period, &filter, cx).await?;
        Ok(())
    }

    /// Looks at the source: whether it opens, which months it has, how new it is.
    pub async fn examine_source(&self, cx: &CallContext) -> Vec<Finding> {
        match self.describe(&DescribeRequest::default(), cx).await {
            Ok(found) => source_findings(&found, self.source().kind.as_str(), self.clock.now()),
            Err(error) => vec![Finding::of_error("source", &error)],
        }
    }

    /// Looks whether the source has deliveries, without reading any.
    pub async fn examine_reach(&self, cx: &CallContext) -> Finding {
        match self.reach(cx).await {
            Ok(()) => {
                let source = self.source();
                let says = format!("{}: {} has deliveries", source.kind, source.location);
                Finding::ok("source", says)
            }
            Err(error) => Finding::of_error("source", &error),
        }
    }

    /// Looks at the Glue table that the history is read through.
    pub async fn examine_table(&self, cx: &CallContext) -> Finding {
        let Some(tables) = self.glue_tables() else {
            return Finding::skip("table", "this source is read without a Glue table");
        };
        let request = GlueTableRequest::default();
        match tables.ensure(&request, AnswerSize::ForModel, cx).await {
            Err(error) => Finding::of_error("table", &error),
            Ok(answer) => table_finding(&answer.table, answer.status, answer.total),
        }
    }

    /// Looks at the model: whether it can be asked, and how long it will be there. Costs nothing.
    pub async fn examine_model(&self) -> Vec<Finding> {
        let author = match self.narrator.author() {
            Ok(author) => author,
            Err(why) => return vec![Finding::skip("model key", why)],
        };
        let model = author.model();
        let told = author.model_info().await;
        model_findings(model, told, self.clock.now())
    }
}

fn source_findings(found: &HistoryDescription, kind: &str, now: Timestamp) -> Vec<Finding> {
    let place = match found.evidence.source.location.as_str() {
        "" => kind.to_owned(),
        location => format!("{kind} {location}"),
    };
    let mut findings = vec![match (found.months.first(), found.months.last()) {
        (Some(first), Some(last)) => Finding::ok(
            "source",
            format!(
                "{place}: {} month(s) with items, {} to {}",
                found.total, first.month, last.month
            ),
        ),
        _ => Finding::warn(
            "source",
            format!("{place} opens and has no month with items"),
            "Check that the recorder is on and delivers here, or wait for the first delivery.",
        ),
    }];
    findings.extend(found.watermark.map(|at| newest_delivery(at, kind, now)));
    if found.evidence.unreadable_files > 0 {
        findings.push(Finding::warn(
            "delivered files",
            format!("{} file(s) cannot be read", found.evidence.unreadable_files),
            "`config-history months --format json` names them; deliver or copy them again.",
        ));
    }
    findings
}

fn newest_delivery(at: Timestamp, kind: &str, now: Timestamp) -> Finding {
    let days = now.duration_since(at).as_hours() / 24;
    let says = format!("{at}, {days} day(s) ago");
    // A folder may be a copy, and the demo is history for good.
    if kind == "athena" && days > QUIET_DAYS {
        return Finding::warn(
            "newest delivery",
            says,
            "Check the delivery channel: `aws configservice describe-delivery-channel-status`.",
        );
    }
    Finding::ok("newest delivery", says)
}

fn table_finding(table: &str, status: TableStatus, differences: u64) -> Finding {
    match status {
        TableStatus::UpToDate => Finding::ok("table", format!("{table} is up to date")),
        TableStatus::Update => Finding::warn(
            "table",
            format!("{table} differs from what is wanted in {differences} part(s)"),
            "Look at `config-history table plan`, then run `config-history table apply`.",
        ),
        TableStatus::Foreign => Finding::ok(
            "table",
            format!("{table} was made by somebody else and is read as it is"),
        ),
        TableStatus::Create => Finding::fail(
            "table",
            format!("{table} is not there"),
            "Create it: `config-history table apply --location s3://BUCKET/PREFIX`.",
        ),
    }
}

fn model_findings(
    model: &str,
    told: Result<Option<ModelInfo>, ClaudeError>,
    now: Timestamp,
) -> Vec<Finding> {
    use ClaudeErrorKind as Kind;
    let key = Finding::ok("model key", format!("there is one; the model is {model}"));
    match told {
        Ok(Some(info)) => vec![
            key,
            Finding::ok("model endpoint", "answers"),
            lifecycle(&info, now),
            structured_outputs(&info),
        ],
        Ok(None) => vec![
            key,
            Finding::skip("model", "this route tells nothing of its models"),
        ],
        Err(error) => {
            let remedy = remedy_of(error.kind());
            let failed = |check| Finding::fail(check, error.to_string(), remedy);
            let unreached = matches!(
                error.kind(),
                Kind::Network | Kind::Timeout | Kind::Unavailable | Kind::Malformed
            );
            match error.kind() {
                Kind::NoCredentials => vec![failed("model key")],
                _ if unreached => vec![key, failed("model endpoint")],
                Kind::Authentication => {
                    vec![
                        failed("model key"),
                        Finding::ok("model endpoint", "answers"),
                    ]
                }
                _ => vec![
                    key,
                    Finding::ok("model endpoint", "answers"),
                    failed("model"),
                ],
            }
        }
    }
}

fn lifecycle(info: &ModelInfo, now: Timestamp) -> Finding {
    let id = &info.id;
    let retires = info.retires_at.as_deref();
    let remedy = "Name a model that is in service with --model.";
    match &info.lifecycle {
        Lifecycle::Active => Finding::ok("model", format!("{id} is in service")),
        Lifecycle::Deprecated => {
            let when = retires.map_or_else(
                || "at a time that is not told".to_owned(),
                |at| format!("on {}{}", day_of(at), days_left(at, now)),
            );
            Finding::warn(
                "model",
                format!("{id} is deprecated and retires {when}"),
                remedy,
            )
        }
        Lifecycle::Retired => Finding::fail("model", format!("{id} is retired"), remedy),
        Lifecycle::Other(word) if word.is_empty() => Finding::ok("model", format!("{id} is there")),
        Lifecycle::Other(word) => Finding::warn(
            "model",
            format!("{id} is `{word}`, a word that this version does not know"),
            "Look it up in the provider's documentation.",
        ),
    }
}

/// Returns the day of a day or an instant.
fn day_of(at: &str) -> &str {
    at.get(..10).unwrap_or(at)
}

fn days_left(at: &str, now: Timestamp) -> String {
    let today = TimeZone::UTC.to_datetime(now).date();
    let left = day_of(at).parse::<Date>().and_then(|day| day.since(today));
    left.map_or_else(
        |_| String::new(),
        |span| format!(", in {} day(s)", span.get_days().max(0)),
    )
}

fn structured_outputs(info: &ModelInfo) -> Finding {
    match info.structured_outputs {
        Some(true) => Finding::ok("structured outputs", "the model answers in a given schema"),
        Some(false) => Finding::fail(
            "structured outputs",
            format!("{} cannot answer in a given schema", info.id),
            "Name another --model.",
        ),
        None => Finding::skip("structured outputs", "the provider does not tell"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-25T12:00:00Z".parse().unwrap()
    }

    fn model(lifecycle: Lifecycle, retires_at: Option<&str>) -> ModelInfo {
        ModelInfo {
            id: "claude-x".to_owned(),
            display_name: None,
            lifecycle,
            retires_at: retires_at.map(str::to_owned),
            structured_outputs: Some(true),
        }
    }

    #[test]
    fn a_model_s_end_is_told_in_days() {
        for at in ["2026-12-25", "2026-12-25T00:00:00Z"] {
            let finding = lifecycle(&model(Lifecycle::Deprecated, Some(at)), now());
            assert_eq!(finding.status, Health::Warn);
            assert_eq!(
                finding.says,
                "claude-x is deprecated and retires on 2026-12-25, in 30 day(s)"
            );
        }
        let soon = lifecycle(&model(Lifecycle::Deprecated, Some("soon")), now());
        assert!(soon.says.ends_with("retires on soon"), "{}", soon.says);
        assert_eq!(
            lifecycle(&model(Lifecycle::Active, None), now()).status,
            Health::Ok
        );
        assert_eq!(
            lifecycle(&model(Lifecycle::Retired, None), now()).status,
            Health::Fail
        );
        let odd = model(Lifecycle::Other("preview".to_owned()), None);
        assert_eq!(lifecycle(&odd, now()).status, Health::Warn);
    }

    #[test]
    fn what_cannot_be_reached_is_told_from_what_refuses() {
        use ClaudeErrorKind as Kind;
        let told = |kind| {
            let findings = model_findings("m", Err(ClaudeError::new(kind, "no")), now());
            let failed = findings.iter().filter(|f| f.status == Health::Fail);
            failed.map(|f| f.check).collect::<Vec<_>>()
        };
        assert_eq!(told(Kind::Network), ["model endpoint"]);
        assert_eq!(told(Kind::Authentication), ["model key"]);
        assert_eq!(told(Kind::ModelNotFound), ["model"]);
        assert_eq!(told(Kind::NoCredentials), ["model key"]);
    }

    #[test]
    fn a_table_says_what_to_do() {
        let status = |status| table_finding("d.t", status, 3).status;
        assert_eq!(status(TableStatus::UpToDate), Health::Ok);
        assert_eq!(status(TableStatus::Foreign), Health::Ok);
        assert_eq!(status(TableStatus::Update), Health::Warn);
        assert_eq!(status(TableStatus::Create), Health::Fail);
    }

    #[test]
    fn only_what_should_be_fresh_is_called_stale() {
        let old: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
        assert_eq!(newest_delivery(old, "athena", now()).status, Health::Warn);
        assert_eq!(newest_delivery(old, "lake", now()).status, Health::Ok);
        let new: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        assert_eq!(newest_delivery(new, "athena", now()).status, Health::Ok);
    }
}
