//! Who words a month: the one thing that the use case needs of a model's client.

use std::fmt;

use async_trait::async_trait;

use crate::claude::{ClaudeClient, ClaudeError, GenerateStage, Generated, ModelInfo, Prompt};

/// Answers prompts. [`ClaudeClient`] does; tests have their own.
#[async_trait]
pub trait Author: fmt::Debug + Send + Sync {
    /// Returns the model that is asked.
    fn model(&self) -> &str;

    /// Answers a prompt with JSON that fits its schema. Dropping the future ends it.
    async fn generate(
        &self,
        prompt: &Prompt,
        on_stage: &(dyn Fn(GenerateStage) + Send + Sync),
    ) -> Result<Generated, ClaudeError>;

    /// Asks what the model is and how long it will be there; `None` where that cannot be told.
    async fn model_info(&self) -> Result<Option<ModelInfo>, ClaudeError>;
}

#[async_trait]
impl Author for ClaudeClient {
    fn model(&self) -> &str {
        self.model()
    }

    async fn generate(
        &self,
        prompt: &Prompt,
        on_stage: &(dyn Fn(GenerateStage) + Send + Sync),
    ) -> Result<Generated, ClaudeError> {
        self.generate(prompt, on_stage).await
    }

    async fn model_info(&self) -> Result<Option<ModelInfo>, ClaudeError> {
        self.model_info().await
    }
}
