//! The faults that wait to happen, and a form for another.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Value;

use super::{Page, html};
use crate::Sandbox;
use crate::control::ControlError;
use crate::faults::Fault;

#[derive(Template)]
#[template(path = "faults.html")]
struct Faults {
    page: Page,
    faults: Vec<Line>,
}

struct Line {
    subject: String,
    what: String,
    left: String,
    happened: u32,
}

pub(crate) fn show(sandbox: &Sandbox) -> Response {
    let faults = sandbox.faults().list().into_iter().map(|scripted| Line {
        subject: scripted.fault.subject.clone(),
        what: describe(&scripted.fault),
        left: scripted.remaining.map_or("for ever".to_owned(), |left| format!("{left} times")),
        happened: scripted.happened,
    });
    html(&Faults { page: Page::named("Faults"), faults: faults.collect() })
}

/// As it would be posted, without the pattern.
fn describe(fault: &Fault) -> String {
    let mut json = serde_json::to_value(fault).unwrap_or_default();
    if let Value::Object(fields) = &mut json {
        fields.remove("match");
    }
    json.to_string()
}

/// A fault as the page's form sends it: every value is text.
pub(crate) fn from_form(body: &[u8]) -> Result<Fault, ControlError> {
    let fields = url::form_urlencoded::parse(body).filter(|(_, value)| !value.is_empty());
    let fields = fields.map(|(name, value)| {
        let value = match &*name {
            "count" | "status" | "delay_ms" | "p" => serde_json::from_str(&value)
                .map_err(|_| ControlError::bad_request(format!("{name} has to be a number")))?,
            _ => Value::String(value.into_owned()),
        };
        Ok((name.into_owned(), value))
    });
    let fields = fields.collect::<Result<_, ControlError>>()?;
    serde_json::from_value(Value::Object(fields))
        .map_err(|error| ControlError::bad_request(error.to_string()))
}

pub(super) async fn clear(State(sandbox): State<Sandbox>) -> Response {
    sandbox.faults().clear();
    Redirect::to("/_sandbox/faults").into_response()
}
