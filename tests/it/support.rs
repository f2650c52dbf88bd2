//! What the tests share.

pub(crate) mod author;
pub(crate) mod cli;
pub(crate) mod fake_store;
pub(crate) mod lake;
pub(crate) mod messages;
pub(crate) mod organisation;
pub(crate) mod pipes;
pub(crate) mod process;
pub(crate) mod states;
pub(crate) mod wire;
