//! `config-history serve --demo` as a process, seen through the SDK's client in both eras.

mod facts;
mod listings;
mod paging;
mod refusals;
mod resources;
mod sizes;
