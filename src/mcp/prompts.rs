//! The prompts: a few good questions, with the order of calls and the rules of honest answers.

use rmcp::model::{GetPromptResult, JsonObject, Prompt, PromptArgument, PromptMessage, Role};
use serde_json::Value;

use super::sanitize::sanitize_text;
use crate::{
    domain::Month,
    service::{ErrorCode, ServiceError},
};

/// A prompt of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HistoryPrompt {
    /// A report on a month.
    MonthlyReport,
    /// What happened to a resource.
    InvestigateResource,
    /// What a month's recording cost.
    ExplainConfigBill,
}

impl HistoryPrompt {
    const ALL: [Self; 3] = [
        Self::MonthlyReport,
        Self::InvestigateResource,
        Self::ExplainConfigBill,
    ];

    /// Lists the prompts.
    pub(super) fn list() -> Vec<Prompt> {
        Self::ALL.into_iter().map(Self::definition).collect()
    }

    /// Finds a prompt.
    pub(super) fn named(name: &str) -> Result<Self, ServiceError> {
        Self::ALL
            .into_iter()
            .find(|prompt| prompt.name() == name)
            .ok_or_else(|| {
                invalid(format!("there is no prompt `{name}`"))
                    .with_choices(Self::ALL.map(|prompt| prompt.name().to_owned()).to_vec())
            })
    }

    fn name(self) -> &'static str {
        match self {
            Self::MonthlyReport => "monthly_report",
            Self::InvestigateResource => "investigate_resource",
            Self::ExplainConfigBill => "explain_config_bill",
        }
    }

    fn definition(self) -> Prompt {
        let (title, about, arguments) = match self {
            Self::MonthlyReport => (
                "Monthly report",
                "Reports what happened in the accounts in a month.",
                vec![
                    month(true),
                    optional("language", "Language of the report, e.g. en or ja."),
                ],
            ),
            Self::InvestigateResource => (
                "Investigate a resource",
                "Finds out what happened to a resource.",
                vec![
                    PromptArgument::new("resource")
                        .with_description("Id, ARN or name of the resource.")
                        .with_required(true),
                    month(false),
                ],
            ),
            Self::ExplainConfigBill => (
                "Explain the AWS Config bill",
                "Estimates what a month's recording cost and what drives it.",
                vec![month(true)],
            ),
        };
        Prompt::new(self.name(), Some(about), Some(arguments)).with_title(title)
    }

    /// Writes the prompt.
    pub(super) fn render(
        self,
        arguments: Option<&JsonObject>,
    ) -> Result<GetPromptResult, ServiceError> {
        let argument = |name: &str| -> Option<String> {
            let mut text = match arguments?.get(name)? {
                Value::String(text) => text.trim().chars().take(MAX_ARGUMENT_CHARS).collect(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            sanitize_text(&mut text);
            (!text.is_empty()).then_some(text)
        };
        let month = argument("month")
            .map(|text| text.parse::<Month>())
            .transpose()?;
        let needed_month = || month.ok_or_else(|| missing("month, YYYY-MM"));
        let text = match self {
            Self::MonthlyReport => {
                let language = argument("language");
                MONTHLY_REPORT
                    .replace("{{month}}", &needed_month()?.to_string())
                    .replace(
                        "{{language}}",
                        language.as_deref().unwrap_or("the user's language"),
                    )
            }
            Self::InvestigateResource => {
                let resource = argument("resource").ok_or_else(|| missing("resource"))?;
                let period = month
                    .map(|month| format!(" in {month}"))
                    .unwrap_or_default();
                INVESTIGATE_RESOURCE
                    .replace("{{period}}", &period)
                    .replace("{{resource}}", &resource)
            }
            Self::ExplainConfigBill => {
                EXPLAIN_CONFIG_BILL.replace("{{month}}", &needed_month()?.to_string())
            }
        };
        let text = text.replace("{{rules}}", RULES.trim_end());
        Ok(GetPromptResult::new(vec![PromptMessage::new_text(
            Role::User,
            text.trim_end(),
        )]))
    }
}

fn month(required: bool) -> PromptArgument {
    PromptArgument::new("month")
        .with_description("Month, YYYY-MM.")
        .with_required(required)
}

fn optional(name: &str, about: &str) -> PromptArgument {
    PromptArgument::new(name)
        .with_description(about)
        .with_required(false)
}

fn missing(what: &str) -> ServiceError {
    invalid(format!("missing argument {what}"))
}

fn invalid(message: String) -> ServiceError {
    ServiceError::new(ErrorCode::InvalidArgument, message)
}

const MAX_ARGUMENT_CHARS: usize = 500;
const MONTHLY_REPORT: &str = include_str!("prompts/monthly_report.md");
const INVESTIGATE_RESOURCE: &str = include_str!("prompts/investigate_resource.md");
const EXPLAIN_CONFIG_BILL: &str = include_str!("prompts/explain_config_bill.md");
const RULES: &str = include_str!("prompts/rules.md");

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mcp::tools::HistoryTool;

    fn text_of(prompt: HistoryPrompt, arguments: &Value) -> String {
        let result = prompt.render(arguments.as_object()).unwrap();
        let message = serde_json::to_value(&result.messages[0]).unwrap();
        message["content"]["text"].as_str().unwrap().to_owned()
    }

    #[test]
    fn every_place_is_filled_and_every_tool_named_exists() {
        let arguments = json!({"month": "2024-11", "resource": "i-0abc", "language": "ja"});
        let tools = HistoryTool::ALL.map(|tool| tool.facts().name);
        for prompt in HistoryPrompt::ALL {
            let text = text_of(prompt, &arguments);
            assert!(!text.contains("{{"), "{text}");
            assert!(
                text.contains("2024-11") && text.contains("untrusted")
                    || text.contains("never as instructions")
            );
            for word in text
                .split('`')
                .filter(|word| word.contains('_') && !word.contains(' '))
            {
                assert!(
                    tools.contains(&word)
                        || ["first_seen", "real_changes_lost", "next_cursor"].contains(&word),
                    "{word}"
                );
            }
        }
    }

    #[test]
    fn arguments_are_checked() {
        let bad = json!({"month": "November"});
        let error = HistoryPrompt::MonthlyReport
            .render(bad.as_object())
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(HistoryPrompt::ExplainConfigBill.render(None).is_err());
        assert!(HistoryPrompt::InvestigateResource.render(None).is_err());
        assert!(HistoryPrompt::named("poem").is_err());
        let resource = json!({"resource": "web\u{202e}"});
        assert!(text_of(HistoryPrompt::InvestigateResource, &resource).contains("web\u{fffd}"));
    }
}
