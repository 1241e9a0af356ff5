//! The body of `POST /v1/bookings`, read so that all its faults are found at once.

use std::collections::BTreeMap;

use app::intake::{Raw, RawPerson, RawRequest};
use domain::{Fault, Faults, HoldId, Pointer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::json;

/// A booking that somebody wants.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NewBooking {
    /// The service's slug.
    #[schema(required, nullable = false, max_length = 64)]
    pub(super) service: Option<String>,
    /// When it starts: RFC 3339 with its offset, in the future.
    #[schema(required, nullable = false, max_length = 64, examples("2026-12-01T09:30:00-08:00"))]
    pub(super) start: Option<String>,
    /// One of the service's lengths, such as `60m`; its usual one unless given.
    #[schema(max_length = 32)]
    pub(super) duration: Option<String>,
    /// Who books.
    #[schema(required, nullable = false)]
    pub(super) attendee: Option<NewAttendee>,
    /// Who comes along.
    #[schema(nullable = false, max_items = 50)]
    pub(super) guests: Option<Vec<NewGuest>>,
    /// How many people, the lead and the guests included; they are counted when it is not given.
    #[schema(minimum = 1, maximum = 50)]
    pub(super) party_size: Option<u32>,
    /// A hold of yours to be turned into this booking.
    #[schema(max_length = 64)]
    pub(super) hold: Option<String>,
    /// What makes a repeat of this request recognisable; the header `Idempotency-Key` counts as one.
    #[schema(max_length = 200)]
    pub(super) submission_id: Option<String>,
    /// The slug of one of the service's hosts; any of them if none.
    #[schema(max_length = 64)]
    pub(super) host: Option<String>,
    /// Free text, also of several lines.
    #[schema(max_length = 5_000)]
    pub(super) notes: Option<String>,
    /// Further fields, as texts by name; at most 50.
    #[schema(nullable = false)]
    pub(super) answers: Option<BTreeMap<String, String>>,
    /// Whether to wait in line where all places of the slot are taken.
    pub(super) waitlist: Option<bool>,
    /// The token of a link to a service that is found only with one.
    #[schema(max_length = 200)]
    pub(super) link: Option<String>,
    /// The title of a booking without a service, which is not supported yet.
    #[schema(max_length = 200)]
    title: Option<String>,
    /// The place of a booking without a service, which is not supported yet.
    #[schema(max_length = 500)]
    location: Option<String>,
    /// The end of a booking without a service, which is not supported yet.
    #[schema(max_length = 64)]
    end: Option<String>,
}

/// Who books: with a name, and an e-mail address or a phone number.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NewAttendee {
    #[schema(required, nullable = false, max_length = 200)]
    name: Option<String>,
    #[schema(max_length = 254)]
    email: Option<String>,
    /// With its country code, or as dialled in the host's country.
    #[schema(max_length = 64)]
    phone: Option<String>,
    /// An IANA zone: times are told in it.
    #[schema(max_length = 64)]
    timezone: Option<String>,
    /// A language tag such as `en` or `es-MX`.
    #[schema(max_length = 35)]
    locale: Option<String>,
}

/// Who comes along; at least one of these.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NewGuest {
    #[schema(max_length = 200)]
    name: Option<String>,
    #[schema(max_length = 254)]
    email: Option<String>,
    #[schema(max_length = 64)]
    phone: Option<String>,
}

impl NewBooking {
    /// The body as far as it has the published shape, and what is wrong with its shape.
    pub(super) fn read(value: &Value) -> (Self, Faults) {
        match json::validate::<Self>(value) {
            Ok(body) => (body, Faults::new()),
            Err(faults) => (Self::what_is_left(value, &faults), faults),
        }
    }

    /// What has a fault is taken out, so that the rest can be judged, too.
    fn what_is_left(value: &Value, faults: &Faults) -> Self {
        let mut rest = value.clone();
        // From behind, so that the places of a list's other entries stay what they are.
        for fault in faults.as_slice().iter().rev() {
            take_out(&mut rest, &fault.pointer);
        }
        serde_json::from_value(rest).unwrap_or_default()
    }

    /// As texts with their places.
    pub(super) fn raw(&self) -> RawRequest {
        let at = |member: &str| Pointer::root().at(member);
        let raw = |member: &str, value: &Option<String>| Raw::new(value.clone(), at(member));
        let attendee = self.attendee.clone().unwrap_or_default();
        let guests = self.guests.iter().flatten().enumerate();
        let answers = self.answers.iter().flatten();
        RawRequest {
            service: raw("service", &self.service),
            host: raw("host", &self.host),
            start: raw("start", &self.start),
            duration: raw("duration", &self.duration),
            lead: attendee.raw(&at("attendee")),
            guests: guests.map(|(index, guest)| guest.raw(&at("guests").at(index))).collect(),
            guests_at: at("guests"),
            party_size: raw("party_size", &self.party_size.map(|size| size.to_string())),
            notes: raw("notes", &self.notes),
            answers: answers
                .map(|(question, answer)| {
                    let at = at("answers").at(question);
                    (question.clone(), Raw::new(Some(answer.clone()), at))
                })
                .collect(),
            answers_at: at("answers"),
            submission_id: raw("submission_id", &self.submission_id),
            ..RawRequest::default()
        }
    }

    /// Members of features that this version does not have: better refused than ignored.
    pub(super) fn refuse_what_is_not_supported(&self, faults: &mut Faults) {
        let without_service = [
            ("title", self.title.is_some()),
            ("location", self.location.is_some()),
            ("end", self.end.is_some()),
            ("host", self.host.is_some() && self.service.is_none()),
        ];
        let at = |member: &str| Pointer::root().at(member);
        for (member, _) in without_service.into_iter().filter(|(_, given)| *given) {
            let message = "a booking without a service is not supported by this version";
            faults.add(at(member), "not_supported_yet", message);
        }
    }

    /// The hold, or a fault.
    pub(super) fn hold(&self, faults: &mut Faults) -> Option<HoldId> {
        let hold = self.hold.as_deref()?.trim().parse();
        let at = Pointer::root().at("hold");
        faults.keep(at, "malformed_hold", hold)
    }

    /// The body for the timeline: a hold's identifier and a link's token are secrets.
    pub(super) fn payload(&self) -> Value {
        let open = Self { hold: None, link: None, ..self.clone() };
        let mut value = serde_json::to_value(open).expect("bodies have only text keys");
        without_nulls(&mut value);
        value
    }
}

impl NewAttendee {
    fn raw(&self, at: &Pointer) -> RawPerson {
        let raw = |member: &str, value: &Option<String>| Raw::new(value.clone(), at.at(member));
        RawPerson {
            name: raw("name", &self.name),
            email: raw("email", &self.email),
            phone: raw("phone", &self.phone),
            timezone: raw("timezone", &self.timezone),
            locale: raw("locale", &self.locale),
        }
    }
}

impl NewGuest {
    fn raw(&self, at: &Pointer) -> RawPerson {
        let raw = |member: &str, value: &Option<String>| Raw::new(value.clone(), at.at(member));
        RawPerson {
            name: raw("name", &self.name),
            email: raw("email", &self.email),
            phone: raw("phone", &self.phone),
            ..RawPerson::default()
        }
    }
}

/// Adds faults of places that have none yet: what was taken out must not be called missing.
pub(super) fn add_new(faults: &mut Faults, more: &Faults) {
    let known = faults.clone();
    let is_new = |fault: &&Fault| {
        let at = fault.pointer.as_str();
        !known.as_slice().iter().any(|known| is_at_or_below(at, known.pointer.as_str()))
    };
    for fault in more.as_slice().iter().filter(is_new) {
        faults.add(fault.pointer.clone(), fault.code, fault.message.clone());
    }
}

fn is_at_or_below(place: &str, above: &str) -> bool {
    place.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Takes the value at a place out of its object; in a list an empty object stays in its stead, so
/// that the others keep their places.
fn take_out(value: &mut Value, at: &Pointer) {
    let Some((parent, token)) = at.as_str().rsplit_once('/') else { return };
    let token = token.replace("~1", "/").replace("~0", "~");
    match value.pointer_mut(parent) {
        Some(Value::Object(members)) => drop(members.remove(&token)),
        Some(Value::Array(items)) => {
            if let Some(item) = token.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                *item = Value::Object(serde_json::Map::new());
            }
        }
        Some(_) | None => {}
    }
}

fn without_nulls(value: &mut Value) {
    if let Value::Object(members) = value {
        members.retain(|_, value| !value.is_null());
        members.values_mut().for_each(without_nulls);
    }
}
