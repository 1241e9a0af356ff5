//! What the outside sees of this crate, in one binary.

mod api;
mod http;
mod site;
