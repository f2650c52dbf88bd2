//! What goes to a model and what comes back, as the rest of the program sees it.

use serde_json::Value;

/// A prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// What the model is to do.
    pub system: String,
    /// The conversation, which begins and ends with a turn of the user.
    pub turns: Vec<Turn>,
    /// JSON Schema of the answer.
    pub schema: Value,
}

/// A turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub text: String,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The caller.
    User,
    /// The model.
    Assistant,
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GenerateStage {
    /// Waits for its turn, so many seconds.
    Waiting(u64),
    /// Was sent.
    Sent,
    /// So many characters of the answer have come.
    Receiving(u64),
    /// Is tried again after so many seconds.
    Retrying(u64),
}

/// A model's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// The answer's text: JSON.
    pub text: String,
    /// Model that answered.
    pub model: String,
    /// Tokens used.
    pub usage: Usage,
    /// Price in micro-dollars, where the model's price is known.
    pub cost_micros: Option<u64>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
}

/// Tokens used by a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Input, cached or not.
    pub input_tokens: u64,
    /// Output.
    pub output_tokens: u64,
}

/// What the provider says of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// Id.
    pub id: String,
    /// Name for people.
    pub display_name: Option<String>,
    /// Where its life stands.
    pub lifecycle: Lifecycle,
    /// Day (`YYYY-MM-DD`) or instant of its retirement, where one is announced.
    pub retires_at: Option<String>,
    /// Whether it can answer in a given JSON Schema; `None` where that is not told.
    pub structured_outputs: Option<bool>,
}

/// Where a model's life stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lifecycle {
    /// In service.
    Active,
    /// In service until it is retired.
    Deprecated,
    /// Out of service.
    Retired,
    /// A word that this version does not know, or none.
    Other(String),
}
