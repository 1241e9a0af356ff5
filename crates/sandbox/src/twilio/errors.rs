//! Twilio's error envelope.

use std::borrow::Cow;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error of the REST API: a code of the error catalogue with its HTTP status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TwilioError {
    status: StatusCode,
    pub(crate) code: u32,
    message: Cow<'static, str>,
}

impl TwilioError {
    pub(crate) fn bad_request(code: u32, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    pub(crate) fn unauthorized() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code: 20003, message: "Authenticate".into() }
    }

    pub(crate) fn not_found(path: &str) -> Self {
        let message = format!("The requested resource {path} was not found");
        Self { status: StatusCode::NOT_FOUND, code: 20404, message: message.into() }
    }
}

impl IntoResponse for TwilioError {
    fn into_response(self) -> Response {
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status.as_u16(),
        });
        (self.status, Json(body)).into_response()
    }
}

/// What Twilio says with `status` when a fault names no body of its own; `reason` is a code.
pub(crate) fn scripted(status: StatusCode, reason: Option<&str>) -> Response {
    let (code, message) = match status.as_u16() {
        401 => (20003, "Authenticate"),
        404 => (20404, "The requested resource was not found"),
        429 => (20429, "Too Many Requests"),
        503 => (20503, "Service Unavailable"),
        400..500 => (21211, "Invalid 'To' Phone Number"),
        _ => (20500, "Internal Server Error"),
    };
    let code = reason.and_then(|reason| reason.parse().ok()).unwrap_or(code);
    TwilioError { status, code, message: message.into() }.into_response()
}
