//! What AWS Lambda is to a function, on loopback: the runtime API hands out events and takes
//! answers. The function is the program itself.

use std::{
    collections::HashMap,
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
    task::JoinHandle,
    time,
};

use crate::support::process::program;

/// How long an answer may take: the program starts as slowly as a development build does.
const PATIENCE: Duration = Duration::from_secs(75);
/// Time that an invocation has unless a test says otherwise.
pub(crate) const MINUTE: Duration = Duration::from_mins(1);

/// How an invocation ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The function's answer, as `POST …/response` brought it.
    Answered(Value),
    /// What went wrong, as `POST …/error` brought it.
    Failed(Value),
}

struct Invocation {
    id: String,
    event: Value,
    deadline_ms: u64,
}

struct Shared {
    events: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    awaited: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
    /// Calls that the runtime API does not have, or not at this time.
    wrong: Mutex<Vec<String>>,
}

/// The program as a function, and the runtime API that it asks.
pub(crate) struct Function {
    child: Child,
    events: mpsc::UnboundedSender<Invocation>,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
    invoked: u64,
}

/// What a function wrote until it was ended.
pub(crate) struct Written {
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Written {
    /// Returns the log, each line of which is JSON.
    pub(crate) fn log(&self) -> Vec<Value> {
        let parsed =
            |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.err.lines().map(parsed).collect()
    }

    /// Returns the lines of requests.
    pub(crate) fn requests(&self) -> Vec<Value> {
        let mut lines = self.log();
        lines.retain(|line| line["target"] == "config_history::request");
        lines
    }
}

impl Function {
    /// Starts the program over the demo organisation, with further settings.
    pub(crate) async fn of_demo(settings: &[(&str, &str)]) -> Self {
        let demo = [("CONFIG_HISTORY_DEMO", "true")];
        Self::start(&[&demo, settings].concat()).await
    }

    /// Starts the program with these settings and without arguments, as AWS Lambda does.
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (events, receiver) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            events: AsyncMutex::new(receiver),
            awaited: Mutex::default(),
            wrong: Mutex::default(),
        });
        let router = router(Arc::clone(&shared));
        let server = tokio::spawn(serve(listener, router));
        let mut command = as_function(&address);
        command.envs(settings.iter().copied());
        Self {
            child: command.spawn().unwrap(),
            events,
            shared,
            server,
            invoked: 0,
        }
    }

    /// Hands out an event and returns the answer to it.
    pub(crate) async fn answer(&mut self, event: Value) -> Answer {
        match self.invoke(event, MINUTE).await {
            Outcome::Answered(answer) => Answer::of(&answer),
            Outcome::Failed(error) => panic!("{error}"),
        }
    }

    /// Hands out an event whose invocation ends after `left`; what is 0 has ended already.
    pub(crate) async fn invoke(&mut self, event: Value, left: Duration) -> Outcome {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        // Five seconds ago, where nothing is left.
        let ends = if left.is_zero() {
            now.saturating_sub(Duration::from_secs(5))
        } else {
            now + left
        };
        self.invoked += 1;
        let id = id_of(self.invoked);
        let (sender, outcome) = oneshot::channel();
        self.shared
            .awaited
            .lock()
            .unwrap()
            .insert(id.clone(), sender);
        let invocation = Invocation {
            id,
            event,
            deadline_ms: ends.as_millis().try_into().unwrap(),
        };
        self.events.send(invocation).unwrap();
        tokio::select! {
            outcome = time::timeout(PATIENCE, outcome) => outcome.expect("in time").unwrap(),
            ended = self.child.wait() => panic!("the function ended: {ended:?}"),
        }
    }

    /// Returns the id of the latest invocation.
    pub(crate) fn latest_id(&self) -> String {
        id_of(self.invoked)
    }

    /// Ends the function, as AWS ends an instance, and returns what it wrote.
    pub(crate) async fn end(mut self) -> Written {
        self.child.start_kill().unwrap();
        let written = self.written().await.1;
        assert_eq!(written.out, "", "nothing reads a function's output");
        written
    }

    /// Waits until the function ends by itself: returns its exit code and what it wrote.
    pub(crate) async fn ended(self) -> (Option<i32>, Written) {
        self.written().await
    }

    async fn written(self) -> (Option<i32>, Written) {
        let output = time::timeout(PATIENCE, self.child.wait_with_output());
        let output = output.await.expect("an end in time").unwrap();
        self.server.abort();
        let wrong = self.shared.wrong.lock().unwrap();
        assert!(wrong.is_empty(), "{wrong:?}");
        let written = Written {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        (output.status.code(), written)
    }
}

/// The program with what AWS Lambda sets, and without what it does not: a home.
pub(crate) fn as_function(address: &str) -> Command {
    let mut command = program(&[]);
    command
        .env_remove("HOME")
        .env_remove("XDG_CACHE_HOME")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "history")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/history")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "2024/12/01/[$LATEST]0")
        .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        .env("AWS_REGION", "us-east-1")
        .env("LAMBDA_TASK_ROOT", "/var/task")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn id_of(invocation: u64) -> String {
    format!("8476a536-e9f4-11e8-9739-{invocation:012}")
}

fn router(shared: Arc<Shared>) -> Router {
    let base = "/2018-06-01/runtime";
    Router::new()
        .route(&format!("{base}/invocation/next"), get(next))
        .route(
            &format!("{base}/invocation/{{id}}/response"),
            post(answered),
        )
        .route(&format!("{base}/invocation/{{id}}/error"), post(failed))
        .fallback(unknown)
        .with_state(shared)
}

async fn serve(listener: TcpListener, router: Router) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let service = TowerToHyperService::new(router.clone());
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            // An ended function closes its connections in the middle of a request for an event.
            drop(connection.await);
        });
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    let Some(invocation) = shared.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:history";
    let headers = [
        ("lambda-runtime-aws-request-id", invocation.id),
        (
            "lambda-runtime-deadline-ms",
            invocation.deadline_ms.to_string(),
        ),
        ("lambda-runtime-invoked-function-arn", arn.to_owned()),
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0".to_owned(),
        ),
    ];
    (
        axum::response::AppendHeaders(headers),
        Json(invocation.event),
    )
        .into_response()
}

async fn answered(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    settled(&shared, &id, Outcome::Answered(json_of(&body)))
}

async fn failed(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    settled(&shared, &id, Outcome::Failed(json_of(&body)))
}

/// Reads a body, whatever its headers say: the runtime sends none of its type.
fn json_of(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or(Value::Null)
}

fn settled(shared: &Shared, id: &str, outcome: Outcome) -> Response {
    let waiting = shared.awaited.lock().unwrap().remove(id);
    let Some(waiting) = waiting else {
        let wrong = format!("nobody waits for {id}");
        shared.wrong.lock().unwrap().push(wrong);
        return StatusCode::NOT_FOUND.into_response();
    };
    waiting.send(outcome).unwrap();
    (StatusCode::ACCEPTED, Json(json!({"status": "OK"}))).into_response()
}

async fn unknown(State(shared): State<Arc<Shared>>, request: axum::extract::Request) -> StatusCode {
    let wrong = format!("{} {}", request.method(), request.uri());
    shared.wrong.lock().unwrap().push(wrong);
    StatusCode::NOT_FOUND
}

/// An answer as a function URL or an API Gateway reads it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u64,
    headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn of(answer: &Value) -> Self {
        assert_eq!(answer["isBase64Encoded"], false, "text is sent as text");
        let mut headers = HashMap::new();
        for (name, value) in answer["headers"].as_object().into_iter().flatten() {
            headers.insert(name.clone(), value.as_str().unwrap().to_owned());
        }
        for (name, values) in answer["multiValueHeaders"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let value = values[0].as_str().unwrap();
            headers.insert(name.clone(), value.to_owned());
        }
        Self {
            status: answer["statusCode"].as_u64().unwrap(),
            headers,
            body: answer["body"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// Returns a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Returns the body as JSON, which it says that it is.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts that this is a failure, and returns what it says.
    #[track_caller]
    pub(crate) fn failure(&self, status: u64, code: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        let mut body = self.json();
        assert_eq!(body["status"], "FAILED", "{self:?}");
        assert_eq!(body["error"]["code"], code, "{self:?}");
        body["error"].take()
    }
}
