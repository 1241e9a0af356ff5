//! A payload as a request, by the map of its source.

use domain::source::{Field, Source};
use domain::{Pointer, ServiceId};
use serde_json::Value;

use super::payload;
use crate::intake::{Raw, RawPerson, RawRequest, Writing};
use crate::service_link::Pass;

/// What the map finds, with pointers into the payload.
pub(super) fn raw(source: &Source, payload: &Value) -> RawRequest {
    let mapped = Mapped { source, payload };
    RawRequest {
        service: mapped.service(),
        start: mapped.field(&Field::Start),
        writing: Writing::Form {
            zone: source.timezone.clone(),
            format: source.start_format.clone(),
        },
        lead: mapped.lead(),
        party_size: mapped.field(&Field::PartySize),
        notes: mapped.field(&Field::Notes),
        answers: mapped.answers(),
        submission_id: mapped.field(&Field::SubmissionId),
        pass: Pass::Trusted,
        ..RawRequest::default()
    }
}

struct Mapped<'a> {
    source: &'a Source,
    payload: &'a Value,
}

impl Mapped<'_> {
    /// What the payload names, or else the source.
    fn service(&self) -> Raw {
        let named = self.field(&Field::Service);
        if named.text().is_some() {
            return named;
        }
        let usual = self.source.service.as_ref().map(ServiceId::to_string);
        Raw::new(usual, named.at)
    }

    fn lead(&self) -> RawPerson {
        let mut email = self.field(&Field::Email);
        let phone = self.field(&Field::Phone);
        if !self.source.map.0.contains_key(&Field::Email) {
            email.at = phone.at.clone(); // Where a person would look for what is missing.
        }
        RawPerson {
            name: self.field(&Field::Name),
            email,
            phone,
            timezone: self.field(&Field::Timezone),
            locale: self.field(&Field::Locale),
        }
    }

    fn answers(&self) -> Vec<(String, Raw)> {
        let fields = self.source.map.0.keys();
        fields
            .filter_map(|field| match field {
                Field::Answer(question) => Some((question.clone(), self.field(field))),
                Field::SubmissionId
                | Field::Service
                | Field::Start
                | Field::Name
                | Field::Email
                | Field::Phone
                | Field::Timezone
                | Field::Locale
                | Field::PartySize
                | Field::Notes => None,
            })
            .collect()
    }

    /// The texts at a field's places, joined with a space. A fault points at the first of them that
    /// is there.
    fn field(&self, field: &Field) -> Raw {
        let pointers = self.source.map.0.get(field).map(Vec::as_slice).unwrap_or_default();
        let mut texts = Vec::new();
        let mut found_at = None;
        for pointer in pointers {
            let Some(value) = self.payload.pointer(pointer.as_str()) else { continue };
            // What has no text counts as missing, as it does for any field that a form left out.
            let Ok(Some(text)) = payload::text(value) else { continue };
            if !text.trim().is_empty() {
                found_at.get_or_insert(pointer);
                texts.push(text.trim().to_owned());
            }
        }
        let at = found_at.or(pointers.first()).cloned().unwrap_or_else(Pointer::root);
        Raw::new((!texts.is_empty()).then(|| texts.join(" ")), at)
    }
}
