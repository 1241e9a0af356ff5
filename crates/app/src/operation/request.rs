//! What was asked of an operation, as it is stored and shown.

use domain::booking::NewDetails;
use domain::operation::Action;
use domain::{HostId, ServiceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{MassChange, Operation};

/// What an operator asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// `move`, `rehost`, `cancel` or `update`.
    pub action: String,
    /// Which bookings.
    pub filter: Filter,
    /// How much later, in seconds; negative for earlier. Of a move alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_seconds: Option<i64>,
    /// Whom they are given to. Of a rehosting alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_host: Option<String>,
    /// Why, in the operator's words. Of a cancellation alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The new title. Of an update alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The new place. Of an update alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// Which bookings an operation is about; everything that is given holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// The host's slug.
    pub host: Option<String>,
    /// The service's slug.
    pub service: Option<String>,
    /// Starting at this time or after it.
    pub from: Option<Timestamp>,
    /// Starting before this time.
    pub to: Option<Timestamp>,
    /// `pending` or `confirmed`.
    pub status: Option<String>,
}

impl Request {
    /// What is stored of a wish.
    pub(super) fn of(wish: &MassChange) -> Self {
        let filter = &wish.filter;
        let plain = Self {
            action: wish.action.as_str().to_owned(),
            filter: Filter {
                host: filter.host.as_ref().map(HostId::to_string),
                service: filter.service.as_ref().map(ServiceId::to_string),
                from: filter.from,
                to: filter.to,
                status: filter.status.clone(),
            },
            by_seconds: None,
            to_host: None,
            reason: None,
            title: None,
            location: None,
        };
        match &wish.action {
            Action::Move { by } => Self { by_seconds: Some(by.as_secs()), ..plain },
            Action::Rehost { to } => Self { to_host: Some(to.to_string()), ..plain },
            Action::Cancel { reason } => Self { reason: reason.clone(), ..plain },
            Action::Update(NewDetails { title, location }) => {
                Self { title: title.clone(), location: location.clone(), ..plain }
            }
        }
    }

    /// What was asked of a stored operation; `None` when it cannot be read.
    pub fn read(operation: &Operation) -> Option<Self> {
        serde_json::from_str(&operation.request).ok()
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).expect("it has only text keys")
    }
}
