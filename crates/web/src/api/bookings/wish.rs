//! The body of `POST /v1/bookings`, read so that all its faults are found at once.

use std::collections::BTreeMap;

use app::intake::{Raw, RawAdHoc, RawPerson, RawRequest};
use domain::{Fault, Faults, HoldId, Pointer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::json;

/// A booking that somebody wants.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NewBooking {
    /// The service's slug. An admin key may leave it out, and name `host`, `title` and `end` instead.
    #[schema(max_length = 64)]
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
    /// The slug of one of the service's hosts, any of them if none; without a service that of any
    /// host.
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
    /// What a booking without a service is called.
    #[schema(max_length = 200)]
    title: Option<String>,
    /// Where a booking without a service takes place.
    #[schema(max_length = 500)]
    location: Option<String>,
    /// When a booking without a service ends: at most 7 days after its start.
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
            ad_hoc: self.is_ad_hoc().then(|| RawAdHoc {
                title: raw("title", &self.title),
                location: raw("location", &self.location),
                end: raw("end", &self.end),
            }),
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

    /// Whether it is of no service: any range of a host's time.
    pub(super) fn is_ad_hoc(&self) -> bool {
        let own = [&self.title, &self.location, &self.end];
        self.service.is_none() && own.into_iter().any(Option::is_some)
    }

    /// A booking is of a service, or has a title, a place and an end of its own.
    pub(super) fn refuse_what_does_not_go_together(&self, faults: &mut Faults) {
        let (code, message, members) = if self.is_ad_hoc() {
            let of_services = [
                ("duration", self.duration.is_some()),
                ("hold", self.hold.is_some()),
                ("waitlist", self.waitlist == Some(true)),
            ];
            ("needs_a_service", "goes with a service alone", of_services)
        } else {
            let own = [
                ("title", self.title.is_some()),
                ("location", self.location.is_some()),
                ("end", self.end.is_some()),
            ];
            ("set_by_service", "is the service's to say: leave it out, or the service", own)
        };
        for (member, _) in members.into_iter().filter(|(_, given)| *given) {
            faults.add(Pointer::root().at(member), code, message);
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
