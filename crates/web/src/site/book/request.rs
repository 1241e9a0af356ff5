//! The booking form's fields as a request, and what is wrong with them in the visitor's words.

use app::intake::{Intake, Raw, RawPerson, RawRequest, Writing};
use app::service_link::Pass;
use domain::{Faults, Pointer};

use crate::http::Problem;
use crate::pages::Frame;
use crate::pages::booking::Fault;
use crate::site::form::Form;
use crate::site::service::Offered;
use crate::site::{Site, failed};

/// The place of the start. Places are the API's, so that both speak of the same thing.
pub(super) const START: &str = "/start";

/// Reads what the form sent.
pub(super) async fn read(
    site: &Site,
    offered: &Offered,
    form: &Form,
) -> Result<Result<Intake, Faults>, Problem> {
    site.app.intake(&raw(offered, form)).await.map_err(failed)
}

fn raw(offered: &Offered, form: &Form) -> RawRequest {
    let typed =
        |name: &str, at: &str| Raw::new(form.field(name).map(str::to_owned), Pointer::of(at));
    let slug = offered.service().id.to_string();
    // The zone the times were shown in. One that is not known was shown as the service's own.
    let zone = form.picker_query().zone();
    let zone = zone.and_then(|zone| zone.iana_name().map(str::to_owned));
    RawRequest {
        service: Raw::new(Some(slug), Pointer::of("/service")),
        start: typed("start", START),
        writing: Writing::Rfc3339,
        lead: RawPerson {
            name: typed("name", "/attendee/name"),
            email: typed("email", "/attendee/email"),
            phone: typed("phone", "/attendee/phone"),
            timezone: Raw::new(zone, Pointer::of("/attendee/timezone")),
            locale: Raw::default(),
        },
        party_size: typed("party_size", "/party_size"),
        notes: typed("notes", "/notes"),
        submission_id: typed("submission_id", "/submission_id"),
        pass: Pass::of(form.picker_query().link()),
        ..RawRequest::default()
    }
}

/// What is wrong, in words for whoever filled in the form.
pub(super) fn shown(frame: &Frame, faults: &Faults) -> Vec<Fault> {
    let told = |fault: &domain::Fault| Fault::told(frame, fault.pointer.as_str(), fault.code);
    faults.as_slice().iter().map(told).collect()
}
