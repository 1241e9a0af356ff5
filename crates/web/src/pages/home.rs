//! `GET /`: what can be booked.

use askama::Template;

use super::answer::Page;
use super::{Frame, ServiceView};

/// The landing page.
#[derive(Debug, Clone, Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// What surrounds it.
    pub frame: Frame,
    /// The public services, in the order they are shown.
    pub services: Vec<ServiceView>,
}

impl Page for HomePage {}
