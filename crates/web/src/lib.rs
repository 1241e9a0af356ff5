//! HTTP: the API, the pages for people, inbound hooks and callbacks, and what they all stand on.
//!
//! A handler parses, calls one use case of `app` and renders; rules live in `domain`, and nothing
//! here reads or writes a database by itself.

pub mod http;
pub mod pages;
