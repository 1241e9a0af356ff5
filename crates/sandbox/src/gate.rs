//! The gate before every provider route: records the call and lets a scripted fault happen to it.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::faults::{Fault, FaultKind};
use crate::{Call, Sandbox, google, serve, twilio};

/// The faults that can happen to a call over HTTP, besides a delay.
const KINDS: &[FaultKind] = &[
    FaultKind::Error,
    FaultKind::DropBefore,
    FaultKind::DropAfter,
    FaultKind::Malformed,
    FaultKind::StaleRead,
];

/// How a handler has to read: as things are, or as they were before the last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Fresh,
    Stale,
}

pub(crate) async fn gate(State(sandbox): State<Sandbox>, request: Request, next: Next) -> Response {
    let subject = subject_of(&request);
    record(&sandbox, &subject, &request);
    if let Some(delay) = sandbox.faults().take_delay(&subject) {
        tokio::time::sleep(delay).await;
    }
    let fault = sandbox.faults().take(&subject, KINDS);
    let reads = request.method().is_safe();
    let mut answer = happen(fault, &subject, request, next).await;
    let date = sandbox.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let date = HeaderValue::from_str(&date).expect("a date is ASCII");
    answer.headers_mut().entry(header::DATE).or_insert(date);
    if !reads {
        // What a provider has answered it does not forget, whatever happens to its process.
        sandbox.flush().await;
    }
    answer
}

async fn happen(fault: Option<Fault>, subject: &str, mut request: Request, next: Next) -> Response {
    let reading = match &fault {
        Some(fault) if fault.kind == FaultKind::StaleRead => Reading::Stale,
        Some(_) | None => Reading::Fresh,
    };
    request.extensions_mut().insert(reading);
    let Some(fault) = fault else { return next.run(request).await };
    match fault.kind {
        FaultKind::DropBefore => serve::dropped(),
        FaultKind::DropAfter => {
            apply(request, next).await;
            serve::dropped()
        }
        FaultKind::Malformed => {
            apply(request, next).await;
            ([(header::CONTENT_TYPE, "application/json")], "{\"kind\": <oops").into_response()
        }
        FaultKind::Error => {
            if fault.applied {
                apply(request, next).await;
            }
            error_answer(&fault, subject)
        }
        FaultKind::StaleRead
        | FaultKind::Delay
        | FaultKind::LostPush
        | FaultKind::LatePush
        | FaultKind::DuplicatePush
        | FaultKind::LostCallback
        | FaultKind::LateCallback
        | FaultKind::DuplicateCallback
        | FaultKind::Undelivered => next.run(request).await,
    }
}

/// Handles the call to its end. In a task of its own: the client that hangs up while it waits
/// for an answer it will not get must not undo the "after" in "drop after".
async fn apply(request: Request, next: Next) {
    let handled = tokio::spawn(next.run(request)).await;
    if let Err(error) = handled {
        tracing::error!(error = %error, "a sandbox handler panicked");
    }
}

fn record(sandbox: &Sandbox, subject: &str, request: &Request) {
    let query = request.uri().query().unwrap_or_default().to_owned();
    sandbox.calls().record(Call { subject: subject.to_owned(), query, at: sandbox.now() });
}

/// `METHOD /path`, decoded, as the provider sees it: nesting has already removed `/_sandbox`.
fn subject_of(request: &Request) -> String {
    let path = request.uri().path();
    format!(
        "{} {}",
        request.method(),
        percent_decoded(path.strip_prefix("/_sandbox").unwrap_or(path))
    )
}

fn percent_decoded(path: &str) -> String {
    // The form decoder turns `+` into a space, which a path does not mean.
    let form = format!("p={}", path.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(form.as_bytes())
        .next()
        .map_or_else(String::new, |(_, path)| path.into_owned())
}

fn error_answer(fault: &Fault, subject: &str) -> Response {
    let status = StatusCode::from_u16(fault.status.unwrap_or(500))
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match &fault.body {
        Some(Value::String(text)) => Response::new(Body::from(text.clone())),
        Some(json) => axum::Json(json).into_response(),
        None => provider_words(subject, status, fault.reason.as_deref()),
    };
    *response.status_mut() = status;
    for (name, value) in &fault.headers {
        let parsed = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str()));
        if let (Ok(name), Ok(value)) = parsed {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn provider_words(subject: &str, status: StatusCode, reason: Option<&str>) -> Response {
    if subject.contains(" /2010-04-01/") {
        twilio::errors::scripted(status, reason)
    } else if subject.contains(" /calendar/v3/") {
        google::errors::scripted(status, reason, subject)
    } else {
        google::errors::scripted_flat(status, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::percent_decoded;

    #[test]
    fn a_path_is_decoded_once() {
        assert_eq!(
            percent_decoded("/calendars/ann%40example.com/events"),
            "/calendars/ann@example.com/events"
        );
        assert_eq!(percent_decoded("/a+b&c=%2540"), "/a+b&c=%40");
    }
}
