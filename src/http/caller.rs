//! Who asks, as told by the connection, by a token, or by what stands before the server.

use std::{net::IpAddr, sync::Arc};

use tokio::time::Instant;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caller {
    /// Name for the log, and what limits go by.
    name: Arc<str>,
}

impl Caller {
    /// Names a caller. What others wrote into the name cannot disturb the log.
    pub fn named(name: &str) -> Self {
        let shown: String = crate::domain::visible(name)
            .chars()
            .take(MAX_NAME_CHARS)
            .collect();
        Self { name: shown.into() }
    }

    /// Returns the caller of whom only the address is known.
    pub fn at(peer: Option<Peer>) -> Self {
        match peer {
            Some(Peer(ip)) => Self::named(&format!("anonymous@{ip}")),
            None => Self::named("anonymous"),
        }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Characters of a name at most: an ARN fits.
const MAX_NAME_CHARS: usize = 200;

/// The other end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Name of the server according to what stands before it, and cannot be made up by a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedHost(pub String);

/// When an answer is of no use any more. Whoever sets one takes the answer as a whole: a stream of
/// events is gathered within the same time.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(pub Instant);
