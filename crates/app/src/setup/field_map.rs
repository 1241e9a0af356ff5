//! Where in a payload each part of a request stands.

use std::collections::BTreeMap;

use domain::request::MOST_ANSWERS;
use domain::source::{Field, FieldMap};
use domain::{Faults, Pointer};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, OneOfBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::notation::PointerText;
use super::reading::Reading;

/// The most places that one part of a request is put together from.
pub(super) const MOST_POINTERS: usize = 10;
const MOST_POINTER: usize = 500;
const MOST_QUESTION: usize = 200;

/// One JSON pointer, or several whose values are joined with a space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PointersDoc {
    /// One place.
    One(String),
    /// Several places.
    Several(Vec<String>),
}

impl PartialSchema for PointersDoc {
    fn schema() -> RefOr<Schema> {
        let several = ArrayBuilder::new()
            .items(PointerText::schema())
            .min_items(Some(1))
            .max_items(Some(MOST_POINTERS));
        OneOfBuilder::new().item(PointerText::schema()).item(several).into()
    }
}

impl ToSchema for PointersDoc {}

impl PointersDoc {
    fn parse(&self, at: &Pointer) -> Result<Vec<Pointer>, Faults> {
        let mut reading = Reading::new(at);
        let texts = match self {
            Self::One(text) => vec![(at.clone(), text)],
            Self::Several(texts) if (1..=MOST_POINTERS).contains(&texts.len()) => {
                texts.iter().enumerate().map(|(index, text)| (at.at(index), text)).collect()
            }
            Self::Several(texts) => {
                let code = if texts.is_empty() { "empty" } else { "too_many" };
                reading.fault(at.clone(), code, format!("must have 1 to {MOST_POINTERS} pointers"));
                Vec::new()
            }
        };
        let pointers = texts.into_iter().filter_map(|(at, text)| pointer(&mut reading, at, text));
        let pointers = pointers.collect();
        reading.finish(Some(pointers))
    }
}

/// Where in the payload each part of a request stands. The name, the start, and an address or a
/// number are needed for any booking.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldMapDoc {
    /// What makes a repeated submission recognisable. Without it, equal requests within 24 hours
    /// count as repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission_id: Option<PointersDoc>,
    /// The service's slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<PointersDoc>,
    /// The start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<PointersDoc>,
    /// The attendee's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PointersDoc>,
    /// The attendee's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<PointersDoc>,
    /// The attendee's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PointersDoc>,
    /// The attendee's IANA zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<PointersDoc>,
    /// The attendee's language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<PointersDoc>,
    /// How many people come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party_size: Option<PointersDoc>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<PointersDoc>,
    /// Further answers, each kept under the name it has here; at most 50.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, PointersDoc>,
}

impl FieldMapDoc {
    /// The map, or every fault of this part, which stands `at` a place of the input.
    pub(super) fn parse(&self, at: &Pointer) -> Result<FieldMap, Faults> {
        let mut reading = Reading::new(at);
        let mut fields = BTreeMap::new();
        for (member, field, pointers) in self.members() {
            let Some(pointers) = pointers else { continue };
            if let Some(pointers) = reading.part(pointers.parse(&reading.at(member))) {
                fields.insert(field, pointers);
            }
        }
        fields.extend(self.answers(&mut reading));
        self.require_what_a_booking_needs(&mut reading);
        reading.finish(Some(FieldMap(fields)))
    }

    fn members(&self) -> [(&'static str, Field, Option<&PointersDoc>); 10] {
        [
            ("submission_id", Field::SubmissionId, self.submission_id.as_ref()),
            ("service", Field::Service, self.service.as_ref()),
            ("start", Field::Start, self.start.as_ref()),
            ("name", Field::Name, self.name.as_ref()),
            ("email", Field::Email, self.email.as_ref()),
            ("phone", Field::Phone, self.phone.as_ref()),
            ("timezone", Field::Timezone, self.timezone.as_ref()),
            ("locale", Field::Locale, self.locale.as_ref()),
            ("party_size", Field::PartySize, self.party_size.as_ref()),
            ("notes", Field::Notes, self.notes.as_ref()),
        ]
    }

    fn answers(&self, reading: &mut Reading<'_>) -> Vec<(Field, Vec<Pointer>)> {
        if !reading.fits("answers", self.answers.len(), MOST_ANSWERS) {
            return Vec::new();
        }
        let place = reading.at("answers");
        let answers = self.answers.iter();
        answers
            .filter_map(|(question, pointers)| {
                let name = reading.line(place.at(question), question, MOST_QUESTION);
                if name.as_ref().is_some_and(|name| name != question) {
                    // Trimmed, two questions could become one.
                    let message = "must not begin or end with a space";
                    reading.fault(place.at(question), "surrounding_space", message);
                }
                let pointers = reading.part(pointers.parse(&place.at(question)));
                Some((Field::Answer(name?), pointers?))
            })
            .collect()
    }

    fn require_what_a_booking_needs(&self, reading: &mut Reading<'_>) {
        for (member, given) in [("start", self.start.is_some()), ("name", self.name.is_some())] {
            if !given {
                reading.fault(reading.at(member), "required", "must say where it stands");
            }
        }
        if self.email.is_none() && self.phone.is_none() {
            let message = "must say where an address or a number stands";
            reading.fault(reading.at("email"), "required", message);
        }
    }
}

fn pointer(reading: &mut Reading<'_>, at: Pointer, text: &str) -> Option<Pointer> {
    // In RFC 6901 a `~` begins `~0` or `~1`. The empty pointer means the whole payload.
    let escapes_are_whole =
        text.split('~').skip(1).all(|rest| rest.starts_with('0') || rest.starts_with('1'));
    if text.starts_with('/') && text.len() <= MOST_POINTER && escapes_are_whole {
        return Some(Pointer::of(text));
    }
    reading.fault(at, "invalid_pointer", "must be a JSON pointer such as /fields/email");
    None
}
