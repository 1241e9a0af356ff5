//! Google: OAuth, Calendar v3, and what a host does by hand.
//!
//! | File | What it holds |
//! | --- | --- |
//! | `consent`, `token`, `assertion`, `accounts` | consent, token endpoints, service accounts, grants |
//! | `caller` | bearer tokens, scopes and roles |
//! | `calendar`, `edit`, `fields`, `when`, `recurrence` | events and the rules for writing them |
//! | `events`, `list`, `sync`, `freebusy`, `calendars`, `view` | the API's methods and answers |
//! | `channels` | watch channels and their deliveries |
//!
//! Not here: copies of an event in its guests' calendars, exceptions to a series, conferences,
//! attachments, access-control lists and partial responses (`fields`).

mod accounts;
mod assertion;
mod calendar;
mod calendars;
mod caller;
mod channels;
mod consent;
mod edit;
pub(crate) mod errors;
mod events;
mod fields;
mod freebusy;
mod host;
mod list;
mod recurrence;
mod sync;
mod token;
mod view;
mod when;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

pub use accounts::Tokens;
pub use calendar::Role;
pub(crate) use fields::is_address;
pub use host::{Event, Google, NewAccount};

use crate::Sandbox;
use accounts::{AccessToken, Account, Code, Grant};
use assertion::ServiceAccount;
use calendar::Calendar;
use channels::Channel;

/// The largest body of a call; an event with every field at its limit is far smaller.
const MOST_BODY_BYTES: usize = 1024 * 1024;

/// Everything on Google's side that survives a restart.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) calendars: BTreeMap<String, Calendar>,
    /// By refresh token.
    pub(crate) grants: BTreeMap<String, Grant>,
    pub(crate) access_tokens: BTreeMap<String, AccessToken>,
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) channels: BTreeMap<String, Channel>,
    /// By address.
    pub(crate) service_accounts: BTreeMap<String, ServiceAccount>,
    /// When set, no page of `events.list` is longer than this.
    pub(crate) page_limit: Option<usize>,
}

pub(crate) fn router() -> Router<Sandbox> {
    const CALENDAR: &str = "/calendar/v3/calendars/{calendar}";
    let below = |path: &str| format!("{CALENDAR}{path}");
    let event = get(events::get).patch(events::patch).put(events::update).delete(events::delete);
    Router::new()
        .route("/o/oauth2/v2/auth", get(consent::show).post(consent::decide))
        .route("/token", post(token::token))
        .route("/revoke", post(token::revoke))
        .route("/calendar/v3/users/me/calendarList", get(calendars::list))
        .route("/calendar/v3/users/me/calendarList/{calendar}", get(calendars::list_entry))
        .route("/calendar/v3/freeBusy", post(freebusy::query))
        .route("/calendar/v3/channels/stop", post(channels::stop))
        .route(CALENDAR, get(calendars::get))
        .route(&below("/events"), get(list::list).post(events::insert))
        .route(&below("/events/import"), post(events::import))
        .route(&below("/events/watch"), post(channels::watch))
        .route(&below("/events/{event}"), event)
        .route(&below("/events/{event}/move"), post(events::relocate))
        .route(&below("/events/{event}/instances"), get(events::instances))
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
}
