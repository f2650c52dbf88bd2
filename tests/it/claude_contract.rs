//! What goes to the Messages API and what is taken from it, held to the types of its official SDK.

use std::{fs, path::Path, time::Duration};

use config_history::claude::{
    ClaudeSettings, Credential, GovernorSettings, Prompt, Role, Route, Secret, Turn, request_body,
};
use jsonschema::Validator;
use serde_json::{Value, json};

/// Version of the SDK.
const SDK: &str = "2.12.0";

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/claude")
        .join(name)
}

fn schema(name: &str) -> Validator {
    let path = folder("contract").join(format!("{name}-{SDK}.json"));
    let text = fs::read_to_string(path).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

/// Returns the files of a folder of fixtures, by name.
fn fixtures(name: &str) -> Vec<(String, String)> {
    let files = fs::read_dir(folder("fixtures").join(name)).unwrap();
    let mut files: Vec<(String, String)> = files
        .map(|file| file.unwrap())
        .map(|file| {
            let name = file.file_name().into_string().unwrap();
            (name, fs::read_to_string(file.path()).unwrap())
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{name} has no fixtures");
    files
}

/// Returns the events of a stream: name and data.
fn events(stream: &str) -> Vec<(&str, Value)> {
    let events = stream.split("\n\n").filter(|event| !event.is_empty());
    events
        .map(|event| {
            let (name, data) = event.split_once('\n').unwrap();
            let data = data.strip_prefix("data: ").unwrap();
            let name = name.strip_prefix("event: ").unwrap();
            (name, serde_json::from_str(data).unwrap())
        })
        .collect()
}

#[track_caller]
fn assert_valid(schema: &Validator, value: &Value, name: &str) {
    let errors: Vec<String> = schema
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{name}:\n{}", errors.join("\n"));
}

fn settings(model: &str) -> ClaudeSettings {
    ClaudeSettings {
        route: Route::Anthropic {
            base_url: None,
            credential: Credential::ApiKey(Secret::new("key")),
        },
        model: model.to_owned(),
        max_output_tokens: 4_096,
        timeout: Duration::from_secs(45),
        governor: GovernorSettings::default(),
    }
}

fn turn(role: Role, text: &str) -> Turn {
    Turn {
        role,
        text: text.to_owned(),
    }
}

fn prompts() -> [Prompt; 3] {
    let schema = json!({
        "type": "object",
        "properties": {"headline": {"type": "string"}},
        "required": ["headline"],
        "additionalProperties": false,
    });
    let prompt = |system: &str, turns: Vec<Turn>| Prompt {
        system: system.to_owned(),
        turns,
        schema: schema.clone(),
    };
    let question = || turn(Role::User, "f1: 11月の変更は 1,204 件 \"web\"\u{0}");
    [
        prompt("Write a headline.", vec![question()]),
        prompt("", vec![question()]),
        // A repair: the answer, and what is wrong with it.
        prompt(
            "Write a headline.",
            vec![
                question(),
                turn(Role::Assistant, "{\"headline\":\"1204 changes\"}"),
                turn(Role::User, "No digits."),
            ],
        ),
    ]
}

/// Returns the models that the program knows, and one that it does not.
fn models() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/claude/models.toml");
    let table: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    let models = table["models"].as_array().unwrap();
    let known = models
        .iter()
        .map(|model| model["id"].as_str().unwrap().to_owned());
    let models: Vec<String> = known.chain(["claude-unknown-9".to_owned()]).collect();
    assert!(models.len() > 1, "no model is known");
    models
}

#[test]
fn every_request_is_one_that_the_api_describes() {
    let schema = schema("request");
    for model in models() {
        for prompt in prompts() {
            let body = request_body(&settings(&model), &prompt);
            assert_valid(&schema, &body, &model);
        }
    }
}

/// What the article that this project starts from sends.
fn article() -> Value {
    json!({
        "model": "claude-3-5-sonnet-20241022",
        "max_tokens": 1000,
        "temperature": 0.0,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "[['i-1', 'OK']]"}]}],
    })
}

#[test]
fn the_article_s_request_is_refused_for_its_temperature_alone() {
    // Its own is not a stream; the schema is of requests that are.
    let mut body = article();
    body["stream"] = true.into();
    let schema = schema("request");
    assert!(!schema.is_valid(&body));
    body.as_object_mut().unwrap().remove("temperature");
    assert_valid(&schema, &body, "without temperature");
}

type Spoil = fn(&mut Value);

#[test]
fn what_the_api_refuses_the_schema_refuses() {
    let schema = schema("request");
    let good = request_body(&settings("claude-haiku-5-5"), &prompts()[0]);
    assert_valid(&schema, &good, "good");
    let refused: [(&str, Spoil); 12] = [
        ("a misspelled key", |body| body["max_token"] = 1.into()),
        ("top_p", |body| body["top_p"] = 1.into()),
        ("top_k", |body| body["top_k"] = 1.into()),
        ("no max_tokens", |body| {
            body.as_object_mut().unwrap().remove("max_tokens");
        }),
        ("max_tokens as text", |body| {
            body["max_tokens"] = "4096".into();
        }),
        ("a role that is none", |body| {
            body["messages"][0]["role"] = "tool".into();
        }),
        ("a turn without content", |body| {
            body["messages"][0]
                .as_object_mut()
                .unwrap()
                .remove("content");
        }),
        ("a key too many in a turn", |body| {
            body["messages"][0]["name"] = "me".into();
        }),
        ("an effort that is none", |body| {
            body["output_config"]["effort"] = "tiny".into();
        }),
        ("a key too many in the output", |body| {
            body["output_config"]["schema"] = json!({});
        }),
        ("a format that is none", |body| {
            body["output_config"]["format"]["type"] = "json".into();
        }),
        ("a way of thinking that is none", |body| {
            body["thinking"] = json!({"type": "off"});
        }),
    ];
    for (what, spoil) in refused {
        let mut body = good.clone();
        spoil(&mut body);
        assert_ne!(body, good, "{what} changed nothing");
        assert!(!schema.is_valid(&body), "{what} is accepted: {body}");
    }
}

#[test]
fn the_fixtures_are_what_the_api_describes() {
    for (name, kind) in [
        ("messages", "message"),
        ("errors", "error"),
        ("models", "model"),
        ("counts", "count"),
    ] {
        let schema = schema(kind);
        for (file, text) in fixtures(name) {
            assert_valid(&schema, &serde_json::from_str(&text).unwrap(), &file);
        }
    }
}

#[test]
fn the_fixtures_of_streams_are_events_that_the_api_describes() {
    let (event, failure) = (schema("event"), schema("error"));
    for (file, text) in fixtures("streams") {
        let events = events(&text);
        assert!(events.len() > 2, "{file}");
        for (name, data) in events {
            assert_eq!(data["type"], name, "{file}");
            match name {
                // Documented, and not in the SDK's types: it drops them by name.
                "ping" => assert_eq!(data, json!({"type": "ping"}), "{file}"),
                "error" => assert_valid(&failure, &data, &file),
                _ => assert_valid(&event, &data, &file),
            }
        }
    }
}

#[test]
fn what_is_kept_as_undescribed_is_so() {
    let (event, failure) = (schema("event"), schema("error"));
    for (file, text) in fixtures("undescribed") {
        let described = if file.contains(".sse") {
            let mut events = events(&text).into_iter();
            events.all(|(_, data)| event.is_valid(&data))
        } else {
            failure.is_valid(&serde_json::from_str(&text).unwrap())
        };
        assert!(
            !described,
            "{file} is described by now: move it to the others"
        );
    }
}
