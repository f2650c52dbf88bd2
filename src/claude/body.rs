//! The body of a request.

use serde_json::{Map, Value, json};

use super::{ClaudeSettings, Prompt, Role, models, route};

/// Returns the body that asks for an answer. It holds only what every model takes, and of the
/// rest what `models.toml` says the model takes: current models refuse a request that samples,
/// forces a tool or begins the answer.
pub fn request_body(settings: &ClaudeSettings, prompt: &Prompt) -> Value {
    let mut body = counted(settings, prompt);
    body.insert("max_tokens".to_owned(), settings.max_output_tokens.into());
    body.insert("stream".to_owned(), true.into());
    Value::Object(body)
}

/// Returns the body that asks how many tokens a prompt has.
pub(super) fn count_body(settings: &ClaudeSettings, prompt: &Prompt) -> Value {
    Value::Object(counted(settings, prompt))
}

/// What is counted: all that the model reads.
fn counted(settings: &ClaudeSettings, prompt: &Prompt) -> Map<String, Value> {
    let model = route::model_name(settings);
    let known = models::find(&model);
    let mut output = Map::new();
    output.insert(
        "format".to_owned(),
        json!({"type": "json_schema", "schema": prompt.schema}),
    );
    if let Some(effort) = known.and_then(|model| model.effort.as_deref()) {
        output.insert("effort".to_owned(), effort.into());
    }
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    if !prompt.system.is_empty() {
        body.insert("system".to_owned(), prompt.system.as_str().into());
    }
    body.insert("messages".to_owned(), messages(prompt));
    body.insert("output_config".to_owned(), Value::Object(output));
    if let Some(thinking) = known.and_then(|model| model.thinking.as_deref()) {
        body.insert("thinking".to_owned(), json!({"type": thinking}));
    }
    body
}

fn messages(prompt: &Prompt) -> Value {
    let turns = prompt.turns.iter().map(|turn| {
        let role = match turn.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        json!({"role": role, "content": turn.text})
    });
    Value::Array(turns.collect())
}
