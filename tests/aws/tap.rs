//! Listens in between the program and the emulated AWS.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
};

/// What was asked through a tap, in order.
#[derive(Debug, Clone)]
pub(crate) struct Tap {
    pub(crate) port: u16,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// A request: what stands before its body, in the writer's case, and the body.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Call {
    /// Returns the operation (`AWSGlue.GetTable`), or method and path where none is named.
    pub(crate) fn operation(&self) -> String {
        let target = |line: &str| {
            let (name, value) = line.split_once(':')?;
            let is_target = name.eq_ignore_ascii_case("x-amz-target");
            is_target.then(|| value.trim().to_owned())
        };
        let first = self.head.lines().next().unwrap_or_default();
        let action = self
            .body
            .split('&')
            .find(|part| part.starts_with("Action="));
        let named = self.head.lines().find_map(target);
        named.unwrap_or_else(|| action.unwrap_or(first).to_owned())
    }
}

impl Tap {
    /// Passes everything on to a port; answers with nothing where there is none.
    pub(crate) fn to(upstream: Option<u16>) -> Result<Self, String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let tap = Self {
            port: address.port(),
            calls: Arc::default(),
        };
        let listening = tap.clone();
        // It ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let tap = listening.clone();
                std::thread::spawn(move || drop(tap.pass(&stream, upstream)));
            }
        });
        Ok(tap)
    }

    pub(crate) fn endpoint(&self) -> String {
        crate::world::endpoint(self.port)
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        let calls = self.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the operations that were asked for, and forgets them.
    pub(crate) fn take_operations(&self) -> Vec<String> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.drain(..).map(|call| call.operation()).collect()
    }

    fn pass(&self, mut client: &TcpStream, upstream: Option<u16>) -> std::io::Result<()> {
        let mut reader = BufReader::new(client);
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                // Connections that say nothing were made all the same.
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "connection" | "expect" => continue,
                _ => {}
            }
            if line.trim().is_empty() {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let call = Call {
            head: head.clone(),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        let calls = self.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).push(call);
        let Some(upstream) = upstream else {
            return Ok(());
        };
        let mut server = TcpStream::connect(("127.0.0.1", upstream))?;
        server.write_all(head.as_bytes())?;
        server.write_all(b"Connection: close\r\n\r\n")?;
        server.write_all(&body)?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        client.write_all(&answer)
    }
}
