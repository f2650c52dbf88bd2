//! What the API answers. Everything may be missing and everything may be new: the API adds kinds
//! of events, blocks and reasons without a new version.

use serde::Deserialize;

/// A message, whole or as a stream begins it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    pub(super) model: Option<String>,
    pub(super) content: Vec<Block>,
    pub(super) stop_reason: Option<String>,
    pub(super) stop_details: Option<StopDetails>,
    pub(super) usage: Option<Usage>,
}

/// Why a message ends, as a stream says it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct End {
    pub(super) stop_reason: Option<String>,
    pub(super) stop_details: Option<StopDetails>,
}

/// What there is to say about an end.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StopDetails {
    pub(super) category: Option<String>,
}

/// Tokens so far. What one event does not say, an earlier one did.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct Usage {
    #[serde(rename = "input_tokens")]
    uncached: Option<u64>,
    #[serde(rename = "cache_creation_input_tokens")]
    cached_now: Option<u64>,
    #[serde(rename = "cache_read_input_tokens")]
    cached_before: Option<u64>,
    #[serde(rename = "output_tokens")]
    pub(super) output: Option<u64>,
}

/// A block of a message. Thinking is one of the others.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block {
    Text {
        #[serde(default)]
        text: String,
    },
    #[serde(other)]
    Other,
}

/// An event of a stream.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Event {
    MessageStart {
        message: Message,
    },
    ContentBlockStart {
        index: u64,
        content_block: Block,
    },
    ContentBlockDelta {
        index: u64,
        delta: Delta,
    },
    MessageDelta {
        delta: End,
        usage: Option<Usage>,
    },
    MessageStop,
    Error(Failed),
    #[serde(other)]
    Other,
}

/// What an event adds to a block.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Delta {
    TextDelta {
        text: String,
    },
    #[serde(other)]
    Other,
}

/// A failure, as Anthropic and Bedrock write it, or as AWS does (`message`, `__type`).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Failed {
    pub(super) error: Option<FailedBody>,
    pub(super) request_id: Option<String>,
    #[serde(alias = "Message")]
    pub(super) message: Option<String>,
    #[serde(rename = "__type", alias = "code")]
    pub(super) aws_code: Option<String>,
}

/// What failed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FailedBody {
    pub(super) r#type: String,
    pub(super) message: String,
    pub(super) details: Option<FailedDetails>,
}

/// What tells failures of one type apart.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FailedDetails {
    pub(super) error_code: Option<String>,
}

/// A model, as the list of models has it.
#[derive(Debug, Deserialize)]
pub(super) struct Model {
    pub(super) id: String,
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) lifecycle: Option<String>,
    pub(super) retires_at: Option<String>,
    #[serde(default)]
    pub(super) capabilities: Option<Capabilities>,
}

/// What a model can do.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Capabilities {
    pub(super) structured_outputs: Option<Capability>,
}

/// Whether a model can do something.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Capability {
    pub(super) supported: Option<bool>,
}

/// A count of tokens.
#[derive(Debug, Deserialize)]
pub(super) struct Count {
    pub(super) input_tokens: u64,
}

impl Usage {
    /// Takes what a later event says; counts are of the whole message so far.
    pub(super) fn update(&mut self, later: Self) {
        let newer = |old: &mut Option<u64>, new: Option<u64>| *old = new.or(*old);
        newer(&mut self.uncached, later.uncached);
        newer(&mut self.cached_now, later.cached_now);
        newer(&mut self.cached_before, later.cached_before);
        newer(&mut self.output, later.output);
    }

    /// Returns all input, cached or not; `None` where nothing was said.
    pub(super) fn input(&self) -> Option<u64> {
        let parts = [self.uncached, self.cached_now, self.cached_before];
        parts.into_iter().flatten().reduce(u64::saturating_add)
    }
}
