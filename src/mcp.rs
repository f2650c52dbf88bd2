//! The Model Context Protocol front: tools, resources, prompts and completions over the service.

mod call;
mod completions;
mod directory;
mod error;
mod progress;
mod prompts;
mod resources;
mod sanitize;
mod server;
mod stdio;
mod tool_schema;
pub(crate) mod tools;

pub use resources::{InvalidUri, ResourceUri};
pub use server::{ConfigHistoryServer, SERVER_NAME};
pub use stdio::{ServeError, serve, serve_stdio};
