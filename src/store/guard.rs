//! Leave to read: where reading costs money, somebody is asked before much is read.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;

/// What is about to be read for a question: everything that the cache does not have yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// Delivered files.
    pub files: u64,
    /// Their bytes as stored.
    pub bytes: u64,
}

/// Decides whether so much may be read. A lake without one costs nothing.
#[async_trait]
pub trait ReadGuard: fmt::Debug + Send + Sync {
    /// Returns when it may be read; else why not.
    async fn admit(&self, reading: Reading) -> Result<(), StoreError>;
}
