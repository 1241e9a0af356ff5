//! Small documents to begin with.

use domain::Faults;
use serde_json::{Value, json};

use crate::setup::{Documents, Kind};

/// The example of the reference page: what people copy must be what works.
pub(super) fn example() -> &'static str {
    let page = reference();
    let start = page.find("```toml\n").unwrap() + "```toml\n".len();
    &page[start..start + page[start..].find("```").unwrap()]
}

/// The reference page.
pub(super) fn reference() -> &'static str {
    include_str!("../../../../../docs/reference/setup-file.md")
}

pub(super) fn host() -> Value {
    json!({ "id": "jane", "name": "Jane Agent", "timezone": "America/Los_Angeles" })
}

pub(super) fn calendar() -> Value {
    json!({ "id": "jane-work", "host": "jane", "provider": "google",
            "account": "jane@agency.example" })
}

pub(super) fn service() -> Value {
    json!({ "id": "viewing", "title": "Viewing", "hosts": ["jane"], "duration": "30m",
            "availability": [{ "days": ["mon"], "from": "09:00", "to": "17:00" }] })
}

pub(super) fn source() -> Value {
    json!({ "id": "website", "kind": "json", "service": "viewing",
            "verify": { "header": "X-Form-Secret", "secret": "open sesame" },
            "map": { "name": "/name", "email": "/email", "start": "/start" } })
}

/// A setup of one object of each kind.
pub(super) fn documents() -> Documents {
    let mut documents = Documents::default();
    let samples = [host(), calendar(), service(), source()];
    for (kind, sample) in Kind::ALL.into_iter().zip(samples) {
        documents.put_stored(kind, &sample.to_string()).unwrap();
    }
    documents
}

/// That setup with some members of one object replaced; `null` leaves a member out.
pub(super) fn documents_with(kind: Kind, changes: &Value) -> Documents {
    let mut documents = documents();
    let mut sample = match kind {
        Kind::Host => host(),
        Kind::Calendar => calendar(),
        Kind::Service => service(),
        Kind::Source => source(),
    };
    for (member, value) in changes.as_object().unwrap() {
        if value.is_null() {
            sample.as_object_mut().unwrap().remove(member);
        } else {
            sample[member] = value.clone();
        }
    }
    documents.put_stored(kind, &sample.to_string()).unwrap();
    documents
}

/// The places and codes of faults.
pub(super) fn told(faults: &Faults) -> Vec<(&str, &'static str)> {
    faults.as_slice().iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect()
}
