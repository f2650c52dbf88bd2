//! Just enough of HTTP to talk to the emulators' own switches.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

/// A line of the head: what the body is.
const JSON: &str = "Content-Type: application/json\r\n";

/// Sends a request about JSON and returns the body of the answer.
pub(crate) fn request(port: u16, method: &str, path: &str, body: &str) -> Result<String, String> {
    send(port, method, path, JSON, body.as_bytes())
}

/// Calls an operation of Athena, e.g. `CreateWorkGroup`.
pub(crate) fn athena(port: u16, operation: &str, body: &Value) -> Result<Value, String> {
    let target = format!("{JSON}X-Amz-Target: AmazonAthena.{operation}\r\n");
    let answer = send(port, "POST", "/", &target, body.to_string().as_bytes())?;
    serde_json::from_str(&answer).map_err(|error| format!("{operation}: {error}: {answer}"))
}

/// Sends a request with further lines in its head and returns the body of the answer.
pub(crate) fn send(
    port: u16,
    method: &str,
    path: &str,
    headers: &str,
    body: &[u8],
) -> Result<String, String> {
    let told = |error: std::io::Error| format!("{method} {path} on port {port}: {error}");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(told)?;
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .map_err(told)?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {}\r\n\
         Connection: close\r\n{headers}\r\n",
        body.len()
    );
    stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body))
        .map_err(told)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(told)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no HTTP answer")?;
    if head.contains(" 200 ") || head.contains(" 204 ") {
        Ok(body.to_owned())
    } else {
        Err(format!("{method} {path}: {answer}"))
    }
}

/// Asks for JSON.
pub(crate) fn get(port: u16, path: &str) -> Result<Value, String> {
    let body = request(port, "GET", path, "")?;
    serde_json::from_str(&body).map_err(|error| format!("{path}: {error}: {body}"))
}

/// Posts JSON.
pub(crate) fn post(port: u16, path: &str, body: &Value) -> Result<(), String> {
    request(port, "POST", path, &body.to_string()).map(drop)
}
