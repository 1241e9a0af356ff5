//! Pages that say one thing: errors, links that open nothing, what came of connecting an account.

use askama::Template;
use http::StatusCode;

use super::Frame;
use super::answer::Page;
use super::text::{Messages, Saying};

/// A page with one message and a way on.
#[derive(Debug, Clone, Template)]
#[template(path = "message.html")]
pub struct MessagePage {
    /// What surrounds it.
    pub frame: Frame,
    /// What there is to say.
    pub occasion: Occasion,
}

/// What there is to say.
#[derive(Debug, Clone)]
pub enum Occasion {
    /// Nothing has this address.
    NotFound,
    /// No public service has this name.
    ServiceNotFound,
    /// No booking belongs to this manage link.
    UnknownLink,
    /// Too many requests from this address.
    TooMany {
        /// When to come back.
        retry_after_seconds: u32,
    },
    /// Our own fault.
    Failed {
        /// What to tell us.
        request_id: String,
    },
    /// A form that another site sent.
    ForeignForm,
    /// Any other problem, in the words that the API has for it.
    Problem {
        /// The answer's status.
        status: StatusCode,
        /// What to do next.
        title: &'static str,
        /// What happened.
        detail: &'static str,
        /// What to tell us.
        request_id: String,
    },
    /// What came of connecting an account.
    Consent(Consent),
}

/// What came of connecting an account.
#[derive(Debug, Clone)]
pub enum Consent {
    /// The account is connected.
    Connected {
        /// The account's address.
        account: String,
    },
    /// The person said no.
    Refused,
    /// Somebody else was signed in.
    WrongAccount {
        /// The account the calendar is set up for.
        expected: String,
        /// The account that consented.
        given: String,
    },
    /// Not every permission was granted.
    ScopesMissing {
        /// Those that were not.
        scopes: Vec<&'static str>,
    },
    /// The ticket or the state is used up, too old, or another browser's.
    Expired,
    /// The provider failed.
    Failed {
        /// What to tell us.
        request_id: String,
    },
}

impl Page for MessagePage {
    fn status(&self) -> StatusCode {
        match &self.occasion {
            Occasion::NotFound | Occasion::ServiceNotFound | Occasion::UnknownLink => {
                StatusCode::NOT_FOUND
            }
            Occasion::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Occasion::Failed { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Occasion::ForeignForm => StatusCode::FORBIDDEN,
            Occasion::Problem { status, .. } => *status,
            Occasion::Consent(consent) => consent.status(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        if let Occasion::TooMany { retry_after_seconds } = self.occasion {
            Some(retry_after_seconds)
        } else {
            None
        }
    }
}

impl Consent {
    fn status(&self) -> StatusCode {
        match self {
            Self::Connected { .. } => StatusCode::OK,
            Self::Refused
            | Self::WrongAccount { .. }
            | Self::ScopesMissing { .. }
            | Self::Expired => StatusCode::BAD_REQUEST,
            Self::Failed { .. } => StatusCode::BAD_GATEWAY,
        }
    }

    fn words(&self, messages: &'static Messages) -> (&'static str, String) {
        match self {
            Self::Connected { account } => {
                (messages.connected, (messages.connected_detail)(account))
            }
            Self::WrongAccount { expected, given } => {
                (messages.wrong_account, (messages.wrong_account_detail)(expected, given))
            }
            Self::Refused => plain(messages.consent_refused),
            Self::ScopesMissing { scopes } => {
                let boxes: Vec<&str> =
                    scopes.iter().map(|scope| (messages.scope_box)(scope)).collect();
                (messages.scopes_missing, (messages.scopes_missing_detail)(&boxes))
            }
            Self::Expired => plain(messages.consent_expired),
            Self::Failed { .. } => plain(messages.consent_failed),
        }
    }
}

fn plain(saying: Saying) -> (&'static str, String) {
    (saying.title, saying.detail.to_owned())
}

impl MessagePage {
    fn messages(&self) -> &'static Messages {
        &self.frame.text().messages
    }

    fn words(&self) -> (&'static str, String) {
        let messages = self.messages();
        match &self.occasion {
            Occasion::NotFound => plain(messages.not_found),
            Occasion::ServiceNotFound => plain(messages.service_not_found),
            Occasion::UnknownLink => plain(messages.unknown_link),
            Occasion::TooMany { .. } => plain(messages.too_many),
            Occasion::Failed { .. } => plain(messages.failed),
            Occasion::ForeignForm => plain(messages.foreign_form),
            Occasion::Problem { title, detail, .. } => (title, (*detail).to_owned()),
            Occasion::Consent(consent) => consent.words(messages),
        }
    }

    /// What else helps: how long to wait, or what to tell us.
    fn aside(&self) -> Option<String> {
        let messages = self.messages();
        match &self.occasion {
            Occasion::TooMany { retry_after_seconds } => {
                Some((messages.wait_seconds)(*retry_after_seconds))
            }
            Occasion::Failed { request_id }
            | Occasion::Problem { request_id, .. }
            | Occasion::Consent(Consent::Failed { request_id }) => {
                Some((messages.reference)(request_id))
            }
            Occasion::NotFound
            | Occasion::ServiceNotFound
            | Occasion::UnknownLink
            | Occasion::ForeignForm
            | Occasion::Consent(_) => None,
        }
    }

    fn steps(&self) -> &'static [&'static str] {
        match &self.occasion {
            Occasion::UnknownLink => &self.messages().unknown_link_steps,
            Occasion::NotFound
            | Occasion::ServiceNotFound
            | Occasion::TooMany { .. }
            | Occasion::Failed { .. }
            | Occasion::ForeignForm
            | Occasion::Problem { .. }
            | Occasion::Consent(_) => &[],
        }
    }

    fn is_good(&self) -> bool {
        matches!(self.occasion, Occasion::Consent(Consent::Connected { .. }))
    }

    /// The way on: where it leads and what it says.
    fn way_on(&self) -> (&'static str, &'static str) {
        match &self.occasion {
            Occasion::Consent(_) => ("/admin/connections", self.messages().to_connections),
            Occasion::NotFound
            | Occasion::ServiceNotFound
            | Occasion::UnknownLink
            | Occasion::TooMany { .. }
            | Occasion::Failed { .. }
            | Occasion::Problem { .. }
            | Occasion::ForeignForm => ("/", self.messages().to_services),
        }
    }
}
