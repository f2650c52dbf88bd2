//! A Messages API on loopback that answers as it is told, over the wire: server-sent events.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

/// What the server is told to do with a request.
pub(crate) enum Reply {
    /// An answer of the model.
    Text(String),
    /// A status, further header lines, and an error's body.
    Failure(u16, String, Value),
    /// The model refuses.
    Refusal,
}

/// A server; requests are kept as they came.
pub(crate) struct Messages {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Received>>>,
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Received {
    /// Returns what the user's turns say, the first of which is the brief.
    pub(crate) fn turns(&self) -> Vec<String> {
        let turns = self.body["messages"].as_array().unwrap().iter();
        turns
            .map(|turn| turn["content"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Messages {
    /// Starts a server that answers with what `reply` makes of each request.
    pub(crate) fn start(reply: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, reply) = (Arc::clone(&requests), Arc::new(reply));
        // Ends with the test's process: nothing waits for it.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, reply) = (Arc::clone(&kept), Arc::clone(&reply));
                thread::spawn(move || serve(&stream, &kept, reply.as_ref()));
            }
        });
        Self { url, requests }
    }

    /// Returns the requests so far.
    pub(crate) fn requests(&self) -> Vec<Received> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(
    stream: &TcpStream,
    kept: &Mutex<Vec<Received>>,
    reply: &(impl Fn(&Received, usize) -> Reply + ?Sized),
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() || head.is_empty() {
        return;
    }
    let received = Received {
        head,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    let before = {
        let mut kept = kept.lock().unwrap();
        kept.push(received.clone());
        kept.len() - 1
    };
    let response = match reply(&received, before) {
        Reply::Text(text) => stream_of(&text, "end_turn"),
        Reply::Refusal => stream_of("", "refusal"),
        Reply::Failure(status, headers, body) => format!(
            "HTTP/1.1 {status} Failed\r\ncontent-type: application/json\r\n{headers}connection: close\r\n\r\n{body}"
        ),
    };
    // A client that gave up is no failure of the server.
    let mut stream = stream;
    drop(stream.write_all(response.as_bytes()));
}

/// The events of an answer, its text in pieces, with a thought before it and a ping between.
fn stream_of(text: &str, stop: &str) -> String {
    let message = json!({
        "id": "msg_01", "type": "message", "role": "assistant", "model": "claude-haiku-5-5",
        "content": [], "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": 3_412, "output_tokens": 1}
    });
    let mut events = vec![
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm 999"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "ping"}),
        json!({"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}}),
    ];
    let letters: Vec<char> = text.chars().collect();
    for piece in letters.chunks(97) {
        let piece: String = piece.iter().collect();
        events.push(json!({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": piece}}));
    }
    events.extend([
        json!({"type": "content_block_stop", "index": 1}),
        json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 288}}),
        json!({"type": "message_stop"}),
    ]);
    let mut body = String::new();
    for event in events {
        let name = event["type"].as_str().unwrap();
        body.extend([format!("event: {name}\ndata: {event}\n\n")]);
    }
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_01\r\n\
         anthropic-ratelimit-requests-limit: 1000\r\nanthropic-ratelimit-requests-remaining: 999\r\n\
         anthropic-ratelimit-input-tokens-limit: 500000\r\nanthropic-ratelimit-input-tokens-remaining: 490000\r\n\
         anthropic-ratelimit-output-tokens-limit: 100000\r\nanthropic-ratelimit-output-tokens-remaining: 90000\r\n\
         connection: close\r\n\r\n{body}"
    )
}

/// Claims that hold, made of a brief as a model would: for each fact with a number of items its
/// sentence.
pub(crate) fn claims_of(brief: &str) -> Vec<String> {
    let mut claims = Vec::new();
    for line in brief.lines().filter(|line| line.starts_with('f')) {
        let Some((name, fields)) = line.split_once(": ") else {
            continue;
        };
        if !fields.starts_with("items=") {
            continue;
        }
        let mut words = name.split(' ');
        let id = words.next().unwrap();
        let about = words.next().unwrap_or_default();
        claims.push(match about {
            "" => format!("{{{id}.items}} came in."),
            about => {
                let about: Vec<String> = about
                    .split('+')
                    .map(|alias| format!("{{{alias}}}"))
                    .collect();
                format!("In {}, {{{id}.items}} came in.", about.join(" "))
            }
        });
    }
    claims
}

/// An answer with these claims.
pub(crate) fn answer(claims: &[String]) -> String {
    json!({ "claims": claims }).to_string()
}
