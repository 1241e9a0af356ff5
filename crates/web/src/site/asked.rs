//! What a request says about how its page is to be written.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use domain::Language;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;
use jiff::tz::TimeZone;

use super::Site;
use crate::pages::query::PickerQuery;
use crate::pages::{Frame, Visitor};

/// The languages and the query of a request. Nothing in it can be wrong: what cannot be read is
/// left out.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    languages: String,
    /// The language that the address names.
    chosen: Option<Language>,
    /// Month, day, slot and zone.
    pub(super) query: PickerQuery,
    agency: Option<String>,
}

impl Asked {
    /// What surrounds the page. `zone` is used until the visitor has chosen another.
    pub(super) fn frame(&self, zone: TimeZone) -> Frame {
        let visitor = Visitor::new(&self.languages, zone);
        let visitor = match self.query.zone() {
            Some(chosen) => visitor.choosing(chosen),
            None => visitor,
        };
        let visitor = match self.chosen {
            Some(chosen) => visitor.choosing_language(chosen),
            None => visitor,
        };
        Frame { visitor, agency: self.agency.clone(), embedded: self.query.embedded() }
    }

    /// The same for somebody whose language is known, unless they chose another.
    pub(super) fn frame_in(&self, language: Option<Language>, zone: TimeZone) -> Frame {
        let frame = self.frame(zone);
        match language.filter(|_| self.chosen.is_none()) {
            Some(language) => Frame { visitor: frame.visitor.reading(language), ..frame },
            None => frame,
        }
    }

    /// What surrounds a page of the dashboard, which speaks English alone.
    pub(super) fn dashboard_frame(&self, zone: TimeZone) -> Frame {
        let frame = self.frame(zone);
        Frame { visitor: frame.visitor.reading(Language::English), embedded: false, ..frame }
    }

    /// The language that whoever asks chose, or likes best among ours.
    pub(super) fn language(&self) -> Option<Language> {
        self.chosen.or_else(|| Language::accepted(&self.languages))
    }

    /// An address of ours, with the language that was chosen.
    pub(super) fn keeping_language(&self, address: String) -> String {
        match self.chosen {
            Some(chosen) => {
                let joint = if address.contains('?') { '&' } else { '?' };
                format!("{address}{joint}lang={}", chosen.tag())
            }
            None => address,
        }
    }

    /// The frame of a page on which no time is shown.
    pub(super) fn timeless_frame(&self) -> Frame {
        self.frame(TimeZone::UTC)
    }

    /// The same request, with what a form said in place of the query.
    pub(super) fn with_query(self, query: PickerQuery) -> Self {
        Self { query, ..self }
    }
}

impl FromRequestParts<Site> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Infallible> {
        let languages = parts.headers.get(ACCEPT_LANGUAGE);
        let languages = languages.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let query = PickerQuery::read(parts.uri.query().unwrap_or_default());
        Ok(Self {
            languages: languages.to_owned(),
            chosen: query.language(),
            query,
            agency: site.agency.clone(),
        })
    }
}
