//! A server on the loopback address that answers as a test says and remembers what it was asked.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What came in: the request line, the header lines in lower case, the body.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) line: String,
    pub(super) head: String,
    pub(super) body: String,
}

/// What goes out.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// A status and a body.
    Body(u16, String),
    /// A status, further lines of the head, which may lie about the length, and a body.
    Headed(u16, String, String),
    /// Nothing, with the connection held open.
    Silence,
}

impl Answer {
    /// An error in the form of the JSON services.
    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::Body(
            status,
            format!(r#"{{"__type":"{code}","message":"{message}"}}"#),
        )
    }
}

/// The server. It ends with the process.
#[derive(Debug)]
pub(super) struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Starts a server that answers with `answer`, which gets the request and how many came before.
    pub(super) fn start(answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &log, answer.as_ref()));
            }
        });
        Self { port, asked }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn url_by_name(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<Asked>>,
    answer: &(impl Fn(&Asked, usize) -> Answer + ?Sized),
) {
    let Some(asked) = read(&stream) else {
        return;
    };
    let before = {
        let mut log = log.lock().unwrap();
        log.push(asked.clone());
        log.len() - 1
    };
    match answer(&asked, before) {
        Answer::Body(status, body) => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all((head + &body).as_bytes()).ok();
        }
        Answer::Headed(status, headers, body) => {
            let length = if headers.contains("content-length") {
                String::new()
            } else {
                format!("content-length: {}\r\n", body.len())
            };
            let head = format!("HTTP/1.1 {status} Said\r\n{length}{headers}");
            let answer = format!("{head}connection: close\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).ok();
        }
        Answer::Silence => {
            stream.read_to_end(&mut Vec::new()).ok();
        }
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&header);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked {
        line: line.trim().to_owned(),
        head,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
