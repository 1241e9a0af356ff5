//! The document of a source.

use domain::source::{Source, SourceKind};
use domain::{Faults, Pointer};
use jiff::fmt::strtime;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::field_map::FieldMapDoc;
use super::notation::{SlugText, SourceKindWord};
use super::reading::Reading;
use super::verify::VerifyDoc;

const MOST_FORMAT: usize = 100;

/// A configured origin of requests: a form's webhook, how it is verified and how it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceDoc {
    /// The source's slug: its hook is `/hooks/{id}`.
    #[schema(value_type = SlugText)]
    pub id: String,
    /// The product that sends. Other kinds than `gravity_forms` and `json` are not supported yet.
    #[schema(value_type = SourceKindWord)]
    pub kind: String,
    /// The slug of the service that its requests book, unless the map takes it from the payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SlugText>)]
    pub service: Option<String>,
    /// The IANA zone of local times in payloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub timezone: Option<String>,
    /// How a request proves where it comes from. Without it, anybody who knows the address of the
    /// hook may send to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<VerifyDoc>,
    /// Where in the payload each part of a request stands.
    pub map: FieldMapDoc,
    /// How `start` is written, in `strptime` notation, when none of the usual forms fits. It must
    /// say date and time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, examples("%d.%m.%Y %H:%M"))]
    pub start_format: Option<String>,
}

impl SourceDoc {
    /// The source, or every fault of this document, which stands `at` a place of the input.
    pub fn parse(&self, at: &Pointer) -> Result<Source, Faults> {
        let mut reading = Reading::new(at);
        let id = reading.slug(reading.at("id"), &self.id);
        let kind = self.kind(&mut reading);
        let service = self
            .service
            .as_deref()
            .and_then(|service| reading.slug(reading.at("service"), service));
        let timezone = self
            .timezone
            .as_deref()
            .and_then(|zone| reading.timezone(reading.at("timezone"), zone));
        let verify = reading.part(VerifyDoc::parse(self.verify.as_ref(), &reading.at("verify")));
        let map = reading.part(self.map.parse(&reading.at("map")));
        if self.service.is_none() && self.map.service.is_none() {
            let message = "must be given unless the map takes it from the payload";
            reading.fault(reading.at("service"), "required", message);
        }
        let start_format = self.start_format(&mut reading);
        let source = || {
            Some(Source {
                id: id?,
                kind: kind?,
                service,
                timezone,
                verify: verify?,
                map: map?,
                start_format,
            })
        };
        reading.finish(source())
    }

    fn kind(&self, reading: &mut Reading<'_>) -> Option<SourceKind> {
        let place = reading.at("kind");
        match reading.word(place.clone(), &self.kind)? {
            SourceKindWord::GravityForms => Some(SourceKind::GravityForms),
            SourceKindWord::Json => Some(SourceKind::Json),
            SourceKindWord::HubSpot
            | SourceKindWord::Typeform
            | SourceKindWord::Jotform
            | SourceKindWord::Tally
            | SourceKindWord::Webflow
            | SourceKindWord::Calendly => {
                reading.not_yet(place, "this kind");
                None
            }
        }
    }

    fn start_format(&self, reading: &mut Reading<'_>) -> Option<String> {
        let place = reading.at("start_format");
        let format = self.start_format.as_deref()?;
        let format = reading.line(place.clone(), format, MOST_FORMAT)?;
        if says_date_and_time(&format) {
            return Some(format);
        }
        let message = "must be a strptime format with date and time, such as %d.%m.%Y %H:%M";
        reading.fault(place, "invalid_format", message);
        None
    }
}

/// Whether what a format writes can be read back to the minute.
fn says_date_and_time(format: &str) -> bool {
    // An afternoon, so that a twelve-hour clock without its half is found out.
    let sample = Timestamp::from_second(1_794_058_980).expect("an instant of 2026");
    let sample = sample.to_zoned(TimeZone::UTC);
    let read_back = strtime::format(format, &sample)
        .and_then(|written| strtime::parse(format, written))
        .and_then(|parts| parts.to_datetime());
    read_back.is_ok_and(|read_back| read_back == sample.datetime())
}
