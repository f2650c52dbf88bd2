//! The HTTP front over the wire: the program serves, a client asks.

mod access;
mod article;
mod endurance;
mod oauth;
mod observed;
