//! What every route stands on: the accept loop, the layers around the router, problem answers and
//! the readers of what a client sends.
//!
//! It knows HTTP and the domain's faults, and nothing of bookings: those are in `api` and `pages`.
//!
//! Invariants kept here:
//! - an error leaves as `application/problem+json` (or its page) with the request's id, whoever made it;
//! - whatever a client sends is read within a limit, and refused with every fault and its pointer;
//! - no query string, path parameter, header or body reaches the log.

pub mod client_address;
pub mod conditional;
pub mod cors;
pub mod json;
pub mod language;
pub mod layers;
pub mod lists;
pub mod path;
pub mod prefer;
pub mod problem;
pub mod query;
pub mod rate_limit;
pub mod request_id;
mod request_log;
mod security_headers;
pub mod serve;

pub use client_address::{Client, TrustedProxies};
pub use json::JsonBody;
pub use layers::{LayerOptions, layered};
pub use lists::{List, ListQuery};
pub use path::PathOf;
pub use problem::{Code, Problem};
pub use query::QueryOf;
pub use request_id::RequestId;
pub use serve::{ServeOptions, serve};
