//! An answer as it arrives: a stream of events, or one message.

use std::{collections::BTreeSet, io::Cursor, time::Duration};

use futures::{Stream, StreamExt, pin_mut};
use reqwest::{Response, header::CONTENT_TYPE};
use sse_stream::{Sse, SseStream};
use tokio::time::timeout;

use super::{
    failure::Failure,
    wire::{Block, Delta, Event, Failed, Message, StopDetails, Usage},
};

/// Bytes of an answer's text at most; what is asked for is a hundredth of it.
const LONGEST_TEXT: usize = 1 << 20;
/// Bytes of a line of a stream at most.
const LONGEST_LINE: usize = 1 << 20;
/// Bytes of an answer at most, with all that is around its text.
const LONGEST_ANSWER: usize = 32 << 20;

/// What has arrived of an answer.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) model: Option<String>,
    pub(super) usage: Usage,
    pub(super) stop_reason: Option<String>,
    pub(super) stop_details: Option<StopDetails>,
    /// The provider said that this is all.
    pub(super) complete: bool,
    /// Blocks that are no text, such as thinking.
    passed_over: BTreeSet<u64>,
    characters: u64,
}

/// Events that make up an answer.
const KNOWN: [&str; 5] = [
    "message_start",
    "content_block_start",
    "content_block_delta",
    "message_delta",
    "message_stop",
];

/// Bytes as they come.
type Chunk = Cursor<Vec<u8>>;

/// Why the bytes of an answer end early.
#[derive(Debug, thiserror::Error)]
enum Cut {
    #[error("{0}")]
    Lost(reqwest::Error),
    #[error("longer than an answer may be")]
    TooLong,
}

impl Answer {
    /// Reads an answer to its end; `idle` is the longest silence. What arrived before a failure is
    /// kept: it was paid for.
    pub(super) async fn read(
        &mut self,
        response: Response,
        idle: Duration,
        on_text: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<(), Failure> {
        let content_type = response.headers().get(CONTENT_TYPE);
        let is_stream = content_type
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("text/event-stream"));
        let bytes = within_limits(response);
        if is_stream {
            self.read_events(bytes, idle, on_text).await
        } else {
            self.read_message(bytes, idle).await
        }
    }

    async fn read_events(
        &mut self,
        bytes: impl Stream<Item = Result<Chunk, Cut>>,
        idle: Duration,
        on_text: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<(), Failure> {
        let events = SseStream::from_bytes_stream(bytes);
        pin_mut!(events);
        while !self.complete {
            let event = match timeout(idle, events.next()).await {
                Err(_) => return Err(Failure::silent(idle)),
                Ok(None) => return Err(Failure::broke_off("before it was complete")),
                Ok(Some(Err(error))) => return Err(unreadable(error)),
                Ok(Some(Ok(event))) => event,
            };
            let before = self.characters;
            self.take_event(&event)?;
            if self.characters > before {
                on_text(self.characters);
            }
        }
        Ok(())
    }

    /// Takes an event. Those that this version does not know are passed over, whatever is in them.
    fn take_event(&mut self, sse: &Sse) -> Result<(), Failure> {
        let data = sse.data.as_deref().unwrap_or_default();
        match (serde_json::from_str(data), sse.event.as_deref()) {
            (Ok(event), _) => self.take(event),
            (Err(_), Some("error")) => Err(Failure::in_answer(Failed::default())),
            (Err(_), name) if name.is_none_or(|name| KNOWN.contains(&name)) => {
                Err(Failure::malformed("an event of it cannot be read"))
            }
            (Err(_), _) => Ok(()),
        }
    }

    fn take(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::MessageStart { message } => self.take_message(message),
            Event::ContentBlockStart {
                index,
                content_block: Block::Other,
            } => {
                self.passed_over.insert(index);
                Ok(())
            }
            Event::ContentBlockStart {
                content_block: Block::Text { text },
                ..
            } => self.push(&text),
            Event::ContentBlockDelta {
                index,
                delta: Delta::TextDelta { text },
            } if !self.passed_over.contains(&index) => self.push(&text),
            Event::MessageDelta { delta, usage } => {
                self.usage.update(usage.unwrap_or_default());
                self.stop_reason = delta.stop_reason.or_else(|| self.stop_reason.take());
                self.stop_details = delta.stop_details.or_else(|| self.stop_details.take());
                Ok(())
            }
            Event::MessageStop => {
                self.complete = true;
                Ok(())
            }
            Event::Error(failed) => Err(Failure::in_answer(failed)),
            Event::ContentBlockDelta { .. } | Event::Other => Ok(()),
        }
    }

    fn take_message(&mut self, message: Message) -> Result<(), Failure> {
        self.model = message.model;
        self.usage.update(message.usage.unwrap_or_default());
        self.stop_reason = message.stop_reason;
        self.stop_details = message.stop_details;
        for block in message.content {
            if let Block::Text { text } = block {
                self.push(&text)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, text: &str) -> Result<(), Failure> {
        if self.text.len() + text.len() > LONGEST_TEXT {
            return Err(Failure::malformed("it is longer than an answer may be"));
        }
        self.text.push_str(text);
        let characters = u64::try_from(text.chars().count()).unwrap_or_default();
        self.characters = self.characters.saturating_add(characters);
        Ok(())
    }

    /// A gateway may turn a stream into one message.
    async fn read_message(
        &mut self,
        bytes: impl Stream<Item = Result<Chunk, Cut>>,
        idle: Duration,
    ) -> Result<(), Failure> {
        let body = collect(bytes, idle).await?;
        if let Ok(failed) = serde_json::from_slice::<Failed>(&body)
            && failed.error.is_some()
        {
            return Err(Failure::in_answer(failed));
        }
        let message: Message = serde_json::from_slice(&body)
            .map_err(|_| Failure::malformed("it is neither a stream nor a message"))?;
        self.take_message(message)?;
        self.complete = true;
        Ok(())
    }
}

/// Returns the bytes of an answer, which end with an error where they are too many, or a line is
/// too long: the parser would gather it for ever.
fn within_limits(response: Response) -> impl Stream<Item = Result<Chunk, Cut>> {
    let (mut all, mut line) = (0_usize, 0_usize);
    response.bytes_stream().filter_map(move |chunk| {
        let chunk = chunk.map_err(Cut::Lost).and_then(|chunk| {
            all = all.saturating_add(chunk.len());
            for part in chunk.split_inclusive(|byte| *byte == b'\n') {
                line = line.saturating_add(part.len());
                if line > LONGEST_LINE || all > LONGEST_ANSWER {
                    return Err(Cut::TooLong);
                }
                if part.ends_with(b"\n") {
                    line = 0;
                }
            }
            Ok(Cursor::new(chunk.to_vec()))
        });
        // The parser fails on a chunk without bytes.
        let is_empty = chunk.as_ref().is_ok_and(|chunk| chunk.get_ref().is_empty());
        std::future::ready((!is_empty).then_some(chunk))
    })
}

/// Returns a body that is no stream.
pub(super) async fn body(response: Response, idle: Duration) -> Result<Vec<u8>, Failure> {
    collect(within_limits(response), idle).await
}

async fn collect(
    bytes: impl Stream<Item = Result<Chunk, Cut>>,
    idle: Duration,
) -> Result<Vec<u8>, Failure> {
    pin_mut!(bytes);
    let mut body = Vec::new();
    loop {
        match timeout(idle, bytes.next()).await {
            Err(_) => return Err(Failure::silent(idle)),
            Ok(None) => return Ok(body),
            Ok(Some(Err(cut))) => return Err(cut.into()),
            Ok(Some(Ok(chunk))) => body.extend(chunk.into_inner()),
        }
    }
}

fn unreadable(error: sse_stream::Error) -> Failure {
    match error {
        sse_stream::Error::Body(cause) => match cause.downcast::<Cut>() {
            Ok(cut) => (*cut).into(),
            Err(_) => Failure::broke_off("in the middle"),
        },
        _ => Failure::malformed("it is no stream of events"),
    }
}

impl From<Cut> for Failure {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::Lost(error) => Self::lost(error),
            Cut::TooLong => Self::malformed("it is longer than an answer may be"),
        }
    }
}
