//! The pages people see: the booking page, the manage page, the landing page, the dashboard.
//!
//! A page is a plain struct that says what is true and renders itself with an askama template from
//! `templates/`. It knows neither the database nor the use cases: a handler fills it in and answers
//! with [`Page::answer`]. Every page works without JavaScript; the modules in `assets/` only save a
//! reload. No page carries inline script or style, so the content security policy can refuse both.
//!
//! Reading a page changes nothing: whatever changes something is a form that posts.

pub mod admin;
pub mod answer;
pub mod assets;
pub mod booking;
pub mod home;
pub mod manage;
pub mod message;
pub mod picker;
pub mod query;
pub mod status;
mod text;
pub mod visitor;
pub mod zones;

#[cfg(test)]
mod tests;

pub use answer::{Framing, Page};
pub use visitor::{Style, Visitor};

use text::Text;

/// What surrounds a page's content.
#[derive(Debug, Clone)]
pub struct Frame {
    /// For whom the page is written.
    pub visitor: Visitor,
    /// The business whose page this is; ours where it has not said.
    pub agency: Option<String>,
    /// Shown inside another site's page (`?embed=1`): without header and footer, and nothing on it
    /// can change a booking, because whoever frames a page can trick its visitor into clicking.
    pub embedded: bool,
}

impl Frame {
    fn text(&self) -> &'static Text {
        self.visitor.text
    }

    /// What a link has to end with, so that the page behind it keeps the language that was chosen.
    fn language_query(&self) -> String {
        let chosen = self.visitor.language_chosen();
        chosen.map(|tag| format!("?lang={tag}")).unwrap_or_default()
    }

    /// The same for an address that may ask for something already.
    fn in_language(&self, address: &str) -> String {
        let asked = self.language_query();
        let asked = if address.contains('?') { asked.replacen('?', "&", 1) } else { asked };
        format!("{address}{asked}")
    }

    fn name(&self) -> &str {
        self.agency.as_deref().unwrap_or("Doorstep")
    }
}

/// Who booked or who is visited, and what is asked of them; as both public pages show it.
#[derive(Debug, Clone)]
pub struct ServiceView {
    /// The service's slug.
    pub slug: String,
    /// The path of its booking page; empty where it has none.
    pub page: String,
    /// Its title.
    pub title: String,
    /// Where it takes place.
    pub location: Option<String>,
    /// What there is to say about it; lines are kept.
    pub description: Option<String>,
    /// How long it takes.
    pub length_minutes: u32,
    /// The names of its hosts.
    pub hosts: Vec<String>,
}

impl ServiceView {
    pub(crate) fn length(&self, frame: &Frame) -> String {
        (frame.text().common.minutes)(self.length_minutes)
    }

    fn hosts(&self, frame: &Frame) -> String {
        (frame.text().common.joined)(&self.hosts)
    }
}
