//! The program itself as a child process, with the SDK's own client at the other end.

use rmcp::{
    ClientLifecycleMode, ClientServiceExt, RoleClient,
    model::{
        CallToolRequestParams, GetPromptRequestParams, ProtocolVersion, ReadResourceRequestParams,
    },
    service::{RunningService, ServiceError},
    transport::TokioChildProcess,
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::wire::Era;

/// Characters that an answer has at most, in each of its two forms.
pub(crate) const MOST_CHARS: usize = 40_000;

/// The program with `args`, without the settings of whoever runs the tests.
pub(crate) fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_config-history"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let is_key = text.starts_with("ANTHROPIC_") || text == "AWS_BEARER_TOKEN_BEDROCK";
        if is_key || text.starts_with("CONFIG_HISTORY_") {
            command.env_remove(name);
        }
    }
    // Not the tester's own cache.
    command.env(
        "XDG_CACHE_HOME",
        concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"),
    );
    command.args(args).kill_on_drop(true);
    command
}

/// A client of the SDK, connected to `config-history serve` over standard input and output.
pub(crate) struct SdkClient {
    pub(crate) client: RunningService<RoleClient, ()>,
}

impl SdkClient {
    /// Connects to a server over the demo organisation.
    pub(crate) async fn of_demo(era: Era) -> Self {
        Self::connect(era, &["serve", "--demo"]).await
    }

    /// Starts the program with `args` and connects to it.
    pub(crate) async fn connect(era: Era, args: &[&str]) -> Self {
        let mode = match era {
            Era::Legacy => ClientLifecycleMode::Initialize,
            Era::Modern => ClientLifecycleMode::Discover {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            },
        };
        let transport = TokioChildProcess::new(program(args)).unwrap();
        let client = ().serve_with_lifecycle(transport, mode).await.unwrap();
        Self { client }
    }

    /// Calls a tool that answers: returns the answer, which has the promised form.
    pub(crate) async fn answer(&self, tool: &'static str, arguments: Value) -> Value {
        let asked = format!("{tool} {arguments}");
        let result = self.call(tool, arguments).await.unwrap();
        assert_ne!(result["isError"], true, "{asked}: {result}");
        let answer = both_forms(&result, &asked);
        for member in ["returned", "total"] {
            assert!(answer[member].is_u64(), "{member} of {asked}");
        }
        let cut = answer["truncated"].as_bool().unwrap();
        assert!(
            cut || answer.get("next_cursor").is_none(),
            "an answer that is whole has no next page: {asked}"
        );
        let notice = answer["notice"].as_str().unwrap();
        assert!(notice.contains("untrusted"), "{notice}");
        let evidence = &answer["evidence"];
        assert_eq!(evidence["source"]["kind"], "demo");
        for member in [
            "files_read",
            "bytes_scanned",
            "items",
            "unreadable_files",
            "coverage_gaps",
        ] {
            assert!(evidence[member].is_u64(), "{member} of {asked}: {evidence}");
        }
        assert_eq!(evidence["cost_estimate_usd"], 0.0);
        answer
    }

    /// Calls a tool that refuses: returns the report, which says what to do.
    pub(crate) async fn refusal(&self, tool: &'static str, arguments: Value) -> Value {
        let asked = format!("{tool} {arguments}");
        let result = self.call(tool, arguments).await.unwrap();
        assert_eq!(result["isError"], true, "{asked}: {result}");
        let report = both_forms(&result, &asked);
        for member in ["code", "message", "remedy"] {
            let text = report[member].as_str().unwrap();
            assert!(!text.is_empty(), "{member} of {asked}");
        }
        report
    }

    /// Calls a tool.
    pub(crate) async fn call(
        &self,
        tool: &'static str,
        arguments: Value,
    ) -> Result<Value, ServiceError> {
        let mut request = CallToolRequestParams::new(tool);
        request.arguments = arguments.as_object().cloned();
        let result = self.client.call_tool(request).await?;
        Ok(serde_json::to_value(result).unwrap())
    }

    /// Reads a resource: returns the result and the JSON that its one content holds.
    pub(crate) async fn read(&self, uri: &str) -> (Value, Value) {
        let request = ReadResourceRequestParams::new(uri);
        let result = self.client.read_resource(request).await.unwrap();
        let result = serde_json::to_value(result).unwrap();
        assert_eq!(result["contents"].as_array().unwrap().len(), 1);
        let content = &result["contents"][0];
        assert_eq!(content["uri"], uri);
        assert_eq!(content["mimeType"], "application/json");
        let text = content["text"].as_str().unwrap();
        assert!(text.chars().count() <= MOST_CHARS, "{uri}");
        assert_eq!(content["_meta"]["config-history/size"], text.len());
        let document = serde_json::from_str(text).unwrap();
        (result, document)
    }

    /// Fills a prompt: returns its text.
    pub(crate) async fn prompt(
        &self,
        name: &str,
        arguments: Value,
    ) -> Result<String, ServiceError> {
        let mut request = GetPromptRequestParams::new(name);
        request.arguments = arguments.as_object().cloned();
        let result = self.client.get_prompt(request).await?;
        let result = serde_json::to_value(result).unwrap();
        let text = result["messages"][0]["content"]["text"].as_str();
        Ok(text.unwrap().to_owned())
    }
}

/// Returns the structured content of a result; the text beside it says the same, no longer.
fn both_forms(result: &Value, asked: &str) -> Value {
    let structured = &result["structuredContent"];
    assert!(structured.is_object(), "{asked}: {result}");
    assert_eq!(result["content"].as_array().unwrap().len(), 1, "{asked}");
    assert_eq!(result["content"][0]["type"], "text");
    let text = result["content"][0]["text"].as_str().unwrap();
    assert_eq!(
        &serde_json::from_str::<Value>(text).unwrap(),
        structured,
        "{asked}"
    );
    for form in [text, &structured.to_string()] {
        let chars = form.chars().count();
        assert!(chars <= MOST_CHARS, "{asked}: {chars} characters");
    }
    structured.clone()
}

/// Returns the protocol's error.
pub(crate) fn protocol_error(error: ServiceError) -> Value {
    match error {
        ServiceError::McpError(error) => json!(error),
        other => panic!("no answer of the server: {other}"),
    }
}
