//! `/admin/login`: an API key opens the dashboard.

use askama::Template;
use http::StatusCode;

use crate::pages::text::Saying;
use crate::pages::{Frame, Page};

/// The login page.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/login.html")]
pub struct LoginPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where to go after it: a path of ours, checked by whoever redirects.
    pub next: String,
    /// Why nobody is signed in.
    pub fault: Option<LoginFault>,
}

/// Why nobody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginFault {
    /// No such key, or one that may not come in: which of the two is not said.
    Wrong,
    /// Too many attempts.
    TooMany,
    /// The session has ended.
    SessionOver,
}

impl Page for LoginPage {
    fn status(&self) -> StatusCode {
        match self.fault {
            Some(LoginFault::Wrong) => StatusCode::UNAUTHORIZED,
            Some(LoginFault::TooMany) => StatusCode::TOO_MANY_REQUESTS,
            Some(LoginFault::SessionOver) | None => StatusCode::OK,
        }
    }
}

impl LoginPage {
    fn saying(&self) -> Option<Saying> {
        let words = &self.frame.text().admin;
        Some(match self.fault? {
            LoginFault::Wrong => words.wrong_login,
            LoginFault::TooMany => words.slow_down,
            LoginFault::SessionOver => words.session_over,
        })
    }
}
