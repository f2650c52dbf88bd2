//! What an operator says about the HTTP front.

use std::num::NonZeroU32;

use super::{Access, AllowedHosts, AllowedOrigins};

/// What an operator says about the HTTP front.
#[derive(Debug)]
pub struct HttpSettings {
    /// Who may ask.
    pub access: Access,
    /// Names that the server is asked under.
    pub hosts: AllowedHosts,
    /// Origins whose pages may ask.
    pub origins: AllowedOrigins,
    /// Requests a minute of one caller; `None` for no limit.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Requests of one caller that are worked on at once; others wait.
    pub at_once: usize,
    /// Address under which clients reach the server, without a path, e.g. `https://history.example`.
    pub public_url: Option<String>,
}
